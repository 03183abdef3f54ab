#!/bin/sh
# The buddy allocator under load on 1 to 26 cores, beside a published
# measurement (bench/buddy-load.tsv): the machine's prices were fitted to its
# figures for 1 and 26 cores, the others are predicted.  With --fit they are
# fitted again, which takes an hour (without, half a minute); it takes 1.5 GiB.
# usage: buddy-load.sh KMEMSIM [--fit] [OUTDIR]
set -eu
test $# -ge 1 || { echo "usage: buddy-load.sh KMEMSIM [--fit] [OUTDIR]" >&2; exit 2; }
kmemsim=$1 how=--predict
shift
if test "${1-}" = --fit; then
	how="--fit page_pcp,page_pcp_free,page_buddy,page_buddy_free,page_check,foreign_page,lock_transfer"
	shift
fi
out=${1-.}
here=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$out"
# shellcheck disable=SC2086
"$kmemsim" calibrate $how -m "$here/workloads/machines/server-52c.yaml" \
	--table "$out/buddy-load.tsv" "$here/bench/buddy-load.tsv"
awk -F '\t' 'NR > 1 && $3 == "predict" { e = $6 < 0 ? -$6 : $6; a[++n] = e; if (e > w) w = e }
	END {
		for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++)
			if (a[j] < a[i]) { t = a[i]; a[i] = a[j]; a[j] = t }
		m = n % 2 ? a[(n + 1) / 2] : (a[n / 2] + a[n / 2 + 1]) / 2
		printf "predicted cores: median error %.2f %% (goal 5), worst %.2f %% (goal 12): %s\n",
			m, w, m <= 5 && w <= 12 ? "met" : "NOT MET"
		exit !(m <= 5 && w <= 12)
	}' "$out/buddy-load.tsv"
if command -v gnuplot >/dev/null; then
	(cd "$out" && cp "$here/plots/style.gp" "$here/plots/contention.gp" . &&
		gnuplot -d contention.gp && rm style.gp contention.gp)
	echo "chart: $out/contention.svg"
fi
