/*
 * slub.c - SLUB's paths: alloc, free, and how slabs move between lists.
 *
 * What it is
 *   The unqueued slab allocator: each CPU owns one slab of each cache and a
 *   short list of partial slabs; the rest stand on their node's list.
 *
 * How it works
 *            slub_alloc                                  slub_free
 *               │ freelist of the CPU                        │ own slab
 *               ▼                                            ▼
 *         ┌─ cpu slab ◀──────────────────────────────── cpu freelist
 *   empty │     ▲ ▲ load                                     │ other slab
 *         ▼     │ └──────────────┐                           ▼
 *   slab's own freelist    cpu partial ◀── was full ── slab's freelist
 *         │ empty                │ over cpu_partial_slabs    │ was partial
 *         ▼                      ▼ all of them to the tail   ▼
 *   get_partial() ◀──────── node partial list ─── empty and list long:
 *         │ none                                       discard_slab()
 *         ▼
 *   new_slab(): oo, else the minimum order
 *   A slab a CPU owns is PG_FROZEN and on no node list.  Its slots are free
 *   on the CPU's own freelist (counted as in use) or on the slab's.
 *
 * Lock order
 *   list_lock of a node, innermost of SLUB; nothing is allocated under it and
 *   no slab's pages go back under it.  The CPU's own slabs need none.
 *
 * Invariants
 *   links[slot] == SLOT_ALLOCATED exactly for objects handed out;
 *   inuse + length of the slab's own freelist == objects; slots on the CPU's
 *   own freelist count as in use (slub_check).
 *
 * What is charged
 *   COST_SLAB_FAST each fast path, COST_SLAB_SLOW each slow path, _PARTIAL
 *   each slab that changes lists, _NEW and _DISCARD; COST_REMOTE_NODE a free
 *   to a slab of another node.  Touched: the free pointer of the object.
 *
 * What is left out, and which kernel this follows
 *   Linux 6.1.  Atomicity: no cmpxchg ever fails.  Whether a CPU looks at
 *   other nodes' partial lists is random in the kernel (the cycle counter);
 *   here it is a hash of the seed, the cache and a count.
 */
#include "mm/slub.h"
#include "mm/slab_restore.h"

#include "base/bug.h"
#include "base/xmalloc.h"
#include "mm/memmap.h"
#include "mm/page_alloc.h"
#include "mm/page_list.h"
#include "mm/slab_sizes.h"

#include <stdlib.h>
#include <string.h>

/* What of a request's flags reaches the page allocator. */
#define GFP_RECLAIM_MASK                                               \
	(GFP_RECLAIM | GFP_HIGH | GFP_IO | GFP_FS | GFP_NOWARN |       \
	 GFP_RETRY_MAYFAIL | GFP_NOFAIL | GFP_NORETRY | GFP_MEMALLOC | \
	 GFP_NOMEMALLOC | GFP_ATOMIC_BIT | GFP_NOLOCKDEP)
#define GFP_CONSTRAINT_MASK (GFP_HARDWALL | GFP_THISNODE)

/* Of 1024 dice, up to this one looks at other nodes. */
#define REMOTE_NODE_DEFRAG_RATIO 1000

static inline u16 *page_links(const struct slub_cache *s,
			      const struct page *page)
{
	return slub_links(slub_state(s->base.mm), page->slots);
}

static inline struct slub_node *page_node(const struct slub_cache *s,
					  const struct page *page)
{
	const struct mm *mm = s->base.mm;

	return &s->nodes[pfn_to_nid(mm, page_to_pfn(mm, page))];
}

/* An object from this CPU's list: its head there, then the free pointer. */
static COLD void touch_taken(const struct slub_cache *s, paddr_t obj)
{
	struct machine *m = s->base.mm->machine;

	touch_cache_cpu(m, s->base.idx, TOUCH_WRITE);
	touch(m, obj + s->layout.offset, SLAB_WORD, TOUCH_READ);
}

