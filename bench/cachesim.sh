#!/bin/sh
# The CPU caches against cachegrind's, live: records what a few programs do
# with valgrind's lackey, runs them again under cachegrind with the geometry
# of each machine file, compares every count, and says how many accesses a
# second each tool does.
# usage: cachesim.sh KMEMSIM MACHINE.yaml... [-- KEEP_DIR]
# A machine file names its geometry in its comment, as cachegrind's options.
# LINES_TO_SORT (300) makes the second program longer; PROGRAMS names others,
# as "ls -l /usr|/tmp/odd" (with their paths, if they are not commands).  With
# KEEP_DIR the streams and cachegrind's counts are kept there.
set -eu
test $# -ge 2 || { sed -n '2,12s/^# //p' "$0" >&2; exit 2; }
kmemsim=$1
shift
machines= keep=
while test $# -gt 0; do
	test "$1" = -- && { keep=$2; break; }
	machines="$machines $1"
	shift
done
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
seq "${LINES_TO_SORT:-300}" | awk '{ print ($1 * 7919) % 3001, "line" }' > "$tmp/lines.txt"

# The same surroundings for each run, so that the programs do the same.
quiet() {
	(cd "$tmp" && env -i PATH="$PATH" LC_ALL=C valgrind "$@" \
		> /dev/null 2> "$tmp/said")
}
seconds() { # command...: user and system time
	( times > /dev/null; "$@" > "$tmp/out" 2>&1; times ) |
		awk 'NR == 2 { for (i = 1; i <= 2; i++) {
			split($i, t, /[ms]/); s += 60 * t[1] + t[2] } }
			END { print s }'
}

programs=${PROGRAMS:-true|sort lines.txt}
: > "$tmp/figures.tsv"
printf 'program\tmachine\tIr\tI1mr\tILmr\tDr\tD1mr\tDLmr\tDw\tD1mw\tDLmw\n' \
	> "$tmp/figures.tsv"
status=0
IFS='|'
for program in $programs; do
	unset IFS
	name=$(basename "${program%% *}")
	stream=$tmp/$name.lackey
	quiet --tool=lackey --trace-mem=yes --log-file="$stream.raw" $program
	grep -v '^==' "$stream.raw" > "$stream"
	for machine in $machines; do
		geometry=$(grep -o -- '--[ID1L]*=[0-9,]*' "$machine" | tr '\n' ' ')
		cg=$(seconds quiet --tool=cachegrind --cache-sim=yes $geometry \
			--cachegrind-out-file="$tmp/cg" $program)
		plain=$(seconds quiet --tool=none $program)
		counts=$(sed -n 's/^summary: //p' "$tmp/cg")
		"$kmemsim" cachesim --no-classes -v -m "$machine" "$stream" \
			> "$tmp/table" 2> "$tmp/speed"
		ours=$(awk '
			$2 == "read" && $1 == "L1d" { dr = $3; d1r = $5 }
			$2 == "write" && $1 == "L1d" { dw = $3; d1w = $5 }
			$2 == "fetch" && $1 == "L1i" { ir = $3; i1 = $5 }
			$1 == "L2" { l[$2] = $5 }
			END { print ir, i1, l["fetch"] + 0, dr, d1r,
				l["read"] + 0, dw, d1w, l["write"] + 0 }' \
			"$tmp/table")
		echo "$name|$(basename "$machine" .yaml)|$counts" |
			tr '| ' '\t\t' >> "$tmp/figures.tsv"
		if test "$counts" = "$ours"; then
			verdict=equal
		else
			verdict=DIFFERENT status=1
		fi
		echo "$name on $(basename "$machine" .yaml): $verdict"
		echo "  cachegrind: $counts"
		echo "  cachesim:   $ours"
		echo "$counts" | awk -v s="$cg" -v p="$plain" '{ n = $1 + $4 + $7
			printf("  cachegrind: %.1f million accesses/s, %.1f " \
			       "beyond --tool=none\n", n / s / 1e6,
			       (s > p) ? n / (s - p) / 1e6 : 0) }'
		sed 's/^kmemsim: /  cachesim: /' "$tmp/speed"
	done
	IFS='|'
done
unset IFS
if test -n "$keep"; then
	for stream in "$tmp"/*.lackey; do
		zstd -q -19 -f "$stream" -o "$keep/$(basename "$stream").zst"
	done
	cp "$tmp/figures.tsv" "$keep/figures.tsv"
fi
exit $status
