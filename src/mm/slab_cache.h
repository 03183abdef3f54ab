/*
 * slab_cache.h - the structures of SLAB (mm/slab.c of Linux 6.1), private to
 * slab*.c, its state loader and its tests.
 *
 * Invariants (slab_check.c):
 *	free_objects == free slots of the slabs on the node's lists
 *	a full slab is on slabs_full, an unused one on slabs_free, else partial
 *	entries of array caches are allocated slots that nobody holds
 */
#ifndef MM_SLAB_CACHE_H
#define MM_SLAB_CACHE_H

#include "base/vec.h"
#include "mm/slab.h"

#define SLAB_OBJ_MIN_BYTES 16u /* PAGE_SIZE >> 8: the index is a byte */
#define SLAB_OBJ_MAX_NUM   255u
#define SLAB_INDEX_MAX	   512u /* objects a slab, in any profile */
#define BATCHREFILL_LIMIT  16u
#define SLAB_ALIEN_LIMIT   12u
#define ARRAY_CACHE_BYTES  16u	/* struct array_cache without entries */
#define ALIEN_CACHE_BYTES  24u	/* struct alien_cache, likewise */
#define SLAB_NODE_BYTES	   120u /* struct kmem_cache_node of SLAB */
#define REAPTIMEOUT_AC_S   2u
#define REAPTIMEOUT_NODE_S 4u

/* Where a slab's free index array lies. */
enum slab_management {
	SLAB_MGMT_OBJFREELIST, /* in the slab's last free object */
	SLAB_MGMT_OFF,	       /* kmalloc'ed */
	SLAB_MGMT_ON	       /* at the slab's end */
};

struct array_cache {
	u32 avail;
	u32 limit;
	u32 batchcount;
	bool touched;
	paddr_t self;	     /* where Linux keeps it; 0: in percpu memory */
	paddr_t *entry;	     /* [limit], owned */
	struct mm_lock lock; /* of an alien array */
};

enum slab_list_id {
	SLABS_FULL,
	SLABS_PARTIAL,
	SLABS_FREE,
	NR_SLAB_LISTS
};

struct slab_node {
	struct page_list lists[NR_SLAB_LISTS];
	u64 total_slabs;
	u64 free_slabs;
	u64 free_objects;
	u64 free_limit;
	u32 colour_next; /* in units of colour_off */
	bool free_touched;
	u64 next_reap_ms;	    /* simulated time */
	struct mm_lock list_lock;   /* of the lists and the shared array */
	struct array_cache *shared; /* owned; NULL: none */
	struct array_cache **alien; /* [nr_nodes], owned; NULL: none */
	paddr_t alien_self;	    /* the array of pointers */
	paddr_t self;		    /* struct kmem_cache_node */
};

/* How a cache is laid out: what `geometry` shows too. */
struct slab_layout {
	u32 size; /* of an object, with padding */
	u32 align;
	u32 gfporder;
	u32 num;	/* objects in a slab */
	u32 colour;	/* how many colours */
	u32 colour_off; /* bytes from one to the next */
	u32 freelist_bytes;
	u32 left_over;	 /* bytes of a slab that hold no object */
	u32 head_bytes;	 /* management in front of object 0; 0: not there */
	u32 index_bytes; /* of one free index */
	bool colour_steps_before;
	enum slab_management management;
};

struct slab_cache {
	struct kmem_cache base;
	struct slab_layout layout;
	gfp_t allocflags;
	u32 limit;
	u32 batchcount;
	u32 shared;
	u64 reciprocal;		       /* of layout.size, for slot numbers */
	struct array_cache *cpu_cache; /* [nr_cpus], owned */
	struct slab_node **nodes;      /* [nr_nodes], owned; NULL: no memory */
	/* Side arrays of slabs: off-slab address, then num free indexes. */
	u8 *sides;	/* owned */
	u32 side_bytes; /* of one */
	u32 nr_sides;
	u32 cap_sides;
	VEC(u32) unused_sides;
	/* Host only: what the report says. */
	u64 nr_alloc;
	u64 nr_alloc_slow;
	u64 nr_free;
	u64 nr_free_slow;
	u64 nr_free_remote;
	u64 nr_slab_new;
	u64 nr_slab_freed;
};

struct slab_state {
	VEC(struct slab_rcu {
		struct slab_cache *c;
		pfn_t pfn;
	})
	rcu;		/* TYPESAFE slabs waiting for a grace period */
	bool restoring; /* a recorded state is set: nothing is allocated */
	u64 now_ms;	/* of the last reap */
	u32 *reap_node; /* [nr_cpus], owned: whose aliens a CPU drains next */
};

static inline struct slab_state *slab_state_of(const struct mm *mm)
{
	return mm->slab_private;
}

static inline struct slab_cache *slab_cache_of(const struct kmem_cache *s)
{
	return (struct slab_cache *)(uintptr_t)s; /* base is first */
}

