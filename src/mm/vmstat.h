/*
 * vmstat.h - event counters and NUMA counters under the kernel's own names.
 * The X macro is the schema: enum, names and report order come from it.
 */
#ifndef MM_VMSTAT_H
#define MM_VMSTAT_H

#include "base/types.h"

/* Events, whole machine; the names are those of /proc/vmstat in 6.1. */
#define VM_EVENTS(X)                                                      \
	X(PGALLOC_DMA, "pgalloc_dma")                                     \
	X(PGALLOC_DMA32, "pgalloc_dma32")                                 \
	X(PGALLOC_NORMAL, "pgalloc_normal")                               \
	X(PGALLOC_HIGH, "pgalloc_high")                                   \
	X(PGALLOC_MOVABLE, "pgalloc_movable")                             \
	X(PGFREE, "pgfree")                                               \
	X(ALLOCSTALL, "allocstall")                                       \
	X(PAGEOUTRUN, "pageoutrun")                                       \
	/* Ours from here on: no line of /proc/vmstat tells these. */     \
	X(EXTFRAG, "extfrag")                                             \
	X(EXTFRAG_STEAL, "extfrag_steal")                                 \
	X(KSWAPD_WAKE, "kswapd_wake")                                     \
	X(PCP_REFILL, "pcp_refill")                                       \
	X(PCP_REFILL_PAGES, "pcp_refill_pages")                           \
	X(PCP_REFILL_BLOCKS, "pcp_refill_blocks")                         \
	X(PCP_DRAIN, "pcp_drain")                                         \
	X(PCP_DRAIN_PAGES, "pcp_drain_pages")                             \
	X(PCP_DRAIN_BLOCKS, "pcp_drain_blocks")                           \
	X(ALLOC_FAIL, "alloc_fail")                                       \
	X(BUDDY_SPLIT, "buddy_split")                                     \
	X(BUDDY_MERGE, "buddy_merge")                                     \
	/* Of reclaim; the kernel's names again. */                       \
	X(PGSCAN_KSWAPD, "pgscan_kswapd")                                 \
	X(PGSCAN_DIRECT, "pgscan_direct")                                 \
	X(PGSTEAL_KSWAPD, "pgsteal_kswapd")                               \
	X(PGSTEAL_DIRECT, "pgsteal_direct")                               \
	X(PGSCAN_FILE, "pgscan_file")                                     \
	X(PGSTEAL_FILE, "pgsteal_file")                                   \
	X(PGACTIVATE, "pgactivate")                                       \
	X(PGDEACTIVATE, "pgdeactivate")                                   \
	X(PGREFILL, "pgrefill")                                           \
	X(SLABS_SCANNED, "slabs_scanned")                                 \
	X(OOM_KILL, "oom_kill")                                           \
	X(KSWAPD_LOW_WMARK_HIT_QUICKLY, "kswapd_low_wmark_hit_quickly")   \
	X(KSWAPD_HIGH_WMARK_HIT_QUICKLY, "kswapd_high_wmark_hit_quickly") \
	X(PGPGIN, "pgpgin")                                               \
	X(PGSCAN_ANON, "pgscan_anon")                                     \
	X(PGSTEAL_ANON, "pgsteal_anon")                                   \
	X(PGROTATED, "pgrotated")                                         \
	X(PSWPIN, "pswpin")                                               \
	X(PSWPOUT, "pswpout")                                             \
	X(PGMAJFAULT, "pgmajfault")                                       \
	X(NR_DIRTIED, "nr_dirtied")                                       \
	X(NR_WRITTEN, "nr_written")                                       \
	X(NR_VMSCAN_WRITE, "nr_vmscan_write")                             \
	X(NR_VMSCAN_IMMEDIATE, "nr_vmscan_immediate_reclaim")             \
	X(RECLAIM_THROTTLE, "reclaim_throttle")                           \
	X(WORKINGSET_REFAULT_ANON, "workingset_refault_anon")             \
	X(WORKINGSET_ACTIVATE_ANON, "workingset_activate_anon")           \
	X(WORKINGSET_RESTORE_ANON, "workingset_restore_anon")             \
	X(WORKINGSET_REFAULT_FILE, "workingset_refault_file")             \
	X(WORKINGSET_ACTIVATE_FILE, "workingset_activate_file")           \
	X(WORKINGSET_RESTORE_FILE, "workingset_restore_file")             \
	X(WORKINGSET_NODERECLAIM, "workingset_nodereclaim")               \
	X(PGMIGRATE_SUCCESS, "pgmigrate_success")                         \
	X(PGMIGRATE_FAIL, "pgmigrate_fail")                               \
	X(COMPACT_MIGRATE_SCANNED, "compact_migrate_scanned")             \
	X(COMPACT_FREE_SCANNED, "compact_free_scanned")                   \
	X(COMPACT_ISOLATED, "compact_isolated")                           \
	X(COMPACT_STALL, "compact_stall")                                 \
	X(COMPACT_FAIL, "compact_fail")                                   \
	X(COMPACT_SUCCESS, "compact_success")                             \
	X(KCOMPACTD_WAKE, "compact_daemon_wake")                          \
	X(KCOMPACTD_MIGRATE_SCANNED, "compact_daemon_migrate_scanned")    \
	X(KCOMPACTD_FREE_SCANNED, "compact_daemon_free_scanned")          \
	/* Ours: fallbacks to blocks smaller than a pageblock. */         \
	X(EXTFRAG_FRAGMENTING, "extfrag_fragmenting")                     \
	/* By the highest zone that might serve the request. */           \
	X(ALLOCSTALL_DMA, "allocstall_dma")                               \
	X(ALLOCSTALL_DMA32, "allocstall_dma32")                           \
	X(ALLOCSTALL_NORMAL, "allocstall_normal")                         \
	X(ALLOCSTALL_HIGH, "allocstall_high")                             \
	X(ALLOCSTALL_MOVABLE, "allocstall_movable")                       \
	/* Too high a zone to help whoever reclaims. */                   \
	X(PGSKIP_DMA, "pgskip_dma")                                       \
	X(PGSKIP_DMA32, "pgskip_dma32")                                   \
	X(PGSKIP_NORMAL, "pgskip_normal")                                 \
	X(PGSKIP_HIGH, "pgskip_high")                                     \
	X(PGSKIP_MOVABLE, "pgskip_movable")
/* Of these /proc/zoneinfo tells each node's share: count_node_event(). */
#define VM_EV_FIRST_OF_NODE VM_EV_NR_DIRTIED
#define NR_NODE_EVENTS	    (VM_EV_NR_VMSCAN_IMMEDIATE + 1 - VM_EV_NR_DIRTIED)
/* Counted only when there is reclaim: from this one on. */
#define VM_EV_FIRST_OF_RECLAIM VM_EV_PGSCAN_KSWAPD

#define VM_EVENT_ENUM_(id, name) VM_EV_##id,
enum vm_event {
	VM_EVENTS(VM_EVENT_ENUM_) NR_VM_EVENTS
};

/* NUMA events, a node each. */
enum numa_stat {
	NUMA_HIT,
	NUMA_MISS,
	NUMA_FOREIGN,
	NUMA_INTERLEAVE,
	NUMA_LOCAL,
	NUMA_OTHER,
	NR_NUMA_STATS
};

/* What came back after reclaim, of one kind: anonymous or of files. */
struct refault_stats {
	u64 refaults;
	u64 activates; /* of these, pages that were active at once, */
	u64 restores;  /* and had been active before */
};

extern const char *const vm_event_names[NR_VM_EVENTS];
extern const char *const numa_stat_names[NR_NUMA_STATS];

#endif
