#!/bin/sh
# Model full and costs against what comes out by hand, on traces of a few
# records: what each allocator touches, who pushes whom out of a set, how long
# a lock is waited for, where memory comes from and what its distance costs.
. "$top_srcdir/tests/tap.sh"

is() { # got wanted what
	test "$1" = "$2"
	ok $? "$3"
	test "$1" = "$2" || echo "# got '$1', not '$2'"
}

run() { # directory, arguments...
	out=$dir/$1
	shift
	rm -rf "$out"
	"$kmemsim" run -q -o "$out" "$@"
}

# Accesses of first-level lines: directory, kmem_cache
accesses() {
	awk -F '\t' -v c="$2" '$1 == c && $2 ~ /^L1/ { s += $3 }
		END { print s + 0 }' "$dir/$1/misses.tsv"
}

# One value: file, first column, second column, name of the column
cell() {
	awk -F '\t' -v a="$2" -v b="$3" -v want="$4" '
		NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i }
		$1 == a && $2 == b { print $c[want]; exit }' "$dir/$1"
}

cat >"$dir/one.yaml" <<'END'
nodes: [{cpus: "0", memory: 64MiB}]
cpu:
  caches: [{level: 1, type: data, size: 32KiB, line: 64, ways: 8, latency: 4}]
sim: {model: full, touch: {hot_bytes: 0}}
END
sed 's/^nodes.*/nodes: [{cpus: "0", memory: 64MiB}, {cpus: "1", memory: 64MiB}]/' \
	"$dir/one.yaml" >"$dir/two.yaml"

# An object comes and goes on a warm CPU: the accesses of the eleventh pair.
pairs() { # how many, allocation, free
	echo '0 0 cache_create 1 foo 200 0 NO_MERGE'
	i=0
	while test $i -lt "$1"; do
		i=$((i + 1))
		echo "${i}00 0 $2"
		echo "${i}50 0 $3"
	done
}
pair() { # machine slab allocation free: kmem_cache's lines, others'
	pairs 10 "$3" "$4" >"$dir/10.ktr"
	pairs 11 "$3" "$4" >"$dir/11.ktr"
	run a -m "$dir/$1.yaml" --slab "$2" "$dir/10.ktr" &&
		run b -m "$dir/$1.yaml" --slab "$2" "$dir/11.ktr"
	name=${5-foo}
	echo $(($(accesses b "$name") - $(accesses a "$name"))) \
		$(($(accesses b -) - $(accesses a -)))
}
cache_alloc='kmem_cache_alloc 1 1 GFP_KERNEL -1'
# SLUB: the free pointer is read and written; kmem_cache_cpu twice, the free
# reads the struct page.
is "$(pair one slub "$cache_alloc" 'kmem_cache_free 1')" '2 3' 'SLUB: a pair'
# SLAB: nothing in the object; the array's head and an entry, twice; a second
# node makes the free look at the page's node.
is "$(pair one slab "$cache_alloc" 'kmem_cache_free 1')" '0 4' 'SLAB: a pair'
is "$(pair two slab "$cache_alloc" 'kmem_cache_free 1')" '0 5' \
	'SLAB: a pair where there are nodes'
# kfree() has to find the kmem_cache.
is "$(pair one slab 'kmalloc 1 200 GFP_KERNEL -1' 'kfree 1' kmalloc-256)" \
	'0 5' 'SLAB: kmalloc and kfree'
# SLOB: the page is looked at and changed, the block's header read and that of
# the rest written; the free changes the page and writes the header.
is "$(pair one slob "$cache_alloc" 'kmem_cache_free 1')" '0 6' 'SLOB: a pair'

# __GFP_ZERO clears the whole object, however little was asked for: 2048 bytes
# are 32 lines.
is "$(pair one slub 'kmalloc 1 1100 GFP_KERNEL|__GFP_ZERO -1' 'kfree 1' kmalloc-2k)" \
	'34 3' '__GFP_ZERO of 1100 bytes clears 2048'

