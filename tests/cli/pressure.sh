#!/bin/sh
# Goal: a machine under pressure wakes kswapd, reclaims, lets atomic requests
# fail and recovers, the same in every run.  Method: workloads/pressure.yaml
# on the laptop, with all invariants checked on the way.
n=0
ok() {
	n=$((n + 1))
	if test "$1" = 0; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}
kmemsim=$top_builddir/kmemsim
dir=$(mktemp -d "${TMPDIR:-/tmp}/kmemsim-pressure.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
laptop=$top_srcdir/workloads/machines/laptop.yaml
load=$top_srcdir/workloads/pressure.yaml

# vm FILE NAME: one counter of a vmstat.
vm() { awk -v name="$2" '$1 == name { print $2 }' "$1/vmstat"; }

"$kmemsim" run -q -m "$laptop" --set vm.reclaim=true --check 100000 \
	-o "$dir/a" "$load" >"$dir/said" 2>&1
ok $? "the workload runs, and mm_check() finds nothing"
test -d "$dir/a" || { cat "$dir/said"; echo "Bail out! no run to look at"; exit 0; }
"$kmemsim" run -q -m "$laptop" --set vm.reclaim=true -o "$dir/b" "$load" \
	>/dev/null 2>&1
diff -r "$dir/a" "$dir/b" >/dev/null
ok $? "and leaves the same bytes each time"
test "$(vm "$dir/a" pageoutrun)" -gt 100 &&
	test "$(vm "$dir/a" pgsteal_kswapd)" -gt 100000
ok $? "kswapd is woken and reclaims"
test "$(vm "$dir/a" pgsteal_direct)" -gt 0
ok $? "some help themselves"
test "$(vm "$dir/a" pgsteal_kswapd)" -le "$(vm "$dir/a" pgscan_kswapd)"
ok $? "no more is taken than looked at"
awk -F'\t' '$1 == "failure" { n += $4 } END { exit !(n > 0) }' "$dir/a/counts.tsv"
ok $? "atomic requests fail"
# Wake-up before sleep, and what was reclaimed adds up.
awk -F'\t' -v total="$(vm "$dir/a" pgsteal_kswapd)" \
	'NR > 1 && $1 == "kswapd" { sum += $13; if ($3 && $3 < $2) bad = 1 }
	 END { exit bad || sum != total }' "$dir/a/reclaim.tsv"
ok $? "reclaim.tsv adds up to vmstat"
grep -q "^RECLAIM" "$dir/a/report.txt"
ok $? "report.txt tells"
"$kmemsim" run -q -m "$laptop" --set sim.model=costs --set vm.reclaim=true \
	--check 100000 -o "$dir/c" "$load" >/dev/null 2>&1
ok $? "with a cost model too"
# 24000 inodes, nobody uses them; then the kernel itself wants all there is.
cat >"$dir/small.yaml" <<END
name: small
nodes:
  - {cpus: "0", memory: 64MiB}
END
awk 'BEGIN {
	print "0 0 cache_create 1 ext4_inode_cache 1024 0 RECLAIM_ACCOUNT"
	for (i = 1; i <= 24000; i++)
		print i * 1000, 0, "kmem_cache_alloc", i, "1 GFP_KERNEL -1"
	for (; i <= 36000; i++)
		print i * 1000, 0, "alloc_pages", i, "0 GFP_KERNEL -1"
	for (i = 1; i <= 36000; i++)
		print (40000 + i) * 1000, 0, (i <= 24000 ? "kmem_cache_free" : "free_pages"), i
}' >"$dir/inodes.ktr"
failures() { awk -F'\t' '$1 == "failure" { n += $4 } END { print n + 0 }' "$1/counts.tsv"; }
for slab in slub slab slob; do
	for unused in 0 100; do
		"$kmemsim" run -q -m "$dir/small.yaml" --slab $slab --check 1000 \
			--set vm.reclaim=true --set vm.slab_unused=$unused \
			-o "$dir/$slab$unused" "$dir/inodes.ktr" >/dev/null 2>&1 ||
			echo "# $slab $unused does not run"
	done
	test "$(failures "$dir/${slab}0")" -gt $((2 * $(failures "$dir/${slab}100"))) &&
		test "$(vm "$dir/${slab}100" slabs_scanned)" -gt 10000
	ok $? "$slab: unused inodes make room"
done
"$kmemsim" run -q -m "$laptop" -o "$dir/off" "$load" >/dev/null 2>&1
test "$(vm "$dir/off" pgsteal_kswapd)" = 0 && test ! -e "$dir/off/reclaim.tsv"
ok $? "without vm.reclaim nothing is reclaimed"
echo "1..$n"
