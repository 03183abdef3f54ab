/*
 * slab.c - SLAB (Linux 6.1, mm/slab.c; gone since 6.8).
 *
 * What it is
 *	Bonwick's allocator: stacks of objects per CPU before slabs in three
 *	lists per node, with colours that shift each slab's first object.
 *
 * How it works
 *	cpu ─> array_cache (LIFO, limit)
 *	          │ empty: refill batchcount      │ full: flush batchcount
 *	          v                               v
 *	node   shared array (other CPUs' surplus)
 *	       slabs_partial ─ slabs_free ─ [grow: new slab, next colour]
 *	       slabs_full
 *	       alien[n]: objects of node n freed here, sent home in bulk
 *
 *	slab: │ colour │ obj 0 │ obj 1 │ ... │ free index array somewhere │
 *	free slots are idx[active .. num); idx[active] is handed out next.
 *
 * Lock order
 *	alien lock, then list_lock of a node, then the page allocator's.
 *
 * Invariants
 *	free_objects == sum of num - active over the node's slabs (slab_check)
 *	active == 0 <=> on slabs_free, active == num <=> slabs_full (slab_check)
 *	avail <= limit for every array			(slab_check)
 *
 * What is charged
 *	COST_SLAB_ARRAY from or to the CPU's array, COST_SLAB_SLOW a refill or
 *	flush, COST_SLAB_PARTIAL a slab used in it, COST_SLAB_NEW,
 *	COST_SLAB_DISCARD, COST_REMOTE_NODE an object of another node.
 *	Arrays and their entries, the free index and list heads are touched,
 *	and the struct page whose node is asked for where there are several.
 *
 * What is left out, and which kernel this follows
 *	6.1 without debugging and memcg.  pfmemalloc slabs are not told
 *	apart (that needs a swap over network).  Free index arrays lie in
 *	side arrays of the host; touches go where Linux keeps them.
 */
#include "mm/slab_cache.h"

#include "mm/memmap.h"
#include "mm/page_alloc.h"
#include "mm/page_list.h"
#include "mm/slab_private.h"
#include "mm/slab_sizes.h"
#include "mm/slab_state.h"

#include "base/bug.h"
#include "base/xmalloc.h"

#include <stdlib.h>
#include <string.h>

/* Flags of the caller that reach the page allocator (GFP_RECLAIM_MASK). */
#define GFP_RECLAIM_MASK                                               \
	(GFP_RECLAIM | GFP_HIGH | GFP_IO | GFP_FS | GFP_NOWARN |       \
	 GFP_RETRY_MAYFAIL | GFP_NOFAIL | GFP_NORETRY | GFP_MEMALLOC | \
	 GFP_NOMEMALLOC | GFP_ATOMIC_BIT | GFP_NOLOCKDEP)
#define GFP_CONSTRAINT_MASK (GFP_HARDWALL | GFP_THISNODE)

/* struct page of a slab: where SLAB keeps what it needs of it. */
enum {
	WORD_SIDE = 2,	 /* index of its side array */
	WORD_COLOUR = 3, /* low 30 bits: offset of object 0; high 2: list */
};
#define WORD_LIST_SHIFT	 30
#define WORD_COLOUR_MASK (((u32)1 << WORD_LIST_SHIFT) - 1)

/* Only this node, no reclaim: what a refill asks for. */
static gfp_t gfp_exact_node(gfp_t gfp)
{
	return (gfp | GFP_THISNODE | GFP_NOWARN) & ~(GFP_RECLAIM | GFP_NOFAIL);
}

/* Slots and side arrays */

static u8 *side_at(const struct slab_cache *c, const struct page *page)
{
	return c->sides + (size_t)page->words[WORD_SIDE] * c->side_bytes;
}

u16 *slab_side(const struct slab_cache *c, const struct page *page)
{
	return (u16 *)(void *)(side_at(c, page) + sizeof(paddr_t));
}

static paddr_t *side_off_slab(const struct slab_cache *c,
			      const struct page *page)
{
	return (paddr_t *)(void *)side_at(c, page);
}

static void slab_side_new(struct slab_cache *c, struct page *page)
{
	u32 side;

	if (c->unused_sides.nr) {
		side = c->unused_sides.at[--c->unused_sides.nr];
	} else {
		if (c->nr_sides == c->cap_sides) {
			c->cap_sides = c->cap_sides ? c->cap_sides * 2 : 16;
			c->sides = xreallocarray(c->sides, c->cap_sides,
						 c->side_bytes);
		}
		side = c->nr_sides++;
	}
	page->words[WORD_SIDE] = side;
	*side_off_slab(c, page) = 0;
}

