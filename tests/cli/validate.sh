#!/bin/sh
# Goal: the bundled recording on the machine that it came from does what that
# machine did; hostile snapshots are errors.
# Method: validate, run --before, snapshots bent line by line.
n=0
ok() {
	n=$((n + 1))
	if test "$1" = 0; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}
kmemsim=$top_builddir/kmemsim
sample=$top_srcdir/traces/sample
dir=$(mktemp -d "${TMPDIR:-/tmp}/kmemsim-validate.XXXXXX") || exit 1
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
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

"$kmemsim" run -q --check 1 --before "$sample/before" -o "$dir/a" "$dir/t.ktr" >/dev/null
ok $? "a run starts from a snapshot"
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
