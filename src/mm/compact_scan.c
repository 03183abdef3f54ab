/*
 * compact_scan.c - the two scanners of compaction.
 *
 * What it is
 *	One goes up through a zone and takes pages that can be moved off their
 *	LRU lists; the other comes down and takes free pages for them.
 *
 * How it works
 *
 *	  migrate scanner ──►                         ◄── free scanner
 *	  ├─────────┼─────────┼─────────┼─────────┼─────────┤ pageblocks
 *	   #.##..#.  #.#.####            .#.#..##  ###.####
 *	   └ out, up to 32 at a time          into these ┘
 *
 *	Each keeps to whole pageblocks.  One where nothing was to be had is
 *	marked (pageblock_skip) and passed over by later runs, which begin
 *	where this one stopped, until the marks are cleared: a run that met
 *	the other scanner asks for it, kswapd does it before it sleeps.
 *
 * Lock order
 *	zone->lock around each free block; nothing held across calls.
 *
 * Invariants
 *	A page is isolated only while its pageblock lies between the scanners.
 *	pages of freepages: PAGE_ALLOCATED, order 0, no flags
 *
 * What is charged
 *	COST_COMPACT_SCAN a page frame that is looked at.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1.  Cached positions are kept at the start of a pageblock
 *	(there, a reset leaves the free one at the end of it); no pages that
 *	a driver moves, no huge pages.
 */
#include "mm/compact_scan.h"

#include "mm/lru.h"

/* Hints */

bool get_pageblock_skip(const struct mm *mm, u64 pfn)
{
	return mm->pageblock_skip[pfn >> PAGEBLOCK_ORDER];
}

void set_pageblock_skip(struct mm *mm, u64 pfn)
{
	mm->pageblock_skip[pfn >> PAGEBLOCK_ORDER] = true;
}

/* Not tried in vain lately. */
static bool isolation_suitable(const struct mm *mm,
			       const struct compact_control *cc, u64 pfn)
{
	return cc->ignore_skip_hint || !get_pageblock_skip(mm, pfn);
}

void reset_cached_positions(const struct mm *mm, struct zone *zone)
{
	zone->compact_cached_migrate_pfn[0] = zone->zone_start_pfn;
	zone->compact_cached_migrate_pfn[1] = zone->zone_start_pfn;
	zone->compact_cached_free_pfn =
		pageblock_start_pfn(zone_end_pfn(mm, zone) - 1);
}

/* Next time it starts behind @pfn. */
static void update_cached_migrate(const struct mm *mm,
				  const struct compact_control *cc, u64 pfn)
{
	struct zone *zone = cc->zone;

	/* As the kernel: of the end of a pageblock it is the next one's. */
	pfn = MIN(pageblock_end_pfn(pfn), zone_end_pfn(mm, zone));
	if (pfn > zone->compact_cached_migrate_pfn[0])
		zone->compact_cached_migrate_pfn[0] = pfn;
	if (cc->mode != MIGRATE_ASYNC &&
	    pfn > zone->compact_cached_migrate_pfn[1])
		zone->compact_cached_migrate_pfn[1] = pfn;
}

static void update_pageblock_skip(struct mm *mm, struct zone *zone, u64 pfn)
{
	set_pageblock_skip(mm, pfn);
	if (pfn < zone->compact_cached_free_pfn)
		zone->compact_cached_free_pfn = MAX(pfn, zone->zone_start_pfn);
}

/* The pageblock of @pfn belongs to @zone: zones may have holes. */
static bool pageblock_in_zone(const struct mm *mm, const struct zone *zone,
			      u64 pfn)
{
	return pfn < mm->max_pfn && pfn_zone(mm, (pfn_t)pfn) == zone &&
	       pfn_to_page(mm, (pfn_t)pfn)->state != PAGE_RESERVED;
}

/* A free block of the largest order that nobody has touched yet. */
static bool is_virgin(const struct zone *zone, u64 pfn)
{
	return pfn >= zone->virgin_pfn && pfn < zone->virgin_end_pfn;
}

