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
	enum miss_class class;
	u32 node = 0;

	if (likely(e)) {
		if (c->shadow) {
			u64 slot = slot_index(c, set, *e);

			c->shadow_at[slot] =
				shadow_hit(c->shadow, line, c->shadow_at[slot]);
		}
		if (a->write)
			*e |= entry_state(MESI_M);
		return true;
	}
	if (c->shadow) {
		class = shadow_miss(c->shadow, line, &node);
		if (first)
			u->classes[class]++;
	}
	cpucache_put(a, d, line, entry_state(a->write ? MESI_M : MESI_E), node);
	return false;
}

cycles_t cpucache_whole(struct access *a)
{
	struct cpucache *h = a->h;
	u32 bytes = MIN(a->bytes, 1u << h->min_line_shift);
	struct ccache *c;

	for (u32 d = 0; (c = a->path->at[d]); d++) {
		struct cpucache_use *u = &h->use[c->level][a->owner];
		u64 line = a->addr >> c->line_shift;
		u64 last = (a->addr + bytes - 1) >> c->line_shift;
		bool hit;

		u->accesses[a->how]++;
		hit = look(a, d, line, true);
		if (unlikely(last != line))
			hit &= look(a, d, last, hit);
		if (likely(hit))
			return c->latency;
		u->misses[a->how]++;
	}
	return memory_read(a, a->addr);
}
