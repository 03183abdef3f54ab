/*
 * cpucache.c - the caches of a machine: set up, taken down, asked for what
 * they counted.
 */
#include "sim/cpucache_set.h"

#include "base/xmalloc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static u32 log2_of(u64 power)
{
	return (u32)__builtin_ctzll(power);
}

static void cache_init(struct ccache *c, u64 nr_sets, u32 ways)
{
	c->nr_sets = nr_sets;
	c->ways = ways;
	c->pow2 = !(nr_sets & (nr_sets - 1));
	c->set_mask = nr_sets - 1;
	c->entry = xcalloc(nr_sets * ways, sizeof(*c->entry));
}

/* Which CPUs share it, and whether they are of one agent. */
static void find_cpus(struct ccache *c, const struct cpucache *h)
{
	const u16 *cache_of = h->cache_of[c->level];

	c->first_cpu = h->nr_cpus;
	c->private = true;
	for (u32 cpu = 0; cpu < h->nr_cpus; cpu++) {
		if (cache_of[cpu] != c->nr)
			continue;
		c->first_cpu = MIN(c->first_cpu, cpu);
		c->end_cpu = cpu + 1;
		if (h->coherent && h->agent[cpu] != h->agent[c->first_cpu])
			c->private = false;
	}
}

static void cache_create(struct ccache *c, const struct config *config,
			 u32 level, u32 nr, const struct cpucache *h)
{
	const struct config_cpu_cache *k = &config->caches[level];
	u64 lines = k->size_bytes / k->line_bytes;

	c->policy = (u8)k->policy;
	c->inclusion = (u8)k->inclusion;
	c->prefetch = (u8)k->prefetch;
	c->through = k->write_through;
	c->no_allocate = !k->allocate;
	c->latency = k->latency_cycles;
	c->level = level;
	c->line_shift = (u8)log2_of(k->line_bytes);
	c->nr = nr;
	find_cpus(c, h);
	c->use = h->use[level];
	c->rng = rng_for(config->seed + ((u64)level << 32 | nr), "cpu cache");
	cache_init(c, lines / k->ways, k->ways);
	if (k->policy == CACHE_PLRU)
		c->plru = xcalloc(c->nr_sets, sizeof(*c->plru));
	if (k->policy == CACHE_SRRIP)
		c->rrpv = xcalloc(lines, sizeof(*c->rrpv));
	if (k->prefetch == CACHE_STRIDE)
		c->stride = xcalloc(STRIDE_ENTRIES, sizeof(*c->stride));
	if (h->opt.classes)
		c->shadow = shadow_create((u32)lines);
}

static void cache_free(struct ccache *c)
{
	free(c->entry);
	free(c->plru);
	free(c->rrpv);
	free(c->stride);
	shadow_destroy(c->shadow);
}

/* What fits together */

/* The first data cache: its sharers are an agent. */
static const struct config_cpu_cache *first_data(const struct config *c)
{
	for (u32 i = 0; i < c->nr_caches; i++)
		if (c->caches[i].type != 'i')
			return &c->caches[i];
	return NULL;
}

/* How many caches the CPUs have of config.caches[@level]. */
static u32 nr_caches_of(const struct config *c, u32 level)
{
	u32 nr = 0;

	for (u32 cpu = 0; cpu < c->mm.nr_cpus; cpu++)
		nr += config_cache_cpu(&c->caches[level], cpu) == cpu;
	return nr;
}

