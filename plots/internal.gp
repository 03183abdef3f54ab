# internal.gp - where the slab memory of the biggest caches goes.
# Needs bars; data: place, shares in percent summed from the left, label.
load 'style.gp'
set output 'internal.svg'
data = 'internal.tsv'

set title 'Internal fragmentation: where the memory of each cache goes'
set xlabel 'share of the memory of its slabs (%)'
set xrange [0:100]
set yrange [bars-0.4:-0.6]
unset grid
set grid xtics front linetype 1 linewidth 0.5 linecolor rgb "#888888"
set ytics scale 0
set bmargin 6
set key bmargin center horizontal Left reverse samplen 2 width 1 maxrows 1
set lmargin 38
h = 0.38
plot data using 1:1:(0):2:($1-h):($1+h):ytic(6) with boxxyerror fillcolor rgb dark title 'as asked for', \
     '' using 2:1:2:3:($1-h):($1+h) with boxxyerror fillcolor rgb light title 'rounding and padding', \
     '' using 3:1:3:4:($1-h):($1+h) with boxxyerror fillcolor rgb white title 'free objects', \
     '' using 4:1:4:5:($1-h):($1+h) with boxxyerror fillcolor rgb ink fillstyle pattern 2 border rgb "#222222" title 'slab tails'
