/*
 * sleepers.h - tasks that sleep in mempool_alloc(), and what waits for them.
 *
 * An operation on an object waits behind the one before it of the same task,
 * or on the same object, as long as that one sleeps or waits itself.  So each
 * such task and object has a queue, by record number; an operation may run
 * when it is the first in both its queues.
 *
 * Who sleeps tries again when an element comes back to the pool, and every
 * MEMPOOL_TIMEOUT_MS: first come, first served.
 *
 * Invariants: sim.nr_held is the number of operations in queues; one that
 * waits is not the first in all of its queues; each who sleeps has a deadline,
 * and the event queue an EVENT_MEMPOOL no later than the earliest of them.
 */
#ifndef SIM_SLEEPERS_H
#define SIM_SLEEPERS_H

#include "sim/sim_priv.h"

/* An operation that waits, as timed.c needs it back. */
struct held_op {
	struct trace_rec rec;
	u64 record;   /* its number */
	u64 arrival;  /* ticks */
	u32 slot_seq; /* timed.c's */
	u32 node;     /* for sleepers_begin(); 0: it was never held */
};

/**
 * sleepers_hold() - @op must wait: it is kept, and runs when it may.
 * Return: whether it must.  Call only while sim.nr_held is not 0.
 */
bool sleepers_hold(struct sim *s, const struct held_op *op);
/**
 * sleepers_park() - The mempool_alloc() @r, which is being performed, sleeps.
 * Return: false when so many sleep that he gets nothing instead.
 */
bool sleepers_park(struct sim *s, const struct trace_rec *r);
/** sleepers_wake() - An element came back to pool @mid. */
void sleepers_wake(struct sim *s, u32 mid);
/** sleepers_pool_gone() - Who waits for pool @mid gets nothing. */
void sleepers_pool_gone(struct sim *s, u32 mid);
/** sleepers_timer() - An EVENT_MEMPOOL is due. */
void sleepers_timer(struct sim *s);
/** sleepers_run() - Those woken try again, and what they held up follows.
 * Call between operations while sim.wakes is set. */
void sleepers_run(struct sim *s);
/** sleepers_begin() - What timed_release() got as @node runs now. */
void sleepers_begin(struct sim *s, u32 node);
/** sleepers_done() - It has run, or sleeps (again). */
void sleepers_done(struct sim *s);
/** sleepers_patience() - Who sleeps now has asked again by then (ticks). */
u64 sleepers_patience(const struct sim *s);
/** sleepers_end() - No record is left: time goes on as long as that helps. */
void sleepers_end(struct sim *s);
int sleepers_check(const struct sim *s, struct err *e);
void sleepers_free(struct sim *s);

#endif
