/*
 * Goal: searches in bitmaps find what a look at each bit finds.
 */
#include "base/bitmap.h"

#include "cmocka_all.h"

#define BITS 200u

static size_t naive_next(const u64 *map, size_t size, size_t from, bool set)
{
	while (from < size && bit_test(map, from) != set)
		from++;
	return from < size ? from : size;
}

static void test_searches(void **state)
{
	u64 map[BITMAP_WORDS(BITS)] = {0};
	u32 dice = 1;

	(void)state;
	for (u32 round = 0; round < 300; round++) {
		u32 start, nr;
		size_t last = BITS;

		dice = dice * 1664525u + 1013904223u;
		start = dice % BITS;
		nr = (dice >> 16) % (BITS - start + 1);
		if (round % 2)
			bitmap_set(map, start, nr);
		else
			bitmap_clear(map, start, nr);
		for (u32 i = 0; i < nr; i++)
			assert_int_equal(bit_test(map, start + i), round % 2);
		for (u32 from = 0; from <= BITS; from += 13) {
			assert_int_equal(find_next_bit(map, BITS, from),
					 naive_next(map, BITS, from, true));
			assert_int_equal(find_next_zero_bit(map, BITS, from),
					 naive_next(map, BITS, from, false));
		}
		for (u32 i = 0; i < BITS; i++)
			if (bit_test(map, i))
				last = i;
		assert_int_equal(find_last_bit(map, BITS), last);
	}
}

static void test_edges(void **state)
{
	u64 map[2] = {0, 0};

	(void)state;
	assert_int_equal(find_next_bit(map, 0, 0), 0);
	assert_int_equal(find_next_bit(map, 128, 0), 128);
	bit_set(map, 127);
	assert_int_equal(find_next_bit(map, 127, 0), 127);
	assert_int_equal(find_next_bit(map, 128, 127), 127);
	bit_clear(map, 127);
	assert_int_equal(map[1], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_searches),
		cmocka_unit_test(test_edges),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
