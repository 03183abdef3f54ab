/*
 * Goal: numbers with units are read exactly, printed in the largest exact
 * unit, and nonsense is refused.
 */
#include "base/units.h"

#include "base/compiler.h"

#include "cmocka_all.h"

struct sample {
	const char *text;
	bool ok;
	u64 value;
};

static void check(bool (*parse)(const char *, u64 *), const struct sample *s,
		  size_t nr)
{
	u64 value;

	for (size_t i = 0; i < nr; i++) {
		bool ok = parse(s[i].text, &value);

		if (ok != s[i].ok || (ok && value != s[i].value))
			fail_msg("'%s' is read wrongly", s[i].text);
	}
}

static void test_sizes(void **state)
{
	static const struct sample s[] = {
		{"0", true, 0},
		{"64MiB", true, 64ull << 20},
		{"1.5GiB", true, 3ull << 29},
		{"4 KiB", true, 4096},
		{"4K", true, 4096},
		{"7B", true, 7},
		{"0.5KiB", true, 512},
		{"16777215TiB", true, 16777215ull << 40},
		{"16777216TiB", false, 0},
		{"18446744073709551616", false, 0},
		{"64MB", false, 0},
		{"-1", false, 0},
		{"", false, 0},
		{"1.", false, 0},
		{".5KiB", false, 0},
		{"1e3", false, 0},
		{"0x10", false, 0},
		{"1.0000000000001KiB", false, 0},
	};

	(void)state;
	check(units_parse_size, s, ARRAY_SIZE(s));
}

static void test_times_and_frequencies(void **state)
{
	static const struct sample t[] = {
		{"0", true, 0},
		{"10ms", true, 10000000},
		{"1.5s", true, 1500000000},
		{"250us", true, 250000},
		{"2min", true, 120000000000},
		{"10", false, 0},
		{"10 parsec", false, 0},
	};
	static const struct sample f[] = {
		{"2.2GHz", true, 2200000000},
		{"100MHz", true, 100000000},
		{"250", true, 250},
		{"2.2ghz", false, 0},
	};
	static const struct sample n[] = {
		{"12", true, 12}, {"0x1f", true, 31}, {"0x", false, 0},
		{"1x", false, 0}, {"-3", false, 0},
	};

	(void)state;
	check(units_parse_ns, t, ARRAY_SIZE(t));
	check(units_parse_hz, f, ARRAY_SIZE(f));
	check(units_parse_u64, n, ARRAY_SIZE(n));
}

static void test_printing_is_exact(void **state)
{
	char buf[UNITS_TEXT_MAX];
	u64 value, back;

	(void)state;
	assert_string_equal(units_print_size(64ull << 20, buf), "64MiB");
	assert_string_equal(units_print_size(21492ull << 10, buf), "21492KiB");
	assert_string_equal(units_print_size(7, buf), "7");
	assert_string_equal(units_print_size(0, buf), "0");
	assert_string_equal(units_print_ns(1500000, buf), "1500us");
	assert_string_equal(units_print_hz(2500000000, buf), "2500MHz");
	for (value = 1; value < 1ull << 60; value = value * 3 + 1) {
		assert_true(
			units_parse_size(units_print_size(value, buf), &back));
		assert_int_equal(back, value);
		assert_true(units_parse_ns(units_print_ns(value, buf), &back));
		assert_int_equal(back, value);
	}
}

static void test_doubles_and_bools(void **state)
{
	double d;
	bool b;

	(void)state;
	assert_true(units_parse_double("0.25", &d) && d > 0.24 && d < 0.26);
	assert_true(units_parse_double("-1e3", &d) && d < -999);
	assert_false(units_parse_double("nan", &d));
	assert_false(units_parse_double("inf", &d));
	assert_false(units_parse_double("0x10", &d));
	assert_false(units_parse_double("1e999", &d));
	assert_false(units_parse_double("", &d));
	assert_true(units_parse_bool("yes", &b) && b);
	assert_true(units_parse_bool("off", &b) && !b);
	assert_false(units_parse_bool("1", &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_times_and_frequencies),
		cmocka_unit_test(test_printing_is_exact),
		cmocka_unit_test(test_doubles_and_bools),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
