/*
 * Goal: making, merging, finding and destroying caches; boot.
 */
#include "fake_pages.h"

#include "mm/inspect.h"
#include "mm/page_alloc.h"
#include "mm/slab_restore.h"

#include "cmocka_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void test_boot_order(void **state)
{
	struct mm *mm = fake_mm(2, 2);
	const struct kmem_cache *s;
	const struct kmem_cache *last = NULL;

	(void)state;
	fake_boot(mm);
	for (s = mm->cache_list; s; s = s->next)
		last = s;
	/* Newest first: the DMA classes; kmem_cache is the first of all. */
	assert_string_equal(mm->cache_list->name, "dma-kmalloc-8k");
	assert_string_equal(last->name, "kmem_cache");
	assert_string_equal(last->prev->name, "kmem_cache_node");
	assert_string_equal(last->prev->prev->name, "kmalloc-8");
	assert_non_null(kmem_cache_find(mm, "kmalloc-rcl-1k"));
	assert_null(kmem_cache_find(mm, "kmalloc-cg-1k"));
	fake_check(mm);
	fake_mm_free(mm);
}

static void test_create_takes_structs(void **state)
{
	struct mm *mm = fake_mm(2, 2);
	struct kmem_cache *s;
	struct slabinfo before;
	struct slabinfo after;

	(void)state;
	fake_boot(mm);
	kmem_cache_shrink(mm->kmem_cache_node);
	mm->conf.slab_ops->get_slabinfo(mm->kmem_cache_node, &before);
	s = kmem_cache_create(mm, "thing", 100, 0, 0);
	assert_non_null(s);
	assert_true(s->self != 0);
	assert_ptr_equal(virt_to_cache(mm, s->self), mm->kmem_cache_cache);
	assert_int_equal(kmem_cache_destroy(s), 0);
	kmem_cache_shrink(mm->kmem_cache_node);
	mm->conf.slab_ops->get_slabinfo(mm->kmem_cache_node, &after);
	assert_int_equal(before.active_objs, after.active_objs);
	assert_null(kmem_cache_find(mm, "thing"));
	fake_check(mm);
	fake_mm_free(mm);
}

static void test_bad_sizes(void **state)
{
	struct mm *mm = fake_mm(1, 1);

	(void)state;
	fake_boot(mm);
	assert_null(kmem_cache_create(mm, "none", 0, 0, 0));
	assert_null(kmem_cache_create(mm, "huge", (4u << 20) + 1, 0, 0));
	fake_mm_free(mm);
}

static void test_merge(void **state)
{
	struct mm *mm = fake_mm(1, 1);
	struct kmem_cache *a;

	(void)state;
	mm->conf.slab_nomerge = false;
	fake_boot(mm);
	a = kmem_cache_create(mm, "a", 100, 0, 0);
	assert_ptr_equal(kmem_cache_create(mm, "b", 104, 0, 0), a);
	assert_int_equal(a->refcount, 2);
	assert_int_equal(a->object_size, 104);
	/* Too small, another kind, not to be merged, not aligned enough. */
	assert_ptr_not_equal(kmem_cache_create(mm, "c", 96, 0, 0), a);
	assert_ptr_not_equal(
		kmem_cache_create(mm, "d", 100, 0, SLAB_RECLAIM_ACCOUNT), a);
	assert_ptr_not_equal(kmem_cache_create(mm, "e", 100, 0, SLAB_CTOR), a);
	assert_ptr_not_equal(
		kmem_cache_create(mm, "f", 100, 0, SLAB_TYPESAFE_BY_RCU), a);
	assert_ptr_not_equal(kmem_cache_create(mm, "g", 104, 16, 0), a);
	assert_int_equal(kmem_cache_destroy(a), 0);
	assert_ptr_equal(kmem_cache_find(mm, "a"), a);
	assert_int_equal(kmem_cache_destroy(a), 0);
	assert_null(kmem_cache_find(mm, "a"));
	fake_mm_free(mm);
}

static void test_destroy_busy(void **state)
{
	struct mm *mm = fake_mm(1, 1);
	struct kmem_cache *s;
	paddr_t p;

	(void)state;
	fake_boot(mm);
	s = kmem_cache_create(mm, "busy", 64, 0, 0);
	p = kmem_cache_alloc(s, GFP_KERNEL);
	assert_int_equal(kmem_cache_destroy(s), -EBUSY);
	kmem_cache_free(s, p);
	assert_int_equal(kmem_cache_destroy(s), 0);
	fake_mm_free(mm);
}

