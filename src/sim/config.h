/*
 * config.h - a machine and a run, as the YAML describes them.
 *
 * Parsed, defaulted and validated here; everything behind works on this
 * struct only.  config_write() prints the fully resolved form: reading it
 * again gives the same struct.
 */
#ifndef SIM_CONFIG_H
#define SIM_CONFIG_H

#include "mm/mm.h"

#define CONFIG_CACHE_LEVELS_MAX 4
#define CONFIG_PLACE_MAX	320 /* bytes of "file:line:column" */
#define CONFIG_TLBS_MAX		2
#define CONFIG_NAME_MAX		64
#define CONFIG_MEM_UNIT		(4u << 20) /* bytes: a MAX_ORDER block */

enum sim_model {
	MODEL_NONE,  /* operations take no time: trace order is kept */
	MODEL_COSTS, /* each path costs what costs: says */
	MODEL_FULL   /* and each access what the CPU caches say */
};

enum sim_timing {
	TIMING_RECORDED, /* operations arrive when they did */
	TIMING_CLOSED	 /* each CPU goes as fast as it can */
};

/* How a recorded CPU or node becomes one of this machine. */
enum cpu_map {
	CPU_MAP_MODULO, /* recorded cpu % our cpus */
	CPU_MAP_SPREAD, /* recorded cpus spread evenly over ours */
	CPU_MAP_NODE	/* keep the node: node n's cpus onto node n % nodes */
};

enum zone_layout {
	ZONES_X86_64,
	ZONES_I386
};

enum cache_policy {
	CACHE_LRU,
	CACHE_PLRU, /* a tree of bits */
	CACHE_FIFO,
	CACHE_RANDOM,
	CACHE_SRRIP, /* two bits of predicted distance */
	NR_CACHE_POLICIES
};

/* Of what the nearer caches of its CPUs hold. */
enum cache_inclusion {
	CACHE_NINE, /* neither: each keeps what it likes */
	CACHE_INCLUSIVE,
	CACHE_EXCLUSIVE /* holds what the nearer ones gave up */
};

enum cache_prefetch {
	CACHE_NO_PREFETCH,
	CACHE_NEXT_LINE,
	CACHE_STRIDE
};

struct config_cpu_cache {
	u32 level;
	char type; /* 'd' data, 'i' instruction, 'u' unified */
	u64 size_bytes;
	u32 line_bytes;
	u32 ways;
	u32 latency_cycles;
	u32 shared_cpus; /* neighbours that share one; 0: first_cpu says who */
	u16 first_cpu[MM_CPUS_MAX]; /* of the CPUs that share this CPU's */
	enum cache_policy policy;
	enum cache_inclusion inclusion;
	enum cache_prefetch prefetch;
	bool write_through;
	bool allocate;		      /* a write that misses fetches the line */
	char place[CONFIG_PLACE_MAX]; /* where it stands, for messages */
};

/* The first of the CPUs that share @cpu's cache: names it. */
static inline u32 config_cache_cpu(const struct config_cpu_cache *k, u32 cpu)
{
	return k->shared_cpus ? cpu - cpu % k->shared_cpus : k->first_cpu[cpu];
}

struct config_tlb {
	u32 entries;
	u32 ways;
	u32 latency_cycles; /* added when it hits; first level: usually 0 */
};

struct config_node {
	u64 memory_bytes;   /* 0: CPUs only; a multiple of CONFIG_MEM_UNIT */
	u64 reserved_bytes; /* kernel image, memory map; config_layout.c */
	u64 movable_bytes;  /* ZONE_MOVABLE at the node's end */
};

#define CONFIG_DEVICES_MAX     16
#define CONFIG_DEVICE_NAME_MAX 32
#define CONFIG_QUEUE_DEPTH_MAX 4096
#define CONFIG_NO_DEVICE       UINT32_MAX

struct config_device {
	char name[CONFIG_DEVICE_NAME_MAX];
	u64 latency_ns;	    /* of a request, besides its transfer */
	u64 read_bandwidth; /* bytes a second */
	u64 write_bandwidth;
	u32 queue_depth; /* requests of a direction that it is at together */
};

