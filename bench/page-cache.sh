#!/bin/sh
# What a page of a file costs the simulator: found while a file is read in
# order, found anywhere, and read again since memory holds half of the files.
# usage: page-cache.sh KMEMSIM
set -eu
test $# -ge 1 || { echo "usage: page-cache.sh KMEMSIM" >&2; exit 2; }
kmemsim=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# workload NAME OPERATIONS MIX: 1 GiB of files, read once, then as MIX says
workload() {
	cat > "$tmp/$1.yaml" <<-YAML
		workload: $1
		cpus: 1
		files: [{name: f, count: 64, size: 16MiB}]
		phases:
		  - {operations: $2, interarrival: 1us, mix: [{read: f, $3}]}
	YAML
	"$kmemsim" import -o "$tmp/$1.kmt" "$tmp/$1.yaml" > /dev/null
}

# line WHAT NAME OPTIONS...: CPU time of the best of five runs
line() {
	what=$1 name=$2; shift 2
	for i in 1 2 3 4 5; do
		rm -rf "$tmp/out"
		"$kmemsim" run --quiet -v -o "$tmp/out" "$@" "$tmp/$name.kmt" 2>&1
	done | awk '/ events in / { print $5 }' | sort -n | head -1 > "$tmp/s"
	pages=$(sed -n '/"page_cache"/,/}/s/.*"\(hit\|missed\)_pages": \([0-9]*\),/\2/p' \
		"$tmp/out/summary.json" | awk '{ n += $1 } END { print n }')
	misses=$(sed -n 's/.*"device_read_pages": \([0-9]*\),/\1/p' "$tmp/out/summary.json")
	awk -v what="$what" -v p="$pages" -v m="$misses" '{
		printf "%-34s %8.2f million pages, %5.2f read, %.3f s: %6.1f ns a page\n",
			what, p / 1e6, m / 1e6, $1, $1 / p * 1e9 }' "$tmp/s"
}

workload order 1000000 'io_bytes: 64KiB'
workload anywhere 4000000 'io_bytes: 4KiB, access: random'
small='nodes: [{cpus: "0-3", memory: 512MiB}]'
echo "$small" > "$tmp/small.yaml"
line 'in order, no lists' order
line 'in order, LRU lists' order --set vm.reclaim=true
line 'anywhere, LRU lists' anywhere --set vm.reclaim=true
line 'in order, memory of half the files' order -m "$tmp/small.yaml" --set vm.reclaim=true
line 'anywhere, memory of half the files' anywhere -m "$tmp/small.yaml" --set vm.reclaim=true
