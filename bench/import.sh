#!/bin/sh
# Import of a recording against what reads the same events elsewhere.
# usage: import.sh KMEMSIM trace.dat [perf.data]
set -eu
test $# -ge 2 || { echo "usage: import.sh KMEMSIM trace.dat [perf.data]" >&2; exit 2; }
kmemsim=$1 dat=$2 perf=${3:-}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# cpu COMMAND...: its CPU seconds (user and system, children included).
cpu() {
	sh -c '"$@" >/dev/null 2>&1; times' sh "$@" | tail -n 1 |
		awk '{ for (i = 1; i <= 2; i++) { split($i, t, /[ms]/); s += t[1] * 60 + t[2] } print s }'
}
say() {
	printf '%-28s %8.2f s of CPU time' "$1" "$2"
	test -z "${3:-}" || awk -v a="$2" -v b="$3" 'BEGIN { printf "  ours is %.1f times as fast", a / (b > 0 ? b : 0.01) }'
	echo
}
ours=$(cpu "$kmemsim" import "$dat" -o "$tmp/out.kmt")
test -s "$tmp/out.kmt" || { echo "import.sh: the import failed" >&2; exit 1; }
say 'kmemsim import' "$ours"
if command -v trace-cmd >/dev/null; then
	say 'trace-cmd report' "$(cpu trace-cmd report -i "$dat")" "$ours"
else
	echo 'trace-cmd is not installed'
fi
if test -n "$perf" && command -v perf >/dev/null; then
	say 'perf kmem stat' "$(cpu perf kmem -i "$perf" stat)" "$(cpu "$kmemsim" run --quiet -o "$tmp/run" "$tmp/out.kmt")"
fi
