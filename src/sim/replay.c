/*
 * replay.c - one trace record becomes one call into mm, and is counted.
 *
 * Replay in trace order costs a few nanoseconds a record besides what the
 * allocator takes: objects are found by slot, caches by number, and the slots
 * of the records ahead are prefetched.
 */
#include "base/bug.h"
#include "mm/page_alloc.h"
#include "sim/pressure.h"
#include "sim/shrink.h"
#include "sim/sleepers.h"

#include <errno.h>

static inline void count_alloc(struct usage *u, u64 req, u64 got)
{
	u->allocs++;
	u->req_bytes += req;
	u->alloc_bytes += got;
	u->live_req_bytes += req;
	u->live_alloc_bytes += got;
	if (u->live_alloc_bytes > u->peak_live_alloc_bytes)
		u->peak_live_alloc_bytes = u->live_alloc_bytes;
}

static inline void count_free(struct usage *u, u64 req, u64 got, bool remote)
{
	u->frees++;
	u->live_req_bytes -= req;
	u->live_alloc_bytes -= got;
	u->remote_frees += remote;
}

/* A kmalloc() that no kmem_cache serves: whole pages, of which mm keeps
 * count, or anything on SLOB. */
static inline void uncached_alloc(struct sim *s, u64 req, u64 got)
{
	if (s->mm->conf.slab_ops->kmalloc_bytes)
		count_alloc(&s->metrics.shared, req, got);
}

static inline void uncached_free(struct sim *s, u64 req, u64 got, bool remote)
{
	if (s->mm->conf.slab_ops->kmalloc_bytes)
		count_free(&s->metrics.shared, req, got, remote);
}

/* 0: nothing asked for; else one more than the place of the top bit. */
static inline u32 size_class(u32 size)
{
	return size ? 32u - (u32)__builtin_clz(size) : 0;
}

/* What a slot keeps of @cache, NULL: none. */
static inline u16 slot_cache_of(const struct kmem_cache *cache)
{
	return cache ? (u16)cache->idx : SLOT_NO_CACHE;
}

/* Bytes that a live object really occupies. */
static inline u64 slot_bytes(const struct mm *mm, const struct slot *o)
{
	if (likely(o->cache != SLOT_NO_CACHE))
		return mm->caches[o->cache]->size;
	if (slot_addr(o) == ZERO_SIZE_PTR)
		return 0;
	if (o->kind == SLOT_PAGES)
		return o->size;
	if (unlikely(mm->conf.slab_ops->kmalloc_bytes))
		return mm->conf.slab_ops->kmalloc_bytes(o->size);
	return MM_PAGE_SIZE << get_order(o->size);
}

/* Who wants to know of objects: CPU caches, the shrinkers' lists. */
static NO_INLINE void tell_alloc(struct sim *s, const struct trace_rec *r,
				 paddr_t addr)
{
	const struct slot *o = &s->slots[r->slot];

	if (s->cpucache)
		touch_new(s, addr, o->size, r);
	if (s->shrink && o->kind == SLOT_CACHE)
		shrink_object(s->shrink, r->slot, s->mm->caches[o->cache],
			      addr);
}

static NO_INLINE void tell_free(struct sim *s, const struct trace_rec *r,
				paddr_t addr, u64 bytes)
{
	if (s->cpucache)
		touch_last(s, addr, bytes, r);
	if (s->shrink)
		shrink_gone(s->shrink, r->slot);
}

