/*
 * restore.c - the state of the page allocator, set from outside.
 *
 * What it is
 *	The functions of restore.h, for loaders of recorded states.
 *
 * How it works
 *	page_restore_begin() makes everything reserved; what is named then is
 *	put where it was, list by list in order.
 *
 * Lock order
 *	None.
 *
 * Invariants
 *	page_restore_end() checks all of mm_check_pages().
 *
 * What is charged
 *	Nothing.
 *
 * What is left out, and which kernel this follows
 *	Ours; the state is that of Linux 6.1.
 */
#include "mm/restore.h"

#include "mm/page_internal.h"

#include <errno.h>
#include <string.h>

#define THRESHOLD_MAX 125 /* a CPU's difference is a signed byte in Linux */

void page_restore_begin(struct mm *mm)
{
	for (u64 pfn = 0; pfn < mm->max_pfn; pfn++) {
		struct page *page = pfn_to_page(mm, (pfn_t)pfn);

		/* Do not touch what was never touched. */
		if (page->state != PAGE_UNTOUCHED)
			memset(page, 0, sizeof(*page));
	}
	for (u32 i = 0; i < mm->nr_zones; i++) {
		struct zone *zone = &mm->zones[i];

		memset(zone->free_area, 0, sizeof(zone->free_area));
		memset(zone->free_mask, 0, sizeof(zone->free_mask));
		zone->virgin_pfn = zone->virgin_end_pfn = 0;
		zone->virgin_behind = PFN_NONE;
		zone->nr_free_pages = 0;
		zone->nr_reserved_highatomic = 0;
		zone->watermark_boost = 0;
		zone->boosted_watermark = false;
		for (u32 cpu = 0; cpu < mm->conf.nr_cpus; cpu++) {
			struct per_cpu_pages *pcp = &zone->pcp[cpu];

			memset(pcp->lists, 0, sizeof(pcp->lists));
			pcp->count = 0;
			pcp->free_factor = 0;
			pcp->expire = 0;
			zone->pcpstat[cpu].nr_free_diff = 0;
		}
	}
}

/* The block must lie in a zone and be in no other use. */
static int block_check(const struct mm *mm, u64 pfn, u32 order, struct err *e)
{
	const struct zone *zone;

	if (order >= MAX_ORDER || pfn == 0 || pfn >= mm->max_pfn ||
	    pfn & (((u64)1 << order) - 1))
		return err_set(e, -EINVAL,
			       "page frame %llu, order %u: no such block",
			       (unsigned long long)pfn, order);
	zone = pfn_zone(mm, (pfn_t)pfn);
	if (pfn < zone->zone_start_pfn ||
	    pfn + ((u64)1 << order) >
		    zone->zone_start_pfn + zone->spanned_pages)
		return err_set(e, -EINVAL,
			       "page frame %llu, order %u: outside all zones "
			       "of this machine",
			       (unsigned long long)pfn, order);
	if (pfn_to_page(mm, (pfn_t)pfn)->state != PAGE_UNTOUCHED)
		return err_set(e, -EINVAL, "page frame %llu is named twice",
			       (unsigned long long)pfn);
	return 0;
}

int page_restore_free_block(struct mm *mm, u64 pfn, u32 order,
			    enum migratetype mt, struct err *e)
{
	struct zone *zone;
	int rc = block_check(mm, pfn, order, e);

	if (rc)
		return rc;
	if (mt >= MIGRATE_TYPES)
		return err_set(e, -EINVAL, "migrate type %u: there is none",
			       (unsigned int)mt);
	zone = pfn_zone(mm, (pfn_t)pfn);
	add_to_free_list_tail(mm, zone, (pfn_t)pfn, order, mt);
	zone->nr_free_pages += (s64)1 << order;
	return 0;
}

int page_restore_pcp(struct mm *mm, struct zone *zone, u32 cpu, u32 order,
		     enum migratetype mt, u64 pfn, struct err *e)
{
	struct per_cpu_pages *pcp;
	enum migratetype block_mt;
	struct page *page;
	int rc = block_check(mm, pfn, order, e);

