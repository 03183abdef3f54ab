/*
 * inspect.c - snapshots of mm: the page half.  The slab half is
 * slab_inspect().
 *
 * What it is
 *	Copies of counters, and block counts by type; nothing is changed.
 *
 * How it works
 *	Counters are kept as the allocators run, so nothing but the pageblock
 *	types is walked.
 *
 * Lock order
 *	None.
 *
 * Invariants
 *	A snapshot owns all it points to but the names.
 *
 * What is charged
 *	Nothing.
 *
 * What is left out, and which kernel this follows
 *	Ours; the figures are those of Linux 6.1's zoneinfo.
 */
#include "mm/inspect.h"

#include "base/xmalloc.h"
#include "mm/filemap.h"
#include "mm/inspect_internal.h"
#include "mm/lru.h"
#include "mm/page_internal.h"
#include "mm/page_writeback.h"
#include "mm/slab.h"
#include "mm/slob.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of each range, by pageblock, as the kernel's pagetypeinfo counts. */
static void count_pageblocks(const struct mm *mm, const struct zone *zone,
			     u64 *count)
{
	for (u32 i = 0; i < mm->conf.nr_ranges; i++) {
		const struct mm_range *r = &mm->conf.ranges[i];
		u64 pfn = r->start_pfn & ~(PAGEBLOCK_NR_PAGES - 1);

		if (r->nid != zone->node || r->zone != zone->type)
			continue;
		for (; pfn < r->end_pfn; pfn += PAGEBLOCK_NR_PAGES)
			count[get_pageblock_migratetype(mm, (pfn_t)pfn)]++;
	}
}

_Static_assert(INSPECT_LRU_LISTS == NR_LRU_LISTS, "one figure a list");
_Static_assert(INSPECT_LRU_FILE == LRU_INACTIVE_FILE, "in their order");

static void zone_inspect(const struct mm *mm, const struct zone *zone,
			 struct zone_snapshot *s)
{
	snprintf(s->name, sizeof(s->name), "%s", zone->name);
	s->node = zone->node;
	s->type = zone->type;
	s->start_pfn = zone->zone_start_pfn;
	s->spanned_pages = zone->spanned_pages;
	s->present_pages = zone->present_pages;
	s->managed_pages = zone->managed_pages;
	memcpy(s->watermark, zone->watermark, sizeof(s->watermark));
	s->watermark_boost = zone->watermark_boost;
	s->nr_reserved_highatomic = zone->nr_reserved_highatomic;
	memcpy(s->lowmem_reserve, zone->lowmem_reserve,
	       sizeof(s->lowmem_reserve));
	s->nr_free_pages = zone->nr_free_pages;
	s->nr_free_pages_exact = zone_free_pages_snapshot(mm, zone);
	for (u32 order = 0; order < MAX_ORDER; order++) {
		for (u32 mt = 0; mt < MIGRATE_TYPES; mt++)
			s->nr_free[mt][order] =
				zone->free_area[order].nr_free_type[mt];
	}
	count_pageblocks(mm, zone, s->pageblocks);
	if (mm->lruvecs)
		memcpy(s->lru_pages,
		       mm->lruvecs[zone->node].zone_pages[zone->type],
		       sizeof(s->lru_pages));
	s->pageset_high = zone->pageset_high;
	s->pageset_batch = zone->pageset_batch;
}

static void pcp_inspect(const struct zone *zone, u32 cpu,
			struct pcp_snapshot *s)
{
	const struct per_cpu_pages *pcp = &zone->pcp[cpu];

	s->zone = zone->idx;
	s->cpu = cpu;
	s->count = pcp->count;
	s->high = pcp->high;
	s->batch = pcp->batch;
	s->free_factor = pcp->free_factor;
	s->expire = pcp->expire;
	s->stat_threshold = zone->pcpstat[cpu].stat_threshold;
	s->nr_free_diff = zone->pcpstat[cpu].nr_free_diff;
}

static void node_inspect_lru(const struct lruvec *vec, struct node_snapshot *s)
{
	memcpy(s->lru_pages, vec->nr_pages, sizeof(s->lru_pages));
	memcpy(s->workingset, vec->workingset, sizeof(s->workingset));
	s->workingset_nodereclaim = vec->workingset_nodereclaim;
}

static void node_inspect(const struct mm *mm, u32 nid, struct node_snapshot *s)
{
	const struct pglist_data *pgdat = &mm->nodes[nid];

	s->online = pgdat->online;
	memcpy(s->numa, mm->numa[nid], sizeof(s->numa));
	if (mm->lruvecs)
		node_inspect_lru(&mm->lruvecs[nid], s);
	else if (mm->filemap)
		s->lru_pages[INSPECT_LRU_FILE] =
			mm->filemap->nr_file_pages[nid];
	if (mm->filemap)
		s->workingset_nodes = mm->filemap->shadow_nodes[nid].nr;
	s->slab_reclaimable_pages = mm->numa_slab_reclaimable[nid];
	s->slab_unreclaimable_pages = mm->numa_slab_unreclaimable[nid];
	s->kswapd_failures = pgdat->kswapd_failures;
	s->kswapd_order = pgdat->kswapd_order;
	s->kswapd_highest_zoneidx = pgdat->kswapd_highest_zoneidx;
	s->kswapd_woken = pgdat->kswapd_woken;
	s->nr_zonerefs = pgdat->nr_zonerefs;
	for (u32 i = 0; i < pgdat->nr_zonerefs; i++)
		s->zonelist[i] = pgdat->zonelist[i].zone_idx;
}

