# stalls.gp - how long each direct reclaim held its request up.
# Needs stalls, p50, p99, most (us), time_from, time_to; data: time (s), us.
load 'style.gp'
set output 'stalls.svg'
data = 'stalls.tsv'

time_of(us) = us < 1000 ? sprintf('%.3g us', us) : sprintf('%.3g ms', us / 1000)
set title sprintf('Direct reclaim: %d requests had to help themselves', stalls)
set xlabel 'simulated time (s)'
set ylabel 'each took (us)'
set logscale y
set format y '%g'
set rmargin 16
set xrange [time_from:time_to]
set label 1 'median '.time_of(p50) at graph 1.01, first p50 left
set label 2 (p99 > 1.3 * p50 ? '99 %: '.time_of(p99) : '') at graph 1.01, first p99 left
set label 3 (most > 1.3 * p99 ? 'most '.time_of(most) : '') at graph 1.01, first most left
set yrange [*:*]
plot data using 1:2 with points linestyle 3 pointtype 7 pointsize 0.5 notitle, \
     p50 with lines linestyle 1 linewidth 1 notitle, \
     p99 with lines linestyle 2 linewidth 1 notitle
