/*
 * swap.c - slots on a device for anonymous pages that have to go.
 *
 * What it is
 *	One swap area, and the swap cache: pages that have slots.
 *
 * How it works
 *
 *	  page ──add_to_swap──► swap cache ──written──► swap_evict: slots only
 *	   ▲                        │                        │
 *	   │◄─delete_from_swap_cache┘                        │
 *	   └───────────────────── swap_in ◄──────────────────┘
 *
 *	Free slots are looked for from behind the last that was given, so that
 *	pages that go together lie together.  A compound page gets as many in
 *	a row, or none.
 *
 * Lock order
 *	None: one operation runs at a time.
 *
 * Invariants
 *	See swap.h; swap_check().
 *
 * What is charged
 *	COST_WRITE_PAGE a page, by reclaim.c.  A read costs the time that
 *	the task waits.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1, one area, without its clusters by CPU, priorities, discard
 *	and zswap.  A slot is free again as soon as its page is back (the
 *	kernel keeps it while less than half is in use), and so is that of a
 *	page that was used while it was written; swap is not read ahead.
 */
#include "mm/swap.h"

#include "base/xmalloc.h"
#include "mm/io.h"
#include "mm/page_alloc.h"
#include "mm/page_internal.h"
#include "mm/page_writeback.h"
#include "mm/reclaim.h"
#include "mm/workingset.h"

#include <errno.h>
#include <stdlib.h>

#define WRONG(e, ...) err_set(e, -EUCLEAN, __VA_ARGS__)

int swap_init(struct mm *mm, struct err *e)
{
	u64 slots = mm->conf.swap_bytes >> PAGE_SHIFT;
	struct swap *s;

	if (!slots || !mm->lruvecs)
		return 0;
	BUG_ON(mm->conf.swap_bytes > SWAP_BYTES_MAX);
	s = xcalloc(1, sizeof(*s));
	mm->swap = s;
	s->nr_slots = (u32)slots;
	/* The first page of the area is its header. */
	s->nr_free = s->nr_slots - 1;
	s->next = s->end = 1;
	s->map = xmap_lazy(slots * sizeof(*s->map));
	s->cache = xmap_lazy(slots * sizeof(*s->cache));
	s->shadow = xmap_lazy(slots * sizeof(*s->shadow));
	if (!s->map || !s->cache || !s->shadow)
		return err_sys(e, "swap", "reserving address space");
	return 0;
}

void swap_exit(struct mm *mm)
{
	struct swap *s = mm->swap;

	if (!s)
		return;
	if (s->map)
		xunmap(s->map, s->nr_slots * sizeof(*s->map));
	if (s->cache)
		xunmap(s->cache, s->nr_slots * sizeof(*s->cache));
	if (s->shadow)
		xunmap(s->shadow, s->nr_slots * sizeof(*s->shadow));
	free(s);
	mm->swap = NULL;
}

u64 swap_nr_total(const struct mm *mm)
{
	return mm->swap ? mm->swap->nr_slots - 1 : 0;
}

u64 swap_nr_free(const struct mm *mm)
{
	return mm->swap ? mm->swap->nr_free : 0;
}

u64 swap_nr_cached(const struct mm *mm, u32 nid)
{
	return mm->swap ? mm->swap->nr_cached[nid] : 0;
}

/* @page comes into the swap cache at @slot, or leaves it. */
static void set_cached(struct mm *mm, struct page *page, u32 slot, bool in)
{
	struct swap *s = mm->swap;
	pfn_t pfn = page_to_pfn(mm, page);
	u64 *nr = &s->nr_cached[pfn_to_nid(mm, pfn)];

	BUG_ON(s->cache[slot] != (in ? PFN_NONE : pfn));
	BUG_ON(page_lru_flag(page, LRU_SWAPCACHE) == in);
	s->cache[slot] = in ? pfn : PFN_NONE;
	if (in) {
		page->words[LRU_WORD_INDEX] = slot;
		set_page_lru_flag(page, LRU_SWAPCACHE);
		*nr += (u64)1 << page->order;
	} else {
		clear_page_lru_flag(page, LRU_SWAPCACHE);
		*nr -= (u64)1 << page->order;
	}
}

