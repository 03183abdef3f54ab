/*
 * procsnap.h - what anybody can collect of a live machine: the files of
 * /proc and /sys/kernel/slab that contrib/snapshot.sh copies, parsed.
 *
 * Only parsing: before.c makes a machine of it, validate.c compares with it.
 * A file FILE.start (before) or FILE.end (after) that stands beside FILE was
 * read closer to the recording and is preferred where the caller says so.
 */
#ifndef SIM_PROCSNAP_H
#define SIM_PROCSNAP_H

#include "base/err.h"
#include "base/types.h"
#include "mm/inspect.h"

#define PROCSNAP_ZONES_MAX  (MAX_NR_ZONES * MM_NODES_MAX)
#define PROCSNAP_CACHES_MAX 4096

struct procsnap_pcp {
	s32 count;
	s32 high;
	s32 batch;
	/* Its count is another in the plain file, read some seconds before. */
	bool moved;
};

struct procsnap_zone {
	u32 nid;
	char name[16];
	enum zone_type type;
	u64 start_pfn;
	u64 spanned;
	u64 present;
	u64 managed;
	u64 free; /* nr_free_pages */
	u64 min;
	u64 low;
	u64 high;
	u64 boost;
	u64 protection[MAX_NR_ZONES];
	u32 nr_protection;
	s32 stat_threshold;
	struct procsnap_pcp *pcp; /* [nr_cpus], owned */
	/* All MOVABLE where pagetypeinfo does not tell them. */
	u64 free_blocks[MIGRATE_TYPES][MAX_ORDER];
	u64 pageblocks[MIGRATE_TYPES];
};

struct procsnap_cache {
	char name[INSPECT_NAME_MAX];
	u64 active_objs; /* slabinfo */
	u64 num_objs;
	u64 num_slabs;
	u32 objsize;
	u32 objs_per_slab;
	u32 pages_per_slab;
	/* slab.sysfs; all 0 when that file is not there */
	bool in_sysfs;
	u32 object_size;
	u32 slab_size;
	u32 order;
	u32 align;
	u32 cpu_partial;
	u32 min_partial;
	u64 slabs_node[MM_NODES_MAX];
	u64 partial; /* slabs on the nodes' partial lists */
	bool reclaim_account;
	bool hwcache_align;
	bool destroy_by_rcu;
	bool cache_dma;
	bool ctor;
	bool sanity_checks; /* slub_debug=F was given */
	u32 aliases;
};

struct procsnap_alias {
	char name[INSPECT_NAME_MAX];
	char target[INSPECT_NAME_MAX];
};

struct procsnap {
	u32 nr_nodes;
	u32 nr_cpus;
	u8 cpu_to_node[MM_CPUS_MAX];
	u8 distance[MM_NODES_MAX][MM_NODES_MAX]; /* 0: not told */
	struct procsnap_zone *zones;		 /* owned */
	u32 nr_zones;
	struct procsnap_cache *caches; /* owned, in the order of slabinfo */
	u32 nr_caches;
	struct procsnap_alias *aliases; /* owned: names merged into another */
	u32 nr_aliases;
	bool thp; /* vmstat counts transparent huge pages: they are built in */
	u64 vm_events[NR_VM_EVENTS]; /* of vmstat, those that we count too */
};

/**
 * procsnap_load() - Reads @dir.  zoneinfo and buddyinfo must be there;
 * pagetypeinfo, slabinfo, slab.sysfs, slab.aliases and the node files add
 * what they know.
 * @suffix: ".start", ".end", or "" to take the plain files only.
 * Return: 0, procsnap_free() when done; negative with @e (file:line).
 */
int procsnap_load(struct procsnap *p, const char *dir, const char *suffix,
		  struct err *e);
void procsnap_free(struct procsnap *p);

/** The cache called @name, or the one that name was merged into; or NULL. */
const struct procsnap_cache *procsnap_cache(const struct procsnap *p,
					    const char *name);

#endif