	if (rc)
		return rc;
	if (cpu >= mm->conf.nr_cpus || mt >= MIGRATE_PCPTYPES ||
	    !pcp_allowed_order(mm, order) || pfn_zone(mm, (pfn_t)pfn) != zone)
		return err_set(e, -EINVAL,
			       "page frame %llu: no per-CPU list of cpu %u, "
			       "order %u, type %u",
			       (unsigned long long)pfn, cpu, order,
			       (unsigned int)mt);
	pcp = &zone->pcp[cpu];
	page = pfn_to_page(mm, (pfn_t)pfn);
	page->state = PAGE_PCP;
	page->order = (u8)order;
	/* The high-order reserve's pages stand on the MOVABLE lists. */
	block_mt = get_pageblock_migratetype(mm, (pfn_t)pfn);
	page->migratetype =
		(u8)(block_mt == MIGRATE_HIGHATOMIC ? block_mt : mt);
	page_list_add_tail(mm, &pcp->lists[order_to_pindex(mt, order)],
			   (pfn_t)pfn);
	pcp->count += 1 << order;
	return 0;
}

int page_restore_allocated(struct mm *mm, u64 pfn, u32 order, bool lru,
			   struct err *e)
{
	struct page *page;
	int rc = block_check(mm, pfn, order, e);

	if (rc)
		return rc;
	page = pfn_to_page(mm, (pfn_t)pfn);
	page->state = PAGE_ALLOCATED;
	page->order = (u8)order;
	if (lru)
		page->flags |= PG_LRU;
	return 0;
}

int page_restore_zone(struct mm *mm, struct zone *zone,
		      const struct page_restore_zone *from, struct err *e)
{
	if (from->managed_pages > mm->max_pfn ||
	    from->nr_free_pages > (s64)mm->max_pfn ||
	    from->nr_free_pages < -(s64)mm->max_pfn)
		return err_set(e, -EINVAL,
			       "zone %s of node %u: more pages than memory",
			       zone->name, zone->node);
	memcpy(zone->watermark, from->watermark, sizeof(zone->watermark));
	zone->watermark_boost = from->watermark_boost;
	zone->nr_reserved_highatomic = from->nr_reserved_highatomic;
	memcpy(zone->lowmem_reserve, from->lowmem_reserve,
	       sizeof(zone->lowmem_reserve));
	mm->totalram_pages += from->managed_pages - zone->managed_pages;
	zone->managed_pages = from->managed_pages;
	if (from->present_pages)
		zone->present_pages = from->present_pages;
	if (from->spanned_pages)
		zone->spanned_pages = from->spanned_pages;
	zone->nr_free_pages = from->nr_free_pages;
	zone->pageset_high = from->pageset_high;
	zone->pageset_batch = from->pageset_batch;
	return 0;
}

int page_restore_pcp_state(struct mm *mm, struct zone *zone, u32 cpu,
			   const struct page_restore_pcp_state *from,
			   struct err *e)
{
	struct per_cpu_pages *pcp;

	if (cpu >= mm->conf.nr_cpus)
		return err_set(e, -EINVAL, "cpu %u: there is none", cpu);
	if (from->high < 0 || from->batch < 1 || from->high > 1 << 30 ||
	    from->batch > 1 << 20 || from->free_factor < 0 ||
	    from->free_factor > 8 || from->expire < 0 || from->expire > 100 ||
	    from->stat_threshold < 0 || from->stat_threshold > THRESHOLD_MAX ||
	    from->nr_free_diff < -THRESHOLD_MAX ||
	    from->nr_free_diff > THRESHOLD_MAX)
		return err_set(e, -EINVAL,
			       "zone %s, cpu %u: a per-CPU figure is out of "
			       "range",
			       zone->name, cpu);
	pcp = &zone->pcp[cpu];
	pcp->high = from->high;
	pcp->batch = from->batch;
	pcp->free_factor = (s16)from->free_factor;
	pcp->expire = (s16)from->expire;
	zone->pcpstat[cpu].stat_threshold = from->stat_threshold;
	zone->pcpstat[cpu].nr_free_diff = from->nr_free_diff;
	return 0;
}

int page_restore_kswapd(struct mm *mm, u32 nid, s32 failures, s32 order,
			s32 highest_zoneidx, bool woken, struct err *e)
{
	struct pglist_data *pgdat;

	if (nid >= mm->conf.nr_nodes || failures < 0 || order < 0 ||
	    order >= MAX_ORDER || highest_zoneidx < 0 ||
	    highest_zoneidx > MAX_NR_ZONES)
		return err_set(e, -EINVAL,
			       "node %u: state of kswapd is out of range", nid);
	pgdat = &mm->nodes[nid];
	pgdat->kswapd_failures = failures;
	pgdat->kswapd_order = order;
	pgdat->kswapd_highest_zoneidx = highest_zoneidx;
	pgdat->kswapd_woken = woken;
	pgdat->kswapd_napping = false;
	return 0;
}

int page_restore_end(struct mm *mm, struct err *e)
{
	return mm_check_pages(mm, e);
}