/* An object comes back: which slab is its, is it this CPU's? */
static COLD void touch_given(const struct slub_cache *s, paddr_t obj,
			     pfn_t slab, bool fast)
{
	struct machine *m = s->base.mm->machine;

	touch_page(m, slab, TOUCH_READ);
	touch_cache_cpu(m, s->base.idx, fast ? TOUCH_WRITE : TOUCH_READ);
	touch(m, obj + s->layout.offset, SLAB_WORD, TOUCH_WRITE);
}

/* A slab goes on a node's list or leaves it. */
static inline void touch_node_list(const struct slub_cache *s,
				   const struct slub_node *n,
				   const struct page *page)
{
	struct mm *mm = s->base.mm;

	if (likely(!touch_is_on(mm->machine)))
		return;
	touch_cache_node(mm->machine, s->base.idx, (u32)(n - s->nodes),
			 TOUCH_WRITE);
	touch_page(mm->machine, page_to_pfn(mm, page), TOUCH_WRITE);
	if (page->prev)
		touch_page(mm->machine, page->prev, TOUCH_WRITE);
	if (page->next)
		touch_page(mm->machine, page->next, TOUCH_WRITE);
}

/* Node lists */

static inline void node_lock(const struct slub_cache *s, struct slub_node *n)
{
	spin_lock(s->base.mm->machine, &n->list_lock, LOCK_SLAB_LIST);
}

static inline void node_unlock(const struct slub_cache *s, struct slub_node *n)
{
	spin_unlock(s->base.mm->machine, &n->list_lock);
}

void slub_add_partial(struct slub_cache *s, struct slub_node *n,
		      struct page *page, bool tail)
{
	struct mm *mm = s->base.mm;
	pfn_t pfn = page_to_pfn(mm, page);

	BUG_ON(page->flags & (PG_ON_PARTIAL | PG_FROZEN));
	page->flags |= PG_ON_PARTIAL;
	n->nr_partial++;
	if (tail)
		page_list_add_tail(mm, &n->partial, pfn);
	else
		page_list_add(mm, &n->partial, pfn);
	touch_node_list(s, n, page);
}

void slub_remove_partial(struct slub_cache *s, struct slub_node *n,
			 struct page *page)
{
	struct mm *mm = s->base.mm;

	BUG_ON(!(page->flags & PG_ON_PARTIAL));
	page->flags &= (u8)~PG_ON_PARTIAL;
	n->nr_partial--;
	touch_node_list(s, n, page);
	page_list_del(mm, &n->partial, page_to_pfn(mm, page));
	page->next = page->prev = PFN_NONE;
}

/* Slabs and their pages */

static struct page *alloc_slab_page(struct mm *mm, gfp_t gfp, int nid,
				    u32 order)
{
	if (nid == NUMA_NO_NODE)
		return alloc_pages(mm, gfp, order);
	return alloc_pages_node(mm, nid, gfp, order);
}

/* Fresh pages, set up: on no list, nothing handed out. */
struct page *slub_new_slab(struct slub_cache *s, gfp_t gfp, int nid)
{
	const struct slub_layout *l = &s->layout;
	struct mm *mm = s->base.mm;
	u32 order = l->order;
	struct slub_node *n;
	struct page *page;
	gfp_t first;

	gfp &= GFP_RECLAIM_MASK | GFP_CONSTRAINT_MASK;
	gfp |= l->allocflags;
	/* The large try must not hurt: fail at once, leave the reserves. */
	first = (gfp | GFP_NOWARN | GFP_NORETRY) & ~GFP_NOFAIL;
	if ((first & GFP_DIRECT_RECLAIM) && order > l->min_order)
		first = (first | GFP_NOMEMALLOC) & ~GFP_RECLAIM;
	page = alloc_slab_page(mm, first, nid, order);
	if (!page) {
		order = l->min_order;
		page = alloc_slab_page(mm, gfp, nid, order);
		if (!page)
			return NULL;
	}
	slub_slab_setup(s, page, order,
			order == l->order ? l->objects : l->min_objects);
	s->nr_slab_new++;
	n = page_node(s, page);
	n->nr_slabs++;
	n->total_objects += page->objects;
	charge(mm->machine, COST_SLAB_NEW, 1);
	note(mm->machine, MM_EV_SLAB_NEW, page_to_pfn(mm, page), s->base.idx);
	return page;
}

