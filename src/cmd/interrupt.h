/*
 * interrupt.h - an interrupted command leaves nothing half-written behind.
 *
 * SIGINT, SIGTERM and SIGHUP only set a flag; the command looks at it between
 * steps, unwinds as after any failure, and dies of the signal at last.  The
 * fourth signal kills at once.
 */
#ifndef CMD_INTERRUPT_H
#define CMD_INTERRUPT_H

#include "base/err.h"

/** interrupt_catch() - From now on these signals set the flag. */
void interrupt_catch(void);
/** interrupt_check() - 0, or -EINTR with @e when one has come. */
int interrupt_check(struct err *e);
/** interrupt_die() - Dies of the signal that came; returns if none has. */
void interrupt_die(void);

#endif
