/*
 * vmalloc.c - virtually contiguous memory (Linux 6.1, mm/vmalloc.c).
 *
 * What it is
 *	The areas of the per-CPU allocator: the maps of its chunks and the
 *	chunks themselves.
 *
 * How it works
 *	VMALLOC_START                                        VMALLOC_END
 *	│ maps │ maps │ ...         free ...        │ chunk 2 │ chunk 1 │
 *
 *	An area goes to the lowest free range that holds it and a guard page;
 *	a chunk's areas as high up as all of them fit.  A range that is cut in
 *	two needs one vmap_area more, which is kept in reserve on each CPU and
 *	filled up before each search.  Freed areas are merged into the free
 *	ranges when many pages of them have come together (lazily).
 *
 * Lock order
 *	None of its own: callers hold pcpu_alloc_mutex.
 *
 * Invariants
 *	free ranges are apart and in order		(vmspace_check)
 *	a page table once made stays			(as in Linux)
 *
 * What is charged
 *	What slab and page allocator charge.
 *
 * What is left out
 *	All other users of vmalloc: kernel stacks, modules, ioremap.  What they
 *	have at the low end, gaps of 12 KiB between stacks with it, is not
 *	known; the first 2 MiB are taken to have page tables, and the reserve
 *	of vmap_areas to be empty, since a stack (aligned to 16 KiB behind a
 *	guard page) cuts a range in two.
 */
#include "mm/vmalloc.h"

#include "mm/page_alloc.h"
#include "mm/slab.h"

#include "base/bug.h"
#include "base/vec.h"
#include "base/xmalloc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define VMALLOC_START	0xffffc90000000000ull
#define VMALLOC_END	0xffffe8ffffffffffull
#define VM_STRUCT_BYTES 64u /* struct vm_struct */
#define VMAP_AREA_BYTES 64u /* struct vmap_area */
#define POINTER_BYTES	8u
#define PMD_BYTES	(2ull << 20)  /* what a table of entries maps */
#define PUD_BYTES	(1ull << 30)  /* what a table of those maps */
#define LAZY_BYTES	(32ull << 20) /* times the digits of nr_cpus */

/* A free range, or one that was freed and is not merged yet. */
struct range {
	u64 start;
	u64 end;
	paddr_t va; /* its vmap_area; 0: made at boot */
};

struct ranges {
	VEC(struct range) r; /* by address */
};

struct vm_block {
	struct vm_block *next; /* host only: of all that are alive */
	struct vm_block *prev;
	u64 start; /* 0: it has no place yet */
	u64 bytes; /* with the guard page */
	paddr_t vm;
	paddr_t va;
	struct vm_mem array; /* of pointers to its pages */
	u32 nr_pages;
	pfn_t *pages; /* [nr_pages], owned */
};

struct vmspace {
	struct mm *mm; /* borrowed */
	struct kmem_cache *vmap_area;
	struct vm_block *blocks; /* all that are alive, owned */
	struct ranges free;
	struct ranges lazy;
	u64 lazy_bytes;
	VEC(u64) tables; /* what each page table maps, as its key */
	paddr_t reserve[MM_CPUS_MAX]; /* ne_fit_preload_node */
	u64 nr_pages;
};

/* Ranges */

static void range_insert_at(struct ranges *s, size_t at, struct range r)
{
	(void)VEC_PUSH(&s->r);
	memmove(&s->r.at[at + 1], &s->r.at[at],
		(s->r.nr - 1 - at) * sizeof(*s->r.at));
	s->r.at[at] = r;
}

static void range_remove_at(struct ranges *s, size_t at)
{
	s->r.nr--;
	memmove(&s->r.at[at], &s->r.at[at + 1],
		(s->r.nr - at) * sizeof(*s->r.at));
}

static void va_free(struct vmspace *v, paddr_t va)
{
	if (va)
		kmem_cache_free(v->vmap_area, va);
}

