#!/bin/sh
# Goal: no trace, however odd, breaks the simulated kernel.  Method: seeded
# random operations, sensible and not (double frees, frees by the wrong name,
# sizes and orders that no kernel gives, caches destroyed in use), on every
# slab allocator and machines that are small or lopsided, with all invariants
# checked every 50 operations.  RANDOM_SEEDS="5 6" runs others.
n=0
bin=$top_builddir/kmemsim
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
printf 'nodes: [{cpus: "0-1", memory: 32MiB}, {cpus: "2-3", memory: 28MiB}]\n' \
	>"$dir/tiny.yaml"
cat >"$dir/disk.yaml" <<'YAML'
nodes: [{cpus: "0-1", memory: 48MiB}]
devices:
  - {name: disk, latency: 100us, read_bandwidth: 400MiB, write_bandwidth: 200MiB}
io: {files: disk}
swap: {size: 16MiB, device: disk}
vm: {reclaim: true}
YAML
cat >"$dir/odd.yaml" <<'YAML'
nodes:
  - {cpus: "0-1", memory: 128MiB, movable: 64MiB}
  - {cpus: none, memory: 64MiB}
  - {cpus: "2-5", memory: 0}
distances: [[10, 20, 30], [20, 10, 15], [30, 15, 10]]
boot: {slab_nomerge: true, slub_debug: true, page_alloc_shuffle: true}
kernel: {slab_freelist_random: true}
YAML

generate() { # generate SEED OPERATIONS
	awk -v x="$1" -v nr="$2" '
	function below(limit) { # Park and Miller, exact in doubles
		x = (x * 16807) % 2147483647
		return int(x / 7) % limit
	}
	function one(list,   a, k) {
		k = split(list, a, " ")
		return a[1 + below(k)]
	}
	function size(   k) {
		k = below(20)
		if (k < 14)
			return below(600)
		if (k < 19)
			return 600 + below(8500)
		return one("0 8192 8193 65536 1048576 4194304 4194305 4294967295")
	}
	BEGIN {
		gfp = "GFP_KERNEL GFP_KERNEL GFP_ATOMIC GFP_NOWAIT GFP_NOIO " \
			"GFP_DMA GFP_DMA32 GFP_KERNEL_ACCOUNT GFP_USER 0 " \
			"GFP_KERNEL|__GFP_ZERO GFP_KERNEL|__GFP_RECLAIMABLE " \
			"GFP_KERNEL|__GFP_THISNODE GFP_HIGHUSER_MOVABLE " \
			"GFP_KERNEL|__GFP_NOFAIL GFP_ATOMIC|__GFP_MEMALLOC"
		flags = "- - HWCACHE_ALIGN RECLAIM_ACCOUNT CTOR CACHE_DMA " \
			"TYPESAFE_BY_RCU ACCOUNT NO_MERGE HWCACHE_ALIGN,CTOR"
		below(2); below(2)
		for (c = 0; c < 12; c++)
			print 0, 0, "cache_create", c, "c" c, \
				one("1 8 24 100 192 256 700 1024 2112 4000 9000"), \
				one("0 0 0 8 64 128"), one(flags)
		print 0, 0, "mempool_create 500 4 0"
		print 0, 0, "mempool_create 501 4 kmalloc:3000"
		print 0, 0, "mempool_create 502 4 pages:3"
		for (i = 0; i < nr; i++) {
			t += one("0 0 1 100 10000 1000000")
			head = t " " below(8) " "
			s = below(300)
			g = one(gfp)
			node = one("-1 -1 -1 0 1 2")
			k = below(100)
			if (below(25) == 0) {
				g = below(5) " " one("0 0 1 2 3 30 40 5000 5003 5150 4294967000 4294967090")
				k = below(20)
				if (k < 14)
					print head one("page_cache_read page_cache_read page_cache_write"), g, one("1 1 8 200")
				else if (k < 16)
					print head "page_cache_invalidate", g, 1 + below(200)
				else
					print head one("page_cache_truncate page_cache_size"), below(5), below(100)
			} else if (k < 26)
				print head "kmem_cache_alloc", s, below(12), g, node
			else if (k < 46)
				print head one("kmem_cache_free kfree"), s
			else if (k < 62)
				print head "kmalloc", s, size(), g, node
			else if (k < 69)
				print head "kfree", s
			else if (k < 74)
				print head one("read write"), s, \
					one("0 8 96 4095 4294967295"), one("1 8 64 500 4294967295")
			else if (k < 84)
				print head "alloc_pages", s, one("0 0 0 0 1 2 3 5 9 10 11"), g, node
			else if (k < 90)
				print head "free_pages", s
			else if (k < 93)
				print head "krealloc", s, size(), g
			else if (k < 94)
				print head "alloc_percpu", s, one("1 64 1000 32768 40000"), one("1 8 64")
			else if (k < 95)
				print head "free_percpu", s
			else if (k < 96)
				print head "mempool_alloc", s, 500 + below(4), one("GFP_NOIO GFP_ATOMIC")
			else if (k == 96 && below(3) == 0)
				print head "mempool_resize", 500 + below(4), below(12)
			else if (k == 96 && below(20) == 0)
				print head "mempool_destroy", 500 + below(4)
			else if (k == 96 && below(10) == 0)
				print head "mempool_create", 500 + below(4), 1 + below(9), one("1 5 kmalloc:100 kmalloc:9000 pages:0 pages:4 pages:11")
			else if (k < 97)
				print head "cache_shrink", below(12)
			else if (k < 98)
				print head "rcu_barrier"
			else if (k < 99)
				print head "idle", one("0 1 10")
			else
				print head one("cache_destroy geometry"), below(12)
		}
	}'
}

run() { # run NAME OPTIONS...
	n=$((n + 1)); name=$1; shift
	if "$bin" run -q --check 50 "$@" "$dir/t.ktr" >"$dir/out" 2>&1; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		head -n 20 "$dir/out" | sed 's/^/# /'
	fi
}

for seed in ${RANDOM_SEEDS:-1 2}; do
	generate "$seed" 1500 >"$dir/t.ktr"
	for slab in slub slab slob; do
		for m in tiny odd; do
			run "seed $seed, $slab, $m" --slab $slab \
				-m "$dir/$m.yaml"
			run "seed $seed, $slab, $m, as fast as it can" \
				--slab $slab -m "$dir/$m.yaml" --timing closed
		done
		run "seed $seed, $slab, tiny, reclaim" --slab $slab \
			-m "$dir/tiny.yaml" --set vm.reclaim=true
		run "seed $seed, $slab, a disk and swap" --slab $slab \
			-m "$dir/disk.yaml"
		run "seed $seed, $slab, i386, linux-3.8" --slab $slab \
			--set memory.zones=i386 --set kernel.profile=linux-3.8
	done
done
echo "1..$n"
