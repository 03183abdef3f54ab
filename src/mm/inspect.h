/*
 * inspect.h - read-only snapshots of mm, for reports.
 *
 * The one header of mm/ that report/ may include.  A snapshot is a copy: it
 * stays true to its moment, and taking one changes nothing.
 */
#ifndef MM_INSPECT_H
#define MM_INSPECT_H

#include "mm/mmzone.h"
#include "mm/vmstat.h"

#define INSPECT_NAME_MAX 64

struct mm;

/* Lists of pages for reclaim, in the order of lru.h's: inactive and active
 * anonymous, inactive and active file, unevictable. */
#define INSPECT_LRU_LISTS 5
#define INSPECT_LRU_FILE  2 /* inactive; active comes next */

struct zone_snapshot {
	char name[16];
	u32 node;
	u32 type; /* enum zone_type */
	u64 start_pfn;
	u64 spanned_pages;
	u64 present_pages;
	u64 managed_pages;
	u64 watermark[NR_WMARK];
	u64 watermark_boost;
	u64 nr_reserved_highatomic;
	u64 lowmem_reserve[MAX_NR_ZONES];
	s64 nr_free_pages;	 /* folded */
	s64 nr_free_pages_exact; /* with the CPUs' pending differences */
	u64 nr_free[MIGRATE_TYPES][MAX_ORDER]; /* blocks */
	u64 pageblocks[MIGRATE_TYPES];
	s32 pageset_high;
	s32 pageset_batch;
	u64 lru_pages[INSPECT_LRU_LISTS]; /* 0 without reclaim */
	u64 write_pending_pages; /* dirty, or being written; likewise */
};

struct pcp_snapshot {
	u32 zone; /* index in zones[] */
	u32 cpu;
	s32 count;
	s32 high;
	s32 batch;
	s32 free_factor;
	s32 expire;
	s32 stat_threshold;
	s32 nr_free_diff;
};

struct cache_node_snapshot {
	u64 nr_slabs;
	u64 nr_partial;
	u64 total_objects;
	u64 free_on_partial; /* free objects on the node's partial list */
	/* Of SLAB; nr_partial and free_on_partial (free_objects) too. */
	u64 nr_full;
	u64 nr_free_slabs;
	u64 free_limit;
	u32 colour_next;
	bool free_touched;
	s64 shared_avail; /* -1: no shared array */
	u32 alien_avail;  /* in all alien arrays */
};

/* A cpu's view of a SLUB cache. */
struct cache_cpu_snapshot {
	u64 slab_pfn; /* 0: none */
	u32 inuse;
	u32 objects;
	u32 freelist_length;
	u32 partial_slabs; /* as the kernel counts them */
	u32 avail;	   /* SLAB: objects in the CPU's array */
	bool touched;
};

struct cache_snapshot {
	char name[INSPECT_NAME_MAX];
	u32 idx; /* stable while the cache lives */
	u32 refcount;
	u32 object_size;
	u32 size;
	u32 align;
	u32 flags; /* slab_flags_t */
	u32 objects_per_slab;
	u32 order;
	u32 offset; /* of the free pointer */
	u32 min_order;
	u32 min_objects;
	u32 cpu_partial;
	u32 cpu_partial_slabs;
	u32 min_partial;
	u64 active_objs; /* as slabinfo counts (see oracle) */
	u64 num_objs;
	u64 active_slabs;
	u64 num_slabs;
	u64 live_objs; /* really handed out */
	u64 slabs_full;
	u64 slabs_partial;
	u64 slabs_empty;
	/* Of SLAB; 0 with the others. */
	u32 limit;
	u32 batchcount;
	u32 shared;
	u64 shared_avail;
	u32 alien_limit;
	u32 colour;
	u32 colour_off;
	u32 freelist_bytes;
	const char *management; /* of the free index: "off", ...; or NULL */
	u64 slab_pages;
	u64 occupancy[10]; /* slabs by tenths of objects in use */
	/* Events since the cache was created. */
	u64 nr_alloc;
	u64 nr_alloc_slow;
	u64 nr_free;
	u64 nr_free_slow;
	u64 nr_free_remote;
	u64 nr_slab_new;
	u64 nr_slab_freed;
	struct cache_node_snapshot *nodes; /* [nr_nodes], owned */
	struct cache_cpu_snapshot *cpus;   /* [nr_cpus], owned; NULL: no such */
};

