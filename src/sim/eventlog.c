#include "sim/eventlog.h"

#include "base/bug.h"
#include "base/xmalloc.h"

#include <stdlib.h>

const char *const mm_event_names[NR_MM_EVENTS] = {
	"extfrag",	  "kswapd_wake",     "alloc_fail",     "pcp_refill",
	"pcp_drain",	  "slab_new",	     "slab_free",      "page_reclaimed",
	"kswapd_sleep",	  "direct_reclaim",  "oom_kill",       "page_migrated",
	"kcompactd_wake", "kcompactd_sleep", "direct_compact", "page_cache_add",
};

void eventlog_add(struct eventlog *log, const struct eventlog_entry *e)
{
	BUG_ON(e->ev >= NR_MM_EVENTS);
	if (log->nr == EVENTLOG_MAX) {
		log->dropped[e->ev]++;
		return;
	}
	if (log->nr == log->cap) {
		log->cap = log->cap ? log->cap * 2 : 256;
		log->at = xreallocarray(log->at, log->cap, sizeof(*log->at));
	}
	log->at[log->nr++] = *e;
}

void eventlog_free(struct eventlog *log)
{
	free(log->at);
	*log = (struct eventlog){0};
}
