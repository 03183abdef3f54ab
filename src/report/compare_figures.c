/*
 * compare_figures.c - the figures of one run, from its summary.json and
 * series.tsv.
 */
#include "report/compare_figures.h"
#include "report/table.h"

#include "base/bug.h"
#include "base/xmalloc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_BYTES 4096u

#define MEMORY	"MEMORY"
#define WASTE	"SLAB WASTE"
#define SLABS	"SLABS"
#define COST	"COST by the price list"
#define MODEL	"LATENCY"
#define FAIL	"FAILURES"
#define FRAG	"FRAGMENTATION"
#define RECLAIM "RECLAIM"
#define NUMA	"NUMA"

const struct figure figures[NR_FIGURES] = {
	[FIG_PEAK] = {MEMORY, "peak_allocated_bytes", "peak allocated",
		      UNIT_BYTES, BETTER_LESS, true},
	[FIG_MEAN] = {MEMORY, "mean_allocated_bytes", "mean allocated",
		      UNIT_BYTES, BETTER_LESS, true},
	[FIG_END] = {MEMORY, "end_allocated_bytes", "allocated at the end",
		     UNIT_BYTES, BETTER_LESS, true},
	[FIG_SLAB_PEAK] = {MEMORY, "slab_peak_bytes", "slabs, peak", UNIT_BYTES,
			   BETTER_LESS, true},
	[FIG_SLAB_MEAN] = {MEMORY, "slab_mean_bytes", "slabs, mean", UNIT_BYTES,
			   BETTER_LESS, true},
	[FIG_SLAB_END] = {MEMORY, "slab_end_bytes", "slabs, at the end",
			  UNIT_BYTES, BETTER_LESS, true},
	[FIG_LARGE_END] = {MEMORY, "large_kmalloc_end_bytes",
			   "large kmalloc, at the end", UNIT_BYTES, BETTER_NONE,
			   false},
	[FIG_WASTE_MEAN] = {WASTE, "waste_mean_bytes", "wasted, mean",
			    UNIT_BYTES, BETTER_LESS, true},
	[FIG_WASTE_END] = {WASTE, "waste_end_bytes", "wasted, at the end",
			   UNIT_BYTES, BETTER_LESS, true},
	[FIG_WASTE_ROUNDING] = {WASTE, "waste_rounding_bytes",
				"  rounding, headers", UNIT_BYTES, BETTER_LESS,
				true},
	[FIG_WASTE_PAD] = {WASTE, "waste_padding_bytes", "  padding",
			   UNIT_BYTES, BETTER_LESS, true},
	[FIG_WASTE_FREE] = {WASTE, "waste_free_bytes", "  free objects",
			    UNIT_BYTES, BETTER_LESS, true},
	[FIG_WASTE_EMPTY] = {WASTE, "waste_empty_slabs_bytes",
			     "    in empty slabs", UNIT_BYTES, BETTER_LESS,
			     false},
	[FIG_WASTE_TAIL] = {WASTE, "waste_tails_bytes", "  slab tails",
			    UNIT_BYTES, BETTER_LESS, true},
	[FIG_WASTE_OWN] = {WASTE, "kernel_own_objects_bytes",
			   "  the allocator's own", UNIT_BYTES, BETTER_LESS,
			   false},
	[FIG_USED] = {WASTE, "used_permille", "asked for, % of slabs",
		      UNIT_PERMILLE, BETTER_MORE, true},
	[FIG_SLABS] = {SLABS, "slabs", "slabs at the end", UNIT_COUNT,
		       BETTER_NONE, true},
	[FIG_SLABS_FULL] = {SLABS, "full_slabs", "  full", UNIT_COUNT,
			    BETTER_NONE, false},
	[FIG_SLABS_PARTIAL] = {SLABS, "partial_slabs", "  partial", UNIT_COUNT,
			       BETTER_NONE, false},
	[FIG_SLABS_EMPTY] = {SLABS, "empty_slabs", "  empty", UNIT_COUNT,
			     BETTER_NONE, false},
	[FIG_SLABS_MADE] = {SLABS, "slabs_made_count", "made in the run",
			    UNIT_COUNT, BETTER_LESS, true},
	[FIG_SLABS_FREED] = {SLABS, "slabs_given_back_count", "given back",
			     UNIT_COUNT, BETTER_NONE, false},
	[FIG_COST] = {COST, "cost_cycles", "1000 cycles", UNIT_CYCLES,
		      BETTER_LESS, true},
	[FIG_COST_SLAB] = {COST, "cost_slab_cycles", "  slab allocator",
			   UNIT_CYCLES, BETTER_LESS, true},
	[FIG_COST_PAGES] = {COST, "cost_pages_cycles", "  page allocator",
			    UNIT_CYCLES, BETTER_LESS, true},
	[FIG_COST_OP] = {COST, "cost_per_operation_tenth_cycles",
			 "cycles an operation", UNIT_CYCLES_TENTHS, BETTER_LESS,
			 true},
	[FIG_SLOW] = {COST, "slow_paths_count", "slow paths taken", UNIT_COUNT,
		      BETTER_LESS, false},
	[FIG_BUSY] = {MODEL, "busy_cycles", "1000 cycles CPUs work",
		      UNIT_CYCLES, BETTER_LESS, false},
	[FIG_KMALLOC_P50] = {MODEL, "kmalloc_p50_cycles", "kmalloc, median",
			     UNIT_CYCLES_OP, BETTER_LESS, false},
	[FIG_KMALLOC_P99] = {MODEL, "kmalloc_p99_cycles", "kmalloc, 99 %",
			     UNIT_CYCLES_OP, BETTER_LESS, false},
	[FIG_CACHE_P50] = {MODEL, "kmem_cache_alloc_p50_cycles",
			   "kmem_cache_alloc, median", UNIT_CYCLES_OP,
			   BETTER_LESS, false},
	[FIG_CACHE_P99] = {MODEL, "kmem_cache_alloc_p99_cycles",
			   "kmem_cache_alloc, 99 %", UNIT_CYCLES_OP,
			   BETTER_LESS, false},
	[FIG_WAIT_P99] = {MODEL, "wait_for_cpu_p99_cycles",
			  "wait for the CPU, 99 %", UNIT_CYCLES_OP, BETTER_LESS,
			  false},
	[FIG_FAILURES] = {FAIL, "failures_count", "operations that failed",
			  UNIT_COUNT, BETTER_LESS, true},
	[FIG_FAIL_NO_MEMORY] = {FAIL, "failures_no_memory_count", "  no memory",
				UNIT_COUNT, BETTER_LESS, false},
	[FIG_FAIL_TOO_LARGE] = {FAIL, "failures_too_large_count", "  too large",
				UNIT_COUNT, BETTER_LESS, false},
	[FIG_FAIL_FRAGMENTED] = {FAIL, "failures_fragmented_count",
				 "  fragmented", UNIT_COUNT, BETTER_LESS,
				 false},
	[FIG_FAIL_THISNODE] = {FAIL, "failures_node_is_full_count",
			       "  node is full", UNIT_COUNT, BETTER_LESS,
			       false},
	[FIG_FAIL_BAD_REQUEST] = {FAIL, "failures_bad_request_count",
				  "  bad request", UNIT_COUNT, BETTER_LESS,
				  false},
	[FIG_FREE_HUGE] = {FRAG, "free_2mib_blocks", "free 2 MiB blocks",
			   UNIT_COUNT, BETTER_MORE, true},
	[FIG_UNUSABLE_3] = {FRAG, "unusable_order3_permille",
			    "unusable %, order 3", UNIT_PERMILLE, BETTER_LESS,
			    false},
	[FIG_UNUSABLE_9] = {FRAG, "unusable_order9_permille",
			    "unusable %, order 9", UNIT_PERMILLE, BETTER_LESS,
			    false},
	[FIG_STOLEN] = {FRAG, "pageblocks_stolen_count", "page blocks stolen",
			UNIT_COUNT, BETTER_LESS, false},
	[FIG_KSWAPD] = {FRAG, "kswapd_wakes_count", "kswapd woken", UNIT_COUNT,
			BETTER_LESS, false},
	[FIG_RECLAIM_KSWAPD] = {RECLAIM, "kswapd_cycles",
				"1000 cycles of kswapd", UNIT_CYCLES,
				BETTER_LESS, false},
	[FIG_RECLAIM_DIRECT] = {RECLAIM, "direct_reclaim_cycles",
				"1000 of direct reclaim", UNIT_CYCLES,
				BETTER_LESS, false},
	[FIG_RECLAIM_STALLS] = {RECLAIM, "direct_reclaims_count",
				"direct reclaims", UNIT_COUNT, BETTER_LESS,
				false},
	[FIG_RECLAIM_STALL_NS] = {RECLAIM, "direct_reclaims_ns",
				  "  took together, us", UNIT_NS, BETTER_LESS,
				  false},
	[FIG_RECLAIM_STALL_P99] = {RECLAIM, "direct_reclaim_p99_ns",
				   "  99 %, us", UNIT_NS, BETTER_LESS, false},
	[FIG_RECLAIM_BY_KSWAPD] = {RECLAIM, "kswapd_reclaimed_pages",
				   "pages by kswapd", UNIT_COUNT, BETTER_LESS,
				   false},
	[FIG_RECLAIM_BY_DIRECT] = {RECLAIM, "direct_reclaimed_pages",
				   "pages by direct reclaim", UNIT_COUNT,
				   BETTER_LESS, false},
	[FIG_RECLAIM_TAKEN] = {RECLAIM, "taken_from_trace_pages",
			       "  the trace still had", UNIT_COUNT, BETTER_LESS,
			       false},
	[FIG_RECLAIM_REFAULTS] = {RECLAIM, "refaulted_file_pages",
				  "pages read again", UNIT_COUNT, BETTER_LESS,
				  false},
	[FIG_RECLAIM_SWAP_OUT] = {RECLAIM, "swapped_out_pages", "pages to swap",
				  UNIT_COUNT, BETTER_LESS, false},
	[FIG_RECLAIM_SWAP_IN] = {RECLAIM, "swapped_in_pages", "pages from swap",
				 UNIT_COUNT, BETTER_LESS, false},
	[FIG_RECLAIM_WRITTEN] = {RECLAIM, "written_pages", "pages written",
				 UNIT_COUNT, BETTER_NONE, false},
	[FIG_RECLAIM_WAITS_NS] = {RECLAIM, "waits_ns", "operations waited, us",
				  UNIT_NS, BETTER_LESS, false},
	[FIG_RECLAIM_COMPACT] = {RECLAIM, "compaction_stalls_count",
				 "compaction stalls", UNIT_COUNT, BETTER_LESS,
				 false},
	[FIG_RECLAIM_MIGRATED] = {RECLAIM, "migrated_pages", "pages migrated",
				  UNIT_COUNT, BETTER_LESS, false},
	[FIG_RECLAIM_KILLS] = {RECLAIM, "oom_kills_count", "tasks killed",
			       UNIT_COUNT, BETTER_LESS, false},
	[FIG_NUMA_MISS] = {NUMA, "numa_miss_pages", "pages: miss", UNIT_COUNT,
			   BETTER_LESS, false},
	[FIG_NUMA_FOREIGN] = {NUMA, "numa_foreign_pages", "pages: foreign",
			      UNIT_COUNT, BETTER_LESS, false},
	[FIG_NUMA_OTHER] = {NUMA, "numa_other_pages", "pages: other node",
			    UNIT_COUNT, BETTER_LESS, false},
	[FIG_REMOTE_FREES] = {NUMA, "remote_frees_count", "remote frees",
			      UNIT_COUNT, BETTER_LESS, false},
};

