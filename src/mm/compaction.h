/*
 * compaction.h - movable pages go to one end of a zone, so that the other
 * end has large free blocks: direct compaction, and kcompactd.
 *
 * Only with conf.reclaim do pages move: LRU lists tell which may.  Without,
 * direct compaction finds nothing, as far as an allocation sees of it.
 *
 * mm/ has no threads: wakeup_kcompactd() only records that the daemon is to
 * run (MM_EV_KCOMPACTD_WAKE), and its owner calls kcompactd_step() when a CPU
 * has time for it, and kcompactd_timeout() when its wait is over.
 *
 * Invariants (compaction_check()): cached scanner positions are 0 or within
 * their zone, at the start of a pageblock; between operations no page is
 * LRU_ISOLATED.
 */
#ifndef MM_COMPACTION_H
#define MM_COMPACTION_H

#include "mm/migrate.h"
#include "mm/page_internal.h"

#define COMPACT_CLUSTER_MAX	32u /* pages isolated at a time */
#define COMPACT_MAX_DEFER_SHIFT 6
#define MAX_COMPACT_RETRIES	16
#define COMPACT_WHOLE_ZONE	(-1) /* an order: all that can be moved */
#define KCOMPACTD_CHECK_MS	500  /* proactive: how often it looks */
#define COMPACT_PROACTIVE_WORD	255u /* for an order, in MM_EV_KCOMPACTD_WAKE */

/* In the kernel's order: the best result of all zones counts. */
enum compact_result {
	COMPACT_SKIPPED,	 /* too little free memory, or enough already */
	COMPACT_DEFERRED,	 /* failed too often lately */
	COMPACT_CONTINUE,	 /* not over yet */
	COMPACT_COMPLETE,	 /* the zone was gone through */
	COMPACT_PARTIAL_SKIPPED, /* a part of it was */
	COMPACT_CONTENDED,	 /* broke off */
	COMPACT_SUCCESS,	 /* the allocation should succeed now */
	NR_COMPACT_RESULTS
};

/* The lower, the harder. */
enum compact_priority {
	COMPACT_PRIO_SYNC_FULL,
	COMPACT_PRIO_SYNC_LIGHT,
	COMPACT_PRIO_ASYNC,
	NR_COMPACT_PRIORITIES
};

/* One run over a zone, and where it stands. */
struct compact_control {
	struct zone *zone;
	u64 migrate_pfn; /* the scanner that goes up */
	u64 free_pfn;	 /* and the one that comes down */
	s32 order;	 /* wanted, or COMPACT_WHOLE_ZONE */
	gfp_t gfp;	 /* of who wants it */
	enum migratetype migratetype;
	u32 alloc_flags;
	enum zone_type highest;
	enum migrate_mode mode;
	bool direct;		    /* not kcompactd */
	bool proactive;		    /* until the zone's score is low */
	bool whole_zone;	    /* from end to end */
	bool ignore_skip_hint;	    /* pageblocks that failed lately, too */
	bool ignore_block_suitable; /* free pages of any pageblock */
	/* Of a run: */
	bool rescan;	    /* the same pageblock once more */
	bool update_cached; /* both modes' positions go together so far */
	u64 last_migrated_pfn;
	u32 fast_search_fail;	    /* in a row */
	s32 search_order;	    /* where searches of free lists begin */
	struct page_list freepages; /* isolated, single */
	u32 nr_freepages;
	struct page_list migratepages;
	u32 nr_migratepages;
	u64 total_migrate_scanned;
	u64 total_free_scanned;
	u64 nr_moved;
	u64 nr_failed;
};

/* A block that a free would merge goes to who compacts for it. */
struct capture_control {
	const struct compact_control *cc;
	pfn_t pfn; /* PFN_NONE: none yet */
};

/* Where the kcompactd of a node stands. */
struct kcompactd {
	struct compact_control cc; /* of its run */
	s32 max_order;		   /* asked for; 0: nothing */
	s32 highest_zoneidx;	   /* MAX_NR_ZONES - 1: nobody asked */
	bool woken;
	bool in_work; /* it knows what to do: cc */
	bool in_zone; /* within a run over cc.zone */
	u32 next_zone;
	u64 prev_score;	     /* of the node, when a proactive run began */
	u64 migrate_scanned; /* since it was woken, like all below */
	u64 free_scanned;
	u64 moved;
	u64 failed;
	u32 last_result; /* enum compact_result */
	u32 timeout_ms;	 /* of its next sleep */
};

