/*
 * Goal: blocks are split and merged as buddies, in the kernel's list order.
 * Method: orders above those of the per-CPU lists, on a machine of one node,
 * where every pfn can be told beforehand.
 *
 *   boot, DMA32 of 48 MiB:  4096 │ 5120 │ ... │ 15360    (order 10)
 */
#include "fake_machine.h"

#include "cmocka_all.h"

static struct fake_machine fm;
static struct mm *mm;

static int setup(void **state)
{
	struct mm_conf conf;

	(void)state;
	fake_machine_init(&fm);
	fake_conf(&conf, 1, 1, 64);
	mm = fake_mm_create(&fm, &conf);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_mm_end(mm);
	return 0;
}

static pfn_t get(u32 order)
{
	struct page *page = alloc_pages(mm, GFP_HIGHUSER_MOVABLE, order);

	assert_non_null(page);
	assert_int_equal(page_to_pfn(mm, page) & ((1u << order) - 1), 0);
	return page_to_pfn(mm, page);
}

static void put(pfn_t pfn, u32 order)
{
	free_pages(mm, pfn_to_page(mm, pfn), order);
}

static void test_boot_is_ascending(void **state)
{
	(void)state;
	assert_int_equal(get(10), 4096);
	assert_int_equal(get(10), 5120);
	put(4096, 10);
	/* At the head, in front of what nobody touched. */
	assert_int_equal(get(10), 4096);
}

static void test_split_hands_out_the_lowest(void **state)
{
	const struct zone *zone = &mm->zones[1];

	(void)state;
	assert_int_equal(get(4), 4096);
	for (u32 order = 4; order < 10; order++) {
		pfn_t half = zone->free_area[order].list[MIGRATE_MOVABLE].head;

		assert_int_equal(zone->free_area[order].nr_free, 1);
		assert_int_equal(half, 4096 + (1u << order));
	}
	assert_int_equal(mm->vm_events[VM_EV_BUDDY_SPLIT], 6);
	assert_mm_ok(mm);
}

static void test_merge_to_the_top(void **state)
{
	(void)state;
	put(get(4), 4);
	assert_int_equal(mm->zones[1].free_area[4].nr_free, 0);
	assert_int_equal(mm->zones[1].free_area[10].nr_free, 12);
	assert_int_equal(mm->vm_events[VM_EV_BUDDY_MERGE], 6);
	assert_int_equal(get(10), 4096);
}

/*
 *   ┌ 4096 ┬ 4112 ┬ 4128 ┬ 4144 ┐  order 4; 4112 and 4144 stay allocated
 *
 * 4128 is freed when 4144 is not free but the order-5 buddy of the two is:
 * so it waits at the tail.
 */
static void test_likely_merge_goes_to_the_tail(void **state)
{
	const struct page_list *list;
	pfn_t a = get(4), b = get(4), c = get(4), d = get(4);

	(void)state;
	assert_int_equal(d, 4144);
	list = &mm->zones[1].free_area[4].list[MIGRATE_MOVABLE];
	put(a, 4);
	assert_int_equal(list->head, a);
	put(d, 4);
	assert_int_equal(list->head, d);
	assert_int_equal(list->tail, a);
	put(b, 4); /* merges with a: order 5 at 4096 */
	assert_int_equal(list->head, d);
	assert_int_equal(list->tail, d);
	get(4); /* d */
	put(d, 4);
	assert_int_equal(list->head, d);
	put(c, 4);
	assert_int_equal(mm->zones[1].free_area[10].nr_free, 12);
}

static void test_tail_beside_a_free_higher_buddy(void **state)
{
	const struct page_list *list;
	pfn_t blocks[8];

	(void)state;
	list = &mm->zones[1].free_area[4].list[MIGRATE_MOVABLE];
	for (u32 i = 0; i < 8; i++)
		blocks[i] = get(4);
	put(blocks[4], 4);
	put(blocks[0], 4);
	put(blocks[1], 4); /* order 5 at blocks[0] */
	put(blocks[6], 4);
	assert_int_equal(list->head, blocks[6]);
	/* blocks[0..1] are free at order 5: blocks[2] waits for blocks[3]. */
	put(blocks[2], 4);
	assert_int_equal(list->tail, blocks[2]);
	assert_int_equal(list->head, blocks[6]);
	for (u32 i = 3; i < 8; i += 2)
		put(blocks[i], 4);
	assert_int_equal(mm->zones[1].free_area[10].nr_free, 12);
}

