/* Is a recorded state sound?  Which cache does each slab belong to? */
#include "sim/state_parse.h"

#include "base/compiler.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum block_kind {
	BLOCK_FREE,
	BLOCK_PCP,
	BLOCK_SLAB
};

static const char *const block_kind_names[] = {
	"a free block",
	"a per-cpu block",
	"a slab",
};

struct block {
	pfn_t pfn;
	u32 order;
	u32 zone;
	enum block_kind kind;
};

struct blocks {
	VEC(struct block) v;
};

static int by_pfn(const void *a, const void *b)
{
	pfn_t x = ((const struct block *)a)->pfn;
	pfn_t y = ((const struct block *)b)->pfn;

	return x < y ? -1 : x > y;
}

static void add_run(struct blocks *bs, const struct state *st, u32 zone,
		    const struct state_run *run, u32 order,
		    enum block_kind kind)
{
	for (u32 i = 0; i < run->nr; i++)
		*VEC_PUSH(&bs->v) = (struct block){st->pfns.at[run->at + i],
						   order, zone, kind};
}

static bool in_zone(const struct state_zone *z, u64 pfn, u64 nr)
{
	return pfn >= z->start_pfn && pfn + nr <= z->start_pfn + z->spanned;
}

static u32 zone_of_pfn(const struct state *st, u64 pfn, u64 nr)
{
	for (u32 i = 0; i < st->zones.nr; i++)
		if (in_zone(&st->zones.at[i], pfn, nr))
			return i;
	return (u32)st->zones.nr;
}

static void collect(const struct state *st, struct blocks *bs)
{
	for (u32 i = 0; i < st->zones.nr; i++) {
		const struct state_zone *z = &st->zones.at[i];

		for (u32 mt = 0; mt < MIGRATE_TYPES; mt++)
			for (u32 o = 0; o < MAX_ORDER; o++)
				add_run(bs, st, i, &z->free[mt][o], o,
					BLOCK_FREE);
		for (u32 cpu = 0; cpu < st->nr_cpus; cpu++)
			for (u32 l = 0; l < NR_PCP_LISTS; l++)
				add_run(bs, st, i, &z->pcp[cpu].lists[l],
					l / MIGRATE_PCPTYPES, BLOCK_PCP);
	}
	for (size_t i = 0; i < st->slab_pages.nr; i++) {
		const struct state_slab_page *p = &st->slab_pages.at[i];

		*VEC_PUSH(&bs->v) = (struct block){
			p->pfn, p->order,
			zone_of_pfn(st, p->pfn, (u64)1 << p->order),
			BLOCK_SLAB};
	}
}

/* Every page in its zone, aligned, and in one place only. */
static int check_blocks(const struct state *st, const char *dir, struct err *e)
{
	struct blocks bs = {0};
	u64 end = 0;
	int ret = 0;

	collect(st, &bs);
	if (bs.v.nr)
		qsort(bs.v.at, bs.v.nr, sizeof(*bs.v.at), by_pfn);
	for (size_t i = 0; i < bs.v.nr && !ret; i++) {
		const struct block *b = &bs.v.at[i];
		u64 nr = (u64)1 << b->order;

		if (!b->pfn || b->zone >= st->zones.nr ||
		    !in_zone(&st->zones.at[b->zone], b->pfn, nr))
			ret = err_set(e, -EINVAL,
				      "%s: pfn %u (%s of order %u) is not in "
				      "its zone",
				      dir, b->pfn, block_kind_names[b->kind],
				      b->order);
		else if (b->pfn & (nr - 1))
			ret = err_set(e, -EINVAL,
				      "%s: pfn %u (%s of order %u) is not "
				      "aligned",
				      dir, b->pfn, block_kind_names[b->kind],
				      b->order);
		else if (b->pfn < end)
			ret = err_set(e, -EINVAL,
				      "%s: pfn %u (%s of order %u) is also %s",
				      dir, b->pfn, block_kind_names[b->kind],
				      b->order,
				      block_kind_names[bs.v.at[i - 1].kind]);
		end = b->pfn + nr;
	}
	VEC_FREE(&bs.v);
	return ret;
}

