#!/bin/sh
# What the machine model costs when it is off (sim.model: none): the commit
# before the model and this one replay the same recording by turns.
# usage: before.sh CLONE TRACE.kmt [PAIRS] [COMMIT [NOW]]	(CLONE: with its history)
set -eu
test $# -ge 2 || { echo "usage: before.sh CLONE TRACE.kmt [PAIRS] [COMMIT [NOW]]" >&2; exit 2; }
clone=$1 trace=$2 pairs=${3:-21}
# The parent of "mm, sim: locks in time", the first of the model.
commit=${4:-945bec8} head=${5:-HEAD}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# build NAME COMMIT: $tmp/NAME/kmemsim
build() {
	git clone -q "$clone" "$tmp/$1" &&
		(cd "$tmp/$1" && git checkout -q "$2" && autoreconf -i &&
			./configure CFLAGS=-O2 && make -j2 kmemsim) \
			>"$tmp/log" 2>&1 || { tail -n 5 "$tmp/log" >&2; exit 1; }
}
build before "$commit"
build now "$head"
# once NAME: CPU seconds of five runs.  No directory: making its files costs
# the host more than what is measured here.
once() {
	for i in 1 2 3 4 5; do
		"$tmp/$1/kmemsim" run --quiet -v "$trace" 2>&1
	done | awk '/ events in / { s += $5 } END { print s }'
}
ratio() { # WHAT BEFORE NOW UNIT
	awk -v w="$1" -v a="$2" -v b="$3" -v u="$4" 'BEGIN {
		printf "%-14s before %.5g %s, now %.5g %s: %+.1f %%\n",
			w, a, u, b, u, (b / a - 1) * 100 }'
}
for pair in $(seq "$pairs"); do
	echo "$(once before) $(once now)"
done | awk '{ print $2 / $1, $1 / 5, $2 / 5 }' | sort -n >"$tmp/pairs"
# The pair in the middle: what disturbs the host hits both of a pair.
set -- $(sed -n "$(((pairs + 1) / 2))p" "$tmp/pairs")
ratio 'CPU time' "$2" "$3" s
command -v valgrind >/dev/null || exit 0
count() {
	valgrind --tool=callgrind --callgrind-out-file=/dev/null \
		"$tmp/$1/kmemsim" run -q "$trace" 2>&1 |
		awk '/refs:/ { gsub(",", "", $NF); print $NF / 1e6 }'
}
ratio instructions "$(count before)" "$(count now)" million