struct node_snapshot {
	bool online;
	u64 numa[NR_NUMA_STATS];
	/* Without reclaim: the page cache, as if on the inactive list. */
	u64 lru_pages[INSPECT_LRU_LISTS];
	struct refault_stats workingset[2];
	u64 workingset_nodereclaim;
	u64 workingset_nodes; /* of radix trees, with shadows only */
	u64 slab_reclaimable_pages;
	u64 slab_unreclaimable_pages;
	u64 events[NR_NODE_EVENTS]; /* from VM_EV_FIRST_OF_NODE on */
	u64 dirty_pages;
	u64 writeback_pages;
	u64 swapcache_pages;
	s32 kswapd_failures;
	s32 kswapd_order;
	s32 kswapd_highest_zoneidx;
	bool kswapd_woken;
	u32 nr_zonerefs;
	u32 zonelist[MAX_NR_ZONES * MM_NODES_MAX]; /* indexes in zones[] */
};

#define INSPECT_SLOB_LISTS 3 /* small, medium, large */

/* SLOB, whose pages hold objects of all caches; all 0 with the others. */
struct slob_snapshot {
	bool is_slob;
	u64 pages;			      /* large kmalloc not counted */
	u64 listed_pages[INSPECT_SLOB_LISTS]; /* those with free space */
	u64 free_bytes[INSPECT_SLOB_LISTS];   /* in them */
};

struct mm_snapshot {
	const char *slab_name; /* "slub"; static */
	u64 min_free_kbytes;
	u64 totalram_pages;
	u32 nr_cpus;
	u32 nr_nodes;
	u32 nr_zones;
	u32 nr_pcps;
	u32 nr_caches;
	struct zone_snapshot *zones; /* owned, like all below */
	struct pcp_snapshot *pcps;
	struct cache_snapshot *caches; /* newest first, as slab_caches */
	struct node_snapshot *nodes;
	u64 vm_events[NR_VM_EVENTS];
	u64 dirty_thresh; /* pages; 0: nothing was ever written */
	u64 dirty_background_thresh;
	u64 swap_pages;
	u64 swap_free_pages;
	struct slob_snapshot slob;
};

/** mm_inspect() - A full snapshot, owned by the caller. */
struct mm_snapshot *mm_inspect(const struct mm *mm);
void mm_snapshot_free(struct mm_snapshot *s);
/** slab_inspect() - The slab half: fills s->slab_name and s->caches. */
void slab_inspect(const struct mm *mm, struct mm_snapshot *s);

#define GAUGE_ZONES 16

/* The cheap figures that a time series samples; nothing is walked. */
struct mm_gauges {
	u64 free_pages; /* buddy lists and per-CPU lists */
	u64 pcp_pages;
	u64 slab_pages;
	u64 large_pages;	/* behind kmalloc beyond the caches */
	u64 other_pages;	/* allocated pages of no slab */
	u64 nr_free[MAX_ORDER]; /* blocks of all zones */
	/* Of a machine that can reclaim: */
	u64 lru_pages[INSPECT_LRU_LISTS];
	u64 dirty_pages; /* of files, likewise: */
	u64 writeback_pages;
	u64 zone_free[GAUGE_ZONES];  /* pages, of the first zones */
	u64 zone_boost[GAUGE_ZONES]; /* of their watermarks */
};
void mm_gauge(const struct mm *mm, struct mm_gauges *g);

/* What a part of memory is used for, mostly. */
enum map_state {
	MAP_FREE,
	MAP_ANON, /* on LRU lists: only where there is reclaim */
	MAP_FILE,
	MAP_SLAB,
	MAP_OTHER,
	MAP_RESERVED, /* never the page allocator's */
	MAP_DIRTY,    /* of a file, to be written or on its way */
	NR_MAP_STATES
};
extern const char *const map_state_names[NR_MAP_STATES];
extern const char *const map_type_names[MIGRATE_TYPES];

#define GAUGE_MAP_PARTS 256
struct map_part {
	u8 node;
	u8 use;		/* enum map_state, of most of it */
	u8 migratetype; /* enum migratetype, of most of that */
	u32 from_page;	/* its first, counted within the node */
};
/**
 * mm_gauge_map() - Each node's memory in equal parts, first to last page.
 * Return: how many there are.
 */
u32 mm_gauge_map(const struct mm *mm, struct map_part map[GAUGE_MAP_PARTS]);

/* Slabs of one cache on one node. */
struct slab_states {
	u32 slabs;
	u32 full;
	u32 partial;
	u32 empty;
};

