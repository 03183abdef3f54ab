/*
 * bitmap.h - searches in arrays of 64-bit words, as lib/find_bit.c has them.
 *
 * All positions are bits; a search that finds nothing returns @size.
 */
#ifndef BASE_BITMAP_H
#define BASE_BITMAP_H

#include "base/types.h"

#define BITMAP_WORDS(bits) (((size_t)(bits) + 63) / 64)

static inline bool bit_test(const u64 *map, size_t bit)
{
	return map[bit / 64] >> (bit % 64) & 1;
}

static inline void bit_set(u64 *map, size_t bit)
{
	map[bit / 64] |= (u64)1 << (bit % 64);
}

static inline void bit_clear(u64 *map, size_t bit)
{
	map[bit / 64] &= ~((u64)1 << (bit % 64));
}

void bitmap_set(u64 *map, size_t start, size_t nr);
void bitmap_clear(u64 *map, size_t start, size_t nr);
/** The first set (clear) bit in [@from, @size). */
size_t find_next_bit(const u64 *map, size_t size, size_t from);
size_t find_next_zero_bit(const u64 *map, size_t size, size_t from);
/** The last set bit in [0, @size). */
size_t find_last_bit(const u64 *map, size_t size);

#endif
