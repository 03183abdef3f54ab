/*
 * gen_internal.h - a workload as it was read, between gen_yaml.c (reads) and
 * gen.c (generates).
 */
#ifndef TRACE_GEN_INTERNAL_H
#define TRACE_GEN_INTERNAL_H

#include "base/vec.h"
#include "trace/gen.h"
#include "trace/gen_dist.h"

#define GEN_CACHES_MAX	1024
#define GEN_POOLS_MAX	1024
#define GEN_NONE	UINT32_MAX
#define GEN_TASKS_MAX	1024
#define GEN_PHASES_MAX	256
#define GEN_ITEMS_MAX	1024 /* in the mix of one phase */
#define GEN_REPEAT_MAX	1000000
#define GEN_NAME_MAX	64
#define GEN_ORDERS_MAX	11
#define GEN_HOT_MAX	(4u << 20)
#define GEN_HOT_BYTES	64 /* a line: the default of sim.touch.hot_bytes too */
#define GEN_TOUCH_BYTES 8  /* a word */
/* Two loads to a store, as in most integer code (SPEC's means). */
#define GEN_TOUCH_READS	 (2.0 / 3)
#define GEN_FILESETS_MAX 256
#define GEN_IO_BYTES	 (16 << 10)	     /* what cp and cat of old read */
#define GEN_FILE_MAX	 ((u64)1 << 43)	     /* bytes of a file: 8 TiB */
#define GEN_LIVE_MAX	 (1u << 26)	     /* objects alive at once */
#define GEN_TIME_MAX	 4000000000000000000 /* ns: 126 years */

/* What an item of a mix allocates. */
enum gen_what {
	GEN_NOTHING,
	GEN_CACHE,
	GEN_KMALLOC,
	GEN_PAGES,
	GEN_PERCPU,
	GEN_MEMPOOL,
	/* On a file of a set; nothing is allocated that is freed later. */
	GEN_FILE_READ,
	GEN_FILE_WRITE,
	GEN_FILE_REMOVE
};

enum gen_at_end {
	GEN_KEEP, /* what is alive stays so */
	GEN_FREE, /* all of it is freed at once */
	GEN_DRAIN /* on until every lifetime has ended */
};

struct gen_cache {
	char name[GEN_NAME_MAX];
	u32 size;
	u32 align;
	slab_flags_t flags;
};

struct gen_mempool {
	char name[GEN_NAME_MAX];
	u32 min_nr;
	/* One of these says what it is over. */
	u32 cache; /* index in caches, or GEN_NONE */
	u32 bytes; /* of kmalloc(), or 0 */
	u32 order; /* of pages, or GEN_NONE */
};

/* Files that are alike: numbered from first on. */
struct gen_fileset {
	char name[GEN_NAME_MAX];
	u32 first;
	u32 count;
	struct dist size;	/* bytes; drawn for each file */
	struct dist popularity; /* which file is next, from 0; none: any */
};

/* Where in its file an operation begins. */
enum gen_access {
	GEN_ACCESS_SEQUENTIAL, /* behind the one before, from start to end */
	GEN_ACCESS_RANDOM,     /* at any page */
	GEN_ACCESS_APPEND,     /* at the end, which moves */
	GEN_ACCESS_OFFSET      /* as a distribution says */
};

/* What an item does with a file. */
struct gen_io {
	u32 set; /* index in files */
	enum gen_access access;
	struct dist offset; /* GEN_ACCESS_OFFSET: bytes */
	struct dist bytes;  /* of one operation */
};

/* Where in an object its user touches it. */
enum gen_where {
	GEN_HOT,	/* anywhere in its hot bytes */
	GEN_UNIFORM,	/* anywhere in it */
	GEN_SEQUENTIAL, /* behind the access before, round and round */
	GEN_OFFSET	/* as a distribution says */
};

/* What the user of an object does with it. */
struct gen_touches {
	bool told;	      /* a key of these was given: the rest counts */
	u32 hot_bytes;	      /* written first, read last */
	struct dist nr;	      /* accesses in its life, */
	struct dist interval; /* or the time between two; neither: none */
	enum gen_where where;
	struct dist offset; /* GEN_OFFSET */
	struct dist bytes;  /* of an access */
	double reads;	    /* share of them that read */
	double remote;	    /* share of them on another CPU */
	u32 rng;	    /* its stream; set by gen_setup.c */
};

/* Whom memory belongs to when there is none left. */
struct gen_task {
	char name[GEN_NAME_MAX];
	s16 oom_score_adj;
	u32 task; /* set by gen_name_tasks(): of the trace */
};

