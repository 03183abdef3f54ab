/*
 * gfp.h - the gfp_t flags that traces record and allocators obey.
 *
 * It stands in base because both trace/ and mm/ speak it and neither may
 * include the other.  One canonical set of bits: those of Linux 6.1 where
 * 6.1 has the flag, bits from 27 up for flags that other versions have.
 * Numbers recorded by another kernel are translated once, on import.
 * GFP_x is the kernel's __GFP_x for a single bit (leading double underscores
 * belong to the C implementation); __GFP_ATOMIC is GFP_ATOMIC_BIT, since
 * GFP_ATOMIC is the composite.  Texts always spell the kernel's names.
 */
#ifndef BASE_GFP_H
#define BASE_GFP_H

#include "base/err.h"
#include "base/types.h"

typedef u32 gfp_t;

#define GFP_DMA		   0x01u
#define GFP_HIGHMEM	   0x02u
#define GFP_DMA32	   0x04u
#define GFP_MOVABLE	   0x08u
#define GFP_RECLAIMABLE	   0x10u
#define GFP_HIGH	   0x20u
#define GFP_IO		   0x40u
#define GFP_FS		   0x80u
#define GFP_ZERO	   0x100u
#define GFP_ATOMIC_BIT	   0x200u
#define GFP_DIRECT_RECLAIM 0x400u
#define GFP_KSWAPD_RECLAIM 0x800u
#define GFP_WRITE	   0x1000u
#define GFP_NOWARN	   0x2000u
#define GFP_RETRY_MAYFAIL  0x4000u /* __GFP_REPEAT up to 4.12 */
#define GFP_NOFAIL	   0x8000u
#define GFP_NORETRY	   0x10000u
#define GFP_MEMALLOC	   0x20000u
#define GFP_COMP	   0x40000u
#define GFP_NOMEMALLOC	   0x80000u
#define GFP_HARDWALL	   0x100000u
#define GFP_THISNODE	   0x200000u
#define GFP_ACCOUNT	   0x400000u
#define GFP_ZEROTAGS	   0x800000u
#define GFP_SKIP_ZERO	   0x1000000u
#define GFP_SKIP_KASAN	   0x2000000u /* both SKIP_KASAN_* bits of 6.1 */
#define GFP_NOLOCKDEP	   0x8000000u
/* Flags that 6.1 no longer has. */
#define GFP_COLD       0x10000000u /* up to 4.14 */
#define GFP_OTHER_NODE 0x20000000u /* up to 4.9 */
#define GFP_NOTRACK    0x40000000u /* up to 4.14 */

#define GFP_RECLAIM (GFP_DIRECT_RECLAIM | GFP_KSWAPD_RECLAIM)

#define GFP_ATOMIC	   (GFP_HIGH | GFP_ATOMIC_BIT | GFP_KSWAPD_RECLAIM)
#define GFP_KERNEL	   (GFP_RECLAIM | GFP_IO | GFP_FS)
#define GFP_KERNEL_ACCOUNT (GFP_KERNEL | GFP_ACCOUNT)
#define GFP_PGTABLE_USER   (GFP_KERNEL_ACCOUNT | GFP_ZERO)
#define GFP_NOWAIT	   (GFP_KSWAPD_RECLAIM)
#define GFP_NOIO	   (GFP_RECLAIM)
#define GFP_NOFS	   (GFP_RECLAIM | GFP_IO)
#define GFP_USER	   (GFP_KERNEL | GFP_HARDWALL)
#define GFP_HIGHUSER	   (GFP_USER | GFP_HIGHMEM)
/* On x86 the KASAN bits that 6.1 adds here are 0. */
#define GFP_HIGHUSER_MOVABLE (GFP_HIGHUSER | GFP_MOVABLE)
#define GFP_TRANSHUGE_LIGHT                                                \
	((GFP_HIGHUSER_MOVABLE | GFP_COMP | GFP_NOMEMALLOC | GFP_NOWARN) & \
	 ~GFP_RECLAIM)
#define GFP_TRANSHUGE (GFP_TRANSHUGE_LIGHT | GFP_DIRECT_RECLAIM)

#define GFP_TEXT_MAX 512

/** A kernel version as major * 1000 + minor: 6.1 is 6001, 2.6 is 2006. */
#define KERNEL_VERSION_OF(major, minor) ((u32)(major)*1000u + (u32)(minor))

/**
 * gfp_parse() - The flags named in @text: names joined by '|', of any kernel
 * from 2.6 to 6.18, single bits with or without the underscores, composites
 * (GFP_KERNEL), a number in hexadecimal (bits of 6.1), or "0".
 * Return: 0, or -EINVAL with @e naming the word that is not known.
 */
int gfp_parse(const char *text, size_t len, gfp_t *gfp, struct err *e);

/**
 * gfp_print() - Writes @gfp as the kernel's names, the largest composites
 * first ("GFP_KERNEL|__GFP_ZERO"), "0" for none.
 * @buf: at least GFP_TEXT_MAX bytes.
 * Return: @buf.
 */
const char *gfp_print(gfp_t gfp, char *buf);

/**
 * gfp_from_raw() - Translates the number that a kernel of @version (see
 * KERNEL_VERSION_OF) recorded.  Bits that this version does not define are
 * dropped and reported through @unknown (may be NULL).  What a version said
 * otherwise is said as 6.1 says it: __GFP_WAIT (up to 4.3) is both reclaim
 * bits, no __GFP_WAIT still wakes kswapd, and __GFP_HIGH of a request that
 * may not sleep is GFP_ATOMIC where the version has no __GFP_ATOMIC.
 */
gfp_t gfp_from_raw(u64 raw, u32 version, u64 *unknown);

#endif
