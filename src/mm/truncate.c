/*
 * truncate.c - pages of files that nobody will want again.
 *
 * What it is
 *	mm/truncate.c of Linux: a file gets shorter or is deleted, or its
 *	clean pages are given up because somebody says so.
 *
 * How it works
 *	The mapping is gone through from the first page on.  Truncation takes
 *	all: shadows, dirty pages (which are not written then) and, once the
 *	device is done with them, pages on their way.  Invalidation takes what
 *	reclaim could take, and leaves no shadow.
 *
 * Lock order
 *	None.
 *
 * Invariants
 *	Behind truncate_inode_pages() no entry is left from its index on.
 *
 * What is charged
 *	COST_PAGE_CACHE_INSERT a page; freeing it.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1.  Pages are whole: nothing is zeroed behind a file's end.
 */
#include "mm/truncate.h"

#include "mm/page_internal.h"
#include "mm/page_writeback.h"

static struct page *entry_page(const struct mm *mm, xa_entry entry)
{
	return pfn_to_page(mm, xa_to_pfn(entry));
}

static void drop_page(struct mm *mm, struct page *page)
{
	charge(mm->machine, COST_PAGE_CACHE_INSERT, 1);
	delete_from_page_cache(mm, page, 0);
	free_pages(mm, page, 0);
}

/* Is the device at it?  Then it is waited for, and others run. */
static bool wait_for_device(struct mm *mm, struct page *page)
{
	const u32 busy = LRU_LOCKED | LRU_WRITEBACK;

	if (!mm->io || !(page->words[LRU_WORD_FLAGS] & busy))
		return false;
	set_page_lru_flag(page, LRU_PINNED);
	mm->io->ops->wait_on_page(mm->io, page);
	clear_page_lru_flag(page, LRU_PINNED);
	return true;
}

static void truncate_page(struct mm *mm, struct page *page)
{
	wait_for_device(mm, page);
	cancel_dirty_page(mm, page);
	/* The device may be at it for longer than a task waits. */
	if (page_lru_flag(page, LRU_WRITEBACK))
		end_page_writeback(mm, page);
	mm->filemap->stats.truncated++;
	drop_page(mm, page);
}

void truncate_inode_pages(struct mm *mm, struct address_space *mapping,
			  u64 index)
{
	xa_entry entry;

	while ((entry = xa_find(&mapping->pages, &index, FILE_PAGES_MAX))) {
		if (xa_is_page(entry)) {
			truncate_page(mm, entry_page(mm, entry));
		} else {
			xa_erase(mm, &mapping->pages, index);
			mapping->nr_shadows--;
		}
		index++;
	}
}

u64 invalidate_mapping_pages(struct mm *mm, struct address_space *mapping,
			     u64 start, u64 end)
{
	const u32 busy = LRU_DIRTY | LRU_WRITEBACK | LRU_LOCKED | LRU_PINNED;
	xa_entry entry;
	u64 dropped = 0;

	for (; (entry = xa_find(&mapping->pages, &start, end)); start++) {
		struct page *page;

		if (!xa_is_page(entry))
			continue;
		page = entry_page(mm, entry);
		if (page->words[LRU_WORD_FLAGS] & busy)
			continue;
		drop_page(mm, page);
		dropped++;
	}
	return dropped;
}
