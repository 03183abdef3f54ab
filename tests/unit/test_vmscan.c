/*
 * Goal: kswapd is woken, runs, gives up and naps as Linux 6.1's does with
 * nothing to reclaim; compaction lets it run before an allocation fails.
 */
#include "mm/vmscan.h"

#include "fake_machine.h"

#include "cmocka_all.h"

static struct fake_machine fm;
static struct mm *mm;
static struct zone *zone;
static struct pglist_data *node;

static int setup(void **state)
{
	struct mm_conf conf;

	(void)state;
	fake_machine_init(&fm);
	fake_conf(&conf, 2, 1, 512);
	fake_conf_without_dma(&conf);
	mm = fake_mm_create(&fm, &conf);
	zone = &mm->zones[0];
	node = &mm->nodes[0];
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_mm_end(mm);
	return 0;
}

/* Free pages as watermarks see them. */
static void set_free(s64 pages)
{
	while (zone->nr_free_pages > pages + 1024)
		assert_non_null(alloc_pages(mm, GFP_MEMALLOC, 10));
	while (zone->nr_free_pages > pages + 16)
		assert_non_null(alloc_pages(mm, GFP_MEMALLOC, 4));
}

static void test_not_woken_while_balanced(void **state)
{
	(void)state;
	set_free((s64)zone->watermark[WMARK_HIGH] + 64);
	wakeup_kswapd(mm, zone, GFP_KERNEL, 0, ZONE_NORMAL);
	assert_false(node->kswapd_woken);
	assert_int_equal(node->kswapd_highest_zoneidx, ZONE_NORMAL);
	kswapd_run(mm, 0);
	assert_int_equal(mm->vm_events[VM_EV_PAGEOUTRUN], 0);
}

static void test_gives_up_after_16_runs(void **state)
{
	(void)state;
	set_free((s64)zone->watermark[WMARK_LOW]);
	wakeup_kswapd(mm, zone, GFP_KERNEL, 3, ZONE_NORMAL);
	assert_true(node->kswapd_woken);
	assert_int_equal(node->kswapd_order, 3);
	assert_int_equal(fm.notes[MM_EV_KSWAPD_WAKE], 1);
	kswapd_run_woken(mm);
	assert_false(node->kswapd_woken);
	assert_true(node->kswapd_napping); /* one that gave up naps as any */
	kswapd_nap_over(mm, 0);
	assert_false(node->kswapd_napping);
	assert_int_equal(node->kswapd_failures, MAX_RECLAIM_RETRIES);
	assert_int_equal(mm->vm_events[VM_EV_PAGEOUTRUN], 16);
	wakeup_kswapd(mm, zone, GFP_KERNEL, 0, ZONE_NORMAL);
	assert_false(node->kswapd_woken);
}

static void test_a_boost_is_one_failure(void **state)
{
	s32 threshold = zone->pcpstat[0].stat_threshold;
	s32 pressure;

	(void)state;
	zone->watermark_boost = 512;
	wakeup_kswapd(mm, zone, 0, 0, ZONE_DMA32);
	assert_true(node->kswapd_woken);
	kswapd_run(mm, 0);
	assert_int_equal(zone->watermark_boost, 0);
	assert_int_equal(node->kswapd_failures, 1);
	assert_true(node->kswapd_napping);
	/* Awake, CPUs may count more coarsely. */
	pressure = zone->pcpstat[0].stat_threshold;
	assert_int_equal(pressure, MIN(125, (zone->watermark[WMARK_LOW] -
					     zone->watermark[WMARK_MIN]) /
						    2));
	kswapd_nap_over(mm, 0);
	assert_false(node->kswapd_napping);
	assert_int_equal(zone->pcpstat[1].stat_threshold, threshold);
	kswapd_nap_over(mm, 0);
	assert_int_equal(mm->vm_events[VM_EV_PAGEOUTRUN], 1);
}

static void test_nap_ends_in_another_run(void **state)
{
	(void)state;
	zone->watermark_boost = 512;
	wakeup_kswapd(mm, zone, 0, 0, ZONE_DMA32);
	kswapd_run(mm, 0);
	set_free((s64)zone->watermark[WMARK_MIN]);
	node->kswapd_woken = false;
	node->kswapd_napping = true;
	kswapd_nap_over(mm, 0);
	assert_int_equal(node->kswapd_failures, MAX_RECLAIM_RETRIES);
}

/*
 * Order 2 fails at min + boost; reclaim lets kswapd take the boost back, and
 * the attempt after compaction finds the watermark met.
 */
static void test_compaction_tries_once_more(void **state)
{
	const gfp_t gfp = GFP_KERNEL | GFP_NORETRY;

	(void)state;
	set_free((s64)zone->watermark[WMARK_HIGH] + 64);
	zone->watermark_boost = 1024;
	assert_null(alloc_pages(mm, GFP_NOWAIT, 2));
	assert_true(node->kswapd_woken);
	assert_non_null(alloc_pages(mm, gfp, 2));
	assert_int_equal(zone->watermark_boost, 0);
	zone->watermark_boost = 1024;
	node->kswapd_failures = MAX_RECLAIM_RETRIES;
	assert_null(alloc_pages(mm, gfp, 2));
}

static void test_order_0_does_not(void **state)
{
	(void)state;
	set_free((s64)zone->watermark[WMARK_HIGH] + 64);
	zone->watermark_boost = 1024;
	drain_all_pages(mm);
	assert_null(alloc_pages(mm, GFP_KERNEL | GFP_NORETRY, 0));
	assert_non_null(alloc_pages(mm, GFP_KERNEL | GFP_NORETRY, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_not_woken_while_balanced,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_gives_up_after_16_runs,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_boost_is_one_failure,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_nap_ends_in_another_run,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_compaction_tries_once_more,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_order_0_does_not, setup,
						teardown),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
