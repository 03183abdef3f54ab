/*
 * slob.h - what the state loader needs of SLOB beyond struct slab_ops.
 */
#ifndef MM_SLOB_H
#define MM_SLOB_H

#include "mm/slab.h"

/* sizeof(struct kmem_cache) of a 6.1 kernel with SLOB, x86-64. */
#define SLOB_KMEM_CACHE_BYTES 64u

#define SLOB_UNIT     2u
#define SLOB_BREAK1   256u  /* below: SLOB_SMALL */
#define SLOB_BREAK2   1024u /* below: SLOB_MEDIUM */
#define SLOB_MINALIGN 8u    /* and the bytes of a kmalloc's header */

enum slob_list {
	SLOB_SMALL,
	SLOB_MEDIUM,
	SLOB_LARGE,
	NR_SLOB_LISTS
};

/* A free block, in units of two bytes from the start of its page. */
struct slob_block {
	u16 start;
	u16 units; /* header of a kmalloc object: its size in bytes */
};

/**
 * slob_cache_size() - Bytes that an object of a cache takes: whole units, and
 * room for what waits for a grace period where the cache promises that.
 */
u32 slob_cache_size(u32 size, slab_flags_t flags);

/** slob_state_begin() - Forgets all caches and pages. */
void slob_state_begin(struct mm *mm);
/** slob_state_cache() - A cache behind those added before; NULL with @e. */
struct kmem_cache *slob_state_cache(struct mm *mm, const char *name, u32 size,
				    u32 align, slab_flags_t flags,
				    struct err *e);
/**
 * slob_state_page() - A page with free space goes to the tail of its list;
 * what is not free there stays in use for ever.
 * @blocks: free ones, in address order.
 */
int slob_state_page(struct mm *mm, enum slob_list list, pfn_t pfn,
		    const struct slob_block *blocks, u32 nr, struct err *e);
/* The three lists, for reports: pages with free space and their free units. */
struct slob_list_count {
	u64 pages;
	u64 free_units;
};
void slob_count(const struct mm *mm,
		struct slob_list_count count[NR_SLOB_LISTS]);

#endif
