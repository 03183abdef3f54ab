/*
 * reclaim_tsv.c - reclaim.tsv: each run of kswapd and each direct reclaim,
 * who made it necessary and what it cost; and the sum of it in report.txt.
 */
#include "report/view.h"

#include "base/compiler.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TOP_BLAMES 8u
#define TOP_KILLS  8u
#define TOP_RUNS   5u

const char *view_string(const struct trace_strings *s, u32 i)
{
	return i < s->nr ? s->at[i] : "?";
}

const char *view_cache_name(const struct report_view *v, u32 idx)
{
	for (u32 i = 0; i < v->snap->nr_caches; i++)
		if (v->snap->caches[i].idx == idx)
			return v->snap->caches[i].name;
	return "(destroyed)";
}

void tsv_put_asker(FILE *to, const struct report_view *v, const struct asker *a)
{
	tsv_put_name(to, view_string(&v->trace->sites, a->site));
	fputc('\t', to);
	tsv_put_name(to, view_string(&v->trace->tasks, a->task));
	fputc('\t', to);
	tsv_put_name(to, a->cache == ASKER_NO_CACHE
				 ? "-"
				 : view_cache_name(v, a->cache));
}

void put_dropped(FILE *to, const char *file, u64 nr)
{
	if (nr)
		fprintf(to,
			"  %s, and what is summed here from its lines, lacks "
			"the last %" PRIu64 "\n",
			file, nr);
}

static const char *blame_name(const struct report_view *v,
			      const struct blame *b)
{
	if (b->kind == BLAME_CACHE)
		return view_cache_name(v, b->id);
	return view_string(b->kind == BLAME_SITE ? &v->trace->sites
						 : &v->trace->tasks,
			   b->id);
}

static void put_run(FILE *to, const struct report_view *v,
		    const struct reclaim_run *r)
{
	char gfp[GFP_TEXT_MAX];

	fprintf(to, "%s\t%" PRIu64 "\t%" PRIu64 "\t%u\t",
		reclaim_who_names[r->who], r->wake_ns, r->sleep_ns, r->node);
	if (r->who != RECLAIM_KSWAPD)
		fputc('-', to);
	else
		fputs(v->snap->zones[r->zone].name, to);
	fprintf(to, "\t%u\t%s\t", r->order, gfp_print(r->gfp, gfp));
	tsv_put_asker(to, v, &r->asker);
	fprintf(to, "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64,
		r->free_pages, r->scanned, r->reclaimed, r->cycles);
	for (u32 i = 0; i < RECLAIM_BLAMES; i++) {
		const struct blame *b = &r->blames[i];

		fprintf(to, "\t%s\t",
			b->pages ? blame_kind_names[b->kind] : "-");
		tsv_put_name(to, b->pages ? blame_name(v, b) : "-");
		fprintf(to, "\t%" PRIu64, b->pages);
	}
	fputc('\n', to);
}

void write_reclaim(FILE *to, const struct report_view *v)
{
	fputs("who\twake_ns\tsleep_ns\tnode\tzone\torder\tgfp\tcall_site\ttask"
	      "\tcache\tfree_pages\tscanned_pages\treclaimed_pages\tcycles",
	      to);
	for (u32 i = 1; i <= RECLAIM_BLAMES; i++)
		fprintf(to, "\ttaker%u_kind\ttaker%u\ttaker%u_pages", i, i, i);
	fputc('\n', to);
	for (u32 i = 0; i < v->metrics->reclaim_runs.nr; i++)
		put_run(to, v, &v->metrics->reclaim_runs.at[i]);
}

/* Counters that charts show over time, all of them sums so far. */
static const enum vm_event sampled_events[] = {
	VM_EV_EXTFRAG,	      VM_EV_EXTFRAG_STEAL,  VM_EV_ALLOCSTALL,
	VM_EV_PGSTEAL_KSWAPD, VM_EV_PGSTEAL_DIRECT, VM_EV_ALLOC_FAIL,
	VM_EV_OOM_KILL,
};

static void put_zone_names(FILE *to, const struct zone_snapshot *z)
{
	static const char *const what[] = {"free", "boost", "min", "low",
					   "high"};

	for (u32 i = 0; i < ARRAY_SIZE(what); i++)
		fprintf(to, "\tnode%u_%s_%s_pages", z->node, z->name, what[i]);
}

