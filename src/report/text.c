/*
 * text.c - report.txt: two screens of 80 x 25 at most, what matters first.
 *
 * Fractions are printed from integers, so the text is the same on any host.
 */
#include "report/cpucaches.h"
#include "report/frag.h"
#include "report/json.h"
#include "report/view.h"

#include "base/compiler.h"
#include "sim/clock.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define CACHES_SHOWN	6u
#define SITES_SHOWN	5u
#define ZONES_SHOWN	6u
#define NODES_SHOWN	4u
#define KIB_OF_PAGES(p) ((p) << 2)

/* A name from outside in @width columns: no control bytes, UTF-8 only. */
static void put_name(FILE *to, const char *name, u32 width)
{
	u32 col = 0;

	while (*name && col < width) {
		u32 n = utf8_length(name);

		/* The last column tells that there is more. */
		if (col + 1 == width && name[MAX(n, 1u)])
			fputc('~', to);
		else if (!n || (u8)*name < ' ' || *name == 0x7f ||
			 (n == 2 && (u8)name[0] == 0xc2 && (u8)name[1] < 0xa0))
			fputc('?', to);
		else
			fwrite(name, 1, n, to);
		name += MAX(n, 1u);
		col++;
	}
	for (; col < width; col++)
		fputc(' ', to);
}

/* "12.3" of a hundred; "-" when there is no whole. */
static const char *percent(char buf[16], u64 part, u64 whole)
{
	u32 tenths;

	if (!whole) {
		snprintf(buf, 16, "-");
		return buf;
	}
	tenths = (u32)MIN((double)part / (double)whole * 1000 + 0.5, 99999.0);
	snprintf(buf, 16, "%u.%u", tenths / 10, tenths % 10);
	return buf;
}

static void put_head(FILE *to, const struct report_view *v)
{
	const struct trace_info *t = v->trace;
	const struct metrics *m = v->metrics;
	const u64 ms = (m->end_ns - m->start_ns) / 1000000;

	fprintf(to, "kmemsim " PACKAGE_VERSION "\n");
	fprintf(to, "trace    %.32s", t->source_format);
	if (t->kernel[0]) {
		fputs(" of Linux ", to);
		put_name(to, t->kernel, MIN((u32)strlen(t->kernel), 24u));
	}
	fprintf(to,
		": %" PRIu64 " operations, %u CPUs, %" PRIu64 ".%03" PRIu64
		" s\n",
		m->nr_events, t->nr_cpus, ms / 1000, ms % 1000);
	fputs("machine  ", to);
	put_name(to, v->config->name, MIN((u32)strlen(v->config->name), 24u));
	fprintf(to,
		": %u nodes, %u CPUs, %" PRIu64 " MiB; %s, %s, seed %" PRIu64
		"\n",
		v->snap->nr_nodes, v->snap->nr_cpus,
		KIB_OF_PAGES(v->snap->totalram_pages) / 1024,
		v->snap->slab_name, profile_name(v->config), v->config->seed);
}

static const char *const access_bug_text[NR_ACCESS_BUGS] = {
	[ACCESS_AFTER_FREE] = "access after free",
	[ACCESS_OUT_OF_BOUNDS] = "access out of bounds",
	[ACCESS_NO_OBJECT] = "access to no object",
};

static void put_verdict(FILE *to, const struct report_view *v)
{
	const struct metrics *m = v->metrics;
	const struct run_totals t = run_totals(v);
	char share[16];

	fprintf(to, "verdict  %s; ",
		v->partial ? "PARTIAL: the trace is damaged and ended early"
			   : "complete");
	if (!t.failures) {
		fputs("every operation succeeded\n", to);
	} else {
		fprintf(to, "%" PRIu64 " operations failed (%s %%)\n",
			t.failures, percent(share, t.failures, m->nr_events));
		fputs("         by reason:", to);
		for (u32 r = 0; r < NR_FAIL_REASONS; r++)
			if (t.failures_by_reason[r])
				fprintf(to, " %s %" PRIu64 ";",
					fail_reason_names[r],
					t.failures_by_reason[r]);
		fputc('\n', to);
	}
	if (v->snap->vm_events[VM_EV_OOM_KILL])
		fprintf(to,
			"         OUT OF MEMORY: tasks were killed %" PRIu64
			" times\n",
			v->snap->vm_events[VM_EV_OOM_KILL]);
	if (m->nr_abandoned)
		fprintf(to,
			"         BUG of the simulator: %" PRIu64 " operations "
			"waited for each other and were not performed\n",
			m->nr_abandoned);
	if (m->nr_preempt_bugs)
		fprintf(to,
			"         BUG of the trace: the preemption rule broken %" PRIu64
			" times, first at record %" PRIu64 "\n",
			m->nr_preempt_bugs, m->first_preempt_bug);
	for (u32 b = 0; b < NR_ACCESS_BUGS; b++)
		if (m->access_bugs[b])
			fprintf(to,
				"         BUG of the trace: %s, %" PRIu64
				" times, first at record %" PRIu64 "\n",
				access_bug_text[b], m->access_bugs[b],
				m->first_access_bug[b]);
	if (m->skipped_frees)
		fprintf(to, "         %" PRIu64 " frees of nothing skipped\n",
			m->skipped_frees);
}

