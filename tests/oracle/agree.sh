#!/bin/sh
# Runs every recorded case from its recorded state and compares it with what
# the real kernel did (levels: see compare.c).  expected.tsv holds the figures
# that each case reaches; a case passes when it reaches them.
#
#	agree.sh		TAP
#	agree.sh -u		rewrites expected.tsv
#	agree.sh -t		prints the table of docs/fidelity.md
#	agree.sh -v CASE	one case, with the first differences
#	agree.sh -a CASE	with all differences
#
# Other recordings packed with pack.sh: CASES=DIR agree.sh -t
mode=$1
src=${top_srcdir:-.}
bin=${top_builddir:-.}
cases=${CASES:-$src/tests/oracle/cases}
expected=$src/tests/oracle/expected.tsv
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# run CASE [-v]: one line of figures, or what went wrong
run() {
	slab=${1%%/*} machine=$(basename "$(dirname "$1")")
	ops=$cases/$1/ops.ktr # or .zst
	rm -rf "$tmp/out" "$tmp/placements"
	if ! "$bin/kmemsim" run --quiet -m "$src/workloads/machines/$machine.yaml" \
		--slab "$slab" --state "$cases/$1" --placements "$tmp/placements" \
		-o "$tmp/out" "$ops" > "$tmp/log" 2>&1; then
		echo "failed: $(tail -n 3 "$tmp/log" | tr '\n' ' ')"
		return 1
	fi
	"$bin/tests/oracle/compare" ${2:+"$2"} "$cases/$1" "$tmp/placements" "$tmp/out"
}

# reached WANT GOT: every figure is at least the wanted one
reached() {
	printf '%s\n%s\n' "$1" "$2" | tr '/' '\t' | tr ' ' '\t' | awk -F '\t' '
		NR == 1 { n = NF; for (i = 1; i <= NF; i++) want[i] = $i }
		NR == 2 { bad = NF != n
			for (i = 1; i <= n; i += 3)
				if ($(i + 1) < want[i + 1] || $(i + 2) != want[i + 2])
					bad = 1 }
		END { exit bad }'
}

list() {
	(cd "$cases" && ls -d */*/* | sort)
}

case $mode in
-v | -a)
	run "$2" "$1"
	;;
-u)
	for c in $(list); do
		printf '%s\t%s\n' "$c" "$(run "$c")"
	done > "$tmp/expected" && cp "$tmp/expected" "$expected"
	;;
-t)
	echo '| case | b outcome | c slab counts | d pattern | e page | z zones | f lists at the end |'
	echo '| --- | --- | --- | --- | --- | --- | --- |'
	for c in $(list); do
		run "$c" | tr '/' '\t' | tr ' ' '\t' | awk -F '\t' -v c="$c" '
			/^failed/ { printf "| %s | %s |\n", c, $0; next }
			{ printf "| %s ", c
			  for (i = 1; i <= NF; i += 3)
				if ($(i + 2) == 0) printf "| - "
				else if ($(i + 1) == $(i + 2)) printf "| 100 %% (%d) ", $(i + 2)
				else printf "| %.3f %% (%d of %d) ", 100 * $(i + 1) / $(i + 2), $(i + 1), $(i + 2)
			  print "|" }'
	done
	;;
*)
	n=0
	for c in $(list); do
		n=$((n + 1))
		want=$(awk -F '\t' -v c="$c" '$1 == c { sub(/^[^\t]*\t/, ""); print }' "$expected")
		got=$(run "$c")
		if test -n "$want" && reached "$want" "$got"; then
			echo "ok $n - $c"
		else
			echo "not ok $n - $c"
			echo "# expected $want"
			run "$c" -v | sed 's/^/# /'
		fi
	done
	echo "1..$n"
	;;
esac
