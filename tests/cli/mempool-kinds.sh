#!/bin/sh
# Goal: mempools over kmalloc and over pages, and resizing, in traces and in
# workload files.  Method: traces whose outcome can be counted by hand; the
# reserve carries an atomic burst for exactly min_nr elements.
. "$top_srcdir/tests/tap.sh"

# The nth pool's KEY.
key() {
	sed -n '/"mempools"/,/\]/s/.*"'"$2"'": "*\([a-z0-9]*\).*/\1/p' \
		"$dir/out/summary.json" | sed -n "$1p"
}

run() { # slab options: of $dir/t.ktr
	rm -rf "$dir/out"
	"$kmemsim" run --quiet --check=1 \
		-m "$top_srcdir/workloads/machines/m1.yaml" \
		--placements "$dir/p.tsv" -o "$dir/out" --slab "$@" \
		> "$dir/log" 2>&1 || sed 's/^/# /' "$dir/log"
}

# All of a 512 MiB machine goes in 4 MiB blocks and what is left in pages; then
# five atomic requests to pools of three: three are carried.
{
	echo "0 0 mempool_create 1 3 pages:2"
	echo "0 0 mempool_create 2 3 kmalloc:16384"
	for i in $(seq 200); do
		echo "$i 0 alloc_pages $i 10 GFP_NOWAIT -1"
	done
	for i in $(seq 201 3000); do
		echo "$i 0 alloc_pages $i 2 GFP_ATOMIC|__GFP_HIGH -1"
	done
	for pool in 1 2; do
		for i in 1 2 3 4 5; do
			echo "4000 0 mempool_alloc 500$pool$i $pool GFP_ATOMIC"
		done
	done
	for pool in 1 2; do
		for i in 1 2 3 4 5; do
			echo "5000 0 mempool_free 500$pool$i"
		done
	done
} > "$dir/t.ktr"
for slab in slub slab slob; do
	run $slab "$dir/t.ktr"
	for pool in 1 2; do
		same "$slab, pool $pool: three saved" "$(key $pool saved_count)" 3
		same "$slab, pool $pool: two failed" \
			"$(key $pool failures_count)" 2
		same "$slab, pool $pool: empty for a while" \
			"$(key $pool lowest_count)" 0
		same "$slab, pool $pool: filled again" \
			"$(key $pool curr_nr_count)" 3
		same "$slab, pool $pool: 16 KiB each" \
			"$(key $pool reserve_bytes)" 49152
	done
	same "$slab: what the pools are over" "$(key 1 over) $(key 2 over)" \
		"pages kmalloc"
done

# Resizing: surplus is freed, what is missing allocated; elements of a pool
# that is gone go where they came from.
cat > "$dir/t.ktr" << KTR
0 0 mempool_create 1 5 pages:3
1 0 mempool_create 2 2 kmalloc:1000
2 0 mempool_resize 1 2
3 0 mempool_resize 2 20
4 0 mempool_resize 3 20
5 0 mempool_resize 2 0
6 0 mempool_resize 2 4000000000
7 0 mempool_alloc 1 1 GFP_KERNEL
8 0 mempool_alloc 2 2 GFP_KERNEL
9 0 mempool_destroy 1
10 0 mempool_create 1 4 pages:0
11 0 mempool_destroy 2
12 0 mempool_free 1
13 0 mempool_free 2
14 0 mempool_create 4 1 pages:11
15 0 mempool_create 5 2 kmalloc:4194305
KTR
want="5:1 2:1 2:1 20:1 -:0 20:0 20:0 2:1 20:1 -:1 4:1 -:1 -:1 -:1 -:0 -:0"
for slab in slub slab slob; do
	run $slab "$dir/t.ktr"
	same "$slab: resizing" "$(sed 1d "$dir/p.tsv" |
		sed 's/curr_nr=//' | cut -f 4,9 |
		awk '{ printf "%s%s:%s", (NR > 1 ? " " : ""), $2, $1 }')" "$want"
done

# The same in a workload file.
cat > "$dir/w.yaml" << YAML
workload: pools
cpus: 2
caches: [{name: c, size: 200}]
mempools:
  - {name: bios, min_nr: 4, cache: c}
  - {name: bufs, min_nr: 8, kmalloc: 1000}
  - {name: packets, min_nr: 16, pages: 3}
phases:
  - operations: 300
    interarrival: 1us
    mix:
      - {mempool: bios, gfp: GFP_NOIO, lifetime: 100us}
      - {mempool: bufs, gfp: GFP_NOIO, lifetime: 100us}
      - {mempool: packets, gfp: GFP_ATOMIC, lifetime: 100us}
YAML
run slub "$dir/w.yaml"
same "workload: what the pools are over" \
	"$(key 1 over) $(key 2 over) $(key 3 over)" "slab kmalloc pages"
same "workload: nobody failed" "$(key 1 failures_count) $(key 2 failures_count
	) $(key 3 failures_count)" "0 0 0"
same "workload: every allocation is some pool's" \
	$(($(key 1 allocations_count) + $(key 2 allocations_count) + \
	$(key 3 allocations_count))) 300
for bad in "{name: x, min_nr: 1}" "{name: x, min_nr: 1, pages: 1, cache: c}" \
	"{name: x, min_nr: 1, cache: d}" "{name: x, min_nr: 0, pages: 1}"; do
	sed "s/  - {name: bios.*/  - $bad/" "$dir/w.yaml" > "$dir/bad.yaml"
	"$top_builddir/kmemsim" info "$dir/bad.yaml" > "$dir/log" 2>&1
	same "refused: $bad" "$? $(grep -c 'bad.yaml:5:' "$dir/log")" "1 1"
done
echo "1..$n"
