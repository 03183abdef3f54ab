/*
 * replay_mempool.c - mempools of a trace, by mid: over a kmem_cache, over
 * kmalloc() or over pages.
 */
#include "mm/mempool.h"

#include "base/bug.h"
#include "mm/page_alloc.h"
#include "sim/sleepers.h"

#include <stdio.h>
#include <string.h>

/* Bytes that the allocator is asked for. */
static u64 element_request(enum mempool_kind kind,
			   const union mempool_data *data)
{
	switch (kind) {
	case MEMPOOL_SLAB:
		return data->cache->size;
	case MEMPOOL_KMALLOC:
		return data->size;
	case MEMPOOL_PAGES:
		return MM_PAGE_SIZE << data->order;
	}
	BUG();
}

/* What @r's pool is to be over; false: nothing that could be. */
static bool over_what(const struct sim *s, const struct trace_rec *r,
		      enum mempool_kind *kind, union mempool_data *data)
{
	switch ((enum trace_pool_over)r->order) {
	case TRACE_POOL_OF_CACHE:
		*kind = MEMPOOL_SLAB;
		data->cache = r->align < TRACE_CACHES_MAX ? s->caches[r->align]
							  : NULL;
		return data->cache;
	case TRACE_POOL_OF_BYTES:
		*kind = MEMPOOL_KMALLOC;
		data->size = r->align;
		return true;
	case TRACE_POOL_OF_PAGES:
		*kind = MEMPOOL_PAGES;
		data->order = r->align;
		return r->align < MAX_ORDER;
	case NR_TRACE_POOL_OVER:
		break;
	}
	BUG();
}

static u64 do_create(struct sim *s, const struct trace_rec *r)
{
	struct mempool **pool = &s->mempools[r->cache];
	union mempool_data data = {0};
	enum mempool_kind kind;

	if (!r->size || *pool || !over_what(s, r, &kind, &data)) {
		replay_failed(s, r, 0, NULL);
		return OP_FAILED;
	}
	/* A recorded state holds the pools made before it was taken. */
	if (s->restored && kind == MEMPOOL_SLAB &&
	    data.cache->ops->restored_objects && !s->foreign)
		*pool = mempool_adopt(s->mm, r->size, data.cache);
	if (!*pool)
		*pool = mempool_create(s->mm, r->size, kind, data);
	if (*pool) {
		sample_peak(s);
		return OP_DONE;
	}
	replay_failed(s, r, element_request(kind, &data),
		      kind == MEMPOOL_SLAB ? data.cache : NULL);
	return OP_FAILED;
}

static u64 do_resize(struct sim *s, const struct trace_rec *r)
{
	struct mempool *pool = s->mempools[r->cache];

	if (!pool || !r->size || mempool_resize(pool, r->size)) {
		replay_failed(s, r, pool && r->size ? 8ull * r->size : 0, NULL);
		return OP_FAILED;
	}
	sample_peak(s);
	return OP_DONE;
}

/* Bytes that the user of an element has. */
static u64 element_size(const struct sim *s, const struct slot *o)
{
	return o->kind == SLOT_MEMPOOL ? s->mm->caches[o->cache]->object_size
				       : o->size;
}

static void hand_out(struct sim *s, const struct mempool *pool,
		     const struct trace_rec *r, paddr_t addr)
{
	struct slot o = {.place = slot_place(addr, r->site), .cache = r->cache};

	switch (pool->kind) {
	case MEMPOOL_SLAB:
		o.kind = SLOT_MEMPOOL;
		o.size = r->cache;
		o.cache = (u16)pool->pool_data.cache->idx;
		break;
	case MEMPOOL_KMALLOC:
		o.kind = SLOT_MEMPOOL_KMALLOC;
		o.size = (u32)pool->pool_data.size;
		break;
	case MEMPOOL_PAGES:
		o.kind = SLOT_MEMPOOL_PAGES;
		o.size = (u32)(MM_PAGE_SIZE << pool->pool_data.order);
		o.order = (u8)pool->pool_data.order;
		break;
	}
	s->slots[r->slot] = o;
	replay_count_element(s, &o, true);
	sample_peak(s);
	if (unlikely(s->cpucache))
		touch_new(s, addr, element_size(s, &o), r);
}

/* The pool that @o came from, NULL when that is gone: another one of its
 * number may be over something else. */
static struct mempool *pool_of(const struct sim *s, const struct slot *o)
{
	u32 mid = o->kind == SLOT_MEMPOOL ? o->size : o->cache;
	struct mempool *pool = s->mempools[mid];