/* What a lock costs besides the waiting. */
#define NR_LOCK_COSTS 3
struct config_lock_costs {
	u32 cycles;		    /* lock and unlock, its line is here */
	u32 transfer_cycles;	    /* more: another CPU of the node had it */
	u32 transfer_remote_cycles; /* more: a CPU of another node had it */
};

struct config {
	char name[CONFIG_NAME_MAX];
	char source[256];  /* file it came from, for messages */
	struct mm_conf mm; /* nodes, CPUs, ranges, sysctls, boot parameters */
	char slab[16];	   /* "slub" */
	enum zone_layout zones;
	u64 hole_bytes;	    /* where the PCI hole below 4 GiB starts; 0: none */
	u64 firmware_bytes; /* at the end of memory below 4 GiB, not RAM */
	struct config_node nodes[MM_NODES_MAX];
	u64 cpu_hz;
	u32 local_latency_cycles; /* DRAM on the same node */
	struct config_cpu_cache caches[CONFIG_CACHE_LEVELS_MAX + 1];
	u32 nr_caches;
	struct config_tlb tlbs[CONFIG_TLBS_MAX];
	u32 nr_tlbs;
	u64 mapping_bytes; /* pages that map the kernel's memory */
	u32 walk_cycles;   /* a translation that no TLB has */
	u64 bandwidth;	   /* of a node's memory, bytes/s; 0: no limit */

	struct config_device devices[CONFIG_DEVICES_MAX];
	u32 nr_devices;
	char io_files[CONFIG_DEVICE_NAME_MAX]; /* "none": takes no time */
	char io_swap[CONFIG_DEVICE_NAME_MAX];
	u32 file_device; /* the same, as indexes; CONFIG_NO_DEVICE: none */
	u32 swap_device;

	enum sim_model model;
	enum sim_timing timing;
	bool think_time; /* closed: keep the pauses between operations */
	enum cpu_map cpu_map;
	u64 seed;
	u32 cost_cycles[NR_COSTS];
	u32 slab_unused_percent; /* of objects of reclaimable caches */
	u32 hot_bytes; /* model full: of an object, that its user touches */
	bool modules;  /* the kernel has them: an area is reserved */
	u32 percpu_static_bytes; /* of the kernel's image, a CPU's share */
	bool miss_classes;	 /* model full: explain misses */
	struct config_lock_costs lock;
	enum mempolicy_mode policy; /* of every task */
	u64 policy_nodes;	    /* bit n = node n; 0 with MPOL_LOCAL */
	u32 sample_points;	    /* rows of series.tsv to aim for */
	u64 sample_interval_ns;	    /* 0: from duration and sample_points */
	u32 hz; /* scheduler ticks a second of the modelled kernel */
};

/**
 * config_load() - Reads a machine file.
 * @path: the YAML; NULL: the default machine that is compiled in.
 * @sets: "dotted.key=value" strings, applied after the file; borrowed.
 * Return: 0, or negative with @e ("file:line:column: ...").
 */
int config_load(struct config *c, const char *path, const char *const *sets,
		u32 nr_sets, struct err *e);

/** config_parse() - The same from text; @source names it in messages. */
int config_parse(struct config *c, const char *source, const char *text,
		 size_t len, const char *const *sets, u32 nr_sets,
		 struct err *e);

/** config_write() - The resolved YAML, as a string owned by the caller. */
char *config_write(const struct config *c);

/**
 * sim_price() - What a path costs, in cycles, times how often it was taken.
 *
 * A line that comes from far costs what the caches say, where there are any
 * (model full); elsewhere the path has a price for it.
 */
static inline u32 sim_price(const struct config *c, enum cost path)
{
	bool far = path == COST_FOREIGN_PAGE || path == COST_REMOTE_NODE;

	return far && c->model == MODEL_FULL ? 0 : c->cost_cycles[path];
}

#endif
