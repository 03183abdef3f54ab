/*
 * migrate.h - the content of a page moves to another page.
 *
 * Who owns the page hears of it by MM_EV_PAGE_MIGRATED, after the new page
 * has all that the old one had and before the old one is freed.  A page of
 * an address_space (LRU_WORD_MAPPING) is also replaced there.
 *
 * Invariants: only single pages that are off their list and LRU_ISOLATED are
 * moved; between operations no page is LRU_ISOLATED (compaction_check()).
 */
#ifndef MM_MIGRATE_H
#define MM_MIGRATE_H

#include "mm/lru.h"

/* How hard: as Linux's, but for the one that does not copy. */
enum migrate_mode {
	MIGRATE_ASYNC,	    /* waits for nothing */
	MIGRATE_SYNC_LIGHT, /* may wait, but not for the device */
	MIGRATE_SYNC
};

/* Where pages go: a free page for the next one, and back if unused. */
struct migrate_target {
	/** An allocated page of order 0 on no list; PFN_NONE: there is none. */
	pfn_t (*get)(struct mm *mm, void *arg);
	void (*put)(struct mm *mm, void *arg, pfn_t pfn);
	void *arg;
};

/* What became of them, in pages. */
struct migrate_result {
	u32 moved;
	u32 failed;
	bool no_target; /* get() had none, and the rest stayed */
};

/**
 * migrate_pages() - Moves the pages of @from, from its head on; it is empty
 * afterwards: what cannot move goes back to its LRU list.
 */
struct migrate_result migrate_pages(struct mm *mm, struct page_list *from,
				    const struct migrate_target *target,
				    enum migrate_mode mode);

/** putback_movable_pages() - Those of @from back to their LRU lists. */
void putback_movable_pages(struct mm *mm, struct page_list *from);

#endif
