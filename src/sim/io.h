/*
 * io.h - the devices under the simulated machine, the flusher as an actor in
 * time, and tasks that wait for either.
 *
 * Whoever waits in the middle of an operation does so here: devices, flusher
 * and kswapd go on up to the end of the wait, other operations do not.  With a
 * cost model the waiting CPU has lost that time, and other CPUs go on from
 * where they were; without one the time goes by for all, as an `idle` does.
 *
 * Invariant: each device and direction with requests in line has an event at
 * its first completion, or an earlier one.
 */
#ifndef SIM_IO_H
#define SIM_IO_H

#include "sim/sim_priv.h"

struct io; /* opaque */

/** io_create() - With vm.reclaim, devices or files: sets s->io, mm->io. */
void io_create(struct sim *s);
void io_destroy(struct sim *s);

/** io_event() - A request may be done; EVENT_IO. */
void io_event(struct sim *s, const struct event *e);
/** io_flusher_wake() - MM_EV_FLUSHER_WAKE: a turn at @at_ns, 0: now. */
void io_flusher_wake(struct sim *s, u64 at_ns);
/** io_flusher_event() - EVENT_FLUSHER. */
void io_flusher_event(struct sim *s, const struct event *e);

/** io_task_sleep() - machine_ops.io_sleep. */
u64 io_task_sleep(struct machine *m, bool (*done)(const void *arg),
		  const void *arg, u64 timeout_ns);
/** io_time_ns() - machine_ops.time_ns. */
u64 io_time_ns(const struct machine *m);

/** io_count() - What the report says of devices and writeback. */
void io_count(const struct sim *s, struct metrics *m);

#endif
