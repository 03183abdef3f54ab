/*
 * validate.c - the figures and tables of `kmemsim validate`.
 */
#include "report/validate.h"

#include "base/xmalloc.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PERCENT_ASKED	5u    /* refills, drains, slabs of large caches */
#define RUNS_PERCENT	10u   /* runs of kswapd */
#define FEW_EVENTS	100u  /* fewer are not judged */
#define LARGE_CACHE	20u   /* slabs from which on the share is judged */
#define SHARE_ASKED_PPM 1300u /* sum of errors, 0.13 % of the slab events */

/* One cache, on both sides. */
struct row {
	const char *name;
	u64 allocs; /* in the trace, what it implies included */
	u64 frees;
	s64 trace_change;
	s64 recorded_change; /* of active_objs */
	s64 simulated_change;
	u64 recorded_slabs; /* after */
	u64 simulated_slabs;
};

static const struct cache_snapshot *find_cache(const struct mm_snapshot *s,
					       const char *name)
{
	for (u32 i = 0; i < s->nr_caches; i++)
		if (!strcmp(s->caches[i].name, name))
			return &s->caches[i];
	return NULL;
}

static bool fill_row(struct row *r, const struct validation *v,
		     const struct procsnap_cache *was)
{
	const struct procsnap_cache *is = procsnap_cache(v->after, was->name);
	const struct cache_snapshot *start = find_cache(v->start, was->name);
	const struct cache_snapshot *end = find_cache(v->end, was->name);
	const struct usage *u;

	if (!is || !start || !end)
		return false;
	u = &v->metrics->by_cache[end->idx];
	*r = (struct row){
		.name = was->name,
		.allocs = u->allocs,
		.frees = u->frees,
		.trace_change = (s64)u->allocs - (s64)u->frees,
		.recorded_change = (s64)is->active_objs - (s64)was->active_objs,
		.simulated_change =
			(s64)end->active_objs - (s64)start->active_objs,
		.recorded_slabs = is->num_slabs,
		.simulated_slabs = end->num_slabs,
	};
	return true;
}

static u64 distance(s64 a, s64 b)
{
	return a > b ? (u64)(a - b) : (u64)(b - a);
}

/* Largest error of the change first, then by name. */
static int by_error(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	u64 ex = distance(x->recorded_change, x->simulated_change);
	u64 ey = distance(y->recorded_change, y->simulated_change);

	if (ex != ey)
		return ex < ey ? 1 : -1;
	return strcmp(x->name, y->name);
}

static struct row *make_rows(const struct validation *v, u32 *nr)
{
	struct row *rows = xcalloc(v->before->nr_caches + 1, sizeof(*rows));

	*nr = 0;
	for (u32 i = 0; i < v->before->nr_caches; i++)
		*nr += fill_row(&rows[*nr], v, &v->before->caches[i]);
	qsort(rows, *nr, sizeof(*rows), by_error);
	return rows;
}

/* Verdict lines */

struct verdicts {
	FILE *to;
	u32 nr_off;
};

static void say(struct verdicts *w, const char *what, u64 recorded,
		u64 simulated, const char *asked, bool good)
{
	s64 diff = (s64)simulated - (s64)recorded;

	fprintf(w->to, "  %-34s %11" PRIu64 " %11" PRIu64 " %+10" PRId64 "  ",
		what, recorded, simulated, diff);
	if (recorded)
		fprintf(w->to, "%+8.2f %%",
			100.0 * (double)diff / (double)recorded);
	else
		fprintf(w->to, "%10s", "-");
	fprintf(w->to, "  %s", asked ? (good ? "ok: " : "OFF: ") : "");
	fprintf(w->to, "%s\n", asked ? asked : "for information");
	w->nr_off += asked && !good;
}

static bool within(u64 recorded, u64 simulated, u32 percent)
{
	return distance((s64)recorded, (s64)simulated) * 100 <=
	       recorded * percent;
}

static u64 free_pages_of(const struct procsnap *p)
{
	u64 sum = 0;

	for (u32 i = 0; i < p->nr_zones; i++) {
		sum += p->zones[i].free;
		for (u32 cpu = 0; cpu < p->nr_cpus; cpu++)
			sum += (u64)MAX(p->zones[i].pcp[cpu].count, 0);
	}
	return sum;
}

static u64 free_pages_in(const struct mm_snapshot *s)
{
	u64 sum = 0;

	for (u32 i = 0; i < s->nr_zones; i++)
		sum += (u64)s->zones[i].nr_free_pages_exact;
	for (u32 i = 0; i < s->nr_pcps; i++)
		sum += (u64)s->pcps[i].count;
	return sum;
}

