/*
 * trace.h - one trace operation in memory, and what a trace knows of itself.
 *
 * Every format (.ktr text, .kmt binary, imports) is read into batches of
 * struct trace_rec; nothing behind this header knows where they came from.
 * Records name objects by slot: small numbers that are used again once the
 * object is freed, so that replay finds an object by index.
 *
 * Invariants of a stream that a reader hands out: times do not decrease;
 * slot < nr_slots, cpu < nr_cpus, cache < nr_caches, site < nr_sites,
 * task < nr_tasks of its struct trace_info, which may grow as it is read
 * (text) but never shrinks.  A free of a slot that holds nothing is allowed
 * and does nothing.  Readers enforce this; replay need not check again.
 */
#ifndef TRACE_TRACE_H
#define TRACE_TRACE_H

#include "base/err.h"
#include "base/gfp.h"
#include "base/slabflags.h"
#include "base/types.h"
#include "base/vec.h"

/* Limits of what is read from outside; beyond is an error with its place. */
#define TRACE_CPUS_MAX	 1024u
#define TRACE_NODES_MAX	 64u
#define TRACE_CACHES_MAX 16384u
#define TRACE_SLOTS_MAX	 (1u << 28)
#define TRACE_SITES_MAX	 (1u << 20)
#define TRACE_TASKS_MAX	 (1u << 20)
#define TRACE_NAME_MAX	 255u
#define TRACE_ORDER_MAX	 63u
#define TRACE_BATCH	 4096u /* records in one batch at most */
#define TRACE_FILES_MAX	 (1u << 20)
#define TRACE_FILE_PAGES ((u64)1 << 32) /* a file's offsets are below */
#define TRACE_IO_PAGES	 (1u << 19)	/* of one read: 2 GiB, as Linux */

/*
 * The operations: X(id, text in .ktr, arguments, what becomes of the object).
 *
 * The arguments are letters of enum trace_arg, in the order of .ktr: which
 * fields of the record mean something.  The object is enum trace_object.
 * The order of the operations is part of .kmt: append only.
 *
 * A new one: its line here and in docs/formats.md, and what replay does with
 * it (sim/replay.c).
 */
#define TRACE_OPS(X)                                                   \
	X(CACHE_CREATE, "cache_create", "cnsaF", NONE)                 \
	X(CACHE_DESTROY, "cache_destroy", "c", NONE)                   \
	X(CACHE_SHRINK, "cache_shrink", "c", NONE)                     \
	X(CACHE_ALLOC, "kmem_cache_alloc", "ocgN", MADE)               \
	X(CACHE_FREE, "kmem_cache_free", "o", GONE)                    \
	X(KMALLOC, "kmalloc", "osgN", MADE)                            \
	X(KFREE, "kfree", "o", GONE)                                   \
	X(KREALLOC, "krealloc", "osg", STAYS)                          \
	X(ALLOC_PAGES, "alloc_pages", "orgN", MADE)                    \
	X(FREE_PAGES, "free_pages", "o", GONE)                         \
	X(ALLOC_PERCPU, "alloc_percpu", "osaP", MADE)                  \
	X(FREE_PERCPU, "free_percpu", "o", GONE)                       \
	X(MEMPOOL_CREATE, "mempool_create", "csp", NONE)               \
	X(MEMPOOL_ALLOC, "mempool_alloc", "ocg", MADE)                 \
	X(MEMPOOL_FREE, "mempool_free", "o", GONE)                     \
	X(MEMPOOL_DESTROY, "mempool_destroy", "c", NONE)               \
	X(SNAPSHOT, "snapshot", "l", NONE)                             \
	X(IDLE, "idle", "s", NONE)                                     \
	X(RCU_BARRIER, "rcu_barrier", "", NONE)                        \
	X(GEOMETRY, "geometry", "c", NONE)                             \
	X(KMALLOC_CLASS, "kmalloc_class", "sg", NONE)                  \
	X(GET_CPU_VAR, "get_cpu_var", "o", STAYS)                      \
	X(PUT_CPU_VAR, "put_cpu_var", "o", STAYS)                      \
	X(READ, "read", "ofs", STAYS)                                  \
	X(WRITE, "write", "ofs", STAYS)                                \
	X(MEMPOOL_RESIZE, "mempool_resize", "cs", NONE)                \
	X(PAGE_CACHE_READ, "page_cache_read", "iqk", NONE)             \
	X(PAGE_CACHE_WRITE, "page_cache_write", "iqk", NONE)           \
	X(PAGE_CACHE_TRUNCATE, "page_cache_truncate", "iq", NONE)      \
	X(PAGE_CACHE_INVALIDATE, "page_cache_invalidate", "iqk", NONE) \
	X(PAGE_CACHE_SIZE, "page_cache_size", "ik", NONE)

