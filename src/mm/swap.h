/*
 * swap.h - where anonymous pages go when memory is short: slots of one page
 * each on a device (mm/swapfile.c, mm/swap_state.c).
 *
 * A page that is to go gets slots (it is in the swap cache then), is written,
 * and is reclaimed like a clean page; its owner is told the slot
 * (MM_EV_PAGE_SWAPPED) and has it until swap_in() or swap_free().
 *
 * Invariants (swap_check()): map[] counts nr_free; a page in the swap cache
 * has LRU_SWAPCACHE, cache[words[LRU_WORD_INDEX]] is its pfn, and its slots
 * are in use.
 */
#ifndef MM_SWAP_H
#define MM_SWAP_H

#include "mm/lru.h"

/* Slots are u32: 1 TiB. */
#define SWAP_BYTES_MAX ((u64)1 << 40)
#define SWAP_NONE      UINT32_MAX

/* What a slot is. */
enum swap_slot {
	SWAP_FREE,
	SWAP_USED, /* by a page in the swap cache, or by an owner */
	SWAP_DEAD  /* nobody's any more, and still being written */
};

struct swap {
	u32 nr_slots;
	u32 nr_free;
	u64 nr_cached[MM_NODES_MAX]; /* pages in the swap cache */
	u32 coming;  /* a page for this slot is being looked for; 0: none */
	u32 end;     /* no slot from here on was ever used */
	u32 next;    /* the search for free slots begins here */
	u8 *map;     /* [nr_slots], enum swap_slot; lazily committed, owned */
	u32 *cache;  /* [nr_slots], pfn of the swap cache's page, 0: none */
	u64 *shadow; /* [nr_slots], of what was evicted, 0: none */
};

/** swap_init() - With conf.swap_bytes and LRU lists only. */
int swap_init(struct mm *mm, struct err *e);
void swap_exit(struct mm *mm);

/** Slots; 0 without swap. */
u64 swap_nr_total(const struct mm *mm);
u64 swap_nr_free(const struct mm *mm);
/** Pages of @nid in the swap cache. */
u64 swap_nr_cached(const struct mm *mm, u32 nid);

/**
 * add_to_swap() - @page, anonymous, gets slots of its own, all in a row.
 * Return: false: there are none.
 */
bool add_to_swap(struct mm *mm, struct page *page);
/** page_swap_slot() - The first slot of a page in the swap cache. */
u32 page_swap_slot(const struct page *page);
/**
 * swap_writepage() - A page in the swap cache goes to the device; without one
 * it is there at once.
 */
void swap_writepage(struct mm *mm, struct page *page);
/** end_swap_write() - The device has written @nr slots from @slot on. */
void end_swap_write(struct mm *mm, u32 slot, u32 nr);
/** end_swap_read() - Likewise; the pages that came in can be used. */
void end_swap_read(struct mm *mm, u32 slot, u32 nr);
/**
 * swap_evict() - Reclaim takes @page, which is clean: its slots go to its
 * owner, who is told.
 */
void swap_evict(struct mm *mm, struct page *page);
/**
 * delete_from_swap_cache() - @page stays in memory, or is freed by its owner:
 * its slots are of no use any more.
 */
void delete_from_swap_cache(struct mm *mm, struct page *page);
/** swap_free() - Whoever has @nr slots from @slot on does not want them. */
void swap_free(struct mm *mm, u32 slot, u32 nr);
/**
 * swap_in() - A block of 2^@order pages for what the slots from @slot on hold,
 * read from the device; they are free again.
 * @owner: whose it is.
 * Return: the block, on an LRU list; NULL: no memory, and nothing changed.
 * Context: waits.
 */
struct page *swap_in(struct mm *mm, u32 slot, u32 order, gfp_t gfp, u32 owner);

/** swap_check() - The part of mm_check() that is about swap. */
int swap_check(const struct mm *mm, struct err *e);

#endif
