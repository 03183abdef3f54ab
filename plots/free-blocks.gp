# free-blocks.gp - free blocks of each order over time, a panel an order, each
# with its own scale.  Needs time_unit; data: time, blocks of orders 0 to 10.
load 'style.gp'
set terminal svg size 1100,760 fixed noenhanced background rgb "white" font "Helvetica,12" linewidth 1.2
set output 'free-blocks.svg'
data = 'free-blocks.tsv'

array block[11] = ['4 KiB', '8 KiB', '16 KiB', '32 KiB', '64 KiB', '128 KiB', '256 KiB', '512 KiB', '1 MiB', '2 MiB', '4 MiB']
set multiplot layout 4,3 title 'Free blocks by order over time' font "Helvetica,17" margins 0.07,0.98,0.08,0.9 spacing 0.07,0.085
set title font "Helvetica,12" offset 0,-0.6
set autoscale xfix
set yrange [0:*]
set xtics autofreq
set format y '%.6g'
do for [o=0:10] {
	set title sprintf('order %d (%s)', o, block[o + 1])
	set ylabel (o % 3 == 0 ? 'blocks' : '')
	set xlabel (o >= 8 ? 'simulated time ('.time_unit.')' : '')
	stats data using (column(o + 2)) nooutput
	set ytics count_tic(STATS_max)
	plot data using 1:(column(o + 2)) with filledcurves x1 linecolor rgb "#bcd9ea" notitle, \
	     '' using 1:(column(o + 2)) with lines linecolor rgb ink linewidth 1.2 notitle
}
unset multiplot
