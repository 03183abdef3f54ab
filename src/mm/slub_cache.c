/*
 * slub_cache.c - SLUB's caches: making, shrinking, ending them; booting.
 *
 * What it is
 *   Everything of SLUB that runs rarely, and the host memory behind slabs.
 *
 * How it works
 *   Boot, as the kernel: kmem_cache_node first, whose own node structs come
 *   from a slab made by hand; then kmem_cache; then both take the object
 *   that holds their struct from kmem_cache, which is flushed in between.
 *   Next-free arrays of slabs live in one lazily committed arena, two bytes
 *   an object; a slab holds a handle, freed arrays are chained by size.
 *
 * Lock order
 *   None: one operation at a time.
 *
 * Invariants
 *   A slab waiting for a grace period has slots == 0 and is on st->rcu only.
 *
 * What is charged
 *   What the slabs and pages cost that are freed on the way.
 *
 * What is left out, and which kernel this follows
 *   Linux 6.1.  CPUs are flushed in the order of their numbers (the kernel:
 *   by work items, at the same time), and so are the callbacks of RCU.
 */
#include "mm/slub.h"

#include "base/bug.h"
#include "base/xmalloc.h"
#include "mm/page_alloc.h"
#include "mm/page_list.h"
#include "mm/slab_private.h"
#include "mm/slab_sizes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SHRINK_PROMOTE_MAX   32
#define ARENA_UNITS_MAX	     ((u64)1 << 32)
#define KMEM_CACHE_NODE_SIZE 64 /* sizeof(struct kmem_cache_node), 6.1 */

/* The arena of next-free arrays */

static u32 slots_units(u32 objects)
{
	/* One entry more than objects: what the slab's tail maps to. */
	return objects / SLUB_ARENA_UNIT + 1;
}

u32 slub_slots_alloc(struct slub_state *st, u32 objects)
{
	u32 units = slots_units(objects);
	u32 slots = st->arena_free[units];

	if (slots) {
		memcpy(&st->arena_free[units], slub_links(st, slots),
		       sizeof(u32));
		return slots;
	}
	if (st->arena_used + units > st->arena_units)
		BUG_FMT("more than %llu arena units of slab slots",
			(unsigned long long)st->arena_units);
	slots = (u32)st->arena_used;
	st->arena_used += units;
	return slots;
}

void slub_slots_free(struct slub_state *st, u32 slots, u32 objects)
{
	u32 units = slots_units(objects);

	BUG_ON(!slots);
	memcpy(slub_links(st, slots), &st->arena_free[units], sizeof(u32));
	st->arena_free[units] = slots;
}

static struct slub_state *state_new(const struct mm *mm)
{
	struct slub_state *st = xcalloc(1, sizeof(*st));
	/* 8 byte objects: 512 a page and one unit more, at the worst. */
	u64 units = mm->max_pfn * (512 / SLUB_ARENA_UNIT + 1) + 1;

	st->arena_units = MIN(units, ARENA_UNITS_MAX);
	st->arena = xmap_lazy(st->arena_units * SLUB_ARENA_UNIT * sizeof(u16));
	if (!st->arena) {
		free(st);
		return NULL;
	}
	st->arena_used = 1;
	st->arena_free = xcalloc(SLUB_ARENA_CLASSES, sizeof(u32));
	st->rcu = xcalloc(mm->conf.nr_cpus, sizeof(*st->rcu));
	return st;
}

/* Slabs */