/* An empty slab's pages go, now or after the next grace period. */
void slub_free_slab(struct slub_cache *s, struct page *page)
{
	struct slub_state *st = slub_state(s->base.mm);
	struct mm *mm = s->base.mm;

	BUG_ON(page->inuse);
	s->nr_slab_freed++;
	s->nr_pages -= (u64)1 << page->order;
	charge(mm->machine, COST_SLAB_DISCARD, 1);
	note(mm->machine, MM_EV_SLAB_FREE, page_to_pfn(mm, page), s->base.idx);
	slub_slots_free(st, page->slots, page->objects);
	page->slots = 0;
	if (s->base.flags & SLAB_TYPESAFE_BY_RCU)
		slub_rcu_queue(mm, page);
	else
		slub_release_pages(mm, page, s->base.flags);
}

void slub_discard_slab(struct slub_cache *s, struct page *page)
{
	struct slub_node *n = page_node(s, page);

	n->nr_slabs--;
	n->total_objects -= page->objects;
	slub_free_slab(s, page);
}

/* Deactivation */

/*
 * Puts the slots from @slot on, which the CPU held, before the slab's own and
 * lets go of the slab.  A slab that got frees meanwhile goes to the tail.
 */
static void deactivate_slab(struct slub_cache *s, struct page *page, u16 slot)
{
	struct slub_node *n = page_node(s, page);
	bool tail = page->freelist != SLOT_NONE;
	u16 *links = page_links(s, page);

	if (slot != SLOT_NONE) {
		u16 last = slot;
		u16 nr = 1;

		for (; links[last] != SLOT_NONE; last = links[last])
			nr++;
		links[last] = page->freelist;
		page->freelist = slot;
		BUG_ON(nr > page->inuse);
		page->inuse = (u16)(page->inuse - nr);
	}
	page->flags &= (u8)~PG_FROZEN;
	charge(s->base.mm->machine, COST_SLAB_PARTIAL, 1);
	if (!page->inuse && n->nr_partial >= s->layout.min_partial) {
		slub_discard_slab(s, page);
	} else if (page->freelist != SLOT_NONE) {
		node_lock(s, n);
		slub_add_partial(s, n, page, tail);
		node_unlock(s, n);
	}
}

static void deactivate_cpu_slab(struct slub_cache *s, struct slub_cpu *c)
{
	struct page *page = pfn_to_page(s->base.mm, c->slab);
	u16 slot = c->freelist;

	c->slab = PFN_NONE;
	c->freelist = SLOT_NONE;
	deactivate_slab(s, page, slot);
}

/* All slabs from @page on go to the tails of their nodes' lists. */
static void unfreeze_partials(struct slub_cache *s, struct page *page)
{
	struct mm *mm = s->base.mm;
	struct slub_node *locked = NULL;
	pfn_t discard = PFN_NONE;
	pfn_t next;

	for (; page != mm->memmap; page = pfn_to_page(mm, next)) {
		struct slub_node *n = page_node(s, page);

		if (n != locked) {
			if (locked)
				node_unlock(s, locked);
			node_lock(s, n);
			locked = n;
		}
		next = page->next;
		page->flags &= (u8)~PG_FROZEN;
		charge(mm->machine, COST_SLAB_PARTIAL, 1);
		if (!page->inuse && n->nr_partial >= s->layout.min_partial) {
			page->next = discard;
			discard = page_to_pfn(mm, page);
		} else {
			slub_add_partial(s, n, page, true);
		}
	}
	if (locked)
		node_unlock(s, locked);
	for (; discard; discard = next) {
		page = pfn_to_page(mm, discard);
		next = page->next;
		slub_discard_slab(s, page);
	}
}

void slub_flush_cpu(struct slub_cache *s, u32 cpu)
{
	struct slub_cpu *c = &s->cpus[cpu];
	struct page *partial;

	if (c->slab)
		deactivate_cpu_slab(s, c);
	if (!c->partial)
		return;
	partial = pfn_to_page(s->base.mm, c->partial);
	c->partial = PFN_NONE;
	unfreeze_partials(s, partial);
}

/* How much a slab weighs on the cpu partial list: 1, or its free objects. */
static inline u32 partial_weight(const struct slub_cache *s,
				 const struct page *page)
{
	return s->count_objects ? (u32)page->objects - page->inuse : 1;
}

