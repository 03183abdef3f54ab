/*
 * oom_kill.c - the out-of-memory killer: who dies.
 *
 * What it is
 *	The last resort of alloc_pages(): when reclaim and compaction got
 *	nowhere, the task with most memory loses it.
 *
 * How it works
 *	out_of_memory() gives each task points, kills the one with most, and
 *	the request is tried again:
 *
 *	  points = rss + swap + page tables
 *	           + oom_score_adj / 1000 of all memory that counts
 *
 *	All memory counts, or that of the nodes a policy allows.  Of equals
 *	the one made last dies.  A request without __GFP_FS kills nobody: its
 *	reclaim was not allowed to do much; it waits for others.
 *
 * Lock order
 *	None: one operation runs at a time, so oom_lock is never contended.
 *
 * Invariants
 *	A chosen task had memory and has none afterwards, so that each
 *	kill is another task, or one that took memory since (BUG_ON in
 *	kill_chosen()).
 *
 * What is charged
 *	What freeing its pages costs.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1.  The victim is gone at once: no signal that it has to see,
 *	no oom_reaper, so no ALLOC_OOM for a victim on its way out.  No memory
 *	cgroups, notifiers or panic: where Linux panics, since nobody can be
 *	killed, the request fails.
 */
#include "mm/oom_kill.h"

#include "mm/page_internal.h"
#include "mm/swap.h"

void register_oom_tasks(struct mm *mm, struct oom_tasks *t)
{
	BUG_ON(!t->nr || !t->get || !t->kill);
	mm->oom_tasks = t;
}

s64 oom_badness(const struct oom_task *task, u64 totalpages)
{
	u64 pages = task->rss + task->swap + task->pgtables;

	if (!pages || task->unkillable ||
	    task->oom_score_adj <= OOM_SCORE_ADJ_MIN)
		return OOM_UNKILLABLE;
	return (s64)pages + (s64)task->oom_score_adj * (s64)(totalpages / 1000);
}

/* constrained_alloc(): what could serve the request at best. */
static u64 allowed_pages(const struct mm *mm, gfp_t gfp,
			 const struct alloc_context *ac)
{
	u64 pages = 0;
	bool all = true;

	for (u32 i = 0; i < mm->nr_zones; i++) {
		const struct zone *zone = &mm->zones[i];

		if (ac->nodes >> zone->node & 1)
			pages += zone->present_pages;
		else
			all = all && !zone->managed_pages;
	}
	if (all || (gfp & GFP_THISNODE))
		return mm->totalram_pages;
	return pages;
}

static void consider(struct mm *mm, struct oom_control *oc, u32 task)
{
	struct oom_task t = {0};
	s64 points;

	mm->oom_tasks->get(mm->oom_tasks, task, &t);
	points = oom_badness(&t, oc->totalpages);
	if (points == OOM_UNKILLABLE ||
	    (oc->chosen != OOM_NO_TASK && points < oc->points))
		return;
	oc->chosen = task;
	oc->points = points;
}

/* Whoever asked is the one to go, if it is one that can. */
static bool by_itself(const struct mm *mm, const struct oom_control *oc)
{
	return mm->conf.oom_kill_allocating_task &&
	       oc->chosen == mm->machine->task;
}

static void select_bad_process(struct mm *mm, struct oom_control *oc)
{
	u32 nr = mm->oom_tasks->nr(mm->oom_tasks);

	if (mm->conf.oom_kill_allocating_task && mm->machine->task < nr)
		consider(mm, oc, mm->machine->task);
	for (u32 task = 0; task < nr && !by_itself(mm, oc); task++)
		consider(mm, oc, task);
}

static void kill_chosen(struct mm *mm, const struct oom_control *oc)
{
	u32 task_flags = mm->machine->task_flags;
	struct oom_task left;
	u64 freed;

	/* Freeing must not reclaim in turn. */
	mm->machine->task_flags |= PF_MEMALLOC;
	freed = mm->oom_tasks->kill(mm->oom_tasks, oc);
	mm->machine->task_flags = task_flags;
	mm->oom_tasks->get(mm->oom_tasks, oc->chosen, &left);
	BUG_ON(left.rss || left.swap || left.pgtables);
	mm->vm_events[VM_EV_OOM_KILL]++;
	note(mm->machine, MM_EV_OOM_KILL, oc->chosen, freed);
}

bool out_of_memory(struct mm *mm, gfp_t gfp, u32 order,
		   const struct alloc_context *ac)
{
	struct oom_control oc = {
		.gfp = gfp, .order = order, .chosen = OOM_NO_TASK};

	if (!mm->oom_tasks)
		return false;
	if (!(gfp & GFP_FS))
		return true;
	oc.totalpages = allowed_pages(mm, gfp, ac) + swap_nr_total(mm);
	select_bad_process(mm, &oc);
	if (oc.chosen == OOM_NO_TASK)
		return false;
	kill_chosen(mm, &oc);
	return true;
}
