/*
 * shrink.c - unused objects of reclaimable caches, and the shrinkers that
 * free them when memory is short.
 *
 * A list has the slots of its objects; links lie in a table by slot, which
 * costs memory only where it is used.  A slot is in a list exactly when its
 * link has one.  A slot that a trace uses again without a free stays where it
 * is; whatever it holds then is looked at before it is freed.
 *
 * As on Linux a file system's shrinker refuses a request without __GFP_FS.
 */
#include "sim/shrink.h"

#include "base/bug.h"
#include "base/rng.h"
#include "base/xmalloc.h"
#include "mm/page_alloc.h"
#include "mm/reclaim.h"

#include <stdlib.h>

/* Linux's default, and its batch for file systems. */
#define SHRINK_SEEKS 2
#define SHRINK_BATCH 1024

#define END	    UINT32_MAX
#define LINKS_BYTES (TRACE_SLOTS_MAX * sizeof(struct link))

struct list {
	u32 head; /* newest */
	u32 tail;
	u64 nr;
};

struct link {
	u32 prev; /* slots, END: none */
	u32 next;
	u32 list; /* 1 + cache idx * MM_NODES_MAX + node; 0: in no list */
};

struct cache_shrinker {
	struct shrinker base; /* first */
	struct shrink *owner;
	u32 cache;
	struct list lists[MM_NODES_MAX];
};

struct shrink {
	struct sim *sim;
	struct rng rng;
	struct link *links;		   /* [TRACE_SLOTS_MAX], lazy, owned */
	struct cache_shrinker **shrinkers; /* [MM_CACHES_MAX], owned */
};

static struct list *list_of(const struct shrink *sh, u32 list)
{
	return &sh->shrinkers[(list - 1) / MM_NODES_MAX]
			->lists[(list - 1) % MM_NODES_MAX];
}

void shrink_gone(struct shrink *sh, u32 slot)
{
	struct link *l = &sh->links[slot];
	struct list *list;

	if (!l->list)
		return;
	list = list_of(sh, l->list);
	if (l->prev == END)
		list->head = l->next;
	else
		sh->links[l->prev].next = l->next;
	if (l->next == END)
		list->tail = l->prev;
	else
		sh->links[l->next].prev = l->prev;
	BUG_ON(!list->nr);
	list->nr--;
	l->list = 0;
}

static u64 count_objects(struct shrinker *base, u32 nid, gfp_t gfp)
{
	const struct cache_shrinker *c =
		container_of(base, struct cache_shrinker, base);

	return gfp & GFP_FS ? c->lists[nid].nr : 0;
}

/* The object of @slot goes; true: there was one of this cache. */
static bool free_object(struct shrink *sh, u32 slot, u32 cache)
{
	struct metrics *m = &sh->sim->metrics;
	struct slot *o = &sh->sim->slots[slot];
	struct usage *u;
	u64 size;

	if (o->kind != SLOT_CACHE || o->cache != cache)
		return false;
	size = sh->sim->mm->caches[cache]->size;
	u = &m->by_site[slot_site(o)];
	u->frees++;
	u->live_req_bytes -= o->size;
	u->live_alloc_bytes -= size;
	u = &m->by_cache[cache];
	u->frees++;
	u->live_req_bytes -= o->size;
	u->live_alloc_bytes -= size;
	m->reclaimed_objects++;
	o->kind = SLOT_RECLAIMED;
	kmem_cache_free(sh->sim->mm->caches[cache], slot_addr(o));
	return true;
}

static u64 scan_objects(struct shrinker *base, u32 nid, u64 nr, gfp_t gfp)
{
	struct cache_shrinker *c =
		container_of(base, struct cache_shrinker, base);
	struct list *list = &c->lists[nid];
	u64 freed = 0;

	(void)gfp;
	for (; nr && list->nr; nr--) {
		u32 slot = list->tail;

		shrink_gone(c->owner, slot);
		freed += free_object(c->owner, slot, c->cache);
	}
	return freed;
}

static struct cache_shrinker *shrinker_for(struct shrink *sh, u32 cache)
{
	struct cache_shrinker *c = sh->shrinkers[cache];

	if (c)
		return c;
	c = xcalloc(1, sizeof(*c));
	c->base = (struct shrinker){.count = count_objects,
				    .scan = scan_objects,
				    .seeks = SHRINK_SEEKS,
				    .batch = SHRINK_BATCH};
	c->owner = sh;
	c->cache = cache;
	for (u32 nid = 0; nid < MM_NODES_MAX; nid++)
		c->lists[nid] = (struct list){.head = END, .tail = END};
	sh->shrinkers[cache] = c;
	register_shrinker(sh->sim->mm, &c->base);
	return c;
}

void shrink_object(struct shrink *sh, u32 slot, const struct kmem_cache *cache,
		   u64 addr)
{
	u32 nid = pfn_to_nid(sh->sim->mm, (pfn_t)(addr >> PAGE_SHIFT));
	struct link *l = &sh->links[slot];
	struct list *list;

	shrink_gone(sh, slot); /* a slot that is used again */
	if (!(cache->flags & SLAB_RECLAIM_ACCOUNT) ||
	    rng_below(&sh->rng, 100) >= sh->sim->config.slab_unused_percent)
		return;
	list = &shrinker_for(sh, cache->idx)->lists[nid];
	*l = (struct link){.prev = END,
			   .next = list->head,
			   .list = 1 + cache->idx * MM_NODES_MAX + nid};
	if (list->head == END)
		list->tail = slot;
	else
		sh->links[list->head].prev = slot;
	list->head = slot;
	list->nr++;
}

struct shrink *shrink_create(struct sim *s, struct err *e)
{
	struct shrink *sh = xcalloc(1, sizeof(*sh));

	sh->sim = s;
	sh->rng = rng_for(s->config.seed, "slab_unused");
	sh->links = xmap_lazy(LINKS_BYTES);
	if (!sh->links) {
		err_sys(e, "unused objects", "reserving address space");
		free(sh);
		return NULL;
	}
	sh->shrinkers = xcalloc(MM_CACHES_MAX, sizeof(struct cache_shrinker *));
	return sh;
}

void shrink_destroy(struct shrink *sh)
{
	if (!sh)
		return;
	for (u32 i = 0; i < MM_CACHES_MAX; i++)
		free(sh->shrinkers[i]);
	free(sh->shrinkers);
	xunmap(sh->links, LINKS_BYTES);
	free(sh);
}