static u32 slab_colour_bytes(const struct page *page)
{
	return page->words[WORD_COLOUR] & WORD_COLOUR_MASK;
}

paddr_t slab_index_to_obj(const struct slab_cache *c, const struct page *page,
			  u32 idx)
{
	return page_to_paddr(c->base.mm, page) + slab_colour_bytes(page) +
	       (paddr_t)idx * c->layout.size;
}

u32 slab_obj_to_index(const struct slab_cache *c, const struct page *page,
		      paddr_t addr)
{
	u64 off = addr - page_to_paddr(c->base.mm, page) -
		  slab_colour_bytes(page);
	u32 idx = (u32)((off * c->reciprocal) >> 32);

	CHECK((u64)idx * c->layout.size == off);
	return idx;
}

/* Where Linux keeps the free index array of this slab. */
static paddr_t freelist_at(const struct slab_cache *c, const struct page *page)
{
	paddr_t start = page_to_paddr(c->base.mm, page);

	switch (c->layout.management) {
	case SLAB_MGMT_OBJFREELIST:
		return slab_index_to_obj(c, page,
					 slab_side(c, page)[c->layout.num - 1]);
	case SLAB_MGMT_OFF:
		return *side_off_slab(c, page);
	case SLAB_MGMT_ON:
		if (c->layout.head_bytes)
			return start + slab_colour_bytes(page) -
			       c->layout.head_bytes;
		return start + (MM_PAGE_SIZE << c->layout.gfporder) -
		       c->layout.freelist_bytes;
	}
	BUG();
}

static paddr_t index_at(const struct slab_cache *c, const struct page *page,
			u32 active)
{
	return freelist_at(c, page) + (u64)active * c->layout.index_bytes;
}

static paddr_t slab_get_obj(struct slab_cache *c, struct page *page)
{
	u32 active = page->inuse++;

	CHECK(active < c->layout.num);
	touch(c->base.mm->machine, index_at(c, page, active),
	      c->layout.index_bytes, TOUCH_READ);
	return slab_index_to_obj(c, page, slab_side(c, page)[active]);
}

static void slab_put_obj(struct slab_cache *c, struct page *page, paddr_t addr)
{
	u32 active;

	BUG_ON(!page->inuse);
	active = --page->inuse;
	slab_side(c, page)[active] = (u16)slab_obj_to_index(c, page, addr);
	touch(c->base.mm->machine, index_at(c, page, active),
	      c->layout.index_bytes, TOUCH_WRITE);
}

/* Lists of slabs */

static inline void node_lock(const struct slab_cache *c, struct slab_node *n)
{
	spin_lock(c->base.mm->machine, &n->list_lock, LOCK_SLAB_LIST);
}

static inline void node_unlock(const struct slab_cache *c, struct slab_node *n)
{
	spin_unlock(c->base.mm->machine, &n->list_lock);
}

static struct slab_node *node_of(const struct slab_cache *c,
				 const struct page *page)
{
	return c->nodes[pfn_to_nid(c->base.mm, page_to_pfn(c->base.mm, page))];
}

/* A slab goes on a node's list or leaves it. */
static inline void touch_node_list(const struct slab_cache *c,
				   const struct page *page)
{
	struct mm *mm = c->base.mm;
	pfn_t pfn = page_to_pfn(mm, page);

	if (likely(!touch_is_on(mm->machine)))
		return;
	touch_cache_node(mm->machine, c->base.idx, pfn_to_nid(mm, pfn),
			 TOUCH_WRITE);
	touch_page(mm->machine, pfn, TOUCH_WRITE);
	if (page->prev)
		touch_page(mm->machine, page->prev, TOUCH_WRITE);
	if (page->next)
		touch_page(mm->machine, page->next, TOUCH_WRITE);
}

void slab_list_add(struct slab_cache *c, struct page *page,
		   enum slab_list_id id, bool tail)
{
	struct mm *mm = c->base.mm;
	struct page_list *l = &node_of(c, page)->lists[id];
	pfn_t pfn = page_to_pfn(mm, page);

