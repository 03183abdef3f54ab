/*
 * gen_state.h - a generator at work, between gen.c (makes the records) and
 * gen_setup.c (makes and ends the generator).
 *
 * Invariants: a live object that is not kept has one event in the heap; a
 * slot is free or live; free slots are all in free_slots.
 */
#ifndef TRACE_GEN_STATE_H
#define TRACE_GEN_STATE_H

#include "trace/gen_heap.h"
#include "trace/gen_internal.h"
#include "trace/reader.h"

enum gen_state {
	GEN_CREATE_CACHES,
	GEN_CREATE_POOLS,
	GEN_CREATE_FILES,
	GEN_FREE_KEPT, /* the share of kept objects that a phase begins with */
	GEN_RUN,
	GEN_PHASE_END,
	GEN_DRAINING,
	GEN_FREE_ALL,
	GEN_DONE
};

/* A live object, by slot. */
struct gen_object {
	u8 free_op;   /* enum trace_op; 0: the slot is free */
	bool kept;    /* no free waits in the heap */
	u16 free_cpu; /* of the workload */
};

/*
 * What its user will do with a live object, by slot; only where the workload
 * tells.  One event in the heap: the next access or, after the last, the free.
 */
struct gen_touched {
	const struct gen_item *item; /* borrowed; NULL: not told */
	u64 free_ns;		     /* UINT64_MAX: kept */
	u32 left;		     /* accesses to come, of a number of them */
	u32 bytes;		     /* of the object */
	u32 at;			     /* the next offset, where sequential */
	u32 seq;		     /* of its event */
	u16 cpu;		     /* of the workload: who allocated it */
};

/* What is random on a CPU; each has a stream of its own. */
enum cpu_use {
	USE_ARRIVAL,
	USE_BURST,
	USE_CHOICE,
	USE_REMOTE,
	NR_CPU_USES
};

enum item_use {
	USE_SIZE,
	USE_LIFETIME,
	USE_FILE,
	NR_ITEM_USES
};

/* How far a CPU's task is with the file that an item goes through. */
struct gen_reader {
	bool open;
	u32 file;
	u64 at; /* bytes */
};

struct gen_cpu {
	u16 machine_cpu;
	u32 task;
	u32 arrival_seq; /* of the arrival that counts */
	gsl_rng *rng[NR_CPU_USES];
};

struct gen {
	struct trace_reader base;
	struct trace_info info;
	struct workload *w; /* owned */
	u32 nr_cpus;	    /* of the workload */
	struct gen_cpu *cpus;
	gsl_rng *(*item_rng)[NR_ITEM_USES]; /* [items of the largest mix] */
	u32 nr_item_rng;
	gsl_rng *kept_rng;
	gsl_rng **touch_rng; /* [nr_touch_rng] by item that tells */
	u32 nr_touch_rng;

	enum gen_state state;
	u64 now_ns;
	u64 phase_end_ns; /* of a phase with a duration */
	u64 phase_ops;	  /* allocations in this phase */
	u32 cursor;	  /* cache, pool or slot that the state has come to */
	u32 round;
	u32 phase_idx;
	u32 burst_left;
	u32 burst_cpu;
	u32 seq;
	struct gen_heap heap;
	VEC(struct gen_object) objects;
	VEC(struct gen_touched) touched; /* as objects; empty: none told */
	VEC(u32) free_slots;		 /* last in, first out */
	u64 *file_bytes;		 /* [nr_files] sizes, owned */
	struct gen_reader *readers;	 /* [nr_item_rng][nr_cpus], owned */
	u32 nr_recs;
	struct trace_rec recs[TRACE_BATCH];
};

static inline struct gen_phase *gen_phase_of(struct gen *g)
{
	return &g->w->phases.at[g->phase_idx];
}

/* gen_io.c: operations on files. */

/** gen_create_file() - The size of file number g->cursor is told; false:
 * there are no more. */
bool gen_create_file(struct gen *g);
/** gen_io() - CPU @cpu does what item @idx of the mix says. */
void gen_io(struct gen *g, u32 idx, u32 cpu);
/** gen_close_files() - A phase begins: nobody is amid a file. */
void gen_close_files(struct gen *g);

/* gen.c */

/** gen_emit() - A record of now, all but its operation and CPU 0. */
struct trace_rec *gen_emit(struct gen *g, enum trace_op op, u16 cpu);
/** gen_seed() - A stream by its name and @idx, the same for one seed. */
void gen_seed(const struct gen *g, gsl_rng *rng, const char *use, u32 idx);

/* gen_touch.c */

/**
 * gen_touch_new() - @r allocates an object of @item, freed at @free_ns
 * (UINT64_MAX: not by its lifetime), on the workload's CPU @cpu: its user
 * writes the hot bytes, and what comes next goes into the heap.
 */
void gen_touch_new(struct gen *g, const struct trace_rec *r,
		   const struct gen_item *item, u32 cpu, u64 free_ns);
/** gen_touch_event() - An access is due; false: of an object that is gone. */
bool gen_touch_event(struct gen *g, const struct gen_event *ev);
/** gen_touch_last() - @slot is freed on @cpu next: its hot bytes are read.
 * Return: whether its user tells. */
bool gen_touch_last(struct gen *g, u32 slot, const struct gen_cpu *cpu);

/** The task that an item's doings on a CPU belong to. */
static inline u32 gen_task_of(const struct gen *g, const struct gen_item *item,
			      const struct gen_cpu *c)
{
	return item->task ? g->w->tasks.at[item->task - 1].task : c->task;
}

/** The next batch; what trace_read() calls. */
s64 gen_read(struct trace_reader *base, const struct trace_rec **recs,
	     struct err *e);

#endif