/* The order of the free block that begins at @pfn; -1: none does. */
static s32 free_block_order(const struct mm *mm, const struct zone *zone,
			    u64 pfn)
{
	const struct page *page = pfn_to_page(mm, (pfn_t)pfn);

	if (page->state == PAGE_BUDDY)
		return page->order;
	if (is_virgin(zone, pfn) && !(pfn & (MAX_ORDER_NR_PAGES - 1)))
		return MAX_ORDER - 1;
	return -1;
}

/* Pages of the compound block whose first page this is; 0: it is none. */
static u64 compound_pages(const struct mm *mm, u64 pfn)
{
	const struct page *page = pfn_to_page(mm, (pfn_t)pfn);

	if (page->state == PAGE_ALLOCATED && page->flags & PG_COMPOUND)
		return (u64)1 << page->order;
	if (page->state == PAGE_SLAB && page->head == pfn && page->order)
		return (u64)1 << page->order;
	return 0;
}

/* A pageblock under one huge page is never of use. */
static bool skip_persistent(const struct mm *mm, u64 pfn)
{
	return compound_pages(mm, pfn) >= PAGEBLOCK_NR_PAGES;
}

/* Whether the pageblock has what a scanner looks for, by a sample; then its
 * hint goes.  Both scanners' start is known: a hint that is clear will do. */
static bool clear_skip_hint(struct mm *mm, const struct zone *zone, u64 pfn,
			    bool check_source, bool check_target)
{
	u64 at = MAX(pageblock_start_pfn(pfn), zone->zone_start_pfn);
	u64 end = MIN(pageblock_end_pfn(pfn), zone_end_pfn(mm, zone));

	if (!pageblock_in_zone(mm, zone, at) || skip_persistent(mm, at))
		return false;
	if (check_source && check_target && !get_pageblock_skip(mm, at))
		return true;
	if (!check_source && check_target &&
	    get_pageblock_migratetype(mm, (pfn_t)at) != MIGRATE_MOVABLE)
		return false;
	for (; at < end; at += (u64)1 << PAGE_ALLOC_COSTLY_ORDER) {
		const struct page *page = pfn_to_page(mm, (pfn_t)at);

		if ((check_source && page->flags & PG_ON_LRU &&
		     page->state == PAGE_ALLOCATED) ||
		    (check_target && free_block_order(mm, zone, at) >= 0)) {
			mm->pageblock_skip[at >> PAGEBLOCK_ORDER] = false;
			return true;
		}
	}
	return false;
}

void forget_skip_hints(struct mm *mm, struct zone *zone)
{
	u64 low = zone->zone_start_pfn, high = zone_end_pfn(mm, zone) - 1;
	u64 reset_migrate = high, reset_free = low;
	bool source_set = false, free_set = false;

	if (!zone->compact_blockskip_flush)
		return;
	zone->compact_blockskip_flush = false;
	for (; low < high && high >= PAGEBLOCK_NR_PAGES;
	     low += PAGEBLOCK_NR_PAGES, high -= PAGEBLOCK_NR_PAGES) {
		u64 from = MAX(pageblock_start_pfn(low), zone->zone_start_pfn);
		u64 to = MAX(pageblock_start_pfn(high), zone->zone_start_pfn);

		if (clear_skip_hint(mm, zone, low, true, source_set) &&
		    from < reset_migrate) {
			source_set = true;
			reset_migrate = from;
			zone->compact_init_migrate_pfn = from;
			zone->compact_cached_migrate_pfn[0] = from;
			zone->compact_cached_migrate_pfn[1] = from;
		}
		if (clear_skip_hint(mm, zone, high, free_set, true) &&
		    to > reset_free) {
			free_set = true;
			reset_free = to;
			zone->compact_init_free_pfn = to;
			zone->compact_cached_free_pfn = to;
		}
	}
	if (reset_migrate < reset_free)
		return;
	/* Nothing to be done: the next run ends at once. */
	low = MAX(pageblock_start_pfn(low), zone->zone_start_pfn);
	zone->compact_cached_migrate_pfn[0] = low;
	zone->compact_cached_migrate_pfn[1] = low;
	zone->compact_cached_free_pfn = low;
}

