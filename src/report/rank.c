#include "report/frag.h"
#include "report/view.h"

#include "base/bug.h"
#include "base/xmalloc.h"

#include <stdlib.h>
#include <string.h>

u64 text_hash(const char *text)
{
	u64 h = 0xcbf29ce484222325u; /* FNV-1a offset basis and prime */

	for (; *text; text++)
		h = (h ^ (u8)*text) * 0x100000001b3u;
	return h;
}

const char *profile_name(const struct config *c)
{
	static const char *const names[NR_PROFILES] = {
		[PROFILE_LINUX_2_6] = "linux-2.6",
		[PROFILE_LINUX_3_8] = "linux-3.8",
		[PROFILE_LINUX_5_3] = "linux-5.3",
		[PROFILE_LINUX_6_1] = "linux-6.1",
	};

	return names[c->mm.profile];
}

struct run_totals run_totals(const struct report_view *v)
{
	const struct metrics *m = v->metrics;
	struct run_totals t = {0};

	for (u32 op = 0; op < NR_TRACE_OPS; op++) {
		if (trace_op_objects[op] == TRACE_OBJECT_MADE ||
		    op == TRACE_KREALLOC)
			t.allocs += m->nr_by_op[op];
		for (u32 r = 0; r < NR_FAIL_REASONS; r++) {
			t.failures += m->failures[op][r];
			t.failures_by_reason[r] += m->failures[op][r];
		}
	}
	for (u32 i = 0; m->by_cache && i < m->nr_caches + 2; i++) {
		const struct usage *u = i < m->nr_caches    ? &m->by_cache[i]
					: i == m->nr_caches ? &m->retired
							    : &m->shared;

		t.slab_req_bytes_live += u->live_req_bytes;
		t.slab_alloc_bytes_live += u->live_alloc_bytes;
		t.req_bytes += u->req_bytes;
		t.alloc_bytes += u->alloc_bytes;
		t.remote_frees += u->remote_frees;
	}
	for (u32 nid = 0; nid < v->snap->nr_nodes; nid++)
		for (u32 i = 0; i < NR_NUMA_STATS; i++)
			t.numa[i] += v->snap->nodes[nid].numa[i];
	return t;
}

static u64 beyond(u64 given, u64 asked)
{
	return given > asked ? given - asked : 0;
}

static u64 rank_key(const struct usage_row *r, enum rank_by by)
{
	const struct usage *u = r->usage;
	struct slab_waste w;

	switch (by) {
	case RANK_LIVE_WASTE:
		return beyond(u->live_alloc_bytes, u->live_req_bytes);
	case RANK_RUN_WASTE:
		return beyond(u->alloc_bytes, u->req_bytes);
	case RANK_SLAB_WASTE:
		if (!r->cache)
			return 0;
		w = frag_cache_waste(r->cache);
		return w.slab_bytes - w.object_bytes;
	case RANK_MEMORY:
		return r->cache ? frag_cache_waste(r->cache).slab_bytes
				: u->live_alloc_bytes;
	case RANK_ALLOCS:
		return u->allocs;
	}
	return 0;
}

static int compare_rows(const void *a, const void *b)
{
	const struct usage_row *x = a;
	const struct usage_row *y = b;
	int c;

	if (x->key != y->key)
		return x->key > y->key ? -1 : 1;
	c = strcmp(x->name, y->name);
	if (c)
		return c;
	return x->idx < y->idx ? -1 : x->idx > y->idx;
}

struct usage_row *rank_caches(const struct report_view *v, enum rank_by by,
			      u32 *nr)
{
	static const struct usage unused;
	const struct mm_snapshot *s = v->snap;
	const struct usage *by_cache = v->metrics->by_cache;
	struct usage_row *rows = xcalloc(s->nr_caches, sizeof(*rows));

	*nr = s->nr_caches;
	for (u32 i = 0; i < s->nr_caches; i++) {
		const struct cache_snapshot *c = &s->caches[i];

		BUG_ON(c->idx >= MM_CACHES_MAX);
		rows[i] = (struct usage_row){
			.name = c->name,
			.cache = c,
			.usage = by_cache ? &by_cache[c->idx] : &unused,
			.idx = c->idx,
		};
		rows[i].key = rank_key(&rows[i], by);
	}
	qsort(rows, s->nr_caches, sizeof(*rows), compare_rows);
	return rows;
}

struct usage_row *rank_sites(const struct report_view *v, enum rank_by by,
			     u32 *nr)
{
	const struct metrics *m = v->metrics;
	struct usage_row *rows = xcalloc(m->nr_sites, sizeof(*rows));

	*nr = 0;
	for (u32 i = 0; i < m->nr_sites; i++) {
		struct usage_row *r = &rows[*nr];

		if (!m->by_site[i].allocs && !m->by_site[i].failures)
			continue;
		*r = (struct usage_row){
			.name = i < v->trace->sites.nr ? v->trace->sites.at[i]
						       : "?",
			.usage = &m->by_site[i],
			.idx = i,
		};
		r->key = rank_key(r, by);
		(*nr)++;
	}
	qsort(rows, *nr, sizeof(*rows), compare_rows);
	return rows;
}
