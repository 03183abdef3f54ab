#!/bin/sh
# Goal: a machine under pressure wakes kswapd, reclaims, writes back, compacts,
# loses packets that have no reserve, and recovers, the same in every run.  Method: workloads/pressure.yaml
# on the laptop, with all invariants checked on the way.
. "$top_srcdir/tests/tap.sh"
laptop=$top_srcdir/workloads/machines/laptop.yaml
load=$top_srcdir/workloads/pressure.yaml

# vm FILE NAME: one counter of a vmstat.
vm() { awk -v name="$2" '$1 == name { print $2 }' "$1/vmstat"; }

"$kmemsim" run -q -m "$laptop" --check 200000 \
	-o "$dir/a" "$load" >"$dir/said" 2>&1
ok $? "the workload runs, and mm_check() finds nothing"
test -d "$dir/a" || { cat "$dir/said"; echo "Bail out! no run to look at"; exit 0; }
"$kmemsim" run -q -m "$laptop" -o "$dir/b" "$load" \
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
# failed SITE: how often; saved: what the second pool's reserve gave.
failed() { awk -F'\t' -v site="$1" '$1 == site { print $4 }' "$dir/a/sites.tsv"; }
saved() { awk '/^MEMPOOLS/ { on = 1 } on && $1 == 2 && $2 == "pages" { print $6 }' "$dir/a/report.txt"; }
test "$(failed rx_without_reserve)" -gt 0
ok $? "packets are lost where there is no reserve"
test "$(failed rx_with_reserve)" = 0 && test "$(saved)" -gt 0
ok $? "and none where a mempool has one, which gave what memory had not"
! grep -q "^failure.page_cache_" "$dir/a/counts.tsv"
ok $? "who can wait fails never"
test "$(vm "$dir/a" nr_dirtied)" -ge "$(vm "$dir/a" nr_written)" -o \
	"$(vm "$dir/a" pswpout)" -gt 0 && test "$(vm "$dir/a" nr_written)" -gt 100000
ok $? "dirty pages are written"
test "$(vm "$dir/a" compact_success)" -gt 0 && test "$(vm "$dir/a" pgmigrate_success)" -gt 1000
ok $? "compaction makes huge pages"
# Recovery: no kswapd at the end, and a third of the memory is free.
awk -F'\t' 'NR > 1 && $1 == "kswapd" { if (!$3) bad = 1 }
	END { exit bad }' "$dir/a/reclaim.tsv" &&
	awk '$1 == "MemTotal:" { t = $2 } $1 == "MemFree:" { f = $2 } END { exit f < t / 3 }' "$dir/a/meminfo"
ok $? "it recovers"
# Wake-up before sleep, and what was reclaimed adds up.
awk -F'\t' -v total="$(vm "$dir/a" pgsteal_kswapd)" \
	'NR > 1 && $1 == "kswapd" { sum += $13; if ($3 && $3 < $2) bad = 1 }
	 END { exit bad || sum != total }' "$dir/a/reclaim.tsv"
ok $? "reclaim.tsv adds up to vmstat"
grep -q "^RECLAIM" "$dir/a/report.txt"
ok $? "report.txt tells"
# A direct reclaim takes time, and its pages add up as well.
awk -F'\t' -v total="$(vm "$dir/a" pgsteal_direct)" \
	'NR > 1 && $1 == "direct" { sum += $13; if ($3 <= $2 || $12 < $13) bad = 1 }
	 END { exit bad || sum != total }' "$dir/a/reclaim.tsv"
ok $? "and so do direct reclaims, which take time"
# The map: as many parts at each time, each with a known use and type.
awk -F'\t' 'NR > 1 { n[$1]++; if ($4 > 6 || $6 !~ /^(un)?movable$|^reclaimable$|^highatomic$/) bad = 1 }
	END { for (t in n) if (n[t] != 256) bad = 1; exit bad }' "$dir/a/map.tsv"
ok $? "map.tsv has 256 parts at each time"
if command -v gnuplot >/dev/null; then
	"$kmemsim" plot "$dir/a" >/dev/null && (
		cd "$dir/a/plots" && test -s pressure.svg -a -s watermarks.svg &&
			test -s memory-map.svg -a -s extfrag.svg -a -s stalls.svg
	)
	ok $? "all charts of pressure are drawn"
else
	ok 0 "# SKIP no gnuplot"
fi
"$kmemsim" run -q -m "$laptop" --set sim.model=costs \
	--check 200000 -o "$dir/c" "$load" >/dev/null 2>&1
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
# Two programs on two nodes want more than there is: both lose it in turn.
cat >"$dir/two.yaml" <<END
name: two
nodes:
  - {cpus: "0", memory: 48MiB}
  - {cpus: "1", memory: 48MiB}
