#!/bin/sh
# The functions and files that docs/tour.md names are there.
doc=$top_srcdir/docs/tour.md
n=0
for f in $(grep -oE '`[a-z_]+\(\)`' "$doc" | tr -d '`()' | sort -u); do
	n=$((n + 1))
	if grep -rqE "(^|[ *])$f\(" "$top_srcdir/src" --include='*.[ch]'; then
		echo "ok $n - $f()"
	else
		echo "not ok $n - $f() is in the tour and nowhere in the code"
	fi
done
for f in $(grep -oE '(src|tests)/[a-z_/]+\.(c|h|sh)' "$doc" | sort -u); do
	n=$((n + 1))
	if test -f "$top_srcdir/$f"; then echo "ok $n - $f"
	else echo "not ok $n - $f is in the tour and not in the tree"; fi
done
echo "1..$n"
