/*
 * oom_kill.h - when memory is out: whose memory goes.
 *
 * mm/ knows no tasks; whoever has some registers them (register_oom_tasks()).
 * Without that, or when nobody can be killed, a request that nothing can
 * serve fails.
 *
 * Invariant: a killed task has nothing that oom_badness() counts, so it is not
 * chosen again unless it took memory since.
 */
#ifndef MM_OOM_KILL_H
#define MM_OOM_KILL_H

#include "mm/mm.h"

struct alloc_context;

#define OOM_SCORE_ADJ_MIN (-1000) /* never chosen */
#define OOM_SCORE_ADJ_MAX 1000
#define OOM_UNKILLABLE	  INT64_MIN
#define OOM_NO_TASK	  UINT32_MAX

/* What a task holds, in pages; without any it is a kernel thread. */
struct oom_task {
	u64 rss;
	u64 swap;
	u64 pgtables;
	s32 oom_score_adj; /* OOM_SCORE_ADJ_MIN..MAX, of 1000ths of memory */
	bool unkillable;   /* init */
};

/* Why, and then who. */
struct oom_control {
	gfp_t gfp; /* of the request that nothing could serve */
	u32 order;
	u64 totalpages; /* that it may use, swap included */
	u32 chosen;	/* OOM_NO_TASK: nobody */
	s64 points;	/* its badness */
};

/* The tasks of a machine; all borrowed. */
struct oom_tasks {
	/** Tasks are 0..nr-1, in the order of their making. */
	u32 (*nr)(struct oom_tasks *t);
	void (*get)(struct oom_tasks *t, u32 task, struct oom_task *what);
	/**
	 * oc->chosen dies: its memory is freed.  May run within any
	 * allocation, so it only frees.  Return: pages freed.
	 */
	u64 (*kill)(struct oom_tasks *t, const struct oom_control *oc);
};

/** register_oom_tasks() - @t is borrowed until the mm is gone. */
void register_oom_tasks(struct mm *mm, struct oom_tasks *t);

/**
 * oom_badness() - The points of a task: its pages, and oom_score_adj
 * thousandths of @totalpages.
 * Return: OOM_UNKILLABLE: not to be chosen; else may be negative.
 */
s64 oom_badness(const struct oom_task *task, u64 totalpages);

/**
 * out_of_memory() - A request of 2^@order pages cannot be served.
 * Return: whether to try again: somebody was killed, or the request is one
 * that must wait for others to do it.
 */
bool out_of_memory(struct mm *mm, gfp_t gfp, u32 order,
		   const struct alloc_context *ac);

#endif
