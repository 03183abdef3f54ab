/*
 * mmzone.c - nodes, zones, zonelists; watermarks and the sizes that follow.
 *
 * What it is
 *	The static picture of a machine's memory: built once from mm_conf, and
 *	the figures that the kernel computes from it.
 *
 * How it works
 *	min_free_kbytes = 4 x sqrt(low memory in KiB), shared among the zones
 *	by size.  Above min there are low and high:
 *
 *	  0 ──────── min ──────── low ──────── high ────────────► free pages
 *	    reserves      direct       kswapd        kswapd
 *	    only          reclaim      is woken      sleeps again
 *
 *	Each node has a zonelist: its own zones from the highest type down,
 *	then those of the other nodes, the nearest first.
 *
 * Lock order
 *	None: runs before there is anybody else.
 *
 * Invariants
 *	A zonelist names every populated zone once (mm_check_pages()).
 *
 * What is charged
 *	Nothing.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1; min_free_kbytes is limited to 64 MiB before 5.8.  No memory
 *	hotplug, so watermarks are computed once.
 */
#include "mm/page_internal.h"

#include "base/xmalloc.h"

#include <errno.h>
#include <stdlib.h>

#define PFN_LIMIT    ((u64)1 << 32) /* pfn_t */
#define NODE_PENALTY 1u		    /* PENALTY_FOR_NODE_WITH_CPUS */

static const char *const zone_names[MAX_NR_ZONES] = {
	"DMA", "DMA32", "Normal", "HighMem", "Movable",
};

/* Zones and nodes */

static int range_check(const struct mm_conf *conf, u32 i, struct err *e)
{
	const struct mm_range *r = &conf->ranges[i];

	if (r->nid >= conf->nr_nodes || r->zone >= MAX_NR_ZONES)
		return err_set(e, -EINVAL,
			       "memory range %u: no such node or zone", i);
	if (r->start_pfn == 0 || r->start_pfn >= r->end_pfn ||
	    r->end_pfn >= PFN_LIMIT)
		return err_set(e, -EINVAL,
			       "memory range %u: page frames %llu to %llu are "
			       "no range; they go from 1 to 2^32 - 1",
			       i, (unsigned long long)r->start_pfn,
			       (unsigned long long)r->end_pfn);
	if (r->start_pfn != 1 && r->start_pfn % MAX_ORDER_NR_PAGES)
		return err_set(e, -EINVAL,
			       "memory range %u: starts at page frame %llu, "
			       "not at a multiple of %llu",
			       i, (unsigned long long)r->start_pfn,
			       (unsigned long long)MAX_ORDER_NR_PAGES);
	if (r->reserved_pages > r->end_pfn - r->start_pfn ||
	    r->absent_pages > r->reserved_pages)
		return err_set(e, -EINVAL,
			       "memory range %u: more reserved than there is",
			       i);
	for (u32 j = 0; j < i; j++) {
		const struct mm_range *o = &conf->ranges[j];

		if (r->start_pfn < ALIGN_UP(o->end_pfn, MAX_ORDER_NR_PAGES) &&
		    o->start_pfn < ALIGN_UP(r->end_pfn, MAX_ORDER_NR_PAGES))
			return err_set(e, -EINVAL,
				       "memory ranges %u and %u overlap", j, i);
	}
	return 0;
}

static int conf_check(const struct mm_conf *conf, struct err *e)
{
	if (conf->nr_cpus == 0 || conf->nr_cpus > MM_CPUS_MAX)
		return err_set(e, -EINVAL, "%u CPUs; 1 to %d are possible",
			       conf->nr_cpus, MM_CPUS_MAX);
	if (conf->nr_nodes == 0 || conf->nr_nodes > MM_NODES_MAX)
		return err_set(e, -EINVAL, "%u nodes; 1 to %d are possible",
			       conf->nr_nodes, MM_NODES_MAX);
	if (conf->nr_ranges == 0 || conf->nr_ranges > MM_RANGES_MAX)
		return err_set(e, -EINVAL,
			       "%u memory ranges; 1 to %d are possible",
			       conf->nr_ranges, MM_RANGES_MAX);
	for (u32 cpu = 0; cpu < conf->nr_cpus; cpu++) {
		if (conf->cpu_to_node[cpu] >= conf->nr_nodes)
			return err_set(e, -EINVAL,
				       "cpu %u is on node %u, which is none",
				       cpu, conf->cpu_to_node[cpu]);
	}
	for (u32 i = 0; i < conf->nr_ranges; i++) {
		int rc = range_check(conf, i, e);

		if (rc)
			return rc;
	}
	return 0;
}

