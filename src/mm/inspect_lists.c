/*
 * inspect_lists.c - the exact lists of pages and slabs, told one by one.
 *
 * What it is
 *	The read-only walk behind mm_inspect_blocks() and
 *	mm_inspect_slab_pages(), for reports that set our lists beside those
 *	of a recorded kernel.
 *
 * How it works
 *	Each list is followed by the links of struct page, head first.  The
 *	blocks of a zone's untouched run stand where free_area[10] logically
 *	has them: before virgin_behind.
 *
 * Lock order
 *	None is taken: nothing else runs meanwhile.
 *
 * Invariants
 *	Told blocks of a list == its nr_free_type (mm_check).
 *
 * What is charged
 *	Nothing: no allocator looks here.
 *
 * What is left out
 *	Blocks that are allocated.  Follows the debugging dumps of a recorded
 *	6.1 kernel.
 */
#include "mm/inspect.h"

#include "mm/mm.h"
#include "mm/slab.h"

struct teller {
	const struct mm *mm;
	inspect_block_fn fn;
	void *arg;
	struct block_view b;
};

static void tell(struct teller *t, u64 pfn)
{
	t->b.pfn = (u32)pfn;
	t->fn(t->arg, &t->b);
}

static void tell_virgin(struct teller *t, const struct zone *z)
{
	for (u64 pfn = z->virgin_pfn; pfn < z->virgin_end_pfn;
	     pfn += (u64)1 << (MAX_ORDER - 1))
		tell(t, pfn);
}

static void tell_free_list(struct teller *t, const struct zone *z)
{
	const struct page_list *l =
		&z->free_area[t->b.order].list[t->b.migratetype];
	bool virgin = t->b.order == MAX_ORDER - 1 &&
		      t->b.migratetype == MIGRATE_MOVABLE;

	for (pfn_t pfn = l->head; pfn; pfn = t->mm->memmap[pfn].next) {
		if (virgin && pfn == z->virgin_behind) {
			tell_virgin(t, z);
			virgin = false;
		}
		tell(t, pfn);
	}
	if (virgin)
		tell_virgin(t, z);
}

static void tell_zone(struct teller *t, const struct zone *z)
{
	t->b.zone = z->idx;
	t->b.cpu = -1;
	for (t->b.order = 0; t->b.order < MAX_ORDER; t->b.order++)
		for (t->b.migratetype = 0; t->b.migratetype < MIGRATE_TYPES;
		     t->b.migratetype++)
			tell_free_list(t, z);
	for (u32 cpu = 0; cpu < t->mm->conf.nr_cpus; cpu++) {
		t->b.cpu = (s32)cpu;
		for (u32 i = 0; i < NR_PCP_LISTS; i++) {
			t->b.order = i / MIGRATE_PCPTYPES;
			t->b.migratetype = i % MIGRATE_PCPTYPES;
			for (pfn_t pfn = z->pcp[cpu].lists[i].head; pfn;
			     pfn = t->mm->memmap[pfn].next)
				tell(t, pfn);
		}
	}
}

void mm_inspect_blocks(const struct mm *mm, inspect_block_fn fn, void *arg)
{
	struct teller t = {.mm = mm, .fn = fn, .arg = arg};

	for (u32 i = 0; i < mm->nr_zones; i++)
		tell_zone(&t, &mm->zones[i]);
}

u32 mm_inspect_pageblock(const struct mm *mm, u64 pfn)
{
	return mm->pageblock_flags[pfn >> PAGEBLOCK_ORDER] ^
	       (u32)MIGRATE_MOVABLE;
}

void mm_inspect_slab_pages(const struct mm *mm, inspect_slab_fn fn, void *arg)
{
	for (u64 pfn = 1; pfn < mm->max_pfn; pfn++) {
		const struct page *p = &mm->memmap[pfn];
		struct slab_view v = {0};

		if (p->state != PAGE_SLAB || p->head != pfn)
			continue;
		v.cache = mm->caches[p->cache_idx]->name;
		v.pfn = (u32)pfn;
		v.order = p->order;
		v.inuse = p->inuse;
		fn(arg, &v);
	}
}

void mm_inspect_slabs(const struct mm *mm, inspect_slab_fn fn, void *arg)
{
	for (const struct kmem_cache *s = mm->cache_list; s; s = s->next)
		if (s->ops->walk)
			s->ops->walk(s, fn, arg);
}
