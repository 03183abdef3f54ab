/*
 * inspect_map.c - what memory is used for, from its first page to its last.
 *
 * What it is
 *	The picture behind the memory map chart: memory in equal parts, and
 *	for each what most of it is.
 *
 * How it works
 *	The ranges of all nodes stand one behind the other, without the holes
 *	between them.  Of each part MAP_PROBES pages are looked at, evenly
 *	spread, so that a map costs the same on any machine.  What a page is
 *	says the first page of its block: the smallest aligned block around it
 *	whose first page tells that it is so large.
 *
 * Lock order
 *	None: nothing is changed.
 *
 * Invariants
 *	Each part has one of enum map_state.
 *
 * What is charged
 *	Nothing: no allocator looks here.
 *
 * What is left out, and which kernel this follows
 *	Ours.  What lies between the probes is not seen.
 */
#include "mm/inspect.h"

#include "mm/lru.h"
#include "mm/mm.h"

#include <string.h>

#define MAP_PROBES 32u

const char *const map_state_names[NR_MAP_STATES] = {
	"free", "anonymous", "file", "slab", "other", "reserved",
};

static enum map_state state_of(const struct page *page)
{
	if (page->state == PAGE_SLAB || page->state == PAGE_SLOB)
		return MAP_SLAB;
	if (page->state == PAGE_RESERVED)
		return MAP_RESERVED;
	if (page->state != PAGE_ALLOCATED)
		return MAP_FREE;
	if (!(page->flags & PG_ON_LRU))
		return MAP_OTHER;
	return page_lru(page) <= LRU_ACTIVE_ANON ? MAP_ANON : MAP_FILE;
}

static enum map_state page_use(const struct mm *mm, u64 pfn)
{
	const struct zone *zone;

	for (u32 order = 0; order < MAX_ORDER; order++) {
		const struct page *page = pfn_to_page(
			mm, (pfn_t)(pfn & ~(((u64)1 << order) - 1)));

		if (page->state == PAGE_UNTOUCHED)
			continue;
		/* Pages of a slab are marked one by one. */
		if (!order || page->order >= order)
			return state_of(page);
	}
	/* Never touched: free, or what a loaded state has in use. */
	zone = pfn_zone(mm, (pfn_t)pfn);
	return pfn >= zone->virgin_pfn && pfn < zone->virgin_end_pfn
		       ? MAP_FREE
		       : MAP_OTHER;
}

/* The page at @at of all ranges together. */
static u64 pfn_at(const struct mm *mm, u64 at)
{
	for (u32 i = 0; i < mm->conf.nr_ranges; i++) {
		const struct mm_range *r = &mm->conf.ranges[i];
		u64 pages = r->end_pfn - r->start_pfn;

		if (at < pages)
			return r->start_pfn + at;
		at -= pages;
	}
	return PFN_NONE;
}

/* What a page is that mm may have been given: reserved ones are not. */
static enum map_state use_at(const struct mm *mm, u64 at)
{
	u64 pfn = pfn_at(mm, at);

	for (u32 i = 0; i < mm->conf.nr_ranges; i++) {
		const struct mm_range *r = &mm->conf.ranges[i];

		if (pfn >= r->start_pfn &&
		    pfn < r->start_pfn + r->reserved_pages)
			return MAP_RESERVED;
	}
	return page_use(mm, pfn);
}

void mm_gauge_map(const struct mm *mm, u8 map[GAUGE_MAP_PARTS])
{
	u64 total = 0;

	for (u32 i = 0; i < mm->conf.nr_ranges; i++)
		total += mm->conf.ranges[i].end_pfn -
			 mm->conf.ranges[i].start_pfn;
	for (u32 part = 0; part < GAUGE_MAP_PARTS; part++) {
		u32 count[NR_MAP_STATES] = {0}, best = 0;

		for (u32 p = 0; p < MAP_PROBES; p++) {
			u64 probe = (u64)part * MAP_PROBES + p;
			u64 at = (u64)((unsigned __int128)probe * total /
				       (GAUGE_MAP_PARTS * MAP_PROBES));

			count[use_at(mm, at)]++;
		}
		for (u32 st = 1; st < NR_MAP_STATES; st++)
			if (count[st] > count[best])
				best = st;
		map[part] = (u8)best;
	}
}