	if (!pool)
		return NULL;
	switch (pool->kind) {
	case MEMPOOL_SLAB:
		return o->kind == SLOT_MEMPOOL &&
				       o->cache == pool->pool_data.cache->idx
			       ? pool
			       : NULL;
	case MEMPOOL_KMALLOC:
		return o->kind == SLOT_MEMPOOL_KMALLOC &&
				       o->size == pool->pool_data.size
			       ? pool
			       : NULL;
	case MEMPOOL_PAGES:
		return o->kind == SLOT_MEMPOOL_PAGES &&
				       o->order == pool->pool_data.order
			       ? pool
			       : NULL;
	}
	BUG();
}

/* What the report says of pool @mid. */
static void count_pool(struct sim *s, u32 mid)
{
	const struct mempool *pool = s->mempools[mid];
	struct mempool_usage u = {.mid = mid,
				  .min_nr = pool->min_nr,
				  .curr_nr = pool->curr_nr,
				  .kind = (u8)pool->kind,
				  .element_bytes = mempool_element_bytes(pool),
				  .stats = pool->stats};

	metrics_add_mempool(&s->metrics, &u);
}

static u64 do_destroy(struct sim *s, const struct trace_rec *r)
{
	struct mempool *pool = s->mempools[r->cache];

	if (!pool) {
		replay_failed(s, r, 0, NULL);
		return OP_FAILED;
	}
	sleepers_pool_gone(s, (u32)r->cache);
	count_pool(s, r->cache);
	mempool_destroy(pool);
	s->last_mempool = NULL;
	s->mempools[r->cache] = NULL;
	return OP_DONE;
}

static u64 do_alloc(struct sim *s, const struct trace_rec *r)
{
	struct mempool *pool = s->mempools[r->cache];
	paddr_t addr = pool ? mempool_alloc(pool, r->gfp) : 0;

	if (!addr && pool && (r->gfp & GFP_DIRECT_RECLAIM) &&
	    sleepers_park(s, r)) {
		mempool_park(pool);
		s->slots[r->slot].kind = SLOT_FAILED; /* as yet */
		return OP_FAILED;
	}
	if (!addr) {
		replay_failed(
			s, r,
			pool ? element_request(pool->kind, &pool->pool_data)
			     : 0,
			pool && pool->kind == MEMPOOL_SLAB
				? pool->pool_data.cache
				: NULL);
		return OP_FAILED;
	}
	hand_out(s, pool, r, addr);
	return addr;
}

u64 replay_mempool_retry(struct sim *s, const struct trace_rec *r,
			 cycles_t waited)
{
	struct mempool *pool = s->mempools[r->cache];
	paddr_t addr = mempool_retry(pool, r->gfp, waited);

	if (!addr)
		return OP_FAILED;
	hand_out(s, pool, r, addr);
	return addr;
}

/* An element whose pool is gone goes where the pool had it from. */
static void free_orphan(struct sim *s, const struct slot *o, paddr_t addr)
{
	if (o->kind == SLOT_MEMPOOL) {
		kmem_cache_free(s->mm->caches[o->cache], addr);
	} else if (o->kind == SLOT_MEMPOOL_KMALLOC) {
		kfree(s->mm, addr);
	} else {
		s->mm->mempool_pages -= 1ull << o->order;
		free_pages_addr(s->mm, addr, o->order);
	}
}

/* Back to its pool. */
static u64 do_free(struct sim *s, const struct trace_rec *r)
{
	struct slot o = s->slots[r->slot];
	paddr_t addr = slot_addr(&o);
	struct mempool *pool;

	if (o.kind != SLOT_MEMPOOL && o.kind != SLOT_MEMPOOL_KMALLOC &&
	    o.kind != SLOT_MEMPOOL_PAGES) {
		if (!addr) {
			s->metrics.skipped_frees++;
		} else {
			replay_failed(s, r, 0, NULL);
		}
		return OP_FAILED;
	}
	if (unlikely(s->cpucache))
		touch_last(s, addr, element_size(s, &o), r);
	s->slots[r->slot] = (struct slot){.kind = SLOT_FREED};
	replay_count_element(s, &o, false);
	pool = pool_of(s, &o);
	s->last_mempool = pool;
	if (pool) {
		mempool_free(pool, addr);
		if (unlikely(s->nr_held))
			sleepers_wake(s, o.kind == SLOT_MEMPOOL ? o.size
								: o.cache);
	} else {
		free_orphan(s, &o, addr);
	}
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
	case TRACE_MEMPOOL_RESIZE:
		return do_resize(s, r);
	default:
		return do_free(s, r);
	}
}

void replay_mempools_end(struct sim *s)
{
	for (u32 mid = 0; mid < TRACE_CACHES_MAX; mid++)
		if (s->mempools[mid])
			count_pool(s, mid);
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
