# compare-locks.gp - what an operation waits for locks, against the CPUs that
# are at work: a point a run, a line a kind of lock.
# Needs nr_locks; data: CPUs, cycles by lock.
load 'style.gp'
set output 'compare-locks.svg'
data = 'compare-locks.tsv'

set title 'Waiting for locks, by number of CPUs'
set xlabel 'CPUs'
set ylabel 'cycles waited, mean of all operations'
set yrange [0:*]
set offsets graph 0.03, graph 0.03, 0, 0
set key outside right top Left reverse samplen 3
plot for [i=2:nr_locks+1] data using 1:i:xtic(1) with linespoints linestyle (i-1) title columnhead(i)
