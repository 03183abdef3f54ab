/*
 * Goal: which zone serves a request, how far down each kind of request may
 * go, and what becomes of policies, counters and bad orders.
 * Method: two nodes; where a kind stops is computed from the watermarks.
 */
#include "fake_machine.h"
#include "mm/vmscan.h"

#include "cmocka_all.h"

static struct fake_machine fm;
static struct mm *mm;
static struct zone *dma, *near, *far;

static int setup(void **state)
{
	struct mm_conf conf;

	(void)state;
	fake_machine_init(&fm);
	fake_conf(&conf, 2, 2, 128);
	mm = fake_mm_create(&fm, &conf);
	dma = mm->nodes[0].zones[ZONE_DMA];
	near = mm->nodes[0].zones[ZONE_DMA32];
	far = mm->nodes[1].zones[ZONE_DMA32];
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_mm_end(mm);
	return 0;
}

static const struct zone *zone_of(const struct page *page)
{
	return page ? pfn_zone(mm, page_to_pfn(mm, page)) : NULL;
}

static void test_local_first_then_own_dma_then_remote(void **state)
{
	const struct zone *last = near;
	struct page *page;
	u32 changes = 0;

	(void)state;
	while ((page = alloc_pages(mm, GFP_NOWAIT, 5))) {
		if (zone_of(page) != last)
			changes++;
		last = zone_of(page);
		if (changes == 1)
			assert_ptr_equal(last, dma);
	}
	assert_true(changes >= 2);
	assert_true(mm->numa[1][NUMA_MISS] > 0);
	assert_int_equal(mm->numa[1][NUMA_MISS], mm->numa[0][NUMA_FOREIGN]);
	assert_int_equal(mm->numa[1][NUMA_MISS], mm->numa[1][NUMA_OTHER]);
	assert_int_equal(mm->vm_events[VM_EV_ALLOC_FAIL], 1);
	assert_int_equal(fm.notes[MM_EV_ALLOC_FAIL], 1);
}

static void test_thisnode_stays(void **state)
{
	struct page *page;
	u32 n = 0;

	(void)state;
	while ((page = alloc_pages_node(mm, 1, GFP_NOWAIT | GFP_THISNODE, 6))) {
		assert_ptr_equal(zone_of(page), far);
		n++;
	}
	assert_true(n > 400);
	assert_int_equal(mm->numa[0][NUMA_HIT], 0);
	assert_true(zone_of(alloc_pages(mm, GFP_NOWAIT, 6)) == near);
}

static void test_zone_flags(void **state)
{
	(void)state;
	assert_ptr_equal(zone_of(alloc_pages(mm, GFP_KERNEL | GFP_DMA, 0)),
			 dma);
	assert_ptr_equal(zone_of(alloc_pages(mm, GFP_KERNEL | GFP_DMA32, 0)),
			 near);
	assert_ptr_equal(zone_of(alloc_pages(mm, GFP_HIGHUSER_MOVABLE, 0)),
			 near);
	assert_int_equal(mm->vm_events[VM_EV_PGALLOC_DMA], 1);
	assert_int_equal(mm->vm_events[VM_EV_PGALLOC_DMA32], 2);
}

/* Takes order-0 pages of @far until it fails; returns what is left free. */
static s64 stop_of(gfp_t gfp)
{
	while (alloc_pages_node(mm, 1, gfp | GFP_THISNODE, 0))
		;
	return far->nr_free_pages + far->pcpstat[0].nr_free_diff;
}

static void test_how_far_each_kind_may_go(void **state)
{
	s64 min = (s64)far->watermark[WMARK_MIN];
	/* A refill after one check, and what is not yet folded. */
	s64 slack = far->pageset_batch + far->pcpstat[0].stat_threshold;
	s64 left;

	(void)state;
	left = stop_of(GFP_NOWAIT);
	far->watermark_boost = 0;
	left = stop_of(GFP_NOWAIT);
	assert_in_range(left, min - slack, min);
	far->watermark_boost = 512; /* not felt by the next */
	left = stop_of(GFP_ATOMIC);
	/* Half of min for __GFP_HIGH, three quarters of that for atomic. */
	assert_in_range(left, (min - min / 2) * 3 / 4 - slack,
			(min - min / 2) * 3 / 4 + 1);
	assert_int_equal(stop_of(GFP_ATOMIC | GFP_NOMEMALLOC), left);
	assert_int_equal(stop_of(GFP_KERNEL | GFP_NORETRY), left);
	assert_int_equal(stop_of(GFP_KERNEL | GFP_RETRY_MAYFAIL), left);
	left = stop_of(GFP_NOWAIT | GFP_MEMALLOC);
	assert_int_equal(left, 0);
}

static void test_task_flags(void **state)
{
	(void)state;
	stop_of(GFP_NOWAIT);
	fm.m.task_flags = PF_MEMALLOC | PF_IN_INTERRUPT;
	assert_null(alloc_pages_node(mm, 1, GFP_NOWAIT | GFP_THISNODE, 0));
	fm.m.task_flags = PF_MEMALLOC;
	assert_null(alloc_pages_node(
		mm, 1, GFP_NOWAIT | GFP_THISNODE | GFP_NOMEMALLOC, 0));
	assert_int_equal(stop_of(GFP_NOWAIT), 0);
}

