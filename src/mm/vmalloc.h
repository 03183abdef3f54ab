/*
 * vmalloc.h - memory that is contiguous in virtual addresses only
 * (mm/vmalloc.c of Linux 6.1), as far as the per-CPU allocator needs it.
 *
 * What is modelled is what such an area takes from other allocators: its
 * vm_struct (kmalloc), its vmap_area (a cache of that name), the array of its
 * pages, the pages, and the page tables that map them.  Addresses are those of
 * x86-64 with four levels, without KASLR.
 *
 * Invariant: free ranges are apart, in order and do not touch (vmspace_check).
 */
#ifndef MM_VMALLOC_H
#define MM_VMALLOC_H

#include "mm/mm.h"

struct vmspace;
struct vm_block;

/* kzalloc()'ed when it fits into a page, else an area; both 0: nothing. */
struct vm_mem {
	paddr_t kmem;
	struct vm_block *block;
};

struct vmspace *vmspace_create(struct mm *mm);
/** vmspace_destroy() - What it has taken of @mm stays taken. */
void vmspace_destroy(struct vmspace *v);

/** vm_mem_alloc() - @bytes, zeroed; false: there is no memory. */
bool vm_mem_alloc(struct vmspace *v, struct vm_mem *to, u64 bytes, gfp_t gfp);
void vm_mem_free(struct vmspace *v, struct vm_mem *m);

/**
 * vm_areas_get() - Areas at fixed distances, as high up as there is room
 * (pcpu_get_vm_areas()); nothing is mapped yet.
 * @offsets: of each from the first, ascending; @bytes: of each; both are
 * multiples of 2 MiB.
 * Return: [@nr] areas, or NULL.
 */
struct vm_block **vm_areas_get(struct vmspace *v, const u64 *offsets,
			       const u64 *bytes, u32 nr);
void vm_areas_put(struct vmspace *v, struct vm_block **areas, u32 nr);
u64 vm_area_start(const struct vm_block *b);

/** vm_map() - Page tables for [@start, @start + @bytes); false: no memory. */
bool vm_map(struct vmspace *v, u64 start, u64 bytes);

/** vmspace_pages() - Pages that areas and page tables have taken. */
u64 vmspace_pages(const struct vmspace *v);
int vmspace_check(const struct vmspace *v, struct err *e);

#endif