void reset_isolation_suitable(struct mm *mm, u32 nid)
{
	if (!mm->kcompactds)
		return;
	for (u32 type = 0; type < MAX_NR_ZONES; type++)
		if (mm->nodes[nid].zones[type])
			forget_skip_hints(mm, mm->nodes[nid].zones[type]);
}

/* The migrate scanner */

/* What one look at a pageblock has come to. */
struct block_scan {
	u64 pfn;
	u64 end;
	u64 next_skip;	      /* end of the block that is wanted whole */
	bool skip_on_failure; /* one page that stays spoils that block */
	u64 scanned;
	u32 isolated;
	bool skip_updated;
};

static u64 block_end(u64 pfn, s32 order)
{
	u64 pages = (u64)1 << (order > 0 ? order : 0);

	return (pfn & ~(pages - 1)) + pages;
}

static bool may_isolate(const struct mm *mm, const struct compact_control *cc,
			const struct page *page)
{
	enum lru_list lru;
	bool file;

	if (page->state != PAGE_ALLOCATED || !(page->flags & PG_ON_LRU))
		return false;
	/* A task or a device is at it. */
	if (page->words[LRU_WORD_FLAGS] & (LRU_LOCKED | LRU_PINNED))
		return false;
	lru = page_lru(page);
	file = lru == LRU_INACTIVE_FILE || lru == LRU_ACTIVE_FILE ||
	       page->words[LRU_WORD_MAPPING];
	/* File systems hold locks. */
	if (file && !(cc->gfp & GFP_FS))
		return false;
	/* Swap knows it by its frame. */
	if (page_lru_flag(page, LRU_SWAPCACHE))
		return false;
	if (lru == LRU_UNEVICTABLE && !mm->conf.compact_unevictable_allowed)
		return false;
	return cc->mode == MIGRATE_SYNC || !page_lru_flag(page, LRU_WRITEBACK);
}

/* The first page of a pageblock to be isolated marks it: whoever comes while
 * its pages are on their way need not look.  Return: it was marked. */
static bool test_and_set_skip(struct mm *mm, const struct compact_control *cc,
			      u64 pfn)
{
	bool skip;

	if (cc->ignore_skip_hint || !pageblock_aligned(pfn))
		return false;
	skip = get_pageblock_skip(mm, pfn);
	if (!skip)
		set_pageblock_skip(mm, pfn);
	return skip;
}

static void isolate_one(struct mm *mm, struct compact_control *cc,
			struct block_scan *b)
{
	struct page *page = pfn_to_page(mm, (pfn_t)b->pfn);

	lru_isolate(mm, page);
	page_list_add(mm, &cc->migratepages, (pfn_t)b->pfn);
	cc->nr_migratepages++;
	b->isolated++;
}

/* This page frame stays; with it the wanted block, then. */
static void isolate_failed(struct mm *mm, struct compact_control *cc,
			   struct block_scan *b)
{
	if (!b->skip_on_failure)
		return;
	if (b->isolated) {
		putback_movable_pages(mm, &cc->migratepages);
		cc->nr_migratepages = 0;
		b->isolated = 0;
	}
	if (b->pfn < b->next_skip) {
		b->pfn = b->next_skip - 1;
		b->next_skip += (u64)1 << cc->order;
	}
}

/* One page frame.  Return: whether to stop behind it. */
static bool scan_one(struct mm *mm, struct compact_control *cc,
		     struct block_scan *b)
{
	s32 free_order = free_block_order(mm, cc->zone, b->pfn);
	u64 compound;