/* A line for the per-CPU allocator, if the trace used it. */
static void put_percpu(FILE *to, const struct metrics *m)
{
	const struct percpu_usage *p = &m->percpu;

	if (!p->nr_alloc)
		return;
	fprintf(to,
		"\nPER-CPU  %" PRIu64 " areas allocated, %" PRIu64
		" freed; %u chunks, %" PRIu64 " pages populated a CPU;\n"
		"         %" PRIu64 " KiB free a CPU, the longest run %" PRIu64
		" KiB\n",
		p->nr_alloc, p->nr_free, p->nr_chunks, p->populated_pages,
		p->free_bytes >> 10, p->largest_free_bytes >> 10);
	if (p->reserved_bytes != p->reserved_free_bytes)
		fprintf(to,
			"         of %u bytes reserved for modules %u are free\n",
			p->reserved_bytes, p->reserved_free_bytes);
	if (p->vmalloc_pages)
		fprintf(to,
			"         %" PRIu64 " pages hold the chunks' maps and "
			"page tables\n",
			p->vmalloc_pages);
}

#define MEMPOOLS_SHOWN 4u

static void put_mempools(FILE *to, const struct report_view *v)
{
	const struct metrics *m = v->metrics;

	if (!m->mempools.nr)
		return;
	fprintf(to, "\nMEMPOOLS%8s %6s %10s %8s %8s %6s %8s %6s %9s\n", "over",
		"min_nr", "reserve KB", "allocs", "saved", "lowest", "failed",
		"waits", "longest us");
	for (u32 i = 0; i < MIN(m->mempools.nr, MEMPOOLS_SHOWN); i++) {
		const struct mempool_usage *p = &m->mempools.at[i];

		fprintf(to,
			"  %6u%8s %6u %10" PRIu64 " %8" PRIu64 " %8" PRIu64
			" %6u %8" PRIu64 " %6" PRIu64 " %10" PRIu64 "\n",
			p->mid, mempool_kind_names[p->kind], p->min_nr,
			p->curr_nr * p->element_bytes >> 10, p->stats.nr_alloc,
			p->stats.nr_saved, p->stats.lowest_nr, p->stats.nr_fail,
			p->stats.nr_waits,
			cycles_to_ns(p->stats.wait_cycles_max,
				     v->config->cpu_hz) /
				1000);
	}
	if (m->held_at_end)
		fprintf(to,
			"  %" PRIu64 " operations were not performed: their "
			"task, or their object's, still sleeps\n",
			m->held_at_end);
	if (m->mempools.nr > MEMPOOLS_SHOWN)
		fprintf(to, "  and %u more in summary.json\n",
			(u32)m->mempools.nr - MEMPOOLS_SHOWN);
}

struct text_line {
	const char *name;
	u64 kib;
	u64 whole_kib;
};

static void put_line(FILE *to, const struct text_line *l)
{
	char share[16];

	if (!l->name) {
		fprintf(to, "%39s", "");
		return;
	}
	fprintf(to, "  %-17s %10" PRIu64 " %6s %%", l->name, l->kib,
		percent(share, l->kib, l->whole_kib));
}

#define MEMORY_LINES 7u

