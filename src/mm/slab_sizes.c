/*
 * slab_sizes.c - alignment and kmalloc size classes.
 *
 * What it is
 *   The arithmetic before any allocator is asked: how objects are aligned,
 *   which kmalloc class serves a size and what its cache is called.
 *
 * How it works
 *   size     1..8 9..16 ..32 ..64 ..96 ..128 ..192 ..256 ... ..4096 ..8192
 *   class       3    4    5    6    1     7     2     8  ...   12     13
 *   Class n is 2^n bytes; 1 and 2 are the two odd ones, 96 and 192.
 *
 * Lock order
 *   None taken.
 *
 * Invariants
 *   kmalloc_class_size(kmalloc_index(n)) >= n (test_slab_sizes_classes).
 *
 * What is charged
 *   Nothing.
 *
 * What is left out, and which kernel this follows
 *   Linux 6.1; natural alignment since 5.4 and names with k since 5.0, so not
 *   in the older profiles.  kmalloc-rcl-* exist since 4.20.  SLAB of 2.6 has
 *   size-32 .. size-131072: with a cache line of 64 bytes some versions had
 *   size-192 too, which is left out.
 */
#include "mm/slab_sizes.h"

#include "base/bug.h"

#include <stdio.h>

u32 calculate_alignment(slab_flags_t flags, u32 align, u32 size)
{
	u32 ralign = SLAB_CACHE_LINE;

	if (flags & SLAB_HWCACHE_ALIGN) {
		/* Small objects share a line, as many as fit evenly. */
		while (size <= ralign / 2)
			ralign /= 2;
		align = MAX(align, ralign);
	}
	align = MAX(align, SLAB_WORD);
	return slab_align(align, SLAB_WORD);
}

u32 kmalloc_index(u64 size, u32 min_shift)
{
	BUG_ON(!size || size > KMALLOC_MAX_CACHE);
	if (size <= (u64)1 << min_shift)
		return min_shift;
	if (size > 64 && size <= 96 && min_shift <= 5)
		return 1;
	if (size > 128 && size <= 192 && min_shift <= 6)
		return 2;
	return slab_fls(size - 1);
}

u32 kmalloc_class_size(u32 index, u32 min_shift)
{
	if (index == 1)
		return min_shift <= 5 ? 96 : 0;
	if (index == 2)
		return min_shift <= 6 ? 192 : 0;
	if (index < min_shift || index > KMALLOC_OLD_SHIFT_HIGH)
		return 0;
	return 1u << index;
}

bool kmalloc_old_classes(const struct mm_conf *conf)
{
	return conf->profile == PROFILE_LINUX_2_6 &&
	       conf->slab_ops == &slab_ops_slab;
}

u32 kmalloc_shift_high(const struct mm_conf *conf)
{
	return kmalloc_old_classes(conf) ? KMALLOC_OLD_SHIFT_HIGH
					 : KMALLOC_SHIFT_HIGH;
}

u32 kmalloc_max_cache(const struct mm_conf *conf)
{
	return 1u << kmalloc_shift_high(conf);
}

bool kmalloc_type_exists(const struct mm_conf *conf, enum kmalloc_type type)
{
	switch (type) {
	case KMALLOC_NORMAL:
	case KMALLOC_DMA:
		return true;
	case KMALLOC_RECLAIM:
		return conf->profile >= PROFILE_LINUX_5_3;
	case KMALLOC_CGROUP:
		return conf->profile >= PROFILE_LINUX_6_1 && conf->memcg_kmem;
	case NR_KMALLOC_TYPES:
		break;
	}
	return false;
}

enum kmalloc_type kmalloc_type_asked(const struct mm_conf *conf, gfp_t gfp)
{
	bool cgroup = kmalloc_type_exists(conf, KMALLOC_CGROUP) &&
		      (gfp & GFP_ACCOUNT);

	if (likely(!(gfp & (GFP_DMA | GFP_RECLAIMABLE)) && !cgroup))
		return KMALLOC_NORMAL;
	if (gfp & GFP_DMA)
		return KMALLOC_DMA;
	if (!(gfp & GFP_RECLAIMABLE))
		return KMALLOC_CGROUP;
	return kmalloc_type_exists(conf, KMALLOC_RECLAIM) ? KMALLOC_RECLAIM
							  : KMALLOC_NORMAL;
}

slab_flags_t kmalloc_flags(enum kmalloc_type type)
{
	static const slab_flags_t flags[NR_KMALLOC_TYPES] = {
		[KMALLOC_CGROUP] = SLAB_ACCOUNT,
		[KMALLOC_RECLAIM] = SLAB_RECLAIM_ACCOUNT,
		[KMALLOC_DMA] = SLAB_CACHE_DMA,
	};

	return flags[type];
}

u32 kmalloc_align(const struct mm_conf *conf, u32 size)
{
	if (conf->profile >= PROFILE_LINUX_6_1 && !(size & (size - 1)))
		return MAX(size, SLAB_WORD);
	/* 2.6 aligned its general caches to cache lines. */
	if (kmalloc_old_classes(conf))
		return MIN(size, SLAB_CACHE_LINE);
	return SLAB_WORD;
}

const char *kmalloc_cache_name(const struct mm_conf *conf,
			       enum kmalloc_type type, u32 size, char *buf)
{
	static const char *const prefix[NR_KMALLOC_TYPES] = {
		[KMALLOC_NORMAL] = "kmalloc",
		[KMALLOC_CGROUP] = "kmalloc-cg",
		[KMALLOC_RECLAIM] = "kmalloc-rcl",
		[KMALLOC_DMA] = "dma-kmalloc",
	};
	bool kilo = conf->profile >= PROFILE_LINUX_5_3 && size >= 1024;

	if (kmalloc_old_classes(conf)) {
		snprintf(buf, KMALLOC_NAME_MAX, "size-%u%s", size,
			 type == KMALLOC_DMA ? "(DMA)" : "");
		return buf;
	}
	snprintf(buf, KMALLOC_NAME_MAX, "%s-%u%s", prefix[type],
		 kilo ? size / 1024 : size, kilo ? "k" : "");
	return buf;
}