static void set(struct compare_run *r, enum figure_id id, u64 value)
{
	r->value[id] = value;
	r->known[id] = true;
}

/* Figures that are plain numbers of summary.json. */

struct source {
	const char *path;
	enum figure_id id;
	u32 scale;
	bool optional; /* not in every run */
};

static const struct source sources[] = {
	{"memory.peak_allocated_pages", FIG_PEAK, PAGE_BYTES, false},
	{"memory.slab_pages", FIG_SLAB_END, PAGE_BYTES, false},
	{"memory.large_kmalloc_pages", FIG_LARGE_END, PAGE_BYTES, false},
	{"waste.slab_pad_bytes", FIG_WASTE_PAD, 1, false},
	{"cost_count.slab_new", FIG_SLABS_MADE, 1, false},
	{"cost_count.slab_discard", FIG_SLABS_FREED, 1, false},
	{"cost_cycles_total", FIG_COST, 1, false},
	{"cost_count.slab_slow", FIG_SLOW, 1, false},
	{"latency.kmalloc.p50_cycles", FIG_KMALLOC_P50, 1, true},
	{"latency.kmalloc.p99_cycles", FIG_KMALLOC_P99, 1, true},
	{"latency.kmem_cache_alloc.p50_cycles", FIG_CACHE_P50, 1, true},
	{"latency.kmem_cache_alloc.p99_cycles", FIG_CACHE_P99, 1, true},
	{"latency.wait_for_cpu.p99_cycles", FIG_WAIT_P99, 1, true},
	{"failures_count", FIG_FAILURES, 1, false},
	{"failures_by_reason.no memory", FIG_FAIL_NO_MEMORY, 1, false},
	{"failures_by_reason.too large", FIG_FAIL_TOO_LARGE, 1, false},
	{"failures_by_reason.fragmented", FIG_FAIL_FRAGMENTED, 1, false},
	{"failures_by_reason.node is full", FIG_FAIL_THISNODE, 1, false},
	{"failures_by_reason.bad request", FIG_FAIL_BAD_REQUEST, 1, false},
	{"fragmentation.free_2mib_blocks", FIG_FREE_HUGE, 1, false},
	{"notes_count.extfrag", FIG_STOLEN, 1, false},
	{"notes_count.kswapd_wake", FIG_KSWAPD, 1, false},
	{"remote_frees_count", FIG_REMOTE_FREES, 1, false},
	{"reclaim.kswapd_cycles", FIG_RECLAIM_KSWAPD, 1, true},
	{"reclaim.direct_cycles", FIG_RECLAIM_DIRECT, 1, true},
	{"reclaim.direct_count", FIG_RECLAIM_STALLS, 1, true},
	{"reclaim.direct_ns", FIG_RECLAIM_STALL_NS, 1, true},
	{"reclaim.direct_p99_ns", FIG_RECLAIM_STALL_P99, 1, true},
	{"reclaim.kswapd_reclaimed_pages", FIG_RECLAIM_BY_KSWAPD, 1, true},
	{"reclaim.direct_reclaimed_pages", FIG_RECLAIM_BY_DIRECT, 1, true},
	{"reclaim.taken_from_trace_pages", FIG_RECLAIM_TAKEN, 1, true},
	{"reclaim.refaulted_file_pages", FIG_RECLAIM_REFAULTS, 1, true},
	{"reclaim.swapped_out_pages", FIG_RECLAIM_SWAP_OUT, 1, true},
	{"reclaim.swapped_in_pages", FIG_RECLAIM_SWAP_IN, 1, true},
	{"reclaim.written_pages", FIG_RECLAIM_WRITTEN, 1, true},
	{"reclaim.waits_ns", FIG_RECLAIM_WAITS_NS, 1, true},
	{"reclaim.compaction_stalls_count", FIG_RECLAIM_COMPACT, 1, true},
	{"reclaim.migrated_pages", FIG_RECLAIM_MIGRATED, 1, true},
	{"reclaim.oom_kills_count", FIG_RECLAIM_KILLS, 1, true},
};

