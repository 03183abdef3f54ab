/*
 * metrics.h - what a run counts, for report/.
 *
 * Filled by replay with a handful of additions an operation; nothing here is
 * looked up by name or hashed on the way.  All arrays are indexed as said and
 * owned by struct metrics.
 *
 * Invariants, after metrics_settle(): in each struct usage live_objs ==
 * allocs - frees and peak_live_alloc_bytes >= live_alloc_bytes.
 */
#ifndef SIM_METRICS_H
#define SIM_METRICS_H

#include "base/hist.h"
#include "mm/flusher.h"
#include "mm/inspect.h"
#include "mm/machine.h"
#include "mm/mempool.h"
#include "sim/config.h"
#include "trace/trace.h"

/*
 * Requested against allocated, by kmem_cache or by call site.
 *
 * Nothing that one operation adds to stands beside another such: compilers
 * would add to both at once, and the load of such a pair waits until the two
 * stores of the operation before have reached the host's cache.
 */
struct usage {
	u64 allocs;
	u64 frees;
	u64 req_bytes;	  /* requested, summed over all allocations */
	u64 remote_frees; /* freed on another node than the object's */
	u64 alloc_bytes;  /* really given, summed over all allocations */
	u64 adopted;	  /* alive when the run began (run --before) */
	u64 live_req_bytes;
	u64 failures;
	u64 live_alloc_bytes;
	u64 live_objs;
	u64 peak_live_alloc_bytes;
};

enum fail_reason {
	FAIL_NO_MEMORY,	  /* no zone had pages above its mark */
	FAIL_TOO_LARGE,	  /* the order is beyond MAX_ORDER */
	FAIL_FRAGMENTED,  /* enough free pages, none of that order */
	FAIL_THISNODE,	  /* __GFP_THISNODE and that node is full */
	FAIL_BAD_REQUEST, /* no such cache, size 0, ... */
	NR_FAIL_REASONS
};
extern const char *const fail_reason_names[NR_FAIL_REASONS];
/* The keys of the machine file's costs. */
extern const char *const cost_names[NR_COSTS];

/* What a trace's reads and writes must not do; KASAN's words. */
enum access_bug {
	ACCESS_AFTER_FREE,    /* the object was freed */
	ACCESS_OUT_OF_BOUNDS, /* beyond the bytes that were asked for */
	ACCESS_NO_OBJECT,     /* the slot never had one */
	NR_ACCESS_BUGS
};
extern const char *const access_bug_names[NR_ACCESS_BUGS];

/* One row of series.tsv. */
struct sample {
	u64 time_ns;
	u64 events;
	struct mm_gauges g;
	u64 req_bytes_live;   /* requested by slab objects alive */
	u64 alloc_bytes_live; /* what they occupy */
	u64 numa_local;	      /* page blocks from the CPU's node so far */
	u64 numa_other;	      /* and from others */
	u64 remote_frees;     /* slab objects freed on another node, so far */
	u64 memory_lines;     /* model full: lines read from memory so far */
	u64 memory_remote;    /* of them, from other nodes */
	u32 unusable_index[MAX_ORDER]; /* 0..1000, whole machine */
	u64 vm_events[NR_VM_EVENTS];   /* with reclaim only: counters so far */
};

#define METRICS_TOP_CACHES 8
/* Slab states of the biggest caches at one sample: caches.tsv over time. */
struct cache_sample {
	u64 time_ns;
	u32 nr;
	struct {
		u32 idx;
		char name[INSPECT_NAME_MAX];
		u64 num_slabs;
		u64 full;
		u64 partial;
		u64 empty;
	} cache[METRICS_TOP_CACHES];
};

/* Who took pages: a kmem_cache that grew, a call site, a task. */
enum blame_kind {
	BLAME_CACHE,
	BLAME_SITE,
	BLAME_TASK,
	NR_BLAME_KINDS
};
extern const char *const blame_kind_names[NR_BLAME_KINDS];

struct blame {
	u32 kind; /* enum blame_kind */
	u32 id;	  /* cache idx, site, task */
	u64 pages;
};

#define RECLAIM_BLAMES	 3
#define RECLAIM_RUNS_MAX 65536u
#define METRICS_NO_RUN	 UINT32_MAX
#define METRICS_BLAMES	 4096u /* by whom over the whole run, at most */

