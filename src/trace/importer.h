/*
 * importer.h - what the readers of recordings (trace.dat, text) and the
 * pairing of their events share; private to trace/.
 *
 * A reader turns each event into a struct raw_event and hands it to
 * importer_event() in time order.  The importer pairs addresses with slots
 * (pair.c), learns which cache each object is of (caches.c) and which page
 * events the replay must not repeat (pages.c).  docs/import.md has the rules.
 *
 * While records are being made, fields that their operation does not use
 * hold notes of the importer: .name the kind (index in importer.kinds) of a
 * slab allocation; .align of a CACHE_ALLOC: 1 + the cache of a neighbour in
 * its page.  importer_finish() clears them.
 */
#ifndef TRACE_IMPORTER_H
#define TRACE_IMPORTER_H

#include "base/vec.h"
#include "trace/import.h"
#include "trace/u64map.h"

#define IMPORT_EVENTS_MAX   (1u << 31) /* events of one recording */
#define IMPORT_PFN_MAX	    (1ull << 40)
#define IMPORT_PID_MAX	    (1u << 30)
#define IMPORT_SIZE_MAX	    (1ull << 31) /* bytes of one allocation */
#define IMPORT_ORDER_MAX    14u
#define IMPORT_VOTE_EVENTS  (1u << 20) /* kept back until the base is known */
#define IMPORT_PAGE_SHIFT   12u
#define IMPORT_SLAB_MAX	    8192u /* larger kmallocs are pages */
#define IMPORT_SLAB_ORDER   5u	  /* slabs have at most this order */
#define IMPORT_ARRAY_MAX    512u  /* page pointers in a kmalloc of a page */
#define IMPORT_NESTED_MAX   16u	  /* such arrays, of an array of them */
#define IMPORT_BULK_MAX	    (IMPORT_NESTED_MAX * (IMPORT_ARRAY_MAX + 1))
#define IMPORT_SLOT_MIN	    8u	  /* bytes of the smallest slab object */
#define IMPORT_OP_DROPPED   0xffu /* a record that is not handed out */
#define IMPORT_NO_SLOT	    UINT32_MAX
#define IMPORT_FREED_UNSEEN (UINT32_MAX - 1) /* freed; no event said so */
#define IMPORT_CACHE_NONE   0xffffu
#define IMPORT_KIND_VOTES   4u
#define IMPORT_BASE_CANDS   1024u

/* The events of interest; X(id, name of the tracepoint). */
#define RAW_EVENTS(X)                                    \
	X(KMALLOC, "kmalloc")                            \
	X(KMALLOC_NODE, "kmalloc_node")                  \
	X(CACHE_ALLOC, "kmem_cache_alloc")               \
	X(CACHE_ALLOC_NODE, "kmem_cache_alloc_node")     \
	X(KFREE, "kfree")                                \
	X(CACHE_FREE, "kmem_cache_free")                 \
	X(PAGE_ALLOC, "mm_page_alloc")                   \
	X(PAGE_FREE, "mm_page_free")                     \
	X(PAGE_FREE_BATCHED, "mm_page_free_batched")     \
	X(PAGE_ZONE_LOCKED, "mm_page_alloc_zone_locked") \
	X(PCPU_DRAIN, "mm_page_pcpu_drain")              \
	X(EXTFRAG, "mm_page_alloc_extfrag")              \
	X(COMPACTION_BEGIN, "mm_compaction_begin")       \
	X(COMPACTION_END, "mm_compaction_end")           \
	X(PERCPU_ALLOC, "percpu_alloc_percpu")           \
	X(PERCPU_FREE, "percpu_free_percpu")

#define RAW_EVENT_ENUM_(id, text) RAW_##id,
enum raw_type {
	RAW_EVENTS(RAW_EVENT_ENUM_) NR_RAW_TYPES,
	RAW_OTHER = NR_RAW_TYPES /* any other event: counted only */
};

extern const char *const raw_type_names[NR_RAW_TYPES];

