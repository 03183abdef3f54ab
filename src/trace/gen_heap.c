#include "trace/gen_heap.h"

#include "base/bug.h"

#define ARITY 4

void gen_heap_push(struct gen_heap *h, struct gen_event ev)
{
	size_t i = h->v.nr, parent;
	struct gen_event *at;

	*VEC_PUSH(&h->v) = ev;
	at = h->v.at;
	for (; i; i = parent) {
		parent = (i - 1) / ARITY;
		if (!gen_event_before(&ev, &at[parent]))
			break;
		at[i] = at[parent];
	}
	at[i] = ev;
}

/* The earliest child of @i, or nr when it has none. */
static size_t first_child(const struct gen_heap *h, size_t i)
{
	size_t best = i * ARITY + 1;
	size_t end = MIN(best + ARITY, h->v.nr);

	for (size_t c = best + 1; c < end; c++)
		if (gen_event_before(&h->v.at[c], &h->v.at[best]))
			best = c;
	return MIN(best, h->v.nr);
}

void gen_heap_replace(struct gen_heap *h, struct gen_event ev)
{
	struct gen_event *at = h->v.at;
	size_t i = 0, child;

	BUG_ON(!h->v.nr);
	for (;; i = child) {
		child = first_child(h, i);
		if (child == h->v.nr || !gen_event_before(&at[child], &ev))
			break;
		at[i] = at[child];
	}
	at[i] = ev;
}

void gen_heap_pop(struct gen_heap *h)
{
	struct gen_event last;

	BUG_ON(!h->v.nr);
	last = h->v.at[--h->v.nr];
	if (h->v.nr)
		gen_heap_replace(h, last);
}
