#!/bin/sh
# What is wrong in a machine or workload file is said with file:line:column
# and exit status 2 (a machine) or 1 or 2 (a workload), and nothing is left
# behind.  bad-yaml/expected.tsv: file, message after the file's name.
km=$top_builddir/kmemsim
bad=$top_srcdir/tests/cli/bad-yaml
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
echo '0 0 kmalloc 1 64 GFP_KERNEL -1' >"$tmp/t.ktr"
n=0
report() { # report NAME GOT WANT STATUS_OK
	n=$((n + 1))
	if test "$2" = "$3" && test "$4" = yes && ! test -e "$tmp/out"; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		printf '# got:  %s\n# want: %s\n# status fine: %s\n' \
			"$2" "$3" "$4"
		rm -rf "$tmp/out"
	fi
}
tab=$(printf '\t')
while IFS=$tab read -r file message; do
	case $file in
	m-*)	got=$("$km" run -q -o "$tmp/out" -m "$bad/$file" "$tmp/t.ktr" 2>&1)
		test $? -eq 2 && fine=yes || fine=no ;;
	*)	got=$("$km" run -q -o "$tmp/out" "$bad/$file" 2>&1)
		case $? in 1|2) fine=yes ;; *) fine=no ;; esac ;;
	esac
	report "$file" "$got" "kmemsim: $bad/$file:$message" $fine
done <"$bad/expected.tsv"

set_error() { # set_error ASSIGNMENT MESSAGE
	got=$("$km" run -q -o "$tmp/out" --set "$1" "$tmp/t.ktr" 2>&1)
	test $? -eq 2 && fine=yes || fine=no
	report "--set $1" "$got" "kmemsim: --set:$2" $fine
}
set_error vm.min_free_kbyte=3 "vm.min_free_kbyte: unknown key 'min_free_kbyte'; did you mean 'min_free_kbytes'?"
set_error nodes.7.memory=1GiB "nodes.7.memory: '7' is no item of a list of 2 (0 is the first)"
set_error kernel.hz=fast "kernel.hz: expected a whole number, not 'fast'"
set_error nodes.1.cpus=0 "nodes.1.cpus: CPU 0 is on node 0 and on node 1"
set_error distances='[[10, 20], [30, 10]]' "distances: asymmetric: 1 to 0 is 30, but 0 to 1 is 20"
set_error kernel "kernel: expected key=value"
got=$("$km" run -q -o "$tmp/out" -m "$tmp/none.yaml" "$tmp/t.ktr" 2>&1)
test $? -eq 2 && fine=yes || fine=no
report "no such file" "$got" "kmemsim: $tmp/none.yaml: cannot open: No such file or directory" $fine
# Every file of the folder is in the table.
n=$((n + 1))
if (cd "$bad" && for f in *.yaml; do grep -q "^$f$tab" expected.tsv || exit 1; done)
then echo "ok $n - every bad file has its message"
else echo "not ok $n - every bad file has its message"; fi
echo "1..$n"