static void put_pressure_row(FILE *to, const struct report_view *v,
			     const struct sample *s, u32 nr_zones)
{
	fprintf(to, "%" PRIu64, s->time_ns);
	for (u32 l = 0; l < INSPECT_LRU_LISTS; l++)
		fprintf(to, "\t%" PRIu64, s->g.lru_pages[l]);
	fprintf(to,
		"\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64
		"\t%" PRIu64,
		s->g.dirty_pages, s->g.writeback_pages, s->g.slab_pages,
		s->g.free_pages, v->snap->totalram_pages);
	for (u32 i = 0; i < ARRAY_SIZE(sampled_events); i++)
		fprintf(to, "\t%" PRIu64, s->vm_events[sampled_events[i]]);
	for (u32 z = 0; z < nr_zones; z++) {
		const u64 *marks = v->snap->zones[z].watermark;

		fprintf(to,
			"\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64
			"\t%" PRIu64,
			s->g.zone_free[z], s->g.zone_boost[z], marks[WMARK_MIN],
			marks[WMARK_LOW], marks[WMARK_HIGH]);
	}
	fputc('\n', to);
}

/* At each sample: pages by list and by zone; the marks are without boost. */
void write_pressure(FILE *to, const struct report_view *v)
{
	const u32 nr_zones = MIN(v->snap->nr_zones, (u32)GAUGE_ZONES);

	fputs("time_ns\tinactive_anon_pages\tactive_anon_pages\t"
	      "inactive_file_pages\tactive_file_pages\tunevictable_pages\t"
	      "dirty_pages\twriteback_pages\tslab_pages\tfree_pages\t"
	      "managed_pages",
	      to);
	for (u32 i = 0; i < ARRAY_SIZE(sampled_events); i++)
		fprintf(to, "\t%s", vm_event_names[sampled_events[i]]);
	for (u32 z = 0; z < nr_zones; z++)
		put_zone_names(to, &v->snap->zones[z]);
	fputc('\n', to);
	for (u32 i = 0; i < v->metrics->nr_samples; i++)
		put_pressure_row(to, v, &v->metrics->samples[i], nr_zones);
}

/* Each part's use at each sample; parts of a node are of one size. */
void write_map(FILE *to, const struct report_view *v)
{
	fputs("time_ns\tnode\tfrom_page\tstate\tuse\tmigratetype\n", to);
	for (u32 i = 0; i < v->metrics->nr_samples; i++) {
		const struct sample *s = &v->metrics->samples[i];

		for (u32 p = 0; p < v->metrics->map_parts; p++) {
			const struct map_part *m = &v->metrics->maps[i][p];

			fprintf(to, "%" PRIu64 "\t%u\t%u\t%u\t%s\t%s\n",
				s->time_ns, m->node, m->from_page, m->use,
				map_state_names[m->use],
				map_type_names[m->migratetype]);
		}
	}
}