#define TRACE_OP_ENUM_(id, text, args, object) TRACE_##id,
enum trace_op {
	TRACE_OPS(TRACE_OP_ENUM_) NR_TRACE_OPS
};

/* An argument, and where in struct trace_rec it stands. */
enum trace_arg {
	ARG_OID = 'o',	  /* slot */
	ARG_CACHE = 'c',  /* cache: a cid or mid */
	ARG_NAME = 'n',	  /* name: of a cache */
	ARG_LABEL = 'l',  /* name: of a snapshot */
	ARG_SIZE = 's',	  /* size: bytes, min_nr or ms */
	ARG_OFFSET = 'f', /* align: of an access in its object, bytes */
	ARG_ALIGN = 'a',  /* align, bytes */
	ARG_POOL = 'p',	  /* order and align: see enum trace_pool_over */
	ARG_GFP = 'g',	  /* gfp */
	ARG_FLAGS = 'F',  /* gfp: slab flags */
	ARG_ORDER = 'r',  /* order */
	ARG_NODE = 'N',	  /* node; -1: the plain function */
	ARG_FILE = 'i',	  /* align: the number of a file */
	ARG_PAGE = 'q',	  /* gfp: a page of it */
	ARG_PAGES = 'k',  /* size: how many */
	ARG_PERCPU = 'P'  /* gfp, order: both may be left out, and are 0 */
};

/* What becomes of the object in the slot that an operation names. */
enum trace_object {
	TRACE_OBJECT_NONE, /* it names none */
	TRACE_OBJECT_MADE,
	TRACE_OBJECT_GONE,
	TRACE_OBJECT_STAYS /* though krealloc may move it */
};

extern const char *const trace_op_names[NR_TRACE_OPS];
extern const char *const trace_op_args[NR_TRACE_OPS];
extern const u8 trace_op_objects[NR_TRACE_OPS]; /* enum trace_object */

enum trace_rec_flags {
	TRACE_IMPLIED = 1 << 0, /* no event told it: the importer inferred it */
	TRACE_EARLY = 1 << 1,	/* it was there before the recording began */
	/*
	 * FREE_PAGES: the block is not freed but falls into pieces; the
	 * ALLOC_PAGES with this flag that follow on this CPU are these, from
	 * the largest on.  Who does not know it does both as they stand.
	 */
	TRACE_SPLIT = 1 << 2,
	TRACE_PLACED = 1 << 3, /* ALLOC_PAGES: align is set as if EARLY */
	/*
	 * In a softirq that came as the CPU was flushing a per-CPU page list:
	 * the list is locked, pages come from and go to the buddy lists.
	 */
	TRACE_IN_FLUSH = 1 << 4,
	/*
	 * Allocations and frees: READs and WRITEs tell all that its user does
	 * with the object; nothing is supposed (sim.touch.hot_bytes).
	 */
	TRACE_TOLD = 1 << 5,
	/*
	 * A free: of a block device's request, which is over.  Pages that it
	 * wrote are clean now; with IO_META of the file system's own blocks.
	 */
	TRACE_IO_END = 1 << 6,
	TRACE_IO_META = 1 << 7,
};

/*
 * One operation; trace_op_args says which of its fields mean something.
 * A TRACE_EARLY or TRACE_PLACED allocation says where its memory lay in align:
 * 1 + the number of that block of TRACE_PLACE_PAGES pages; 0 = unknown.
 */
#define TRACE_PLACE_PAGES 1024u /* no node begins within one */

/* What a mempool is over (order of MEMPOOL_CREATE), and what align is then. */
enum trace_pool_over {
	TRACE_POOL_OF_CACHE, /* a cid */
	TRACE_POOL_OF_BYTES, /* kmalloc() of so many bytes */
	TRACE_POOL_OF_PAGES, /* an order */
	NR_TRACE_POOL_OVER
};

