# memory-map.gp - what each part of memory is used for, over time.
# Needs time_unit 's' data: time, place in memory (MiB), state 0..5.
load 'style.gp'
set output 'memory-map.svg'
data = 'memory-map.tsv'

set title 'Memory map: what most of each part is'
set xlabel 'simulated time (s)'
set ylabel 'physical memory, holes left out (MiB)'
set rmargin 18
unset grid
set tics front
set autoscale xfix
set autoscale yfix
set cbrange [-0.5:5.5]
set palette defined (0 '#F7F7F7', 1 '#0072B2', 2 '#E69F00', 3 '#F0E442', 4 '#D55E00', 5 '#888888') maxcolors 6
set colorbox
set cbtics ('free' 0, 'anonymous' 1, 'file' 2, 'slab' 3, 'other' 4, 'reserved' 5) scale 0
plot data using 1:2:3 with image notitle
