#include "sim/eventlog.h"

#include "base/bug.h"
#include "base/vec.h"

#include <stdlib.h>

const char *const mm_event_names[NR_MM_EVENTS] = {
	[MM_EV_EXTFRAG] = "extfrag",
	[MM_EV_KSWAPD_WAKE] = "kswapd_wake",
	[MM_EV_ALLOC_FAIL] = "alloc_fail",
	[MM_EV_PCP_REFILL] = "pcp_refill",
	[MM_EV_PCP_DRAIN] = "pcp_drain",
	[MM_EV_SLAB_NEW] = "slab_new",
	[MM_EV_SLAB_FREE] = "slab_free",
	[MM_EV_PAGE_RECLAIMED] = "page_reclaimed",
	[MM_EV_KSWAPD_SLEEP] = "kswapd_sleep",
	[MM_EV_DIRECT_BEGIN] = "direct_begin",
	[MM_EV_DIRECT_RECLAIM] = "direct_reclaim",
	[MM_EV_OOM_KILL] = "oom_kill",
	[MM_EV_PAGE_MIGRATED] = "page_migrated",
	[MM_EV_KCOMPACTD_WAKE] = "kcompactd_wake",
	[MM_EV_KCOMPACTD_SLEEP] = "kcompactd_sleep",
	[MM_EV_DIRECT_COMPACT_BEGIN] = "direct_compact_begin",
	[MM_EV_DIRECT_COMPACT] = "direct_compact",
	[MM_EV_PAGE_CACHE_ADD] = "page_cache_add",
	[MM_EV_PAGE_SWAPPED] = "page_swapped",
	[MM_EV_KSWAPD_GO] = "kswapd_go",
	[MM_EV_FLUSHER_WAKE] = "flusher_wake",
};

void eventlog_add(struct eventlog *log, const struct eventlog_entry *e)
{
	BUG_ON(e->ev >= NR_MM_EVENTS);
	if (log->nr == EVENTLOG_MAX) {
		log->dropped[e->ev]++;
		return;
	}
	*VEC_PUSH(log) = *e;
}

void eventlog_free(struct eventlog *log)
{
	free(log->at);
	*log = (struct eventlog){0};
}
