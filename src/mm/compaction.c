/*
 * compaction.c - movable pages make room: runs over a zone, when they begin
 * and end, and what an allocation does with them.
 *
 * What it is
 *	Before an allocation of order > 0 fails, pages are moved together, so
 *	that a block of that order becomes free.
 *
 * How it works
 *	A run has a scanner from each end (compact_scan.c); pages go from the
 *	lower one to the upper one (migrate.c) until a block is free, or the
 *	scanners meet.  kcompactd does the same in time (kcompactd.c).
 *
 *	  try_to_compact_pages      each zone of the request
 *	    ├ compaction_deferred   failed lately: let pass 1, 2, 4 .. 64 calls
 *	    ├ compaction_suitable   enough free pages to move into; a costly
 *	    │                       order also lacks blocks, not memory
 *	    └ compact_step ... compact_finished
 *
 *	Async runs take pageblocks of the request's own type and give up a
 *	block as soon as one page of it stays; sync runs take all they can
 *	move; SYNC_FULL goes from end to end without regard to hints.
 *	A block that a free completes while its zone is compacted goes to the
 *	request itself (capture), before somebody else has it.
 *
 *	Without LRU lists no page is known to be movable: a run changes
 *	nothing.  What remains is what an allocation sees of it: whether a
 *	zone is suitable, that the task reschedules (kswapd runs and takes the
 *	watermark boost back), and that failing often defers further runs.
 *
 * Lock order
 *	None held across calls.
 *
 * Invariants (compaction_check())
 *	compact_defer_shift <= COMPACT_MAX_DEFER_SHIFT
 *	cached positions lie in their zone, at the start of a pageblock
 *
 * What is charged
 *	By compact_scan.c, compact_fast.c and migrate.c.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1.  Nobody interrupts a run, so no lock is ever contended.
 *	Kernels before 4.6 let kswapd itself compact; profiles before
 *	linux-5.3 have no daemon for it.
 */
#include "mm/compaction.h"

#include "mm/compact_scan.h"
#include "mm/vmscan.h"

#include <errno.h>

#define WRONG(e, ...) err_set(e, -EUCLEAN, __VA_ARGS__)

/* Deferral */

void compaction_defer_reset(struct zone *zone, u32 order, bool success)
{
	if (success) {
		zone->compact_considered = 0;
		zone->compact_defer_shift = 0;
	}
	if (order >= zone->compact_order_failed)
		zone->compact_order_failed = order + 1;
}

void defer_compaction(struct zone *zone, u32 order)
{
	zone->compact_considered = 0;
	if (order < zone->compact_order_failed)
		zone->compact_order_failed = order;
	if (zone->compact_defer_shift < COMPACT_MAX_DEFER_SHIFT)
		zone->compact_defer_shift++;
}

bool compaction_deferred(struct zone *zone, u32 order)
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

/* After the longest pause a run begins without old hints. */
static bool compaction_restarting(const struct zone *zone, s32 order)
{
	if (order < (s32)zone->compact_order_failed)
		return false;
	return zone->compact_defer_shift == COMPACT_MAX_DEFER_SHIFT &&
	       zone->compact_considered >= 1u << zone->compact_defer_shift;
}

/* Suitability */

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

/* By watermarks alone, as if @free_pages were free. */
static enum compact_result suitable_with(const struct zone *zone, u32 order,
					 u32 alloc_flags,
					 enum zone_type highest, s64 free_pages)
{
	u64 mark = wmark_pages(zone, alloc_flags & ALLOC_WMARK_MASK);

	if (zone_watermark_ok_flags(zone, order, mark, highest, alloc_flags,
				    zone_free_pages(zone)))
		return COMPACT_SUCCESS;
	mark = wmark_pages(zone, order > PAGE_ALLOC_COSTLY_ORDER ? WMARK_LOW
								 : WMARK_MIN);
	mark += (u64)2 << order;
	if (!zone_watermark_ok_flags(zone, 0, mark, highest, 0, free_pages))
		return COMPACT_SKIPPED;
	return COMPACT_CONTINUE;
}

enum compact_result compaction_suitable(const struct mm *mm,
					const struct zone *zone, s32 order,
					u32 alloc_flags, enum zone_type highest)
{
	enum compact_result result;

	if (order < 0)
		return COMPACT_CONTINUE;
	result = suitable_with(zone, (u32)order, alloc_flags, highest,
			       zone_free_pages(zone));
	if (result == COMPACT_CONTINUE &&
	    order > (s32)PAGE_ALLOC_COSTLY_ORDER) {
		s64 index = fragmentation_index(zone, (u32)order);

		if (index >= 0 && index <= (s64)mm->conf.extfrag_threshold)
			result = COMPACT_SKIPPED;
	}
	return result;
}

