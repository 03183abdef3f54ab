/*
 * Goal: per-CPU lists refill, order and flush as Linux 6.1's do.
 * Method: one zone, one or two CPUs; every pfn can be told beforehand.
 */
#include "fake_machine.h"

#include "cmocka_all.h"

static struct fake_machine fm;
static struct mm *mm;
static struct zone *zone;

static int setup_cpus(u32 cpus, u32 nodes)
{
	struct mm_conf conf;

	fake_machine_init(&fm);
	fake_conf(&conf, cpus, nodes, 512);
	mm = fake_mm_create(&fm, &conf);
	zone = &mm->zones[1];
	return 0;
}

static int setup(void **state)
{
	(void)state;
	return setup_cpus(1, 1);
}

static int setup_two(void **state)
{
	(void)state;
	return setup_cpus(2, 2);
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

	assert_non_null(page);
	return page_to_pfn(mm, page);
}

static void put(pfn_t pfn, u32 order)
{
	free_pages(mm, pfn_to_page(mm, pfn), order);
}

static void test_refill_is_a_batch_of_ascending_pages(void **state)
{
	(void)state;
	assert_int_equal(zone->pcp[0].batch, 31);
	for (u32 i = 0; i < 31; i++)
		assert_int_equal(get(GFP_HIGHUSER_MOVABLE, 0), 4096 + i);
	assert_int_equal(zone->pcp[0].count, 0);
	assert_int_equal(mm->vm_events[VM_EV_PCP_REFILL], 1);
	assert_int_equal(mm->vm_events[VM_EV_PCP_REFILL_PAGES], 31);
	get(GFP_HIGHUSER_MOVABLE, 0);
	assert_int_equal(zone->pcp[0].count, 30);
	assert_int_equal(fm.notes[MM_EV_PCP_REFILL], 2);
}

static void test_refill_scales_with_order(void **state)
{
	static const s32 left[PCP_ORDERS] = {30, 14, 6, 2};

	(void)state;
	for (u32 order = 0; order < PCP_ORDERS; order++) {
		s32 before = zone->pcp[0].count;

		get(GFP_HIGHUSER_MOVABLE, order);
		assert_int_equal((zone->pcp[0].count - before) >> order,
				 left[order]);
	}
}

static void test_last_freed_is_first_out(void **state)
{
	pfn_t a = get(GFP_HIGHUSER_MOVABLE, 0);
	pfn_t b = get(GFP_HIGHUSER_MOVABLE, 0);

	(void)state;
	put(a, 0);
	put(b, 0);
	assert_int_equal(get(GFP_HIGHUSER_MOVABLE, 0), b);
	assert_int_equal(get(GFP_HIGHUSER_MOVABLE, 0), a);
}

static void test_types_have_lists_of_their_own(void **state)
{
	pfn_t a = get(GFP_KERNEL, 0);
	pfn_t b = get(GFP_KERNEL | GFP_RECLAIMABLE, 0);

	(void)state;
	assert_int_equal(get_pageblock_migratetype(mm, a), MIGRATE_UNMOVABLE);
	assert_int_equal(get_pageblock_migratetype(mm, b), MIGRATE_RECLAIMABLE);
	put(a, 0);
	put(b, 0);
	assert_int_equal(get(GFP_KERNEL, 0), a);
}

static void test_flush_doubles_from_batch(void **state)
{
	static pfn_t pages[4096];
	struct per_cpu_pages *pcp = &zone->pcp[0];
	s32 count;

	(void)state;
	for (u32 i = 0; i < 4096; i++)
		pages[i] = get(GFP_HIGHUSER_MOVABLE, 0);
	for (u32 i = 0; i < 4096; i += 2) { /* no merges in the way */
		s32 factor = pcp->free_factor;

		count = pcp->count;
		put(pages[i], 0);
		if (pcp->count > count)
			continue;
		count = count + 1 - pcp->count;
		assert_int_equal(count, MIN(31 << factor, pcp->high - 31));
		assert_int_equal(pcp->free_factor, MIN(factor + 1, 5));
	}
	assert_int_equal(pcp->free_factor, 5);
	get(GFP_HIGHUSER_MOVABLE, 0);
	assert_int_equal(pcp->free_factor, 2);
	put(pages[1], 0);
	assert_true(pcp->count > 100);
	/* A block of higher order while much is freed: all goes. */
	put(get(GFP_HIGHUSER_MOVABLE, 1), 1);
	assert_int_equal(pcp->free_factor, 1);
	assert_int_equal(pcp->count, 0);
}

static void test_drain_returns_everything(void **state)
{
	pfn_t a = get(GFP_KERNEL, 2);

	(void)state;
	put(a, 2);
	put(get(GFP_HIGHUSER_MOVABLE, 0), 0);
	assert_true(zone->pcp[0].count > 0);
	drain_all_pages(mm);
	assert_int_equal(zone->pcp[0].count, 0);
	assert_int_equal(fake_zone_free(zone), zone->managed_pages);
}

