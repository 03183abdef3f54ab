/*
 * slab_restore.h - the state of the slab allocator, set from outside.
 *
 * A loader that starts from a recorded kernel calls these once, after the
 * pages were restored and before the first operation:
 *
 *	slab_restore_begin(mm);
 *	for each cache, newest first:
 *		s = slab_restore_cache(mm, &geometry);
 *		for each slab: page = slab_restore_slab(s, ...), then one of
 *			slab_restore_cpu_slab(), slab_restore_cpu_partial(),
 *			slab_restore_node_partial(), or none (a full slab)
 *	slab_restore_end(mm, e);
 *
 * Objects that are on no freelist count as allocated for ever.  Nothing here
 * allocates simulated memory; the caller vouches that the pages are in no
 * free list.  Numbers from outside are checked: -EINVAL with @e.
 */
#ifndef MM_SLAB_RESTORE_H
#define MM_SLAB_RESTORE_H

#include "mm/slab.h"

/* Geometry as recorded; a field that is 0 is computed from size and flags. */
struct slab_geometry {
	const char *name;
	u32 object_size; /* 0: size */
	u32 size;	 /* with padding */
	u32 align;
	u32 offset; /* of the free pointer */
	u32 order;
	u32 objects;
	u32 min_order;
	u32 min_objects;
	u32 cpu_partial;
	u32 cpu_partial_slabs;
	u32 min_partial;
	slab_flags_t flags; /* kmalloc-rcl-*, dma-kmalloc-*: added by name */
};

/** Forgets all caches and slabs, pages and all. */
void slab_restore_begin(struct mm *mm);
/** Adds a cache behind those added before (so the newest comes first). */
struct kmem_cache *slab_restore_cache(struct mm *mm,
				      const struct slab_geometry *g,
				      struct err *e);
/**
 * A slab of @s at @pfn with @objects slots; @slots lists the @nr free ones of
 * the slab's own freelist, first to be handed out first.
 */
struct page *slab_restore_slab(struct kmem_cache *s, pfn_t pfn, u32 order,
			       u32 objects, const u16 *slots, u32 nr,
			       struct err *e);
/** @page becomes @cpu's slab; @slots are the CPU's own freelist. */
int slab_restore_cpu_slab(struct kmem_cache *s, u32 cpu, struct page *page,
			  const u16 *slots, u32 nr, struct err *e);
/** @page goes behind @cpu's partial slabs; @slabs: the kernel's count. */
int slab_restore_cpu_partial(struct kmem_cache *s, u32 cpu, struct page *page,
			     u32 slabs, struct err *e);
/** @page goes to the tail of its node's partial list. */
int slab_restore_node_partial(struct kmem_cache *s, struct page *page,
			      struct err *e);
/**
 * A trace's own cache was found in the state: it gets the flags that no state
 * tells of (where its pages come from, whether RCU delays their end).
 * Return: 0, or -EINVAL with @e when a cache made like that has another
 * geometry than the recorded one.
 */
int slab_restore_bind(struct kmem_cache *s, u32 object_size, u32 align,
		      slab_flags_t flags, struct err *e);
/**
 * The objects of @s (of SLUB) that are handed out, oldest first as far as
 * fresh slabs tell: full slabs by pfn, this CPU's slab last.
 * Return: how many, at most @max of them in @addrs.
 */
u32 slab_restore_objects(const struct kmem_cache *s, paddr_t *addrs, u32 max);
/** The object of @s that this CPU was given last, but for @except; 0: none. */
paddr_t slab_restore_newest(const struct kmem_cache *s, paddr_t except);
/** Checks that the caches the allocator itself needs are there. */
int slab_restore_end(struct mm *mm, struct err *e);

#endif
