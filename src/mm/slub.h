/*
 * slub.h - inside SLUB: its structs and the layout of a cache.
 *
 * Private to slub*.c, their tests and cmd/geometry.c; everybody else goes
 * through slab.h.
 */
#ifndef MM_SLUB_H
#define MM_SLUB_H

#include "mm/slab.h"

#define SLUB_MAX_OBJECTS  32767 /* a slab holds no more slots */
#define SLUB_MIN_PARTIAL  5
#define SLUB_MAX_PARTIAL  10
#define SLUB_KMALLOC_LOW  3	      /* the smallest class is 8 bytes */
#define SLUB_CMPXCHG_FLAG 0x40000000u /* __CMPXCHG_DOUBLE of 6.1 on x86-64 */

/* The next-free entry of a slot that is handed out. */
#define SLOT_ALLOCATED ((u16)0xfffe)

/* How a cache is laid out: struct kmem_cache's fields of the same names. */
struct slub_layout {
	u32 object_size;
	u32 size;
	u32 align;
	u32 inuse;
	u32 offset; /* of the free pointer in a free object */
	u32 order;
	u32 objects;
	u32 min_order;
	u32 min_objects;
	u32 cpu_partial;
	u32 cpu_partial_slabs; /* objects where the profile counts those */
	u32 min_partial;
	slab_flags_t flags;
	gfp_t allocflags;
};

/**
 * slub_calculate_sizes() - Lays out a cache as calculate_sizes() does.
 * @align: as calculate_alignment() made it.
 * Return: false when no slab can hold such an object.
 */
bool slub_calculate_sizes(const struct mm_conf *conf, u32 object_size,
			  u32 align, slab_flags_t flags, struct slub_layout *l);

/** slub_allocflags() - What a cache adds to the flags of its slabs' pages. */
gfp_t slub_allocflags(slab_flags_t flags, u32 order);

/* struct kmem_cache_cpu: everything the fast paths need, in a line. */
struct slub_cpu {
	u16 *links;    /* next-free array of the cpu slab; borrowed */
	paddr_t base;  /* address of its slot 0 */
	pfn_t slab;    /* the cpu slab, PFN_NONE: none */
	pfn_t partial; /* first of the cpu partial slabs */
	u16 freelist;  /* first free slot of the CPU's own list */
	u8 nid;	       /* node of the cpu slab */
	u32 nr_alloc_slow;
	u64 nr_alloc;
	u64 nr_free;
	u32 nr_free_slow;
	u32 nr_free_remote;
};

/* struct kmem_cache_node: one node's slabs with free objects. */
struct slub_node {
	struct page_list partial;
	struct mm_lock list_lock; /* of partial and nr_partial */
	u64 nr_partial;
	u64 nr_slabs;	   /* of this node, wherever they are */
	u64 total_objects; /* slots in them */
	paddr_t self;	   /* where Linux keeps this struct; 0: nowhere */
};

struct slub_cache {
	struct kmem_cache base;
	struct slub_cpu *cpus;	 /* [nr_cpus], owned */
	struct slub_node *nodes; /* [nr_nodes], owned */
	u32 size;		 /* = layout.size: next to the pointers */
	u32 reciprocal;		 /* ceil(2^32 / size) */
	struct slub_layout layout;
	u16 *random_seq; /* permutation of the slots, or NULL; owned */
	u64 nr_defrag;	 /* get_any_partial() calls: seeds its dice */
	u64 nr_pages;	 /* of all its slabs */
	u64 nr_slab_new;
	u64 nr_slab_freed;
	u64 nr_restored;       /* objects a restored state came with */
	u32 cpu_partial_limit; /* slabs, or objects before 5.16 */
	u32 cpu_partial_half;  /* what get_partial_node() takes at most */
	bool count_objects;    /* which of the two */
	bool has_cpu_partial;
	bool restored; /* from a recorded state: its structs are not known */
	bool debug;    /* slub_debug=F */
};