	b->scanned++;
	if (free_order >= 0) {
		b->pfn += ((u64)1 << free_order) - 1;
		return false;
	}
	compound = compound_pages(mm, b->pfn);
	if (compound) {
		b->pfn += compound - 1;
		isolate_failed(mm, cc, b);
		return false;
	}
	if (!may_isolate(mm, cc, pfn_to_page(mm, (pfn_t)b->pfn))) {
		isolate_failed(mm, cc, b);
		return false;
	}
	if (!b->skip_updated) {
		b->skip_updated = true;
		test_and_set_skip(mm, cc, b->pfn);
	}
	isolate_one(mm, cc, b);
	return cc->nr_migratepages >= COMPACT_CLUSTER_MAX && !cc->rescan;
}

static void isolate_migratepages_block(struct mm *mm,
				       struct compact_control *cc, u64 pfn,
				       u64 end)
{
	struct block_scan b = {.pfn = pfn, .end = end};
	bool from_start =
		pageblock_aligned(pfn) || pfn == cc->zone->zone_start_pfn;

	if (cc->direct && cc->mode == MIGRATE_ASYNC) {
		b.skip_on_failure = true;
		b.next_skip = block_end(pfn, cc->order);
	}
	for (; b.pfn < end; b.pfn++) {
		if (b.skip_on_failure && b.pfn >= b.next_skip) {
			if (b.isolated)
				break;
			b.next_skip = block_end(b.pfn, cc->order);
		}
		if (scan_one(mm, cc, &b)) {
			b.pfn++;
			break;
		}
	}
	b.pfn = MIN(b.pfn, end);
	if (b.pfn == end && (!b.isolated || cc->rescan)) {
		if (from_start && !b.skip_updated)
			set_pageblock_skip(mm, pfn);
		update_cached_migrate(mm, cc, b.pfn);
	}
	charge(mm->machine, COST_COMPACT_SCAN, (u32)b.scanned);
	cc->total_migrate_scanned += b.scanned;
	mm->vm_events[VM_EV_COMPACT_ISOLATED] += b.isolated;
	cc->migrate_pfn = b.pfn;
}

/* Async direct compaction wants little work: blocks of its own type. */
static bool suitable_migration_source(const struct mm *mm,
				      const struct compact_control *cc, u64 pfn)
{
	if (skip_persistent(mm, pfn))
		return false;
	if (cc->mode != MIGRATE_ASYNC || !cc->direct)
		return true;
	return get_pageblock_migratetype(mm, (pfn_t)pfn) == cc->migratetype;
}

bool isolate_migratepages(struct mm *mm, struct compact_control *cc)
{
	u64 start = MAX(pageblock_start_pfn(cc->migrate_pfn),
			cc->zone->zone_start_pfn);
	u64 end = pageblock_end_pfn(cc->migrate_pfn);

	/* Not across the free scanner. */
	for (; end <= cc->free_pfn; end += PAGEBLOCK_NR_PAGES) {
		u64 pfn = cc->migrate_pfn;

		if (!pageblock_in_zone(mm, cc->zone, start) ||
		    /* Only when come to first: 32 pages mark it already. */
		    (pageblock_aligned(pfn) &&
		     !isolation_suitable(mm, cc, start))) {
			cc->migrate_pfn = start = end;
			continue;
		}
		if (suitable_migration_source(mm, cc, start)) {
			isolate_migratepages_block(mm, cc, pfn, end);
			break;
		}
		update_cached_migrate(mm, cc, end);
		cc->migrate_pfn = start = end;
	}
	return cc->nr_migratepages;
}

/* The free scanner */

static bool suitable_migration_target(const struct mm *mm,
				      const struct compact_control *cc, u64 pfn)
{
	/* That would break what compaction is to make. */
	if (free_block_order(mm, cc->zone, pfn) >= PAGEBLOCK_ORDER)
		return false;
	return cc->ignore_block_suitable ||
	       get_pageblock_migratetype(mm, (pfn_t)pfn) == MIGRATE_MOVABLE;
}