static int more_pages(const void *a, const void *b)
{
	const struct blame *x = a, *y = b;

	if (x->pages != y->pages)
		return x->pages < y->pages ? 1 : -1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

static void put_takers(FILE *to, const struct report_view *v, u64 wakes)
{
	struct blame top[METRICS_BLAMES];
	u32 nr = (u32)v->metrics->blames.nr;
	u64 sum = 0;

	for (u32 i = 0; i < nr; i++) {
		top[i] = v->metrics->blames.at[i];
		sum += top[i].pages;
	}
	if (!sum)
		return;
	qsort(top, nr, sizeof(top[0]), more_pages);
	fprintf(to,
		"  taken between wake-ups by     KiB  share   (%" PRIu64
		" wake-ups)\n",
		wakes);
	for (u32 i = 0; i < MIN(nr, TOP_BLAMES); i++) {
		const char *name = blame_name(v, &top[i]);

		fprintf(to, "  %-5s ", blame_kind_names[top[i].kind]);
		tsv_put_name(to, name);
		fprintf(to, "  %" PRIu64 " KiB  %.1f %%\n", top[i].pages * 4,
			100.0 * (double)top[i].pages / (double)sum);
	}
}

static u64 took_ns(const struct reclaim_run *r)
{
	return r->sleep_ns > r->wake_ns ? r->sleep_ns - r->wake_ns : 0;
}

/* The longest runs of kswapd, longest first; of equals the earlier one. */
static u32 longest_runs(const struct metrics *m,
			const struct reclaim_run *top[TOP_RUNS])
{
	u32 nr = 0;

	for (u32 i = 0; i < m->reclaim_runs.nr; i++) {
		const struct reclaim_run *r = &m->reclaim_runs.at[i];
		u32 at = nr;

		if (r->who != RECLAIM_KSWAPD)
			continue;
		while (at && took_ns(top[at - 1]) < took_ns(r))
			at--;
		if (at == TOP_RUNS)
			continue;
		nr = MIN(nr + 1, TOP_RUNS);
		memmove(&top[at + 1], &top[at], (nr - 1 - at) * sizeof(*top));
		top[at] = r;
	}
	return nr;
}

/* Who woke it, and who had taken most since it was woken before. */
static void put_longest(FILE *to, const struct report_view *v)
{
	const struct reclaim_run *top[TOP_RUNS];
	u32 nr = longest_runs(v->metrics, top);

	if (nr)
		fputs("  kswapd's longest runs: at s, ms, KiB reclaimed; woken "
		      "by; most was taken by\n",
		      to);
	for (u32 i = 0; i < nr; i++) {
		const struct reclaim_run *r = top[i];
		const struct asker *who = &r->asker;
		const struct blame *b = &r->blames[0];

		fprintf(to, "  %11.6f  %9.4g  %8" PRIu64 "  node %u %s; ",
			(double)r->wake_ns / 1e9, (double)took_ns(r) / 1e6,
			r->reclaimed * 4, r->node,
			v->snap->zones[r->zone].name);
		if (who->site || who->task) {
			tsv_put_name(to, who->site
						 ? view_string(&v->trace->sites,
							       who->site)
						 : view_string(&v->trace->tasks,
							       who->task));
			fprintf(to, ", order %u; ", r->order);
		} else {
			fputs("its own look; ", to);
		}
		if (b->pages) {
			tsv_put_name(to, blame_name(v, b));
			fprintf(to, " %" PRIu64 " KiB", b->pages * 4);
		} else {
			fputs("nobody", to);
		}
		fputc('\n', to);
	}
}

static void put_oom_kills(FILE *to, const struct report_view *v)
{
	const struct metrics *m = v->metrics;
	const u64 kills = v->snap->vm_events[VM_EV_OOM_KILL];
	u32 shown = 0;

	if (!kills)
		return;
	fprintf(to,
		"  out of memory: %" PRIu64 " kill%s, %" PRIu64
		" pages freed\n",
		kills, kills == 1 ? "" : "s", m->oom_pages);
	for (u32 i = 0; i < m->reclaim_runs.nr && shown < TOP_KILLS; i++) {
		const struct reclaim_run *r = &m->reclaim_runs.at[i];
		char gfp[GFP_TEXT_MAX];

		if (r->who != RECLAIM_OOM)
			continue;
		shown++;
		fprintf(to, "    %.6f s  ", (double)r->wake_ns / 1e9);
		tsv_put_name(to, blame_name(v, &r->blames[0]));
		fprintf(to, " lost %" PRIu64 " KiB: ", r->reclaimed * 4);
		tsv_put_name(to, view_string(&v->trace->tasks, r->asker.task));
		fputs(" at ", to);
		tsv_put_name(to, view_string(&v->trace->sites, r->asker.site));
		fprintf(to, " wanted order %u, %s\n", r->order,
			gfp_print(r->gfp, gfp));
	}
}

void put_reclaim(FILE *to, const struct report_view *v)
{
	const struct metrics *m = v->metrics;
	const u64 *ev = v->snap->vm_events;
	const struct reclaim_sums s = reclaim_sums(m);
	const double per_ms = (double)v->config->cpu_hz / 1e3;

	if (!v->config->mm.reclaim)
		return;
	fprintf(to,
		"\nRECLAIM                 kswapd      direct\n"
		"  runs            %12" PRIu64 "%12" PRIu64 "\n"
		"  pages scanned   %12" PRIu64 "%12" PRIu64 "\n"
		"  pages reclaimed %12" PRIu64 "%12" PRIu64 "\n",
		s.kswapd_runs, s.stalls, ev[VM_EV_PGSCAN_KSWAPD],
		ev[VM_EV_PGSCAN_DIRECT], ev[VM_EV_PGSTEAL_KSWAPD],
		ev[VM_EV_PGSTEAL_DIRECT]);
	fprintf(to, "  ms at work      %12.6g%12.6g\n",
		(double)s.kswapd_cycles / per_ms,
		(double)s.direct_cycles / per_ms);
	if (s.stalls)
		fprintf(to,
			"  a request that helps itself waits %.4g us in the "
			"median, 99 %% at most\n  %.4g us, the longest %.4g "
			"us; together %.6g ms\n",
			(double)s.stall_p50_ns / 1e3,
			(double)s.stall_p99_ns / 1e3,
			(double)s.stall_most_ns / 1e3,
			(double)s.direct_ns / 1e6);
	if (m->reclaimed_pages || m->recorded_reclaims)
		fprintf(to,
			"  of the trace's pages %" PRIu64
			" were reclaimed before "
			"it freed them,\n  %" PRIu64
			" that its own kswapd freed stayed until needed\n",
			m->reclaimed_pages, m->recorded_reclaims);
	if (ev[VM_EV_SLABS_SCANNED])
		fprintf(to,
			"  shrinkers looked at %" PRIu64
			" objects and freed %" PRIu64 "\n",
			ev[VM_EV_SLABS_SCANNED],
			m->reclaimed_objects +
				ev[VM_EV_WORKINGSET_NODERECLAIM]);
	put_dropped(to, "reclaim.tsv", m->reclaim_runs_dropped);
	put_oom_kills(to, v);
	put_takers(to, v, s.kswapd_runs);
	put_longest(to, v);
}
