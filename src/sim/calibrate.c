#include "sim/calibrate.h"

#include "base/bug.h"
#include "base/xmalloc.h"
#include "sim/config_internal.h"
#include "sim/sim.h"
#include "trace/gen.h"

#include <errno.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ITERATIONS_MAX 25
#define ROUNDS_MAX     20   /* of steps by whole cycles */
#define WORTH_A_STEP   0.99 /* what is left of the misfit, at the most */
/* A price that moves no row by this share when it changes by e: not fitted. */
#define NO_EFFECT 0.002
/* How far a price is moved to see what depends on it. */
#define STEP 1.05

/* One run that serves one or more rows. */
struct outcome {
	double mean[NR_TRACE_OPS + 1]; /* cycles; NAN: no such operation */
};

static void read_outcome(const struct metrics *m, struct outcome *o)
{
	u64 allocs = 0;

	for (u32 op = 0; op < NR_TRACE_OPS; op++) {
		const struct hist *h = &m->latency_cycles[op];

		o->mean[op] = h->count ? (double)h->sum / (double)h->count
				       : (double)NAN;
		if (trace_op_objects[op] == TRACE_OBJECT_MADE)
			allocs += h->count;
	}
	o->mean[CALIBRATE_PAIR] =
		allocs ? (double)m->busy_cycles / (double)allocs : (double)NAN;
}

static int run(const struct config *c, const struct calibrate_row *row,
	       struct outcome *o, struct err *e)
{
	struct workload *w = workload_load(row->workload, e);
	struct trace_reader *reader;
	struct sim *s;
	int rc;

	if (!w)
		return -EINVAL;
	workload_limit_cpus(w, row->cpus);
	reader = workload_reader(w, c->mm.nr_cpus, e);
	if (!reader)
		return -EINVAL;
	s = sim_create(c, reader, NULL, NULL, e);
	rc = s ? sim_run(s, e) : -EINVAL;
	if (!rc)
		read_outcome(sim_metrics(s), o);
	sim_destroy(s);
	trace_close(reader);
	return rc;
}

static bool same_run(const struct calibrate_row *a,
		     const struct calibrate_row *b)
{
	return a->cpus == b->cpus && !strcmp(a->workload, b->workload);
}

static u32 *price_at(struct calibration *k, u32 i)
{
	return (u32 *)(void *)((char *)&k->config + k->params[i].offset);
}

/* Each fitted or, @all, each row by a run of its workload. */
static int run_rows(struct calibration *k, bool all, struct err *e)
{
	bool done[CALIBRATE_ROWS_MAX] = {0};
	struct outcome o;

	BUG_ON(k->rows.nr > CALIBRATE_ROWS_MAX);
	for (size_t i = 0; i < k->rows.nr; i++) {
		if (done[i] || !(all || k->rows.at[i].fit))
			continue;
		if (run(&k->config, &k->rows.at[i], &o, e))
			return -EINVAL;
		k->nr_runs++;
		if (k->on_run)
			k->on_run(k->arg, k);
		for (size_t j = i; j < k->rows.nr; j++) {
			struct calibrate_row *r = &k->rows.at[j];

			if (!same_run(r, &k->rows.at[i]))
				continue;
			done[j] = true;
			r->predicted_cycles = o.mean[r->op];
			if (isnan(r->predicted_cycles))
				return err_set(e, -EINVAL,
					       "%s: %s on %u CPUs performs no "
					       "such operation",
					       r->where, r->workload, r->cpus);
		}
	}
	return 0;
}

static const struct calibrate_tried *find_tried(const struct calibration *k,
						const u32 *prices)
{
	for (size_t i = k->tried.nr; i-- > 0;)
		if (!memcmp(k->tried.at[i].prices, prices,
			    sizeof(k->tried.at[i].prices)))
			return &k->tried.at[i];
	return NULL;
}

