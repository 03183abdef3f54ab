# pressure.gp - what pages are used for, and the largest zone between its marks.
# Needs zones, tops (of one zone); data: block 0 time, sums from below, free
# pages and watermarks; block 1 the times when its kswapd worked.
load 'style.gp'
set terminal svg size 960,680 fixed noenhanced background rgb "white" font "Helvetica,14" linewidth 1.2
set output 'pressure.svg'
data = 'pressure.tsv'

dirty = '#7A4E00'
other = '#CC79A7'
set multiplot
set lmargin 11
set rmargin 3
set yrange [0:*]
stats data index 0 using 1 nooutput
set xrange [STATS_min:STATS_max]

set origin 0,0.46
set size 1,0.54
set bmargin 3.4
set title 'Memory under pressure: what pages are used for'
set ylabel 'allocated (MiB)'
set format x ''
set key bmargin center horizontal Left reverse samplen 2 width 1 maxrows 1
stats data index 0 using 6 nooutput
set ytics tic(STATS_max)
plot data index 0 using 1:6 with filledcurves x1 linecolor rgb other title 'kernel', \
     '' index 0 using 1:5 with filledcurves x1 linecolor rgb pale title 'slabs', \
     '' index 0 using 1:4 with filledcurves x1 linecolor rgb dirty title 'dirty', \
     '' index 0 using 1:3 with filledcurves x1 linecolor rgb light title 'page cache', \
     '' index 0 using 1:2 with filledcurves x1 linecolor rgb dark title 'anonymous', \
     for [c=2:6] '' index 0 using 1:c with lines linecolor rgb ink linewidth 1 notitle

set origin 0,0
set size 1,0.46
set bmargin 6
set tmargin 2
set title 'Free pages of '.word(zones, 1).' (more is cut off)' font "Helvetica,14" offset 0,-0.4
set ylabel 'free (MiB)'
set format x
set xlabel 'simulated time (s)'
set key bmargin center horizontal Left reverse samplen 3 width -1 maxrows 1
top = word(tops, 1) + 0
set yrange [0:top]
set ytics tic(top)
set style fill solid 1.0 noborder
plot data index 1 using 1:(0):1:2:(0):(top) with boxxyerror linecolor rgb '#DDDDDD' title 'kswapd works', \
     data index 0 using 1:10 with lines linestyle 4 title 'high', \
     '' index 0 using 1:9 with lines linestyle 3 title 'low', \
     '' index 0 using 1:8 with lines linestyle 2 title 'min', \
     '' index 0 using 1:7 with lines linestyle 1 title 'free'
unset multiplot
