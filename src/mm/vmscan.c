/*
 * vmscan.c - kswapd and direct reclaim: who starts, how hard, when to stop.
 *
 * What it is
 *	When kswapd of a node is woken, how it works through its node
 *	(reclaim.c does a pass), when it sleeps and when it gives up; and
 *	what an allocation does that cannot wait for it.
 *
 * How it works
 *	wakeup_kswapd() notes order and zone, and wakes the daemon unless the
 *	node is balanced (one zone above its high watermark).
 *
 *	  asleep ──wake──► runs ──balanced or given up──► naps 100 ms ─► asleep
 *	                    ▲  └─ not balanced ─┘              │
 *	                    └───────────── wake ───────────────┘
 *
 *	A run begins with a small share of each list (priority 12) and doubles
 *	it until the node is balanced.  A run that reclaims nothing counts as a
 *	failure; after 16 the daemon stays asleep until something is reclaimed.
 *	A run takes back the watermark boost that it found.
 *
 *	Without LRU lists there is nothing to find: a run ends at once
 *	(kswapd_run()).  With them it goes step by step (kswapd_step()), and
 *	others run in between.
 *
 * Lock order
 *	None.
 *
 * Invariants
 *	0 <= kswapd_failures <= MAX_RECLAIM_RETRIES
 *
 * What is charged
 *	By reclaim.c; here nothing.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1.  Direct reclaim never sleeps because the reserves run low
 *	(pgscan_direct_throttle).
 */
#include "mm/vmscan.h"

#include "base/xmalloc.h"
#include "mm/compaction.h"
#include "mm/page_internal.h"

#include <stdlib.h>

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

	if (mm->kswapds) /* it says itself when it is done */
		return true;
	for (u32 type = 0; type < MAX_NR_ZONES; type++) {
		const struct zone *z = pgdat->zones[type];

		if (z && z->managed_pages &&
		    !zone_watermark_ok_safe(mm, z, 0,
					    wmark_pages(z, WMARK_HIGH),
					    MAX_NR_ZONES - 1))
			return true;
	}
	for (u32 type = 0; type < MAX_NR_ZONES; type++)
		if (pgdat->zones[type])
			pgdat->zones[type]->reclaim_active = false;
	return false;
}

void wakeup_kswapd(struct mm *mm, struct zone *zone, gfp_t gfp, u32 order,
		   enum zone_type highest)
{
	struct pglist_data *pgdat = &mm->nodes[zone->node];

	if (!zone->managed_pages)
		return;
	if (mm->conf.movable_on_lru && !mm->kswapds && !zone->reclaim_active)
		begin_reclaim(mm, pgdat, order, highest);
	if (pgdat->kswapd_highest_zoneidx == MAX_NR_ZONES ||
	    pgdat->kswapd_highest_zoneidx < (s32)highest)
		pgdat->kswapd_highest_zoneidx = (s32)highest;
	if (pgdat->kswapd_order < (s32)order)
		pgdat->kswapd_order = (s32)order;
	if (pgdat->kswapd_woken)
		return;
	if (pgdat->kswapd_failures >= MAX_RECLAIM_RETRIES ||
	    (pgdat_balanced(mm, pgdat, order, highest) &&
	     !pgdat_boost(pgdat, highest))) {
		/* Enough is free, in pieces; who cannot compact has it done. */
		if (unlikely(mm->kcompactds) && !(gfp & GFP_DIRECT_RECLAIM))
			wakeup_kcompactd(mm, zone->node, order, highest);
		return;
	}
	if (mm->kswapds) {
		if (pgdat->kswapd_napping)
			mm->vm_events[VM_EV_KSWAPD_LOW_WMARK_HIT_QUICKLY]++;
		mm->kswapds[zone->node].wake_gfp = gfp;
		mm->kswapds[zone->node].scanned = 0;
		mm->kswapds[zone->node].reclaimed = 0;
	}
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
	if (pgdat->kswapd_failures >= MAX_RECLAIM_RETRIES)
		return true;
	if (!pgdat_balanced(mm, pgdat, order, highest))
		return false;
	if (mm->lruvecs) {
		struct lruvec *vec = &mm->lruvecs[pgdat->node_id];

		vec->dirty = vec->writeback = vec->congested = false;
	}
	return true;
}