/* One event of the recording; a field that the event lacks is 0 or -1. */
struct raw_event {
	u64 time_ns;
	u64 ptr; /* address; pages: pfn; per-CPU: base + offset */
	u64 bytes_req;
	u64 bytes_alloc; /* per-CPU: the alignment */
	gfp_t gfp;
	s32 node;
	u32 site; /* index in info.sites */
	u32 task; /* index in info.tasks */
	u32 pid;
	u16 cpu;
	u16 cache; /* of importer_cache(), or IMPORT_CACHE_NONE */
	u8 type;   /* enum raw_type */
	u8 order;
	bool accounted;
	bool refill;	 /* zone_locked: for a per-CPU list */
	bool softirq;	 /* in one */
	bool interrupts; /* in a softirq: who was interrupted held a spinlock */
};

/* What vmalloc() allocates, in this order. */
enum import_vm {
	IMPORT_VM_NONE,
	IMPORT_VM_AREA,
	IMPORT_VM_MAP,
	IMPORT_VM_ARRAY /* of pointers to its pages */
};

/* Allocations of one call site and size: they are of one cache. */
struct alloc_kind {
	u32 site;
	u32 bytes_req;
	u32 bytes_alloc;
	bool accounted; /* to a cgroup, by the cache's flag */
	u32 nr_allocs;
	u32 nr_freed; /* by an event */
	u32 nr_gone;  /* found gone without one */
	bool unseen;  /* they are freed without an event: kfree_rcu.c */
	u64 most_ns;  /* age by which nine in ten of these were found gone */
	enum import_vm vm; /* a part of vmalloc() */
	u32 own_cache;	   /* the cache it is booked to until a name is known */
	struct {
		u32 cache;
		u32 nr;
	} votes[IMPORT_KIND_VOTES]; /* names that later frees gave */
};

/* A kmem_cache or a kmalloc class. */
struct import_cache {
	u32 name;      /* index in info.names */
	u32 bytes_req; /* of the kind with the most votes; 0 unknown */
	u32 bytes_alloc;
	u32 votes;
	gfp_t gfp; /* kmalloc class: what chooses its type */
	slab_flags_t flags;
	u64 last_ptr;
	u32 step;     /* common divisor of distances in a page; 0 unknown */
	bool kmalloc; /* a kmalloc class: no cache of its own in the trace */
	bool io_end;  /* ext4's of data that it writes */
	bool bio;     /* requests to block devices */
	bool unnamed; /* stands for all caches of this size */
	bool used;
	u16 cid; /* in the trace handed out */
};

/* The last page allocation of a CPU, until a slab event uses it. */
struct import_last_page {
	u64 pfn;
	u32 rec;
	u32 pid;
	u8 order;
	bool pending;
};

struct import_slots {
	VEC(u32) spare; /* last freed first */
	u32 next;
};

/* A page that compaction moved away: alive at a pfn nobody told. */
struct import_moved {
	VEC(u32) recs;
	size_t head; /* first that is still there */
};

/* A free that waits for its page's cache to be told. */
struct import_unknown {
	u64 ptr;
	u32 alloc;  /* record of the allocation that was inferred */
	u32 freed;  /* and of the free */
	u32 next;   /* 1 + index of another of the page; 0 none */
	bool early; /* alloc is in importer.early */
	bool told;  /* no longer unknown */
};

/* An object that was found gone: its age then. */
struct import_gone {
	u64 age_ns;
	u32 kind;
};

/* What a call site of kfree() freed: the first class, and others. */
struct import_freer {
	u32 cache;
	u32 nr;
	u32 nr_others;
};

/* The array of pointers to pages that vmalloc() took: bulk_pages.c. */
struct import_array {
	u32 first; /* record of the first page's allocation; others follow */
	u32 nr;
};

/* A free of a page that nothing was known of, and what was made of it. */
struct import_unseen {
	u32 alloc; /* record of its allocation, in recs or early */
	u32 freed; /* and of the free */
	enum import_was {
		IMPORT_WAS_IMPLIED,
		IMPORT_WAS_EARLY,
		IMPORT_WAS_MOVED
	} was;
};

/* What a CPU is at, until its next event of another kind. */
struct import_bulk {
	u32 pid;
	u32 areas;   /* of vmalloc(), one after the other */
	u32 filling; /* 1 + index of the array that is being filled; 0 none */
	VEC(struct import_unseen) freed;
};

/* The last event of a CPU that was in no softirq. */
struct import_last_event {
	u32 pid;
	u8 type; /* enum raw_type */
};

