/*
 * sample.c - the rows of series.tsv and caches.tsv.
 *
 * Memory is bounded: when there are twice as many rows as asked for, every
 * second one is dropped and the interval doubles.
 */
#include "base/bug.h"
#include "base/xmalloc.h"
#include "mm/filemap.h"
#include "sim/sim_priv.h"

#include <stdlib.h>
#include <string.h>

static u64 slab_pages(const struct mm *mm)
{
	u64 pages = 0;

	for (u32 n = 0; n < mm->conf.nr_nodes; n++)
		pages += mm->numa_slab_reclaimable[n] +
			 mm->numa_slab_unreclaimable[n];
	return pages;
}

void sample_peak(struct sim *s)
{
	/* As the kernel's, the slab counters hold large kmalloc too. */
	u64 pages = slab_pages(s->mm) + s->metrics.live_pages +
		    s->mm->mempool_pages;

	for (u32 n = 0; s->mm->filemap && n < s->mm->conf.nr_nodes; n++)
		pages += s->mm->filemap->nr_file_pages[n];

	s->memory_changed = false;
	if (pages > s->metrics.peak_memory_pages)
		s->metrics.peak_memory_pages = pages;
}

/* Memory that nobody here counts is taken as well: what was there before
 * the trace, what reclaim keeps for want of a use. */
static void peak_of_all(struct sim *s, const struct mm_gauges *g)
{
	u64 managed = 0;

	for (u32 i = 0; i < s->mm->nr_zones; i++)
		managed += s->mm->zones[i].managed_pages;
	BUG_ON(g->free_pages > managed);
	s->metrics.peak_memory_pages =
		MAX(s->metrics.peak_memory_pages, managed - g->free_pages);
}

static void fill_caches(struct sim *s, u32 at, u64 ns)
{
	struct metrics *m = &s->metrics;
	struct cache_sample *c = &m->cache_samples[at];
	struct cache_gauge g[METRICS_TOP_CACHES];

	*c = (struct cache_sample){.time_ns = ns};
	c->nr = mm_gauge_caches(s->mm, g, METRICS_TOP_CACHES);
	for (u32 i = 0; i < c->nr; i++) {
		c->cache[i].idx = g[i].idx;
		strncpy(c->cache[i].name, g[i].name,
			sizeof(c->cache[i].name) - 1);
		c->cache[i].num_slabs = g[i].num_slabs;
		c->cache[i].full = g[i].full;
		c->cache[i].partial = g[i].partial;
		c->cache[i].empty = g[i].empty;
		memcpy(metrics_node_states(m, at, i), g[i].nodes,
		       m->nr_nodes * sizeof(*g[i].nodes));
	}
}

static void make_room(struct sim *s)
{
	struct metrics *m = &s->metrics;

	m->nr_nodes = s->mm->conf.nr_nodes;
	m->samples = xcalloc(s->samples_max, sizeof(*m->samples));
	m->cache_samples = xcalloc(s->samples_max, sizeof(*m->cache_samples));
	m->node_samples = xcalloc((size_t)s->samples_max * METRICS_TOP_CACHES,
				  m->nr_nodes * sizeof(*m->node_samples));
	if (s->pressure)
		m->maps = xcalloc(s->samples_max, sizeof(*m->maps));
}

/* Half of the rows go; those at even places stay. */
static void thin(struct sim *s)
{
	struct metrics *m = &s->metrics;
	u32 kept = (m->nr_samples + 1) / 2;

	for (u32 i = 1; i < kept; i++) {
		m->samples[i] = m->samples[2 * i];
		m->cache_samples[i] = m->cache_samples[2 * i];
		memcpy(metrics_node_states(m, i, 0),
		       metrics_node_states(m, 2 * i, 0),
		       METRICS_TOP_CACHES * m->nr_nodes *
			       sizeof(*m->node_samples));
		if (m->maps)
			memcpy(m->maps[i], m->maps[2 * i], sizeof(*m->maps));
	}
	m->nr_samples = m->nr_cache_samples = kept;
	s->sample_interval *= 2;
}

void sample_take(struct sim *s)
{
	struct metrics *m = &s->metrics;
	u64 ns = cycles_to_ns(s->now, s->tick_hz);
	struct sample *row;

	if (!m->samples)
		make_room(s);
	/* The last one is taken wherever the run ends: once is enough. */
	if (m->nr_samples && m->samples[m->nr_samples - 1].time_ns == ns)
		m->nr_samples = m->nr_cache_samples = m->nr_samples - 1;
	if (m->nr_samples == s->samples_max)
		thin(s);
	row = &m->samples[m->nr_samples];
	*row = (struct sample){.time_ns = ns, .events = m->nr_events};
	mm_gauge(s->mm, &row->g);
	peak_of_all(s, &row->g);
	if (s->pressure) {
		m->map_parts = mm_gauge_map(s->mm, m->maps[m->nr_samples]);
		memcpy(row->vm_events, s->mm->vm_events,
		       sizeof(row->vm_events));
	}
	row->req_bytes_live = m->shared.live_req_bytes;
	row->alloc_bytes_live = m->shared.live_alloc_bytes;
	for (u32 i = 0; i < s->mm->nr_caches; i++) {
		row->req_bytes_live += m->by_cache[i].live_req_bytes;
		row->alloc_bytes_live += m->by_cache[i].live_alloc_bytes;
	}
	for (u32 n = 0; n < s->mm->conf.nr_nodes; n++) {
		row->numa_local += s->mm->numa[n][NUMA_LOCAL];
		row->numa_other += s->mm->numa[n][NUMA_OTHER];
	}
	row->remote_frees = m->retired.remote_frees;
	for (u32 i = 0; i < s->mm->nr_caches; i++)
		row->remote_frees += m->by_cache[i].remote_frees;
	if (s->cpucache) {
		const struct cpucache_totals *t = cpucache_totals(s->cpucache);

		row->memory_lines = t->memory_reads;
		row->memory_remote = t->memory_remote;
	}
	for (u32 o = 0; o < MAX_ORDER; o++)
		row->unusable_index[o] = unusable_index(row->g.nr_free, o);
	fill_caches(s, m->nr_samples, ns);
	m->nr_cache_samples = ++m->nr_samples;
}
