#include "base/bitmap.h"

#include "base/compiler.h"

void bitmap_set(u64 *map, size_t start, size_t nr)
{
	for (size_t i = start; i < start + nr; i++) {
		if (i % 64 == 0 && start + nr - i >= 64) {
			map[i / 64] = ~(u64)0;
			i += 63;
		} else {
			bit_set(map, i);
		}
	}
}

void bitmap_clear(u64 *map, size_t start, size_t nr)
{
	for (size_t i = start; i < start + nr; i++) {
		if (i % 64 == 0 && start + nr - i >= 64) {
			map[i / 64] = 0;
			i += 63;
		} else {
			bit_clear(map, i);
		}
	}
}

/* The first bit set in map[] ^ @invert from @from on. */
static size_t find_from(const u64 *map, size_t size, size_t from, u64 invert)
{
	u64 word;
	size_t i;

	if (from >= size)
		return size;
	i = from / 64;
	word = (map[i] ^ invert) & (~(u64)0 << (from % 64));
	while (!word) {
		if (++i * 64 >= size)
			return size;
		word = map[i] ^ invert;
	}
	return MIN(i * 64 + (size_t)__builtin_ctzll(word), size);
}

size_t find_next_bit(const u64 *map, size_t size, size_t from)
{
	return find_from(map, size, from, 0);
}

size_t find_next_zero_bit(const u64 *map, size_t size, size_t from)
{
	return find_from(map, size, from, ~(u64)0);
}

size_t find_last_bit(const u64 *map, size_t size)
{
	for (size_t i = BITMAP_WORDS(size); i-- > 0;) {
		u64 word = map[i];

		if (size - i * 64 < 64)
			word &= ((u64)1 << (size - i * 64)) - 1;
		if (word)
			return i * 64 + 63 - (size_t)__builtin_clzll(word);
	}
	return size;
}
