/*
 * mm.h - struct mm: one machine's memory, whole; and what it is built from.
 *
 * No globals: everything hangs from here, so that one process can run several
 * machines side by side.
 */
#ifndef MM_MM_H
#define MM_MM_H

#include "base/err.h"
#include "base/gfp.h"
#include "mm/machine.h"
#include "mm/mmzone.h"
#include "mm/vmstat.h"

#define PAGE_SHIFT    12 /* x86; the only page size so far */
#define MM_PAGE_SIZE  ((u64)1 << PAGE_SHIFT)
#define MM_RANGES_MAX 128
#define MM_CACHES_MAX 16384 /* kmem_caches alive at once */
#define KMALLOC_WORDS 1024u /* 8 bytes each, of the largest kmalloc-* */

enum kernel_profile {
	PROFILE_LINUX_2_6,
	PROFILE_LINUX_3_8,
	PROFILE_LINUX_5_3,
	PROFILE_LINUX_6_1,
	NR_PROFILES
};

enum mempolicy_mode {
	MPOL_LOCAL,
	MPOL_BIND,
	MPOL_INTERLEAVE,
	MPOL_PREFERRED
};

struct mempolicy {
	enum mempolicy_mode mode;
	u64 nodes; /* bit n = node n */
	u32 next_interleave;
};

/* A piece of one zone's memory; a zone may have several (holes between). */
struct mm_range {
	u32 nid;
	enum zone_type zone;
	u64 start_pfn;	    /* aligned to a MAX_ORDER block but for pfn 1 */
	u64 end_pfn;	    /* any: firmware may end it within a block */
	u64 reserved_pages; /* taken from its start: kernel image, memmap */
	u64 absent_pages;   /* of the reserved, those that are no RAM (VGA) */
	u64 span_end_pfn;   /* what the zone spans, with a hole; 0: end_pfn */
};

#define SLAB_TUNABLES_MAX    32
#define SLAB_TUNE_LIMIT_MAX  4096
#define SLAB_TUNE_SHARED_MAX 64

/* SLAB: a line written to /proc/slabinfo. */
struct slab_tunable {
	char cache[64]; /* name, "*": all caches */
	u32 limit;
	u32 batchcount;
	u32 sharedfactor;
};

#define DIRTY_RATIO_AUTO UINT32_MAX /* the kernel's own: 20; 2.6: 40 */

struct mm_conf {
	enum kernel_profile profile;
	const struct slab_ops *slab_ops; /* which allocator; borrowed */
	u32 nr_cpus;
	u32 nr_nodes;
	u8 cpu_to_node[MM_CPUS_MAX];
	u8 distance[MM_NODES_MAX][MM_NODES_MAX]; /* 10 = local, as SLIT */
	struct mm_range ranges[MM_RANGES_MAX];
	u32 nr_ranges;
	u64 hash_seed; /* of what the kernel randomises; 0: no dice */

	/* sysctl vm.*; -1 (or 0 where said) = the kernel computes it */
	s64 min_free_kbytes;			/* -1: from the memory */
	u32 watermark_scale_factor;		/* 1..3000, default 10 */
	u32 watermark_boost_factor;		/* default 15000 */
	u32 lowmem_reserve_ratio[MAX_NR_ZONES]; /* 256 256 32 0 0 */
	u32 percpu_pagelist_high_fraction;	/* 0: default */
	bool thp; /* transparent huge pages: min_free_kbytes, order-9 pcp */

	/*
	 * Whether whoever asks for movable pages puts them on an LRU list, as
	 * user memory and page cache do; kernel tests do not.  Pageblocks
	 * full of such pages are stolen more readily by their own kind.
	 */
	bool movable_on_lru;

