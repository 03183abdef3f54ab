#!/bin/sh
# kmemsim cachesim counts what cachegrind counted of the same programs, access
# for access in total; and what it says of bad input.
kmemsim=$top_builddir/kmemsim
here=$top_srcdir/tests/cachesim
n=0
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

ok() { # status what
	n=$((n + 1))
	if test "$1" = 0; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		head -20 "$tmp/out" | sed 's/^/# /'
	fi
}

counts() { # of the table on stdin, in cachegrind's order
	awk '$2 == "read" && $1 == "L1d" { dr = $3; d1r = $5 }
		$2 == "write" && $1 == "L1d" { dw = $3; d1w = $5 }
		$2 == "fetch" && $1 == "L1i" { ir = $3; i1 = $5 }
		$1 == "L2" && NF == 6 && !seen[$2]++ { l[$2] = $5 }
		END { print ir, i1, l["fetch"] + 0, dr, d1r, l["read"] + 0,
			dw, d1w, l["write"] + 0 }' "$1"
}

tail -n +2 "$here/figures.tsv" | tr '\t' ' ' > "$tmp/figures"
while read -r program machine figures; do
	"$kmemsim" cachesim -m "$here/$machine.yaml" \
		"$here/$program.lackey.zst" > "$tmp/out" 2>&1
	test "$(counts "$tmp/out")" = "$figures"
	ok $? "$program on $machine as cachegrind"
done < "$tmp/figures"

# Bad input
says() { # what status pattern arguments...
	what=$1 status=$2 pattern=$3
	shift 3
	"$kmemsim" cachesim "$@" > "$tmp/out" 2>&1
	got=$?
	test $got -eq "$status" && grep -q -- "$pattern" "$tmp/out"
	ok $? "$what"
}
small=$here/small.yaml
printf 'I  0401ab70,3\n S 1fff000d58,8\n' > "$tmp/good"
says 'two records' 0 'instructions 1, loads 0, stores 1' -m "$small" "$tmp/good"
says 'data alone' 0 'instructions 0, loads 0, stores 1' -m "$small" --data \
	"$tmp/good"
says 'instructions alone' 0 'instructions 1, loads 0, stores 0' -m "$small" \
	--instructions "$tmp/good"
says 'JSON' 0 '"compulsory"' -m "$small" --json "$tmp/good"
says 'the default machine' 0 'L3' "$tmp/good"
says 'by line' 0 'once for each line' -m "$small" --by-line "$tmp/good"
says 'both alone' 2 usage -m "$small" --data --instructions "$tmp/good"
says 'nothing asked' 2 usage -m "$small"
says 'no such stream' 1 'none' -m "$small" "$tmp/none"
says 'no such machine' 2 'none' -m "$tmp/none" "$tmp/good"
says 'no caches' 2 'no data cache' -m "$small" --set cpu.caches='[]' "$tmp/good"
says 'plru of 12 ways' 2 'power of two' -m "$here/core12.yaml" \
	--set cpu.caches.0.policy=plru "$tmp/good"
says 'an exclusive first level' 2 'nearest' -m "$small" \
	--set cpu.caches.0.inclusion=exclusive "$tmp/good"
says 'TLB entries' 2 'multiple' -m "$small" \
	--set cpu.tlbs='[{entries: 10, ways: 4}]' "$tmp/good"
while read -r column what bad; do
	bad=${bad#?} bad=${bad%?}
	printf 'I  0401ab70,3\n%s\n' "$bad" > "$tmp/bad"
	says "bad line '$bad'" 1 "bad:2:$column: expected .*$what" \
		-m "$small" "$tmp/bad"
done << 'END'
1 lackey 'X  12,3'
1 lackey 'I'
1 lackey ' X 12,3'
6 and.a.size ' L 12'
4 an.address ' L ,3'
4 an.address ' L zz,8'
4 48.bits ' L 1234567890abcd,8'
4 48.bits ' L ffff888000000000,8'
7 1.to.65536 ' L 12,0'
7 1.to.65536 ' L 12,65537'
7 1.to.65536 ' L 12,8x'
7 1.to.65536 'I  12,'
17 below ' S fffffffff000,1'
17 below ' L ffffffffffff,8'
END
printf '==12== lackey\r\n\n  \t\r\nI  0401ab70,3\r\n--12-- x\n**12** y\n M ffffffffeff8,8' \
	> "$tmp/crlf"
says "blank lines, valgrind's, other ends of lines" 0 \
	'instructions 1, loads 0, stores 0, modifies 1' -m "$small" "$tmp/crlf"
says 'standard input' 0 'instructions 1' -m "$small" - < "$tmp/good"
gzip -c "$tmp/good" > "$tmp/good.gz"
says 'another compression' 1 'good.gz: compressed with gzip' -m "$small" \
	"$tmp/good.gz"
head -c 50000 "$here/sort.lackey.zst" > "$tmp/cut.zst"
says 'a truncated archive' 1 'cut.zst' -m "$small" "$tmp/cut.zst"
: > "$tmp/empty"
says 'an empty stream' 0 'instructions 0' -m "$small" "$tmp/empty"
head -c 300000 /dev/zero > "$tmp/zeroes"
says 'no text' 1 'zeroes:1:1: expected' -m "$small" "$tmp/zeroes"

# Accesses follow one another: a channel that hands out a line in the time that
# one access takes is never waited for.  64 bytes at 1 GHz in 220 cycles are
# 291 million bytes a second.
awk 'BEGIN { for (i = 0; i < 100; i++) printf(" L %x,8\n", i * 4096) }' \
	> "$tmp/lines"
says 'no waiting for memory' 0 '"latency_cycles": 22000' -m "$small" --json \
	--set cpu.frequency=1GHz --set memory.bandwidth=291000000 "$tmp/lines"
says 'waiting for memory' 0 '"bandwidth_wait": 9900' -m "$small" --json \
	--set cpu.frequency=1GHz --set memory.bandwidth=200000000 "$tmp/lines"

# Any policy, any relation of levels, and twice the same bytes.
for set in policy=plru policy=fifo policy=random policy=srrip \
	inclusion=inclusive inclusion=exclusive write=through allocate=false \
	prefetch=next-line prefetch=stride; do
	level=2
	case $set in write* | allocate* | prefetch*) level=0 ;; esac
	for i in 1 2; do
		"$kmemsim" cachesim --json -m "$small" \
			--set "cpu.caches.$level.$set" \
			--set cpu.tlbs='[{entries: 64, ways: 4}]' \
			"$here/true.lackey.zst" > "$tmp/out.$i" 2> "$tmp/out" ||
			: > "$tmp/out.$i"
	done
	test -s "$tmp/out.1" && cmp -s "$tmp/out.1" "$tmp/out.2"
	ok $? "level $level with $set, twice"
done
echo "1..$n"