struct importer {
	struct trace_info *info;
	struct trace_counts *counts; /* of info */
	struct err *e;
	const struct trace_memory *memory; /* borrowed; NULL: not known */
	u32 page_shift;			   /* of the recorded machine */
	u32 version;			   /* KERNEL_VERSION_OF, 0 unknown */
	bool nameless; /* no event has cache names (5.10 and before) */
	bool hashed;   /* addresses are hashes */
	bool too_many; /* caches */
	u64 first_ns;
	u64 last_ns;
	u64 nr_seen;

	VEC(struct trace_rec) recs;
	VEC(struct trace_rec) early; /* allocated before the start */
	VEC(struct alloc_kind) kinds;
	VEC(struct import_cache) caches;
	struct import_slots slots;
	struct import_last_page last_page[TRACE_CPUS_MAX];
	struct import_moved moved[IMPORT_ORDER_MAX + 1];
	struct import_last_event last_event[TRACE_CPUS_MAX];
	VEC(u64) looks; /* where in a second CPUs did their vmstat work */
	VEC(struct import_array) arrays;
	struct import_bulk bulk[TRACE_CPUS_MAX];
	VEC(struct import_unknown) unknown;
	VEC(struct import_gone) gone;
	VEC(struct import_freer) freers; /* by call site */

	struct u64map objects;	  /* address: a = record, b = slot or NONE */
	struct u64map percpu;	  /* likewise */
	struct u64map frames;	  /* pfn + 1: a = record, b = see pages.c */
	struct u64map kind_of;	  /* site and sizes: a = index in kinds */
	struct u64map cache_of;	  /* hash of the name: a = index in caches */
	struct u64map site_of;	  /* address or hash of text: a = site */
	struct u64map task_of;	  /* pid: a = task */
	struct u64map gfp_of;	  /* number or hash of text: a = gfp_t */
	struct u64map compacting; /* pid + 1: a = depth */
	struct u64map array_of;	  /* address: a = 1 + index in arrays */
	struct u64map unknown_of; /* pfn + 1: a = 1 + index in unknown */

	/* Direct map base: found by voting, see pages.c. */
	bool base_known;
	bool base_settled; /* found or given up */
	u64 base;
	VEC(struct raw_event) held; /* until base_settled */
	struct {
		u64 base;
		u32 nr;
	} cands[IMPORT_BASE_CANDS];
	u32 nr_cands;
};

static inline bool import_is_live(const struct u64map_entry *obj)
{
	return obj->b < IMPORT_FREED_UNSEEN;
}

/* Names; each returns an index that the limits of trace.h bound. */

u32 importer_site_text(struct importer *im, const char *text, size_t len);
u32 importer_task(struct importer *im, u32 pid, u32 cpu, const char *comm,
		  size_t len);
u16 importer_cache(struct importer *im, const char *name, size_t len);
gfp_t importer_gfp_raw(struct importer *im, u64 raw);

void importer_init(struct importer *im, struct trace_info *info, struct err *e);
/** importer_event() - The next event in time order; @ev is copied. */
int importer_event(struct importer *im, const struct raw_event *ev);
/** importer_finish() - Fills @out from all events; call once. */
int importer_finish(struct importer *im, struct imported *out);
void importer_free(struct importer *im);

/* Readers. */

enum import_kind import_detect_text(const char *start, size_t len);
int import_dat(int fd, const char *path, struct importer *im);
int import_text(int fd, const char *path, enum import_kind kind,
		struct importer *im);

/* Between the importer's files. */

struct trace_rec *import_push(struct importer *im, const struct raw_event *ev,
			      enum trace_op op, u32 slot);
/** import_push_early() - An allocation before the start of the recording. */
struct trace_rec *import_push_early(struct importer *im,
				    const struct raw_event *ev,
				    enum trace_op op, u32 slot);
u32 import_slot_get(struct importer *im);
void import_slot_put(struct importer *im, u32 slot);

/** import_free_unseen() - @ptr, if it lives, was freed without an event. */
void import_free_unseen(struct importer *im, const struct raw_event *ev,
			u64 ptr);