void kswapd_run(struct mm *mm, u32 nid)
{
	struct pglist_data *pgdat = &mm->nodes[nid];
	enum zone_type highest;

	BUG_ON(mm->kswapds);
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
	if (mm->kswapds) /* an actor of its own: it has its turn in time */
		return;
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
	if (mm->kswapds) {
		mm->kswapds[nid].scanned = mm->kswapds[nid].reclaimed = 0;
		mm->vm_events[VM_EV_KSWAPD_HIGH_WMARK_HIT_QUICKLY]++;
	} else {
		kswapd_run(mm, nid);
	}
}

/* With LRU lists: kswapd in steps */

void kswapd_init(struct mm *mm)
{
	if (mm->lruvecs)
		mm->kswapds = xcalloc(mm->conf.nr_nodes, sizeof(*mm->kswapds));
}

void kswapd_exit(struct mm *mm)
{
	free(mm->kswapds);
	mm->kswapds = NULL;
}

/* While kswapd works on them, per-CPU lists of the zones are kept short. */
static void set_reclaim_active(struct mm *mm, u32 nid, bool active)
{
	struct zone *const *zones = mm->nodes[nid].zones;

	if (mm->conf.profile < PROFILE_LINUX_6_1)
		return;
	for (u32 type = 0; type <= (u32)mm->kswapds[nid].highest; type++)
		if (zones[type])
			zones[type]->reclaim_active = active;
}

/* balance_pgdat() begins: the aim is the sum of the high watermarks. */
static void begin_run(struct mm *mm, u32 nid)
{
	struct pglist_data *pgdat = &mm->nodes[nid];
	struct kswapd *k = &mm->kswapds[nid];

	set_pgdat_percpu_threshold(mm, nid, true);
	k->highest = max_zoneidx(pgdat->kswapd_highest_zoneidx,
				 pgdat->kswapd_last_zoneidx);
	k->sc = (struct scan_control){
		.nid = nid,
		.kswapd = true,
		.gfp = GFP_KERNEL,
		.order = (u32)pgdat->kswapd_order,
		.reclaim_idx = k->highest,
		.priority = DEF_PRIORITY,
	};
	pgdat->kswapd_order = 0;
	pgdat->kswapd_highest_zoneidx = MAX_NR_ZONES;
	pgdat->kswapd_last_zoneidx = (s32)k->highest;
	k->nr_boost = 0;
	for (u32 type = 0; type <= (u32)k->highest; type++) {
		const struct zone *zone = pgdat->zones[type];

		k->zone_boosts[type] = zone ? zone->watermark_boost : 0;
		k->nr_boost += k->zone_boosts[type];
		if (zone && zone->managed_pages)
			k->sc.nr_to_reclaim +=
				MAX(wmark_pages(zone, WMARK_HIGH),
				    (u64)SWAP_CLUSTER_MAX);
	}
	k->boosted = k->nr_boost;
	k->alloc_order = k->sc.order;
	k->in_run = true;
	set_reclaim_active(mm, nid, true);
	mm->vm_events[VM_EV_PAGEOUTRUN]++;
}

/* The run is over: what it found of the boost is served. */
static void end_run(struct mm *mm, u32 nid, bool tried_all)
{
	struct pglist_data *pgdat = &mm->nodes[nid];
	struct kswapd *k = &mm->kswapds[nid];

	if (tried_all && !k->sc.nr_reclaimed &&
	    pgdat->kswapd_failures < MAX_RECLAIM_RETRIES)
		pgdat->kswapd_failures++;
	for (u32 type = 0; k->boosted && type <= (u32)k->highest; type++) {
		struct zone *zone = pgdat->zones[type];

		if (zone)
			zone->watermark_boost -= MIN(zone->watermark_boost,
						     k->zone_boosts[type]);
	}
	/* There is room now to make whole pageblocks again. */
	if (k->boosted)
		wakeup_kcompactd(mm, nid, PAGEBLOCK_ORDER, k->highest);
	k->in_run = false;
	set_reclaim_active(mm, nid, false);
	snapshot_refaults(mm, nid);
}

