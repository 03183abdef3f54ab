/*
 * slab.h - the common front of SLUB, SLAB and SLOB: kmem_cache_*, kmalloc.
 *
 * One table of operations, struct slab_ops, is chosen when the mm is created;
 * names, merging, kmalloc classes, alignment and slabinfo are written once in
 * slab_common.c.  An allocator embeds struct kmem_cache at the start of its
 * own struct and reaches it by container_of.
 *
 * Addresses are simulated; 0 is NULL and ZERO_SIZE_PTR is what kmalloc(0)
 * gives.
 */
#ifndef MM_SLAB_H
#define MM_SLAB_H

#include "base/slabflags.h"
#include "mm/mm.h"

#define ZERO_SIZE_PTR ((paddr_t)16)

/* Which kmalloc caches serve a request (enum kmalloc_cache_type, 6.1). */
enum kmalloc_type {
	KMALLOC_NORMAL,
	KMALLOC_CGROUP,
	KMALLOC_RECLAIM,
	KMALLOC_DMA,
	NR_KMALLOC_TYPES
};

struct kmem_cache {
	struct mm *mm;		    /* borrowed */
	const struct slab_ops *ops; /* = mm->conf.slab_ops */
	char *name;		    /* owned */
	u32 idx;		    /* its place in mm->caches */
	u32 object_size;	    /* as asked for, bytes */
	u32 size;		    /* with padding and metadata, bytes */
	u32 align;		    /* bytes */
	slab_flags_t flags;
	paddr_t self;		 /* where Linux keeps the struct; 0: nowhere */
	s32 refcount;		 /* names merged into it, itself included */
	struct kmem_cache *next; /* mm->cache_list, newest first */
	struct kmem_cache *prev;
};

/* What /proc/slabinfo says of a cache. */
struct slabinfo {
	u64 active_objs;
	u64 num_objs;
	u64 active_slabs;
	u64 num_slabs;
	u64 shared_avail;
	u32 limit;
	u32 batchcount;
	u32 shared;
	u32 objects_per_slab;
	u32 cache_order;
};

struct cache_snapshot;
struct cache_gauge;
struct slab_view;

struct slab_ops {
	const char *name;      /* "slub" */
	const char *help;      /* one line */
	u32 kmalloc_min_shift; /* log2 of the smallest kmalloc class */
	/** Sets up mm->slab_private and the caches needed to make caches. */
	int (*init)(struct mm *mm, struct err *e);
	void (*teardown)(struct mm *mm);
	/**
	 * Lays out a cache and gives it what it needs per node and CPU.
	 * @align: as calculate_alignment() made it.
	 * Returns it (base part zeroed but for sizes and flags) or NULL.
	 */
	struct kmem_cache *(*create)(struct mm *mm, const char *name, u32 size,
				     u32 align, slab_flags_t flags);
	/** Frees all slabs; -EBUSY when objects are still allocated. */
	int (*shutdown)(struct kmem_cache *s);
	/** Gives back what create() took, the host's struct included. */
	void (*release)(struct kmem_cache *s);
	paddr_t (*alloc)(struct kmem_cache *s, gfp_t gfp, int nid);
	/** The object at @addr, whose page is @head (of a slab of @s). */
	void (*free)(struct kmem_cache *s, struct page *head, paddr_t addr);
	int (*shrink)(struct kmem_cache *s);
	void (*get_slabinfo)(const struct kmem_cache *s, struct slabinfo *si);
	/** An RCU grace period ended: TYPESAFE slabs go back (may be NULL). */
	void (*rcu_barrier)(struct mm *mm);
	/** kmalloc beyond or without caches; NULL: slab_common's (SLUB, SLAB) */
	paddr_t (*kmalloc)(struct mm *mm, u64 size, gfp_t gfp, int nid);
	void (*kfree)(struct mm *mm, paddr_t addr);
	/** Must kfree() look at the struct page, when free() need not? */
	bool kfree_reads_page;
	u64 (*ksize)(struct mm *mm, paddr_t addr);
	/** Bytes that a kmalloc of @size takes of the memory. */
	u64 (*kmalloc_bytes)(u64 size);
	/** First thing that is wrong, or 0 (see check.h). */
	int (*check)(const struct mm *mm, struct err *e);
	/** Fills what only the allocator knows; nodes and cpus are there. */
	void (*inspect)(const struct kmem_cache *s, struct cache_snapshot *out);
	/** Fills the counts of slabs. */
	void (*gauge)(const struct kmem_cache *s, struct cache_gauge *out);
	/** Tells of each slab on a list, see mm_inspect_slabs(). */
	void (*walk)(const struct kmem_cache *s,
		     void (*fn)(void *arg, const struct slab_view *v),
		     void *arg);
	/** Pages of all its slabs, at no cost. */
	u64 (*nr_pages)(const struct kmem_cache *s);
	/** A cache of a recorded state is one that the trace now makes. */
	int (*bind)(struct kmem_cache *s, u32 object_size, u32 align,
		    slab_flags_t flags, struct err *e);
	/** cache_reap() of this CPU (SLAB); NULL: there is no such thing. */
	void (*reap)(struct mm *mm, u64 now_ms);
	/** Objects handed out in a recorded state, oldest first; NULL: the
	 * state does not tell. */
	u32 (*restored_objects)(const struct kmem_cache *s, paddr_t *addrs,
				u32 max);
	/** Bulk forms; NULL: one by one. */
	u32 (*alloc_bulk)(struct kmem_cache *s, gfp_t gfp, u32 nr,
			  paddr_t *addrs);
	void (*free_bulk)(struct kmem_cache *s, u32 nr, const paddr_t *addrs);
};

