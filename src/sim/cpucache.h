/*
 * cpucache.h - CPU caches, TLBs and memory behind them, as the machine file
 * describes them (config.h): what an access costs, and why it missed.
 *
 * Each CPU has a path of caches for data and one for instructions; caches
 * that are shared stand on the paths of several CPUs.  The first-level data
 * caches are the agents of a directory that keeps all of them coherent
 * (MESI).  docs/machine.md describes the rules.  Addresses have up to 48
 * bits: of a simulated machine's memory, or of a recorded stream.
 *
 * Invariants (cpucache_check()): compulsory + capacity + conflict + coherence
 * misses == misses, by level and summed over owners; a line stands in a cache
 * once; a line that one agent may write stands on no other agent's path.
 */
#ifndef SIM_CPUCACHE_H
#define SIM_CPUCACHE_H

#include "base/err.h"
#include "sim/config.h"

#define CPUCACHE_ADDR_BITS 48
/* Accesses end here at most: the last line of all marks entries not in use. */
#define CPUCACHE_ADDR_END  (((u64)1 << CPUCACHE_ADDR_BITS) - 4096)
#define CPUCACHE_LINES_MAX ((u64)1 << 26) /* of all caches of a machine */

enum cpucache_how {
	CPUCACHE_READ,
	CPUCACHE_WRITE,
	CPUCACHE_FETCH,	 /* an instruction */
	CPUCACHE_MODIFY, /* read, then written: counts as one read */
	NR_CPUCACHE_HOW
};

enum miss_class {
	MISS_COMPULSORY, /* this cache never held the line */
	MISS_CAPACITY,	 /* LRU over all lines would have missed too */
	MISS_CONFLICT,	 /* it would not: the set was too small */
	MISS_COHERENCE,	 /* another CPU's write took the line away */
	NR_MISS_CLASSES
};
extern const char *const miss_class_names[NR_MISS_CLASSES];

/* What one owner did at one level; MODIFY counts as READ here. */
struct cpucache_use {
	u64 accesses[3]; /* by READ, WRITE, FETCH */
	u64 misses[3];
	u64 classes[NR_MISS_CLASSES]; /* all 0 without options.classes */
};

/* Lines that CPUs took from one another or from memory, by whose they are. */
struct cpucache_sharing {
	u64 upgrades;	   /* writes to a line that others could read */
	u64 true_sharing;  /* transfers for bytes that the other wrote */
	u64 false_sharing; /* for other bytes of the line */
	u64 memory_reads;  /* lines that came from memory */
	u64 memory_remote; /* of them: from another node's */
};

/* What happened at one level, all its caches together. */
struct cpucache_level {
	u64 evictions;		/* a line made room for another */
	u64 writebacks;		/* modified lines that left */
	u64 written_through;	/* writes passed on at once */
	u64 invalidations;	/* lines taken away by another CPU's write */
	u64 back_invalidations; /* lines that left with an inclusive level's */
	u64 transfers;		/* lines fetched out of this level by others */
	u64 prefetches;		/* lines fetched before they were asked for */
	u64 prefetch_hits;	/* of them, asked for before they left */
};

struct cpucache_totals {
	u64 accesses;	    /* all, of any size */
	u64 memory_reads;   /* lines from memory */
	u64 memory_writes;  /* lines, or writes that no cache takes */
	u64 memory_remote;  /* of the reads: of another node */
	u64 bandwidth_wait; /* cycles queued for memory.bandwidth */
	u64 upgrades;	    /* writes to a line that others could read */
	u64 true_sharing;   /* transfers for bytes that the other wrote */
	u64 false_sharing;  /* for other bytes of the line */
	u64 tlb_accesses;   /* pages looked up */
	u64 tlb_misses[2];  /* first and second level */
	cycles_t cycles;    /* latency of all accesses */
};

/* A set of the watched level, all its caches together, one owner. */
struct cpucache_set_use {
	u64 heads; /* objects handed out that begin there */
	u64 hits;
	u64 misses;
	u64 evictions;	/* of this owner's lines */
	u64 collisions; /* of them: by the same owner's, in conflict */
};

struct cpucache; /* opaque */

struct cpucache_options {
	bool classes;  /* explain misses: costs some speed */
	bool whole;    /* an access of two lines counts as cachegrind counts it;
		       only where all caches are as cachegrind's are */
	u32 nr_owners; /* 0 as 1; owners are below it */
	u64 memory_bytes; /* highest address of coherent memory; more than one
			     CPU needs it */
	s32 watch;	  /* index in config.caches to keep sets of; -1: none */
	void *arg;	  /* for the functions below */
	/* The node of an address; NULL: node 0 has all memory. */
	u32 (*node_of)(void *arg, u64 addr);
	/* Whose object lies there, and in which slab; false: nobody's, and
	 * @slab is left alone; @owner is set all the same. */
	bool (*object_of)(void *arg, u64 addr, u32 *owner, u64 *slab);
};

/** cpucache_fits() - Do @c's caches go together?  0, or negative with @e. */
int cpucache_fits(const struct config *c, struct err *e);

/**
 * cpucache_create() - Cold caches for the machine @c.
 * Return: owned by the caller; NULL with @e when the caches do not fit
 * together.
 */
struct cpucache *cpucache_create(const struct config *c,
				 const struct cpucache_options *opt,
				 struct err *e);
void cpucache_destroy(struct cpucache *h);

/**
 * cpucache_access() - CPU @cpu reads, writes or fetches @bytes at @addr on
 * behalf of @owner, at @now.
 * @bytes: any, 0 as 1; each line is one access, unless options.whole.
 * Return: cycles until the data is there; writes count their whole way.
 */
cycles_t cpucache_access(struct cpucache *h, u32 cpu, u64 addr, u32 bytes,
			 enum cpucache_how how, u32 owner, cycles_t now);

/* Results; @level: index in config.caches. */

const struct cpucache_totals *cpucache_totals(const struct cpucache *h);
const struct cpucache_level *cpucache_level(const struct cpucache *h,
					    u32 level);
const struct cpucache_use *cpucache_use(const struct cpucache *h, u32 level,
					u32 owner);
/** cpucache_sharing() - Adds up to the same counts of the totals. */
const struct cpucache_sharing *cpucache_sharing(const struct cpucache *h,
						u32 owner);
/** cpucache_sum() - Over all owners. */
void cpucache_sum(const struct cpucache *h, u32 level,
		  struct cpucache_use *sum);
/** cpucache_nr_sets() - Of one cache of that level. */
u64 cpucache_nr_sets(const struct cpucache *h, u32 level);
/** cpucache_watched_sets() - Of one cache of the watched level; 0: none. */
u64 cpucache_watched_sets(const struct cpucache *h);
/** cpucache_head() - An object of @owner at @addr was handed out. */
void cpucache_head(struct cpucache *h, u32 owner, u64 addr);
/**
 * cpucache_retire() - The owner @from is gone and starts anew; what it counted
 * goes to @into, but for its heads.
 */
void cpucache_retire(struct cpucache *h, u32 from, u32 into);
/** The sets of the watched level; NULL: none is watched. */
const struct cpucache_set_use *cpucache_sets(const struct cpucache *h,
					     u32 owner);
/** cpucache_is_whole() - Does it count as cachegrind counts? */
bool cpucache_is_whole(const struct cpucache *h);
/** cpucache_holds() - Does @cpu's cache of @level hold the line of @addr? */
bool cpucache_holds(const struct cpucache *h, u32 level, u32 cpu, u64 addr);
/** cpucache_check() - Walks everything; false with @e: what is wrong. */
bool cpucache_check(const struct cpucache *h, struct err *e);

#endif