int cpucache_fits(const struct config *c, struct err *e)
{
	const struct config_cpu_cache *first = first_data(c);
	u64 lines = 0;
	bool coherent;

	if (!first)
		return err_set(e, -EINVAL, "%s: cpu.caches has no data cache",
			       c->nr_caches ? c->caches[0].place : c->source);
	coherent = nr_caches_of(c, (u32)(first - c->caches)) > 1;

	for (u32 i = 0; i < c->nr_caches; i++) {
		const struct config_cpu_cache *k = &c->caches[i];
		bool linked = coherent || k->inclusion || k->prefetch ||
			      k->write_through || !k->allocate;

		if (linked && k->line_bytes != first->line_bytes)
			return err_set(e, -EINVAL,
				       "%s: lines of %u and of %u bytes go "
				       "together only on one CPU with plain "
				       "caches",
				       k->place, first->line_bytes,
				       k->line_bytes);
		lines += k->size_bytes / k->line_bytes * nr_caches_of(c, i);
		if (lines > CPUCACHE_LINES_MAX)
			return err_set(e, -EINVAL,
				       "%s: %llu lines in all caches so far; "
				       "%llu are the most",
				       k->place, (unsigned long long)lines,
				       (unsigned long long)CPUCACHE_LINES_MAX);
	}
	return 0;
}

static bool is_plain(const struct config *c)
{
	for (u32 i = 0; i < c->nr_caches; i++) {
		const struct config_cpu_cache *k = &c->caches[i];

		if (k->inclusion || k->prefetch || k->write_through ||
		    !k->allocate)
			return false;
	}
	return true;
}

/* Setting up */

/* Numbers the caches of each level, and the agents, by their first CPUs. */
static void number_caches(struct cpucache *h, const struct config *c,
			  const struct config_cpu_cache *first)
{
	for (u32 i = 0; i < c->nr_caches; i++)
		for (u32 cpu = 0; cpu < h->nr_cpus; cpu++) {
			u32 named = config_cache_cpu(&c->caches[i], cpu);

			h->cache_of[i][cpu] = named == cpu
						      ? (u16)h->nr_caches[i]++
						      : h->cache_of[i][named];
		}
	for (u32 cpu = 0; cpu < h->nr_cpus; cpu++) {
		u32 named = config_cache_cpu(first, cpu);

		if (named == cpu)
			h->agent_cpu[h->nr_agents++] = (u16)cpu;
		h->agent[cpu] = named == cpu ? (u16)(h->nr_agents - 1)
					     : h->agent[named];
	}
	h->coherent = h->nr_agents > 1;
}

static void create_levels(struct cpucache *h, const struct config *c)
{
	h->sharing = xcalloc(h->nr_owners, sizeof(*h->sharing));
	for (u32 i = 0; i < c->nr_caches; i++) {
		u32 nr = h->nr_caches[i];
		u32 shift = log2_of(c->caches[i].line_bytes);

		h->caches[i] = xcalloc(nr, sizeof(*h->caches[i]));
		h->use[i] = xcalloc(h->nr_owners, sizeof(*h->use[i]));
		h->min_line_shift = MIN(h->min_line_shift, shift);
		for (u32 k = 0; k < nr; k++)
			cache_create(&h->caches[i][k], c, i, k, h);
	}
}

static void create_paths(struct cpucache *h, const struct config *c)
{
	h->data = xcalloc(h->nr_cpus, sizeof(*h->data));
	h->fetch = xcalloc(h->nr_cpus, sizeof(*h->fetch));
	for (u32 cpu = 0; cpu < h->nr_cpus; cpu++) {
		u32 nr_data = 0, nr_fetch = 0;

		for (u32 i = 0; i < c->nr_caches; i++) {
			const struct config_cpu_cache *k = &c->caches[i];
			struct ccache *at = &h->caches[i][h->cache_of[i][cpu]];

			if (k->type != 'i')
				h->data[cpu].at[nr_data++] = at;
			if (k->type != 'd')
				h->fetch[cpu].at[nr_fetch++] = at;
		}
	}
}

static void create_tlbs(struct cpucache *h, const struct config *c)
{
	h->nr_tlbs = c->nr_tlbs;
	h->walk_cycles = c->walk_cycles;
	h->tlb_shift = log2_of(c->mapping_bytes);
	if (!c->nr_tlbs)
		return;
	h->tlb = xcalloc(h->nr_cpus, sizeof(*h->tlb));
	for (u32 i = 0; i < c->nr_tlbs; i++) {
		const struct config_tlb *t = &c->tlbs[i];

		h->tlb_latency[i] = t->latency_cycles;
		h->tlbs[i] = xcalloc(h->nr_cpus, sizeof(*h->tlbs[i]));
		for (u32 cpu = 0; cpu < h->nr_cpus; cpu++) {
			cache_init(&h->tlbs[i][cpu], t->entries / t->ways,
				   t->ways);
			h->tlb[cpu].at[i] = &h->tlbs[i][cpu];
		}
	}
}