	page->words[WORD_COLOUR] =
		slab_colour_bytes(page) | (u32)id << WORD_LIST_SHIFT;
	if (tail)
		page_list_add_tail(mm, l, pfn);
	else
		page_list_add(mm, l, pfn);
	touch_node_list(c, page);
}

void slab_list_del(struct slab_cache *c, struct page *page)
{
	struct mm *mm = c->base.mm;
	struct page_list *l =
		&node_of(c, page)
			 ->lists[page->words[WORD_COLOUR] >> WORD_LIST_SHIFT];

	touch_node_list(c, page);
	page_list_del(mm, l, page_to_pfn(mm, page));
	page->next = page->prev = PFN_NONE;
}

/* To the list that its fill asks for, in front. */
static void fixup_slab_list(struct slab_cache *c, struct page *page)
{
	slab_list_add(c, page,
		      page->inuse == c->layout.num ? SLABS_FULL : SLABS_PARTIAL,
		      false);
}

/* Takes the slab to allocate from off its list; NULL: the node has none. */
static struct page *take_first_slab(struct slab_cache *c, struct slab_node *n)
{
	struct page *page;

	if (n->lists[SLABS_PARTIAL].head) {
		page = pfn_to_page(c->base.mm, n->lists[SLABS_PARTIAL].head);
	} else {
		n->free_touched = true;
		if (!n->lists[SLABS_FREE].head)
			return NULL;
		page = pfn_to_page(c->base.mm, n->lists[SLABS_FREE].head);
		n->free_slabs--;
	}
	slab_list_del(c, page);
	charge(c->base.mm->machine, COST_SLAB_PARTIAL, 1);
	return page;
}

/* Pages: kmem_getpages, kmem_freepages */

static u64 *slab_pages_counter(const struct slab_cache *c, u32 nid)
{
	struct mm *mm = c->base.mm;

	return c->base.flags & SLAB_RECLAIM_ACCOUNT
		       ? &mm->numa_slab_reclaimable[nid]
		       : &mm->numa_slab_unreclaimable[nid];
}

void slab_page_setup(struct slab_cache *c, struct page *page, u32 colour_bytes)
{
	struct mm *mm = c->base.mm;
	pfn_t pfn = page_to_pfn(mm, page);

	for (u32 i = 0; i < 1u << c->layout.gfporder; i++) {
		page[i].state = PAGE_SLAB;
		page[i].head = pfn;
	}
	page->order = (u8)c->layout.gfporder;
	page->cache_idx = (u16)c->base.idx;
	page->inuse = 0;
	page->objects = (u16)c->layout.num;
	page->words[WORD_COLOUR] = colour_bytes;
	slab_side_new(c, page);
	*slab_pages_counter(c, pfn_to_nid(mm, pfn)) += 1u << c->layout.gfporder;
}

static struct page *kmem_getpages(struct slab_cache *c, gfp_t gfp, int nid)
{
	struct mm *mm = c->base.mm;
	struct page *page = alloc_pages_node(mm, nid, gfp | c->allocflags,
					     c->layout.gfporder);

	if (!page)
		return NULL;
	slab_page_setup(c, page, 0);
	return page;
}

static void kmem_freepages(struct slab_cache *c, struct page *page)
{
	struct mm *mm = c->base.mm;

	*slab_pages_counter(c, pfn_to_nid(mm, page_to_pfn(mm, page))) -=
		1u << c->layout.gfporder;
	for (u32 i = 0; i < 1u << c->layout.gfporder; i++) {
		page[i].state = i ? PAGE_UNTOUCHED : PAGE_ALLOCATED;
		page[i].head = PFN_NONE;
	}
	memset(page->words, 0, sizeof(page->words));
	free_pages(mm, page, c->layout.gfporder);
}

/* Growing */

/*
 * Where object 0 of the node's next slab begins.  Before 4.6 the counter is
 * stepped behind the slab, so that the first slab has colour 0; since then
 * before it: the first has colour 1.
 */
static u32 next_colour(struct slab_cache *c, struct slab_node *n)
{
	u32 old = n->colour_next;

	n->colour_next++;
	if (n->colour_next >= c->layout.colour)
		n->colour_next = 0;
	return c->layout.head_bytes +
	       (c->layout.colour_steps_before ? n->colour_next : old) *
		       c->layout.colour_off;
}