/* The next pass is due.  Return: false: the run is over instead. */
static bool begin_pass(struct mm *mm, u32 nid)
{
	const struct pglist_data *pgdat = &mm->nodes[nid];
	struct kswapd *k = &mm->kswapds[nid];
	bool balanced = pgdat_balanced(mm, pgdat, k->sc.order, k->highest);

	if (!balanced && k->nr_boost) {
		/* Real want goes before the boost: start anew without. */
		k->nr_boost = 0;
		k->sc.priority = DEF_PRIORITY;
	}
	if (!k->nr_boost && balanced) {
		end_run(mm, nid, false);
		return false;
	}
	if (k->sc.priority < 1) {
		end_run(mm, nid, true);
		return false;
	}
	/* For a boost nothing is worth I/O. */
	k->sc.may_swap = !k->nr_boost;
	k->sc.may_writepage = !k->nr_boost || k->sc.priority < DEF_PRIORITY - 2;
	k->sc.nr_scanned = 0;
	k->reclaimed_before = k->sc.nr_reclaimed;
	age_active_anon(mm, &k->sc);
	scan_begin(mm, &k->sc);
	k->in_pass = true;
	return true;
}

static void end_pass(struct mm *mm, u32 nid)
{
	struct kswapd *k = &mm->kswapds[nid];
	struct scan_control *sc = &k->sc;
	u64 reclaimed = sc->nr_reclaimed - k->reclaimed_before;
	bool raise = sc->nr_scanned < sc->nr_to_reclaim;

	k->in_pass = false;
	k->scanned += sc->nr_scanned;
	k->reclaimed += reclaimed;
	if (reclaimed)
		mm->nodes[nid].kswapd_failures = 0;
	/* Enough for a block: what is left of it is compaction's. */
	if (sc->order && sc->nr_reclaimed >= (u64)2 << sc->order)
		sc->order = 0;
	if (k->nr_boost && sc->priority == DEF_PRIORITY - 2)
		raise = false;
	k->nr_boost -= MIN(k->nr_boost, reclaimed);
	if (k->nr_boost && !reclaimed) {
		end_run(mm, nid, true);
		return;
	}
	if (raise || !reclaimed)
		sc->priority--;
}

static bool goes_to_sleep(struct mm *mm, u32 nid)
{
	struct pglist_data *pgdat = &mm->nodes[nid];

	if (!prepare_kswapd_sleep(mm, pgdat, (u32)pgdat->kswapd_order,
				  mm->kswapds[nid].highest))
		return false;
	reset_isolation_suitable(mm, nid);
	pgdat->kswapd_woken = false;
	pgdat->kswapd_napping = true;
	/* Memory is free; now into one block, if that was wanted. */
	wakeup_kcompactd(mm, nid, mm->kswapds[nid].alloc_order,
			 mm->kswapds[nid].highest);
	return true;
}

bool kswapd_step(struct mm *mm, u32 nid)
{
	struct kswapd *k = &mm->kswapds[nid];

	BUG_ON(!mm->nodes[nid].kswapd_woken);
	if (k->stall_ns)
		throttle_end(mm, nid);
	k->pause_ns = 0;
	if (!k->in_run)
		begin_run(mm, nid);
	if (k->in_pass || begin_pass(mm, nid)) {
		if (scan_step(mm, &k->sc))
			return true;
		end_pass(mm, nid);
	}
	if (k->in_run || !goes_to_sleep(mm, nid))
		return true;
	note(mm->machine, MM_EV_KSWAPD_SLEEP, nid, k->reclaimed);
	return false;
}

