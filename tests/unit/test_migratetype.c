/*
 * Goal: fallback between migrate types, stealing of pageblocks, the watermark
 * boost and the high-atomic reserve are those of Linux 6.1.
 * Method: memory is filled with one type, then another asks.
 */
#include "fake_machine.h"

#include "cmocka_all.h"

static struct fake_machine fm;
static struct mm *mm;
static struct zone *zone;

static int setup(void **state)
{
	struct mm_conf conf;

	(void)state;
	fake_machine_init(&fm);
	fake_conf(&conf, 1, 1, 128);
	/* No DMA zone to fall back to. */
	conf.ranges[0] = conf.ranges[1];
	conf.nr_ranges = 1;
	mm = fake_mm_create(&fm, &conf);
	zone = &mm->zones[0];
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_mm_end(mm);
	return 0;
}

static pfn_t get(gfp_t gfp, u32 order)
{
	struct page *page = alloc_pages(mm, gfp, order);

	return page ? page_to_pfn(mm, page) : PFN_NONE;
}

static void put(pfn_t pfn, u32 order)
{
	free_pages(mm, pfn_to_page(mm, pfn), order);
}

static void test_a_large_block_changes_its_type(void **state)
{
	pfn_t pfn = get(GFP_KERNEL, 4);

	(void)state;
	assert_int_equal(pfn, 4096);
	/* All of the order-10 block, both pageblocks. */
	assert_int_equal(get_pageblock_migratetype(mm, 4096),
			 MIGRATE_UNMOVABLE);
	assert_int_equal(get_pageblock_migratetype(mm, 4608),
			 MIGRATE_UNMOVABLE);
	assert_int_equal(get_pageblock_migratetype(mm, 5120), MIGRATE_MOVABLE);
	assert_int_equal(zone->watermark_boost, 0);
	assert_int_equal(mm->vm_events[VM_EV_EXTFRAG], 1);
	assert_int_equal(fm.notes[MM_EV_EXTFRAG], 1);
	assert_int_equal(fm.last_b[MM_EV_EXTFRAG],
			 4 | 10 << 8 | MIGRATE_UNMOVABLE << 16 |
				 MIGRATE_MOVABLE << 24);
}

/*
 * All pageblocks MOVABLE and taken but for parts of one: an UNMOVABLE request
 * steals the largest part, and the pageblock when half of it is free or not
 * movable (here nothing is).
 */
static void fill_with_movable(pfn_t *order8, u32 *nr)
{
	*nr = 0;
	while (zone->free_area[10].nr_free || zone->free_area[9].nr_free ||
	       zone->free_area[8].nr_free)
		order8[(*nr)++] = get(GFP_HIGHUSER_MOVABLE | GFP_MEMALLOC, 8);
}

static void test_stealing_takes_the_pageblock(void **state)
{
	static pfn_t blocks[1024];
	u32 nr;

	(void)state;
	fill_with_movable(blocks, &nr);
	assert_true(nr > 100);
	put(blocks[4], 8);
	assert_int_equal(get(GFP_KERNEL | GFP_MEMALLOC, 0), blocks[4]);
	assert_int_equal(get_pageblock_migratetype(mm, blocks[4]),
			 MIGRATE_UNMOVABLE);
	assert_int_equal(zone->watermark_boost, 512);
	assert_int_equal(mm->vm_events[VM_EV_EXTFRAG_STEAL], 1);
	assert_true(mm->nodes[0].kswapd_woken);
}

static void test_movable_does_not_claim_unmovable_blocks(void **state)
{
	static pfn_t blocks[1024];
	pfn_t small;
	u32 nr;

	(void)state;
	fill_with_movable(blocks, &nr);
	put(blocks[4], 8);
	/* Leave a few pages of an UNMOVABLE pageblock. */
	small = get(GFP_KERNEL | GFP_MEMALLOC, 4);
	assert_int_equal(small, blocks[4]);
	for (u32 order = 4; order < 8; order++)
		assert_true(get(GFP_KERNEL | GFP_MEMALLOC, order));
	put(small + 0, 4);
	zone->watermark_boost = 0;
	assert_int_equal(get(GFP_HIGHUSER_MOVABLE | GFP_MEMALLOC, 3), small);
	assert_int_equal(get_pageblock_migratetype(mm, small),
			 MIGRATE_UNMOVABLE);
	assert_int_equal(zone->watermark_boost, 512);
}

