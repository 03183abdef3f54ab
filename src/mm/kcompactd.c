/*
 * kcompactd.c - the daemon of a node that compacts in the background.
 *
 * What it is
 *	When it is woken, what it does in steps, when it sleeps.
 *
 * How it works
 *	wakeup_kcompactd() notes order and zone; it wakes the daemon if some
 *	zone is worth it (compaction_suitable()).  Who calls it:
 *
 *	  kswapd, which goes to sleep: it was asked for a block
 *	  kswapd, which served a watermark boost: a pageblock
 *	  a request that cannot reclaim, in a balanced node
 *
 *	  asleep ──wake, or 500 ms later──► zone by zone, a piece at a time
 *	     ▲                                │
 *	     └── nothing more was asked for ──┘
 *
 *	Each half second without work it looks at the node's score: the share
 *	of free memory that is not in huge blocks.  Above 90 (for a
 *	proactiveness of 20) it compacts until each zone is at 80.  Without
 *	progress it looks again after 32 s.
 *
 * Lock order
 *	None.
 *
 * Invariants (compaction_check())
 *	freepages of its run are counted; migratepages are none between steps
 *
 * What is charged
 *	By the scanners and by migration.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1; the daemon came with 4.6, looking by itself with 5.9.
 */
#include "mm/compact_scan.h"

#include "base/xmalloc.h"

#include <stdlib.h>

#define HUGE_ORDER	PAGEBLOCK_ORDER
#define SCORE_LOW_LEAST 5u

void compaction_init(struct mm *mm)
{
	if (!mm->lruvecs)
		return;
	mm->kcompactds = xcalloc(mm->conf.nr_nodes, sizeof(*mm->kcompactds));
	mm->pageblock_skip =
		xcalloc((size_t)(mm->max_pfn >> PAGEBLOCK_ORDER) + 2, 1);
	for (u32 nid = 0; nid < mm->conf.nr_nodes; nid++) {
		mm->kcompactds[nid].highest_zoneidx = MAX_NR_ZONES - 1;
		mm->kcompactds[nid].timeout_ms = KCOMPACTD_CHECK_MS;
	}
}

void compaction_exit(struct mm *mm)
{
	free(mm->kcompactds);
	free(mm->pageblock_skip);
	mm->kcompactds = NULL;
	mm->pageblock_skip = NULL;
}

/* Scores */

/* Per cent of the zone's free memory that is not in huge blocks. */
static u64 fragmentation_score_zone(const struct zone *zone)
{
	u64 free_pages = 0, suitable = 0;

	for (u32 o = 0; o < MAX_ORDER; o++) {
		u64 pages = zone->free_area[o].nr_free << o;

		free_pages += pages;
		suitable += o >= HUGE_ORDER ? pages : 0;
	}
	return free_pages ? (free_pages - suitable) * 100 / free_pages : 0;
}

u64 fragmentation_score_node(const struct mm *mm, u32 nid)
{
	const struct pglist_data *pgdat = &mm->nodes[nid];
	u64 score = 0;

	for (u32 type = 0; type < MAX_NR_ZONES; type++) {
		const struct zone *zone = pgdat->zones[type];

		if (zone)
			score += zone->present_pages *
				 fragmentation_score_zone(zone) /
				 (pgdat->present_pages + 1);
	}
	return score;
}

static u64 score_low(const struct mm *mm)
{
	u32 p = mm->conf.compaction_proactiveness;

	return MAX(100 - MIN(p, 100u), SCORE_LOW_LEAST);
}

static u64 score_high(const struct mm *mm)
{
	return MIN(score_low(mm) + 10, (u64)100);
}

bool proactive_goal_met(const struct mm *mm, const struct zone *zone)
{
	return fragmentation_score_zone(zone) <= score_low(mm);
}

static bool should_proactive_compact_node(const struct mm *mm, u32 nid)
{
	return mm->conf.compaction_proactiveness &&
	       !mm->nodes[nid].kswapd_woken &&
	       fragmentation_score_node(mm, nid) > score_high(mm);
}

/* Waking */

static bool kcompactd_node_suitable(const struct mm *mm, u32 nid)
{
	const struct kcompactd *k = &mm->kcompactds[nid];

	for (u32 type = 0; type <= (u32)k->highest_zoneidx; type++) {
		const struct zone *zone = mm->nodes[nid].zones[type];

		if (zone && zone->managed_pages &&
		    compaction_suitable(mm, zone, k->max_order, 0,
					(enum zone_type)k->highest_zoneidx) ==
			    COMPACT_CONTINUE)
			return true;
	}
	return false;
}

static void wake(struct mm *mm, u32 nid, bool proactive)
{
	struct kcompactd *k = &mm->kcompactds[nid];

	k->woken = true;
	k->migrate_scanned = k->free_scanned = 0;
	k->moved = k->failed = 0;
	k->last_result = COMPACT_SKIPPED;
	note(mm->machine, MM_EV_KCOMPACTD_WAKE, nid,
	     proactive ? COMPACT_PROACTIVE_WORD : (u32)k->max_order);
}

void wakeup_kcompactd(struct mm *mm, u32 nid, u32 order, enum zone_type highest)
{
	struct kcompactd *k;

	if (!order || !mm->kcompactds || mm->conf.profile < PROFILE_LINUX_5_3)
		return;
	k = &mm->kcompactds[nid];
	k->max_order = MAX(k->max_order, (s32)order);
	k->highest_zoneidx = MIN(k->highest_zoneidx, (s32)highest);
	if (!k->woken && kcompactd_node_suitable(mm, nid))
		wake(mm, nid, false);
}

