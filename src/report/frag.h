/*
 * frag.h - fragmentation, by the kernel's own integer arithmetic where the
 * kernel has one (debugfs extfrag/, Linux 6.1), and where memory is wasted.
 */
#ifndef REPORT_FRAG_H
#define REPORT_FRAG_H

#include "mm/inspect.h"

#define FRAG_HUGE_ORDER 9 /* 2 MiB blocks of 4 KiB pages */

/* What the free lists hold, seen by a request of one order. */
struct contig_info {
	u64 free_pages;
	u64 blocks_total;    /* free blocks of any order */
	u64 blocks_suitable; /* blocks of the order that could be had */
};

/** frag_contig() - Sums @nr_free (blocks by order) for a request of @order. */
struct contig_info frag_contig(const u64 nr_free[MAX_ORDER], u32 order);

/**
 * frag_unusable_index() - Share of the free memory that a request of @order
 * cannot use, in thousandths: 0 all of it can be used, 1000 nothing (also
 * when nothing is free).
 */
u32 frag_unusable_index(const u64 nr_free[MAX_ORDER], u32 order);

/**
 * frag_extfrag_index() - Why a request of @order would fail: towards 0 for
 * lack of memory, towards 1000 for fragmentation; -1000 when it would not.
 */
s32 frag_extfrag_index(const u64 nr_free[MAX_ORDER], u32 order);

/** frag_zone_free() - Free blocks by order, over all migrate types. */
void frag_zone_free(const struct zone_snapshot *z, u64 nr_free[MAX_ORDER]);
/** frag_machine_free() - The same, over all zones. */
void frag_machine_free(const struct mm_snapshot *s, u64 nr_free[MAX_ORDER]);
/** frag_free_huge() - Free blocks of 2 MiB that could be had. */
u64 frag_free_huge(const u64 nr_free[MAX_ORDER]);

/*
 * Where the pages of a cache's slabs go.  Exact:
 * slab_bytes == object_bytes + pad_bytes + free_bytes + tail_bytes.
 */
struct slab_waste {
	u64 slab_bytes;	  /* all pages of its slabs */
	u64 object_bytes; /* objects handed out, without padding */
	u64 pad_bytes;	  /* alignment and metadata of those objects */
	u64 free_bytes;	  /* objects not handed out */
	u64 tail_bytes;	  /* left over at the end of each slab */
};
struct slab_waste frag_cache_waste(const struct cache_snapshot *c);
/** frag_all_waste() - Summed over all caches. */
struct slab_waste frag_all_waste(const struct mm_snapshot *s);

#endif
