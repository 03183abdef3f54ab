/*
 * compact_fast.c - free pages for compaction from the free lists.
 *
 * What it is
 *	Before the free scanner goes through pageblocks frame by frame, a few
 *	entries of the free lists are looked at.
 *
 * How it works
 *	Orders below the wanted one are tried in turn, tails first, beginning
 *	with the order that served last.  A block in the top quarter of what
 *	lies between the scanners is taken at once, the highest of the top
 *	half if there is none:
 *
 *	  migrate_pfn                 min_pfn      low_pfn     free_pfn
 *	  ├──────────────────────────────┼────────────┼────────────┤
 *	                                   if need be     rather
 *
 *	A list is turned so that the next search begins behind this one.  Each
 *	search that finds nothing makes the next one shorter.
 *
 * Lock order
 *	zone->lock around each list.
 *
 * Invariants
 *	The free scanner never goes up, but to where a list says there is
 *	something.
 *
 * What is charged
 *	COST_COMPACT_SCAN an entry looked at.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1.  Before hints were first reset every search counts there
 *	as the first of its run, and each that fails halves what is left to
 *	the free scanner; here only the first does.  There is a like search
 *	for the migrate scanner's pageblock; 6.1 marks what it finds to be
 *	skipped, and then skips it, so that all it does is to let the scanner
 *	jump.
 */
#include "mm/compact_scan.h"

/* One search, over several orders. */
struct fast_search {
	u64 low_pfn; /* from here on a block is taken at once */
	u64 min_pfn;
	u64 highest; /* pageblock that was seen, 0: none */
	u32 limit;   /* entries of one list */
	u64 scanned;
};

static u32 freelist_scan_limit(const struct compact_control *cc)
{
	return (COMPACT_CLUSTER_MAX >> MIN(cc->fast_search_fail, 31u)) + 1;
}

/* Round-robin; -1: they all had their turn, and the next search begins one
 * lower. */
static s32 next_search_order(struct compact_control *cc, s32 order)
{
	order--;
	if (order < 0)
		order = cc->order - 1;
	if (order != cc->search_order)
		return order;
	cc->search_order--;
	if (cc->search_order < 0)
		cc->search_order = cc->order - 1;
	return -1;
}

/* The block of @order to be taken, PFN_NONE: none was found. */
static pfn_t search_list(struct mm *mm, struct compact_control *cc,
			 struct fast_search *f, s32 order, u32 *seen)
{
	struct page_list *list =
		&cc->zone->free_area[order].list[MIGRATE_MOVABLE];
	pfn_t high = PFN_NONE, at;

	for (at = list->tail; at != PFN_NONE; at = pfn_to_page(mm, at)->prev) {
		++*seen;
		f->scanned++;
		if (at >= f->highest)
			f->highest = MAX(pageblock_start_pfn(at),
					 cc->zone->zone_start_pfn);
		if (at >= f->low_pfn) {
			cc->fast_search_fail = 0;
			cc->search_order = order;
			page_list_rotate_to_front(mm, list, at);
			return at;
		}
		if (at >= f->min_pfn && at > high) {
			high = at;
			f->limit >>= 1;
		}
		if (*seen >= f->limit)
			break;
	}
	if (high != PFN_NONE)
		at = high;
	if (at != PFN_NONE)
		page_list_rotate_to_front(mm, list, at);
	return high;
}

/* The rest of the pageblock of a block that was found. */
static void fast_isolate_around(struct mm *mm, struct compact_control *cc,
				u64 pfn)
{
	u64 start = MAX(pageblock_start_pfn(pfn), cc->zone->zone_start_pfn);
	u64 end = MIN(pageblock_end_pfn(pfn), zone_end_pfn(mm, cc->zone));

	if (cc->nr_freepages >= cc->nr_migratepages)
		return;
	if (cc->direct && cc->mode == MIGRATE_ASYNC)
		return;
	if (pfn_zone(mm, (pfn_t)start) != cc->zone)
		return;
	isolate_freepages_block(mm, cc, &start, end, 1);
	if (start == end)
		set_pageblock_skip(mm, end - 1);
}

/* All orders in turn; the last block found, PFN_NONE: none. */
static pfn_t search_orders(struct mm *mm, struct compact_control *cc,
			   struct fast_search *f)
{
	pfn_t found = PFN_NONE;

	cc->search_order = MIN(cc->order - 1, cc->search_order);
	for (s32 order = cc->search_order; found == PFN_NONE && order >= 0;
	     order = next_search_order(cc, order)) {
		u32 seen = 0;

		if (!cc->zone->free_area[order].nr_free)
			continue;
		spin_lock(mm->machine, &cc->zone->lock, LOCK_ZONE);
		found = search_list(mm, cc, f, order, &seen);
		if (found != PFN_NONE &&
		    !isolate_free_page(mm, cc, found, (u32)order)) {
			order = cc->search_order + 1; /* no more of this */
			found = PFN_NONE;
		}
		spin_unlock(mm->machine, &cc->zone->lock);
		if (found != PFN_NONE)
			f->scanned += ((u64)1 << order) - 1;
		if (cc->nr_freepages >= cc->nr_migratepages)
			break;
		if (seen >= f->limit)
			f->limit = MAX(1u, f->limit >> 1);
	}
	return found;
}

/* A search at the start of a run found nothing: begin where there was
 * something at least.  Return: that pageblock, 0: none. */
static u64 free_scan_start(struct compact_control *cc,
			   const struct fast_search *f)
{
	if (f->highest >= f->min_pfn) {
		cc->free_pfn = f->highest;
		return f->highest;
	}
	if (!cc->direct)
		return 0;
	cc->free_pfn = f->min_pfn;
	return f->min_pfn;
}

/* Where a free scanner begins that nothing is known of. */
static u64 first_free_pfn(const struct mm *mm, const struct zone *zone)
{
	if (zone->compact_init_free_pfn)
		return zone->compact_init_free_pfn;
	return pageblock_start_pfn(zone_end_pfn(mm, zone) - 1);
}

void fast_isolate_freepages(struct mm *mm, struct compact_control *cc)
{
	struct fast_search f = {0};
	u64 distance = cc->free_pfn - cc->migrate_pfn;
	bool scan_start = cc->free_pfn >= first_free_pfn(mm, cc->zone);
	u64 at;

	if (cc->order <= 0 || mm->conf.profile < PROFILE_LINUX_5_3)
		return;
	if (compact_scanners_met(cc))
		return;
	f.limit = scan_start ? (u32)PAGEBLOCK_NR_PAGES >> 1
			     : MAX(1u, freelist_scan_limit(cc) >> 1);
	f.low_pfn = pageblock_start_pfn(cc->free_pfn - (distance >> 2));
	f.min_pfn = pageblock_start_pfn(cc->free_pfn - (distance >> 1));
	at = search_orders(mm, cc, &f);
	if (at == PFN_NONE) {
		cc->fast_search_fail++;
		if (scan_start)
			at = free_scan_start(cc, &f);
	}
	if (f.highest && f.highest >= cc->zone->compact_cached_free_pfn)
		cc->zone->compact_cached_free_pfn =
			f.highest >= cc->zone->zone_start_pfn +
						PAGEBLOCK_NR_PAGES
				? f.highest - PAGEBLOCK_NR_PAGES
				: 0;
	charge(mm->machine, COST_COMPACT_SCAN, (u32)f.scanned);
	cc->total_free_scanned += f.scanned;
	if (at)
		fast_isolate_around(mm, cc, at);
}
