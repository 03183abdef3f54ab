/*
 * mempool.c - pools of elements in reserve (Linux 6.1, mm/mempool.c).
 *
 * What it is
 *	A guarantee of progress: whoever frees what he took can always get
 *	one of min_nr elements, however empty the machine is.
 *
 * How it works
 *	        alloc                              free
 *	  allocator ── ok ──> element       curr_nr < min_nr ? ──> reserve,
 *	      │ none                               │ no            wake one
 *	  reserve[--curr_nr] ─> element        allocator
 *	      │ empty
 *	  may sleep? wait up to 5 s for a free, then again; else NULL
 *
 *	The allocator is first asked without direct reclaim and I/O, so that
 *	the reserve is used before anybody starts to reclaim.
 *
 * Lock order
 *	The pool's lock is innermost: nothing is allocated under it.
 *
 * Invariants
 *	curr_nr <= min_nr				(mempool_free)
 *	an element is in the reserve or in one's hands	(mempool_alloc)
 *
 * What is charged
 *	COST_MEMPOOL an element that goes through the reserve; the wait is
 *	the machine's.
 *
 * What is left out
 *	Nothing of 6.1's behaviour.  The pool itself and its array are
 *	allocated where Linux allocates them (kmalloc), so they are seen.
 */
#include "mm/mempool.h"

#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "mm/slab_restore.h"

#include "base/bug.h"
#include "base/xmalloc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Elements of an adopted pool, and other objects of its cache, at most. */
#define MEMPOOL_ADOPT_MAX 65536u
#define MEMPOOL_T_BYTES	  72u /* sizeof(mempool_t), x86-64, 6.1 */

static paddr_t element_alloc(struct mempool *pool, gfp_t gfp)
{
	struct page *page;

	switch (pool->kind) {
	case MEMPOOL_SLAB:
		return kmem_cache_alloc(pool->pool_data.cache, gfp);
	case MEMPOOL_KMALLOC:
		return kmalloc(pool->mm, pool->pool_data.size, gfp);
	case MEMPOOL_PAGES:
		page = alloc_pages(pool->mm, gfp, pool->pool_data.order);
		if (!page)
			return 0;
		pool->mm->mempool_pages += 1ull << pool->pool_data.order;
		return page_to_paddr(pool->mm, page);
	}
	BUG();
}

static void element_free(struct mempool *pool, paddr_t element)
{
	switch (pool->kind) {
	case MEMPOOL_SLAB:
		kmem_cache_free(pool->pool_data.cache, element);
		return;
	case MEMPOOL_KMALLOC:
		kfree(pool->mm, element);
		return;
	case MEMPOOL_PAGES:
		pool->mm->mempool_pages -= 1ull << pool->pool_data.order;
		free_pages_addr(pool->mm, element, pool->pool_data.order);
		return;
	}
	BUG();
}

static void add_element(struct mempool *pool, paddr_t element)
{
	BUG_ON(pool->curr_nr >= pool->min_nr);
	touch(pool->mm->machine, pool->elements_at + 8u * pool->curr_nr, 8,
	      TOUCH_WRITE);
	pool->elements[pool->curr_nr++] = element;
}

static paddr_t remove_element(struct mempool *pool)
{
	BUG_ON(!pool->curr_nr);
	touch(pool->mm->machine, pool->elements_at + 8u * (pool->curr_nr - 1),
	      8, TOUCH_READ);
	return pool->elements[--pool->curr_nr];
}

void mempool_drop(struct mempool *pool)
{
	free(pool->elements);
	free(pool);
}

void mempool_destroy(struct mempool *pool)
{
	while (pool->curr_nr)
		element_free(pool, remove_element(pool));
	if (pool->elements_at)
		kfree(pool->mm, pool->elements_at);
	if (pool->self)
		kfree(pool->mm, pool->self);
	mempool_drop(pool);
}

struct mempool *mempool_create(struct mm *mm, u32 min_nr,
			       enum mempool_kind kind,
			       union mempool_data pool_data)
{
	struct mempool *pool = xcalloc(1, sizeof(*pool));

	pool->mm = mm;
	pool->kind = kind;
	pool->pool_data = pool_data;
	pool->min_nr = min_nr;
	pool->self = kzalloc(mm, MEMPOOL_T_BYTES, GFP_KERNEL);
	if (pool->self)
		pool->elements_at = kmalloc(mm, 8ull * min_nr, GFP_KERNEL);
	if (!pool->elements_at) {
		mempool_destroy(pool);
		return NULL;
	}
	pool->elements = xcalloc(min_nr, sizeof(*pool->elements));
	while (pool->curr_nr < min_nr) {
		paddr_t element = element_alloc(pool, GFP_KERNEL);

		if (!element) {
			mempool_destroy(pool);
			return NULL;
		}
		add_element(pool, element);
	}
	pool->stats.lowest_nr = pool->curr_nr;
	return pool;
}

