/*
 * slub_restore.c - SLUB's caches and slabs as a recorded kernel had them.
 *
 * What it is
 *   slab_restore.h for SLUB.
 *
 * How it works
 *   slab_restore_begin() drops what the boot made; the pages stay as the page
 *   restore leaves them.  Lists are built from the head, as recorded.
 *
 * Lock order
 *   None: nothing runs yet.
 *
 * Invariants
 *   Afterwards slub_check() holds; slots on no list count as handed out.
 *
 * What is charged
 *   Nothing.
 *
 * What is left out, and which kernel this follows
 *   Linux 6.1's recorded states.  Which objects hold the structs of the
 *   caches is not recorded: when a restored cache is destroyed it gives back
 *   the newest object on the right node that can have been one.
 */
#include "mm/slab_restore.h"

#include "base/xmalloc.h"
#include "mm/page_alloc.h"
#include "mm/slab_private.h"
#include "mm/slab_sizes.h"
#include "mm/slub.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void slab_restore_begin(struct mm *mm)
{
	kmem_cache_forget_all(mm);
	slub_forget_slabs(mm);
}

#define TAKE_RECORDED(field)                 \
	do {                                 \
		if (g->field)                \
			l->field = g->field; \
	} while (0)

static bool layout_from(const struct mm *mm, const struct slab_geometry *g,
			struct slub_layout *l)
{
	u32 object_size = g->object_size ? g->object_size : g->size;
	u32 align = g->align ? g->align : SLAB_WORD;

	if (!slub_calculate_sizes(&mm->conf, object_size, align, g->flags, l))
		return false;
	TAKE_RECORDED(size);
	TAKE_RECORDED(cpu_partial);
	TAKE_RECORDED(cpu_partial_slabs);
	TAKE_RECORDED(min_partial);
	if (g->objects) {
		l->offset = g->offset;
		l->objects = g->objects;
		l->order = g->order;
		l->min_order = g->min_order;
		l->min_objects = g->min_objects ? g->min_objects : g->objects;
	}
	if (l->objects > SLUB_MAX_OBJECTS || l->order >= MAX_ORDER ||
	    l->min_order > l->order || l->min_objects > l->objects)
		return false;
	return (u64)l->objects * l->size <= MM_PAGE_SIZE << l->order &&
	       (u64)l->min_objects * l->size <= MM_PAGE_SIZE << l->min_order;
}

struct kmem_cache *slab_restore_cache(struct mm *mm,
				      const struct slab_geometry *g,
				      struct err *e)
{
	struct slub_layout l;
	struct slub_cache *s;

	if (!layout_from(mm, g, &l)) {
		err_set(e, -EINVAL,
			"cache %s: its recorded geometry (size %u, order %u, "
			"%u objects) is no geometry",
			g->name, g->size, g->order, g->objects);
		return NULL;
	}
	s = slub_cache_new(mm, &l);
	if (!s) {
		err_set(e, -EINVAL, "cache %s: more than %u caches", g->name,
			MM_CACHES_MAX);
		return NULL;
	}
	s->restored = true;
	s->base.name = xstrdup(g->name);
	s->base.refcount = 1;
	kmem_cache_list_append(&s->base);
	kmem_cache_adopt(&s->base);
	s->layout.flags = s->base.flags;
	s->layout.allocflags = slub_allocflags(s->base.flags, l.order);
	return &s->base;
}

/* Chains @slots (all handed out so far) into a freelist; false: bad slot. */
static bool chain_slots(u16 *links, u32 objects, const u16 *slots, u32 nr,
			u16 *first)
{
	*first = SLOT_NONE;
	for (u32 i = nr; i-- > 0;) {
		if (slots[i] >= objects || links[slots[i]] != SLOT_ALLOCATED)
			return false;
		links[slots[i]] = *first;
		*first = slots[i];
	}
	return true;
}

struct page *slab_restore_slab(struct kmem_cache *base, pfn_t pfn, u32 order,
			       u32 objects, const u16 *slots, u32 nr,
			       struct err *e)
{
	struct slub_cache *s = to_slub(base);
	struct mm *mm = base->mm;
	struct page *page;
	struct slub_node *n;
	u16 *links;

