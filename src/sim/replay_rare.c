/*
 * replay_rare.c - the operations that a run sees seldom: caches come and go,
 * snapshots, idle, and what this version does not model.
 */
#include "base/bug.h"
#include "mm/page_alloc.h"
#include "mm/slab_restore.h"
#include "mm/slab_sizes.h"
#include "sim/before.h"
#include "sim/sim_priv.h"

/* The machine's own caches are nobody's to destroy: a recorded state binds
 * names to them too. */
static bool is_own_cache(const struct mm *mm, const struct kmem_cache *c)
{
	for (u32 t = 0; t < ARRAY_SIZE(mm->kmalloc_caches); t++)
		for (u32 i = 0; i < ARRAY_SIZE(mm->kmalloc_caches[t]); i++)
			if (mm->kmalloc_caches[t][i] == c)
				return true;
	return c == mm->kmem_cache_cache || c == mm->kmem_cache_node ||
	       c == mm->radix_tree_node;
}

/*
 * A recorded state holds the caches that the trace made before it was taken:
 * a create then finds what is there.
 */
static struct kmem_cache *restored_cache(struct sim *s,
					 const struct trace_rec *r,
					 const char *name)
{
	struct slab_geometry g = {
		.name = name,
		.object_size = r->size,
		.align = calculate_alignment(r->gfp, r->align, r->size),
		.flags = r->gfp,
	};
	struct kmem_cache *cache;
	int rc;

	if (s->foreign)
		return slab_restore_cache(s->mm, &g, s->err);
	cache = kmem_cache_find(s->mm, name);
	if (!cache)
		return NULL;
	rc = cache->ops->bind(cache, r->size, r->align, r->gfp, s->err);
	if (rc && !s->rc)
		s->rc = rc;
	return cache;
}

/* Counts of the kmem_cache @idx; those of one that was there are kept apart. */
static void start_anew(struct sim *s, u32 idx)
{
	metrics_retire(&s->metrics, idx);
	if (s->cpucache)
		cpucache_retire(s->cpucache, idx, TOUCH_NO_OWNER);
}

static u64 do_cache_create(struct sim *s, const struct trace_rec *r)
{
	const char *name = s->info->names.at[r->name];
	struct kmem_cache *cache = NULL;

	if (s->before)
		cache = before_find_cache(s->before, name);
	else if (s->restored)
		cache = restored_cache(s, r, name);
	if (!cache) {
		cache = kmem_cache_create(s->mm, name, r->size, r->align,
					  r->gfp);
		/* A cache of its own, not merged: its counts start anew. */
		if (cache && cache->refcount == 1)
			start_anew(s, cache->idx);
	}
	s->caches[r->cache] = cache;
	if (cache)
		return OP_DONE;
	replay_failed(s, r, 0, NULL);
	return OP_FAILED;
}

static u64 do_cache_destroy(struct sim *s, const struct trace_rec *r)
{
	struct kmem_cache *cache = s->caches[r->cache];
	bool alone = cache && cache->refcount == 1;
	u32 idx = cache ? cache->idx : 0;

	if (!cache || is_own_cache(s->mm, cache) || kmem_cache_destroy(cache)) {
		replay_failed(s, r, 0, NULL);
		return OP_FAILED;
	}
	s->caches[r->cache] = NULL;
	if (alone)
		start_anew(s, idx);
	return OP_DONE;
}

static u64 do_cache_shrink(struct sim *s, const struct trace_rec *r)
{
	struct kmem_cache *cache = s->caches[r->cache];

	if (!cache) {
		replay_failed(s, r, 0, NULL);
		return OP_FAILED;
	}
	s->shrink_result = kmem_cache_shrink(cache);
	return OP_DONE;
}

static u64 do_snapshot(struct sim *s, const struct trace_rec *r)
{
	const char *label = s->info->names.at[r->name];
	struct err e = {0};

	if (MM_CHECKS >= 3 && sim_check(s, &e))
		BUG_FMT("snapshot %s: %s", label, e.text);
	s->restored = false;
	daemons_snapshot(s);
	metrics_settle(&s->metrics, s->mm->nr_caches);
	if (s->hooks.snapshot && !s->rc)
		s->rc = s->hooks.snapshot(s->hooks.arg, label, s, s->err);
	return OP_DONE;
}

/* Without a cost model the whole machine sleeps; with one, this CPU does. */
static u64 do_idle(struct sim *s, const struct trace_rec *r)
{
	u64 ticks = ns_to_ticks(s, r->size * NS_PER_MS);

	if (ns_to_ticks(s, SIM_TIME_MAX_NS) - ticks < s->now) {
		s->rc = time_too_late(s, SIM_TIME_MAX_NS + r->size * NS_PER_MS);
		return OP_FAILED;
	}
	if (s->timed) {
		daemons_idle(s, ticks);
		s->machine.cycles += ticks;
	} else {
		daemons_sleep(s, ticks);
	}
	return OP_DONE;
}

static u64 do_kmalloc_class(struct sim *s, const struct trace_rec *r)
{
	paddr_t addr = kmalloc(s->mm, r->size, r->gfp);

	if (addr)
		kfree(s->mm, addr);
	else
		replay_failed(s, r, r->size, NULL);
	return OP_DONE;
}

