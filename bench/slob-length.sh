#!/bin/sh
# What SLOB costs against the length of its page lists: pages with 796 bytes
# left on the list of large objects, then pairs of alloc and free of 2048
# bytes, each of which looks at every page in vain and takes a new one.
# usage: slob-length.sh KMEMSIM [OUT.tsv]	(a chart beside it, with gnuplot)
set -eu
test $# -ge 1 || { echo "usage: slob-length.sh KMEMSIM [OUT.tsv]" >&2; exit 2; }
kmemsim=$1 out=${2:-slob-length.tsv}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# trace PAGES PAIRS
trace() {
	awk -v pages="$1" -v pairs="$2" 'BEGIN {
		print "0 0 cache_create 1 filler 1100 0 -"
		print "0 0 cache_create 2 probe 2048 0 -"
		for (i = 0; i < pages * 3; i++)
			print ++t, 0, "kmem_cache_alloc", i + 1, "1 GFP_KERNEL -1"
		for (i = 0; i < pairs; i++) {
			print ++t, 0, "kmem_cache_alloc 99999 2 GFP_KERNEL -1"
			print ++t, 0, "kmem_cache_free 99999"
		}
	}'
}

# seconds TRACE: CPU time of the best of three runs
seconds() {
	for i in 1 2 3; do
		rm -rf "$tmp/out"
		"$kmemsim" run --quiet -v --slab slob -o "$tmp/out" "$1" 2>&1 |
			awk '/ events in / { print $5 }'
	done | sort -n | head -1
}

printf 'pages\tns_per_operation\n' > "$out"
for pages in 1 4 16 64 256 1024 4096; do
	trace "$pages" 1000 > "$tmp/short.ktr"
	trace "$pages" $((1000 + 4000000 / (pages + 20))) > "$tmp/long.ktr"
	"$kmemsim" import "$tmp/short.ktr" -o "$tmp/short.kmt" > "$tmp/log" 2>&1
	"$kmemsim" import "$tmp/long.ktr" -o "$tmp/long.kmt" > "$tmp/log" 2>&1
	a=$(seconds "$tmp/short.kmt") b=$(seconds "$tmp/long.kmt")
	awk -v p="$pages" -v a="$a" -v b="$b" 'BEGIN {
		printf "%d\t%.0f\n", p,
			(b - a) / int(4000000 / (p + 20)) / 2 * 1e9 }' |
		tee -a "$out"
done
command -v gnuplot > /dev/null || exit 0
gnuplot -e "
	set terminal svg size 800,500;
	set output '${out%.tsv}.svg';
	set title 'SLOB: the cost of a search against the pages on its list';
	set logscale xy; set grid; set key off;
	set xlabel 'pages with free space'; set ylabel 'ns an operation';
	plot '$out' using 1:2 with linespoints lw 2"
