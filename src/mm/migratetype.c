/*
 * migratetype.c - page mobility: pageblocks, and what to do when a migrate
 * type has no free block left.
 *
 * What it is
 *	Each pageblock (512 pages) has a type: what kind of allocations lives
 *	there, so that unmovable pages do not spread everywhere.  When a type
 *	runs out, a block of another type is taken, and if it pays the whole
 *	pageblock with it.
 *
 * How it works
 *	rmqueue_locked() asks the lists of the wanted type first.  Then the
 *	largest block of the fallback types is looked for, from the top:
 *
 *	  wanted        fallbacks, in this order
 *	  UNMOVABLE     RECLAIMABLE, MOVABLE
 *	  MOVABLE       RECLAIMABLE, UNMOVABLE
 *	  RECLAIMABLE   UNMOVABLE, MOVABLE
 *
 *	A block of a pageblock or more changes its type.  A smaller one brings
 *	with it all free blocks of its pageblock, and the pageblock's type
 *	when half of it is free or of a compatible use.  MOVABLE requests take
 *	small blocks without that, as they can be moved away again.
 *
 * Lock order
 *	zone->lock is held by the caller; the two functions of the high-atomic
 *	reserve take it.
 *
 * Invariants (mm_check_pages())
 *	a free block's list type is a type < MIGRATE_TYPES
 *	nr_reserved_highatomic is a multiple of a pageblock's pages
 *
 * What is charged
 *	COST_PAGE_STEAL a fallback.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1.  Without conf.reclaim there is no LRU; conf.movable_on_lru
 *	says whether allocated movable pages count as being on one.  No CMA,
 *	no isolation.
 */
#include "mm/page_internal.h"

static const enum migratetype fallbacks[MIGRATE_PCPTYPES][2] = {
	[MIGRATE_UNMOVABLE] = {MIGRATE_RECLAIMABLE, MIGRATE_MOVABLE},
	[MIGRATE_MOVABLE] = {MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE},
	[MIGRATE_RECLAIMABLE] = {MIGRATE_UNMOVABLE, MIGRATE_MOVABLE},
};

enum migratetype get_pageblock_migratetype(const struct mm *mm, pfn_t pfn)
{
	return mm->pageblock_flags[pfn >> PAGEBLOCK_ORDER] ^ MIGRATE_MOVABLE;
}

void set_pageblock_migratetype(struct mm *mm, pfn_t pfn, enum migratetype mt)
{
	if (unlikely(mm->conf.page_group_by_mobility_disabled &&
		     mt < MIGRATE_PCPTYPES))
		mt = MIGRATE_UNMOVABLE;
	mm->pageblock_flags[pfn >> PAGEBLOCK_ORDER] =
		(u8)((u32)mt ^ MIGRATE_MOVABLE);
}

static bool can_steal_fallback(const struct mm *mm, u32 order,
			       enum migratetype mt)
{
	return order >= PAGEBLOCK_ORDER / 2 || mt == MIGRATE_RECLAIMABLE ||
	       mt == MIGRATE_UNMOVABLE ||
	       mm->conf.page_group_by_mobility_disabled;
}

/* The fallback type that has a block of @order; MIGRATE_TYPES: none. */
static enum migratetype find_suitable_fallback(const struct zone *zone,
					       u32 order, enum migratetype mt)
{
	for (u32 i = 0; i < ARRAY_SIZE(fallbacks[0]); i++) {
		enum migratetype fallback = fallbacks[mt][i];

		if (zone->free_mask[fallback] >> order & 1)
			return fallback;
	}
	return MIGRATE_TYPES;
}

bool can_steal_block(const struct mm *mm, const struct zone *zone, u32 order,
		     enum migratetype mt)
{
	return can_steal_fallback(mm, order, mt) &&
	       find_suitable_fallback(zone, order, mt) != MIGRATE_TYPES;
}

/* x * n / d without overflow of the product, as the kernel's mult_frac(). */
static u64 mult_frac(u64 x, u64 n, u64 d)
{
	return x / d * n + x % d * n / d;
}

/*
 * Fragmentation was caused: let kswapd free more than it otherwise would.
 */