static bool alloc_slabmgmt(struct slab_cache *c, struct page *page, gfp_t gfp,
			   u32 nid)
{
	for (u32 i = 0; i < c->layout.num; i++)
		slab_side(c, page)[i] = (u16)i;
	if (c->layout.management != SLAB_MGMT_OFF)
		return true;
	*side_off_slab(c, page) = kmalloc_node(
		c->base.mm, c->layout.freelist_bytes, gfp, (int)nid);
	return *side_off_slab(c, page) != 0;
}

/* A new slab, on no list yet; NULL when the machine has no pages. */
static struct page *cache_grow_begin(struct slab_cache *c, gfp_t gfp, int nid)
{
	gfp_t local = gfp & (GFP_CONSTRAINT_MASK | GFP_RECLAIM_MASK);
	struct mm *mm = c->base.mm;
	struct page *page = kmem_getpages(c, local, nid);
	u32 page_nid;

	if (!page)
		return NULL;
	page_nid = pfn_to_nid(mm, page_to_pfn(mm, page));
	page->words[WORD_COLOUR] = next_colour(c, c->nodes[page_nid]);
	if (!alloc_slabmgmt(c, page, local & ~GFP_CONSTRAINT_MASK, page_nid)) {
		*VEC_PUSH(&c->unused_sides) = page->words[WORD_SIDE];
		kmem_freepages(c, page);
		return NULL;
	}
	c->nr_slab_new++;
	charge(mm->machine, COST_SLAB_NEW, 1);
	note(mm->machine, MM_EV_SLAB_NEW, page_to_pfn(mm, page), c->base.idx);
	touch(mm->machine, index_at(c, page, 0),
	      c->layout.num * c->layout.index_bytes, TOUCH_WRITE);
	return page;
}

static void cache_grow_end(struct slab_cache *c, struct page *page)
{
	struct slab_node *n;

	if (!page)
		return;
	n = node_of(c, page);
	node_lock(c, n);
	n->total_slabs++;
	if (!page->inuse) {
		slab_list_add(c, page, SLABS_FREE, true);
		n->free_slabs++;
	} else {
		fixup_slab_list(c, page);
	}
	n->free_objects += c->layout.num - page->inuse;
	node_unlock(c, n);
}

/* Gives a slab back that is on no list; RCU ones after a grace period. */
static void slab_destroy(struct slab_cache *c, struct page *page)
{
	struct mm *mm = c->base.mm;
	paddr_t off = *side_off_slab(c, page);

	*VEC_PUSH(&c->unused_sides) = page->words[WORD_SIDE];
	c->nr_slab_freed++;
	charge(mm->machine, COST_SLAB_DISCARD, 1);
	note(mm->machine, MM_EV_SLAB_FREE, page_to_pfn(mm, page), c->base.idx);
	if (c->base.flags & SLAB_TYPESAFE_BY_RCU) {
		VEC_PUSH(&slab_state_of(mm)->rcu)->c = c;
		slab_state_of(mm)->rcu.at[slab_state_of(mm)->rcu.nr - 1].pfn =
			page_to_pfn(mm, page);
	} else {
		kmem_freepages(c, page);
	}
	if (off)
		kfree(mm, off);
}

/* Arrays */

static inline void touch_entry(const struct slab_cache *c,
			       const struct array_cache *ac, enum touch how)
{
	struct machine *m = c->base.mm->machine;

	if (likely(!touch_is_on(m)))
		return;
	if (ac->self) {
		touch(m, ac->self, ARRAY_CACHE_BYTES, TOUCH_WRITE);
		touch(m, ac->self + ARRAY_CACHE_BYTES + 8u * ac->avail, 8, how);
	} else {
		touch_array(m, c->base.idx, ac->avail, how);
	}
}

static void array_push(struct slab_cache *c, struct array_cache *ac,
		       paddr_t addr)
{
	CHECK(ac->avail < ac->limit);
	touch_entry(c, ac, TOUCH_WRITE);
	ac->entry[ac->avail++] = addr;
}

static paddr_t array_pop(struct slab_cache *c, struct array_cache *ac)
{
	ac->avail--;
	touch_entry(c, ac, TOUCH_READ);
	return ac->entry[ac->avail];
}

/* Drops the @nr oldest entries. */
static void array_shift(struct array_cache *ac, u32 nr)
{
	ac->avail -= nr;
	memmove(ac->entry, ac->entry + nr, ac->avail * sizeof(*ac->entry));
}

