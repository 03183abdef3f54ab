/*
 * readahead.h - reading files ahead of those who read them in order:
 * mm/readahead.c of Linux 6.1.
 *
 * Invariants: a window (start, size) ends with async_size pages that bring
 * the next one when they are reached; size <= the most that is read ahead.
 */
#ifndef MM_READAHEAD_H
#define MM_READAHEAD_H

#include "mm/filemap.h"

/** ra_state() - What @mapping knows of the current task's opened file. */
struct file_ra_state *ra_state(const struct mm *mm,
			       struct address_space *mapping);
/** ra_init_size() - The first window, after a read of @size pages. */
u32 ra_init_size(u32 size, u32 max);
/** ra_next_size() - The window after one of @size pages. */
u32 ra_next_size(u32 size, u32 max);
/** ra_max_pages() - As conf.read_ahead_kb says; 0: nothing is read ahead. */
u32 ra_max_pages(const struct mm *mm);

/** page_cache_sync_readahead() - Page @index of @nr to be read is missing. */
void page_cache_sync_readahead(struct mm *mm, struct address_space *mapping,
			       struct file_ra_state *ra, u64 index, u32 nr);
/** page_cache_async_readahead() - @page, which has LRU_READAHEAD, is read. */
void page_cache_async_readahead(struct mm *mm, struct address_space *mapping,
				struct file_ra_state *ra, struct page *page,
				u32 nr);
/** submit_read() - Pages that are there and not yet read go to the device. */
void submit_read(struct mm *mm, struct address_space *mapping, u64 index,
		 u32 nr, bool sync);

#endif
