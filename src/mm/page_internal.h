/*
 * page_internal.h - what the files of the page allocator share; nobody else
 * includes it.
 *
 * Layers, each calling only those below: page_alloc.c (which zone, how hard),
 * pcp.c (per-CPU lists), migratetype.c (what to do when a type has run out),
 * buddy.c (blocks, splitting, merging).
 */
#ifndef MM_PAGE_INTERNAL_H
#define MM_PAGE_INTERNAL_H

#include "base/bug.h"
#include "mm/page_alloc.h"
#include "mm/page_list.h"

#define PAGEBLOCK_NR_PAGES	((u64)1 << PAGEBLOCK_ORDER)
#define MAX_ORDER_NR_PAGES	((u64)1 << (MAX_ORDER - 1))
#define PAGE_ALLOC_COSTLY_ORDER 3u
#define ALL_NODES		(~(u64)0)

/* How an attempt may go about it: ALLOC_* of Linux 6.1. */
enum alloc_flags {
	ALLOC_WMARK_MIN = WMARK_MIN,
	ALLOC_WMARK_LOW = WMARK_LOW,
	ALLOC_WMARK_HIGH = WMARK_HIGH,
	ALLOC_NO_WATERMARKS = 0x04,
	ALLOC_WMARK_MASK = 0x03,
	ALLOC_OOM = 0x08,
	ALLOC_HARDER = 0x10,
	ALLOC_HIGH = 0x20, /* == GFP_HIGH */
	ALLOC_CPUSET = 0x40,
	ALLOC_NOFRAGMENT = 0x100,
	ALLOC_KSWAPD = 0x800 /* == GFP_KSWAPD_RECLAIM */
};

struct alloc_context {
	const struct zoneref *zonelist;
	const struct zoneref *end;
	const struct zoneref *preferred; /* == end: no zone serves */
	u64 nodes;			 /* bit n: node n may serve */
	enum zone_type highest;
	enum migratetype migratetype;
	bool spread_dirty; /* nodes with too much dirty are passed by */
};

/* The first zone from @z on that the request allows; ac->end: none. */
static inline const struct zoneref *next_zones_zonelist(
	const struct zoneref *z, const struct alloc_context *ac)
{
	while (z < ac->end &&
	       (z->type > ac->highest || !(ac->nodes >> z->zone->node & 1)))
		z++;
	return z;
}

static inline enum migratetype gfp_migratetype(const struct mm *mm, gfp_t gfp)
{
	if (unlikely(mm->conf.page_group_by_mobility_disabled))
		return MIGRATE_UNMOVABLE;
	if (gfp & GFP_MOVABLE)
		return MIGRATE_MOVABLE;
	return gfp & GFP_RECLAIMABLE ? MIGRATE_RECLAIMABLE : MIGRATE_UNMOVABLE;
}

/* Counters */

/* As the kernel's: a CPU keeps its difference until it is worth folding. */
static inline void mod_zone_freepage_state(struct mm *mm, struct zone *zone,
					   s64 delta)
{
	struct per_cpu_zonestat *st = &zone->pcpstat[mm->machine->cpu];
	s64 x = st->nr_free_diff + delta;

	if (x > st->stat_threshold || -x > st->stat_threshold) {
		zone->nr_free_pages += x;
		x = 0;
	}
	st->nr_free_diff = (s32)x;
}

/* What watermark checks read; the kernel never shows it negative. */
static inline s64 zone_free_pages(const struct zone *zone)
{
	return zone->nr_free_pages > 0 ? zone->nr_free_pages : 0;
}

/* The same with every CPU's difference. */
s64 zone_free_pages_snapshot(const struct mm *mm, const struct zone *zone);

static inline u64 wmark_pages(const struct zone *zone, enum zone_watermark w)
{
	return zone->watermark[w] + zone->watermark_boost;
}

static inline bool migratetype_is_mergeable(enum migratetype mt)
{
	return mt < MIGRATE_PCPTYPES;
}

/* Pages that leave the buddy lists are looked at, 1 KiB of memmap a time. */

static inline void charge_page_check(const struct mm *mm, u32 pages)
{
	struct machine *m = mm->machine;

	m->cycles += cost_of(COST_PAGE_CHECK, pages,
			     m->cost_cycles[COST_PAGE_CHECK]);
	m->cost_count[COST_PAGE_CHECK] += pages;
}

/*
 * A struct page is touched: its line comes from the cache of the CPU that
 * touched it last, and stays.  From memory it costs nothing of its own.
 */
