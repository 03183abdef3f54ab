/*
 * vmscan.h - kswapd: when it is woken and what it does.
 *
 * mm/ has no threads: wakeup_kswapd() only records that the daemon is to
 * run, and its owner (sim/) calls kswapd_run() (page_alloc.h) when a CPU has time for it.
 * A task that enters direct reclaim gives the CPU up, so the allocator itself
 * runs every woken kswapd there.
 */
#ifndef MM_VMSCAN_H
#define MM_VMSCAN_H

#include "mm/page_alloc.h"

/* Fruitless runs, of kswapd or of a retry loop, before giving up. */
#define MAX_RECLAIM_RETRIES 16

/** wakeup_kswapd() - Asks the kswapd of @zone's node for 2^@order pages. */
void wakeup_kswapd(struct mm *mm, struct zone *zone, gfp_t gfp, u32 order,
		   enum zone_type highest);

/** kswapd_run_woken() - All that were woken run. */
void kswapd_run_woken(struct mm *mm);

/** kswapd_nap_over() - 100 ms after a run: asleep for good, or once more. */
void kswapd_nap_over(struct mm *mm, u32 nid);

/**
 * try_to_free_pages() - Direct reclaim for an allocation that failed.
 * Return: pages reclaimed.
 * Context: waits.
 */
u64 try_to_free_pages(struct mm *mm);

/**
 * reclaim_goes_on() - Whether kswapd of @zone's node is still at work; if not,
 * its zones' reclaim_active ends.
 */
bool reclaim_goes_on(struct mm *mm, struct zone *zone);

#endif
