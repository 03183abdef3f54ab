/*
 * Goal: a recorded state comes back as it was, list by list, and numbers from
 * outside that make no state are refused.
 */
#include "mm/restore.h"

#include "fake_machine.h"
#include "mm/inspect.h"

#include "cmocka_all.h"

#include <errno.h>

static struct fake_machine fm;
static struct mm *mm;
static struct zone *zone;

static int setup(void **state)
{
	struct mm_conf conf;

	(void)state;
	fake_machine_init(&fm);
	fake_conf(&conf, 2, 1, 64);
	mm = fake_mm_create(&fm, &conf);
	zone = &mm->zones[1];
	page_restore_begin(mm);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mm_destroy(mm);
	return 0;
}

static int block(u64 pfn, u32 order, enum migratetype mt)
{
	struct err e = {0};

	return page_restore_free_block(mm, pfn, order, mt, &e);
}

static int pcp(u64 pfn, u32 cpu, u32 order, enum migratetype mt)
{
	struct err e = {0};

	return page_restore_pcp(mm, zone, cpu, order, mt, pfn, &e);
}

static void test_lists_come_back_in_order(void **state)
{
	struct err e = {0};

	(void)state;
	assert_null(alloc_pages(mm, GFP_KERNEL | GFP_MEMALLOC, 0));
	assert_int_equal(block(8192, 3, MIGRATE_UNMOVABLE), 0);
	assert_int_equal(block(4096, 3, MIGRATE_UNMOVABLE), 0);
	assert_int_equal(pcp(4200, 1, 0, MIGRATE_UNMOVABLE), 0);
	assert_int_equal(pcp(4196, 1, 0, MIGRATE_UNMOVABLE), 0);
	set_pageblock_migratetype(mm, 5120, MIGRATE_HIGHATOMIC);
	assert_int_equal(pcp(5120, 0, 1, MIGRATE_MOVABLE), 0);
	assert_int_equal(pfn_to_page(mm, 5120)->migratetype,
			 MIGRATE_HIGHATOMIC);
	assert_int_equal(page_restore_end(mm, &e), 0);
	fm.m.cpu = 1;
	fm.m.task_flags = PF_MEMALLOC;
	assert_int_equal(page_to_pfn(mm, alloc_pages(mm, GFP_NOWAIT, 0)), 4200);
	assert_int_equal(page_to_pfn(mm, alloc_pages(mm, GFP_NOWAIT, 0)), 4196);
	assert_int_equal(page_to_pfn(mm, alloc_pages(mm, GFP_NOWAIT, 3)), 8192);
	assert_int_equal(page_to_pfn(mm, alloc_pages(mm, GFP_NOWAIT, 3)), 4096);
	assert_mm_ok(mm);
}

static void test_allocated_blocks_can_be_freed(void **state)
{
	struct err e = {0};

	(void)state;
	assert_int_equal(page_restore_allocated(mm, 4096, 5, false, &e), 0);
	assert_int_equal(block(4128, 5, MIGRATE_MOVABLE), 0);
	free_pages(mm, pfn_to_page(mm, 4096), 5);
	assert_int_equal(zone->free_area[6].nr_free, 1);
	assert_mm_ok(mm);
}

static void test_figures(void **state)
{
	struct page_restore_zone from = {
		.watermark = {10, 20, 30, 40},
		.watermark_boost = 7,
		.nr_reserved_highatomic = 512,
		.managed_pages = 12000,
		.nr_free_pages = 5,
		.pageset_high = 100,
		.pageset_batch = 7,
	};
	struct page_restore_pcp_state ps = {100, 7, 3, 1, 6, 3};
	struct err e = {0};
	struct mm_snapshot *s;

	(void)state;
	assert_int_equal(block(4096, 3, MIGRATE_MOVABLE), 0);
	assert_int_equal(page_restore_zone(mm, zone, &from, &e), 0);
	assert_int_equal(page_restore_pcp_state(mm, zone, 1, &ps, &e), 0);
	assert_int_equal(page_restore_kswapd(mm, 0, 2, 3, 1, true, &e), 0);
	assert_int_equal(page_restore_end(mm, &e), 0);
	s = mm_inspect(mm);
	assert_int_equal(s->zones[1].watermark[WMARK_HIGH], 30);
	assert_int_equal(s->zones[1].watermark_boost, 7);
	assert_int_equal(s->zones[1].nr_free_pages, 5);
	assert_int_equal(s->zones[1].nr_free_pages_exact, 8);
	assert_int_equal(s->zones[1].nr_free[MIGRATE_MOVABLE][3], 1);
	assert_int_equal(s->pcps[3].free_factor, 3);
	assert_int_equal(s->nodes[0].kswapd_failures, 2);
	assert_true(s->nodes[0].kswapd_woken);
	mm_snapshot_free(s);
	from.nr_free_pages = 6;
	assert_int_equal(page_restore_zone(mm, zone, &from, &e), 0);
	assert_int_equal(page_restore_end(mm, &e), -EUCLEAN);
}

static void test_bad_numbers(void **state)
{
	struct page_restore_pcp_state ps = {100, 7, 3, 1, 6, 3};
	struct page_restore_zone from = {.managed_pages = (u64)1 << 40};
	struct err e = {0};

	(void)state;
	assert_int_equal(block(0, 0, MIGRATE_MOVABLE), -EINVAL);
	assert_int_equal(block(4097, 1, MIGRATE_MOVABLE), -EINVAL);
	assert_int_equal(block((u64)1 << 40, 1, MIGRATE_MOVABLE), -EINVAL);
	assert_int_equal(block(4096, 11, MIGRATE_MOVABLE), -EINVAL);
	assert_int_equal(block(4096, 4000000000u, MIGRATE_MOVABLE), -EINVAL);
	assert_int_equal(block(4096, 1, MIGRATE_TYPES), -EINVAL);
	assert_int_equal(block(16384, 1, MIGRATE_MOVABLE), -EINVAL);
	assert_int_equal(block(4096, 1, MIGRATE_MOVABLE), 0);
	assert_int_equal(block(4096, 0, MIGRATE_MOVABLE), -EINVAL);
	assert_int_equal(pcp(4098, 2, 0, MIGRATE_MOVABLE), -EINVAL);
	assert_int_equal(pcp(4100, 0, 4, MIGRATE_MOVABLE), -EINVAL);
	assert_int_equal(pcp(4098, 0, 0, MIGRATE_HIGHATOMIC), -EINVAL);
	assert_int_equal(pcp(2048, 0, 0, MIGRATE_MOVABLE), -EINVAL);
	assert_int_equal(page_restore_zone(mm, zone, &from, &e), -EINVAL);
	assert_int_equal(page_restore_pcp_state(mm, zone, 2, &ps, &e), -EINVAL);
	ps.nr_free_diff = 1000;
	assert_int_equal(page_restore_pcp_state(mm, zone, 1, &ps, &e), -EINVAL);
	assert_int_equal(page_restore_kswapd(mm, 1, 0, 0, 0, false, &e),
			 -EINVAL);
	assert_int_equal(page_restore_kswapd(mm, 0, 0, 99, 0, false, &e),
			 -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lists_come_back_in_order,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_allocated_blocks_can_be_freed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_figures, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_numbers, setup,
						teardown),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