static int take_plain(struct compare_run *r, struct err *e)
{
	for (u32 i = 0; i < ARRAY_SIZE(sources); i++) {
		const struct source *s = &sources[i];
		u64 v;
		int rc;

		if (s->optional && !json_get(json_root(r->doc), s->path))
			continue;
		rc = json_get_u64(r->doc, s->path, &v, e);
		if (rc)
			return rc;
		set(r, s->id, v * s->scale);
	}
	return 0;
}

/* Sums over arrays. */

/* A member of an array's element; 0 when it has none. */
static u64 member(const struct json_value *v, const char *key)
{
	const struct json_value *m = json_get(v, key);

	return m && m->kind == JSON_U64 ? m->u64 : 0;
}

static u64 sum_members(const struct json_doc *d, const char *array,
		       const char *key)
{
	const struct json_value *a = json_get(json_root(d), array);
	u64 sum = 0;

	for (const struct json_value *v = a ? a->first : NULL; v; v = v->next)
		sum += member(v, key);
	return sum;
}

/* The @i-th number of an array. */
static u64 element(const struct json_doc *d, const char *array, u32 i)
{
	const struct json_value *a = json_get(json_root(d), array);
	const struct json_value *v = a ? a->first : NULL;

	while (v && i--)
		v = v->next;
	return v && v->kind == JSON_U64 ? v->u64 : 0;
}

