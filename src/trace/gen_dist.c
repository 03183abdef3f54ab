#include "trace/gen_dist.h"

#include "base/bug.h"
#include "base/units.h"
#include "base/xmalloc.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Largest sample of each unit: what a trace record or the clock can hold. */
static const double unit_most[] = {
	[DIST_COUNT] = 1e9,
	[DIST_BYTES] = 2147483648.0, /* 2 GiB; the kernel refuses it anyway */
	[DIST_TIME] = 1e18,	     /* 31 years in ns */
};

#define POISSON_MEAN_MAX 1e9 /* GSL counts in 32 bits */

enum param_kind {
	PARAM_SHAPE,	/* a plain number above 0 */
	PARAM_SHARE,	/* above 0, up to 1 */
	PARAM_REAL,	/* any plain number */
	PARAM_VALUE,	/* of the unit of the samples */
	PARAM_VALUE_POS /* of that unit, above 0 */
};

struct dist_param {
	const char *name;
	enum param_kind kind;
};

struct dist_kind {
	const char *name;
	double (*draw)(const gsl_rng *rng, const double *p);
	struct dist_param params[DIST_PARAMS_MAX + 1];
};

#define DRAW(id, expr)                                               \
	static double draw_##id(const gsl_rng *rng, const double *p) \
	{                                                            \
		return (expr);                                       \
	}

static double draw_constant(const gsl_rng *rng, const double *p)
{
	(void)rng;
	return p[0];
}

DRAW(uniform, gsl_ran_flat(rng, p[0], p[1]))
DRAW(exponential, gsl_ran_exponential(rng, p[0]))
DRAW(gamma, gsl_ran_gamma(rng, p[0], p[1]))
DRAW(erlang, gsl_ran_erlang(rng, p[1], p[0]))
/* The ziggurat is GSL's fastest way to the same distribution. */
DRAW(gaussian, p[0] + gsl_ran_gaussian_ziggurat(rng, p[1]))
DRAW(lognormal, p[0] * exp(gsl_ran_gaussian_ziggurat(rng, p[1])))
DRAW(pareto, gsl_ran_pareto(rng, p[0], p[1]))
DRAW(weibull, gsl_ran_weibull(rng, p[1], p[0]))
DRAW(rayleigh, gsl_ran_rayleigh(rng, p[0]))
DRAW(chisq, p[1] * gsl_ran_chisq(rng, p[0]))
DRAW(fdist, p[2] * gsl_ran_fdist(rng, p[0], p[1]))
DRAW(tdist, p[1] + p[2] * gsl_ran_tdist(rng, p[0]))
DRAW(beta, p[2] * gsl_ran_beta(rng, p[0], p[1]))
DRAW(logistic, p[0] + gsl_ran_logistic(rng, p[1]))
DRAW(laplace, p[0] + gsl_ran_laplace(rng, p[1]))
DRAW(cauchy, p[0] + gsl_ran_cauchy(rng, p[1]))
DRAW(exppow, p[0] + gsl_ran_exppow(rng, p[1], p[2]))
DRAW(landau, p[0] + p[1] * gsl_ran_landau(rng))
DRAW(levy, p[0] + gsl_ran_levy(rng, p[1], p[2]))
DRAW(gumbel1, p[0] + gsl_ran_gumbel1(rng, 1 / p[1], 1))
DRAW(gumbel2, p[1] * gsl_ran_gumbel2(rng, p[0], 1))
DRAW(poisson, (double)gsl_ran_poisson(rng, p[0]))
DRAW(bernoulli, (double)gsl_ran_bernoulli(rng, p[0]))
DRAW(binomial, (double)gsl_ran_binomial(rng, p[0], (unsigned int)p[1]))
DRAW(negative_binomial, (double)gsl_ran_negative_binomial(rng, p[0], p[1]))
DRAW(pascal, (double)gsl_ran_pascal(rng, p[0], (unsigned int)p[1]))
DRAW(geometric, (double)gsl_ran_geometric(rng, p[0]))
DRAW(logarithmic, (double)gsl_ran_logarithmic(rng, p[0]))

/* The integral of x^-s, and its inverse. */
static double zipf_sum(double s, double x)
{
	return fabs(1 - s) < 1e-9 ? log(x) : (pow(x, 1 - s) - 1) / (1 - s);
}

