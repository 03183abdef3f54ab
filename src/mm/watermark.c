/*
 * watermark.c - min_free_kbytes, watermarks, lowmem reserves, sizes of the
 * per-CPU lists: how much of each zone is kept back, and the checks of it.
 *
 * What it is
 *	The arithmetic of mm/page_alloc.c and mm/vmstat.c of Linux, integer
 *	for integer.  Every figure here is in `zoneinfo`.
 *
 * How it works
 *	See the drawing in mmzone.c.  A check passes when the free pages,
 *	less what the request may not have, are above
 *	mark (+ boost) + lowmem_reserve[highest zone the request allows].
 *
 * Lock order
 *	None.
 *
 * Invariants
 *	min <= low <= high <= promo; pcp high >= 4 x batch.
 *
 * What is charged
 *	Nothing.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1, with the limits of older profiles.
 */
#include "mm/page_internal.h"

#define SWAP_CLUSTER_MAX   32
#define STAT_THRESHOLD_MAX 125

static u64 int_sqrt(u64 x)
{
	u64 root = 0, bit = (u64)1 << 62;

	while (bit > x)
		bit >>= 2;
	for (; bit; bit >>= 2) {
		if (x >= root + bit) {
			x -= root + bit;
			root = (root >> 1) + bit;
		} else {
			root >>= 1;
		}
	}
	return root;
}

static u64 mult_frac(u64 x, u64 n, u64 d)
{
	return x / d * n + x % d * n / d;
}

static u32 fls(u64 x)
{
	return x ? 64u - (u32)__builtin_clzll(x) : 0;
}

static bool zone_is_lowmem(const struct zone *zone)
{
	return zone->type != ZONE_HIGHMEM && zone->type != ZONE_MOVABLE;
}

/* Pages above the high watermark in all zones that kernel data can use. */
static u64 nr_free_buffer_pages(const struct mm *mm)
{
	u64 sum = 0;

	for (u32 i = 0; i < mm->nr_zones; i++) {
		const struct zone *zone = &mm->zones[i];
		u64 high = wmark_pages(zone, WMARK_HIGH);

		if (zone_is_lowmem(zone) && zone->managed_pages > high)
			sum += zone->managed_pages - high;
	}
	return sum;
}

static u64 calculate_min_free_kbytes(const struct mm *mm)
{
	u64 most = mm->conf.profile >= PROFILE_LINUX_6_1 ? 262144 : 65536;
	u64 kbytes =
		int_sqrt(nr_free_buffer_pages(mm) * (MM_PAGE_SIZE >> 10) * 16);

	return CLAMP(kbytes, 128, most);
}

/* What khugepaged wants free, in KiB, so that huge pages can be made. */
static u64 recommended_min_free_kbytes(const struct mm *mm)
{
	u64 nr_zones = 0, pages;

	for (u32 i = 0; i < mm->nr_zones; i++) {
		if (zone_is_lowmem(&mm->zones[i]))
			nr_zones++;
	}
	pages = PAGEBLOCK_NR_PAGES * nr_zones * 2;
	pages += PAGEBLOCK_NR_PAGES * nr_zones * MIGRATE_PCPTYPES *
		 MIGRATE_PCPTYPES;
	pages = MIN(pages, nr_free_buffer_pages(mm) / 20);
	return pages << (PAGE_SHIFT - 10);
}

static void setup_zone_wmarks(const struct mm *mm, struct zone *zone,
			      u64 pages_min, u64 lowmem_pages)
{
	u64 share = lowmem_pages
			    ? pages_min * zone->managed_pages / lowmem_pages
			    : 0;
	u64 gap = zone->managed_pages;

	zone->watermark[WMARK_MIN] = share;
	if (!zone_is_lowmem(zone))
		zone->watermark[WMARK_MIN] =
			CLAMP(zone->managed_pages / 1024, (u64)SWAP_CLUSTER_MAX,
			      (u64)128);
	if (mm->conf.profile == PROFILE_LINUX_2_6 ||
	    mm->conf.profile == PROFILE_LINUX_3_8)
		gap = share >> 2; /* watermark_scale_factor came with 4.6 */
	else
		gap = MAX(
			share >> 2,
			mult_frac(gap, mm->conf.watermark_scale_factor, 10000));
	zone->watermark_boost = 0;
	zone->watermark[WMARK_LOW] = zone->watermark[WMARK_MIN] + gap;
	zone->watermark[WMARK_HIGH] = zone->watermark[WMARK_LOW] + gap;
	zone->watermark[WMARK_PROMO] = zone->watermark[WMARK_HIGH] + gap;
}

