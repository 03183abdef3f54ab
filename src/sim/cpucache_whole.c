/*
 * cpucache_whole.c - accesses as cachegrind counts them.
 *
 * An access that straddles two lines is one access; it misses when either
 * line does; both lines are looked up, and both again in the next cache when
 * there was a miss.  Longer accesses are cut to the shortest line.  Modified
 * lines that leave are no accesses of the next cache.
 */
#include "sim/cpucache_set.h"

/* Looks @line up at depth @d and fetches it; true when it was there. */
static bool look(const struct access *a, u32 d, u64 line, bool first)
{
	struct ccache *c = a->path->at[d];
	u64 set = set_of(c, line);
	u64 *e = set_use(c, set, line);
	struct cpucache_use *u = &a->h->use[c->level][a->owner];

	if (likely(e)) {
		if (c->shadow)
			shadow_hit(c->shadow, line);
		if (a->write && !d)
			*e |= entry_state(MESI_M);
		return true;
	}
	if (c->shadow)
		shadow_miss(c->shadow, line, first ? u->classes : NULL);
	cpucache_put(a, d, line, entry_state(a->write && !d ? MESI_M : MESI_E));
	return false;
}

/* The lines that the last cache did not have come one after the other. */
static cycles_t read_lines(const struct access *a, bool first, bool second,
			   u64 last)
{
	cycles_t cost = first ? memory_read(a, a->addr) : 0;
	cycles_t more = second ? memory_read(a, last) : 0;

	return MAX(cost, more);
}

cycles_t cpucache_whole(struct access *a)
{
	struct cpucache *h = a->h;
	u64 last = a->addr + MIN(a->bytes, 1u << h->min_line_shift) - 1;
	bool hit = false, second = true;
	struct ccache *c;

	for (u32 d = 0; (c = a->path->at[d]); d++) {
		struct cpucache_use *u = &h->use[c->level][a->owner];
		u64 line = a->addr >> c->line_shift;

		u->accesses[a->how]++;
		hit = look(a, d, line, true);
		second = true;
		if (unlikely(last >> c->line_shift != line))
			second = look(a, d, last >> c->line_shift, hit);
		if (likely(hit && second))
			return c->latency;
		u->misses[a->how]++;
	}
	return read_lines(a, !hit, !second, last);
}
