/*
 * slot.h - what replay knows of a live object: 16 bytes, found by its slot.
 *
 * The table is one lazily committed mapping, so that a trace whose number of
 * slots is not known beforehand needs no growing, and slots that are never
 * used cost nothing.
 *
 * Invariant: the address is 0 exactly when the slot is empty.
 *
 * Packed by hand: compilers write bit fields piece by piece, and the load that
 * follows then waits for all the pieces.
 */
#ifndef SIM_SLOT_H
#define SIM_SLOT_H

#include "base/types.h"

#define SLOT_ADDR_BITS 44 /* a pfn has 32 bits, a page 12 */
#define SLOT_ADDR_MASK (((u64)1 << SLOT_ADDR_BITS) - 1)
#define SLOT_NO_CACHE  0xffffu

enum slot_kind {
	SLOT_EMPTY,
	SLOT_CACHE,   /* from kmem_cache_alloc() */
	SLOT_KMALLOC, /* from kmalloc(); no cache: pages, or size 0 */
	SLOT_PAGES,   /* from alloc_pages() */
	SLOT_PERCPU,  /* from alloc_percpu(): addr is chunk and offset */
	SLOT_MEMPOOL, /* from mempool_alloc(): size is the pool's mid */
	SLOT_MEMPOOL_KMALLOC, /* the same over kmalloc(): cache is the mid */
	SLOT_MEMPOOL_PAGES,   /* over pages: likewise, and order */
	SLOT_RECLAIMED, /* it was there; reclaim took it, nobody freed it */
	SLOT_SWAPPED,	/* was SLOT_PAGES; on the swap device, size: where */
	/* Empty too: */
	SLOT_FREED, /* its object was freed */
	SLOT_FAILED /* this run had none for it */
};

struct slot {
	u64 place; /* address in the low 44 bits, call site above */
	u32 size;  /* bytes asked for; pages: of the block */
	u16 cache; /* index of its kmem_cache, SLOT_NO_CACHE: none; or a mid */
	u8 kind;   /* enum slot_kind */
	u8 order;  /* SLOT_PAGES, SLOT_MEMPOOL_PAGES */
};

_Static_assert(sizeof(struct slot) == 16, "16 bytes a live object");

static inline paddr_t slot_addr(const struct slot *o)
{
	return o->place & SLOT_ADDR_MASK;
}

static inline u32 slot_site(const struct slot *o)
{
	return (u32)(o->place >> SLOT_ADDR_BITS);
}

static inline u64 slot_place(paddr_t addr, u32 site)
{
	return addr | (u64)site << SLOT_ADDR_BITS;
}

#endif
