/*
 * page.h - struct page: what the simulator knows of one page frame.
 *
 * The memory map is one array indexed by pfn, mapped lazily: an all-zero
 * page was never touched and costs the host nothing.  Links are pfns, not
 * pointers; PFN_NONE (0) ends a list, and pfn 0 is never handed out.
 *
 * Invariants: sizeof(struct page) == 32; a block of order n starts at a pfn
 * aligned to 2^n; only the first page of a free block, of an allocated block
 * or of a slab carries its order.
 */
#ifndef MM_PAGE_H
#define MM_PAGE_H

#include "base/types.h"

/* What a page is; PAGE_UNTOUCHED must stay 0 (lazy memory map). */
enum page_state {
	PAGE_UNTOUCHED, /* free inside a larger block, or never seen */
	PAGE_BUDDY,	/* first page of a free block on a free_area list */
	PAGE_PCP,	/* first page of a block on a per-CPU list */
	PAGE_ALLOCATED, /* first page of an allocated block */
	PAGE_SLAB,	/* page of a slab (SLUB, SLAB): head = its first page */
	PAGE_SLOB,	/* page of SLOB */
	PAGE_RESERVED,	/* never given to the page allocator */
	NR_PAGE_STATES
};

enum page_flags {
	PG_FROZEN = 1 << 0,	/* slab owned by a CPU (cpu slab or partial) */
	PG_PFMEMALLOC = 1 << 1, /* taken from the reserves */
	PG_COMPOUND = 1 << 2,	/* allocated with __GFP_COMP */
	PG_ON_PARTIAL = 1 << 3, /* slab is on its node's partial list */
	PG_LARGE_KMALLOC = 1
			   << 4, /* block behind a kmalloc beyond the caches */
	PG_LRU = 1 << 5,	 /* movable, see conf.movable_on_lru */
	PG_ON_LRU = 1 << 6,	 /* linked into a list of lru.h */
};

/* Slots of a slab are counted in u16; this one means "none". */
#define SLOT_NONE ((u16)0xffff)

struct page {
	pfn_t next; /* list links: free list, pcp list, slab list */
	pfn_t prev;
	pfn_t head; /* PAGE_SLAB/SLOB: first page of the slab, even itself */
	u8 state;   /* enum page_state */
	u8 order;   /* of the block, in its first page */
	u8 migratetype; /* PAGE_BUDDY: of its list; PAGE_PCP: to free it to */
	u8 flags;	/* enum page_flags */
	union {
		struct {	       /* first page of a slab */
			u16 cache_idx; /* mm->caches[cache_idx] owns it */
			u16 inuse;     /* slots that are not on its freelist */
			u16 objects;   /* slots it has */
			u16 freelist;  /* first free slot, SLOT_NONE: none */
			u32 slots;     /* handle of its next-free array */
			u32 nr_partial; /* cpu partial list: slabs from here on */
		};
		u32 words[4]; /* whatever the owner wants */
	};
};

_Static_assert(sizeof(struct page) == 32, "struct page is 32 bytes");

#endif
