# slab-micro.gp - cycles of a kmalloc and its kfree by size (bench/slab-micro.sh).
# Data: size, SLUB pair, SLAB pair, SLUB burst, SLAB burst.
load 'style.gp'
set output 'slab-micro.svg'
data = 'slab-micro.tsv'

set title 'kmalloc and kfree by size: one object over and over, and bursts of 10,000'
set xlabel 'size of the object (bytes)'
set ylabel 'kmalloc and kfree (cycles)'
set logscale x 2
set logscale y
set xrange [7:18800]
set yrange [50:10000]
set xtics (8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384)
set key top left Left reverse samplen 3
plot data using 1:2 with linespoints linestyle 1 title 'SLUB, over and over', \
     '' using 1:3 with linespoints linestyle 2 title 'SLAB, over and over', \
     '' using 1:4 with linespoints linestyle 3 title 'SLUB, burst', \
     '' using 1:5 with linespoints linestyle 4 title 'SLAB, burst'