/* @cache: NULL: of none. */
static ALWAYS_INLINE void slot_fill(struct sim *s, const struct trace_rec *r,
				    enum slot_kind kind,
				    const struct kmem_cache *cache, u32 size,
				    paddr_t addr)
{
	struct slot o = {.place = slot_place(addr, r->site),
			 .size = size,
			 .cache = slot_cache_of(cache),
			 .kind = (u8)kind};
	u64 got = likely(cache) ? cache->size : slot_bytes(s->mm, &o);

	BUG_ON(addr & ~SLOT_ADDR_MASK);
	s->slots[r->slot] = o;
	if (likely(cache))
		count_alloc(&s->metrics.by_cache[cache->idx], size, got);
	else
		uncached_alloc(s, size, got);
	count_alloc(&s->metrics.by_site[r->site], size, got);
	s->metrics.allocs_of_size[size_class(size)]++;
	if (unlikely(s->memory_changed || !cache))
		sample_peak(s);
	if (unlikely(s->observed))
		tell_alloc(s, r, addr);
}

/* A kmalloc() that gave @addr. */
static ALWAYS_INLINE void slot_fill_kmalloc(struct sim *s,
					    const struct trace_rec *r,
					    paddr_t addr)
{
	const struct kmem_cache *cache = NULL;

	if (likely(addr != ZERO_SIZE_PTR))
		cache = virt_to_cache(s->mm, addr);
	slot_fill(s, r, SLOT_KMALLOC, cache, r->size, addr);
}

/* Freed from a CPU of another node than the object's memory? */
static inline bool is_remote(const struct sim *s, paddr_t addr)
{
	if (s->mm->conf.nr_nodes == 1)
		return false;
	return pfn_to_nid(s->mm, (pfn_t)(addr >> PAGE_SHIFT)) !=
	       s->cpu_node[s->machine.cpu];
}

void replay_count_element(struct sim *s, const struct slot *o, bool given)
{
	struct usage *site = &s->metrics.by_site[slot_site(o)];
	struct slot plain = *o; /* as if it came from the allocator itself */
	bool remote;
	u64 got;

	plain.kind = SLOT_CACHE;
	if (o->kind == SLOT_MEMPOOL)
		plain.size = s->mm->caches[o->cache]->object_size;
	else if (o->kind == SLOT_MEMPOOL_PAGES)
		plain.kind = SLOT_PAGES;
	else
		plain.kind = SLOT_KMALLOC;
	if (plain.kind != SLOT_CACHE)
		plain.cache = SLOT_NO_CACHE;
	if (plain.kind == SLOT_KMALLOC && slot_addr(o) != ZERO_SIZE_PTR)
		plain.cache = slot_cache_of(virt_to_cache(s->mm, slot_addr(o)));
	got = slot_bytes(s->mm, &plain);
	if (given) {
		count_alloc(site, plain.size, got);
		if (plain.cache != SLOT_NO_CACHE)
			count_alloc(&s->metrics.by_cache[plain.cache],
				    plain.size, got);
		else if (plain.kind == SLOT_KMALLOC)
			uncached_alloc(s, plain.size, got);
		return;
	}
	remote = slot_addr(o) != ZERO_SIZE_PTR && is_remote(s, slot_addr(o));
	count_free(site, plain.size, got, remote);
	if (plain.cache != SLOT_NO_CACHE)
		count_free(&s->metrics.by_cache[plain.cache], plain.size, got,
			   remote);
	else if (plain.kind == SLOT_KMALLOC)
		uncached_free(s, plain.size, got, remote);
}

static ALWAYS_INLINE u64 do_cache_alloc(struct sim *s,
					const struct trace_rec *r)
{
	struct kmem_cache *cache = s->caches[r->cache];
	paddr_t addr;

	if (unlikely(!cache)) {
		replay_failed(s, r, 0, NULL);
		return OP_FAILED;
	}
	addr = r->node < 0
		       ? kmem_cache_alloc(cache, r->gfp)
		       : kmem_cache_alloc_node(
				 cache, r->gfp,
				 s->map.node[(u32)r->node % TRACE_NODES_MAX]);
	if (unlikely(!addr)) {
		replay_failed(s, r, cache->size, cache);
		return OP_FAILED;
	}
	slot_fill(s, r, SLOT_CACHE, cache, cache->object_size, addr);
	return addr;
}

