# unusable.gp - the unusable free space index, order by time.
# Needs time_unit; data: from, to, order, index (0 to 1).
load 'style.gp'
set output 'unusable.svg'

set title 'Free memory that a request of each order cannot use'
set xlabel 'simulated time ('.time_unit.')'
set ylabel 'order of the request'
set cblabel 'unusable free space index (0 = none of it, 1 = all of it)'
set autoscale xfix
set yrange [-0.5:10.5]
set ytics 1
set cbrange [0:1]
set cbtics ("0" 0, "0.1" 0.1, "0.3" 0.3, "0.6" 0.6, "1" 1)
unset grid
# From white to black through blue: lightness falls all the way, fastest where
# most machines are.
set palette defined (0 "#ffffff", 0.004 "#e9f1f9", 0.03 "#d3e4f3", 0.1 "#abcbe6", 0.3 "#5fa2d2", 0.6 "#2766a8", 1 "#041c3c")
set style fill solid 1.0 noborder
plot 'unusable.tsv' using (($1+$2)/2):3:1:2:($3-0.5):($3+0.5):4 with boxxyerror linecolor palette notitle
