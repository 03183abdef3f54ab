#!/bin/sh
# Every header compiles on its own.
n=0
for h in $(cd "$top_srcdir/src" && find . -name '*.h' | sort); do
	n=$((n + 1)); h=${h#./}
	if out=$(echo "#include \"$h\"" | ${CC:-cc} -std=gnu11 -D_GNU_SOURCE -Wall -Werror \
		-I"$top_srcdir/src" -I"$top_builddir" -include config.h -fsyntax-only -xc - 2>&1); then
		echo "ok $n - $h"
	else echo "not ok $n - $h"; echo "$out" | sed 's/^/# /'; fi
done
echo "1..$n"
