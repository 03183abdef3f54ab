# collisions.gp - coloring: collisions by set and kmem_cache.
# Needs rows, sets, longest (letters of a name), most (of a cell); data: row, set, collisions, kmem_cache.
load 'style.gp'
set output 'collisions.svg'

set title 'Coloring collisions by set of the first-level cache'
set xlabel 'set'
set cblabel 'lines pushed out by another slab of the same kmem_cache' offset 1.2,0
set xrange [-0.5:sets-0.5]
set yrange [rows-0.5:-0.5]
set palette defined (0 white, 0.02 pale, 0.2 light, 0.5 middle, 1 ink)
set cbrange [0:most]
set cbtics count_tic(most)
set format cb '%.0f'
set tics scale 0
unset grid
set lmargin (longest < 20 ? 22 : longest > 40 ? 42 : longest + 2)
plot 'collisions.tsv' using 2:1:3:ytic(4) with image pixels notitle
