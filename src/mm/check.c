/*
 * check.c - the invariants of mm/, walked.
 *
 * What it is
 *	mm_check() names the first thing that is wrong: pages here, slabs by
 *	the allocator's own check.
 *
 * How it works
 *	Every list is walked once, both ways of each link are compared, and
 *	what is counted on the way must equal the counters.  A list that is
 *	longer than its counter says is cut off there, so loops end.
 *
 * Lock order
 *	None; nothing is changed.
 *
 * Invariants
 *	Those of buddy.c, pcp.c and mmzone.c.
 *
 * What is charged
 *	Nothing.
 *
 * What is left out, and which kernel this follows
 *	Ours alone; Linux has no such walker.
 */
#include "mm/check.h"

#include "mm/compaction.h"
#include "mm/filemap.h"
#include "mm/lru.h"
#include "mm/page_internal.h"
#include "mm/page_writeback.h"
#include "mm/slab.h"
#include "mm/swap.h"

#include <errno.h>

#define WRONG(e, ...) err_set(e, -EUCLEAN, __VA_ARGS__)

/* What one walk is about, for messages. */
struct walk {
	const struct mm *mm;
	const struct zone *zone;
	u32 order;
	u32 mt;
	u32 state; /* enum page_state that is due */
	u64 expected;
};

static u64 virgin_blocks(const struct zone *zone, u32 order, u32 mt)
{
	if (order != MAX_ORDER - 1 || mt != MIGRATE_MOVABLE)
		return 0;
	return (zone->virgin_end_pfn - zone->virgin_pfn) / MAX_ORDER_NR_PAGES;
}

static int check_block(const struct walk *w, pfn_t pfn, pfn_t prev,
		       struct err *e)
{
	const struct page *page;

	if (pfn >= w->mm->max_pfn || pfn & (((pfn_t)1 << w->order) - 1))
		return WRONG(e, "pfn %u on a list of order %u", pfn, w->order);
	page = pfn_to_page(w->mm, pfn);
	if (page->prev != prev)
		return WRONG(e, "pfn %u: prev is %u, not %u", pfn, page->prev,
			     prev);
	if (page->state != w->state)
		return WRONG(e, "pfn %u: state %u on a list of state %u", pfn,
			     page->state, w->state);
	if (page->order != w->order)
		return WRONG(e, "pfn %u: order %u on a list of order %u", pfn,
			     page->order, w->order);
	if (pfn_zone(w->mm, pfn) != w->zone)
		return WRONG(e, "pfn %u is on a list of zone %u", pfn,
			     w->zone->idx);
	if (page->migratetype != w->mt && w->state == PAGE_BUDDY)
		return WRONG(e, "pfn %u: type %u on a list of type %u", pfn,
			     page->migratetype, w->mt);
	return 0;
}

static int walk_list(const struct walk *w, const struct page_list *list,
		     struct err *e)
{
	pfn_t prev = PFN_NONE;
	u64 n = 0;
	int rc;

	for (pfn_t pfn = list->head; pfn != PFN_NONE;
	     pfn = pfn_to_page(w->mm, pfn)->next) {
		rc = check_block(w, pfn, prev, e);
		if (rc)
			return rc;
		if (++n > w->expected)
			break;
		prev = pfn;
	}
	if (n == w->expected && list->tail == prev)
		return 0;
	return WRONG(e,
		     "zone %u, order %u, type %u: list of state %u has %llu "
		     "blocks (tail %u), counted %llu (tail %u)",
		     w->zone->idx, w->order, w->mt, w->state,
		     (unsigned long long)n, list->tail,
		     (unsigned long long)w->expected, prev);
}

/* Two free buddies that should have merged. */
static int check_buddies(const struct walk *w, const struct page_list *list,
			 struct err *e)
{
	if (w->order >= PAGEBLOCK_ORDER)
		return 0;
	for (pfn_t pfn = list->head; pfn != PFN_NONE;
	     pfn = pfn_to_page(w->mm, pfn)->next) {
		pfn_t buddy = pfn ^ ((pfn_t)1 << w->order);
		const struct page *page = pfn_to_page(w->mm, buddy);

		if (page->state == PAGE_BUDDY && page->order == w->order)
			return WRONG(e,
				     "pfn %u and its buddy are both free at "
				     "order %u",
				     pfn, w->order);
	}
	return 0;
}