u64 replay_rare(struct sim *s, const struct trace_rec *r)
{
	switch ((enum trace_op)r->op) {
	case TRACE_CACHE_CREATE:
		return do_cache_create(s, r);
	case TRACE_CACHE_DESTROY:
		return do_cache_destroy(s, r);
	case TRACE_CACHE_SHRINK:
		return do_cache_shrink(s, r);
	case TRACE_SNAPSHOT:
		return do_snapshot(s, r);
	case TRACE_IDLE:
		return do_idle(s, r);
	case TRACE_RCU_BARRIER:
		slab_rcu_barrier(s->mm);
		return OP_DONE;
	case TRACE_GEOMETRY:
		return s->caches[r->cache] ? OP_DONE : OP_FAILED;
	case TRACE_KMALLOC_CLASS:
		return do_kmalloc_class(s, r);
	case TRACE_ALLOC_PERCPU:
	case TRACE_FREE_PERCPU:
	case TRACE_GET_CPU_VAR:
	case TRACE_PUT_CPU_VAR:
		return replay_percpu(s, r);
	case TRACE_PAGE_CACHE_READ:
	case TRACE_PAGE_CACHE_WRITE:
	case TRACE_PAGE_CACHE_TRUNCATE:
	case TRACE_PAGE_CACHE_INVALIDATE:
	case TRACE_PAGE_CACHE_SIZE:
		return replay_filemap(s, r);
	case TRACE_MEMPOOL_CREATE:
	case TRACE_MEMPOOL_ALLOC:
	case TRACE_MEMPOOL_FREE:
	case TRACE_MEMPOOL_DESTROY:
	case TRACE_MEMPOOL_RESIZE:
		return replay_mempool(s, r);
	case TRACE_CACHE_ALLOC:
	case TRACE_CACHE_FREE:
	case TRACE_KMALLOC:
	case TRACE_KFREE:
	case TRACE_KREALLOC:
	case TRACE_ALLOC_PAGES:
	case TRACE_FREE_PAGES:
	case TRACE_READ:
	case TRACE_WRITE:
	case NR_TRACE_OPS:
		break;
	}
	BUG();
}

/* Has @z, for requests whose best zone is @highest, 2^@order pages to spare? */
static bool zone_has(const struct zone *z, u32 highest, u32 order)
{
	u64 mark = z->watermark[WMARK_MIN] + z->watermark_boost +
		   z->lowmem_reserve[highest] + ((u64)1 << order);

	return z->nr_free_pages >= (s64)mark;
}

/* And none of them in one block? */
static bool zone_is_fragmented(const struct zone *z, u32 highest, u32 order)
{
	if (!zone_has(z, highest, order))
		return false;
	for (u32 o = order; o < MAX_ORDER; o++)
		if (z->free_area[o].nr_free)
			return false;
	return true;
}

typedef bool zone_test(const struct zone *z, u32 highest, u32 order);

/* Does a zone of @node that @gfp may use pass @test? */
static bool node_passes(const struct mm *mm, u32 node, gfp_t gfp, u32 order,
			zone_test *test)
{
	u32 highest = mm->gfp_zone[gfp & (ARRAY_SIZE(mm->gfp_zone) - 1)];

	for (u32 t = 0; t <= highest && t < MAX_NR_ZONES; t++) {
		const struct zone *z = mm->nodes[node].zones[t];

		if (z && test(z, highest, order))
			return true;
	}
	return false;
}

static bool any_node_passes(const struct mm *mm, gfp_t gfp, u32 order,
			    zone_test *test)
{
	for (u32 n = 0; n < mm->conf.nr_nodes; n++)
		if (node_passes(mm, n, gfp, order, test))
			return true;
	return false;
}

static enum fail_reason reason_of(const struct sim *s,
				  const struct trace_rec *r, u32 order)
{
	const struct mm *mm = s->mm;
	u32 home = r->node < 0
			   ? s->cpu_node[s->machine.cpu]
			   : (u32)s->map.node[(u32)r->node % TRACE_NODES_MAX];

	if (!(r->gfp & GFP_THISNODE))
		return any_node_passes(mm, r->gfp, order, zone_is_fragmented)
			       ? FAIL_FRAGMENTED
			       : FAIL_NO_MEMORY;
	if (node_passes(mm, home, r->gfp, order, zone_is_fragmented))
		return FAIL_FRAGMENTED;
	return any_node_passes(mm, r->gfp, order, zone_has) ? FAIL_THISNODE
							    : FAIL_NO_MEMORY;
}

static bool is_allocation(enum trace_op op)
{
	return op == TRACE_CACHE_ALLOC || op == TRACE_KMALLOC ||
	       op == TRACE_KREALLOC || op == TRACE_ALLOC_PAGES ||
	       op == TRACE_ALLOC_PERCPU || op == TRACE_MEMPOOL_ALLOC;
}

void replay_failed(struct sim *s, const struct trace_rec *r, u64 bytes,
		   const struct kmem_cache *cache)
{
	struct metrics *m = &s->metrics;
	enum fail_reason reason = FAIL_BAD_REQUEST;
	u32 order = bytes ? get_order(bytes) : r->order;

	if (bytes || r->op == TRACE_ALLOC_PAGES)
		reason = order >= MAX_ORDER ? FAIL_TOO_LARGE
					    : reason_of(s, r, order);
	/* An access to it is then no mistake of the trace. */
	if (is_allocation((enum trace_op)r->op) &&
	    !slot_addr(&s->slots[r->slot]))
		s->slots[r->slot].kind = SLOT_FAILED;
	m->failures[r->op][reason]++;
	m->by_site[r->site].failures++;
	if (cache)
		m->by_cache[cache->idx].failures++;
}