static u64 random_next(u64 *state)
{
	u64 x = *state += 0x9e3779b97f4a7c15u;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

/* The order in which a shuffled slab hands out its slots. */
static void shuffle_freelist(struct slub_cache *s, struct page *page)
{
	struct slub_state *st = slub_state(s->base.mm);
	u16 *links = slub_links(st, page->slots);
	u32 count = s->layout.objects;
	u64 seed = s->base.mm->conf.hash_seed ^ (s->nr_slab_new << 16) ^
		   s->base.idx;
	u32 pos = (u32)(random_next(&seed) % count);
	u16 last = SLOT_NONE;

	for (u32 i = 0; i < count; i++, pos = pos + 1 == count ? 0 : pos + 1) {
		u16 slot = s->random_seq[pos];

		if (slot >= page->objects)
			continue;
		if (last == SLOT_NONE)
			page->freelist = slot;
		else
			links[last] = slot;
		last = slot;
	}
	links[last] = SLOT_NONE;
}

/* Each object of a fresh slab gets its free pointer written. */
static void touch_free_pointers(const struct slub_cache *s,
				const struct page *page)
{
	struct mm *mm = s->base.mm;
	paddr_t at = page_to_paddr(mm, page) + s->layout.offset;

	if (likely(!mm->machine->ops || !mm->machine->ops->touch))
		return;
	for (u32 i = 0; i < page->objects; i++)
		touch(mm->machine, at + (u64)i * s->size, SLAB_WORD,
		      TOUCH_WRITE);
}

void slub_slab_setup(struct slub_cache *s, struct page *page, u32 order,
		     u32 objects)
{
	struct mm *mm = s->base.mm;
	struct slub_state *st = slub_state(mm);
	pfn_t pfn = page_to_pfn(mm, page);
	u16 *links;

	for (u32 i = 0; i < 1u << order; i++) {
		page[i].state = PAGE_SLAB;
		page[i].head = pfn;
	}
	page->flags &= PG_PFMEMALLOC;
	page->order = (u8)order;
	page->next = page->prev = PFN_NONE;
	page->cache_idx = (u16)s->base.idx;
	page->inuse = 0;
	page->objects = (u16)objects;
	page->nr_partial = 0;
	page->slots = slub_slots_alloc(st, objects);
	links = slub_links(st, page->slots);
	for (u32 i = 0; i + 1 < objects; i++)
		links[i] = (u16)(i + 1);
	touch_free_pointers(s, page);
	links[objects - 1] = SLOT_NONE;
	links[objects] = SLOT_NONE;
	page->freelist = 0;
	if (s->random_seq && objects > 1)
		shuffle_freelist(s, page);
	*slub_slab_pages(mm, pfn, s->base.flags) += (u64)1 << order;
	s->nr_pages += (u64)1 << order;
}

u64 *slub_slab_pages(struct mm *mm, pfn_t pfn, slab_flags_t flags)
{
	u32 nid = pfn_to_nid(mm, pfn);

	return flags & SLAB_RECLAIM_ACCOUNT ? &mm->numa_slab_reclaimable[nid]
					    : &mm->numa_slab_unreclaimable[nid];
}

void slub_release_pages(struct mm *mm, struct page *page, slab_flags_t flags)
{
	pfn_t pfn = page_to_pfn(mm, page);
	u32 order = page->order;

	*slub_slab_pages(mm, pfn, flags) -= (u64)1 << order;
	for (u32 i = 1; i < 1u << order; i++) {
		page[i].state = PAGE_UNTOUCHED;
		page[i].head = PFN_NONE;
	}
	page->state = PAGE_ALLOCATED;
	page->head = PFN_NONE;
	page->flags = order ? PG_COMPOUND : 0;
	memset(page->words, 0, sizeof(page->words));
	free_pages(mm, page, order);
}

void slub_rcu_queue(struct mm *mm, struct page *page)
{
	page_list_add_tail(mm, &slub_state(mm)->rcu[mm->machine->cpu],
			   page_to_pfn(mm, page));
}

void slub_rcu_barrier(struct mm *mm)
{
	u32 this_cpu = mm->machine->cpu;
	pfn_t next;

	/* A callback runs where it was queued: there its pages go. */
	for (u32 cpu = 0; cpu < mm->conf.nr_cpus; cpu++) {
		struct page_list *l = &slub_state(mm)->rcu[cpu];
		pfn_t pfn = l->head;

		mm->machine->cpu = cpu;
		l->head = l->tail = PFN_NONE;
		for (; pfn; pfn = next) {
			struct page *page = pfn_to_page(mm, pfn);

			next = page->next;
			page->next = PFN_NONE;
			slub_release_pages(mm, page,
					   mm->caches[page->cache_idx]->flags);
		}
	}
	mm->machine->cpu = this_cpu;
}

/* Caches */

/* A random permutation of the slots, as cache_random_seq_create(). */
static u16 *random_seq_new(const struct slub_cache *s)
{
	u32 count = s->layout.objects;
	u64 seed = s->base.mm->conf.hash_seed + s->base.idx;
	u16 *seq = xreallocarray(NULL, count, sizeof(*seq));

	for (u32 i = 0; i < count; i++)
		seq[i] = (u16)i;
	for (u32 i = count - 1; i > 0; i--) {
		u32 j = (u32)(random_next(&seed) % (i + 1));
		u16 t = seq[i];

		seq[i] = seq[j];
		seq[j] = t;
	}
	return seq;
}

struct slub_cache *slub_cache_new(struct mm *mm, const struct slub_layout *l)
{
	struct slub_cache *s = xcalloc(1, sizeof(*s));

	if (!kmem_cache_reserve(mm, &s->base)) {
		free(s);
		return NULL;
	}
	s->layout = *l;
	s->base.object_size = l->object_size;
	s->base.size = s->size = l->size;
	s->base.align = l->align;
	s->base.flags = l->flags;
	/* ceil(2^32 / size): exact for offsets below 2^22 (KMALLOC_MAX). */
	s->reciprocal = (u32)((((u64)1 << 32) + l->size - 1) / l->size);
	s->debug = mm->conf.slub_debug;
	s->has_cpu_partial = mm->conf.slub_cpu_partial && !s->debug;
	s->count_objects = mm->conf.profile < PROFILE_LINUX_6_1;
	/* The old rule drains above the limit, the new one at it. */
	s->cpu_partial_limit =
		s->count_objects ? l->cpu_partial + 1 : l->cpu_partial_slabs;
	s->cpu_partial_half =
		(s->count_objects ? l->cpu_partial : l->cpu_partial_slabs) / 2;
	s->nodes = xcalloc(mm->conf.nr_nodes, sizeof(*s->nodes));
	s->cpus = xcalloc(mm->conf.nr_cpus, sizeof(*s->cpus));
	for (u32 i = 0; i < mm->conf.nr_cpus; i++)
		s->cpus[i].freelist = SLOT_NONE;
	if (mm->conf.slab_freelist_random)
		s->random_seq = random_seq_new(s);
	return s;
}

static void cache_free_host(struct slub_cache *s)
{
	free(s->random_seq);
	free(s->cpus);
	free(s->nodes);
	free(s);
}

void slub_release(struct kmem_cache *base)
{
	struct slub_cache *s = to_slub(base);
	struct mm *mm = base->mm;

	for (u32 i = 0; i < mm->conf.nr_nodes; i++)
		if (s->nodes[i].self && base->self)
			kmem_cache_free(mm->kmem_cache_node, s->nodes[i].self);
	cache_free_host(s);
}

/* The node structs, each from its own node; false: no memory for one. */
static bool init_nodes(struct slub_cache *s)
{
	struct mm *mm = s->base.mm;

	for (u32 i = 0; i < mm->conf.nr_nodes; i++) {
		if (!mm->nodes[i].has_memory)
			continue;
		s->nodes[i].self = kmem_cache_alloc_node(mm->kmem_cache_node,
							 GFP_KERNEL, (int)i);
		if (s->nodes[i].self)
			continue;
		while (i--)
			if (s->nodes[i].self)
				kmem_cache_free(mm->kmem_cache_node,
						s->nodes[i].self);
		return false;
	}
	return true;
}

struct kmem_cache *slub_create(struct mm *mm, const char *name, u32 size,
			       u32 align, slab_flags_t flags)
{
	struct slub_layout l;
	struct slub_cache *s;

	(void)name; /* the front keeps it */
	if (!slub_calculate_sizes(&mm->conf, size, align, flags, &l))
		return NULL;
	s = slub_cache_new(mm, &l);
	if (!s)
		return NULL;
	if (!init_nodes(s)) {
		kmem_cache_unreserve(&s->base);
		cache_free_host(s);
		return NULL;
	}
	return &s->base;
}

static void flush_all(struct slub_cache *s)
{
	struct machine *m = s->base.mm->machine;
	u32 this_cpu = m->cpu;

	/* Each CPU's work item runs there: so do the frees of its slabs. */
	for (u32 cpu = 0; cpu < s->base.mm->conf.nr_cpus; cpu++) {
		m->cpu = cpu;
		slub_flush_cpu(s, cpu);
	}
	m->cpu = this_cpu;
}

/* Empty slabs of the list go; true when the node has none left. */
static bool free_partial(struct slub_cache *s, struct slub_node *n)
{
	struct mm *mm = s->base.mm;
	pfn_t discard = PFN_NONE;
	pfn_t next;

	spin_lock(mm->machine, &n->list_lock, LOCK_SLAB_LIST);
	for (pfn_t pfn = n->partial.head; pfn; pfn = next) {
		struct page *page = pfn_to_page(mm, pfn);

		next = page->next;
		if (page->inuse)
			continue;
		slub_remove_partial(s, n, page);
		page->next = discard;
		discard = pfn;
	}
	spin_unlock(mm->machine, &n->list_lock);
	for (; discard; discard = next) {
		next = pfn_to_page(mm, discard)->next;
		slub_discard_slab(s, pfn_to_page(mm, discard));
	}
	return !n->nr_slabs;
}

int slub_shutdown(struct kmem_cache *base)
{
	struct slub_cache *s = to_slub(base);

	flush_all(s);
	for (u32 i = 0; i < base->mm->conf.nr_nodes; i++)
		if (!free_partial(s, &s->nodes[i]))
			return -EBUSY;
	if (s->restored)
		slub_adopt_structs(s);
	return 0;
}

/* A stack of slabs goes to the front of the list, its top first. */
static void splice_stack(struct slub_cache *s, struct slub_node *n, pfn_t top)
{
	struct mm *mm = s->base.mm;
	pfn_t bottom = PFN_NONE;
	pfn_t next;

	for (; top; top = next) {
		struct page *page = pfn_to_page(mm, top);

		next = page->next;
		page->next = bottom;
		bottom = top;
	}
	for (; bottom; bottom = next) {
		struct page *page = pfn_to_page(mm, bottom);

		next = page->next;
		slub_add_partial(s, n, page, false);
	}
}

/*
 * Empty slabs go and the list is sorted, fullest first; true: slabs are left.
 * Stacks, since list_move() turns the order round: promote[free - 1], and the
 * empty ones at the end.  Slabs with more free slots stay where they are.
 */
static bool shrink_node(struct slub_cache *s, struct slub_node *n)
{
	struct mm *mm = s->base.mm;
	pfn_t promote[SHRINK_PROMOTE_MAX + 1] = {PFN_NONE};
	pfn_t next;

	spin_lock(mm->machine, &n->list_lock, LOCK_SLAB_LIST);
	for (pfn_t pfn = n->partial.head; pfn; pfn = next) {
		struct page *page = pfn_to_page(mm, pfn);
		u32 nr_free = (u32)page->objects - page->inuse;
		u32 i = page->inuse ? nr_free - 1 : SHRINK_PROMOTE_MAX;

		next = page->next;
		if (page->inuse && nr_free > SHRINK_PROMOTE_MAX)
			continue;
		slub_remove_partial(s, n, page);
		page->next = promote[i];
		promote[i] = pfn;
	}
	for (u32 i = SHRINK_PROMOTE_MAX; i-- > 0;)
		splice_stack(s, n, promote[i]);
	spin_unlock(mm->machine, &n->list_lock);
	for (pfn_t pfn = promote[SHRINK_PROMOTE_MAX]; pfn; pfn = next) {
		next = pfn_to_page(mm, pfn)->next;
		slub_discard_slab(s, pfn_to_page(mm, pfn));
	}
	return n->nr_slabs;
}

int slub_shrink(struct kmem_cache *base)
{
	struct slub_cache *s = to_slub(base);
	int rc = 0;

	flush_all(s);
	for (u32 i = 0; i < base->mm->conf.nr_nodes; i++)
		if (shrink_node(s, &s->nodes[i]))
			rc = 1;
	return rc;
}

/* Boot */

static struct slub_cache *boot_cache(struct mm *mm, const char *name, u32 size)
{
	u32 align = calculate_alignment(SLAB_HWCACHE_ALIGN, 0, size);
	struct slub_layout l;
	struct slub_cache *s;

	if (!slub_calculate_sizes(&mm->conf, size, align, SLAB_HWCACHE_ALIGN,
				  &l))
		return NULL;
	s = slub_cache_new(mm, &l);
	if (!s)
		return NULL;
	s->base.name = xstrdup(name);
	s->base.refcount = -1; /* never merged into */
	return s;
}

/* The first slot of a slab of @nid, taken by hand: a struct of @s itself. */
static bool early_node(struct slub_cache *s, u32 nid)
{
	struct mm *mm = s->base.mm;
	struct page *page = slub_new_slab(s, GFP_NOWAIT, (int)nid);
	u16 *links;
	u16 slot;

	if (!page)
		return false;
	links = slub_links(slub_state(mm), page->slots);
	slot = page->freelist;
	page->freelist = links[slot];
	links[slot] = SLOT_ALLOCATED;
	page->inuse = 1;
	s->cpus[0].nr_alloc++;
	s->nodes[nid].self = page_to_paddr(mm, page) + (u64)slot * s->size;
	slub_add_partial(s, &s->nodes[pfn_to_nid(mm, page_to_pfn(mm, page))],
			 page, false);
	return true;
}

static bool early_nodes(struct slub_cache *s)
{
	for (u32 i = 0; i < s->base.mm->conf.nr_nodes; i++)
		if (s->base.mm->nodes[i].has_memory && !early_node(s, i))
			return false;
	return true;
}

/* The struct of a boot cache moves into an object of kmem_cache. */
static bool bootstrap(struct mm *mm, struct kmem_cache *s)
{
	s->self = kmem_cache_alloc(mm->kmem_cache_cache, GFP_NOWAIT | GFP_ZERO);
	if (!s->self)
		return false;
	slub_flush_cpu(to_slub(s), mm->machine->cpu);
	kmem_cache_list_add(s);
	return true;
}

int slub_init(struct mm *mm, struct err *e)
{
	struct slub_cache *node;
	struct slub_cache *cache;

	mm->slab_private = state_new(mm);
	if (!mm->slab_private)
		return err_sys(e, "slab slots", "map");
	node = boot_cache(mm, "kmem_cache_node", KMEM_CACHE_NODE_SIZE);
	if (!node || !early_nodes(node))
		goto too_small;
	mm->kmem_cache_node = &node->base;
	cache = boot_cache(mm, "kmem_cache", kmem_cache_struct_size(mm));
	if (!cache || !init_nodes(cache))
		goto too_small;
	mm->kmem_cache_cache = &cache->base;
	if (bootstrap(mm, &cache->base) && bootstrap(mm, &node->base))
		return 0;
too_small:
	return slab_too_small(e);
}

void slub_forget_slabs(struct mm *mm)
{
	struct slub_state *st = slub_state(mm);

	memset(st->arena_free, 0, SLUB_ARENA_CLASSES * sizeof(u32));
	st->arena_used = 1;
	memset(st->rcu, 0, mm->conf.nr_cpus * sizeof(*st->rcu));
}

void slub_exit(struct mm *mm)
{
	struct slub_state *st = slub_state(mm);

	if (!st)
		return;
	xunmap(st->arena, st->arena_units * SLUB_ARENA_UNIT * sizeof(u16));
	free(st->arena_free);
	free(st->rcu);
	free(st);
	mm->slab_private = NULL;
}