enum reclaim_who {
	RECLAIM_KSWAPD,
	RECLAIM_DIRECT,
	RECLAIM_OOM, /* the OOM killer */
	NR_RECLAIM_WHOS
};
extern const char *const reclaim_who_names[NR_RECLAIM_WHOS];

#define ASKER_NO_CACHE 0xffffu

/* Whose request made the kernel do something, as the trace tells. */
struct asker {
	u32 site;  /* 0: not known, or nobody's */
	u32 task;  /* likewise */
	u16 cache; /* kmem_cache idx, or ASKER_NO_CACHE */
};

/* From a kswapd's wake-up to its sleep, or one direct reclaim, or the death
 * of blames[0]. */
struct reclaim_run {
	u64 wake_ns;
	u64 sleep_ns; /* 0: the run of the trace ended before */
	u64 scanned;  /* pages */
	u64 reclaimed;
	u64 cycles;	/* its cost */
	u64 free_pages; /* of the node when it was woken */
	u32 node;
	u32 zone; /* index: whose low watermark was broken */
	u32 order;
	u32 gfp; /* of the request that broke it */
	struct asker asker;
	u8 who;				     /* enum reclaim_who */
	struct blame blames[RECLAIM_BLAMES]; /* since the wake-up before;
						.pages 0: nobody */
};

enum compact_who {
	COMPACT_DIRECT,	   /* by a request that needed a block */
	COMPACT_KCOMPACTD, /* that was woken */
	COMPACT_PROACTIVE, /* by kcompactd's own choice */
	NR_COMPACT_WHOS
};
extern const char *const compact_who_names[NR_COMPACT_WHOS];
extern const char *const compact_result_names[];   /* enum compact_result */
extern const char *const compact_priority_names[]; /* compact_priority */

/* One direct compaction, or a kcompactd from its wake-up to its sleep. */
#define COMPACT_RUNS_MAX   65536u
#define EXTFRAG_EVENTS_MAX 65536u

struct compact_run {
	u64 start_ns;
	u64 end_ns;	     /* 0: the run of the trace ended before */
	u64 migrate_scanned; /* page frames */
	u64 free_scanned;
	u64 moved; /* pages */
	u64 failed;
	u64 cycles;	/* its cost */
	u64 free_pages; /* of the node when it began */
	u32 node;
	u32 zone;  /* index: the last one that was compacted */
	u32 order; /* proactive: 0 */
	u32 gfp;   /* of the request */
	struct asker asker;
	u8 who;	     /* enum compact_who */
	u8 priority; /* direct: enum compact_priority */
	u8 result;   /* enum compact_result */
};

/* A block of another type was taken. */
struct extfrag_event {
	u64 time_ns;
	u32 pfn;
	u32 zone; /* index */
	struct asker asker;
	u8 order;
	u8 fallback_order;
	u8 type; /* enum migratetype */
	u8 fallback_type;
};

#define METRICS_SIZE_CLASSES 33 /* requests by size, powers of two */

extern const char *const mempool_kind_names[3]; /* by enum mempool_kind */

/* A mempool of the trace, when it went or at the end. */
struct mempool_usage {
	u32 mid;
	u32 min_nr;
	u32 curr_nr;
	u8 kind;	   /* enum mempool_kind */
	u64 element_bytes; /* that one of them occupies */
	struct mempool_stats stats;
};

/* The per-CPU allocator at the end. */
struct percpu_usage {
	u32 nr_chunks;
	u64 nr_alloc;
	u64 nr_free;
	u64 populated_pages; /* of one CPU's units, all chunks */
	u64 free_bytes;	     /* of one CPU's units */
	u64 largest_free_bytes;
	u64 bytes_requested;
	u32 reserved_bytes; /* of one CPU's unit, for modules; 0: none */
	u32 reserved_free_bytes;
	u32 unit_bytes;
	u64 vmalloc_pages; /* maps of chunks, page tables */
};

