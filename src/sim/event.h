/*
 * event.h - the event queue: an implicit heap ordered by (time, class, seq).
 *
 * The order is total, so a run is a pure function of its inputs: two events
 * at the same time go by class, two of a class by sequence number, which the
 * caller chooses (and must not use twice for events that may tie).
 *
 * Invariant: no event is smaller than its parent at[(i - 1) / 2].
 */
#ifndef SIM_EVENT_H
#define SIM_EVENT_H

#include "base/types.h"

/* Who goes first at the same time: what is due before what arrives. */
enum event_class {
	EVENT_CPU, /* a CPU is free for its next queued operation; arg: cpu */
	EVENT_KSWAPD,	 /* woken kswapds get to run */
	EVENT_IO,	 /* a device may be done; arg: 2 * device + write */
	EVENT_FLUSHER,	 /* the flusher's turn; arg: enum flusher_event */
	EVENT_KCOMPACTD, /* kcompactds do, or look; arg: node */
	EVENT_RCU,	 /* a grace period ends */
	EVENT_VMSTAT,	 /* CPUs fold their counters */
	EVENT_REAP,	 /* SLAB's reaper on a CPU; arg: cpu */
	EVENT_MEMPOOL,	 /* who sleeps in mempool_alloc() asks again */
	EVENT_SAMPLE,	 /* a row of the time series */
	NR_EVENT_CLASSES
};

struct event {
	u64 time;  /* in the unit of the queue's owner */
	u64 seq;   /* breaks ties within a class */
	u32 class; /* enum event_class */
	u32 arg;
};

struct event_queue {
	struct event *at; /* [nr], owned */
	u32 nr;
	u32 cap;
};

#define EVENT_NEVER UINT64_MAX

void event_push(struct event_queue *q, struct event e);
/** event_pop() - Removes and returns the first; the queue is not empty. */
struct event event_pop(struct event_queue *q);
void event_queue_free(struct event_queue *q);

/* Time of the first event, EVENT_NEVER when there is none. */
static inline u64 event_next_time(const struct event_queue *q)
{
	return q->nr ? q->at[0].time : EVENT_NEVER;
}

#endif
