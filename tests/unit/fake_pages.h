/*
 * fake_pages.h - a page allocator of a page, for tests of what stands on it.
 *
 * It defines alloc_pages() and its kin in place of mm/page_alloc.c: blocks
 * come in ascending order from each node, freed ones are reused first, and a
 * test can make orders fail.
 */
#ifndef FAKE_PAGES_H
#define FAKE_PAGES_H

#include "mm/slab.h"

#define FAKE_NODE_PAGES 16384u

struct fake_pages {
	pfn_t next[4];	     /* never used yet, by node */
	pfn_t free[4][11];   /* given back: linked by page->next */
	u32 fail_from_order; /* requests of this order on fail; 0: none */
	u32 live_pages;
	gfp_t last_gfp;
	u32 last_order;
};
extern struct fake_pages fake;

/** fake_mm() - An mm of @nodes nodes, @cpus CPUs (cpu n on node n % nodes). */
struct mm *fake_mm(u32 cpus, u32 nodes);
/** fake_boot() - Boots SLUB on it; fails the test when that fails. */
void fake_boot(struct mm *mm);
void fake_mm_free(struct mm *mm);
/** fake_check() - slab_ops->check() says nothing is wrong. */
void fake_check(const struct mm *mm);

#endif