static bool boost_watermark(const struct mm *mm, struct zone *zone)
{
	u64 max_boost;

	if (!mm->conf.watermark_boost_factor)
		return false;
	/* Small machines would be out of memory at once. */
	if (PAGEBLOCK_NR_PAGES * 4 > zone->managed_pages)
		return false;
	max_boost = mult_frac(zone->watermark[WMARK_HIGH],
			      mm->conf.watermark_boost_factor, 10000);
	if (!max_boost)
		return false;
	max_boost = MAX(PAGEBLOCK_NR_PAGES, max_boost);
	zone->watermark_boost =
		MIN(zone->watermark_boost + PAGEBLOCK_NR_PAGES, max_boost);
	return true;
}

/*
 * All free blocks of a pageblock change lists; returns their pages.
 * @movable: adds the allocated pages that could be migrated away.
 */
static u64 move_freepages_block(struct mm *mm, struct zone *zone, pfn_t pfn,
				enum migratetype mt, u64 *movable)
{
	u64 at = pfn & ~(PAGEBLOCK_NR_PAGES - 1);
	u64 end = at + PAGEBLOCK_NR_PAGES;
	u64 moved = 0;

	if (at < zone->zone_start_pfn)
		at = pfn;
	if (end > zone->zone_start_pfn + zone->spanned_pages)
		return 0;
	while (at < end) {
		const struct page *page = pfn_to_page(mm, (pfn_t)at);
		u64 pages = (u64)1 << page->order;

		if (page->state == PAGE_BUDDY) {
			move_to_free_list(mm, zone, (pfn_t)at, page->order, mt);
			moved += pages;
			at += pages;
		} else if (page->state == PAGE_ALLOCATED) {
			if (page->flags & PG_LRU)
				*movable += pages;
			at += pages;
		} else {
			at++;
		}
	}
	return moved;
}

static void steal_suitable_fallback(struct mm *mm, struct zone *zone, pfn_t pfn,
				    u32 alloc_flags, enum migratetype mt,
				    bool whole_block)
{
	u32 order = pfn_to_page(mm, pfn)->order;
	enum migratetype old = get_pageblock_migratetype(mm, pfn);
	u64 free_pages, movable_pages = 0, alike_pages = 0;

	if (old == MIGRATE_HIGHATOMIC)
		goto single_page;
	if (order >= PAGEBLOCK_ORDER) {
		for (u64 i = 0; i < (u64)1 << order; i += PAGEBLOCK_NR_PAGES)
			set_pageblock_migratetype(mm, pfn + (pfn_t)i, mt);
		goto single_page;
	}
	if (boost_watermark(mm, zone) && (alloc_flags & ALLOC_KSWAPD))
		zone->boosted_watermark = true;
	if (!whole_block)
		goto single_page;
	free_pages = move_freepages_block(mm, zone, pfn, mt, &movable_pages);
	if (!free_pages)
		goto single_page;
	if (mt == MIGRATE_MOVABLE)
		alike_pages = movable_pages;
	else if (old == MIGRATE_MOVABLE) /* what is not is as good as ours */
		alike_pages =
			PAGEBLOCK_NR_PAGES -
			MIN(free_pages + movable_pages, PAGEBLOCK_NR_PAGES);
	if (free_pages + alike_pages >= PAGEBLOCK_NR_PAGES / 2 ||
	    mm->conf.page_group_by_mobility_disabled) {
		set_pageblock_migratetype(mm, pfn, mt);
		mm->vm_events[VM_EV_EXTFRAG_STEAL]++;
	}
	return;

single_page:
	move_to_free_list(mm, zone, pfn, order, mt);
}

/* Orders and types of a fallback, for MM_EV_EXTFRAG. */
static u64 extfrag_pack(u32 order, u32 fallback_order, enum migratetype mt,
			enum migratetype fallback)
{
	return order | fallback_order << 8 | (u32)mt << 16 |
	       (u32)fallback << 24;
}

/*
 * Brings a block of another type to the lists of @mt.
 * Return: whether there was one.
 */
static bool rmqueue_fallback(struct mm *mm, struct zone *zone, u32 order,
			     enum migratetype mt, u32 alloc_flags)
{
	enum migratetype fallback = MIGRATE_TYPES;
	u32 min_order = order;
	u32 current;
	bool can_steal;
	pfn_t pfn;

