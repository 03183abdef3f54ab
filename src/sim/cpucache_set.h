/*
 * cpucache_set.h - looks a line up in one cache; inlined, because most
 * accesses end here.
 */
#ifndef SIM_CPUCACHE_SET_H
#define SIM_CPUCACHE_SET_H

#include "sim/cpucache_priv.h"

static inline u64 entry_line(u64 entry)
{
	return entry >> ENTRY_LINE_SHIFT;
}

static inline enum mesi entry_mesi(u64 entry)
{
	return (enum mesi)((entry & ENTRY_MESI_MASK) >> ENTRY_STATE_SHIFT);
}

static inline u64 entry_state(enum mesi state)
{
	return (u64)state << ENTRY_STATE_SHIFT;
}

static inline u64 set_of(const struct ccache *c, u64 line)
{
	return c->pow2 ? line & c->set_mask : line % c->nr_sets;
}

/* Index of a slot in the cache's side arrays. */
static inline u64 slot_index(const struct ccache *c, u64 set, u64 entry)
{
	return set * c->ways + (entry & ENTRY_SLOT_MASK);
}

/* The way that holds @line, else NO_WAY.  Nothing is moved. */
static inline u32 set_find(const struct ccache *c, u64 set, u64 line)
{
	const u64 *e = &c->entry[set * c->ways];

	for (u32 way = 0; way < c->ways; way++)
		if (entry_line(e[way]) == line)
			return way;
	return NO_WAY;
}

/*
 * The entry of @line after it was used, NULL when it is not there.  Sets
 * under LRU stand in order of use, the last one first.
 */
static inline u64 *set_use(struct ccache *c, u64 set, u64 line)
{
	u64 *e = &c->entry[set * c->ways];
	u64 hit;
	u32 way;

	if (likely(entry_line(e[0]) == line)) {
		if (unlikely(c->policy != CACHE_LRU))
			ccache_used(c, set, 0);
		return e;
	}
	for (way = 1; way < c->ways; way++)
		if (entry_line(e[way]) == line)
			break;
	if (way == c->ways)
		return NULL;
	if (unlikely(c->policy != CACHE_LRU)) {
		ccache_used(c, set, way);
		return &e[way];
	}
	hit = e[way];
	for (; way; way--)
		e[way] = e[way - 1];
	e[0] = hit;
	return e;
}

#endif