static u64 event_change(const struct validation *v, enum vm_event ev)
{
	return v->end->vm_events[ev] - v->start->vm_events[ev];
}

static void say_pages(struct verdicts *w, const struct validation *v)
{
	const struct trace_counts *c = &v->trace->counts;
	u64 refills = event_change(v, VM_EV_PCP_REFILL_BLOCKS);
	u64 drains = event_change(v, VM_EV_PCP_DRAIN_BLOCKS);
	u64 recorded = free_pages_of(v->before) - free_pages_of(v->after);
	u64 simulated = free_pages_in(v->start) - free_pages_in(v->end);

	say(w, "per-CPU lists: blocks refilled", c->pcp_refills, refills,
	    "within 5 %", within(c->pcp_refills, refills, PERCENT_ASKED));
	say(w, "per-CPU lists: blocks drained", c->pcp_drains, drains,
	    "within 5 %", within(c->pcp_drains, drains, PERCENT_ASKED));
	say(w, "migrate-type fallbacks", c->extfrag_events,
	    event_change(v, VM_EV_EXTFRAG), NULL, true);
	say(w, "pages taken", recorded, simulated, NULL, true);
}

/* What /proc/vmstat tells of reclaim and compaction. */
struct vm_figure {
	enum vm_event ev;
	u32 percent; /* asked for, where there is enough to judge; 0: nothing */
};

static const struct vm_figure vm_figures[] = {
	{VM_EV_PAGEOUTRUN, RUNS_PERCENT},
	{VM_EV_KSWAPD_LOW_WMARK_HIT_QUICKLY, 0},
	{VM_EV_KSWAPD_HIGH_WMARK_HIT_QUICKLY, 0},
	{VM_EV_PGSCAN_KSWAPD, PERCENT_ASKED},
	{VM_EV_PGSTEAL_KSWAPD, PERCENT_ASKED},
	{VM_EV_PGSCAN_DIRECT, 0},
	{VM_EV_PGSTEAL_DIRECT, 0},
	{VM_EV_ALLOCSTALL_MOVABLE, 0},
	{VM_EV_ALLOCSTALL_NORMAL, 0},
	{VM_EV_PGACTIVATE, 0},
	{VM_EV_PGDEACTIVATE, 0},
	{VM_EV_PGREFILL, 0},
	{VM_EV_SLABS_SCANNED, 0},
	{VM_EV_COMPACT_STALL, 0},
	{VM_EV_COMPACT_SUCCESS, 0},
	{VM_EV_COMPACT_FAIL, 0},
	{VM_EV_KCOMPACTD_WAKE, 0},
	{VM_EV_COMPACT_MIGRATE_SCANNED, 0},
	{VM_EV_COMPACT_FREE_SCANNED, 0},
	{VM_EV_PGMIGRATE_SUCCESS, 0},
	{VM_EV_OOM_KILL, 0},
};

/* Counters of the recorded kernel's that moved, or of ours. */
static void say_reclaim(struct verdicts *w, const struct validation *v)
{
	for (u32 i = 0; i < ARRAY_SIZE(vm_figures); i++) {
		const struct vm_figure *f = &vm_figures[i];
		u64 was = v->before->vm_events[f->ev];
		u64 is = v->after->vm_events[f->ev];
		u64 recorded = is - MIN(was, is);
		u64 simulated = event_change(v, f->ev);
		bool judge = f->percent && recorded >= FEW_EVENTS;
		char asked[24];

		if (!recorded && !simulated)
			continue;
		snprintf(asked, sizeof(asked), "within %u %%", f->percent);
		say(w, vm_event_names[f->ev], recorded, simulated,
		    judge ? asked : NULL,
		    within(recorded, simulated, f->percent));
	}
}

struct cache_sums {
	u64 active;    /* caches with operations */
	u64 told;      /* their change is what the trace says */
	u64 told_hit;  /* and ours too */
	u64 exact;     /* our change equals the recorded one */
	u64 error_sum; /* objects */
	u64 events;
	u64 large; /* caches with many slabs */
	u64 large_hit;
};

static struct cache_sums sum_rows(const struct row *rows, u32 nr)
{
	struct cache_sums s = {0};

	for (u32 i = 0; i < nr; i++) {
		const struct row *r = &rows[i];
		bool told = r->trace_change == r->recorded_change;
		bool hit = r->simulated_change == r->recorded_change;

		if (r->recorded_slabs >= LARGE_CACHE) {
			s.large++;
			s.large_hit +=
				within(r->recorded_slabs, r->simulated_slabs,
				       PERCENT_ASKED);
		}
		if (!r->allocs && !r->frees)
			continue;
		s.active++;
		s.told += told;
		s.told_hit += told && hit;
		s.exact += hit;
		s.events += r->allocs + r->frees;
		s.error_sum +=
			distance(r->recorded_change, r->simulated_change);
	}
	return s;
}