static int create_maps(struct cpucache *h, const struct config *c,
		       struct err *e)
{
	if (h->coherent) {
		h->nr_lines = (h->opt.memory_bytes >> h->line_shift) + 1;
		h->group_agents = DIV_ROUND_UP(h->nr_agents, 64u);
		h->dir = xmap_lazy(h->nr_lines * sizeof(*h->dir));
		if (!h->dir)
			return err_sys(e, "directory of lines",
				       "reserving address space");
	}
	if (h->opt.watch < 0)
		return 0;
	BUG_ON((u32)h->opt.watch >= c->nr_caches);
	h->watch_sets = h->caches[h->opt.watch]->nr_sets;
	h->sets_bytes = h->watch_sets * h->nr_owners * sizeof(*h->sets);
	h->sets = xmap_lazy(h->sets_bytes);
	if (!h->sets)
		return err_sys(e, "counters of sets",
			       "reserving address space");
	for (u32 i = 0; i < h->nr_caches[h->opt.watch]; i++)
		h->caches[h->opt.watch][i].sets = h->sets;
	return 0;
}

struct cpucache *cpucache_create(const struct config *c,
				 const struct cpucache_options *opt,
				 struct err *e)
{
	const struct config_cpu_cache *first = first_data(c);
	struct cpucache *h;

	if (cpucache_fits(c, e))
		return NULL;
	h = xcalloc(1, sizeof(*h));
	h->opt = *opt;
	h->nr_cpus = c->mm.nr_cpus;
	h->nr_levels = c->nr_caches;
	h->nr_owners = MAX(opt->nr_owners, 1u);
	h->line_shift = log2_of(first->line_bytes);
	h->min_line_shift = h->line_shift;
	h->memory_latency = c->local_latency_cycles;
	if (c->bandwidth)
		h->line_cycles_16 = MAX(
			c->cpu_hz * first->line_bytes * 16 / c->bandwidth, 1u);
	memcpy(h->distance, c->mm.distance, sizeof(h->distance));
	for (u32 cpu = 0; cpu < h->nr_cpus; cpu++)
		h->cpu_node[cpu] = c->mm.cpu_to_node[cpu];
	number_caches(h, c, first);
	h->opt.whole = opt->whole && !h->coherent && is_plain(c);
	create_levels(h, c);
	create_paths(h, c);
	create_tlbs(h, c);
	if (!create_maps(h, c, e))
		return h;
	cpucache_destroy(h);
	return NULL;
}

void cpucache_destroy(struct cpucache *h)
{
	if (!h)
		return;
	for (u32 i = 0; i < h->nr_levels; i++) {
		for (u32 k = 0; k < h->nr_caches[i]; k++)
			cache_free(&h->caches[i][k]);
		free(h->caches[i]);
		free(h->use[i]);
	}
	for (u32 i = 0; i < h->nr_tlbs; i++) {
		for (u32 cpu = 0; cpu < h->nr_cpus; cpu++)
			cache_free(&h->tlbs[i][cpu]);
		free(h->tlbs[i]);
	}
	if (h->dir)
		xunmap(h->dir, h->nr_lines * sizeof(*h->dir));
	if (h->sets)
		xunmap(h->sets, h->sets_bytes);
	free(h->sharing);
	free(h->tlb);
	free(h->data);
	free(h->fetch);
	free(h);
}

/* Results */

void cpucache_settle(const struct cpucache *h)
{
	for (u32 i = 0; i < h->nr_levels && h->opt.classes; i++)
		for (u32 k = 0; k < h->nr_caches[i]; k++)
			shadow_settle(h->caches[i][k].shadow);
}

