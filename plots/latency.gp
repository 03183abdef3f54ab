# latency.gp - how long operations take: quantiles of each, in cycles.
# Needs nr_ops; data: quantile, cycles of each operation.
load 'style.gp'
set output 'latency.svg'
data = 'latency.tsv'

set title 'How long operations take'
set xlabel 'share of the operations that took no longer'
set ylabel 'cycles'
set logscale y
set xrange [-0.3:4.3]
set key outside right top Left reverse samplen 3
plot for [i=2:nr_ops+1] data using 0:i:xtic(1) with linespoints linestyle (i-1) title columnhead(i)