/* What a layout depends on besides the request. */
struct slab_layout_env {
	const struct mm_conf *conf;
	u32 max_order; /* 1 on machines above 32 MiB, else 0 (slab_max_order) */
	/** Bytes of the class that serves a kmalloc of so many; 0: none. */
	u32 (*kmalloc_size)(const void *arg, u32 bytes);
	const void *arg;
};

/**
 * slab_layout_of() - calculate_slab_order() and what decides the management.
 * @size: as asked for; @align: as calculate_alignment() made it.
 * Return: false when no slab can hold such an object.
 */
bool slab_layout_of(struct slab_layout *l, u32 size, u32 align,
		    slab_flags_t flags, const struct slab_layout_env *env);
/** slab_layout_booted() - The same on a machine of today, all classes made. */
bool slab_layout_booted(struct slab_layout *l, const struct mm_conf *conf,
			u32 size, u32 align, slab_flags_t flags);
/* slab_layout_old.c: the same with descriptors, up to Linux 3.12. */
bool slab_layout_descriptor(struct slab_layout *l, u32 size, u32 align,
			    slab_flags_t flags, u32 max_order);
/** slab_layout_textbook() - By the rules of Bonwick's paper of 1994. */
bool slab_layout_textbook(struct slab_layout *l, u32 size, u32 align);
/** slab_kmalloc_class() - Bytes of the class for a kmalloc of @size. */
u32 slab_kmalloc_class(const struct mm_conf *conf, u32 size);
/** slab_limits_tune() - What the configuration says instead, for @name. */
void slab_limits_tune(const struct mm_conf *conf, const char *name, u32 *limit,
		      u32 *batchcount, u32 *shared);
/** slab_management_name() - "objfreelist", "off", "on". */
const char *slab_management_name(enum slab_management m);
/** The limits enable_cpucache() chooses for objects of @size bytes. */
void slab_limits_of(u32 size, u32 nr_cpus, u32 *limit, u32 *batchcount,
		    u32 *shared);

/* slab.c, for slab_reap.c, slab_restore and the checker */

/** slab_page_setup() - Makes the block at @page a slab of @c, all free. */
void slab_page_setup(struct slab_cache *c, struct page *page, u32 colour_bytes);
paddr_t slab_index_to_obj(const struct slab_cache *c, const struct page *page,
			  u32 idx);
u16 *slab_side(const struct slab_cache *c, const struct page *page);
void slab_list_add(struct slab_cache *c, struct page *page,
		   enum slab_list_id id, bool tail);
void slab_list_del(struct slab_cache *c, struct page *page);
/** slab_free_block() - To their slabs on node @nid, which is not locked. */
void slab_free_block(struct slab_cache *c, const paddr_t *objs, u32 nr,
		     u32 nid);
void slab_drain_alien(struct slab_cache *c, struct array_cache *ac, u32 nid);
u32 slab_drain_freelist(struct slab_cache *c, u32 nid, u64 tofree);
u32 slab_transfer(struct array_cache *to, struct array_cache *from, u32 max);
u32 slab_obj_to_index(const struct slab_cache *c, const struct page *page,
		      paddr_t addr);

/* slab_cache.c: making and ending caches, booting */

/**
 * slab_cache_new() - A cache of layout @l with its arrays and nodes.
 * Return: the cache, without name and flags; NULL: no memory, or too many.
 */
struct slab_cache *slab_cache_new(struct mm *mm, const struct slab_layout *l,
				  u32 limit, u32 batchcount, u32 shared);
/** slab_set_allocflags() - What the cache's flags mean for its pages. */
void slab_set_allocflags(struct slab_cache *c);
/** slab_allocflags_of() - What a cache adds to the flags of its pages. */
gfp_t slab_allocflags_of(slab_flags_t flags);
/** slab_booted() - The general caches are there. */
bool slab_booted(const struct mm *mm);
struct kmem_cache *slab_create(struct mm *mm, const char *name, u32 size,
			       u32 align, slab_flags_t flags);
int slab_shutdown(struct kmem_cache *s);
void slab_release(struct kmem_cache *s);
int slab_init(struct mm *mm, struct err *e);
void slab_exit(struct mm *mm);

/* slab_cpucache.c: a cache's arrays and nodes */

bool slab_setup_cpu_cache(struct slab_cache *c, gfp_t gfp);
void slab_teardown_cpu_cache(struct slab_cache *c);

/* slab_reap.c */

/**
 * slab_cache_reap() - cache_reap() of this CPU: arrays not touched since the
 * last pass lose a fifth, unused slabs go back.  To be called every
 * REAPTIMEOUT_AC_S on each CPU.
 * @now_ms: simulated time.
 */
void slab_cache_reap(struct mm *mm, u64 now_ms);
int slab_shrink_all(struct kmem_cache *s);

/* slab_report.c: counting and checking */

int slab_check(const struct mm *mm, struct err *e);
void slab_fill_slabinfo(const struct kmem_cache *s, struct slabinfo *si);
void slab_fill_inspect(const struct kmem_cache *s, struct cache_snapshot *out);
u64 slab_nr_pages(const struct kmem_cache *s);
void slab_fill_gauge(const struct kmem_cache *s, struct cache_gauge *out);

#endif