/* Whether reclaim could make some zone suitable. */
static bool compaction_zonelist_suitable(const struct mm *mm,
					 const struct alloc_context *ac,
					 u32 order, u32 alloc_flags)
{
	for (const struct zoneref *z = ac->preferred; z < ac->end;
	     z = next_zones_zonelist(z + 1, ac)) {
		/* Not all of it: there is no telling that it would help. */
		u64 available = zone_reclaimable_pages(mm, z->zone) / order;

		if (suitable_with(z->zone, order, alloc_flags, ac->highest,
				  (s64)available + zone_free_pages_snapshot(
							   mm, z->zone)) ==
		    COMPACT_CONTINUE)
			return true;
	}
	return false;
}

/* A run */

static pfn_t compaction_alloc(struct mm *mm, void *arg)
{
	struct compact_control *cc = arg;
	pfn_t pfn;

	if (cc->freepages.head == PFN_NONE) {
		fast_isolate_freepages(mm, cc);
		if (cc->freepages.head == PFN_NONE)
			isolate_freepages(mm, cc);
		if (cc->freepages.head == PFN_NONE)
			return PFN_NONE;
	}
	pfn = cc->freepages.head;
	page_list_del(mm, &cc->freepages, pfn);
	cc->nr_freepages--;
	return pfn;
}

static void compaction_free(struct mm *mm, void *arg, pfn_t pfn)
{
	struct compact_control *cc = arg;

	page_list_add(mm, &cc->freepages, pfn);
	cc->nr_freepages++;
}

/* What was not needed goes back, and the scanner with it. */
static void release_freepages(struct mm *mm, struct compact_control *cc)
{
	u64 high = 0;

	if (!cc->nr_freepages)
		return;
	while (cc->freepages.head != PFN_NONE) {
		pfn_t pfn = cc->freepages.head;

		page_list_del(mm, &cc->freepages, pfn);
		cc->nr_freepages--;
		free_pages(mm, pfn_to_page(mm, pfn), 0);
		high = MAX(high, (u64)pfn);
	}
	BUG_ON(cc->nr_freepages);
	high = MAX(pageblock_start_pfn(high), cc->zone->zone_start_pfn);
	if (high > cc->zone->compact_cached_free_pfn)
		cc->zone->compact_cached_free_pfn = high;
}

/* Is there a block that the request would take? */
static bool block_is_free(const struct mm *mm, const struct compact_control *cc)
{
	for (u32 order = (u32)cc->order; order < MAX_ORDER; order++)
		if (cc->zone->free_mask[cc->migratetype] >> order & 1 ||
		    can_steal_block(mm, cc->zone, order, cc->migratetype))
			return true;
	return false;
}

static enum compact_result compact_finished(struct mm *mm,
					    struct compact_control *cc)
{
	if (compact_scanners_met(cc)) {
		reset_cached_positions(mm, cc->zone);
		if (cc->direct)
			cc->zone->compact_blockskip_flush = true;
		return cc->whole_zone ? COMPACT_COMPLETE
				      : COMPACT_PARTIAL_SKIPPED;
	}
	if (cc->proactive) {
		if (mm->nodes[cc->zone->node].kswapd_woken)
			return COMPACT_PARTIAL_SKIPPED;
		return proactive_goal_met(mm, cc->zone) ? COMPACT_SUCCESS
							: COMPACT_CONTINUE;
	}
	if (cc->order < 0)
		return COMPACT_CONTINUE;
	/* A pageblock once begun is cleared as far as can be. */
	if (!pageblock_aligned(cc->migrate_pfn))
		return COMPACT_CONTINUE;
	return block_is_free(mm, cc) ? COMPACT_SUCCESS : COMPACT_CONTINUE;
}

static void set_scanners(struct mm *mm, struct compact_control *cc)
{
	struct zone *zone = cc->zone;
	const u64 start = zone->zone_start_pfn, end = zone_end_pfn(mm, zone);
	const bool sync = cc->mode != MIGRATE_ASYNC;

	if (cc->whole_zone) {
		cc->migrate_pfn = start;
		cc->free_pfn = pageblock_start_pfn(end - 1);
		return;
	}
	cc->migrate_pfn = zone->compact_cached_migrate_pfn[sync];
	cc->free_pfn = zone->compact_cached_free_pfn;
	if (cc->free_pfn < start || cc->free_pfn >= end) {
		cc->free_pfn = pageblock_start_pfn(end - 1);
		zone->compact_cached_free_pfn = MAX(cc->free_pfn, start);
	}
	if (cc->migrate_pfn < start || cc->migrate_pfn >= end) {
		cc->migrate_pfn = start;
		zone->compact_cached_migrate_pfn[0] = start;
		zone->compact_cached_migrate_pfn[1] = start;
	}
	if (cc->migrate_pfn <= zone->compact_init_migrate_pfn)
		cc->whole_zone = true;
}

