/*
 * slub_check.c - SLUB looked at from outside: counts, snapshots, invariants.
 *
 * What it is
 *   slabinfo, the SLUB half of snapshots, and the walk that checks it all.
 *
 * How it works
 *   Slabs with free objects are found from the lists: the CPUs' slabs, their
 *   partial lists, the nodes' lists.  What a node counts beyond those is full
 *   slabs, which no list holds.
 *
 * Lock order
 *   None taken; nothing is changed.
 *
 * Invariants (slub_check)
 *   a slab's freelist has objects - inuse slots, each once, none handed out;
 *   cpu slab: its own list's slots are not on the slab's;
 *   node: length of the list == nr_partial, all of them of this node;
 *   slots handed out == nr_alloc - nr_free (+ those a state came with).
 *
 * What is charged
 *   Nothing.
 *
 * What is left out, and which kernel this follows
 *   active_objs is what 6.1's slabinfo says: objects of cpu slabs and of cpu
 *   partial lists all count as active.
 */
#include "mm/slub.h"

#include "base/xmalloc.h"
#include "mm/check.h"
#include "mm/inspect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What the lists of a cache hold. */
struct tally {
	u64 slabs;	/* on cpus, cpu partial and node lists */
	u64 objects;	/* their slots */
	u64 free_slots; /* of those, free on any freelist */
	u64 empty;
	u64 occupancy[10];
	struct slab_states *nodes; /* by node; NULL: not asked for; borrowed */
};

static u32 chain_length(const u16 *links, u16 slot)
{
	u32 nr = 0;

	for (; slot != SLOT_NONE; slot = links[slot])
		nr++;
	return nr;
}

static u32 cpu_free(const struct slub_cpu *c)
{
	return c->freelist == SLOT_NONE ? 0
					: chain_length(c->links, c->freelist);
}

static void tally_slab(struct tally *t, const struct mm *mm, pfn_t pfn,
		       u32 cpu_list)
{
	const struct page *page = pfn_to_page(mm, pfn);
	u32 nr_free = (u32)page->objects - page->inuse + cpu_list;
	u32 used = page->objects - nr_free;

	t->slabs++;
	t->objects += page->objects;
	t->free_slots += nr_free;
	t->empty += used == 0;
	t->occupancy[used ? (used * 10 - 1) / page->objects : 0]++;
	if (t->nodes) {
		struct slab_states *n = &t->nodes[pfn_to_nid(mm, pfn)];

		n->empty += used == 0;
		n->partial += used != 0;
	}
}

static u64 node_list_free(const struct mm *mm, const struct slub_node *n)
{
	u64 nr = 0;

	for (pfn_t pfn = n->partial.head; pfn; pfn = pfn_to_page(mm, pfn)->next)
		nr += (u32)pfn_to_page(mm, pfn)->objects -
		      pfn_to_page(mm, pfn)->inuse;
	return nr;
}

static void tally_cache(const struct slub_cache *s, struct tally *t,
			struct slab_states *nodes)
{
	const struct mm *mm = s->base.mm;

	*t = (struct tally){.nodes = nodes};
	for (u32 i = 0; i < mm->conf.nr_cpus; i++) {
		const struct slub_cpu *c = &s->cpus[i];

		if (c->slab)
			tally_slab(t, mm, c->slab, cpu_free(c));
		for (pfn_t p = c->partial; p; p = pfn_to_page(mm, p)->next)
			tally_slab(t, mm, p, 0);
	}
	for (u32 i = 0; i < mm->conf.nr_nodes; i++) {
		const struct slub_node *n = &s->nodes[i];

		for (pfn_t p = n->partial.head; p; p = pfn_to_page(mm, p)->next)
			tally_slab(t, mm, p, 0);
	}
}

static void count_nodes(const struct slub_cache *s, u64 *slabs, u64 *objects)
{
	*slabs = *objects = 0;
	for (u32 i = 0; i < s->base.mm->conf.nr_nodes; i++) {
		*slabs += s->nodes[i].nr_slabs;
		*objects += s->nodes[i].total_objects;
	}
}

void slub_get_slabinfo(const struct kmem_cache *base, struct slabinfo *si)
{
	const struct slub_cache *s = to_slub_const(base);
	u64 nr_free = 0;

	*si = (struct slabinfo){0};
	count_nodes(s, &si->num_slabs, &si->num_objs);
	for (u32 i = 0; i < base->mm->conf.nr_nodes; i++)
		nr_free += node_list_free(base->mm, &s->nodes[i]);
	si->active_objs = si->num_objs - nr_free;
	si->active_slabs = si->num_slabs;
	si->objects_per_slab = s->layout.objects;
	si->cache_order = s->layout.order;
}

