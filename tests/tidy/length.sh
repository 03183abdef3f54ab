#!/bin/sh
# No function is longer than 70 lines, no file longer than 1200.
n=0
for f in $(cd "$top_srcdir" && find src tests bench -name '*.[ch]' | sort); do
	n=$((n + 1))
	out=$(awk -v f="$f" '
		/^[a-zA-Z_].*[^;]$/ { head = $0 }
		/^\{/ { start = NR }
		/^\}/ { if (start && NR - start > 70)
				printf "%s:%d: %d lines: %s\n", f, start, NR - start, head
			start = 0 }
		END { if (NR > 1200) printf "%s: %d lines\n", f, NR }' \
		"$top_srcdir/$f")
	if test -z "$out"; then echo "ok $n - $f"
	else echo "not ok $n - $f"; echo "$out" | sed 's/^/# /'; fi
done
echo "1..$n"
