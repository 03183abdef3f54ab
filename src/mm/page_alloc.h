/*
 * page_alloc.h - the page allocator's front: mm/page_alloc.c of Linux 6.1.
 */
#ifndef MM_PAGE_ALLOC_H
#define MM_PAGE_ALLOC_H

#include "mm/mm.h"

#define NUMA_NO_NODE (-1)

/**
 * alloc_pages() - 2^order pages, under the default policy of the task.
 * Return: the first page, or NULL when the machine has none to give.
 * Context: may wait when gfp allows direct reclaim.
 */
struct page *alloc_pages(struct mm *mm, gfp_t gfp, unsigned int order);

/** alloc_pages_node() - The same, @nid first (NUMA_NO_NODE: this CPU's). */
struct page *alloc_pages_node(struct mm *mm, int nid, gfp_t gfp,
			      unsigned int order);

/** get_zeroed_page() - One page with __GFP_ZERO; its address or 0. */
paddr_t get_zeroed_page(struct mm *mm, gfp_t gfp);

/** free_pages() - Gives back the block that starts at @page. */
void free_pages(struct mm *mm, struct page *page, unsigned int order);
void free_pages_addr(struct mm *mm, paddr_t addr, unsigned int order);

/** alloc_pages_exact() - Contiguous pages for @size bytes, tail given back. */
paddr_t alloc_pages_exact(struct mm *mm, u64 size, gfp_t gfp);
void free_pages_exact(struct mm *mm, paddr_t addr, u64 size);

/**
 * alloc_pages_nodemask() - The full form (__alloc_pages() of the kernel).
 * @nid: whose zonelist; @nodes: bit n = node n may serve, ~0 for all.
 */
struct page *alloc_pages_nodemask(struct mm *mm, gfp_t gfp, unsigned int order,
				  u32 nid, u64 nodes);

/** split_page() - An allocated block becomes 2^order allocated pages. */
void split_page(struct mm *mm, struct page *page, unsigned int order);

/** drain_pages() - @cpu's page lists go back to the buddy lists. */
void drain_pages(struct mm *mm, u32 cpu);

/** drain_all_pages() - Every CPU's page lists go back to the buddy lists. */
void drain_all_pages(struct mm *mm);

/**
 * kswapd_run() - kswapd of node @nid gets the CPU: it does what it was woken
 * for (watermark boosts end, nodes are rebalanced) and goes back to sleep.
 */
void kswapd_run(struct mm *mm, u32 nid);

/**
 * refresh_cpu_vm_stats() - The kernel's periodic vmstat work of one CPU: folds
 * its counters and drains page lists of remote nodes that lie unused.  The
 * machine's cpu must be the one meant.
 * Return: whether anything changed.
 */
bool refresh_cpu_vm_stats(struct mm *mm);

/**
 * note_written_pages() - A request is over on the machine's cpu: pages that it
 * wrote count no longer as such in their zones.  Which pages, no recording
 * tells.  A file's: any zone that has had pages for writing (GFP_WRITE).
 * @meta: they are the file system's own blocks, cached wherever they were
 * first needed: request by request on the next node, from the CPU's own on.
 */
void note_written_pages(struct mm *mm, bool meta);

enum migratetype get_pageblock_migratetype(const struct mm *mm, pfn_t pfn);
void set_pageblock_migratetype(struct mm *mm, pfn_t pfn, enum migratetype mt);

/* get_order() - The smallest order whose block holds @size bytes. */
static inline unsigned int get_order(u64 size)
{
	u64 pages = (size + MM_PAGE_SIZE - 1) >> PAGE_SHIFT;

	return pages <= 1 ? 0 : 64u - (unsigned int)__builtin_clzll(pages - 1);
}

#endif
