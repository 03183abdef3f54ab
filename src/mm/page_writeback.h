/*
 * page_writeback.h - pages of files that differ from what the device has: how
 * many there are, how many there may be, and who has to wait for that
 * (mm/page-writeback.c).
 *
 * Dirty are pages of a mapping alone; being written are those that go to swap,
 * too (swap.h).
 *
 * Invariants (writeback_check()): LRU_DIRTY of a page == XA_MARK_DIRTY of its
 * entry, counted in its mapping's nr_dirty and its node's; likewise
 * LRU_WRITEBACK and nr_writeback, with swap's pages in their node's.  A mapping with dirty pages is on one of the
 * flusher's lists (flusher.h).
 */
#ifndef MM_PAGE_WRITEBACK_H
#define MM_PAGE_WRITEBACK_H

#include "mm/filemap.h"

/* Of a node, under the kernel's names; in pages. */
struct wb_node {
	u64 nr_dirty;
	u64 nr_writeback;
	u64 nr_dirtied; /* ever */
	u64 nr_written; /* ever */
};

struct writeback; /* writeback_priv.h's */

/* One page */

/**
 * set_page_dirty() - @page, of a mapping, was written to.
 * Return: false: it was dirty already.
 */
bool set_page_dirty(struct mm *mm, struct page *page);
/**
 * cancel_dirty_page() - It goes away: what it holds is not to be written, and
 * nobody waits for the device if it is.
 */
void cancel_dirty_page(struct mm *mm, struct page *page);
/** clear_page_dirty_for_io() - Return: whether it was dirty. */
bool clear_page_dirty_for_io(struct mm *mm, struct page *page);
/** set_page_writeback() - It is about to be given to the device. */
void set_page_writeback(struct mm *mm, struct page *page);
/**
 * end_page_writeback() - The device has written @page; with LRU_RECLAIM it is
 * the next to be reclaimed.
 */
void end_page_writeback(struct mm *mm, struct page *page);
/**
 * wb_submit() - Pages @index .. @index + @nr - 1 of @mapping, all of them
 * LRU_WRITEBACK, go to the device; without one they are there at once.
 */
void wb_submit(struct mm *mm, struct address_space *mapping, u32 index, u32 nr);
/** wb_congested() - Whether the device's queue is full. */
bool wb_congested(const struct mm *mm);

/**
 * wb_account_swap() - An anonymous page begins (or, @begin false, ends) being
 * written; @written: and it is there.
 */
void wb_account_swap(struct mm *mm, const struct page *page, bool begin,
		     bool written);

/* How much may be dirty */

struct dirty_limits {
	u64 available; /* dirtyable memory, pages */
	u64 thresh;    /* writers are stopped */
	u64 bg_thresh; /* the flusher starts */
	u64 freerun;   /* below it nobody waits */
};

void global_dirty_limits(const struct mm *mm, struct dirty_limits *l);
/** node_dirtyable_memory() - Pages of @nid that might be dirty. */
u64 node_dirtyable_memory(const struct mm *mm, u32 nid);
/** node_dirty_ok() - Whether @nid may have another page that gets dirty. */
bool node_dirty_ok(const struct mm *mm, u32 nid);
/** writeback_node() - The counts of node @nid; all 0 before the first write. */
struct wb_node writeback_node(const struct mm *mm, u32 nid);

/**
 * balance_dirty_pages_ratelimited() - The current task (machine->task) has
 * dirtied a page that was clean; once for each, when the write is done with it.
 * Starts the flusher; may hold the task back.
 * Return: nanoseconds waited.
 * Context: waits.
 */
u64 balance_dirty_pages_ratelimited(struct mm *mm);

void writeback_exit(struct mm *mm);
/** writeback_check() - The part of mm_check() that is about dirty pages. */
int writeback_check(const struct mm *mm, struct err *e);

#endif