static void zone_init(struct mm *mm, u32 nid, enum zone_type type)
{
	const struct mm_conf *conf = &mm->conf;
	struct zone *zone = &mm->zones[mm->nr_zones];
	u64 start = PFN_LIMIT, end = 0;

	for (u32 i = 0; i < conf->nr_ranges; i++) {
		const struct mm_range *r = &conf->ranges[i];

		if (r->nid != nid || r->zone != type)
			continue;
		start = MIN(start, r->start_pfn);
		end = MAX(end, MAX(r->end_pfn, r->span_end_pfn));
		zone->present_pages +=
			r->end_pfn - r->start_pfn - r->absent_pages;
		zone->managed_pages +=
			r->end_pfn - r->start_pfn - r->reserved_pages;
	}
	if (end == 0)
		return;
	zone->idx = mm->nr_zones++;
	zone->node = nid;
	zone->type = type;
	zone->name = zone_names[type];
	zone->zone_start_pfn = start;
	zone->spanned_pages = end - start;
	zone->pcp = xcalloc(conf->nr_cpus, sizeof(*zone->pcp));
	zone->pcpstat = xcalloc(conf->nr_cpus, sizeof(*zone->pcpstat));
	mm->nodes[nid].zones[type] = zone;
	mm->nodes[nid].present_pages += zone->present_pages;
	mm->nodes[nid].has_memory = true;
	mm->totalram_pages += zone->managed_pages;
	if (type == ZONE_DMA32)
		mm->has_dma32 = true;
}

static void node_init(struct mm *mm, u32 nid)
{
	struct pglist_data *pgdat = &mm->nodes[nid];
	u64 start = PFN_LIMIT, end = 0;

	pgdat->node_id = nid;
	pgdat->online = true;
	pgdat->kswapd_highest_zoneidx = MAX_NR_ZONES;
	for (u32 cpu = 0; cpu < mm->conf.nr_cpus; cpu++)
		pgdat->nr_cpus += mm->conf.cpu_to_node[cpu] == nid;
	for (u32 type = 0; type < MAX_NR_ZONES; type++) {
		const struct zone *zone;

		zone_init(mm, nid, (enum zone_type)type);
		zone = pgdat->zones[type];
		if (!zone)
			continue;
		start = MIN(start, zone->zone_start_pfn);
		end = MAX(end, zone->zone_start_pfn + zone->spanned_pages);
	}
	pgdat->spanned_pages = end ? end - start : 0;
}

/* Zonelists */

static u32 add_node_zones(const struct mm *mm, struct zoneref *refs, u32 nr,
			  u32 nid)
{
	const struct pglist_data *pgdat = &mm->nodes[nid];

	for (u32 type = MAX_NR_ZONES; type-- > 0;) {
		struct zone *zone = pgdat->zones[type];

		if (!zone)
			continue;
		refs[nr].zone = zone;
		refs[nr].zone_idx = zone->idx;
		refs[nr].type = zone->type;
		nr++;
	}
	return nr;
}

/*
 * The nearest node not used yet: a tie goes to the next node upwards, then to
 * one without CPUs, then to the one that fewer nodes fall back to first.
 */
static int find_next_best_node(const struct mm *mm, u32 node, u64 *used,
			       const u32 *load)
{
	u32 min_val = ~0u;
	int best = -1;

	if (!(*used >> node & 1)) {
		*used |= (u64)1 << node;
		return (int)node;
	}
	for (u32 n = 0; n < mm->conf.nr_nodes; n++) {
		u32 val;

		if (!mm->nodes[n].has_memory || (*used >> n & 1))
			continue;
		val = mm->conf.distance[node][n];
		val += n < node;
		if (mm->nodes[n].nr_cpus)
			val += NODE_PENALTY;
		val = val * MM_NODES_MAX + load[n];
		if (val < min_val) {
			min_val = val;
			best = (int)n;
		}
	}
	if (best >= 0)
		*used |= (u64)1 << best;
	return best;
}