static ALWAYS_INLINE u64 do_kmalloc(struct sim *s, const struct trace_rec *r)
{
	struct mm *mm = s->mm;
	paddr_t addr =
		r->node < 0
			? kmalloc(mm, r->size, r->gfp)
			: kmalloc_node(
				  mm, r->size, r->gfp,
				  s->map.node[(u32)r->node % TRACE_NODES_MAX]);

	if (unlikely(!addr)) {
		replay_failed(s, r, r->size, NULL);
		return OP_FAILED;
	}
	slot_fill_kmalloc(s, r, addr);
	return addr;
}

static inline u64 do_alloc_pages(struct sim *s, const struct trace_rec *r)
{
	struct metrics *m = &s->metrics;
	struct page *page = NULL;
	u64 bytes;
	paddr_t addr;

	if (likely(r->order < MAX_ORDER))
		page = r->node < 0
			       ? alloc_pages(s->mm, r->gfp, r->order)
			       : alloc_pages_node(s->mm,
						  s->map.node[(u32)r->node %
							      TRACE_NODES_MAX],
						  r->gfp, r->order);
	if (unlikely(!page)) {
		replay_failed(s, r, 0, NULL);
		return OP_FAILED;
	}
	bytes = MM_PAGE_SIZE << r->order;
	addr = page_to_paddr(s->mm, page);
	s->slots[r->slot] = (struct slot){.place = slot_place(addr, r->site),
					  .size = (u32)bytes,
					  .cache = SLOT_NO_CACHE,
					  .kind = SLOT_PAGES,
					  .order = r->order};
	count_alloc(&m->by_site[r->site], bytes, bytes);
	m->pages_allocated += (u64)1 << r->order;
	m->live_pages += (u64)1 << r->order;
	m->live_page_blocks++;
	if (unlikely(s->pressure))
		pressure_page(s, r, page);
	sample_peak(s);
	if (unlikely(s->cpucache))
		touch_new(s, addr, bytes, r);
	return addr;
}

/* A free goes by what the slot holds, not by what the record calls it:
 * kfree() of a kmem_cache's object is legal. */
static ALWAYS_INLINE u64 do_free(struct sim *s, const struct trace_rec *r)
{
	struct metrics *m = &s->metrics;
	struct slot o = s->slots[r->slot];
	paddr_t addr = slot_addr(&o);
	struct page *page;
	bool remote;
	u64 got;

	if (unlikely(!addr)) {
		m->skipped_frees++;
		return OP_FAILED;
	}
	if (unlikely(o.kind > SLOT_PAGES))
		return replay_free_special(s, r);
	if (unlikely(s->observed))
		tell_free(s, r, addr, o.size);
	s->slots[r->slot] = (struct slot){.kind = SLOT_FREED};
	got = slot_bytes(s->mm, &o);
	remote = addr != ZERO_SIZE_PTR && is_remote(s, addr);
	count_free(&m->by_site[slot_site(&o)], o.size, got, remote);
	if (likely(o.cache != SLOT_NO_CACHE)) {
		count_free(&m->by_cache[o.cache], o.size, got, remote);
		kmem_cache_free(s->mm->caches[o.cache], addr);
	} else if (o.kind == SLOT_PAGES) {
		m->pages_freed += (u64)1 << o.order;
		m->live_pages -= (u64)1 << o.order;
		m->live_page_blocks--;
		page = pfn_to_page(s->mm, (pfn_t)(addr >> PAGE_SHIFT));
		if (likely(!s->pressure) || !pressure_free(s, r, page))
			free_pages(s->mm, page, o.order);
	} else {
		uncached_free(s, o.size, got, remote);
		kfree(s->mm, addr);
	}
	return addr;
}

