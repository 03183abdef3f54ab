#!/bin/sh
# snapshot.sh DIR: collects what `kmemsim run --before DIR` starts from.
# Run it as root on the machine in question; it only reads.  See docs/before.md.
set -u
dir=${1:?usage: snapshot.sh DIR}
mkdir -p "$dir" || exit 1
for f in slabinfo buddyinfo pagetypeinfo zoneinfo vmstat meminfo; do cat /proc/$f >"$dir/$f" || { echo "snapshot.sh: no $f: not root?" >&2; rm -f "$dir/$f"; }; done
(cd /sys/kernel/slab && for a in */*; do test -L "${a%/*}" || printf '%s:%s\n' "$a" "$(cat "$a" 2>/dev/null)"; done) >"$dir/slab.sysfs" || rm "$dir/slab.sysfs"
(cd /sys/kernel/slab && for c in *; do test ! -L "$c" || echo "$c -> $(readlink "$c")"; done) >"$dir/slab.aliases" || rm "$dir/slab.aliases"
for n in /sys/devices/system/node/node[0-9]*; do for f in meminfo numastat distance cpulist; do cat "$n/$f" >"$dir/${n##*/}.$f"; done; done
test -s "$dir/zoneinfo" && test -s "$dir/buddyinfo"
