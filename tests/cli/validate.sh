#!/bin/sh
# Goal: the bundled recording on the machine that it came from does what that
# machine did; hostile snapshots are errors.
# Method: validate, run --before, snapshots bent line by line.
. "$top_srcdir/tests/tap.sh"
sample=$top_srcdir/traces/sample
echo '0 0 kmalloc 1 100 GFP_KERNEL -1' >"$dir/t.ktr"

if "$kmemsim" info "$sample.dat.zst" >/dev/null 2>&1; then
	mkdir "$dir/rec"
	cp -r "$sample/before" "$sample/after" "$dir/rec"
	chmod -R u+w "$dir/rec"
	cp "$sample.dat.zst" "$dir/rec/trace.dat.zst"
	"$kmemsim" validate "$dir/rec" >"$dir/out"
	ok $? "every figure that is asked for is as recorded"
	test "$(grep -c 'ok: within 5 %' "$dir/out")" = 2
	ok $? "per-CPU refills and drains are within 5 %"
	grep -q '^FREE BLOCKS' "$dir/out" && grep -q '^CACHES' "$dir/out"
	ok $? "tables of free blocks and of caches follow"
	"$kmemsim" validate "$dir/rec" | cmp -s - "$dir/out"
	ok $? "the same again is the same"
	(cd "$dir" && "$kmemsim" validate "rec/../nothing" >o2 2>e2)
	test $? = 1 && grep -q nothing "$dir/e2"
	ok $? "no recording is an error that names it"
else
	echo "ok 1 # SKIP built without trace.dat"
	n=1
fi

# Looks of the vmstat work at 0.3, 1.3 and 2.3 s, as two drained lists tell:
# both lists of the other node were used just before (zoneinfo against
# zoneinfo.start), so the third look drains a batch of 63 from each.  When CPU
# 1 sleeps from 0.4 to 2.6 s its second look comes as it wakes: no third one.
drains() { # until when CPU 1 sleeps
	mkdir -p "$dir/look"
	cp -r "$sample/before" "$sample/after" "$dir/look"
	chmod -R u+w "$dir/look"
	awk -v sleeps="$1" 'function ev(task, cpu, t, what) {
		printf "%16s [%03d] %d.%06d: %s\n", task, cpu, t / 1000000,
			t % 1000000, what }
	BEGIN {	for (t = 1000000; t <= 3800000; t += 50000) {
			a = sprintf("0xff1100000%07x", t / 50000 * 64)
			if (t < 1400000 || t >= sleeps)
				ev("sh-8", 1, t, "kmalloc: call_site=f+0x1 ptr=" a " bytes_req=64 bytes_alloc=64 gfp_flags=0xcc0 node=-1")
			a = sprintf("0xff1100004%07x", t / 50000 * 64)
			ev("sh-7", 0, t + 10, "kmalloc: call_site=f+0x1 ptr=" a " bytes_req=64 bytes_alloc=64 gfp_flags=0xcc0 node=-1")
			if (t != 3300000)
				continue
			for (k = 0; k < 63; k++)
				ev("kworker/0:1-5", 0, t + 20 + k, "mm_page_pcpu_drain: pfn=" sprintf("0x%x", 262144 + k) " order=0 migratetype=1")
			for (k = 0; k < 63; k++)
				ev("kworker/1:1-6", 1, t + 1020 + k, "mm_page_pcpu_drain: pfn=" sprintf("0x%x", 8192 + k) " order=0 migratetype=1")
		} }' >"$dir/look/trace.dat"
	"$kmemsim" validate "$dir/look" >"$dir/out" 2>"$dir/err"
	awk '/blocks drained/ { print $5, $6 }' "$dir/out"
}
test "$(drains 0)" = "126 126"
ok $? "the vmstat work comes when in a second the recording has it"
test "$(drains 3600000)" = "126 63"
ok $? "on a CPU that sleeps it comes late"

