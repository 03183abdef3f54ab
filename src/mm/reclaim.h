/*
 * reclaim.h - going through a node's LRU lists and shrinkers, a piece at a
 * time: what kswapd and direct reclaim (vmscan.c) have in common.
 */
#ifndef MM_RECLAIM_H
#define MM_RECLAIM_H

#include "mm/lru.h"

#define DEF_PRIORITY	 12  /* first 1 page in 2^12 is looked at, then ... */
#define SWAP_CLUSTER_MAX 32u /* pages in one piece */

/* What a pass met on inactive lists, in pages. */
struct scan_counts {
	u64 taken;
	u64 file_taken;
	u64 dirty;
	u64 unqueued_dirty; /* and nobody writes them */
	u64 writeback;	    /* being written, now marked for reclaim */
	u64 immediate;	    /* the same, and they were so before */
	u64 congested;	    /* dirty or written, and came by twice */
	u64 pageout;	    /* given to the device here */
};

/* One reclaimer's aim and where it stands. */
struct scan_control {
	u64 nr_to_reclaim;
	u64 nr_scanned;
	u64 nr_reclaimed;
	gfp_t gfp; /* without __GFP_FS shrinkers of file systems refuse */
	u32 order;
	bool compaction_ready; /* some zone: rather compact it than go on */
	s32 priority;
	enum zone_type reclaim_idx; /* pages of higher zones do not help */
	u32 nid;
	bool kswapd;
	bool may_writepage; /* dirty pages may be written from here */
	bool may_swap;	    /* anonymous pages may go */
	bool force_deactivate;
	bool skipped_deactivate; /* active pages were spared, for now */
	/* What scan_begin() planned, less what was done. */
	u64 targets[NR_EVICTABLE_LRU_LISTS];
	u64 nr[NR_EVICTABLE_LRU_LISTS];
	u32 next_lru;		/* whose turn it is */
	bool may_deactivate[2]; /* anonymous, file: active pages age */
	bool scan_adjusted;	/* targets were cut, or are not to be */
	bool blocked;		/* the device's queue is full */
	bool slabs_done;	/* and whatever comes at the end of a pass */
	struct scan_counts met; /* in this pass */
};

/*
 * Objects that their owner could do without, on lists of their owner's.
 * Both functions may be called while any kmem_cache operation waits for
 * memory, so they only free.
 */
struct shrinker {
	struct shrinker *next;
	/** Objects on @nid that could be freed now. */
	u64 (*count)(struct shrinker *s, u32 nid, gfp_t gfp);
	/** Looks at @nr objects of @nid; returns how many it freed. */
	u64 (*scan)(struct shrinker *s, u32 nid, u64 nr, gfp_t gfp);
	u32 seeks; /* what one costs to make again; 2: Linux's default, 0: no
		    * I/O at all, half of them go at once */
	u64 batch;
	u64 nr_deferred[MM_NODES_MAX]; /* pressure not yet applied */
};

/** register_shrinker() - @s is borrowed until the mm is gone. */
void register_shrinker(struct mm *mm, struct shrinker *s);

/** scan_begin() - Plans one pass over @sc->nid at @sc->priority. */
void scan_begin(struct mm *mm, struct scan_control *sc);
/**
 * scan_step() - At most SWAP_CLUSTER_MAX pages of one list; when the lists
 * are done, the shrinkers.
 * Return: whether the pass is not over.
 */
bool scan_step(struct mm *mm, struct scan_control *sc);
/** age_active_anon() - With swap the inactive list is kept from running dry. */
void age_active_anon(struct mm *mm, const struct scan_control *sc);

/**
 * shrink_inactive_list() - Looks at @nr of the oldest pages of an inactive
 * list and takes those that can go (shrink_page.c).
 */
void shrink_inactive_list(struct mm *mm, struct scan_control *sc,
			  enum lru_list lru, u64 nr);
/** isolate_lru_page() - The oldest page of @lru that is of use to @sc; others
 * go to the head.  PFN_NONE: there is none. */
pfn_t isolate_lru_page(struct mm *mm, const struct scan_control *sc,
		       enum lru_list lru);
/** eligible_pages() - On @lru, in zones that are of use to a request. */
u64 eligible_pages(const struct lruvec *vec, enum lru_list lru,
		   enum zone_type highest);

/* Waiting for pages to be written (reclaim_throttle.c) */

enum vmscan_throttle {
	VMSCAN_THROTTLE_WRITEBACK,
	VMSCAN_THROTTLE_NOPROGRESS,
	VMSCAN_THROTTLE_CONGESTED
};

/** reclaim_throttle() - A task sleeps; kswapd is told to (its stall_ns). */
void reclaim_throttle(struct mm *mm, const struct scan_control *sc,
		      enum vmscan_throttle reason);
/** consider_reclaim_throttle() - After a pass over a node's zones. */
void consider_reclaim_throttle(struct mm *mm, const struct scan_control *sc);
/** acct_reclaim_writeback() - @page is written: who waits for that? */
void acct_reclaim_writeback(struct mm *mm, const struct page *page);
/** throttle_end() - kswapd of @nid has slept enough. */
void throttle_end(struct mm *mm, u32 nid);

/** snapshot_refaults() - Reclaim of @nid is done; what comes back is new. */
void snapshot_refaults(struct mm *mm, u32 nid);

/** Pages of @zone that reclaim could take; 0 without LRU lists. */
u64 zone_reclaimable_pages(const struct mm *mm, const struct zone *zone);

#endif
