/*
 * compact_tsv.c - compaction.tsv and extfrag.tsv: each compaction and each
 * fallback to another migrate type, and who made it necessary; and the sum of
 * it in report.txt.
 */
#include "report/view.h"

#include "base/bug.h"
#include "base/compiler.h"
#include "base/xmalloc.h"

#include <inttypes.h>
#include <stdlib.h>

#define TOP_CAUSES 5u

static const char *const type_names[] = {"unmovable", "movable", "reclaimable",
					 "highatomic"};

static const char *type_name(u32 type)
{
	return type < ARRAY_SIZE(type_names) ? type_names[type] : "?";
}

static void put_run(FILE *to, const struct report_view *v,
		    const struct compact_run *r)
{
	char gfp[GFP_TEXT_MAX];

	fprintf(to, "%s\t%" PRIu64 "\t%" PRIu64 "\t%u\t%s\t%u\t%s\t",
		compact_who_names[r->who], r->start_ns, r->end_ns, r->node,
		v->snap->zones[r->zone].name, r->order, gfp_print(r->gfp, gfp));
	tsv_put_asker(to, v, &r->asker);
	fprintf(to,
		"\t%s\t%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64
		"\t%" PRIu64 "\t%" PRIu64 "\n",
		r->who == COMPACT_DIRECT ? compact_priority_names[r->priority]
					 : "-",
		compact_result_names[r->result], r->free_pages,
		r->migrate_scanned, r->free_scanned, r->moved, r->failed,
		r->cycles);
}

void write_compaction(FILE *to, const struct report_view *v)
{
	fputs("who\tstart_ns\tend_ns\tnode\tzone\torder\tgfp\tcall_site\ttask"
	      "\tcache\tpriority\tresult\tfree_pages\tmigrate_scanned\t"
	      "free_scanned\tmoved_pages\tfailed_pages\tcycles\n",
	      to);
	for (u32 i = 0; i < v->metrics->compact_runs.nr; i++)
		put_run(to, v, &v->metrics->compact_runs.at[i]);
}

static bool is_fragmenting(const struct extfrag_event *e)
{
	return e->fallback_order < PAGEBLOCK_ORDER;
}

void write_extfrag(FILE *to, const struct report_view *v)
{
	fputs("time_ns\tnode\tzone\torder\ttype\tfallback_order\tfallback_type"
	      "\tfragmenting\tcall_site\ttask\tcache\tpfn\n",
	      to);
	for (u32 i = 0; i < v->metrics->extfrags.nr; i++) {
		const struct extfrag_event *e = &v->metrics->extfrags.at[i];

		fprintf(to, "%" PRIu64 "\t%u\t%s\t%u\t%s\t%u\t%s\t%d\t",
			e->time_ns, v->snap->zones[e->zone].node,
			v->snap->zones[e->zone].name, e->order,
			type_name(e->type), e->fallback_order,
			type_name(e->fallback_type), is_fragmenting(e));
		tsv_put_asker(to, v, &e->asker);
		fprintf(to, "\t%u\n", e->pfn);
	}
}

/* report.txt */

/* Fragmenting fallbacks by whom: a kmem_cache, a call site, a task. */
struct cause {
	u32 kind; /* enum blame_kind */
	u32 id;
	u64 events;
};

static int by_asker(const void *a, const void *b)
{
	const struct cause *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

static int more_events(const void *a, const void *b)
{
	const struct cause *x = a, *y = b;

	if (x->events != y->events)
		return x->events < y->events ? 1 : -1;
	return by_asker(a, b);
}

static struct cause cause_of(const struct asker *a)
{
	if (a->cache != ASKER_NO_CACHE)
		return (struct cause){BLAME_CACHE, a->cache, 1};
	if (a->site)
		return (struct cause){BLAME_SITE, a->site, 1};
	return (struct cause){BLAME_TASK, a->task, 1};
}

/* Equal neighbours become one.  Return: how many are left. */
static u32 merge_causes(struct cause *at, u32 nr)
{
	u32 kept = 0;

	for (u32 i = 1; i < nr; i++) {
		if (by_asker(&at[kept], &at[i]))
			at[++kept] = at[i];
		else
			at[kept].events++;
	}
	return nr ? kept + 1 : 0;
}

static void put_causes(FILE *to, const struct report_view *v)
{
	const struct metrics *m = v->metrics;
	struct cause *at = xcalloc(m->extfrags.nr + 1, sizeof(*at));
	u32 nr = 0;

	for (u32 i = 0; i < m->extfrags.nr; i++)
		if (is_fragmenting(&m->extfrags.at[i]))
			at[nr++] = cause_of(&m->extfrags.at[i].asker);
	qsort(at, nr, sizeof(*at), by_asker);
	nr = merge_causes(at, nr);
	qsort(at, nr, sizeof(*at), more_events);
	for (u32 i = 0; i < MIN(nr, TOP_CAUSES); i++) {
		const char *name =
			at[i].kind == BLAME_CACHE
				? view_cache_name(v, at[i].id)
				: view_string(at[i].kind == BLAME_SITE
						      ? &v->trace->sites
						      : &v->trace->tasks,
					      at[i].id);

		fprintf(to, "    %-5s ", blame_kind_names[at[i].kind]);
		tsv_put_name(to, name);
		fprintf(to, "  %" PRIu64 "\n", at[i].events);
	}
	free(at);
}

void put_compaction(FILE *to, const struct report_view *v)
{
	const struct metrics *m = v->metrics;
	const u64 *ev = v->snap->vm_events;
	u64 runs[NR_COMPACT_WHOS] = {0}, moved[NR_COMPACT_WHOS] = {0};
	u64 cycles[NR_COMPACT_WHOS] = {0};

	if (!v->config->mm.reclaim)
		return;
	for (u32 i = 0; i < m->compact_runs.nr; i++) {
		const struct compact_run *r = &m->compact_runs.at[i];

		runs[r->who]++;
		moved[r->who] += r->moved;
		cycles[r->who] += r->cycles;
	}
	fputs("\nCOMPACTION            direct   kcompactd   proactive\n"
	      "  runs        ",
	      to);
	for (u32 w = 0; w < NR_COMPACT_WHOS; w++)
		fprintf(to, "%*" PRIu64, w ? 12 : 14, runs[w]);
	fputs("\n  pages moved ", to);
	for (u32 w = 0; w < NR_COMPACT_WHOS; w++)
		fprintf(to, "%*" PRIu64, w ? 12 : 14, moved[w]);
	fputs("\n  ms at work  ", to);
	for (u32 w = 0; w < NR_COMPACT_WHOS; w++)
		fprintf(to, "%*.6g", w ? 12 : 14,
			1e3 * (double)cycles[w] / (double)v->config->cpu_hz);
	fputc('\n', to);
	put_dropped(to, "compaction.tsv", m->compact_runs_dropped);
	fprintf(to,
		"  stalls %" PRIu64 ": success %" PRIu64 ", failure %" PRIu64
		"; pages that could not move %" PRIu64 "\n",
		ev[VM_EV_COMPACT_STALL], ev[VM_EV_COMPACT_SUCCESS],
		ev[VM_EV_COMPACT_FAIL], ev[VM_EV_PGMIGRATE_FAIL]);
	fprintf(to,
		"  fallbacks to another migrate type %" PRIu64
		", within a pageblock %" PRIu64 "\n",
		ev[VM_EV_EXTFRAG], ev[VM_EV_EXTFRAG_FRAGMENTING]);
	put_dropped(to, "extfrag.tsv", m->extfrags_dropped);
	put_causes(to, v);
}
