/*
 * Goal: when memory is out the task that Linux 6.1 would choose loses its
 * pages, and only for requests that may kill.  Method: a node of 64 MiB full
 * of tasks' anonymous memory, made by hand; badness by its definition.
 */
#include "mm/oom_kill.h"
#include "mm/reclaim.h"
#include "mm/vmscan.h"

#include "fake_machine.h"

#include "cmocka_all.h"

#include <string.h>

#define USER_GFP (GFP_HIGHUSER | GFP_MOVABLE)
#define NR_TASKS 4u

static struct fake_machine fm;
static struct mm *mm;

/* Tasks: what they say they have, and the pages that they have. */
static struct {
	struct oom_tasks base;
	struct oom_task what[NR_TASKS];
	pfn_t pages[NR_TASKS][16384];
	u32 nr[NR_TASKS];
	struct oom_control last;
} tasks;

static u32 nr_tasks(struct oom_tasks *t)
{
	(void)t;
	return NR_TASKS;
}

static void get_task(struct oom_tasks *t, u32 task, struct oom_task *what)
{
	(void)t;
	*what = tasks.what[task];
}

static u64 kill_task(struct oom_tasks *t, const struct oom_control *oc)
{
	u32 task = oc->chosen;
	u64 freed = tasks.nr[task];

	(void)t;
	assert_true(mm->machine->task_flags & PF_MEMALLOC);
	for (u32 i = 0; i < tasks.nr[task]; i++)
		free_pages(mm, pfn_to_page(mm, tasks.pages[task][i]), 0);
	tasks.nr[task] = 0;
	tasks.what[task].rss = tasks.what[task].swap = 0;
	tasks.what[task].pgtables = 0;
	tasks.last = *oc;
	return freed;
}

static int setup(void **state)
{
	struct mm_conf conf;

	(void)state;
	fake_machine_init(&fm);
	fake_conf(&conf, 1, 1, 64);
	conf.ranges[1].zone = ZONE_NORMAL;
	fake_conf_without_dma(&conf);
	conf.reclaim = true;
	mm = fake_mm_create(&fm, &conf);
	memset(&tasks, 0, sizeof(tasks));
	tasks.base = (struct oom_tasks){
		.nr = nr_tasks, .get = get_task, .kill = kill_task};
	register_oom_tasks(mm, &tasks.base);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_mm_end(mm);
	return 0;
}

/* @task takes @pages of anonymous memory, or as many as there are. */
static void take(u32 task, u32 pages)
{
	while (pages--) {
		struct page *page = alloc_pages(mm, USER_GFP | GFP_NORETRY, 0);

		if (!page)
			return;
		lru_add(mm, page, false, 0);
		tasks.pages[task][tasks.nr[task]++] = page_to_pfn(mm, page);
		tasks.what[task].rss++;
	}
}

/* Task 2 has most; nothing is free, and nothing can be reclaimed. */
static void fill(void)
{
	take(1, 2000);
	take(3, 1000);
	take(2, 16384);
}

/* 4 GiB are 1048576 pages; a thousandth is 1048. */
static void test_badness(void **state)
{
	struct oom_task t = {.rss = 100, .swap = 20, .pgtables = 3};

	(void)state;
	assert_int_equal(oom_badness(&t, 1048576), 123);
	t.oom_score_adj = 500;
	assert_int_equal(oom_badness(&t, 1048576), 123 + 500 * 1048);
	t.oom_score_adj = -999;
	assert_int_equal(oom_badness(&t, 1048576), 123 - 999 * 1048);
	t.oom_score_adj = OOM_SCORE_ADJ_MIN;
	assert_true(oom_badness(&t, 1048576) == OOM_UNKILLABLE);
	t.oom_score_adj = 0;
	t.unkillable = true;
	assert_true(oom_badness(&t, 1048576) == OOM_UNKILLABLE);
	/* Nothing to give, whatever its adjustment: no task. */
	t = (struct oom_task){.oom_score_adj = OOM_SCORE_ADJ_MAX};
	assert_true(oom_badness(&t, 1048576) == OOM_UNKILLABLE);
}

static void test_the_largest_dies(void **state)
{
	(void)state;
	fill();
	assert_non_null(alloc_pages(mm, GFP_KERNEL, 0));
	assert_int_equal(mm->vm_events[VM_EV_OOM_KILL], 1);
	assert_int_equal(fm.notes[MM_EV_OOM_KILL], 1);
	assert_int_equal(fm.last_a[MM_EV_OOM_KILL], 2);
	assert_int_equal(tasks.nr[2], 0);
	assert_int_equal(tasks.nr[1], 2000);
	assert_int_equal(tasks.last.order, 0);
	assert_int_equal(tasks.last.gfp, GFP_KERNEL);
	assert_int_equal(tasks.last.totalpages, mm->totalram_pages);
}

