#include "sim/metrics.h"

#include "base/bug.h"
#include "base/xmalloc.h"
#include "mm/compaction.h"

#include <stdlib.h>
#include <string.h>

const char *const access_bug_names[NR_ACCESS_BUGS] = {
	[ACCESS_AFTER_FREE] = "use_after_free",
	[ACCESS_OUT_OF_BOUNDS] = "out_of_bounds",
	[ACCESS_NO_OBJECT] = "no_object",
};

const char *const fail_reason_names[NR_FAIL_REASONS] = {
	"no memory", "too large", "fragmented", "node is full", "bad request",
};

const char *const blame_kind_names[NR_BLAME_KINDS] = {
	[BLAME_CACHE] = "cache",
	[BLAME_SITE] = "site",
	[BLAME_TASK] = "task",
};

const char *const reclaim_who_names[NR_RECLAIM_WHOS] = {
	[RECLAIM_KSWAPD] = "kswapd",
	[RECLAIM_DIRECT] = "direct",
	[RECLAIM_OOM] = "oom",
};

const char *const compact_who_names[NR_COMPACT_WHOS] = {
	[COMPACT_DIRECT] = "direct",
	[COMPACT_KCOMPACTD] = "kcompactd",
	[COMPACT_PROACTIVE] = "proactive",
};

const char *const compact_result_names[NR_COMPACT_RESULTS] = {
	[COMPACT_SKIPPED] = "skipped",
	[COMPACT_DEFERRED] = "deferred",
	[COMPACT_CONTINUE] = "-",
	[COMPACT_COMPLETE] = "complete",
	[COMPACT_PARTIAL_SKIPPED] = "partial",
	[COMPACT_CONTENDED] = "broke_off",
	[COMPACT_SUCCESS] = "success",
};

const char *const compact_priority_names[NR_COMPACT_PRIORITIES] = {
	[COMPACT_PRIO_SYNC_FULL] = "sync_full",
	[COMPACT_PRIO_SYNC_LIGHT] = "sync_light",
	[COMPACT_PRIO_ASYNC] = "async",
};

const char *const cost_names[NR_COSTS] = {
	[COST_SLAB_FAST] = "slab_fast",
	[COST_SLAB_ARRAY] = "slab_array",
	[COST_SLAB_SLOW] = "slab_slow",
	[COST_SLAB_PARTIAL] = "slab_partial",
	[COST_SLAB_NEW] = "slab_new",
	[COST_SLAB_DISCARD] = "slab_discard",
	[COST_PAGE_PCP] = "page_pcp",
	[COST_PAGE_PCP_FREE] = "page_pcp_free",
	[COST_PAGE_BUDDY] = "page_buddy",
	[COST_PAGE_BUDDY_FREE] = "page_buddy_free",
	[COST_PAGE_CHECK] = "page_check",
	[COST_FOREIGN_PAGE] = "foreign_page",
	[COST_BUDDY_SPLIT] = "buddy_split",
	[COST_BUDDY_MERGE] = "buddy_merge",
	[COST_PAGE_DIRECT] = "page_direct",
	[COST_PAGE_COMPOUND] = "page_compound",
	[COST_PAGE_STEAL] = "page_steal",
	[COST_PAGE_SLOWPATH] = "page_slowpath",
	[COST_REMOTE_NODE] = "remote_node",
	[COST_ZERO_PAGE] = "zero_page",
	[COST_PERCPU] = "percpu",
	[COST_MEMPOOL] = "mempool",
	[COST_LRU_SCAN] = "lru_scan",
	[COST_LRU_RECLAIM] = "lru_reclaim",
	[COST_SHRINK_SCAN] = "shrink_scan",
	[COST_COMPACT_SCAN] = "compact_scan",
	[COST_PAGE_MIGRATE] = "page_migrate",
	[COST_WRITE_PAGE] = "write_page",
	[COST_PAGE_CACHE_LOOKUP] = "page_cache_lookup",
	[COST_PAGE_CACHE_INSERT] = "page_cache_insert",
};

/* One dependent multiplication a record, and fields taken as they lie side
 * by side (compilers see that): replay must not feel it. */
void metrics_hash(struct metrics *m, const struct trace_rec *recs, u32 nr)
{
	u64 h = m->trace_hash;

	for (u32 i = 0; i < nr; i++) {
		const struct trace_rec *r = &recs[i];
		u64 place = (u64)r->op | (u64)r->order << 8 |
			    (u64)r->cpu << 16 | (u64)r->cache << 32 |
			    (u64)(u16)r->node << 48;
		u64 mixed =
			r->time_ns * 0x9e3779b97f4a7c15u ^
			((u64)r->slot << 32 | r->size) * 0xc2b2ae3d27d4eb4fu ^
			place * 0x165667b19e3779f9u ^
			((u64)r->align << 32 | r->gfp);

		h = (h ^ (mixed ^ mixed >> 32)) * 0x100000001b3u;
		h ^= h >> 47;
	}
	m->trace_hash = h;
}