bool isolate_free_page(struct mm *mm, struct compact_control *cc, u64 pfn,
		       u32 order)
{
	struct zone *zone = cc->zone;
	u64 pages = (u64)1 << order;
	bool ok;

	/* As if it were allocated, at the mark without a boost. */
	ok = zone_watermark_ok_flags(zone, 0,
				     zone->watermark[WMARK_MIN] + pages,
				     ZONE_DMA, 0, zone_free_pages(zone));
	if (!ok)
		return false;
	del_from_free_list(mm, zone, (pfn_t)pfn, order);
	mod_zone_freepage_state(mm, zone, -(s64)pages);
	for (u64 i = 0; order >= PAGEBLOCK_ORDER - 1 && i < pages;
	     i += PAGEBLOCK_NR_PAGES)
		if (migratetype_is_mergeable(
			    get_pageblock_migratetype(mm, (pfn_t)(pfn + i))))
			set_pageblock_migratetype(mm, (pfn_t)(pfn + i),
						  MIGRATE_MOVABLE);
	for (u64 i = 0; i < pages; i++) {
		struct page *page = pfn_to_page(mm, (pfn_t)(pfn + i));

		*page = (struct page){.state = PAGE_ALLOCATED};
		page_list_add(mm, &cc->freepages, (pfn_t)(pfn + i));
	}
	cc->nr_freepages += (u32)pages;
	mm->vm_events[VM_EV_COMPACT_ISOLATED] += pages;
	return true;
}

u64 isolate_freepages_block(struct mm *mm, struct compact_control *cc, u64 *pfn,
			    u64 end, u32 stride)
{
	u64 at = *pfn, scanned = 0, isolated = 0;

	spin_lock(mm->machine, &cc->zone->lock, LOCK_ZONE);
	for (; at < end; at += stride) {
		s32 order = free_block_order(mm, cc->zone, at);
		u64 compound;

		scanned++;
		if (order < 0 || is_virgin(cc->zone, at)) {
			compound = compound_pages(mm, at);
			at += compound ? compound - 1 : 0;
			continue;
		}
		if (!isolate_free_page(mm, cc, at, (u32)order))
			break;
		scanned += ((u64)1 << order) - 1;
		isolated += (u64)1 << order;
		if (cc->nr_migratepages <= cc->nr_freepages) {
			at += (u64)1 << order;
			break;
		}
		at += ((u64)1 << order) - 1;
	}
	spin_unlock(mm->machine, &cc->zone->lock);
	*pfn = MIN(at, end);
	charge(mm->machine, COST_COMPACT_SCAN, (u32)scanned);
	cc->total_free_scanned += scanned;
	return isolated;
}

void isolate_freepages(struct mm *mm, struct compact_control *cc)
{
	const u64 zone_end = zone_end_pfn(mm, cc->zone);
	u64 at = cc->free_pfn, start = pageblock_start_pfn(at);
	u64 end = MIN(start + PAGEBLOCK_NR_PAGES, zone_end);
	u64 low = pageblock_end_pfn(cc->migrate_pfn);
	u32 stride = cc->mode == MIGRATE_ASYNC ? COMPACT_CLUSTER_MAX : 1;

	for (; start >= low;
	     end = start, start -= PAGEBLOCK_NR_PAGES, at = start) {
		u64 isolated;

		if (!pageblock_in_zone(mm, cc->zone, start) ||
		    !suitable_migration_target(mm, cc, start) ||
		    !isolation_suitable(mm, cc, start))
			continue;
		isolated = isolate_freepages_block(mm, cc, &at, end, stride);
		if (at == end)
			update_pageblock_skip(mm, cc->zone, start);
		if (cc->nr_freepages >= cc->nr_migratepages) {
			if (at >= end)
				at = start - PAGEBLOCK_NR_PAGES;
			break;
		}
		if (at < end) /* the watermark said no */
			break;
		stride = isolated ? 1 : MIN(COMPACT_CLUSTER_MAX, stride << 1);
	}
	cc->free_pfn = at;
}
