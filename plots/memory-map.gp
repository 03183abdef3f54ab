# memory-map.gp - what each part of a node's memory is, over time.
# Needs name and of, if not those of the only node.
# Data: time, place in memory (MiB), colour 0..10.
load 'style.gp'
if (!exists("name")) name = 'memory-map'
if (!exists("of")) of = ''
set output name.'.svg'
data = name.'.tsv'

set title 'Memory map'.of.': what most of each part is'
set xlabel 'simulated time (s)'
set ylabel 'physical memory, holes left out (MiB)'
set lmargin 12
set rmargin 28
unset grid
set tics front
set autoscale xfix
set autoscale yfix
set cbrange [-0.5:10.5]
set palette defined (0 '#F7F7F7', 1 '#F3C9B5', 2 '#C4E6D3', 3 '#DCCBEA', \
    4 '#0072B2', 5 '#E69F00', 6 '#7A4E00', 7 '#F0E442', 8 '#D55E00', \
    9 '#CC79A7', 10 '#888888') maxcolors 11
set colorbox
set cbtics ('free, movable' 0, 'free, unmovable' 1, 'free, reclaimable' 2, \
    'free, high-atomic' 3, 'anonymous' 4, 'page cache' 5, \
    'page cache, dirty' 6, 'slab' 7, 'other kernel memory' 8, \
    'kernel, in movable blocks' 9, 'reserved' 10) scale 0
plot data using 1:2:3 with image notitle
