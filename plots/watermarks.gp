# watermarks.gp - free pages of each zone between its marks.
# Needs panels, zones, tops; data: block 0 time, then of each zone free pages,
# min, low, high, high with boost; block k the times when its kswapd worked.
load 'style.gp'
set terminal svg size 960,(175 + 190 * panels) fixed noenhanced background rgb "white" font "Helvetica,14" linewidth 1.2
set output 'watermarks.svg'
data = 'watermarks.tsv'

height = 175.0 + 190 * panels
stats data index 0 using 1 nooutput
set xrange [STATS_min:STATS_max]
set multiplot layout panels,1 title 'Free pages of each zone, and its watermarks (more is cut off)' \
    font "Helvetica,17" margins screen 0.11,0.97,(130 / height),(1 - 65 / height) spacing screen 0,(50 / height)
set style fill solid 1.0 noborder
set format x ''
do for [k=1:panels] {
	top = word(tops, k) + 0
	c = 5 * k - 3
	set yrange [0:top]
	set ytics tic(top)
	set ylabel 'free (MiB)'
	set title word(zones, k) font "Helvetica,14" offset 0,-0.6
	if (k == panels) {
		set format x '%g'
		set xlabel 'simulated time (s)'
		set key at screen 0.54,(8 / height) center bottom horizontal Left reverse samplen 3 width -2 maxrows 1
	}
	plot data index k using 1:(0):1:2:(0):(top) with boxxyerror linecolor rgb '#DDDDDD' title 'kswapd works', \
	     data index 0 using 1:c+4 with lines linestyle 6 linewidth 1 title 'high, boosted', \
	     '' index 0 using 1:c+3 with lines linestyle 4 title 'high', \
	     '' index 0 using 1:c+2 with lines linestyle 3 title 'low', \
	     '' index 0 using 1:c+1 with lines linestyle 2 title 'min', \
	     '' index 0 using 1:c with lines linestyle 1 title 'free'
}
unset multiplot
