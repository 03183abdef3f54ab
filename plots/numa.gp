# numa.gp - page blocks from the CPU's own node and from others, and objects
# freed on another node than theirs, from sample to sample.
# Data: time, local blocks, blocks of other nodes, remote frees.
load 'style.gp'
set output 'numa.svg'
data = 'numa.tsv'

set title 'Near and far: page blocks and frees between two samples'
set xlabel 'simulated time (s)'
set ylabel 'since the sample before'
set yrange [0:*]
set autoscale xfix
set bmargin 6
set key bmargin center horizontal Left reverse samplen 4 width 1 maxrows 1
plot data using 1:2 with lines linestyle 1 title 'blocks of the own node', \
     '' using 1:3 with lines linestyle 2 title 'of other nodes', \
     '' using 1:4 with lines linestyle 3 title 'objects freed far from home'
