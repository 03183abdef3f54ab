# slab-states.gp - full, partial and empty slabs of the biggest caches.
# Needs time_unit, panels, time_from, time_to; data: a block of lines a cache:
# time, sums from below, the cache's name (which comes from the data only).
load 'style.gp'
set terminal svg size 1100,700 fixed noenhanced background rgb "white" font "Helvetica,12" linewidth 1.2
set output 'slab-states.svg'
data = 'slab-states.tsv'

rows = (panels + 2) / 3
set multiplot layout rows,3 title 'Slabs of the biggest caches over time, by state' font "Helvetica,17" margins 0.07,0.98,(rows > 1 ? 0.16 : 0.2),0.88 spacing 0.07,0.13
set title font "Helvetica,13" offset 0,-0.5
set xrange [time_from:time_to]
set yrange [0:*]
set format y '%.6g'
do for [k=0:panels-1] {
	stats data index k using (cache = strcol(5), 1) every ::1 nooutput
	set title cache
	stats data index k using 4 nooutput
	set ytics count_tic(STATS_max)
	set ylabel (k % 3 == 0 ? 'slabs' : '')
	set xlabel (k + 3 >= panels ? 'simulated time ('.time_unit.')' : '')
	if (k == panels - 1) { set key at screen 0.5,0.02 center bottom horizontal Left reverse samplen 2 width 2 maxrows 1 }
	plot data index k using 1:4 with filledcurves x1 linecolor rgb grey title 'empty', \
	     '' index k using 1:3 with filledcurves x1 linecolor rgb light title 'partial', \
	     '' index k using 1:2 with filledcurves x1 linecolor rgb dark title 'full', \
	     '' index k using 1:4 with lines linecolor rgb ink linewidth 1 notitle, \
	     '' index k using 1:3 with lines linecolor rgb ink linewidth 1 notitle, \
	     '' index k using 1:2 with lines linecolor rgb ink linewidth 1 notitle
}
unset multiplot