/* Where the slabs' memory goes. */
static void slab_lines(const struct report_view *v, struct text_line *l)
{
	const struct slab_waste w = frag_all_waste(v->snap);
	const struct run_totals t = run_totals(v);
	const u64 slab = w.slab_bytes / 1024;

	l[0] = (struct text_line){"slab memory", slab, slab};
	l[1] = (struct text_line){"objects in use", w.object_bytes / 1024,
				  slab};
	l[2] = (struct text_line){"free objects", w.free_bytes / 1024, slab};
	l[3] = (struct text_line){"padding", w.pad_bytes / 1024, slab};
	l[4] = (struct text_line){"slab tails", w.tail_bytes / 1024, slab};
	l[5] = (struct text_line){"asked for (trace)",
				  t.slab_req_bytes_live / 1024, slab};
	l[6] = (struct text_line){"given (trace)",
				  t.slab_alloc_bytes_live / 1024, slab};
}

/* The same of SLOB: its pages are shared, what is free is known by list. */
static void slob_lines(const struct report_view *v, struct text_line *l)
{
	const struct slob_snapshot *s = &v->snap->slob;
	const struct run_totals t = run_totals(v);
	const u64 all = s->pages * 4096;
	const u64 kib = all / 1024;
	u64 free_bytes = 0;

	for (u32 i = 0; i < INSPECT_SLOB_LISTS; i++)
		free_bytes += s->free_bytes[i];
	l[0] = (struct text_line){"SLOB pages", kib, kib};
	l[1] = (struct text_line){"asked for (trace)",
				  t.slab_req_bytes_live / 1024, kib};
	l[2] = (struct text_line){
		"headers, rounding",
		(all - MIN(all, free_bytes + t.slab_req_bytes_live)) / 1024,
		kib};
	l[3] = (struct text_line){"free, small list", s->free_bytes[0] / 1024,
				  kib};
	l[4] = (struct text_line){"free, medium list", s->free_bytes[1] / 1024,
				  kib};
	l[5] = (struct text_line){"free, large list", s->free_bytes[2] / 1024,
				  kib};
}

/* What the memory holds, beside where the slabs' part of it goes. */
static void put_memory(FILE *to, const struct report_view *v)
{
	const struct mm_gauges *g = &v->gauges;
	const u64 total = KIB_OF_PAGES(v->snap->totalram_pages);
	const struct text_line left[MEMORY_LINES] = {
		{"managed", total, total},
		{"peak allocated", KIB_OF_PAGES(v->metrics->peak_memory_pages),
		 total},
		{"free at the end", KIB_OF_PAGES(g->free_pages), total},
		{"  on CPU lists", KIB_OF_PAGES(g->pcp_pages), total},
		{"slabs", KIB_OF_PAGES(g->slab_pages), total},
		{"large kmalloc", KIB_OF_PAGES(g->large_pages), total},
		{"other pages", KIB_OF_PAGES(g->other_pages), total},
	};
	struct text_line right[MEMORY_LINES] = {0};

	if (v->snap->slob.is_slob)
		slob_lines(v, right);
	else
		slab_lines(v, right);
	fprintf(to, "\n%-18s %11s %8s   %-18s %11s %8s\n", "MEMORY", "KiB",
		"share", v->snap->slob.is_slob ? "SLOB WASTE" : "SLAB WASTE",
		"KiB", "share");
	for (u32 i = 0; i < MEMORY_LINES; i++) {
		put_line(to, &left[i]);
		fputs(right[i].name ? "  " : "", to);
		if (right[i].name)
			put_line(to, &right[i]);
		fputc('\n', to);
	}
}

static void put_caches(FILE *to, const struct report_view *v)
{
	u32 nr;
	struct usage_row *rows = rank_caches(v, RANK_SLAB_WASTE, &nr);

	if (nr && rows[0].key)
		fprintf(to,
			"\nCACHES, most slab memory without an object first\n"
			"  %-24s %9s %9s %6s %8s %17s\n",
			"cache", "slab KiB", "waste KiB", "used %", "allocs",
			"full/part/empty");
	for (u32 i = 0; i < MIN(nr, CACHES_SHOWN) && rows[i].key; i++) {
		const struct cache_snapshot *c = rows[i].cache;
		const struct slab_waste w = frag_cache_waste(c);
		char used[16];
		char states[64];

		snprintf(states, sizeof(states),
			 "%" PRIu64 "/%" PRIu64 "/%" PRIu64, c->slabs_full,
			 c->slabs_partial, c->slabs_empty);
		fputs("  ", to);
		put_name(to, c->name, 24);
		fprintf(to,
			" %9" PRIu64 " %9" PRIu64 " %6s %8" PRIu64 " %17s\n",
			w.slab_bytes / 1024, rows[i].key / 1024,
			percent(used, w.object_bytes, w.slab_bytes),
			rows[i].usage->allocs, states);
	}
	free(rows);
}