/* Direct reclaim */

/* A large block is wanted, and @zone has enough free pages to make it of. */
static bool compaction_ready(const struct mm *mm, const struct zone *zone,
			     const struct scan_control *sc)
{
	enum compact_result suitable;
	u64 mark = wmark_pages(zone, WMARK_HIGH) + ((u64)2 << sc->order);

	if (sc->order <= PAGE_ALLOC_COSTLY_ORDER)
		return false;
	suitable = compaction_suitable(mm, zone, (s32)sc->order, 0,
				       sc->reclaim_idx);
	if (suitable != COMPACT_CONTINUE)
		return suitable == COMPACT_SUCCESS;
	return zone_watermark_ok_safe(mm, zone, 0, mark, sc->reclaim_idx);
}

/* One pass over every node that the request may use, near ones first. */
static void shrink_zones(struct mm *mm, struct scan_control *sc,
			 const struct alloc_context *ac)
{
	u64 done = 0;

	for (const struct zoneref *z = ac->preferred; z < ac->end;
	     z = next_zones_zonelist(z + 1, ac)) {
		u64 before = sc->nr_reclaimed;

		if (compaction_ready(mm, z->zone, sc)) {
			sc->compaction_ready = true;
			continue;
		}
		sc->nid = z->zone->node;
		if (done >> sc->nid & 1)
			continue;
		done |= (u64)1 << sc->nid;
		scan_begin(mm, sc);
		while (scan_step(mm, sc))
			;
		if (sc->nr_reclaimed > before)
			mm->nodes[sc->nid].kswapd_failures = 0;
		/* As the kernel: only the node that is asked first. */
		if (z == ac->preferred)
			consider_reclaim_throttle(mm, sc);
	}
}

/* Passes, harder and harder; then the same once more, and active pages are not
 * spared. */
static void shrink_until_enough(struct mm *mm, struct scan_control *sc,
				const struct alloc_context *ac)
{
	for (;;) {
		do {
			shrink_zones(mm, sc, ac);
		} while (sc->nr_reclaimed < sc->nr_to_reclaim &&
			 !sc->compaction_ready && --sc->priority >= 0);
		if (sc->nr_reclaimed || sc->compaction_ready ||
		    !sc->skipped_deactivate)
			return;
		sc->priority = DEF_PRIORITY;
		sc->force_deactivate = true;
		sc->skipped_deactivate = false;
	}
}

static u64 do_try_to_free_pages(struct mm *mm, u32 order, gfp_t gfp,
				const struct alloc_context *ac)
{
	u32 task_flags = mm->machine->task_flags;
	struct scan_control sc = {
		.nr_to_reclaim = SWAP_CLUSTER_MAX,
		.gfp = gfp,
		.order = order,
		.reclaim_idx = ac->highest,
		.priority = DEF_PRIORITY,
		.may_writepage = true,
		.may_swap = true,
	};

	note(mm->machine, MM_EV_DIRECT_BEGIN, gfp, order);
	/* Freeing must not reclaim in turn. */
	mm->machine->task_flags |= PF_MEMALLOC;
	shrink_until_enough(mm, &sc, ac);
	for (const struct zoneref *z = ac->preferred; z < ac->end;
	     z = next_zones_zonelist(z + 1, ac))
		snapshot_refaults(mm, z->zone->node);
	mm->machine->task_flags = task_flags;
	note(mm->machine, MM_EV_DIRECT_RECLAIM, sc.nr_reclaimed, order);
	/* What is ready to be compacted is no failure. */
	return MAX(sc.nr_reclaimed, (u64)sc.compaction_ready);
}

u64 try_to_free_pages(struct mm *mm, u32 order, gfp_t gfp,
		      const struct alloc_context *ac)
{
	if (mm->lruvecs)
		return do_try_to_free_pages(mm, order, gfp, ac);
	/* The task reschedules: every daemon that was woken gets the CPU. */
	kswapd_run_woken(mm);
	return 0;
}
