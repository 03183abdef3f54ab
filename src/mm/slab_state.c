/*
 * slab_state.c - SLAB's caches, slabs and arrays as a kernel had them.
 *
 * What it is
 *	slab_state.h: what a loader of recorded states calls.
 *
 * How it works
 *	Caches are made without allocating anything: nodes and arrays lie
 *	nowhere.  Slabs are put on their lists in the recorded order.
 *
 * Lock order
 *	None: nothing runs yet.
 *
 * Invariants
 *	Afterwards slab_check() holds.
 *
 * What is charged
 *	Nothing.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1's recorded states.  Where the kernel keeps its own structs
 *	is not known; a restored cache that is destroyed gives back none.
 */
#include "mm/slab_state.h"

#include "base/xmalloc.h"
#include "mm/page_alloc.h"
#include "mm/slab_private.h"
#include "mm/slab_sizes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void slab_state_begin(struct mm *mm)
{
	struct slab_state *st = mm->slab_private;

	kmem_cache_forget_all(mm);
	st->rcu.nr = 0;
	st->restoring = true;
}

static bool geometry_is_sound(const struct slab_state_cache *g)
{
	u64 bytes = MM_PAGE_SIZE << MIN(g->gfporder, (u32)MAX_ORDER);

	return g->size && g->align && g->num && g->num <= SLAB_OBJ_MAX_NUM &&
	       g->gfporder < MAX_ORDER && g->colour_off &&
	       (u64)g->num * g->size <= bytes &&
	       (u64)g->colour * g->colour_off <= bytes - g->num * g->size &&
	       g->limit && g->limit <= SLAB_OBJ_MAX_NUM && g->batchcount &&
	       g->batchcount <= g->limit && g->shared <= 64;
}

struct slab_cache *slab_state_add(struct mm *mm,
				  const struct slab_state_cache *g,
				  struct err *e)
{
	struct slab_layout l = {
		.size = g->size,
		.align = g->align,
		.gfporder = g->gfporder,
		.num = g->num,
		.colour = g->colour,
		.colour_off = g->colour_off,
		.freelist_bytes = g->num,
		.index_bytes = 1,
		.colour_steps_before = true,
		.management = g->management,
	};
	struct slab_cache *c;

	if (!geometry_is_sound(g)) {
		err_set(e, -EINVAL,
			"cache %s: its recorded geometry (size %u, order %u, "
			"%u objects) is no geometry",
			g->name, g->size, g->gfporder, g->num);
		return NULL;
	}
	c = slab_cache_new(mm, &l, g->limit, g->batchcount, g->shared);
	if (!c) {
		err_set(e, -EINVAL, "cache %s: more than %u caches", g->name,
			MM_CACHES_MAX);
		return NULL;
	}
	c->base.object_size = g->size;
	c->base.name = xstrdup(g->name);
	c->base.refcount = 1;
	kmem_cache_list_append(&c->base);
	kmem_cache_adopt(&c->base);
	slab_set_allocflags(c);
	return c;
}

int slab_state_set_node(struct slab_cache *c, u32 nid,
			const struct slab_state_node *from, struct err *e)
{
	struct slab_node *n =
		nid < c->base.mm->conf.nr_nodes ? c->nodes[nid] : NULL;

	if (!n || (from->colour_next && from->colour_next >= c->layout.colour))
		return err_set(e, -EINVAL, "cache %s: node %u: no such state",
			       c->base.name, nid);
	n->colour_next = from->colour_next;
	n->free_limit = from->free_limit;
	n->free_touched = from->free_touched;
	n->next_reap_ms = from->next_reap_ms;
	return 0;
}

/* The free slots of a slab, each once, behind those in use. */
static bool set_side(struct slab_cache *c, struct page *page,
		     const struct slab_state_slab *p)
{
	bool free_slot[SLAB_OBJ_MAX_NUM + 1] = {false};
	u16 *side = slab_side(c, page);
	u32 at = 0;

	for (u32 i = 0; i < p->nr_slots; i++) {
		if (p->slots[i] >= c->layout.num || free_slot[p->slots[i]])
			return false;
		free_slot[p->slots[i]] = true;
		side[p->active + i] = (u16)p->slots[i];
	}
	for (u32 i = 0; i < c->layout.num; i++)
		if (!free_slot[i])
			side[at++] = (u16)i;
	return at == p->active;
}

int slab_state_set_slab(struct slab_cache *c, const struct slab_state_slab *p,
			struct err *e)
{
	struct mm *mm = c->base.mm;
	u32 order = c->layout.gfporder;
	struct page *page = pfn_to_page(mm, p->pfn);
	struct slab_node *n;

