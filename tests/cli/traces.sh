#!/bin/sh
# Goal: info and import treat good and bad traces as the manual says: what is
# printed, which status, and that nothing half-written is left behind.
n=0
bin=$top_builddir/kmemsim
corpus=$top_srcdir/tests/fuzz/corpus
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT

# ok NAME COMMAND...: the command succeeds.
ok() {
	n=$((n + 1)); name=$1; shift
	if "$@" >"$dir/out" 2>&1; then echo "ok $n - $name"
	else echo "not ok $n - $name"; sed 's/^/# /' "$dir/out"; fi
}
status() { want=$1; shift; "$@"; test $? -eq "$want"; }
fails_with() { # STATUS TEXT COMMAND...
	want=$1; text=$2; shift 2
	"$@" 2>"$dir/err"; test $? -eq "$want" || { cat "$dir/err"; return 1; }
	grep -q -- "$text" "$dir/err" || { cat "$dir/err"; return 1; }
}
no_file() { test ! -e "$1"; }
only() { test "$(ls -A "$dir/w")" = "$1"; }
mkdir "$dir/w"

"$bin" import -q "$corpus/ktr/every-op.ktr" -o "$dir/a.kmt"
ok "ktr to kmt" test -s "$dir/a.kmt"
"$bin" import -q "$dir/a.kmt" -o "$dir/a.ktr"
grep -v '^#' "$corpus/ktr/every-op.ktr" >"$dir/want.ktr"
ok "and back, the same" cmp "$dir/want.ktr" "$dir/a.ktr"
"$bin" import -q "$corpus/ktr/every-op.ktr.zst" -o "$dir/b.kmt"
ok "compressed text gives the same bytes" cmp "$dir/a.kmt" "$dir/b.kmt"
"$bin" import -q /dev/stdin -o "$dir/c.kmt" <"$dir/a.ktr"
ok "a stream gives the same bytes" cmp "$dir/a.kmt" "$dir/c.kmt"
"$bin" import -q "$dir/a.kmt" -o /dev/stdout >"$dir/d.kmt"
ok "output to /dev/stdout, a file" cmp "$dir/a.kmt" "$dir/d.kmt"
"$bin" import -q "$dir/a.kmt" -o /dev/stdout | cat >"$dir/d.kmt"
ok "output to /dev/stdout, a pipe" cmp "$dir/a.kmt" "$dir/d.kmt"
ok "/dev/stdout is what it was" test -L /dev/stdout
ln -s d.kmt "$dir/link.kmt"
"$bin" import -q "$dir/a.kmt" -o "$dir/link.kmt"
ok "a link stays a link" test -L "$dir/link.kmt"

ok "info on ktr" sh -c '"$0" info "$1" | grep -q " 1  alloc_percpu"' \
	"$bin" "$dir/a.ktr"
ok "info on kmt" sh -c '"$0" info "$1" | grep -q "events  *21"' \
	"$bin" "$dir/a.kmt"
ok "info as JSON" sh -c '"$0" info --json "$1" | grep -q "\"kfree\": 1"' \
	"$bin" "$dir/a.kmt"
ok "info on a recording" sh -c '"$0" info "$1" | grep -q "trace.dat"' \
	"$bin" "$corpus/dat/small.dat"
ok "info tells the cure for hashed pointers" sh -c \
	'"$0" info "$1" | grep -q hash-ptr' "$bin" \
	"$corpus/text/trace.hashed.txt"

# The oracle's request lists.
for f in "$top_srcdir"/tests/cli/*.ktr.zst; do
	"$bin" import -q "$f" -o "$dir/o.kmt" &&
		"$bin" import -q "$dir/o.kmt" -o "$dir/o.ktr" &&
		"$bin" import -q "$dir/o.ktr" -o "$dir/o2.kmt"
	ok "$(basename "$f") through text and back" cmp "$dir/o.kmt" "$dir/o2.kmt"
done

# What is wrong, where, and the exit status.
ok "no such file" fails_with 1 'nothere.ktr: cannot open' \
	"$bin" info nothere.ktr
ok "a directory" fails_with 1 'is a directory' "$bin" info "$dir"
ok "no operand" fails_with 2 'usage' "$bin" info
ok "no output" fails_with 2 'usage' "$bin" import "$dir/a.kmt"
ok "garbage" fails_with 1 'not a trace' "$bin" info "$bin"
ok "size 2^63" fails_with 1 ':1:15: ' "$bin" info "$corpus/ktr/size-2-63.ktr"
ok "CPU 4 billion" fails_with 1 ':1:3: ' \
	"$bin" info "$corpus/ktr/cpu-4-billion.ktr"
ok "a label that leads elsewhere" fails_with 1 ':1:14: ' \
	"$bin" info "$corpus/ktr/label-up.ktr"
ok "another version" fails_with 1 'truncated\|version' \
	"$bin" info "$corpus/kmt/version.kmt"
head -c 512000000 /dev/zero | tr '\0' '\n' | zstd -q -c >"$dir/bomb.zst" 2>/dev/null
if test -s "$dir/bomb.zst"; then
	ok "a zstd bomb" fails_with 1 'unfolds to more than' \
		"$bin" info "$dir/bomb.zst"
fi

# Damage.
head -c 900 "$dir/a.kmt" >"$dir/cut.kmt"
ok "a cut file" fails_with 1 'cut.kmt: chunk [01] at byte .*truncated' \
	"$bin" import -q "$dir/cut.kmt" -o "$dir/w/x.kmt"
ok "leaves nothing behind" only ""
ok "with --partial it is used" "$bin" import -q --partial "$dir/cut.kmt" \
	-o "$dir/w/x.kmt"
ok "and is whole" status 0 "$bin" info "$dir/w/x.kmt"
ok "and nothing else" only "x.kmt"
cp "$dir/w/x.kmt" "$dir/old.kmt"
ok "a failed import" status 1 "$bin" import -q "$corpus/ktr/time-back.ktr" \
	-o "$dir/w/x.kmt"
ok "leaves the old file" cmp "$dir/old.kmt" "$dir/w/x.kmt"
ok "a place that cannot be written" fails_with 1 'cannot create' \
	"$bin" import -q "$dir/a.kmt" -o "$dir/nodir/x.kmt"
if test -w /dev/full; then
	ok "a full disk" fails_with 1 'cannot write' \
		"$bin" import -q "$dir/a.kmt" -o /dev/full
fi
# Half a file gives close to half its events.
"$bin" import -q "$top_srcdir/traces/sample.dat.zst" -o "$dir/whole.kmt"
size=$(wc -c <"$dir/whole.kmt")
head -c $((size * 3 / 5)) "$dir/whole.kmt" >"$dir/half.kmt"
"$bin" import -q --partial "$dir/half.kmt" -o "$dir/half.ktr" 2>/dev/null
ok "most of what stands before the damage is there" \
	test "$(grep -c '^[0-9]' "$dir/half.ktr")" -gt 8000
echo "1..$n"
