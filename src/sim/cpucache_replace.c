/*
 * cpucache_replace.c - which line leaves a set.
 *
 * LRU and FIFO keep the entries of a set in order, the one that leaves next
 * last; the others leave entries where they are.  Entries not in use go
 * first under every policy.
 */
#include "sim/cpucache_set.h"

#include <string.h>

#define RRPV_NEAR 0u /* expected soon */
#define RRPV_LONG 2u /* a line that has just come */
#define RRPV_FAR  3u /* leaves next */

/* Tree-PLRU: bit i of the tree points to the half that was used less recently;
 * the root is bit 1, the children of i are 2i and 2i + 1. */

static void plru_used(struct ccache *c, u64 set, u32 way)
{
	u64 tree = c->plru[set];

	for (u32 node = c->ways + way; node > 1; node /= 2) {
		u64 bit = (u64)1 << node / 2;

		tree = node & 1 ? tree & ~bit : tree | bit;
	}
	c->plru[set] = tree;
}

static u32 plru_victim(const struct ccache *c, u64 set)
{
	u32 node = 1;

	while (node < c->ways)
		node = 2 * node + (c->plru[set] >> node & 1);
	return node - c->ways;
}

static u32 srrip_victim(struct ccache *c, u64 set)
{
	u8 *rrpv = &c->rrpv[set * c->ways];
	u8 far = 0;
	u32 way = 0;

	for (u32 i = 0; i < c->ways; i++)
		if (rrpv[i] > far) {
			far = rrpv[i];
			way = i;
		}
	for (u32 i = 0; i < c->ways; i++)
		rrpv[i] = (u8)(rrpv[i] + RRPV_FAR - far);
	return way;
}

void ccache_used(struct ccache *c, u64 set, u32 way)
{
	if (c->policy == CACHE_PLRU)
		plru_used(c, set, way);
	else if (c->policy == CACHE_SRRIP)
		c->rrpv[set * c->ways + way] = RRPV_NEAR;
}

static bool in_order(const struct ccache *c)
{
	return c->policy == CACHE_LRU || c->policy == CACHE_FIFO;
}

static u32 victim_way(struct ccache *c, u64 set)
{
	const u64 *e = &c->entry[set * c->ways];

	for (u32 way = 0; way < c->ways; way++)
		if (!e[way])
			return way;
	switch ((enum cache_policy)c->policy) {
	case CACHE_PLRU:
		return plru_victim(c, set);
	case CACHE_SRRIP:
		return srrip_victim(c, set);
	case CACHE_RANDOM:
		return (u32)rng_below(&c->rng, c->ways);
	case CACHE_LRU:
	case CACHE_FIFO:
	case NR_CACHE_POLICIES:
		break;
	}
	BUG();
}

u64 ccache_insert(struct ccache *c, u64 line, u64 state)
{
	u64 set = set_of(c, line);
	u64 *e = &c->entry[set * c->ways];
	u32 way = in_order(c) ? c->ways - 1 : victim_way(c, set);
	u64 out = e[way];

	CHECK(state && !set_find(c, line));
	c->used = true;
	if (in_order(c)) {
		memmove(e + 1, e, way * sizeof(*e));
		way = 0;
	} else if (c->policy == CACHE_PLRU) {
		plru_used(c, set, way);
	} else if (c->policy == CACHE_SRRIP) {
		c->rrpv[set * c->ways + way] = RRPV_LONG;
	}
	e[way] = entry_of(line, state);
	return out;
}

u64 ccache_remove(struct ccache *c, u64 line)
{
	u64 *end = &c->entry[(set_of(c, line) + 1) * c->ways];
	u64 *e = set_find(c, line);
	u64 out;

	if (!e)
		return 0;
	out = *e;
	if (in_order(c))
		for (; e + 1 < end; e++)
			e[0] = e[1];
	*e = 0;
	return out;
}