static double zipf_unsum(double s, double y)
{
	double base = 1 + (1 - s) * y;

	if (fabs(1 - s) < 1e-9)
		return exp(y);
	return base > 0 ? pow(base, 1 / (1 - s)) : HUGE_VAL;
}

/*
 * Rejection-inversion (Hoermann and Derflinger 1996): x is drawn under the
 * curve x^-s, which lies above the steps of the ranks; rarely once more.
 */
static double draw_zipf(const gsl_rng *rng, const double *p)
{
	double s = p[0], n = floor(p[1]);
	double from = zipf_sum(s, 1.5) - 1, to = zipf_sum(s, n + 0.5);
	double near = 2 - zipf_unsum(s, zipf_sum(s, 2.5) - pow(2, -s));

	for (;;) {
		double u = to + gsl_rng_uniform(rng) * (from - to);
		double x = zipf_unsum(s, u);
		double k = floor(x + 0.5);

		k = CLAMP(k, 1, n);
		if (k - x <= near || u >= zipf_sum(s, k + 0.5) - pow(k, -s))
			return (k - 1) * p[2];
	}
}

#define SHAPE(n)               \
	{                      \
		n, PARAM_SHAPE \
	}
#define SHARE(n)               \
	{                      \
		n, PARAM_SHARE \
	}
#define VALUE(n)               \
	{                      \
		n, PARAM_VALUE \
	}
#define VPOS(n)                    \
	{                          \
		n, PARAM_VALUE_POS \
	}

static const struct dist_kind kinds[] = {
	{"constant", draw_constant, {VALUE("value")}},
	{"uniform", draw_uniform, {VALUE("min"), VALUE("max")}},
	{"exponential", draw_exponential, {VPOS("mean")}},
	{"gamma", draw_gamma, {SHAPE("shape"), VPOS("scale")}},
	{"erlang", draw_erlang, {SHAPE("shape"), VPOS("scale")}},
	{"gaussian", draw_gaussian, {VALUE("mean"), VPOS("sigma")}},
	{"lognormal", draw_lognormal, {VPOS("median"), SHAPE("sigma")}},
	{"pareto", draw_pareto, {SHAPE("shape"), VPOS("min")}},
	{"weibull", draw_weibull, {SHAPE("shape"), VPOS("scale")}},
	{"rayleigh", draw_rayleigh, {VPOS("sigma")}},
	{"chisq", draw_chisq, {SHAPE("nu"), VPOS("scale")}},
	{"fdist", draw_fdist, {SHAPE("nu1"), SHAPE("nu2"), VPOS("scale")}},
	{"tdist", draw_tdist, {SHAPE("nu"), VALUE("mean"), VPOS("scale")}},
	{"beta", draw_beta, {SHAPE("a"), SHAPE("b"), VPOS("scale")}},
	{"logistic", draw_logistic, {VALUE("mean"), VPOS("scale")}},
	{"laplace", draw_laplace, {VALUE("mean"), VPOS("scale")}},
	{"cauchy", draw_cauchy, {VALUE("median"), VPOS("scale")}},
	{"exppow", draw_exppow, {VALUE("mean"), VPOS("scale"), SHAPE("shape")}},
	{"landau", draw_landau, {VALUE("location"), VPOS("scale")}},
	{"levy", draw_levy, {VALUE("location"), VPOS("scale"), SHAPE("alpha")}},
	{"gumbel1", draw_gumbel1, {VALUE("mode"), VPOS("scale")}},
	{"gumbel2", draw_gumbel2, {SHAPE("shape"), VPOS("scale")}},
	{"poisson", draw_poisson, {VPOS("mean")}},
	{"bernoulli", draw_bernoulli, {SHARE("p")}},
	{"binomial", draw_binomial, {SHARE("p"), SHAPE("n")}},
	{"negative_binomial", draw_negative_binomial, {SHARE("p"), SHAPE("n")}},
	{"pascal", draw_pascal, {SHARE("p"), SHAPE("n")}},
	{"geometric", draw_geometric, {SHARE("p")}},
	{"logarithmic", draw_logarithmic, {SHARE("p")}},
	{"zipf", draw_zipf, {SHAPE("exponent"), SHAPE("n"), VPOS("step")}},
};

/* Made of parts: their lists are read by code of their own. */
static const struct dist_kind mixture_kind = {"mixture", NULL, {{0}}};
static const struct dist_kind histogram_kind = {"histogram", NULL, {{0}}};

#define NR_NAMES (ARRAY_SIZE(kinds) + 2)