extern const struct slab_ops slub_ops;
extern const struct slab_ops slab_ops_slab;
extern const struct slab_ops slob_ops;

/** slab_ops_by_name() - "slub", ...; NULL when there is none such. */
const struct slab_ops *slab_ops_by_name(const char *name);

/**
 * kmem_cache_init() - Boots the slab allocator of @mm (conf.slab_ops): the
 * caches of caches, then kmalloc's.  Called once, when pages can be had.
 * Return: 0, or -ENOMEM with @e when the machine is too small for it.
 */
int kmem_cache_init(struct mm *mm, struct err *e);
/** kmem_cache_exit() - Frees the host memory of all caches, no pages. */
void kmem_cache_exit(struct mm *mm);

/* Caches */

/**
 * kmem_cache_create() - As Linux: may return an existing cache that it
 * merged with (slab_nomerge off, see slab_unmergeable).
 * @size: bytes; @align: 0 or a power of two.
 * Return: the cache, NULL when the machine has no memory for it or the
 * arguments make no cache (size 0, larger than the allocator can).
 */
struct kmem_cache *kmem_cache_create(struct mm *mm, const char *name, u32 size,
				     u32 align, slab_flags_t flags);
/** Return: 0, or -EBUSY when objects are still allocated (cache stays). */
int kmem_cache_destroy(struct kmem_cache *s);
/** Return: 0 when no slab is left, else 1 (as the kernel). */
int kmem_cache_shrink(struct kmem_cache *s);
/** The newest cache of this @name; NULL: none. */
struct kmem_cache *kmem_cache_find(const struct mm *mm, const char *name);
paddr_t kmem_cache_alloc(struct kmem_cache *s, gfp_t gfp);
paddr_t kmem_cache_alloc_node(struct kmem_cache *s, gfp_t gfp, int nid);
void kmem_cache_free(struct kmem_cache *s, paddr_t addr);
/** Return: @nr when all were allocated, else 0 and none is. */
u32 kmem_cache_alloc_bulk(struct kmem_cache *s, gfp_t gfp, u32 nr,
			  paddr_t *addrs);
void kmem_cache_free_bulk(struct kmem_cache *s, u32 nr, const paddr_t *addrs);

/* kmalloc */

paddr_t kmalloc(struct mm *mm, u64 size, gfp_t gfp);
paddr_t kmalloc_node(struct mm *mm, u64 size, gfp_t gfp, int nid);
paddr_t kzalloc(struct mm *mm, u64 size, gfp_t gfp);
paddr_t krealloc(struct mm *mm, paddr_t addr, u64 size, gfp_t gfp);
void kfree(struct mm *mm, paddr_t addr);
void kfree_sensitive(struct mm *mm, paddr_t addr);
/** ksize() - Bytes that the object at @addr really has. */
u64 ksize(struct mm *mm, paddr_t addr);
/** The cache kmalloc(@size, @gfp) would use; NULL: pages, or none. */
struct kmem_cache *kmalloc_slab(struct mm *mm, u64 size, gfp_t gfp);
/** The cache that owns the object at @addr; NULL: a block of pages. */
static inline struct kmem_cache *virt_to_cache(const struct mm *mm,
					       paddr_t addr)
{
	const struct page *page = pfn_to_page(mm, (pfn_t)(addr >> PAGE_SHIFT));

	if (unlikely(page->state != PAGE_SLAB))
		return NULL;
	return mm->caches[pfn_to_page(mm, page->head)->cache_idx];
}

/** slab_rcu_barrier() - TYPESAFE_BY_RCU slabs waiting to be freed are. */
void slab_rcu_barrier(struct mm *mm);

#endif