	bool reclaim; /* there are LRU lists, and kswapd finds what it seeks */
	bool oom_kill_allocating_task; /* sysctl: not the one with most */
	u32 read_ahead_kb; /* of every device; 0: nothing is read ahead */
	u32 compaction_proactiveness;	  /* 0..100, default 20; 0: never */
	u32 extfrag_threshold;		  /* 0..1000, default 500 */
	bool compact_unevictable_allowed; /* default on */

	/* sysctl vm.*: dirty pages; *_bytes 0: the ratio counts */
	u32 dirty_ratio; /* per cent of dirtyable memory, or _AUTO */
	u32 dirty_background_ratio;
	u64 dirty_bytes;
	u64 dirty_background_bytes;
	u32 dirty_expire_centisecs;
	u32 dirty_writeback_centisecs; /* 0: nothing is written for its age */
	u32 swappiness;		       /* 0..200 */
	u64 swap_bytes;		       /* 0: no swap */

	/* boot parameters */
	bool slab_nomerge;
	u32 slub_max_order; /* default 3 */
	u32 slub_min_order;
	u32 slub_min_objects;	     /* 0: from the number of CPUs */
	bool slab_freelist_random;   /* CONFIG_SLAB_FREELIST_RANDOM */
	bool shuffle_page_allocator; /* page_alloc.shuffle */
	bool page_group_by_mobility_disabled;
	bool slub_cpu_partial; /* CONFIG_SLUB_CPU_PARTIAL, default on */
	bool memcg_kmem; /* kmalloc-cg-* exist and __GFP_ACCOUNT picks them */
	bool slub_debug; /* slub_debug=F: no per-CPU slabs are kept */

	/* SLAB */
	bool slab_colour;   /* default on; off: all slabs begin alike */
	bool slab_textbook; /* layout of Bonwick's paper, not of a kernel */
	struct slab_tunable slab_tunables[SLAB_TUNABLES_MAX]; /* last wins */
	u32 nr_slab_tunables;
};

struct kmem_cache;
struct slab_ops;
struct lruvec;
struct kswapd;
struct kcompactd;
struct capture_control;
struct shrinker;
struct oom_tasks;
struct filemap;
struct mm_io;
struct writeback;
struct swap;

struct mm {
	struct machine *machine; /* borrowed */
	struct mm_conf conf;
	struct page *memmap; /* [max_pfn], lazily committed, owned */
	u16 *line_cpu; /* [max_pfn], lazily: CPU + 1 that touched a struct page
			* last; NULL: its line has no price; owned */
	u64 max_pfn;
	u8 *zone_of_block;   /* zone index by MAX_ORDER block, owned */
	u8 *pageblock_flags; /* migratetype ^ MIGRATE_MOVABLE by pageblock */
	struct zone *zones;  /* [nr_zones], by node, then type; owned */
	u32 nr_zones;
	struct pglist_data nodes[MM_NODES_MAX];
	u64 min_free_kbytes; /* in force */
	u64 totalram_pages;
	bool highatomic_reserve_off;
	struct lruvec *lruvecs;	      /* [nr_nodes], owned; NULL: no reclaim */
	struct kswapd *kswapds;	      /* [nr_nodes], owned; NULL: no reclaim */
	struct shrinker *shrinkers;   /* the first; borrowed */
	struct oom_tasks *oom_tasks;  /* borrowed; NULL: nobody to kill */
	struct filemap *filemap;      /* owned; NULL: no file was opened yet */
	struct mm_io *io;	      /* borrowed; NULL: devices take no time */
	struct writeback *wb;	      /* owned; NULL: nothing was dirty yet */
	struct swap *swap;	      /* owned; NULL: no swap */
	struct kcompactd *kcompactds; /* [nr_nodes], owned; or NULL */
	u8 *pageblock_skip;	      /* by pageblock, owned; or NULL */
	struct capture_control *capture;    /* of who compacts now; or NULL */
	struct kmem_cache *radix_tree_node; /* borrowed; NULL: not made yet */
	u64 vm_events[NR_VM_EVENTS];
	u64 node_events[MM_NODES_MAX][NR_NODE_EVENTS];
	u32 nr_meta_written[MM_CPUS_MAX]; /* see note_written_pages() */
	u64 numa[MM_NODES_MAX][NR_NUMA_STATS];
	u64 numa_slab_reclaimable[MM_NODES_MAX]; /* pages: nr_slab_* */
	u64 numa_slab_unreclaimable[MM_NODES_MAX];
	struct mempolicy default_policy; /* of every task */
	u8 gfp_zone[16];		 /* zone by the zone bits of a gfp_t */
	bool has_dma32;			 /* a ZONE_DMA32 is there */
	bool pcp_thp;			 /* per-CPU lists take pageblocks */
	u32 pcp_max_order;		 /* and orders up to this one */
	u32 nr_online_nodes;
	u64 shuffle_state; /* of the free list shuffle, from conf.hash_seed */

