/*
 * reclaim.h - going through a node's LRU lists and shrinkers, a piece at a
 * time: what kswapd and direct reclaim (vmscan.c) have in common.
 */
#ifndef MM_RECLAIM_H
#define MM_RECLAIM_H

#include "mm/lru.h"

#define DEF_PRIORITY	 12  /* first 1 page in 2^12 is looked at, then ... */
#define SWAP_CLUSTER_MAX 32u /* pages in one piece */

/* One reclaimer's aim and where it stands. */
struct scan_control {
	u64 nr_to_reclaim;
	u64 nr_scanned;
	u64 nr_reclaimed;
	gfp_t gfp; /* without __GFP_FS shrinkers of file systems refuse */
	u32 order;
	s32 priority;
	enum zone_type reclaim_idx; /* pages of higher zones do not help */
	u32 nid;
	bool kswapd;
	/* What scan_begin() planned, less what was done. */
	u64 nr[NR_EVICTABLE_LRU_LISTS];
	bool slabs_done;
	u64 nr_scanned_slab;
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

/** snapshot_refaults() - Reclaim of @nid is done; what comes back is new. */
void snapshot_refaults(struct mm *mm, u32 nid);

/** Pages of @zone that reclaim could take; 0 without LRU lists. */
u64 zone_reclaimable_pages(const struct mm *mm, const struct zone *zone);

#endif
