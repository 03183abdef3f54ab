/*
 * mmzone.h - nodes, zones, free areas, per-CPU page lists, zonelists: the
 * shapes of include/linux/mmzone.h, Linux 6.1.
 *
 * Invariants: zone->free_area[o].nr_free is the number of blocks on its lists
 * and in the zone's virgin run (mm_check_zone); pcp->count is the pages, not
 * the blocks, on its lists (mm_check_pcp).
 */
#ifndef MM_MMZONE_H
#define MM_MMZONE_H

#include "base/types.h"
#include "mm/lock.h"
#include "mm/page.h"

#define MAX_ORDER	11 /* as up to 6.3: orders 0..10 */
#define PAGEBLOCK_ORDER 9
#define PCP_ORDERS	4 /* per-CPU lists hold orders 0..3 */
#define PCP_MAX_ORDER	(PCP_ORDERS - 1)
#define MM_NODES_MAX	64
#define MM_CPUS_MAX	1024

enum migratetype {
	MIGRATE_UNMOVABLE,
	MIGRATE_MOVABLE,
	MIGRATE_RECLAIMABLE,
	MIGRATE_PCPTYPES, /* the number of types on the per-CPU lists */
	MIGRATE_HIGHATOMIC = MIGRATE_PCPTYPES,
	MIGRATE_TYPES
};

enum zone_type {
	ZONE_DMA,
	ZONE_DMA32,
	ZONE_NORMAL,
	ZONE_HIGHMEM,
	ZONE_MOVABLE,
	MAX_NR_ZONES
};

enum zone_watermark {
	WMARK_MIN,
	WMARK_LOW,
	WMARK_HIGH,
	WMARK_PROMO,
	NR_WMARK
};

/* One list more for whole pageblocks, when huge pages are on (conf.thp). */
#define NR_LOWORDER_PCP_LISTS (MIGRATE_PCPTYPES * PCP_ORDERS)
#define NR_PCP_LISTS	      (NR_LOWORDER_PCP_LISTS + 1)

struct page_list {
	pfn_t head;
	pfn_t tail;
};

struct free_area {
	struct page_list list[MIGRATE_TYPES];
	u64 nr_free; /* blocks of this order, of all types */
	u64 nr_free_type[MIGRATE_TYPES]; /* host only: the same by type */
};

struct per_cpu_pages {
	s32 count; /* pages on all lists */
	s32 high;  /* flush from here */
	s32 batch; /* pages a refill or flush moves */
	s16 free_factor;
	s16 expire;
	struct page_list lists[NR_PCP_LISTS]; /* migratetype + 3 * order */
	struct mm_lock lock;
};

/* Per-CPU difference not yet folded into the zone's counter. */
struct per_cpu_zonestat {
	s32 nr_free_diff;
	s32 stat_threshold;
	/* Zone counters of LRU pages, as one: did this CPU change any since
	 * its last refresh?  Only with conf.movable_on_lru. */
	bool lru_changed;
};

struct zone {
	u64 watermark[NR_WMARK];	  /* pages, without the boost */
	u64 watermark_boost;		  /* pages */
	u64 nr_reserved_highatomic;	  /* pages */
	u64 lowmem_reserve[MAX_NR_ZONES]; /* pages */
	u32 node;
	u32 idx; /* index in mm->zones */
	enum zone_type type;
	const char *name; /* "DMA32"; static */
	u64 zone_start_pfn;
	u64 spanned_pages;
	u64 present_pages;
	u64 managed_pages;
	s64 nr_free_pages; /* folded: what watermark checks read */
	/* Bit o: free_area[o] has a block of this type (host only). */
	u16 free_mask[MIGRATE_TYPES];
	bool boosted_watermark; /* ZONE_BOOSTED_WATERMARK: kswapd to be woken */
	u64 percpu_drift_mark;	/* below it folded counts are too coarse */
	struct free_area free_area[MAX_ORDER];
	/*
	 * Blocks of MAX_ORDER - 1 that no one has touched yet, MOVABLE, in
	 * ascending order: logically they stand in free_area[10] before
	 * virgin_behind and after everything else.  They cost no memory.
	 */
	u64 virgin_pfn;		   /* first of them */
	u64 virgin_end_pfn;	   /* past the last; == virgin_pfn: none left */
	pfn_t virgin_behind;	   /* first explicit block behind the run */
	bool reclaim_active;	   /* ZONE_RECLAIM_ACTIVE: keep few on pcp */
	struct per_cpu_pages *pcp; /* [nr_cpus], owned */
	struct per_cpu_zonestat *pcpstat; /* [nr_cpus], owned */
	s32 pageset_high;
	s32 pageset_batch;
	u32 compact_considered;	  /* attempts since it was deferred */
	u32 compact_defer_shift;  /* 2^n attempts are let pass */
	u32 compact_order_failed; /* the smallest order that failed */
	/* Where the scanners of compaction begin next time; 0: nowhere yet. */
	u64 compact_cached_migrate_pfn[2]; /* async, sync */
	u64 compact_cached_free_pfn;
	u64 compact_init_migrate_pfn; /* where they began after a reset */
	u64 compact_init_free_pfn;
	bool compact_blockskip_flush; /* hints are to be cleared by kswapd */
	struct mm_lock lock;	      /* of the free lists */
	bool written; /* pages of it were for writing; with movable_on_lru */
};

struct zoneref {
	struct zone *zone; /* borrowed */
	u32 zone_idx;	   /* the same, into mm->zones */
	enum zone_type type;
};

/* A node: its zones by type and the order in which it falls back. */
struct pglist_data {
	u32 node_id;
	bool online;
	bool has_memory;
	u32 nr_cpus;
	struct zone *zones[MAX_NR_ZONES]; /* NULL: not there; borrowed */
	struct zoneref *zonelist;	  /* owned; ends at nr_zonerefs */
	u32 nr_zonerefs;
	struct zoneref *zonelist_thisnode; /* owned */
	u32 nr_zonerefs_thisnode;
	s32 kswapd_failures;
	s32 kswapd_order;
	s32 kswapd_highest_zoneidx; /* MAX_NR_ZONES: nobody asked */
	s32 kswapd_last_zoneidx;    /* of its last run */
	bool kswapd_woken;	    /* woken and not yet back asleep */
	bool kswapd_napping;	    /* the first, short sleep after a run */
	u64 present_pages;
	u64 spanned_pages;
};

#endif
