#!/bin/sh
# kmemsim geometry: what it prints for people, and what it says of bad input.
kmemsim=$top_builddir/kmemsim
n=0
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

says() { # what status pattern command...
	what=$1 status=$2 pattern=$3
	shift 3
	n=$((n + 1))
	"$kmemsim" geometry "$@" > "$tmp/out" 2>&1
	got=$?
	if test $got -eq "$status" && grep -q -- "$pattern" "$tmp/out"; then
		echo "ok $n - $what"
	else
		echo "not ok $n - $what"
		echo "# status $got, wanted $status and '$pattern' in:"
		head -3 "$tmp/out" | sed 's/^/# /'
	fi
}

says 'a size' 0 ' 192 .* 21 ' 192
says 'more CPUs, more objects' 0 ' 600 .* 27 ' --cpus 4 600
says 'a constructor' 0 ' 200 .* 192 ' --flags CTOR 192
says 'an alignment' 0 ' 256 ' --align 256 100
says 'the largest size' 0 ' 1024 ' 4194304

says 'SLAB' 0 'objfreelist' --slab slab 200
says 'SLOB' 0 ' small ' --slab slob 200
says 'SLAB, two nodes' 0 ' 120 ' --slab slab --nodes 2 --cpus 2 200

says 'no nodes' 2 nodes --nodes 0 8
says 'nothing asked' 2 usage
says 'size 0' 2 "'0' is no object size" 0
says 'a negative size' 2 "'-5' is no object size" -- -5
says 'no number' 2 "'x' is no object size" x
says 'beyond the page allocator' 2 'no object size' 4194305
says 'beyond 64 bits' 2 'no object size' 99999999999999999999
says 'an unknown allocator' 2 slob2 --slab slob2 8
says 'an unknown profile' 2 linux-6.1 --profile linux-7 8
says 'no CPUs' 2 cpus --cpus 0 8
says 'an odd alignment' 2 'power of two' --align 24 8
says 'an unknown flag' 2 BLUE --flags BLUE 8

says 'no such file' 1 "$tmp/none" --from "$tmp/none"
: > "$tmp/empty"
says 'an empty file' 1 'no header line' --from "$tmp/empty"
printf 'req_size\treq_align\n8\t0\n' > "$tmp/few"
says 'a column is missing' 1 "no column 'req_flags'" --from "$tmp/few"
printf 'req_size\treq_align\treq_flags\n8\t0\n' > "$tmp/short"
says 'a short row' 1 'short:2: 2 columns' --from "$tmp/short"
printf 'req_size\treq_align\treq_flags\n8\t0\t-\nx\t0\t-\n' > "$tmp/word"
says 'a word for a number' 1 "word:3: 'x'" --from "$tmp/word"
head -c 200 "$top_srcdir/tests/oracle/slub-m1-kmalloc.tsv.zst" > "$tmp/cut.zst"
says 'a truncated archive' 1 'cut.zst: byte' --from "$tmp/cut.zst"
printf '\050\265\057\375garbage garbage' > "$tmp/bad.zst"
says 'a broken archive' 1 'bad.zst: byte' --from "$tmp/bad.zst"
printf 'req_size\treq_align\treq_flags\n4294967295\t0\t-\n0\t0\t-\n' > "$tmp/no"
says 'caches that cannot be' 0 '^4294967295.0.-.-' --from "$tmp/no"
echo "1..$n"