u32 unusable_index(const u64 nr_free[MAX_ORDER], u32 order)
{
	u64 free_pages = 0, usable_pages = 0;

	for (u32 o = 0; o < MAX_ORDER; o++) {
		free_pages += nr_free[o] << o;
		if (o >= order)
			usable_pages += nr_free[o] << o;
	}
	if (!free_pages)
		return 1000;
	return (u32)((free_pages - usable_pages) * 1000 / free_pages);
}

const char *const op_path_names[NR_OP_PATHS] = {
	"none", "slab_fast", "slab_slow", "pcp", "buddy", "steal", "slowpath",
};

void metrics_init(struct metrics *m)
{
	*m = (struct metrics){0};
	m->by_cache = xcalloc(MM_CACHES_MAX, sizeof(*m->by_cache));
	metrics_grow_sites(m, 1);
}

void metrics_grow_sites(struct metrics *m, u32 nr)
{
	u32 old = m->nr_sites;

	if (nr <= old)
		return;
	BUG_ON(nr > TRACE_SITES_MAX);
	m->by_site = xreallocarray(m->by_site, nr, sizeof(*m->by_site));
	memset(m->by_site + old, 0, (nr - old) * sizeof(*m->by_site));
	m->nr_sites = nr;
}

void metrics_retire(struct metrics *m, u32 idx)
{
	struct usage *from, *into = &m->retired;

	BUG_ON(idx >= MM_CACHES_MAX);
	from = &m->by_cache[idx];
	into->allocs += from->allocs;
	into->frees += from->frees;
	into->failures += from->failures;
	into->req_bytes += from->req_bytes;
	into->alloc_bytes += from->alloc_bytes;
	into->remote_frees += from->remote_frees;
	*from = (struct usage){0};
	if (m->latency_by_cache)
		hist_free(&m->latency_by_cache[idx]);
}

static void settle(struct usage *u, u32 nr)
{
	for (u32 i = 0; i < nr; i++) {
		BUG_ON(u[i].frees > u[i].allocs + u[i].adopted);
		CHECK(u[i].live_alloc_bytes <= u[i].peak_live_alloc_bytes);
		u[i].live_objs = u[i].allocs + u[i].adopted - u[i].frees;
	}
}

void metrics_settle(struct metrics *m, u32 nr_caches)
{
	BUG_ON(nr_caches > MM_CACHES_MAX);
	m->nr_caches = nr_caches;
	settle(m->by_cache, nr_caches);
	settle(m->by_site, m->nr_sites);
}

void metrics_add_mempool(struct metrics *m, const struct mempool_usage *u)
{
	*VEC_PUSH(&m->mempools) = *u;
}

const char *const mempool_kind_names[3] = {
	[MEMPOOL_SLAB] = "slab",
	[MEMPOOL_KMALLOC] = "kmalloc",
	[MEMPOOL_PAGES] = "pages",
};

u32 metrics_add_reclaim(struct metrics *m, const struct reclaim_run *run)
{
	if (m->reclaim_runs.nr == RECLAIM_RUNS_MAX) {
		m->reclaim_runs_dropped++;
		return METRICS_NO_RUN;
	}
	*VEC_PUSH(&m->reclaim_runs) = *run;
	return (u32)m->reclaim_runs.nr - 1;
}

u32 metrics_add_compact(struct metrics *m, const struct compact_run *run)
{
	if (m->compact_runs.nr == COMPACT_RUNS_MAX) {
		m->compact_runs_dropped++;
		return METRICS_NO_RUN;
	}
	*VEC_PUSH(&m->compact_runs) = *run;
	return (u32)m->compact_runs.nr - 1;
}

void metrics_add_extfrag(struct metrics *m, const struct extfrag_event *e)
{
	if (m->extfrags.nr == EXTFRAG_EVENTS_MAX)
		m->extfrags_dropped++;
	else
		*VEC_PUSH(&m->extfrags) = *e;
}

/* Few take many pages: a short list is searched. */
void metrics_blame(struct metrics *m, const struct blame *b)
{
	for (size_t i = 0; i < m->blames.nr; i++) {
		struct blame *known = &m->blames.at[i];

		if (known->kind != b->kind || known->id != b->id)
			continue;
		known->pages += b->pages;
		return;
	}
	if (m->blames.nr < METRICS_BLAMES)
		*VEC_PUSH(&m->blames) = *b;
}

void metrics_free(struct metrics *m)
{
	VEC_FREE(&m->reclaim_runs);
	VEC_FREE(&m->compact_runs);
	VEC_FREE(&m->extfrags);
	VEC_FREE(&m->blames);
	VEC_FREE(&m->mempools);
	free(m->by_cache);
	free(m->by_site);
	free(m->samples);
	free(m->maps);
	free(m->cache_samples);
	free(m->node_samples);
	for (u32 op = 0; op < NR_TRACE_OPS; op++)
		hist_free(&m->latency_cycles[op]);
	for (u32 p = 0; p < NR_OP_PATHS; p++)
		hist_free(&m->latency_by_path[p]);
	for (u32 op = 0; op < NR_TRACE_OPS; op++)
		hist_free(&m->latency_remote[op]);
	for (u32 i = 0; m->latency_by_cache && i < MM_CACHES_MAX; i++)
		hist_free(&m->latency_by_cache[i]);
	free(m->latency_by_cache);
	hist_free(&m->wait_cycles);
	*m = (struct metrics){0};
}
