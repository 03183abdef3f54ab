/*
 * state.h - a run that starts from the recorded state of a kernel.
 */
#ifndef SIM_STATE_H
#define SIM_STATE_H

#include "sim/sim.h"
#include "sim/state_parse.h"

/**
 * state_machine() - Makes @c's machine the one that DIR was recorded on, for
 * a run that names none; distances of 10 and 20.
 */
int state_machine(struct config *c, const char *dir, struct err *e);

/**
 * sim_restore() - Puts the memory of a freshly booted @s into the state that
 * DIR's *-start.txt tell.
 * Return: 0, or negative with @e; @s is of no use then.
 */
int sim_restore(struct sim *s, const char *dir, struct err *e);

#endif