#define SLOB_UNIT_BYTES 2u /* slob.h: units of two bytes */

static void slob_inspect(const struct mm *mm, struct slob_snapshot *s)
{
	struct slob_list_count count[NR_SLOB_LISTS];
	struct mm_gauges g;

	_Static_assert((int)NR_SLOB_LISTS == INSPECT_SLOB_LISTS, "SLOB lists");
	slob_count(mm, count);
	mm_gauge(mm, &g);
	s->is_slob = true;
	s->pages = g.slab_pages;
	for (u32 i = 0; i < NR_SLOB_LISTS; i++) {
		s->listed_pages[i] = count[i].pages;
		s->free_bytes[i] = count[i].free_units * SLOB_UNIT_BYTES;
	}
}

struct mm_snapshot *mm_inspect(const struct mm *mm)
{
	struct mm_snapshot *s = xcalloc(1, sizeof(*s));
	u32 nr_cpus = mm->conf.nr_cpus;

	s->slab_name = "none";
	s->min_free_kbytes = mm->min_free_kbytes;
	s->totalram_pages = mm->totalram_pages;
	s->nr_cpus = nr_cpus;
	s->nr_nodes = mm->conf.nr_nodes;
	s->nr_zones = mm->nr_zones;
	s->nr_pcps = mm->nr_zones * nr_cpus;
	s->zones = xcalloc(mm->nr_zones, sizeof(*s->zones));
	s->pcps = xcalloc(s->nr_pcps, sizeof(*s->pcps));
	s->nodes = xcalloc(s->nr_nodes, sizeof(*s->nodes));
	for (u32 i = 0; i < mm->nr_zones; i++) {
		zone_inspect(mm, &mm->zones[i], &s->zones[i]);
		for (u32 cpu = 0; cpu < nr_cpus; cpu++)
			pcp_inspect(&mm->zones[i], cpu,
				    &s->pcps[i * nr_cpus + cpu]);
	}
	for (u32 nid = 0; nid < s->nr_nodes; nid++)
		node_inspect(mm, nid, &s->nodes[nid]);
	memcpy(s->vm_events, mm->vm_events, sizeof(s->vm_events));
	inspect_io(mm, s);
	if (mm->conf.slab_ops)
		slab_inspect(mm, s);
	if (mm->conf.slab_ops == &slob_ops)
		slob_inspect(mm, &s->slob);
	return s;
}

void mm_snapshot_free(struct mm_snapshot *s)
{
	if (!s)
		return;
	for (u32 i = 0; i < s->nr_caches; i++) {
		free(s->caches[i].nodes);
		free(s->caches[i].cpus);
	}
	free(s->caches);
	free(s->nodes);
	free(s->pcps);
	free(s->zones);
	free(s);
}

static void gauge_reclaim(const struct mm *mm, struct mm_gauges *g)
{
	for (u32 nid = 0; nid < mm->conf.nr_nodes; nid++)
		for (u32 lru = 0; lru < NR_LRU_LISTS; lru++)
			g->lru_pages[lru] += mm->lruvecs[nid].nr_pages[lru];
	for (u32 nid = 0; nid < mm->conf.nr_nodes; nid++) {
		struct wb_node wb = writeback_node(mm, nid);

		g->dirty_pages += wb.nr_dirty;
		g->writeback_pages += wb.nr_writeback;
	}
	for (u32 i = 0; i < MIN(mm->nr_zones, GAUGE_ZONES); i++) {
		g->zone_free[i] = (u64)zone_free_pages(&mm->zones[i]);
		g->zone_boost[i] = mm->zones[i].watermark_boost;
	}
}

void mm_gauge(const struct mm *mm, struct mm_gauges *g)
{
	u64 managed = 0;

	memset(g, 0, sizeof(*g));
	if (mm->lruvecs)
		gauge_reclaim(mm, g);
	for (u32 i = 0; i < mm->nr_zones; i++) {
		const struct zone *zone = &mm->zones[i];

		managed += zone->managed_pages;
		for (u32 order = 0; order < MAX_ORDER; order++) {
			g->nr_free[order] += zone->free_area[order].nr_free;
			g->free_pages += zone->free_area[order].nr_free
					 << order;
		}
		for (u32 cpu = 0; cpu < mm->conf.nr_cpus; cpu++)
			g->pcp_pages += (u64)zone->pcp[cpu].count;
	}
	g->free_pages += g->pcp_pages;
	for (u32 nid = 0; nid < mm->conf.nr_nodes; nid++)
		g->slab_pages += mm->numa_slab_reclaimable[nid] +
				 mm->numa_slab_unreclaimable[nid];
	/* As the kernel, those counters include large kmalloc blocks. */
	g->large_pages = mm->nr_large_pages;
	g->slab_pages -= MIN(g->slab_pages, g->large_pages);
	managed -= MIN(managed, g->free_pages + g->slab_pages + g->large_pages);
	g->other_pages = managed;
}