/* krealloc(): may move the object, shrink it in place, or free it (size 0). */
static NO_INLINE u64 do_krealloc(struct sim *s, const struct trace_rec *r)
{
	struct slot old = s->slots[r->slot];
	struct metrics *m = &s->metrics;
	paddr_t was = slot_addr(&old), addr;
	u64 got;

	if (!was || old.kind >= SLOT_PAGES)
		return was ? OP_FAILED : do_kmalloc(s, r);
	if (old.kind == SLOT_CACHE && !virt_to_cache(s->mm, was)) {
		/* SLOB: only kmalloc() puts the size before its objects. */
		replay_failed(s, r, 0, NULL);
		return OP_FAILED;
	}
	got = slot_bytes(s->mm, &old);
	if (unlikely(s->shrink)) /* in use now; nobody takes it under way */
		shrink_gone(s->shrink, r->slot);
	addr = krealloc(s->mm, was, r->size, r->gfp);
	if (!addr) { /* the old object stays */
		replay_failed(s, r, r->size, NULL);
		return OP_FAILED;
	}
	count_free(&m->by_site[slot_site(&old)], old.size, got, false);
	if (old.cache != SLOT_NO_CACHE)
		count_free(&m->by_cache[old.cache], old.size, got, false);
	else
		uncached_free(s, old.size, got, false);
	slot_fill_kmalloc(s, r, addr);
	return addr;
}

static inline void begin(struct sim *s, const struct trace_rec *r)
{
	u32 cpu = s->map.cpu[r->cpu];

	s->metrics.nr_by_op[r->op]++;
	s->rec = r;
	s->site = r->site;
	s->machine.cpu = cpu;
	s->last_op[cpu] = s->now + 1;
	s->machine.task = r->task;
}

static ALWAYS_INLINE u64 perform(struct sim *s, const struct trace_rec *r)
{
	switch ((enum trace_op)r->op) {
	case TRACE_CACHE_ALLOC:
		return do_cache_alloc(s, r);
	case TRACE_KMALLOC:
		return do_kmalloc(s, r);
	case TRACE_CACHE_FREE:
	case TRACE_KFREE:
	case TRACE_FREE_PAGES:
		return do_free(s, r);
	case TRACE_ALLOC_PAGES:
		return do_alloc_pages(s, r);
	case TRACE_KREALLOC:
		return do_krealloc(s, r);
	case TRACE_CACHE_CREATE:
	case TRACE_CACHE_DESTROY:
	case TRACE_CACHE_SHRINK:
	case TRACE_ALLOC_PERCPU:
	case TRACE_FREE_PERCPU:
	case TRACE_MEMPOOL_CREATE:
	case TRACE_MEMPOOL_ALLOC:
	case TRACE_MEMPOOL_FREE:
	case TRACE_MEMPOOL_DESTROY:
	case TRACE_MEMPOOL_RESIZE:
	case TRACE_PAGE_CACHE_READ:
	case TRACE_PAGE_CACHE_WRITE:
	case TRACE_PAGE_CACHE_TRUNCATE:
	case TRACE_PAGE_CACHE_INVALIDATE:
	case TRACE_PAGE_CACHE_SIZE:
	case TRACE_SNAPSHOT:
	case TRACE_IDLE:
	case TRACE_RCU_BARRIER:
	case TRACE_GEOMETRY:
	case TRACE_KMALLOC_CLASS:
	case TRACE_GET_CPU_VAR:
	case TRACE_PUT_CPU_VAR:
		return replay_rare(s, r);
	case TRACE_READ:
	case TRACE_WRITE:
		return replay_access(s, r);
	case NR_TRACE_OPS:
		break;
	}
	BUG();
}

static NO_INLINE u64 perform_plain(struct sim *s, const struct trace_rec *r)
{
	return perform(s, r);
}

#define ODD_FLAGS                                                    \
	(TRACE_EARLY | TRACE_SPLIT | TRACE_PLACED | TRACE_IN_FLUSH | \
	 TRACE_IO_END)

/*
 * Records that are more than their operation, and those that come while
 * preemption is off somewhere, or a CPU's vmstat work is late.
 */