/* @nr free slots in a row between @from and @to; SWAP_NONE: there are none. */
static u32 find_row(const struct swap *s, u32 from, u32 to, u32 nr)
{
	u32 row = 0;

	for (u32 slot = from; slot < to; slot++) {
		row = s->map[slot] == SWAP_FREE ? row + 1 : 0;
		if (row == nr)
			return slot + 1 - nr;
	}
	return SWAP_NONE;
}

bool add_to_swap(struct mm *mm, struct page *page)
{
	struct swap *s = mm->swap;
	u32 nr = 1u << page->order, slot;

	BUG_ON(page_lru_flag(page, LRU_SWAPCACHE));
	if (!s || s->nr_free < nr)
		return false;
	slot = find_row(s, s->next, s->nr_slots, nr);
	if (slot == SWAP_NONE)
		slot = find_row(s, 1, MIN(s->next + nr - 1, s->nr_slots), nr);
	if (slot == SWAP_NONE)
		return false;
	for (u32 i = 0; i < nr; i++)
		s->map[slot + i] = SWAP_USED;
	s->nr_free -= nr;
	s->end = MAX(s->end, slot + nr);
	s->next = slot + nr < s->nr_slots ? slot + nr : 1;
	set_cached(mm, page, slot, true);
	set_page_lru_flag(page, LRU_DIRTY);
	return true;
}

u32 page_swap_slot(const struct page *page)
{
	BUG_ON(!page_lru_flag(page, LRU_SWAPCACHE));
	return page->words[LRU_WORD_INDEX];
}

static void free_slot(struct swap *s, u32 slot)
{
	BUG_ON(s->map[slot] == SWAP_FREE);
	s->map[slot] = SWAP_FREE;
	s->shadow[slot] = 0;
	s->nr_free++;
}

void swap_free(struct mm *mm, u32 slot, u32 nr)
{
	for (u32 i = 0; i < nr; i++) {
		BUG_ON(mm->swap->cache[slot + i]);
		BUG_ON(mm->swap->map[slot + i] != SWAP_USED);
		free_slot(mm->swap, slot + i);
	}
	/* Its owner was killed for the memory that it wanted. */
	if (slot == mm->swap->coming)
		mm->swap->coming = 0;
}

void delete_from_swap_cache(struct mm *mm, struct page *page)
{
	struct swap *s = mm->swap;
	u32 slot = page_swap_slot(page), nr = 1u << page->order;
	bool busy = page_lru_flag(page, LRU_WRITEBACK);

	set_cached(mm, page, slot, false);
	for (u32 i = 0; i < nr; i++) {
		if (busy)
			s->map[slot + i] = SWAP_DEAD;
		else
			free_slot(s, slot + i);
	}
	if (busy)
		wb_account_swap(mm, page, false, false);
	clear_page_lru_flag(page, LRU_WRITEBACK);
	clear_page_lru_flag(page, LRU_RECLAIM);
	clear_page_lru_flag(page, LRU_DIRTY);
}

void swap_writepage(struct mm *mm, struct page *page)
{
	u32 slot = page_swap_slot(page), nr = 1u << page->order;

	BUG_ON(page_lru_flag(page, LRU_WRITEBACK));
	clear_page_lru_flag(page, LRU_DIRTY);
	set_page_lru_flag(page, LRU_WRITEBACK);
	wb_account_swap(mm, page, true, false);
	mm->vm_events[VM_EV_PSWPOUT] += nr;
	if (mm->io && mm->io->ops->submit_swap)
		mm->io->ops->submit_swap(mm->io, true, slot, nr);
	else
		end_swap_write(mm, slot, nr);
}

/*
 * The device is done with @nr slots from @slot on: @done for each page among
 * them that still waits for it, as @waits says.  Nobody waits for a slot that
 * was given up meanwhile.
 */