const char *const *dist_names(void)
{
	static const char *names[NR_NAMES + 1];

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		names[i] = kinds[i].name;
	names[ARRAY_SIZE(kinds)] = mixture_kind.name;
	names[ARRAY_SIZE(kinds) + 1] = histogram_kind.name;
	return names;
}

const char *const *dist_param_names(const char *name)
{
	static const char *names[DIST_PARAMS_MAX + 1];

	memset(names, 0, sizeof(names));
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].name, name))
			for (u32 k = 0; k < DIST_PARAMS_MAX; k++)
				names[k] = kinds[i].params[k].name;
	return names;
}

static const struct dist_kind *kind_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	if (!strcmp(name, mixture_kind.name))
		return &mixture_kind;
	return strcmp(name, histogram_kind.name) ? NULL : &histogram_kind;
}

/* A number with the unit of what is drawn. */
static int read_value(const struct yaml_node *n, enum dist_unit unit,
		      double *value, struct err *e)
{
	static const char *const expected[] = {
		[DIST_COUNT] = "a number",
		[DIST_BYTES] = "a size such as 4KiB",
		[DIST_TIME] = "a time such as 10ms",
	};
	bool ok = false;
	u64 whole = 0;

	if (schema_want(n, YAML_SCALAR, expected[unit], e))
		return -EINVAL;
	if (unit == DIST_COUNT)
		ok = units_parse_double(n->text, value);
	else if (unit == DIST_BYTES)
		ok = units_parse_size(n->text, &whole);
	else
		ok = units_parse_ns(n->text, &whole);
	if (!ok)
		return yaml_err(n, e, "expected %s, not '%.100s'",
				expected[unit], n->text);
	if (unit != DIST_COUNT)
		*value = (double)whole;
	if (*value < 0 || *value > unit_most[unit])
		return yaml_err(n, e, "'%.100s' is out of range", n->text);
	return 0;
}

static int read_param(struct dist *d, u32 i, const struct yaml_node *n,
		      struct err *e)
{
	enum param_kind kind = d->kind->params[i].kind;
	double *p = &d->param[i];

	if (kind == PARAM_SHAPE)
		return schema_double(n, 1e-6, 1e9, p, e);
	if (kind == PARAM_SHARE)
		return schema_double(n, 1e-9, 1 - 1e-9, p, e);
	if (kind == PARAM_REAL)
		return schema_double(n, -1e9, 1e9, p, e);
	if (read_value(n, d->unit, p, e))
		return -EINVAL;
	if (kind == PARAM_VALUE_POS && *p <= 0)
		return yaml_err(n, e, "expected more than 0");
	if (d->kind->draw == draw_poisson && *p > POISSON_MEAN_MAX)
		return yaml_err(n, e, "a Poisson mean above %.0g",
				POISSON_MEAN_MAX);
	return 0;
}

static int missing(const struct yaml_node *n, const char *key,
		   const struct dist *d, struct err *e)
{
	return yaml_err(n, e, "the distribution '%s' needs the key '%s'",
			d->kind->name, key);
}

/* The choice among @weights as GSL's table (Walker's aliases). */
static int make_table(struct dist *d, const double *weights,
		      const struct yaml_node *n, struct err *e)
{
	double sum = 0;

	for (u32 i = 0; i < d->nr; i++)
		sum += weights[i];
	if (sum <= 0)
		return yaml_err(n, e, "all weights are 0");
	d->table = gsl_ran_discrete_preproc(d->nr, weights);
	if (!d->table)
		return yaml_err(n, e, "the weights make no distribution");
	return 0;
}

static int bind_parts(struct dist *d, const struct yaml_node *list,
		      double *weights, struct err *e)
{
	u32 i = 0;

	for (const struct yaml_node *v = list->child; v; v = v->next, i++) {
		const struct yaml_node *w;

		if (schema_want(v, YAML_MAP, "{weight: ..., dist: ...}", e))
			return -EINVAL;
		w = yaml_get(v, "weight");
		weights[i] = 1;
		if (w && schema_double(w, 0, 1e12, &weights[i], e))
			return -EINVAL;
		if (dist_bind(&d->parts[i], v, d->unit, e))
			return -EINVAL;
	}
	return make_table(d, weights, list, e);
}

