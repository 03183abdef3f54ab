/*
 * Goal: each distribution has the mean that theory gives it, stays within its
 * bounds, is repeatable, and wrong descriptions are refused with the place.
 */
#include "trace/gen_dist.h"

#include "cmocka_all.h"

#include <math.h>
#include <string.h>

static int bind(struct dist *d, const char *text, enum dist_unit unit,
		struct err *e)
{
	char yaml[400];
	struct yaml_tree *t;
	int rc;

	snprintf(yaml, sizeof(yaml), "d: %s\n", text);
	t = yaml_tree_parse("t", yaml, strlen(yaml), e);
	assert_non_null(t);
	rc = dist_bind(d, yaml_get(yaml_tree_root(t), "d"), unit, e);
	yaml_tree_free(t);
	return rc;
}

static double mean_of(const struct dist *d, u32 nr)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
	double sum = 0;

	gsl_rng_set(rng, 42);
	for (u32 i = 0; i < nr; i++)
		sum += (double)dist_sample(d, rng);
	gsl_rng_free(rng);
	return sum / nr;
}

static void test_means(void **state)
{
	static const struct {
		const char *text;
		double mean;
	} known[] = {
		{"5000", 5000},
		{"{dist: constant, value: 700}", 700},
		{"{dist: uniform, min: 1000, max: 3000}", 2000},
		{"{dist: exponential, mean: 5000}", 5000},
		{"{dist: gamma, shape: 3, scale: 1000}", 3000},
		{"{dist: erlang, shape: 4, scale: 500}", 2000},
		{"{dist: gaussian, mean: 9000, sigma: 500}", 9000},
		{"{dist: lognormal, median: 1000, sigma: 0.5}",
		 1133.1}, /* median x exp(sigma^2 / 2) */
		{"{dist: pareto, shape: 4, min: 3000}", 4000},
		{"{dist: weibull, shape: 1, scale: 2500}", 2500},
		{"{dist: rayleigh, sigma: 1000}", 1253.3},
		{"{dist: chisq, nu: 5, scale: 200}", 1000},
		{"{dist: fdist, nu1: 6, nu2: 12, scale: 1000}", 1200},
		{"{dist: tdist, nu: 9, mean: 5000, scale: 100}", 5000},
		{"{dist: beta, a: 2, b: 2, scale: 1000}", 500},
		{"{dist: logistic, mean: 5000, scale: 100}", 5000},
		{"{dist: laplace, mean: 5000, scale: 100}", 5000},
		{"{dist: exppow, mean: 5000, scale: 100, shape: 2}", 5000},
		{"{dist: gumbel1, mode: 5000, scale: 1000}", 5577.2},
		{"{dist: gumbel2, shape: 3, scale: 1000}", 1354.1},
		{"{dist: poisson, mean: 300}", 300},
		{"{dist: bernoulli, p: 0.25}", 0.25},
		{"{dist: binomial, p: 0.25, n: 4000}", 1000},
		{"{dist: negative_binomial, p: 0.5, n: 100}", 100},
		{"{dist: pascal, p: 0.5, n: 100}", 100},
		{"{dist: geometric, p: 0.01}", 100},
		{"{dist: logarithmic, p: 0.9}", 3.9087},
		/* (0 + 1/2 + 2/3 + 3/4) / (1 + 1/2 + 1/3 + 1/4) */
		{"{dist: zipf, exponent: 1, n: 4, step: 1000}", 920},
		/* (1/4 + 2/9) / (1 + 1/4 + 1/9) */
		{"{dist: zipf, exponent: 2, n: 3, step: 1000}", 346.94},
		{"{dist: zipf, exponent: 0.000001, n: 11, step: 100}", 500},
		{"{dist: zipf, exponent: 3, n: 1, step: 100}", 0},
		{"{dist: histogram, bins: [[100, 1], [200, 400, 1]]}", 200},
		{"{dist: mixture, of: [{weight: 3, dist: constant, value: "
		 "100}, {dist: exponential, mean: 500}]}",
		 200},
		{"{dist: cauchy, median: 10, scale: 3, at_least: 40, at_most: "
		 "40}",
		 40},
		{"{dist: landau, location: 10, scale: 3, at_most: 0}", 0},
		{"{dist: levy, location: 10, scale: 3, alpha: 1.5, at_most: "
		 "0}",
		 0},
	};
	struct dist d = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct err e = {0};
		double mean;

		if (bind(&d, known[i].text, DIST_COUNT, &e))
			fail_msg("%s: %s", known[i].text, e.text);
		mean = mean_of(&d, 40000);
		if (fabs(mean - known[i].mean) > 0.025 * known[i].mean)
			fail_msg("%s: mean %g, expected %g", known[i].text,
				 mean, known[i].mean);
	}
	dist_free(&d);
}