static void test_kernel_and_nofail_end(void **state)
{
	(void)state;
	stop_of(GFP_NOWAIT | GFP_MEMALLOC);
	assert_null(alloc_pages_node(mm, 1, GFP_KERNEL | GFP_THISNODE, 0));
	assert_null(alloc_pages_node(
		mm, 1, GFP_KERNEL | GFP_THISNODE | GFP_NOFAIL, 0));
	assert_true(mm->vm_events[VM_EV_ALLOCSTALL] > 0);
	assert_int_equal(mm->nodes[1].kswapd_failures, MAX_RECLAIM_RETRIES);
	assert_false(mm->nodes[1].kswapd_woken);
}

static void test_policies(void **state)
{
	(void)state;
	mm->default_policy.nodes = 3;
	mm->default_policy.mode = MPOL_INTERLEAVE;
	for (u32 i = 0; i < 6; i++)
		assert_int_equal(zone_of(alloc_pages(mm, GFP_KERNEL, 0))->node,
				 i % 2);
	assert_int_equal(mm->numa[0][NUMA_INTERLEAVE], 3);
	assert_int_equal(mm->numa[1][NUMA_INTERLEAVE], 3);
	mm->default_policy.nodes = 2;
	mm->default_policy.mode = MPOL_BIND;
	assert_int_equal(zone_of(alloc_pages(mm, GFP_KERNEL, 0))->node, 1);
	while (alloc_pages(mm, GFP_NOWAIT, 5))
		;
	assert_int_equal(near->nr_free_pages + near->pcp[0].count,
			 near->managed_pages - 3);
	mm->default_policy.mode = MPOL_PREFERRED;
	assert_int_equal(zone_of(alloc_pages(mm, GFP_NOWAIT, 5))->node, 0);
	fm.m.task_flags = PF_IN_INTERRUPT;
	assert_int_equal(zone_of(alloc_pages(mm, GFP_ATOMIC, 0))->node, 0);
}

static void test_exact_and_zeroed(void **state)
{
	u64 size = 5 * MM_PAGE_SIZE + 1;
	paddr_t addr = alloc_pages_exact(mm, size, GFP_KERNEL);
	pfn_t pfn = (pfn_t)(addr >> PAGE_SHIFT);

	(void)state;
	assert_int_equal(pfn % 8, 0);
	for (u32 i = 0; i < 6; i++)
		assert_int_equal(pfn_to_page(mm, pfn + i)->state,
				 PAGE_ALLOCATED);
	/* The two pages of the tail are the next to be handed out. */
	assert_int_equal(page_to_pfn(mm, alloc_pages(mm, GFP_KERNEL, 0)),
			 pfn + 7);
	assert_mm_ok(mm);
	free_pages_exact(mm, addr, size);
	assert_int_equal(alloc_pages_exact(mm, 0, GFP_KERNEL), 0);
	addr = get_zeroed_page(mm, GFP_KERNEL);
	assert_int_not_equal(addr, 0);
	assert_int_equal(fm.m.cost_count[COST_ZERO_PAGE], 1);
	free_pages_addr(mm, addr, 0);
	free_pages_addr(mm, 0, 0);
}

static void test_bad_orders_fail(void **state)
{
	(void)state;
	assert_null(alloc_pages(mm, GFP_KERNEL, MAX_ORDER));
	assert_null(alloc_pages(mm, GFP_KERNEL, 4000000000u));
	assert_int_equal(get_order(1), 0);
	assert_int_equal(get_order(4097), 1);
	assert_int_equal(get_order((u64)1 << 22), 10);
}

static void test_random_traffic(void **state)
{
	static const gfp_t kinds[] = {
		GFP_KERNEL, GFP_HIGHUSER_MOVABLE,
		GFP_ATOMIC, GFP_KERNEL | GFP_RECLAIMABLE,
		GFP_NOWAIT, GFP_KERNEL | GFP_NORETRY | GFP_COMP,
		GFP_DMA,    GFP_KERNEL | GFP_RETRY_MAYFAIL,
	};
	static struct page *pages[3000];
	static u32 orders[3000];
	u32 seed = 7;

	(void)state;
	for (u32 i = 0; i < 60000; i++) {
		u32 k;

		seed = seed * 1664525 + 1013904223;
		k = (seed >> 8) % ARRAY_SIZE(pages);
		fm.m.cpu = seed >> 30 & 1;
		if (pages[k]) {
			free_pages(mm, pages[k], orders[k]);
			pages[k] = NULL;
		} else {
			seed = seed * 1664525 + 1013904223;
			orders[k] = (seed >> 28) < 12 ? seed >> 20 & 3
						      : (seed >> 20) % 11;
			pages[k] = alloc_pages(mm, kinds[seed >> 10 & 7],
					       orders[k]);
		}
		if (i % 5000 == 0)
			assert_mm_ok(mm);
	}
	for (u32 k = 0; k < ARRAY_SIZE(pages); k++) {
		if (pages[k])
			free_pages(mm, pages[k], orders[k]);
	}
	drain_all_pages(mm);
	for (u32 i = 0; i < mm->nr_zones; i++)
		assert_int_equal(fake_zone_free(&mm->zones[i]),
				 mm->zones[i].managed_pages);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_local_first_then_own_dma_then_remote),
		TEST(test_thisnode_stays),
		TEST(test_zone_flags),
		TEST(test_how_far_each_kind_may_go),
		TEST(test_task_flags),
		TEST(test_kernel_and_nofail_end),
		TEST(test_policies),
		TEST(test_exact_and_zeroed),
		TEST(test_bad_orders_fail),
		TEST(test_random_traffic),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