/* @r joins the range behind it, then the one before it, or stands alone. */
static void range_merge(struct vmspace *v, struct ranges *s, struct range r)
{
	size_t at = 0;

	while (at < s->r.nr && s->r.at[at].start < r.start)
		at++;
	if (at < s->r.nr && s->r.at[at].start == r.end) {
		va_free(v, r.va);
		r.va = s->r.at[at].va;
		r.end = s->r.at[at].end;
		range_remove_at(s, at);
	}
	if (at && s->r.at[at - 1].end == r.start) {
		va_free(v, r.va);
		s->r.at[at - 1].end = r.end;
		return;
	}
	range_insert_at(s, at, r);
}

/* [@start, @end) is not free any more; false: no vmap_area for the rest. */
static bool range_take(struct vmspace *v, size_t at, u64 start, u64 end)
{
	struct range *r = &v->free.r.at[at];
	paddr_t *reserve = &v->reserve[v->mm->machine->cpu];
	struct range rest;

	BUG_ON(start < r->start);
	BUG_ON(end > r->end);
	if (start == r->start && end == r->end) {
		va_free(v, r->va);
		range_remove_at(&v->free, at);
	} else if (start == r->start) {
		r->start = end;
	} else if (end == r->end) {
		r->end = start;
	} else {
		rest = (struct range){r->start, start, *reserve};
		*reserve = 0;
		if (!rest.va)
			rest.va = kmem_cache_alloc(v->vmap_area, GFP_NOWAIT);
		if (!rest.va)
			return false;
		r->start = end;
		range_insert_at(&v->free, at, rest);
	}
	return true;
}

/* The range that holds @addr, v->free.r.nr: none. */
static size_t range_of(const struct vmspace *v, u64 addr)
{
	size_t at = 0;

	while (at < v->free.r.nr && v->free.r.at[at].end <= addr)
		at++;
	return at < v->free.r.nr && v->free.r.at[at].start <= addr
		       ? at
		       : v->free.r.nr;
}

static void purge(struct vmspace *v)
{
	for (size_t i = 0; i < v->lazy.r.nr; i++)
		range_merge(v, &v->free, v->lazy.r.at[i]);
	v->lazy.r.nr = 0;
	v->lazy_bytes = 0;
}

static void free_range(struct vmspace *v, struct vm_block *b)
{
	u64 limit = 0;

	for (u32 n = v->mm->conf.nr_cpus; n; n /= 2)
		limit += LAZY_BYTES;
	range_merge(v, &v->lazy,
		    (struct range){b->start, b->start + b->bytes, b->va});
	b->va = 0;
	v->lazy_bytes += b->bytes;
	if (v->lazy_bytes > limit)
		purge(v);
}

/* The two structs of an area; false: no memory. */
static bool take_va(struct vmspace *v, struct vm_block *b)
{
	b->va = kmem_cache_alloc(v->vmap_area, GFP_KERNEL);
	return b->va != 0;
}

static bool take_vm(struct vmspace *v, struct vm_block *b)
{
	b->vm = kzalloc(v->mm, VM_STRUCT_BYTES, GFP_KERNEL);
	return b->vm != 0;
}

static struct vm_block *block_new(struct vmspace *v, u64 bytes)
{
	struct vm_block *b = xcalloc(1, sizeof(*b));

	b->bytes = bytes;
	b->next = v->blocks;
	if (b->next)
		b->next->prev = b;
	v->blocks = b;
	return b;
}

static void block_delete(struct vmspace *v, struct vm_block *b)
{
	if (b->next)
		b->next->prev = b->prev;
	if (b->prev)
		b->prev->next = b->next;
	else
		v->blocks = b->next;
	va_free(v, b->va);
	if (b->vm)
		kfree(v->mm, b->vm);
	free(b->pages);
	free(b);
}

/* Page tables */

static bool table_make(struct vmspace *v, u64 key)
{
	for (size_t i = 0; i < v->tables.nr; i++)
		if (v->tables.at[i] == key)
			return true;
	if (!alloc_pages(v->mm, GFP_KERNEL | GFP_ZERO, 0))
		return false;
	v->nr_pages++;
	*VEC_PUSH(&v->tables) = key;
	return true;
}

