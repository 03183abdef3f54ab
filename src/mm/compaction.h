/*
 * compaction.h - direct compaction, as far as nothing is movable.
 */
#ifndef MM_COMPACTION_H
#define MM_COMPACTION_H

#include "mm/page_internal.h"

/* In the kernel's order: the best result of all zones counts. */
enum compact_result {
	COMPACT_SKIPPED,  /* too little free memory, or enough already */
	COMPACT_DEFERRED, /* failed too often lately */
	COMPACT_COMPLETE, /* the zone was gone through */
	COMPACT_SUCCESS	  /* the allocation should succeed now */
};

enum compact_priority {
	COMPACT_PRIO_SYNC_LIGHT,
	COMPACT_PRIO_ASYNC
};

/**
 * try_to_compact_pages() - Compacts the zones of @ac until one could serve.
 * Context: the task may reschedule: kswapd runs.
 */
enum compact_result try_to_compact_pages(struct mm *mm, gfp_t gfp, u32 order,
					 u32 alloc_flags,
					 const struct alloc_context *ac,
					 enum compact_priority prio);

/** An allocation of @order from @zone succeeded after compaction. */
void compaction_defer_reset(struct zone *zone, u32 order, bool success);

#endif