/* Where the last kmalloc(@size) but @except lies; 0: not known. */
static paddr_t newest_kmalloc(struct mm *mm, u64 size, paddr_t except)
{
	const struct kmem_cache *s = kmalloc_slab(mm, size, GFP_KERNEL);

	return s && s->ops == &slub_ops ? slab_restore_newest(s, except) : 0;
}

struct mempool *mempool_adopt(struct mm *mm, u32 min_nr,
			      struct kmem_cache *cache)
{
	struct mempool *pool = NULL;
	paddr_t *objects;
	u32 nr;

	if (min_nr > MEMPOOL_ADOPT_MAX)
		return NULL;
	objects = xcalloc(2 * MEMPOOL_ADOPT_MAX, sizeof(*objects));
	nr = cache->ops->restored_objects(cache, objects,
					  2 * MEMPOOL_ADOPT_MAX);
	if (nr >= min_nr) {
		pool = xcalloc(1, sizeof(*pool));
		pool->mm = mm;
		pool->kind = MEMPOOL_SLAB;
		pool->pool_data.cache = cache;
		pool->min_nr = min_nr;
		pool->elements = xcalloc(min_nr, sizeof(*pool->elements));
		for (u32 i = nr - min_nr; i < nr; i++)
			add_element(pool, objects[i]);
		pool->stats.lowest_nr = pool->curr_nr;
		pool->elements_at = newest_kmalloc(mm, 8ull * min_nr, 0);
		pool->self =
			newest_kmalloc(mm, MEMPOOL_T_BYTES, pool->elements_at);
	}
	free(objects);
	return pool;
}

/* One element of the reserve, or 0. */
static paddr_t take_reserve(struct mempool *pool)
{
	paddr_t element = 0;

	spin_lock(pool->mm->machine, &pool->lock, LOCK_MEMPOOL);
	if (pool->curr_nr) {
		charge(pool->mm->machine, COST_MEMPOOL, 1);
		pool->stats.nr_saved++;
		if (pool->curr_nr - 1 < pool->stats.lowest_nr)
			pool->stats.lowest_nr = pool->curr_nr - 1;
		element = remove_element(pool);
	}
	spin_unlock(pool->mm->machine, &pool->lock);
	return element;
}

/* Sleeps until a free or the timeout; false when nobody could wake us. */
static bool wait_for_element(struct mempool *pool)
{
	struct machine *m = pool->mm->machine;
	u64 start = m->now_cycles, waited;

	if (!m->ops || !m->ops->wait)
		return false;
	pool->stats.nr_waits++;
	m->ops->wait(m, (struct mm_waitq *)pool, MEMPOOL_TIMEOUT_MS);
	waited = m->now_cycles - start;
	pool->stats.wait_cycles += waited;
	pool->stats.wait_cycles_max = MAX(pool->stats.wait_cycles_max, waited);
	return true;
}

#define MEMPOOL_GFP (GFP_NOMEMALLOC | GFP_NORETRY | GFP_NOWARN)

/* The allocator, then the reserve. */
static paddr_t try_once(struct mempool *pool, gfp_t gfp)
{
	struct mempool_stats *st = &pool->stats;
	paddr_t element = element_alloc(pool, gfp);

	if (!element)
		element = take_reserve(pool);
	if (!element)
		return 0;
	st->nr_alloc++;
	st->nr_out++;
	st->nr_out_max = MAX(st->nr_out_max, st->nr_out);
	return element;
}

paddr_t mempool_alloc(struct mempool *pool, gfp_t gfp)
{
	gfp_t gfp_first;
	paddr_t element;

	gfp |= MEMPOOL_GFP;
	gfp_first = gfp & ~(GFP_DIRECT_RECLAIM | GFP_IO);
	for (;;) {
		element = try_once(pool, gfp_first);
		if (element)
			return element;
		if (gfp_first != gfp) {
			gfp_first = gfp; /* now with reclaim */
			continue;
		}
		if (!(gfp & GFP_DIRECT_RECLAIM) || !wait_for_element(pool)) {
			pool->stats.nr_fail++;
			return 0;
		}
	}
}

static void count_wait(struct mempool *pool, cycles_t waited)
{
	pool->stats.wait_cycles += waited;
	pool->stats.wait_cycles_max = MAX(pool->stats.wait_cycles_max, waited);
}

