#!/bin/sh
# Events a CPU second of `kmemsim run --quiet` on a recording, end to end:
# reading, replay and the report.
# usage: replay.sh KMEMSIM TRACE.kmt [RUNS]
set -eu
test $# -ge 2 || { echo "usage: replay.sh KMEMSIM TRACE.kmt [RUNS]" >&2; exit 2; }
kmemsim=$1 trace=$2 runs=${3:-9}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
for i in $(seq "$runs"); do
	rm -rf "$tmp/out"
	"$kmemsim" run --quiet -v -o "$tmp/out" "$trace" 2>>"$tmp/said"
done
# "kmemsim: N events in S s of CPU time: M million a second; B MiB of memory"
awk '/ events in / { print $5, $2, $(NF-3) }' "$tmp/said" | sort -n |
	awk '{ s[NR] = $1; n = $2; if ($3 > mib) mib = $3 }
	END {
		m = s[int((NR + 1) / 2)]
		printf "%d events, median of %d runs: %.3f s of CPU time, " \
		       "%.1f million events/s, %.1f MiB\n",
		       n, NR, m, n / m / 1e6, mib
	}'
