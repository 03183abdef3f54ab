/*
 * inspect_map.c - what memory is used for, from its first page to its last.
 *
 * What it is
 *	The picture behind the memory map chart: the memory of each node in
 *	equal parts, and for each what most of it is, in pageblocks of which
 *	migrate type.
 *
 * How it works
 *	The ranges of a node stand one behind the other, without the holes
 *	between them; all nodes have as many parts.  Of each part MAP_PROBES pages are looked at, evenly
 *	spread, so that a map costs the same on any machine.  What a page is
 *	says the first page of its block: the smallest aligned block around it
 *	whose first page tells that it is so large.
 *
 * Lock order
 *	None: nothing is changed.
 *
 * Invariants
 *	Each part has one of enum map_state.
 *
 * What is charged
 *	Nothing: no allocator looks here.
 *
 * What is left out, and which kernel this follows
 *	Ours.  What lies between the probes is not seen.
 */
#include "mm/inspect.h"

#include "base/bug.h"
#include "mm/lru.h"
#include "mm/mm.h"
#include "mm/page_alloc.h"

#define MAP_PROBES 16u

const char *const map_state_names[NR_MAP_STATES] = {
	"free", "anonymous", "file", "slab", "other", "reserved", "dirty",
};

const char *const map_type_names[MIGRATE_TYPES] = {
	"unmovable",
	"movable",
	"reclaimable",
	"highatomic",
};

static enum map_state state_of(const struct page *page)
{
	if (page->state == PAGE_SLAB || page->state == PAGE_SLOB)
		return MAP_SLAB;
	if (page->state == PAGE_RESERVED)
		return MAP_RESERVED;
	if (page->state != PAGE_ALLOCATED)
		return MAP_FREE;
	if (!(page->flags & PG_ON_LRU))
		return MAP_OTHER;
	if (page_lru(page) <= LRU_ACTIVE_ANON)
		return MAP_ANON;
	return page_lru_flag(page, LRU_DIRTY | LRU_WRITEBACK) ? MAP_DIRTY
							      : MAP_FILE;
}

static enum map_state page_use(const struct mm *mm, u64 pfn)
{
	const struct zone *zone;

	for (u32 order = 0; order < MAX_ORDER; order++) {
		const struct page *page = pfn_to_page(
			mm, (pfn_t)(pfn & ~(((u64)1 << order) - 1)));

		if (page->state == PAGE_UNTOUCHED)
			continue;
		/* Pages of a slab are marked one by one. */
		if (!order || page->order >= order)
			return state_of(page);
	}
	/* Never touched: free, or what a loaded state has in use. */
	zone = pfn_zone(mm, (pfn_t)pfn);
	return pfn >= zone->virgin_pfn && pfn < zone->virgin_end_pfn
		       ? MAP_FREE
		       : MAP_OTHER;
}

/* What is at the page @at of all ranges of @nid together. */
static enum map_state use_at(const struct mm *mm, u32 nid, u64 at, u64 *pfn)
{
	for (u32 i = 0; i < mm->conf.nr_ranges; i++) {
		const struct mm_range *r = &mm->conf.ranges[i];
		u64 pages = r->end_pfn - r->start_pfn;

		if (r->nid != nid)
			continue;
		if (at < pages) {
			*pfn = r->start_pfn + at;
			return at < r->reserved_pages ? MAP_RESERVED
						      : page_use(mm, *pfn);
		}
		at -= pages;
	}
	BUG();
}

static u64 node_span(const struct mm *mm, u32 nid)
{
	u64 pages = 0;

	for (u32 i = 0; i < mm->conf.nr_ranges; i++)
		if (mm->conf.ranges[i].nid == nid)
			pages += mm->conf.ranges[i].end_pfn -
				 mm->conf.ranges[i].start_pfn;
	return pages;
}

static u32 most(const u32 *count, u32 nr)
{
	u32 best = 0;

	for (u32 i = 1; i < nr; i++)
		if (count[i] > count[best])
			best = i;
	return best;
}

/* What most of the part is, and of which type most of that. */
static void look_at_part(const struct mm *mm, struct map_part *part, u64 from,
			 u64 pages)
{
	u32 uses[NR_MAP_STATES] = {0};
	u32 types[NR_MAP_STATES][MIGRATE_TYPES] = {{0}};

	for (u32 p = 0; p < MAP_PROBES; p++) {
		u64 pfn, at = from + pages * p / MAP_PROBES;
		enum map_state use = use_at(mm, part->node, at, &pfn);

		uses[use]++;
		types[use][get_pageblock_migratetype(mm, (pfn_t)pfn)]++;
	}
	part->use = (u8)most(uses, NR_MAP_STATES);
	part->migratetype = (u8)most(types[part->use], MIGRATE_TYPES);
}

/* The parts alone.  Return: how many there are. */
static u32 lay_out(const struct mm *mm, struct map_part map[GAUGE_MAP_PARTS])
{
	u64 spans[MM_NODES_MAX];
	u32 nr_nodes = 0, nr = 0, each;

	for (u32 nid = 0; nid < mm->conf.nr_nodes; nid++) {
		spans[nid] = node_span(mm, nid);
		nr_nodes += spans[nid] > 0;
	}
	each = GAUGE_MAP_PARTS / MAX(nr_nodes, 1u);
	for (u32 nid = 0; nid < mm->conf.nr_nodes; nid++)
		for (u32 i = 0; spans[nid] && i < each; i++)
			map[nr++] = (struct map_part){
				.node = (u8)nid,
				.from_page = (u32)(spans[nid] * i / each)};
	return nr;
}

u32 mm_gauge_map(const struct mm *mm, struct map_part map[GAUGE_MAP_PARTS])
{
	u32 nr = lay_out(mm, map);

	for (u32 i = 0; i < nr; i++) {
		bool last = i + 1 == nr || map[i + 1].node != map[i].node;
		u64 end = last ? node_span(mm, map[i].node)
			       : map[i + 1].from_page;

		look_at_part(mm, &map[i], map[i].from_page,
			     end - map[i].from_page);
	}
	return nr;
}
