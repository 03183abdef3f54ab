/*
 * Goal: kmalloc() and its kin: which cache or pages, sizes, reallocation.
 */
#include "fake_pages.h"

#include "mm/page_alloc.h"
#include "mm/slab_sizes.h"

#include "cmocka_all.h"

static void test_kmalloc_ksize(void **state)
{
	struct mm *mm = fake_mm(1, 1);

	(void)state;
	fake_boot(mm);
	for (u64 size = 1; size <= 20000; size += size < 300 ? 1 : 97) {
		paddr_t p = kmalloc(mm, size, GFP_KERNEL);

		assert_true(p != 0);
		assert_true(ksize(mm, p) >= size);
		kfree(mm, p);
	}
	fake_check(mm);
	fake_mm_free(mm);
}

/* Each size comes from the smallest class that holds it (Linux 6.1: powers of
 * two from SLUB's 8 or SLAB's 32 on, 96 and 192). */
static void test_smallest_class(void **state)
{
	static const u32 classes[] = {8,   16,	32,   64,   96,	  128, 192,
				      256, 512, 1024, 2048, 4096, 8192};
	static const struct {
		const struct slab_ops *ops;
		u32 first;
	} slabs[] = {{&slub_ops, 0}, {&slab_ops_slab, 2}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(slabs); i++) {
		struct mm *mm = fake_mm(1, 1);
		u32 k = slabs[i].first;

		mm->conf.slab_ops = slabs[i].ops;
		fake_boot(mm);
		for (u32 size = 1; size <= 8192; size++) {
			paddr_t p = kmalloc(mm, size, GFP_KERNEL);

			k += size > classes[k];
			assert_int_equal(virt_to_cache(mm, p)->object_size,
					 classes[k]);
			assert_ptr_equal(virt_to_cache(mm, p),
					 kmalloc_slab(mm, size, GFP_KERNEL));
			kfree(mm, p);
		}
		fake_mm_free(mm);
	}
}

static void test_special_sizes(void **state)
{
	struct mm *mm = fake_mm(1, 1);

	(void)state;
	fake_boot(mm);
	assert_int_equal(kmalloc(mm, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	assert_int_equal(ksize(mm, ZERO_SIZE_PTR), 0);
	kfree(mm, ZERO_SIZE_PTR);
	kfree(mm, 0);
	assert_int_equal(kmalloc(mm, KMALLOC_MAX_SIZE + 1, GFP_KERNEL), 0);
	assert_int_equal(kmalloc(mm, (u64)1 << 63, GFP_KERNEL), 0);
	fake_mm_free(mm);
}

static void test_large(void **state)
{
	struct mm *mm = fake_mm(1, 1);
	u32 pages;
	paddr_t p;

	(void)state;
	fake_boot(mm);
	pages = fake.live_pages;
	p = kmalloc(mm, 8193, GFP_KERNEL);
	assert_int_equal(ksize(mm, p), 16384);
	assert_int_equal(fake.live_pages, pages + 4);
	assert_true(fake.last_gfp & GFP_COMP);
	assert_null(virt_to_cache(mm, p));
	kfree_sensitive(mm, p);
	assert_int_equal(fake.live_pages, pages);
	fake_mm_free(mm);
}

static void test_types(void **state)
{
	struct mm *mm = fake_mm(1, 1);

	(void)state;
	mm->conf.memcg_kmem = true;
	fake_boot(mm);
	assert_string_equal(kmalloc_slab(mm, 100, GFP_KERNEL)->name,
			    "kmalloc-128");
	assert_string_equal(
		kmalloc_slab(mm, 100, GFP_KERNEL | GFP_RECLAIMABLE)->name,
		"kmalloc-rcl-128");
	assert_string_equal(
		kmalloc_slab(mm, 100, GFP_DMA | GFP_RECLAIMABLE)->name,
		"dma-kmalloc-128");
	assert_string_equal(kmalloc_slab(mm, 2000, GFP_KERNEL_ACCOUNT)->name,
			    "kmalloc-cg-2k");
	assert_null(kmalloc_slab(mm, 8193, GFP_KERNEL));
	fake_mm_free(mm);
}

static void test_krealloc(void **state)
{
	struct mm *mm = fake_mm(1, 1);
	paddr_t p;
	paddr_t q;

	(void)state;
	fake_boot(mm);
	p = krealloc(mm, 0, 20, GFP_KERNEL);
	assert_int_equal(krealloc(mm, p, 32, GFP_KERNEL), p);
	q = krealloc(mm, p, 33, GFP_KERNEL);
	assert_int_equal(ksize(mm, q), 64);
	/* The old object is free again and comes out first. */
	assert_int_equal(kmalloc(mm, 30, GFP_KERNEL), p);
	assert_int_equal(krealloc(mm, q, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	assert_int_equal(kzalloc(mm, 60, GFP_KERNEL), q);
	fake_check(mm);
	fake_mm_free(mm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kmalloc_ksize),
		cmocka_unit_test(test_smallest_class),
		cmocka_unit_test(test_special_sizes),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_krealloc),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
