#!/bin/sh
# Goal: files in traces and workloads go through the page cache, the same in
# every run, and what the run tells about it adds up.  Method: a trace whose
# windows of readahead are known, and workloads/page-cache.yaml on 512 MB,
# with all invariants checked on the way.
. "$top_srcdir/tests/tap.sh"
m1=$top_srcdir/workloads/machines/m1.yaml
load=$top_srcdir/workloads/page-cache.yaml

vm() { awk -v name="$2" '$1 == name { print $2 }' "$1/vmstat"; }
figure() { sed -n "/\"page_cache\"/,/}/s/.*\"$2\": \\([0-9]*\\),*/\\1/p" "$1/summary.json"; }

# Page by page: windows of 4, 8, 16, 32 pages; the marker of the last is
# page 28, which 0..27 do not reach.
awk 'BEGIN { print 0, 0, "page_cache_size", 7, 1000
	for (i = 0; i < 28; i++) print i, 0, "page_cache_read", 7, i, 1 }' >"$dir/seq.ktr"
"$kmemsim" run -q --check 1 -o "$dir/seq" "$dir/seq.ktr"
test "$(figure "$dir/seq" pages) $(figure "$dir/seq" missed_pages)" = "60 1" &&
	test "$(figure "$dir/seq" readahead_used_pages)" = 27
ok $? "reading in order: 60 pages are there after 28 were read"
test "$(vm "$dir/seq" pgpgin)" = 240 && test "$(vm "$dir/seq" nr_file_pages)" = 60
ok $? "vmstat counts them, without lists too"
# One node of 64 slots.  It has 576 bytes and a constructor, so that the link
# of free ones stands behind: 584, as Linux 6.1 lists it.
test "$(figure "$dir/seq" tree_nodes_count)" = 1 &&
	awk '$1 == "radix_tree_node" { exit !($3 > 0 && $4 == 584) }' "$dir/seq/slabinfo"
ok $? "their tree is one node"
"$kmemsim" import -o "$dir/seq.kmt" "$dir/seq.ktr" >/dev/null &&
	"$kmemsim" import -o "$dir/back.ktr" "$dir/seq.kmt" >/dev/null &&
	diff "$dir/seq.ktr" "$dir/back.ktr" >/dev/null
ok $? "operations on files survive .kmt"
"$kmemsim" run -q --set vm.read_ahead_kb=0 -o "$dir/none" "$dir/seq.ktr"
test "$(figure "$dir/none" pages)" = 28
ok $? "vm.read_ahead_kb: 0 reads nothing ahead"
{
	cat "$dir/seq.ktr"
	echo "30 0 page_cache_write 7 100 5"
	echo "31 0 page_cache_invalidate 7 0 50"
	echo "32 0 page_cache_truncate 7 58"
} >"$dir/less.ktr"
"$kmemsim" run -q --check 1 -o "$dir/less" "$dir/less.ktr"
test "$(figure "$dir/less" pages) $(figure "$dir/less" truncated_pages)" = "8 7"
ok $? "pages 50 to 57 are left after invalidation and truncation"

"$kmemsim" run -q -m "$m1" --set vm.reclaim=true --check 30000 -o "$dir/a" "$load"
ok $? "page-cache.yaml runs in 512 MB, and mm_check() finds nothing"
"$kmemsim" run -q -m "$m1" --set vm.reclaim=true -o "$dir/b" "$load"
diff -r "$dir/a" "$dir/b" >/dev/null
ok $? "and leaves the same bytes each time"
test "$(vm "$dir/a" workingset_refault_file)" = "$(figure "$dir/a" refaulted_pages)" &&
	test "$(figure "$dir/a" refaulted_pages)" -gt 1000 &&
	test "$(figure "$dir/a" activated_pages)" -gt 100 &&
	test "$(figure "$dir/a" activated_pages)" -lt "$(figure "$dir/a" refaulted_pages)"
ok $? "pages come back, and some are active at once"
test "$(vm "$dir/a" workingset_nodes)" -gt 0
ok $? "shadows have nodes of their own"
grep -q "^PAGE CACHE" "$dir/a/report.txt"
ok $? "report.txt tells"
"$kmemsim" run -q -o "$dir/large" "$load"
test "$(figure "$dir/large" missed_pages)" -lt "$(figure "$dir/a" missed_pages)" &&
	test "$(figure "$dir/large" refaulted_pages)" = 0
ok $? "with 16 GiB less is missing, and nothing comes back"
echo "1..$n"
