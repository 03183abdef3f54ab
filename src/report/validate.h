/*
 * validate.h - a replayed recording beside what the recorded machine did.
 *
 * Figures of the simulated machine before and after the replay stand beside
 * the /proc files that were collected before and after the recording.
 */
#ifndef REPORT_VALIDATE_H
#define REPORT_VALIDATE_H

#include "sim/procsnap.h"
#include "sim/sim.h"

#include <stdio.h>

struct validation {
	const char *name; /* of the recording */
	bool from_boot;	  /* all that is there after it came in the trace */
	const struct procsnap *before; /* all borrowed */
	const struct procsnap *after;
	const struct mm_snapshot *start; /* simulated, as loaded */
	const struct mm_snapshot *end;	 /* simulated, after the replay */
	const struct metrics *metrics;
	const struct trace_info *trace;
};

/**
 * validation_write() - One verdict line a figure, then the tables.
 * Return: how many figures are outside what is asked of them.
 */
u32 validation_write(FILE *to, const struct validation *v);

#endif