static void take_numa(struct compare_run *r)
{
	set(r, FIG_NUMA_MISS, sum_members(r->doc, "numa", "numa_miss"));
	set(r, FIG_NUMA_FOREIGN, sum_members(r->doc, "numa", "numa_foreign"));
	set(r, FIG_NUMA_OTHER, sum_members(r->doc, "numa", "numa_other"));
	set(r, FIG_UNUSABLE_3,
	    element(r->doc, "fragmentation.unusable_index_permille_by_order",
		    3));
	set(r, FIG_UNUSABLE_9,
	    element(r->doc, "fragmentation.unusable_index_permille_by_order",
		    9));
}

/* Costs */

static void take_costs(struct compare_run *r)
{
	const struct json_value *c = json_get(json_root(r->doc), "cost_cycles");
	const struct json_value *busy =
		json_get(json_root(r->doc), "busy_cycles");
	u64 slab = 0;

	for (const struct json_value *v = c ? c->first : NULL; v; v = v->next)
		if (!strncmp(v->key, "slab_", 5))
			slab += v->u64;
	set(r, FIG_COST_SLAB, slab);
	set(r, FIG_COST_PAGES,
	    r->value[FIG_COST] - MIN(slab, r->value[FIG_COST]));
	if (r->nr_events)
		set(r, FIG_COST_OP, r->value[FIG_COST] * 10 / r->nr_events);
	if (busy && busy->u64)
		set(r, FIG_BUSY, busy->u64);
}

