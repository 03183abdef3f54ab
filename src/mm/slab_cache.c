/*
 * slab_cache.c - SLAB's caches: making and ending them; booting
 * (Linux 6.1, mm/slab.c: __kmem_cache_create, kmem_cache_init).
 *
 * What it is
 *	Everything of SLAB that runs once a cache, or once a machine.
 *
 * How it works
 *	A layout is computed, limits are chosen by size and tuned by name, then
 *	slab_cpucache.c makes arrays and nodes.  The first cache is the one of
 *	caches.  Until all general caches are there no cache keeps its free
 *	index off the slab: there is no class yet for it to lie in.
 *
 * Lock order
 *	None: a cache is made before anybody uses it.
 *
 * Invariants
 *	object_size <= size of the layout, which is that of the base
 *
 * What is charged
 *	What arrays and nodes cost that are allocated.
 *
 * What is left out, and which kernel this follows
 *	6.1 without debugging.  The static structs that 6.1 boots with, and
 *	replaces, are allocated here as all others.
 */
#include "mm/slab_cache.h"

#include "mm/slab_private.h"
#include "mm/slab_sizes.h"

#include "base/xmalloc.h"

#include <errno.h>
#include <stdlib.h>

static u32 class_size(const void *arg, u32 bytes)
{
	const struct mm *mm = arg;
	const struct kmem_cache *s;

	if (!slab_booted(mm))
		return 0;
	s = kmalloc_slab((struct mm *)(uintptr_t)mm, bytes, 0);
	if (!s || slab_cache_of(s)->layout.management == SLAB_MGMT_OFF)
		return 0;
	return s->size;
}

gfp_t slab_allocflags_of(slab_flags_t flags)
{
	return GFP_COMP | slab_zone_flags(flags);
}

void slab_set_allocflags(struct slab_cache *c)
{
	c->allocflags = slab_allocflags_of(c->base.flags);
}

struct slab_cache *slab_cache_new(struct mm *mm, const struct slab_layout *l,
				  u32 limit, u32 batchcount, u32 shared)
{
	struct slab_cache *c = xcalloc(1, sizeof(*c));

	if (!kmem_cache_reserve(mm, &c->base)) {
		free(c);
		return NULL;
	}
	c->layout = *l;
	c->base.size = l->size;
	c->base.align = l->align;
	c->reciprocal = (((u64)1 << 32) + l->size - 1) / l->size;
	c->side_bytes = (u32)ALIGN_UP(sizeof(paddr_t) + sizeof(u16) * l->num,
				      sizeof(paddr_t));
	c->limit = limit;
	c->batchcount = batchcount;
	c->shared = shared;
	if (slab_setup_cpu_cache(c, slab_booted(mm) ? GFP_KERNEL : GFP_NOWAIT))
		return c;
	kmem_cache_unreserve(&c->base);
	slab_teardown_cpu_cache(c);
	free(c);
	return NULL;
}

struct kmem_cache *slab_create(struct mm *mm, const char *name, u32 size,
			       u32 align, slab_flags_t flags)
{
	struct slab_layout_env env = {
		.conf = &mm->conf,
		.max_order = mm->totalram_pages > (32u << 20) / MM_PAGE_SIZE,
		.kmalloc_size = class_size,
		.arg = mm,
	};
	struct slab_layout l;
	struct slab_cache *c;
	u32 limit, batchcount, shared;

	if (!slab_layout_of(&l, size, align, flags, &env))
		return NULL;
	slab_limits_of(l.size, mm->conf.nr_cpus, &limit, &batchcount, &shared);
	slab_limits_tune(&mm->conf, name, &limit, &batchcount, &shared);
	c = slab_cache_new(mm, &l, limit, batchcount, shared);
	if (!c)
		return NULL;
	c->base.object_size = size;
	c->base.flags = flags;
	slab_set_allocflags(c);
	return &c->base;
}

int slab_shutdown(struct kmem_cache *s)
{
	return slab_shrink_all(s) ? -EBUSY : 0;
}

void slab_release(struct kmem_cache *s)
{
	struct slab_cache *c = slab_cache_of(s);

	slab_teardown_cpu_cache(c);
	free(c->sides);
	VEC_FREE(&c->unused_sides);
	free(c);
}

/* Boot */

bool slab_booted(const struct mm *mm)
{
	return !slab_state_of(mm)->restoring &&
	       mm->kmalloc_caches[KMALLOC_NORMAL][KMALLOC_SHIFT_HIGH];
}

/* sizeof(struct kmem_cache) of SLAB in 6.1: 224 bytes and a pointer a node. */
static u32 cache_struct_bytes(const struct mm *mm)
{
	return 224 + SLAB_WORD * mm->conf.nr_nodes;
}

int slab_init(struct mm *mm, struct err *e)
{
	struct slab_state *st = xcalloc(1, sizeof(*st));

	mm->slab_private = st;
	st->reap_node = xcalloc(mm->conf.nr_cpus, sizeof(*st->reap_node));
	for (u32 cpu = 0; cpu < mm->conf.nr_cpus; cpu++)
		st->reap_node[cpu] =
			(mm->conf.cpu_to_node[cpu] + 1u) % mm->conf.nr_nodes;
	return create_boot_cache(mm, cache_struct_bytes(mm), SLAB_HWCACHE_ALIGN,
				 e);
}

void slab_exit(struct mm *mm)
{
	struct slab_state *st = slab_state_of(mm);

	if (!st)
		return;
	VEC_FREE(&st->rcu);
	free(st->reap_node);
	free(st);
	mm->slab_private = NULL;
}
