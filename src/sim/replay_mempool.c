/*
 * replay_mempool.c - mempools of a trace, by mid: over a kmem_cache, over
 * kmalloc() or over pages.
 */
#include "mm/mempool.h"

#include "base/bug.h"
#include "mm/page_alloc.h"
#include "sim/sim_priv.h"

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

/* Waiters. In trace order nobody else waits for one who sleeps. */

/* Sleepers at a time; more than the tasks of any recording. */
#define WAITERS_MAX 65536u

static void hand_out(struct sim *s, const struct mempool *pool, u32 mid,
		     u32 slot, u32 site, paddr_t addr)
{
	struct slot o = {.place = slot_place(addr, site), .cache = (u16)mid};

	switch (pool->kind) {
	case MEMPOOL_SLAB:
		o.kind = SLOT_MEMPOOL;
		o.size = mid;
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
	s->slots[slot] = o;
	replay_count_element(s, &o, true);
	sample_peak(s);
}

/* Bytes that the user of an element has. */
static u64 element_size(const struct sim *s, const struct slot *o)
{
	return o->kind == SLOT_MEMPOOL ? s->mm->caches[o->cache]->object_size
				       : o->size;
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

static void forget_waiter(struct sim *s, size_t i)
{
	s->waiters.nr--;
	memmove(&s->waiters.at[i], &s->waiters.at[i + 1],
		(s->waiters.nr - i) * sizeof(*s->waiters.at));
}

/* Nothing came for him as long as his pool or his own trace went on. */
static void give_up(struct sim *s, size_t i)
{
	s->mempools[s->waiters.at[i].mid]->stats.nr_fail++;
	forget_waiter(s, i);
}

static bool may_wait(const struct sim *s, const struct mempool *pool, gfp_t gfp)
{
	return pool && (gfp & GFP_DIRECT_RECLAIM) &&
	       s->waiters.nr < WAITERS_MAX;
}

/* An element came back to pool @mid: the first who waits for it gets it. */
static void wake_waiter(struct sim *s, u32 mid)
{
	struct mempool *pool = s->mempools[mid];

	for (size_t i = 0; i < s->waiters.nr; i++) {
		struct mempool_waiter w = s->waiters.at[i];
		u64 ns = cycles_to_ns(s->now - w.since, s->tick_hz);
		paddr_t addr;

		if (w.mid != mid)
			continue;
		addr = mempool_retry(pool, w.gfp,
				     ns_to_cycles(ns, s->config.cpu_hz));
		if (!addr)
			return;
		forget_waiter(s, i);
		hand_out(s, pool, mid, w.slot, w.site, addr);
		return;
	}
}

/* A free of nothing: perhaps of one who still waits. */
static void free_of_waiter(struct sim *s, u32 slot)
{
	for (size_t i = 0; i < s->waiters.nr; i++) {
		if (s->waiters.at[i].slot != slot)
			continue;
		give_up(s, i);
		return;
	}
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
	for (size_t i = s->waiters.nr; i-- > 0;)
		if (s->waiters.at[i].mid == r->cache)
			give_up(s, i);
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

	if (!addr && may_wait(s, pool, r->gfp)) {
		mempool_park(pool);
		*VEC_PUSH(&s->waiters) =
			(struct mempool_waiter){.slot = r->slot,
						.site = r->site,
						.mid = r->cache,
						.gfp = r->gfp,
						.since = s->now};
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
	hand_out(s, pool, r->cache, r->slot, r->site, addr);
	if (unlikely(s->cpucache))
		touch_new(s, addr, element_size(s, &s->slots[r->slot]), r);
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
			free_of_waiter(s, r->slot);
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
		if (unlikely(s->waiters.nr))
			wake_waiter(s,
				    o.kind == SLOT_MEMPOOL ? o.size : o.cache);
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
	while (s->waiters.nr)
		give_up(s, s->waiters.nr - 1);
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
