# numa.gp - page blocks from the CPU's own node and from others, objects freed
# on another node than theirs, and with model full lines read from memory, from
# sample to sample.
# Needs lines; data: time, local blocks, blocks of other nodes, remote frees,
# lines of the own node's memory, of others'.
load 'style.gp'
set output 'numa.svg'
data = 'numa.tsv'

panels = lines ? 3 : 2
height = 0.96 / panels
set terminal svg size 960,(lines ? 800 : 600) fixed noenhanced background rgb "white" font "Helvetica,14" linewidth 1.2
set multiplot
set lmargin 11
set rmargin 3
set yrange [0:5<*] # whole numbers, even where nothing happened
set autoscale xfix
set tmargin 3.2
set bmargin 1.5
set size 1,height
set key tmargin right horizontal Left reverse samplen 4 width 1 maxrows 1
set format x ''
set format y '%.0f'

set origin 0,(panels-1)*height
set label 1 'Near and far: what happened from sample to sample' at screen 0.5,0.98 center font "Helvetica,17"
set ylabel 'page blocks'
plot data using 1:2 with lines linestyle 1 title 'of the own node', \
     '' using 1:3 with lines linestyle 2 title 'of other nodes'
unset label 1

if (lines) {
	set origin 0,height
	set ylabel 'lines from memory'
	plot data using 1:5 with lines linestyle 1 title 'of the own node', \
	     '' using 1:6 with lines linestyle 2 title 'of other nodes'
}

set origin 0,0
set bmargin 3.5
set ylabel 'objects'
set format x
set xlabel 'simulated time (s)'
plot data using 1:4 with lines linestyle 3 title 'freed on another node than theirs'
unset multiplot
