/*
 * state_parse.h - a recorded state of a kernel's allocators, as the files
 * freelists-LABEL.txt, slabs-LABEL.txt, snap-LABEL.txt and percpu-LABEL.txt
 * (each plain or .zst) tell it; see docs/formats.md.
 *
 * The files are not trusted.  A state that state_load() returns is sound:
 * pages lie in their zones and in one place only, blocks are aligned, slot
 * numbers are below the slab's objects and appear once, counts agree.
 */
#ifndef SIM_STATE_PARSE_H
#define SIM_STATE_PARSE_H

#include "base/err.h"
#include "base/types.h"
#include "base/vec.h"
#include "mm/mmzone.h"
#include "mm/restore.h"
#include "mm/vmstat.h"
#include "sim/state_scan.h"

#define STATE_ZONES_MAX	  (MM_NODES_MAX * MAX_NR_ZONES)
#define STATE_CPUS_MAX	  256u
#define STATE_CACHES_MAX  8192u
#define STATE_NAME_MAX	  64u
#define STATE_PFN_MAX	  (1u << 30) /* 4 TiB */
#define STATE_BLOCKS_MAX  (1u << 24)
#define STATE_OBJECTS_MAX 32767u /* of a slab: 15 bits in the kernel */
#define STATE_PAGE_SIZE	  ((u64)4096)

enum state_slab_kind {
	STATE_SLUB,
	STATE_SLAB,
	STATE_SLOB
};

/* A run of state.pfns or state.slots. */
struct state_run {
	u32 at;
	u32 nr;
};

struct state_pcp {
	s32 count;
	struct page_restore_pcp_state state;
	struct state_run lists[NR_PCP_LISTS]; /* of pfns, head first */
};

struct state_pageblocks {
	u64 first_pfn;
	u64 nr;
	enum migratetype type;
};

struct state_zone {
	u32 nid;
	enum zone_type type;
	u64 start_pfn;
	u64 spanned;
	u64 present;
	u64 managed;
	u64 watermark[NR_WMARK];
	u64 boost;
	u64 highatomic;
	u64 lowmem_reserve[MAX_NR_ZONES];
	s64 nr_free_folded;
	s64 nr_free_exact;
	s32 pageset_high;
	s32 pageset_batch;
	struct state_run free[MIGRATE_TYPES][MAX_ORDER]; /* head first */
	u64 nr_free[MIGRATE_TYPES][MAX_ORDER]; /* as the snapshot counts */
	VEC(struct state_pageblocks) pageblocks;
	struct state_pcp *pcp; /* [nr_cpus], owned */
	bool has_lists;	       /* freelists-*.txt told of it */
};

struct state_zoneref {
	u32 nid;
	enum zone_type type;
};

struct state_node {
	bool there;
	s32 kswapd_failures;
	s32 kswapd_order;
	s32 kswapd_highest_zoneidx;
	bool kswapd_waiting;
	u64 numa[NR_NUMA_STATS];
	VEC(struct state_zoneref) zonelist;
};

/* Where a slab is. */
enum state_slab_on {
	STATE_ON_CPU,	      /* a cpu's slab */
	STATE_ON_CPU_PARTIAL, /* where = cpu */
	STATE_ON_NODE	      /* node partial list: where = node */
};

struct state_slab {
	pfn_t pfn;
	u32 order;
	u32 inuse;
	u32 objects;
	bool frozen;
	enum state_slab_on on;
	u32 where;
	u32 partial_slabs; /* cpu partial list: the count at this entry */
	struct state_run cpufree; /* of slots: the cpu's freelist */
	struct state_run free;	  /* of slots: the slab's own freelist */
};

/* A line of slab_pages. */
struct state_slab_page {
	pfn_t pfn;
	u32 order;
	u32 inuse;
};

struct state_name {
	char at[STATE_NAME_MAX];
};

struct state_cache {
	char name[STATE_NAME_MAX];
	u32 object_size;
	u32 size;
	u32 align;
	u32 offset; /* of the free pointer */
	u32 order;
	u32 objects;
	u32 min_order;
	u32 min_objects;
	u32 cpu_partial;
	u32 cpu_partial_slabs;
	u32 min_partial;
	u32 flags; /* SLOB only */
	/* SLAB only: */
	u32 colour;
	u32 colour_off;
	char mgmt[16]; /* "objfreelist", "off", "on" */
	u32 limit;
	u32 batchcount;
	u32 shared;
	u32 nr_slabs[MM_NODES_MAX];
	u32 nr_found[MM_NODES_MAX];	   /* of them, in pages */
	VEC(struct state_slab) slabs;	   /* listed ones, in file order */
	VEC(struct state_slab_page) pages; /* all of them, listed ones too */
};

struct state {
	enum state_slab_kind kind;
	char label[STATE_NAME_MAX];
	u64 jiffies;
	u64 uptime_ns;
	u32 nr_cpus;
	u32 nr_nodes; /* highest node + 1 */
	u64 min_free_kbytes;
	u64 totalram_pages;
	VEC(pfn_t) pfns; /* of all free and per-cpu lists */
	VEC(u16) slots;	 /* of all freelists of slabs */
	VEC(struct state_zone) zones;
	VEC(struct state_cache) caches;		/* newest first */
	VEC(struct state_slab_page) slab_pages; /* as read, by cache_names */
	VEC(struct state_name) slab_page_names; /* [slab_pages.nr] */
	struct state_node nodes[MM_NODES_MAX];
};

/**
 * state_load() - Reads and checks snap-, freelists- and slabs-LABEL of @dir.
 * Return: the state, owned by the caller (state_free()), or NULL with @e.
 */
struct state *state_load(const char *dir, const char *label, struct err *e);
/**
 * state_load_texts() - The same from three texts in memory, in the order
 * snap, freelists, slabs.
 */
struct state *state_load_texts(const char *const texts[3], const size_t len[3],
			       struct err *e);
void state_free(struct state *st);

/* The steps of state_load(), each one file or one check. */
bool state_parse_snap(struct state *st, struct scan *s);
bool state_parse_freelists(struct state *st, struct scan *s);
bool state_parse_slabs(struct state *st, struct scan *s);
/** state_check() - Sorts slab pages to their caches; checks soundness. */
int state_check(struct state *st, const char *dir, struct err *e);

/** "DMA32"; false: no zone has that name. */
bool state_zone_type(const char *name, enum zone_type *type);
bool state_migratetype(const char *name, enum migratetype *mt);
struct state_zone *state_zone_of(struct state *st, u32 nid,
				 enum zone_type type);

#endif
