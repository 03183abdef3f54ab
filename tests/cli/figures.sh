#!/bin/sh
# Goal: the files of a run tell one story.  Method: replay the bundled
# recording on every slab allocator and several machines, then add up what
# different files say of the same pages and objects.
n=0
bin=$top_builddir/kmemsim
dir=$(mktemp -d "${TMPDIR:-/tmp}/kmemsim-figures.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
"$bin" import -q "$top_srcdir/traces/sample.dat.zst" -o "$dir/s.kmt"

same() { # same NAME VALUE VALUE
	n=$((n + 1))
	if test -n "$2" && test "$2" = "$3"; then echo "ok $n - $1"
	else echo "not ok $n - $1"; echo "# $2, $3"; fi
}
most() { # most NAME SMALLER LARGER
	n=$((n + 1))
	if test -n "$2" && test "$2" -le "$3"; then echo "ok $n - $1"
	else echo "not ok $n - $1"; echo "# $2 above $3"; fi
}
field() { awk -v k="$2" '$1 == k {print $2}' "$1"; }
json() { sed -n "s/^ *\"$2\": *\([0-9]*\).*/\1/p" "$1" | head -n 1; }
# The blocks of all orders of each line, in pages; the counts start at $2.
blocks() {
	awk -v first="$2" -v lines="$3" '$0 ~ lines {
		for (i = first; i <= first + 10; i++)
			sum += $i * 2 ^ (i - first)
	} END {printf "%.0f", sum}' "$1"
}
rectangular() { awk -F'\t' 'NR == 1 {n = NF} NF != n {bad++} END {print bad + 0}' "$1"; }

check_run() { # check_run NAME DIR
	free=$(field "$2/vmstat" nr_free_pages)
	kib=$(field "$2/meminfo" MemFree:)
	same "$1: MemFree" $((free * 4)) "$kib"
	same "$1: buddyinfo" "$free" "$(blocks "$2/buddyinfo" 5 zone)"
	# From 100000 on the kernel prints ">100000".
	grep -q '>' "$2/pagetypeinfo" ||
		same "$1: pagetypeinfo" "$free" \
			"$(blocks "$2/pagetypeinfo" 7 ', type')"
	same "$1: zoneinfo" "$free" \
		"$(awk '$1 == "pages" && $2 == "free" {n += $3} END {print n}' \
		"$2/zoneinfo")"
	same "$1: managed" "$(field "$2/meminfo" MemTotal:)" \
		"$(awk '$1 == "managed" {n += $2} END {printf "%.0f", n * 4}' \
		"$2/zoneinfo")"
	slab_kib=$(field "$2/meminfo" Slab:)
	same "$1: Slab" "$slab_kib" $(($(field "$2/meminfo" SReclaimable:) + \
		$(field "$2/meminfo" SUnreclaim:)))
	same "$1: slab pages of the nodes" "$slab_kib" \
		"$(awk '/per-node stats/ {on = 1} /pages free/ {on = 0}
		on && /nr_slab_/ {n += $2} END {print n * 4}' "$2/zoneinfo")"
	test "$3" = slob ||
		same "$1: slabinfo" "$(awk 'NR > 2 {
			for (i = 1; $i != "slabdata"; i++)
				;
			n += $6 * $(i + 2)
		} END {print n}' "$2/slabinfo")" \
		"$(awk -F'\t' 'NR == 1 {
			for (i = 1; i <= NF; i++)
				at[$i] = i
		} {n = $at["slab_pages"]} END {print n}' "$2/series.tsv")"
	# Pages: free (CPU lists too), slabs, large kmalloc and the rest.
	same "$1: every page is somewhere" \
		"$(($(field "$2/meminfo" MemTotal:) / 4))" \
		"$(awk -F'\t' 'NR == 1 {
			for (i = 1; i <= NF; i++)
				at[$i] = i
		} {
			n = $at["free_pages"] + $at["slab_pages"] + \
				$at["large_kmalloc_pages"] + \
				$at["other_pages"]
		} END {print n}' "$2/series.tsv")"
	most "$1: the peak is above the end" "$((slab_kib / 4))" \
		"$(json "$2/summary.json" peak_allocated_pages)"
	most "$1: the report fits into two screens" \
		"$(wc -l <"$2/report.txt")" 50
	for f in "$2"/*.tsv; do
		same "$1: ${f##*/} is rectangular" "$(rectangular "$f")" 0
	done
}

machines=$top_srcdir/workloads/machines
for slab in slub slab slob; do
	for m in default server-8n-4tib i386-highmem; do
		"$bin" run -q --slab $slab -m "$machines/$m.yaml" \
			-o "$dir/$slab-$m" "$dir/s.kmt"
		check_run "$slab, $m" "$dir/$slab-$m" $slab
	done
done
echo "1..$n"
