# sizes.gp - requests by size, in powers of two.
# Needs bars; data: place, allocations, lower bound.
load 'style.gp'
set output 'sizes.svg'

set title 'Requests by size'
set xlabel 'bytes asked for: from this power of two to the next'
set ylabel 'allocations (logarithmic)'
set logscale y 10
set yrange [0.5:*]
set format y '%.0f'
set xrange [-0.7:bars-0.3]
set xtics scale 0
set boxwidth 0.8
plot 'sizes.tsv' using 1:2:xtic(3) with boxes fillcolor rgb dark notitle, \
     '' using 1:2:(sprintf('%.6g', $2)) with labels offset 0,0.6 font "Helvetica,10" notitle