u32 slab_transfer(struct array_cache *to, struct array_cache *from, u32 max)
{
	u32 nr = MIN(MIN(from->avail, max), to->limit - to->avail);

	memcpy(to->entry + to->avail, from->entry + from->avail - nr,
	       nr * sizeof(*to->entry));
	from->avail -= nr;
	to->avail += nr;
	return nr;
}

/* Allocation */

/* Moves up to @want objects of the slab to the array; what is still wanted. */
static u32 alloc_block(struct slab_cache *c, struct array_cache *ac,
		       struct page *page, u32 want)
{
	while (page->inuse < c->layout.num && want) {
		ac->entry[ac->avail++] = slab_get_obj(c, page);
		want--;
	}
	return want;
}

/* From the lists of this CPU's node to its array. */
static void refill_from_lists(struct slab_cache *c, struct array_cache *ac,
			      struct slab_node *n, u32 want)
{
	while (want) {
		struct page *page = take_first_slab(c, n);

		if (!page)
			break;
		want = alloc_block(c, ac, page, want);
		fixup_slab_list(c, page);
	}
	n->free_objects -= ac->avail;
}

static paddr_t cache_alloc_refill(struct slab_cache *c, gfp_t gfp, u32 nid)
{
	struct array_cache *ac = &c->cpu_cache[c->base.mm->machine->cpu];
	struct slab_node *n = c->nodes[nid];
	u32 want = ac->batchcount;
	struct page *page;

	c->nr_alloc_slow++;
	charge(c->base.mm->machine, COST_SLAB_SLOW, 1);
	if (!ac->touched && want > BATCHREFILL_LIMIT)
		want = BATCHREFILL_LIMIT;
	node_lock(c, n);
	if (n->shared && n->shared->avail && slab_transfer(ac, n->shared, want))
		n->shared->touched = true;
	else if (n->free_objects)
		refill_from_lists(c, ac, n, want);
	node_unlock(c, n);
	if (!ac->avail) {
		page = cache_grow_begin(c, gfp_exact_node(gfp), (int)nid);
		/* As the kernel: growing may have filled the array (kfree). */
		if (!ac->avail && page)
			alloc_block(c, ac, page, want);
		cache_grow_end(c, page);
		if (!ac->avail)
			return 0;
	}
	ac->touched = true;
	return array_pop(c, ac);
}

/* From this CPU's array, refilled from its own node only. */
static inline paddr_t cache_alloc_local(struct slab_cache *c, gfp_t gfp,
					u32 nid)
{
	struct array_cache *ac = &c->cpu_cache[c->base.mm->machine->cpu];

	if (unlikely(!ac->avail))
		return c->nodes[nid] ? cache_alloc_refill(c, gfp, nid) : 0;
	ac->touched = true;
	charge(c->base.mm->machine, COST_SLAB_ARRAY, 1);
	return array_pop(c, ac);
}

static paddr_t fallback_alloc(struct slab_cache *c, gfp_t gfp);

/* One object of node @nid, past the arrays. */
static paddr_t cache_alloc_node(struct slab_cache *c, gfp_t gfp, u32 nid)
{
	struct slab_node *n = c->nodes[nid];
	struct page *page;
	paddr_t addr = 0;

	charge(c->base.mm->machine, COST_SLAB_SLOW, 1);
	if (nid != numa_mem_id(c->base.mm))
		charge(c->base.mm->machine, COST_REMOTE_NODE, 1);
	node_lock(c, n);
	page = take_first_slab(c, n);
	if (page) {
		addr = slab_get_obj(c, page);
		n->free_objects--;
		fixup_slab_list(c, page);
	}
	node_unlock(c, n);
	if (page)
		return addr;
	page = cache_grow_begin(c, gfp_exact_node(gfp), (int)nid);
	if (page)
		addr = slab_get_obj(c, page);
	cache_grow_end(c, page);
	return addr ? addr : fallback_alloc(c, gfp);
}

/* Objects that other nodes have, then pages of whatever node gives some. */
static paddr_t fallback_alloc(struct slab_cache *c, gfp_t gfp)
{
	struct mm *mm = c->base.mm;
	const struct pglist_data *pgdat = &mm->nodes[numa_mem_id(mm)];
	struct page *page;

	if (gfp & GFP_THISNODE)
		return 0;
	for (;;) {
		for (u32 i = 0; i < pgdat->nr_zonerefs; i++) {
			u32 nid = mm->zones[pgdat->zonelist[i].zone_idx].node;
			paddr_t addr = 0;

			if (c->nodes[nid] && c->nodes[nid]->free_objects)
				addr = cache_alloc_node(c, gfp_exact_node(gfp),
							nid);
			if (addr)
				return addr;
		}
		page = cache_grow_begin(c, gfp, (int)numa_mem_id(mm));
		cache_grow_end(c, page);
		if (!page)
			return 0;
	}
}

