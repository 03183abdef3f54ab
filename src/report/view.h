/*
 * view.h - all that the files of a report are made from; private to report/.
 *
 * Each writer takes a view and a stream: a test makes a view by hand.  The
 * writers do not look at errors of the stream; who opened it does.
 */
#ifndef REPORT_VIEW_H
#define REPORT_VIEW_H

#include "sim/sim.h"

#include <stdio.h>

struct report_view {
	const struct config *config;	/* all borrowed */
	const struct metrics *metrics;	/* not read by the kernel's formats */
	const struct trace_info *trace; /* likewise */
	const struct mm_snapshot *snap;
	const struct eventlog *log;	 /* NULL: none was kept */
	const struct locks *locks;	 /* NULL: nobody counted */
	const struct cpucache *cpucache; /* NULL: not model full */
	const char *config_yaml;
	struct mm_gauges gauges;
	u64 time_ns;
	bool partial; /* a damaged trace ended the run early */
	/* For state_files only: */
	const struct mm *mm; /* NULL: they are not written */
	const char *label;   /* of the snapshot */
};

struct report_file {
	const char *name;
	void (*write)(FILE *to, const struct report_view *v);
};

/* procfiles.c: the kernel's own formats, in the order of docs/report.md. */
#define NR_PROC_FILES 8
extern const struct report_file proc_files[NR_PROC_FILES];

/* oracle_state.c: the state in the formats of a recorded kernel's files. */
#define NR_STATE_FILES 3
extern const struct report_file state_files[NR_STATE_FILES];

/* tsv.c: one header line, units in names. */
#define NR_TSV_FILES 14
extern const struct report_file tsv_files[NR_TSV_FILES];

/** tsv_put_name() - A name from outside: tabs, newlines, backslashes and
 * control bytes are written as \t, \n, \\ and \xNN. */
void tsv_put_name(FILE *to, const char *name);

/** write_summary() - summary.json. */
void write_summary(FILE *to, const struct report_view *v);
/** write_text() - report.txt. */
void write_text(FILE *to, const struct report_view *v);

/* page_cache.c: only of runs that named a file. */
struct json;
/** put_page_cache() - The PAGE CACHE part of report.txt. */
void put_page_cache(FILE *to, const struct report_view *v);
void json_page_cache(struct json *j, const struct page_cache_usage *u);

/* reclaim_tsv.c: only of machines that can reclaim. */
/** write_reclaim() - reclaim.tsv. */
void write_reclaim(FILE *to, const struct report_view *v);
/** write_pressure() - pressure.tsv. */
void write_pressure(FILE *to, const struct report_view *v);
/** write_map() - map.tsv. */
void write_map(FILE *to, const struct report_view *v);
/** put_writeback() - Its WRITEBACK part; nothing if nothing was written. */
void put_writeback(FILE *to, const struct report_view *v);
/** put_reclaim() - The RECLAIM part of report.txt. */
void put_reclaim(FILE *to, const struct report_view *v);
/** view_string() - A call site or a task of the trace. */
const char *view_string(const struct trace_strings *s, u32 i);
/** view_cache_name() - The kmem_cache with the index @idx. */
const char *view_cache_name(const struct report_view *v, u32 idx);

/** tsv_put_asker() - Three columns: call site, task, kmem_cache. */
void tsv_put_asker(FILE *to, const struct report_view *v,
		   const struct asker *a);

/** put_dropped() - That @file has not the last @nr lines, if it has not. */
void put_dropped(FILE *to, const char *file, u64 nr);

/* compact_tsv.c: likewise. */
/** write_compaction() - compaction.tsv. */
void write_compaction(FILE *to, const struct report_view *v);
/** write_extfrag() - extfrag.tsv. */
void write_extfrag(FILE *to, const struct report_view *v);
/** put_compaction() - The COMPACTION part of report.txt. */
void put_compaction(FILE *to, const struct report_view *v);

/* latency.c: what operations took, and locks. */
struct json;
void write_latency(FILE *to, const struct report_view *v);
void write_locks(FILE *to, const struct report_view *v);
/** json_times() - Their part of summary.json. */
void json_times(struct json *j, const struct report_view *v);
/** put_times() - Their part of report.txt; nothing without a cost model. */
void put_times(FILE *to, const struct report_view *v);

/* rank.c: sums over what a run counted, and who stands out. */

struct run_totals {
	u64 allocs;   /* operations that allocate, failed ones too */
	u64 failures; /* of those, and of all other operations */
	u64 failures_by_reason[NR_FAIL_REASONS];
	u64 slab_req_bytes_live;   /* requested by the trace's live objects */
	u64 slab_alloc_bytes_live; /* what these objects occupy */
	u64 req_bytes;		   /* over the whole run */
	u64 alloc_bytes;
	u64 remote_frees;
	u64 numa[NR_NUMA_STATS];
};
struct run_totals run_totals(const struct report_view *v);

/* One kmem_cache or one call site. */
struct usage_row {
	const char *name;
	const struct cache_snapshot *cache; /* NULL for a call site */
	const struct usage *usage;
	u32 idx;
	u64 key; /* what it was ranked by, descending */
};

enum rank_by {
	RANK_LIVE_WASTE, /* live bytes given beyond what was requested */
	RANK_RUN_WASTE,	 /* the same, over all allocations of the run */
	RANK_SLAB_WASTE, /* pages of the slabs beyond objects handed out */
	RANK_MEMORY,	 /* pages of the slabs / live bytes of a site */
	RANK_ALLOCS
};

/**
 * rank_caches() - All caches, largest first; ties by name, then index.
 * @nr: set to their number.  Return: the rows, owned by the caller.
 */
struct usage_row *rank_caches(const struct report_view *v, enum rank_by by,
			      u32 *nr);
/** rank_sites() - The same of the call sites that allocated anything. */
struct usage_row *rank_sites(const struct report_view *v, enum rank_by by,
			     u32 *nr);

/* report.c: what report.h does, of a view. */
struct report;
int report_snapshot_view(struct report *r, const char *label,
			 const struct report_view *v, struct err *e);
int report_write_view(struct report *r, const struct report_view *v,
		      struct err *e);
/**
 * report_label_encode() - The directory name of a snapshot label: letters,
 * digits, "_", "-" and inner "." as they are, all else as %XX.
 */
int report_label_encode(const char *label, char *out, size_t size,
			struct err *e);

/** text_hash() - FNV-1a, 64 bits: names a configuration. */
u64 text_hash(const char *text);
const char *profile_name(const struct config *c);

/* What reclaim cost in all; times of direct reclaim with its waits. */
struct reclaim_sums {
	u64 kswapd_runs;
	cycles_t kswapd_cycles;
	u64 stalls; /* direct reclaims */
	cycles_t direct_cycles;
	u64 direct_ns;
	u64 stall_p50_ns;
	u64 stall_p99_ns;
	u64 stall_most_ns;
};

struct reclaim_sums reclaim_sums(const struct metrics *m);
struct json;
/** put_reclaim_json() - The member "reclaim" of summary.json, if there is
 * reclaim. */
void put_reclaim_json(struct json *j, const struct report_view *v);

#endif
