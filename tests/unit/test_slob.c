/*
 * Goal: SLOB puts blocks where Linux does, and counts its free space.
 * Method: a fake page allocator; pages drawn in units of two bytes.
 */
#include "fake_pages.h"

#include "mm/slob.h"

#include "cmocka_all.h"

static struct mm *mm;

static void boot(void)
{
	mm = fake_mm(1, 1);
	mm->conf.slab_ops = &slob_ops;
	fake_boot(mm);
}

static void done(void)
{
	fake_check(mm);
	fake_mm_free(mm);
}

/* │hdr 8│a 100 ..│hdr│b ..│: one after the other, 8 bytes apart. */
static void test_first_fit(void **state)
{
	paddr_t a, b, c;

	(void)state;
	boot();
	a = kmalloc(mm, 100, GFP_KERNEL);
	b = kmalloc(mm, 100, GFP_KERNEL);
	assert_int_equal(a >> PAGE_SHIFT, b >> PAGE_SHIFT);
	assert_true(b - a >= 108 && b - a <= 112);
	/* The hole is taken by what fits. */
	kfree(mm, a);
	c = kmalloc(mm, 100, GFP_KERNEL);
	assert_int_equal(c, a);
	assert_int_equal(ksize(mm, c), 100);
	assert_int_equal(ksize(mm, kmalloc(mm, 101, GFP_KERNEL)), 102);
	done();
}

/* Small, medium and large objects never share a page that has room. */
static void test_lists(void **state)
{
	struct slob_list_count n[NR_SLOB_LISTS];
	paddr_t small, medium, large;

	(void)state;
	boot();
	small = kmalloc(mm, 40, GFP_KERNEL);
	medium = kmalloc(mm, 400, GFP_KERNEL);
	large = kmalloc(mm, 2000, GFP_KERNEL);
	assert_int_not_equal(small >> PAGE_SHIFT, medium >> PAGE_SHIFT);
	assert_int_not_equal(medium >> PAGE_SHIFT, large >> PAGE_SHIFT);
	slob_count(mm, n);
	assert_int_equal(n[SLOB_MEDIUM].pages, 1);
	assert_int_equal(n[SLOB_LARGE].pages, 1);
	kfree(mm, medium);
	slob_count(mm, n);
	assert_int_equal(n[SLOB_MEDIUM].pages, 0);
	done();
}

/* Powers of two are aligned to themselves; a page less the header is pages. */
static void test_alignment_and_pages(void **state)
{
	(void)state;
	boot();
	for (u64 size = 8; size <= 2048; size *= 2)
		assert_int_equal(kmalloc(mm, size, GFP_KERNEL) % size, 0);
	assert_int_equal(kmalloc(mm, 4088, GFP_KERNEL) % MM_PAGE_SIZE, 0);
	assert_int_equal(kmalloc(mm, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	done();
}

/* Bytes a kmalloc takes: the header and whole units, or pages. */
static void test_kmalloc_bytes(void **state)
{
	(void)state;
	for (u64 size = 1; size <= 8193; size++) {
		u64 want = size + 8 + size % 2;

		if (size >= 4088)
			want = size <= 4096   ? 4096
			       : size <= 8192 ? 8192
					      : 16384;
		assert_int_equal(slob_ops.kmalloc_bytes(size), want);
	}
}

/* Everything that was allocated can be freed, and nothing overlaps. */
static void test_random(void **state)
{
	static u8 used[FAKE_NODE_PAGES * 4096 / 2];
	struct {
		paddr_t p;
		u32 bytes;
	} live[200] = {{0}};
	u32 dice = 7, pages;

	(void)state;
	boot();
	pages = fake.live_pages;
	for (u32 i = 0; i < 20000; i++) {
		u32 k;

		dice = dice * 1664525u + 1013904223u;
		k = (dice >> 8) % ARRAY_SIZE(live);
		if (live[k].p) {
			for (u32 b = 0; b < live[k].bytes; b += 2)
				used[(live[k].p + b) / 2] = 0;
			kfree(mm, live[k].p);
			live[k].p = 0;
			continue;
		}
		live[k].bytes = 1 + (dice >> 16) % 1500;
		live[k].p = kmalloc(mm, live[k].bytes, GFP_KERNEL);
		assert_true(live[k].p && live[k].p % 8 == 0);
		for (u32 b = 0; b < live[k].bytes; b += 2) {
			assert_int_equal(used[(live[k].p + b) / 2], 0);
			used[(live[k].p + b) / 2] = 1;
		}
	}
	fake_check(mm);
	for (u32 k = 0; k < ARRAY_SIZE(live); k++)
		if (live[k].p)
			kfree(mm, live[k].p);
	assert_int_equal(fake.live_pages, pages);
	done();
}

/* TYPESAFE objects have room for what waits, and wait. */
static void test_rcu(void **state)
{
	struct kmem_cache *s;
	paddr_t p;

	(void)state;
	boot();
	s = kmem_cache_create(mm, "r", 130, 0, SLAB_TYPESAFE_BY_RCU);
	p = kmem_cache_alloc(s, GFP_KERNEL);
	kmem_cache_free(s, p);
	assert_int_not_equal(kmem_cache_alloc(s, GFP_KERNEL), p);
	slab_rcu_barrier(mm);
	assert_int_equal(kmem_cache_alloc(s, GFP_KERNEL), p);
	assert_int_equal(slob_cache_size(130, SLAB_TYPESAFE_BY_RCU), 154);
	done();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_fit),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_alignment_and_pages),
		cmocka_unit_test(test_kmalloc_bytes),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_rcu),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