bool vm_map(struct vmspace *v, u64 start, u64 bytes)
{
	for (u64 at = start & ~(PMD_BYTES - 1); at < start + bytes;
	     at += PMD_BYTES)
		/* Keys: the first address that it maps; + 1: the upper level */
		if (!table_make(v, (at & ~(PUD_BYTES - 1)) + 1) ||
		    !table_make(v, at))
			return false;
	return true;
}

/* Areas with pages */

static bool low_range(struct vmspace *v, struct vm_block *b)
{
	paddr_t *reserve = &v->reserve[v->mm->machine->cpu];
	size_t at = 0;

	if (!*reserve)
		*reserve = kmem_cache_alloc(v->vmap_area, GFP_KERNEL);
	while (at < v->free.r.nr &&
	       v->free.r.at[at].end - v->free.r.at[at].start < b->bytes)
		at++;
	if (at == v->free.r.nr)
		return false;
	b->start = v->free.r.at[at].start;
	return range_take(v, at, b->start, b->start + b->bytes);
}

static bool take_pages(struct vmspace *v, struct vm_block *b, u32 nr, gfp_t gfp)
{
	b->pages = xcalloc(nr, sizeof(*b->pages));
	for (; b->nr_pages < nr; b->nr_pages++) {
		struct page *page =
			alloc_pages(v->mm, gfp | GFP_ZERO | GFP_HIGHMEM, 0);

		if (!page)
			return false;
		b->pages[b->nr_pages] = page_to_pfn(v->mm, page);
		v->nr_pages++;
	}
	return true;
}

static void vfree(struct vmspace *v, struct vm_block *b)
{
	free_range(v, b);
	for (u32 i = 0; i < b->nr_pages; i++)
		free_pages(v->mm, pfn_to_page(v->mm, b->pages[i]), 0);
	v->nr_pages -= b->nr_pages;
	vm_mem_free(v, &b->array);
	block_delete(v, b);
}

static struct vm_block *vmalloc(struct vmspace *v, u64 bytes, gfp_t gfp)
{
	u32 nr = (u32)DIV_ROUND_UP(bytes, MM_PAGE_SIZE);
	struct vm_block *b = block_new(v, ((u64)nr + 1) * MM_PAGE_SIZE);

	if (!take_vm(v, b) || !take_va(v, b) || !low_range(v, b)) {
		block_delete(v, b);
		return NULL;
	}
	if (vm_mem_alloc(v, &b->array, (u64)nr * POINTER_BYTES, gfp) &&
	    take_pages(v, b, nr, gfp) &&
	    vm_map(v, b->start, (u64)nr * MM_PAGE_SIZE))
		return b;
	vfree(v, b);
	return NULL;
}

bool vm_mem_alloc(struct vmspace *v, struct vm_mem *to, u64 bytes, gfp_t gfp)
{
	*to = (struct vm_mem){0};
	if (bytes <= MM_PAGE_SIZE)
		to->kmem = kzalloc(v->mm, bytes, gfp);
	else
		to->block = vmalloc(v, bytes, gfp);
	return to->kmem || to->block;
}

void vm_mem_free(struct vmspace *v, struct vm_mem *m)
{
	if (m->kmem)
		kfree(v->mm, m->kmem);
	if (m->block)
		vfree(v, m->block);
	*m = (struct vm_mem){0};
}

/* Congruent areas */

