/*
 * page_writeback.c - pages of files that differ from what the device has.
 *
 * What it is
 *	The flags and marks of dirty pages, and their counts.
 *
 * How it works
 *	A page that is written to gets LRU_DIRTY, its entry XA_MARK_DIRTY.
 *
 * Lock order
 *	None.
 *
 * Invariants
 *	See page_writeback.h; filemap_check().
 *
 * What is charged
 *	Nothing.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1.  Limits and throttling.
 */
#include "mm/page_writeback.h"

#include "base/bug.h"

bool set_page_dirty(struct mm *mm, struct page *page)
{
	struct address_space *m = page_mapping(mm, page);

	BUG_ON(!m);
	if (page_lru_flag(page, LRU_DIRTY))
		return false;
	set_page_lru_flag(page, LRU_DIRTY);
	xa_set_mark(&m->pages, page_index(page), XA_MARK_DIRTY);
	m->nr_dirty++;
	return true;
}

void cancel_dirty_page(struct mm *mm, struct page *page)
{
	struct address_space *m = page_mapping(mm, page);

	if (!page_lru_flag(page, LRU_DIRTY))
		return;
	clear_page_lru_flag(page, LRU_DIRTY);
	xa_clear_mark(&m->pages, page_index(page), XA_MARK_DIRTY);
	m->nr_dirty--;
}

void end_page_writeback(struct mm *mm, struct page *page)
{
	struct address_space *m = page_mapping(mm, page);

	BUG_ON(!page_lru_flag(page, LRU_WRITEBACK));
	clear_page_lru_flag(page, LRU_WRITEBACK);
	xa_clear_mark(&m->pages, page_index(page), XA_MARK_WRITEBACK);
	m->nr_writeback--;
}

u64 balance_dirty_pages_ratelimited(struct mm *mm)
{
	(void)mm;
	return 0;
}
