# What test scripts share: each says `. "$top_srcdir/tests/tap.sh"` first and
# `echo "1..$n"` last.
#
# $kmemsim: the program.  $dir: a directory of the test's own, gone at its end.
kmemsim=$top_builddir/kmemsim
n=0
dir=$(mktemp -d "${TMPDIR:-/tmp}/kmemsim-test.XXXXXX") || exit 1
# Some tests take the right to write away.
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT

ok() { # STATUS WHAT
	n=$((n + 1))
	if test "$1" = 0; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}

same() { # WHAT GOT WANT
	test "$2" = "$3"
	ok $? "$1"
	test "$2" = "$3" || echo "# '$2', not '$3'"
}