/* mm->slab_private of SLUB. */
struct slub_state {
	u16 *arena; /* next-free arrays, lazily committed; owned */
	u64 arena_units;
	u64 arena_used;	 /* units; handle 0 is never given out */
	u32 *arena_free; /* [SLUB_ARENA_CLASSES] heads by size in units */
	/* TYPESAFE slabs that wait for a grace period, by the CPU that freed. */
	struct page_list *rcu; /* [nr_cpus], owned */
};

#define SLUB_ARENA_UNIT	   4u /* u16 entries a unit of the arena */
#define SLUB_ARENA_CLASSES (SLUB_MAX_OBJECTS / SLUB_ARENA_UNIT + 2)

static inline struct slub_cache *to_slub(struct kmem_cache *s)
{
	return container_of(s, struct slub_cache, base);
}

static inline const struct slub_cache *to_slub_const(const struct kmem_cache *s)
{
	return (const struct slub_cache *)(const void *)s;
}

static inline struct slub_state *slub_state(const struct mm *mm)
{
	return mm->slab_private;
}

static inline u16 *slub_links(const struct slub_state *st, u32 slots)
{
	return st->arena + (size_t)slots * SLUB_ARENA_UNIT;
}

/** slub_slots_alloc() - A next-free array of @objects entries: its handle. */
u32 slub_slots_alloc(struct slub_state *st, u32 objects);
void slub_slots_free(struct slub_state *st, u32 slots, u32 objects);

/** slub_cache_new() - The host's half of a cache; NULL: too many caches. */
struct slub_cache *slub_cache_new(struct mm *mm, const struct slub_layout *l);
/** slub_slab_setup() - Makes the pages at @page a slab of @s, all free. */
void slub_slab_setup(struct slub_cache *s, struct page *page, u32 order,
		     u32 objects);
void slub_add_partial(struct slub_cache *s, struct slub_node *n,
		      struct page *page, bool tail);
void slub_remove_partial(struct slub_cache *s, struct slub_node *n,
			 struct page *page);
/** slub_discard_slab() - An empty slab on no list goes, counts and all. */
void slub_discard_slab(struct slub_cache *s, struct page *page);
/** slub_free_slab() - The same without the node's counts. */
void slub_free_slab(struct slub_cache *s, struct page *page);
/** slub_slab_pages() - The nr_slab_* counter of a slab at @pfn. */
u64 *slub_slab_pages(struct mm *mm, pfn_t pfn, slab_flags_t flags);
/** slub_release_pages() - The pages of an emptied slab go back. */
void slub_release_pages(struct mm *mm, struct page *page, slab_flags_t flags);
/** slub_rcu_queue() - They do so after the next grace period. */
void slub_rcu_queue(struct mm *mm, struct page *page);
/** slub_flush_cpu() - @cpu keeps no slab of @s any more. */
void slub_flush_cpu(struct slub_cache *s, u32 cpu);
/** slub_adopt_structs() - Guesses which objects hold a restored cache. */
void slub_adopt_structs(struct slub_cache *s);
/** slub_forget_slabs() - No next-free array is in use any more. */
void slub_forget_slabs(struct mm *mm);
/** slub_new_slab() - A fresh slab on no list; NULL: no pages. */
struct page *slub_new_slab(struct slub_cache *s, gfp_t gfp, int nid);

/* The rest of struct slab_ops: slub_cache.c, slub_check.c. */
int slub_init(struct mm *mm, struct err *e);
void slub_exit(struct mm *mm);
struct kmem_cache *slub_create(struct mm *mm, const char *name, u32 size,
			       u32 align, slab_flags_t flags);
int slub_shutdown(struct kmem_cache *s);
void slub_release(struct kmem_cache *s);
int slub_shrink(struct kmem_cache *s);
void slub_rcu_barrier(struct mm *mm);
int slub_check(const struct mm *mm, struct err *e);
void slub_inspect(const struct kmem_cache *s, struct cache_snapshot *out);
void slub_walk(const struct kmem_cache *s,
	       void (*fn)(void *arg, const struct slab_view *v), void *arg);
u64 slub_nr_pages(const struct kmem_cache *s);
void slub_gauge(const struct kmem_cache *s, struct cache_gauge *out);
void slub_get_slabinfo(const struct kmem_cache *s, struct slabinfo *si);

#endif
