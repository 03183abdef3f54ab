/*
 * Goal: SLAB lays caches out as the kernel of each profile, and as the paper.
 * Method: figures of textbooks and of /proc/slabinfo; rules over all sizes.
 * Recorded layouts are compared by tests/oracle/geometry.sh.
 */
#include "mm/slab_cache.h"
#include "mm/slab_sizes.h"

#include "cmocka_all.h"

#include <string.h>

static struct mm_conf conf_of(enum kernel_profile profile)
{
	struct mm_conf conf = {.profile = profile,
			       .slab_ops = &slab_ops_slab,
			       .slab_colour = true,
			       .nr_cpus = 1,
			       .nr_nodes = 1};

	return conf;
}

/* │ 20 objects of 200 │ 64 left over │ 32 │: colours 0, 8 .. 64. */
static void test_textbook(void **state)
{
	struct mm_conf conf = conf_of(PROFILE_LINUX_6_1);
	struct slab_layout l;

	(void)state;
	conf.slab_textbook = true;
	assert_true(slab_layout_booted(&l, &conf, 200, 8, 0));
	assert_int_equal(l.num, 20);
	assert_int_equal(l.gfporder, 0);
	assert_int_equal(l.left_over, 64);
	assert_int_equal(l.colour_off, 8);
	assert_int_equal(l.colour, 9);
}

/* /proc/slabinfo of 2.6 on x86-64: objects and pages of a slab. */
static void test_general_caches_of_2_6(void **state)
{
	static const u32 want[][3] = {
		{32, 112, 1},	{64, 59, 1},   {128, 30, 1},  {256, 15, 1},
		{512, 8, 1},	{1024, 4, 1},  {2048, 2, 1},  {4096, 1, 1},
		{8192, 1, 2},	{16384, 1, 4}, {32768, 1, 8}, {65536, 1, 16},
		{131072, 1, 32}};
	struct mm_conf conf = conf_of(PROFILE_LINUX_2_6);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		struct slab_layout l;
		u32 align = kmalloc_align(&conf, want[i][0]);

		assert_true(
			slab_layout_booted(&l, &conf, want[i][0], align, 0));
		assert_int_equal(l.num, want[i][1]);
		assert_int_equal(1u << l.gfporder, want[i][2]);
		assert_int_equal(l.management == SLAB_MGMT_OFF,
				 want[i][0] >= 512);
	}
}

/* The order rises while more than an eighth is wasted, up to 1. */
static void test_waste(void **state)
{
	static const enum kernel_profile profiles[] = {PROFILE_LINUX_2_6,
						       PROFILE_LINUX_6_1};

	(void)state;
	for (u32 p = 0; p < ARRAY_SIZE(profiles); p++) {
		struct mm_conf conf = conf_of(profiles[p]);

		for (u32 size = 16; size <= 8192; size += 8) {
			struct slab_layout l;
			u64 slab;

			assert_true(slab_layout_booted(&l, &conf, size, 8, 0));
			slab = MM_PAGE_SIZE << l.gfporder;
			assert_true((u64)l.num * l.size + l.left_over <= slab);
			assert_true(l.gfporder >= 1 || l.left_over * 8 <= slab);
			assert_true(l.num <= SLAB_INDEX_MAX);
			assert_true((u64)l.colour * l.colour_off <=
				    l.left_over);
		}
	}
}

/* Slabs of the paper waste at most a part in as many as they hold objects. */
static void test_textbook_waste(void **state)
{
	struct mm_conf conf = conf_of(PROFILE_LINUX_6_1);

	(void)state;
	conf.slab_textbook = true;
	for (u32 size = 8; size <= 4096; size += 8) {
		struct slab_layout l;
		u64 slab;

		assert_true(slab_layout_booted(&l, &conf, size, 8, 0));
		slab = MM_PAGE_SIZE << l.gfporder;
		if (l.num < SLAB_INDEX_MAX)
			assert_true((u64)l.left_over * l.num < slab);
	}
}

static void test_no_colour(void **state)
{
	struct mm_conf conf = conf_of(PROFILE_LINUX_6_1);
	struct slab_layout l;

	(void)state;
	assert_true(slab_layout_booted(&l, &conf, 700, 8, 0));
	assert_int_equal(l.colour, 7);
	conf.slab_colour = false;
	assert_true(slab_layout_booted(&l, &conf, 700, 8, 0));
	assert_int_equal(l.colour, 0);
}

static void test_limits(void **state)
{
	static const u32 want[][3] = {
		{256, 120, 60}, {257, 54, 27}, {1024, 54, 27}, {1025, 24, 12},
		{4096, 24, 12}, {4097, 8, 4},  {131072, 8, 4}, {131073, 1, 1}};
	u32 limit, batchcount, shared;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		slab_limits_of(want[i][0], 2, &limit, &batchcount, &shared);
		assert_int_equal(limit, want[i][1]);
		assert_int_equal(batchcount, want[i][2]);
		assert_int_equal(shared, want[i][0] <= 4096 ? 8 : 0);
	}
}

/* The last tunable that fits a cache counts. */
static void test_tunables(void **state)
{
	struct mm_conf conf = conf_of(PROFILE_LINUX_6_1);
	u32 limit = 120, batchcount = 60, shared = 8;

	(void)state;
	conf.slab_tunables[0] = (struct slab_tunable){"*", 30, 10, 4};
	conf.slab_tunables[1] = (struct slab_tunable){"dentry", 7, 3, 0};
	conf.nr_slab_tunables = 2;
	slab_limits_tune(&conf, "filp", &limit, &batchcount, &shared);
	assert_int_equal(limit, 30);
	assert_int_equal(shared, 4);
	slab_limits_tune(&conf, "dentry", &limit, &batchcount, &shared);
	assert_int_equal(limit, 7);
	assert_int_equal(batchcount, 3);
	assert_int_equal(shared, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_textbook),
		cmocka_unit_test(test_general_caches_of_2_6),
		cmocka_unit_test(test_waste),
		cmocka_unit_test(test_textbook_waste),
		cmocka_unit_test(test_no_colour),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_tunables),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
