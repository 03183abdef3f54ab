#!/bin/sh
# Model full on the classic experiment: SLAB's colours spread the heads of its
# objects over the sets and save collisions; the same run gives the same bytes.
kmemsim=$top_builddir/kmemsim
n=0
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

ok() { # status what
	n=$((n + 1))
	test "$1" = 0 && echo "ok $n - $2" || echo "not ok $n - $2"
}

run() { # directory, arguments...
	out=$tmp/$1
	shift
	"$kmemsim" run -q --set sim.model=full \
		-o "$out" "$@" "$top_srcdir/workloads/coloring.yaml"
}

column() { # of "buffer" in colors.tsv, summed: directory, awk's expression
	awk -F '\t' '$1 == "buffer" { s += '"$2"' } END { print s + 0 }' \
		"$tmp/$1/colors.tsv"
}

run on --slab slab && run on2 --slab slab
ok $? 'SLAB, twice'
diff -r "$tmp/on" "$tmp/on2" > /dev/null
ok $? 'the same bytes'
run off --slab slab --set kernel.slab_colour=false
ok $? 'SLAB, uncoloured'
run slub --slab slub
ok $? 'SLUB'
test "$(column off '$3 > 0')" = 3
ok $? 'uncoloured: three objects a page, three sets'
test "$(column on '$3 > 0')" -ge 20
ok $? 'coloured: seven times as many'
test "$(column on '$7')" -lt $(($(column off '$7') / 4))
ok $? 'fewer than a quarter of the collisions'
test "$(column on '$3')" = "$(column off '$3')"
ok $? 'as many objects'
awk -F '\t' 'NR > 1 && $4 != $5 + $6 + $7 + $8 { bad = 1 }
	NR > 1 && $4 { some = 1 } END { exit bad || !some }' \
	"$tmp/on/misses.tsv"
ok $? 'classes add up to the misses'
test "$(wc -l < "$tmp/on/colors.tsv")" -gt 64
ok $? 'a line for each set'
"$kmemsim" run -q -o "$tmp/none" "$top_srcdir/workloads/coloring.yaml"
test "$(wc -l < "$tmp/none/colors.tsv")" = 1
ok $? 'model none: a header only'
"$kmemsim" run -q --set sim.model=full --set cpu.caches='[]' -o "$tmp/no" \
	"$top_srcdir/workloads/coloring.yaml" 2> "$tmp/said"
test $? = 2 && grep -q 'needs cpu.caches' "$tmp/said"
ok $? 'model full without caches is refused'
echo "1..$n"
