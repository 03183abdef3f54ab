#include "sim/event.h"

#include "base/bug.h"
#include "base/vec.h"

#include <stdlib.h>

static bool before(const struct event *a, const struct event *b)
{
	if (a->time != b->time)
		return a->time < b->time;
	if (a->class != b->class)
		return a->class < b->class;
	return a->seq < b->seq;
}

static void sift_up(struct event_queue *q, u32 i, struct event e)
{
	while (i && before(&e, &q->at[(i - 1) / 2])) {
		q->at[i] = q->at[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	q->at[i] = e;
}

static void sift_down(struct event_queue *q, u32 i, struct event e)
{
	for (;;) {
		u32 child = 2 * i + 1;

		if (child >= q->nr)
			break;
		if (child + 1 < q->nr &&
		    before(&q->at[child + 1], &q->at[child]))
			child++;
		if (!before(&q->at[child], &e))
			break;
		q->at[i] = q->at[child];
		i = child;
	}
	q->at[i] = e;
}

void event_push(struct event_queue *q, struct event e)
{
	(void)VEC_PUSH(q);
	sift_up(q, q->nr - 1, e);
}

struct event event_pop(struct event_queue *q)
{
	struct event first, last;

	BUG_ON(!q->nr);
	first = q->at[0];
	last = q->at[--q->nr];
	if (q->nr)
		sift_down(q, 0, last);
	CHECK(!q->nr || !before(&q->at[0], &first));
	return first;
}

void event_queue_free(struct event_queue *q)
{
	free(q->at);
	*q = (struct event_queue){0};
}
