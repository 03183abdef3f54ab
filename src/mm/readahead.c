/*
 * readahead.c - what is read before anybody asks for it.
 *
 * What it is
 *	mm/readahead.c of Linux: finds readers that go through a file in
 *	order, and keeps a growing window of pages ahead of them.
 *
 * How it works
 *
 *	    read so far     start              start + size
 *	 ───────────────────┼──────────┬───────────┼──────────►  file
 *	                    │          ▲           │
 *	                    │     marker page: async_size before the end
 *
 *	A miss at the start of a file, or right behind the last page read,
 *	begins a window of 2 to 4 times what was asked for.  Reading its
 *	marker page brings the next window, twice or four times as large, up
 *	to read_ahead_kb, which lies behind it and has its marker first.  A
 *	miss elsewhere looks for pages before it: a stream that was not
 *	known leaves such.  Else just what was asked for is read.
 *
 * Lock order
 *	None.
 *
 * Invariants
 *	async_size <= size; size <= ra_max_pages(), or a request's size up to
 *	what the device takes at once (up to 4.18 twice that).
 *
 * What is charged
 *	By filemap.c and the page allocator.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1 without large folios.  A file's state is kept for each task
 *	that reads it (the last 8), as if each had opened it once: traces know
 *	no open files.  POSIX_FADV_RANDOM and congestion are left out.
 */
#include "mm/readahead.h"

#include "mm/page_internal.h"

#include <string.h>

/* max_sectors_kb: what a device takes in one request (1280 KiB). */
#define IO_OPT_PAGES 320u

struct file_ra_state *ra_state(const struct mm *mm,
			       struct address_space *mapping)
{
	struct file_ra_state *opened = mapping->opened;
	struct file_ra_state found = {.task = mm->machine->task,
				      .prev_page = RA_NO_PAGE};
	u32 i = 0;

	if (mapping->nr_opened && opened[0].task == found.task)
		return opened;
	while (i < mapping->nr_opened && opened[i].task != found.task)
		i++;
	if (i < mapping->nr_opened)
		found = opened[i];
	else if (mapping->nr_opened < MAPPING_OPENED_MAX)
		mapping->nr_opened++;
	else
		i--; /* the one that has not read for longest is forgotten */
	memmove(opened + 1, opened, i * sizeof(*opened));
	opened[0] = found;
	return opened;
}

static u32 roundup_pow_of_two(u32 x)
{
	u32 power = 1;

	while (power < x && power < (u32)1 << 31)
		power *= 2;
	return power;
}

u32 ra_init_size(u32 size, u32 max)
{
	u32 power = roundup_pow_of_two(size);

	if (power <= max / 32)
		return power * 4;
	if (power <= max / 4)
		return power * 2;
	return max;
}

u32 ra_next_size(u32 size, u32 max)
{
	if (size < max / 16)
		return 4 * size;
	if (size <= max / 2)
		return 2 * size;
	return max;
}

u32 ra_max_pages(const struct mm *mm)
{
	return mm->conf.read_ahead_kb >> (PAGE_SHIFT - 10);
}

void submit_read(struct mm *mm, struct address_space *mapping, u64 index,
		 u32 nr, bool sync)
{
	struct page_cache_stats *st = &mm->filemap->stats;

	if (!nr)
		return;
	st->device_reads += nr;
	st->device_requests++;
	mm->vm_events[VM_EV_PGPGIN] += (u64)nr << (PAGE_SHIFT - 10);
	if (mm->io) {
		mm->io->ops->submit_read(mm->io, mapping, (u32)index, nr, sync);
		return;
	}
	for (u32 i = 0; i < nr; i++)
		end_page_read(mm,
			      pfn_to_page(mm, xa_to_pfn(xa_load(&mapping->pages,
								index + i))));
}

/* Pages that one call brings in. */
struct window {
	struct mm *mm;
	struct address_space *m;
	u64 index;	/* of the first that waits to be submitted */
	u32 nr;		/* that wait */
	u64 wanted_end; /* pages before are what the reader asks for */
	bool sync;
};

static void submit_window(struct window *w, u64 next)
{
	submit_read(w->mm, w->m, w->index, w->nr, w->sync);
	w->index = next;
	w->nr = 0;
}

/* false: there is no memory for a page. */
static bool bring_page(struct window *w, u64 index, bool marker)
{
	struct page_cache_stats *st = &w->mm->filemap->stats;
	struct mm *mm = w->mm;
	gfp_t gfp = w->m->gfp | GFP_NORETRY | GFP_NOWARN;
	struct page *page = alloc_pages(mm, gfp, 0);

	if (!page)
		return false;
	if (add_to_page_cache_lru(mm, page, w->m, index, gfp)) {
		free_pages(mm, page, 0);
		submit_window(w, index + 1);
		return true;
	}
	set_page_lru_flag(page, LRU_LOCKED);
	if (marker)
		set_page_lru_flag(page, LRU_READAHEAD);
	if (w->sync && index < w->wanted_end) {
		st->misses++;
	} else {
		set_page_lru_flag(page, LRU_PREFETCHED);
		st->ra_pages++;
	}
	w->nr++;
	return true;
}

/*
 * Pages @index .. + @nr that are not there; the first of the last @lookahead
 * is the marker.  File systems must not be entered to find memory for them.
 */