/** One cache's counts, cheaply: slabs by state over its node lists. */
struct cache_gauge {
	u32 idx;
	const char *name; /* borrowed from the cache */
	u64 num_slabs;
	u64 full;
	u64 partial;
	u64 empty;
	struct slab_states nodes[MM_NODES_MAX];
};
/** Fills at most @max entries, the caches with the most pages first. */
u32 mm_gauge_caches(const struct mm *mm, struct cache_gauge *g, u32 max);

/*
 * Exact lists, in order, for those who compare with a recorded kernel.  The
 * callbacks run while nothing changes; what they get is borrowed.
 */

/* A block on a free list or on a CPU's list. */
struct block_view {
	u32 zone; /* index in mm_snapshot.zones */
	s32 cpu;  /* -1: the zone's own free list */
	u32 order;
	u32 migratetype;
	u32 pfn;
};

/* A slab that is on a list or a CPU's own. */
struct slab_view {
	const char *cache;
	u32 size;	     /* of its objects */
	bool first_of_cache; /* a new cache starts here */
	u32 pfn;
	u32 order;
	u32 inuse;
	u32 objects;
	bool frozen;
	s32 cpu;	     /* -1: on node's partial list */
	bool cpu_slab;	     /* else on cpu's partial list */
	u32 node;	     /* of the partial list */
	u32 partial_slabs;   /* cpu partial list: the count at this entry */
	const u16 *cpu_free; /* cpu slab: the CPU's freelist, in order */
	u32 nr_cpu_free;
	const u16 *free; /* the slab's own freelist, in order */
	u32 nr_free;
};

/* One line of what SLAB knows of a cache. */
enum slab_line {
	SLAB_LINE_CACHE,
	SLAB_LINE_CPU,	  /* the array of cpu */
	SLAB_LINE_NODE,	  /* counts of node */
	SLAB_LINE_SHARED, /* its shared array */
	SLAB_LINE_ALIEN,  /* its array for node other */
	SLAB_LINE_SLAB	  /* a slab on list of node */
};

struct slab_line_view {
	enum slab_line kind;
	const char *cache;
	const struct mm *mm;
	u32 size;
	u32 num;
	u32 colour;
	u32 colour_off;
	const char *management;
	u32 cpu;
	u32 node;
	u32 other;
	u32 colour_next;
	u64 free_objects;
	u64 free_limit;
	bool touched; /* the array, or the node's free slabs */
	u64 next_reap_ms;
	u32 avail;
	u32 limit;
	u32 batchcount;
	const u64 *entry; /* [avail]: slab's pfn << 32 | slot */
	const char *list; /* "full", "partial", "free" */
	u32 pfn;
	u32 order;
	u32 active;
	u32 s_mem_off;
	const u16 *free; /* [num - active], in order */
};

typedef void (*inspect_line_fn)(void *arg, const struct slab_line_view *v);
/** SLAB's caches, newest first; nothing when that is not the allocator. */
void mm_inspect_slab_lines(const struct mm *mm, inspect_line_fn fn, void *arg);

/* A page of SLOB with free space, on one of its lists. */
struct slob_page_view {
	const char *list; /* "small", ... */
	u32 pfn;
	u32 node;
	u32 units; /* free, of two bytes */
	u32 nr;
	const u16 *blocks; /* [2 * nr]: start, units */
};

typedef void (*inspect_slob_fn)(void *arg, const struct slob_page_view *v);
/** SLOB's pages list by list; nothing when that is not the allocator. */
void mm_inspect_slob_pages(const struct mm *mm, inspect_slob_fn fn, void *arg);

typedef void (*inspect_block_fn)(void *arg, const struct block_view *b);
typedef void (*inspect_slab_fn)(void *arg, const struct slab_view *s);

/** Free lists by zone, order, type; then per-CPU lists likewise. */
void mm_inspect_blocks(const struct mm *mm, inspect_block_fn fn, void *arg);
/** The migrate type of the pageblock that holds @pfn. */
u32 mm_inspect_pageblock(const struct mm *mm, u64 pfn);
/** All slabs by pfn; only cache, pfn, order and inuse are set. */
void mm_inspect_slab_pages(const struct mm *mm, inspect_slab_fn fn, void *arg);
/** Newest cache first; one without a slab on any list has one view, pfn 0. */
void mm_inspect_slabs(const struct mm *mm, inspect_slab_fn fn, void *arg);

#endif
