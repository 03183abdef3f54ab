/*
 * shrink_page.c - what becomes of a page that reclaim looks at.
 *
 * What it is
 *	shrink_inactive_list() and shrink_folio_list() of Linux, a page at a
 *	time.
 *
 * How it works
 *	A page at the old end of an inactive list
 *
 *	  was used since            ── stays (anonymous), or goes (file)
 *	  anonymous, has no slot    ── gets one in swap, or becomes active
 *	  dirty, of a file          ── becomes active and is marked: when the
 *	                               flusher has written it, it goes next;
 *	                               kswapd writes it when all are like that
 *	  dirty, anonymous          ── is written to swap, stays meanwhile
 *	  being written             ── becomes active and is marked, likewise
 *	  clean                     ── is freed
 *
 *	The owner of a page hears of its loss by MM_EV_PAGE_RECLAIMED, or
 *	MM_EV_PAGE_SWAPPED with the slot.
 *
 * Lock order
 *	None: one operation runs at a time.
 *
 * Invariants
 *	A page that is freed here is clean, not being written and in no
 *	mapping (BUG_ON in free_page()).
 *
 * What is charged
 *	COST_LRU_SCAN a page looked at, COST_LRU_RECLAIM one taken,
 *	COST_WRITE_PAGE one given to a device.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1.  2.6 writes dirty pages of files wherever it meets them
 *	and keeps those being written in their place.  Nobody tells of reads
 *	through page tables: a page that is mapped counts as used only if the
 *	trace says so.  A page of more than one frame is not split for swap.
 */
#include "mm/flusher.h"
#include "mm/page_alloc.h"
#include "mm/page_internal.h"
#include "mm/page_writeback.h"
#include "mm/reclaim.h"
#include "mm/swap.h"
#include "mm/vmscan.h"

/* A place in the queue: asked for again after, given up after. */
#define QUEUE_POLL_NS	  ((u64)1000000)
#define QUEUE_WAIT_MAX_NS ((u64)10000000000)

enum page_fate {
	FATE_KEEP,     /* once more around the inactive list */
	FATE_ACTIVATE, /* and longer */
	FATE_FREE
};

static u64 nr_pages(const struct page *page)
{
	return (u64)1 << page->order;
}

/* The page is clean and nobody's: it goes. */
static void free_page(struct mm *mm, struct scan_control *sc, struct page *page,
		      bool file)
{
	u64 pages = nr_pages(page);

	BUG_ON(page_lru_flag(page, LRU_DIRTY));
	BUG_ON(page_lru_flag(page, LRU_WRITEBACK));
	BUG_ON(page->words[LRU_WORD_MAPPING]);
	if (page_lru_flag(page, LRU_SWAPCACHE))
		swap_evict(mm, page);
	else
		note(mm->machine, MM_EV_PAGE_RECLAIMED, page_to_pfn(mm, page),
		     page_owner(page));
	charge(mm->machine, COST_LRU_RECLAIM, (u32)pages);
	free_pages(mm, page, page->order);
	sc->nr_reclaimed += pages;
	mm->vm_events[file ? VM_EV_PGSTEAL_FILE : VM_EV_PGSTEAL_ANON] += pages;
	mm->vm_events[sc->kswapd ? VM_EV_PGSTEAL_KSWAPD
				 : VM_EV_PGSTEAL_DIRECT] += pages;
}

/* May the request wait for what writing @page takes? */
static bool may_enter_fs(const struct scan_control *sc, const struct page *page)
{
	return sc->gfp & GFP_FS ||
	       (page_lru_flag(page, LRU_SWAPCACHE) && sc->gfp & GFP_IO);
}