# A constructor runs once a slab; SLOB, which has none, runs it for each
# object. A slab of 4096 bytes has 64 lines, an object of 512 bytes 8. With
# TYPESAFE_BY_RCU slabs are laid out as with a constructor.
rcu=TYPESAFE_BY_RCU
ctor() { # slab flags
	{
		echo "0 0 cache_create 1 foo 512 0 $2"
		i=0
		while test $i -lt 3; do
			i=$((i + 1))
			echo "${i}00 0 kmem_cache_alloc $i 1 GFP_KERNEL -1"
		done
	} >"$dir/c.ktr"
	run c -m "$dir/one.yaml" --slab "$1" --set boot.slub_max_order=0 "$dir/c.ktr"
	echo $(($(accesses c foo) + $(accesses c -)))
}
is $(($(ctor slub $rcu,CTOR) - $(ctor slub $rcu))) 64 'SLUB: constructed once a slab'
is $(($(ctor slab $rcu,CTOR) - $(ctor slab $rcu))) 64 'SLAB: constructed once a slab'
is $(($(ctor slob CTOR) - $(ctor slob -))) 24 'SLOB: constructed each time'

# Two ways, four sets, LRU. Objects a page apart begin in set 0. After A B A B
# the set is {A, B}: C pushes out A, A pushes out B, B pushes out C, each while
# a cache without sets would hold all three.
cat >"$dir/tiny.yaml" <<'END'
nodes: [{cpus: "0", memory: 64MiB}]
cpu:
  caches: [{level: 1, type: data, size: 512, line: 64, ways: 2, latency: 4}]
boot: {slub_max_order: 0}
sim: {model: full, touch: {hot_bytes: 0}}
END
steps() { # size, objects read
	echo "0 0 cache_create 1 foo $1 0 NO_MERGE"
	for i in 1 2 3; do echo "${i}0 0 kmem_cache_alloc $i 1 GFP_KERNEL -1"; done
	t=100
	for i in $2; do
		t=$((t + 10))
		echo "$t 0 read $i 0 8"
	done
}
delta() { # column of colors.tsv, set 0
	echo $(($(cell b/colors.tsv foo 0 "$1") - $(cell a/colors.tsv foo 0 "$1")))
}
for case in 4096=3 256=0; do # pages of their own; one page, one slab
	size=${case%=*}
	steps "$size" '1 2 1 2' >"$dir/a.ktr"
	steps "$size" '1 2 1 2 3 1 2' >"$dir/b.ktr"
	run a -m "$dir/tiny.yaml" "$dir/a.ktr" &&
		run b -m "$dir/tiny.yaml" "$dir/b.ktr"
	is "$(delta hits) $(delta misses) $(delta evictions) $(delta collisions)" \
		"0 3 3 ${case#*=}" "objects of $size bytes: collisions"
done
# Each line that leaves is of whom it was: those of no kmem_cache too.
all=$(sed -n 's/.*"evictions_count": \([0-9]*\).*/\1/p' "$dir/b/summary.json" |
	head -n 1)
awk -F '\t' -v all="$all" 'NR > 1 { s[$1] += $6; sum += $6 }
	END { exit !(sum == all && s["-"] > 0) }' "$dir/b/colors.tsv"
ok $? "colors.tsv has all evictions, those of no kmem_cache as '-'"
awk -F '\t' 'NR > 1 { h[$1] += $4 + $5; e[$1] += $6 }
	END { for (c in e) if (e[c] && !h[c]) exit 1 }' "$dir/b/colors.tsv"
ok $? 'nobody loses lines who had none'

# What a kmem_cache that is gone counted is not lost.
{
	steps 200 1
	echo '200 0 kmem_cache_free 1'
	echo '210 0 kmem_cache_free 2'
	echo '220 0 kmem_cache_free 3'
	echo '230 0 cache_destroy 1'
} >"$dir/a.ktr"
run a -m "$dir/tiny.yaml" "$dir/a.ktr"
is "$(sed -n 's/.*"accesses_count": \([0-9]*\).*/\1/p' "$dir/a/summary.json" |
	sed -n 2p)" "$(awk -F '\t' '{ s += $3 } END { print s }' "$dir/a/misses.tsv")" \
	'a destroyed kmem_cache: all accesses are there'

