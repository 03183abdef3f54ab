/*
 * kmalloc.c - kmalloc and its kin over the caches of slab_common.c.
 *
 * What it is
 *   Requests by size: up to 8 KiB from the kmalloc-* caches, beyond it as
 *   compound pages of the next power of two.
 *
 * How it works
 *   size 0         ZERO_SIZE_PTR, nothing is taken
 *   1 .. 8192      kmalloc_caches[type][index], type from the gfp flags
 *   .. 4 MiB       alloc_pages(get_order(size)), PG_LARGE_KMALLOC
 *   beyond         NULL
 *   kfree() asks the page: a slab page names its cache, another its order.
 *
 * Lock order
 *   None taken.
 *
 * Invariants
 *   ksize(kmalloc(n)) >= n (test_kmalloc_ksize).
 *
 * What is charged
 *   What the caches and the page allocator charge.
 *
 * What is left out, and which kernel this follows
 *   Linux 6.1.  No contents, so krealloc() copies nothing and
 *   kfree_sensitive() only touches what it would clear.
 */
#include "base/bug.h"
#include "mm/memmap.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "mm/slab_sizes.h"

/* The cache of @size, which is neither 0 nor beyond KMALLOC_MAX_CACHE. */
static inline struct kmem_cache *class_cache(const struct mm *mm, u64 size,
					     gfp_t gfp)
{
	u32 index = mm->kmalloc_class[DIV_ROUND_UP(size, SLAB_WORD)];

	return mm->kmalloc_caches[kmalloc_type_of(&mm->conf, gfp)][index];
}

struct kmem_cache *kmalloc_slab(struct mm *mm, u64 size, gfp_t gfp)
{
	if (!size || size > kmalloc_max_cache(&mm->conf))
		return NULL;
	if (likely(size <= KMALLOC_MAX_CACHE))
		return class_cache(mm, size, gfp);
	return mm->kmalloc_caches[kmalloc_type_of(&mm->conf, gfp)]
				 [slab_fls(size - 1)];
}

static void account_large(struct mm *mm, const struct page *page, u32 order,
			  bool add)
{
	u64 *pages = &mm->numa_slab_unreclaimable[pfn_to_nid(
		mm, page_to_pfn(mm, page))];

	if (add) {
		*pages += (u64)1 << order;
		mm->nr_large_pages += (u64)1 << order;
	} else {
		*pages -= (u64)1 << order;
		mm->nr_large_pages -= (u64)1 << order;
	}
}

/* GFP bits that no kmalloc may carry down to the pages. */
#define GFP_SLAB_BUG_MASK (GFP_DMA32 | GFP_HIGHMEM)

static paddr_t kmalloc_large(struct mm *mm, u64 size, gfp_t gfp, int nid)
{
	u32 order = get_order(size);
	struct page *page;

	if (unlikely(kmalloc_old_classes(&mm->conf))) {
		struct kmem_cache *s = kmalloc_slab(mm, size, gfp);

		return s ? s->ops->alloc(s, gfp, nid) : 0;
	}
	if (size > KMALLOC_MAX_SIZE)
		return 0;
	gfp = (gfp & ~GFP_SLAB_BUG_MASK) | GFP_COMP;
	page = alloc_pages_node(mm, nid, gfp, order);
	if (!page)
		return 0;
	page->flags |= PG_LARGE_KMALLOC;
	account_large(mm, page, order, true);
	return page_to_paddr(mm, page);
}

static void free_large(struct mm *mm, struct page *page)
{
	BUG_ON(page->state != PAGE_ALLOCATED);
	BUG_ON(!(page->flags & PG_LARGE_KMALLOC));
	page->flags &= (u8)~PG_LARGE_KMALLOC;
	account_large(mm, page, page->order, false);
	free_pages(mm, page, page->order);
}

paddr_t kmalloc_node(struct mm *mm, u64 size, gfp_t gfp, int nid)
{
	const struct slab_ops *ops = mm->conf.slab_ops;

	if (unlikely(ops->kmalloc))
		return ops->kmalloc(mm, size, gfp, nid);
	if (unlikely(!size))
		return ZERO_SIZE_PTR;
	if (unlikely(size > KMALLOC_MAX_CACHE))
		return kmalloc_large(mm, size, gfp, nid);
	return ops->alloc(class_cache(mm, size, gfp), gfp, nid);
}

paddr_t kmalloc(struct mm *mm, u64 size, gfp_t gfp)
{
	return kmalloc_node(mm, size, gfp, NUMA_NO_NODE);
}

paddr_t kzalloc(struct mm *mm, u64 size, gfp_t gfp)
{
	return kmalloc_node(mm, size, gfp | GFP_ZERO, NUMA_NO_NODE);
}

void kfree(struct mm *mm, paddr_t addr)
{
	const struct slab_ops *ops = mm->conf.slab_ops;
	struct page *page;
	struct page *head;

	if (unlikely(addr <= ZERO_SIZE_PTR))
		return;
	if (unlikely(ops->kfree)) {
		ops->kfree(mm, addr);
		return;
	}
	page = pfn_to_page(mm, (pfn_t)(addr >> PAGE_SHIFT));
	if (unlikely(page->state != PAGE_SLAB)) {
		free_large(mm, page);
		return;
	}
	head = pfn_to_page(mm, page->head);
	ops->free(mm->caches[head->cache_idx], head, addr);
}

u64 ksize(struct mm *mm, paddr_t addr)
{
	const struct slab_ops *ops = mm->conf.slab_ops;
	const struct kmem_cache *s;

	if (addr <= ZERO_SIZE_PTR)
		return 0;
	if (ops->ksize)
		return ops->ksize(mm, addr);
	s = virt_to_cache(mm, addr);
	if (!s)
		return MM_PAGE_SIZE
		       << pfn_to_page(mm, (pfn_t)(addr >> PAGE_SHIFT))->order;
	/* What lies behind the free pointer must stay as it is. */
	if (s->flags & (SLAB_TYPESAFE_BY_RCU | SLAB_CTOR))
		return slab_align(s->object_size, SLAB_WORD);
	return s->size;
}

void kfree_sensitive(struct mm *mm, paddr_t addr)
{
	if (addr > ZERO_SIZE_PTR)
		touch(mm->machine, addr, (u32)ksize(mm, addr), TOUCH_WRITE);
	kfree(mm, addr);
}

paddr_t krealloc(struct mm *mm, paddr_t addr, u64 size, gfp_t gfp)
{
	paddr_t fresh;

	if (!size) {
		kfree(mm, addr);
		return ZERO_SIZE_PTR;
	}
	if (addr > ZERO_SIZE_PTR && ksize(mm, addr) >= size)
		return addr;
	/* As the kernel: the new one first, so both live for a moment. */
	fresh = kmalloc(mm, size, gfp);
	if (!fresh)
		return 0;
	if (touch_is_on(mm->machine) && addr > ZERO_SIZE_PTR) { /* the copy */
		u32 bytes = (u32)ksize(mm, addr);

		touch(mm->machine, addr, bytes, TOUCH_READ);
		touch(mm->machine, fresh, bytes, TOUCH_WRITE);
	}
	kfree(mm, addr);
	return fresh;
}
