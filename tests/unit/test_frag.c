/*
 * Goal: the fragmentation indexes are the kernel's, to the thousandth.
 * Method: cases by hand, then free lists of real kernels against the same
 * formulas written another way (sums from the top, long division apart).
 */
#include "report/frag.h"

#include "base/compiler.h"
#include "cmocka_all.h"

#include <string.h>

static void test_index_by_hand(void **state)
{
	const u64 none[MAX_ORDER] = {0};
	const u64 pages[MAX_ORDER] = {8};	/* eight single pages */
	const u64 mixed[MAX_ORDER] = {4, 2, 1}; /* 4 + 4 + 4 pages */
	const u64 large[MAX_ORDER] = {[10] = 1};

	(void)state;
	assert_int_equal(frag_unusable_index(none, 0), 1000);
	assert_int_equal(frag_extfrag_index(none, 3), 0);
	assert_int_equal(frag_unusable_index(pages, 0), 0);
	assert_int_equal(frag_unusable_index(pages, 1), 1000);
	/* 1000 - (1000 + 8 * 1000 / 8) / 8 */
	assert_int_equal(frag_extfrag_index(pages, 3), 750);
	/* 1000 - (1000 + 8 * 1000 / 1024) / 8 */
	assert_int_equal(frag_extfrag_index(pages, 10), 875);
	assert_int_equal(frag_extfrag_index(pages, 0), -1000);
	/* 8 of 12 pages stand in blocks of order 1 and up. */
	assert_int_equal(frag_unusable_index(mixed, 1), 333);
	assert_int_equal(frag_unusable_index(mixed, 2), 666);
	assert_int_equal(frag_unusable_index(mixed, 3), 1000);
	assert_int_equal(frag_unusable_index(large, 10), 0);
	assert_int_equal(frag_free_huge(large), 2);
	assert_int_equal(frag_free_huge(mixed), 0);
}

/* A lone block just too small: as the kernel, the index goes below 0. */
static void test_index_of_one_block(void **state)
{
	const u64 one[MAX_ORDER] = {[4] = 1};

	(void)state;
	assert_int_equal(frag_extfrag_index(one, 5), -500);
	assert_int_equal(frag_extfrag_index(one, 10), -15);
}

/* buddyinfo of machines that recorded traces: idle, after builds, i386. */
static const u64 real[][MAX_ORDER] = {
	{0, 0, 0, 0, 0, 0, 1, 1, 0, 1, 3},
	{2, 2, 1, 3, 2, 2, 0, 1, 0, 1, 168},
	{2, 1, 1, 0, 2, 1, 2, 3, 1, 0, 185},
	{3061, 1284, 714, 311, 151, 75, 38, 12, 9, 4, 0},
	{41210, 20993, 4310, 12, 0, 0, 0, 0, 0, 0, 0},
};

static void test_index_of_real_machines(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(real); i++) {
		u64 total = 0;
		u64 blocks = 0;
		u64 above = 0;

		for (u32 o = 0; o < MAX_ORDER; o++) {
			total += real[i][o] * (1u << o);
			blocks += real[i][o];
		}
		for (int o = MAX_ORDER - 1; o >= 0; o--) {
			u64 lost;
			s64 expect;

			above += real[i][o] * (1u << o);
			lost = (total - above) * 1000;
			assert_int_equal(frag_unusable_index(real[i], (u32)o),
					 (lost - lost % total) / total);
			if (above)
				expect = -1000;
			else
				expect = 1000 -
					 (s64)((1000 + (total * 1000 >> o)) /
					       blocks);
			assert_int_equal(frag_extfrag_index(real[i], (u32)o),
					 expect);
		}
	}
}

/* Two slabs of four 900-byte objects in 4096 bytes, five handed out:
 *
 *	|obj|obj|obj|obj|tail|  |obj|free|free|free|tail|
 */
static void test_waste_adds_up(void **state)
{
	const struct cache_snapshot c = {
		.objects_per_slab = 4,
		.object_size = 890,
		.size = 900,
		.num_objs = 8,
		.live_objs = 5,
		.num_slabs = 2,
		.slab_pages = 2,
	};
	const struct slab_waste w = frag_cache_waste(&c);

	(void)state;
	assert_int_equal(w.slab_bytes, 8192);
	assert_int_equal(w.object_bytes, 4450);
	assert_int_equal(w.pad_bytes, 50);
	assert_int_equal(w.free_bytes, 2700);
	assert_int_equal(w.tail_bytes, 992);
	assert_int_equal(w.object_bytes + w.pad_bytes + w.free_bytes +
				 w.tail_bytes,
			 w.slab_bytes);
}

static void test_zones_are_summed(void **state)
{
	struct zone_snapshot zones[2];
	const struct mm_snapshot s = {.nr_zones = 2, .zones = zones};
	u64 nr_free[MAX_ORDER];

	(void)state;
	memset(zones, 0, sizeof(zones));
	zones[0].nr_free[MIGRATE_UNMOVABLE][3] = 1;
	zones[0].nr_free[MIGRATE_HIGHATOMIC][3] = 2;
	zones[1].nr_free[MIGRATE_MOVABLE][3] = 4;
	frag_zone_free(&zones[0], nr_free);
	assert_int_equal(nr_free[3], 3);
	frag_machine_free(&s, nr_free);
	assert_int_equal(nr_free[3], 7);
	assert_int_equal(nr_free[0], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_index_by_hand),
		cmocka_unit_test(test_index_of_one_block),
		cmocka_unit_test(test_index_of_real_machines),
		cmocka_unit_test(test_waste_adds_up),
		cmocka_unit_test(test_zones_are_summed),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
