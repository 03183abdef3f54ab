/*
 * lru.h - the pages that reclaim may look at: lists a node, oldest last.
 *
 * A page joins when its owner says so (lru_add()) and leaves when it is freed
 * or reclaimed.  Only with conf.reclaim; without it there are no lists, and
 * nothing here costs anything.
 *
 * Invariants: a page is on a list exactly when it is PAGE_ALLOCATED and has
 * PG_ON_LRU; nr_pages[] counts pages, not blocks, and is the sum of
 * zone_pages[] (lru_check()).
 */
#ifndef MM_LRU_H
#define MM_LRU_H

#include "mm/mm.h"

/* In Linux's order: active is inactive + 1, file is anon + 2. */
enum lru_list {
	LRU_INACTIVE_ANON,
	LRU_ACTIVE_ANON,
	LRU_INACTIVE_FILE,
	LRU_ACTIVE_FILE,
	LRU_UNEVICTABLE,
	NR_LRU_LISTS
};

#define NR_EVICTABLE_LRU_LISTS LRU_UNEVICTABLE
#define LRU_NO_OWNER	       UINT32_MAX

/* What a page on a list (or just isolated from one) keeps in words[]. */
enum lru_word {
	LRU_WORD_FLAGS,	  /* enum lru_list, or'ed with enum lru_page_flags */
	LRU_WORD_OWNER,	  /* the slot, LRU_NO_OWNER: nobody */
	LRU_WORD_MAPPING, /* number of its address_space, 0: none */
	LRU_WORD_INDEX	  /* in pages, within the mapping */
};

/* Linux has these in page->flags; ours are full. */
enum lru_page_flags {
	LRU_LIST_MASK = 0xff,
	LRU_REFERENCED = 1 << 8,  /* used since it was last looked at */
	LRU_WORKINGSET = 1 << 9,  /* was active when it was reclaimed */
	LRU_DIRTY = 1 << 10,	  /* differs from what the device has */
	LRU_WRITEBACK = 1 << 11,  /* on its way to the device */
	LRU_ISOLATED = 1 << 12,	  /* off its list for a moment, to be moved */
	LRU_READAHEAD = 1 << 13,  /* reaching it starts the next readahead */
	LRU_RECLAIM = 1 << 14,	  /* to be freed once it is written */
	LRU_LOCKED = 1 << 15,	  /* being read: nobody may take it */
	LRU_PREFETCHED = 1 << 16, /* read ahead, and not used so far */
	LRU_PINNED = 1 << 17,	  /* in use by a task for a moment */
	LRU_SWAPCACHE = 1 << 18,  /* anonymous, and has a slot in swap */
};

struct lruvec {
	struct page_list lists[NR_LRU_LISTS]; /* head: newest */
	u64 nr_pages[NR_LRU_LISTS];
	u64 zone_pages[MAX_NR_ZONES][NR_LRU_LISTS];
	u64 nonresident_age; /* pages evicted or activated, see workingset.h */
	struct refault_stats workingset[2]; /* 0: anonymous, 1: files */
	u64 workingset_nodereclaim;
	u64 activated_then[2]; /* .activates when reclaim last ended */
	/* What reclaim of each kind cost of late, in I/O. */
	u64 anon_cost;
	u64 file_cost;
	/* What kswapd found on its last way through. */
	bool dirty;	  /* PGDAT_DIRTY: unqueued dirty pages only */
	bool writeback;	  /* PGDAT_WRITEBACK: pages being written only */
	bool congested;	  /* LRUVEC_CONGESTED: and these came by twice */
	u32 nr_throttled; /* reclaimers that wait for writeback */
	u64 nr_throttled_written; /* pages written while any waits */
	u64 throttle_start;	  /* of these, when the first began to */
};

/** lru_init() - Makes the lists if conf.reclaim asks for them. */
void lru_init(struct mm *mm);
void lru_exit(struct mm *mm);

/**
 * lru_add() - An allocated block joins, on the inactive end as new pages do.
 * @page: single, or the head of a compound block; not on a list.
 * @file: page cache; else anonymous memory.
 * @owner: handed back when it is reclaimed (MM_EV_PAGE_RECLAIMED);
 * LRU_NO_OWNER: nobody wants to know.
 */
void lru_add(struct mm *mm, struct page *page, bool file, u32 owner);
/** lru_add_unevictable() - The same for memory that is locked. */
void lru_add_unevictable(struct mm *mm, struct page *page, u32 owner);
/** lru_del() - Takes @page off its list. */
void lru_del(struct mm *mm, struct page *page);
/** lru_disown() - Its owner is gone; the page stays until it is reclaimed. */
void lru_disown(struct mm *mm, struct page *page);
/**
 * mark_page_accessed() - Inactive, unreferenced: referenced.  Inactive,
 * referenced: active.  Active: referenced.
 */
void mark_page_accessed(struct mm *mm, struct page *page);

enum lru_list page_lru(const struct page *page);
u32 page_owner(const struct page *page);

static inline bool page_lru_flag(const struct page *page,
				 enum lru_page_flags flag)
{
	return page->words[LRU_WORD_FLAGS] & flag;
}

static inline void set_page_lru_flag(struct page *page,
				     enum lru_page_flags flag)
{
	page->words[LRU_WORD_FLAGS] |= flag;
}

static inline void clear_page_lru_flag(struct page *page,
				       enum lru_page_flags flag)
{
	page->words[LRU_WORD_FLAGS] &= ~(u32)flag;
}

/**
 * lru_isolate() - Takes @page off its list for a moment, to be moved: it
 * keeps its words, and its links are the caller's.
 */
void lru_isolate(struct mm *mm, struct page *page);
/** lru_putback() - To the head of the list that its words name. */
void lru_putback(struct mm *mm, struct page *page);

/** lru_move() - To the head of @to, of the same node. */
void lru_move(struct mm *mm, struct page *page, enum lru_list to);

/** lru_move_tail() - To the tail: the next that reclaim looks at. */
void lru_move_tail(struct mm *mm, struct page *page);
/** lru_note_cost() - Reclaim of @file or anonymous pages made @nr be written,
 * or brought back. */
void lru_note_cost(struct mm *mm, u32 nid, bool file, u64 nr);
/** rotate_reclaimable_page() - @page is written: if it was wanted, it is the
 * next to go. */
void rotate_reclaimable_page(struct mm *mm, struct page *page);

/** lru_check() - The part of mm_check() that is about lists. */
int lru_check(const struct mm *mm, struct err *e);

#endif
