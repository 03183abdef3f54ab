#include "cmd/cmd.h"
#include "cmd/progress.h"

#include "report/json.h"

#include "trace/stats.h"
#include "trace/trace.h"

#include "base/xmalloc.h"

#include <stdio.h>
#include <stdlib.h>

#define INFO_TOP_MAX 100000u

struct info_options {
	bool json;
	bool partial;
	u64 top;
};

/* All that is to be said. */
struct info_view {
	const char *path;
	const struct trace_info *info;
	const struct trace_stats *s;
	const struct trace_use **caches; /* owned */
	u32 nr_caches;
	const struct trace_site **sites; /* owned */
	u32 nr_sites;
};

typedef unsigned long long ull;

static u64 duration_ns(const struct info_view *v)
{
	return v->s->last_ns - v->s->first_ns;
}

static void print_head(const struct info_view *v)
{
	const struct trace_info *i = v->info;
	double seconds = (double)duration_ns(v) / 1e9;

	printf("%s\n", v->path);
	printf("  format        %s\n", i->source_format);
	printf("  kernel        %s\n", *i->kernel ? i->kernel : "not told");
	printf("  CPUs          %u\n", i->nr_cpus);
	if (i->nr_nodes)
		printf("  nodes         %u\n", i->nr_nodes);
	printf("  events        %llu", (ull)v->s->events);
	if (v->s->implied)
		printf(" (%llu of them implied)", (ull)v->s->implied);
	printf("\n  duration      %.6f s", seconds);
	if (seconds > 0)
		printf(" (%.0f events/s)", (double)v->s->events / seconds);
	printf("\n  objects       %llu alive at the end, %llu at most, "
	       "%u slots\n",
	       (ull)v->s->live, (ull)v->s->peak_live, i->nr_slots);
	printf("  names         %u, call sites %u, tasks %u\n", i->names.nr,
	       i->sites.nr - 1, i->tasks.nr - 1);
}

static void print_ops(const struct trace_stats *s)
{
	printf("\nOperations\n");
	for (u32 op = 0; op < NR_TRACE_OPS; op++)
		if (s->by_op[op])
			printf("  %12llu  %s\n", (ull)s->by_op[op],
			       trace_op_names[op]);
}

static void print_cpus(const struct info_view *v)
{
	printf("\nEvents by CPU (node)\n");
	for (u32 cpu = 0; cpu < v->info->nr_cpus; cpu++)
		if (v->s->by_cpu[cpu])
			printf("  %12llu  CPU %u (%u)\n",
			       (ull)v->s->by_cpu[cpu], cpu,
			       v->info->cpu_to_node[cpu]);
}

static void print_caches(const struct info_view *v)
{
	if (!v->nr_caches)
		return;
	printf("\nCaches, most allocations first\n"
	       "  %12s %12s %12s %12s %8s %14s  %s\n",
	       "allocs", "frees", "alive", "peak", "bytes", "requested",
	       "name");
	for (u32 i = 0; i < v->nr_caches; i++) {
		const struct trace_use *u = v->caches[i];
		char size[24] = "-";

		if (u->size)
			snprintf(size, sizeof(size), "%llu", (ull)u->size);
		printf("  %12llu %12llu %12llu %12llu %8s %14llu  %s\n",
		       (ull)u->allocs, (ull)u->frees, (ull)u->live,
		       (ull)u->peak_live, size, (ull)u->bytes,
		       u->name ? u->name : "(never created)");
	}
}

static void print_sites(const struct info_view *v)
{
	if (!v->nr_sites)
		return;
	printf("\nCall sites, most allocations first\n"
	       "  %12s %14s  %s\n",
	       "allocs", "requested", "site");
	for (u32 i = 0; i < v->nr_sites; i++)
		printf("  %12llu %14llu  %s\n", (ull)v->sites[i]->allocs,
		       (ull)v->sites[i]->bytes,
		       v->info->sites.at[v->sites[i]->site]);
}

static void print_bar(u64 value, u64 most)
{
	u64 n = most ? (value * 40 + most - 1) / most : 0;

	while (n--)
		putchar('#');
	putchar('\n');
}

