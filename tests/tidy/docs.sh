#!/bin/sh
# The map in main.c names every source file; each C file of mm/ opens with
# the six headings of the house style; nothing is left open in the code.
n=0
verdict() {
	n=$((n + 1))
	if test -z "$2"; then echo "ok $n - $1"
	else echo "not ok $n - $1"; echo "$2" | sed 's/^/# /'; fi
}

missing=
for f in $(cd "$top_srcdir/src" && find . -name '*.c' | sed 's|^\./||' | sort); do
	grep -qE "[ /]$(basename "$f" .c)(\.c|\.\[ch\])" "$top_srcdir/src/cmd/main.c" ||
		missing="$missing $f"
done
verdict "the map in main.c names every file" "$missing"

missing=
for f in "$top_srcdir"/src/mm/*.c; do
	for h in "What it is" "How it works" "Lock order" "Invariants" \
		"What is charged" "What is left out"; do
		grep -q "$h" "$f" || missing="$missing
$(basename "$f"): $h"
	done
done
verdict "files of mm/ have the six headings" "$missing"

verdict "no open ends in the code" "$(cd "$top_srcdir" &&
	grep -rnE '\b(TO''DO|FIX''ME|X''XX|HA''CK)\b' src tests/unit bench)"

verdict "no exit() below cmd/ but for host memory" "$(cd "$top_srcdir" &&
	grep -rnE '(^|[^_a-z])exit\(' src --include='*.c' |
	grep -vE '^src/(cmd/|base/xmalloc\.c)')"

verdict "no reserved names" "$(cd "$top_srcdir" &&
	grep -rnE '#define _[A-Z_]|#define __' src --include='*.[ch]')"

echo "1..$n"