static int want_list(const struct dist *d, const struct yaml_node *n,
		     const struct yaml_node *list, const char *key,
		     const char *expected, struct err *e)
{
	if (!list)
		return missing(n, key, d, e);
	if (schema_want(list, YAML_LIST, expected, e))
		return -EINVAL;
	if (!list->nr || list->nr > DIST_PARTS_MAX)
		return yaml_err(list, e, "%u entries; 1 to %d are possible",
				list->nr, DIST_PARTS_MAX);
	return 0;
}

static int bind_mixture(struct dist *d, const struct yaml_node *n,
			struct err *e)
{
	const struct yaml_node *list = yaml_get(n, "of");
	double *weights;
	int rc;

	if (want_list(d, n, list, "of", "a list of distributions", e))
		return -EINVAL;
	d->nr = list->nr;
	d->parts = xcalloc(d->nr, sizeof(*d->parts));
	weights = xcalloc(d->nr, sizeof(*weights));
	rc = bind_parts(d, list, weights, e);
	free(weights);
	return rc;
}

/* One bin: [value, weight] or [from, to, weight]. */
static int bind_bin(struct dist *d, u32 i, const struct yaml_node *bin,
		    double *weight, struct err *e)
{
	const struct yaml_node *v = bin->child;

	if (schema_want(bin, YAML_LIST,
			"[value, weight] or "
			"[from, to, weight]",
			e))
		return -EINVAL;
	if (bin->nr != 2 && bin->nr != 3)
		return yaml_err(bin, e,
				"expected [value, weight] or "
				"[from, to, weight]");
	if (read_value(v, d->unit, &d->bin_from[i], e))
		return -EINVAL;
	d->bin_to[i] = d->bin_from[i];
	if (bin->nr == 3) {
		v = v->next;
		if (read_value(v, d->unit, &d->bin_to[i], e))
			return -EINVAL;
		if (d->bin_to[i] < d->bin_from[i])
			return yaml_err(v, e, "the bin ends before it starts");
	}
	return schema_double(v->next, 0, 1e15, weight, e);
}

static int bind_histogram(struct dist *d, const struct yaml_node *n,
			  struct err *e)
{
	const struct yaml_node *list = yaml_get(n, "bins");
	double *weights;
	u32 i = 0;
	int rc = 0;

	if (want_list(d, n, list, "bins", "a list of [value, weight]", e))
		return -EINVAL;
	d->nr = list->nr;
	d->bin_from = xcalloc(d->nr, sizeof(*d->bin_from));
	d->bin_to = xcalloc(d->nr, sizeof(*d->bin_to));
	weights = xcalloc(d->nr, sizeof(*weights));
	for (const struct yaml_node *v = list->child; v && !rc; v = v->next) {
		rc = bind_bin(d, i, v, &weights[i], e);
		i++;
	}
	if (!rc)
		rc = make_table(d, weights, list, e);
	free(weights);
	return rc;
}

/* Keys that every distribution may have. */
static const char *const common_keys[] = {"dist", "weight", "at_least",
					  "at_most"};

static int unknown_param(const struct dist *d, const struct yaml_node *c,
			 struct err *e)
{
	const char *names[DIST_PARAMS_MAX + ARRAY_SIZE(common_keys) + 2];
	const char *near;
	u32 nr = 0;

	for (u32 i = 0; i < DIST_PARAMS_MAX && d->kind->params[i].name; i++)
		names[nr++] = d->kind->params[i].name;
	if (d->kind == &mixture_kind)
		names[nr++] = "of";
	if (d->kind == &histogram_kind)
		names[nr++] = "bins";
	for (u32 i = 0; i < ARRAY_SIZE(common_keys); i++)
		names[nr++] = common_keys[i];
	names[nr] = NULL;
	near = schema_nearest(c->key, names);
	return yaml_err_key(c, e,
			    "the distribution '%s' has no key '%.100s'; "
			    "did you mean '%s'?",
			    d->kind->name, c->key, near ? near : names[0]);
}

static bool key_is_known(const struct dist *d, const char *key)
{
	for (u32 i = 0; i < DIST_PARAMS_MAX && d->kind->params[i].name; i++)
		if (!strcmp(key, d->kind->params[i].name))
			return true;
	for (u32 i = 0; i < ARRAY_SIZE(common_keys); i++)
		if (!strcmp(key, common_keys[i]))
			return true;
	return (d->kind == &mixture_kind && !strcmp(key, "of")) ||
	       (d->kind == &histogram_kind && !strcmp(key, "bins"));
}