u64 slub_nr_pages(const struct kmem_cache *s)
{
	return to_slub_const(s)->nr_pages;
}

void slub_gauge(const struct kmem_cache *base, struct cache_gauge *out)
{
	const struct slub_cache *s = to_slub_const(base);
	struct tally t;
	u64 objects;

	tally_cache(s, &t, out->nodes);
	count_nodes(s, &out->num_slabs, &objects);
	out->empty = t.empty;
	out->full = out->num_slabs - t.slabs;
	out->partial = t.slabs - t.empty;
	for (u32 i = 0; i < base->mm->conf.nr_nodes; i++) {
		struct slab_states *n = &out->nodes[i];

		n->slabs = (u32)s->nodes[i].nr_slabs;
		n->full = n->slabs - n->partial - n->empty;
	}
}

/* Inspection */

static void inspect_cpu(const struct slub_cache *s, u32 cpu,
			struct cache_cpu_snapshot *out)
{
	const struct mm *mm = s->base.mm;
	const struct slub_cpu *c = &s->cpus[cpu];

	*out = (struct cache_cpu_snapshot){.slab_pfn = c->slab};
	if (c->slab) {
		out->inuse = pfn_to_page(mm, c->slab)->inuse;
		out->objects = pfn_to_page(mm, c->slab)->objects;
		out->freelist_length = cpu_free(c);
	}
	for (pfn_t p = c->partial; p; p = pfn_to_page(mm, p)->next)
		out->partial_slabs++;
}

static void inspect_events(const struct slub_cache *s,
			   struct cache_snapshot *out)
{
	for (u32 i = 0; i < s->base.mm->conf.nr_cpus; i++) {
		const struct slub_cpu *c = &s->cpus[i];

		out->nr_alloc += c->nr_alloc;
		out->nr_free += c->nr_free;
		out->nr_alloc_slow += c->nr_alloc_slow;
		out->nr_free_slow += c->nr_free_slow;
		out->nr_free_remote += c->nr_free_remote;
		inspect_cpu(s, i, &out->cpus[i]);
	}
	out->nr_slab_new = s->nr_slab_new;
	out->nr_slab_freed = s->nr_slab_freed;
}

static void inspect_layout(const struct slub_layout *l,
			   struct cache_snapshot *out)
{
	out->objects_per_slab = l->objects;
	out->order = l->order;
	out->offset = l->offset;
	out->min_order = l->min_order;
	out->min_objects = l->min_objects;
	out->cpu_partial = l->cpu_partial;
	out->cpu_partial_slabs = l->cpu_partial_slabs;
	out->min_partial = l->min_partial;
}

void slub_inspect(const struct kmem_cache *base, struct cache_snapshot *out)
{
	const struct slub_cache *s = to_slub_const(base);
	const struct mm *mm = base->mm;
	struct tally t;
	u64 total;

	inspect_layout(&s->layout, out);
	inspect_events(s, out);
	for (u32 i = 0; i < mm->conf.nr_nodes; i++) {
		out->nodes[i].nr_slabs = s->nodes[i].nr_slabs;
		out->nodes[i].nr_partial = s->nodes[i].nr_partial;
		out->nodes[i].total_objects = s->nodes[i].total_objects;
		out->nodes[i].free_on_partial =
			node_list_free(mm, &s->nodes[i]);
	}
	tally_cache(s, &t, NULL);
	count_nodes(s, &out->num_slabs, &total);
	out->live_objs = total - t.free_slots;
	out->slabs_full = out->num_slabs - t.slabs;
	out->slabs_empty = t.empty;
	out->slabs_partial = t.slabs - t.empty;
	out->slab_pages = s->nr_pages;
	memcpy(out->occupancy, t.occupancy, sizeof(out->occupancy));
	out->occupancy[9] += out->slabs_full;
}

/* Checking */

static int bad(struct err *e, const struct kmem_cache *s, u64 pfn,
	       const char *what)
{
	return err_set(e, -EUCLEAN, "cache %s, slab at pfn %llu: %s", s->name,
		       (unsigned long long)pfn, what);
}

/* Follows one freelist, marking its slots; -1 if it is broken. */
static s64 mark_chain(const u16 *links, u16 slot, u32 objects, u8 *seen)
{
	s64 nr = 0;

	for (; slot != SLOT_NONE; slot = links[slot]) {
		if (slot >= objects || seen[slot])
			return -1;
		seen[slot] = 1;
		nr++;
	}
	return nr;
}

