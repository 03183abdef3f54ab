/*
 * io.h - what mm asks of the devices behind files: the one hook between the
 * page cache and whoever plays the block device.
 *
 * mm->io NULL: there is no device; what is read or written is done at once.
 *
 * A page whose read is under way is LRU_LOCKED and ends with
 * end_page_read(); one that is being written is LRU_WRITEBACK and ends with
 * end_page_writeback() (page_writeback.h).  Reclaim leaves both alone, but
 * truncation does not: a device that is done looks its pages up by mapping
 * and index, and passes by those that are gone or no longer flagged.
 */
#ifndef MM_IO_H
#define MM_IO_H

#include "mm/mm.h"

struct address_space;

struct io_ops {
	/**
	 * Pages @index .. @index + @nr - 1 of @mapping, all there and all
	 * LRU_LOCKED, are to be read.
	 * @sync: a task is about to wait for the first of them.
	 */
	void (*submit_read)(struct mm_io *io, struct address_space *mapping,
			    u32 index, u32 nr, bool sync);
	/** The same for pages that are LRU_WRITEBACK. */
	void (*submit_write)(struct mm_io *io, struct address_space *mapping,
			     u32 index, u32 nr);
	/**
	 * The task needs @page, which is LRU_LOCKED or LRU_WRITEBACK: time
	 * passes for it until the device is done.  The flag may still stand
	 * when this returns.
	 */
	void (*wait_on_page)(struct mm_io *io, struct page *page);
	/** Whether another request for files would have to wait in line. */
	bool (*congested)(struct mm_io *io);
	/**
	 * Swap slots @slot .. @slot + @nr - 1, of one page; ends with
	 * end_swap_write() or end_swap_read() (swap.h).
	 */
	void (*submit_swap)(struct mm_io *io, bool write, u32 slot, u32 nr);
	/** Whether another page for swap would have to wait in line. */
	bool (*swap_congested)(struct mm_io *io);
};

struct mm_io {
	const struct io_ops *ops;
};

/** end_page_read() - The device has read @page. */
void end_page_read(struct mm *mm, struct page *page);

#endif
