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

set origin 0,0.4
set size 1,0.6
set bmargin 4
set title 'Memory composition over time'
set ylabel 'allocated (MiB)'
set format x ''
set key bmargin center horizontal Left reverse samplen 2 width 1 maxrows 1
stats data using 4 nooutput
set ytics tic(STATS_max)
plot data using 1:4 with filledcurves x1 linecolor rgb pale title 'large kmalloc', \
     '' using 1:3 with filledcurves x1 linecolor rgb light title 'slabs', \
     '' using 1:2 with filledcurves x1 linecolor rgb dark title 'other pages', \
     '' using 1:4 with lines linecolor rgb ink linewidth 1 notitle, \
     '' using 1:3 with lines linecolor rgb ink linewidth 1 notitle, \
     '' using 1:2 with lines linecolor rgb ink linewidth 1 notitle

set origin 0,0
set size 1,0.42
set bmargin 6
set tmargin 1
unset title
set ylabel 'free (MiB)'
set format x
set xlabel 'simulated time ('.time_unit.')'
set key bmargin center horizontal Left reverse samplen 4 width 1 maxrows 1
stats data using 5 nooutput
set ytics tic(STATS_max)
plot data using 1:5 with lines linestyle 1 title 'free', \
     '' using 1:6 with lines linestyle 2 title 'of that on per-CPU lists'
unset multiplot
