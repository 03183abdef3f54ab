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
	GEN_FREE_KEPT, /* the share of kept objects that a phase begins with */
	GEN_RUN,
	GEN_PHASE_END,
	GEN_DRAINING,
	GEN_FREE_ALL,
	GEN_DONE
};

/* A live object, by slot. */
struct gen_object {
	u8 free_op; /* enum trace_op; 0: the slot is free */
	bool kept;  /* no free waits in the heap */
	u16 free_cpu;
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
	NR_ITEM_USES
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

	enum gen_state state;
	u64 now_ns;
	u64 phase_end_ns; /* of a phase with a duration */
	u64 phase_ops;	  /* allocations in this phase */
	u64 nr_records;
	u32 cursor; /* cache, pool or slot that the state has come to */
	u32 round;
	u32 phase_idx;
	u32 burst_left;
	u32 burst_cpu;
	u32 seq;
	struct gen_heap heap;
	VEC(struct gen_object) objects;
	VEC(u32) free_slots; /* last in, first out */
	u32 nr_recs;
	struct trace_rec recs[TRACE_BATCH];
};

static inline struct gen_phase *gen_phase_of(struct gen *g)
{
	return &g->w->phases.at[g->phase_idx];
}

/** The next batch; what trace_read() calls. */
s64 gen_read(struct trace_reader *base, const struct trace_rec **recs,
	     struct err *e);

#endif