static void test_all_of_memory(void **state)
{
	u64 n = 0;
	struct page *page;
	pfn_t last = PFN_NONE;

	(void)state;
	fm.m.task_flags = PF_MEMALLOC;
	while ((page = alloc_pages(mm, GFP_NOWAIT, 6))) {
		page->next = last;
		last = page_to_pfn(mm, page);
		n++;
	}
	assert_true(n > 200);
	assert_int_equal(mm->zones[1].free_area[6].nr_free, 0);
	while (last != PFN_NONE) {
		pfn_t next = pfn_to_page(mm, last)->next;

		put(last, 6);
		last = next;
	}
	assert_int_equal(mm->zones[1].free_area[10].nr_free, 12);
}

static void test_shuffle_is_a_permutation(void **state)
{
	struct mm_conf conf;
	struct mm *other[2];
	u64 sum = 0, moved = 0;

	(void)state;
	fake_conf(&conf, 1, 1, 256);
	fake_conf_without_dma(&conf);
	conf.shuffle_page_allocator = true;
	conf.hash_seed = 42;
	other[0] = fake_mm_create(&fm, &conf);
	other[1] = fake_mm_create(&fm, &conf);
	for (u32 i = 0; i < 60; i++) {
		struct page *a =
			alloc_pages(other[0], GFP_NOWAIT | GFP_MEMALLOC, 10);
		struct page *b =
			alloc_pages(other[1], GFP_NOWAIT | GFP_MEMALLOC, 10);

		assert_int_equal(page_to_pfn(other[0], a),
				 page_to_pfn(other[1], b));
		sum += page_to_pfn(other[0], a);
		moved += page_to_pfn(other[0], a) != 4096 + i * 1024;
	}
	assert_int_equal(sum, 60u * 4096 + 1024 * (59 * 60 / 2));
	assert_true(moved > 40);
	for (u32 i = 0; i < 2; i++) {
		assert_mm_ok(other[i]);
		mm_destroy(other[i]);
	}
}

static int setup_lines(void **state)
{
	struct mm_conf conf;

	(void)state;
	fake_machine_init(&fm);
	fm.m.cost_cycles[COST_FOREIGN_PAGE] = 1;
	fake_conf(&conf, 2, 1, 64);
	mm = fake_mm_create(&fm, &conf);
	return 0;
}

/*
 * CPU 0 splits 4096 down to order 4 and so touches the halves at 4112, 4128,
 * 4160, 4224, 4352 and 4608; what the other CPU looks at later comes from
 * there, once.
 */
static void test_lines_come_from_who_touched_them_last(void **state)
{
	const u64 *foreign = &fm.m.cost_count[COST_FOREIGN_PAGE];
	pfn_t a = get(4), b;

	(void)state;
	assert_int_equal(*foreign, 0);
	fm.m.cpu = 1;
	b = get(4);
	assert_int_equal(b, 4112);
	assert_int_equal(*foreign, 1); /* 4112 itself */
	fm.m.cpu = 0;
	put(a, 4);
	assert_int_equal(*foreign,
			 2); /* its buddy; 4096 and 4128 are its own */
	fm.m.cpu = 1;
	put(b, 4);
	assert_int_equal(*foreign, 9); /* 4112, 4096 and the five halves */
	put(get(4), 4);
	assert_int_equal(*foreign, 9);
}

static void test_lines_without_a_price(void **state)
{
	(void)state;
	assert_null(mm->line_cpu);
	fm.m.cpu = 0;
	put(get(4), 4);
	assert_int_equal(fm.m.cost_count[COST_FOREIGN_PAGE], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_boot_is_ascending, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_split_hands_out_the_lowest,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_merge_to_the_top, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			test_likely_merge_goes_to_the_tail, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_tail_beside_a_free_higher_buddy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all_of_memory, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_shuffle_is_a_permutation,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_lines_come_from_who_touched_them_last, setup_lines,
			teardown),
		cmocka_unit_test_setup_teardown(test_lines_without_a_price,
						setup, teardown),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
