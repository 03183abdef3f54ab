#!/bin/sh
# The published effect of the watermark boost (Linux 5.0): fallbacks to another
# migrate type within a pageblock, on a mixed load, without the boost and with
# it, for a few seeds; and what the boost costs.
# usage: boost.sh KMEMSIM [MEMORY [SHARE]]    SHARE: of the operations, 1 = all
set -eu
test $# -ge 1 || { echo "usage: boost.sh KMEMSIM [MEMORY [SHARE]]" >&2; exit 2; }
kmemsim=$1 memory=${2-3GiB} share=${3-1}
here=$(cd "$(dirname "$0")/.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cat >"$tmp/m.yaml" <<END
name: boost
nodes: [{cpus: "0-3", memory: $memory}]
END
# counter NAME: of the last run.
counter() {
	awk -F '\t' -v name="$1" \
		'$1 == "vm" && $2 == name { n = $4 } END { print n + 0 }' \
		"$tmp/o/counts.tsv"
}
printf 'seed\tboost\tfallbacks\twithin_pageblock\tper_cent\tkswapd_runs\tkswapd_pages\tdirect_pages\tmoved\n'
for seed in 1 2 3; do
	for boost in 0 15000; do
		awk -v seed="$seed" -v share="$share" '
			/^seed:/ { $2 = seed }
			/operations:/ { printf "    operations: %d\n", $2 * share; next }
			{ print }' "$here/workloads/extfrag.yaml" >"$tmp/w.yaml"
		"$kmemsim" run -q -m "$tmp/m.yaml" --set vm.reclaim=true \
			--set vm.watermark_boost_factor=$boost \
			-o "$tmp/o" "$tmp/w.yaml"
		small=$(counter extfrag_fragmenting)
		test $boost = 0 && before=$small
		printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' $seed $boost \
			"$(counter extfrag)" "$small" \
			"$(awk "BEGIN { printf \"%.1f\", 100 * $small / $before }")" \
			"$(counter kswapd_wake)" "$(counter pgsteal_kswapd)" \
			"$(counter pgsteal_direct)" "$(counter pgmigrate_success)"
	done
done
