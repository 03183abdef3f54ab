#!/bin/sh
# Packs recorded cases small enough to be kept beside the tests.
#
#	pack.sh RECORDED DEST	(RECORDED/MACHINE/CASE -> DEST/MACHINE/CASE)
#
# Kept of each case: the operations (their made-up times all 0: the order says
# it all), the start and end files, all snapshots in one file, snaps.txt, and
# the results without what the operations tell: no op, op_index or oid, and
# "=" for a free of an object that lies where it was allocated.
set -e
from=$1 to=$2
test -d "$from" && test -n "$to" || { sed -n 2,9p "$0"; exit 2; }

# text DIR NAME: the file, plain or compressed
text() {
	if test -f "$1/$2"; then cat "$1/$2"; else zstd -dcq --long=27 "$1/$2.zst"; fi
}
have() { test -f "$1/$2" || test -f "$1/$2.zst"; }
squeeze() { zstd -q --ultra -"${LEVEL:-22}" -f -o "$1.zst"; }

for dir in "$from"/*/*; do
	have "$dir" snap-start.txt || continue # geometry alone
	machine=$(basename "$(dirname "$dir")") case=$(basename "$dir")
	out=$to/$machine/$case
	mkdir -p "$out"
	text "$dir" ops.ktr | awk '/^#/ { print; next }
		{ $1 = 0; print }' | squeeze "$out/ops.ktr"
	text "$dir" results.tsv | awk -F '\t' -v OFS='\t' '
		NR == 1 { print "ok", "pfn", "offset", "nid", "zone", "extra"; next }
		{ was = $5 OFS $6 OFS $7 OFS $8 OFS }
		$2 ~ /free|kfree/ && $4 == 1 && was == at[$3] {
			print "=", $9; next }
		$2 ~ /alloc/ { at[$3] = was }
		{ print $4, $5, $6, $7, $8, $9 }' | squeeze "$out/results.tsv"
	for f in freelists-start freelists-end slabs-start slabs-end snap-start \
		percpu-start; do
		have "$dir" "$f.txt" && text "$dir" "$f.txt" | squeeze "$out/$f.txt"
	done
	# In the order of the operations, not of the labels.
	text "$dir" ops.ktr | awk '$3 == "snapshot" { print $4 }' |
	while read -r label; do
		have "$dir" "snap-$label.txt" && text "$dir" "snap-$label.txt"
	done | squeeze "$out/snaps.txt"
done