	/* slab_common.c's */
	u64 nr_large_pages; /* behind kmalloc beyond the caches */
	u64 mempool_pages;  /* of pools over pages: reserves and in use */
	struct kmem_cache **caches;    /* [MM_CACHES_MAX], owned; NULL = free */
	u32 nr_caches;		       /* slots of caches[] ever used */
	struct kmem_cache *cache_list; /* newest first, as slab_caches */
	struct kmem_cache *cache_rcu;  /* destroyed, RCU slabs pending */
	void *slab_private;	       /* the allocator's own state, owned */
	struct kmem_cache *kmalloc_caches[4][18]; /* [type][index] */
	u8 kmalloc_class[KMALLOC_WORDS + 1]; /* index, by 8 bytes of size */
	struct mm_lock slab_mutex;
	struct kmem_cache *kmem_cache_cache; /* "kmem_cache" */
	struct kmem_cache *kmem_cache_node;  /* "kmem_cache_node" */
};

/**
 * mm_create() - Boots the memory of a machine: nodes, zones, free lists,
 * watermarks, per-CPU lists, then the slab allocator and its general caches.
 * @machine: the machine under it; borrowed, must outlive the mm.
 * @conf: copied.
 * Return: the mm, owned by the caller (mm_destroy()), or NULL with @e.
 */
struct mm *mm_create(struct machine *machine, const struct mm_conf *conf,
		     struct err *e);
void mm_destroy(struct mm *mm);

/** mm_conf_defaults() - The kernel's own defaults for @profile. */
void mm_conf_defaults(struct mm_conf *conf, enum kernel_profile profile);

static inline struct page *pfn_to_page(const struct mm *mm, pfn_t pfn)
{
	return &mm->memmap[pfn];
}

static inline pfn_t page_to_pfn(const struct mm *mm, const struct page *page)
{
	return (pfn_t)(page - mm->memmap);
}

static inline paddr_t page_to_paddr(const struct mm *mm,
				    const struct page *page)
{
	return (paddr_t)page_to_pfn(mm, page) << PAGE_SHIFT;
}

static inline struct zone *pfn_zone(const struct mm *mm, pfn_t pfn)
{
	return &mm->zones[mm->zone_of_block[pfn >> (MAX_ORDER - 1)]];
}

static inline u32 pfn_to_nid(const struct mm *mm, pfn_t pfn)
{
	return pfn_zone(mm, pfn)->node;
}

static inline u32 page_nid(const struct mm *mm, const struct page *page)
{
	return pfn_to_nid(mm, page_to_pfn(mm, page));
}

static inline u32 numa_mem_id(const struct mm *mm)
{
	return mm->conf.cpu_to_node[mm->machine->cpu];
}

/** count_node_event() - @nr of @ev, on node @nid. */
static inline void count_node_event(struct mm *mm, u32 nid, enum vm_event ev,
				    u64 nr)
{
	mm->vm_events[ev] += nr;
	mm->node_events[nid][ev - VM_EV_FIRST_OF_NODE] += nr;
}

#endif
