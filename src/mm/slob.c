/*
 * slob.c - SLOB, the simple list of blocks (Linux 6.1; gone since 6.4).
 *
 * What it is
 *	An allocator for very small machines.  Objects of all kmem_caches and
 *	of kmalloc share pages; there is no per-CPU and no per-cache state.
 *
 * How it works
 *	Pages with free space stand on one of three lists, by the size that
 *	was asked for when they joined it.  Space is counted in units of two
 *	bytes; the free blocks of a page are kept in address order.
 *
 *	small  (< 256 bytes)   page ─ page ─ page
 *	medium (< 1024)        page ─ page           first fit in a page,
 *	large  (< a page)      page                  next fit over the pages
 *
 *	page:  ┌──────┬────────┬──┬─────────────┬─────┐
 *	       │ used │ free 6 │u │ hdr │ used  │ free│
 *	       └──────┴────────┴──┴─────────────┴─────┘
 *	                           └ kmalloc writes its size in front
 *
 *	An allocation takes the first page of its list with enough units
 *	whose blocks fit, and turns the list so that the next search begins
 *	there.  Requests of a page and more go to the page allocator.
 *
 * Lock order
 *	slob_lock, then the page allocator's.
 *
 * Invariants
 *	units of a page == sum of its free blocks	(slob_check_page)
 *	free blocks ascend and never touch		(slob_check_page)
 *	a page is listed <=> 0 < units < all		(slob_check_page)
 *
 * What is charged
 *	COST_SLAB_FAST an operation, COST_SLAB_PARTIAL a page looked at in
 *	vain, COST_SLAB_NEW and COST_SLAB_DISCARD a page taken or given back.
 *	Touched: the struct page of each page looked at, the headers that
 *	Linux keeps inside free space where it has them, and those before
 *	kmalloc's objects.
 *
 * What is left out
 *	Nothing of 6.1's placement.  The kernel keeps the block lists in the
 *	free space itself; here they are side arrays, since simulated memory
 *	has no contents.
 */
#include "mm/slob.h"

#include "mm/inspect.h"
#include "mm/memmap.h"
#include "mm/page_alloc.h"
#include "mm/page_list.h"
#include "mm/slab.h"
#include "mm/slab_private.h"
#include "mm/slab_sizes.h"

#include "base/bug.h"
#include "base/vec.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SLOB_PAGE_UNITS ((u32)(MM_PAGE_SIZE / SLOB_UNIT))
#define SLOB_RCU_BYTES	24u /* struct slob_rcu behind TYPESAFE objects */

/* The side arrays of one page; page->words[1] is its index, from 1. */
struct slob_page {
	VEC(struct slob_block) free;	/* in address order */
	VEC(struct slob_block) headers; /* kmalloc objects, likewise */
	u32 next_unused;		/* chain of unused entries */
};

struct slob_rcu_free {
	paddr_t addr;
	u32 size;
};

struct slob {
	struct page_list lists[NR_SLOB_LISTS];
	VEC(struct slob_page) pages;   /* [0] is unused */
	u32 unused;		       /* first unused entry, 0: none */
	struct mm_lock lock;	       /* slob_lock */
	VEC(struct slob_rcu_free) rcu; /* TYPESAFE objects waiting */
};

/* Where struct page keeps what SLOB needs of it. */
enum {
	WORD_UNITS, /* free units */
	WORD_ENTRY, /* index in slob->pages */
	WORD_LIST,  /* enum slob_list + 1 while listed, else 0 */
};

static struct slob *slob_of(const struct mm *mm)
{
	return mm->slab_private;
}

static u32 slob_units(u32 bytes)
{
	return DIV_ROUND_UP(bytes, SLOB_UNIT);
}

static enum slob_list list_for(u32 size)
{
	if (size < SLOB_BREAK1)
		return SLOB_SMALL;
	return size < SLOB_BREAK2 ? SLOB_MEDIUM : SLOB_LARGE;
}

static struct slob_page *slob_page_of(const struct mm *mm,
				      const struct page *page)
{
	return &slob_of(mm)->pages.at[page->words[WORD_ENTRY]];
}