static void test_rcu_destroy(void **state)
{
	struct mm *mm = fake_mm(1, 1);
	struct kmem_cache *s;
	u32 pages;

	(void)state;
	fake_boot(mm);
	s = kmem_cache_create(mm, "rcu", 64, 0, SLAB_TYPESAFE_BY_RCU);
	pages = fake.live_pages;
	kmem_cache_free(s, kmem_cache_alloc(s, GFP_KERNEL));
	assert_int_equal(kmem_cache_destroy(s), 0);
	assert_int_equal(fake.live_pages, pages + 1);
	fake_check(mm);
	slab_rcu_barrier(mm);
	assert_int_equal(fake.live_pages, pages);
	fake_check(mm);
	fake_mm_free(mm);
}

static void test_inspect(void **state)
{
	struct mm *mm = fake_mm(2, 2);
	struct mm_snapshot snap = {0};
	struct cache_gauge g[3];
	struct kmem_cache *s;

	(void)state;
	fake_boot(mm);
	s = kmem_cache_create(mm, "seen", 1000, 0, 0);
	for (u32 i = 0; i < 100; i++)
		kmem_cache_alloc(s, GFP_KERNEL);
	slab_inspect(mm, &snap);
	assert_string_equal(snap.slab_name, "slub");
	assert_string_equal(snap.caches[0].name, "seen");
	assert_int_equal(snap.caches[0].live_objs, 100);
	assert_int_equal(snap.caches[0].num_slabs, 7);
	assert_int_equal(snap.caches[0].slab_pages, 28);
	assert_int_equal(snap.caches[0].active_objs, 112);
	assert_int_equal(snap.caches[0].slabs_full, 6);
	assert_int_equal(snap.caches[0].slabs_partial, 1);
	assert_int_equal(snap.caches[0].nr_alloc, 100);
	assert_int_equal(mm_gauge_caches(mm, g, 3), 3);
	assert_string_equal(g[0].name, "seen");
	assert_int_equal(g[0].full, 6);
	for (u32 i = 0; i < snap.nr_caches; i++) {
		free(snap.caches[i].nodes);
		free(snap.caches[i].cpus);
	}
	free(snap.caches);
	fake_mm_free(mm);
}

/*
 *  cpu0  [4 own | 3 cpu | the rest out]   partial [2 free]   node [all free]
 */
static void test_restore(void **state)
{
	static const u16 cpufree[] = {9, 2, 5};
	static const u16 own[] = {20, 1, 0, 3};
	static const u16 two[] = {7, 6};
	struct slab_geometry g = {.name = "kmem_cache", .size = 192};
	struct mm *mm = fake_mm(1, 1);
	struct page *page;
	struct kmem_cache *s;
	struct err e = {0};

	(void)state;
	fake_boot(mm);
	slab_restore_begin(mm);
	assert_non_null(slab_restore_cache(mm, &g, &e));
	assert_int_not_equal(slab_restore_end(mm, &e), 0);
	e.code = 0;
	g.name = "mine";
	s = slab_restore_cache(mm, &g, &e);
	page = slab_restore_slab(s, 2048, 0, 21, own, 4, &e);
	assert_int_equal(slab_restore_cpu_slab(s, 0, page, cpufree, 3, &e), 0);
	page = slab_restore_slab(s, 2049, 0, 21, two, 2, &e);
	assert_int_equal(slab_restore_cpu_partial(s, 0, page, 1, &e), 0);
	fake_check(mm);
	for (u32 i = 0; i < 3; i++)
		assert_int_equal(kmem_cache_alloc(s, GFP_KERNEL),
				 (2048ull << 12) + cpufree[i] * 192ull);
	for (u32 i = 0; i < 4; i++)
		assert_int_equal(kmem_cache_alloc(s, GFP_KERNEL),
				 (2048ull << 12) + own[i] * 192ull);
	for (u32 i = 0; i < 2; i++)
		assert_int_equal(kmem_cache_alloc(s, GFP_KERNEL),
				 (2049ull << 12) + two[i] * 192ull);
	fake_check(mm);
	/* What cannot be is refused. */
	assert_null(slab_restore_slab(s, 2050, 0, 22, NULL, 0, &e));
	assert_null(slab_restore_slab(s, 2051, 1, 21, NULL, 0, &e));
	assert_null(slab_restore_slab(s, 1u << 30, 0, 21, NULL, 0, &e));
	fake_mm_free(mm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_boot_order),
		cmocka_unit_test(test_create_takes_structs),
		cmocka_unit_test(test_bad_sizes),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_destroy_busy),
		cmocka_unit_test(test_rcu_destroy),
		cmocka_unit_test(test_inspect),
		cmocka_unit_test(test_restore),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
