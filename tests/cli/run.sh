#!/bin/sh
# `kmemsim run` as a person types it: options, exit statuses, what it leaves
# behind, and that the same command gives the same bytes.
km=$top_builddir/kmemsim
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
n=0
ok() { # ok NAME: the status of the command before
	rc=$?; n=$((n + 1))
	if test $rc -eq 0; then echo "ok $n - $1"
	else echo "not ok $n - $1"; sed 's/^/# /' err 2>/dev/null | head -n 5; fi
}
# exits STATUS COMMAND...: runs it, output in out and err.
exits() {
	want=$1; shift
	"$@" >out 2>err; got=$?
	test $got -eq "$want" || { echo "# exit status $got, not $want" >>err; return 1; }
}

cat >t.ktr <<'EOF'
# a small trace with everything in it
0 0 cache_create 1 obj100 100 0 -
10 0 kmem_cache_alloc 1 1 GFP_KERNEL -1
20 0 kmalloc 2 1000 GFP_KERNEL -1
30 1 kmalloc 3 0 GFP_KERNEL -1
40 1 alloc_pages 4 2 GFP_KERNEL -1
45 0 snapshot mid
50 1 kfree 1
60 0 kfree 2
70 0 idle 30
80 0 kfree 3
90 0 free_pages 4
100 0 kfree 9
110 0 cache_shrink 1
120 0 rcu_barrier
130 0 geometry 1
140 0 kmalloc_class 64 GFP_KERNEL
150 0 cache_destroy 1
EOF

exits 0 "$km" run t.ktr && grep -q '17 operations' out; ok 'prints a report'
exits 0 "$km" run --quiet -o d1 t.ktr && test ! -s out && test ! -s err
ok '--quiet prints nothing'
test -s d1/report.txt && test -s d1/summary.json && test -s d1/slabinfo &&
	test -s d1/config.yaml && test -s d1/snap/mid/buddyinfo
ok 'the directory holds the run and its snapshot'
exits 0 "$km" run -q -o d2 t.ktr && diff -r d1 d2 >err; ok 'same command, same bytes'
exits 0 "$km" run -q -o d2 -m d1/config.yaml t.ktr && diff -r d1 d2 >err
ok 'the resolved configuration gives the same run'
exits 0 "$km" run -q --timing recorded -o d3 t.ktr &&
	exits 0 "$km" run -q --timing recorded -o d4 t.ktr && diff -r d3 d4 >err
ok 'a cost model too'
exits 0 "$km" run -q --timing closed --check 1 t.ktr; ok 'closed timing, checked'

exits 0 "$km" run -q --check 1 --placements p.tsv t.ktr; ok '--placements'
test "$(head -n 1 p.tsv | tr '\t' ' ')" = 'op_index op oid ok pfn offset nid zone extra' &&
	test "$(wc -l <p.tsv)" -eq 18
ok 'a head and a line an operation'
awk -F '\t' '$1 == 3 && $4 == 1 && $5 == 0 && $6 == 16 { a = 1 }
	$1 == 11 && $4 == 0 { b = 1 } $1 == 5 && $3 == "mid" { c = 1 }
	$1 == 12 && $9 ~ /^ret=[01]$/ { d = 1 } END { exit !(a && b && c && d) }' p.tsv
ok 'kmalloc(0), an empty slot, a label, a shrink'
exits 0 "$km" run -q --stop-at 3 --placements p3.tsv t.ktr && test "$(wc -l <p3.tsv)" -eq 4
ok '--stop-at'

exits 2 "$km" run; ok 'no SOURCE: status 2'
exits 2 "$km" run a b; ok 'two: status 2'
exits 2 "$km" run --no-such t.ktr; ok 'unknown option: status 2'
exits 2 "$km" run --check x t.ktr; ok 'no number: status 2'
exits 2 "$km" run --slab nope t.ktr && grep -q nope err; ok 'unknown allocator: status 2'
exits 2 "$km" run --model nope t.ktr; ok 'unknown model: status 2'
exits 2 "$km" run --set sim.seeed=1 t.ktr && grep -q seed err; ok 'misspelt key: status 2'
exits 2 "$km" run -m missing.yaml t.ktr && grep -q missing.yaml err
ok 'no such machine: status 2'
exits 1 "$km" run missing.ktr && grep -q missing.ktr err; ok 'no such trace: status 1'
exits 0 "$km" run --help && grep -q placements out; ok '--help: status 0'

{ cat t.ktr; echo '160 0 kmaloc 5 1 GFP_KERNEL -1'; } >bad.ktr
exits 1 "$km" run -q -o bad --placements bad.tsv bad.ktr && grep -q 'bad.ktr' err
ok 'a bad line fails the run'
test ! -e bad && test ! -e bad.tsv && test -z "$(ls -A | grep -E 'tmp|bad\.(tsv|t)')"
ok 'and leaves nothing behind'
exits 0 "$km" run --partial bad.ktr && grep -q damage err && grep -q '17 operations' out
ok '--partial replays up to it'
mkdir mine && echo x >mine/file
exits 1 "$km" run -q -o mine t.ktr && test "$(cat mine/file)" = x
ok "somebody else's directory is left alone"
: >empty.ktr
exits 0 "$km" run -q -o e empty.ktr && test -s e/report.txt || exits 1 "$km" run -q empty.ktr
ok 'an empty trace is no crash'
exits 1 "$km" run -q --placements no/such/dir t.ktr; ok 'placements that cannot be written'
echo "1..$n"
