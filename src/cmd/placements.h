/*
 * placements.h - the file of `run --placements`: where each operation's
 * object went, a line each, in the columns of docs/formats.md.
 */
#ifndef CMD_PLACEMENTS_H
#define CMD_PLACEMENTS_H

#include "sim/sim.h"

struct placements; /* opaque */

/** placements_create() - Nothing stands under @path before the finish. */
struct placements *placements_create(const char *path, struct err *e);
int placements_add(struct placements *p, const struct sim_placement *at,
		   struct err *e);
/** placements_finish() - Completes the file; frees @p, whatever happens. */
int placements_finish(struct placements *p, struct err *e);
void placements_abandon(struct placements *p);

#endif
