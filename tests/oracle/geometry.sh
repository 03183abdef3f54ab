#!/bin/sh
# Every row of the geometry and kmalloc class tables that real 6.1 kernels
# printed on 1, 2, 4 and 8 CPUs, and the slabinfo rows that textbooks show.
command -v zstd > /dev/null || { echo "1..0 # SKIP no zstd to unpack with"; exit 0; }
n=0
dir=$top_srcdir/tests/oracle
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

equal() { # what want got
	n=$((n + 1))
	if cmp -s "$2" "$3"; then echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		diff "$2" "$3" | head -6 | sed 's/^/# /'
	fi
}

for m in m1:1 c2:2 c4:4 c8:8; do
	cpus=${m#*:}
	file=$dir/slub-${m%:*}-geometry.tsv.zst
	zstd -dcq "$file" > "$tmp/want"
	"$top_builddir/kmemsim" geometry --slab slub --cpus "$cpus" \
		--from "$file" > "$tmp/got"
	equal "geometry of every cache on $cpus CPUs" "$tmp/want" "$tmp/got"
done
for m in slab-m1:1:1 slab-c4:4:1 slab-m2:2:2 slob-m1:1:1; do
	name=${m%%:*} cpus=${m#*:}
	file=$dir/$name-geometry.tsv.zst
	zstd -dcq "$file" > "$tmp/want"
	"$top_builddir/kmemsim" geometry --slab "${name%-*}" \
		--cpus "${cpus%:*}" --nodes "${cpus#*:}" --from "$file" > "$tmp/got"
	equal "geometry of every cache, $name" "$tmp/want" "$tmp/got"
done
for slab in slub slab slob; do
	zstd -dcq "$dir/$slab-m1-kmalloc.tsv.zst" > "$tmp/want"
	"$top_builddir/kmemsim" geometry --slab $slab --kmalloc-classes \
		--from "$tmp/want" > "$tmp/got"
	equal "the cache of every kmalloc size and gfp, $slab" \
		"$tmp/want" "$tmp/got"
done

# size, objects, left over, colours, step: Bonwick's example of 1994; then
# the general caches of 2.6 as /proc/slabinfo showed them on x86-64
echo "200 20 64 9 8" > "$tmp/want"
"$top_builddir/kmemsim" geometry --slab slab --textbook 200 |
	awk 'NR > 1 { print $2, $6, $7, $9, $10 }' > "$tmp/got"
equal "a slab of 200 byte objects has 9 colours" "$tmp/want" "$tmp/got"
cat > "$tmp/want" <<EOF
32 112 1
64 59 1
128 30 1
256 15 1
512 8 1
1024 4 1
2048 2 1
4096 1 1
131072 1 32
EOF
"$top_builddir/kmemsim" geometry --slab slab --profile linux-2.6 \
	--flags HWCACHE_ALIGN 32 64 128 256 512 1024 2048 4096 131072 |
	awk 'NR > 1 { print $2, $6, $5 }' > "$tmp/got"
equal "objects a slab in the general caches of 2.6" "$tmp/want" "$tmp/got"

# size, objects a slab, pages a slab: ext4_inode_cache, TCPv6, kcopyd_job,
# task_struct, mm_struct, vm_area_struct
cat > "$tmp/want" <<EOF
912 17 4
1984 8 4
3240 10 8
5952 5 8
2112 15 8
208 19 1
EOF
for profile in linux-3.8 linux-5.3; do
	"$top_builddir/kmemsim" geometry --profile $profile 912 1984 3240 5952 \
		2112 208 | awk 'NR > 1 { print $2, $7, $6 }' > "$tmp/got"
	equal "the slabinfo of textbooks, $profile" "$tmp/want" "$tmp/got"
done
echo "1..$n"