static void print_sizes(const struct trace_stats *s)
{
	u64 most = 0;
	u64 all_pages = 0;

	for (u32 k = 0; k < TRACE_STATS_CLASSES; k++)
		most = MAX(most, s->slab_sizes[k]);
	if (most)
		printf("\nSlab allocations by size\n");
	for (u32 k = 0; k < TRACE_STATS_CLASSES && most; k++) {
		if (!s->slab_sizes[k])
			continue;
		printf("  %12llu  up to %10llu  ", (ull)s->slab_sizes[k],
		       1ull << k);
		print_bar(s->slab_sizes[k], most);
	}
	for (u32 k = 0; k <= TRACE_ORDER_MAX; k++)
		all_pages = MAX(all_pages, s->page_orders[k]);
	if (all_pages)
		printf("\nPage allocations by order\n");
	for (u32 k = 0; k <= TRACE_ORDER_MAX; k++) {
		if (!s->page_orders[k])
			continue;
		printf("  %12llu  order %2u  ", (ull)s->page_orders[k], k);
		print_bar(s->page_orders[k], all_pages);
	}
}

static void print_counts(const struct info_view *v)
{
	struct trace_counts counts = v->info->counts;
	bool any = false;

	for (u32 i = 0; i < NR_TRACE_COUNTS; i++) {
		u64 n = *trace_count_at(&counts, i);

		if (!n)
			continue;
		if (!any)
			printf("\nWhat the import found\n");
		any = true;
		printf("  %12llu  %s\n", (ull)n, trace_count_names[i].text);
	}
	if (v->s->stray_frees || v->s->overwritten)
		printf("\nWhat replay will find\n");
	if (v->s->stray_frees)
		printf("  %12llu  frees of a slot that holds nothing: they do "
		       "nothing\n",
		       (ull)v->s->stray_frees);
	if (v->s->overwritten)
		printf("  %12llu  allocations into a slot that holds an "
		       "object\n",
		       (ull)v->s->overwritten);
	if (counts.hashed_pointers)
		printf("\nThe addresses are hashed, so objects cannot be told "
		       "apart for certain.\nThe cure: record with `trace-cmd` "
		       "or `perf`, or echo 0 > options/hash-ptr in tracefs\n"
		       "before the recording.\n");
	if (counts.events_lost)
		printf("\nThe recorder lost events. The cure: larger buffers "
		       "(trace-cmd record -b KIB).\n");
}

static void print_text(const struct info_view *v)
{
	print_head(v);
	print_ops(v->s);
	print_cpus(v);
	print_caches(v);
	print_sites(v);
	print_sizes(v->s);
	print_counts(v);
}

static void json_head(struct json *j, const struct info_view *v)
{
	json_string(j, "path", v->path);
	json_string(j, "format", v->info->source_format);
	json_string(j, "kernel", v->info->kernel);
	json_u64(j, "cpus", v->info->nr_cpus);
	json_u64(j, "nodes", v->info->nr_nodes);
	json_u64(j, "slots", v->info->nr_slots);
	json_u64(j, "events", v->s->events);
	json_u64(j, "implied_events", v->s->implied);
	json_u64(j, "duration_ns", duration_ns(v));
	json_u64(j, "live_objects", v->s->live);
	json_u64(j, "peak_live_objects", v->s->peak_live);
	json_u64(j, "stray_frees", v->s->stray_frees);
	json_u64(j, "overwritten_objects", v->s->overwritten);
}

static void json_counts(struct json *j, const struct info_view *v)
{
	struct trace_counts counts = v->info->counts;

	json_object(j, "operations");
	for (u32 op = 0; op < NR_TRACE_OPS; op++)
		json_u64(j, trace_op_names[op], v->s->by_op[op]);
	json_end(j);
	json_object(j, "counts");
	for (u32 i = 0; i < NR_TRACE_COUNTS; i++)
		json_u64(j, trace_count_names[i].id,
			 *trace_count_at(&counts, i));
	json_end(j);
	json_array(j, "events_by_cpu");
	for (u32 cpu = 0; cpu < v->info->nr_cpus; cpu++)
		json_u64(j, NULL, v->s->by_cpu[cpu]);
	json_end(j);
	json_array(j, "node_of_cpu");
	for (u32 cpu = 0; cpu < v->info->nr_cpus; cpu++)
		json_u64(j, NULL, v->info->cpu_to_node[cpu]);
	json_end(j);
}