/* What the slabs hold: the parts add up to all of their pages. */

static void take_slabs(struct compare_run *r)
{
	const struct json_value *caches = json_get(json_root(r->doc), "caches");
	u64 empty = 0;

	for (const struct json_value *c = caches ? caches->first : NULL; c;
	     c = c->next) {
		u64 slabs = member(c, "slabs");

		if (slabs)
			empty += member(c, "slab_bytes") / slabs *
				 member(c, "empty_slabs");
	}
	set(r, FIG_WASTE_EMPTY, empty);
	set(r, FIG_SLABS, sum_members(r->doc, "caches", "slabs"));
	set(r, FIG_SLABS_FULL, sum_members(r->doc, "caches", "full_slabs"));
	set(r, FIG_SLABS_PARTIAL,
	    sum_members(r->doc, "caches", "partial_slabs"));
	set(r, FIG_SLABS_EMPTY, sum_members(r->doc, "caches", "empty_slabs"));
}

/* Objects that no operation of the trace asked for. */
static u64 own_objects(const struct json_doc *d)
{
	const struct json_value *caches = json_get(json_root(d), "caches");
	u64 bytes = 0;

	for (const struct json_value *c = caches ? caches->first : NULL; c;
	     c = c->next) {
		u64 all = member(c, "handed_out_objs");
		u64 traced = member(c, "live_objs");

		bytes += (all - MIN(all, traced)) * member(c, "object_bytes");
	}
	return bytes;
}

