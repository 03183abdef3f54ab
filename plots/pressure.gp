# pressure.gp - what pages are used for, and the largest zone between its marks.
# Data: block 0 time, sums from below, free and watermarks; block 1 kswapd's times.
load 'style.gp'
set output 'pressure.svg'
data = 'pressure.tsv'

set multiplot
set lmargin 11
set rmargin 3
set yrange [0:*]
stats data index 0 using 1 nooutput
set xrange [STATS_min:STATS_max]

set origin 0,0.5
set size 1,0.5
set bmargin 4
set title 'Memory under pressure'
set ylabel 'allocated (MiB)'
set format x ''
set key bmargin center horizontal Left reverse samplen 2 width 1 maxrows 1
stats data index 0 using 4 nooutput
set ytics tic(STATS_max)
plot data index 0 using 1:4 with filledcurves x1 linecolor rgb pale title 'slabs', \
     '' index 0 using 1:3 with filledcurves x1 linecolor rgb light title 'page cache', \
     '' index 0 using 1:2 with filledcurves x1 linecolor rgb dark title 'anonymous', \
     '' index 0 using 1:4 with lines linecolor rgb ink linewidth 1 notitle, \
     '' index 0 using 1:3 with lines linecolor rgb ink linewidth 1 notitle, \
     '' index 0 using 1:2 with lines linecolor rgb ink linewidth 1 notitle

set origin 0,0
set size 1,0.52
set bmargin 6
set tmargin 1
unset title
set ylabel 'free, largest zone (MiB)'
set format x
set xlabel 'simulated time (s)'
set key bmargin center horizontal Left reverse samplen 4 width 1 maxrows 1
stats data index 0 using 8 nooutput
top = 2.5 * STATS_max
set yrange [0:top]
set ytics tic(top)
set style fill solid 1.0 noborder
plot data index 1 using 1:(0):1:2:(0):(top) with boxxyerror linecolor rgb '#DDDDDD' title 'kswapd at work', \
     data index 0 using 1:8 with lines linestyle 4 title 'high', \
     '' index 0 using 1:7 with lines linestyle 3 title 'low', \
     '' index 0 using 1:6 with lines linestyle 2 title 'min', \
     '' index 0 using 1:5 with lines linestyle 1 title 'free'
unset multiplot
