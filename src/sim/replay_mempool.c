/*
 * replay_mempool.c - mempools of a trace, by mid; each over a kmem_cache.
 */
#include "mm/mempool.h"

#include "base/bug.h"
#include "sim/sim_priv.h"

#include <stdio.h>
#include <string.h>

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
	if (s->restored && data.cache->ops->restored_objects && !s->foreign)
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

/* Waiters. In trace order nobody else waits for one who sleeps. */

/* Sleepers at a time; more than the tasks of any recording. */
#define WAITERS_MAX 65536u

static void hand_out(struct sim *s, const struct mempool *pool, u32 mid,
		     u32 slot, u32 site, paddr_t addr)
{
	s->slots[slot] = (struct slot){
		.place = slot_place(addr, site),
		.size = mid,
		.cache = (u16)pool->pool_data.cache->idx,
		.kind = SLOT_MEMPOOL,
	};
	s->metrics.by_site[site].allocs++;
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
		replay_failed(s, r, pool ? pool->pool_data.cache->size : 0,
			      NULL);
		return OP_FAILED;
	}
	hand_out(s, pool, r->cache, r->slot, r->site, addr);
	if (unlikely(s->cpucache))
		touch_new(s, addr, pool->pool_data.cache->object_size, r);
	return addr;
}

/* Back to its pool; a pool that is gone leaves its elements to the cache. */
static u64 do_free(struct sim *s, const struct trace_rec *r)
{
	struct slot o = s->slots[r->slot];
	paddr_t addr = slot_addr(&o);

	if (o.kind != SLOT_MEMPOOL) {
		if (!addr) {
			free_of_waiter(s, r->slot);
			s->metrics.skipped_frees++;
		} else {
			replay_failed(s, r, 0, NULL);
		}
		return OP_FAILED;
	}
	if (unlikely(s->cpucache))
		touch_last(s, addr, s->mm->caches[o.cache]->object_size, r);
	s->slots[r->slot] = (struct slot){.kind = SLOT_FREED};
	s->metrics.by_site[slot_site(&o)].frees++;
	s->last_mempool = s->mempools[o.size];
	if (s->last_mempool) {
		mempool_free(s->last_mempool, addr);
		if (unlikely(s->waiters.nr))
			wake_waiter(s, o.size);
	} else {
		kmem_cache_free(s->mm->caches[o.cache], addr);
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
	default:
		return do_free(s, r);
	}
}

void replay_mempools_end(struct sim *s)
{
	while (s->waiters.nr)
		give_up(s, s->waiters.nr - 1);
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
