# compare-cost.gp - what the paths of each run cost by the price list.
# Needs bars; data: place, million cycles summed from the left, name of the run.
load 'style.gp'
set output 'compare-cost.svg'
data = 'compare-cost.tsv'

set title 'Cost of all operations by the price list'
set xlabel 'million cycles'
set xrange [0:*]
set yrange [bars-0.4:-0.6]
unset grid
set grid xtics front linetype 1 linewidth 0.5 linecolor rgb "#888888"
set ytics scale 0
set bmargin 8
set key bmargin center horizontal Left reverse samplen 2 width 1 maxcols 3
set lmargin 30
h = 0.35
plot data using 1:1:(0):2:($1-h):($1+h):ytic(8) with boxxyerror fillcolor rgb dark title 'slab: fast path', \
     '' using 2:1:2:3:($1-h):($1+h) with boxxyerror fillcolor rgb light title 'slab: slow path, lists', \
     '' using 3:1:3:4:($1-h):($1+h) with boxxyerror fillcolor rgb ink fillstyle pattern 2 border rgb "#222222" title 'slabs made, given back', \
     '' using 4:1:4:5:($1-h):($1+h) with boxxyerror fillcolor rgb pale title 'pages: CPU lists', \
     '' using 5:1:5:6:($1-h):($1+h) with boxxyerror fillcolor rgb middle title 'pages: buddy', \
     '' using 6:1:6:7:($1-h):($1+h) with boxxyerror fillcolor rgb white title 'zeroing and other'
