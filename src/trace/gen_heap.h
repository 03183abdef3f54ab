/*
 * gen_heap.h - the generator's future: frees and arrivals by time.
 *
 * A 4-ary implicit heap of 16-byte events.  Invariant: an event is not
 * earlier than its parent; events of one time leave in the order they came.
 */
#ifndef TRACE_GEN_HEAP_H
#define TRACE_GEN_HEAP_H

#include "base/vec.h"

#define GEN_ARRIVAL 0x80000000u /* in what: the rest is a CPU */
#define GEN_TOUCH   0x40000000u /* in what: the rest is a slot to access */

struct gen_event {
	u64 time_ns;
	u32 seq;
	u32 what; /* slot to free, GEN_ARRIVAL | cpu or GEN_TOUCH | slot */
};

struct gen_heap {
	VEC(struct gen_event) v;
};

static inline bool gen_event_before(const struct gen_event *a,
				    const struct gen_event *b)
{
	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns;
	return (s32)(a->seq - b->seq) < 0;
}

void gen_heap_push(struct gen_heap *h, struct gen_event ev);
/** Drops the first event. */
void gen_heap_pop(struct gen_heap *h);
/** Puts @ev in the place of the first event: cheaper than pop and push. */
void gen_heap_replace(struct gen_heap *h, struct gen_event ev);

static inline const struct gen_event *gen_heap_top(const struct gen_heap *h)
{
	return h->v.nr ? &h->v.at[0] : NULL;
}

#endif