# A recording from boot of which nothing was traced but three events: all that
# the snapshot in the middle has is older, and made before the first.
mkdir "$dir/boot"
cp -r "$sample/before" "$sample/after" "$dir/boot"
chmod -R u+w "$dir/boot"
cp "$sample/before/slabinfo.start" "$dir/boot/after/slabinfo.natural"
for t in 000001 000002 000003; do
	echo "  init-1 [000] 0.$t: kmalloc: call_site=f+0x1 ptr=0xff11000000$t bytes_req=64 bytes_alloc=64 gfp_flags=0xcc0 node=-1"
done >"$dir/boot/trace.dat"
"$kmemsim" validate "$dir/boot" >"$dir/out" 2>"$dir/err"
awk '$1 == "kmalloc-64" { exit !($7 > 500 && $7 == $8) }' "$dir/out"
ok $? "objects of before the first event are made first"

"$kmemsim" run -q --check 1 --before "$sample/before" -o "$dir/a" "$dir/t.ktr" >/dev/null
ok $? "a run starts from a snapshot"
"$kmemsim" run -q --before "$sample/before" --set nodes.0.memory=1GiB -o "$dir/no" \
	"$dir/t.ktr" 2>"$dir/err"
test $? = 2 && grep -q 'nodes.0.memory=1GiB: --before says what nodes' "$dir/err" &&
	test ! -e "$dir/no"
ok $? "memory that the snapshot overrules is a usage error"
# One object does not change what is taken: memory less what is free.
awk '/managed/ { all = $2 } /peak allocated/ { peak = $3 } /free at the end/ { free = $5 }
	END { exit !(peak >= all - free && peak > 0) }' "$dir/a/report.txt"
ok $? "the peak counts what was taken before the trace"
"$kmemsim" run -q --before "$sample/before" -o "$dir/b" "$dir/t.ktr" >/dev/null &&
	cmp -s "$dir/a/buddyinfo" "$dir/b/buddyinfo" &&
	cmp -s "$dir/a/slabinfo" "$dir/b/slabinfo"
ok $? "the same seed lays it out alike"
awk '$1 == "dentry" { print $2 }' "$sample/before/slabinfo.start" >"$dir/want"
awk '$1 == "dentry" { print $2 }' "$dir/a/slabinfo" | cmp -s - "$dir/want"
ok $? "with the objects that were in use"

# Each number of each file becomes a hostile one; nothing may crash.
bad=
for f in zoneinfo buddyinfo pagetypeinfo slabinfo slab.sysfs; do
	for by in 0 18446744073709551615 4294967295 -1 99999999999999999999 x; do
		for at in 3 7 31; do
			rm -rf "$dir/s"
			cp -r "$sample/before" "$dir/s"
			chmod -R u+w "$dir/s"
			rm -f "$dir/s/$f".start
			test -r "$dir/s/$f" || continue
			awk -v by="$by" -v at="$at" '{
				for (i = 2; i <= NF; i++)
					if ($i ~ /^[0-9]+$/ && ++k % at == 0)
						$i = by
				print }' "$dir/s/$f" >"$dir/x"
			cp "$dir/x" "$dir/s/$f"
			"$kmemsim" run -q --before "$dir/s" -o "$dir/o" \
				"$dir/t.ktr" >/dev/null 2>"$dir/err"
			rc=$?
			test $rc -le 2 || bad="$bad $f:$by:$at=$rc"
			test $rc = 0 || test -s "$dir/err" || bad="$bad $f:$by:$at"
			rm -rf "$dir/o"
		done
	done
done
test -z "$bad"
ok $? "hostile snapshots are errors, not crashes$bad"

if test -r /proc/zoneinfo && test -r /proc/buddyinfo; then
	sh "$top_srcdir/contrib/snapshot.sh" "$dir/live" 2>"$dir/err"
	ok $? "snapshot.sh collects what this machine lets it read"
	test -s "$dir/live/zoneinfo"
	ok $? "zoneinfo among it"
fi
echo "1..$n"
