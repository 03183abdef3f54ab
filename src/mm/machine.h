/*
 * machine.h - all that mm/ may ask of the machine under it.
 *
 * mm/ decides; the machine charges.  The caller (sim/, or a test) sets cpu,
 * task and now_cycles before it calls into mm; mm reads them and never
 * branches on the time.  No call here fails, none allocates.  Other tasks may
 * run inside wait() and nowhere else; a function that may get there says
 * "Context: waits".
 *
 * Path costs are data, not calls: mm adds cost_cycles[c] to cycles, the sim
 * reads and clears it.  With ops NULL every other hook is one predictable
 * branch.
 */
#ifndef MM_MACHINE_H
#define MM_MACHINE_H

#include "base/compiler.h"
#include "base/types.h"

/* The paths that cost something; the configuration prices each in cycles. */
enum cost {
	COST_SLAB_FAST,	      /* object from / to this CPU's own freelist */
	COST_SLAB_ARRAY,      /* SLAB: object from / to this CPU's array */
	COST_SLAB_SLOW,	      /* the slow path was entered (alloc or free) */
	COST_SLAB_PARTIAL,    /* a slab moved between partial lists and CPU */
	COST_SLAB_NEW,	      /* a slab was set up from fresh pages */
	COST_SLAB_DISCARD,    /* a slab's pages were given back */
	COST_PAGE_PCP,	      /* page block from the per-CPU list */
	COST_PAGE_PCP_FREE,   /* page block to the per-CPU list */
	COST_PAGE_BUDDY,      /* block taken from the buddy lists */
	COST_PAGE_BUDDY_FREE, /* block given to the buddy lists */
	COST_PAGE_DIRECT,     /* block past the per-CPU lists, either way */
	COST_PAGE_COMPOUND,   /* tail page of a compound block, either way */
	COST_PAGE_CHECK, /* struct page looked at on its way out: priced by 16 */
	COST_FOREIGN_PAGE,  /* a struct page that another CPU touched last */
	COST_BUDDY_SPLIT,   /* one halving of a block */
	COST_BUDDY_MERGE,   /* one merge of two buddies */
	COST_PAGE_STEAL,    /* fallback to another migrate type */
	COST_PAGE_SLOWPATH, /* alloc_pages_slow() was entered */
	COST_REMOTE_NODE,   /* memory of another node was handled */
	COST_ZERO_PAGE,	    /* one page was zeroed for __GFP_ZERO */
	COST_PERCPU,	    /* percpu area allocated or freed */
	COST_MEMPOOL,	    /* an element went through a mempool's reserve */
	COST_LRU_SCAN,	    /* reclaim looked at a page of an LRU list */
	COST_LRU_RECLAIM,   /* and took it from its owner */
	COST_SHRINK_SCAN,   /* a shrinker looked at an object */
	COST_COMPACT_SCAN,  /* compaction looked at a page frame */
	COST_PAGE_MIGRATE,  /* a page's content went to another page */
	COST_PAGE_CACHE_LOOKUP, /* a page of a file was looked for */
	COST_PAGE_CACHE_INSERT, /* and came in, or left */
	COST_WRITE_PAGE,	/* a page was handed to a device */
	NR_COSTS
};

/* Events worth telling the machine about; a and b as said at each. */
enum mm_event {
	MM_EV_EXTFRAG,	   /* page block stolen: a = pfn, b = packed orders */
	MM_EV_KSWAPD_WAKE, /* a = zone index, b = order */
	MM_EV_ALLOC_FAIL,  /* a = gfp, b = order */
	MM_EV_PCP_REFILL,  /* a = pages, b = zone index */
	MM_EV_PCP_DRAIN,   /* a = pages, b = zone index */
	MM_EV_SLAB_NEW,	   /* a = pfn, b = cache index */
	MM_EV_SLAB_FREE,   /* a = pfn, b = cache index */
	/* Of a machine that can reclaim: */
	MM_EV_PAGE_RECLAIMED, /* a = pfn, b = owner, or LRU_NO_OWNER */
	MM_EV_KSWAPD_SLEEP,   /* a = node, b = pages reclaimed since it woke */
	MM_EV_DIRECT_BEGIN,   /* direct reclaim: a = gfp, b = order */
	MM_EV_DIRECT_RECLAIM, /* its end: a = pages reclaimed, b = order */
	MM_EV_OOM_KILL,	      /* a = task, b = pages freed */
	MM_EV_PAGE_MIGRATED,  /* a = old pfn, b = new pfn */
	/* a = node, b = order, 255: proactive */
	MM_EV_KCOMPACTD_WAKE,
	MM_EV_KCOMPACTD_SLEEP, /* a = node, b = pages moved since it woke */
	MM_EV_DIRECT_COMPACT_BEGIN, /* a = gfp, b = order */
	/* a = pages moved, b = order | compact_result << 8 | priority << 16 |
	 * index of the last zone << 24 */
	MM_EV_DIRECT_COMPACT,
	MM_EV_PAGE_CACHE_ADD, /* a = pfn, b = mapping */
	MM_EV_PAGE_SWAPPED,   /* a = pfn, b = owner << 32 | slot */
	MM_EV_KSWAPD_GO,      /* a = node: its stall ends before its time */
	MM_EV_FLUSHER_WAKE,   /* a = when it gets a turn, ns; 0: now */
	NR_MM_EVENTS
};
#define MM_EV_FIRST_OF_RECLAIM MM_EV_PAGE_RECLAIMED