struct gen_item {
	enum gen_what what;
	u32 cache; /* GEN_CACHE: index in caches; GEN_MEMPOOL: in mempools */
	struct dist size; /* GEN_KMALLOC, GEN_PERCPU: bytes */
	double order_weights[GEN_ORDERS_MAX];
	gsl_ran_discrete_t *orders; /* GEN_PAGES: owned */
	double weight;
	bool keep;	      /* no lifetime: alive until freed at the end */
	struct dist lifetime; /* unless keep */
	double remote_free;   /* share freed on another CPU; < 0: the phase's */
	gfp_t gfp;
	s16 node;  /* -1: any */
	u32 align; /* GEN_PERCPU */
	struct gen_touches touch;
	struct gen_io io; /* GEN_FILE_* */
	u32 site;	  /* set by gen.c */
	u32 task;	  /* 1 + index in tasks; 0: the CPU's own */
	char site_name[GEN_NAME_MAX];
};

struct gen_phase {
	char name[GEN_NAME_MAX];
	u64 duration_ns; /* one of these two is not 0 */
	u64 operations;	 /* allocations */
	bool on_cpu[TRACE_CPUS_MAX];
	struct dist interarrival; /* between allocations of one CPU */
	struct dist burst;	  /* allocations at one arrival */
	VEC(double) cpu_speed;	  /* by CPU, used over and over; may be none */
	double remote_free;
	double free_kept; /* share of the kept objects freed at its start */
	char snapshot[GEN_NAME_MAX]; /* label at its end; "": none */
	VEC(struct gen_item) mix;
	gsl_ran_discrete_t *choice; /* of an item, by weight; NULL: no mix */
};

struct workload {
	char name[GEN_NAME_MAX];
	u64 seed;
	u32 nr_cpus; /* 0: as many as the machine has */
	u32 repeat;  /* of the list of phases */
	enum gen_at_end at_end;
	VEC(struct gen_cache) caches;
	VEC(struct gen_mempool) mempools;
	VEC(struct gen_task) tasks;
	VEC(struct gen_fileset) files;
	u32 nr_files; /* of all sets */
	VEC(struct gen_phase) phases;
};

/* The keys, for reading and for the test of the docs. */
extern const struct schema_row gen_workload_rows[];
extern const struct schema_row gen_cache_rows[];
extern const struct schema_row gen_mempool_rows[];
extern const struct schema_row gen_task_rows[];
extern const struct schema_row gen_fileset_rows[];
extern const struct schema_row gen_phase_rows[];
extern const struct schema_row gen_item_rows[];

/* gen_item.c: an item of a mix; on error nothing is left to free. */
int gen_item_bind(struct gen_item *item, struct workload *w,
		  const struct yaml_node *n, struct err *e);
void gen_item_free(struct gen_item *item);
/* gen_yaml.c: a cache by its name, or NULL. */
struct gen_cache *gen_find_cache(struct workload *w, const char *name);
/* The index in @names (NULL ends them) that @n says, for messages one of
 * @a_thing, a @thing, which stand under the key @under. */
int gen_bind_name(const struct yaml_node *n, const char *a_thing,
		  const char *thing, const char *under,
		  const char *const *names, u32 *index, struct err *e);
/* The index of the cache that @n names. */
int gen_bind_cache_name(struct workload *w, const struct yaml_node *n,
			u32 *index, struct err *e);
static inline bool gen_is_io(enum gen_what what)
{
	return what >= GEN_FILE_READ;
}

/* gen_files.c: "files", and what an item says of one. */
int gen_files_bind(struct workload *w, const struct yaml_node *root,
		   struct err *e);
void gen_files_free(struct workload *w);
int gen_bind_fileset_name(struct workload *w, const struct yaml_node *n,
			  u32 *index, struct err *e);
int gen_bind_access(struct gen_io *io, const struct yaml_node *n,
		    struct err *e);
int gen_bind_io_bytes(struct gen_io *io, const struct yaml_node *n,
		      struct err *e);
/* gen_mempool.c: "mempools", and the index of the one that @n names. */
int gen_mempools_bind(struct workload *w, const struct yaml_node *root,
		      struct err *e);
int gen_bind_mempool_name(struct workload *w, const struct yaml_node *n,
			  u32 *index, struct err *e);

/* gen_task.c: "tasks"; 1 + the index of the one that @n names; their names and
 * scores go to @info. */
int gen_bind_tasks(void *base, const struct yaml_node *n, struct err *e);
int gen_task_named(struct workload *w, const struct yaml_node *n, u32 *one_more,
		   struct err *e);
void gen_name_tasks(struct workload *w, struct trace_info *info);

#endif