	if (!pfn || order >= MAX_ORDER || (pfn & ((1u << order) - 1)) ||
	    pfn + (1u << order) > mm->max_pfn || !objects || nr > objects ||
	    objects > SLUB_MAX_OBJECTS ||
	    (u64)objects * s->size > MM_PAGE_SIZE << order) {
		err_set(e, -EINVAL,
			"cache %s: slab at pfn %u, order %u, %u objects: no "
			"such slab can be",
			base->name, pfn, order, objects);
		return NULL;
	}
	page = pfn_to_page(mm, pfn);
	slub_slab_setup(s, page, order, objects);
	page->flags = 0;
	links = slub_links(slub_state(mm), page->slots);
	for (u32 i = 0; i < objects; i++)
		links[i] = SLOT_ALLOCATED;
	if (!chain_slots(links, objects, slots, nr, &page->freelist)) {
		err_set(e, -EINVAL, "cache %s: slab at pfn %u: bad free slots",
			base->name, pfn);
		return NULL;
	}
	page->inuse = (u16)(objects - nr);
	n = &s->nodes[pfn_to_nid(mm, pfn)];
	n->nr_slabs++;
	n->total_objects += objects;
	s->nr_restored += page->inuse;
	return page;
}

int slab_restore_cpu_slab(struct kmem_cache *base, u32 cpu, struct page *page,
			  const u16 *slots, u32 nr, struct err *e)
{
	struct slub_cache *s = to_slub(base);
	struct mm *mm = base->mm;
	struct slub_cpu *c;

	if (cpu >= mm->conf.nr_cpus || s->cpus[cpu].slab || nr > page->inuse)
		return err_set(e, -EINVAL, "cache %s: cpu %u: no such cpu slab",
			       base->name, cpu);
	c = &s->cpus[cpu];
	page->flags |= PG_FROZEN;
	c->slab = page_to_pfn(mm, page);
	c->nid = (u8)pfn_to_nid(mm, c->slab);
	c->base = page_to_paddr(mm, page);
	c->links = slub_links(slub_state(mm), page->slots);
	if (!chain_slots(c->links, page->objects, slots, nr, &c->freelist))
		return err_set(e, -EINVAL,
			       "cache %s: cpu %u: bad slots on its freelist",
			       base->name, cpu);
	s->nr_restored -= nr;
	return 0;
}

int slab_restore_cpu_partial(struct kmem_cache *base, u32 cpu,
			     struct page *page, u32 slabs, struct err *e)
{
	struct slub_cache *s = to_slub(base);
	struct mm *mm = base->mm;
	pfn_t *link;

	if (cpu >= mm->conf.nr_cpus || page->freelist == SLOT_NONE ||
	    page->flags & PG_FROZEN)
		return err_set(e, -EINVAL,
			       "cache %s: cpu %u: no such partial slab",
			       base->name, cpu);
	link = &s->cpus[cpu].partial;
	while (*link)
		link = &pfn_to_page(mm, *link)->next;
	*link = page_to_pfn(mm, page);
	page->next = PFN_NONE;
	page->nr_partial = slabs;
	page->flags |= PG_FROZEN;
	return 0;
}

int slab_restore_node_partial(struct kmem_cache *base, struct page *page,
			      struct err *e)
{
	struct slub_cache *s = to_slub(base);
	struct mm *mm = base->mm;
	u32 nid = pfn_to_nid(mm, page_to_pfn(mm, page));

	if (page->freelist == SLOT_NONE ||
	    page->flags & (PG_FROZEN | PG_ON_PARTIAL))
		return err_set(e, -EINVAL,
			       "cache %s: node %u: pfn %u is no partial slab",
			       base->name, nid, page_to_pfn(mm, page));
	slub_add_partial(s, &s->nodes[nid], page, true);
	return 0;
}

/* The handed-out slots of the slab at @pfn go to @addrs; their number. */
static u32 handed_out(const struct slub_cache *s, pfn_t pfn, paddr_t *addrs,
		      u32 max)
{
	const struct mm *mm = s->base.mm;
	const struct page *page = &mm->memmap[pfn];
	const u16 *links = slub_links(slub_state(mm), page->slots);
	u32 nr = 0;

	for (u32 i = 0; i < page->objects; i++)
		if (links[i] == SLOT_ALLOCATED && nr < max)
			addrs[nr++] =
				page_to_paddr(mm, page) + (paddr_t)i * s->size;
	return nr;
}

u32 slab_restore_objects(const struct kmem_cache *base, paddr_t *addrs, u32 max)
{
	const struct slub_cache *s = to_slub_const(base);
	const struct mm *mm = base->mm;
	pfn_t last = s->cpus[mm->machine->cpu].slab;
	u32 nr = 0;

	for (u64 pfn = 1; pfn < mm->max_pfn; pfn++) {
		const struct page *page = &mm->memmap[pfn];

		if (page->state == PAGE_SLAB && page->head == pfn &&
		    page->cache_idx == base->idx && pfn != last)
			nr += handed_out(s, (pfn_t)pfn, addrs + nr, max - nr);
	}
	if (last)
		nr += handed_out(s, last, addrs + nr, max - nr);
	return nr;
}

