#!/bin/sh
# The cost model as a person uses it: the same run gives the same bytes, the
# causes of time add up, locks are waited for, and `kmemsim calibrate` finds
# the prices again that made a table.
km=$top_builddir/kmemsim
src=$(cd "$top_srcdir" && pwd)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
n=0
ok() { # ok NAME: the status of the command before
	rc=$?; n=$((n + 1))
	if test $rc -eq 0; then echo "ok $n - $1"
	else echo "not ok $n - $1"; sed 's/^/# /' err 2>/dev/null | head -n 5; fi
}
load() { # load FILE PAGES LIFETIME
	cat >"$1" <<END
workload: load
cpus: all
phases:
  - duration: 20us
    interarrival: 10ns
    mix:
      - {pages: $2, lifetime: $3}
  - duration: 30us
END
}
load bulk.yaml '[1]' 21us
load repeat.yaml '[1]' 5ns
load large.yaml '[0, 0, 0, 0, 1]' 21us
cat >m.yaml <<END
nodes: [{cpus: "0-7", memory: 1GiB}]
cpu: {frequency: 1GHz}
kernel: {memcg_kmem: false}
sim: {model: costs, timing: closed}
END

"$km" run -q -m m.yaml -o a bulk.yaml 2>err &&
	"$km" run -q -m m.yaml -o b bulk.yaml 2>err && diff -r a b >err
ok "the same run gives the same bytes"

awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i }
	$1 == "operation" { sum = $c["path_cycles"] + $c["memory_cycles"] + \
		$c["lock_cycles"] + $c["lock_wait_cycles"]
		mean = sum / $c["count"] - $c["mean_cycles"]
		if (mean > 0.01 || mean < -0.01) exit 1
		n++ }
	END { if (n != 2) exit 1 }' a/latency.tsv 2>err
ok "the causes of an operation's time add up to it"

awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i }
	$1 == "zone" && $2 == "" && $c["contended"] > 0 && \
	$c["wait_cycles"] > 0 && $c["acquired"] > $c["contended"] { good = 1 }
	$1 == "pcp" && $2 == "" && $c["contended"] > 0 { bad = 1 }
	END { exit !good || bad }' a/locks.tsv 2>err
ok "the zone lock is waited for, the per-CPU one is not"

grep -q "^LOCKS" a/report.txt && grep -q '"lock_wait_cycles"' a/summary.json
ok "report.txt and summary.json tell of locks"

cat >rows.tsv <<END
workload	cpus	measured	unit	use
bulk.yaml:alloc_pages	1	1	ns	fit
bulk.yaml:free_pages	1	1	ns	fit
bulk.yaml:alloc_pages	8	1	ns	fit
bulk.yaml:free_pages	8	1	cycles	fit
repeat.yaml:pair	1	1	ns	fit
large.yaml:alloc_pages	1	1	ns	fit
large.yaml:alloc_pages	8	1	ns	fit
bulk.yaml:alloc_pages	4	1	ns	predict
END
"$km" calibrate -m m.yaml --predict --table truth.tsv rows.tsv \
	--set sim.costs.page_pcp=130 --set sim.costs.page_pcp_free=50 \
	--set sim.costs.lock_transfer=700 >out 2>err
ok "a table is predicted"
awk -F '\t' -v OFS='\t' 'NR == 1 { print "workload", "cpus", "measured", "unit", "use"; next }
	{ print $1, $2, $5, "ns", $3 }' truth.tsv >made.tsv
"$km" calibrate -m m.yaml --fit page_pcp,page_pcp_free,lock_transfer \
	-o fitted.yaml made.tsv >out 2>err &&
	awk '/page_pcp:/ && ($2 < 127 || $2 > 133) { exit 1 }
	/page_pcp_free:/ && ($2 < 47 || $2 > 53) { exit 1 }
	/lock_transfer:/ && ($2 < 665 || $2 > 735) { exit 1 }
	END { exit NR != 5 }' fitted.yaml
ok "calibrate finds the prices that made the table"

sed 's/^\(large.yaml:alloc_pages\t8\t\)[0-9.]*/\19/' made.tsv >odd.tsv
"$km" calibrate -m m.yaml --fit page_pcp,page_pcp_free odd.tsv >out 2>err
test $? -eq 1 && grep -q "does not explain" err
ok "it says when the model does not explain the table"

printf 'workload\tcpus\tmeasured\tunit\nbulk.yaml:fly\t1\t5\tns\n' >bad.tsv
"$km" calibrate -m m.yaml bad.tsv >out 2>err
test $? -eq 2 && grep -q "^kmemsim: bad.tsv:2: .*bulk.yaml:fly" err
ok "a bad row is named with its line"

for row in 'bulk.yaml:alloc_pages\t9' 'bulk.yaml:kfree\t1'; do
	printf "workload\tcpus\tmeasured\tunit\n$row\t5\tns\n" >bad.tsv
	"$km" calibrate --predict -m m.yaml bad.tsv >out 2>err
	test $? -eq 2 && grep -q "^kmemsim: bad.tsv:2: " err || exit 1
done
ok "so are more CPUs than there are, and what a workload does not do"

"$km" calibrate -m m.yaml --fit nonsense made.tsv >out 2>err
test $? -eq 2 && grep -q "nonsense" err
ok "an unknown price is an error"
echo "1..$n"
exit 0
