/*
 * Goal: areas lie where Linux puts them, take what Linux takes, and all of it
 * comes back.  Method: a fake page allocator; the addresses of chunks are those
 * that the recorded kernels had on one node and on two.
 */
#include "fake_pages.h"

#include "mm/vmalloc.h"

#include "cmocka_all.h"

#define MIB	    (1ull << 20)
#define ONE_GROUP   0xffffe8ffffc00000ull
#define TWO_GROUPS  0xffffe8ffdfc00000ull
#define CHUNKS_MANY 64u

static struct mm *mm;
static struct vmspace *v;

static void boot(void)
{
	mm = fake_mm(1, 1);
	fake_boot(mm);
	v = vmspace_create(mm);
	assert_non_null(v);
}

static void done(void)
{
	struct err e = {0};

	if (vmspace_check(v, &e))
		fail_msg("%s", e.text);
	vmspace_destroy(v);
	fake_mm_free(mm);
}

static void test_areas_from_the_top(void **state)
{
	static const u64 offsets[] = {0, 512 * MIB};
	static const u64 bytes[] = {2 * MIB, 2 * MIB};
	struct vm_block **a, **b, **c;

	(void)state;
	boot();
	a = vm_areas_get(v, offsets, bytes, 1);
	assert_true(vm_area_start(a[0]) == ONE_GROUP);
	b = vm_areas_get(v, offsets, bytes, 1);
	assert_true(vm_area_start(b[0]) == ONE_GROUP - 2 * MIB);
	vm_areas_put(v, a, 1);
	/* Freed ones are not used again before they are merged. */
	c = vm_areas_get(v, offsets, bytes, 1);
	assert_true(vm_area_start(c[0]) == ONE_GROUP - 4 * MIB);
	vm_areas_put(v, b, 1);
	vm_areas_put(v, c, 1);
	done();
}

static void test_groups_keep_their_distance(void **state)
{
	static const u64 offsets[] = {0, 512 * MIB};
	static const u64 bytes[] = {2 * MIB, 2 * MIB};
	struct vm_block **a, **b;

	(void)state;
	boot();
	a = vm_areas_get(v, offsets, bytes, 2);
	assert_true(vm_area_start(a[0]) == TWO_GROUPS);
	assert_true(vm_area_start(a[1]) == TWO_GROUPS + 512 * MIB);
	b = vm_areas_get(v, offsets, bytes, 2);
	assert_true(vm_area_start(b[0]) == TWO_GROUPS - 2 * MIB);
	assert_true(vm_area_start(b[1]) == TWO_GROUPS + 510 * MIB);
	vm_areas_put(v, a, 2);
	vm_areas_put(v, b, 2);
	done();
}

/* After 32 MiB of freed areas they are merged, and the top is free again. */
static void test_freed_areas_merge(void **state)
{
	static const u64 offsets[] = {0}, bytes[] = {2 * MIB};
	struct vm_block **a;
	u32 at_top = 0;

	(void)state;
	boot();
	for (u32 i = 0; i < CHUNKS_MANY; i++) {
		a = vm_areas_get(v, offsets, bytes, 1);
		assert_non_null(a);
		at_top += vm_area_start(a[0]) == ONE_GROUP;
		vm_areas_put(v, a, 1);
	}
	assert_int_equal(at_top, 1 + (CHUNKS_MANY - 1) / 17);
	done();
}

/* 16 pages and their array of 128 bytes; then all pages are back. */
static void test_memory_comes_back(void **state)
{
	struct vm_mem small, large;
	u32 pages;

	(void)state;
	boot();
	assert_true(vm_mem_alloc(v, &small, 4096, GFP_KERNEL));
	assert_int_not_equal(small.kmem, 0);
	assert_true(vm_mem_alloc(v, &large, 65536, GFP_KERNEL));
	assert_null((void *)large.kmem);
	assert_int_equal(vmspace_pages(v), 16);
	vm_mem_free(v, &large);
	assert_int_equal(vmspace_pages(v), 0);
	/* Once before: the array's slab stays. */
	assert_true(vm_mem_alloc(v, &large, 5000, GFP_KERNEL));
	vm_mem_free(v, &large);
	pages = fake.live_pages;
	assert_true(vm_mem_alloc(v, &large, 5000, GFP_KERNEL));
	assert_int_equal(fake.live_pages, pages + 2);
	vm_mem_free(v, &large);
	assert_int_equal(fake.live_pages, pages);
	vm_mem_free(v, &small);
	done();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_areas_from_the_top),
		cmocka_unit_test(test_groups_keep_their_distance),
		cmocka_unit_test(test_freed_areas_merge),
		cmocka_unit_test(test_memory_comes_back),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
