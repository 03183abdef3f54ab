/*
 * Goal: a chunk's hints are true after any sequence, and searches find what
 * is there.
 * Method: random areas; the hints rebuilt from the map are the reference.
 */
#include "mm/percpu_map.h"

#include "cmocka_all.h"

#include <string.h>

#define PAGES 4

static void assert_sound(const struct pcpu_chunk *c)
{
	const char *wrong = pcpu_chunk_check(c);

	if (wrong)
		fail_msg("%s", wrong);
}

static struct pcpu_chunk *chunk(void)
{
	struct pcpu_chunk *c = pcpu_chunk_new(PAGES);

	for (size_t i = 0; i < PAGES; i++)
		bit_set(c->populated, i);
	c->nr_populated = c->nr_empty_pop_pages = PAGES;
	return c;
}

static int take(struct pcpu_chunk *c, int bits, int align)
{
	int start = pcpu_find_block_fit(c, bits, align, false);
	int change = 0, off;

	if (start < 0)
		return -1;
	off = pcpu_alloc_area(c, bits, align, start, &change);
	c->nr_empty_pop_pages += change;
	return off;
}

/* Areas follow each other; a freed one is the first that fits. */
static void test_first_fit(void **state)
{
	struct pcpu_chunk *c = chunk();
	int change;

	(void)state;
	assert_int_equal(take(c, 4, 1), 0);
	assert_int_equal(take(c, 2, 1), 16);
	assert_int_equal(take(c, 4, 16), 64);
	assert_int_equal(pcpu_free_area(c, 0, &change), 16);
	assert_int_equal(take(c, 3, 1), 0);
	assert_sound(c);
	pcpu_chunk_delete(c);
}

static void test_full(void **state)
{
	struct pcpu_chunk *c = chunk();

	(void)state;
	assert_int_equal(take(c, PAGES * PCPU_BLOCK_BITS, 1), 0);
	assert_int_equal(take(c, 1, 1), -1);
	assert_sound(c);
	pcpu_chunk_delete(c);
}

static void test_random(void **state)
{
	struct pcpu_chunk *c = chunk();
	int off[64];
	u32 dice = 11;

	(void)state;
	memset(off, 0xff, sizeof(off));
	for (u32 i = 0; i < 4000; i++) {
		u32 k;
		int change = 0;

		dice = dice * 1664525u + 1013904223u;
		k = (dice >> 9) % ARRAY_SIZE(off);
		if (off[k] >= 0) {
			pcpu_free_area(c, off[k], &change);
			off[k] = -1;
		} else {
			off[k] = take(c, 1 + (int)((dice >> 16) % 300),
				      1 << ((dice >> 4) % 5));
		}
		assert_sound(c);
	}
	pcpu_chunk_delete(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_fit),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_random),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
