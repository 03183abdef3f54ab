#!/bin/sh
# The classic experiment: collisions in the first-level data cache with SLAB's
# coloring on and off, and with SLUB.
# usage: coloring.sh KMEMSIM WORKLOAD.yaml
set -eu
test $# -eq 2 || { sed -n '2,4s/^# //p' "$0" >&2; exit 2; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
printf '%-16s %-8s %6s %10s %10s %10s %12s\n' allocator cache sets hits \
	misses evictions collisions
for how in 'slab true' 'slab false' 'slub true'; do
	set -- "$1" "$2" $how
	"$1" run -q --slab "$3" --set sim.model=full \
		--set kernel.slab_colour="$4" \
		-o "$tmp/$3-$4" "$2"
	case $how in
	'slab false') name='slab uncoloured' ;;
	'slab true') name='slab coloured' ;;
	*) name=slub ;;
	esac
	awk -F '\t' -v name="$name" '$1 == "buffer" || $1 == "pow2" {
			sets[$1] += $3 > 0; hits[$1] += $4; misses[$1] += $5
			evictions[$1] += $6; collisions[$1] += $7 }
		END { for (i = 1; i <= 2; i++) { c = i == 1 ? "buffer" : "pow2"
			printf("%-16s %-8s %6d %10d %10d %10d %12d\n", name, c,
				sets[c], hits[c], misses[c], evictions[c],
				collisions[c]) } }' "$tmp/$3-$4/colors.tsv"
	set -- "$1" "$2"
done
