# memory.gp - what is allocated over time, kind upon kind, and what is free.
# Needs time_unit; data: time, sums from below, free and per-CPU pages.
load 'style.gp'
set output 'memory.svg'
data = 'memory.tsv'

set multiplot
set lmargin 11
set rmargin 3
set yrange [0:*]
set autoscale xfix

set origin 0,0.36
set size 1,0.64
set title 'Memory composition over time'
set ylabel 'allocated (MiB)'
set format x ''
set key outside below horizontal samplen 2 width 2
plot data using 1:4 with filledcurves x1 linecolor rgb pale title 'large kmalloc', \
     '' using 1:3 with filledcurves x1 linecolor rgb light title 'slabs', \
     '' using 1:2 with filledcurves x1 linecolor rgb dark title 'other pages', \
     '' using 1:4 with lines linecolor rgb ink linewidth 1 notitle, \
     '' using 1:3 with lines linecolor rgb ink linewidth 1 notitle, \
     '' using 1:2 with lines linecolor rgb ink linewidth 1 notitle

set origin 0,0
set size 1,0.36
unset title
set ylabel 'free (MiB)'
set format x
set xlabel 'simulated time ('.time_unit.')'
plot data using 1:5 with lines linestyle 1 title 'free', \
     '' using 1:6 with lines linestyle 2 title 'of that on per-CPU lists'
unset multiplot
