#!/bin/sh
# Goal: a run directory is whole, repeatable and consistent, as the program
# writes it.  Method: replay a small trace twice, compare, add things up.
. "$top_srcdir/tests/tap.sh"
cd "$dir" || exit 1

# Four caches, one with a name that tries to do harm; some stay allocated.
awk 'BEGIN {
	print "0 0 cache_create 1 ext4_inode_cache 1096 0 RECLAIM_ACCOUNT"
	print "1 0 cache_create 2 `touch${IFS}x`\"$(x)\\ 100 0 -"
	t = 1000
	for (i = 1; i <= 4000; i++) {
		t += 100000 # below 2^31: all awks print it whole
		print t, i % 2, "kmem_cache_alloc", i, 1 + i % 2, "GFP_KERNEL -1"
		print t + 100, i % 2, "kmalloc", 10000 + i, i % 3000, "GFP_KERNEL -1"
		if (i % 3)
			print t + 200, 0, "kmem_cache_free", i
		if (i % 5)
			print t + 300, 1, "kfree", 10000 + i
		if (i % 100 == 0)
			print t + 400, 0, "alloc_pages", 20000 + i, i / 100 % 11, "GFP_KERNEL -1"
	}
	print t + 500, 0, "snapshot end.1"
}' >t.ktr

"$kmemsim" run -q -o one t.ktr && "$kmemsim" run -q -o two t.ktr
ok $? "two runs succeed"
test -d two || { echo "Bail out! no run to look at"; exit 0; }
diff -r one two >/dev/null
ok $? "and leave the same bytes"
test "$(ls -A)" = "$(printf 'one\nt.ktr\ntwo')"
ok $? "and nothing beside them"
"$kmemsim" run -q -m one/config.yaml -o three t.ktr && diff -r one three >diff
rc=$?
ok $rc "config.yaml gives the same run again"
test $rc = 0 || sed 's/^/# /;20q' diff

missing=
for f in report.txt summary.json config.yaml slabinfo buddyinfo pagetypeinfo \
	zoneinfo vmstat meminfo series.tsv caches.tsv events.tsv latency.tsv \
	locks.tsv colors.tsv snap/end.1/slabinfo; do
	test -s one/$f || missing="$missing $f"
done
test -z "$missing"
ok $? "no file is missing${missing}"
test "$(wc -l <one/report.txt)" -le 50 &&
	! grep -q '.\{101\}' one/report.txt
ok $? "report.txt fits two screens"

# Free pages: buddyinfo, zoneinfo, vmstat and meminfo agree.
buddy=$(awk '{ for (o = 0; o < 11; o++) p += $(5 + o) * 2 ^ o }
	END { print p }' one/buddyinfo)
types=$(awk '/type/ && /^Node/ { for (o = 0; o < 11; o++) p += $(7 + o) * 2 ^ o }
	END { print p }' one/pagetypeinfo)
test "$buddy" = "$types"
ok $? "buddyinfo and pagetypeinfo have the same free pages ($buddy, $types)"
zones=$(awk '/^  pages free/ { p += $3 } END { print p }' one/zoneinfo)
vm=$(awk '/^nr_free_pages/ { print $2 }' one/vmstat)
mem=$(awk '/^MemFree/ { print $2 / 4 }' one/meminfo)
test "$zones" = "$vm" && test "$vm" = "$mem"
ok $? "zoneinfo, vmstat and meminfo have the same free pages ($zones, $vm, $mem)"
awk '/^MemTotal/ { t = $2 } /^Slab/ { s = $2 } /^SRecl/ { r = $2 }
	/^SUnrecl/ { u = $2 } /^MemFree/ { f = $2 }
	END { exit !(s == r + u && s > 0 && f + s <= t) }' one/meminfo
ok $? "the lines of meminfo add up"
slab=$(awk 'NR > 2 { p += $15 * $6 } END { print p * 4 }' one/slabinfo)
test "$slab" = "$(awk '/^Slab/ { print $2 }' one/meminfo)"
ok $? "slabinfo has the slab memory of meminfo ($slab KiB)"
managed=$(awk '/^        managed/ { p += $2 } END { print p * 4 }' one/zoneinfo)
test "$managed" = "$(awk '/^MemTotal/ { print $2 }' one/meminfo)"
ok $? "zones have the memory of meminfo ($managed KiB)"

# What is free, in slabs and otherwise allocated is all there is.
awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
	{ p = $c["free_pages"] + $c["slab_pages"] + $c["other_pages"]
	  p += $c["large_kmalloc_pages"]
	  if (first && p != first) bad = 1
	  first = p }
	END { exit !(!bad && first * 4 == '"$managed"') }' one/series.tsv
ok $? "memory is neither lost nor made over time"

awk -F'\t' 'FNR == 1 { f++; next }
	f == 1 { for (i = 4; i <= 7; i++) s[$1, $3, i] = $i; n++ }
	f == 2 { for (i = 5; i <= 8; i++) s[$1, $3, i - 1] -= $i }
	END { for (k in s) if (s[k] != 0) exit 1; exit !n }' \
	one/slabs.tsv one/slabs_by_node.tsv
ok $? "slabs by node add up to slabs"

if command -v jq >/dev/null; then
	test "$(jq -r .failures_count one/summary.json)" = 0 &&
		test "$(jq -r .memory.slab_pages one/summary.json)" = \
			"$((slab / 4))"
	ok $? "summary.json reads as JSON"
else
	ok 0 "summary.json reads as JSON # SKIP no jq"
fi

mkdir mine && echo mine >mine/notes
"$kmemsim" run -q -o mine t.ktr 2>err
test $? != 0 && grep -q 'mine' err && test "$(ls -A mine)" = notes
ok $? "a directory that is not a run's is left alone"
"$kmemsim" run -q -o one t.ktr && diff -r one two >/dev/null
ok $? "a run replaces a run"

PATH=/nonexistent "$kmemsim" plot two 2>err
test $? = 1
ok $? "without gnuplot, plot fails"
grep -q 'gnuplot is not installed' err && test -s two/plots/memory.gp &&
	test -s two/plots/memory.tsv
ok $? "but says why, and leaves scripts and data"
if command -v gnuplot >/dev/null; then
	"$kmemsim" plot -q one two && "$kmemsim" plot -q three
	ok $? "plot draws"
	diff -r two/plots three/plots >/dev/null && test ! -e x &&
		test ! -e one/plots/x && test -s one/plots/compare-waste.svg
	ok $? "the same run has the same charts; names do no harm"
	mv three/plots/sizes.svg sizes.svg && (cd three/plots && gnuplot sizes.gp) &&
		cmp -s sizes.svg three/plots/sizes.svg
	ok $? "a script draws its chart again by hand"
else
	for what in draws "is the same" "by hand"; do
		ok 0 "plot $what # SKIP no gnuplot"
	done
fi
"$kmemsim" plot 2>err
test $? = 2
ok $? "plot without a run is a usage error"
"$kmemsim" plot mine 2>err
test $? = 1 && grep -q 'mine' err
ok $? "plot of what is no run is an error"
echo "1..$n"
