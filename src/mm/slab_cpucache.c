/*
 * slab_cpucache.c - SLAB's arrays and per-node structures of one cache
 * (Linux 6.1, mm/slab.c: enable_cpucache, setup_kmem_cache_node).
 *
 * What it is
 *	What a kmem_cache owns besides slabs: an array a CPU, and for each
 *	node with memory its lists, a shared array and alien arrays.
 *
 * How it works
 *	cpu_cache[cpu]   percpu memory            limit entries
 *	node[nid]        kmalloc_node()
 *	 ├ shared        kmalloc_node()           shared * batchcount entries
 *	 └ alien[other]  kmalloc_node() each      12 entries (1 when limit is 1)
 *
 * Lock order
 *	None: a cache is made before anybody uses it.
 *
 * Invariants
 *	free_limit == (1 + cpus of the node) * batchcount + num at set-up
 *
 * What is charged
 *	What the allocations inside cost.
 *
 * What is left out, and which kernel this follows
 *	6.1.  The arrays of CPUs lie in percpu memory, which has no simulated
 *	address here.  While the allocator boots, nodes are static.
 */
#include "mm/slab_cache.h"

#include "mm/page_alloc.h"

#include "base/xmalloc.h"

#include <stdlib.h>

static void array_init(struct array_cache *ac, u32 limit, u32 batchcount)
{
	ac->limit = limit;
	ac->batchcount = batchcount;
	ac->entry = xcalloc(limit, sizeof(*ac->entry));
}

/* kmalloc_node() once the general caches are there; false: no memory. */
static bool take(const struct slab_cache *c, paddr_t *at, u64 bytes, gfp_t gfp,
		 u32 nid)
{
	*at = 0;
	if (!slab_booted(c->base.mm))
		return true;
	*at = kmalloc_node(c->base.mm, bytes, gfp, (int)nid);
	return *at != 0;
}

/* @header: bytes in front of the entries, as sizeof() in Linux. */
static struct array_cache *array_new(const struct slab_cache *c, u32 limit,
				     u32 header, gfp_t gfp, u32 nid)
{
	struct array_cache *ac = xcalloc(1, sizeof(*ac));

	if (!take(c, &ac->self, header + 8ull * limit, gfp, nid)) {
		free(ac);
		return NULL;
	}
	/* Linux leaves 0xbaadf00d here: arrays of nodes do not use it. */
	array_init(ac, limit, 0xbaadf00d);
	return ac;
}

static void array_free(const struct slab_cache *c, struct array_cache *ac)
{
	if (!ac)
		return;
	if (ac->self && c->base.self)
		kfree(c->base.mm, ac->self);
	free(ac->entry);
	free(ac);
}

static bool alien_new(struct slab_cache *c, struct slab_node *n, gfp_t gfp,
		      u32 nid)
{
	u32 nr_nodes = c->base.mm->conf.nr_nodes;
	u32 limit = c->limit > 1 ? SLAB_ALIEN_LIMIT : c->limit;

	if (nr_nodes < 2)
		return true;
	if (!take(c, &n->alien_self, 8ull * nr_nodes, gfp | GFP_ZERO, nid))
		return false;
	n->alien = xcalloc(nr_nodes, sizeof(struct array_cache *));
	for (u32 i = 0; i < nr_nodes; i++) {
		if (i == nid)
			continue;
		n->alien[i] = array_new(c, limit, ALIEN_CACHE_BYTES, gfp, nid);
		if (!n->alien[i])
			return false;
	}
	return true;
}

/* In the kernel's order: aliens, shared array, then the node itself. */
static bool setup_node(struct slab_cache *c, u32 nid, gfp_t gfp)
{
	struct mm *mm = c->base.mm;
	struct slab_node *n = xcalloc(1, sizeof(*n));

	c->nodes[nid] = n;
	if (!alien_new(c, n, gfp, nid))
		return false;
	if (c->shared) {
		n->shared = array_new(c, c->shared * c->batchcount,
				      ARRAY_CACHE_BYTES, gfp, nid);
		if (!n->shared)
			return false;
	}
	if (!take(c, &n->self, SLAB_NODE_BYTES, gfp, nid))
		return false;
	n->free_limit = (u64)(1 + mm->nodes[nid].nr_cpus) * c->batchcount +
			c->layout.num;
	/* As the kernel: staggered by where the cache happens to lie. */
	n->next_reap_ms = slab_state_of(mm)->now_ms +
			  REAPTIMEOUT_NODE_S * 1000 +
			  (u64)c->base.idx * 10 % (REAPTIMEOUT_NODE_S * 1000);
	return true;
}

bool slab_setup_cpu_cache(struct slab_cache *c, gfp_t gfp)
{
	struct mm *mm = c->base.mm;

	c->cpu_cache = xcalloc(mm->conf.nr_cpus, sizeof(*c->cpu_cache));
	c->nodes = xcalloc(mm->conf.nr_nodes, sizeof(struct slab_node *));
	for (u32 cpu = 0; cpu < mm->conf.nr_cpus; cpu++)
		array_init(&c->cpu_cache[cpu], c->limit, c->batchcount);
	for (u32 nid = 0; nid < mm->conf.nr_nodes; nid++)
		if (mm->nodes[nid].has_memory && !setup_node(c, nid, gfp))
			return false;
	return true;
}

static void teardown_node(struct slab_cache *c, struct slab_node *n)
{
	for (u32 i = 0; n->alien && i < c->base.mm->conf.nr_nodes; i++)
		array_free(c, n->alien[i]);
	free(n->alien);
	array_free(c, n->shared);
	if (c->base.self) {
		if (n->alien_self)
			kfree(c->base.mm, n->alien_self);
		if (n->self)
			kfree(c->base.mm, n->self);
	}
	free(n);
}

void slab_teardown_cpu_cache(struct slab_cache *c)
{
	struct mm *mm = c->base.mm;

	for (u32 cpu = 0; cpu < mm->conf.nr_cpus; cpu++)
		free(c->cpu_cache[cpu].entry);
	free(c->cpu_cache);
	for (u32 nid = 0; nid < mm->conf.nr_nodes; nid++)
		if (c->nodes[nid])
			teardown_node(c, c->nodes[nid]);
	free(c->nodes);
}
