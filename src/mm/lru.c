/*
 * lru.c - least recently used lists: which pages reclaim sees, in what order.
 *
 * What it is
 *	Five lists a node: inactive and active, of anonymous memory and of
 *	files, and those that must stay.
 *
 * How it works
 *
 *	   new ──► inactive ──referenced twice──► active
 *	              │  ▲                           │
 *	     reclaimed▼  └───────── aged ────────────┘
 *
 *	New pages go to the head of an inactive list; reclaim takes from the
 *	tail.  A page that is accessed twice before it gets there has a second
 *	round on the active list.  Links are those of struct page, which an allocated page does
 *	not need; words[] keeps the list, the reference bit and the owner.
 *
 * Lock order
 *	None: one operation runs at a time.
 *
 * Invariants
 *	PG_ON_LRU == the page is on lists[page_lru(page)] of its node; counts
 *	equal the lists (lru_check()).
 *
 * What is charged
 *	Nothing here; scanning and freeing are charged in reclaim.c.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1's classic LRU, without memory cgroups and per-CPU batches
 *	(a page is on its list at once).  No multi-generation LRU.
 */
#include "mm/lru.h"

#include "base/xmalloc.h"
#include "mm/page_internal.h"

#include <errno.h>
#include <stdlib.h>

#define WRONG(e, ...) err_set(e, -EUCLEAN, __VA_ARGS__)

void lru_init(struct mm *mm)
{
	if (mm->conf.reclaim)
		mm->lruvecs = xcalloc(mm->conf.nr_nodes, sizeof(*mm->lruvecs));
}

void lru_exit(struct mm *mm)
{
	free(mm->lruvecs);
	mm->lruvecs = NULL;
}

enum lru_list page_lru(const struct page *page)
{
	return (enum lru_list)(page->words[LRU_WORD_FLAGS] & LRU_LIST_MASK);
}

u32 page_owner(const struct page *page)
{
	return page->words[LRU_WORD_OWNER];
}

static void count(struct lruvec *vec, const struct zone *zone,
		  enum lru_list lru, s64 pages)
{
	vec->nr_pages[lru] += (u64)pages;
	vec->zone_pages[zone->type][lru] += (u64)pages;
}

static void add_to(struct mm *mm, struct page *page, enum lru_list lru)
{
	pfn_t pfn = page_to_pfn(mm, page);
	const struct zone *zone = pfn_zone(mm, pfn);
	struct lruvec *vec = &mm->lruvecs[zone->node];

	clear_page_lru_flag(page, LRU_LIST_MASK);
	page->words[LRU_WORD_FLAGS] |= (u32)lru;
	page_list_add(mm, &vec->lists[lru], pfn);
	count(vec, zone, lru, (s64)1 << page->order);
}

static void join(struct mm *mm, struct page *page, enum lru_list lru, u32 owner)
{
	BUG_ON(!mm->lruvecs);
	BUG_ON(page->state != PAGE_ALLOCATED);
	BUG_ON(page->flags & PG_ON_LRU);
	BUG_ON(page->order && !(page->flags & PG_COMPOUND));
	page->flags |= PG_ON_LRU | PG_LRU;
	page->words[LRU_WORD_FLAGS] = 0;
	page->words[LRU_WORD_OWNER] = owner;
	page->words[LRU_WORD_MAPPING] = 0;
	add_to(mm, page, lru);
}

void lru_add(struct mm *mm, struct page *page, bool file, u32 owner)
{
	join(mm, page, file ? LRU_INACTIVE_FILE : LRU_INACTIVE_ANON, owner);
}

void lru_add_unevictable(struct mm *mm, struct page *page, u32 owner)
{
	join(mm, page, LRU_UNEVICTABLE, owner);
}

static void take_off(struct mm *mm, struct page *page)
{
	pfn_t pfn = page_to_pfn(mm, page);
	const struct zone *zone = pfn_zone(mm, pfn);
	struct lruvec *vec = &mm->lruvecs[zone->node];
	enum lru_list lru = page_lru(page);

	page_list_del(mm, &vec->lists[lru], pfn);
	count(vec, zone, lru, -((s64)1 << page->order));
}

void lru_del(struct mm *mm, struct page *page)
{
	BUG_ON(!(page->flags & PG_ON_LRU));
	take_off(mm, page);
	page->flags &= (u8) ~(PG_ON_LRU | PG_LRU);
}

void lru_move(struct mm *mm, struct page *page, enum lru_list to)
{
	BUG_ON(!(page->flags & PG_ON_LRU));
	take_off(mm, page);
	add_to(mm, page, to);
}

void lru_isolate(struct mm *mm, struct page *page)
{
	BUG_ON(!(page->flags & PG_ON_LRU));
	BUG_ON(page_lru_flag(page, LRU_ISOLATED));
	take_off(mm, page);
	page->flags &= (u8)~PG_ON_LRU;
	set_page_lru_flag(page, LRU_ISOLATED);
}

void lru_putback(struct mm *mm, struct page *page)
{
	BUG_ON(page->state != PAGE_ALLOCATED);
	BUG_ON(page->flags & PG_ON_LRU);
	clear_page_lru_flag(page, LRU_ISOLATED);
	page->flags |= PG_ON_LRU | PG_LRU;
	add_to(mm, page, page_lru(page));
}

