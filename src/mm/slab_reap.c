/*
 * slab_reap.c - how SLAB gives memory back (Linux 6.1, mm/slab.c:
 * cache_reap, drain_array, kmem_cache_shrink).
 *
 * What it is
 *	The timer of each CPU that empties what nobody uses, and the shrink
 *	that empties everything.
 *
 * How it works
 *	every 2 s, on each CPU, for each cache:
 *	  aliens of one other node, in turn    ──> home
 *	  the CPU's array: touched? clear it : a fifth of limit ──> slabs
 *	  every 4 s a node: the shared array likewise; then, unless a free
 *	  slab was touched, some of slabs_free ──> page allocator
 *
 * Lock order
 *	slab_mutex, then as slab.c.
 *
 * Invariants
 *	those of slab.c						(slab_check)
 *
 * What is charged
 *	What the frees inside cost.
 *
 * What is left out, and which kernel this follows
 *	6.1.  Who calls slab_cache_reap(), and when, is the machine's.
 */
#include "mm/slab_cache.h"

/* @all: everything; else a fifth of the limit, or half of less. */
static void drain_array_locked(struct slab_cache *c, struct array_cache *ac,
			       u32 nid, bool all)
{
	u32 nr;

	if (!ac || !ac->avail)
		return;
	nr = all ? ac->avail : (ac->limit + 4) / 5;
	if (nr > ac->avail)
		nr = (ac->avail + 1) / 2;
	slab_free_block(c, ac->entry, nr, nid);
	ac->avail -= nr;
	for (u32 i = 0; i < ac->avail; i++)
		ac->entry[i] = ac->entry[i + nr];
}

static void drain_array(struct slab_cache *c, struct array_cache *ac, u32 nid)
{
	if (!ac || !ac->avail)
		return;
	if (ac->touched)
		ac->touched = false;
	else
		drain_array_locked(c, ac, nid, false);
}

static void reap_node(struct slab_cache *c, u32 nid, u64 now_ms)
{
	struct slab_node *n = c->nodes[nid];
	u64 per_pass = 5ull * c->layout.num;

	if (n->next_reap_ms > now_ms)
		return;
	n->next_reap_ms = now_ms + REAPTIMEOUT_NODE_S * 1000;
	drain_array(c, n->shared, nid);
	if (n->free_touched)
		n->free_touched = false;
	else
		slab_drain_freelist(c, nid,
				    (n->free_limit + per_pass - 1) / per_pass);
}

void slab_cache_reap(struct mm *mm, u64 now_ms)
{
	struct slab_state *st = mm->slab_private;
	u32 cpu = mm->machine->cpu, nid = numa_mem_id(mm);

	st->now_ms = now_ms;
	for (struct kmem_cache *s = mm->cache_list; s; s = s->next) {
		struct slab_cache *c = slab_cache_of(s);
		struct slab_node *n = c->nodes[nid];

		if (!n)
			continue;
		if (n->alien && n->alien[st->reap_node[cpu]])
			slab_drain_alien(c, n->alien[st->reap_node[cpu]],
					 st->reap_node[cpu]);
		drain_array(c, &c->cpu_cache[cpu], nid);
		reap_node(c, nid, now_ms);
	}
	st->reap_node[cpu] = (st->reap_node[cpu] + 1) % mm->conf.nr_nodes;
}

static void drain_cpu_caches(struct slab_cache *c)
{
	struct mm *mm = c->base.mm;

	for (u32 cpu = 0; cpu < mm->conf.nr_cpus; cpu++)
		drain_array_locked(c, &c->cpu_cache[cpu],
				   mm->conf.cpu_to_node[cpu], true);
	for (u32 nid = 0; nid < mm->conf.nr_nodes; nid++)
		for (u32 i = 0; c->nodes[nid] && c->nodes[nid]->alien &&
				i < mm->conf.nr_nodes;
		     i++)
			if (c->nodes[nid]->alien[i])
				slab_drain_alien(c, c->nodes[nid]->alien[i], i);
	for (u32 nid = 0; nid < mm->conf.nr_nodes; nid++)
		if (c->nodes[nid])
			drain_array_locked(c, c->nodes[nid]->shared, nid, true);
}

int slab_shrink_all(struct kmem_cache *s)
{
	struct slab_cache *c = slab_cache_of(s);
	int left = 0;

	drain_cpu_caches(c);
	for (u32 nid = 0; nid < s->mm->conf.nr_nodes; nid++) {
		struct slab_node *n = c->nodes[nid];

		if (!n)
			continue;
		slab_drain_freelist(c, nid, UINT64_MAX);
		left += n->lists[SLABS_FULL].head ||
			n->lists[SLABS_PARTIAL].head;
	}
	return left != 0;
}