static inline void page_line(struct mm *mm, pfn_t pfn)
{
	u16 me = (u16)(mm->machine->cpu + 1);

	if (likely(!mm->line_cpu))
		return;
	if (mm->line_cpu[pfn] != me && mm->line_cpu[pfn])
		charge(mm->machine, COST_FOREIGN_PAGE, 1);
	mm->line_cpu[pfn] = me;
}

/* buddy.c */

void add_to_free_list(struct mm *mm, struct zone *zone, pfn_t pfn, u32 order,
		      enum migratetype mt);
void add_to_free_list_tail(struct mm *mm, struct zone *zone, pfn_t pfn,
			   u32 order, enum migratetype mt);
void del_from_free_list(struct mm *mm, struct zone *zone, pfn_t pfn, u32 order);
/** To the tail of the list of @mt: as the kernel, stolen blocks go last. */
void move_to_free_list(struct mm *mm, struct zone *zone, pfn_t pfn, u32 order,
		       enum migratetype mt);
/** Head of a free list, made explicit if it is virgin; PFN_NONE: empty. */
pfn_t free_area_head(struct mm *mm, struct zone *zone, u32 order,
		     enum migratetype mt);
pfn_t rmqueue_smallest(struct mm *mm, struct zone *zone, u32 order,
		       enum migratetype mt);
/** Gives a block back, merging; @to_tail as FPI_TO_TAIL. */
void free_one_page(struct mm *mm, struct zone *zone, pfn_t pfn, u32 order,
		   enum migratetype mt, bool to_tail);
/** memblock's last act: [start, end) of @zone becomes free, ascending. */
void free_boot_range(struct mm *mm, struct zone *zone, u64 start, u64 end,
		     bool virgin);
/** conf.shuffle_page_allocator: the free lists are put in a seeded order. */
void shuffle_zone(struct mm *mm, struct zone *zone);

/* migratetype.c */

/** One block of @order and @mt, stealing if need be; PFN_NONE: none. */
pfn_t rmqueue_locked(struct mm *mm, struct zone *zone, u32 order,
		     enum migratetype mt, u32 alloc_flags);
/** can_steal_block() - Whether @mt would take a free block of @order of
 * another type, and more with it. */
bool can_steal_block(const struct mm *mm, const struct zone *zone, u32 order,
		     enum migratetype mt);
void reserve_highatomic_pageblock(struct mm *mm, struct zone *zone, pfn_t pfn);
bool unreserve_highatomic_pageblock(struct mm *mm,
				    const struct alloc_context *ac, bool force);

/* pcp.c */

static inline bool pcp_allowed_order(const struct mm *mm, u32 order)
{
	return order <= mm->pcp_max_order ||
	       (order == PAGEBLOCK_ORDER && mm->pcp_thp);
}

static inline u32 order_to_pindex(enum migratetype mt, u32 order)
{
	return order <= PCP_MAX_ORDER ? (u32)mt + MIGRATE_PCPTYPES * order
				      : NR_LOWORDER_PCP_LISTS;
}

static inline u32 pindex_to_order(u32 pindex)
{
	return pindex < NR_LOWORDER_PCP_LISTS ? pindex / MIGRATE_PCPTYPES
					      : PAGEBLOCK_ORDER;
}

pfn_t rmqueue_pcplist(struct mm *mm, struct zone *zone, u32 order,
		      enum migratetype mt, u32 alloc_flags);
void free_unref_page(struct mm *mm, struct zone *zone, pfn_t pfn, u32 order);
/** free_page_buddy() - To the buddy lists straight. */
void free_page_buddy(struct mm *mm, struct zone *zone, pfn_t pfn, u32 order);
void drain_pages_zone(struct mm *mm, u32 cpu, struct zone *zone);
/** At most @count pages of @pcp go back, beginning with list @pindex. */
void free_pcppages_bulk(struct mm *mm, struct zone *zone, s32 count,
			struct per_cpu_pages *pcp, u32 pindex);

/* mmzone.c */

/** Nodes, zones, zonelists; -EINVAL with @e when conf makes no machine. */
int mmzone_init(struct mm *mm, struct err *e);
void mmzone_exit(struct mm *mm);
/** min_free_kbytes, watermarks, reserves, sizes of the per-CPU lists. */
void init_per_zone_wmark_min(struct mm *mm);

/** How coarsely node @nid's CPUs count, by whether its kswapd is awake. */
void set_pgdat_percpu_threshold(struct mm *mm, u32 nid, bool pressure);

bool zone_watermark_ok_flags(const struct zone *zone, u32 order, u64 mark,
			     enum zone_type highest, u32 alloc_flags,
			     s64 free_pages);

/* check.c */

/** The page half of mm_check(). */
int mm_check_pages(const struct mm *mm, struct err *e);

#endif
