/*
 * slab_inspect.c - the cache half of mm_inspect() and the series' gauges.
 *
 * What it is
 *   Copies of what every cache is and holds, in slab_caches' order.
 *
 * How it works
 *   The common part from struct kmem_cache and slabinfo; the rest from the
 *   allocator's inspect() and gauge().
 *
 * Lock order
 *   None taken; nothing is changed.
 *
 * Invariants
 *   Entries stand newest first, one for each cache on mm->cache_list.
 *
 * What is charged
 *   Nothing.
 *
 * What is left out, and which kernel this follows
 *   Caches that were destroyed and wait for a grace period do not show.
 */
#include "mm/inspect.h"

#include "base/xmalloc.h"
#include "mm/slab.h"

#include <stdio.h>
#include <stdlib.h>

static void inspect_cache(const struct kmem_cache *s, struct cache_snapshot *c)
{
	const struct mm_conf *conf = &s->mm->conf;
	struct slabinfo si;

	snprintf(c->name, sizeof(c->name), "%s", s->name);
	c->idx = s->idx;
	c->refcount = s->refcount < 0 ? 1 : (u32)s->refcount;
	c->object_size = s->object_size;
	c->size = s->size;
	c->align = s->align;
	c->flags = s->flags;
	s->ops->get_slabinfo(s, &si);
	c->active_objs = si.active_objs;
	c->num_objs = si.num_objs;
	c->active_slabs = si.active_slabs;
	c->num_slabs = si.num_slabs;
	c->objects_per_slab = si.objects_per_slab;
	c->order = si.cache_order;
	c->limit = si.limit;
	c->batchcount = si.batchcount;
	c->shared = si.shared;
	c->shared_avail = si.shared_avail;
	c->nodes = xcalloc(conf->nr_nodes, sizeof(*c->nodes));
	c->cpus = xcalloc(conf->nr_cpus, sizeof(*c->cpus));
	if (s->ops->inspect)
		s->ops->inspect(s, c);
}

void slab_inspect(const struct mm *mm, struct mm_snapshot *out)
{
	u32 nr = 0;

	out->slab_name = mm->conf.slab_ops->name;
	for (const struct kmem_cache *s = mm->cache_list; s; s = s->next)
		nr++;
	out->nr_caches = 0;
	out->caches = xcalloc(nr ? nr : 1, sizeof(*out->caches));
	for (const struct kmem_cache *s = mm->cache_list; s; s = s->next)
		inspect_cache(s, &out->caches[out->nr_caches++]);
}

struct ranked {
	const struct kmem_cache *cache;
	u64 pages;
};

/* Most pages first; the older cache first among equals. */
static int by_pages(const void *a, const void *b)
{
	const struct ranked *x = a;
	const struct ranked *y = b;

	if (x->pages != y->pages)
		return x->pages < y->pages ? 1 : -1;
	return x->cache->idx < y->cache->idx ? -1
					     : x->cache->idx > y->cache->idx;
}

u32 mm_gauge_caches(const struct mm *mm, struct cache_gauge *g, u32 max)
{
	struct ranked *all =
		xcalloc(mm->nr_caches ? mm->nr_caches : 1, sizeof(*all));
	u32 nr = 0;

	for (const struct kmem_cache *s = mm->cache_list; s; s = s->next) {
		struct ranked *r = &all[nr++];

		r->cache = s;
		r->pages = s->ops->nr_pages ? s->ops->nr_pages(s) : 0;
	}
	qsort(all, nr, sizeof(*all), by_pages);
	nr = MIN(nr, max);
	for (u32 i = 0; i < nr; i++) {
		const struct kmem_cache *s = all[i].cache;

		g[i] = (struct cache_gauge){.idx = s->idx, .name = s->name};
		if (s->ops->gauge)
			s->ops->gauge(s, &g[i]);
	}
	free(all);
	return nr;
}
