#!/bin/sh
# Goal: what goes wrong around the program, a full disk, a machine that cannot
# boot, a directory that is no run, is said in one line with the right status,
# and nothing is left behind.
n=0
bin=$top_builddir/kmemsim
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
echo '0 0 kmalloc 1 64 GFP_KERNEL -1' >"$dir/t.ktr"

# says NAME STATUS TEXT COMMAND...: it fails so and says so.
says() {
	n=$((n + 1)); name=$1; want=$2; text=$3; shift 3
	"$@" >"$dir/out" 2>"$dir/err"
	got=$?
	if test $got -eq "$want" && grep -q -- "$text" "$dir/err"; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		echo "# status $got, not $want"
		sed 's/^/# /' "$dir/err"
	fi
}
ok() { # NAME COMMAND...
	n=$((n + 1)); name=$1; shift
	if "$@" >"$dir/out" 2>&1; then echo "ok $n - $name"
	else echo "not ok $n - $name"; sed 's/^/# /' "$dir/out"; fi
}

says "a misspelt command" 2 "did you mean 'import'" "$bin" imprt
if test -c /dev/full; then
	for what in --help "run $dir/t.ktr" "info $dir/t.ktr" 'geometry 100'; do
		# shellcheck disable=SC2016,SC2086
		says "a full disk: ${what%% *}" 1 'standard output' \
			sh -c '"$0" "$@" >/dev/full' "$bin" $what
	done
fi
for slab in slub slab; do
	says "more min_free_kbytes than memory, $slab" 1 \
		'too little memory.*min_free_kbytes' \
		"$bin" run -q --slab $slab \
		--set vm.min_free_kbytes=99999999 "$dir/t.ktr"
done
printf 'nodes: [{cpus: 0, memory: 1GiB}]\nname: "ab\303\050"\n' >"$dir/u.yaml"
says "bytes that are no UTF-8" 2 'u.yaml:2:1[0-3]: not YAML' \
	"$bin" run -q -m "$dir/u.yaml" "$dir/t.ktr"
says "plot of what is no run" 1 'no run' "$bin" plot "$dir"
ok "nothing is made there" test ! -e "$dir/plots"
says "a table that is not there" 1 'cannot open' \
	"$bin" geometry --from "$dir/none"
"$bin" geometry 64 1KiB >"$dir/out" 2>/dev/null
ok "a wrong size among sizes prints nothing" test ! -s "$dir/out"
printf '0 0 kmal\033[2Jloc 1\n' >"$dir/esc.ktr"
"$bin" info "$dir/esc.ktr" 2>"$dir/err"
ok "a quoted escape sequence does nothing" test "$(tr -d '\033' <"$dir/err")" \
	= "$(cat "$dir/err")"
w=$top_srcdir/workloads/web-server.yaml
"$bin" run -q --stop-at 2000 -o "$dir/a" "$w"
# shellcheck disable=SC2002
cat "$w" | "$bin" run -q --stop-at 2000 -o "$dir/b" /dev/stdin
# shellcheck disable=SC2002
cat "$dir/t.ktr" | "$bin" run -q -o "$dir/c" /dev/stdin
ok "a workload through a pipe" cmp "$dir/a/series.tsv" "$dir/b/series.tsv"
ok "a trace through a pipe" test -s "$dir/c/report.txt"
printf 'req_size\treq_align\treq_flags\n100\t0\t-\n' >"$dir/t.tsv"
"$bin" geometry --from "$dir/t.tsv" >"$dir/want" 2>&1
zstd -q --rm "$dir/t.tsv" 2>/dev/null &&
	ok "a table that was compressed since" \
		sh -c '"$0" geometry --from "$1" | cmp - "$2"' \
		"$bin" "$dir/t.tsv" "$dir/want"
printf 'req_size\treq_align\treq_flags\r\n100\t0\t-\r\n' >"$dir/crlf.tsv"
ok "a table with carriage returns" sh -c \
	'"$0" geometry --from "$1" | cmp - "$2"' "$bin" "$dir/crlf.tsv" "$dir/want"
printf 'req_size\treq_align\treq_flags\n1\t0\t-\n2\t0\tFOO\n' >"$dir/foo.tsv"
says "an unknown flag in a table" 1 "foo.tsv:3: 'FOO' is no cache flag" \
	"$bin" geometry --from "$dir/foo.tsv"
printf '0 0 kmalloc 1 64 GFP_KERNEL -1\n99999999999999999 0 kfree 1\n' \
	>"$dir/gap.ktr"
for model in none costs; do
	says "a pause of three years, model $model" 1 'record 1: time 9* ns' \
		"$bin" run -q --slab slab --model $model "$dir/gap.ktr"
done
echo "1..$n"
