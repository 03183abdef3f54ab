/*
 * gen_dist.h - random variates by name, for sizes, times and counts; drawn
 * with GSL.
 *
 * A distribution stands in YAML as a plain number (always that), or as a
 * mapping { dist: NAME, parameters... }.  Parameters that are of the kind of
 * the value (a mean, a minimum) take its unit; shapes are plain numbers.
 *
 * Invariant: a sample lies within [at_least, at_most] of its distribution and
 * of its use, whatever the distribution does.
 */
#ifndef TRACE_GEN_DIST_H
#define TRACE_GEN_DIST_H

#include "base/schema.h"
#include "base/types.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#define DIST_PARAMS_MAX 3
#define DIST_PARTS_MAX	4096 /* parts of a mixture, bins of a histogram */

/* What is drawn: says how numbers are written, and the widest range. */
enum dist_unit {
	DIST_COUNT,
	DIST_BYTES,
	DIST_TIME /* ns */
};

struct dist_kind;

struct dist {
	const struct dist_kind *kind; /* static; NULL: not given */
	enum dist_unit unit;
	double param[DIST_PARAMS_MAX];
	double at_least; /* a sample below becomes this */
	double at_most;
	u32 nr;			   /* parts or bins */
	struct dist *parts;	   /* mixture: owned */
	double *bin_from;	   /* histogram: owned */
	double *bin_to;		   /* histogram: owned */
	gsl_ran_discrete_t *table; /* which part or bin: owned */
};

/** dist_bind() - Reads a distribution of @unit; replaces what @d held. */
int dist_bind(struct dist *d, const struct yaml_node *n, enum dist_unit unit,
	      struct err *e);
/** dist_constant() - Always @value. */
void dist_constant(struct dist *d, enum dist_unit unit, double value);
void dist_free(struct dist *d);
u64 dist_sample(const struct dist *d, const gsl_rng *rng);

/** The names of all distributions; ends with NULL. */
const char *const *dist_names(void);
/** The parameters of one, ends with NULL, for the test of the docs. */
const char *const *dist_param_names(const char *name);

#endif