/* The fitted rows by today's prices, which may have been tried before. */
static int predict_fitted(struct calibration *k, struct err *e)
{
	struct calibrate_tried now = {0};
	const struct calibrate_tried *known;

	for (u32 j = 0; j < k->nr_params; j++)
		now.prices[j] = *price_at(k, j);
	known = find_tried(k, now.prices);
	if (!known && run_rows(k, false, e))
		return -EINVAL;
	if (!known)
		now.predicted_cycles =
			xcalloc(k->rows.nr, sizeof(*now.predicted_cycles));
	for (size_t i = 0; i < k->rows.nr; i++) {
		double *cycles = &k->rows.at[i].predicted_cycles;

		if (known)
			*cycles = known->predicted_cycles[i];
		else
			now.predicted_cycles[i] = *cycles;
	}
	if (!known)
		*VEC_PUSH(&k->tried) = now;
	return 0;
}

static void forget_tried(struct calibration *k)
{
	for (size_t i = 0; i < k->tried.nr; i++)
		free(k->tried.at[i].predicted_cycles);
	VEC_FREE(&k->tried);
}

int calibrate_predict(struct calibration *k, struct err *e)
{
	return run_rows(k, true, e);
}

/* Prices */

static void set_price(struct calibration *k, u32 i, double value)
{
	*price_at(k, i) = (u32)lround(CLAMP(value, 0.0, 1e9));
}

static void add_param(struct calibration *k, const struct schema_row *r)
{
	struct calibrate_param *p = &k->params[k->nr_params];

	BUG_ON(k->nr_params == CALIBRATE_PARAMS_MAX);
	p->name = r->key;
	p->offset = r->offset;
	k->nr_params++;
	/* The logarithm wants a start. */
	p->value = p->start = MAX(*price_at(k, k->nr_params - 1), 1u);
}

/* What each fitted row becomes with param @j a step larger, per unit of ln. */
static int slopes(struct calibration *k, u32 j, const double *base,
		  double *slope, struct err *e)
{
	u32 was = *price_at(k, j);
	u32 now = MAX((u32)ceil(was * STEP), was + 1);
	double dx = log((double)now / (double)MAX(was, 1u));
	u32 n = 0;

	set_price(k, j, now);
	if (predict_fitted(k, e))
		return -EINVAL;
	set_price(k, j, was);
	for (size_t i = 0; i < k->rows.nr; i++) {
		const struct calibrate_row *r = &k->rows.at[i];

		if (r->fit) {
			slope[n] = (calibrate_error(r) - base[n]) / dx;
			n++;
		}
	}
	return 0;
}

static u32 fitted_errors(const struct calibration *k, double *out)
{
	u32 n = 0;

	for (size_t i = 0; i < k->rows.nr; i++)
		if (k->rows.at[i].fit)
			out[n++] = calibrate_error(&k->rows.at[i]);
	return n;
}

/* Keeps only the prices that some row feels. */
static int drop_idle_params(struct calibration *k, struct err *e)
{
	double base[CALIBRATE_ROWS_MAX], slope[CALIBRATE_ROWS_MAX];
	u32 kept = 0, n;

	if (predict_fitted(k, e))
		return -EINVAL;
	n = fitted_errors(k, base);
	for (u32 j = 0; j < k->nr_params; j++) {
		double most = 0;

		if (slopes(k, j, base, slope, e))
			return -EINVAL;
		for (u32 i = 0; i < n; i++)
			most = fmax(most, fabs(slope[i]));
		if (most > NO_EFFECT)
			k->params[kept++] = k->params[j];
	}
	k->nr_params = kept;
	forget_tried(k); /* they were by other params */
	return 0;
}

int calibrate_choose(struct calibration *k, const char *names, struct err *e)
{
	char *list = xstrdup(names ? names : "");
	char *save = NULL;
	int rc = 0;

	k->nr_params = 0;
	for (const struct schema_row *r = config_cost_rows; !names && r->key;
	     r++)
		add_param(k, r);
	for (char *name = strtok_r(list, ",", &save); name && !rc;
	     name = strtok_r(NULL, ",", &save)) {
		const struct schema_row *r = config_cost_rows;

		while (r->key && strcmp(r->key, name))
			r++;
		if (r->key && k->nr_params < CALIBRATE_PARAMS_MAX)
			add_param(k, r);
		else
			rc = err_set(e, -EINVAL,
				     "--fit: '%s' is no key of sim.costs",
				     name);
	}
	free(list);
	return rc || names ? rc : drop_idle_params(k, e);
}

