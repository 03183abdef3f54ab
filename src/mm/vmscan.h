/*
 * vmscan.h - kswapd: when it is woken and what it does.
 *
 * mm/ has no threads: wakeup_kswapd() only records that the daemon is to
 * run, and its owner (sim/) calls kswapd_run() (page_alloc.h), or
 * kswapd_step() where there is something to reclaim, when a CPU has time for
 * it.  A task that enters direct reclaim gives the CPU up, so the allocator itself
 * runs every woken kswapd there.
 */
#ifndef MM_VMSCAN_H
#define MM_VMSCAN_H

#include "mm/page_alloc.h"
#include "mm/reclaim.h"

struct alloc_context;

/* Fruitless runs, of kswapd or of a retry loop, before giving up. */
#define MAX_RECLAIM_RETRIES 16

/** wakeup_kswapd() - Asks the kswapd of @zone's node for 2^@order pages. */
void wakeup_kswapd(struct mm *mm, struct zone *zone, gfp_t gfp, u32 order,
		   enum zone_type highest);

/** kswapd_run_woken() - All that were woken run. */
void kswapd_run_woken(struct mm *mm);

/** kswapd_nap_over() - 100 ms after a run: asleep for good, or once more. */
void kswapd_nap_over(struct mm *mm, u32 nid);

/* Where the kswapd of a node stands; only with conf.reclaim. */
struct kswapd {
	struct scan_control sc; /* of its run */
	enum zone_type highest;
	u32 alloc_order;	       /* what it was asked for */
	u64 boosted;		       /* pages: the boost it found, */
	u64 zone_boosts[MAX_NR_ZONES]; /* by zone, */
	u64 nr_boost;		       /* and what of it is not served */
	u64 reclaimed_before;	       /* this pass */
	bool in_run;		       /* of balance_pgdat() */
	bool in_pass;		       /* over the lists */
	u64 scanned;		       /* pages, since it was woken */
	u64 reclaimed;
	gfp_t wake_gfp;	 /* of the request that woke it */
	u64 pause_ns;	 /* the same, for a place in a device's queue */
	u64 stall_ns;	 /* its next step is to wait so long; 0: it is not */
	bool told_to_go; /* before that, by MM_EV_KSWAPD_GO */
};

void kswapd_init(struct mm *mm);
void kswapd_exit(struct mm *mm);

/**
 * kswapd_step() - A woken kswapd works for a moment: at most SWAP_CLUSTER_MAX
 * pages or one round of shrinkers.  The machine's cpu is one of node @nid.
 * If it has a stall_ns then, its next step waits for that, or for
 * MM_EV_KSWAPD_GO.
 * Return: false: it went to nap, and kswapd_nap_over() is due in 100 ms.
 */
bool kswapd_step(struct mm *mm, u32 nid);

/**
 * try_to_free_pages() - Direct reclaim for a request that failed.
 * Return: pages reclaimed.
 * Context: waits.
 */
u64 try_to_free_pages(struct mm *mm, u32 order, gfp_t gfp,
		      const struct alloc_context *ac);

/**
 * reclaim_goes_on() - Whether kswapd of @zone's node is still at work; if not,
 * its zones' reclaim_active ends.
 */
bool reclaim_goes_on(struct mm *mm, struct zone *zone);

#endif