const struct cpucache_totals *cpucache_totals(const struct cpucache *h)
{
	return &h->sum;
}

const struct cpucache_level *cpucache_level(const struct cpucache *h, u32 level)
{
	BUG_ON(level >= h->nr_levels);
	return &h->lv[level];
}

const struct cpucache_use *cpucache_use(const struct cpucache *h, u32 level,
					u32 owner)
{
	BUG_ON(level >= h->nr_levels || owner >= h->nr_owners);
	cpucache_settle(h);
	return &h->use[level][owner];
}

const struct cpucache_sharing *cpucache_sharing(const struct cpucache *h,
						u32 owner)
{
	BUG_ON(owner >= h->nr_owners);
	return &h->sharing[owner];
}

void cpucache_sum(const struct cpucache *h, u32 level, struct cpucache_use *sum)
{
	BUG_ON(level >= h->nr_levels);
	cpucache_settle(h);
	*sum = (struct cpucache_use){0};
	for (u32 owner = 0; owner < h->nr_owners; owner++) {
		const struct cpucache_use *u = &h->use[level][owner];

		for (u32 i = 0; i < ARRAY_SIZE(sum->accesses); i++) {
			sum->accesses[i] += u->accesses[i];
			sum->misses[i] += u->misses[i];
		}
		for (u32 i = 0; i < NR_MISS_CLASSES; i++)
			sum->classes[i] += u->classes[i];
	}
}

u64 cpucache_nr_sets(const struct cpucache *h, u32 level)
{
	BUG_ON(level >= h->nr_levels);
	return h->caches[level]->nr_sets;
}

const struct cpucache_set_use *cpucache_sets(const struct cpucache *h,
					     u32 owner)
{
	BUG_ON(owner >= h->nr_owners);
	cpucache_settle(h);
	return h->sets ? &h->sets[owner * h->watch_sets] : NULL;
}

u64 cpucache_watched_sets(const struct cpucache *h)
{
	return h->watch_sets;
}

void cpucache_head(struct cpucache *h, u32 owner, u64 addr)
{
	const struct ccache *c;

	if (!h->sets)
		return;
	BUG_ON(owner >= h->nr_owners);
	c = h->caches[h->opt.watch];
	h->sets[owner * h->watch_sets + set_of(c, addr >> c->line_shift)]
		.heads++;
}

static void add_u64s(u64 *into, u64 *from, size_t bytes)
{
	for (size_t i = 0; i < bytes / sizeof(*from); i++)
		into[i] += from[i];
	memset(from, 0, bytes);
}

void cpucache_retire(struct cpucache *h, u32 from, u32 into)
{
	BUG_ON(from >= h->nr_owners || into >= h->nr_owners);
	BUG_ON(from == into);
	cpucache_settle(h);
	for (u32 level = 0; level < h->nr_levels; level++)
		add_u64s((u64 *)&h->use[level][into],
			 (u64 *)&h->use[level][from], sizeof(**h->use));
	add_u64s((u64 *)&h->sharing[into], (u64 *)&h->sharing[from],
		 sizeof(*h->sharing));
	for (u64 s = 0; h->sets && s < h->watch_sets; s++) {
		struct cpucache_set_use *u = &h->sets[from * h->watch_sets + s];

		u->heads = 0; /* of objects only */
		add_u64s((u64 *)&h->sets[into * h->watch_sets + s], (u64 *)u,
			 sizeof(*u));
	}
}

bool cpucache_is_whole(const struct cpucache *h)
{
	return h->opt.whole;
}

bool cpucache_holds(const struct cpucache *h, u32 level, u32 cpu, u64 addr)
{
	const struct ccache *c;
	u64 line;

	BUG_ON(level >= h->nr_levels || cpu >= h->nr_cpus);
	c = &h->caches[level][h->cache_of[level][cpu]];
	line = addr >> c->line_shift;
	return set_find(c, line);
}