/* Page lists */

static void list_add_front(struct mm *mm, struct page *page,
			   enum slob_list which)
{
	BUG_ON(page->words[WORD_LIST]);
	page->words[WORD_LIST] = (u32)which + 1;
	page_list_add(mm, &slob_of(mm)->lists[which], page_to_pfn(mm, page));
}

static struct page_list *list_of(const struct mm *mm, const struct page *page)
{
	BUG_ON(!page->words[WORD_LIST]);
	return &slob_of(mm)->lists[page->words[WORD_LIST] - 1];
}

static void list_del(struct mm *mm, struct page *page)
{
	page_list_del(mm, list_of(mm, page), page_to_pfn(mm, page));
	page->next = page->prev = PFN_NONE;
	page->words[WORD_LIST] = 0;
}

/* Blocks inside a page */

static void blocks_insert(struct slob_page *sp, bool header, size_t at,
			  struct slob_block b)
{
	if (header) {
		(void)VEC_PUSH(&sp->headers);
		memmove(&sp->headers.at[at + 1], &sp->headers.at[at],
			(sp->headers.nr - 1 - at) * sizeof(b));
		sp->headers.at[at] = b;
		return;
	}
	(void)VEC_PUSH(&sp->free);
	memmove(&sp->free.at[at + 1], &sp->free.at[at],
		(sp->free.nr - 1 - at) * sizeof(b));
	sp->free.at[at] = b;
}

static void free_block_remove(struct slob_page *sp, size_t at)
{
	memmove(&sp->free.at[at], &sp->free.at[at + 1],
		(sp->free.nr - 1 - at) * sizeof(sp->free.at[0]));
	sp->free.nr--;
}