void mempool_park(struct mempool *pool)
{
	pool->stats.nr_fail--;
	pool->stats.nr_waits++;
}

paddr_t mempool_retry(struct mempool *pool, gfp_t gfp, cycles_t waited)
{
	paddr_t element = try_once(pool, gfp | MEMPOOL_GFP);

	pool->stats.nr_retries++;
	if (element)
		count_wait(pool, waited);
	return element;
}

void mempool_still_waits(struct mempool *pool, cycles_t waited)
{
	pool->stats.nr_waiting++;
	count_wait(pool, waited);
}

void mempool_give_up(struct mempool *pool, cycles_t waited)
{
	pool->stats.nr_fail++;
	count_wait(pool, waited);
}

void mempool_free(struct mempool *pool, paddr_t element)
{
	struct machine *m = pool->mm->machine;

	if (pool->stats.nr_out) /* 0: from an earlier pool of that kind */
		pool->stats.nr_out--;
	if (pool->curr_nr >= pool->min_nr) {
		element_free(pool, element);
		return;
	}
	spin_lock(m, &pool->lock, LOCK_MEMPOOL);
	charge(m, COST_MEMPOOL, 1);
	add_element(pool, element);
	spin_unlock(m, &pool->lock);
	if (m->ops && m->ops->wake)
		m->ops->wake(m, (struct mm_waitq *)pool);
}

/* Another array; the elements stay in their order. */
static int grow_array(struct mempool *pool, u32 new_min_nr)
{
	paddr_t at = kmalloc(pool->mm, 8ull * new_min_nr, GFP_KERNEL);

	if (!at)
		return -ENOMEM;
	kfree(pool->mm, pool->elements_at);
	pool->elements_at = at;
	pool->elements = xreallocarray(pool->elements, new_min_nr,
				       sizeof(*pool->elements));
	pool->min_nr = new_min_nr;
	return 0;
}

int mempool_resize(struct mempool *pool, u32 new_min_nr)
{
	int rc;

	BUG_ON(!new_min_nr);
	if (new_min_nr <= pool->min_nr) {
		while (pool->curr_nr > new_min_nr)
			element_free(pool, remove_element(pool));
		pool->min_nr = new_min_nr;
		pool->stats.lowest_nr =
			MIN(pool->stats.lowest_nr, pool->curr_nr);
		return 0;
	}
	rc = grow_array(pool, new_min_nr);
	while (!rc && pool->curr_nr < pool->min_nr) {
		paddr_t element = element_alloc(pool, GFP_KERNEL);

		if (!element)
			break; /* as the kernel: it fills up as others free */
		add_element(pool, element);
	}
	return rc;
}

u64 mempool_element_bytes(const struct mempool *pool)
{
	struct mm *mm = pool->mm;
	const struct kmem_cache *s;

	switch (pool->kind) {
	case MEMPOOL_SLAB:
		return pool->pool_data.cache->size;
	case MEMPOOL_KMALLOC:
		if (mm->conf.slab_ops->kmalloc_bytes)
			return mm->conf.slab_ops->kmalloc_bytes(
				pool->pool_data.size);
		s = kmalloc_slab(mm, pool->pool_data.size, GFP_KERNEL);
		if (s || !pool->pool_data.size)
			return s ? s->size : 0;
		return MM_PAGE_SIZE << get_order(pool->pool_data.size);
	case MEMPOOL_PAGES:
		return MM_PAGE_SIZE << pool->pool_data.order;
	}
	BUG();
}

static bool is_allocated(const struct mm *mm, paddr_t addr)
{
	u8 state = pfn_to_page(mm, (pfn_t)(addr >> PAGE_SHIFT))->state;

	return addr == ZERO_SIZE_PTR || state == PAGE_ALLOCATED ||
	       state == PAGE_SLAB || state == PAGE_SLOB;
}

int mempool_check(const struct mempool *pool, struct err *e)
{
	if (pool->curr_nr > pool->min_nr)
		return err_set(e, -EUCLEAN,
			       "a mempool has %u elements in reserve, more "
			       "than its %u",
			       pool->curr_nr, pool->min_nr);
	if (pool->stats.lowest_nr > pool->curr_nr)
		return err_set(e, -EUCLEAN,
			       "a mempool's lowest level is %u, above its %u",
			       pool->stats.lowest_nr, pool->curr_nr);
	for (u32 i = 0; i < pool->curr_nr; i++) {
		if (is_allocated(pool->mm, pool->elements[i]))
			continue;
		return err_set(e, -EUCLEAN,
			       "element %u of a mempool's reserve, at %#llx, "
			       "is not allocated",
			       i, (unsigned long long)pool->elements[i]);
	}
	return 0;
}