/* A frozen slab joins the CPU's partial list; returns the list's weight. */
static u32 put_cpu_partial(struct slub_cache *s, struct page *page, bool drain)
{
	struct mm *mm = s->base.mm;
	struct slub_cpu *c = &s->cpus[mm->machine->cpu];
	struct page *old = c->partial ? pfn_to_page(mm, c->partial) : NULL;
	struct page *full = NULL;
	u32 weight = old ? old->nr_partial : 0;

	/* Too many: the whole set goes, this slab starts a new one. */
	if (drain && old && weight >= s->cpu_partial_limit) {
		full = old;
		old = NULL;
		weight = 0;
	}
	weight += partial_weight(s, page);
	page->nr_partial = weight;
	page->next = old ? page_to_pfn(mm, old) : PFN_NONE;
	c->partial = page_to_pfn(mm, page);
	charge(mm->machine, COST_SLAB_PARTIAL, 1);
	if (full)
		unfreeze_partials(s, full);
	return weight;
}

/* Where slabs come from */

static bool pfmemalloc_match(const struct slub_cache *s,
			     const struct page *page, gfp_t gfp)
{
	u32 task_flags = s->base.mm->machine->task_flags;

	if (likely(!(page->flags & PG_PFMEMALLOC)))
		return true;
	if (gfp & GFP_NOMEMALLOC)
		return false;
	if (gfp & GFP_MEMALLOC)
		return true;
	return (task_flags & PF_MEMALLOC) && !(task_flags & PF_IN_INTERRUPT);
}

/* Takes @page off its list for this CPU; all its slots if @all. */
static u16 acquire_slab(struct slub_cache *s, struct slub_node *n,
			struct page *page, bool all)
{
	u16 slot = page->freelist;

	BUG_ON(slot == SLOT_NONE);
	slub_remove_partial(s, n, page);
	page->flags |= PG_FROZEN;
	charge(s->base.mm->machine, COST_SLAB_PARTIAL, 1);
	if (all) {
		page->inuse = page->objects;
		page->freelist = SLOT_NONE;
	}
	return slot;
}

/* Debug caches take one object and leave the slab where it is. */
static u16 single_from_partial(struct slub_cache *s, struct slub_node *n,
			       struct page *page)
{
	u16 *links = page_links(s, page);
	u16 slot = page->freelist;

	page->freelist = links[slot];
	page->inuse++;
	if (page->inuse == page->objects)
		slub_remove_partial(s, n, page);
	return slot;
}

/* What get_partial() found: a slot, and its slab, frozen (not if debug). */
struct found {
	struct page *page;
	u16 slot;
};

/* The first slab that fits; more of them fill half the cpu partial list. */
static struct found get_partial_node(struct slub_cache *s, struct slub_node *n,
				     gfp_t gfp)
{
	struct mm *mm = s->base.mm;
	struct found f = {NULL, SLOT_NONE};
	u32 taken = 0;
	pfn_t next;

	node_lock(s, n);
	for (pfn_t pfn = n->partial.head; pfn; pfn = next) {
		struct page *page = pfn_to_page(mm, pfn);
		u32 nr_free = (u32)page->objects - page->inuse;

		next = page->next;
		if (!pfmemalloc_match(s, page, gfp))
			continue;
		if (s->debug) {
			f.page = page;
			f.slot = single_from_partial(s, n, page);
			break;
		}
		if (!f.page) {
			f.slot = acquire_slab(s, n, page, true);
			f.page = page;
			taken += s->count_objects ? nr_free : 0;
		} else {
			acquire_slab(s, n, page, false);
			put_cpu_partial(s, page, false);
			taken += s->count_objects ? nr_free : 1;
		}
		if (!s->has_cpu_partial || taken > s->cpu_partial_half)
			break;
	}
	node_unlock(s, n);
	return f;
}