static paddr_t slab_alloc(struct kmem_cache *s, gfp_t gfp, int nid)
{
	struct slab_cache *c = slab_cache_of(s);
	u32 here = numa_mem_id(s->mm);
	paddr_t addr = 0;

	if (nid != NUMA_NO_NODE && !c->nodes[nid])
		addr = fallback_alloc(c, gfp);
	else if (nid == NUMA_NO_NODE || (u32)nid == here)
		addr = cache_alloc_local(c, gfp, here);
	if (unlikely(!addr)) {
		u32 from = nid == NUMA_NO_NODE ? here : (u32)nid;

		addr = c->nodes[from] ? cache_alloc_node(c, gfp, from)
				      : fallback_alloc(c, gfp);
	}
	c->nr_alloc += addr != 0;
	return addr;
}

/* Freeing */

/*
 * Objects back to their slabs; the node is locked.
 * Return: slabs that nobody needs, chained, for slabs_destroy().
 */
static pfn_t free_block(struct slab_cache *c, const paddr_t *objs, u32 nr,
			u32 nid)
{
	struct mm *mm = c->base.mm;
	struct slab_node *n = c->nodes[nid];
	pfn_t surplus = PFN_NONE;

	n->free_objects += nr;
	for (u32 i = 0; i < nr; i++) {
		struct page *page =
			pfn_to_page(mm, (pfn_t)(objs[i] >> PAGE_SHIFT));

		page = pfn_to_page(mm, page->head);
		slab_list_del(c, page);
		slab_put_obj(c, page, objs[i]);
		if (!page->inuse) {
			slab_list_add(c, page, SLABS_FREE, false);
			n->free_slabs++;
		} else {
			/* To the end: the longest time for the others. */
			slab_list_add(c, page, SLABS_PARTIAL, true);
		}
	}
	while (n->free_objects > n->free_limit && n->lists[SLABS_FREE].tail) {
		struct page *page = pfn_to_page(mm, n->lists[SLABS_FREE].tail);

		n->free_objects -= c->layout.num;
		slab_list_del(c, page);
		n->free_slabs--;
		n->total_slabs--;
		page->next = surplus; /* list_move(): the last taken first */
		surplus = page_to_pfn(mm, page);
	}
	return surplus;
}

static void slabs_destroy(struct slab_cache *c, pfn_t surplus)
{
	while (surplus) {
		struct page *page = pfn_to_page(c->base.mm, surplus);

		surplus = page->next;
		page->next = PFN_NONE;
		slab_destroy(c, page);
	}
}

void slab_free_block(struct slab_cache *c, const paddr_t *objs, u32 nr, u32 nid)
{
	struct slab_node *n = c->nodes[nid];
	pfn_t surplus;

	node_lock(c, n);
	surplus = free_block(c, objs, nr, nid);
	node_unlock(c, n);
	slabs_destroy(c, surplus);
}

static void cache_flusharray(struct slab_cache *c, struct array_cache *ac)
{
	u32 nid = numa_mem_id(c->base.mm), nr = ac->batchcount;
	struct array_cache *shared = c->nodes[nid]->shared;
	pfn_t surplus = PFN_NONE;

	c->nr_free_slow++;
	charge(c->base.mm->machine, COST_SLAB_SLOW, 1);
	node_lock(c, c->nodes[nid]);
	if (shared && shared->avail < shared->limit) {
		nr = MIN(nr, shared->limit - shared->avail);
		memcpy(shared->entry + shared->avail, ac->entry,
		       nr * sizeof(*ac->entry));
		shared->avail += nr;
	} else {
		surplus = free_block(c, ac->entry, nr, nid);
	}
	node_unlock(c, c->nodes[nid]);
	array_shift(ac, nr);
	slabs_destroy(c, surplus);
}