static int take_waste(struct compare_run *r, struct err *e)
{
	const bool is_slob = json_get(json_root(r->doc), "slob") != NULL;
	u64 slab = r->value[FIG_SLAB_END];
	u64 asked, unused, tails, own, rest;
	int rc = json_get_u64(r->doc, "waste.req_bytes_live", &asked, e);

	if (!rc)
		rc = json_get_u64(r->doc,
				  is_slob ? "slob.free_bytes"
					  : "waste.slab_free_objs_bytes",
				  &unused, e);
	if (!rc)
		rc = json_get_u64(r->doc, "waste.slab_tail_bytes", &tails, e);
	if (rc)
		return rc;
	own = own_objects(r->doc);
	rest = asked + unused + tails + own + r->value[FIG_WASTE_PAD];
	set(r, FIG_WASTE_END, slab - MIN(slab, asked));
	set(r, FIG_WASTE_FREE, unused);
	set(r, FIG_WASTE_OWN, own);
	set(r, FIG_WASTE_ROUNDING, slab - MIN(slab, rest));
	if (slab)
		set(r, FIG_USED, MIN(asked, slab) * 1000 / slab);
	r->known[FIG_WASTE_PAD] = !is_slob;
	r->known[FIG_SLOW] = !is_slob;
	if (is_slob)
		return 0;
	set(r, FIG_WASTE_TAIL, tails);
	take_slabs(r);
	return 0;
}

/* series.tsv: means over time; a sample holds until the next. */

enum {
	COL_TIME,
	COL_SLAB,
	COL_LARGE,
	COL_OTHER,
	COL_ASKED,
	NR_COLS
};

struct means {
	unsigned __int128 allocated; /* pages x time */
	unsigned __int128 slab;
	unsigned __int128 waste; /* bytes x time */
	u64 time;
	u64 slab_peak;
};

static void add_sample(struct means *m, const u64 v[NR_COLS], u64 time)
{
	u64 slab_bytes = v[COL_SLAB] * PAGE_BYTES;

	m->slab_peak = MAX(m->slab_peak, v[COL_SLAB]);
	m->allocated +=
		(unsigned __int128)(v[COL_SLAB] + v[COL_LARGE] + v[COL_OTHER]) *
		time;
	m->slab += (unsigned __int128)v[COL_SLAB] * time;
	m->waste += (unsigned __int128)(slab_bytes -
					MIN(slab_bytes, v[COL_ASKED])) *
		    time;
	m->time += time;
}

static int take_row(const struct table *t, u64 row, const u32 *columns, u64 *v,
		    struct err *e)
{
	for (u32 i = 0; i < NR_COLS; i++) {
		int rc = table_u64(t, row, columns[i], &v[i], e);

		if (rc)
			return rc;
	}
	return 0;
}