static void build_zonelists(struct mm *mm, u32 nid, u32 *load)
{
	struct pglist_data *pgdat = &mm->nodes[nid];
	const u8 *distance = mm->conf.distance[nid];
	const bool old = mm->conf.profile < PROFILE_LINUX_6_1;
	u32 level = mm->nr_online_nodes;
	u32 prev = nid;
	u64 used = 0;
	int node;

	pgdat->zonelist = xcalloc(mm->nr_zones, sizeof(struct zoneref));
	pgdat->zonelist_thisnode =
		xcalloc(MAX_NR_ZONES, sizeof(struct zoneref));
	while ((node = find_next_best_node(mm, nid, &used, load)) >= 0) {
		/* As the kernel: only the first of a group of equals. */
		if (distance[node] != distance[prev])
			load[node] = old ? level : load[node] + 1;
		level--; /* up to 5.15 the later groups counted less */
		pgdat->nr_zonerefs = add_node_zones(
			mm, pgdat->zonelist, pgdat->nr_zonerefs, (u32)node);
		prev = (u32)node;
	}
	pgdat->nr_zonerefs_thisnode =
		add_node_zones(mm, pgdat->zonelist_thisnode, 0, nid);
}

/* gfp_zone(): the highest zone that the zone bits of a request allow. */
static void gfp_zone_init(struct mm *mm)
{
	bool highmem = false, movable = false, dma = false;

	for (u32 i = 0; i < mm->nr_zones; i++) {
		highmem |= mm->zones[i].type == ZONE_HIGHMEM;
		movable |= mm->zones[i].type == ZONE_MOVABLE;
		dma |= mm->zones[i].type == ZONE_DMA;
	}
	for (u32 bits = 0; bits < ARRAY_SIZE(mm->gfp_zone); bits++) {
		enum zone_type type = ZONE_NORMAL;

		if (bits & GFP_DMA)
			type = dma ? ZONE_DMA : ZONE_NORMAL;
		else if (bits & GFP_DMA32)
			type = mm->has_dma32 ? ZONE_DMA32 : ZONE_NORMAL;
		else if ((bits & GFP_HIGHMEM) && (bits & GFP_MOVABLE))
			type = movable	 ? ZONE_MOVABLE
			       : highmem ? ZONE_HIGHMEM
					 : ZONE_MOVABLE;
		else if ((bits & GFP_HIGHMEM) && highmem)
			type = ZONE_HIGHMEM;
		mm->gfp_zone[bits] = (u8)type;
	}
}

/* The memory map */

static size_t memmap_bytes(u64 blocks)
{
	return (size_t)(blocks * MAX_ORDER_NR_PAGES) * sizeof(struct page);
}

static size_t line_cpu_bytes(u64 blocks)
{
	return (size_t)(blocks * MAX_ORDER_NR_PAGES) * sizeof(u16);
}

static int memmap_init(struct mm *mm, struct err *e)
{
	bool priced = mm->machine->cost_cycles[COST_FOREIGN_PAGE];
	u64 max_pfn = 0, blocks;

	for (u32 i = 0; i < mm->conf.nr_ranges; i++)
		max_pfn = MAX(max_pfn, mm->conf.ranges[i].end_pfn);
	mm->max_pfn = max_pfn;
	/* Whole blocks, so that a buddy is always inside. */
	blocks = DIV_ROUND_UP(max_pfn, MAX_ORDER_NR_PAGES);
	mm->memmap = xmap_lazy(memmap_bytes(blocks));
	if (priced)
		mm->line_cpu = xmap_lazy(line_cpu_bytes(blocks));
	if (!mm->memmap || (priced && !mm->line_cpu))
		return err_set(e, -ENOMEM,
			       "no address space for the map of %llu pages; "
			       "raise 'ulimit -v'",
			       (unsigned long long)max_pfn);
	mm->zone_of_block = xcalloc((size_t)blocks, 1);
	mm->pageblock_flags = xcalloc(
		(size_t)(blocks * (MAX_ORDER_NR_PAGES / PAGEBLOCK_NR_PAGES)),
		1);
	return 0;
}

/* The range whose blocks stay virgin: the largest of each zone. */
static bool is_largest_range(const struct mm_conf *conf, u32 i)
{
	const struct mm_range *r = &conf->ranges[i];
	u64 size = r->end_pfn - r->start_pfn;

	for (u32 j = 0; j < conf->nr_ranges; j++) {
		const struct mm_range *o = &conf->ranges[j];

		if (j == i || o->nid != r->nid || o->zone != r->zone)
			continue;
		if (o->end_pfn - o->start_pfn > size ||
		    (o->end_pfn - o->start_pfn == size && j < i))
			return false;
	}
	return true;
}

