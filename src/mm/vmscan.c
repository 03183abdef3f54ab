/*
 * vmscan.c - kswapd and direct reclaim, as far as there is nothing to reclaim.
 *
 * What it is
 *	When kswapd of a node is woken, what it leaves behind when it runs,
 *	and when it gives up.
 *
 * How it works
 *	wakeup_kswapd() notes order and zone, and wakes the daemon unless the
 *	node is balanced (one zone above its high watermark).  A run that
 *	reclaims nothing counts as a failure; after 16 the daemon stays
 *	asleep until something is reclaimed.  A run clears the watermark boost
 *	that it found.
 *
 *	  asleep ──wake──► runs ──balanced or given up──► naps 100 ms ─► asleep
 *	                    ▲  └─ not balanced ─┘              │
 *	                    └───────────── wake ───────────────┘
 *
 * Lock order
 *	None.
 *
 * Invariants
 *	0 <= kswapd_failures <= MAX_RECLAIM_RETRIES
 *
 * What is charged
 *	Nothing yet.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1 without LRU lists and shrinkers.
 */
#include "mm/vmscan.h"

#include "mm/page_internal.h"

/* Exact where the folded count would be too coarse. */
static bool zone_watermark_ok_safe(const struct mm *mm, const struct zone *zone,
				   u32 order, u64 mark, enum zone_type highest)
{
	s64 free_pages = zone_free_pages(zone);

	if (zone->percpu_drift_mark &&
	    free_pages < (s64)zone->percpu_drift_mark)
		free_pages = zone_free_pages_snapshot(mm, zone);
	return zone_watermark_ok_flags(zone, order, mark, highest, 0,
				       free_pages);
}

static bool pgdat_balanced(const struct mm *mm, const struct pglist_data *pgdat,
			   u32 order, enum zone_type highest)
{
	bool any = false;

	for (u32 type = 0; type <= (u32)highest && type < MAX_NR_ZONES;
	     type++) {
		const struct zone *zone = pgdat->zones[type];

		if (!zone || !zone->managed_pages)
			continue;
		any = true;
		if (zone_watermark_ok_safe(mm, zone, order,
					   wmark_pages(zone, WMARK_HIGH),
					   highest))
			return true;
	}
	return !any;
}

static u64 pgdat_boost(const struct pglist_data *pgdat, enum zone_type highest)
{
	u64 boost = 0;

	for (u32 type = 0; type <= (u32)highest && type < MAX_NR_ZONES;
	     type++) {
		const struct zone *zone = pgdat->zones[type];

		if (zone && zone->managed_pages)
			boost += zone->watermark_boost;
	}
	return boost;
}

static enum zone_type max_zoneidx(s32 noted, s32 otherwise)
{
	return (enum zone_type)(noted == MAX_NR_ZONES ? otherwise : noted);
}

/*
 * As long as kswapd works the per-CPU lists are kept short.  Here kswapd
 * reclaims nothing, but a recording has the frees of the one that did: it is
 * at work from the first unmet watermark until the node is balanced.
 */
static void begin_reclaim(struct mm *mm, struct pglist_data *pgdat, u32 order,
			  enum zone_type highest)
{
	if (pgdat_balanced(mm, pgdat, order, highest))
		return;
	for (u32 type = 0; type <= (u32)highest && type < MAX_NR_ZONES; type++)
		if (pgdat->zones[type])
			pgdat->zones[type]->reclaim_active = true;
}

bool reclaim_goes_on(struct mm *mm, struct zone *zone)
{
	struct pglist_data *pgdat = &mm->nodes[zone->node];

	if (!pgdat_balanced(mm, pgdat, 0, MAX_NR_ZONES - 1))
		return true;
	for (u32 type = 0; type < MAX_NR_ZONES; type++)
		if (pgdat->zones[type])
			pgdat->zones[type]->reclaim_active = false;
	return false;
}

void wakeup_kswapd(struct mm *mm, struct zone *zone, gfp_t gfp, u32 order,
		   enum zone_type highest)
{
	struct pglist_data *pgdat = &mm->nodes[zone->node];