/* The node whose zonelist an object cache falls back along. */
static u32 mempolicy_slab_node(struct mm *mm)
{
	struct mempolicy *p = &mm->default_policy;
	u32 nid;

	if (p->mode == MPOL_LOCAL || !p->nodes)
		return numa_mem_id(mm);
	if (p->mode != MPOL_INTERLEAVE)
		return (u32)__builtin_ctzll(p->nodes);
	nid = p->next_interleave % MM_NODES_MAX;
	while (!(p->nodes >> nid & 1))
		nid = (nid + 1) % MM_NODES_MAX;
	p->next_interleave = nid + 1;
	return nid;
}

/* Without a seed the dice always say what they say 1001 times of 1024. */
static bool defrag_dice(struct slub_cache *s)
{
	u64 x = s->base.mm->conf.hash_seed + s->base.idx;

	if (!s->base.mm->conf.hash_seed)
		return true;

	x += ++s->nr_defrag * 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return (x >> 32) % 1024 <= REMOTE_NODE_DEFRAG_RATIO;
}

static struct found get_any_partial(struct slub_cache *s, gfp_t gfp)
{
	struct mm *mm = s->base.mm;
	const struct pglist_data *node;
	struct found f = {NULL, SLOT_NONE};

	if (mm->conf.nr_nodes == 1 || !defrag_dice(s))
		return f;
	node = &mm->nodes[mempolicy_slab_node(mm)];
	for (u32 i = 0; i < node->nr_zonerefs && !f.page; i++) {
		const struct zoneref *z = &node->zonelist[i];
		u32 nid = mm->zones[z->zone_idx].node;
		struct slub_node *n = &s->nodes[nid];

		if (z->type > ZONE_NORMAL && !(gfp & GFP_HIGHMEM))
			continue;
		if ((gfp & GFP_THISNODE) && nid != node->node_id)
			continue;
		if (n->nr_partial > s->layout.min_partial)
			f = get_partial_node(s, n, gfp);
	}
	return f;
}

static struct found get_partial(struct slub_cache *s, gfp_t gfp, int nid)
{
	u32 first = nid == NUMA_NO_NODE ? numa_mem_id(s->base.mm) : (u32)nid;
	struct found f = {NULL, SLOT_NONE};

	if (s->nodes[first].nr_partial)
		f = get_partial_node(s, &s->nodes[first], gfp);
	if (f.page || nid != NUMA_NO_NODE)
		return f;
	return get_any_partial(s, gfp);
}

/* Allocation */

static inline paddr_t take_slot(struct slub_cache *s, struct slub_cpu *c,
				u16 slot)
{
	paddr_t addr = c->base + (u64)slot * s->size;

	c->freelist = c->links[slot];
	c->links[slot] = SLOT_ALLOCATED;
	c->nr_alloc++;
	if (touch_is_on(s->base.mm->machine))
		touch_taken(s, addr);
	return addr;
}

/* One slot of a slab that does not become the cpu slab. */
static paddr_t take_single(struct slub_cache *s, struct slub_cpu *c,
			   struct page *page, u16 slot)
{
	page_links(s, page)[slot] = SLOT_ALLOCATED;
	c->nr_alloc++;
	return page_to_paddr(s->base.mm, page) + (u64)slot * s->size;
}

static void load_cpu_slab(struct slub_cache *s, struct slub_cpu *c,
			  struct page *page)
{
	struct mm *mm = s->base.mm;

	c->slab = page_to_pfn(mm, page);
	c->nid = (u8)pfn_to_nid(mm, c->slab);
	c->base = page_to_paddr(mm, page);
	c->links = page_links(s, page);
}

/* The slab's own freelist becomes the CPU's; false and let go if empty. */
static bool get_freelist(struct slub_cache *s, struct slub_cpu *c)
{
	struct page *page = pfn_to_page(s->base.mm, c->slab);

	c->freelist = page->freelist;
	page->inuse = page->objects;
	page->freelist = SLOT_NONE;
	if (c->freelist != SLOT_NONE)
		return true;
	page->flags &= (u8)~PG_FROZEN;
	c->slab = PFN_NONE;
	return false;
}