enum compact_result compact_begin(struct mm *mm, struct compact_control *cc)
{
	struct zone *zone = cc->zone;
	enum compact_result result;

	cc->total_migrate_scanned = cc->total_free_scanned = 0;
	cc->nr_moved = cc->nr_failed = 0;
	BUG_ON(cc->nr_migratepages || cc->nr_freepages);
	cc->migratetype = gfp_migratetype(mm, cc->gfp);
	result = compaction_suitable(mm, zone, cc->order, cc->alloc_flags,
				     cc->highest);
	if (result != COMPACT_CONTINUE)
		return result;
	if (compaction_restarting(zone, cc->order))
		forget_skip_hints(mm, zone);
	set_scanners(mm, cc);
	cc->last_migrated_pfn = 0;
	cc->update_cached = cc->mode == MIGRATE_ASYNC &&
			    zone->compact_cached_migrate_pfn[0] ==
				    zone->compact_cached_migrate_pfn[1];
	return COMPACT_CONTINUE;
}

/* Frees of moved pages wait on this CPU's lists until the block that they are
 * to make is done with; then they may merge. */
static void drain_behind(struct mm *mm, struct compact_control *cc)
{
	u64 size, start;

	if (cc->order <= 0 || !cc->last_migrated_pfn)
		return;
	size = (u64)1 << cc->order;
	start = cc->migrate_pfn & ~(size - 1);
	if (cc->last_migrated_pfn >= start)
		return;
	drain_pages_zone(mm, mm->machine->cpu, cc->zone);
	cc->last_migrated_pfn = 0;
}

/* Moves what was isolated.  Return: whether the run can go on. */
static bool move_isolated(struct mm *mm, struct compact_control *cc)
{
	const struct migrate_target target = {
		.get = compaction_alloc, .put = compaction_free, .arg = cc};
	struct migrate_result r;

	r = migrate_pages(mm, &cc->migratepages, &target, cc->mode);
	cc->nr_migratepages = 0;
	cc->nr_moved += r.moved;
	cc->nr_failed += r.failed;
	if (!r.failed)
		return true;
	/* Without targets because they met: compact_finished() sees that. */
	if (r.no_target && !compact_scanners_met(cc))
		return false;
	if (cc->direct && cc->mode == MIGRATE_ASYNC) {
		u64 size = (u64)1 << cc->order;

		/* The block cannot become free whole: on to the next. */
		cc->migrate_pfn = (cc->migrate_pfn - 1 + size) & ~(size - 1);
		cc->last_migrated_pfn = 0;
	}
	return true;
}

enum compact_result compact_step(struct mm *mm, struct compact_control *cc)
{
	struct zone *zone = cc->zone;
	enum compact_result result = compact_finished(mm, cc);
	u64 from = cc->migrate_pfn;

	if (result != COMPACT_CONTINUE)
		return result;
	/* Twice in the same pageblock: all of it now, and then no more. */
	cc->rescan = pageblock_start_pfn(cc->last_migrated_pfn) ==
		     pageblock_start_pfn(from);
	if (isolate_migratepages(mm, cc)) {
		cc->update_cached = false;
		cc->last_migrated_pfn = from;
		if (!move_isolated(mm, cc))
			return COMPACT_CONTENDED;
	} else if (cc->update_cached) {
		zone->compact_cached_migrate_pfn[1] =
			zone->compact_cached_migrate_pfn[0];
	}
	drain_behind(mm, cc);
	if (mm->capture && mm->capture->pfn != PFN_NONE)
		return COMPACT_SUCCESS;
	return COMPACT_CONTINUE;
}

void compact_end(struct mm *mm, struct compact_control *cc)
{
	release_freepages(mm, cc);
	mm->vm_events[VM_EV_COMPACT_MIGRATE_SCANNED] +=
		cc->total_migrate_scanned;
	mm->vm_events[VM_EV_COMPACT_FREE_SCANNED] += cc->total_free_scanned;
}

static enum compact_result compact_zone(struct mm *mm,
					struct compact_control *cc)
{
	enum compact_result result = compact_begin(mm, cc);

