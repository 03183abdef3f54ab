/*
 * oom.c - the tasks of a trace as the OOM killer sees them.
 *
 * A table by slot tells the owner of each block of pages that counts, packed
 * into 32 bits; sums by task are kept beside it.  A kill goes through the
 * slots, frees what the task holds and marks the slots as those of reclaimed
 * pages: a later free in the trace then only counts.
 *
 * The trace was recorded on a machine where nobody was killed, so the task
 * goes on: as if it had been started again, with nothing.
 */
#include "sim/oom.h"

#include "base/bug.h"
#include "base/xmalloc.h"
#include "mm/lru.h"
#include "mm/oom_kill.h"
#include "mm/page_alloc.h"
#include "sim/pressure.h"
#include "sim/swapped.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* An entry of the table: task above, then the order, then how; 0: nobody. */
#define HOW_BITS   2
#define ORDER_BITS 4
#define TASK_SHIFT (HOW_BITS + ORDER_BITS)
#define HELD_BYTES (TRACE_SLOTS_MAX * sizeof(u32))

_Static_assert(NR_OOM_HOLDS <= 1 << HOW_BITS, "a way to hold does not fit");
_Static_assert(MAX_ORDER <= 1 << ORDER_BITS, "an order does not fit");
_Static_assert(TRACE_TASKS_MAX <= 1u << (32 - TASK_SHIFT), "nor does a task");

struct task_pages {
	u64 pages[NR_OOM_HOLDS];
	s32 adj;
};

struct oom {
	struct oom_tasks base; /* first */
	struct sim *sim;
	u32 *held;		  /* [TRACE_SLOTS_MAX], lazy, owned */
	u32 end;		  /* slots from this one on were never held */
	struct task_pages *tasks; /* [nr], owned */
	u32 nr;
};

static struct oom *of(struct oom_tasks *t)
{
	return container_of(t, struct oom, base);
}

static enum oom_hold held_how(u32 held)
{
	return (enum oom_hold)(held & ((1u << HOW_BITS) - 1));
}

static u32 held_order(u32 held)
{
	return held >> HOW_BITS & ((1u << ORDER_BITS) - 1);
}

static u32 held_task(u32 held)
{
	return held >> TASK_SHIFT;
}

static u64 *held_sum(const struct oom *oom, u32 held)
{
	return &oom->tasks[held_task(held)].pages[held_how(held)];
}

static void need_task(struct oom *oom, u32 task)
{
	u32 nr = MAX(task + 1, 2 * oom->nr);

	BUG_ON(task >= TRACE_TASKS_MAX);
	if (task < oom->nr)
		return;
	oom->tasks = xreallocarray(oom->tasks, nr, sizeof(*oom->tasks));
	memset(oom->tasks + oom->nr, 0, (nr - oom->nr) * sizeof(*oom->tasks));
	oom->nr = nr;
}

void oom_gone(struct oom *oom, u32 slot)
{
	u32 held = oom->held[slot];
	u64 pages = (u64)1 << held_order(held);
	u64 *sum;

	if (!held)
		return;
	sum = held_sum(oom, held);
	BUG_ON(*sum < pages);
	*sum -= pages;
	oom->held[slot] = 0;
}

void oom_hold(struct oom *oom, u32 slot, u32 task, u32 order, enum oom_hold how)
{
	u32 held = task << TASK_SHIFT | order << HOW_BITS | (u32)how;

	BUG_ON(how == OOM_NOT_HELD);
	oom_gone(oom, slot); /* a trace may use a slot again without a free */
	need_task(oom, task);
	oom->held[slot] = held;
	oom->end = MAX(oom->end, slot + 1);
	*held_sum(oom, held) += (u64)1 << order;
}

void oom_swap(struct oom *oom, u32 slot, enum oom_hold how)
{
	u32 held = oom->held[slot];

	if (held)
		oom_hold(oom, slot, held_task(held), held_order(held), how);
}

void oom_set_adj(struct oom *oom, u32 task, s32 adj)
{
	need_task(oom, task);
	oom->tasks[task].adj = adj;
}

