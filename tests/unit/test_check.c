/*
 * Goal: mm_check() finds each kind of damage and says which.
 * Method: break one thing, look, put it back.
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
	fake_conf(&conf, 1, 1, 64);
	mm = fake_mm_create(&fm, &conf);
	zone = &mm->zones[1];
	assert_non_null(alloc_pages(mm, GFP_KERNEL, 4));
	assert_non_null(alloc_pages(mm, GFP_KERNEL, 0));
	assert_mm_ok(mm);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_mm_end(mm);
	return 0;
}

static void test_counts(void **state)
{
	(void)state;
	zone->free_area[6].nr_free++;
	assert_mm_wrong(mm, "nr_free");
	zone->free_area[6].nr_free--;
	zone->free_area[6].nr_free_type[MIGRATE_UNMOVABLE]++;
	assert_mm_wrong(mm, "counted");
	zone->free_area[6].nr_free_type[MIGRATE_UNMOVABLE]--;
	zone->nr_free_pages++;
	assert_mm_wrong(mm, "pages free");
	zone->nr_free_pages--;
	zone->pcp[0].count--;
	assert_mm_wrong(mm, "pcp");
	zone->pcp[0].count++;
	zone->free_mask[MIGRATE_UNMOVABLE] ^= 1u << 6;
	assert_mm_wrong(mm, "free_mask");
	zone->free_mask[MIGRATE_UNMOVABLE] ^= 1u << 6;
	zone->nr_reserved_highatomic = 5;
	assert_mm_wrong(mm, "high-atomic");
	zone->nr_reserved_highatomic = 0;
}

static void test_blocks(void **state)
{
	pfn_t pfn = zone->free_area[6].list[MIGRATE_UNMOVABLE].head;
	struct page *page = pfn_to_page(mm, pfn);

	(void)state;
	assert_int_not_equal(pfn, PFN_NONE);
	page->order = 5;
	assert_mm_wrong(mm, "order 5");
	page->order = 6;
	page->state = PAGE_ALLOCATED;
	assert_mm_wrong(mm, "state");
	page->state = PAGE_BUDDY;
	page->migratetype = MIGRATE_MOVABLE;
	assert_mm_wrong(mm, "type");
	page->migratetype = MIGRATE_UNMOVABLE;
	page->prev = 77;
	assert_mm_wrong(mm, "prev");
	page->prev = PFN_NONE;
	page->next = pfn;
	assert_mm_wrong(mm, "prev");
	page->prev = pfn;
	assert_mm_wrong(mm, "prev");
	page->prev = PFN_NONE;
	page->next = PFN_NONE;
}

static void test_unmerged_buddies(void **state)
{
	pfn_t pfn = zone->free_area[6].list[MIGRATE_UNMOVABLE].head;
	struct page *buddy = pfn_to_page(mm, pfn ^ 64);
	struct page before = *buddy;

	(void)state;
	buddy->state = PAGE_BUDDY;
	buddy->order = 6;
	assert_mm_wrong(mm, "buddy");
	*buddy = before;
}

static void test_zonelist(void **state)
{
	struct zoneref before = mm->nodes[0].zonelist[1];

	(void)state;
	mm->nodes[0].zonelist[1] = mm->nodes[0].zonelist[0];
	assert_mm_wrong(mm, "twice");
	mm->nodes[0].zonelist[1] = before;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_blocks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unmerged_buddies, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_zonelist, setup, teardown),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
