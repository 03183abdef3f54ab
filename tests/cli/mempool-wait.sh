#!/bin/sh
# A burst on an empty machine is carried for exactly min_nr allocations; who
# may sleep waits for the next free of the pool, and the report says how long.
. "$top_srcdir/tests/tap.sh"

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

is() { # WHAT KEY VALUE
	same "$1" "$(sed -n "s/.*\"$2\": \([0-9]*\).*/\1/p" "$dir/out/summary.json" | head -n 1)" "$3"
}

for slab in slub slab slob; do
	for gfp in GFP_ATOMIC GFP_KERNEL; do
		trace $gfp > "$dir/t.ktr"
		rm -rf "$dir/out"
		"$kmemsim" run --quiet --check=1 --slab $slab \
			-m "$top_srcdir/workloads/machines/m1.yaml" \
			-o "$dir/out" "$dir/t.ktr" > "$dir/log" 2>&1 ||
			sed 's/^/# /' "$dir/log"
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
# Who sleeps asks the allocator again after 5 s, and then every 5 s; first come,
# first served; what follows on his object waits with him.
full() {
	echo "0 0 mempool_create 1 1 pages:10"
	for i in $(seq 200); do
		echo "$i 0 alloc_pages $i 10 GFP_NOWAIT -1"
	done
	echo "1000 0 mempool_alloc 1001 1 GFP_NOIO"
}
go() {
	rm -rf "$dir/out"
	"$kmemsim" run --quiet --check=1 "$@" \
		-m "$top_srcdir/workloads/machines/m1.yaml" \
		--placements "$dir/p.tsv" -o "$dir/out" "$dir/t.ktr" \
		> "$dir/log" 2>&1 || sed 's/^/# /' "$dir/log"
}
# The longest wait, in ms: the last column of the pool's line.
longest() {
	awk '/^MEMPOOLS/ { getline; printf "%d\n", $NF / 1000 }' \
		"$dir/out/report.txt"
}
for model in none costs; do
	# 200 blocks are more than there are, so the first of them exist.
	{
		full
		echo "1000000 0 mempool_alloc 1002 1 GFP_NOIO"
		echo "2000000000 0 free_pages 1"
		echo "3000000000 0 mempool_free 1002"
		echo "6000000000 0 kmalloc 3000 8 GFP_KERNEL -1"
	} > "$dir/t.ktr"
	go --model $model
	is "$model: it waited" waits_count 1
	same "$model: for 5 s, until it asked again" "$(longest)" 5000
	is "$model: one is out still" in_use_count 1
	is "$model: the free after it came back to the pool" curr_nr_count 1
	is "$model: no free was in vain" skipped_frees_count 0
	{
		full
		echo "1000000 0 mempool_alloc 1002 1 GFP_NOIO"
		echo "2000000 0 mempool_alloc 1003 1 GFP_NOIO"
		echo "1002000000 0 mempool_free 1001"
		echo "2002000000 0 mempool_free 1002"
	} > "$dir/t.ktr"
	go --model $model
	is "$model: two waited" waits_count 2
	same "$model: 1 s the first, 2 s the second" "$(longest)" 2000
	same "$model: in the order in which they came" "$(awk '
		$2 == "mempool_alloc" { printf "%s:%s ", $3, $4 }' \
		"$dir/p.tsv")" "1001:1 1002:1 1003:1 "
	{
		full
		echo "1000000 0 mempool_alloc 1002 1 GFP_NOIO"
		echo "2000000 0 mempool_free 1002"
		echo "12000000000 0 kmalloc 3000 8 GFP_KERNEL -1"
	} > "$dir/t.ktr"
	go --model $model
	is "$model: one sleeps for ever" waiting_at_end_count 1
	is "$model: it is no failure" failures_count 0
	is "$model: it asked at 5 s, 10 s, and once more" retries_count 3
	is "$model: its free was not performed" \
		operations_held_at_end_count 1
done
echo "1..$n"