static u32 nr_tasks(struct oom_tasks *t)
{
	return of(t)->nr;
}

/* In a recording the process 1 is init. */
static bool is_init(const struct trace_info *info, u32 task)
{
	const char *dash;

	if (task >= info->tasks.nr || !strcmp(info->source_format, "workload"))
		return false;
	dash = strrchr(info->tasks.at[task], '-');
	return dash && !strcmp(dash, "-1");
}

static void get_task(struct oom_tasks *t, u32 task, struct oom_task *what)
{
	const struct oom *oom = of(t);
	const struct task_pages *p = &oom->tasks[task];

	*what = (struct oom_task){
		.rss = p->pages[OOM_RSS],
		.swap = p->pages[OOM_SWAPPED],
		.pgtables = p->pages[OOM_PGTABLE],
		.oom_score_adj = p->adj,
		.unkillable = is_init(oom->sim->info, task),
	};
}

/* What the slot has goes back, as exit_mmap() does.  Return: pages freed. */
static u64 free_held(struct oom *oom, u32 slot)
{
	struct sim *s = oom->sim;
	u32 held = oom->held[slot];
	u64 pages = (u64)1 << held_order(held);
	pfn_t pfn = (pfn_t)(slot_addr(&s->slots[slot]) >> PAGE_SHIFT);

	if (s->slots[slot].kind == SLOT_SWAPPED) {
		swapped_free(s, slot);
		return 0;
	}
	oom_gone(oom, slot);
	/* A trace that uses a slot again without a free leaks its pages. */
	if (s->slots[slot].kind != SLOT_PAGES)
		return 0;
	pressure_slot_lost(s, slot);
	free_pages(s->mm, pfn_to_page(s->mm, pfn), held_order(held));
	return pages;
}

static u64 kill_task(struct oom_tasks *t, const struct oom_control *oc)
{
	struct oom *oom = of(t);
	u32 run = pressure_oom_kill(oom->sim, oc);
	u64 freed = 0;

	for (u32 slot = 0; slot < oom->end; slot++)
		if (oom->held[slot] && held_task(oom->held[slot]) == oc->chosen)
			freed += free_held(oom, slot);
	pressure_oom_freed(oom->sim, run, freed);
	return freed;
}

struct oom *oom_create(struct sim *s, struct err *e)
{
	struct oom *oom = xcalloc(1, sizeof(*oom));

	oom->sim = s;
	oom->base = (struct oom_tasks){
		.nr = nr_tasks, .get = get_task, .kill = kill_task};
	oom->held = xmap_lazy(HELD_BYTES);
	if (!oom->held) {
		err_sys(e, "owners of pages", "reserving address space");
		free(oom);
		return NULL;
	}
	for (size_t i = 0; s->info && i < s->info->oom_adjs.nr; i++)
		oom_set_adj(oom, s->info->oom_adjs.at[i].task,
			    s->info->oom_adjs.at[i].adj);
	register_oom_tasks(s->mm, &oom->base);
	return oom;
}

void oom_destroy(struct oom *oom)
{
	if (!oom)
		return;
	free(oom->tasks);
	xunmap(oom->held, HELD_BYTES);
	free(oom);
}

int oom_check(const struct oom *oom, struct err *e)
{
	u64 *sums = xcalloc(oom->nr + 1, NR_OOM_HOLDS * sizeof(u64));
	int rc = 0;

	/* A trace may use a slot again without a free: then its pages stay the
	 * task's, whatever the slot has or had since. */
	for (u32 slot = 0; slot < oom->end; slot++) {
		u32 held = oom->held[slot];

		if (held)
			sums[held_task(held) * NR_OOM_HOLDS + held_how(held)] +=
				(u64)1 << held_order(held);
	}
	for (u32 i = 0; i < oom->nr * NR_OOM_HOLDS && !rc; i++)
		if (sums[i] !=
		    oom->tasks[i / NR_OOM_HOLDS].pages[i % NR_OOM_HOLDS])
			rc = err_set(e, -EUCLEAN, "task %u: pages miscounted",
				     i / (u32)NR_OOM_HOLDS);
	free(sums);
	return rc;
}
