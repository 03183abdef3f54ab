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

struct lruvec {
	struct page_list lists[NR_LRU_LISTS]; /* head: newest */
	u64 nr_pages[NR_LRU_LISTS];
	u64 zone_pages[MAX_NR_ZONES][NR_LRU_LISTS];
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
/** lru_move() - To the head of @to, of the same node. */
void lru_move(struct mm *mm, struct page *page, enum lru_list to);

/** lru_check() - The part of mm_check() that is about lists. */
int lru_check(const struct mm *mm, struct err *e);

#endif
