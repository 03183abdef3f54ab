/*
 * oom.h - which task of the trace holds which pages, for the OOM killer.
 *
 * Counted are a task's anonymous pages and its page tables, by the task that
 * allocated them.  Page cache belongs to no task.
 *
 * Invariant: a task's counts are the sum over the slots that it owns
 * (oom_check()).
 */
#ifndef SIM_OOM_H
#define SIM_OOM_H

#include "sim/sim_priv.h"

struct oom; /* opaque */

/* How a task holds the pages of a slot. */
enum oom_hold {
	OOM_NOT_HELD,
	OOM_RSS,     /* anonymous memory */
	OOM_PGTABLE, /* of its address space */
	OOM_SWAPPED, /* anonymous memory that is on the swap device */
	NR_OOM_HOLDS
};

/** oom_create() - NULL with @e: the host has no address space left. */
struct oom *oom_create(struct sim *s, struct err *e);
void oom_destroy(struct oom *oom);

/** oom_hold() - The pages of @slot, a block of 2^@order, are @task's. */
void oom_hold(struct oom *oom, u32 slot, u32 task, u32 order,
	      enum oom_hold how);
/** oom_gone() - They are nobody's any more; may be so already. */
void oom_gone(struct oom *oom, u32 slot);
/** oom_swap() - They went to the swap device, or came back from it. */
void oom_swap(struct oom *oom, u32 slot, enum oom_hold how);
/** oom_set_adj() - From now on @task's oom_score_adj is @adj. */
void oom_set_adj(struct oom *oom, u32 task, s32 adj);

/** oom_check() - 0, or -EUCLEAN with @e. */
int oom_check(const struct oom *oom, struct err *e);

#endif
