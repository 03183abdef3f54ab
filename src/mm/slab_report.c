/*
 * slab_report.c - SLAB counted and checked.
 *
 * What it is
 *	The figures of slabinfo and of snapshots, and the walk that proves
 *	the invariants.
 *
 * How it works
 *	Node by node, list by list; the arrays' entries are subtracted from
 *	what the slabs count as in use.
 *
 * Lock order
 *	None: nothing is changed.
 *
 * Invariants
 *	those of slab.c, walked here: slab_check()
 *
 * What is charged
 *	Nothing.
 *
 * What is left out, and which kernel this follows
 *	6.1: as there, slabinfo counts objects in arrays as active.
 */
#include "mm/slab_cache.h"

#include "base/bitmap.h"
#include "mm/inspect.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

void slab_fill_slabinfo(const struct kmem_cache *s, struct slabinfo *si)
{
	const struct slab_cache *c = slab_cache_of(s);
	u64 free_objs = 0;

	memset(si, 0, sizeof(*si));
	for (u32 nid = 0; nid < s->mm->conf.nr_nodes; nid++) {
		const struct slab_node *n = c->nodes[nid];

		if (!n)
			continue;
		si->num_slabs += n->total_slabs;
		si->active_slabs += n->total_slabs - n->free_slabs;
		free_objs += n->free_objects;
		if (n->shared)
			si->shared_avail += n->shared->avail;
	}
	si->num_objs = si->num_slabs * c->layout.num;
	si->active_objs = si->num_objs - free_objs;
	si->limit = c->limit;
	si->batchcount = c->batchcount;
	si->shared = c->shared;
	si->objects_per_slab = c->layout.num;
	si->cache_order = c->layout.gfporder;
}

/* Objects in arrays: allocated for the slabs, in nobody's hands. */
static u64 objects_in_arrays(const struct slab_cache *c)
{
	const struct mm *mm = c->base.mm;
	u64 sum = 0;

	for (u32 cpu = 0; cpu < mm->conf.nr_cpus; cpu++)
		sum += c->cpu_cache[cpu].avail;
	for (u32 nid = 0; nid < mm->conf.nr_nodes; nid++) {
		const struct slab_node *n = c->nodes[nid];

		if (!n)
			continue;
		sum += n->shared ? n->shared->avail : 0;
		for (u32 i = 0; n->alien && i < mm->conf.nr_nodes; i++)
			sum += n->alien[i] ? n->alien[i]->avail : 0;
	}
	return sum;
}

static void count_node(const struct slab_cache *c, u32 nid,
		       struct cache_snapshot *out)
{
	const struct mm *mm = c->base.mm;
	const struct slab_node *n = c->nodes[nid];
	u64 *const by_list[NR_SLAB_LISTS] = {
		&out->slabs_full, &out->slabs_partial, &out->slabs_empty};

	for (u32 id = 0; id < NR_SLAB_LISTS; id++) {
		for (pfn_t pfn = n->lists[id].head; pfn;
		     pfn = pfn_to_page(mm, pfn)->next) {
			u32 inuse = pfn_to_page(mm, pfn)->inuse;

			++*by_list[id];
			out->nodes[nid].nr_partial += id == SLABS_PARTIAL;
			out->occupancy[MIN(inuse * 10 / c->layout.num, 9)]++;
		}
	}
	out->nodes[nid].nr_slabs = n->total_slabs;
	out->nodes[nid].total_objects = n->total_slabs * c->layout.num;
	out->nodes[nid].free_on_partial = n->free_objects;
	out->nodes[nid].nr_full =
		n->total_slabs - n->free_slabs - out->nodes[nid].nr_partial;
	out->nodes[nid].nr_free_slabs = n->free_slabs;
	out->nodes[nid].free_limit = n->free_limit;
	out->nodes[nid].colour_next = n->colour_next;
	out->nodes[nid].free_touched = n->free_touched;
	out->nodes[nid].shared_avail = n->shared ? (s64)n->shared->avail : -1;
	for (u32 i = 0; n->alien && i < mm->conf.nr_nodes; i++) {
		if (!n->alien[i])
			continue;
		out->nodes[nid].alien_avail += n->alien[i]->avail;
		out->alien_limit = n->alien[i]->limit;
	}
}

void slab_fill_inspect(const struct kmem_cache *s, struct cache_snapshot *out)
{
	const struct slab_cache *c = slab_cache_of(s);
	struct slabinfo si;

	slab_fill_slabinfo(s, &si);
	out->objects_per_slab = c->layout.num;
	out->order = c->layout.gfporder;
	for (u32 nid = 0; nid < s->mm->conf.nr_nodes; nid++)
		if (c->nodes[nid])
			count_node(c, nid, out);
	for (u32 cpu = 0; cpu < s->mm->conf.nr_cpus; cpu++) {
		out->cpus[cpu].avail = c->cpu_cache[cpu].avail;
		out->cpus[cpu].touched = c->cpu_cache[cpu].touched;
	}
	out->colour = c->layout.colour;
	out->colour_off = c->layout.colour_off;
	out->freelist_bytes = c->layout.freelist_bytes;
	out->management = slab_management_name(c->layout.management);
	out->active_objs = si.active_objs;
	out->num_objs = si.num_objs;
	out->active_slabs = si.active_slabs;
	out->num_slabs = si.num_slabs;
	out->live_objs = si.active_objs - objects_in_arrays(c);
	out->slab_pages = si.num_slabs << c->layout.gfporder;
	out->nr_alloc = c->nr_alloc;
	out->nr_alloc_slow = c->nr_alloc_slow;
	out->nr_free = c->nr_free;
	out->nr_free_slow = c->nr_free_slow;
	out->nr_free_remote = c->nr_free_remote;
	out->nr_slab_new = c->nr_slab_new;
	out->nr_slab_freed = c->nr_slab_freed;
}

