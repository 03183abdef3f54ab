# extfrag.gp - allocations that fell back to another migrate type, over time.
# Needs bin_ms, events; data: time, events by kind, summed from below.
load 'style.gp'
set output 'extfrag.svg'
data = 'extfrag.tsv'

set title sprintf('External fragmentation: %d fallbacks to another migrate type', events)
set xlabel 'simulated time (s)'
set ylabel sprintf('events in %g ms', bin_ms)
set yrange [0:*]
set autoscale xfix
set boxwidth 1 relative
set style fill solid 1.0 border rgb "#222222"
set bmargin 7
set key at screen 0.53,0.02 center bottom horizontal Left reverse samplen 2 width -4 maxrows 1
stats data using 4 nooutput
set ytics count_tic(STATS_max)
plot data using 1:4 with boxes linecolor rgb '#F0E442' linewidth 0.5 title 'unmovable with reclaimable', \
     '' using 1:3 with boxes linecolor rgb '#56B4E9' linewidth 0.5 title 'movable into other blocks', \
     '' using 1:2 with boxes linecolor rgb '#D55E00' linewidth 0.5 title 'unmovable or reclaimable into movable'
