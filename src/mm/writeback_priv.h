/*
 * writeback_priv.h - the state that dirty pages, their limits and the flusher
 * share; nobody else looks in.
 *
 * Invariants: a mapping is on list WB_x exactly when its dirty_list says so;
 * lists run from the mapping that got dirty first (tail) to the last (head);
 * a mapping with dirty pages is on one of them (writeback_check()).
 */
#ifndef MM_WRITEBACK_PRIV_H
#define MM_WRITEBACK_PRIV_H

#include "mm/flusher.h"
#include "mm/page_writeback.h"

#define NS_PER_MSEC ((u64)1000000)
#define NS_PER_S    ((u64)1000000000)

/* Where a mapping with dirty pages waits. */
enum wb_list {
	WB_NONE,
	WB_DIRTY,   /* b_dirty: its time has not come */
	WB_IO,	    /* b_io: to be written now */
	WB_MORE_IO, /* b_more_io: had its turn, and is still dirty */
	NR_WB_LISTS
};

struct wb_list_head {
	struct address_space *head; /* latest; borrowed */
	struct address_space *tail;
};

/* What throttling knows of a task. */
struct wb_task {
	u32 nr_dirtied;	      /* pages, since it was last looked at */
	u32 nr_dirtied_pause; /* pages after which it is looked at; 0: new */
	u64 paused_when_ns;   /* when its last pause ended; 0: none yet */
};

/* How fast the device writes and tasks dirty, in pages a second. */
struct wb_bandwidth {
	u64 write;     /* measured, smoothed over 3 s */
	u64 avg_write; /* smoothed again */
	u64 ratelimit; /* of a task that is halfway */
	u64 balanced_ratelimit;
	u64 stamp_ns; /* when it was last measured */
	u64 dirtied_stamp;
	u64 written_stamp;
	u64 dirty_limit; /* follows thresh down slowly; pages */
	bool exceeded;	 /* of late more was dirty than may be */
};

struct writeback {
	struct wb_node nodes[MM_NODES_MAX];
	struct wb_list_head lists[NR_WB_LISTS];
	struct flusher flusher;
	struct wb_bandwidth bw;
	struct wb_task *tasks; /* [nr_tasks] by machine->task, owned */
	u32 nr_tasks;
};

/** wb_get() - Made when it is first needed. */
struct writeback *wb_get(struct mm *mm);

/** wb_move() - @mapping goes to the head of @list; WB_NONE: off all. */
void wb_move(struct writeback *wb, struct address_space *mapping,
	     enum wb_list list);

/** Pages of the whole machine. */
u64 wb_nr_dirty(const struct mm *mm);
u64 wb_nr_writeback(const struct mm *mm);

/** wb_update_bandwidth() - Measures, if it was not done for a while. */
void wb_update_bandwidth(struct mm *mm, const struct dirty_limits *l);

#endif
