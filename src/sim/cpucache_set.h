/*
 * cpucache_set.h - looks a line up in one cache, and notes what was written;
 * inlined, because most accesses end here.
 */
#ifndef SIM_CPUCACHE_SET_H
#define SIM_CPUCACHE_SET_H

#include "sim/cpucache_priv.h"

static inline u64 entry_line(u64 entry)
{
	return (entry >> ENTRY_LINE_SHIFT) - 1;
}

static inline enum mesi entry_mesi(u64 entry)
{
	return (enum mesi)(entry & ENTRY_MESI_MASK);
}

static inline u64 entry_state(enum mesi state)
{
	return (u64)state;
}

static inline u64 entry_of(u64 line, u64 state)
{
	return (line + 1) << ENTRY_LINE_SHIFT | state;
}

static inline bool entry_is_of(u64 entry, u64 line)
{
	return entry >> ENTRY_LINE_SHIFT == line + 1;
}

static inline u64 set_of(const struct ccache *c, u64 line)
{
	return likely(c->pow2) ? line & c->set_mask : line % c->nr_sets;
}

#define PARTS 64u /* of a line, in line_owners.written */

/* Which parts of its line these bytes are, one bit each. */
static inline u64 parts_of(const struct cpucache *h, u64 addr, u32 bytes)
{
	u64 at = addr & (((u64)1 << h->line_shift) - 1);
	u64 first = at * PARTS >> h->line_shift;
	u64 last = (at + bytes - 1) * PARTS >> h->line_shift;

	return (UINT64_MAX >> (PARTS - 1 - (last - first))) << first;
}

/* These bytes, of a line that its writer owns, are written. */
static inline void dir_wrote(const struct cpucache *h, u64 addr, u32 bytes)
{
	h->dir[addr >> h->line_shift].written |= parts_of(h, addr, bytes);
}

/* The host is to fetch @line's set, of more lines of its own than one. */
static inline void set_prefetch(const struct ccache *c, u64 line)
{
	const u64 *e = &c->entry[set_of(c, line) * c->ways];

	for (u32 way = 0; way < MIN(c->ways, 24u); way += 8)
		PREFETCH(&e[way]);
}

/* The entry of @line, NULL when it is not there.  Nothing is moved. */
static inline u64 *set_find(const struct ccache *c, u64 line)
{
	u64 *e = &c->entry[set_of(c, line) * c->ways];

	for (u64 *end = e + c->ways; e < end; e++)
		if (entry_is_of(*e, line))
			return e;
	return NULL;
}

/*
 * The entry of @line, of @set, after it was used; NULL when it is not there.
 * Sets under LRU stand in order of use, the last one first.
 */
static inline u64 *set_use(struct ccache *c, u64 set, u64 line)
{
	u64 *e = &c->entry[set * c->ways];
	u64 hit;
	u32 way = 0;

	while (!entry_is_of(e[way], line))
		if (++way == c->ways)
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