static int check_area(const struct mm *mm, const struct zone *zone, u32 order,
		      u64 *pages, struct err *e)
{
	const struct free_area *area = &zone->free_area[order];
	u64 sum = 0;

	for (u32 mt = 0; mt < MIGRATE_TYPES; mt++) {
		struct walk w = {mm, zone, order, mt, PAGE_BUDDY, 0};
		bool bit = zone->free_mask[mt] >> order & 1;
		int rc;

		w.expected =
			area->nr_free_type[mt] - virgin_blocks(zone, order, mt);
		rc = walk_list(&w, &area->list[mt], e);
		if (rc == 0)
			rc = check_buddies(&w, &area->list[mt], e);
		if (rc)
			return rc;
		if (bit != (area->nr_free_type[mt] != 0))
			return WRONG(e, "zone %u: free_mask wrong at order %u",
				     zone->idx, order);
		sum += area->nr_free_type[mt];
	}
	if (sum != area->nr_free)
		return WRONG(e, "zone %u, order %u: nr_free wrong", zone->idx,
			     order);
	*pages += sum << order;
	return 0;
}

static u64 list_length(const struct mm *mm, const struct page_list *list,
		       u64 most)
{
	u64 n = 0;

	for (pfn_t pfn = list->head; pfn != PFN_NONE && n <= most;
	     pfn = pfn_to_page(mm, pfn)->next)
		n++;
	return n;
}

static int check_pcp(const struct mm *mm, const struct zone *zone, u32 cpu,
		     struct err *e)
{
	const struct per_cpu_pages *pcp = &zone->pcp[cpu];
	u64 pages = 0;

	if (pcp->count < 0)
		return WRONG(e, "zone %u, cpu %u: pcp count negative",
			     zone->idx, cpu);
	for (u32 i = 0; i < NR_PCP_LISTS; i++) {
		u32 order = pindex_to_order(i);
		struct walk w = {mm,	   zone, order, i % MIGRATE_PCPTYPES,
				 PAGE_PCP, 0};
		int rc;

		w.expected = list_length(mm, &pcp->lists[i],
					 (u64)pcp->count >> order);
		rc = walk_list(&w, &pcp->lists[i], e);
		if (rc)
			return rc;
		pages += w.expected << order;
	}
	if (pages == (u64)pcp->count)
		return 0;
	return WRONG(e, "zone %u, cpu %u: pcp count is %d, lists hold %llu",
		     zone->idx, cpu, pcp->count, (unsigned long long)pages);
}

static int check_zone(const struct mm *mm, const struct zone *zone,
		      struct err *e)
{
	u64 pages = 0;
	s64 counted = zone->nr_free_pages;
	int rc;

	for (u32 order = 0; order < MAX_ORDER; order++) {
		rc = check_area(mm, zone, order, &pages, e);
		if (rc)
			return rc;
	}
	for (u32 cpu = 0; cpu < mm->conf.nr_cpus; cpu++) {
		counted += zone->pcpstat[cpu].nr_free_diff;
		rc = check_pcp(mm, zone, cpu, e);
		if (rc)
			return rc;
	}
	if (counted != (s64)pages)
		return WRONG(e, "zone %u: %llu pages free, counted %lld",
			     zone->idx, (unsigned long long)pages,
			     (long long)counted);
	if (zone->nr_reserved_highatomic % PAGEBLOCK_NR_PAGES)
		return WRONG(e, "zone %u: high-atomic reserve of %llu pages",
			     zone->idx,
			     (unsigned long long)zone->nr_reserved_highatomic);
	return 0;
}

static int check_zonelist(const struct mm *mm, u32 nid, struct err *e)
{
	const struct pglist_data *pgdat = &mm->nodes[nid];

	if (pgdat->nr_zonerefs != mm->nr_zones)
		return WRONG(e, "node %u: zonelist of %u zones, not %u", nid,
			     pgdat->nr_zonerefs, mm->nr_zones);
	for (u32 i = 0; i < pgdat->nr_zonerefs; i++) {
		for (u32 j = 0; j < i; j++) {
			if (pgdat->zonelist[i].zone == pgdat->zonelist[j].zone)
				return WRONG(e, "node %u: zone %u twice", nid,
					     pgdat->zonelist[i].zone_idx);
		}
	}
	return 0;
}

int mm_check_pages(const struct mm *mm, struct err *e)
{
	int rc = 0;

	for (u32 i = 0; i < mm->nr_zones && rc == 0; i++)
		rc = check_zone(mm, &mm->zones[i], e);
	for (u32 nid = 0; nid < mm->conf.nr_nodes && rc == 0; nid++)
		rc = check_zonelist(mm, nid, e);
	if (rc == 0)
		rc = lru_check(mm, e);
	if (rc == 0)
		rc = compaction_check(mm, e);
	if (rc == 0)
		rc = writeback_check(mm, e);
	if (rc == 0)
		rc = swap_check(mm, e);
	return rc;
}

int mm_check(const struct mm *mm, struct err *e)
{
	int rc = mm_check_pages(mm, e);

	if (rc == 0 && mm->conf.slab_ops && mm->conf.slab_ops->check)
		rc = mm->conf.slab_ops->check(mm, e);
	if (rc == 0)
		rc = filemap_check(mm, e);
	return rc;
}
