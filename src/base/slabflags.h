/*
 * slabflags.h - the flags of kmem_cache_create() that a trace can name.
 * In base for the same reason as gfp.h.
 */
#ifndef BASE_SLABFLAGS_H
#define BASE_SLABFLAGS_H

#include "base/err.h"
#include "base/types.h"

typedef u32 slab_flags_t;

/* Bit values of Linux 6.1 (include/linux/slab.h) where it has them. */
#define SLAB_HWCACHE_ALIGN   0x2000u
#define SLAB_CACHE_DMA	     0x4000u
#define SLAB_CACHE_DMA32     0x8000u
#define SLAB_RECLAIM_ACCOUNT 0x20000u
#define SLAB_PANIC	     0x40000u
#define SLAB_TYPESAFE_BY_RCU 0x80000u
#define SLAB_MEM_SPREAD	     0x100000u
#define SLAB_ACCOUNT	     0x4000000u
#define SLAB_NO_MERGE	     0x1000000u /* ours: 6.1 has no such flag */
#define SLAB_CTOR	     0x1u	/* ours: there is a constructor */

#define SLAB_FLAGS_TEXT_MAX 192

/** slab_flags_parse() - "-" or a comma list such as "HWCACHE_ALIGN,CTOR". */
int slab_flags_parse(const char *text, size_t len, slab_flags_t *flags,
		     struct err *e);
/** slab_flags_print() - The inverse, into SLAB_FLAGS_TEXT_MAX bytes. */
const char *slab_flags_print(slab_flags_t flags, char *buf);

#endif
