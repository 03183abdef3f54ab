/*
 * hist.c - the buckets: values below 2048 have one each; above, each octave
 * [2^k, 2^(k+1)) is cut into 1024, so that a bucket is at most 1/1024 of its
 * values wide.  The 1024 of an octave, and of each half of the linear part,
 * are a block, which is there once a value fell into it: a run keeps hundreds
 * of histograms, most of them narrow.
 */
#include "base/hist.h"

#include "base/bug.h"
#include "base/xmalloc.h"

#include <stdlib.h>

#define SUB_BITS   10u
#define SUB_COUNT  (1u << SUB_BITS)
#define NR_LINEAR  (2u * SUB_COUNT)
#define NR_OCTAVES (64u - SUB_BITS - 1u)
#define NR_BLOCKS  (NR_LINEAR / SUB_COUNT + NR_OCTAVES)

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
	u32 b = bucket_of(value);
	u32 **block;

	if (unlikely(!h->blocks)) {
		h->blocks = xcalloc(NR_BLOCKS, sizeof(*h->blocks));
		h->min = h->max = value;
	}
	if (unlikely(value < h->min))
		h->min = value;
	if (unlikely(value > h->max))
		h->max = value;
	h->count++;
	h->sum += value;
	block = &h->blocks[b / SUB_COUNT];
	if (unlikely(!*block))
		*block = xcalloc(SUB_COUNT, sizeof(**block));
	(*block)[b % SUB_COUNT]++;
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
	for (u32 k = 0; k < NR_BLOCKS; k++)
		for (u32 i = 0; h->blocks[k] && i < SUB_COUNT; i++) {
			seen += h->blocks[k][i];
			if (seen >= rank)
				return CLAMP(bucket_last(k * SUB_COUNT + i),
					     h->min, h->max);
		}
	return h->max;
}

void hist_free(struct hist *h)
{
	for (u32 k = 0; h->blocks && k < NR_BLOCKS; k++)
		free(h->blocks[k]);
	free(h->blocks);
	*h = (struct hist){0};
}
