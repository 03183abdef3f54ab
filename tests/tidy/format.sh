#!/bin/sh
# Every C file is as clang-format writes it.
if ! command -v clang-format >/dev/null 2>&1; then
	echo "1..0 # SKIP no clang-format"
	exit 0
fi
cd "$top_srcdir" || exit 99
n=0
for f in $(find src tests bench -name '*.[ch]' | sort); do
	n=$((n + 1))
	if clang-format --dry-run -Werror "$f" >/dev/null 2>&1; then
		echo "ok $n - $f"
	else
		echo "not ok $n - $f"
	fi
done
echo "1..$n"
