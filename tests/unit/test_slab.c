/*
 * Goal: SLAB's arrays, lists and colours, and its reaper, move as in Linux.
 * Method: caches on a fake page allocator; each case draws what it makes.
 */
#include "fake_pages.h"

#include "mm/mempool.h"
#include "mm/slab_cache.h"
#include "mm/slab_sizes.h"

#include "cmocka_all.h"

#include <string.h>

static struct mm *mm;

static void boot(u32 cpus, u32 nodes)
{
	mm = fake_mm(cpus, nodes);
	mm->conf.slab_ops = &slab_ops_slab;
	mm->totalram_pages = 1 << 20;
	for (u32 i = 0; i < nodes; i++)
		mm->nodes[i].nr_cpus = cpus / nodes;
	fake_boot(mm);
}

static void done(void)
{
	fake_check(mm);
	fake_mm_free(mm);
}

static u32 offset_of(paddr_t p)
{
	return (u32)(p & (MM_PAGE_SIZE - 1));
}

/* A fresh slab of 64: 16 come first (untouched array), from the top. */
static void test_first_refill(void **state)
{
	struct kmem_cache *s;

	(void)state;
	boot(1, 1);
	s = kmem_cache_create(mm, "c", 64, 0, 0);
	for (u32 i = 0; i < 16; i++)
		assert_int_equal(offset_of(kmem_cache_alloc(s, GFP_KERNEL)),
				 (15 - i) * 64);
	/* Then batchcount: 16 .. 63 of this slab, 0 .. 11 of the next. */
	assert_int_equal(offset_of(kmem_cache_alloc(s, GFP_KERNEL)), 63 * 64);
	assert_int_equal(slab_cache_of(s)->nodes[0]->free_objects, 0);
	done();
}

/* LIFO; full at limit, then the batchcount oldest go to the slabs. */
static void test_flush(void **state)
{
	struct kmem_cache *s;
	struct slab_cache *c;
	paddr_t p[300];

	(void)state;
	boot(1, 1);
	s = kmem_cache_create(mm, "c", 64, 0, 0);
	c = slab_cache_of(s);
	for (u32 i = 0; i < 300; i++)
		p[i] = kmem_cache_alloc(s, GFP_KERNEL);
	kmem_cache_free(s, p[7]);
	assert_int_equal(kmem_cache_alloc(s, GFP_KERNEL), p[7]);
	while (c->cpu_cache[0].avail)
		kmem_cache_alloc(s, GFP_KERNEL);
	for (u32 i = 0; i < c->limit; i++)
		kmem_cache_free(s, p[i]);
	assert_int_equal(c->cpu_cache[0].avail, 120);
	kmem_cache_free(s, p[120]);
	assert_int_equal(c->cpu_cache[0].avail, 120 - 60 + 1);
	done();
}

/* 20 objects of 200 bytes a slab: 0, 8 .. 64, and 0 again. */
static void test_textbook_colours(void **state)
{
	struct kmem_cache *s;
	struct slab_cache *c;
	u32 slabs = 0;

	(void)state;
	mm = fake_mm(1, 1);
	mm->conf.slab_ops = &slab_ops_slab;
	mm->conf.slab_textbook = true;
	fake_boot(mm);
	s = kmem_cache_create(mm, "c", 200, 0, 0);
	c = slab_cache_of(s);
	while (c->nr_slab_new < 21)
		kmem_cache_alloc(s, GFP_KERNEL);
	/* Full slabs: the oldest is last. */
	for (pfn_t pfn = c->nodes[0]->lists[SLABS_FULL].tail; pfn;
	     pfn = pfn_to_page(mm, pfn)->prev) {
		const struct page *page = pfn_to_page(mm, pfn);

		assert_int_equal(offset_of(slab_index_to_obj(c, page, 0)),
				 slabs++ % 9 * 8);
	}
	assert_true(slabs >= 18);
	done();
}

/* Objects of node 1 freed on node 0 wait in its alien array, 12 at most. */
static void test_alien(void **state)
{
	struct kmem_cache *s;
	struct slab_cache *c;
	paddr_t p[13];

	(void)state;
	boot(2, 2);
	s = kmem_cache_create(mm, "c", 64, 0, 0);
	c = slab_cache_of(s);
	for (u32 i = 0; i < 13; i++)
		p[i] = kmem_cache_alloc_node(s, GFP_KERNEL, 1);
	for (u32 i = 0; i < 12; i++)
		kmem_cache_free(s, p[i]);
	assert_int_equal(c->nodes[0]->alien[1]->avail, 12);
	kmem_cache_free(s, p[12]);
	assert_int_equal(c->nodes[0]->alien[1]->avail, 1);
	assert_int_equal(c->nodes[1]->shared->avail, 12);
	assert_int_equal(c->nr_free_remote, 13);
	done();
}