static void test_counts_are_folded_late(void **state)
{
	s64 folded = zone->nr_free_pages;

	(void)state;
	assert_int_equal(zone->pcpstat[0].stat_threshold, 6);
	get(GFP_HIGHUSER_MOVABLE, 3); /* a refill of 3 blocks: 24 pages */
	assert_int_equal(zone->nr_free_pages, folded - 24);
	free_pages(mm, alloc_pages(mm, GFP_HIGHUSER_MOVABLE, 4), 4);
	assert_int_equal(zone->nr_free_pages, folded - 24);
	assert_int_equal(zone->pcpstat[0].nr_free_diff, 0);
}

static void test_remote_lists_expire(void **state)
{
	struct zone *remote = &mm->zones[2];
	struct page *page;

	(void)state;
	assert_int_equal(remote->node, 1);
	page = alloc_pages_node(mm, 1, GFP_KERNEL, 0);
	assert_non_null(page);
	assert_int_equal(mm->numa[1][NUMA_HIT], 1);
	assert_int_equal(mm->numa[1][NUMA_OTHER], 1);
	assert_int_equal(remote->pcp[0].count, 30);
	remote->pcpstat[0].nr_free_diff = -1;
	remote->nr_free_pages += 1;
	assert_true(refresh_cpu_vm_stats(mm)); /* folds, and starts to count */
	assert_int_equal(remote->pcp[0].expire, 2);
	refresh_cpu_vm_stats(mm);
	refresh_cpu_vm_stats(mm);
	assert_int_equal(remote->pcp[0].count, 0);
}

static void test_lists_in_use_are_passed_by(void **state)
{
	pfn_t a = get(GFP_KERNEL, 0), b = get(GFP_KERNEL, 1);
	s32 count = zone->pcp[0].count;
	u64 refills = mm->vm_events[VM_EV_PCP_REFILL];

	(void)state;
	fm.m.pcp_locked = true;
	put(a, 0);
	put(b, 1);
	a = get(GFP_KERNEL, 0);
	assert_int_equal(zone->pcp[0].count, count);
	assert_int_equal(mm->vm_events[VM_EV_PCP_REFILL], refills);
	fm.m.pcp_locked = false;
	put(a, 0);
	assert_int_equal(zone->pcp[0].count, count + 1);
}

static void test_lru_pages_begin_the_count(void **state)
{
	struct zone *remote = &mm->zones[2];
	struct page *user, *kernel;

	(void)state;
	mm->conf.movable_on_lru = true;
	user = alloc_pages_node(mm, 1, GFP_HIGHUSER_MOVABLE | GFP_THISNODE, 0);
	kernel = alloc_pages_node(mm, 1, GFP_KERNEL | GFP_THISNODE, 0);
	assert_non_null(user);
	assert_non_null(kernel);
	refresh_cpu_vm_stats(mm); /* nothing is to be folded any more */
	remote->pcp[0].expire = 0;
	free_pages(mm, kernel, 0);
	refresh_cpu_vm_stats(mm);
	assert_int_equal(remote->pcp[0].expire, 0);
	free_pages(mm, user, 0);
	refresh_cpu_vm_stats(mm);
	assert_int_equal(remote->pcp[0].expire, 2);
	mm->conf.movable_on_lru = false;
}

/* A file's pages: zones that had some; the file system's: node by node. */
static void test_written_pages_begin_it_too(void **state)
{
	struct zone *remote = &mm->zones[2];
	struct page *page;

	(void)state;
	mm->conf.movable_on_lru = true;
	page = alloc_pages_node(
		mm, 1, GFP_HIGHUSER_MOVABLE | GFP_WRITE | GFP_THISNODE, 0);
	assert_non_null(page);
	refresh_cpu_vm_stats(mm);
	remote->pcp[0].expire = zone->pcp[0].expire = 0;
	note_written_pages(mm, false);
	assert_true(remote->pcpstat[0].lru_changed);
	assert_false(zone->pcpstat[0].lru_changed);
	refresh_cpu_vm_stats(mm);
	assert_int_equal(remote->pcp[0].expire, 2);
	note_written_pages(mm, true);
	assert_true(zone->pcpstat[0].lru_changed);
	assert_false(remote->pcpstat[0].lru_changed);
	note_written_pages(mm, true);
	assert_true(remote->pcpstat[0].lru_changed);
	mm->conf.movable_on_lru = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_refill_is_a_batch_of_ascending_pages, setup,
			teardown),
		cmocka_unit_test_setup_teardown(test_refill_scales_with_order,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_last_freed_is_first_out,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_types_have_lists_of_their_own, setup, teardown),
		cmocka_unit_test_setup_teardown(test_flush_doubles_from_batch,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_drain_returns_everything,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_counts_are_folded_late,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_remote_lists_expire,
						setup_two, teardown),
		cmocka_unit_test_setup_teardown(test_lists_in_use_are_passed_by,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_lru_pages_begin_the_count,
						setup_two, teardown),
		cmocka_unit_test_setup_teardown(test_written_pages_begin_it_too,
						setup_two, teardown),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