u64 slab_nr_pages(const struct kmem_cache *s)
{
	const struct slab_cache *c = slab_cache_of(s);
	u64 slabs = 0;

	for (u32 nid = 0; nid < s->mm->conf.nr_nodes; nid++)
		if (c->nodes[nid])
			slabs += c->nodes[nid]->total_slabs;
	return slabs << c->layout.gfporder;
}

void slab_fill_gauge(const struct kmem_cache *s, struct cache_gauge *out)
{
	const struct slab_cache *c = slab_cache_of(s);

	for (u32 nid = 0; nid < s->mm->conf.nr_nodes; nid++) {
		const struct slab_node *n = c->nodes[nid];

		if (!n)
			continue;
		out->num_slabs += n->total_slabs;
		out->empty += n->free_slabs;
		out->nodes[nid].slabs = (u32)n->total_slabs;
		out->nodes[nid].empty = (u32)n->free_slabs;
		for (pfn_t pfn = n->lists[SLABS_PARTIAL].head; pfn;
		     pfn = pfn_to_page(s->mm, pfn)->next)
			out->nodes[nid].partial++;
		out->partial += out->nodes[nid].partial;
		out->nodes[nid].full = (u32)(n->total_slabs - n->free_slabs) -
				       out->nodes[nid].partial;
	}
	out->full = out->num_slabs - out->empty - out->partial;
}

/* Is @inuse what the list @id says of a slab? */
static bool fits_list(const struct slab_cache *c, u32 id, u32 inuse)
{
	switch (id) {
	case SLABS_FULL:
		return inuse == c->layout.num;
	case SLABS_FREE:
		return inuse == 0;
	default:
		return inuse > 0 && inuse < c->layout.num;
	}
}

/* Every slot once among the free ones of the slab's index. */
static bool side_is_sound(const struct slab_cache *c, const struct page *page)
{
	u64 seen[BITMAP_WORDS(SLAB_INDEX_MAX)] = {0};
	const u16 *idx = slab_side(c, page);

	for (u32 i = page->inuse; i < c->layout.num; i++) {
		if (idx[i] >= c->layout.num || bit_test(seen, idx[i]))
			return false;
		bit_set(seen, idx[i]);
	}
	return true;
}

static int check_node(const struct slab_cache *c, u32 nid, struct err *e)
{
	const struct mm *mm = c->base.mm;
	const struct slab_node *n = c->nodes[nid];
	u64 slabs = 0, free_slots = 0;

	for (u32 id = 0; id < NR_SLAB_LISTS; id++) {
		for (pfn_t pfn = n->lists[id].head; pfn;
		     pfn = pfn_to_page(mm, pfn)->next) {
			const struct page *page = pfn_to_page(mm, pfn);

			if (page->state != PAGE_SLAB ||
			    page->cache_idx != c->base.idx ||
			    !fits_list(c, id, page->inuse) ||
			    !side_is_sound(c, page))
				return err_set(e, -EUCLEAN,
					       "slab: %s: slab at page %" PRIu32
					       " does not belong on list %u",
					       c->base.name, pfn, id);
			free_slots += c->layout.num - page->inuse;
			if (++slabs > n->total_slabs)
				return err_set(e, -EUCLEAN,
					       "slab: %s: more slabs on node "
					       "%u than counted",
					       c->base.name, nid);
		}
	}
	if (slabs != n->total_slabs || free_slots != n->free_objects)
		return err_set(e, -EUCLEAN,
			       "slab: %s: node %u has %" PRIu64
			       " slabs, %" PRIu64
			       " free slots; counted %" PRIu64 ", %" PRIu64,
			       c->base.name, nid, slabs, free_slots,
			       n->total_slabs, n->free_objects);
	return 0;
}

static int check_cache(const struct slab_cache *c, struct err *e)
{
	const struct mm *mm = c->base.mm;

	for (u32 cpu = 0; cpu < mm->conf.nr_cpus; cpu++)
		if (c->cpu_cache[cpu].avail > c->cpu_cache[cpu].limit)
			return err_set(e, -EUCLEAN,
				       "slab: %s: array of CPU %u holds %u of "
				       "%u",
				       c->base.name, cpu,
				       c->cpu_cache[cpu].avail,
				       c->cpu_cache[cpu].limit);
	for (u32 nid = 0; nid < mm->conf.nr_nodes; nid++) {
		int rc = c->nodes[nid] ? check_node(c, nid, e) : 0;

		if (rc)
			return rc;
	}
	return 0;
}

int slab_check(const struct mm *mm, struct err *e)
{
	for (const struct kmem_cache *s = mm->cache_list; s; s = s->next) {
		int rc = check_cache(slab_cache_of(s), e);

		if (rc)
			return rc;
	}
	return 0;
}
