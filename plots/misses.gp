# misses.gp - why the first-level data caches missed, by kmem_cache.
# Needs bars; data: place, compulsory, + capacity, + conflict, + coherence, name.
load 'style.gp'
set output 'misses.svg'

set title 'Misses of the first-level data caches by kmem_cache'
set ylabel 'misses'
set format y '%.0s%c'
set yrange [0:*]
set xrange [-0.7:bars-0.3]
set xtics scale 0 rotate by -35 left font "Helvetica,11"
set rmargin 10
set key top right reverse Left
set boxwidth 0.7
plot 'misses.tsv' using 1:5:xtic(6) with boxes fillcolor rgb ink title 'coherence', \
     '' using 1:4 with boxes fillcolor rgb middle title 'conflict: the set was full', \
     '' using 1:3 with boxes fillcolor rgb light title 'capacity: the cache was full', \
     '' using 1:2 with boxes fillcolor rgb dark title 'compulsory: never seen'
