/*
 * lock.h - what Linux locks, told to the machine: classes, ranks, two hooks.
 *
 * Operations of mm run one at a time, so no lock is needed for safety.  A
 * lock says which work Linux would not do on two CPUs at once; the machine
 * makes time of it (sim/locks.c).  Without m->timed_locks each hook is one
 * predictable branch.
 *
 * Per-CPU data that Linux guards by switching off interrupts or preemption
 * (SLUB's and SLAB's own CPU's slabs) has no lock here: nobody waits for it.
 *
 * Invariant (MM_CHECKS >= 2): a lock is taken only while all that are held
 * have a smaller class: the enum is the lock order, outermost first.
 */
#ifndef MM_LOCK_H
#define MM_LOCK_H

#include "base/bug.h"
#include "mm/machine.h"

enum lock_class {
	LOCK_SLAB_MUTEX, /* caches are made and destroyed */
	LOCK_PCPU_MUTEX, /* pcpu_alloc_mutex: areas that may sleep */
	LOCK_PCPU,	 /* pcpu_lock: the maps of per-CPU chunks */
	LOCK_MEMPOOL,	 /* pool->lock: the reserve */
	LOCK_SLAB_ALIEN, /* SLAB: one node's array for another node */
	LOCK_SLAB_LIST,	 /* list_lock: slabs of a node; SLAB: shared array */
	LOCK_SLOB,	 /* slob_lock: everything of SLOB */
	LOCK_PCP,	 /* a CPU's page lists in a zone */
	LOCK_ZONE,	 /* free lists of a zone */
	NR_LOCK_CLASSES
};

/* All zero: free, never taken.  The fields are the machine's. */
struct mm_lock {
	u64 free_at;  /* cycles: its last holder lets go */
	u64 taken_at; /* cycles: its holder got it */
	u32 last_cpu; /* whose cache has its line: CPU + 1; 0: nobody's */
	u8 class;     /* enum lock_class, as of the last lock */
	bool held;
};

static inline void spin_lock(struct machine *m, struct mm_lock *l,
			     enum lock_class class)
{
#if MM_CHECKS >= 2
	CHECK(!(m->held_locks >> class)); /* ranks */
	CHECK(!l->held);
	m->held_locks |= 1u << class;
	l->held = true;
#endif
	if (unlikely(m->timed_locks || MM_CHECKS >= 2))
		l->class = (u8) class;
	if (unlikely(m->timed_locks))
		m->ops->lock(m, l);
}

static inline void spin_unlock(struct machine *m, struct mm_lock *l)
{
#if MM_CHECKS >= 2
	CHECK(l->held);
	CHECK(m->held_locks >> l->class == 1); /* the innermost goes first */
	m->held_locks &= ~(1u << l->class);
	l->held = false;
#endif
	if (unlikely(m->timed_locks))
		m->ops->unlock(m, l);
}

#endif
