/*
 * Goal: a histogram's count, sum, min and max are exact and its percentiles
 * are right to three digits.  Method: known sets of values.
 */
#include "base/hist.h"

#include "base/compiler.h"

#include "cmocka_all.h"

static void test_hist_empty(void **state)
{
	struct hist h = {0};

	(void)state;
	assert_int_equal(hist_permille(&h, 500), 0);
	hist_free(&h);
}

static void test_hist_small_values_are_exact(void **state)
{
	struct hist h = {0};

	(void)state;
	for (u64 v = 1; v <= 1000; v++)
		hist_add(&h, v);
	assert_int_equal(h.count, 1000);
	assert_int_equal(h.sum, 500500);
	assert_int_equal(h.min, 1);
	assert_int_equal(h.max, 1000);
	assert_int_equal(hist_permille(&h, 0), 1);
	assert_int_equal(hist_permille(&h, 500), 500);
	assert_int_equal(hist_permille(&h, 999), 999);
	assert_int_equal(hist_permille(&h, 1000), 1000);
	hist_free(&h);
}

static void test_hist_large_values_keep_three_digits(void **state)
{
	static const u64 values[] = {2047,	   2048,      4095,
				     4096,	   1000000,   1 << 30,
				     (u64)1 << 62, UINT64_MAX};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		struct hist h = {0};
		u64 p;

		hist_add(&h, values[i]);
		hist_add(&h, 0);
		hist_add(&h, UINT64_MAX);
		p = hist_permille(&h, 600);
		assert_true(p >= values[i]);
		assert_true(p - values[i] <= values[i] / 1024);
		hist_free(&h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hist_empty),
		cmocka_unit_test(test_hist_small_values_are_exact),
		cmocka_unit_test(test_hist_large_values_keep_three_digits),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