void kcompactd_timeout(struct mm *mm, u32 nid)
{
	struct kcompactd *k = &mm->kcompactds[nid];

	if (k->woken)
		return;
	k->timeout_ms = KCOMPACTD_CHECK_MS;
	if (k->max_order > 0)
		wake(mm, nid, false);
	else if (should_proactive_compact_node(mm, nid))
		wake(mm, nid, true);
}

u32 kcompactd_timeout_ms(const struct mm *mm, u32 nid)
{
	return mm->conf.compaction_proactiveness &&
			       mm->conf.profile >= PROFILE_LINUX_5_3
		       ? mm->kcompactds[nid].timeout_ms
		       : 0;
}

/* Working */

/* It knows what it is to do: from the first zone on. */
static void begin_work(struct mm *mm, u32 nid)
{
	struct kcompactd *k = &mm->kcompactds[nid];
	bool proactive = k->max_order <= 0;

	k->cc = (struct compact_control){
		.order = proactive ? COMPACT_WHOLE_ZONE : k->max_order,
		.search_order = k->max_order,
		.highest = proactive ? MAX_NR_ZONES - 1
				     : (enum zone_type)k->highest_zoneidx,
		.mode = MIGRATE_SYNC_LIGHT,
		.gfp = GFP_KERNEL,
		.proactive = proactive,
		.whole_zone = proactive,
		.ignore_skip_hint = proactive,
	};
	k->next_zone = 0;
	k->in_work = true;
	if (proactive)
		k->prev_score = fragmentation_score_node(mm, nid);
	else
		mm->vm_events[VM_EV_KCOMPACTD_WAKE]++;
}

/* The next zone that is worth it.  Return: false: there is none. */
static bool begin_zone(struct mm *mm, u32 nid)
{
	struct kcompactd *k = &mm->kcompactds[nid];
	struct compact_control *cc = &k->cc;

	while (k->next_zone <= (u32)cc->highest) {
		u32 type = k->next_zone++;
		struct zone *zone = mm->nodes[nid].zones[type];

		if (!zone || !zone->managed_pages)
			continue;
		cc->zone = zone;
		if (!cc->proactive &&
		    (compaction_deferred(zone, (u32)cc->order) ||
		     compaction_suitable(mm, zone, cc->order, 0,
					 (enum zone_type)type) !=
			     COMPACT_CONTINUE))
			continue;
		if (compact_begin(mm, cc) == COMPACT_CONTINUE)
			return true;
	}
	return false;
}

static void end_zone(struct mm *mm, u32 nid, enum compact_result result)
{
	struct kcompactd *k = &mm->kcompactds[nid];
	struct compact_control *cc = &k->cc;
	struct zone *zone = cc->zone;

	compact_end(mm, cc);
	k->in_zone = false;
	k->last_result = result;
	k->migrate_scanned += cc->total_migrate_scanned;
	k->free_scanned += cc->total_free_scanned;
	k->moved += cc->nr_moved;
	k->failed += cc->nr_failed;
	if (cc->proactive) /* as 6.1: the daemon's own counters leave it out */
		return;
	mm->vm_events[VM_EV_KCOMPACTD_MIGRATE_SCANNED] +=
		cc->total_migrate_scanned;
	mm->vm_events[VM_EV_KCOMPACTD_FREE_SCANNED] += cc->total_free_scanned;
	if (result == COMPACT_SUCCESS) {
		compaction_defer_reset(zone, (u32)cc->order, false);
	} else if (result == COMPACT_PARTIAL_SKIPPED ||
		   result == COMPACT_COMPLETE) {
		/* Pages on per-CPU lists may be what lacks. */
		for (u32 cpu = 0; cpu < mm->conf.nr_cpus; cpu++)
			drain_pages_zone(mm, cpu, zone);
		defer_compaction(zone, (u32)cc->order);
	}
}

static void end_work(struct mm *mm, u32 nid)
{
	struct kcompactd *k = &mm->kcompactds[nid];

	k->in_work = false;
	k->timeout_ms = KCOMPACTD_CHECK_MS;
	if (k->cc.proactive) {
		if (fragmentation_score_node(mm, nid) >= k->prev_score)
			k->timeout_ms = KCOMPACTD_CHECK_MS
					<< COMPACT_MAX_DEFER_SHIFT;
		return;
	}
	/* Somebody may have asked for more meanwhile. */
	if (k->max_order <= k->cc.order)
		k->max_order = 0;
	if (k->highest_zoneidx >= (s32)k->cc.highest)
		k->highest_zoneidx = MAX_NR_ZONES - 1;
}

bool kcompactd_step(struct mm *mm, u32 nid)
{
	struct kcompactd *k = &mm->kcompactds[nid];

	BUG_ON(!k->woken);
	if (!k->in_work)
		begin_work(mm, nid);
	if (!k->in_zone)
		k->in_zone = begin_zone(mm, nid);
	if (k->in_zone) {
		enum compact_result result = compact_step(mm, &k->cc);

		if (result != COMPACT_CONTINUE)
			end_zone(mm, nid, result);
		return true;
	}
	end_work(mm, nid);
	if (k->max_order > 0)
		return true;
	k->woken = false;
	note(mm->machine, MM_EV_KCOMPACTD_SLEEP, nid, k->moved);
	return false;
}