	if (result != COMPACT_CONTINUE)
		return result;
	do {
		result = compact_step(mm, cc);
	} while (result == COMPACT_CONTINUE);
	compact_end(mm, cc);
	return result;
}

void compact_node(struct mm *mm, u32 nid)
{
	if (!mm->kcompactds)
		return;
	for (u32 type = 0; type < MAX_NR_ZONES; type++) {
		struct compact_control cc = {
			.zone = mm->nodes[nid].zones[type],
			.order = COMPACT_WHOLE_ZONE,
			.mode = MIGRATE_SYNC,
			.ignore_skip_hint = true,
			.whole_zone = true,
			.gfp = GFP_KERNEL,
		};

		if (cc.zone && cc.zone->managed_pages)
			compact_zone(mm, &cc);
	}
}

/* Direct compaction */

bool compaction_capture(struct mm *mm, const struct zone *zone, pfn_t pfn,
			u32 order, enum migratetype mt)
{
	struct capture_control *capture = mm->capture;

	if (capture->pfn != PFN_NONE || capture->cc->zone != zone ||
	    (s32)order != capture->cc->order)
		return false;
	/* Small unmovable blocks must not settle among movable ones. */
	if (mt >= MIGRATE_PCPTYPES ||
	    (order < PAGEBLOCK_ORDER && mt == MIGRATE_MOVABLE))
		return false;
	capture->pfn = pfn;
	return true;
}

/* One zone, for a request; *@moved grows by what was moved. */
static enum compact_result compact_zone_order(struct mm *mm,
					      struct compact_control *cc,
					      pfn_t *captured, u64 *moved)
{
	struct capture_control capture = {.cc = cc};
	enum compact_result result;

	mm->capture = &capture;
	result = compact_zone(mm, cc);
	mm->capture = NULL;
	*captured = capture.pfn;
	*moved += cc->nr_moved;
	return capture.pfn != PFN_NONE ? COMPACT_SUCCESS : result;
}

/* Nothing is known to be movable: only what the caller sees of a run. */
static enum compact_result compact_nothing(struct mm *mm, struct zone *zone,
					   u32 order, u32 alloc_flags,
					   enum zone_type highest)
{
	enum compact_result result =
		compaction_suitable(mm, zone, (s32)order, alloc_flags, highest);

	if (result != COMPACT_CONTINUE)
		return result;
	kswapd_run_woken(mm);
	return COMPACT_COMPLETE;
}

static enum compact_result compact_one(struct mm *mm, struct zone *zone,
				       const struct compact_control *like,
				       pfn_t *capture, u64 *moved)
{
	struct compact_control cc = *like;

	if (!mm->kcompactds)
		return compact_nothing(mm, zone, (u32)cc.order, cc.alloc_flags,
				       cc.highest);
	cc.zone = zone;
	return compact_zone_order(mm, &cc, capture, moved);
}

enum compact_result try_to_compact_pages(struct mm *mm, gfp_t gfp, u32 order,
					 u32 alloc_flags,
					 const struct alloc_context *ac,
					 enum compact_priority prio,
					 pfn_t *capture)
{
	const bool full = prio == COMPACT_PRIO_SYNC_FULL;
	const struct compact_control like = {
		.order = (s32)order,
		.search_order = (s32)order,
		.gfp = gfp,
		.mode = prio == COMPACT_PRIO_ASYNC ? MIGRATE_ASYNC
						   : MIGRATE_SYNC_LIGHT,
		.alloc_flags = alloc_flags,
		.highest = ac->highest,
		.direct = true,
		.whole_zone = full,
		.ignore_skip_hint = full,
		.ignore_block_suitable = full,
	};
	enum compact_result best = COMPACT_SKIPPED;
	u32 last = 0;
	u64 moved = 0;

	*capture = PFN_NONE;
	if (!(gfp & GFP_IO))
		return best;
	if (mm->kcompactds)
		note(mm->machine, MM_EV_DIRECT_COMPACT_BEGIN, gfp, order);
	for (const struct zoneref *z = ac->preferred; z < ac->end;
	     z = next_zones_zonelist(z + 1, ac)) {
		enum compact_result result;

		if (!full && compaction_deferred(z->zone, order)) {
			best = MAX(best, COMPACT_DEFERRED);
			continue;
		}
		result = compact_one(mm, z->zone, &like, capture, &moved);
		best = MAX(best, result);
		if (result > COMPACT_DEFERRED)
			last = z->zone_idx;
		if (result == COMPACT_SUCCESS) {
			compaction_defer_reset(z->zone, order, false);
			break;
		}
		if (prio != COMPACT_PRIO_ASYNC &&
		    (result == COMPACT_COMPLETE ||
		     result == COMPACT_PARTIAL_SKIPPED))
			defer_compaction(z->zone, order);
	}
	if (mm->kcompactds && best > COMPACT_DEFERRED)
		note(mm->machine, MM_EV_DIRECT_COMPACT, moved,
		     order | (u32)best << 8 | (u32)prio << 16 | last << 24);
	return best;
}

