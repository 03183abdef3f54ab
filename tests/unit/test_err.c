/*
 * Goal: an err keeps the first message, which is nearest to the cause.
 */
#include "base/err.h"

#include "cmocka_all.h"

#include <errno.h>

static void test_first_message_is_kept(void **state)
{
	struct err e = {0};

	(void)state;
	assert_int_equal(err_set(&e, -EINVAL, "%s:%d: bad", "a.yaml", 3),
			 -EINVAL);
	assert_int_equal(err_set(&e, -EIO, "later"), -EIO);
	assert_string_equal(e.text, "a.yaml:3: bad");
	assert_int_equal(e.code, -EINVAL);
}

static void test_null_err_is_allowed(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, -EIO, "x"), -EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_message_is_kept),
		cmocka_unit_test(test_null_err_is_allowed),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