/* Index of the first header that starts at @start or behind it. */
static size_t header_find(const struct slob_page *sp, u32 start)
{
	size_t lo = 0, hi = sp->headers.nr;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (sp->headers.at[mid].start < start)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Units from @start to where start + @offset bytes is aligned to @align. */
static u32 align_delta(u32 start, u32 align, u32 align_offset)
{
	u32 at = start * SLOB_UNIT + align_offset;

	return align ? (ALIGN_UP(at, align) - at) / SLOB_UNIT : 0;
}

/* Cuts @units out of free block @i, @delta units behind its start. */
static u32 block_cut(struct slob_page *sp, size_t i, u32 delta, u32 units)
{
	struct slob_block *b = &sp->free.at[i];
	u32 start = b->start + delta, left = b->units - delta - units;
	struct slob_block rest = {(u16)(start + units), (u16)left};

	if (!delta && !left)
		free_block_remove(sp, i);
	else if (!delta)
		*b = rest;
	else {
		b->units = (u16)delta;
		if (left)
			blocks_insert(sp, false, i + 1, rest);
	}
	return start;
}

#define NO_FIT UINT32_MAX

/* First fit in @page; Return: the first unit, or NO_FIT. */
static u32 slob_page_alloc(struct mm *mm, struct page *page, u32 units,
			   u32 align, u32 align_offset)
{
	struct slob_page *sp = slob_page_of(mm, page);
	paddr_t base = page_to_paddr(mm, page);

	for (size_t i = 0; i < sp->free.nr; i++) {
		const struct slob_block *b = &sp->free.at[i];
		u32 delta = align_delta(b->start, align, align_offset);

		touch(mm->machine, base + b->start * SLOB_UNIT, 4, TOUCH_READ);
		if (b->units < units + delta)
			continue;
		page->words[WORD_UNITS] -= units;
		touch_page(mm->machine, page_to_pfn(mm, page), TOUCH_WRITE);
		if (b->units > units) /* what is left gets its header */
			touch(mm->machine,
			      base + (b->start + delta + units) %
					      SLOB_PAGE_UNITS * SLOB_UNIT,
			      4, TOUCH_WRITE);
		return block_cut(sp, i, delta, units);
	}
	return NO_FIT;
}

/* Gives units [@start, @start + @units) back to the page's free blocks. */
static void slob_page_free(struct slob_page *sp, u32 start, u32 units)
{
	size_t i = 0;
	struct slob_block *b;

	while (i < sp->free.nr && sp->free.at[i].start < start)
		i++;
	b = sp->free.at;
	BUG_ON(i < sp->free.nr && start + units > b[i].start);
	BUG_ON(i > 0 && b[i - 1].start + b[i - 1].units > start);
	if (i < sp->free.nr && start + units == b[i].start) {
		b[i].start = (u16)start;
		b[i].units = (u16)(b[i].units + units);
	} else {
		blocks_insert(sp, false, i,
			      (struct slob_block){(u16)start, (u16)units});
	}
	b = sp->free.at;
	if (i > 0 && b[i - 1].start + b[i - 1].units == b[i].start) {
		b[i - 1].units = (u16)(b[i - 1].units + b[i].units);
		free_block_remove(sp, i);
	}
}

/* Pages */

static struct page *slob_new_pages(struct mm *mm, gfp_t gfp, u32 order, int nid)
{
	struct page *page = nid == NUMA_NO_NODE
				    ? alloc_pages(mm, gfp, order)
				    : alloc_pages_node(mm, nid, gfp, order);
	pfn_t pfn;

	if (!page)
		return NULL;
	pfn = page_to_pfn(mm, page);
	mm->numa_slab_unreclaimable[pfn_to_nid(mm, pfn)] += 1u << order;
	/* Pages are every cache's: no index. */
	note(mm->machine, MM_EV_SLAB_NEW, pfn, 0);
	return page;
}

static void slob_free_pages(struct mm *mm, struct page *page, u32 order)
{
	mm->numa_slab_unreclaimable[pfn_to_nid(mm, page_to_pfn(mm, page))] -=
		1u << order;
	free_pages(mm, page, order);
}

static u32 entry_get(struct slob *slob)
{
	u32 entry = slob->unused;

	if (entry) {
		slob->unused = slob->pages.at[entry].next_unused;
		return entry;
	}
	if (!slob->pages.nr)
		*VEC_PUSH(&slob->pages) = (struct slob_page){0};
	*VEC_PUSH(&slob->pages) = (struct slob_page){0};
	return (u32)slob->pages.nr - 1;
}

static void entry_put(struct slob *slob, u32 entry)
{
	struct slob_page *sp = &slob->pages.at[entry];

	VEC_FREE(&sp->free);
	VEC_FREE(&sp->headers);
	sp->next_unused = slob->unused;
	slob->unused = entry;
}

static void slob_page_adopt(struct mm *mm, struct page *page)
{
	page->state = PAGE_SLOB;
	page->head = page_to_pfn(mm, page);
	page->words[WORD_UNITS] = 0;
	page->words[WORD_LIST] = 0;
	page->words[WORD_ENTRY] = entry_get(slob_of(mm));
}

static struct page *slob_page_new(struct mm *mm, gfp_t gfp, int nid)
{
	struct page *page = slob_new_pages(mm, gfp & ~GFP_ZERO, 0, nid);

	if (!page)
		return NULL;
	charge(mm->machine, COST_SLAB_NEW, 1);
	slob_page_adopt(mm, page);
	page->words[WORD_UNITS] = SLOB_PAGE_UNITS;
	blocks_insert(slob_page_of(mm, page), false, 0,
		      (struct slob_block){0, (u16)SLOB_PAGE_UNITS});
	return page;
}

/* All of @page is free; it is locked, and unlocked on the way. */
static void slob_page_discard(struct mm *mm, struct page *page)
{
	if (page->words[WORD_LIST])
		list_del(mm, page);
	spin_unlock(mm->machine, &slob_of(mm)->lock);
	entry_put(slob_of(mm), page->words[WORD_ENTRY]);
	page->state = PAGE_ALLOCATED;
	page->words[WORD_UNITS] = page->words[WORD_ENTRY] = 0;
	charge(mm->machine, COST_SLAB_DISCARD, 1);
	slob_free_pages(mm, page, 0);
}

/* The first page of the list where it fits; Return: its unit or NO_FIT. */
static u32 slob_search(struct mm *mm, u32 size, u32 align, u32 align_offset,
		       int nid, struct page **found)
{
	struct page_list *l = &slob_of(mm)->lists[list_for(size)];
	u32 units = slob_units(size);
	pfn_t next;

	for (pfn_t pfn = l->head; pfn; pfn = next) {
		struct page *page = pfn_to_page(mm, pfn);
		u32 at;

		next = page->next;
		if (nid != NUMA_NO_NODE && (int)pfn_to_nid(mm, pfn) != nid)
			continue;
		charge(mm->machine, COST_SLAB_PARTIAL, 1);
		touch_page(mm->machine, pfn, TOUCH_READ);
		if (page->words[WORD_UNITS] < units)
			continue;
		at = slob_page_alloc(mm, page, units, align, align_offset);
		if (at == NO_FIT)
			continue;
		if (!page->words[WORD_UNITS])
			list_del(mm, page);
		else
			page_list_rotate_to_front(mm, list_of(mm, page),
						  page_to_pfn(mm, page));
		*found = page;
		return at;
	}
	return NO_FIT;
}

/* @size bytes; @align applies to the address @align_offset bytes behind. */
static paddr_t slob_alloc(struct mm *mm, u32 size, gfp_t gfp, u32 align,
			  int nid, u32 align_offset)
{
	struct machine *m = mm->machine;
	struct page *page;
	u32 at;

	spin_lock(m, &slob_of(mm)->lock, LOCK_SLOB);
	at = slob_search(mm, size, align, align_offset, nid, &page);
	charge(m, COST_SLAB_FAST, 1);
	if (at == NO_FIT) {
		spin_unlock(m, &slob_of(mm)->lock);
		page = slob_page_new(mm, gfp, nid);
		if (!page)
			return 0;
		spin_lock(m, &slob_of(mm)->lock, LOCK_SLOB);
		list_add_front(mm, page, list_for(size));
		at = slob_page_alloc(mm, page, slob_units(size), align,
				     align_offset);
		BUG_ON(at == NO_FIT);
		if (!page->words[WORD_UNITS])
			list_del(mm, page);
	}
	spin_unlock(m, &slob_of(mm)->lock);
	return page_to_paddr(mm, page) + (paddr_t)at * SLOB_UNIT;
}

/* The free blocks before unit @start are looked through; the block there gets
 * its header, and the one before it is told of it. */
static COLD void touch_blocks(struct mm *mm, const struct page *page, u32 start)
{
	const struct slob_page *sp = slob_page_of(mm, page);
	paddr_t base = page_to_paddr(mm, page);
	u32 last = start;

	for (size_t i = 0; i < sp->free.nr && sp->free.at[i].start < start;
	     i++) {
		last = sp->free.at[i].start;
		touch(mm->machine, base + last * SLOB_UNIT, 4, TOUCH_READ);
	}
	touch(mm->machine, base + start * SLOB_UNIT, 4, TOUCH_WRITE);
	if (last != start)
		touch(mm->machine, base + last * SLOB_UNIT, 4, TOUCH_WRITE);
}

static void slob_free(struct mm *mm, paddr_t addr, u32 size)
{
	struct page *page = pfn_to_page(mm, (pfn_t)(addr >> PAGE_SHIFT));
	u32 units = slob_units(size);
	u32 start = (u32)(addr & (MM_PAGE_SIZE - 1)) / SLOB_UNIT;

	BUG_ON(page->state != PAGE_SLOB);
	spin_lock(mm->machine, &slob_of(mm)->lock, LOCK_SLOB);
	charge(mm->machine, COST_SLAB_FAST, 1);
	touch_page(mm->machine, page_to_pfn(mm, page), TOUCH_WRITE);
	if (page->words[WORD_UNITS] + units == SLOB_PAGE_UNITS) {
		slob_page_discard(mm, page);
		return;
	}
	if (touch_is_on(mm->machine))
		touch_blocks(mm, page, start);
	slob_page_free(slob_page_of(mm, page), start, units);
	page->words[WORD_UNITS] += units;
	if (!page->words[WORD_LIST])
		list_add_front(mm, page, list_for(size));
	spin_unlock(mm->machine, &slob_of(mm)->lock);
}

/* kmalloc: the size stands in a header in front of the object. */

static paddr_t slob_kmalloc(struct mm *mm, u64 size, gfp_t gfp, int nid)
{
	u32 align = SLOB_MINALIGN, start;
	struct slob_page *sp;
	struct page *page;
	paddr_t addr;

	if (size >= MM_PAGE_SIZE - SLOB_MINALIGN) {
		u32 order = get_order(size);

		page = slob_new_pages(mm, order ? gfp | GFP_COMP : gfp, order,
				      nid);
		if (!page)
			return 0;
		page->order = (u8)order;
		page->flags |= PG_LARGE_KMALLOC;
		return page_to_paddr(mm, page);
	}
	if (!size)
		return ZERO_SIZE_PTR;
	if (!(size & (size - 1)))
		align = MAX(align, (u32)size);
	addr = slob_alloc(mm, (u32)size + SLOB_MINALIGN, gfp, align, nid,
			  SLOB_MINALIGN);
	if (!addr)
		return 0;
	page = pfn_to_page(mm, (pfn_t)(addr >> PAGE_SHIFT));
	sp = slob_page_of(mm, page);
	start = (u32)(addr & (MM_PAGE_SIZE - 1)) / SLOB_UNIT;
	blocks_insert(sp, true, header_find(sp, start),
		      (struct slob_block){(u16)start, (u16)size});
	touch(mm->machine, addr, 4, TOUCH_WRITE);
	return addr + SLOB_MINALIGN;
}

/* The header of the kmalloc object at @addr; BUG when there is none. */
static size_t slob_header(const struct mm *mm, const struct page *page,
			  paddr_t addr)
{
	struct slob_page *sp = slob_page_of(mm, page);
	u32 start =
		(u32)((addr - SLOB_MINALIGN) & (MM_PAGE_SIZE - 1)) / SLOB_UNIT;
	size_t i = header_find(sp, start);

	BUG_ON(i == sp->headers.nr);
	BUG_ON(sp->headers.at[i].start != start);
	return i;
}

static void slob_kfree(struct mm *mm, paddr_t addr)
{
	struct page *page = pfn_to_page(mm, (pfn_t)(addr >> PAGE_SHIFT));
	struct slob_page *sp;
	size_t i;
	u32 size;

	if (page->state != PAGE_SLOB) {
		page->flags &= (u8)~PG_LARGE_KMALLOC;
		slob_free_pages(mm, page, page->order);
		return;
	}
	sp = slob_page_of(mm, page);
	i = slob_header(mm, page, addr);
	size = sp->headers.at[i].units;
	touch(mm->machine, addr - SLOB_MINALIGN, 4, TOUCH_READ);
	memmove(&sp->headers.at[i], &sp->headers.at[i + 1],
		(sp->headers.nr - 1 - i) * sizeof(sp->headers.at[0]));
	sp->headers.nr--;
	slob_free(mm, addr - SLOB_MINALIGN, size + SLOB_MINALIGN);
}

static u64 slob_kmalloc_bytes(u64 size)
{
	if (size >= MM_PAGE_SIZE - SLOB_MINALIGN)
		return MM_PAGE_SIZE << get_order(size);
	return ((u64)slob_units((u32)size + SLOB_MINALIGN)) * SLOB_UNIT;
}

static u64 slob_ksize(struct mm *mm, paddr_t addr)
{
	struct page *page = pfn_to_page(mm, (pfn_t)(addr >> PAGE_SHIFT));

	if (page->state != PAGE_SLOB)
		return MM_PAGE_SIZE << page->order;
	return (u64)slob_units(slob_page_of(mm, page)
				       ->headers.at[slob_header(mm, page, addr)]
				       .units) *
	       SLOB_UNIT;
}

u32 slob_cache_size(u32 size, slab_flags_t flags)
{
	if (flags & SLAB_TYPESAFE_BY_RCU)
		size += SLOB_RCU_BYTES;
	return slab_align(size, SLOB_UNIT);
}

/* The operations behind the common front */

struct slob_cache {
	struct kmem_cache base;
	u64 live; /* objects handed out */
	u64 nr_alloc;
	u64 nr_free;
};

static struct slob_cache *slob_cache_of(const struct kmem_cache *s)
{
	return (struct slob_cache *)(uintptr_t)s; /* base is first */
}

static void set_sizes(struct kmem_cache *s, u32 size, u32 align,
		      slab_flags_t flags)
{
	s->object_size = size;
	s->size = size;
	s->align = align;
	s->flags = flags;
	if (flags & SLAB_TYPESAFE_BY_RCU)
		s->size += SLOB_RCU_BYTES;
}

static struct kmem_cache *slob_create(struct mm *mm, const char *name, u32 size,
				      u32 align, slab_flags_t flags)
{
	struct slob_cache *c = xcalloc(1, sizeof(*c));

	(void)name;
	set_sizes(&c->base, size, align, flags);
	if (!kmem_cache_reserve(mm, &c->base)) {
		free(c);
		return NULL;
	}
	return &c->base;
}

static int slob_init(struct mm *mm, struct err *e)
{
	mm->slab_private = xcalloc(1, sizeof(struct slob));
	return create_boot_cache(mm, SLOB_KMEM_CACHE_BYTES, 0, e);
}

static void slob_exit(struct mm *mm)
{
	struct slob *slob = slob_of(mm);

	for (size_t i = 0; i < slob->pages.nr; i++) {
		VEC_FREE(&slob->pages.at[i].free);
		VEC_FREE(&slob->pages.at[i].headers);
	}
	VEC_FREE(&slob->pages);
	VEC_FREE(&slob->rcu);
	free(slob);
	mm->slab_private = NULL;
}

static int slob_shutdown(struct kmem_cache *s)
{
	return slob_cache_of(s)->live ? -EBUSY : 0;
}

static void slob_release_cache(struct kmem_cache *s)
{
	free(slob_cache_of(s));
}

/* A block of pages that is one object: no side arrays, entry 0. */
static void mark_big(struct page *page, pfn_t pfn, u32 order)
{
	page->state = PAGE_SLOB;
	page->head = pfn;
	page->order = (u8)order;
	page->words[WORD_UNITS] = page->words[WORD_LIST] = 0;
	page->words[WORD_ENTRY] = 0;
}

static paddr_t slob_cache_alloc(struct kmem_cache *s, gfp_t gfp, int nid)
{
	struct mm *mm = s->mm;
	struct page *page;
	paddr_t addr;

	if (s->size < MM_PAGE_SIZE) {
		addr = slob_alloc(mm, s->size, gfp, s->align, nid, 0);
	} else {
		page = slob_new_pages(mm, gfp, get_order(s->size), nid);
		addr = page ? page_to_paddr(mm, page) : 0;
		if (page)
			mark_big(page, page_to_pfn(mm, page),
				 get_order(s->size));
	}
	if (addr) {
		slob_cache_of(s)->live++;
		slob_cache_of(s)->nr_alloc++;
	}
	return addr;
}

static void slob_release(struct mm *mm, paddr_t addr, u32 size)
{
	struct page *page = pfn_to_page(mm, (pfn_t)(addr >> PAGE_SHIFT));

	if (size < MM_PAGE_SIZE) {
		slob_free(mm, addr, size);
		return;
	}
	page->state = PAGE_ALLOCATED;
	page->head = PFN_NONE;
	slob_free_pages(mm, page, get_order(size));
}

static void slob_cache_free(struct kmem_cache *s, struct page *head,
			    paddr_t addr)
{
	(void)head;
	BUG_ON(!slob_cache_of(s)->live);
	slob_cache_of(s)->live--;
	slob_cache_of(s)->nr_free++;
	if (s->flags & SLAB_TYPESAFE_BY_RCU)
		*VEC_PUSH(&slob_of(s->mm)->rcu) =
			(struct slob_rcu_free){addr, s->size};
	else
		slob_release(s->mm, addr, s->size);
}

static void slob_rcu_barrier(struct mm *mm)
{
	struct slob *slob = slob_of(mm);

	for (size_t i = 0; i < slob->rcu.nr; i++)
		slob_release(mm, slob->rcu.at[i].addr, slob->rcu.at[i].size);
	slob->rcu.nr = 0;
}

static int slob_shrink(struct kmem_cache *s)
{
	(void)s;
	return 0; /* as the kernel: there is nothing to shrink */
}

static void slob_get_slabinfo(const struct kmem_cache *s, struct slabinfo *si)
{
	(void)s;
	memset(si, 0, sizeof(*si)); /* SLOB has no /proc/slabinfo */
}

static void slob_inspect(const struct kmem_cache *s, struct cache_snapshot *out)
{
	const struct slob_cache *c = slob_cache_of(s);

	out->live_objs = out->active_objs = out->num_objs = c->live;
	out->nr_alloc = c->nr_alloc;
	out->nr_free = c->nr_free;
}

/* Checking */

static int slob_check_page(const struct mm *mm, pfn_t pfn, u32 which,
			   struct err *e)
{
	const struct page *page = pfn_to_page(mm, pfn);
	const struct slob_page *sp = slob_page_of(mm, page);
	u32 sum = 0, end = 0;

	if (page->state != PAGE_SLOB || page->words[WORD_LIST] != which + 1)
		return err_set(e, -EUCLEAN,
			       "slob: page %" PRIu32
			       " is on list %u but not marked so",
			       pfn, which);
	for (size_t i = 0; i < sp->free.nr; i++) {
		const struct slob_block *b = &sp->free.at[i];

		if (i && b->start <= end)
			return err_set(e, -EUCLEAN,
				       "slob: page %" PRIu32
				       ": free blocks touch at unit %u",
				       pfn, b->start);
		end = b->start + b->units;
		sum += b->units;
	}
	if (!sum || sum != page->words[WORD_UNITS] || end > SLOB_PAGE_UNITS)
		return err_set(e, -EUCLEAN,
			       "slob: page %" PRIu32 ": %u free units in "
			       "blocks, %u counted",
			       pfn, sum, page->words[WORD_UNITS]);
	return 0;
}

static int slob_check(const struct mm *mm, struct err *e)
{
	const struct slob *slob = slob_of(mm);

	for (u32 which = 0; which < NR_SLOB_LISTS; which++) {
		u64 seen = 0;
		pfn_t pfn = slob->lists[which].head;

		for (; pfn; pfn = pfn_to_page(mm, pfn)->next) {
			int rc = slob_check_page(mm, pfn, which, e);

			if (rc)
				return rc;
			if (++seen > slob->pages.nr)
				return err_set(e, -EUCLEAN,
					       "slob: list %u is a loop",
					       which);
		}
	}
	return 0;
}

/* A recorded state */

static void forget_pages(struct slob *slob)
{
	for (size_t i = 0; i < slob->pages.nr; i++) {
		VEC_FREE(&slob->pages.at[i].free);
		VEC_FREE(&slob->pages.at[i].headers);
	}
	slob->pages.nr = 0;
	slob->unused = 0;
	slob->rcu.nr = 0;
	memset(slob->lists, 0, sizeof(slob->lists));
}

void slob_state_begin(struct mm *mm)
{
	kmem_cache_forget_all(mm);
	forget_pages(slob_of(mm));
}

struct kmem_cache *slob_state_cache(struct mm *mm, const char *name, u32 size,
				    u32 align, slab_flags_t flags,
				    struct err *e)
{
	struct kmem_cache *s =
		size ? slob_create(mm, name, size, SLOB_MINALIGN, 0) : NULL;

	if (!s) {
		err_set(e, -EINVAL, "cache %s: size 0, or too many caches",
			name);
		return NULL;
	}
	s->name = xstrdup(name);
	s->refcount = 1;
	s->align = align;
	s->flags = flags; /* the size has room for RCU already */
	kmem_cache_list_append(s);
	if (!strcmp(name, "kmem_cache"))
		mm->kmem_cache_cache = s;
	return s;
}

static int slob_state_bind(struct kmem_cache *s, u32 object_size, u32 align,
			   slab_flags_t flags, struct err *e)
{
	(void)e;
	set_sizes(s, object_size,
		  calculate_alignment(flags, align, object_size), flags);
	return 0;
}

int slob_state_page(struct mm *mm, enum slob_list list, pfn_t pfn,
		    const struct slob_block *blocks, u32 nr, struct err *e)
{
	struct page *page = pfn_to_page(mm, pfn);
	u32 end = 0;

	if (!pfn || pfn >= mm->max_pfn || page->state != PAGE_UNTOUCHED || !nr)
		return err_set(e, -EINVAL,
			       "page %" PRIu32 ": no such page of SLOB", pfn);
	slob_page_adopt(mm, page);
	for (u32 i = 0; i < nr; i++) {
		if (!blocks[i].units || (i && blocks[i].start <= end) ||
		    blocks[i].start + blocks[i].units > (int)SLOB_PAGE_UNITS)
			return err_set(e, -EINVAL,
				       "page %" PRIu32 ": bad free blocks",
				       pfn);
		end = blocks[i].start + blocks[i].units;
		blocks_insert(slob_page_of(mm, page), false, i, blocks[i]);
		page->words[WORD_UNITS] += blocks[i].units;
	}
	mm->numa_slab_unreclaimable[pfn_to_nid(mm, pfn)]++;
	page->words[WORD_LIST] = (u32)list + 1;
	page_list_add_tail(mm, &slob_of(mm)->lists[list], pfn);
	return 0;
}

void mm_inspect_slob_pages(const struct mm *mm, inspect_slob_fn fn, void *arg)
{
	static const char *const names[NR_SLOB_LISTS] = {
		[SLOB_SMALL] = "small",
		[SLOB_MEDIUM] = "medium",
		[SLOB_LARGE] = "large",
	};

	if (mm->conf.slab_ops != &slob_ops)
		return;
	for (u32 i = 0; i < NR_SLOB_LISTS; i++) {
		for (pfn_t pfn = slob_of(mm)->lists[i].head; pfn;
		     pfn = pfn_to_page(mm, pfn)->next) {
			const struct page *page = pfn_to_page(mm, pfn);
			const struct slob_page *sp = slob_page_of(mm, page);
			struct slob_page_view v = {
				.list = names[i],
				.pfn = pfn,
				.node = pfn_to_nid(mm, pfn),
				.units = page->words[WORD_UNITS],
				.nr = (u32)sp->free.nr,
				.blocks = &sp->free.at[0].start,
			};

			fn(arg, &v);
		}
	}
}

void slob_count(const struct mm *mm,
		struct slob_list_count count[NR_SLOB_LISTS])
{
	memset(count, 0, NR_SLOB_LISTS * sizeof(*count));
	for (u32 i = 0; i < NR_SLOB_LISTS; i++) {
		for (pfn_t pfn = slob_of(mm)->lists[i].head; pfn;
		     pfn = pfn_to_page(mm, pfn)->next) {
			count[i].pages++;
			count[i].free_units +=
				pfn_to_page(mm, pfn)->words[WORD_UNITS];
		}
	}
}

const struct slab_ops slob_ops = {
	.name = "slob",
	.help = "lists of blocks, for very small machines (Linux 6.1)",
	.init = slob_init,
	.teardown = slob_exit,
	.create = slob_create,
	.shutdown = slob_shutdown,
	.release = slob_release_cache,
	.alloc = slob_cache_alloc,
	.free = slob_cache_free,
	.shrink = slob_shrink,
	.get_slabinfo = slob_get_slabinfo,
	.rcu_barrier = slob_rcu_barrier,
	.kmalloc = slob_kmalloc,
	.kfree = slob_kfree,
	.ksize = slob_ksize,
	.kmalloc_bytes = slob_kmalloc_bytes,
	.check = slob_check,
	.inspect = slob_inspect,
	.bind = slob_state_bind,
};
