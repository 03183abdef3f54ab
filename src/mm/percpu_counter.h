/*
 * percpu_counter.h - a counter that CPUs add to without sharing a cache line
 * (lib/percpu_counter.c, Linux 6.1): a small client of the per-CPU allocator.
 *
 * Invariant: count + the sum of the CPUs' parts is what was added, and each
 * part is smaller than batch in size once percpu_counter_add() has returned.
 */
#ifndef MM_PERCPU_COUNTER_H
#define MM_PERCPU_COUNTER_H

#include "mm/percpu.h"

struct percpu_counter {
	struct percpu *percpu; /* borrowed */
	struct pcpu_area area; /* where Linux keeps the CPUs' parts */
	s64 count;	       /* what was folded in */
	s32 batch;
	s32 *parts;    /* [nr_cpus], owned, host only */
	u64 nr_adds;   /* a shared counter would be written so often */
	u64 nr_folded; /* this one was */
};

/** percpu_counter_batch() - max(32, twice the CPUs), as the kernel. */
s32 percpu_counter_batch(const struct mm *mm);
/** percpu_counter_init() - false when there is no per-CPU memory for it. */
bool percpu_counter_init(struct percpu_counter *c, struct percpu *p, s64 amount,
			 gfp_t gfp);
void percpu_counter_destroy(struct percpu_counter *c);
/** percpu_counter_add() - On this CPU; folds when its part is a batch. */
void percpu_counter_add(struct percpu_counter *c, s64 amount);
/** percpu_counter_read() - Without the CPUs' parts: off by batch * CPUs. */
static inline s64 percpu_counter_read(const struct percpu_counter *c)
{
	return c->count;
}
/** percpu_counter_sum() - Exact. */
s64 percpu_counter_sum(const struct percpu_counter *c);

#endif
