/*
 * touch.h - model full: what mm and the users of objects touch goes through
 * the CPU caches and is charged.
 */
#ifndef SIM_TOUCH_H
#define SIM_TOUCH_H

#include "mm/mm.h"
#include "sim/cpucache.h"
#include "trace/trace.h"

#define TOUCH_OWNERS   (MM_CACHES_MAX + 1u)
#define TOUCH_NO_OWNER MM_CACHES_MAX /* what lies in no kmem_cache */

struct sim;

/** touch_create() - Cold caches for a machine that has booted. */
int touch_create(struct sim *s, struct err *e);
/**
 * touch_new() - The user of an object gets it by @r: all of it is written for
 * __GFP_ZERO, else its hot bytes, unless the trace tells (TRACE_TOLD).
 */
void touch_new(struct sim *s, paddr_t addr, u64 bytes,
	       const struct trace_rec *r);
/** touch_last() - Its user looks at the hot bytes, and frees it by @r. */
void touch_last(struct sim *s, paddr_t addr, u64 bytes,
		const struct trace_rec *r);
/** touch_slab() - A slab of a cache with a constructor: it runs. */
void touch_slab(struct sim *s, pfn_t pfn, u32 cache);

#endif
