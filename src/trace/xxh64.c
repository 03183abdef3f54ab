#include "trace/xxh64.h"

#include <endian.h>
#include <string.h>

#define P1 0x9e3779b185ebca87ull
#define P2 0xc2b2ae3d27d4eb4full
#define P3 0x165667b19e3779f9ull
#define P4 0x85ebca77c2b2ae63ull
#define P5 0x27d4eb2f165667c5ull

static u64 rol(u64 x, u32 by)
{
	return x << by | x >> (64 - by);
}

static u64 word(const u8 *at, u32 bytes)
{
	u64 w = 0;

	memcpy(&w, at, bytes);
	return le64toh(w);
}

static u64 lane(u64 acc, u64 input)
{
	return rol(acc + input * P2, 31) * P1;
}

static u64 fold(u64 h, u64 acc)
{
	return (h ^ lane(0, acc)) * P1 + P4;
}

/* The four lanes over all whole blocks of 32 bytes. */
static u64 blocks(const u8 *at, size_t nr, u64 seed)
{
	u64 v1 = seed + P1 + P2;
	u64 v2 = seed + P2;
	u64 v3 = seed;
	u64 v4 = seed - P1;
	u64 h;

	for (; nr; nr--, at += 32) {
		v1 = lane(v1, word(at, 8));
		v2 = lane(v2, word(at + 8, 8));
		v3 = lane(v3, word(at + 16, 8));
		v4 = lane(v4, word(at + 24, 8));
	}
	h = rol(v1, 1) + rol(v2, 7) + rol(v3, 12) + rol(v4, 18);
	return fold(fold(fold(fold(h, v1), v2), v3), v4);
}

u64 xxh64(const void *bytes, size_t len, u64 seed)
{
	const u8 *at = bytes;
	const u8 *end = at + len;
	u64 h = seed + P5;

	if (len >= 32) {
		h = blocks(at, len / 32, seed);
		at += len / 32 * 32;
	}
	h += len;
	for (; end - at >= 8; at += 8)
		h = rol(h ^ lane(0, word(at, 8)), 27) * P1 + P4;
	for (; end - at >= 4; at += 4)
		h = rol(h ^ word(at, 4) * P1, 23) * P2 + P3;
	for (; at < end; at++)
		h = rol(h ^ *at * P5, 11) * P1;
	h = (h ^ h >> 33) * P2;
	h = (h ^ h >> 29) * P3;
	return h ^ h >> 32;
}
