/*
 * cpucache_mem.c - what lies behind the caches: memory, by distance of its
 * node, and translations.
 *
 * A node's memory hands out one line after another when memory.bandwidth
 * limits it: a line waits until those before it are through.
 */
#include "sim/cpucache_set.h"

#define DISTANCE_LOCAL 10

static u32 node_of(const struct cpucache *h, u64 addr)
{
	return h->opt.node_of ? h->opt.node_of(h->opt.arg, addr) : 0;
}

static cycles_t queue(struct cpucache *h, u32 node)
{
	u64 now_16 = h->now << 4;
	u64 from = MAX(h->channel_free[node], now_16);

	if (!h->line_cycles_16)
		return 0;
	h->channel_free[node] = from + h->line_cycles_16;
	return (from - now_16) >> 4;
}

static cycles_t way_to_node(const struct access *a, u32 node)
{
	const struct cpucache *h = a->h;

	return (cycles_t)h->memory_latency *
	       h->distance[h->cpu_node[a->cpu]][node] / DISTANCE_LOCAL;
}

cycles_t memory_way(const struct access *a, u64 addr)
{
	return way_to_node(a, node_of(a->h, addr));
}

cycles_t memory_read(const struct access *a, u64 addr)
{
	struct cpucache *h = a->h;
	u32 node = node_of(h, addr);
	cycles_t wait = queue(h, node);
	bool remote = node != h->cpu_node[a->cpu];

	h->sum.memory_reads++;
	h->sum.memory_remote += remote;
	h->sharing[a->owner].memory_reads++;
	h->sharing[a->owner].memory_remote += remote;
	h->sum.bandwidth_wait += wait;
	return way_to_node(a, node) + wait;
}

void memory_write(const struct access *a, u64 addr)
{
	a->h->sum.memory_writes++;
	queue(a->h, node_of(a->h, addr));
}

cycles_t tlb_access(struct cpucache *h, u32 cpu, u64 page)
{
	struct tlb_cpu *t = &h->tlb[cpu];
	cycles_t cost = h->walk_cycles;
	u32 level;

	t->last = page + 1;
	for (level = 0; level < h->nr_tlbs; level++) {
		struct ccache *c = t->at[level];

		if (set_use(c, set_of(c, page), page)) {
			cost = h->tlb_latency[level];
			break;
		}
		h->sum.tlb_misses[level]++;
	}
	while (level--)
		ccache_insert(t->at[level], page, entry_state(MESI_E));
	return cost;
}