static void json_tops(struct json *j, const struct info_view *v)
{
	json_array(j, "caches");
	for (u32 i = 0; i < v->nr_caches; i++) {
		const struct trace_use *u = v->caches[i];

		json_object(j, NULL);
		json_string(j, "name", u->name ? u->name : "");
		json_u64(j, "size_bytes", u->size);
		json_u64(j, "allocs", u->allocs);
		json_u64(j, "frees", u->frees);
		json_u64(j, "live", u->live);
		json_u64(j, "peak_live", u->peak_live);
		json_u64(j, "requested_bytes", u->bytes);
		json_end(j);
	}
	json_end(j);
	json_array(j, "sites");
	for (u32 i = 0; i < v->nr_sites; i++) {
		json_object(j, NULL);
		json_string(j, "site", v->info->sites.at[v->sites[i]->site]);
		json_u64(j, "allocs", v->sites[i]->allocs);
		json_u64(j, "requested_bytes", v->sites[i]->bytes);
		json_end(j);
	}
	json_end(j);
}

static void json_sizes(struct json *j, const struct trace_stats *s)
{
	json_array(j, "slab_allocs_by_size");
	for (u32 k = 0; k < TRACE_STATS_CLASSES; k++) {
		if (!s->slab_sizes[k])
			continue;
		json_object(j, NULL);
		json_u64(j, "up_to_bytes", 1ull << k);
		json_u64(j, "allocs", s->slab_sizes[k]);
		json_end(j);
	}
	json_end(j);
	json_array(j, "page_allocs_by_order");
	for (u32 k = 0; k <= TRACE_ORDER_MAX; k++) {
		if (!s->page_orders[k])
			continue;
		json_object(j, NULL);
		json_u64(j, "order", k);
		json_u64(j, "allocs", s->page_orders[k]);
		json_end(j);
	}
	json_end(j);
}

static void print_json(const struct info_view *v)
{
	struct json j;

	json_init(&j, stdout);
	json_object(&j, NULL);
	json_head(&j, v);
	json_counts(&j, v);
	json_tops(&j, v);
	json_sizes(&j, v->s);
	json_end(&j);
	putchar('\n');
}

static void print_info(const char *path, const struct trace_info *info,
		       const struct trace_stats *s,
		       const struct info_options *o)
{
	u32 top = (u32)o->top;
	struct info_view v = {.path = path, .info = info, .s = s};

	v.caches = xcalloc(top + 1, sizeof(*v.caches));
	v.sites = xcalloc(top + 1, sizeof(*v.sites));
	v.nr_caches = trace_stats_top_caches(s, v.caches, top);
	v.nr_sites = trace_stats_top_sites(s, v.sites, top);
	if (o->json)
		print_json(&v);
	else
		print_text(&v);
	free(v.caches);
	free(v.sites);
}

static int info(const char *path, const struct info_options *o, struct err *e)
{
	struct trace_reader *r = trace_open(path, e);
	struct trace_stats s = {0};
	struct progress p;
	const struct trace_rec *recs;
	s64 nr;

	if (!r)
		return e->code;
	progress_begin(&p, "info", o->json);
	while ((nr = trace_read(r, &recs, e)) > 0) {
		trace_stats_add(&s, trace_reader_info(r), recs, (u32)nr);
		progress_show(&p, trace_reader_progress(r), s.events,
			      s.last_ns);
	}
	progress_end(&p);
	if (!e->code || (o->partial && s.events))
		print_info(path, trace_reader_info(r), &s, o);
	trace_stats_free(&s);
	trace_close(r);
	return e->code;
}

int cmd_info(int argc, char **argv)
{
	struct info_options o = {.top = 20};
	const struct opt opts[] = {
		{'j', "json", NULL, "for programs: one JSON object", OPT_FLAG,
		 &o.json},
		{0, "partial", NULL, "tell what stands before the damage",
		 OPT_FLAG, &o.partial},
		{'n', "top", "N", "caches and call sites to list (20)", OPT_U64,
		 &o.top},
	};
	struct err e = {0};
	const char *trace;
	int rc = opts_parse_one(opts, ARRAY_SIZE(opts), "info TRACE",
				"info needs one TRACE", argc, argv, &trace);

	if (rc)
		return rc == -2 ? EXIT_OK : EXIT_USAGE;
	if (o.top > INFO_TOP_MAX) {
		fprintf(stderr, "kmemsim: --top: at most %u\n", INFO_TOP_MAX);
		return EXIT_USAGE;
	}
	if (info(trace, &o, &e)) {
		cmd_fail(&e, EXIT_RUN);
		return o.partial ? EXIT_OK : EXIT_RUN;
	}
	return EXIT_OK;
}