static NO_INLINE u64 perform_odd(struct sim *s, const struct trace_rec *r)
{
	struct trace_rec placed;
	u64 addr = OP_FAILED;

	if (s->nr_refresh_late)
		refresh_wake(s);
	s->machine.pcp_locked = r->flags & TRACE_IN_FLUSH;
	if (r->flags & TRACE_SPLIT) {
		addr = replay_split(s, r);
	} else if (r->flags & TRACE_EARLY) {
		addr = replay_adopt(s, r);
	} else if (r->flags & TRACE_PLACED) {
		placed = *r;
		replay_place(s, &placed);
		r = &placed;
	}
	if (r->flags & TRACE_IO_END)
		note_written_pages(s->mm, r->flags & TRACE_IO_META);
	if (addr == OP_FAILED) { /* still to be done, as it stands */
		if (s->nr_cpu_vars)
			replay_check_preempt(s, r);
		addr = perform_plain(s, r);
	}
	s->machine.pcp_locked = false;
	return addr;
}

u64 replay_one(struct sim *s, const struct trace_rec *r)
{
	begin(s, r);
	if (unlikely(s->odd | (r->flags & ODD_FLAGS)))
		return perform_odd(s, r);
	return perform_plain(s, r);
}

static void check_now(struct sim *s)
{
	struct err e = {0};

	if (!sim_check(s, &e))
		return;
	s->rc = err_set(s->err, -EUCLEAN, "after record %llu: %s",
			(unsigned long long)s->record, e.text);
}

u64 replay_watched(struct sim *s, const struct trace_rec *r)
{
	u64 every = s->opt.check_every;
	const char *extra = "";
	u64 result;

	if (s->hooks.placement)
		extra = placement_extra_free(s, r);
	result = replay_one(s, r);
	if (s->hooks.placement && !s->op_parked)
		placement_tell(s, r, result, extra);
	if (every && (s->record + 1) % every == 0)
		check_now(s);
	return result;
}

bool replay_must_watch(const struct sim *s)
{
	return s->hooks.placement || s->opt.check_every;
}

/* Behind one that sleeps? */
static bool must_wait(struct sim *s, const struct trace_rec *r)
{
	return sleepers_hold(s,
			     &(struct held_op){.rec = *r, .record = s->record});
}

/* Sets the clock to the time of @r. */
static inline void advance(struct sim *s, const struct trace_rec *r)
{
	u64 t = r->time_ns + s->offset;

	/* Also true when t lies before now: the difference is huge then. */
	if (unlikely(t - s->now >= s->gap || t >= s->wake)) {
		time_passes(s, t, s->map.cpu[r->cpu]);
		t = r->time_ns + s->offset;
	}
	s->now = t;
	s->machine.now_cycles =
		(u64)(((unsigned __int128)t * s->cycles_per_tick_32) >> 32);
}

/* A record that may have to wait, or is more than its operation, or that
 * somebody watches. */
static NO_INLINE void replay_odd(struct sim *s, const struct trace_rec *r,
				 bool watched)
{
	if (s->nr_held && must_wait(s, r))
		return;
	if (watched)
		replay_watched(s, r);
	else
		replay_one(s, r);
	s->metrics.nr_events++;
}

void replay_batch(struct sim *s, const struct trace_rec *recs, u32 nr)
{
	u64 watched = replay_must_watch(s);

	for (u32 i = 0; i < nr; i++) {
		const struct trace_rec *r = &recs[i];

		if (likely(nr - i > SLOTS_AHEAD))
			PREFETCH(&s->slots[r[SLOTS_AHEAD].slot]);
		advance(s, r);
		/* One branch for all that hardly any record needs, */
		if (unlikely(s->odd | (r->flags & ODD_FLAGS) | watched)) {
			replay_odd(s, r, watched);
		} else {
			begin(s, r);
			perform(s, r);
			s->metrics.nr_events++;
		}
		s->record++;
		/* and one for what hardly any leaves behind. */
		if (unlikely(s->wakes | s->rc)) {
			sleepers_run(s);
			if (s->rc)
				return;
		}
	}
}
