/*
 * stats.h - what is in a trace: operations, caches, call sites, sizes.
 *
 * Invariant: for each row, live == allocs - frees, where frees counts only
 * objects of the trace; a free of a slot that holds nothing is stray.
 */
#ifndef TRACE_STATS_H
#define TRACE_STATS_H

#include "trace/trace.h"

/* What is not allocated from a cache of the trace has rows of its own. */
enum trace_pool {
	TRACE_POOL_KMALLOC,
	TRACE_POOL_PAGES,
	TRACE_POOL_PERCPU,
	TRACE_POOL_MEMPOOL,
	NR_TRACE_POOLS
};
extern const char *const trace_pool_names[NR_TRACE_POOLS];

struct trace_use {
	const char *name; /* borrowed from the trace or static */
	u64 size;	  /* of an object as created, bytes; 0 if they vary */
	u64 allocs;
	u64 frees;
	u64 live;
	u64 peak_live;
	u64 bytes; /* requested, over all allocations */
};

struct trace_site {
	u32 site; /* index in trace_info.sites */
	u64 allocs;
	u64 frees;
	u64 bytes; /* requested */
};

#define TRACE_STATS_CLASSES 33 /* class k: sizes up to 2^k bytes */

struct trace_stats {
	u64 events;
	u64 implied; /* of them inferred by the importer */
	u64 first_ns;
	u64 last_ns;
	u64 by_op[NR_TRACE_OPS];
	u64 by_cpu[TRACE_CPUS_MAX];
	u64 stray_frees;
	u64 overwritten; /* allocations into a slot that holds an object */
	u64 live;
	u64 peak_live;
	u64 slab_sizes[TRACE_STATS_CLASSES];  /* allocations by size */
	u64 page_orders[TRACE_ORDER_MAX + 1]; /* likewise, by order */
	struct trace_use pools[NR_TRACE_POOLS];
	struct trace_use *caches; /* [nr_caches] by cid */
	u32 nr_caches;
	struct trace_site *sites; /* [nr_sites] by site */
	u32 nr_sites;
	u32 *owners; /* [nr_owners] by slot: 0 nothing, 1 + pool, then cid */
	u32 nr_owners;
};

/** trace_stats_add() - Counts @nr records of the trace that @info is of. */
void trace_stats_add(struct trace_stats *s, const struct trace_info *info,
		     const struct trace_rec *recs, u32 nr);
void trace_stats_free(struct trace_stats *s);

/** The caches that were used, most allocations first, at most @max of them
 * into @top.  Return: how many. */
u32 trace_stats_top_caches(const struct trace_stats *s,
			   const struct trace_use **top, u32 max);
u32 trace_stats_top_sites(const struct trace_stats *s,
			  const struct trace_site **top, u32 max);

#endif
