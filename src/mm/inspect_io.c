/*
 * inspect_io.c - snapshots of the page cache, of dirty pages and of swap.
 *
 * What it is
 *	The part of mm_inspect() behind /proc/{vmstat,zoneinfo,meminfo} that is
 *	about memory with a device behind it.
 *
 * How it works
 *	Most of it is counted as it happens.  Which zones dirty pages are in,
 *	and what is in the swap cache, the LRU lists tell page by page.
 *
 * Lock order
 *	None: nothing is changed.
 *
 * Invariants
 *	None of its own.
 *
 * What is charged
 *	Nothing: no allocator looks here.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1's counters.  Without LRU lists dirty pages are not told apart
 *	by zone.
 */
#include "mm/inspect_internal.h"
#include "mm/mm.h"
#include "mm/page_writeback.h"
#include "mm/swap.h"

#include <string.h>

static void look_at_list(const struct mm *mm, u32 nid, u32 lru,
			 struct mm_snapshot *s)
{
	struct node_snapshot *node = &s->nodes[nid];

	for (pfn_t pfn = mm->lruvecs[nid].lists[lru].head; pfn != PFN_NONE;) {
		const struct page *page = pfn_to_page(mm, pfn);
		u64 pages = (u64)1 << page->order;

		if (page_lru_flag(page, LRU_SWAPCACHE))
			node->swapcache_pages += pages;
		else if (page_lru_flag(page, LRU_DIRTY | LRU_WRITEBACK) &&
			 lru >= LRU_INACTIVE_FILE)
			s->zones[pfn_zone(mm, pfn)->idx].write_pending_pages +=
				pages;
		pfn = page->next;
	}
}

static void inspect_node_io(const struct mm *mm, u32 nid,
			    struct node_snapshot *s)
{
	struct wb_node wb = writeback_node(mm, nid);

	memcpy(s->events, mm->node_events[nid], sizeof(s->events));
	s->dirty_pages = wb.nr_dirty;
	s->writeback_pages = wb.nr_writeback;
}

void inspect_io(const struct mm *mm, struct mm_snapshot *s)
{
	struct dirty_limits limits;

	for (u32 nid = 0; nid < mm->conf.nr_nodes; nid++) {
		inspect_node_io(mm, nid, &s->nodes[nid]);
		for (u32 lru = 0; mm->lruvecs && lru < NR_LRU_LISTS; lru++)
			look_at_list(mm, nid, lru, s);
	}
	if (mm->lruvecs || mm->wb) {
		global_dirty_limits(mm, &limits);
		s->dirty_thresh = limits.thresh;
		s->dirty_background_thresh = limits.bg_thresh;
	}
	s->swap_pages = swap_nr_total(mm);
	s->swap_free_pages = swap_nr_free(mm);
}
