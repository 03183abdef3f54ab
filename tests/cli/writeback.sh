#!/bin/sh
# Goal: writers are slowed down to the device, dirty pages survive pressure and
# are written, anonymous pages go to swap and come back, the same in every run.
# Method: small traces on a machine of 64 MiB; times from bandwidths.
. "$top_srcdir/tests/tap.sh"
vm() { awk -v name="$2" '$1 == name { print $2 }' "$1/vmstat"; }
kib() { awk -v name="$2:" '$1 == name { print $2 }' "$1/meminfo"; }
# run NAME TRACE OPTIONS...
run() {
	out=$1 trace=$2
	shift 2
	"$kmemsim" run -q -m "$dir/m.yaml" --check 1000 "$@" -o "$dir/$out" \
		"$dir/$trace" >"$dir/said" 2>&1 || sed 's/^/# /' "$dir/said"
	test -e "$dir/$out/vmstat"
}
duration() { sed -n 's/^ *"simulated_time_ns": \([0-9]*\),*$/\1/p' "$dir/$1/summary.json"; }

cat >"$dir/m.yaml" <<END
name: small
nodes:
  - {cpus: "0-1", memory: 64MiB}
vm: {reclaim: true}
devices:
  - {name: disk, latency: 100us, read_bandwidth: 200MiB, write_bandwidth: 100MiB, queue_depth: 32}
io: {files: disk}
swap: {size: 256MiB, device: disk}
END
# 250 MiB into one file within 0.4 s.
awk 'BEGIN { for (i = 0; i < 4000; i++)
	print i * 100000, 0, "page_cache_write 1", i * 16, 16 }' >"$dir/write.ktr"
for model in none costs; do
	run w-$model write.ktr --set sim.model=$model &&
		run v-$model write.ktr --set sim.model=$model
	ok $? "$model: 250 MiB are written, and mm_check() finds nothing"
	diff -r "$dir/w-$model" "$dir/v-$model" >/dev/null
	ok $? "$model: the same in each run"
	# All but what may be dirty or under way went at 100 MiB/s.
	most=$((2 * $(vm "$dir/w-$model" nr_dirty_threshold)))
	ns=$(duration w-$model)
	test "$ns" -ge $(((64000 - most) * 10000000 / 256)) &&
		test "$ns" -le $((64000 * 10000000 / 256 * 11 / 10))
	ok $? "$model: at the pace of the device ($ns ns)"
	test $(($(vm "$dir/w-$model" nr_dirtied) - $(vm "$dir/w-$model" nr_written))) = \
		$(($(vm "$dir/w-$model" nr_dirty) + $(vm "$dir/w-$model" nr_writeback)))
	ok $? "$model: what got dirty was written or still is to be"
done
run fast write.ktr --set io.files=none && test "$(duration fast)" -lt 400000000
ok $? "without a device nobody waits"
run old write.ktr --set kernel.profile=linux-2.6 --set kernel.slab=slab &&
	test "$(duration old)" -ge 1800000000
ok $? "linux-2.6: writers wait, too"

# Half the memory is dirty, then tasks want it all.
awk 'BEGIN {
	for (i = 0; i < 300; i++)
		print i * 1000000, 0, "page_cache_write", i % 7, int(i / 7) * 16, 16
	for (i = 1; i <= 14000; i++)
		print 300000000 + i * 20000, i % 2, "alloc_pages", i, "0 GFP_HIGHUSER_MOVABLE -1"
	for (i = 1; i <= 14000; i++)
		print 600000000 + i * 20000, i % 2, "read", i, "0 64"
	for (i = 1; i <= 14000; i++)
		print 900000000 + i * 20000, 0, "free_pages", i
	print "4000000000 0 page_cache_truncate 1 0" # the device is done
}' >"$dir/both.ktr"
for model in none costs; do
	# Clean or written pages go before anonymous ones have to.
	run p-$model both.ktr --set sim.model=$model --set vm.dirty_bytes=24MiB \
		--set vm.dirty_background_bytes=20MiB &&
		run q-$model both.ktr --set sim.model=$model \
			--set vm.dirty_bytes=24MiB --set vm.dirty_background_bytes=20MiB
	ok $? "$model: dirty pages under pressure"
	diff -r "$dir/p-$model" "$dir/q-$model" >/dev/null
	ok $? "$model: the same in each run"
	test "$(vm "$dir/p-$model" nr_vmscan_immediate_reclaim)" -gt 0 &&
		test "$(vm "$dir/p-$model" pgrotated)" -gt 0
	ok $? "$model: dirty pages were met, and went when they were written"
	test "$(vm "$dir/p-$model" pswpout)" -gt 0 &&
		test "$(vm "$dir/p-$model" pswpin)" -gt 0 &&
		test "$(vm "$dir/p-$model" oom_kill)" = 0
	ok $? "$model: to swap and back, and nobody is killed"
	test "$(kib "$dir/p-$model" SwapFree)" = "$(kib "$dir/p-$model" SwapTotal)" &&
		test "$(kib "$dir/p-$model" SwapTotal)" = $((256 * 1024 - 4))
	ok $? "$model: what is freed leaves no slot"
done
run noswap both.ktr --set swap.size=0 && test "$(vm "$dir/noswap" oom_kill)" -gt 0 &&
	test "$(vm "$dir/noswap" pswpout)" = 0
ok $? "without swap somebody is killed"
grep -q "^WRITEBACK" "$dir/p-none/report.txt" && grep -q "disk" "$dir/p-none/report.txt"
ok $? "report.txt tells"
"$kmemsim" run -q -m "$dir/p-none/config.yaml" --check 1000 -o "$dir/again" \
	"$dir/both.ktr" >/dev/null 2>&1
cmp -s "$dir/again/vmstat" "$dir/p-none/vmstat"
ok $? "the resolved machine file gives the same"
echo "1..$n"
