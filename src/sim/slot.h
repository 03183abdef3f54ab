/*
 * slot.h - what replay knows of a live object: 16 bytes, found by its slot.
 *
 * The table is one lazily committed mapping, so that a trace whose number of
 * slots is not known beforehand needs no growing, and slots that are never
 * used cost nothing.
 *
 * Invariant: addr == 0 exactly when the slot is empty (kind SLOT_EMPTY).
 */
#ifndef SIM_SLOT_H
#define SIM_SLOT_H

#include "base/types.h"

#define SLOT_ADDR_BITS 44 /* a pfn has 32 bits, a page 12 */
#define SLOT_ADDR_MASK (((u64)1 << SLOT_ADDR_BITS) - 1)
#define SLOT_NO_CACHE  0x7fffu

enum slot_kind {
	SLOT_EMPTY,
	SLOT_CACHE,   /* from kmem_cache_alloc() */
	SLOT_KMALLOC, /* from kmalloc(); no cache: pages, or size 0 */
	SLOT_PAGES    /* from alloc_pages() */
};

struct slot {
	u64 addr : SLOT_ADDR_BITS; /* simulated; 0: empty */
	u64 site : 20;		   /* call site of the allocation */
	u32 size;		   /* bytes asked for; pages: of the block */
	u32 cache : 15; /* index of its kmem_cache, SLOT_NO_CACHE: none */
	u32 kind : 3;	/* enum slot_kind */
	u32 order : 4;	/* SLOT_PAGES */
};

_Static_assert(sizeof(struct slot) == 16, "16 bytes a live object");

#endif
