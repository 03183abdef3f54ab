#include "trace/stats.h"

#include "base/bug.h"
#include "base/xmalloc.h"

#include <stdlib.h>
#include <string.h>

/* Without page tables to ask: the page of nearly every machine. */
#define PAGE_BYTES 4096u

const char *const trace_pool_names[NR_TRACE_POOLS] = {"kmalloc", "pages",
						      "percpu", "mempools"};

/* Zeroes that calloc() maps cost nothing until they are touched: a trace that
 * declares many slots and uses few takes little memory. */
static void *grow(void *at, u32 *nr, u32 need, size_t size)
{
	u32 want = *nr;
	void *larger;

	if (need <= *nr)
		return at;
	while (want < need)
		want = want ? want * 2 : 64;
	larger = xcalloc(want, size);
	if (at)
		memcpy(larger, at, *nr * size);
	free(at);
	*nr = want;
	return larger;
}

static void make_room(struct trace_stats *s, const struct trace_info *info)
{
	u32 old = s->nr_sites;

	s->caches = grow(s->caches, &s->nr_caches, info->nr_caches,
			 sizeof(*s->caches));
	s->owners = grow(s->owners, &s->nr_owners, info->nr_slots,
			 sizeof(*s->owners));
	s->sites =
		grow(s->sites, &s->nr_sites, info->sites.nr, sizeof(*s->sites));
	for (u32 i = old; i < s->nr_sites; i++)
		s->sites[i].site = i;
	for (u32 i = 0; i < NR_TRACE_POOLS; i++)
		s->pools[i].name = trace_pool_names[i];
}

/* The row that owner number @owner stands for. */
static struct trace_use *use_of(struct trace_stats *s, u32 owner)
{
	BUG_ON(!owner);
	if (owner <= NR_TRACE_POOLS)
		return &s->pools[owner - 1];
	return &s->caches[owner - 1 - NR_TRACE_POOLS];
}

static void note_free(struct trace_stats *s, const struct trace_rec *rec)
{
	struct trace_use *use;

	if (!s->owners[rec->slot]) {
		s->stray_frees++;
		return;
	}
	use = use_of(s, s->owners[rec->slot]);
	use->frees++;
	use->live--;
	s->live--;
	s->sites[rec->site].frees++;
	s->owners[rec->slot] = 0;
}

static void note_size(struct trace_stats *s, u64 bytes)
{
	u32 k = 0;

	while (k < TRACE_STATS_CLASSES - 1 && bytes > 1ull << k)
		k++;
	s->slab_sizes[k]++;
}

static void note_alloc(struct trace_stats *s, const struct trace_rec *rec,
		       u32 owner, u64 bytes)
{
	struct trace_use *use = use_of(s, owner);

	if (s->owners[rec->slot]) {
		struct trace_use *was = use_of(s, s->owners[rec->slot]);

		s->overwritten++;
		was->live--;
		was->frees++;
		s->live--;
	}
	s->owners[rec->slot] = owner;
	use->allocs++;
	use->bytes += bytes;
	use->live++;
	use->peak_live = MAX(use->peak_live, use->live);
	s->live++;
	s->peak_live = MAX(s->peak_live, s->live);
	s->sites[rec->site].allocs++;
	s->sites[rec->site].bytes += bytes;
}

static void note_pages(struct trace_stats *s, const struct trace_rec *rec)
{
	u64 bytes = rec->order < 32 ? (u64)PAGE_BYTES << rec->order : 0;

	s->page_orders[rec->order]++;
	note_alloc(s, rec, 1 + TRACE_POOL_PAGES, bytes);
}