# Three CPUs want the zone lock at once, for 100 cycles; locking costs 10, the
# line 5 more from another CPU: 110, 110 + 115, 225 + 115.
cat >"$dir/lock.yaml" <<'END'
nodes: [{cpus: "0-2", memory: 64MiB}]
sim:
  model: costs
  costs: {page_buddy: 100, page_direct: 0, page_compound: 0, page_check: 0, buddy_split: 0,
    foreign_page: 0, lock: 10, lock_transfer: 5}
END
for cpu in 0 1 2; do
	echo "0 $cpu alloc_pages $cpu 4 GFP_KERNEL -1"
done >"$dir/l.ktr"
for timing in recorded closed; do
	run l -m "$dir/lock.yaml" --timing $timing "$dir/l.ktr"
	is "$(cut -f 4,5,10,11,12,13,14,15 "$dir/l/latency.tsv" | sed -n 2p | tr '\t' ' ')" \
		'110 225 340 300 0 40 335 0' "$timing: what operations waited"
	is "$(cut -f 3-8,13,14,19 "$dir/l/locks.tsv" | sed -n 2p | tr '\t' ' ')" \
		'3 2 2 0 40 335 225 300 100' "$timing: what the lock says"
done
# Of one CPU nobody waits, of two one for 110 cycles: the mean is 55, then 335/3.
for cpus in 1 2 3; do
	sed -n "1,${cpus}p" "$dir/l.ktr" >"$dir/l$cpus.ktr"
	run l$cpus -m "$dir/lock.yaml" "$dir/l$cpus.ktr"
done
"$kmemsim" plot -o "$dir/plots" "$dir/l3" "$dir/l1" "$dir/l2" >"$dir/said" 2>&1
is "$(tr '\t\n' '  ' <"$dir/plots/compare-locks.tsv")" \
	'cpus zone 1 0 2 55 3 111.667 ' 'lock wait against CPUs'
more=$(for i in 1 2 3 4 5 6 7 8; do
	printf '"k%s": {"wait": {"sum_cycles": %s}},' $i $i
done)
sed -i "s/\"locks\": {/&$more/" "$dir/l3/summary.json"
"$kmemsim" plot -o "$dir/plots" "$dir/l3" "$dir/l1" >"$dir/said" 2>&1
is "$(sed -n 1p "$dir/plots/compare-locks.tsv" | tr '\t' ' ')" \
	'cpus k2 k3 k4 k5 k6 k7 k8 zone' 'nine locks: the one least waited for is not drawn'

# The lock is free at 110 cycles, 110 ns at 1 GHz; who comes a cycle earlier
# waits for a cycle.
for case in 110=0 109=1; do
	printf '0 0 alloc_pages 0 4 GFP_KERNEL -1\n%s 1 alloc_pages 1 4 GFP_KERNEL -1\n' \
		"${case%=*}" >"$dir/l.ktr"
	run l -m "$dir/lock.yaml" --set cpu.frequency=1GHz "$dir/l.ktr"
	is "$(cell l/locks.tsv zone '' wait_cycles)" "${case#*=}" \
		"${case%=*} ns later: waits ${case#*=}"
done

# Nodes 0 and 1 have a CPU and memory, 2 memory only, 3 a CPU only. From each
# CPU memory is taken by distance: 0: 10, 2: 33, 1: 40; 1: 10, 2: 17, 0: 40;
# 3: 1 at 20, 0 at 21, 2 at 25.
cat >"$dir/numa.yaml" <<'END'
nodes:
  - {cpus: "0", memory: 64MiB}
  - {cpus: "1", memory: 64MiB}
  - {cpus: none, memory: 64MiB}
  - {cpus: "2", memory: 0}
distances: [[10, 40, 33, 21], [40, 10, 17, 20], [33, 17, 10, 25], [21, 20, 25, 10]]
memory: {latency: 200}
cpu:
  frequency: 1GHz
  caches: [{level: 1, type: data, size: 32KiB, line: 64, ways: 8, latency: 4}]
