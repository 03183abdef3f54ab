/*
 * Goal: slub_calculate_sizes() gives known geometry.
 * Method: rows worked out by hand; tests/oracle/geometry.sh has the masses.
 */
#include "mm/slab_sizes.h"
#include "mm/slub.h"

#include "cmocka_all.h"

static struct mm_conf conf_of(u32 cpus)
{
	struct mm_conf conf = {.profile = PROFILE_LINUX_6_1,
			       .nr_cpus = cpus,
			       .slub_max_order = 3,
			       .slub_cpu_partial = true};

	return conf;
}

static struct slub_layout lay(const struct mm_conf *conf, u32 size, u32 align,
			      slab_flags_t flags)
{
	struct slub_layout l;

	assert_true(slub_calculate_sizes(
		conf, size, calculate_alignment(flags, align, size), flags,
		&l));
	return l;
}

static void test_order_grows_with_cpus(void **state)
{
	static const u32 cpus[] = {1, 2, 4, 8};
	static const u32 order_600[] = {1, 1, 2, 2};

	(void)state;
	for (u32 i = 0; i < 4; i++) {
		struct mm_conf conf = conf_of(cpus[i]);

		assert_int_equal(lay(&conf, 600, 0, 0).order, order_600[i]);
	}
}

static void test_free_pointer(void **state)
{
	struct mm_conf conf = conf_of(1);

	(void)state;
	/* In the middle; behind the object when that must stay. */
	assert_int_equal(lay(&conf, 192, 0, 0).offset, 96);
	assert_int_equal(lay(&conf, 192, 0, 0).size, 192);
	assert_int_equal(lay(&conf, 192, 0, SLAB_CTOR).offset, 192);
	assert_int_equal(lay(&conf, 192, 0, SLAB_CTOR).size, 200);
	assert_int_equal(lay(&conf, 192, 0, SLAB_TYPESAFE_BY_RCU).size, 200);
	conf.profile = PROFILE_LINUX_5_3;
	assert_int_equal(lay(&conf, 192, 0, 0).offset, 0);
}

static void test_hwcache_align(void **state)
{
	struct mm_conf conf = conf_of(1);

	(void)state;
	assert_int_equal(lay(&conf, 33, 0, SLAB_HWCACHE_ALIGN).size, 64);
	assert_int_equal(lay(&conf, 32, 0, SLAB_HWCACHE_ALIGN).size, 32);
	assert_int_equal(lay(&conf, 65, 0, SLAB_HWCACHE_ALIGN).size, 128);
}

static void test_limits(void **state)
{
	struct mm_conf conf = conf_of(1);
	struct slub_layout l;

	(void)state;
	assert_int_equal(lay(&conf, 248, 0, 0).cpu_partial, 120);
	assert_int_equal(lay(&conf, 256, 0, 0).cpu_partial, 52);
	assert_int_equal(lay(&conf, 1024, 0, 0).cpu_partial, 24);
	assert_int_equal(lay(&conf, 4096, 0, 0).cpu_partial, 6);
	assert_int_equal(lay(&conf, 192, 0, 0).cpu_partial_slabs, 12);
	assert_int_equal(lay(&conf, 192, 0, 0).min_partial, 5);
	assert_int_equal(lay(&conf, 4096, 0, 0).min_partial, 6);
	conf.slub_cpu_partial = false;
	assert_int_equal(lay(&conf, 192, 0, 0).cpu_partial, 0);
	assert_false(slub_calculate_sizes(&conf, 0, 8, 0, &l));
	assert_false(slub_calculate_sizes(&conf, (4u << 20) + 1, 8, 0, &l));
}

static void test_boot_parameters(void **state)
{
	struct mm_conf conf = conf_of(1);

	(void)state;
	conf.slub_min_order = 2;
	assert_int_equal(lay(&conf, 64, 0, 0).order, 2);
	conf.slub_min_order = 0;
	conf.slub_max_order = 0;
	assert_int_equal(lay(&conf, 600, 0, 0).order, 0);
	conf.slub_max_order = 3;
	conf.slub_min_objects = 50;
	assert_int_equal(lay(&conf, 600, 0, 0).objects, 54);
}

static void test_slab_sizes_classes(void **state)
{
	(void)state;
	for (u32 size = 1; size <= KMALLOC_MAX_CACHE; size++) {
		u32 got = kmalloc_class_size(kmalloc_index(size, 3), 3);

		assert_true(got >= size);
		assert_true(size <= 8 || got < 2 * size);
	}
	assert_int_equal(kmalloc_class_size(kmalloc_index(65, 3), 3), 96);
	assert_int_equal(kmalloc_class_size(kmalloc_index(97, 3), 3), 128);
	assert_int_equal(kmalloc_class_size(kmalloc_index(129, 3), 3), 192);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_grows_with_cpus),
		cmocka_unit_test(test_free_pointer),
		cmocka_unit_test(test_hwcache_align),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_boot_parameters),
		cmocka_unit_test(test_slab_sizes_classes),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