/* Sizes of the per-CPU lists */

static u64 rounddown_pow_of_two(u64 x)
{
	return (u64)1 << (fls(x) - 1);
}

static s32 zone_batchsize(const struct mm *mm, const struct zone *zone)
{
	u64 most = ((u64)1 << 20) / MM_PAGE_SIZE;
	u64 batch;

	if (mm->conf.profile <= PROFILE_LINUX_3_8)
		most = ((u64)512 << 10) / MM_PAGE_SIZE;
	batch = MIN(zone->managed_pages >> 10, most) / 4;
	batch = MAX(batch, (u64)1);
	batch = rounddown_pow_of_two(batch + batch / 2) - 1;
	return (s32)MAX(batch, (u64)1);
}

static s32 zone_highsize(const struct mm *mm, const struct zone *zone,
			 s32 batch)
{
	u32 fraction = mm->conf.percpu_pagelist_high_fraction;
	u64 total = wmark_pages(zone, WMARK_LOW);
	u32 cpus = mm->nodes[zone->node].nr_cpus;

	/* Before 5.13 nothing but the batch mattered. */
	if (mm->conf.profile < PROFILE_LINUX_6_1 && !fraction)
		return batch * 6;
	if (fraction)
		total = zone->managed_pages / fraction;
	if (!cpus)
		cpus = mm->conf.nr_cpus;
	total /= cpus;
	total = MIN(total, (u64)1 << 30);
	return MAX((s32)total, batch * 4);
}

static void zone_set_pageset(const struct mm *mm, struct zone *zone)
{
	s32 batch = zone_batchsize(mm, zone);
	s32 high = zone_highsize(mm, zone, batch);

	zone->pageset_batch = batch;
	zone->pageset_high = high;
	for (u32 cpu = 0; cpu < mm->conf.nr_cpus; cpu++) {
		zone->pcp[cpu].batch = batch;
		zone->pcp[cpu].high = high;
	}
}

/* How far a CPU's count may be off before it is folded, in quiet times. */
static u32 calculate_normal_threshold(const struct mm *mm,
				      const struct zone *zone)
{
	u64 mem = zone->managed_pages >> (27 - PAGE_SHIFT);
	u32 threshold = 2 * fls(mm->conf.nr_cpus) * (1 + fls(mem));

	return MIN(threshold, (u32)STAT_THRESHOLD_MAX);
}

/* While kswapd is awake: so that all CPUs together stay above min. */
static u32 calculate_pressure_threshold(const struct mm *mm,
					const struct zone *zone)
{
	u64 distance = zone->watermark[WMARK_LOW] - zone->watermark[WMARK_MIN];
	u64 threshold = distance / mm->conf.nr_cpus;

	return (u32)CLAMP(threshold, (u64)1, (u64)STAT_THRESHOLD_MAX);
}

void set_pgdat_percpu_threshold(struct mm *mm, u32 nid, bool pressure)
{
	for (u32 type = 0; type < MAX_NR_ZONES; type++) {
		struct zone *zone = mm->nodes[nid].zones[type];
		u32 threshold;

		if (!zone || !zone->percpu_drift_mark)
			continue;
		threshold = pressure ? calculate_pressure_threshold(mm, zone)
				     : calculate_normal_threshold(mm, zone);
		for (u32 cpu = 0; cpu < mm->conf.nr_cpus; cpu++)
			zone->pcpstat[cpu].stat_threshold = (s32)threshold;
	}
}

/*
 * As the kernel: a mark is also left by CPUs that came up before there were
 * any watermarks, so it is 0 on machines of one CPU only.
 */
static void refresh_zone_stat_thresholds(const struct mm *mm, struct zone *zone)
{
	u32 threshold = calculate_normal_threshold(mm, zone);
	u64 drift = (u64)mm->conf.nr_cpus * threshold;

	for (u32 cpu = 0; cpu < mm->conf.nr_cpus; cpu++)
		zone->pcpstat[cpu].stat_threshold = (s32)threshold;
	if (mm->conf.nr_cpus > 1)
		zone->percpu_drift_mark = drift;
	if (drift > zone->watermark[WMARK_LOW] - zone->watermark[WMARK_MIN])
		zone->percpu_drift_mark = zone->watermark[WMARK_HIGH] + drift;
}

