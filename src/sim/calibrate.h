/*
 * calibrate.h - prices from measurements: least squares over whole runs.
 *
 * A row says what an operation of a workload costs on so many CPUs.  Its
 * prediction is a run of that workload, so queueing, batching and contention
 * are in it; the prices that the rows depend on are fitted by Levenberg and
 * Marquardt's method (GSL) in the logarithm of the price, which keeps them
 * positive.  What the rows do not determine stays near its start: a change
 * by a factor of e weighs as much as a misfit of CALIBRATE_PRIOR.
 */
#ifndef SIM_CALIBRATE_H
#define SIM_CALIBRATE_H

#include "base/vec.h"
#include "sim/config.h"
#include "trace/trace.h"

#define CALIBRATE_ROWS_MAX   256
#define CALIBRATE_PARAMS_MAX 64
#define CALIBRATE_PRIOR	     0.002
#define CALIBRATE_PAIR	     NR_TRACE_OPS /* an allocation and its free */

struct calibrate_row {
	char *where;	/* FILE:LINE of the table, for messages; owned */
	char *workload; /* path of a workload file, owned */
	u32 cpus;	/* its CPUs below this one take part */
	u32 op;		/* enum trace_op, or CALIBRATE_PAIR */
	bool fit;	/* false: predicted only */
	double measured_cycles;
	double predicted_cycles;
};

/* A price: where it is in struct config, and what the rows say of it. */
struct calibrate_param {
	const char *name; /* its key below sim.costs; static */
	size_t offset;
	double start;
	double value;
	double low, high; /* 95 % */
	u32 rounded;	  /* whole cycles, as it is written */
};

/* Prices that were tried, and what the fitted rows became. */
struct calibrate_tried {
	u32 prices[CALIBRATE_PARAMS_MAX];
	double *predicted_cycles; /* [rows], owned */
};

struct calibration {
	struct config config; /* the prices of the last evaluation */
	VEC(struct calibrate_row) rows;
	struct calibrate_param params[CALIBRATE_PARAMS_MAX];
	u32 nr_params;
	VEC(struct calibrate_tried)
	tried;	     /* runs are dear, prices come again */
	u32 nr_runs; /* runs it took */
	void (*on_run)(void *arg, const struct calibration *k); /* or NULL */
	void *arg; /* its, borrowed */
	u32 nr_iterations;
};

/** calibrate_predict() - Each row by the prices of config; -errno with @e. */
int calibrate_predict(struct calibration *k, struct err *e);

/**
 * calibrate_choose() - Fills params.
 * @names: comma list of keys below sim.costs; NULL: all that rows depend on.
 */
int calibrate_choose(struct calibration *k, const char *names, struct err *e);

/** calibrate_fit() - Fits params to the rows and predicts all of them. */
int calibrate_fit(struct calibration *k, struct err *e);

/** Relative error of a row's prediction. */
static inline double calibrate_error(const struct calibrate_row *r)
{
	return (r->predicted_cycles - r->measured_cycles) / r->measured_cycles;
}

void calibrate_free(struct calibration *k);

#endif
