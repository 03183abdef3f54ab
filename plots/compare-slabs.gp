# compare-slabs.gp - slab memory over time, a line a run.
# Needs time_unit, runs; data: a block of lines a run, its name in the header.
load 'style.gp'
set output 'compare-slabs.svg'

set title 'Slab memory over time, by run'
set xlabel 'simulated time ('.time_unit.')'
set ylabel 'in slabs (MiB)'
set autoscale xfix
set yrange [0:*]
set bmargin 7
set key bmargin center horizontal Left reverse samplen 5 width 1
plot for [k=0:runs-1] 'compare-slabs.tsv' index k using 1:2 with linespoints linestyle k+1 pointinterval -(11+2*k) title columnheader(2)
