/*
 * cpucache_priv.h - what the files of cpucache*.c share.
 *
 * cpucache.c builds the machine's paths; cpucache_access.c is the way of an
 * access along them; cpucache_set.h looks lines up; cpucache_replace.c says
 * which line leaves; cpucache_dir.c keeps agents coherent; cpucache_mem.c is
 * TLB and memory; cpucache_shadow.c explains misses; cpucache_prefetch.c
 * guesses what comes next; cpucache_whole.c counts as cachegrind does;
 * cpucache_check.c walks the invariants.
 *
 * A line's entry is one word, its number and its state, so that entries of a
 * set can be kept in order of use by moving words; 0 is an entry not in use,
 * so that sets that are never used cost no host memory.
 */
#ifndef SIM_CPUCACHE_PRIV_H
#define SIM_CPUCACHE_PRIV_H

#include "base/bug.h"
#include "base/rng.h"
#include "sim/cpucache.h"
#include "sim/cpucache_shadow.h"

/* An entry: line + 1, whether it was prefetched, enum mesi. */
#define ENTRY_LINE_SHIFT 3
#define ENTRY_PREFETCHED ((u64)4)
#define ENTRY_MESI_MASK	 ((u64)3)

/* Ascending rights; a shared cache's lines are MESI_E or MESI_M. */
enum mesi {
	MESI_I,
	MESI_S,
	MESI_E,
	MESI_M
};

struct stride_entry {
	u64 page; /* 4 KiB region + 1; 0: not in use */
	u64 last; /* line */
	s64 step; /* lines, between the last two */
};
#define STRIDE_ENTRIES 16u

/* One cache.  What most accesses need comes first. */
struct ccache {
	u64 *entry; /* [nr_sets * ways], owned */
	u64 set_mask;
	u64 nr_sets;
	u32 ways;
	u32 latency;
	u8 line_shift;
	bool pow2;
	u8 policy;    /* enum cache_policy */
	u8 inclusion; /* enum cache_inclusion */
	u8 prefetch;  /* enum cache_prefetch */
	bool through; /* enum cache_write */
	bool no_allocate;
	bool private;		       /* of one agent */
	struct shadow *shadow;	       /* owned; NULL: misses not explained */
	struct cpucache_use *use;      /* [nr_owners] of the level, borrowed */
	struct cpucache_set_use *sets; /* h->sets; NULL: not watched */
	u32 level;		       /* index in config.caches */
	u32 nr;			       /* of the caches of that level */
	u32 first_cpu;		       /* of the CPUs that share it, */
	u32 end_cpu; /* with others between them if config.h has lists */
	bool used;   /* it had a line once */
	u64 *plru;   /* [nr_sets] bits of the tree, owned */
	u8 *rrpv;    /* [nr_sets * ways], owned */
	struct stride_entry *stride; /* [STRIDE_ENTRIES], owned */
	struct rng rng;
};

/* Caches of one kind from a CPU to memory; ends with NULL. */
struct cpath {
	struct ccache *at[CONFIG_CACHE_LEVELS_MAX + 1];
};

/* What the directory knows of a line of memory. */
struct line_owners {
	u64 holders; /* who may hold it, as bits for agents */
	u64 written; /* parts that the last writer has written */
};

struct tlb_cpu {
	u64 last; /* page of the last access + 1 */
	struct ccache *at[CONFIG_TLBS_MAX];
};

struct cpucache {
	struct cpath *data;  /* [nr_cpus], owned */
	struct cpath *fetch; /* [nr_cpus], owned */
	struct cpucache_use *use[CONFIG_CACHE_LEVELS_MAX + 1]; /* [nr_owners] */
	struct cpucache_sharing *sharing; /* [nr_owners], owned */
	struct cpucache_level lv[CONFIG_CACHE_LEVELS_MAX + 1];
	struct cpucache_totals sum;
	struct tlb_cpu *tlb; /* [nr_cpus], owned; NULL: none */
	u32 tlb_shift;
	u32 nr_tlbs;
	u32 tlb_latency[CONFIG_TLBS_MAX];
	u32 walk_cycles;
	u32 line_shift;	    /* of the first data cache */
	u32 min_line_shift; /* of all */