/* Of the page cache; all 0 when a trace names no file. */
struct page_cache_usage {
	u64 files; /* that the trace named */
	u64 pages; /* in memory at the end */
	u64 reads; /* operations */
	u64 writes;
	u64 hits;	  /* pages asked for that were there */
	u64 misses;	  /* pages read from the device for it, or made */
	u64 failed;	  /* pages that found no memory */
	u64 ra_pages;	  /* read ahead, */
	u64 ra_used;	  /* and asked for later */
	u64 ra_sync;	  /* windows begun by a miss, */
	u64 ra_async;	  /* and by a marker page */
	u64 device_reads; /* pages */
	u64 device_requests;
	u64 truncated;
	u64 refaults;	/* pages back that reclaim had taken, */
	u64 activated;	/* of these, those that were active at once */
	u64 shadows;	/* entries of pages that reclaim took */
	u64 tree_nodes; /* objects of radix_tree_node */
};

/* How deep an operation had to go; each is deeper than those before it. */
enum op_path {
	OP_PATH_NONE,	   /* charged nothing that tells */
	OP_PATH_SLAB_FAST, /* the CPU's own freelist or array */
	OP_PATH_SLAB_SLOW, /* other slabs of the CPU or the node */
	OP_PATH_PCP,	   /* pages from or to the CPU's lists */
	OP_PATH_BUDDY,	   /* pages from or to the zone's lists */
	OP_PATH_STEAL,	   /* another migrate type lost a block */
	OP_PATH_SLOWPATH,  /* alloc_pages_slow(): watermarks, reclaim */
	NR_OP_PATHS
};
extern const char *const op_path_names[NR_OP_PATHS];

/* Where the cycles of one kind of operation went. */
struct op_causes {
	u64 queue_cycles;     /* its CPU was busy; not in the latency */
	u64 path_cycles;      /* instructions: sim.costs */
	u64 memory_cycles;    /* model full: caches and DRAM */
	u64 lock_wait_cycles; /* until a lock became free */
	u64 lock_cycles;      /* locking itself, transfers of its line */
};

/* What a device did, by direction: read, write. */
struct device_usage {
	u64 requests[2];
	u64 pages[2];
	u64 latency_ns[2]; /* sum, in line and on the wire */
	u64 busy_ns[2];	   /* bytes on the wire */
	u32 most[2];	   /* requests in line at a time */
};

/* What writing pages back took. */
struct writeback_usage {
	u64 runs[NR_FLUSHER_WORKS]; /* of the flusher, and */
	u64 pages[NR_FLUSHER_WORKS];
	u64 pauses; /* of writers, above the limits */
	u64 pause_ns;
};

