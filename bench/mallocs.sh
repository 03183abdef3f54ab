#!/bin/sh
# The slab operations of a recording through the simulator and through
# user-space allocators, in a plain loop; ours as a ratio of theirs.
# usage: mallocs.sh MALLOCS TRACE [RUNS]     (make bench/mallocs)
set -eu
test $# -ge 2 || { echo "usage: mallocs.sh MALLOCS TRACE [RUNS]" >&2; exit 2; }
mallocs=$1 trace=$2 runs=${3:-9}
# "N operations, X ns each" -> X
ns() { awk '{ print $3 }'; }
ours=$("$mallocs" sim "$trace" "$runs" | ns)
printf '%-10s %8s  %s\n' allocator ns/op 'ours / theirs'
printf '%-10s %8.1f\n' kmemsim "$ours"
row() {
	awk -v n="$1" -v t="$2" -v o="$ours" \
		'BEGIN { printf "%-10s %8.1f  %.2f\n", n, t, o / t }'
}
row glibc "$("$mallocs" malloc "$trace" "$runs" | ns)"
for lib in jemalloc:libjemalloc.so.2 mimalloc:libmimalloc.so.2; do
	name=${lib%%:*} file=${lib#*:}
	if ldconfig -p 2>/dev/null | grep -q "$file"; then
		row "$name" "$(LD_PRELOAD=$file "$mallocs" malloc "$trace" "$runs" | ns)"
	else
		printf '%-10s %8s  %s not installed\n' "$name" - "$file"
	fi
done
