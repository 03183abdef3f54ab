/*
 * slab_state.h - the state of SLAB, set from outside; slab_restore.h does
 * the same for SLUB and says in which order.
 *
 * Numbers come from a file: all are checked, -EINVAL with @e.
 */
#ifndef MM_SLAB_STATE_H
#define MM_SLAB_STATE_H

#include "mm/slab_cache.h"

struct slab_state_cache {
	const char *name;
	u32 size;
	u32 align;
	u32 gfporder;
	u32 num;
	u32 colour;
	u32 colour_off;
	enum slab_management management;
	u32 limit;
	u32 batchcount;
	u32 shared;
};

struct slab_state_node {
	u32 colour_next;
	u64 free_limit;
	bool free_touched;
	u64 next_reap_ms;
};

struct slab_state_slab {
	pfn_t pfn;
	enum slab_list_id list;
	u32 active;
	u32 s_mem_off;	  /* bytes to object 0 */
	const u16 *slots; /* free ones, in the order they are handed out */
	u32 nr_slots;
};

/** slab_state_begin() - Forgets all caches and slabs, pages and all. */
void slab_state_begin(struct mm *mm);
/** Adds a cache behind those added before; NULL with @e. */
struct slab_cache *slab_state_add(struct mm *mm,
				  const struct slab_state_cache *g,
				  struct err *e);
int slab_state_set_node(struct slab_cache *c, u32 nid,
			const struct slab_state_node *n, struct err *e);
/** A slab goes to the tail of its list. */
int slab_state_set_slab(struct slab_cache *c, const struct slab_state_slab *p,
			struct err *e);
/** The @i-th object of an array, from entry[0] up: slot @slot at @pfn. */
int slab_state_push(struct slab_cache *c, struct array_cache *ac, pfn_t pfn,
		    u32 slot, struct err *e);
/** slab_state_bind() - A cache of the trace is this recorded one. */
int slab_state_bind(struct kmem_cache *s, u32 object_size, u32 align,
		    slab_flags_t flags, struct err *e);
/**
 * slab_state_objects() - The objects of @s that are handed out, oldest first
 * as far as fresh slabs tell: a refill puts objects into the array by index,
 * they come out from the top.
 * Return: how many, at most @max of them in @addrs.
 */
u32 slab_state_objects(const struct kmem_cache *s, paddr_t *addrs, u32 max);
/** Checks that the caches the allocator itself needs are there. */
int slab_state_end(struct mm *mm, struct err *e);

#endif
