#!/bin/sh
# Goal: every command and every option that --help lists stands in the manual.
n=0
bin=$top_builddir/kmemsim
page=$top_srcdir/man/kmemsim.1
for cmd in $("$bin" --help | awk '/^  [a-z]/ {print $1}'); do
	n=$((n + 1))
	# The section of the command.
	awk -v c="$cmd" '$1 == ".SS" || $1 == ".SH" {on = $0 == ".SS " c}
		on {gsub(/\\/, ""); print}' "$page" >help.$$
	missing=
	for opt in $("$bin" "$cmd" --help |
		sed -n 's/^  [ ,a-zA-Z-]*\(--[a-z-]*\).*/\1/p'); do
		test "$opt" = --help || grep -q -e "$opt" help.$$ ||
			missing="$missing $opt"
	done
	test -s help.$$ || missing=" the command itself"
	if test -z "$missing"; then
		echo "ok $n - kmemsim $cmd"
	else
		echo "not ok $n - kmemsim $cmd"
		echo "# not in man/kmemsim.1:$missing"
	fi
	rm -f help.$$
done
echo "1..$n"