/* From the cpu slab, then the cpu partial slabs; SLOT_NONE: all empty. */
static u16 slot_from_cpu(struct slub_cache *s, struct slub_cpu *c, gfp_t gfp,
			 int nid)
{
	struct mm *mm = s->base.mm;

	for (;;) {
		struct page *page;

		if (!c->slab) {
			if (!c->partial)
				return SLOT_NONE;
			page = pfn_to_page(mm, c->partial);
			c->partial = page->next;
			page->next = PFN_NONE;
			charge(mm->machine, COST_SLAB_PARTIAL, 1);
			load_cpu_slab(s, c, page);
		}
		page = pfn_to_page(mm, c->slab);
		if ((nid != NUMA_NO_NODE && nid != c->nid) ||
		    !pfmemalloc_match(s, page, gfp)) {
			deactivate_cpu_slab(s, c);
			continue;
		}
		if (c->freelist != SLOT_NONE || get_freelist(s, c))
			return c->freelist;
	}
}

/* A fresh slab, frozen for this CPU with all its slots in f.slot's chain. */
static struct found get_new_slab(struct slub_cache *s, gfp_t gfp, int nid)
{
	struct found f = {slub_new_slab(s, gfp, nid), SLOT_NONE};

	if (!f.page)
		return f;
	f.slot = f.page->freelist;
	f.page->freelist = SLOT_NONE;
	f.page->inuse = f.page->objects;
	f.page->flags |= PG_FROZEN;
	return f;
}

static void add_partial_locked(struct slub_cache *s, struct page *page,
			       bool tail)
{
	struct slub_node *n = page_node(s, page);

	node_lock(s, n);
	slub_add_partial(s, n, page, tail);
	node_unlock(s, n);
}

static paddr_t alloc_debug(struct slub_cache *s, struct slub_cpu *c, gfp_t gfp,
			   int nid)
{
	struct found f = get_partial(s, gfp, nid);

	if (!f.page) {
		f.page = slub_new_slab(s, gfp, nid);
		if (!f.page)
			return 0;
		f.slot = f.page->freelist;
		f.page->freelist = page_links(s, f.page)[f.slot];
		f.page->inuse = 1;
		if (f.page->inuse != f.page->objects)
			add_partial_locked(s, f.page, false);
	}
	return take_single(s, c, f.page, f.slot);
}

static NO_INLINE paddr_t slab_alloc_slow(struct slub_cache *s,
					 struct slub_cpu *c, gfp_t gfp, int nid)
{
	struct mm *mm = s->base.mm;
	struct found f;
	u16 slot;

	charge(mm->machine, COST_SLAB_SLOW, 1);
	c->nr_alloc_slow++;
	BUG_ON(nid != NUMA_NO_NODE && (u32)nid >= mm->conf.nr_nodes);
	if (nid != NUMA_NO_NODE && !mm->nodes[nid].has_memory)
		nid = NUMA_NO_NODE;
	if (s->debug)
		return alloc_debug(s, c, gfp, nid);
	slot = slot_from_cpu(s, c, gfp, nid);
	if (slot != SLOT_NONE)
		return take_slot(s, c, slot);
	f = get_partial(s, gfp, nid);
	if (!f.page)
		f = get_new_slab(s, gfp, nid);
	if (!f.page)
		return 0;
	if (unlikely(!pfmemalloc_match(s, f.page, gfp))) {
		/* One object only: the next request must try again. */
		slot = page_links(s, f.page)[f.slot];
		page_links(s, f.page)[f.slot] = SLOT_NONE;
		deactivate_slab(s, f.page, slot);
		return take_single(s, c, f.page, f.slot);
	}
	/* While we waited for pages another task may have loaded a slab. */
	while (c->slab)
		deactivate_cpu_slab(s, c);
	load_cpu_slab(s, c, f.page);
	return take_slot(s, c, f.slot);
}

static paddr_t slub_alloc(struct kmem_cache *base, gfp_t gfp, int nid)
{
	struct slub_cache *s = to_slub(base);
	struct machine *m = base->mm->machine;
	struct slub_cpu *c = &s->cpus[m->cpu];
	u16 slot = c->freelist;

	if (unlikely(slot == SLOT_NONE))
		return slab_alloc_slow(s, c, gfp, nid);
	if (unlikely(nid != NUMA_NO_NODE && nid != c->nid))
		return slab_alloc_slow(s, c, gfp, nid);
	charge(m, COST_SLAB_FAST, 1);
	return take_slot(s, c, slot);
}

