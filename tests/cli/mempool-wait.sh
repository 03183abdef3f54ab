#!/bin/sh
# A burst on an empty machine is carried for exactly min_nr allocations; who
# may sleep waits for the next free of the pool, and the report says how long.
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
n=0

# trace GFP: 4 MiB objects until there are none, then five from a pool of 3
trace() {
	echo "0 0 cache_create 1 big 4194304 0 -"
	echo "0 0 mempool_create 1 3 1"
	for i in $(seq 200); do
		echo "${i}000 0 kmem_cache_alloc $i 1 GFP_NOWAIT -1"
	done
	for i in 1001 1002 1003 1004 1005; do
		echo "${i}000 0 mempool_alloc $i 1 $1"
	done
	echo "2000000 0 mempool_free 1001"
	echo "5000000 0 mempool_free 1002"
	echo "6000000 0 mempool_free 1004"
	echo "7000000 0 mempool_free 1005"
}

is() { # what key value
	n=$((n + 1))
	got=$(sed -n "s/.*\"$2\": \([0-9]*\).*/\1/p" "$tmp/out/summary.json" | head -n 1)
	if test "$got" = "$3"; then echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		echo "# $2 is '$got', not '$3'"
	fi
}

for slab in slub slab slob; do
	for gfp in GFP_ATOMIC GFP_KERNEL; do
		trace $gfp > "$tmp/t.ktr"
		rm -rf "$tmp/out"
		"$top_builddir/kmemsim" run --quiet --check=1 --slab $slab \
			-m "$top_srcdir/workloads/machines/m1.yaml" \
			-o "$tmp/out" "$tmp/t.ktr" > "$tmp/log" 2>&1 ||
			sed 's/^/# /' "$tmp/log"
		if test $gfp = GFP_ATOMIC; then
			is "$slab: the reserve saved three" saved_count 3
			is "$slab: two failed" failures_count 2
			is "$slab: nobody waited" waits_count 0
		else
			is "$slab: all five got one" saved_count 5
			is "$slab: none failed" failures_count 0
			is "$slab: two waited" waits_count 2
		fi
	done
done
echo "1..$n"