/* 1000 pages + 900/1000 of memory beat everybody. */
static void test_adjusted(void **state)
{
	(void)state;
	fill();
	tasks.what[3].oom_score_adj = 900;
	assert_non_null(alloc_pages(mm, GFP_KERNEL, 0));
	assert_int_equal(tasks.last.chosen, 3);
	assert_int_equal(tasks.last.points,
			 1000 + 900 * (mm->totalram_pages / 1000));
	tasks.what[2].oom_score_adj = OOM_SCORE_ADJ_MIN;
	while (mm->vm_events[VM_EV_OOM_KILL] < 2)
		assert_non_null(alloc_pages(mm, GFP_KERNEL, 0));
	assert_int_equal(tasks.last.chosen, 1);
}

/* As the kernel: of equals the one that comes last in its list. */
static void test_of_equals_the_last(void **state)
{
	(void)state;
	take(1, 2000); /* far more than a per-CPU list keeps */
	take(2, 2000);
	while (alloc_pages(mm, GFP_KERNEL | GFP_NORETRY, 0))
		;
	assert_non_null(alloc_pages(mm, GFP_KERNEL, 0));
	assert_int_equal(tasks.last.chosen, 2);
	tasks.what[3] = (struct oom_task){.oom_score_adj = OOM_SCORE_ADJ_MAX};
	while (mm->vm_events[VM_EV_OOM_KILL] < 2)
		assert_non_null(alloc_pages(mm, GFP_KERNEL, 0));
	assert_int_equal(tasks.last.chosen, 1);
	/* Nobody is left. */
	while (alloc_pages(mm, GFP_KERNEL, 0))
		;
	assert_int_equal(mm->vm_events[VM_EV_OOM_KILL], 2);
}

static void test_who_asks_dies(void **state)
{
	(void)state;
	mm->conf.oom_kill_allocating_task = true;
	fm.m.task = 3;
	fill();
	assert_non_null(alloc_pages(mm, GFP_KERNEL, 0));
	assert_int_equal(tasks.last.chosen, 3);
	/* It has nothing any more: then the one with most. */
	while (mm->vm_events[VM_EV_OOM_KILL] < 2)
		assert_non_null(alloc_pages(mm, GFP_KERNEL, 0));
	assert_int_equal(tasks.last.chosen, 2);
}

/* Requests that fail, or wait, rather than kill. */
static void test_who_may_not_kill(void **state)
{
	static const gfp_t gentle[] = {
		GFP_NOWAIT,
		GFP_ATOMIC,
		GFP_KERNEL | GFP_NORETRY,
		GFP_KERNEL | GFP_RETRY_MAYFAIL,
		GFP_KERNEL | GFP_THISNODE,
		GFP_NOFS,
		GFP_NOIO,
	};

	(void)state;
	fill();
	while (alloc_pages(mm, GFP_ATOMIC, 0))
		;
	for (u32 i = 0; i < ARRAY_SIZE(gentle); i++)
		assert_null(alloc_pages(mm, gentle[i], 0));
	/* Nor for blocks that nobody should count on. */
	assert_null(alloc_pages(mm, GFP_KERNEL, 4));
	assert_int_equal(mm->vm_events[VM_EV_OOM_KILL], 0);
	assert_non_null(alloc_pages(mm, GFP_KERNEL, 3));
	assert_int_equal(mm->vm_events[VM_EV_OOM_KILL], 1);
}

/* Freeing a task comes first; after the last one, the reserves. */
static void test_must_not_fail(void **state)
{
	const struct zone *zone = &mm->zones[0];

	(void)state;
	take(1, 2000);
	while (alloc_pages(mm, GFP_KERNEL | GFP_NORETRY, 0))
		;
	assert_non_null(alloc_pages(mm, GFP_KERNEL | GFP_NOFAIL, 0));
	assert_int_equal(mm->vm_events[VM_EV_OOM_KILL], 1);
	while (zone->nr_free_pages > 200)
		assert_non_null(alloc_pages(mm, GFP_KERNEL | GFP_NOFAIL, 0));
	assert_int_equal(mm->vm_events[VM_EV_OOM_KILL], 1);
	assert_true(zone->nr_free_pages < (s64)zone->watermark[WMARK_MIN]);
}

/* A task in direct reclaim has reserves of its own. */
static void test_not_within_reclaim(void **state)
{
	(void)state;
	fill();
	fm.m.task_flags = PF_MEMALLOC;
	while (alloc_pages(mm, GFP_KERNEL, 0))
		;
	assert_int_equal(mm->vm_events[VM_EV_OOM_KILL], 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest all[] = {
		TEST(test_badness),	  TEST(test_the_largest_dies),
		TEST(test_adjusted),	  TEST(test_of_equals_the_last),
		TEST(test_who_asks_dies), TEST(test_who_may_not_kill),
		TEST(test_must_not_fail), TEST(test_not_within_reclaim),
	};

	cmocka_run_group_tests(all, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