/* The fit */

struct fit {
	struct calibration *k;
	struct err *e;
	size_t nr_rows;
};

static void set_prices(struct calibration *k, const gsl_vector *x)
{
	for (u32 j = 0; j < k->nr_params; j++)
		set_price(k, j, k->params[j].start * exp(gsl_vector_get(x, j)));
}

static int fit_f(const gsl_vector *x, void *arg, gsl_vector *f)
{
	struct fit *t = arg;
	double errors[CALIBRATE_ROWS_MAX];

	set_prices(t->k, x);
	if (predict_fitted(t->k, t->e))
		return GSL_EFAILED;
	fitted_errors(t->k, errors);
	for (size_t i = 0; i < t->nr_rows; i++)
		gsl_vector_set(f, i, errors[i]);
	for (u32 j = 0; j < t->k->nr_params; j++)
		gsl_vector_set(f, t->nr_rows + j,
			       CALIBRATE_PRIOR * gsl_vector_get(x, j));
	return GSL_SUCCESS;
}

static int fit_df(const gsl_vector *x, void *arg, gsl_matrix *jac)
{
	struct fit *t = arg;
	double base[CALIBRATE_ROWS_MAX], slope[CALIBRATE_ROWS_MAX];

	set_prices(t->k, x);
	if (predict_fitted(t->k, t->e))
		return GSL_EFAILED;
	fitted_errors(t->k, base);
	gsl_matrix_set_zero(jac);
	for (u32 j = 0; j < t->k->nr_params; j++) {
		if (slopes(t->k, j, base, slope, t->e))
			return GSL_EFAILED;
		for (size_t i = 0; i < t->nr_rows; i++)
			gsl_matrix_set(jac, i, j, slope[i]);
		gsl_matrix_set(jac, t->nr_rows + j, j, CALIBRATE_PRIOR);
	}
	return GSL_SUCCESS;
}

/* Values and their 95 % intervals, from the curvature at the end. */
static void read_fit(struct calibration *k, gsl_multifit_nlinear_workspace *w,
		     size_t nr_rows)
{
	gsl_matrix *covar = gsl_matrix_alloc(k->nr_params, k->nr_params);
	const gsl_vector *x = gsl_multifit_nlinear_position(w);
	double chisq, scale;

	gsl_blas_ddot(gsl_multifit_nlinear_residual(w),
		      gsl_multifit_nlinear_residual(w), &chisq);
	gsl_multifit_nlinear_covar(gsl_multifit_nlinear_jac(w), 0, covar);
	scale = gsl_cdf_tdist_Pinv(0.975, (double)nr_rows) *
		sqrt(chisq / (double)nr_rows);
	for (u32 j = 0; j < k->nr_params; j++) {
		struct calibrate_param *p = &k->params[j];
		double v = p->start * exp(gsl_vector_get(x, j));
		double s = scale * sqrt(gsl_matrix_get(covar, j, j));

		p->value = v;
		p->low = v * exp(-s);
		p->high = v * exp(s);
	}
	set_prices(k, x);
	gsl_matrix_free(covar);
}

/* What the fit makes small: rows' errors and steps away from the start. */
static double misfit(const struct calibration *k)
{
	double errors[CALIBRATE_ROWS_MAX], sum = 0;
	u32 n = fitted_errors(k, errors);

	for (u32 i = 0; i < n; i++)
		sum += errors[i] * errors[i];
	for (u32 j = 0; j < k->nr_params; j++) {
		const struct calibrate_param *p = &k->params[j];
		double x = log(MAX(p->rounded, 0.5) / p->start);

		sum += CALIBRATE_PRIOR * CALIBRATE_PRIOR * x * x;
	}
	return sum;
}

/*
 * Tries @price for param @j; keeps it if that fits better than @best.
 * Return: 1 if it does, 0 if not, negative with @e.
 */