/* The highest address at which all of them are free; 0: there is none. */
static u64 congruent_base(const struct vmspace *v, const u64 *offsets,
			  const u64 *bytes, u32 nr)
{
	u64 last = offsets[nr - 1] + bytes[nr - 1];
	u64 base = (VMALLOC_END & ~(PMD_BYTES - 1)) - last;
	u32 fits = 0;

	/* From the last area down, round and round, until all fit. */
	for (u32 i = nr - 1; fits < nr; i = i ? i - 1 : nr - 1) {
		u64 start = base + offsets[i], end = start + bytes[i];
		size_t at = v->free.r.nr;

		while (at && v->free.r.at[at - 1].start >= end)
			at--;
		if (!at)
			return 0;
		at--;
		if (v->free.r.at[at].start <= start &&
		    v->free.r.at[at].end >= end) {
			fits++;
			continue;
		}
		/* Below what is in the way. */
		end = MIN(end - PMD_BYTES,
			  v->free.r.at[at].end & ~(PMD_BYTES - 1));
		if (end < VMALLOC_START + offsets[i] + bytes[i])
			return 0;
		base = end - bytes[i] - offsets[i];
		fits = 0;
	}
	return base;
}

void vm_areas_put(struct vmspace *v, struct vm_block **areas, u32 nr)
{
	for (u32 i = 0; i < nr; i++) {
		if (areas[i]->start)
			free_range(v, areas[i]);
		block_delete(v, areas[i]);
	}
	free(areas);
}

/* The areas' structs, all of them before any has its place. */
static struct vm_block **areas_new(struct vmspace *v, const u64 *bytes, u32 nr)
{
	struct vm_block **areas = xcalloc(nr, sizeof(struct vm_block *));
	bool good = true;

	for (u32 i = 0; i < nr; i++) {
		areas[i] = block_new(v, bytes[i]);
		good = good && take_va(v, areas[i]) && take_vm(v, areas[i]);
	}
	if (good)
		return areas;
	vm_areas_put(v, areas, nr);
	return NULL;
}

struct vm_block **vm_areas_get(struct vmspace *v, const u64 *offsets,
			       const u64 *bytes, u32 nr)
{
	struct vm_block **areas = areas_new(v, bytes, nr);
	u64 base;

	if (!areas)
		return NULL;
	base = congruent_base(v, offsets, bytes, nr);
	if (!base) {
		purge(v);
		base = congruent_base(v, offsets, bytes, nr);
	}
	for (u32 i = 0; i < nr; i++) {
		u64 start = base + offsets[i];

		if (!base || !range_take(v, range_of(v, start), start,
					 start + bytes[i])) {
			vm_areas_put(v, areas, nr);
			return NULL;
		}
		areas[i]->start = start;
	}
	return areas;
}

u64 vm_area_start(const struct vm_block *b)
{
	return b->start;
}

/* The whole */

struct vmspace *vmspace_create(struct mm *mm)
{
	struct vmspace *v = xcalloc(1, sizeof(*v));

	v->mm = mm;
	v->vmap_area = kmem_cache_find(mm, "vmap_area");
	if (!v->vmap_area)
		v->vmap_area = kmem_cache_create(mm, "vmap_area",
						 VMAP_AREA_BYTES, 8, 0);
	if (!v->vmap_area) {
		free(v);
		return NULL;
	}
	*VEC_PUSH(&v->free.r) =
		(struct range){.start = VMALLOC_START, .end = VMALLOC_END};
	*VEC_PUSH(&v->tables) = VMALLOC_START;
	*VEC_PUSH(&v->tables) = (VMALLOC_START & ~(PUD_BYTES - 1)) + 1;
	return v;
}

void vmspace_destroy(struct vmspace *v)
{
	if (!v)
		return;
	for (struct vm_block *b = v->blocks, *next; b; b = next) {
		next = b->next;
		free(b->pages);
		free(b);
	}
	VEC_FREE(&v->free.r);
	VEC_FREE(&v->lazy.r);
	VEC_FREE(&v->tables);
	free(v);
}

u64 vmspace_pages(const struct vmspace *v)
{
	return v ? v->nr_pages : 0;
}

int vmspace_check(const struct vmspace *v, struct err *e)
{
	u64 end = 0;

	for (size_t i = 0; v && i < v->free.r.nr; i++) {
		const struct range *r = &v->free.r.at[i];

		if (r->start >= r->end || (end && r->start <= end))
			return err_set(e, -EUCLEAN,
				       "vmalloc: free range %zu touches others",
				       i);
		end = r->end;
	}
	return 0;
}