/* The snapshot's counts must be those of the lists. */
static int check_counts(const struct state *st, const char *dir, struct err *e)
{
	for (u32 i = 0; i < st->zones.nr; i++) {
		const struct state_zone *z = &st->zones.at[i];

		for (u32 mt = 0; mt < MIGRATE_TYPES; mt++)
			for (u32 o = 0; o < MAX_ORDER; o++)
				if (z->free[mt][o].nr != z->nr_free[mt][o])
					return err_set(
						e, -EINVAL,
						"%s: node %u zone %u order %u: "
						"%u free blocks listed, the "
						"snapshot counts %llu",
						dir, z->nid, z->type, o,
						z->free[mt][o].nr,
						(unsigned long long)
							z->nr_free[mt][o]);
		for (u32 cpu = 0; cpu < st->nr_cpus; cpu++) {
			s64 nr = 0;

			for (u32 l = 0; l < NR_PCP_LISTS; l++)
				nr += (s64)z->pcp[cpu].lists[l].nr
				      << (l / MIGRATE_PCPTYPES);
			if (nr != z->pcp[cpu].count)
				return err_set(e, -EINVAL,
					       "%s: node %u zone %u cpu %u: %d "
					       "per-cpu pages, %lld listed",
					       dir, z->nid, z->type, cpu,
					       z->pcp[cpu].count,
					       (long long)nr);
			if (z->pcp[cpu].state.batch < 1 ||
			    z->pcp[cpu].state.high < 0)
				return err_set(e, -EINVAL,
					       "%s: node %u zone %u cpu %u: "
					       "batch %d, high %d",
					       dir, z->nid, z->type, cpu,
					       z->pcp[cpu].state.batch,
					       z->pcp[cpu].state.high);
		}
	}
	return 0;
}

/* A listed slab by its page. */
struct listed {
	pfn_t pfn;
	u32 cache;
	u32 slab;
	bool seen;
};

struct listing {
	VEC(struct listed) v;
};

static int listed_by_pfn(const void *a, const void *b)
{
	pfn_t x = ((const struct listed *)a)->pfn;
	pfn_t y = ((const struct listed *)b)->pfn;

	return x < y ? -1 : x > y;
}

static struct listed *find_listed(struct listing *ls, pfn_t pfn)
{
	struct listed key = {.pfn = pfn};

	return ls->v.nr ? bsearch(&key, ls->v.at, ls->v.nr, sizeof(key),
				  listed_by_pfn)
			: NULL;
}

/*
 * Two caches may bear one name (a trace's own "filp" beside the kernel's).
 * A slab on no list is full, and its cache is the one of that name that still
 * lacks slabs on this node; a partly filled one may be any cache's.
 */
static struct state_cache *cache_for_page(struct state *st, const char *name,
					  const struct state_slab_page *p,
					  u32 nid)
{
	struct state_cache *best = NULL;

	for (size_t i = 0; i < st->caches.nr; i++) {
		struct state_cache *c = &st->caches.at[i];

		if (strcmp(c->name, name) != 0 || !p->inuse ||
		    p->inuse > c->objects || p->order > c->order)
			continue;
		if (c->nr_found[nid] < c->nr_slabs[nid] &&
		    (!best || p->inuse == c->objects))
			best = c;
	}
	return best;
}

static int sort_pages(struct state *st, struct listing *ls, const char *dir,
		      struct err *e)
{
	for (size_t i = 0; i < st->slab_pages.nr; i++) {
		const struct state_slab_page *p = &st->slab_pages.at[i];
		const char *name = st->slab_page_names.at[i].at;
		u32 nid = st->zones.at[zone_of_pfn(st, p->pfn, 1)].nid;
		struct listed *l = find_listed(ls, p->pfn);
		struct state_cache *c;

		if (l) {
			const struct state_slab *s =
				&st->caches.at[l->cache].slabs.at[l->slab];

			c = &st->caches.at[l->cache];
			if (strcmp(c->name, name) != 0 ||
			    s->order != p->order || s->inuse != p->inuse)
				return err_set(e, -EINVAL,
					       "%s: slab %u of %s is told in "
					       "two ways",
					       dir, p->pfn, name);
			l->seen = true;
		} else {
			c = cache_for_page(st, name, p, nid);
		}
		if (!c)
			return err_set(
				e, -EINVAL,
				"%s: slab %u: no cache '%s' lacks a slab "
				"like that on node %u",
				dir, p->pfn, name, nid);
		c->nr_found[nid]++;
		*VEC_PUSH(&c->pages) = *p;
	}
	return 0;
}

