/*
 * dirty_limits.c - how much memory may be dirty.
 *
 * What it is
 *	The thresholds of vm.dirty_ratio and its like, in pages, for the
 *	machine and for a node.
 *
 * How it works
 *	Dirtyable is what is free beyond the reserves, and what files have.
 *
 *	0 ─────── background ──────── freerun ──────── threshold
 *	  nobody      flusher writes     writers pause     they stop
 *
 * Lock order
 *	None.
 *
 * Invariants
 *	bg_thresh < thresh unless both are 0; freerun is halfway between.
 *
 * What is charged
 *	Nothing.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1's domain_dirty_limits() and node_dirty_limit().  Before 3.14
 *	anonymous memory counted as dirtyable while there was swap; 2.6 took
 *	its share from all pages, at most half of what no task has mapped
 *	(here: is not anonymous).  Real-time tasks' quarter more, laptop mode
 *	and vm.highmem_is_dirtyable are left out.
 */
#include "mm/page_internal.h"
#include "mm/swap.h"
#include "mm/writeback_priv.h"

/* What the allocator keeps back in @zone: the largest reserve against other
 * zones' requests, and the high watermark. */
static u64 zone_reserve(const struct zone *zone)
{
	u64 most = 0;

	for (u32 type = zone->type; type < MAX_NR_ZONES; type++)
		most = MAX(most, zone->lowmem_reserve[type]);
	return MIN(most + zone->watermark[WMARK_HIGH], zone->managed_pages);
}

static u64 node_free(const struct mm *mm, u32 nid, u64 *reserve)
{
	u64 free_pages = 0;

	for (u32 type = 0; type < MAX_NR_ZONES; type++) {
		const struct zone *zone = mm->nodes[nid].zones[type];

		if (!zone || !zone->managed_pages)
			continue;
		free_pages += (u64)zone_free_pages(zone);
		*reserve += zone_reserve(zone);
	}
	return free_pages;
}

/* Without LRU lists all pages of files are as good. */
static u64 node_file(const struct mm *mm, u32 nid)
{
	if (mm->lruvecs)
		return mm->lruvecs[nid].nr_pages[LRU_INACTIVE_FILE] +
		       mm->lruvecs[nid].nr_pages[LRU_ACTIVE_FILE];
	return mm->filemap ? mm->filemap->nr_file_pages[nid] : 0;
}

static u64 node_anon(const struct mm *mm, u32 nid)
{
	if (!mm->lruvecs)
		return 0;
	return mm->lruvecs[nid].nr_pages[LRU_INACTIVE_ANON] +
	       mm->lruvecs[nid].nr_pages[LRU_ACTIVE_ANON];
}

u64 node_dirtyable_memory(const struct mm *mm, u32 nid)
{
	u64 reserve = 0;
	u64 pages = node_free(mm, nid, &reserve);

	return pages - MIN(pages, reserve) + node_file(mm, nid);
}

/* High memory is not for dirty pages: the kernel's own must fit besides. */
static u64 highmem_dirtyable(const struct mm *mm, u64 total)
{
	u64 pages = 0;

	for (u32 i = 0; i < mm->nr_zones; i++) {
		const struct zone *zone = &mm->zones[i];
		u64 in_zone;

		if (zone->type != ZONE_HIGHMEM || !zone->managed_pages)
			continue;
		in_zone = (u64)zone_free_pages(zone);
		in_zone -= MIN(in_zone, wmark_pages(zone, WMARK_HIGH));
		if (mm->lruvecs) {
			const u64 *lru = mm->lruvecs[zone->node]
						 .zone_pages[ZONE_HIGHMEM];

			in_zone +=
				lru[LRU_INACTIVE_FILE] + lru[LRU_ACTIVE_FILE];
		}
		pages += in_zone;
	}
	return MIN(pages, total);
}

static u64 global_dirtyable_memory(const struct mm *mm)
{
	u64 pages = 0, reserve = 0, files = 0, anon = 0;

	for (u32 nid = 0; nid < mm->conf.nr_nodes; nid++) {
		pages += node_free(mm, nid, &reserve);
		files += node_file(mm, nid);
		anon += node_anon(mm, nid);
	}
	pages -= MIN(pages, reserve);
	pages += files;
	if (mm->conf.profile < PROFILE_LINUX_5_3 && swap_nr_free(mm))
		pages += anon;
	pages -= highmem_dirtyable(mm, pages);
	return pages + 1; /* never 0 */
}

static u32 dirty_ratio(const struct mm *mm)
{
	if (mm->conf.dirty_ratio != DIRTY_RATIO_AUTO)
		return mm->conf.dirty_ratio;
	return mm->conf.profile == PROFILE_LINUX_2_6 ? 40 : 20;
}

/* A share of @available in pages; as the kernel, a per cent is first turned
 * into whole 4096ths. */
static u64 share(u64 bytes, u32 percent, u64 available)
{
	if (bytes)
		return DIV_ROUND_UP(bytes, MM_PAGE_SIZE);
	return percent * MM_PAGE_SIZE / 100 * available / MM_PAGE_SIZE;
}

/* get_dirty_limits() of 2.6: of all pages, and not more than half of those
 * that are not mapped. */
static void old_limits(const struct mm *mm, struct dirty_limits *l)
{
	u64 total = 0, anon = 0, unmapped, ratio;

	for (u32 i = 0; i < mm->nr_zones; i++)
		total += mm->zones[i].managed_pages -
			 MIN(mm->zones[i].managed_pages,
			     mm->zones[i].watermark[WMARK_HIGH]);
	for (u32 nid = 0; nid < mm->conf.nr_nodes; nid++)
		anon += node_anon(mm, nid);
	total = MAX(total, (u64)1);
	unmapped = 100 - MIN(anon * 100 / total, (u64)100);
	ratio = MAX(MIN((u64)dirty_ratio(mm), unmapped / 2), (u64)5);
	l->available = total;
	l->thresh = ratio * total / 100;
	l->bg_thresh = mm->conf.dirty_background_ratio * total / 100;
	if (mm->conf.dirty_background_ratio >= ratio)
		l->bg_thresh = ratio / 2 * total / 100;
}

void global_dirty_limits(const struct mm *mm, struct dirty_limits *l)
{
	const struct mm_conf *c = &mm->conf;

	if (c->profile == PROFILE_LINUX_2_6) {
		old_limits(mm, l);
	} else {
		l->available = global_dirtyable_memory(mm);
		l->thresh =
			share(c->dirty_bytes, dirty_ratio(mm), l->available);
		l->bg_thresh = share(c->dirty_background_bytes,
				     c->dirty_background_ratio, l->available);
		if (l->bg_thresh >= l->thresh)
			l->bg_thresh = l->thresh / 2;
	}
	l->freerun = (l->thresh + l->bg_thresh) / 2;
}

bool node_dirty_ok(const struct mm *mm, u32 nid)
{
	const struct mm_conf *c = &mm->conf;
	u64 memory, limit;

	if (!mm->wb || c->profile == PROFILE_LINUX_2_6)
		return true;
	memory = node_dirtyable_memory(mm, nid);
	if (c->dirty_bytes)
		limit = DIV_ROUND_UP(c->dirty_bytes, MM_PAGE_SIZE) * memory /
			global_dirtyable_memory(mm);
	else
		limit = dirty_ratio(mm) * memory / 100;
	return mm->wb->nodes[nid].nr_dirty + mm->wb->nodes[nid].nr_writeback <=
	       limit;
}
