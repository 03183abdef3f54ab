/*
 * report.h - what a run leaves behind.
 *
 * A run directory is written beside its final name and renamed when whole:
 * a crash leaves either nothing or all of it.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "sim/sim.h"

struct report; /* opaque: an output directory being written */

/**
 * report_begin() - Starts DIR (in a temporary directory beside it).
 * An existing DIR that a run wrote (it holds summary.json) is replaced at
 * report_commit(); any other existing non-empty directory is an error.
 */
struct report *report_begin(const char *dir, struct err *e);
/** report_snapshot() - snap/LABEL/: the kernel-format files, now. */
int report_snapshot(struct report *r, const char *label, struct sim *s,
		    struct err *e);
/** report_write() - report.txt, summary.json, config.yaml, the kernel-format
 * files, the .tsv files. */
int report_write(struct report *r, struct sim *s, struct err *e);
/** report_commit() - The directory appears under its name.  Frees @r. */
int report_commit(struct report *r, struct err *e);
/** report_abandon() - Nothing is left behind.  Frees @r. */
void report_abandon(struct report *r);
/** report_remove() - Removes @dir and all in it. */
void report_remove(const char *dir);
/** report_text() - report.txt as a string owned by the caller. */
char *report_text(struct sim *s);

#endif