	bool coherent; /* more than one agent */
	u32 nr_agents;
	u32 group_agents;	 /* agents of a bit in dir */
	u64 nr_lines;		 /* of dir */
	struct line_owners *dir; /* [nr_lines], lazily committed */

	struct cpucache_set_use *sets; /* [nr_owners * watched sets], lazy */
	u64 watch_sets;
	size_t sets_bytes;

	u64 channel_free[MM_NODES_MAX]; /* bandwidth: when the node is free */
	u64 line_cycles_16; /* a line on the channel, 4 bits of fraction */
	u32 memory_latency;
	u32 cpu_node[MM_CPUS_MAX];
	u8 distance[MM_NODES_MAX][MM_NODES_MAX];
	cycles_t now; /* of the access under way */

	struct ccache *caches[CONFIG_CACHE_LEVELS_MAX + 1]; /* owned arrays */
	u32 nr_caches[CONFIG_CACHE_LEVELS_MAX + 1];
	u16 cache_of[CONFIG_CACHE_LEVELS_MAX + 1][MM_CPUS_MAX];
	u16 agent[MM_CPUS_MAX];	    /* of a CPU */
	u16 agent_cpu[MM_CPUS_MAX]; /* the first CPU of an agent */
	struct ccache *tlbs[CONFIG_TLBS_MAX];
	u32 nr_levels;
	u32 nr_cpus;
	u32 nr_owners;
	struct cpucache_options opt;
};

/* The access under way: who, what, for whom. */
struct access {
	struct cpucache *h;
	struct cpath *path;
	u64 addr;
	u32 bytes; /* within the line */
	u32 cpu;
	u32 owner;
	u8 how; /* READ, WRITE or FETCH: what is counted */
	bool write;
};

/* cpucache.c */

/** cpucache_settle() - Counts why caches missed, and what collided. */
void cpucache_settle(const struct cpucache *h);

/* cpucache_replace.c */

/** ccache_used() - The entry at @way of the set at @set was hit. */
void ccache_used(struct ccache *c, u64 set, u32 way);
/**
 * ccache_insert() - Puts @line, not there yet, into its set.
 * @state: not 0.
 * Return: the entry that had to leave; 0: none.
 */
u64 ccache_insert(struct ccache *c, u64 line, u64 state);
/** ccache_remove() - Takes @line out; its entry, 0: was not there. */
u64 ccache_remove(struct ccache *c, u64 line);

/* cpucache_access.c */

/** cpucache_put() - @line comes into @a's cache at depth @d, with @state. */
void cpucache_put(const struct access *a, u32 d, u64 line, u64 state);

/* cpucache_whole.c */

/** cpucache_whole() - One access as cachegrind counts it. */
cycles_t cpucache_whole(struct access *a);

/* cpucache_dir.c */

/**
 * dir_read(), dir_write() - The agent of @a->cpu wants to read or own @line.
 * @state: set to the state in which it may keep the line.
 * @supplied: set when another cache had modified it and sends it.
 * Return: cycles that asking the others takes; 0: no other had it.
 */
cycles_t dir_read(const struct access *a, u64 line, enum mesi *state,
		  bool *supplied);
cycles_t dir_write(const struct access *a, u64 line, bool *supplied);
/** dir_untouched() - Nobody else holds @line: it may be prefetched. */
bool dir_untouched(const struct access *a, u64 line);

/* cpucache_mem.c */

/** memory_way() - Cycles there and back, without waiting or counting. */
cycles_t memory_way(const struct access *a, u64 addr);
cycles_t memory_read(const struct access *a, u64 addr);
void memory_write(const struct access *a, u64 addr);
cycles_t tlb_access(struct cpucache *h, u32 cpu, u64 page);

/* cpucache_prefetch.c */

void cpucache_prefetch(const struct access *a, u32 d, u64 line);

#endif
