/*
 * Sets a generator up: CPUs, call sites, streams of chance; and takes it down.
 */
#include "trace/gen_state.h"

#include "base/bug.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SITES_SEARCHED 4096u

static double gen_progress(const struct trace_reader *base)
{
	struct gen *g = (struct gen *)base;
	double phases = (double)g->w->phases.nr;
	double done = (double)g->round * phases + g->phase_idx, part = 0;
	const struct gen_phase *p = gen_phase_of(g);

	if (g->state == GEN_RUN && p->operations)
		part = (double)g->phase_ops / (double)p->operations;
	else if (g->state == GEN_RUN)
		part = 1 - (double)(g->phase_end_ns - g->now_ns) /
				   (double)p->duration_ns;
	return MIN((done + part) / (phases * g->w->repeat), 1.0);
}

static void gen_close(struct trace_reader *base)
{
	struct gen *g = (struct gen *)base;

	for (u32 cpu = 0; cpu < g->nr_cpus; cpu++)
		for (u32 use = 0; use < NR_CPU_USES; use++)
			gsl_rng_free(g->cpus[cpu].rng[use]);
	for (u32 i = 0; i < g->nr_item_rng; i++)
		for (u32 use = 0; use < NR_ITEM_USES; use++)
			gsl_rng_free(g->item_rng[i][use]);
	gsl_rng_free(g->kept_rng);
	for (u32 i = 0; i < g->nr_touch_rng; i++)
		gsl_rng_free(g->touch_rng[i]);
	free(g->touch_rng);
	free(g->item_rng);
	free(g->file_bytes);
	free(g->readers);
	free(g->cpus);
	VEC_FREE(&g->heap.v);
	VEC_FREE(&g->objects);
	VEC_FREE(&g->touched);
	VEC_FREE(&g->free_slots);
	trace_info_free(&g->info);
	workload_free(g->w);
	free(g);
}

/* The workload's CPUs lie evenly on the machine's, or go around. */
static u16 machine_cpu(u32 cpu, u32 ours, u32 machines)
{
	return (u16)(ours <= machines ? (u64)cpu * machines / ours
				      : cpu % machines);
}

static void make_cpus(struct gen *g, u32 machine_cpus)
{
	char name[GEN_NAME_MAX + 16];

	g->cpus = xcalloc(g->nr_cpus, sizeof(*g->cpus));
	for (u32 cpu = 0; cpu < g->nr_cpus; cpu++) {
		struct gen_cpu *c = &g->cpus[cpu];

		c->machine_cpu = machine_cpu(cpu, g->nr_cpus, machine_cpus);
		snprintf(name, sizeof(name), "%s/%u", g->w->name, cpu);
		c->task = trace_strings_add(&g->info.tasks, name, strlen(name));
		for (u32 use = 0; use < NR_CPU_USES; use++)
			c->rng[use] = gsl_rng_alloc(gsl_rng_taus2);
	}
}

static const char *item_what(const struct gen *g, const struct gen_item *item)
{
	static const char *const what[] = {"nothing", "cache",	"kmalloc",
					   "pages",   "percpu", "mempool",
					   "read",    "write",	"remove"};

	if (item->what == GEN_MEMPOOL)
		return g->w->mempools.at[item->cache].name;
	return item->what == GEN_CACHE ? g->w->caches.at[item->cache].name
				       : what[item->what];
}

/* Objects outlive their phase: a stream an item, for the whole run. */
static void add_touch_rng(struct gen *g, struct gen_touches *t)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);

	t->rng = g->nr_touch_rng++;
	g->touch_rng = xreallocarray(g->touch_rng, g->nr_touch_rng,
				     sizeof(*g->touch_rng));
	g->touch_rng[t->rng] = rng;
	gen_seed(g, rng, "touch", t->rng);
}

/* Items of one name are one call site, but for very many of them. */
static u32 site_named(struct gen *g, const char *name)
{
	struct trace_strings *sites = &g->info.sites;

	for (u32 i = 1; i < sites->nr && sites->nr <= SITES_SEARCHED; i++)
		if (!strcmp(sites->at[i], name))
			return i;
	return trace_strings_add(sites, name, strlen(name));
}

/* Each item is a call site: its own name, or phase:what. */
static void name_sites(struct gen *g, struct gen_phase *p)
{
	char name[2 * GEN_NAME_MAX + 16];

	for (u32 i = 0; i < p->mix.nr; i++) {
		struct gen_item *item = &p->mix.at[i];

		snprintf(name, sizeof(name), "%s:%s", p->name,
			 item_what(g, item));
		if (item->site_name[0])
			snprintf(name, sizeof(name), "%s", item->site_name);
		item->site = item->site_name[0]
				     ? site_named(g, name)
				     : trace_strings_add(&g->info.sites, name,
							 strlen(name));
		if (item->touch.told)
			add_touch_rng(g, &item->touch);
	}
	for (; g->nr_item_rng < p->mix.nr; g->nr_item_rng++) {
		g->item_rng = xreallocarray(g->item_rng, g->nr_item_rng + 1,
					    sizeof(*g->item_rng));
		for (u32 use = 0; use < NR_ITEM_USES; use++)
			g->item_rng[g->nr_item_rng][use] =
				gsl_rng_alloc(gsl_rng_taus2);
	}
}

/* A phase whose CPUs are all beyond ours would never begin. */
static int check_cpus(const struct gen *g, struct err *e)
{
	for (u32 i = 0; i < g->w->phases.nr; i++) {
		const struct gen_phase *p = &g->w->phases.at[i];

		if (!memchr(p->on_cpu, true, g->nr_cpus))
			return err_set(e, -EINVAL,
				       "workload %s: phase %s runs "
				       "on none of the %u CPUs",
				       g->w->name, p->name, g->nr_cpus);
	}
	return 0;
}

struct trace_reader *workload_reader(struct workload *w, u32 nr_cpus,
				     struct err *e)
{
	static const struct trace_reader_ops ops = {
		.read = gen_read,
		.progress = gen_progress,
		.close = gen_close,
	};
	struct gen *g = xcalloc(1, sizeof(*g));

	BUG_ON(!nr_cpus || nr_cpus > TRACE_CPUS_MAX);
	g->base.ops = &ops;
	g->base.info = &g->info;
	g->w = w;
	g->nr_cpus = w->nr_cpus ? w->nr_cpus : nr_cpus;
	trace_info_init(&g->info);
	snprintf(g->info.source_format, sizeof(g->info.source_format),
		 "workload");
	g->info.nr_cpus = nr_cpus;
	g->info.nr_nodes = 1;
	g->info.nr_caches = (u32)MAX(w->caches.nr, w->mempools.nr) + 1;
	g->kept_rng = gsl_rng_alloc(gsl_rng_taus2);
	make_cpus(g, nr_cpus);
	gen_name_tasks(w, &g->info);
	for (u32 i = 0; i < w->phases.nr; i++)
		name_sites(g, &w->phases.at[i]);
	g->file_bytes = xcalloc(w->nr_files + 1, sizeof(*g->file_bytes));
	if (w->nr_files)
		g->readers = xcalloc((size_t)g->nr_item_rng * g->nr_cpus + 1,
				     sizeof(*g->readers));
	if (check_cpus(g, e)) {
		gen_close(&g->base);
		return NULL;
	}
	return &g->base;
}