END
cat >"$dir/oom.yaml" <<END
workload: oom
cpus: 2
phases:
  - operations: 60000
    interarrival: 10us
    mix:
      - {pages: [1], keep: true, gfp: "GFP_HIGHUSER_MOVABLE|__GFP_ZERO"}
      - {pages: [1], keep: true, weight: 0.1, gfp: "GFP_KERNEL_ACCOUNT|__GFP_ZERO"}
      - {kmalloc: 512, lifetime: 1ms}
  - duration: 10ms
    free_kept: 1
END
"$kmemsim" run -q -m "$dir/two.yaml" --set vm.reclaim=true --check 1000 \
	-o "$dir/oom" "$dir/oom.yaml" >"$dir/said" 2>&1
ok $? "memory is out, and mm_check() finds nothing"
kills=$(vm "$dir/oom" oom_kill)
test "$kills" -ge 2 && test "$(failures "$dir/oom")" = 0 &&
	grep -q "tasks were killed $kills times" "$dir/oom/report.txt"
ok $? "programs are killed, so that nothing fails"
# What the killed ones had went before the trace freed it: all of it then.
awk -F'\t' -v kills="$kills" '$1 == "oom" { n++; sum += $13; if ($15 != "task" || $17 != $13) bad = 1 }
	END { exit bad || n != kills }' "$dir/oom/reclaim.tsv" &&
	test "$(awk '$1 == "nr_anon_pages" { print $2 }' "$dir/oom/vmstat")" = 0
ok $? "each is told of, and nothing of them is left"
# Half the memory has a price: none is killed where there is enough.
"$kmemsim" run -q -m "$dir/two.yaml" --set vm.reclaim=true \
	--set nodes.0.memory=256MiB --set nodes.1.memory=256MiB \
	-o "$dir/room" "$dir/oom.yaml" >/dev/null 2>&1
"$kmemsim" compare "$dir/room" "$dir/oom" >"$dir/compared" 2>&1
test "$(vm "$dir/room" oom_kill)" = 0 &&
	awk '/^RECLAIM/ { on = 1 } on && /tasks killed/ { if ($3 == "0*") good = $4 }
		END { exit good != '"$kills"' }' "$dir/compared" &&
	grep -q '"oom_kills_count": '"$kills" "$dir/oom/summary.json"
ok $? "half the memory, compared: what it cost"
# A data base of a third of the memory is spared, another program is not; and
# a typing error in a name is one.
cat >"$dir/tasks.yaml" <<END
workload: tasks
cpus: 1
tasks:
  - {name: database, oom_score_adj: -1000}
  - {name: batch}
  - {name: browser, oom_score_adj: 900}
phases:
  - operations: 26000
    interarrival: 10us
    mix:
      - {pages: [1], keep: true, weight: 6, gfp: GFP_HIGHUSER_MOVABLE, task: database}
      - {pages: [1], keep: true, weight: 3, gfp: GFP_HIGHUSER_MOVABLE, task: batch}
      - {pages: [1], keep: true, weight: 1, gfp: GFP_HIGHUSER_MOVABLE, task: browser}
END
"$kmemsim" run -q -m "$dir/two.yaml" --set vm.reclaim=true --check 1000 \
	-o "$dir/tasks" "$dir/tasks.yaml" >"$dir/said" 2>&1
# 900 thousandths beat any program that is there, as long as the browser has a
# page; then the batch job goes.
test "$(awk -F'\t' '$1 == "oom" { print $16 }' "$dir/tasks/reclaim.tsv" |
	uniq | tr '\n' ' ')" = "browser batch "
ok $? "oom_score_adj says who goes first, and who never"
sed 's/task: batch}/task: bach}/' "$dir/tasks.yaml" >"$dir/typo.yaml"
"$kmemsim" run -q -m "$dir/two.yaml" -o "$dir/typo" "$dir/typo.yaml" 2>&1 |
	grep -q "typo.yaml:12:.*no task 'bach' under 'tasks'; did you mean 'batch'?"
ok $? "a task that is none is an error with its place"
for adj in -1001 1001 5x ""; do
	sed "s/adj: 900/adj: $adj/" "$dir/tasks.yaml" >"$dir/typo.yaml"
	"$kmemsim" run -q -m "$dir/two.yaml" -o "$dir/typo" "$dir/typo.yaml" >/dev/null 2>&1 &&
		echo "not an error: $adj"
done >"$dir/said"
test ! -s "$dir/said"
ok $? "nor is a score out of bounds taken"
"$kmemsim" run -q -m "$laptop" --set vm.reclaim=false --set swap.size=0 -o "$dir/off" "$load" >/dev/null 2>&1
test "$(vm "$dir/off" pgsteal_kswapd)" = 0 && test ! -e "$dir/off/reclaim.tsv"
ok $? "without vm.reclaim nothing is reclaimed"
echo "1..$n"