static void end_swap_io(struct mm *mm, u32 slot, u32 nr,
			enum lru_page_flags waits,
			void (*done)(struct mm *mm, struct page *page))
{
	struct swap *s = mm->swap;

	for (u32 i = slot; i < slot + nr;) {
		pfn_t pfn = s->cache[i];
		struct page *page;

		if (!pfn) {
			if (s->map[i] == SWAP_DEAD)
				free_slot(s, i);
			i++;
			continue;
		}
		page = pfn_to_page(mm, pfn);
		i += 1u << page->order;
		if (!page_lru_flag(page, waits))
			continue;
		clear_page_lru_flag(page, waits);
		done(mm, page);
	}
}

static void page_is_written(struct mm *mm, struct page *page)
{
	rotate_reclaimable_page(mm, page);
	wb_account_swap(mm, page, false, true);
}

void end_swap_write(struct mm *mm, u32 slot, u32 nr)
{
	end_swap_io(mm, slot, nr, LRU_WRITEBACK, page_is_written);
}

void end_swap_read(struct mm *mm, u32 slot, u32 nr)
{
	end_swap_io(mm, slot, nr, LRU_LOCKED, delete_from_swap_cache);
}

void swap_evict(struct mm *mm, struct page *page)
{
	struct swap *s = mm->swap;
	u32 slot = page_swap_slot(page);

	BUG_ON(page_lru_flag(page, LRU_WRITEBACK));
	BUG_ON(page_lru_flag(page, LRU_DIRTY));
	set_cached(mm, page, slot, false);
	s->shadow[slot] = workingset_eviction(mm, page);
	note(mm->machine, MM_EV_PAGE_SWAPPED, page_to_pfn(mm, page),
	     (u64)page_owner(page) << 32 | slot);
}

static bool is_read(const void *page)
{
	return !page_lru_flag(page, LRU_LOCKED);
}

struct page *swap_in(struct mm *mm, u32 slot, u32 order, gfp_t gfp, u32 owner)
{
	struct swap *s = mm->swap;
	xa_entry shadow = s->shadow[slot];
	u32 nr = 1u << order;
	struct page *page;

	s->coming = slot;
	page = alloc_pages(mm, gfp, order);
	if (page && !s->coming) {
		free_pages(mm, page, order);
		page = NULL;
	}
	s->coming = 0;
	if (!page)
		return NULL;
	BUG_ON(s->cache[slot] || s->map[slot] != SWAP_USED);
	lru_add(mm, page, false, owner);
	set_cached(mm, page, slot, true);
	set_page_lru_flag(page, LRU_LOCKED);
	mm->vm_events[VM_EV_PSWPIN] += nr;
	mm->vm_events[VM_EV_PGMAJFAULT]++;
	if (shadow)
		workingset_refault(mm, page, shadow);
	if (!mm->io || !mm->io->ops->submit_swap) {
		end_swap_read(mm, slot, nr);
		return page;
	}
	mm->io->ops->submit_swap(mm->io, false, slot, nr);
	io_sleep(mm->machine, is_read, page, UINT64_MAX);
	if (!is_read(page)) /* nothing here tells time */
		end_swap_read(mm, slot, nr);
	return page;
}

int swap_check(const struct mm *mm, struct err *e)
{
	const struct swap *s = mm->swap;
	u64 nr_free = 0, cached = 0, counted = 0;

	for (u32 slot = 1; s && slot < s->end; slot++) {
		pfn_t pfn = s->cache[slot];
		const struct page *page;

		nr_free += s->map[slot] == SWAP_FREE;
		if (!pfn)
			continue;
		page = pfn_to_page(mm, pfn);
		cached += (u64)1 << page->order;
		if (page->state != PAGE_ALLOCATED ||
		    !page_lru_flag(page, LRU_SWAPCACHE) ||
		    page_swap_slot(page) != slot || s->map[slot] != SWAP_USED)
			return WRONG(e, "swap slot %u: not of pfn %u", slot,
				     pfn);
	}
	if (s && nr_free + s->nr_slots - s->end != s->nr_free)
		return WRONG(
			e, "swap: %llu slots are free, counted %u",
			(unsigned long long)(nr_free + s->nr_slots - s->end),
			s->nr_free);
	for (u32 nid = 0; nid < mm->conf.nr_nodes; nid++)
		counted += swap_nr_cached(mm, nid);
	if (counted != cached)
		return WRONG(e, "swap cache: pages miscounted");
	return 0;
}