/* caches.c */
/** import_cache_slot_size() - Bytes from object to object; 0 unknown. */
u32 import_cache_slot_size(const struct importer *im, u32 cache);
u32 alloc_kind_of(struct importer *im, const struct raw_event *ev);
/** import_kind_cache() - The cache that objects of @kind are booked to. */
u32 import_kind_cache(const struct importer *im, u32 kind);
void import_kind_vote(struct importer *im, u32 kind, u32 cache);
void import_cache_seen_at(struct importer *im, u32 cache, u64 ptr);
/** import_implied_alloc() - Makes @r the allocation of an object of @cache. */
void import_implied_alloc(struct importer *im, struct trace_rec *r, u32 cache,
			  u64 ptr);
/** import_note_page() - Notes the cache of @ptr's page in @alloc. */
void import_note_page(struct importer *im, struct trace_rec *alloc, u64 ptr);
void import_resolve_caches(struct importer *im);
void import_create_caches(struct importer *im, struct trace_rec *recs);
u64 import_nr_creates(struct importer *im);
void import_cache_guess(const struct import_cache *c, u32 *size, u32 *align,
			slab_flags_t *flags);

/* pages.c */
void import_base_vote(struct importer *im, const struct raw_event *ev);
void import_base_settle(struct importer *im);
void import_page_alloc(struct importer *im, const struct raw_event *ev);
void import_page_free(struct importer *im, const struct raw_event *ev);
void import_compaction(struct importer *im, const struct raw_event *ev);
/** import_touch() - A slab object of @cache (or NONE) lives at @ptr. */
void import_touch(struct importer *im, const struct raw_event *ev, u64 ptr,
		  u32 cache);
/** import_place() - The block of memory of @ptr, as trace_rec.align. */
u32 import_place(const struct importer *im, u64 ptr);
/** import_touched_cache() - The cache last seen in the page of @ptr. */
u32 import_touched_cache(const struct importer *im, u64 ptr);
void import_large(struct importer *im, const struct raw_event *ev);
/** import_page_key() - The page of @ptr, to others of this file; not 0. */
u64 import_page_key(const struct importer *im, u64 ptr);

/* bulk_pages.c */
/** import_vmalloc() - @ev is the allocation of @part of vmalloc(). */
void import_vmalloc(struct importer *im, const struct raw_event *ev,
		    enum import_vm part);
/** import_vmalloc_single() - @ev is a page allocation: of the array's? */
void import_vmalloc_single(struct importer *im, const struct raw_event *ev);
/** import_vfree_page() - @ev freed a page that nothing was known of. */
void import_vfree_page(struct importer *im, const struct raw_event *ev,
		       struct import_unseen u);
/** import_vfree() - @ev frees an object: perhaps an array, after its pages. */
void import_vfree(struct importer *im, const struct raw_event *ev);
/** import_bulk_before(), import_bulk_after() - Around each event: what the
 * CPU was at may be over. */
void import_bulk_before(struct importer *im, const struct raw_event *ev);
void import_bulk_after(struct importer *im, const struct raw_event *ev);

/* kfree_rcu.c */
/** import_gone() - What @alloc allocated is gone at @now_ns, without event. */
void import_gone(struct importer *im, const struct trace_rec *alloc,
		 u64 now_ns);
/** import_kfree_rcu() - At the end: frees of what else must be gone. */
void import_kfree_rcu(struct importer *im);

/* phase.c */
/** import_drain() - @ev drains a per-CPU list: is it the vmstat work's? */
void import_drain(struct importer *im, const struct raw_event *ev);
/** import_phase() - At the end: when in a second CPUs do that. */
void import_phase(struct importer *im);

/* unknown.c */
/** import_unknown_add() - @u waits until the cache of @page (0: of none) is
 * told. */
void import_unknown_add(struct importer *im, u64 page, struct import_unknown u);
/** import_unknown_told() - @page is of @cache: so is what waits for it. */
void import_unknown_told(struct importer *im, u64 page, u32 cache);
/** import_unknown_forget() - @page is given back: nothing can tell any more. */
void import_unknown_forget(struct importer *im, u64 page);
/** import_unknown_vote() - A kfree() at @site was of an object of @cache. */
void import_unknown_vote(struct importer *im, u32 site, u32 cache);
/** import_unknown_finish() - What no page told: call sites may. */
void import_unknown_finish(struct importer *im);

#endif