static void test_boost_has_a_limit(void **state)
{
	static pfn_t blocks[1024];
	u64 high = zone->watermark[WMARK_HIGH];
	u32 nr;

	(void)state;
	fill_with_movable(blocks, &nr);
	for (u32 i = 4; i < 40; i += 4) {
		put(blocks[i], 8);
		assert_int_equal(get(GFP_KERNEL | GFP_MEMALLOC, 8), blocks[i]);
	}
	assert_int_equal(zone->watermark_boost, MAX(512, high * 3 / 2));
	kswapd_run(mm, 0);
	assert_int_equal(zone->watermark_boost, 0);
	assert_true(mm->nodes[0].kswapd_failures > 0);
}

static void test_highatomic_reserve(void **state)
{
	static pfn_t blocks[8192];
	u32 nr = 0;
	pfn_t pfn;

	(void)state;
	while ((pfn = get(GFP_NOWAIT, 4)))
		blocks[nr++] = pfn;
	assert_int_equal(zone->nr_reserved_highatomic, 0);
	pfn = get(GFP_ATOMIC, 4);
	assert_int_not_equal(pfn, PFN_NONE);
	assert_int_equal(zone->nr_reserved_highatomic, 512);
	assert_int_equal(get_pageblock_migratetype(mm, pfn),
			 MIGRATE_HIGHATOMIC);
	/* Only for those who may: the free rest is not for others. */
	assert_int_equal(get(GFP_NOWAIT, 4), PFN_NONE);
	put(pfn, 4);
	assert_int_equal(zone->nr_reserved_highatomic, 512);
	for (u32 i = 0; i < nr; i++)
		put(blocks[i], 4);
	assert_int_equal(zone->nr_reserved_highatomic, 512);
}

static void test_pcp_of_a_reserved_pageblock(void **state)
{
	static pfn_t blocks[8192];
	u32 nr = 0;
	pfn_t pfn;

	(void)state;
	while ((pfn = get(GFP_NOWAIT, 3)) && nr < ARRAY_SIZE(blocks))
		blocks[nr++] = pfn;
	pfn = get(GFP_ATOMIC, 3);
	assert_int_not_equal(pfn, PFN_NONE);
	assert_int_equal(zone->nr_reserved_highatomic, 512);
	put(pfn, 3);
	drain_all_pages(mm);
	assert_int_equal(pfn_to_page(mm, pfn)->migratetype, MIGRATE_HIGHATOMIC);
	for (u32 i = 0; i < nr; i++)
		put(blocks[i], 3);
}

static void test_grouping_off(void **state)
{
	struct mm_conf conf;
	struct mm *off;
	struct page *page;

	(void)state;
	fake_conf(&conf, 1, 1, 64);
	conf.page_group_by_mobility_disabled = true;
	off = fake_mm_create(&fm, &conf);
	page = alloc_pages(off, GFP_HIGHUSER_MOVABLE, 0);
	assert_non_null(page);
	assert_int_equal(get_pageblock_migratetype(off, page_to_pfn(off, page)),
			 MIGRATE_UNMOVABLE);
	assert_mm_ok(off);
	mm_destroy(off);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_a_large_block_changes_its_type, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_stealing_takes_the_pageblock, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_movable_does_not_claim_unmovable_blocks, setup,
			teardown),
		cmocka_unit_test_setup_teardown(test_boost_has_a_limit, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_highatomic_reserve, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			test_pcp_of_a_reserved_pageblock, setup, teardown),
		cmocka_unit_test_setup_teardown(test_grouping_off, setup,
						teardown),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
