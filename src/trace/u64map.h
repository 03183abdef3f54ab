/*
 * u64map.h - a fast open-addressing table from u64 to two u32.  Nothing is ever deleted: a caller that frees a thing says so in
 * its value, so that "seen before" stays answerable.
 *
 * Invariants: key 0 is an empty place; at most half of the places are used;
 * the order of the places never reaches a result.
 */
#ifndef TRACE_U64MAP_H
#define TRACE_U64MAP_H

#include "base/compiler.h"
#include "base/types.h"

struct u64map_entry {
	u64 key; /* 0 = empty */
	u32 a;
	u32 b;
};

struct u64map {
	struct u64map_entry *at; /* [mask + 1], owned */
	u64 mask;
	u64 nr;
};

void u64map_init(struct u64map *m, u32 log2_size);
void u64map_free(struct u64map *m);
void u64map_grow(struct u64map *m);

/** Spreads all bits of @key over all bits of the result. */
static inline u64 u64_mix(u64 key)
{
	key *= 0x9e3779b97f4a7c15ull;
	key ^= key >> 32;
	key *= 0xd6e8feb86659fd93ull;
	return key ^ (key >> 29);
}

/** u64map_get() - The entry of @key (not 0), NULL when there is none. */
static inline struct u64map_entry *u64map_get(const struct u64map *m, u64 key)
{
	u64 i = u64_mix(key) & m->mask;

	while (m->at[i].key != key) {
		if (!m->at[i].key)
			return NULL;
		i = (i + 1) & m->mask;
	}
	return &m->at[i];
}

/**
 * u64map_put() - The entry of @key (not 0), made when there is none.
 * @fresh: set to whether it was made; its a and b are 0 then.
 * Return: the entry, valid until the next put.
 */
static inline struct u64map_entry *u64map_put(struct u64map *m, u64 key,
					      bool *fresh)
{
	u64 i = u64_mix(key) & m->mask;

	while (m->at[i].key != key) {
		if (!m->at[i].key) {
			if (unlikely(m->nr * 2 > m->mask)) {
				u64map_grow(m);
				return u64map_put(m, key, fresh);
			}
			m->nr++;
			m->at[i].key = key;
			*fresh = true;
			return &m->at[i];
		}
		i = (i + 1) & m->mask;
	}
	*fresh = false;
	return &m->at[i];
}

/** u64_hash_text() - A hash of @len bytes, never 0. */
u64 u64_hash_text(const char *text, size_t len);

#endif