static int sum_series(const struct table *t, struct means *m, u64 *last,
		      struct err *e)
{
	static const char *const names[NR_COLS] = {
		[COL_TIME] = "time_ns",
		[COL_SLAB] = "slab_pages",
		[COL_LARGE] = "large_kmalloc_pages",
		[COL_OTHER] = "other_pages",
		[COL_ASKED] = "req_bytes_live",
	};
	u32 columns[NR_COLS];
	u64 before[NR_COLS] = {0};

	for (u32 i = 0; i < NR_COLS; i++) {
		int c = table_column(t, names[i], e);

		if (c < 0)
			return c;
		columns[i] = (u32)c;
	}
	for (u64 row = 0; row < t->nr_rows; row++) {
		int rc = take_row(t, row, columns, last, e);

		if (rc)
			return rc;
		if (row && last[COL_TIME] < before[COL_TIME])
			return err_set(e, -EINVAL,
				       "%s:%llu: time goes back; make the run "
				       "again",
				       t->path, (unsigned long long)row + 2);
		if (row)
			add_sample(m, before,
				   last[COL_TIME] - before[COL_TIME]);
		memcpy(before, last, sizeof(before));
	}
	/* The last one lasts no time, but is a peak as good as any. */
	add_sample(m, last, 0);
	return 0;
}

static int take_series(struct compare_run *r, struct err *e)
{
	struct means m = {0};
	u64 last[NR_COLS] = {0};
	struct table t;
	int rc = table_load(&t, r->dir, "series.tsv", e);

	if (!rc)
		rc = sum_series(&t, &m, last, e);
	table_free(&t);
	if (rc)
		return rc;
	if (!m.time) /* one moment: it is its own mean */
		add_sample(&m, last, 1);
	set(r, FIG_MEAN, (u64)(m.allocated * PAGE_BYTES / m.time));
	set(r, FIG_SLAB_MEAN, (u64)(m.slab * PAGE_BYTES / m.time));
	set(r, FIG_WASTE_MEAN, (u64)(m.waste / m.time));
	set(r, FIG_SLAB_PEAK, m.slab_peak * PAGE_BYTES);
	return 0;
}

/* All of it */

static int take_identity(struct compare_run *r, struct err *e)
{
	int rc;
	u64 other;

	r->allocator = json_get_text(r->doc, "machine.allocator", e);
	r->machine = json_get_text(r->doc, "machine.name", e);
	r->trace_hash = json_get_text(r->doc, "trace.hash", e);
	r->format = json_get_text(r->doc, "trace.format", e);
	r->kernel = json_get_text(r->doc, "trace.kernel", e);
	if (!r->allocator || !r->machine || !r->trace_hash || !r->format ||
	    !r->kernel)
		return -EINVAL;
	rc = json_get_u64(r->doc, "machine.cpus_count", &r->nr_cpus, e);
	if (!rc)
		rc = json_get_u64(r->doc, "machine.nodes_count", &r->nr_nodes,
				  e);
	if (!rc)
		rc = json_get_u64(r->doc, "machine.managed_bytes",
				  &r->managed_bytes, e);
	if (!rc)
		rc = json_get_u64(r->doc, "trace.events_count", &r->nr_events,
				  e);
	if (!rc)
		rc = json_get_u64(r->doc, "memory.other_pages", &other, e);
	if (!rc)
		set(r, FIG_END, other * PAGE_BYTES);
	return rc;
}

int compare_run_load(struct compare_run *r, const char *dir, struct err *e)
{
	char *path = xasprintf("%s/summary.json", dir);
	int rc;

	r->dir = xstrdup(dir);
	r->doc = json_read_file(path, e);
	free(path);
	if (!r->doc)
		return e && e->code ? e->code : -EINVAL;
	rc = take_identity(r, e);
	if (!rc)
		rc = take_plain(r, e);
	if (rc)
		return rc;
	r->value[FIG_END] += r->value[FIG_SLAB_END] + r->value[FIG_LARGE_END];
	take_numa(r);
	take_costs(r);
	rc = take_waste(r, e);
	return rc ? rc : take_series(r, e);
}