/* Each rank as often as 1 / rank^1.5 says. */
static void test_zipf_ranks(void **state)
{
	static const double share[] = {0.646842, 0.228693, 0.124485};
	u32 seen[3] = {0};
	struct dist d = {0};
	struct err e = {0};
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);

	(void)state;
	assert_int_equal(bind(&d, "{dist: zipf, exponent: 1.5, n: 3, step: 8}",
			      DIST_BYTES, &e),
			 0);
	for (u32 i = 0; i < 100000; i++)
		seen[dist_sample(&d, rng) / 8]++;
	/* Five standard deviations of 100000 trials. */
	for (u32 i = 0; i < 3; i++)
		assert_true(fabs(seen[i] / 1e5 - share[i]) < 0.008);
	gsl_rng_free(rng);
	dist_free(&d);
}

static void test_units_and_bounds(void **state)
{
	struct dist d = {0};
	struct err e = {0};
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);

	(void)state;
	assert_int_equal(bind(&d, "1.5ms", DIST_TIME, &e), 0);
	assert_int_equal(dist_sample(&d, rng), 1500000);
	assert_int_equal(bind(&d,
			      "{dist: cauchy, median: 1KiB, scale: 1MiB, "
			      "at_least: 8, at_most: 4KiB}",
			      DIST_BYTES, &e),
			 0);
	for (u32 i = 0; i < 10000; i++) {
		u64 v = dist_sample(&d, rng);

		assert_in_range(v, 8, 4096);
	}
	dist_free(&d);
	gsl_rng_free(rng);
}

static void test_refused(void **state)
{
	static const char *const bad[][2] = {
		{"{dist: exponetial, mean: 3}",
		 "t:1:11: no distribution 'exponetial'; did you mean "
		 "'exponential'?"},
		{"{dist: qqqqqqqq}", "t:1:11: no distribution 'qqqqqqqq'; see "
				     "docs/workloads.md"},
		{"{mean: 3}", "t:1:4: the key 'dist' is missing"},
		{"{dist: gamma, shape: 3}",
		 "t:1:4: the distribution 'gamma' needs the key 'scale'"},
		{"{dist: gamma, shap: 3}", "t:1:18: the distribution 'gamma' "
					   "has no key 'shap'; did you mean "
					   "'shape'?"},
		{"{dist: exponential, mean: 0}", "t:1:30: expected more than "
						 "0"},
		{"{dist: exponential, mean: 3ms}",
		 "t:1:30: expected a number, not '3ms'"},
		{"{dist: uniform, min: 3, max: 2}", "t:1:33: max is below "
						    "min"},
		{"{dist: zipf, exponent: 1, n: 0.5, step: 8}",
		 "t:1:33: expected 1 at least"},
		{"{dist: geometric, p: 2}",
		 "t:1:25: '2' is out of range: 1e-09 to 1"},
		{"{dist: histogram, bins: []}",
		 "t:1:28: 0 entries; 1 to 4096 are possible"},
		{"{dist: histogram, bins: [[1, 0]]}",
		 "t:1:28: all weights are 0"},
		{"{dist: histogram, bins: [[3, 2, 1]]}",
		 "t:1:33: the bin ends before it starts"},
		{"{dist: histogram, bins: [[3]]}",
		 "t:1:29: expected [value, weight] or [from, to, weight]"},
		{"{dist: mixture, of: [{dist: constant}]}",
		 "t:1:25: the distribution 'constant' needs the key 'value'"},
		{"{dist: constant, value: 3, at_least: 9, at_most: 5}",
		 "t:1:53: at_most is below at_least"},
		{"[1]", "t:1:4: expected a value or {dist: NAME, ...}, not a "
			"list"},
		{"-1", "t:1:4: '-1' is out of range"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct dist d = {0};
		struct err e = {0};

		assert_true(bind(&d, bad[i][0], DIST_COUNT, &e) < 0);
		assert_string_equal(e.text, bad[i][1]);
		dist_free(&d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_means),
		cmocka_unit_test(test_zipf_ranks),
		cmocka_unit_test(test_units_and_bounds),
		cmocka_unit_test(test_refused),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