static u32 slub_alloc_bulk(struct kmem_cache *s, gfp_t gfp, u32 nr,
			   paddr_t *addrs)
{
	for (u32 i = 0; i < nr; i++) {
		addrs[i] = slub_alloc(s, gfp, NUMA_NO_NODE);
		if (addrs[i])
			continue;
		s->ops->free_bulk(s, i, addrs);
		return 0;
	}
	return nr;
}

/* Freeing */

/* Slots first..last (chained, @nr of them) of one slab. */
struct chain {
	u16 first;
	u16 last;
	u16 nr;
};

static void free_debug(struct slub_cache *s, struct page *page, u16 prior)
{
	struct slub_node *n = page_node(s, page);
	bool drop = !page->inuse && n->nr_partial >= s->layout.min_partial;

	node_lock(s, n);
	if (prior == SLOT_NONE && !drop)
		slub_add_partial(s, n, page, true);
	else if (prior != SLOT_NONE && drop)
		slub_remove_partial(s, n, page);
	node_unlock(s, n);
	if (drop)
		slub_discard_slab(s, page);
}

static NO_INLINE void slab_free_slow(struct slub_cache *s, struct slub_cpu *c,
				     struct page *page, const struct chain *ch)
{
	struct mm *mm = s->base.mm;
	struct slub_node *n = page_node(s, page);
	u16 prior = page->freelist;
	bool was_frozen = page->flags & PG_FROZEN;
	bool drop;

	charge(mm->machine, COST_SLAB_SLOW, 1);
	touch_page(mm->machine, page_to_pfn(mm, page), TOUCH_WRITE);
	c->nr_free_slow++;
	if (n != &s->nodes[numa_mem_id(mm)]) {
		c->nr_free_remote++;
		charge(mm->machine, COST_REMOTE_NODE, 1);
	}
	BUG_ON(ch->nr > page->inuse);
	page_links(s, page)[ch->last] = prior;
	page->freelist = ch->first;
	page->inuse = (u16)(page->inuse - ch->nr);
	if (s->debug) {
		free_debug(s, page, prior);
		return;
	}
	if (was_frozen || (page->inuse && prior != SLOT_NONE))
		return;
	if (s->has_cpu_partial && prior == SLOT_NONE) {
		/* It was full and on no list: this CPU keeps it. */
		page->flags |= PG_FROZEN;
		put_cpu_partial(s, page, true);
		return;
	}
	node_lock(s, n);
	drop = !page->inuse && n->nr_partial >= s->layout.min_partial;
	if (drop && prior != SLOT_NONE)
		slub_remove_partial(s, n, page);
	else if (!drop && prior == SLOT_NONE)
		slub_add_partial(s, n, page, true);
	node_unlock(s, n);
	if (drop)
		slub_discard_slab(s, page);
}

static inline u16 slot_of(const struct slub_cache *s, u64 offset)
{
	u32 slot = (u32)((offset * s->reciprocal) >> 32);

	BUG_ON((u64)slot * s->size != offset);
	return (u16)slot;
}

/* An object of a slab that is not this CPU's. */
static NO_INLINE void free_elsewhere(struct slub_cache *s, struct slub_cpu *c,
				     struct page *head, u16 slot)
{
	struct mm *mm = s->base.mm;
	pfn_t pfn = page_to_pfn(mm, head);

	if (touch_is_on(mm->machine))
		touch_given(s, ((paddr_t)pfn << PAGE_SHIFT) + slot * s->size,
			    pfn, false);
	BUG_ON(page_links(s, head)[slot] != SLOT_ALLOCATED);
	slab_free_slow(s, c, head, &(struct chain){slot, slot, 1});
}

static void slub_free(struct kmem_cache *base, struct page *head, paddr_t addr)
{
	struct slub_cache *s = to_slub(base);
	struct machine *m = base->mm->machine;
	struct slub_cpu *c = &s->cpus[m->cpu];
	pfn_t pfn = page_to_pfn(base->mm, head);
	u16 slot = slot_of(s, addr - ((paddr_t)pfn << PAGE_SHIFT));

	c->nr_free++;
	if (unlikely(c->slab != pfn)) {
		free_elsewhere(s, c, head, slot);
		return;
	}
	BUG_ON(c->links[slot] != SLOT_ALLOCATED);
	c->links[slot] = c->freelist;
	c->freelist = slot;
	if (touch_is_on(m))
		touch_given(s, addr, pfn, true);
	charge(m, COST_SLAB_FAST, 1);
}

