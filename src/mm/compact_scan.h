/*
 * compact_scan.h - the two scanners of compaction, and the hints that they
 * leave for the next run; compaction.c decides when.
 */
#ifndef MM_COMPACT_SCAN_H
#define MM_COMPACT_SCAN_H

#include "mm/compaction.h"

static inline u64 pageblock_start_pfn(u64 pfn)
{
	return pfn & ~(PAGEBLOCK_NR_PAGES - 1);
}

/* As the kernel's: of the start of a pageblock, that pageblock's. */
static inline u64 pageblock_end_pfn(u64 pfn)
{
	return pageblock_start_pfn(pfn) + PAGEBLOCK_NR_PAGES;
}

static inline bool pageblock_aligned(u64 pfn)
{
	return !(pfn & (PAGEBLOCK_NR_PAGES - 1));
}

static inline u64 zone_end_pfn(const struct mm *mm, const struct zone *zone)
{
	return MIN(zone->zone_start_pfn + zone->spanned_pages, mm->max_pfn);
}

/* The pageblock that both have come to, or the free scanner is below. */
static inline bool compact_scanners_met(const struct compact_control *cc)
{
	return cc->free_pfn >> PAGEBLOCK_ORDER <= cc->migrate_pfn >>
	       PAGEBLOCK_ORDER;
}

/* reset_cached_positions() - The next run begins at both ends. */
void reset_cached_positions(const struct mm *mm, struct zone *zone);

/** forget_skip_hints() - __reset_isolation_suitable() of Linux, one zone. */
void forget_skip_hints(struct mm *mm, struct zone *zone);

/**
 * isolate_migratepages() - The migrate scanner goes on until it has taken
 * pages off their lists, to cc->migratepages, or is through a pageblock.
 * Return: whether there are any.
 */
bool isolate_migratepages(struct mm *mm, struct compact_control *cc);

/** isolate_freepages() - The free scanner takes as many, to cc->freepages. */
void isolate_freepages(struct mm *mm, struct compact_control *cc);

/** fast_isolate_freepages() - The same from free lists, where it pays. */
void fast_isolate_freepages(struct mm *mm, struct compact_control *cc);

/* What both kinds of search share. */

bool get_pageblock_skip(const struct mm *mm, u64 pfn);
void set_pageblock_skip(struct mm *mm, u64 pfn);
/** isolate_freepages_block() - Free blocks from @pfn on, every @stride;
 * *@pfn: how far it came.  Return: pages. */
u64 isolate_freepages_block(struct mm *mm, struct compact_control *cc, u64 *pfn,
			    u64 end, u32 stride);
/** isolate_free_page() - One free block goes to cc->freepages, in pages.
 * Return: whether the min watermark let it. */
bool isolate_free_page(struct mm *mm, struct compact_control *cc, u64 pfn,
		       u32 order);

#endif
