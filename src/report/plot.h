/*
 * plot.h - charts of run directories, by gnuplot scripts from plots/.
 */
#ifndef REPORT_PLOT_H
#define REPORT_PLOT_H

#include "base/err.h"
#include "base/types.h"

/**
 * plot_dirs() - Draws every chart of each of @dirs into DIR/plots/.
 * @nr_drawn: set to the number of charts drawn.
 * @out: where charts that compare several dirs go; NULL: dirs[0]/plots.
 * Return: 0; -ENOENT with @e when gnuplot is not installed (says so).
 */
int plot_dirs(const char *const *dirs, u32 nr_dirs, const char *out,
	      u32 *nr_drawn, struct err *e);

/**
 * plot_compare() - Only the charts that compare @dirs, into @into, which is
 * made if it is not there.
 * Return: as plot_dirs().
 */
int plot_compare(const char *const *dirs, u32 nr_dirs, const char *into,
		 u32 *nr_drawn, struct err *e);

#endif
