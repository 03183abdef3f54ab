/*
 * compaction.c - direct compaction, as far as nothing is movable.
 *
 * What it is
 *	Before an allocation of order > 0 fails, the kernel tries to make a
 *	block by moving pages together.
 *
 * How it works
 *	There is no page that could be moved yet, so a run never changes a
 *	free list.  What remains is what an allocation sees of it: whether a
 *	zone is suitable, that the task reschedules on the way (kswapd runs
 *	and takes the watermark boost back), that it tries once more
 *	afterwards, and that failing often defers further runs.
 *
 * Lock order
 *	None.
 *
 * Invariants
 *	compact_defer_shift <= COMPACT_MAX_DEFER_SHIFT
 *
 * What is charged
 *	Nothing.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1; migration, kcompactd, pageblock skip hints.
 */
#include "mm/compaction.h"

#include "mm/vmscan.h"

#define COMPACT_MAX_DEFER_SHIFT 6
#define EXTFRAG_THRESHOLD	500

void compaction_defer_reset(struct zone *zone, u32 order, bool success)
{
	if (success) {
		zone->compact_considered = 0;
		zone->compact_defer_shift = 0;
	}
	if (order >= zone->compact_order_failed)
		zone->compact_order_failed = order + 1;
}

static void defer_compaction(struct zone *zone, u32 order)
{
	zone->compact_considered = 0;
	if (order < zone->compact_order_failed)
		zone->compact_order_failed = order;
	if (zone->compact_defer_shift < COMPACT_MAX_DEFER_SHIFT)
		zone->compact_defer_shift++;
}

static bool compaction_deferred(struct zone *zone, u32 order)
{
	u32 limit = 1u << zone->compact_defer_shift;

	if (order < zone->compact_order_failed)
		return false;
	if (++zone->compact_considered >= limit) {
		zone->compact_considered = limit;
		return false;
	}
	return true;
}

/*
 * Whether an order fails for fragmentation (towards 1000) or for want of
 * memory (towards 0); -1: it does not fail.
 */
static s64 fragmentation_index(const struct zone *zone, u32 order)
{
	u64 requested = (u64)1 << order;
	u64 free_pages = 0, blocks = 0, suitable = 0;

	for (u32 o = 0; o < MAX_ORDER; o++) {
		u64 nr = zone->free_area[o].nr_free;

		blocks += nr;
		free_pages += nr << o;
		if (o >= order)
			suitable += nr << (o - order);
	}
	if (!blocks)
		return 0;
	if (suitable)
		return -1000;
	return 1000 - (s64)((1000 + free_pages * 1000 / requested) / blocks);
}

static enum compact_result compaction_suitable(const struct zone *zone,
					       u32 order, u32 alloc_flags,
					       enum zone_type highest)
{
	enum zone_watermark w = alloc_flags & ALLOC_WMARK_MASK;
	s64 free_pages = zone_free_pages(zone);
	u64 mark;

	if (zone_watermark_ok_flags(zone, order, wmark_pages(zone, w), highest,
				    alloc_flags, free_pages))
		return COMPACT_SUCCESS;
	mark = wmark_pages(zone, order > PAGE_ALLOC_COSTLY_ORDER ? WMARK_LOW
								 : WMARK_MIN);
	mark += (u64)2 << order;
	if (!zone_watermark_ok_flags(zone, 0, mark, highest, 0, free_pages))
		return COMPACT_SKIPPED;
	if (order > PAGE_ALLOC_COSTLY_ORDER) {
		s64 index = fragmentation_index(zone, order);

		if (index >= 0 && index <= EXTFRAG_THRESHOLD)
			return COMPACT_SKIPPED;
	}
	return COMPACT_COMPLETE;
}

enum compact_result try_to_compact_pages(struct mm *mm, gfp_t gfp, u32 order,
					 u32 alloc_flags,
					 const struct alloc_context *ac,
					 enum compact_priority prio)
{
	enum compact_result best = COMPACT_SKIPPED;

	if (!(gfp & GFP_IO))
		return best;
	for (const struct zoneref *z = ac->preferred; z < ac->end;
	     z = next_zones_zonelist(z + 1, ac)) {
		enum compact_result result;

		if (compaction_deferred(z->zone, order)) {
			best = MAX(best, COMPACT_DEFERRED);
			continue;
		}
		result = compaction_suitable(z->zone, order, alloc_flags,
					     ac->highest);
		best = MAX(best, result);
		if (result == COMPACT_SUCCESS) {
			compaction_defer_reset(z->zone, order, false);
			break;
		}
		if (result == COMPACT_COMPLETE) {
			kswapd_run_woken(mm);
			if (prio != COMPACT_PRIO_ASYNC)
				defer_compaction(z->zone, order);
		}
	}
	return best;
}