/* Without per-CPU slabs slabinfo counts each object (slub_debug=F). */
static bool counts_are_exact(const struct procsnap *p)
{
	const struct procsnap_cache *c = procsnap_cache(p, "kmalloc-64");

	return c && c->sanity_checks;
}

static void say_caches(struct verdicts *w, const struct validation *v,
		       const struct row *rows, u32 nr)
{
	struct cache_sums s = sum_rows(rows, nr);
	bool exact = !v->from_boot && counts_are_exact(v->before);

	say(w, "caches whose change the trace tells", s.told, s.told_hit,
	    exact ? "all of them" : NULL, s.told == s.told_hit);
	say(w, "caches in use: change equal", s.active, s.exact, NULL, true);
	say(w, "sum of errors, objects (of events)", s.events, s.error_sum,
	    exact ? "at most 0.13 %" : NULL,
	    s.error_sum * 1000000 <= s.events * SHARE_ASKED_PPM);
	say(w, "caches of 20 slabs: slabs within 5 %", s.large, s.large_hit,
	    v->from_boot ? "all of them" : NULL, s.large == s.large_hit);
}

/* Tables */

static void table_caches(FILE *to, const struct row *rows, u32 nr)
{
	fprintf(to,
		"\nCACHES, largest error of active_objs first\n"
		"  %-26s %9s %9s %8s %8s %8s %7s %7s\n",
		"cache", "allocs", "frees", "trace", "recorded", "simul.",
		"slabs", "simul.");
	for (u32 i = 0; i < nr; i++) {
		const struct row *r = &rows[i];

		if (!r->allocs && !r->frees &&
		    r->recorded_slabs == r->simulated_slabs)
			continue;
		fprintf(to,
			"  %-26.26s %9" PRIu64 " %9" PRIu64 " %+8" PRId64
			" %+8" PRId64 " %+8" PRId64 " %7" PRIu64 " %7" PRIu64
			"\n",
			r->name, r->allocs, r->frees, r->trace_change,
			r->recorded_change, r->simulated_change,
			r->recorded_slabs, r->simulated_slabs);
	}
}

static u64 blocks_of(const struct procsnap *p, u32 order)
{
	u64 sum = 0;

	for (u32 i = 0; i < p->nr_zones; i++)
		for (u32 mt = 0; mt < MIGRATE_TYPES; mt++)
			sum += p->zones[i].free_blocks[mt][order];
	return sum;
}

static u64 blocks_in(const struct mm_snapshot *s, u32 order)
{
	u64 sum = 0;

	for (u32 i = 0; i < s->nr_zones; i++)
		for (u32 mt = 0; mt < MIGRATE_TYPES; mt++)
			sum += s->zones[i].nr_free[mt][order];
	return sum;
}

static void table_orders(FILE *to, const struct validation *v)
{
	fprintf(to, "\nFREE BLOCKS by order%16s", "");
	for (u32 o = 0; o < MAX_ORDER; o++)
		fprintf(to, " %5u", o);
	fprintf(to, "\n  %-34s", "before");
	for (u32 o = 0; o < MAX_ORDER; o++)
		fprintf(to, " %5" PRIu64, blocks_in(v->start, o));
	fprintf(to, "\n  %-34s", "after, recorded");
	for (u32 o = 0; o < MAX_ORDER; o++)
		fprintf(to, " %5" PRIu64, blocks_of(v->after, o));
	fprintf(to, "\n  %-34s", "after, simulated");
	for (u32 o = 0; o < MAX_ORDER; o++)
		fprintf(to, " %5" PRIu64, blocks_in(v->end, o));
	fputc('\n', to);
}

u32 validation_write(FILE *to, const struct validation *v)
{
	struct verdicts w = {.to = to};
	u32 nr;
	struct row *rows = make_rows(v, &nr);

	fprintf(to,
		"%s: %" PRIu64 " operations on the machine that recorded "
		"them\n\n  %-34s %11s %11s %10s  %10s  %s\n",
		v->name, v->metrics->nr_events, "FIGURE", "recorded",
		"simulated", "difference", "share", "verdict");
	say_pages(&w, v);
	say_caches(&w, v, rows, nr);
	if (!v->from_boot) /* no counters from before it */
		say_reclaim(&w, v);
	table_orders(to, v);
	table_caches(to, rows, nr);
	free(rows);
	return w.nr_off;
}
