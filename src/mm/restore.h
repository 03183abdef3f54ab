/*
 * restore.h - the state of the page allocator, set from outside.
 *
 * A loader that starts from a recorded kernel calls these once, before the
 * first operation:
 *
 *	page_restore_begin(mm);
 *	for each free block, list by list, head of the list first:
 *		page_restore_free_block(mm, pfn, order, mt, e);
 *	for each block on a per-CPU list, head first: page_restore_pcp(...);
 *	page_restore_allocated(...) for what the loader knows to be in use;
 *	set_pageblock_migratetype() by pageblock, before or after;
 *	per zone: page_restore_zone(), page_restore_pcp_state();
 *	page_restore_end(mm, e);
 *
 * Everything that is not named stays reserved.  Numbers come from outside:
 * all are checked, -EINVAL with @e.
 */
#ifndef MM_RESTORE_H
#define MM_RESTORE_H

#include "mm/mm.h"

/** page_restore_begin() - Empties all lists; every page is reserved. */
void page_restore_begin(struct mm *mm);

/** A free block goes to the tail of its list. */
int page_restore_free_block(struct mm *mm, u64 pfn, u32 order,
			    enum migratetype mt, struct err *e);

/** A block goes to the tail of @cpu's list (@order, @mt) of @zone. */
int page_restore_pcp(struct mm *mm, struct zone *zone, u32 cpu, u32 order,
		     enum migratetype mt, u64 pfn, struct err *e);

/** A block that is in use, on an LRU list or not; free_pages() may give it
 * back. */
int page_restore_allocated(struct mm *mm, u64 pfn, u32 order, bool lru,
			   struct err *e);

/* A zone's figures as a snapshot has them. */
struct page_restore_zone {
	u64 watermark[NR_WMARK];
	u64 watermark_boost;
	u64 nr_reserved_highatomic;
	u64 lowmem_reserve[MAX_NR_ZONES];
	u64 managed_pages;
	u64 present_pages;
	u64 spanned_pages;
	s64 nr_free_pages; /* folded */
	s32 pageset_high;
	s32 pageset_batch;
};
/** Sets a zone's figures; call after its free blocks. */
int page_restore_zone(struct mm *mm, struct zone *zone,
		      const struct page_restore_zone *from, struct err *e);

/* A CPU's figures of a zone. */
struct page_restore_pcp_state {
	s32 high;
	s32 batch;
	s32 free_factor;
	s32 expire;
	s32 stat_threshold;
	s32 nr_free_diff;
};
int page_restore_pcp_state(struct mm *mm, struct zone *zone, u32 cpu,
			   const struct page_restore_pcp_state *from,
			   struct err *e);

/** A node's kswapd; @highest_zoneidx MAX_NR_ZONES: nobody asked. */
int page_restore_kswapd(struct mm *mm, u32 nid, s32 failures, s32 order,
			s32 highest_zoneidx, bool woken, struct err *e);

/** Checks the whole (see mm_check_pages()). */
int page_restore_end(struct mm *mm, struct err *e);

#endif
