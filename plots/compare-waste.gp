# compare-waste.gp - slab memory at the end of each run, by what it holds.
# Needs bars; data: place, MiB summed from the left, name of the run.
load 'style.gp'
set output 'compare-waste.svg'
data = 'compare-waste.tsv'

set title 'Slab memory at the end of each run'
set xlabel 'MiB'
set xrange [0:*]
set yrange [bars-0.4:-0.6]
unset grid
set grid xtics front linetype 1 linewidth 0.5 linecolor rgb "#888888"
set ytics scale 0
set bmargin 8
set key bmargin center horizontal Left reverse samplen 2 width 1
set lmargin 30
h = 0.35
plot data using 1:1:(0):2:($1-h):($1+h):ytic(7) with boxxyerror fillcolor rgb dark title 'objects in use', \
     '' using 2:1:2:3:($1-h):($1+h) with boxxyerror fillcolor rgb light title 'padding', \
     '' using 3:1:3:4:($1-h):($1+h) with boxxyerror fillcolor rgb white title 'free objects', \
     '' using 4:1:4:5:($1-h):($1+h) with boxxyerror fillcolor rgb ink fillstyle pattern 2 border rgb "#222222" title 'slab tails', \
     '' using 5:1:5:6:($1-h):($1+h) with boxxyerror fillcolor rgb pale title 'shared pages'
