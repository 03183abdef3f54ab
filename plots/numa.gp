# numa.gp - page blocks from the CPU's own node and from others, and objects
# freed on another node than theirs, from sample to sample.
# Data: time, local blocks, blocks of other nodes, remote frees.
load 'style.gp'
set output 'numa.svg'
data = 'numa.tsv'

set multiplot
set lmargin 11
set rmargin 3
set yrange [0:*]
set autoscale xfix

set origin 0,0.42
set size 1,0.58
set bmargin 4
set title 'Near and far: what happened from sample to sample'
set ylabel 'page blocks'
set format x ''
set key bmargin center horizontal Left reverse samplen 4 width 1 maxrows 1
plot data using 1:2 with lines linestyle 1 title 'of the own node', \
     '' using 1:3 with lines linestyle 2 title 'of other nodes'

set origin 0,0
set size 1,0.45
set bmargin 6
set tmargin 1
unset title
set ylabel 'objects'
set format x
set xlabel 'simulated time (s)'
plot data using 1:4 with lines linestyle 3 title 'freed on another node than theirs'
unset multiplot