/* Home with all of @ac, which is locked; returns as free_block(). */
static pfn_t drain_alien_locked(struct slab_cache *c, struct array_cache *ac,
				u32 nid)
{
	struct slab_node *n = c->nodes[nid];
	pfn_t surplus;

	if (!ac->avail || !n)
		return PFN_NONE;
	node_lock(c, n);
	if (n->shared)
		slab_transfer(n->shared, ac, ac->limit);
	surplus = free_block(c, ac->entry, ac->avail, nid);
	ac->avail = 0;
	node_unlock(c, n);
	return surplus;
}

void slab_drain_alien(struct slab_cache *c, struct array_cache *ac, u32 nid)
{
	struct machine *m = c->base.mm->machine;
	pfn_t surplus;

	if (!ac->avail || !c->nodes[nid])
		return;
	spin_lock(m, &ac->lock, LOCK_SLAB_ALIEN);
	surplus = drain_alien_locked(c, ac, nid);
	spin_unlock(m, &ac->lock);
	slabs_destroy(c, surplus);
}

static void free_alien(struct slab_cache *c, paddr_t addr, u32 here, u32 nid)
{
	struct slab_node *n = c->nodes[here];
	struct array_cache *ac = n && n->alien ? n->alien[nid] : NULL;
	struct machine *m = c->base.mm->machine;
	pfn_t surplus = PFN_NONE;

	c->nr_free_remote++;
	charge(m, COST_REMOTE_NODE, 1);
	if (!ac) {
		slab_free_block(c, &addr, 1, nid);
		return;
	}
	spin_lock(m, &ac->lock, LOCK_SLAB_ALIEN);
	if (ac->avail == ac->limit)
		surplus = drain_alien_locked(c, ac, nid);
	array_push(c, ac, addr);
	spin_unlock(m, &ac->lock);
	slabs_destroy(c, surplus);
}

static void slab_free(struct kmem_cache *s, struct page *head, paddr_t addr)
{
	struct slab_cache *c = slab_cache_of(s);
	struct array_cache *ac = &c->cpu_cache[s->mm->machine->cpu];

	c->nr_free++;
	if (s->mm->conf.nr_nodes > 1) {
		u32 here = numa_mem_id(s->mm);
		u32 nid = pfn_to_nid(s->mm, page_to_pfn(s->mm, head));

		touch_page(s->mm->machine, page_to_pfn(s->mm, head),
			   TOUCH_READ);
		if (here != nid) {
			free_alien(c, addr, here, nid);
			return;
		}
	}
	charge(s->mm->machine, COST_SLAB_ARRAY, 1);
	if (ac->avail >= ac->limit)
		cache_flusharray(c, ac);
	array_push(c, ac, addr);
}

u32 slab_drain_freelist(struct slab_cache *c, u32 nid, u64 tofree)
{
	struct slab_node *n = c->nodes[nid];
	u32 nr = 0;

	while (nr < tofree && n->lists[SLABS_FREE].tail) {
		struct page *page =
			pfn_to_page(c->base.mm, n->lists[SLABS_FREE].tail);

		node_lock(c, n);
		slab_list_del(c, page);
		n->free_slabs--;
		n->total_slabs--;
		n->free_objects -= c->layout.num;
		node_unlock(c, n);
		slab_destroy(c, page);
		nr++;
	}
	return nr;
}

/* The operations behind the common front */

static void slab_rcu_done(struct mm *mm)
{
	struct slab_state *st = slab_state_of(mm);

	for (size_t i = 0; i < st->rcu.nr; i++)
		kmem_freepages(st->rcu.at[i].c,
			       pfn_to_page(mm, st->rcu.at[i].pfn));
	st->rcu.nr = 0;
}

const struct slab_ops slab_ops_slab = {
	.name = "slab",
	.help = "object stacks per CPU, coloured slabs (Linux 6.1)",
	.kmalloc_min_shift = 5,
	.init = slab_init,
	.teardown = slab_exit,
	.create = slab_create,
	.shutdown = slab_shutdown,
	.release = slab_release,
	.alloc = slab_alloc,
	.free = slab_free,
	.kfree_reads_page = true,
	.shrink = slab_shrink_all,
	.get_slabinfo = slab_fill_slabinfo,
	.rcu_barrier = slab_rcu_done,
	.check = slab_check,
	.inspect = slab_fill_inspect,
	.gauge = slab_fill_gauge,
	.nr_pages = slab_nr_pages,
	.bind = slab_state_bind,
	.restored_objects = slab_state_objects,
	.reap = slab_cache_reap,
};
