# rounding.gp - bytes asked for against bytes given, over the whole run.
# Needs bars; data: place, shares in percent summed from the left, label.
load 'style.gp'
set output 'rounding.svg'
data = 'rounding.tsv'

set title 'Requested against allocated: the caches that round up most bytes'
set xlabel 'share of all bytes the cache gave during the run (%)'
set xrange [0:100]
set yrange [bars-0.4:-0.6]
unset grid
set grid xtics front linetype 1 linewidth 0.5 linecolor rgb "#888888"
set ytics scale 0
set bmargin 6
set key bmargin center horizontal Left reverse samplen 2 width 1 maxrows 1
set lmargin 42
h = 0.38
plot data using 1:1:(0):2:($1-h):($1+h):ytic(4) with boxxyerror fillcolor rgb dark title 'asked for', \
     '' using 2:1:2:3:($1-h):($1+h) with boxxyerror fillcolor rgb light title 'given beyond that'