/* Slot numbers below @objects, each once; adds to @nr. */
static bool slots_sound(const struct state *st, const struct state_run *run,
			u32 objects, u8 *seen, u32 *nr)
{
	for (u32 i = 0; i < run->nr; i++) {
		u16 slot = st->slots.at[run->at + i];

		if (slot >= objects || seen[slot])
			return false;
		seen[slot] = 1;
	}
	*nr += run->nr;
	return true;
}

static int check_slab(const struct state *st, const struct state_cache *c,
		      const struct state_slab *s, u8 *seen, const char *dir,
		      struct err *e)
{
	u32 nr_free = 0;
	u32 nr_cpu = 0;

	memset(seen, 0, STATE_OBJECTS_MAX);
	if (s->objects > c->objects || !s->objects || s->inuse > s->objects ||
	    s->order > c->order ||
	    (u64)s->objects * c->size > STATE_PAGE_SIZE << s->order)
		return err_set(e, -EINVAL, "%s: slab %u of %s: %u/%u objects",
			       dir, s->pfn, c->name, s->inuse, s->objects);
	if (!slots_sound(st, &s->free, s->objects, seen, &nr_free) ||
	    !slots_sound(st, &s->cpufree, s->objects, seen, &nr_cpu) ||
	    nr_free != s->objects - s->inuse || nr_cpu > s->inuse)
		return err_set(e, -EINVAL,
			       "%s: slab %u of %s: its freelist makes no sense",
			       dir, s->pfn, c->name);
	if (s->frozen != (s->on != STATE_ON_NODE))
		return err_set(e, -EINVAL,
			       "%s: slab %u of %s: frozen=%d on that list", dir,
			       s->pfn, c->name, s->frozen);
	return 0;
}

static int check_slabs(struct state *st, struct listing *ls, const char *dir,
		       struct err *e)
{
	u8 *seen = xmalloc(STATE_OBJECTS_MAX);
	int ret = 0;

	for (u32 i = 0; i < st->caches.nr; i++) {
		const struct state_cache *c = &st->caches.at[i];

		for (u32 k = 0; k < c->slabs.nr && !ret; k++) {
			ret = check_slab(st, c, &c->slabs.at[k], seen, dir, e);
			*VEC_PUSH(&ls->v) = (struct listed){c->slabs.at[k].pfn,
							    i, k, false};
		}
	}
	free(seen);
	if (ls->v.nr)
		qsort(ls->v.at, ls->v.nr, sizeof(*ls->v.at), listed_by_pfn);
	for (size_t i = 1; i < ls->v.nr && !ret; i++)
		if (ls->v.at[i].pfn == ls->v.at[i - 1].pfn)
			ret = err_set(e, -EINVAL, "%s: slab %u is on two lists",
				      dir, ls->v.at[i].pfn);
	return ret;
}

static int check_slab_counts(const struct state *st, const struct listing *ls,
			     const char *dir, struct err *e)
{
	for (size_t i = 0; i < ls->v.nr; i++)
		if (!ls->v.at[i].seen)
			return err_set(e, -EINVAL,
				       "%s: slab %u is not in slab_pages", dir,
				       ls->v.at[i].pfn);
	for (size_t i = 0; i < st->caches.nr; i++) {
		const struct state_cache *c = &st->caches.at[i];
		u64 counted = 0;

		for (u32 n = 0; n < MM_NODES_MAX; n++)
			counted += c->nr_slabs[n];
		if (counted != c->pages.nr)
			return err_set(e, -EINVAL,
				       "%s: cache %s: %zu slabs found, the "
				       "snapshot counts %llu",
				       dir, c->name, c->pages.nr,
				       (unsigned long long)counted);
	}
	return 0;
}

int state_check(struct state *st, const char *dir, struct err *e)
{
	struct listing ls = {0};
	int ret;

	for (size_t i = 0; i < st->zones.nr; i++)
		if (!st->zones.at[i].has_lists)
			return err_set(e, -EINVAL,
				       "%s: no free lists of node %u zone %u",
				       dir, st->zones.at[i].nid,
				       st->zones.at[i].type);
	ret = check_blocks(st, dir, e);
	if (!ret)
		ret = check_counts(st, dir, e);
	if (ret || st->kind != STATE_SLUB)
		return ret;
	ret = check_slabs(st, &ls, dir, e);
	if (!ret)
		ret = sort_pages(st, &ls, dir, e);
	if (!ret)
		ret = check_slab_counts(st, &ls, dir, e);
	VEC_FREE(&ls.v);
	return ret;
}
