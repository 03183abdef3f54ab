# misses.gp - why the first-level data caches missed, by kmem_cache: how many
# misses, and below the share of each class, where few would not be seen above.
# Needs bars, longest (letters of a name); data: place, compulsory, + capacity, + conflict, + coherence, name.
load 'style.gp'
set output 'misses.svg'
data = 'misses.tsv'

set multiplot
set lmargin 11
set rmargin (longest < 20 ? 9 : longest > 40 ? 22 : longest * 0.55)
set xrange [-0.7:(bars > 4 ? bars : 4)-0.3]
set boxwidth 0.7
set format y '%.0f'

set origin 0,0.5
set size 1,0.5
set tmargin 3.5
set bmargin 0.5
set title 'Misses of the first-level data caches by kmem_cache'
set ylabel 'misses'
set yrange [0:*]
set xtics scale 0 format ''
plot data using 1:5 with boxes fillcolor rgb ink, \
     '' using 1:4 with boxes fillcolor rgb middle, \
     '' using 1:3 with boxes fillcolor rgb light, \
     '' using 1:2 with boxes fillcolor rgb dark

set origin 0,0
set size 1,0.5
set tmargin 3.5
set bmargin 6.5
unset title
set ylabel 'share (%)'
set yrange [0:100]
set ytics 25
set format y '%.0f'
set xtics scale 0 rotate by -35 left font "Helvetica,11"
set key tmargin center horizontal Left reverse samplen 2 width 2 maxrows 1
part(c) = column(5) > 0 ? 100.0 * column(c) / column(5) : 0
# Higher ones first, so that the lower ones cover them; the key the other way.
plot data using 1:(part(5)):xtic(6) with boxes fillcolor rgb ink notitle, \
     '' using 1:(part(4)) with boxes fillcolor rgb middle notitle, \
     '' using 1:(part(3)) with boxes fillcolor rgb light notitle, \
     '' using 1:(part(2)) with boxes fillcolor rgb dark title 'compulsory: never seen', \
     NaN with boxes fillcolor rgb light title 'capacity: cache full', \
     NaN with boxes fillcolor rgb middle title 'conflict: set full', \
     NaN with boxes fillcolor rgb ink title 'coherence'
unset multiplot
