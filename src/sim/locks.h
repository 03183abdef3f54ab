/*
 * locks.h - locks in time: a lock is a reservation.
 *
 * A lock remembers when it becomes free.  Who comes later takes it at once,
 * who comes earlier waits until then; the wait is charged to the operation
 * and counted.  The lock's cache line travels with it: another CPU than the
 * last holder's pays for the transfer, before it holds the lock, so that
 * transfers are serial too.  What the code under the lock costs is how long
 * it is held.
 *
 * Operations run one after another in the order of their start.  One that
 * starts earlier and locks later has its reservation made first; that order
 * can differ from the real one by less than an operation's length.
 *
 * Invariants: free_at never goes back; acquired = wait.count + those that did
 * not wait = hold.count (a lock is never left held by an operation).
 */
#ifndef SIM_LOCKS_H
#define SIM_LOCKS_H

#include "base/hist.h"
#include "mm/lock.h"
#include "sim/config.h"

extern const char *const lock_class_names[NR_LOCK_CLASSES];

struct lock_stats {
	u64 acquired;
	u64 contended;	      /* of these: had to wait */
	u64 transfers;	      /* of these: another CPU of the node had it */
	u64 remote_transfers; /* of these: a CPU of another node had it */
	u64 own_cycles;	      /* locking itself, transfers too */
	struct hist wait;     /* cycles, of those that waited */
	struct hist hold;     /* cycles */
};

/* What the operations of one call site did to one class. */
struct lock_site {
	u64 acquired;
	u64 wait_cycles;
	u64 hold_cycles;
	u64 max_hold_cycles;
};

struct locks {
	struct config_lock_costs costs;
	const u8 *cpu_node; /* borrowed */
	struct lock_stats by_class[NR_LOCK_CLASSES];
	struct lock_site *by_site[NR_LOCK_CLASSES]; /* [nr_sites], owned */
	u32 nr_sites;
	/* Of the operation that runs; who reads them clears them. */
	u64 op_wait_cycles;
	u64 op_own_cycles;
};

void locks_init(struct locks *k, const struct config *c);
/** locks_grow_sites() - by_site has at least @nr entries from now on. */
void locks_grow_sites(struct locks *k, u32 nr);
void locks_free(struct locks *k);

/** locks_take() - @m's CPU locks @l for call site @site, at its time. */
void locks_take(struct locks *k, struct machine *m, struct mm_lock *l,
		u32 site);
/** locks_release() - It unlocks it. */
void locks_release(struct locks *k, struct machine *m, struct mm_lock *l,
		   u32 site);

#endif