	if (order < PAGEBLOCK_ORDER && (alloc_flags & ALLOC_NOFRAGMENT))
		min_order = PAGEBLOCK_ORDER;
	for (current = MAX_ORDER; current-- > min_order;) {
		fallback = find_suitable_fallback(zone, current, mt);
		if (fallback != MIGRATE_TYPES)
			break;
	}
	if (fallback == MIGRATE_TYPES)
		return false;
	can_steal = can_steal_fallback(mm, current, mt);
	/* Nothing stolen with it: then rather split the smallest. */
	if (!can_steal && mt == MIGRATE_MOVABLE && current > order) {
		for (current = order;; current++) {
			fallback = find_suitable_fallback(zone, current, mt);
			if (fallback != MIGRATE_TYPES)
				break;
		}
		can_steal = can_steal_fallback(mm, current, mt);
	}
	pfn = free_area_head(mm, zone, current, fallback);
	steal_suitable_fallback(mm, zone, pfn, alloc_flags, mt, can_steal);
	charge(mm->machine, COST_PAGE_STEAL, 1);
	mm->vm_events[VM_EV_EXTFRAG]++;
	if (current < PAGEBLOCK_ORDER)
		mm->vm_events[VM_EV_EXTFRAG_FRAGMENTING]++;
	note(mm->machine, MM_EV_EXTFRAG, pfn,
	     extfrag_pack(order, current, mt, fallback));
	return true;
}

pfn_t rmqueue_locked(struct mm *mm, struct zone *zone, u32 order,
		     enum migratetype mt, u32 alloc_flags)
{
	pfn_t pfn = rmqueue_smallest(mm, zone, order, mt);

	if (unlikely(pfn == PFN_NONE) &&
	    rmqueue_fallback(mm, zone, order, mt, alloc_flags))
		pfn = rmqueue_smallest(mm, zone, order, mt);
	return pfn;
}

void reserve_highatomic_pageblock(struct mm *mm, struct zone *zone, pfn_t pfn)
{
	u64 limit = zone->managed_pages / 100 + PAGEBLOCK_NR_PAGES;
	u64 unused = 0;

	if (mm->highatomic_reserve_off || zone->nr_reserved_highatomic >= limit)
		return;
	if (!migratetype_is_mergeable(get_pageblock_migratetype(mm, pfn)))
		return;
	spin_lock(mm->machine, &zone->lock, LOCK_ZONE);
	zone->nr_reserved_highatomic += PAGEBLOCK_NR_PAGES;
	set_pageblock_migratetype(mm, pfn, MIGRATE_HIGHATOMIC);
	move_freepages_block(mm, zone, pfn, MIGRATE_HIGHATOMIC, &unused);
	spin_unlock(mm->machine, &zone->lock);
}

/* Frees one reserved pageblock of @zone for @mt; whether anything moved. */
static bool unreserve_zone(struct mm *mm, struct zone *zone,
			   enum migratetype mt)
{
	u64 unused = 0;

	for (u32 order = 0; order < MAX_ORDER; order++) {
		pfn_t pfn = free_area_head(mm, zone, order, MIGRATE_HIGHATOMIC);

		if (pfn == PFN_NONE)
			continue;
		/* A block may lie on the list though its pageblock left. */
		if (get_pageblock_migratetype(mm, pfn) == MIGRATE_HIGHATOMIC)
			zone->nr_reserved_highatomic -=
				MIN(PAGEBLOCK_NR_PAGES,
				    zone->nr_reserved_highatomic);
		set_pageblock_migratetype(mm, pfn, mt);
		if (move_freepages_block(mm, zone, pfn, mt, &unused))
			return true;
	}
	return false;
}

bool unreserve_highatomic_pageblock(struct mm *mm,
				    const struct alloc_context *ac, bool force)
{
	for (const struct zoneref *z = ac->preferred; z < ac->end; z++) {
		struct zone *zone = z->zone;
		bool moved;

		if (z->type > ac->highest || !(ac->nodes >> zone->node & 1))
			continue;
		/* One pageblock is kept while it can be. */
		if (!force &&
		    zone->nr_reserved_highatomic <= PAGEBLOCK_NR_PAGES)
			continue;
		spin_lock(mm->machine, &zone->lock, LOCK_ZONE);
		moved = unreserve_zone(mm, zone, ac->migratetype);
		spin_unlock(mm->machine, &zone->lock);
		if (moved)
			return true;
	}
	return false;
}