static int bind_bounds(struct dist *d, const struct yaml_node *n, struct err *e)
{
	const struct yaml_node *lo = yaml_get(n, "at_least");
	const struct yaml_node *hi = yaml_get(n, "at_most");

	if (lo && read_value(lo, d->unit, &d->at_least, e))
		return -EINVAL;
	if (hi && read_value(hi, d->unit, &d->at_most, e))
		return -EINVAL;
	if (d->at_most < d->at_least)
		return yaml_err(hi ? hi : lo, e, "at_most is below at_least");
	return 0;
}

static int bind_named(struct dist *d, const struct yaml_node *n, struct err *e)
{
	for (const struct yaml_node *c = n->child; c; c = c->next)
		if (!key_is_known(d, c->key))
			return unknown_param(d, c, e);
	for (u32 i = 0; i < DIST_PARAMS_MAX && d->kind->params[i].name; i++) {
		const char *name = d->kind->params[i].name;
		const struct yaml_node *c = yaml_get(n, name);

		if (!c)
			return missing(n, name, d, e);
		if (read_param(d, i, c, e))
			return -EINVAL;
	}
	if (d->kind == kind_by_name("uniform") && d->param[1] < d->param[0])
		return yaml_err(yaml_get(n, "max"), e, "max is below min");
	if (d->kind == kind_by_name("zipf") && d->param[1] < 1)
		return yaml_err(yaml_get(n, "n"), e, "expected 1 at least");
	if (d->kind == &mixture_kind && bind_mixture(d, n, e))
		return -EINVAL;
	if (d->kind == &histogram_kind && bind_histogram(d, n, e))
		return -EINVAL;
	return bind_bounds(d, n, e);
}

void dist_constant(struct dist *d, enum dist_unit unit, double value)
{
	dist_free(d);
	d->kind = &kinds[0];
	d->unit = unit;
	d->param[0] = value;
	d->at_most = unit_most[unit];
}

static int unknown_dist(const struct yaml_node *n, struct err *e)
{
	const char *near = schema_nearest(n->text, dist_names());

	return yaml_err(n, e, "no distribution '%.100s'%s%s%s", n->text,
			near ? "; did you mean '" : "", near ? near : "",
			near ? "'?" : "; see docs/workloads.md");
}

int dist_bind(struct dist *d, const struct yaml_node *n, enum dist_unit unit,
	      struct err *e)
{
	const struct yaml_node *name;
	double value;

	dist_free(d);
	if (n->kind == YAML_SCALAR) {
		if (read_value(n, unit, &value, e))
			return -EINVAL;
		dist_constant(d, unit, value);
		return 0;
	}
	if (schema_want(n, YAML_MAP, "a value or {dist: NAME, ...}", e))
		return -EINVAL;
	name = yaml_get(n, "dist");
	if (!name)
		return yaml_err(n, e, "the key 'dist' is missing");
	if (schema_want(name, YAML_SCALAR, "the name of a distribution", e))
		return -EINVAL;
	d->kind = kind_by_name(name->text);
	if (!d->kind)
		return unknown_dist(name, e);
	d->unit = unit;
	d->at_most = unit_most[unit];
	return bind_named(d, n, e);
}

void dist_free(struct dist *d)
{
	for (u32 i = 0; d->parts && i < d->nr; i++)
		dist_free(&d->parts[i]);
	free(d->parts);
	free(d->bin_from);
	free(d->bin_to);
	gsl_ran_discrete_free(d->table);
	*d = (struct dist){0};
}

static double draw_bin(const struct dist *d, const gsl_rng *rng)
{
	size_t i = gsl_ran_discrete(rng, d->table);

	if (d->bin_to[i] <= d->bin_from[i])
		return d->bin_from[i];
	return gsl_ran_flat(rng, d->bin_from[i], d->bin_to[i]);
}

u64 dist_sample(const struct dist *d, const gsl_rng *rng)
{
	double x;

	if (d->kind == &mixture_kind)
		x = (double)dist_sample(
			&d->parts[gsl_ran_discrete(rng, d->table)], rng);
	else if (d->kind == &histogram_kind)
		x = draw_bin(d, rng);
	else
		x = d->kind->draw(rng, d->param);
	/* Also turns a NaN into at_least. */
	if (!(x > d->at_least))
		x = d->at_least;
	if (x > d->at_most)
		x = d->at_most;
	return (u64)(x + 0.5);
}
