/*
 * Goal: a pool carries exactly min_nr allocations when the machine is empty.
 * Method: pages that a fake page allocator stops giving.
 */
#include "fake_pages.h"

#include "mm/mempool.h"

#include "cmocka_all.h"

#define MIN_NR 8u

static struct mm *mm;

static struct mempool *pages_pool(void)
{
	mm = fake_mm(1, 1);
	fake_boot(mm);
	return mempool_create(mm, MIN_NR, MEMPOOL_PAGES,
			      (union mempool_data){.order = 2});
}

/* The burst: the allocator first, then the reserve, then nothing. */
static void test_burst(void **state)
{
	struct mempool *pool = pages_pool();
	paddr_t p[MIN_NR + 4];

	(void)state;
	assert_int_equal(pool->curr_nr, MIN_NR);
	for (u32 i = 0; i < 4; i++)
		p[i] = mempool_alloc(pool, GFP_ATOMIC);
	assert_int_equal(pool->curr_nr, MIN_NR);
	fake.fail_from_order = 1;
	for (u32 i = 0; i < MIN_NR; i++) {
		p[4 + i] = mempool_alloc(pool, GFP_ATOMIC);
		assert_true(p[4 + i] != 0);
	}
	assert_int_equal(mempool_alloc(pool, GFP_ATOMIC), 0);
	assert_int_equal(pool->stats.nr_saved, MIN_NR);
	assert_int_equal(pool->stats.nr_fail, 1);
	assert_int_equal(pool->stats.lowest_nr, 0);
	/* What comes back fills the reserve first. */
	mempool_free(pool, p[0]);
	assert_int_equal(pool->curr_nr, 1);
	assert_int_equal(mempool_alloc(pool, GFP_ATOMIC), p[0]);
	for (u32 i = 0; i < MIN_NR + 4; i++)
		mempool_free(pool, p[i]);
	assert_int_equal(pool->curr_nr, MIN_NR);
	fake.fail_from_order = 0;
	mempool_destroy(pool);
	fake_mm_free(mm);
}

static void test_everything_goes_back(void **state)
{
	struct mempool *pool;
	struct kmem_cache *s;
	paddr_t p;
	u32 pages;

	(void)state;
	mm = fake_mm(1, 1);
	fake_boot(mm);
	s = kmem_cache_create(mm, "c", 1000, 0, 0);
	p = kmem_cache_alloc(s, GFP_KERNEL);
	/* The caches that pools themselves come from keep a slab. */
	mempool_destroy(mempool_create(mm, 2, MEMPOOL_SLAB,
				       (union mempool_data){.cache = s}));
	pages = fake.live_pages;
	pool = mempool_create(mm, 2, MEMPOOL_SLAB,
			      (union mempool_data){.cache = s});
	mempool_free(pool, mempool_alloc(pool, GFP_KERNEL));
	mempool_destroy(pool);
	assert_int_equal(fake.live_pages, pages);
	kmem_cache_free(s, p);
	fake_check(mm);
	fake_mm_free(mm);
}

/* No memory for all of it: nothing stays. */
static void test_create_fails(void **state)
{
	u32 pages;

	(void)state;
	mm = fake_mm(1, 1);
	fake_boot(mm);
	mempool_destroy(mempool_create(mm, 2, MEMPOOL_PAGES,
				       (union mempool_data){.order = 1}));
	pages = fake.live_pages;
	fake.fail_from_order = 1;
	assert_null(mempool_create(mm, 2, MEMPOOL_PAGES,
				   (union mempool_data){.order = 1}));
	assert_int_equal(fake.live_pages, pages);
	fake_mm_free(mm);
}

/* Levels: a smaller pool is lower; what is out counts as out. */
static void test_levels(void **state)
{
	struct mempool *pool = pages_pool();
	paddr_t p;

	(void)state;
	assert_int_equal(mm->mempool_pages, MIN_NR * 4);
	p = mempool_alloc(pool, GFP_ATOMIC);
	assert_int_equal(mm->mempool_pages, MIN_NR * 4 + 4);
	assert_int_equal(pool->stats.nr_out, 1);
	assert_int_equal(mempool_resize(pool, 3), 0);
	assert_int_equal(pool->stats.lowest_nr, 3);
	assert_int_equal(mm->mempool_pages, 3 * 4 + 4);
	mempool_free(pool, p);
	assert_int_equal(pool->stats.nr_out, 0);
	assert_int_equal(pool->stats.nr_out_max, 1);
	assert_int_equal(mempool_element_bytes(pool), 16384);
	mempool_destroy(pool);
	assert_int_equal(mm->mempool_pages, 0);
	fake_mm_free(mm);
}

/* Who waits finds what came back, or what the allocator has again. */
static void test_retry(void **state)
{
	struct mempool *pool = pages_pool();
	paddr_t p[MIN_NR], q;

	(void)state;
	fake.fail_from_order = 1;
	for (u32 i = 0; i < MIN_NR; i++)
		p[i] = mempool_alloc(pool, GFP_NOIO);
	assert_int_equal(mempool_alloc(pool, GFP_NOIO), 0);
	mempool_park(pool);
	assert_int_equal(mempool_retry(pool, GFP_NOIO, 10), 0);
	mempool_free(pool, p[0]);
	assert_int_equal(mempool_retry(pool, GFP_NOIO, 30), p[0]);
	assert_int_equal(mempool_alloc(pool, GFP_NOIO), 0);
	mempool_park(pool);
	fake.fail_from_order = 0;
	q = mempool_retry(pool, GFP_NOIO, 20);
	assert_true(q != 0);
	assert_int_equal(pool->curr_nr, 0);
	assert_int_equal(pool->stats.nr_waits, 2);
	assert_int_equal(pool->stats.nr_fail, 0);
	assert_int_equal(pool->stats.wait_cycles, 50);
	assert_int_equal(pool->stats.wait_cycles_max, 30);
	for (u32 i = 0; i < MIN_NR; i++)
		mempool_free(pool, p[i]);
	mempool_free(pool, q);
	mempool_destroy(pool);
	fake_mm_free(mm);
}

static void test_resize(void **state)
{
	struct mempool *pool = pages_pool();

	(void)state;
	assert_int_equal(mempool_resize(pool, 3), 0);
	assert_int_equal(pool->curr_nr, 3);
	assert_int_equal(mempool_resize(pool, 20), 0);
	assert_int_equal(pool->curr_nr, 20);
	fake.fail_from_order = 1;
	assert_int_equal(mempool_resize(pool, 30), 0);
	assert_int_equal(pool->min_nr, 30);
	assert_int_equal(pool->curr_nr, 20);
	mempool_destroy(pool);
	fake_check(mm);
	fake_mm_free(mm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_burst),
		cmocka_unit_test(test_everything_goes_back),
		cmocka_unit_test(test_create_fails),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_retry),
		cmocka_unit_test(test_resize),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