/* Ordered so that metrics_hash() takes two or more fields at a time. */
struct trace_rec {
	u64 time_ns;
	u32 size;
	u32 slot;
	u32 gfp;   /* gfp_t; CACHE_CREATE: slab_flags_t; ALLOC_PERCPU: 0 is
		      GFP_KERNEL */
	u32 align; /* bytes; MEMPOOL_CREATE: see enum trace_pool_over; READ,
		      WRITE: offset */
	u8 op;	   /* enum trace_op */
	u8 order;  /* MEMPOOL_CREATE: enum trace_pool_over; ALLOC_PERCPU: 1 in
		      the reserved area, else 0 */
	u16 cpu;
	u16 cache; /* cid or mid */
	s16 node;  /* -1: the plain function */
	u32 site;  /* call site, index in trace_info.sites; 0 = unknown */
	u32 task;  /* index in trace_info.tasks; 0 = unknown */
	u32 name;  /* index in trace_info.names (cache name, label) */
	u8 flags;  /* enum trace_rec_flags */
	u8 pad[3];
};

/**
 * trace_file_fault() - What is wrong with an operation on a file, in words;
 * NULL: nothing, or @r is no such operation.
 */
const char *trace_file_fault(const struct trace_rec *r);

/** trace_rec_has_slot() - Whether @r is about one object, so that slot says
 * which. */
static inline bool trace_rec_has_slot(const struct trace_rec *r)
{
	return trace_op_objects[r->op] != TRACE_OBJECT_NONE;
}

struct trace_strings {
	char **at; /* [nr], owned, each owned */
	u32 nr;
	u32 cap;
};

/* The importer's bookkeeping: what the recording did not tell. */
#define TRACE_COUNTS(X)                                                      \
	X(events_read, "events read from the recording")                     \
	X(events_lost, "events the recorder says it lost")                   \
	X(events_skipped, "events of no interest to replay")                 \
	X(slab_allocs, "slab allocations recorded")                          \
	X(slab_frees, "slab frees recorded")                                 \
	X(page_allocs, "page allocations recorded")                          \
	X(page_frees, "page frees recorded")                                 \
	X(frees_before_start, "frees of objects allocated before the start") \
	X(never_freed, "objects never freed")                                \
	X(double_allocs, "allocations of a live address (a free not seen)")  \
	X(null_frees, "kfree(NULL), dropped")                                \
	X(implied_allocs, "allocations implied (bulk, no event)")            \
	X(implied_frees, "frees implied (kfree_rcu, no event)")              \
	X(batched_frees, "mm_page_free_batched, not counted twice")          \
	X(pages_of_slabs,                                                    \
	  "page allocations that made slabs of the recorded kernel")         \
	X(pages_of_large_kmalloc, "page allocations behind large kmalloc")   \
	X(implied_page_allocs, "page allocations implied (bulk, no event)")  \
	X(implied_page_frees, "page frees implied")                          \
	X(split_frees, "blocks freed in parts")                              \
	X(pcp_refills, "pages taken from the buddy lists to per-CPU lists")  \
	X(pcp_drains, "pages drained from per-CPU lists")                    \
	X(extfrag_events, "migrate-type fallbacks recorded")                 \
	X(cache_from_free, "caches learnt from a later free")                \
	X(cache_from_site, "caches learnt from the call site")               \
	X(cache_from_size, "caches learnt from the size")                    \
	X(cache_from_page, "caches learnt from a neighbour in the page")     \
	X(cache_unknown, "allocations whose cache cannot be told")           \
	X(cross_cpu_frees, "frees on another CPU than the allocation")       \
	X(hashed_pointers, "hashed pointers (addresses are not real)")       \
	X(page_frees_before_start,                                           \
	  "frees of pages allocated before the start")                       \
	X(moved_pages, "pages moved by compaction (no event)")               \
	X(lines_bad, "lines of text that are no event")                      \
	X(vmstat_phase_us,                                                   \
	  "us after each second at which CPUs do their vmstat work")

#define TRACE_COUNT_FIELD_(id, text) u64 id;
struct trace_counts {
	TRACE_COUNTS(TRACE_COUNT_FIELD_)
};

#define TRACE_COUNT_ONE_(id, text) +1
enum {
	NR_TRACE_COUNTS = 0 TRACE_COUNTS(TRACE_COUNT_ONE_)
};

