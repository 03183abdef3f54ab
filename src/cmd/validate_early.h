/*
 * validate_early.h - objects from before the first event of a recording.
 */
#ifndef CMD_VALIDATE_EARLY_H
#define CMD_VALIDATE_EARLY_H

#include "sim/before.h"
#include "sim/sim.h"

/**
 * validate_early() - How many objects of each cache of @p, which was read
 * while the recording of @reader went on, were made before its first event.
 * @reader: is read to its end.
 * @p: is left as before_boot() leaves it.
 * @missing: [p->nr_caches], all 0 before.
 * Return: 0, or negative with @e.
 */
int validate_early(const struct config *config, struct trace_reader *reader,
		   struct procsnap *p, u64 *missing, struct err *e);

#endif