void lru_move_tail(struct mm *mm, struct page *page)
{
	pfn_t pfn = page_to_pfn(mm, page);
	struct lruvec *vec = &mm->lruvecs[pfn_to_nid(mm, pfn)];
	struct page_list *list = &vec->lists[page_lru(page)];

	BUG_ON(!(page->flags & PG_ON_LRU));
	page_list_del(mm, list, pfn);
	page_list_add_tail(mm, list, pfn);
}

void rotate_reclaimable_page(struct mm *mm, struct page *page)
{
	enum lru_list lru;

	if (!page_lru_flag(page, LRU_RECLAIM))
		return;
	clear_page_lru_flag(page, LRU_RECLAIM);
	if (!(page->flags & PG_ON_LRU) || page_lru_flag(page, LRU_DIRTY))
		return;
	lru = page_lru(page);
	if (lru == LRU_UNEVICTABLE)
		return;
	/* The kernel takes it off the active list for that. */
	if (lru == LRU_ACTIVE_ANON || lru == LRU_ACTIVE_FILE)
		lru_move(mm, page, (enum lru_list)(lru - 1));
	lru_move_tail(mm, page);
	mm->vm_events[VM_EV_PGROTATED] += (u64)1 << page->order;
}

void lru_note_cost(struct mm *mm, u32 nid, bool file, u64 nr)
{
	struct lruvec *vec = &mm->lruvecs[nid];
	u64 size = 0;

	*(file ? &vec->file_cost : &vec->anon_cost) += nr;
	for (u32 lru = 0; lru < NR_EVICTABLE_LRU_LISTS; lru++)
		size += vec->nr_pages[lru];
	/* Old costs count for less. */
	if (vec->anon_cost + vec->file_cost > size / 4) {
		vec->anon_cost /= 2;
		vec->file_cost /= 2;
	}
}

void lru_disown(struct mm *mm, struct page *page)
{
	(void)mm;
	BUG_ON(!(page->flags & PG_ON_LRU));
	page->words[LRU_WORD_OWNER] = LRU_NO_OWNER;
}

static struct lruvec *page_lruvec(struct mm *mm, const struct page *page)
{
	return &mm->lruvecs[pfn_to_nid(mm, page_to_pfn(mm, page))];
}

void mark_page_accessed(struct mm *mm, struct page *page)
{
	enum lru_list lru = page_lru(page);
	bool inactive = lru == LRU_INACTIVE_ANON || lru == LRU_INACTIVE_FILE;

	if (lru == LRU_UNEVICTABLE)
		return;
	if (inactive && page_lru_flag(page, LRU_REFERENCED)) {
		clear_page_lru_flag(page, LRU_REFERENCED);
		lru_move(mm, page, (enum lru_list)(lru + 1));
		page_lruvec(mm, page)->nonresident_age += (u64)1 << page->order;
		mm->vm_events[VM_EV_PGACTIVATE] += (u64)1 << page->order;
		return;
	}
	set_page_lru_flag(page, LRU_REFERENCED);
}

/* One list: links both ways, states, and what it counts. */
static int check_list(const struct mm *mm, u32 nid, enum lru_list lru,
		      struct err *e)
{
	const struct lruvec *vec = &mm->lruvecs[nid];
	u64 sum[MAX_NR_ZONES] = {0}, total = 0;
	pfn_t prev = PFN_NONE;

	for (pfn_t pfn = vec->lists[lru].head; pfn != PFN_NONE;) {
		const struct page *page = pfn_to_page(mm, pfn);
		const struct zone *zone = pfn_zone(mm, pfn);

		if (page->state != PAGE_ALLOCATED ||
		    !(page->flags & PG_ON_LRU) || page_lru(page) != lru ||
		    page_lru_flag(page, LRU_ISOLATED) || page->prev != prev ||
		    zone->node != nid)
			return WRONG(e, "pfn %u is wrong on lru %u of node %u",
				     pfn, (u32)lru, nid);
		sum[zone->type] += (u64)1 << page->order;
		total += (u64)1 << page->order;
		if (total > vec->nr_pages[lru])
			break;
		prev = pfn;
		pfn = page->next;
	}
	if (total != vec->nr_pages[lru] || vec->lists[lru].tail != prev)
		return WRONG(e, "lru %u of node %u: %llu pages, counted %llu",
			     (u32)lru, nid, (unsigned long long)total,
			     (unsigned long long)vec->nr_pages[lru]);
	for (u32 type = 0; type < MAX_NR_ZONES; type++)
		if (sum[type] != vec->zone_pages[type][lru])
			return WRONG(e, "lru %u of node %u: zone %u miscounted",
				     (u32)lru, nid, type);
	return 0;
}

int lru_check(const struct mm *mm, struct err *e)
{
	int rc = 0;

	if (!mm->lruvecs)
		return 0;
	for (u32 nid = 0; nid < mm->conf.nr_nodes; nid++)
		for (u32 lru = 0; lru < NR_LRU_LISTS && rc == 0; lru++)
			rc = check_list(mm, nid, (enum lru_list)lru, e);
	return rc;
}