static void count_dirty(struct scan_control *sc, const struct page *page)
{
	bool dirty = page_lru_flag(page, LRU_DIRTY);
	bool writeback = page_lru_flag(page, LRU_WRITEBACK);

	/* Anonymous pages are reclaim's own to write. */
	if (page_lru(page) != LRU_INACTIVE_FILE)
		return;
	if (dirty || writeback)
		sc->met.dirty += nr_pages(page);
	if (dirty && !writeback)
		sc->met.unqueued_dirty += nr_pages(page);
	if (writeback && page_lru_flag(page, LRU_RECLAIM))
		sc->met.congested += nr_pages(page);
}

static enum page_fate meet_writeback(struct mm *mm, struct scan_control *sc,
				     struct page *page)
{
	if (mm->conf.profile == PROFILE_LINUX_2_6)
		return FATE_KEEP;
	if (sc->kswapd && page_lru_flag(page, LRU_RECLAIM) &&
	    mm->lruvecs[sc->nid].writeback) {
		sc->met.immediate += nr_pages(page);
	} else {
		set_page_lru_flag(page, LRU_RECLAIM);
		sc->met.writeback += nr_pages(page);
	}
	return FATE_ACTIVATE;
}

static bool is_congested(const struct mm *mm, bool swap)
{
	if (!swap)
		return wb_congested(mm);
	return mm->io && mm->io->ops->swap_congested &&
	       mm->io->ops->swap_congested(mm->io);
}

static bool swap_has_room(const void *mm)
{
	return !is_congested(mm, true);
}

static bool files_have_room(const void *mm)
{
	return !is_congested(mm, false);
}

/*
 * The device's queue is full, and whoever wants to write waits for a place.
 * Tasks do so here; kswapd's step ends, and its next one is later.
 * Return: there is a place, and the page is still to be written.
 */
static bool wait_for_queue(struct mm *mm, struct scan_control *sc,
			   struct page *page, bool swap)
{
	if (sc->kswapd) {
		sc->blocked = true;
		mm->kswapds[sc->nid].pause_ns = QUEUE_POLL_NS;
		return false;
	}
	set_page_lru_flag(page, LRU_PINNED);
	io_sleep(mm->machine, swap ? swap_has_room : files_have_room, mm,
		 QUEUE_WAIT_MAX_NS);
	clear_page_lru_flag(page, LRU_PINNED);
	return !is_congested(mm, swap) && page_lru_flag(page, LRU_DIRTY) &&
	       !page_lru_flag(page, LRU_WRITEBACK);
}

/* Gives the page to its device; FATE_FREE: it is there already. */
static enum page_fate pageout(struct mm *mm, struct scan_control *sc,
			      struct page *page)
{
	u64 pages = nr_pages(page);
	bool swap = page_lru_flag(page, LRU_SWAPCACHE);

	if (is_congested(mm, swap) && !wait_for_queue(mm, sc, page, swap))
		return FATE_KEEP;
	set_page_lru_flag(page, LRU_RECLAIM);
	charge(mm->machine, COST_WRITE_PAGE, (u32)pages);
	count_node_event(mm, sc->nid, VM_EV_NR_VMSCAN_WRITE, pages);
	sc->met.pageout += pages;
	if (swap) {
		swap_writepage(mm, page);
	} else {
		clear_page_dirty_for_io(mm, page);
		set_page_writeback(mm, page);
		wb_submit(mm, page_mapping(mm, page), page_index(page), 1);
	}
	if (page_lru_flag(page, LRU_WRITEBACK) ||
	    page_lru_flag(page, LRU_DIRTY))
		return FATE_KEEP;
	return FATE_FREE;
}

static enum page_fate meet_dirty(struct mm *mm, struct scan_control *sc,
				 struct page *page, bool referenced)
{
	if (page_lru(page) == LRU_INACTIVE_FILE &&
	    mm->conf.profile != PROFILE_LINUX_2_6 &&
	    (!sc->kswapd || !page_lru_flag(page, LRU_RECLAIM) ||
	     !mm->lruvecs[sc->nid].dirty)) {
		count_node_event(mm, sc->nid, VM_EV_NR_VMSCAN_IMMEDIATE,
				 nr_pages(page));
		set_page_lru_flag(page, LRU_RECLAIM);
		return FATE_ACTIVATE;
	}
	if (referenced || !may_enter_fs(sc, page) || !sc->may_writepage)
		return FATE_KEEP;
	return pageout(mm, sc, page);
}

