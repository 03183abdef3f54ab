#!/bin/sh
# read and write of a trace, and the touches of a workload, in all models and
# both formats: findings with their record, the same bytes again.
. "$top_srcdir/tests/tap.sh"

run() { # directory, arguments...
	out=$dir/$1
	shift
	rm -rf "$out"
	"$kmemsim" run -q -o "$out" "$@"
}

cat >"$dir/t.ktr" <<'END'
0 0 cache_create 1 foo 100 0 -
10 0 kmem_cache_alloc 1 1 GFP_KERNEL -1
20 0 write 1 0 100
30 1 write 1 8 8
40 1 read 1 96 8 # 4 bytes past the object
50 0 kmem_cache_free 1
60 0 read 1 0 1
70 0 mempool_create 2 4 1
80 0 mempool_alloc 3 2 GFP_KERNEL
90 0 write 3 92 8
100 0 write 3 93 8
110 0 alloc_percpu 4 5000 8
120 1 write 4 4090 16
130 0 read 9 0 1
END
for model in none costs full; do
	run $model --set sim.model=$model "$dir/t.ktr"
	grep -q 'access after free, 1 times, first at record 6$' \
		"$dir/$model/report.txt" &&
		grep -q 'out of bounds, 2 times, first at record 4$' \
			"$dir/$model/report.txt" &&
		grep -q 'to no object, 1 times, first at record 13$' \
			"$dir/$model/report.txt"
	ok $? "$model: findings with their record"
done
# CPU 1 writes what CPU 0 wrote; CPU 0 reads it before the free (the supposed
# hot bytes), and then writes the free pointer, with CPU 1 still a reader.
awk -F '\t' '$1 == "foo" { found = $2 == 1 && $3 == 2 && $4 == 0 }
	END { exit !found }' "$dir/full/sharing.tsv"
ok $? 'true sharing and an upgrade'
test "$(wc -l <"$dir/none/sharing.tsv")" = 1
ok $? 'none: a header only'
"$kmemsim" import "$dir/t.ktr" -o "$dir/t.kmt" >"$dir/said" &&
	"$kmemsim" import "$dir/t.kmt" -o "$dir/back.ktr" >"$dir/said" &&
	sed 's/ *#.*//' "$dir/t.ktr" | cmp -s - "$dir/back.ktr"
ok $? '.ktr, .kmt and back'
"$kmemsim" info "$dir/t.kmt" | grep -q ' 5  write$'
ok $? 'info counts them'

cat >"$dir/w.yaml" <<'END'
workload: w
cpus: 4
at_end: drain
caches: [{name: foo, size: 192}]
mempools: [{name: p, min_nr: 4, cache: foo}, {name: q, min_nr: 4, kmalloc: 300}]
phases:
  - operations: 2000
    interarrival: {dist: exponential, mean: 10us}
    remote_free: 0.2
    mix:
      - {cache: foo, lifetime: {dist: exponential, mean: 1ms}, hot_bytes: 48,
         touches: {dist: poisson, mean: 6}, touch_remote: 0.3}
      - {kmalloc: {dist: uniform, min: 1, max: 9000}, lifetime: 100us,
         touches: 4, touch_offset: sequential, touch_bytes: 64}
      - {pages: [3, 1], lifetime: 1ms, gfp: GFP_KERNEL|__GFP_ZERO, touches: 5,
         touch_offset: {dist: zipf, exponent: 1.1, n: 64, step: 64}}
      - {percpu: 64, lifetime: 1ms, touches: 3, touch_remote: 0.75}
      - {mempool: p, lifetime: 10us, touches: 2, touch_offset: uniform}
      - {mempool: q, lifetime: 10us, touches: 2, touch_offset: uniform}
      - {cache: foo, weight: 0.1, keep: true, touch_interval: 500us}
END
"$kmemsim" import "$dir/w.yaml" -o "$dir/w.kmt" >"$dir/said"
for slab in slub slab slob; do
	for how in model=none model=full 'model=full --timing closed'; do
		run a --slab $slab --check 500 --set sim.$how "$dir/w.yaml" &&
			grep -q 'every operation succeeded' \
				"$dir/a/report.txt" &&
			! grep -q BUG "$dir/a/report.txt"
		ok $? "$slab, $how: no access is wrong"
	done
done
run a --set sim.model=full "$dir/w.yaml" && run b --set sim.model=full "$dir/w.yaml" &&
	diff -r "$dir/a" "$dir/b" >"$dir/said"
ok $? 'the same bytes again'
run c --set sim.model=full "$dir/w.kmt" && run d --set sim.model=full \
	--set sim.touch.hot_bytes=0 "$dir/w.kmt" &&
	cmp -s "$dir/c/latency.tsv" "$dir/d/latency.tsv"
ok $? 'what a workload tells is not supposed again'
echo "1..$n"