static void note_op(struct trace_stats *s, const struct trace_info *info,
		    const struct trace_rec *rec)
{
	switch (rec->op) {
	case TRACE_CACHE_CREATE:
		s->caches[rec->cache].name = info->names.at[rec->name];
		s->caches[rec->cache].size = rec->size;
		break;
	case TRACE_CACHE_ALLOC:
		note_size(s, s->caches[rec->cache].size);
		note_alloc(s, rec, 1 + NR_TRACE_POOLS + rec->cache,
			   s->caches[rec->cache].size);
		break;
	case TRACE_KMALLOC:
		note_size(s, rec->size);
		note_alloc(s, rec, 1 + TRACE_POOL_KMALLOC, rec->size);
		break;
	case TRACE_ALLOC_PAGES:
		note_pages(s, rec);
		break;
	case TRACE_ALLOC_PERCPU:
		note_alloc(s, rec, 1 + TRACE_POOL_PERCPU, rec->size);
		break;
	case TRACE_MEMPOOL_ALLOC:
		note_alloc(s, rec, 1 + TRACE_POOL_MEMPOOL, 0);
		break;
	default:
		if (trace_op_objects[rec->op] == TRACE_OBJECT_GONE)
			note_free(s, rec);
		else
			BUG_ON(trace_op_objects[rec->op] == TRACE_OBJECT_MADE);
		break;
	}
}

void trace_stats_add(struct trace_stats *s, const struct trace_info *info,
		     const struct trace_rec *recs, u32 nr)
{
	make_room(s, info);
	for (u32 i = 0; i < nr; i++) {
		const struct trace_rec *rec = &recs[i];

		if (!s->events++)
			s->first_ns = rec->time_ns;
		s->last_ns = rec->time_ns;
		s->by_op[rec->op]++;
		s->by_cpu[rec->cpu]++;
		s->implied += (rec->flags & TRACE_IMPLIED) != 0;
		note_op(s, info, rec);
	}
}

void trace_stats_free(struct trace_stats *s)
{
	free(s->caches);
	free(s->sites);
	free(s->owners);
	memset(s, 0, sizeof(*s));
}

static int more_allocs(u64 a, u64 b)
{
	return (a < b) - (a > b);
}

/* By allocations, then as they stand in the trace: no order is left open. */
static int by_cache_allocs(const void *a, const void *b)
{
	const struct trace_use *ua = *(const struct trace_use *const *)a;
	const struct trace_use *ub = *(const struct trace_use *const *)b;
	int rc = more_allocs(ua->allocs, ub->allocs);

	return rc ? rc : (ua > ub) - (ua < ub);
}

static int by_site_allocs(const void *a, const void *b)
{
	const struct trace_site *sa = *(const struct trace_site *const *)a;
	const struct trace_site *sb = *(const struct trace_site *const *)b;
	int rc = more_allocs(sa->allocs, sb->allocs);

	return rc ? rc : (sa->site > sb->site) - (sa->site < sb->site);
}

u32 trace_stats_top_caches(const struct trace_stats *s,
			   const struct trace_use **top, u32 max)
{
	const struct trace_use **all =
		xcalloc(s->nr_caches + NR_TRACE_POOLS, sizeof(const void *));
	u32 nr = 0;

	for (u32 i = 0; i < NR_TRACE_POOLS; i++)
		if (s->pools[i].allocs)
			all[nr++] = &s->pools[i];
	for (u32 i = 0; i < s->nr_caches; i++)
		if (s->caches[i].allocs)
			all[nr++] = &s->caches[i];
	qsort(all, nr, sizeof(*all), by_cache_allocs);
	nr = MIN(nr, max);
	memcpy(top, all, nr * sizeof(*top));
	free(all);
	return nr;
}

u32 trace_stats_top_sites(const struct trace_stats *s,
			  const struct trace_site **top, u32 max)
{
	const struct trace_site **all = xcalloc(s->nr_sites + 1, sizeof(*all));
	u32 nr = 0;

	for (u32 i = 1; i < s->nr_sites; i++) /* 0: not known */
		if (s->sites[i].allocs)
			all[nr++] = &s->sites[i];
	qsort(all, nr, sizeof(*all), by_site_allocs);
	nr = MIN(nr, max);
	memcpy(top, all, nr * sizeof(*top));
	free(all);
	return nr;
}