/* A chain of @nr slots of one slab goes back at once. */
static void free_chain(struct slub_cache *s, struct page *page,
		       const struct chain *ch)
{
	struct mm *mm = s->base.mm;
	struct slub_cpu *c = &s->cpus[mm->machine->cpu];

	c->nr_free += ch->nr;
	if (c->slab != page_to_pfn(mm, page)) {
		slab_free_slow(s, c, page, ch);
		return;
	}
	c->links[ch->last] = c->freelist;
	c->freelist = ch->first;
	charge(mm->machine, COST_SLAB_FAST, 1);
}

/* One more object at the front of a chain of its slab @page. */
static void chain_add(struct slub_cache *s, struct page *page, paddr_t addr,
		      struct chain *ch)
{
	u16 slot = slot_of(s, addr - page_to_paddr(s->base.mm, page));
	u16 *links = page_links(s, page);

	BUG_ON(links[slot] != SLOT_ALLOCATED);
	links[slot] = ch->nr ? ch->first : SLOT_NONE;
	ch->first = slot;
	if (!ch->nr++)
		ch->last = slot;
}

/* How many objects of other slabs a batch looks past. */
#define DETACHED_LOOKAHEAD 3

static struct page *head_of(const struct mm *mm, paddr_t addr)
{
	struct page *page = pfn_to_page(mm, (pfn_t)(addr >> PAGE_SHIFT));

	BUG_ON(page->state != PAGE_SLAB);
	return pfn_to_page(mm, page->head);
}

/*
 * Frees the last of @p and those of the same slab that stand near it, as
 * build_detached_freelist(); returns how many of @p are left.
 */
static u32 free_detached(struct slub_cache *s, u32 nr, paddr_t *p)
{
	struct mm *mm = s->base.mm;
	int lookahead = DETACHED_LOOKAHEAD;
	struct chain ch = {SLOT_NONE, SLOT_NONE, 0};
	struct page *page = head_of(mm, p[--nr]);
	u32 left = nr;

	BUG_ON(page->cache_idx != s->base.idx);
	chain_add(s, page, p[nr], &ch);
	while (nr) {
		paddr_t addr = p[--nr];

		if (head_of(mm, addr) == page) {
			chain_add(s, page, addr, &ch);
			left--;
			p[nr] = p[left];
			p[left] = addr;
			continue;
		}
		if (!--lookahead)
			break;
	}
	free_chain(s, page, &ch);
	return left;
}

static void slub_free_bulk(struct kmem_cache *base, u32 nr,
			   const paddr_t *addrs)
{
	paddr_t *copy;

	if (!nr)
		return;
	copy = xreallocarray(NULL, nr, sizeof(*copy));
	memcpy(copy, addrs, nr * sizeof(*copy));
	while (nr)
		nr = free_detached(to_slub(base), nr, copy);
	free(copy);
}

const struct slab_ops slub_ops = {
	.name = "slub",
	.help = "per-CPU slabs and partial lists (Linux 2.6.23 to now)",
	.kmalloc_min_shift = SLUB_KMALLOC_LOW,
	.init = slub_init,
	.teardown = slub_exit,
	.create = slub_create,
	.shutdown = slub_shutdown,
	.release = slub_release,
	.alloc = slub_alloc,
	.free = slub_free,
	.shrink = slub_shrink,
	.get_slabinfo = slub_get_slabinfo,
	.rcu_barrier = slub_rcu_barrier,
	.check = slub_check,
	.inspect = slub_inspect,
	.bind = slab_restore_bind,
	.restored_objects = slab_restore_objects,
	.gauge = slub_gauge,
	.nr_pages = slub_nr_pages,
	.walk = slub_walk,
	.alloc_bulk = slub_alloc_bulk,
	.free_bulk = slub_free_bulk,
};
