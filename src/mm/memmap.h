/*
 * memmap.h - where the kernel's own structures lie, for touch().
 *
 * Simulated memory has no contents, and these structures have no address of
 * their own in it: they get addresses above all memory, in regions that the
 * machine lays behind it (sim/touch.c), on the node that the kernel would put
 * them on: a struct page on its page's node, per-CPU data on the CPU's, a
 * zone and a kmem_cache_node on theirs.
 *
 * Sizes are Linux 6.1's on 64 bits, rounded up to a line where the kernel
 * aligns to one.
 */
#ifndef MM_MEMMAP_H
#define MM_MEMMAP_H

#include "mm/machine.h"

#define TOUCH_MEMMAP	  ((paddr_t)1 << 45) /* struct page, by pfn */
#define TOUCH_PERCPU	  ((paddr_t)2 << 45) /* by CPU */
#define TOUCH_NODES	  ((paddr_t)3 << 45) /* by node */
#define TOUCH_REGION_MASK (TOUCH_MEMMAP - 1)
#define TOUCH_BLOCK_SHIFT 25 /* bytes of a CPU, of a node: 32 MiB */

#define STRUCT_PAGE_BYTES	64u
#define STRUCT_CACHE_CPU_BYTES	64u   /* kmem_cache_cpu, array_cache's head */
#define STRUCT_CACHE_NODE_BYTES 64u   /* list_lock, nr_partial, partial */
#define STRUCT_PCP_BYTES	256u  /* per_cpu_pages */
#define STRUCT_ZONE_BYTES	2048u /* free_area, lock, counters */
#define STRUCT_ARRAY_BYTES	1024u /* array_cache with its entries */
#define TOUCH_ARRAYS_AT		((paddr_t)4 << 20)
#define TOUCH_ZONES_AT		((paddr_t)1 << 20)  /* behind the caches */
#define TOUCH_FIRST_CHUNK_AT	((paddr_t)24 << 20) /* per-CPU areas of boot */

/** touch_is_on() - Does anybody want to know?  Seldom: the cold side. */
static inline bool touch_is_on(const struct machine *m)
{
	return likely(m->ops) && unlikely(m->ops->touch);
}

static inline void touch_page(struct machine *m, pfn_t pfn, enum touch how)
{
	touch(m, TOUCH_MEMMAP + (paddr_t)pfn * STRUCT_PAGE_BYTES, 32, how);
}

/* This CPU's part of the kmem_cache @idx. */
static inline void touch_cache_cpu(struct machine *m, u32 idx, enum touch how)
{
	touch(m,
	      TOUCH_PERCPU + ((paddr_t)m->cpu << TOUCH_BLOCK_SHIFT) +
		      (paddr_t)idx * STRUCT_CACHE_CPU_BYTES,
	      24, how);
}

/* Entry @nr of this CPU's array of the kmem_cache @idx (SLAB), and how many
 * entries it has. */
static inline void touch_array(struct machine *m, u32 idx, u32 nr,
			       enum touch how)
{
	paddr_t at = TOUCH_PERCPU + ((paddr_t)m->cpu << TOUCH_BLOCK_SHIFT) +
		     TOUCH_ARRAYS_AT + (paddr_t)idx * STRUCT_ARRAY_BYTES;

	touch(m, at, 16, TOUCH_WRITE);
	touch(m, at + (16 + 8 * nr) % STRUCT_ARRAY_BYTES, 8, how);
}

static inline void touch_cache_node(struct machine *m, u32 idx, u32 nid,
				    enum touch how)
{
	touch(m,
	      TOUCH_NODES + ((paddr_t)nid << TOUCH_BLOCK_SHIFT) +
		      (paddr_t)idx * STRUCT_CACHE_NODE_BYTES,
	      32, how);
}

/* This CPU's page lists of zone @idx, the list at @list. */
static inline void touch_pcp(struct machine *m, u32 idx, u32 list)
{
	touch(m,
	      TOUCH_PERCPU + ((paddr_t)m->cpu << TOUCH_BLOCK_SHIFT) +
		      TOUCH_ZONES_AT + (paddr_t)idx * STRUCT_PCP_BYTES +
		      16 * (list & 15),
	      16, TOUCH_WRITE);
}

/* The free list of @order of zone @idx. */
static inline void touch_free_area(struct machine *m, u32 idx, u32 nid,
				   u32 order)
{
	touch(m,
	      TOUCH_NODES + ((paddr_t)nid << TOUCH_BLOCK_SHIFT) +
		      TOUCH_ZONES_AT + (paddr_t)idx * STRUCT_ZONE_BYTES +
		      104 * order,
	      16, TOUCH_WRITE);
}

#endif
