#!/bin/sh
# The figures of the machine tell one story. Method: the bundled recording in
# model full on four nodes, each allocator; then latency.tsv, locks.tsv,
# misses.tsv, colors.tsv, sharing.tsv and summary.json are added up against one
# another.
. "$top_srcdir/tests/tap.sh"

# Sum of a column: file, column, condition on the fields
sum() {
	awk -F '\t' -v want="$2" '
		NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
		'"$3"' { s += $c[want] } END { printf "%.0f", s }' "$d/$1"
}

# Integers of summary.json in their order: key
json() {
	sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p" "$d/summary.json"
}

same() { # what, and two values or more pairs
	what=$1
	shift
	while test $# -gt 1; do
		test -n "$1" && test "$1" = "$2" || {
			ok 1 "$slab: $what"
			echo "# $1, $2"
			return
		}
		shift 2
	done
	ok 0 "$slab: $what"
}

"$kmemsim" import -q "$top_srcdir/traces/sample.dat.zst" -o "$dir/s.kmt"
for slab in slub slab slob; do
	d=$dir/$slab
	"$kmemsim" run -q -m "$top_srcdir/workloads/machines/server-4n.yaml" \
		--model full --slab $slab -o "$d" "$dir/s.kmt"
	op='$1 == "operation"'
	all='$2 == ""'
	same 'time waited for locks' \
		"$(sum latency.tsv lock_wait_cycles "$op")" \
		"$(sum locks.tsv wait_cycles "$all")" \
		"$(sum latency.tsv lock_cycles "$op")" \
		"$(sum locks.tsv locking_cycles "$all")"
	awk -F '\t' '$1 == "operation" { d = $11 + $12 + $13 + $14 - $3 * $5
			if (d * d > 1 + $3 * $3 * $5 * $5 / 1e10) bad = 1; some = 1 }
		$1 == "operation" { for (i = 6; i <= 10; i++)
			if ($i + 0 < $(i == 6 ? 4 : i - 1) + 0) bad = 1 }
		END { exit bad || !some }' "$d/latency.tsv"
	ok $? "$slab: causes add up, quantiles ascend"
	same 'a path for each operation' \
		"$(sum latency.tsv count "$op")" \
		"$(sum latency.tsv count '$1 == "path"')" \
		"$(sum latency.tsv count '$1 == "queue"')" \
		"$(sum latency.tsv count "$op")"
	# summary.json: all accesses, then those of L1d, L1i, L2, L3.
	same 'accesses and misses by level' \
		"$(sum misses.tsv accesses '$2 == "L1d"')" \
		"$(json accesses_count | sed -n 2p)" \
		"$(sum misses.tsv misses '$2 == "L1d"')" \
		"$(json misses_count | sed -n 1p)" \
		"$(sum misses.tsv misses '$2 == "L3"')" \
		"$(json misses_count | sed -n 4p)" \
		"$(sum misses.tsv misses '$2 == "L1d"')" \
		"$(sum misses.tsv accesses '$2 == "L2"')" \
		"$(sum misses.tsv misses '$2 == "L2"')" \
		"$(sum misses.tsv accesses '$2 == "L3"')"
	awk -F '\t' 'NR > 1 && $4 != $5 + $6 + $7 + $8 { exit 1 }' \
		"$d/misses.tsv"
	ok $? "$slab: classes add up to the misses"
	awk -F '\t' 'NR == FNR { if ($2 == "L1d") { a[$1] = $3; m[$1] = $4 }; next }
		FNR > 1 { hit[$1] += $4; miss[$1] += $5 }
		END { for (c in a) if (a[c] != hit[c] + miss[c] ||
				m[c] != miss[c]) exit 1
			for (c in hit) if (!(c in a)) exit 1 }' \
		"$d/misses.tsv" "$d/colors.tsv"
	ok $? "$slab: each kmem_cache has its hits and misses by set"
	same 'evictions by set' "$(sum colors.tsv evictions 1)" \
		"$(json evictions_count | sed -n 1p)"
	same 'sharing' "$(sum sharing.tsv true_sharing 1)" \
		"$(json true_sharing_count | sed -n 1p)" \
		"$(sum sharing.tsv false_sharing 1)" \
		"$(json false_sharing_count | sed -n 1p)" \
		"$(sum sharing.tsv upgrades 1)" \
		"$(json upgrades_count | sed -n 1p)"
done
echo "1..$n"