	(void)gfp;
	if (!zone->managed_pages)
		return;
	if (mm->conf.movable_on_lru && !zone->reclaim_active)
		begin_reclaim(mm, pgdat, order, highest);
	if (pgdat->kswapd_highest_zoneidx == MAX_NR_ZONES ||
	    pgdat->kswapd_highest_zoneidx < (s32)highest)
		pgdat->kswapd_highest_zoneidx = (s32)highest;
	if (pgdat->kswapd_order < (s32)order)
		pgdat->kswapd_order = (s32)order;
	if (pgdat->kswapd_woken ||
	    pgdat->kswapd_failures >= MAX_RECLAIM_RETRIES)
		return;
	if (pgdat_balanced(mm, pgdat, order, highest) &&
	    !pgdat_boost(pgdat, highest))
		return;
	pgdat->kswapd_woken = true;
	pgdat->kswapd_napping = false;
	mm->vm_events[VM_EV_KSWAPD_WAKE]++;
	note(mm->machine, MM_EV_KSWAPD_WAKE, zone->idx, order);
}

/* One run over the node; nothing can be reclaimed. */
static void balance_pgdat(struct mm *mm, struct pglist_data *pgdat, u32 order,
			  enum zone_type highest)
{
	u64 boosted = pgdat_boost(pgdat, highest);

	mm->vm_events[VM_EV_PAGEOUTRUN]++;
	/* With a boost it tries even when balanced, once. */
	if (boosted || !pgdat_balanced(mm, pgdat, order, highest))
		pgdat->kswapd_failures++;
	for (u32 type = 0; type <= (u32)highest && type < MAX_NR_ZONES;
	     type++) {
		if (pgdat->zones[type])
			pgdat->zones[type]->watermark_boost = 0;
	}
}

static bool prepare_kswapd_sleep(const struct mm *mm,
				 const struct pglist_data *pgdat, u32 order,
				 enum zone_type highest)
{
	return pgdat->kswapd_failures >= MAX_RECLAIM_RETRIES ||
	       pgdat_balanced(mm, pgdat, order, highest);
}

void kswapd_run(struct mm *mm, u32 nid)
{
	struct pglist_data *pgdat = &mm->nodes[nid];
	enum zone_type highest;

	if (!pgdat->kswapd_woken)
		return;
	set_pgdat_percpu_threshold(mm, nid, true);
	do {
		u32 order = (u32)pgdat->kswapd_order;

		highest = max_zoneidx(pgdat->kswapd_highest_zoneidx,
				      pgdat->kswapd_last_zoneidx);
		pgdat->kswapd_order = 0;
		pgdat->kswapd_highest_zoneidx = MAX_NR_ZONES;
		pgdat->kswapd_last_zoneidx = (s32)highest;
		balance_pgdat(mm, pgdat, order, highest);
	} while (!prepare_kswapd_sleep(mm, pgdat, (u32)pgdat->kswapd_order,
				       highest));
	pgdat->kswapd_woken = false;
	pgdat->kswapd_napping = true;
}

void kswapd_run_woken(struct mm *mm)
{
	for (u32 nid = 0; nid < mm->conf.nr_nodes; nid++)
		kswapd_run(mm, nid);
}

void kswapd_nap_over(struct mm *mm, u32 nid)
{
	struct pglist_data *pgdat = &mm->nodes[nid];

	if (!pgdat->kswapd_napping)
		return;
	pgdat->kswapd_napping = false;
	if (prepare_kswapd_sleep(mm, pgdat, (u32)pgdat->kswapd_order,
				 max_zoneidx(pgdat->kswapd_highest_zoneidx,
					     pgdat->kswapd_last_zoneidx))) {
		set_pgdat_percpu_threshold(mm, nid, false);
		return;
	}
	pgdat->kswapd_woken = true;
	kswapd_run(mm, nid);
}

u64 try_to_free_pages(struct mm *mm)
{
	/* The task reschedules: every daemon that was woken gets the CPU. */
	kswapd_run_woken(mm);
	return 0;
}