/* What a zone keeps back from requests that higher zones could serve. */
static void setup_per_zone_lowmem_reserve(struct mm *mm)
{
	for (u32 n = 0; n < mm->nr_zones; n++) {
		struct zone *zone = &mm->zones[n];
		u32 ratio = mm->conf.lowmem_reserve_ratio[zone->type];
		u64 managed = 0;

		for (u32 j = (u32)zone->type + 1; j < MAX_NR_ZONES; j++) {
			const struct zone *upper =
				mm->nodes[zone->node].zones[j];

			managed += upper ? upper->managed_pages : 0;
			zone->lowmem_reserve[j] = ratio ? managed / ratio : 0;
		}
	}
}

static void setup_per_zone_wmarks(struct mm *mm)
{
	u64 pages_min = mm->min_free_kbytes >> (PAGE_SHIFT - 10);
	u64 lowmem_pages = 0;

	for (u32 i = 0; i < mm->nr_zones; i++) {
		if (zone_is_lowmem(&mm->zones[i]))
			lowmem_pages += mm->zones[i].managed_pages;
	}
	for (u32 i = 0; i < mm->nr_zones; i++)
		setup_zone_wmarks(mm, &mm->zones[i], pages_min, lowmem_pages);
}

void init_per_zone_wmark_min(struct mm *mm)
{
	if (mm->conf.min_free_kbytes >= 0) {
		mm->min_free_kbytes = (u64)mm->conf.min_free_kbytes;
	} else {
		mm->min_free_kbytes = calculate_min_free_kbytes(mm);
		setup_per_zone_wmarks(mm);
		if (mm->conf.thp)
			mm->min_free_kbytes =
				MAX(mm->min_free_kbytes,
				    recommended_min_free_kbytes(mm));
	}
	setup_per_zone_wmarks(mm);
	setup_per_zone_lowmem_reserve(mm);
	for (u32 i = 0; i < mm->nr_zones; i++) {
		zone_set_pageset(mm, &mm->zones[i]);
		refresh_zone_stat_thresholds(mm, &mm->zones[i]);
	}
	/* As the kernel: less than a pageblock a type is not worth it. */
	if (mm->totalram_pages < PAGEBLOCK_NR_PAGES * MIGRATE_TYPES)
		mm->conf.page_group_by_mobility_disabled = true;
}

/* Checks */

s64 zone_free_pages_snapshot(const struct mm *mm, const struct zone *zone)
{
	s64 free_pages = zone->nr_free_pages;

	for (u32 cpu = 0; cpu < mm->conf.nr_cpus; cpu++)
		free_pages += zone->pcpstat[cpu].nr_free_diff;
	return MAX(free_pages, 0);
}

/* Whether a block of @order is free that the request may have. */
static bool suitable_block_free(const struct zone *zone, u32 order,
				bool alloc_harder)
{
	u32 mask = 0;

	for (u32 mt = 0; mt < MIGRATE_PCPTYPES; mt++)
		mask |= zone->free_mask[mt];
	if (alloc_harder)
		mask |= zone->free_mask[MIGRATE_HIGHATOMIC];
	return mask >> order != 0;
}

bool zone_watermark_ok_flags(const struct zone *zone, u32 order, u64 mark,
			     enum zone_type highest, u32 alloc_flags,
			     s64 free_pages)
{
	bool alloc_harder = alloc_flags & (ALLOC_HARDER | ALLOC_OOM);
	s64 min = (s64)mark;

	free_pages -= ((s64)1 << order) - 1;
	if (!alloc_harder)
		free_pages -= (s64)zone->nr_reserved_highatomic;
	if (alloc_flags & ALLOC_HIGH)
		min -= min / 2;
	if (alloc_harder)
		min -= alloc_flags & ALLOC_OOM ? min / 2 : min / 4;
	if (free_pages <= min + (s64)zone->lowmem_reserve[highest])
		return false;
	return !order || suitable_block_free(zone, order, alloc_harder);
}
