#!/bin/sh
# Goal: geometry --advise says which caches waste most, the same of a
# slabinfo, a run and a trace, and refuses what is none of these.
# Method: known answers by hand, then damaged input.
. "$top_srcdir/tests/tap.sh"
cd "$dir" || exit 1
refused() { # what, what the message holds
	"$kmemsim" geometry --advise "$1" >out 2>err
	test $? = 1 && grep -q "$2" err && test ! -s out
	ok $? "refused: $3"
}

# Ten slabs of a page with five objects of 700 bytes, 20 of 50 in use:
# 40960 - 20 * 700 bytes = 26 KiB wasted; 20 objects need four slabs, so that
# 6 slabs, 24 KiB, hold free objects only.
cat >slabinfo <<'EOF'
slabinfo - version: 2.1
# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>
little               512    512      8  512    1 : tunables    0    0    0 : slabdata      1      1      0
thing                 20     50    700    5    1 : tunables    0    0    0 : slabdata      4     10      0
none                   0      0    700    5    1 : tunables    0    0    0 : slabdata      0      0      0
big                   30     30   2700    1    1 : tunables    0    0    0 : slabdata     30     30      0
EOF
"$kmemsim" geometry --advise slabinfo >out
ok $? "a slabinfo is read"
test "$(awk 'NR > 2 { print $1 }' out | head -3 | tr '\n' ' ')" = "big thing little "
ok $? "most waste first, caches without slabs left out"
grep -q '^thing  *700  *700  *20  *20  *0  *40  *26  *2\* .* free objects: 24$' out
ok $? "free objects are named"
# 2700 bytes: one in 4 KiB, three in 8 KiB: 30 * 4096 - 81000 = 41 KiB against
# 10 * 8192 - 81000 = 1 KiB.
grep -q '^big .* 41\*  *1 .* order 1: 40$' out
ok $? "and a better order"
"$kmemsim" geometry --advise /dev/stdin <slabinfo | cmp -s - out
ok $? "the same from a pipe"

awk 'BEGIN {
	print "0 0 cache_create 1 padded 72 0 HWCACHE_ALIGN"
	for (i = 1; i <= 3200; i++)
		print i * 100, 0, "kmem_cache_alloc", i, "1 GFP_KERNEL -1"
}' >t.ktr
"$kmemsim" geometry --advise t.ktr >trace &&
	grep -q '^padded  *72  *128  *3200  *3200 .* unaligned: 175$' trace
ok $? "a trace: alignment costs 56 bytes of each object"
"$kmemsim" run -q -o run t.ktr && "$kmemsim" geometry --advise run | cmp -s - trace
ok $? "the same of its run"
"$kmemsim" run -q --slab slob -o slob t.ktr
refused slob 'has no slabs' "a run on SLOB"
refused nowhere 'nowhere' "what is not there"
sed 's/ 30     30   2700/ 31     30   2700/' slabinfo >more
refused more 'more:6: ' "more objects in use than there are"
sed 's/50    700    5    1/50    700    5    3/' slabinfo >odd
refused odd 'odd:4: ' "three pages a slab"
sed 's/50    700    5/50   -700    5/' slabinfo >sign
refused sign 'sign:4: ' "a sign"
sed 's/   10      0/   99999999999999999999      0/' slabinfo >huge
refused huge 'huge:4: ' "a number too large"
head -c 330 slabinfo >cut
refused cut 'cut:[0-9]*: ' "a line cut short"
mkdir empty
refused empty 'caches.tsv' "a directory that is no run"
echo "1..$n"
