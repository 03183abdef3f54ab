/*
 * slab_sizes.h - alignment and kmalloc size classes: pure arithmetic, shared
 * by all slab allocators and by `kmemsim geometry`.
 */
#ifndef MM_SLAB_SIZES_H
#define MM_SLAB_SIZES_H

#include "mm/slab.h"

#define KMALLOC_MAX_SIZE       ((u64)4 << 20) /* MAX_ORDER - 1 pages */
#define KMALLOC_SHIFT_HIGH     13u
#define KMALLOC_MAX_CACHE      ((u64)1 << KMALLOC_SHIFT_HIGH)
#define SLAB_CACHE_LINE	       64u
#define SLAB_WORD	       8u /* sizeof(void *) of the modelled machine */
#define KMALLOC_NAME_MAX       32
#define KMALLOC_OLD_SHIFT_HIGH 17u /* size-131072 of 2.6's SLAB */

/* slab_align() - The kernel's ALIGN(): a mask, even if no power of two. */
static inline u32 slab_align(u32 x, u32 align)
{
	return (x + align - 1) & ~(align - 1);
}

/* fls() - Number of the highest bit set, from 1; 0 for 0. */
static inline u32 slab_fls(u64 x)
{
	return x ? 64u - (u32)__builtin_clzll(x) : 0;
}

/* slab_zone_flags() - What a cache adds to the flags of its pages. */
static inline gfp_t slab_zone_flags(slab_flags_t flags)
{
	return (flags & SLAB_CACHE_DMA ? GFP_DMA : 0) |
	       (flags & SLAB_CACHE_DMA32 ? GFP_DMA32 : 0) |
	       (flags & SLAB_RECLAIM_ACCOUNT ? GFP_RECLAIMABLE : 0);
}

/** calculate_alignment() - What a cache's objects are really aligned to. */
u32 calculate_alignment(slab_flags_t flags, u32 align, u32 size);

/**
 * kmalloc_index() - The class of @size (1 .. KMALLOC_MAX_CACHE): log2 of the
 * class, but 1 for the 96 byte and 2 for the 192 byte class.
 * @min_shift: log2 of the smallest class.
 */
u32 kmalloc_index(u64 size, u32 min_shift);
/** kmalloc_class_size() - Bytes of class @index; 0: no such class. */
u32 kmalloc_class_size(u32 index, u32 min_shift);
/**
 * kmalloc_old_classes() - SLAB of profile linux-2.6: general caches size-32 ..
 * size-131072, powers of two only, and nothing beyond them.
 */
bool kmalloc_old_classes(const struct mm_conf *conf);
/** kmalloc_shift_high() - log2 of the largest class. */
u32 kmalloc_shift_high(const struct mm_conf *conf);
/** kmalloc_max_cache() - Bytes of the largest class. */
u32 kmalloc_max_cache(const struct mm_conf *conf);
/** kmalloc_type_asked() - What kmalloc_type_of() cannot tell at a glance. */
enum kmalloc_type kmalloc_type_asked(const struct mm_conf *conf, gfp_t gfp);
/** kmalloc_type_of() - Which set of classes @gfp asks for. */
static inline enum kmalloc_type kmalloc_type_of(const struct mm_conf *conf,
						gfp_t gfp)
{
	if (likely(!(gfp & (GFP_DMA | GFP_RECLAIMABLE | GFP_ACCOUNT))))
		return KMALLOC_NORMAL;
	return kmalloc_type_asked(conf, gfp);
}
/** kmalloc_type_exists() - Whether the kernel of this profile has the set. */
bool kmalloc_type_exists(const struct mm_conf *conf, enum kmalloc_type type);
/** kmalloc_flags() - The flags of the caches of @type. */
slab_flags_t kmalloc_flags(enum kmalloc_type type);
/** kmalloc_align() - Alignment of a class: natural where that is promised. */
u32 kmalloc_align(const struct mm_conf *conf, u32 size);
/** kmalloc_cache_name() - "kmalloc-rcl-1k", into KMALLOC_NAME_MAX bytes. */
const char *kmalloc_cache_name(const struct mm_conf *conf,
			       enum kmalloc_type type, u32 size, char *buf);

#endif
