/*
 * hist.c - the buckets: values below 2048 have one each; above, each octave
 * [2^k, 2^(k+1)) is cut into 1024, so that a bucket is at most 1/1024 of its
 * values wide.
 */
#include "base/hist.h"

#include "base/bug.h"
#include "base/xmalloc.h"

#include <stdlib.h>

#define SUB_BITS   10u
#define SUB_COUNT  (1u << SUB_BITS)
#define NR_LINEAR  (2u * SUB_COUNT)
#define NR_OCTAVES (64u - SUB_BITS - 1u)
#define NR_BUCKETS (NR_LINEAR + NR_OCTAVES * SUB_COUNT)

static u32 bucket_of(u64 value)
{
	u32 top, shift;

	if (value < NR_LINEAR)
		return (u32)value;
	top = 63u - (u32)__builtin_clzll(value);
	shift = top - SUB_BITS;
	return shift * SUB_COUNT + (u32)(value >> shift);
}

/* The largest value that falls into bucket @b. */
static u64 bucket_last(u32 b)
{
	u32 shift;

	if (b < NR_LINEAR)
		return b;
	shift = b / SUB_COUNT - 1;
	return (((u64)(b - shift * SUB_COUNT) + 1) << shift) - 1;
}

void hist_add(struct hist *h, u64 value)
{
	if (unlikely(!h->buckets)) {
		h->buckets = xcalloc(NR_BUCKETS, sizeof(*h->buckets));
		h->min = h->max = value;
	}
	if (unlikely(value < h->min))
		h->min = value;
	if (unlikely(value > h->max))
		h->max = value;
	h->count++;
	h->sum += value;
	h->buckets[bucket_of(value)]++;
}

u64 hist_permille(const struct hist *h, u32 permille)
{
	u64 rank, seen = 0;

	BUG_ON(permille > 1000);
	if (!h->count)
		return 0;
	if (!permille)
		return h->min;
	/* Rounded up, without overflowing: count may be huge. */
	rank = h->count / 1000 * permille +
	       (h->count % 1000 * permille + 999) / 1000;
	for (u32 b = 0; b < NR_BUCKETS; b++) {
		seen += h->buckets[b];
		if (seen >= rank)
			return CLAMP(bucket_last(b), h->min, h->max);
	}
	return h->max;
}

void hist_free(struct hist *h)
{
	free(h->buckets);
	*h = (struct hist){0};
}
