/*
 * slab_lines.c - SLAB's and SLOB's state told line by line.
 *
 * What it is
 *	What a recorded kernel's slabs file has of them, as values.
 *
 * How it works
 *	cache, then the CPUs' arrays, then a node: counts, shared array, alien
 *	arrays, partial, free and full slabs from the head
 *
 * Lock order
 *	None: nothing is changed.
 *
 * Invariants
 *	None of its own.
 *
 * What is charged
 *	Nothing.
 *
 * What is left out, and which kernel this follows
 *	As slab.c.
 */
#include "mm/slab_cache.h"

#include "mm/inspect.h"

#include "base/xmalloc.h"

#include <stdlib.h>

struct teller {
	const struct slab_cache *c;
	inspect_line_fn fn;
	void *arg;
	struct slab_line_view v;
};

static void tell(struct teller *t, enum slab_line kind)
{
	t->v.kind = kind;
	t->fn(t->arg, &t->v);
}

static void tell_array(struct teller *t, enum slab_line kind,
		       const struct array_cache *ac)
{
	const struct mm *mm = t->c->base.mm;
	u64 *entry = xcalloc(ac->avail + 1, sizeof(*entry));

	for (u32 i = 0; i < ac->avail; i++) {
		const struct page *page =
			pfn_to_page(mm, (pfn_t)(ac->entry[i] >> PAGE_SHIFT));

		page = pfn_to_page(mm, page->head);
		entry[i] = (u64)page_to_pfn(mm, page) << 32 |
			   slab_obj_to_index(t->c, page, ac->entry[i]);
	}
	t->v.avail = ac->avail;
	t->v.limit = ac->limit;
	t->v.batchcount = ac->batchcount;
	t->v.touched = ac->touched;
	t->v.entry = entry;
	tell(t, kind);
	free(entry);
}

static void tell_slabs(struct teller *t, const struct slab_node *n)
{
	static const struct {
		enum slab_list_id id;
		const char *name;
	} lists[NR_SLAB_LISTS] = {{SLABS_PARTIAL, "partial"},
				  {SLABS_FREE, "free"},
				  {SLABS_FULL, "full"}};
	const struct mm *mm = t->c->base.mm;

	for (u32 i = 0; i < NR_SLAB_LISTS; i++) {
		t->v.list = lists[i].name;
		for (pfn_t pfn = n->lists[lists[i].id].head; pfn;
		     pfn = pfn_to_page(mm, pfn)->next) {
			const struct page *page = pfn_to_page(mm, pfn);

			t->v.pfn = pfn;
			t->v.order = t->c->layout.gfporder;
			t->v.active = page->inuse;
			t->v.s_mem_off =
				(u32)(slab_index_to_obj(t->c, page, 0) -
				      page_to_paddr(mm, page));
			t->v.free = slab_side(t->c, page) + page->inuse;
			tell(t, SLAB_LINE_SLAB);
		}
	}
}

static void tell_node(struct teller *t, u32 nid)
{
	const struct slab_node *n = t->c->nodes[nid];

	t->v.node = nid;
	t->v.colour_next = n->colour_next;
	t->v.free_objects = n->free_objects;
	t->v.free_limit = n->free_limit;
	t->v.touched = n->free_touched;
	t->v.next_reap_ms = n->next_reap_ms;
	tell(t, SLAB_LINE_NODE);
	if (n->shared)
		tell_array(t, SLAB_LINE_SHARED, n->shared);
	for (u32 i = 0; n->alien && i < t->c->base.mm->conf.nr_nodes; i++) {
		t->v.other = i;
		if (n->alien[i])
			tell_array(t, SLAB_LINE_ALIEN, n->alien[i]);
	}
	tell_slabs(t, n);
}

static void tell_cache(struct teller *t)
{
	const struct slab_cache *c = t->c;
	const struct mm *mm = c->base.mm;

	t->v = (struct slab_line_view){
		.cache = c->base.name,
		.mm = mm,
		.size = c->layout.size,
		.num = c->layout.num,
		.colour = c->layout.colour,
		.colour_off = c->layout.colour_off,
		.management = slab_management_name(c->layout.management),
	};
	tell(t, SLAB_LINE_CACHE);
	for (u32 cpu = 0; cpu < mm->conf.nr_cpus; cpu++) {
		t->v.cpu = cpu;
		tell_array(t, SLAB_LINE_CPU, &c->cpu_cache[cpu]);
	}
	for (u32 nid = 0; nid < mm->conf.nr_nodes; nid++)
		if (c->nodes[nid])
			tell_node(t, nid);
}

void mm_inspect_slab_lines(const struct mm *mm, inspect_line_fn fn, void *arg)
{
	struct teller t = {.fn = fn, .arg = arg};

	if (mm->conf.slab_ops != &slab_ops_slab)
		return;
	for (const struct kmem_cache *s = mm->cache_list; s; s = s->next) {
		t.c = slab_cache_of(s);
		tell_cache(&t);
	}
}