static int try_price(struct calibration *k, u32 j, u32 price, double *best,
		     struct err *e)
{
	u32 was = k->params[j].rounded;
	double now;

	set_price(k, j, price);
	k->params[j].rounded = price;
	if (predict_fitted(k, e))
		return -EINVAL;
	now = misfit(k);
	if (now < *best * WORTH_A_STEP) {
		*best = now;
		return 1;
	}
	set_price(k, j, was);
	k->params[j].rounded = was;
	return 0;
}

/* Moves param @j up, or else down, by 1, 2, 4 ... cycles while that fits
 * better.  Return: as try_price(). */
static int move_price(struct calibration *k, u32 j, double *best, struct err *e)
{
	u32 start = k->params[j].rounded;

	for (u32 down = 0; down < 2; down++) {
		int gained = 1;

		for (u32 step = 1; gained == 1; step *= 2) {
			u32 at = k->params[j].rounded;

			if (down && at < step)
				break;
			gained = try_price(k, j, down ? at - step : at + step,
					   best, e);
		}
		if (gained < 0)
			return gained;
		if (k->params[j].rounded != start)
			return 1;
	}
	return 0;
}

/*
 * Prices are whole cycles, and the nearest of each is not the best of all
 * together: one after the other takes steps up or down while the fitted rows
 * gain a hundredth by each.
 */
static int round_prices(struct calibration *k, struct err *e)
{
	bool better = true;
	double best;

	for (u32 j = 0; j < k->nr_params; j++)
		k->params[j].rounded = *price_at(k, j);
	if (predict_fitted(k, e))
		return -EINVAL;
	best = misfit(k);
	for (u32 round = 0; better && round < ROUNDS_MAX; round++) {
		better = false;
		for (u32 j = 0; j < k->nr_params; j++) {
			int moved = move_price(k, j, &best, e);

			if (moved < 0)
				return moved;
			better |= moved;
		}
	}
	return 0;
}

int calibrate_fit(struct calibration *k, struct err *e)
{
	gsl_multifit_nlinear_parameters how =
		gsl_multifit_nlinear_default_parameters();
	struct fit t = {.k = k, .e = e};
	gsl_multifit_nlinear_fdf fdf = {
		.f = fit_f, .df = fit_df, .p = k->nr_params, .params = &t};
	gsl_multifit_nlinear_workspace *w;
	gsl_vector *x;
	int info, rc;

	for (size_t i = 0; i < k->rows.nr; i++)
		t.nr_rows += k->rows.at[i].fit;
	if (!t.nr_rows || !k->nr_params)
		return err_set(e, -EINVAL,
			       "nothing to fit: %zu rows, %u prices", t.nr_rows,
			       k->nr_params);
	gsl_set_error_handler_off();
	fdf.n = t.nr_rows + k->nr_params;
	x = gsl_vector_calloc(k->nr_params);
	w = gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &how, fdf.n,
				       fdf.p);
	rc = gsl_multifit_nlinear_init(x, &fdf, w);
	if (!rc)
		rc = gsl_multifit_nlinear_driver(ITERATIONS_MAX, 1e-3, 1e-6,
						 1e-6, NULL, NULL, &info, w);
	k->nr_iterations = (u32)gsl_multifit_nlinear_niter(w);
	/* Prices are whole cycles: the last digits cannot converge. */
	if (!rc || rc == GSL_EMAXITER || rc == GSL_ENOPROG) {
		read_fit(k, w, t.nr_rows);
		rc = round_prices(k, e) ? -EINVAL : run_rows(k, true, e);
	} else if (!e->text[0]) {
		err_set(e, -EINVAL, "the fit failed: %s", gsl_strerror(rc));
	}
	gsl_multifit_nlinear_free(w);
	gsl_vector_free(x);
	return rc ? -EINVAL : 0;
}

void calibrate_free(struct calibration *k)
{
	for (size_t i = 0; i < k->rows.nr; i++) {
		free(k->rows.at[i].where);
		free(k->rows.at[i].workload);
	}
	VEC_FREE(&k->rows);
	forget_tried(k);
}
