/*
 * rng.h - a small seeded generator (splitmix64, Steele, Lea and Flood 2014),
 * for choices that a real kernel leaves to chance.  A stream per purpose,
 * named, so that one never disturbs another.
 */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include "base/types.h"

struct rng {
	u64 state;
};

static inline u64 rng_next(struct rng *r)
{
	u64 z = r->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/** rng_below() - 0 .. @n - 1; @n > 0.  The bias is below n / 2^64. */
static inline u64 rng_below(struct rng *r, u64 n)
{
	return (u64)(((unsigned __int128)rng_next(r) * n) >> 64);
}

/** rng_for() - The stream called @purpose of @seed. */
static inline struct rng rng_for(u64 seed, const char *purpose)
{
	struct rng r = {seed};

	while (*purpose) {
		r.state ^= (u64)(unsigned char)*purpose++;
		r.state = rng_next(&r);
	}
	return r;
}

#endif
