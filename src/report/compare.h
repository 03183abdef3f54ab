/*
 * compare.h - runs of one trace side by side: on several allocators, or on
 * several machines.
 *
 * Everything comes from the files of the runs (summary.json, series.tsv), so
 * any run can be compared with any other at any time.  The same runs give the
 * same bytes.
 */
#ifndef REPORT_COMPARE_H
#define REPORT_COMPARE_H

#include "base/err.h"
#include "base/types.h"

#include <stdio.h>

#define COMPARE_RUNS_MAX 8u

struct compare; /* opaque: the figures of some runs */

/**
 * compare_load() - Reads the runs in @dirs, two to COMPARE_RUNS_MAX.
 * @force: compare runs of different traces as well.
 * Return: NULL with @e when a run cannot be read or the traces differ.
 */
struct compare *compare_load(const char *const *dirs, u32 nr, bool force,
			     struct err *e);
void compare_free(struct compare *c);
/** compare_print() - The table that a person reads. */
void compare_print(const struct compare *c, FILE *to);
/** compare_json() - All figures, units in the names. */
void compare_json(const struct compare *c, FILE *to);
/**
 * compare_write() - compare.txt, compare.json in @out, which is made if it is
 * not there, and charts in its plots/.
 * Return: 0; -ENOENT with @e when only the charts could not be drawn.
 */
int compare_write(const struct compare *c, const char *out, struct err *e);

#endif