END
order() { # CPU, run's arguments...: the nodes that blocks come from
	cpu=$1
	shift
	i=0
	while test $i -lt 70; do
		echo "$i $cpu alloc_pages $i 9 GFP_KERNEL -1"
		i=$((i + 1))
	done >"$dir/n.ktr"
	run n -m "$dir/numa.yaml" --placements "$dir/p.tsv" "$@" "$dir/n.ktr"
	awk -F '\t' 'BEGIN { last = "" }
		NR > 1 && $4 == 1 && $7 "" != last { printf "%s ", last = $7 "" }' \
		"$dir/p.tsv"
}
is "$(order 0)" '0 2 1 ' 'CPU 0: by distance'
is "$(order 1)" '1 2 0 ' 'CPU 1: by distance'
is "$(order 2)" '1 0 2 ' 'a node without memory: by distance'
is "$(order 0 --set kernel.policy=bind --set 'kernel.policy_nodes=[1, 2]')" \
	'2 1 ' 'bind: those nodes only, the nearer first'
is "$(order 0 --set kernel.policy=preferred --set 'kernel.policy_nodes=[2]')" \
	'2 1 0 ' 'preferred: that node, then by distance from it'
order 0 --set kernel.policy=interleave >"$dir/said"
is "$(awk -F '\t' 'NR > 1 && NR < 8 { printf "%s", $7 }' "$dir/p.tsv")" 012012 \
	'interleave: nodes with memory in turn'

# A line from memory costs 200 cycles x distance / 10.
cat >"$dir/d.ktr" <<'END'
0 0 alloc_pages 1 0 GFP_KERNEL 0
1000 0 alloc_pages 2 0 GFP_KERNEL 2
END
for case in '0 1 200' '1 1 800' '2 1 420' '0 2 660' '1 2 340' '2 2 500'; do
	set -- $case
	{ cat "$dir/d.ktr"; echo "9000000 $1 read $2 64 8"; } >"$dir/r.ktr"
	run d -m "$dir/numa.yaml" --model full --set sim.touch.hot_bytes=0 \
		"$dir/r.ktr"
	is "$(cell d/latency.tsv operation read max_cycles)" "$3" \
		"CPU $1 reads object $2: $3 cycles"
done
# Each CPU reads a line of memory that is not its own: what lies in no
# kmem_cache (object 2 is on node 2, which has no CPU).
lines() { cell d/sharing.tsv - "$(cut -f 2 "$dir/d/sharing.tsv" | sed -n 2p)" "$1"; }
all=$(lines memory_lines)
far=$(lines remote_memory_lines)
head -n 2 "$dir/r.ktr" >"$dir/e.ktr"
run d -m "$dir/numa.yaml" --model full --set sim.touch.hot_bytes=0 "$dir/e.ktr"
is "$((all - $(lines memory_lines))) $((far - $(lines remote_memory_lines)))" \
	'1 1' 'a line of another node is counted'

# A free on another node than the object's has a row of its own.
for cpu in 0 1; do
	printf '0 0 cache_create 1 foo 200 0 NO_MERGE\n%s\n%s\n' \
		'10 0 kmem_cache_alloc 1 1 GFP_KERNEL -1' \
		"9000000 $cpu kmem_cache_free 1" >"$dir/f.ktr"
	for slab in slub slab; do
		run f -m "$dir/two.yaml" --slab $slab "$dir/f.ktr"
		is "$(cell f/latency.tsv remote kmem_cache_free count)" \
			"$(test $cpu = 0 || echo 1)" \
			"$slab: freed on node $cpu"
	done
done
# A workload tells: each of 100 objects of 1024 bytes has two lines written, four
# read one by one, and two read. SLUB reads and writes its free pointer, and
# writes 8 of them, 4 x (1 + fls of one CPU), into its one slab; SLAB reads 4
# indexes of its one slab, which lie in the last object, after all were written
# at once.
cat >"$dir/w.yaml" <<'END'
workload: told
cpus: 1
at_end: drain
caches: [{name: foo, size: 1024, flags: NO_MERGE}]
phases:
  - operations: 100
    interarrival: 10us
    mix:
      - {cache: foo, lifetime: 5us, hot_bytes: 128, touches: 4, touch_bytes: 64,
         touch_offset: sequential, touch_reads: 1}
END
for case in slub=1008 slab=805; do
	run w -m "$dir/one.yaml" --slab "${case%=*}" "$dir/w.yaml"
	is "$(accesses w foo)" "${case#*=}" "${case%=*}: what a workload tells"
done
echo "1..$n"