struct trace_count_name {
	const char *id;	  /* as in struct trace_counts */
	const char *text; /* in plain words */
};
extern const struct trace_count_name trace_count_names[NR_TRACE_COUNTS];

/** trace_count_at() - The @i-th count, in the order of trace_count_names. */
u64 *trace_count_at(struct trace_counts *counts, u32 i);

struct trace_oom_adj {
	u32 task;
	s32 adj; /* -1000..1000 */
};

struct trace_info {
	char source_format[32]; /* "trace.dat", "ktr", "kmt", ... */
	char kernel[64]; /* release of the recorded machine, "" unknown */
	u32 nr_cpus;
	u32 nr_nodes;
	u32 nr_slots;
	u32 nr_caches;	 /* largest cid or mid + 1 */
	u64 nr_events;	 /* 0: not known before the end (text) */
	u64 duration_ns; /* 0: likewise */
	struct trace_strings names;
	struct trace_strings sites;	    /* sites.at[0] = "?" */
	struct trace_strings tasks;	    /* tasks.at[0] = "?" */
	VEC(struct trace_oom_adj) oom_adjs; /* of workload files only */
	u8 cpu_to_node[TRACE_CPUS_MAX];	    /* of the recorded machine */
	struct trace_counts counts;
};

void trace_info_init(struct trace_info *info);
void trace_info_free(struct trace_info *info);
/** trace_strings_add() - Appends a copy; returns its index. */
u32 trace_strings_add(struct trace_strings *s, const char *text, size_t len);

/* Reading */

struct trace_reader; /* opaque */

/**
 * trace_open() - Opens a trace of any format, found out from its content
 * (.kmt, .ktr, trace.dat, perf script text, ftrace text; each may be
 * compressed with zstd).  Recordings are imported in memory.
 * Return: the reader, owned by the caller (trace_close()), NULL with @e.
 */
struct trace_reader *trace_open(const char *path, struct err *e);

#define TRACE_WORKLOAD_CPUS 4u /* CPUs of a workload without a machine */
/**
 * trace_open_on() - As trace_open(); a workload YAML is generated for
 * @nr_cpus CPUs, anything else does not care.
 */
struct trace_reader *trace_open_on(const char *path, u32 nr_cpus,
				   struct err *e);

/* Where the memory of the recorded machine lies. */
struct trace_memory {
	struct {
		u64 start_pfn;
		u64 end_pfn;
		u32 nid;
	} ranges[TRACE_NODES_MAX * 4];
	u32 nr_ranges;
	u32 nr_cpus;
	u8 cpu_to_node[TRACE_CPUS_MAX];
};
/**
 * trace_open_recorded() - As trace_open(); of a recording, allocations of
 * pages that were served by another node than the CPU's are TRACE_PLACED.
 * @memory: of the machine that recorded it; borrowed until this returns.
 */
struct trace_reader *trace_open_recorded(const char *path,
					 const struct trace_memory *memory,
					 struct err *e);
void trace_close(struct trace_reader *r);
/** Borrowed; grows while text is read. */
const struct trace_info *trace_reader_info(const struct trace_reader *r);
/**
 * trace_read() - The next records.
 * @recs: set to a borrowed array, valid until the next call.
 * Return: how many (0 = the end), or a negative errno with @e when the file
 * is damaged here; all records before the damage have been handed out.
 */
s64 trace_read(struct trace_reader *r, const struct trace_rec **recs,
	       struct err *e);
/** Share read so far, 0..1, for progress. */
double trace_reader_progress(const struct trace_reader *r);

/* Writing */

struct trace_writer; /* opaque */

enum trace_format {
	TRACE_FORMAT_KTR,
	TRACE_FORMAT_KMT
};

/**
 * trace_create() - A new trace file; nothing stands under @path until
 * trace_finish() has succeeded.
 * @info: borrowed until trace_finish(); its strings may grow until then.
 */
struct trace_writer *trace_create(const char *path, enum trace_format format,
				  const struct trace_info *info, struct err *e);
int trace_write(struct trace_writer *w, const struct trace_rec *recs, u32 nr,
		struct err *e);
/** Completes the file and frees @w, whatever happens. */
int trace_finish(struct trace_writer *w, struct err *e);
/** Drops the file and frees @w. */
void trace_abandon(struct trace_writer *w);

#endif
