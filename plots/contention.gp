# contention.gp - the buddy allocator under load: measured and predicted time
# of an operation against the number of cores that perform it (bench/buddy-load.sh).
# Data: workload, cores, use, measured ns, predicted ns, error.
load 'style.gp'
set output 'contention.svg'
data = 'buddy-load.tsv'

set title 'The buddy allocator under load: points measured, lines from the model'
set xlabel 'cores'
set ylabel 'time of an operation (ns)'
set logscale xy
set xrange [0.9:29]
set yrange [60:150000]
set xtics (1, 2, 3, 4, 8, 13, 26)
set key top left Left reverse samplen 3
row(name, x) = strcol(1) eq name ? x : NaN
get = 'buddy-load.yaml:alloc_pages'
put = 'buddy-load.yaml:free_pages'
rep = 'buddy-repeat.yaml:pair'
huge = 'buddy-huge.yaml:alloc_pages'
set datafile missing NaN
plot data using (row(huge, $2)):5 with lines linestyle 3 title 'order 9, taken in bulk', \
     '' using (row(put, $2)):5 with lines linestyle 2 title 'a page, given back in bulk', \
     '' using (row(get, $2)):5 with lines linestyle 1 title 'a page, taken in bulk', \
     '' using (row(rep, $2)):5 with lines linestyle 5 title 'a page taken and given back', \
     '' using (row(huge, $2)):4 with points pointtype 5 pointsize 1 linecolor rgb dark notitle, \
     '' using (row(put, $2)):4 with points pointtype 6 pointsize 1 linecolor rgb middle notitle, \
     '' using (row(get, $2)):4 with points pointtype 7 pointsize 1 linecolor rgb ink notitle, \
     '' using (row(rep, $2)):4 with points pointtype 9 pointsize 1 linecolor rgb "#009E73" notitle