paddr_t slab_restore_newest(const struct kmem_cache *base, paddr_t except)
{
	const struct slub_cache *s = to_slub_const(base);
	const struct mm *mm = base->mm;
	const struct slub_cpu *c = &s->cpus[mm->machine->cpu];
	const struct page *page = &mm->memmap[c->slab];

	for (u32 i = 0; c->slab && i < page->objects; i++) {
		u32 start = c->freelist == SLOT_NONE ? 0 : c->freelist;
		u32 slot = (start + page->objects - 1 - i) % page->objects;
		paddr_t addr =
			page_to_paddr(mm, page) + (paddr_t)slot * s->size;

		if (c->links[slot] == SLOT_ALLOCATED && addr != except)
			return addr;
	}
	return 0;
}

int slab_restore_bind(struct kmem_cache *base, u32 object_size, u32 align,
		      slab_flags_t flags, struct err *e)
{
	struct slub_cache *s = to_slub(base);
	const struct slub_layout *was = &s->layout;
	struct slub_layout l;

	align = calculate_alignment(flags, align, object_size);
	if (!slub_calculate_sizes(&base->mm->conf, object_size, align, flags,
				  &l) ||
	    l.size != was->size || l.align != was->align ||
	    l.offset != was->offset || l.order != was->order ||
	    l.objects != was->objects || l.min_order != was->min_order ||
	    l.min_objects != was->min_objects ||
	    l.cpu_partial != was->cpu_partial ||
	    l.cpu_partial_slabs != was->cpu_partial_slabs ||
	    l.min_partial != was->min_partial)
		return err_set(e, -EINVAL,
			       "cache %s: the recorded state has one of %u "
			       "bytes, order %u, the trace makes one of %u "
			       "bytes, order %u",
			       base->name, was->size, was->order, l.size,
			       l.order);
	base->object_size = object_size;
	base->flags |= flags;
	s->layout.object_size = object_size;
	s->layout.flags = base->flags;
	s->layout.inuse = l.inuse;
	s->layout.allocflags = slub_allocflags(base->flags, l.order);
	return 0;
}

/* Whether a struct that is known to lie at @addr stands in the way. */
static bool struct_is_known(const struct mm *mm, paddr_t addr)
{
	for (const struct kmem_cache *c = mm->cache_list; c; c = c->next) {
		if (c->self == addr)
			return true;
		for (u32 i = 0; i < mm->conf.nr_nodes; i++)
			if (to_slub_const(c)->nodes[i].self == addr)
				return true;
	}
	return false;
}

/* The slot handed out last of @page, going by fresh slabs' order; 0: none. */
static paddr_t newest_struct(const struct slub_cache *s, pfn_t pfn, u16 head)
{
	const struct mm *mm = s->base.mm;
	const struct page *page = pfn_to_page(mm, pfn);
	const u16 *links = slub_links(slub_state(mm), page->slots);

	for (u32 i = 0; i < page->objects; i++) {
		u32 start = head == SLOT_NONE ? 0 : head;
		u32 slot = (start + page->objects - 1 - i) % page->objects;
		paddr_t addr = page_to_paddr(mm, page) + (u64)slot * s->size;

		if (links[slot] == SLOT_ALLOCATED && !struct_is_known(mm, addr))
			return addr;
	}
	return 0;
}

/* An object of @base on @nid (-1: any) that no known struct lies in. */
static paddr_t adopt_struct(struct kmem_cache *base, int nid)
{
	struct slub_cache *s = to_slub(base);
	const struct slub_cpu *c = &s->cpus[base->mm->machine->cpu];
	paddr_t addr = 0;

	if (c->slab && (nid < 0 || nid == c->nid))
		addr = newest_struct(s, c->slab, c->freelist);
	for (u32 i = 0; i < base->mm->conf.nr_nodes && !addr; i++) {
		pfn_t pfn = s->nodes[i].partial.head;

		if (pfn && (nid < 0 || (u32)nid == i))
			addr = newest_struct(
				s, pfn, pfn_to_page(base->mm, pfn)->freelist);
	}
	return addr;
}

void slub_adopt_structs(struct slub_cache *s)
{
	struct mm *mm = s->base.mm;

	s->base.self = adopt_struct(mm->kmem_cache_cache, -1);
	for (u32 i = 0; i < mm->conf.nr_nodes; i++)
		if (mm->nodes[i].has_memory)
			s->nodes[i].self =
				adopt_struct(mm->kmem_cache_node, (int)i);
}

int slab_restore_end(struct mm *mm, struct err *e)
{
	if (!mm->kmem_cache_cache || !mm->kmem_cache_node)
		return err_set(e, -EINVAL,
			       "the state has no kmem_cache or no "
			       "kmem_cache_node; is it of SLUB?");
	return kmalloc_caches_missing(mm, e);
}
