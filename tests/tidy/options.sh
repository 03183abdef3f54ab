#!/bin/sh
# Every option and every subcommand is in the man page.
man=$top_srcdir/man/kmemsim.1
n=0
for f in "$top_srcdir"/src/cmd/*.c; do
	cmd=$(basename "$f" .c)
	for o in $(awk '/^[ \t]*(\{ ?)?[{] ?(0|.[a-zA-Z].), "[a-z-]+",/ {
			match($0, /"[a-z-]+"/); print substr($0, RSTART + 1, RLENGTH - 2) }' "$f"); do
		n=$((n + 1))
		if grep -qE "\\\\-\\\\-$(echo "$o" | sed 's/-/\\\\-/g')\b" "$man"; then
			echo "ok $n - $cmd --$o"
		else echo "not ok $n - $cmd --$o is not in the man page"; fi
	done
done
for c in $(sed -n 's/^	{"\([a-z]*\)", ".*/\1/p' "$top_srcdir/src/cmd/main.c"); do
	n=$((n + 1))
	if grep -qE "^\.(SS|B|BI|BR|It Cm|SH).*$c" "$man"; then echo "ok $n - $c"
	else echo "not ok $n - subcommand $c is not in the man page"; fi
done
echo "1..$n"