struct metrics {
	u64 nr_events; /* operations replayed */
	u64 nr_by_op[NR_TRACE_OPS];
	u64 failures[NR_TRACE_OPS][NR_FAIL_REASONS];
	u64 skipped_frees;    /* frees of a slot that holds nothing */
	u64 start_ns, end_ns; /* simulated time of first and last */
	u64 allocs_of_size[METRICS_SIZE_CLASSES];
	u64 pages_allocated; /* by alloc_pages, in pages */
	u64 pages_freed;
	u64 live_page_blocks;
	u64 live_pages;
	/* Only where there is reclaim. */
	struct device_usage devices[CONFIG_DEVICES_MAX];
	struct writeback_usage writeback;
	u64 io_sleeps;	       /* operations waited in their midst, */
	u64 io_sleep_ns;       /* so long together */
	u64 reclaimed_pages;   /* of the trace, before it freed them */
	u64 reclaimed_objects; /* that shrinkers took */
	u64 reclaimed_frees;   /* the trace's frees of either */
	u64 oom_pages;	       /* that killed tasks had */
	u64 recorded_reclaims; /* pages that the recorded kswapd freed */
	VEC(struct compact_run) compact_runs;
	u64 compact_runs_dropped; /* beyond COMPACT_RUNS_MAX */
	VEC(struct extfrag_event) extfrags;
	u64 extfrags_dropped; /* beyond EXTFRAG_EVENTS_MAX */
	VEC(struct reclaim_run) reclaim_runs;
	u64 reclaim_runs_dropped; /* beyond RECLAIM_RUNS_MAX */
	VEC(struct blame) blames; /* sums */
	u64 peak_memory_pages;	/* allocated at once, sampled on each growth */
	struct usage *by_cache; /* [MM_CACHES_MAX] by kmem_cache idx */
	u32 nr_caches;	       /* after metrics_settle(): none used from here */
	struct usage retired;  /* summed over caches that were destroyed */
	struct usage shared;   /* kmalloc() of SLOB, which has no caches */
	struct usage *by_site; /* [nr_sites] by trace site */
	u32 nr_sites;
	struct sample *samples; /* [nr_samples] */
	u32 nr_samples;
	struct map_part (*maps)[GAUGE_MAP_PARTS]; /* [nr_samples] of memory;
						     NULL without reclaim */
	u32 map_parts; /* in each of them; 0: no map was made */
	struct cache_sample *cache_samples; /* [nr_cache_samples] */
	u32 nr_cache_samples;
	struct slab_states *node_samples; /* see metrics_node_states() */
	u32 nr_nodes;			  /* in those */
	VEC(struct mempool_usage) mempools;
	u64 held_at_end;  /* operations behind one that sleeps for ever */
	u64 nr_abandoned; /* operations that waited for each other (timed.c) */
	struct percpu_usage percpu;
	struct page_cache_usage page_cache;
	/* The trace slept, or put what it had not got, with preemption off. */
	u64 nr_preempt_bugs;
	u64 first_preempt_bug; /* number of that record */
	u64 access_bugs[NR_ACCESS_BUGS];
	u64 first_access_bug[NR_ACCESS_BUGS]; /* number of that record */
	u64 skipped_accesses; /* of what this run could not allocate or took */
	u64 trace_hash;	      /* of the records: tells traces apart */
	u64 cost_count[NR_COSTS];  /* what mm charged, boot left out */
	u64 cost_cycles[NR_COSTS]; /* the same by the price list */
	/* Only with a cost model. */
	struct hist latency_cycles[NR_TRACE_OPS]; /* an operation, no wait */
	struct hist latency_by_path[NR_OP_PATHS];
	/* Of operations that had to do with memory of another node. */
	struct hist latency_remote[NR_TRACE_OPS];
	struct hist *latency_by_cache; /* [MM_CACHES_MAX], owned; or NULL */
	struct op_causes causes[NR_TRACE_OPS];
	struct hist wait_cycles; /* an operation queued behind its CPU */
	u64 busy_cycles;	 /* summed over CPUs */
};

/**
 * unusable_index() - The kernel's unusable free space index of @order, by its
 * integer arithmetic: 0 = every free page is in a large enough block, 1000 =
 * none is (or none is free).
 */
u32 unusable_index(const u64 nr_free[MAX_ORDER], u32 order);

/** metrics_node_states() - Slabs of cache[@cache] of cache_samples[@sample]:
 * those of each of nr_nodes nodes. */
static inline struct slab_states *metrics_node_states(const struct metrics *m,
						      u32 sample, u32 cache)
{
	return m->node_samples +
	       ((size_t)sample * METRICS_TOP_CACHES + cache) * m->nr_nodes;
}

/** metrics_hash() - Adds @nr records to trace_hash. */
void metrics_hash(struct metrics *m, const struct trace_rec *recs, u32 nr);

void metrics_init(struct metrics *m);
/** metrics_grow_sites() - by_site has at least @nr entries from now on. */
void metrics_grow_sites(struct metrics *m, u32 nr);
/** metrics_retire() - The kmem_cache @idx is gone; its entry starts anew. */
void metrics_retire(struct metrics *m, u32 idx);
/** metrics_settle() - Brings the derived figures (live_objs) up to date; no
 * kmem_cache had an idx from @nr_caches on. */
void metrics_settle(struct metrics *m, u32 nr_caches);
void metrics_free(struct metrics *m);

/** metrics_add_mempool() - A pool ends its life, or the run does. */
void metrics_add_mempool(struct metrics *m, const struct mempool_usage *u);

/** metrics_add_reclaim() - Keeps @run; its index, or
 * METRICS_NO_RUN: full. */
u32 metrics_add_reclaim(struct metrics *m, const struct reclaim_run *run);
/** metrics_add_compact() - Keeps @run; its index, or
 * METRICS_NO_RUN: full. */
u32 metrics_add_compact(struct metrics *m, const struct compact_run *run);
/** metrics_add_extfrag() - Keeps @e if there is room. */
void metrics_add_extfrag(struct metrics *m, const struct extfrag_event *e);
/** metrics_blame() - Adds @b to the sums. */
void metrics_blame(struct metrics *m, const struct blame *b);

#endif
