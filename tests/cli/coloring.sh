#!/bin/sh
# Model full on the classic experiment: SLAB's colours spread the heads of its
# objects over the sets and save collisions; the same run gives the same bytes.
. "$top_srcdir/tests/tap.sh"

run() { # directory, arguments...
	out=$dir/$1
	shift
	"$kmemsim" run -q --set sim.model=full \
		-o "$out" "$@" "$top_srcdir/workloads/coloring.yaml"
}

column() { # of "buffer" in colors.tsv, summed: directory, awk's expression
	awk -F '\t' '$1 == "buffer" { s += '"$2"' } END { print s + 0 }' \
		"$dir/$1/colors.tsv"
}

run on --slab slab && run on2 --slab slab
ok $? 'SLAB, twice'
diff -r "$dir/on" "$dir/on2" > /dev/null
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
	"$dir/on/misses.tsv"
ok $? 'classes add up to the misses'
test "$(wc -l < "$dir/on/colors.tsv")" -gt 64
ok $? 'a line for each set'
"$kmemsim" run -q -o "$dir/none" "$top_srcdir/workloads/coloring.yaml"
test "$(wc -l < "$dir/none/colors.tsv")" = 1
ok $? 'model none: a header only'
"$kmemsim" run -q --set sim.model=full --set cpu.caches='[]' -o "$dir/no" \
	"$top_srcdir/workloads/coloring.yaml" 2> "$dir/said"
test $? = 2 && grep -q 'needs cpu.caches' "$dir/said"
ok $? 'model full without caches is refused'
echo "1..$n"