static void do_page_cache_ra(struct window *w, u64 index, u32 nr, u32 lookahead)
{
	u32 task_flags = w->mm->machine->task_flags;
	u64 end = w->m->size_pages ? w->m->size_pages : FILE_PAGES_MAX;

	if (index >= end)
		return;
	nr = (u32)MIN((u64)nr, end - index);
	w->mm->machine->task_flags |= PF_MEMALLOC_NOFS;
	w->index = index;
	w->nr = 0;
	for (u32 i = 0; i < nr; i++) {
		if (xa_is_page(xa_load(&w->m->pages, index + i))) {
			submit_window(w, index + i + 1);
			continue;
		}
		if (!bring_page(w, index + i, lookahead && i == nr - lookahead))
			break;
	}
	submit_window(w, index);
	w->mm->machine->task_flags = task_flags;
}

/* Pages in a row before @index that are there: at most @max. */
static u32 history_pages(struct address_space *m, u64 index, u32 max)
{
	u32 nr = 0;

	while (nr < max && nr < index &&
	       xa_is_page(xa_load(&m->pages, index - 1 - nr)))
		nr++;
	return nr;
}

/* A stream that is not known: what it left behind tells its length. */
static bool try_context_readahead(struct address_space *m,
				  struct file_ra_state *ra, u64 index,
				  u32 req_size, u32 max)
{
	u32 size = history_pages(m, index, max);

	if (size <= req_size)
		return false;
	if (size >= index) /* since the file's beginning: a strong hint */
		size *= 2;
	ra->start = index;
	ra->size = MIN(size + req_size, max);
	ra->async_size = 1;
	return true;
}

static void initial_window(struct file_ra_state *ra, u64 index, u32 req_size,
			   u32 max)
{
	ra->start = index;
	ra->size = ra_init_size(req_size, max);
	ra->async_size = ra->size > req_size ? ra->size - req_size : ra->size;
}

/* A marker page of whom?  The pages behind it tell how far it is known. */
static bool window_after_marker(struct address_space *m,
				struct file_ra_state *ra, u64 index,
				u32 req_size, u32 max)
{
	u64 start = index + 1;

	while (start - index <= max && xa_is_page(xa_load(&m->pages, start)))
		start++;
	if (start - index > max)
		return false;
	ra->start = start;
	ra->size = ra_next_size((u32)(start - index) + req_size, max);
	ra->async_size = ra->size;
	return true;
}

/* Follows @index what the reader last read? */
static bool is_sequential(const struct mm *mm, const struct file_ra_state *ra,
			  u64 index)
{
	/* As the kernel: 6.1 counts from behind the last byte read. */
	u64 prev = ra->prev_page + (mm->conf.profile >= PROFILE_LINUX_6_1);

	return ra->prev_page != RA_NO_PAGE && index - prev <= 1;
}

/* Where the window is now; false: there is none, only what was asked for. */
static bool move_window(struct window *w, struct file_ra_state *ra, u64 index,
			u32 req_size, bool marker, u32 max)
{
	u64 end = ra->start + ra->size;

	if (!index) {
		initial_window(ra, index, req_size, max);
		return true;
	}
	if (index == end - ra->async_size || index == end) {
		ra->start = end;
		ra->size = ra_next_size(ra->size, max);
		ra->async_size = ra->size;
		return true;
	}
	if (marker)
		return window_after_marker(w->m, ra, index, req_size, max);
	if (req_size > max || is_sequential(w->mm, ra, index)) {
		initial_window(ra, index, req_size, max);
		return true;
	}
	return try_context_readahead(w->m, ra, index, req_size, max);
}

static void ondemand_readahead(struct window *w, struct file_ra_state *ra,
			       u64 index, u32 req_size, bool marker)
{
	const struct mm *mm = w->mm;
	u32 max = ra_max_pages(mm);

	if (req_size > max && mm->conf.profile >= PROFILE_LINUX_5_3)
		max = MAX(max, MIN(req_size, IO_OPT_PAGES));
	if (!move_window(w, ra, index, req_size, marker, max)) {
		if (!marker)
			do_page_cache_ra(w, index, req_size, 0);
		return;
	}
	/* Its own marker would be hit at once: both windows become one. */
	if (index == ra->start && ra->size == ra->async_size) {
		u32 add = ra_next_size(ra->size, max);

		/* Up to 4.18 that could be more than the most. */
		if (ra->size + add <= max ||
		    mm->conf.profile < PROFILE_LINUX_5_3) {
			ra->async_size = add;
			ra->size += add;
		} else {
			ra->size = max;
			ra->async_size = max >> 1;
		}
	}
	do_page_cache_ra(w, ra->start, ra->size, ra->async_size);
}

void page_cache_sync_readahead(struct mm *mm, struct address_space *mapping,
			       struct file_ra_state *ra, u64 index, u32 nr)
{
	struct window w = {
		.mm = mm,
		.m = mapping,
		.wanted_end = index + nr,
		.sync = true,
	};

	mm->filemap->stats.ra_sync++;
	if (!ra_max_pages(mm)) {
		do_page_cache_ra(&w, index, 1, 0);
		return;
	}
	ondemand_readahead(&w, ra, index, nr, false);
}

void page_cache_async_readahead(struct mm *mm, struct address_space *mapping,
				struct file_ra_state *ra, struct page *page,
				u32 nr)
{
	struct window w = {.mm = mm, .m = mapping};

	/* The flag has another meaning while a page is written. */
	if (!ra_max_pages(mm) || page_lru_flag(page, LRU_WRITEBACK))
		return;
	clear_page_lru_flag(page, LRU_READAHEAD);
	mm->filemap->stats.ra_async++;
	ondemand_readahead(&w, ra, page_index(page), nr, true);
}