/* Ranges come in any order; memory is freed in ascending order. */
static u32 next_range(const struct mm_conf *conf, u64 from)
{
	u32 best = MM_RANGES_MAX;

	for (u32 i = 0; i < conf->nr_ranges; i++) {
		if (conf->ranges[i].start_pfn >= from &&
		    (best == MM_RANGES_MAX ||
		     conf->ranges[i].start_pfn < conf->ranges[best].start_pfn))
			best = i;
	}
	return best;
}

static void reserve_pages(struct mm *mm, u64 start, u64 end)
{
	/* First and last suffice: nothing walks into the middle. */
	for (u64 pfn = start; pfn < end; pfn = ALIGN_UP(pfn + 1, 1024))
		pfn_to_page(mm, (pfn_t)pfn)->state = PAGE_RESERVED;
}

static void memblock_free_all(struct mm *mm)
{
	const struct mm_conf *conf = &mm->conf;
	u64 from = 0;
	u32 i;

	while ((i = next_range(conf, from)) < conf->nr_ranges) {
		const struct mm_range *r = &conf->ranges[i];
		struct zone *zone = mm->nodes[r->nid].zones[r->zone];
		u64 block = r->start_pfn / MAX_ORDER_NR_PAGES;
		u64 last = (r->end_pfn - 1) / MAX_ORDER_NR_PAGES;

		for (; block <= last; block++)
			mm->zone_of_block[block] = (u8)zone->idx;
		reserve_pages(mm, r->start_pfn,
			      r->start_pfn + r->reserved_pages);
		free_boot_range(mm, zone, r->start_pfn + r->reserved_pages,
				r->end_pfn, is_largest_range(conf, i));
		from = r->start_pfn + 1;
	}
}

int mmzone_init(struct mm *mm, struct err *e)
{
	u32 load[MM_NODES_MAX] = {0};
	int rc = conf_check(&mm->conf, e);

	if (rc == 0)
		rc = memmap_init(mm, e);
	if (rc)
		return rc;
	mm->zones = xcalloc((size_t)mm->conf.nr_nodes * MAX_NR_ZONES,
			    sizeof(*mm->zones));
	mm->nr_online_nodes = mm->conf.nr_nodes;
	/* Up to 5.12 single pages only. */
	mm->highatomic_reserve_off = mm->conf.profile < PROFILE_LINUX_5_3;
	if (mm->conf.profile >= PROFILE_LINUX_6_1) {
		mm->pcp_max_order = PCP_MAX_ORDER;
		mm->pcp_thp = mm->conf.thp;
	}
	for (u32 nid = 0; nid < mm->conf.nr_nodes; nid++)
		node_init(mm, nid);
	if (mm->nr_zones > 255)
		return err_set(e, -EINVAL, "%u zones; 255 are possible",
			       mm->nr_zones);
	for (u32 nid = 0; nid < mm->conf.nr_nodes; nid++)
		build_zonelists(mm, nid, load);
	gfp_zone_init(mm);
	memblock_free_all(mm);
	init_per_zone_wmark_min(mm);
	if (mm->conf.shuffle_page_allocator) {
		for (u32 i = 0; i < mm->nr_zones; i++)
			shuffle_zone(mm, &mm->zones[i]);
	}
	return 0;
}

void mmzone_exit(struct mm *mm)
{
	u64 blocks = DIV_ROUND_UP(mm->max_pfn, MAX_ORDER_NR_PAGES);

	for (u32 i = 0; i < mm->nr_zones; i++) {
		free(mm->zones[i].pcp);
		free(mm->zones[i].pcpstat);
	}
	for (u32 nid = 0; nid < mm->conf.nr_nodes; nid++) {
		free(mm->nodes[nid].zonelist);
		free(mm->nodes[nid].zonelist_thisnode);
	}
	free(mm->zones);
	free(mm->pageblock_flags);
	free(mm->zone_of_block);
	if (mm->memmap)
		xunmap(mm->memmap, memmap_bytes(blocks));
	if (mm->line_cpu)
		xunmap(mm->line_cpu, line_cpu_bytes(blocks));
}