bool should_compact_retry(struct mm *mm, const struct alloc_context *ac,
			  u32 order, u32 alloc_flags,
			  enum compact_result result,
			  enum compact_priority *prio, u32 *retries)
{
	const bool costly = order > PAGE_ALLOC_COSTLY_ORDER;

	if (!order)
		return false;
	if (result == COMPACT_SUCCESS)
		++*retries;
	if (result == COMPACT_SKIPPED)
		return compaction_zonelist_suitable(mm, ac, order, alloc_flags);
	if (result == COMPACT_SUCCESS &&
	    *retries <= MAX_COMPACT_RETRIES / (costly ? 4u : 1u))
		return true;
	/* Failed, deferred or broken off: perhaps harder. */
	if (*prio <=
	    (costly ? COMPACT_PRIO_SYNC_LIGHT : COMPACT_PRIO_SYNC_FULL))
		return false;
	--*prio;
	*retries = 0;
	return true;
}

/* mm_check() */

static bool position_ok(const struct mm *mm, const struct zone *zone, u64 pfn)
{
	if (!pfn || pfn == zone->zone_start_pfn)
		return true;
	return pfn > zone->zone_start_pfn && pfn <= zone_end_pfn(mm, zone) &&
	       (pageblock_aligned(pfn) || pfn == zone_end_pfn(mm, zone));
}

static int check_zone(const struct mm *mm, const struct zone *zone,
		      struct err *e)
{
	if (zone->compact_defer_shift > COMPACT_MAX_DEFER_SHIFT ||
	    zone->compact_considered > 1u << COMPACT_MAX_DEFER_SHIFT)
		return WRONG(e, "zone %u: compaction deferred by 2^%u",
			     zone->idx, zone->compact_defer_shift);
	if (!position_ok(mm, zone, zone->compact_cached_migrate_pfn[0]) ||
	    !position_ok(mm, zone, zone->compact_cached_migrate_pfn[1]) ||
	    !position_ok(mm, zone, zone->compact_cached_free_pfn) ||
	    !position_ok(mm, zone, zone->compact_init_migrate_pfn) ||
	    !position_ok(mm, zone, zone->compact_init_free_pfn))
		return WRONG(e, "zone %u: a scanner of compaction is outside",
			     zone->idx);
	return 0;
}

/* Free pages that a kcompactd holds between its steps. */
static int check_held(const struct mm *mm, const struct compact_control *cc,
		      struct err *e)
{
	u64 n = 0;

	if (cc->nr_migratepages || cc->migratepages.head != PFN_NONE)
		return WRONG(e, "kcompactd left %u pages isolated",
			     cc->nr_migratepages);
	for (pfn_t pfn = cc->freepages.head;
	     pfn != PFN_NONE && n <= cc->nr_freepages;
	     pfn = pfn_to_page(mm, pfn)->next, n++) {
		const struct page *page = pfn_to_page(mm, pfn);

		if (page->state != PAGE_ALLOCATED || page->order || page->flags)
			return WRONG(e, "kcompactd holds pfn %u: state %u", pfn,
				     page->state);
	}
	if (n != cc->nr_freepages)
		return WRONG(e, "kcompactd holds %llu pages, counted %u",
			     (unsigned long long)n, cc->nr_freepages);
	return 0;
}

int compaction_check(const struct mm *mm, struct err *e)
{
	u64 blocks = mm->max_pfn >> PAGEBLOCK_ORDER;
	int rc = 0;

	if (!mm->kcompactds)
		return 0;
	if (mm->capture)
		return WRONG(e, "compaction is not over");
	for (u32 i = 0; i < mm->nr_zones && !rc; i++)
		rc = check_zone(mm, &mm->zones[i], e);
	for (u32 nid = 0; nid < mm->conf.nr_nodes && !rc; nid++)
		rc = check_held(mm, &mm->kcompactds[nid].cc, e);
	for (u64 b = 0; b < blocks && !rc; b++)
		if (mm->pageblock_skip[b] > 1)
			rc = WRONG(e, "pageblock %llu: skip hint is %u",
				   (unsigned long long)b,
				   mm->pageblock_skip[b]);
	return rc;
}