/* An allocation that needs a block */

/**
 * try_to_compact_pages() - Compacts the zones of @ac until one could serve.
 * @capture: the block that was made, taken out for the caller; or PFN_NONE.
 * Context: the task may reschedule: kswapd runs.
 */
enum compact_result try_to_compact_pages(struct mm *mm, gfp_t gfp, u32 order,
					 u32 alloc_flags,
					 const struct alloc_context *ac,
					 enum compact_priority prio,
					 pfn_t *capture);

/** An allocation of @order from @zone succeeded after compaction. */
void compaction_defer_reset(struct zone *zone, u32 order, bool success);

/**
 * should_compact_retry() - Whether another round may help; raises *@prio.
 * @retries: rounds so far that made progress; kept for the caller.
 */
bool should_compact_retry(struct mm *mm, const struct alloc_context *ac,
			  u32 order, u32 alloc_flags,
			  enum compact_result result,
			  enum compact_priority *prio, u32 *retries);

/**
 * compaction_suitable() - COMPACT_SUCCESS: @order is to be had already;
 * COMPACT_SKIPPED: too little is free, or it is not fragmentation that lacks
 * it; else COMPACT_CONTINUE.
 */
enum compact_result compaction_suitable(const struct mm *mm,
					const struct zone *zone, s32 order,
					u32 alloc_flags,
					enum zone_type highest);

/* A run over a zone */

/** compact_begin() - COMPACT_CONTINUE: go on with compact_step(). */
enum compact_result compact_begin(struct mm *mm, struct compact_control *cc);
/** compact_step() - At most COMPACT_CLUSTER_MAX pages (or a pageblock's). */
enum compact_result compact_step(struct mm *mm, struct compact_control *cc);
/** compact_end() - After any but COMPACT_CONTINUE. */
void compact_end(struct mm *mm, struct compact_control *cc);

bool compaction_deferred(struct zone *zone, u32 order);
void defer_compaction(struct zone *zone, u32 order);

/**
 * compact_node() - All zones of @nid from end to end, as a write to
 * /proc/sys/vm/compact_memory does.
 */
void compact_node(struct mm *mm, u32 nid);

/** compaction_capture() - Whether a free takes the block to mm->capture. */
bool compaction_capture(struct mm *mm, const struct zone *zone, pfn_t pfn,
			u32 order, enum migratetype mt);

/** reset_isolation_suitable() - Hints of the zones of @nid are forgotten
 * where a run went through; kswapd does it before it sleeps. */
void reset_isolation_suitable(struct mm *mm, u32 nid);

/* kcompactd */

/** compaction_init() - Makes kcompactds and hints if there are LRU lists. */
void compaction_init(struct mm *mm);
void compaction_exit(struct mm *mm);

/** wakeup_kcompactd() - Asks for a block of 2^@order pages; 0: nothing. */
void wakeup_kcompactd(struct mm *mm, u32 nid, u32 order,
		      enum zone_type highest);

/**
 * kcompactd_step() - A woken kcompactd works for a moment.  The machine's cpu
 * is one of node @nid.
 * Return: false: it went to sleep, see kcompactd_timeout_ms().
 */
bool kcompactd_step(struct mm *mm, u32 nid);

/** kcompactd_timeout() - Its wait is over: it is woken if there is reason. */
void kcompactd_timeout(struct mm *mm, u32 nid);
/** kcompactd_timeout_ms() - How long it waits now; 0: until it is woken. */
u32 kcompactd_timeout_ms(const struct mm *mm, u32 nid);

/** fragmentation_score_node() - 0..100: free memory not in huge blocks. */
u64 fragmentation_score_node(const struct mm *mm, u32 nid);
/** proactive_goal_met() - @zone's own is low enough. */
bool proactive_goal_met(const struct mm *mm, const struct zone *zone);

/** compaction_check() - The part of mm_check() that is about compaction. */
int compaction_check(const struct mm *mm, struct err *e);

#endif
