/*
 * compare_figures.h - what is compared; private to compare*.c.
 *
 * Invariant: a figure that a run does not have (slabs on SLOB) is not known;
 * it is neither best nor worst.
 */
#ifndef REPORT_COMPARE_FIGURES_H
#define REPORT_COMPARE_FIGURES_H

#include "base/json_read.h"
#include "report/compare.h"

enum figure_id {
	FIG_PEAK,
	FIG_MEAN,
	FIG_END,
	FIG_SLAB_PEAK,
	FIG_SLAB_MEAN,
	FIG_SLAB_END,
	FIG_LARGE_END,
	FIG_WASTE_MEAN,
	FIG_WASTE_END,
	FIG_WASTE_ROUNDING,
	FIG_WASTE_PAD,
	FIG_WASTE_FREE,
	FIG_WASTE_EMPTY,
	FIG_WASTE_TAIL,
	FIG_WASTE_OWN,
	FIG_USED,
	FIG_SLABS,
	FIG_SLABS_FULL,
	FIG_SLABS_PARTIAL,
	FIG_SLABS_EMPTY,
	FIG_SLABS_MADE,
	FIG_SLABS_FREED,
	FIG_COST,
	FIG_COST_SLAB,
	FIG_COST_PAGES,
	FIG_COST_OP,
	FIG_SLOW,
	FIG_BUSY,
	FIG_KMALLOC_P50,
	FIG_KMALLOC_P99,
	FIG_CACHE_P50,
	FIG_CACHE_P99,
	FIG_WAIT_P99,
	FIG_FAILURES,
	FIG_FAIL_NO_MEMORY,
	FIG_FAIL_TOO_LARGE,
	FIG_FAIL_FRAGMENTED,
	FIG_FAIL_THISNODE,
	FIG_FAIL_BAD_REQUEST,
	FIG_FREE_HUGE,
	FIG_UNUSABLE_3,
	FIG_UNUSABLE_9,
	FIG_STOLEN,
	FIG_KSWAPD,
	FIG_RECLAIM_KSWAPD,
	FIG_RECLAIM_DIRECT,
	FIG_RECLAIM_STALLS,
	FIG_RECLAIM_STALL_NS,
	FIG_RECLAIM_STALL_P99,
	FIG_RECLAIM_BY_KSWAPD,
	FIG_RECLAIM_BY_DIRECT,
	FIG_RECLAIM_TAKEN,
	FIG_RECLAIM_REFAULTS,
	FIG_RECLAIM_SWAP_OUT,
	FIG_RECLAIM_SWAP_IN,
	FIG_RECLAIM_WRITTEN,
	FIG_RECLAIM_WAITS_NS,
	FIG_RECLAIM_COMPACT,
	FIG_RECLAIM_MIGRATED,
	FIG_RECLAIM_KILLS,
	FIG_NUMA_MISS,
	FIG_NUMA_FOREIGN,
	FIG_NUMA_OTHER,
	FIG_REMOTE_FREES,
	NR_FIGURES
};

enum figure_unit {
	UNIT_BYTES, /* shown in KiB */
	UNIT_COUNT,
	UNIT_NS,	    /* shown in us */
	UNIT_CYCLES,	    /* shown in thousands */
	UNIT_CYCLES_TENTHS, /* of one operation */
	UNIT_CYCLES_OP,	    /* the same, whole */
	UNIT_PERMILLE	    /* shown in percent */
};

enum figure_better {
	BETTER_NONE, /* neither is: a count to know */
	BETTER_LESS,
	BETTER_MORE
};

struct figure {
	const char *group;
	const char *key;   /* in compare.json, with its unit */
	const char *label; /* at most 24 columns */
	enum figure_unit unit;
	enum figure_better better;
	bool always; /* shown even if it is 0 in all runs */
};
extern const struct figure figures[NR_FIGURES];

struct compare_run {
	char *dir;	       /* owned, as named on the command line */
	char *name;	       /* owned: tells it from the others */
	struct json_doc *doc;  /* owned: summary.json */
	const char *allocator; /* these are borrowed from doc */
	const char *machine;
	const char *trace_hash;
	const char *format;
	const char *kernel;
	u64 nr_cpus;
	u64 nr_nodes;
	u64 managed_bytes;
	u64 nr_events;
	u64 value[NR_FIGURES];
	bool known[NR_FIGURES];
};

struct compare {
	struct compare_run runs[COMPARE_RUNS_MAX];
	u32 nr;
	bool same_trace;
};

/** compare_run_load() - All of a run but its name. */
int compare_run_load(struct compare_run *r, const char *dir, struct err *e);

#endif
