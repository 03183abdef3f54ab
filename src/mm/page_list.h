/*
 * page_list.h - lists of pages, linked by pfn: free blocks, pages of a CPU,
 * LRU lists, slabs of a node.
 *
 * Who takes a page off a list clears its links if somebody reads them.
 *
 * Invariants: head and tail are both PFN_NONE or neither is; head's prev and
 * tail's next are PFN_NONE.  mm_check() walks all lists.
 */
#ifndef MM_PAGE_LIST_H
#define MM_PAGE_LIST_H

#include "mm/mm.h"

static inline void page_list_add(struct mm *mm, struct page_list *list,
				 pfn_t pfn)
{
	struct page *page = pfn_to_page(mm, pfn);

	page->prev = PFN_NONE;
	page->next = list->head;
	if (list->head != PFN_NONE)
		pfn_to_page(mm, list->head)->prev = pfn;
	else
		list->tail = pfn;
	list->head = pfn;
}

static inline void page_list_add_tail(struct mm *mm, struct page_list *list,
				      pfn_t pfn)
{
	struct page *page = pfn_to_page(mm, pfn);

	page->next = PFN_NONE;
	page->prev = list->tail;
	if (list->tail != PFN_NONE)
		pfn_to_page(mm, list->tail)->next = pfn;
	else
		list->head = pfn;
	list->tail = pfn;
}

static inline void page_list_del(struct mm *mm, struct page_list *list,
				 pfn_t pfn)
{
	struct page *page = pfn_to_page(mm, pfn);

	if (page->prev != PFN_NONE)
		pfn_to_page(mm, page->prev)->next = page->next;
	else
		list->head = page->next;
	if (page->next != PFN_NONE)
		pfn_to_page(mm, page->next)->prev = page->prev;
	else
		list->tail = page->prev;
}

/* page_list_rotate_to_front() - Turns the list so that @pfn, which is on it,
 * is the head; the order around stays. */
static inline void page_list_rotate_to_front(struct mm *mm,
					     struct page_list *list, pfn_t pfn)
{
	struct page *page = pfn_to_page(mm, pfn);
	pfn_t last = page->prev;

	if (last == PFN_NONE)
		return;
	pfn_to_page(mm, list->tail)->next = list->head;
	pfn_to_page(mm, list->head)->prev = list->tail;
	pfn_to_page(mm, last)->next = PFN_NONE;
	page->prev = PFN_NONE;
	list->head = pfn;
	list->tail = last;
}

#endif
