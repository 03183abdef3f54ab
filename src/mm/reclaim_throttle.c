/*
 * reclaim_throttle.c - reclaim waits for pages to be written.
 *
 * What it is
 *	Who would only meet dirty pages again sleeps a while, or until enough
 *	of them are clean.
 *
 * How it works
 *	WRITEBACK	kswapd met pages that it marked on the round before
 *			and that are still being written: 100 ms, or until 32
 *			pages a waiter are written
 *	CONGESTED	a task meets a node where kswapd found only such: a tick
 *	NOPROGRESS	a task found nothing at priority 1: a tick
 *
 *	A tick is not waited when the node has few pages that are dirty.
 *
 * Lock order
 *	None: one operation runs at a time.
 *
 * Invariants
 *	nr_throttled counts the kswapds and tasks that wait for WRITEBACK.
 *
 * What is charged
 *	Time: io_sleep(), or the stall of kswapd.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1, and for all profiles alike (until 5.15: congestion_wait()
 *	of up to 100 ms).  A tick is 4 ms.  Isolated pages are never too many,
 *	as one piece is isolated at a time.
 */
#include "mm/page_internal.h"
#include "mm/page_writeback.h"
#include "mm/vmscan.h"

#define WRITEBACK_TIMEOUT_NS ((u64)100000000)
#define TICK_NS		     ((u64)4000000)

/* Enough was written since the first waiter began. */
static bool written_enough(const void *arg)
{
	const struct lruvec *vec = arg;

	return vec->nr_throttled_written - vec->throttle_start >
	       (u64)SWAP_CLUSTER_MAX * vec->nr_throttled;
}

/* Waiting a tick for the device leads nowhere if little is dirty. */
static bool skip_noprogress(const struct mm *mm, u32 nid)
{
	struct wb_node node = writeback_node(mm, nid);
	u64 reclaimable = 0;

	if (mm->nodes[nid].kswapd_failures >= MAX_RECLAIM_RETRIES)
		return true;
	for (u32 type = 0; type < MAX_NR_ZONES; type++)
		if (mm->nodes[nid].zones[type])
			reclaimable += zone_reclaimable_pages(
				mm, mm->nodes[nid].zones[type]);
	return 2 * (node.nr_dirty + node.nr_writeback) <= reclaimable;
}

static void begin_wait(struct lruvec *vec)
{
	if (!vec->nr_throttled++)
		vec->throttle_start = vec->nr_throttled_written;
}

void reclaim_throttle(struct mm *mm, const struct scan_control *sc,
		      enum vmscan_throttle reason)
{
	struct lruvec *vec = &mm->lruvecs[sc->nid];

	if (reason != VMSCAN_THROTTLE_WRITEBACK) {
		if (sc->kswapd || skip_noprogress(mm, sc->nid))
			return;
		mm->vm_events[VM_EV_RECLAIM_THROTTLE]++;
		io_sleep(mm->machine, NULL, NULL, TICK_NS);
		return;
	}
	mm->vm_events[VM_EV_RECLAIM_THROTTLE]++;
	begin_wait(vec);
	if (sc->kswapd) {
		mm->kswapds[sc->nid].stall_ns = WRITEBACK_TIMEOUT_NS;
		mm->kswapds[sc->nid].told_to_go = false;
		return;
	}
	io_sleep(mm->machine, written_enough, vec, WRITEBACK_TIMEOUT_NS);
	vec->nr_throttled--;
}

void consider_reclaim_throttle(struct mm *mm, const struct scan_control *sc)
{
	if (!sc->kswapd && sc->priority == 1 && !sc->nr_reclaimed)
		reclaim_throttle(mm, sc, VMSCAN_THROTTLE_NOPROGRESS);
}

void throttle_end(struct mm *mm, u32 nid)
{
	BUG_ON(!mm->lruvecs[nid].nr_throttled);
	mm->kswapds[nid].stall_ns = 0;
	mm->lruvecs[nid].nr_throttled--;
}

void acct_reclaim_writeback(struct mm *mm, const struct page *page)
{
	u32 nid = pfn_to_nid(mm, page_to_pfn(mm, page));
	struct lruvec *vec;

	if (!mm->lruvecs || !mm->lruvecs[nid].nr_throttled)
		return;
	vec = &mm->lruvecs[nid];
	vec->nr_throttled_written += (u64)1 << page->order;
	if (mm->kswapds[nid].stall_ns && !mm->kswapds[nid].told_to_go &&
	    written_enough(vec)) {
		mm->kswapds[nid].told_to_go = true;
		note(mm->machine, MM_EV_KSWAPD_GO, nid, 0);
	}
}