	if (!p->pfn || (p->pfn & ((1u << order) - 1)) ||
	    p->pfn + (1u << order) > mm->max_pfn ||
	    page->state != PAGE_UNTOUCHED ||
	    p->active + p->nr_slots != c->layout.num ||
	    p->s_mem_off + c->layout.num * c->layout.size > MM_PAGE_SIZE
								    << order ||
	    !c->nodes[pfn_to_nid(mm, p->pfn)])
		return err_set(e, -EINVAL,
			       "cache %s: slab at pfn %u: no such slab can be",
			       c->base.name, p->pfn);
	slab_page_setup(c, page, p->s_mem_off);
	page->inuse = (u16)p->active;
	if (!set_side(c, page, p))
		return err_set(e, -EINVAL,
			       "cache %s: slab at pfn %u: bad free slots",
			       c->base.name, p->pfn);
	n = c->nodes[pfn_to_nid(mm, p->pfn)];
	slab_list_add(c, page, p->list, true);
	n->total_slabs++;
	n->free_slabs += p->list == SLABS_FREE;
	n->free_objects += c->layout.num - p->active;
	return 0;
}

int slab_state_push(struct slab_cache *c, struct array_cache *ac, pfn_t pfn,
		    u32 slot, struct err *e)
{
	struct mm *mm = c->base.mm;
	const struct page *page;

	if (!ac || ac->avail >= ac->limit || pfn >= mm->max_pfn)
		return err_set(e, -EINVAL, "cache %s: an array holds too much",
			       c->base.name);
	page = pfn_to_page(mm, pfn);
	if (page->state != PAGE_SLAB || page->head != pfn ||
	    page->cache_idx != c->base.idx || slot >= c->layout.num)
		return err_set(e, -EINVAL,
			       "cache %s: an array holds what is no object",
			       c->base.name);
	ac->entry[ac->avail++] = slab_index_to_obj(c, page, slot);
	return 0;
}

static bool in_array(const struct array_cache *ac, paddr_t addr)
{
	for (u32 i = 0; ac && i < ac->avail; i++)
		if (ac->entry[i] == addr)
			return true;
	return false;
}

/* Is slot @idx of @page in somebody's hands, not free and in no array? */
static bool is_handed_out(const struct slab_cache *c, const struct page *page,
			  u32 idx)
{
	const struct mm *mm = c->base.mm;
	paddr_t addr = slab_index_to_obj(c, page, idx);

	for (u32 i = page->inuse; i < c->layout.num; i++)
		if (slab_side(c, page)[i] == idx)
			return false;
	for (u32 cpu = 0; cpu < mm->conf.nr_cpus; cpu++)
		if (in_array(&c->cpu_cache[cpu], addr))
			return false;
	for (u32 nid = 0; nid < mm->conf.nr_nodes; nid++) {
		const struct slab_node *n = c->nodes[nid];

		if (n && in_array(n->shared, addr))
			return false;
		for (u32 i = 0; n && n->alien && i < mm->conf.nr_nodes; i++)
			if (in_array(n->alien[i], addr))
				return false;
	}
	return true;
}

/* The objects of one slab as refills of @batch, then batchcount, give them. */
static u32 objects_of_slab(const struct slab_cache *c, const struct page *page,
			   u32 batch, paddr_t *addrs, u32 max)
{
	u32 nr = 0;

	for (u32 start = 0; start < c->layout.num; start += batch) {
		u32 end;

		batch = start ? c->batchcount : batch;
		end = MIN(start + batch, c->layout.num);
		for (u32 idx = end; idx-- > start && nr < max;)
			if (is_handed_out(c, page, idx))
				addrs[nr++] = slab_index_to_obj(c, page, idx);
		if (end == c->layout.num)
			break;
	}
	return nr;
}

u32 slab_state_objects(const struct kmem_cache *s, paddr_t *addrs, u32 max)
{
	static const enum slab_list_id lists[] = {SLABS_FULL, SLABS_PARTIAL};
	const struct slab_cache *c = slab_cache_of(s);
	u32 batch = MIN(BATCHREFILL_LIMIT, c->batchcount), nr = 0;

	for (u32 nid = 0; nid < s->mm->conf.nr_nodes; nid++) {
		for (u32 l = 0; c->nodes[nid] && l < ARRAY_SIZE(lists); l++) {
			pfn_t pfn = c->nodes[nid]->lists[lists[l]].tail;

			for (; pfn; pfn = pfn_to_page(s->mm, pfn)->prev) {
				nr += objects_of_slab(
					c, pfn_to_page(s->mm, pfn), batch,
					addrs + nr, max - nr);
				batch = c->batchcount;
			}
		}
	}
	return nr;
}

int slab_state_bind(struct kmem_cache *s, u32 object_size, u32 align,
		    slab_flags_t flags, struct err *e)
{
	struct slab_cache *c = slab_cache_of(s);

	align = MAX(calculate_alignment(flags, align, object_size), SLAB_WORD);
	if (slab_align(slab_align(object_size, SLAB_WORD), align) >
		    c->layout.size ||
	    align != c->layout.align)
		return err_set(e, -EINVAL,
			       "cache %s: the recorded state has one of %u "
			       "bytes, the trace makes one of %u",
			       s->name, c->layout.size, object_size);
	s->object_size = object_size;
	s->flags |= flags;
	slab_set_allocflags(c);
	return 0;
}

int slab_state_end(struct mm *mm, struct err *e)
{
	slab_state_of(mm)->restoring = false;
	if (!mm->kmem_cache_cache)
		return err_set(e, -EINVAL, "the state has no kmem_cache");
	if (kmalloc_caches_missing(mm, e))
		return -EINVAL;
	return slab_check(mm, e);
}
