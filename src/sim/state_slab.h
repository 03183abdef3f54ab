/*
 * state_slab.h - SLAB and SLOB put into a recorded state, from slabs-LABEL.txt;
 * private to state*.c.
 */
#ifndef SIM_STATE_SLAB_H
#define SIM_STATE_SLAB_H

#include "mm/mm.h"
#include "sim/state_parse.h"

/**
 * state_restore_slab() - Caches as the snapshot @st names them, slabs and
 * arrays as DIR/slabs-start.txt lists them.
 */
int state_restore_slab(struct mm *mm, const struct state *st, const char *dir,
		       struct err *e);
int state_restore_slob(struct mm *mm, const struct state *st, const char *dir,
		       struct err *e);

struct percpu;
/**
 * state_restore_percpu() - The chunks of DIR/percpu-start.txt.
 * Return: owned by the caller; NULL when the file is not there (no message)
 * or damaged (with @e).
 */
struct percpu *state_restore_percpu(struct mm *mm, const char *dir,
				    struct err *e);

#endif
