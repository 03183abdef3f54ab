/*
 * page_writeback.h - pages of files that differ from what the device has:
 * mm/page-writeback.c.
 *
 * Invariant: LRU_DIRTY of a page == XA_MARK_DIRTY of its entry, counted in
 * its mapping's nr_dirty; likewise LRU_WRITEBACK and nr_writeback.
 */
#ifndef MM_PAGE_WRITEBACK_H
#define MM_PAGE_WRITEBACK_H

#include "mm/filemap.h"

/**
 * set_page_dirty() - @page, of a mapping, was written to.
 * Return: false: it was dirty already.
 */
bool set_page_dirty(struct mm *mm, struct page *page);
/** cancel_dirty_page() - It goes away: what it holds is not to be written. */
void cancel_dirty_page(struct mm *mm, struct page *page);
/** end_page_writeback() - The device has written @page. */
void end_page_writeback(struct mm *mm, struct page *page);

#endif
