/*
 * slub_walk.c - SLUB's slabs told one by one, freelists and all.
 *
 * What it is
 *	The SLUB half of mm_inspect_slabs().
 *
 * How it works
 *	For each CPU its slab, then its partial list; then the nodes' partial
 *	lists; each from the head.  Freelists are copied out of the links.
 *
 * Lock order
 *	None is taken: nothing else runs meanwhile.
 *
 * Invariants
 *	inuse + length of the slab's own freelist == objects (slub_check).
 *
 * What is charged
 *	Nothing: no allocator looks here.
 *
 * What is left out
 *	Full slabs, which no list holds.  Follows Linux 6.1.
 */
#include "base/bug.h"
#include "mm/inspect.h"
#include "mm/slub.h"

struct walk {
	const struct slub_cache *s;
	inspect_slab_fn fn;
	void *arg;
	u32 nr; /* slabs told so far */
	u16 free[SLUB_MAX_OBJECTS];
	u16 cpu_free[SLUB_MAX_OBJECTS];
};

static u32 copy_chain(const u16 *links, u16 slot, u16 *to)
{
	u32 nr = 0;

	for (; slot != SLOT_NONE; slot = links[slot]) {
		BUG_ON(nr == SLUB_MAX_OBJECTS);
		to[nr++] = slot;
	}
	return nr;
}

/* Fills what struct page knows and tells; @v has the place. */
static void tell(struct walk *w, pfn_t pfn, struct slab_view *v)
{
	const struct mm *mm = w->s->base.mm;
	const struct page *page = &mm->memmap[pfn];
	const u16 *links = slub_links(slub_state(mm), page->slots);

	v->cache = w->s->base.name;
	v->size = w->s->base.size;
	v->first_of_cache = !w->nr++;
	v->pfn = pfn;
	v->order = page->order;
	v->inuse = page->inuse;
	v->objects = page->objects;
	v->frozen = page->flags & PG_FROZEN;
	v->partial_slabs = page->nr_partial;
	v->free = w->free;
	v->nr_free = copy_chain(links, page->freelist, w->free);
	w->fn(w->arg, v);
}

static void walk_cpu(struct walk *w, u32 cpu)
{
	const struct mm *mm = w->s->base.mm;
	const struct slub_cpu *c = &w->s->cpus[cpu];
	struct slab_view v = {.cpu = (s32)cpu};

	if (c->slab) {
		v.cpu_slab = true;
		v.cpu_free = w->cpu_free;
		v.nr_cpu_free = copy_chain(c->links, c->freelist, w->cpu_free);
		tell(w, c->slab, &v);
	}
	v = (struct slab_view){.cpu = (s32)cpu};
	for (pfn_t p = c->partial; p; p = mm->memmap[p].next)
		tell(w, p, &v);
}

void slub_walk(const struct kmem_cache *base, inspect_slab_fn fn, void *arg)
{
	const struct mm *mm = base->mm;
	struct walk w = {.s = to_slub_const(base), .fn = fn, .arg = arg};

	for (u32 cpu = 0; cpu < mm->conf.nr_cpus; cpu++)
		walk_cpu(&w, cpu);
	for (u32 n = 0; n < mm->conf.nr_nodes; n++) {
		struct slab_view v = {.cpu = -1, .node = n};

		for (pfn_t p = w.s->nodes[n].partial.head; p;
		     p = mm->memmap[p].next)
			tell(&w, p, &v);
	}
	if (!w.nr) {
		struct slab_view none = {.cache = base->name,
					 .size = base->size,
					 .first_of_cache = true,
					 .cpu = -1};

		fn(arg, &none);
	}
}
