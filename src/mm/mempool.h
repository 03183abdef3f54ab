/*
 * mempool.h - a reserve of elements for when the allocator has none
 * (mm/mempool.c of Linux 6.1).
 *
 * Invariant: curr_nr <= min_nr once mempool_create() or mempool_resize()
 * has returned; elements[0 .. curr_nr) are allocated and in nobody's hands.
 */
#ifndef MM_MEMPOOL_H
#define MM_MEMPOOL_H

#include "mm/mm.h"

struct kmem_cache;

/* How long one sleeps for an element before he asks the allocator again. */
#define MEMPOOL_TIMEOUT_MS 5000u

/* Where a pool's elements come from. */
enum mempool_kind {
	MEMPOOL_SLAB,	 /* pool_data.cache */
	MEMPOOL_KMALLOC, /* pool_data.size bytes */
	MEMPOOL_PAGES	 /* pool_data.order */
};

union mempool_data {
	struct kmem_cache *cache; /* borrowed */
	u64 size;
	unsigned int order;
};

/* What the report says of a pool. */
struct mempool_stats {
	u64 nr_alloc;	 /* mempool_alloc() that gave an element */
	u64 nr_saved;	 /* of these, from the reserve */
	u64 nr_fail;	 /* NULL to one who cannot sleep, or waits in vain */
	u64 nr_retries;	 /* times that a sleeper asked again */
	u64 nr_waiting;	 /* sleep still, at the end */
	u64 nr_waits;	 /* sleeps for an element */
	u64 wait_cycles; /* their sum */
	u64 wait_cycles_max;
	u32 lowest_nr; /* least curr_nr since the pool was filled */
	u64 nr_out;    /* elements in others' hands */
	u64 nr_out_max;
};

struct mempool {
	struct mm *mm; /* borrowed */
	u32 min_nr;
	u32 curr_nr;
	paddr_t *elements; /* [min_nr], owned, host only */
	enum mempool_kind kind;
	union mempool_data pool_data;
	paddr_t self;	     /* where Linux keeps its mempool_t */
	paddr_t elements_at; /* and its elements array */
	struct mempool_stats stats;
	struct mm_lock lock; /* of the reserve */
};

/**
 * mempool_create() - Makes a pool and fills it with @min_nr elements.
 * Return: the pool, owned by the caller, or NULL when the machine has no
 * memory for all of it (nothing stays allocated).
 */
struct mempool *mempool_create(struct mm *mm, u32 min_nr,
			       enum mempool_kind kind,
			       union mempool_data pool_data);
/**
 * mempool_adopt() - A pool of a recorded state, over @cache: its elements
 * are the @min_nr objects of the cache that were handed out last.
 * Return: the pool, or NULL when the cache has not so many.
 */
struct mempool *mempool_adopt(struct mm *mm, u32 min_nr,
			      struct kmem_cache *cache);
/** mempool_destroy() - Elements in others' hands become theirs to free. */
void mempool_destroy(struct mempool *pool);

/** mempool_drop() - The host's memory of a pool whose machine goes too. */
void mempool_drop(struct mempool *pool);

/**
 * mempool_alloc() - An element from the allocator, or else the reserve.
 * Return: its address; 0 only when @gfp does not allow to sleep, or nothing
 * can wake a sleeper (no machine attached).
 * Context: waits when @gfp allows direct reclaim.
 */
paddr_t mempool_alloc(struct mempool *pool, gfp_t gfp);
/**
 * mempool_park() - The mempool_alloc() that just gave 0 could have slept: it
 * is to be tried again with mempool_retry() when an element comes back, or
 * after MEMPOOL_TIMEOUT_MS.
 */
void mempool_park(struct mempool *pool);
/**
 * mempool_retry() - One who waits tries again, @waited cycles after he began:
 * the allocator with all that @gfp allows, then the reserve.
 * Return: his element; 0: he goes on waiting.
 */
paddr_t mempool_retry(struct mempool *pool, gfp_t gfp, cycles_t waited);
/** mempool_still_waits() - The run is over, and one waits for @waited cycles. */
void mempool_still_waits(struct mempool *pool, cycles_t waited);
/** mempool_give_up() - One who waited @waited cycles so far gets nothing. */
void mempool_give_up(struct mempool *pool, cycles_t waited);
/** mempool_free() - To the reserve while that is short, else given back. */
void mempool_free(struct mempool *pool, paddr_t element);
/**
 * mempool_resize() - Another @new_min_nr (> 0); surplus elements are freed,
 * missing ones allocated.
 * Return: 0, or -ENOMEM when the array could not grow (the pool stays).
 */
int mempool_resize(struct mempool *pool, u32 new_min_nr);

/** mempool_element_bytes() - What one element occupies. */
u64 mempool_element_bytes(const struct mempool *pool);

/** mempool_check() - 0, or -EUCLEAN with the first thing that is wrong. */
int mempool_check(const struct mempool *pool, struct err *e);

#endif