/* @cpu_slot: the CPU's own list, SLOT_NONE for slabs that have none. */
static int check_slab(const struct slub_cache *s, pfn_t pfn, u16 cpu_slot,
		      bool frozen, struct err *e)
{
	static const char *const text = "its freelists do not fit its counts";
	const struct mm *mm = s->base.mm;
	const struct page *page = pfn_to_page(mm, pfn);
	const u16 *links = slub_links(slub_state(mm), page->slots);
	u32 handed = 0;
	s64 own;
	s64 cpu;
	u8 *seen;

	if (page->state != PAGE_SLAB || page->head != pfn)
		return bad(e, &s->base, pfn, "is no slab");
	if (page->cache_idx != s->base.idx)
		return bad(e, &s->base, pfn, "belongs to another cache");
	if (frozen != !!(page->flags & PG_FROZEN))
		return bad(e, &s->base, pfn, "PG_FROZEN is wrong");
	seen = xcalloc(page->objects, 1);
	own = mark_chain(links, page->freelist, page->objects, seen);
	cpu = mark_chain(links, cpu_slot, page->objects, seen);
	for (u32 i = 0; i < page->objects; i++)
		handed += links[i] == SLOT_ALLOCATED;
	free(seen);
	if (own < 0 || cpu < 0)
		return bad(e, &s->base, pfn, "a freelist is broken");
	if (own != (s64)page->objects - page->inuse ||
	    handed + cpu != page->inuse)
		return bad(e, &s->base, pfn, text);
	return 0;
}

static int check_cpu(const struct slub_cache *s, u32 cpu, struct err *e)
{
	const struct mm *mm = s->base.mm;
	const struct slub_cpu *c = &s->cpus[cpu];
	int rc = 0;

	if (!c->slab && c->freelist != SLOT_NONE)
		return bad(e, &s->base, 0, "a CPU's freelist without a slab");
	if (c->slab)
		rc = check_slab(s, c->slab, c->freelist, true, e);
	for (pfn_t p = c->partial; p && !rc; p = pfn_to_page(mm, p)->next)
		rc = check_slab(s, p, SLOT_NONE, true, e);
	return rc;
}

static int check_node(const struct slub_cache *s, u32 nid, struct err *e)
{
	const struct mm *mm = s->base.mm;
	const struct slub_node *n = &s->nodes[nid];
	pfn_t prev = PFN_NONE;
	u64 nr = 0;
	int rc = 0;

	for (pfn_t p = n->partial.head; p && !rc;) {
		const struct page *page = pfn_to_page(mm, p);

		if (page->prev != prev || ++nr > n->nr_partial)
			return bad(e, &s->base, p, "partial list is broken");
		if (pfn_to_nid(mm, p) != nid)
			return bad(e, &s->base, p, "is on another node's list");
		if (page->freelist == SLOT_NONE)
			return bad(e, &s->base, p, "full, but on a list");
		rc = check_slab(s, p, SLOT_NONE, false, e);
		prev = p;
		p = page->next;
	}
	if (!rc && (nr != n->nr_partial || prev != n->partial.tail))
		return bad(e, &s->base, prev, "nr_partial is wrong");
	return rc;
}

static int check_counts(const struct slub_cache *s, struct err *e)
{
	u64 live = s->nr_restored;
	struct tally t;
	u64 slabs;
	u64 objects;

	tally_cache(s, &t, NULL);
	count_nodes(s, &slabs, &objects);
	for (u32 i = 0; i < s->base.mm->conf.nr_cpus; i++)
		live += s->cpus[i].nr_alloc - s->cpus[i].nr_free;
	if (t.slabs > slabs || t.objects > objects)
		return bad(e, &s->base, 0, "more slabs on lists than counted");
	if (objects - t.free_slots != live)
		return bad(e, &s->base, 0, "objects handed out do not add up");
	return 0;
}

int slub_check(const struct mm *mm, struct err *e)
{
	for (u32 i = 0; i < mm->nr_caches; i++) {
		const struct slub_cache *s;
		int rc = 0;

		if (!mm->caches[i])
			continue;
		s = to_slub_const(mm->caches[i]);
		for (u32 cpu = 0; cpu < mm->conf.nr_cpus && !rc; cpu++)
			rc = check_cpu(s, cpu, e);
		for (u32 nid = 0; nid < mm->conf.nr_nodes && !rc; nid++)
			rc = check_node(s, nid, e);
		if (!rc)
			rc = check_counts(s, e);
		if (rc)
			return rc;
	}
	return 0;
}
