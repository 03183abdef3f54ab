/*
 * replay_mempool.c - mempools of a trace, by mid; each over a kmem_cache.
 */
#include "mm/mempool.h"

#include "base/bug.h"
#include "sim/sim_priv.h"

#include <stdio.h>

static u64 do_create(struct sim *s, const struct trace_rec *r)
{
	union mempool_data data = {0};

	if (r->align < TRACE_CACHES_MAX)
		data.cache = s->caches[r->align];
	if (!data.cache || !r->size || s->mempools[r->cache]) {
		replay_failed(s, r, 0, NULL);
		return OP_FAILED;
	}
	/* A recorded state holds the pools made before it was taken. */
	if (s->restored && data.cache->ops == &slub_ops && !s->foreign)
		s->mempools[r->cache] =
			mempool_adopt(s->mm, r->size, data.cache);
	if (!s->mempools[r->cache])
		s->mempools[r->cache] =
			mempool_create(s->mm, r->size, MEMPOOL_SLAB, data);
	if (s->mempools[r->cache])
		return OP_DONE;
	replay_failed(s, r, data.cache->size, data.cache);
	return OP_FAILED;
}

static u64 do_destroy(struct sim *s, const struct trace_rec *r)
{
	struct mempool *pool = s->mempools[r->cache];

	if (!pool) {
		replay_failed(s, r, 0, NULL);
		return OP_FAILED;
	}
	metrics_add_mempool(&s->metrics, r->cache, &pool->stats, pool->min_nr);
	mempool_destroy(pool);
	s->last_mempool = NULL;
	s->mempools[r->cache] = NULL;
	return OP_DONE;
}

static u64 do_alloc(struct sim *s, const struct trace_rec *r)
{
	struct mempool *pool = s->mempools[r->cache];
	paddr_t addr = pool ? mempool_alloc(pool, r->gfp) : 0;

	if (!addr) {
		replay_failed(s, r, pool ? pool->pool_data.cache->size : 0,
			      NULL);
		return OP_FAILED;
	}
	s->slots[r->slot] = (struct slot){
		.place = slot_place(addr, r->site),
		.size = r->cache,
		.cache = (u16)pool->pool_data.cache->idx,
		.kind = SLOT_MEMPOOL,
	};
	s->metrics.by_site[r->site].allocs++;
	return addr;
}

/* Back to its pool; a pool that is gone leaves its elements to the cache. */
static u64 do_free(struct sim *s, const struct trace_rec *r)
{
	struct slot o = s->slots[r->slot];
	paddr_t addr = slot_addr(&o);

	if (o.kind != SLOT_MEMPOOL) {
		if (!addr)
			s->metrics.skipped_frees++;
		else
			replay_failed(s, r, 0, NULL);
		return OP_FAILED;
	}
	s->slots[r->slot] = (struct slot){0};
	s->metrics.by_site[slot_site(&o)].frees++;
	s->last_mempool = s->mempools[o.size];
	if (s->last_mempool)
		mempool_free(s->last_mempool, addr);
	else
		kmem_cache_free(s->mm->caches[o.cache], addr);
	return addr;
}

u64 replay_mempool(struct sim *s, const struct trace_rec *r)
{
	switch (r->op) {
	case TRACE_MEMPOOL_CREATE:
		return do_create(s, r);
	case TRACE_MEMPOOL_DESTROY:
		return do_destroy(s, r);
	case TRACE_MEMPOOL_ALLOC:
		return do_alloc(s, r);
	default:
		return do_free(s, r);
	}
}

void replay_mempools_end(struct sim *s)
{
	for (u32 mid = 0; mid < TRACE_CACHES_MAX; mid++) {
		const struct mempool *pool = s->mempools[mid];

		if (pool)
			metrics_add_mempool(&s->metrics, mid, &pool->stats,
					    pool->min_nr);
	}
}

void replay_mempool_extra(const struct sim *s, const struct trace_rec *r,
			  char *buf, size_t len)
{
	const struct mempool *pool = s->mempools[r->cache];

	if (r->op == TRACE_MEMPOOL_FREE)
		pool = s->last_mempool;
	if (r->op == TRACE_MEMPOOL_DESTROY || !pool)
		snprintf(buf, len, "-");
	else
		snprintf(buf, len, "curr_nr=%u", pool->curr_nr);
}