static enum page_fate judge(struct mm *mm, struct scan_control *sc,
			    struct page *page)
{
	bool file = page_lru(page) == LRU_INACTIVE_FILE;
	bool referenced = page_lru_flag(page, LRU_REFERENCED);
	enum page_fate fate = FATE_FREE;

	if (page_lru_flag(page, LRU_LOCKED) || page_lru_flag(page, LRU_PINNED))
		return FATE_KEEP;
	count_dirty(sc, page);
	if (page_lru_flag(page, LRU_WRITEBACK))
		return meet_writeback(mm, sc, page);
	clear_page_lru_flag(page, LRU_REFERENCED);
	if (!file && referenced) {
		/* It may have been written to: what swap has is old. */
		if (page_lru_flag(page, LRU_SWAPCACHE))
			delete_from_swap_cache(mm, page);
		return FATE_KEEP;
	}
	if (!file && !page_lru_flag(page, LRU_SWAPCACHE)) {
		if (!sc->may_swap || !(sc->gfp & GFP_IO))
			return FATE_KEEP;
		if (!add_to_swap(mm, page))
			return FATE_ACTIVATE;
	}
	if (page_lru_flag(page, LRU_DIRTY))
		fate = meet_dirty(mm, sc, page, referenced);
	if (fate == FATE_FREE && page->words[LRU_WORD_MAPPING] &&
	    !remove_mapping(mm, page))
		fate = FATE_KEEP;
	return fate;
}

static void activate(struct mm *mm, struct page *page)
{
	/* Not to be swapped out soon: its slot is of no use. */
	if (page_lru_flag(page, LRU_SWAPCACHE) &&
	    !page_lru_flag(page, LRU_WRITEBACK))
		delete_from_swap_cache(mm, page);
	lru_move(mm, page, (enum lru_list)(page_lru(page) + 1));
	mm->vm_events[VM_EV_PGACTIVATE] += nr_pages(page);
}

void shrink_inactive_list(struct mm *mm, struct scan_control *sc,
			  enum lru_list lru, u64 nr)
{
	bool file = lru == LRU_INACTIVE_FILE;
	u64 unqueued = sc->met.unqueued_dirty, pageout_before = sc->met.pageout;
	u64 scanned = 0;

	/* Who stays is not looked at twice. */
	nr = MIN(nr,
		 eligible_pages(&mm->lruvecs[sc->nid], lru, sc->reclaim_idx));
	sc->blocked = false;
	while (scanned < nr && !sc->blocked) {
		pfn_t pfn = isolate_lru_page(mm, sc, lru);
		struct page *page = pfn_to_page(mm, pfn);
		enum page_fate fate;

		if (pfn == PFN_NONE)
			break;
		scanned += nr_pages(page);
		fate = judge(mm, sc, page);
		if (fate == FATE_FREE)
			free_page(mm, sc, page, file);
		else if (fate == FATE_ACTIVATE)
			activate(mm, page);
		else
			lru_move(mm, page, lru);
	}
	charge(mm->machine, COST_LRU_SCAN, (u32)scanned);
	sc->nr_scanned += scanned;
	sc->met.taken += scanned;
	mm->vm_events[file ? VM_EV_PGSCAN_FILE : VM_EV_PGSCAN_ANON] += scanned;
	mm->vm_events[sc->kswapd ? VM_EV_PGSCAN_KSWAPD : VM_EV_PGSCAN_DIRECT] +=
		scanned;
	if (file)
		sc->met.file_taken += scanned;
	if (sc->met.pageout > pageout_before)
		lru_note_cost(mm, sc->nid, file,
			      sc->met.pageout - pageout_before);
	if (scanned && sc->met.unqueued_dirty - unqueued == scanned)
		flusher_wake_all(mm);
}