enum touch {
	TOUCH_READ,
	TOUCH_WRITE
};

struct machine;
struct mm_lock;
struct mm_waitq;

struct machine_ops {
	/** These bytes are read or written (by simulated address). */
	void (*touch)(struct machine *m, paddr_t at, u32 bytes, enum touch how);
	void (*lock)(struct machine *m, struct mm_lock *l);
	void (*unlock)(struct machine *m, struct mm_lock *l);
	/** Sleeps until woken or @timeout_ms passed; returns true if woken. */
	bool (*wait)(struct machine *m, struct mm_waitq *q, u32 timeout_ms);
	void (*wake)(struct machine *m, struct mm_waitq *q);
	void (*note)(struct machine *m, enum mm_event ev, u64 a, u64 b);
	/**
	 * The task sleeps until @done(@arg), asked whenever a device or a
	 * daemon did something, or @timeout_ns passed; @done NULL: all that
	 * time.  Devices, flusher and kswapd go on.  Returns ns slept.
	 */
	u64 (*io_sleep)(struct machine *m, bool (*done)(const void *arg),
			const void *arg, u64 timeout_ns);
	/** Simulated time, for stamps and for how long ago they were. */
	u64 (*time_ns)(const struct machine *m);
};

struct machine {
	const struct machine_ops *ops; /* borrowed; NULL: nothing attached */
	u64 now_cycles;		       /* set by the caller; stamps only */
	u32 cpu;		       /* the CPU that runs this operation */
	u32 task;		       /* the task it belongs to */
	u32 task_flags;		       /* PF_* of that task */
	bool pcp_locked; /* page lists of this CPU: in use by whom it interrupted */
	bool timed_locks;	   /* ops->lock and unlock want to know */
	cycles_t cycles;	   /* charged since the caller's clear */
	u32 cost_cycles[NR_COSTS]; /* price list; all 0 = no cost model */
	u64 cost_count[NR_COSTS];  /* how often each was charged */
	u32 held_locks;		   /* bit: enum lock_class; MM_CHECKS >= 2 */
};

/* Task flags that allocators obey, as in Linux (PF_MEMALLOC and so on). */
#define PF_MEMALLOC	 0x1u
#define PF_MEMALLOC_NOIO 0x2u
#define PF_MEMALLOC_NOFS 0x4u
#define PF_IN_INTERRUPT	 0x8u /* no task context: no PF_MEMALLOC, no cpuset */

/* A line of struct pages is little beside what 16 of them cost in a row. */
#define PAGES_CHECKED_AT_ONCE 16u

/** cost_of() - What @count of @what cost at @price. */
static inline cycles_t cost_of(enum cost what, u64 count, u32 price)
{
	return what == COST_PAGE_CHECK ? count * price / PAGES_CHECKED_AT_ONCE
				       : count * price;
}

static inline void charge(struct machine *m, enum cost what, u32 times)
{
	m->cycles += (cycles_t)m->cost_cycles[what] * times;
	m->cost_count[what] += times;
}

static inline void touch(struct machine *m, paddr_t at, u32 bytes,
			 enum touch how)
{
	if (likely(m->ops) && unlikely(m->ops->touch))
		m->ops->touch(m, at, bytes, how);
}

static inline void note(struct machine *m, enum mm_event ev, u64 a, u64 b)
{
	if (unlikely(m->ops && m->ops->note))
		m->ops->note(m, ev, a, b);
}

/* Context: waits. */
static inline u64 io_sleep(struct machine *m, bool (*done)(const void *arg),
			   const void *arg, u64 timeout_ns)
{
	return m->ops && m->ops->io_sleep
		       ? m->ops->io_sleep(m, done, arg, timeout_ns)
		       : 0;
}

static inline u64 machine_time_ns(const struct machine *m)
{
	return m->ops && m->ops->time_ns ? m->ops->time_ns(m) : 0;
}

#endif