static void put_sites(FILE *to, const struct report_view *v)
{
	u32 nr;
	struct usage_row *rows = rank_sites(v, RANK_RUN_WASTE, &nr);

	if (nr && rows[0].key)
		fprintf(to,
			"\nCALL SITES, most bytes given beyond those asked "
			"for (whole run)\n  %-38s %9s %10s %9s %7s\n",
			"call site", "allocs", "asked KiB", "waste KiB",
			"waste %");
	for (u32 i = 0; i < MIN(nr, SITES_SHOWN) && rows[i].key; i++) {
		const struct usage *u = rows[i].usage;
		char share[16];

		fputs("  ", to);
		put_name(to, rows[i].name, 38);
		fprintf(to, " %9" PRIu64 " %10" PRIu64 " %9" PRIu64 " %7s\n",
			u->allocs, u->req_bytes / 1024, rows[i].key / 1024,
			percent(share, rows[i].key, u->alloc_bytes));
	}
	free(rows);
}

static void put_zone(FILE *to, const char *who, u64 pages,
		     const u64 nr_free[MAX_ORDER])
{
	static const u32 orders[] = {1, 3, 5, 7, 9, 10};

	fprintf(to, "  %-14s %8" PRIu64 " %7" PRIu64, who,
		KIB_OF_PAGES(pages) / 1024, frag_free_huge(nr_free));
	for (u32 i = 0; i < ARRAY_SIZE(orders); i++) {
		u32 index = frag_unusable_index(nr_free, orders[i]);

		fprintf(to, "  %u.%03u", index / 1000, index % 1000);
	}
	fputc('\n', to);
}

static void put_fragmentation(FILE *to, const struct report_view *v)
{
	const struct mm_snapshot *s = v->snap;
	u64 nr_free[MAX_ORDER];
	u32 shown = 0;
	u32 populated = 0;

	fprintf(to,
		"\nFRAGMENTATION: share of free memory that a request of the order "
		"cannot use\n"
		"  %-14s %8s %7s %6s %6s %6s %6s %6s %6s\n",
		"zone", "free MiB", "free 2M", "ord. 1", "3", "5", "7", "9",
		"10");
	for (u32 i = 0; i < s->nr_zones; i++) {
		const struct zone_snapshot *z = &s->zones[i];
		char who[48];

		if (!z->present_pages || populated++ >= ZONES_SHOWN)
			continue;
		snprintf(who, sizeof(who), "node %u %s", z->node, z->name);
		frag_zone_free(z, nr_free);
		put_zone(to, who, frag_contig(nr_free, 0).free_pages, nr_free);
		shown++;
	}
	if (populated > shown)
		fprintf(to, "  (%u more zones: unusable_index)\n",
			populated - shown);
	frag_machine_free(s, nr_free);
	put_zone(to, "machine", frag_contig(nr_free, 0).free_pages, nr_free);
}

static void put_numa(FILE *to, const struct report_view *v)
{
	const struct mm_snapshot *s = v->snap;
	const struct run_totals t = run_totals(v);

	if (s->nr_nodes < 2)
		return;
	fprintf(to, "\nNUMA pages %9s %10s %10s %10s %10s %10s\n", "hit",
		"miss", "foreign", "interleave", "local", "other");
	for (u32 nid = 0; nid < MIN(s->nr_nodes, NODES_SHOWN); nid++) {
		fprintf(to, "  node %-3u", nid);
		for (u32 i = 0; i < NR_NUMA_STATS; i++)
			fprintf(to, " %10" PRIu64, s->nodes[nid].numa[i]);
		fputc('\n', to);
	}
	if (s->nr_nodes > NODES_SHOWN) {
		fprintf(to, "  all %-4u", s->nr_nodes);
		for (u32 i = 0; i < NR_NUMA_STATS; i++)
			fprintf(to, " %10" PRIu64, t.numa[i]);
		fputc('\n', to);
	}
}

void write_text(FILE *to, const struct report_view *v)
{
	put_head(to, v);
	put_verdict(to, v);
	put_memory(to, v);
	put_caches(to, v);
	put_sites(to, v);
	put_fragmentation(to, v);
	put_numa(to, v);
	put_times(to, v);
	cpucaches_text(to, v);
	put_percpu(to, v->metrics);
	put_mempools(to, v);
	put_page_cache(to, v);
	put_reclaim(to, v);
	put_writeback(to, v);
	put_compaction(to, v);
}
