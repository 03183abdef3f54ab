#!/bin/sh
# Goal: one recording on three allocators ends in one comparison, which is
# the same each time, adds up, and refuses what cannot be compared.
# Method: run, compare, damage a run, interrupt one.
. "$top_srcdir/tests/tap.sh"
sample=$top_srcdir/traces/sample.dat.zst
cd "$dir" || exit 1
mkdir tmp
export TMPDIR="$dir/tmp"
cat >t.ktr <<'EOF'
0 0 cache_create 1 thing 200 0 -
10 0 kmem_cache_alloc 1 1 GFP_KERNEL -1
20 0 kmalloc 2 100 GFP_KERNEL -1
900000 0 kmem_cache_free 1
EOF
if "$kmemsim" info "$sample" >info 2>&1; then :; else
	sample=$dir/t.ktr # built without trace.dat
fi

"$kmemsim" run --slab slub,slab,slob -o all "$sample" >text 2>err
ok $? "three allocators with one command"
test -s all/slub/summary.json && test -s all/slab/report.txt &&
	test -s all/slob/series.tsv && cmp -s text all/compare.txt
ok $? "leave three runs and what was printed"
grep -q '^ *slub  *slab  *slob$' text
ok $? "the table has three columns"
missing=
for label in "peak allocated" "mean allocated" "wasted, mean" "free objects" \
	"slab tails" "slabs at the end" "1000 cycles" "operations that failed"; do
	grep -q "^ *$label " text || missing="$missing; $label"
done
test -z "$missing"
ok $? "and all the rows${missing}"
! grep -q '.\{81\}' text && ! grep -q ' $' text
ok $? "in 80 columns"
"$kmemsim" run --slab slub,slab,slob -o all "$sample" >text2 2>/dev/null &&
	cmp -s text text2 && "$kmemsim" compare all/slub all/slab all/slob >text3 &&
	cmp -s text text3
ok $? "the same again, and by compare"
"$kmemsim" run -q --slab slab -o one "$sample" && diff -r one all/slab >/dev/null
ok $? "a run of several is as a run alone"
"$kmemsim" run --slab slub,slob "$sample" >two && grep -q '^ *slub  *slob$' two &&
	test -z "$(ls -A tmp)"
ok $? "without -o nothing is left"

# The figures of the JSON are those of the runs.
"$kmemsim" compare --json all/slub all/slab all/slob >json &&
	cmp -s json all/compare.json
ok $? "--json prints compare.json"
value() { # of a figure, for the run $2
	awk -v want="\"name\": \"$1\"," -v run="$2" '
		index($0, want) { on = 1 }
		on && /"values"/ { at = NR }
		at && NR == at + run { gsub(/[ ,]/, ""); print; exit }' json
}
pages=$(awk '/"slab_pages":/ { gsub(/[^0-9]/, ""); print; exit }' all/slab/summary.json)
test "$(value slab_end_bytes 2)" = $((pages * 4096))
ok $? "slab memory at the end is the run's"
parts=0
for part in rounding padding free tails; do
	parts=$((parts + $(value waste_${part}_bytes 1)))
done
test $((parts + $(value kernel_own_objects_bytes 1))) = "$(value waste_end_bytes 1)"
ok $? "the parts of the waste add up"
test "$(value slabs 3)" = null
ok $? "SLOB has no slabs"

# What cannot be compared.
"$kmemsim" run -q -o other t.ktr
"$kmemsim" compare all/slub other >out 2>err
if test "$sample" = "$dir/t.ktr"; then rc=0; else
	test $? = 1 && grep -q 'different traces' err && test ! -s out
	rc=$?
fi
ok $rc "runs of different traces are refused"
"$kmemsim" compare --force all/slub other >out 2>err && test -s out
ok $? "unless forced"
"$kmemsim" compare all/slub >out 2>err
test $? = 2
ok $? "one run is not enough"
"$kmemsim" compare all/slub nowhere >out 2>err
test $? = 1 && grep -q nowhere err
ok $? "a run that is not there is named"
cp -r one damaged && head -c 700 one/summary.json >damaged/summary.json
"$kmemsim" compare one damaged >out 2>err
test $? = 1 && grep -q 'damaged/summary.json:[0-9]*:[0-9]*: ' err && test ! -s out
ok $? "a damaged one with its place"
for list in slub, ,slub slub,best slub,slub; do
	"$kmemsim" run --slab $list t.ktr >out 2>err
	test $? = 2 && grep -q -- '--slab' err || break
done
ok $? "lists of allocators that are none"
"$kmemsim" run --slab slub,slob -o one t.ktr >out 2>err
test $? = 1 && grep -q 'is a run itself' err
ok $? "a run is not overwritten by several"

# Interrupted: nothing stays.
awk 'BEGIN { for (i = 1; i <= 200000; i++) {
	print i * 1000, 0, "kmalloc", i % 1000, i % 4000 + 1, "GFP_KERNEL -1"
	print i * 1000 + 500, 0, "kfree", i % 1000 } }' >long.ktr
for out in "-o stopped" "--slab slub,slab -o stopped" "--slab slub,slab"; do
	# shellcheck disable=SC2086
	"$kmemsim" run --check 1 $out long.ktr >out 2>err &
	pid=$!
	sleep 0.3
	kill -TERM $pid
	wait $pid
	test $? = 143 && test ! -s out && test -z "$(ls -A tmp)" &&
		test -z "$(ls -d stopped* 2>/dev/null)"
	ok $? "stopped by a signal: run $out"
done
echo "1..$n"