/* untouch, then a fifth of the limit each pass, half of less; slabs go. */
static void test_reap(void **state)
{
	static const u32 avail[] = {61, 61, 37, 13, 6, 3, 1, 0};
	struct kmem_cache *s;
	struct slab_cache *c;
	paddr_t p[121];

	(void)state;
	boot(1, 1);
	s = kmem_cache_create(mm, "c", 64, 0, 0);
	c = slab_cache_of(s);
	for (u32 i = 0; i < 121; i++)
		p[i] = kmem_cache_alloc(s, GFP_KERNEL);
	while (c->cpu_cache[0].avail)
		kmem_cache_alloc(s, GFP_KERNEL);
	for (u32 i = 0; i < 121; i++)
		kmem_cache_free(s, p[i]);
	c->cpu_cache[0].touched = true;
	for (u32 i = 0; i < ARRAY_SIZE(avail); i++) {
		assert_int_equal(c->cpu_cache[0].avail, avail[i]);
		slab_cache_reap(mm, (u64)i * REAPTIMEOUT_AC_S * 1000);
		fake_check(mm);
	}
	for (u32 i = 0; i < 10; i++)
		slab_cache_reap(mm, 100000 + (u64)i * 4000);
	assert_int_equal(c->nodes[0]->free_slabs, 0);
	done();
}

static void test_shrink_and_destroy(void **state)
{
	struct kmem_cache *s;
	u32 pages;
	paddr_t p;

	(void)state;
	boot(1, 1);
	pages = fake.live_pages;
	s = kmem_cache_create(mm, "c", 1000, 0, SLAB_CTOR);
	p = kmem_cache_alloc(s, GFP_KERNEL);
	assert_int_equal(kmem_cache_destroy(s), -16 /* -EBUSY */);
	assert_int_equal(kmem_cache_shrink(s), 1);
	kmem_cache_free(s, p);
	assert_int_equal(kmem_cache_shrink(s), 0);
	assert_int_equal(kmem_cache_destroy(s), 0);
	assert_true(fake.live_pages <= pages + 2);
	done();
}

/* The checker names a slab on the wrong list. */
static void test_check_finds(void **state)
{
	struct kmem_cache *s;
	struct slab_cache *c;
	struct err e = {0};
	struct page *page;

	(void)state;
	boot(1, 1);
	s = kmem_cache_create(mm, "c", 64, 0, 0);
	c = slab_cache_of(s);
	kmem_cache_alloc(s, GFP_KERNEL);
	page = pfn_to_page(mm, c->nodes[0]->lists[SLABS_PARTIAL].head);
	slab_list_del(c, page);
	slab_list_add(c, page, SLABS_FULL, false);
	assert_true(slab_check(mm, &e) < 0);
	assert_non_null(strstr(e.text, "does not belong"));
	slab_list_del(c, page);
	slab_list_add(c, page, SLABS_PARTIAL, false);
	c->nodes[0]->free_objects++;
	assert_true(slab_check(mm, &e) < 0);
	c->nodes[0]->free_objects--;
	done();
}

/* Bytes that a kmalloc takes, by tables that know nothing of the code. */
static u64 class_by_table(const u32 *classes, u64 size)
{
	while (*classes && *classes < size)
		classes++;
	return *classes;
}

static void check_classes(enum kernel_profile profile, const u32 *classes,
			  u64 largest)
{
	mm = fake_mm(1, 1);
	mm->conf.slab_ops = &slab_ops_slab;
	mm->conf.profile = profile;
	mm->totalram_pages = 1 << 20;
	fake_boot(mm);
	for (u64 size = 1; size <= largest + 1; size++) {
		paddr_t p = kmalloc(mm, size, GFP_KERNEL);
		u64 want = class_by_table(classes, size);

		if (!want && profile == PROFILE_LINUX_2_6) {
			assert_int_equal(p, 0);
			continue;
		}
		assert_int_equal(ksize(mm, p), want ? want : 2 * largest);
		kfree(mm, p);
	}
	done();
}

static void test_kmalloc_bytes(void **state)
{
	static const u32 now[] = {32,  64,   96,   128,	 192,  256,
				  512, 1024, 2048, 4096, 8192, 0};
	static const u32 old[] = {32,	64,   128,   256,   512,   1024,   2048,
				  4096, 8192, 16384, 32768, 65536, 131072, 0};

	(void)state;
	check_classes(PROFILE_LINUX_2_6, old, 131072);
	check_classes(PROFILE_LINUX_3_8, now, 8192);
	check_classes(PROFILE_LINUX_5_3, now, 8192);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_refill),
		cmocka_unit_test(test_flush),
		cmocka_unit_test(test_textbook_colours),
		cmocka_unit_test(test_alien),
		cmocka_unit_test(test_reap),
		cmocka_unit_test(test_shrink_and_destroy),
		cmocka_unit_test(test_check_finds),
		cmocka_unit_test(test_kmalloc_bytes),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
