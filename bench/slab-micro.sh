#!/bin/sh
# The shape of a published microbenchmark of the slab allocators, in cycles by
# size of object: kmalloc and kfree of one object over and over ("pair"), and
# 10,000 kmallocs, then 10,000 kfrees ("burst", one of each).
# usage: slab-micro.sh KMEMSIM [OUTDIR]
set -eu
test $# -ge 1 || { echo "usage: slab-micro.sh KMEMSIM [OUTDIR]" >&2; exit 2; }
kmemsim=$1 out=${2-.}
here=$(cd "$(dirname "$0")/.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$out"
cat >"$tmp/m.yaml" <<END
name: slab-micro
nodes: [{cpus: "0-7", memory: 8GiB}]
cpu: {frequency: 3.3GHz}
kernel: {profile: linux-2.6, memcg_kmem: false}
sim: {model: costs, timing: closed}
END
# mean SLAB SIZE LIFETIME: cycles of one kmalloc and one kfree
mean() {
	cat >"$tmp/w.yaml" <<END
workload: slab-micro
cpus: 1
phases:
  - duration: 100us
    interarrival: 10ns
    mix:
      - {kmalloc: $2, lifetime: $3}
  - duration: 110us
END
	"$kmemsim" run -q -m "$tmp/m.yaml" --slab "$1" -o "$tmp/o" "$tmp/w.yaml"
	awk -F '\t' '$1 == "operation" { sum += $5 } END { printf "%.1f", sum }' \
		"$tmp/o/latency.tsv"
}
printf 'size_bytes\tslub_pair\tslab_pair\tslub_burst\tslab_burst\n' >"$out/slab-micro.tsv"
for size in 8 16 32 64 128 256 512 1024 2048 4096 8192 16384; do
	printf '%s\t%s\t%s\t%s\t%s\n' $size "$(mean slub $size 5ns)" \
		"$(mean slab $size 5ns)" "$(mean slub $size 105us)" \
		"$(mean slab $size 105us)"
done >>"$out/slab-micro.tsv"
cat "$out/slab-micro.tsv"
if command -v gnuplot >/dev/null; then
	(cd "$out" && cp "$here/plots/style.gp" "$here/plots/slab-micro.gp" . &&
		gnuplot -d slab-micro.gp && rm style.gp slab-micro.gp)
	echo "chart: $out/slab-micro.svg"
fi
