/*
 * Goal: SLUB puts objects and slabs where Linux puts them.
 * Method: a cache of 4 objects a slab (1024 bytes, order 0) on a fake page
 * allocator; each case draws the lists it makes, then looks at them.
 */
#include "fake_pages.h"

#include "mm/page_alloc.h"
#include "mm/slub.h"

#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#define PER_SLAB 4u

static struct mm *mm;
static struct kmem_cache *cache;

/* Objects of 1024 bytes, 4 in a slab of one page. */
static void boot(u32 cpus, u32 nodes, slab_flags_t flags)
{
	mm = fake_mm(cpus, nodes);
	mm->conf.slub_max_order = 0;
	fake_boot(mm);
	cache = kmem_cache_create(mm, "quad", flags ? 1000 : 1024, 0, flags);
	assert_int_equal(to_slub(cache)->layout.objects, PER_SLAB);
}

static void fill(paddr_t *p, u32 slabs)
{
	for (u32 i = 0; i < slabs * PER_SLAB; i++)
		p[i] = kmem_cache_alloc(cache, GFP_KERNEL);
}

static void free_slab_objects(const paddr_t *p, u32 slab, u32 nr)
{
	for (u32 i = 0; i < nr; i++)
		kmem_cache_free(cache, p[slab * PER_SLAB + i]);
}

static pfn_t slab_of(paddr_t p)
{
	return (pfn_t)(p >> PAGE_SHIFT);
}

static u64 nr_partial(u32 nid)
{
	return to_slub(cache)->nodes[nid].nr_partial;
}

static void test_ascending_then_lifo(void **state)
{
	paddr_t p[4];

	(void)state;
	boot(1, 1, 0);
	fill(p, 1);
	for (u32 i = 1; i < PER_SLAB; i++)
		assert_int_equal(p[i], p[i - 1] + 1024);
	kmem_cache_free(cache, p[1]);
	kmem_cache_free(cache, p[3]);
	assert_int_equal(kmem_cache_alloc(cache, GFP_KERNEL), p[3]);
	assert_int_equal(kmem_cache_alloc(cache, GFP_KERNEL), p[1]);
	fake_check(mm);
	fake_mm_free(mm);
}

/* Full slabs that get a free go to the cpu partial list, newest in front. */
static void test_cpu_partial_is_a_stack(void **state)
{
	paddr_t p[16];
	struct slub_cpu *c;

	(void)state;
	boot(1, 1, 0);
	c = &to_slub(cache)->cpus[0];
	fill(p, 4);
	kmem_cache_free(cache, p[0]);
	kmem_cache_free(cache, p[4]);
	assert_int_equal(c->partial, slab_of(p[4]));
	assert_int_equal(pfn_to_page(mm, c->partial)->nr_partial, 2);
	assert_int_equal(kmem_cache_alloc(cache, GFP_KERNEL), p[4]);
	assert_int_equal(kmem_cache_alloc(cache, GFP_KERNEL), p[0]);
	fake_check(mm);
	fake_mm_free(mm);
}

/* Over cpu_partial_slabs (12 here) the whole set goes to the node's tail. */
static void test_drain(void **state)
{
	paddr_t p[60];
	u32 limit;

	(void)state;
	boot(1, 1, 0);
	limit = to_slub(cache)->layout.cpu_partial_slabs;
	assert_int_equal(limit, 12);
	fill(p, 15);
	for (u32 i = 0; i < limit; i++)
		free_slab_objects(p, i, 1);
	assert_int_equal(nr_partial(0), 0);
	free_slab_objects(p, limit, 1);
	assert_int_equal(nr_partial(0), limit);
	/* The set was walked newest first, each to the tail. */
	assert_int_equal(to_slub(cache)->nodes[0].partial.head,
			 slab_of(p[(limit - 1) * PER_SLAB]));
	assert_int_equal(to_slub(cache)->nodes[0].partial.tail, slab_of(p[0]));
	fake_check(mm);
	fake_mm_free(mm);
}

/* Taking from the node fills the cpu partial list past half its limit. */
static void test_get_partial_fills_cpu(void **state)
{
	paddr_t p[60];
	u32 limit;

	(void)state;
	boot(1, 1, 0);
	limit = to_slub(cache)->layout.cpu_partial_slabs;
	fill(p, 15);
	for (u32 i = 0; i < 14; i++)
		free_slab_objects(p, i, 1);
	slub_flush_cpu(to_slub(cache), 0);
	assert_int_equal(nr_partial(0), 14);
	kmem_cache_alloc(cache, GFP_KERNEL);
	/* The cpu slab and limit / 2 + 1 more. */
	assert_int_equal(nr_partial(0), 14 - 1 - (limit / 2 + 1));
	fake_check(mm);
	fake_mm_free(mm);
}

static void test_empty_slabs_kept_and_discarded(void **state)
{
	paddr_t p[80];
	u32 pages;

	(void)state;
	boot(1, 1, 0);
	fill(p, 20);
	for (u32 i = 0; i < 19; i++)
		free_slab_objects(p, i, 1);
	slub_flush_cpu(to_slub(cache), 0);
	pages = fake.live_pages;
	/* 19 on the list: empties go until min_partial (5) are left. */
	for (u32 i = 0; i < 19; i++)
		for (u32 k = 1; k < PER_SLAB; k++)
			kmem_cache_free(cache, p[i * PER_SLAB + k]);
	assert_int_equal(nr_partial(0), 4);
	assert_int_equal(pages - fake.live_pages, 15);
	fake_check(mm);
	assert_int_equal(kmem_cache_shrink(cache), 1);
	assert_int_equal(nr_partial(0), 0);
	free_slab_objects(p, 19, PER_SLAB);
	assert_int_equal(kmem_cache_shrink(cache), 0);
	fake_check(mm);
	fake_mm_free(mm);
}

/* list: 3 free, 1 free, 2 free  ->  1 free, 2 free, 3 free */
static void test_shrink_sorts(void **state)
{
	paddr_t p[16];
	pfn_t pfn;

	(void)state;
	boot(1, 1, 0);
	fill(p, 4);
	free_slab_objects(p, 0, 3);
	free_slab_objects(p, 1, 1);
	free_slab_objects(p, 2, 2);
	assert_int_equal(kmem_cache_shrink(cache), 1);
	pfn = to_slub(cache)->nodes[0].partial.head;
	assert_int_equal(pfn, slab_of(p[4]));
	pfn = pfn_to_page(mm, pfn)->next;
	assert_int_equal(pfn, slab_of(p[8]));
	pfn = pfn_to_page(mm, pfn)->next;
	assert_int_equal(pfn, slab_of(p[0]));
	fake_check(mm);
	fake_mm_free(mm);
}

static void test_node_mismatch_deactivates(void **state)
{
	paddr_t a;
	paddr_t b;

	(void)state;
	boot(2, 2, 0);
	a = kmem_cache_alloc(cache, GFP_KERNEL);
	b = kmem_cache_alloc_node(cache, GFP_KERNEL, 1);
	assert_int_equal(pfn_to_nid(mm, slab_of(a)), 0);
	assert_int_equal(pfn_to_nid(mm, slab_of(b)), 1);
	/* Nobody freed to it meanwhile: to the head, frozen no more. */
	assert_int_equal(to_slub(cache)->nodes[0].partial.head, slab_of(a));
	assert_int_equal(nr_partial(0), 1);
	/* No node named: any slab the CPU has will do. */
	assert_int_equal(slab_of(kmem_cache_alloc(cache, GFP_KERNEL)),
			 slab_of(b));
	fake_check(mm);
	fake_mm_free(mm);
}

/* A remote free lands on the slab's own list; the owner takes it later. */
static void test_remote_free(void **state)
{
	paddr_t p[4];
	struct slub_cache *s;

	(void)state;
	boot(2, 1, 0);
	s = to_slub(cache);
	fill(p, 1);
	mm->machine->cpu = 1;
	kmem_cache_free(cache, p[2]);
	assert_int_equal(pfn_to_page(mm, slab_of(p[2]))->inuse, 3);
	assert_int_equal(s->cpus[0].slab, slab_of(p[2]));
	assert_int_equal(s->cpus[1].partial, PFN_NONE);
	fake_check(mm);
	mm->machine->cpu = 0;
	assert_int_equal(kmem_cache_alloc(cache, GFP_KERNEL), p[2]);
	fake_check(mm);
	fake_mm_free(mm);
}

/* Remote frees meanwhile: a deactivated slab goes to the tail. */
static void test_deactivate_to_tail(void **state)
{
	struct slub_node *n;
	paddr_t a;
	paddr_t b;

	(void)state;
	boot(2, 2, 0);
	n = &to_slub(cache)->nodes[0];
	b = kmem_cache_alloc(cache, GFP_KERNEL);
	slub_flush_cpu(to_slub(cache), 0);
	a = kmem_cache_alloc_node(cache, GFP_KERNEL, 1);
	/* One slab is listed; load another one of node 0 beside it. */
	kmem_cache_alloc_node(cache, GFP_KERNEL, 0);
	for (u32 i = 0; i < 3; i++)
		b = kmem_cache_alloc_node(cache, GFP_KERNEL, 0);
	mm->machine->cpu = 1;
	kmem_cache_free(cache, b);
	kmem_cache_free(cache, a);
	fake_check(mm);
	mm->machine->cpu = 0;
	kmem_cache_alloc_node(cache, GFP_KERNEL, 1);
	assert_int_equal(n->partial.tail, slab_of(b));
	fake_check(mm);
	fake_mm_free(mm);
}

static void test_other_nodes_partials(void **state)
{
	paddr_t p[64];
	struct slub_cache *s;

	(void)state;
	boot(2, 2, 0);
	s = to_slub(cache);
	fill(p, 8);
	for (u32 i = 0; i < 8; i++)
		free_slab_objects(p, i, 1);
	slub_flush_cpu(s, 0);
	assert_int_equal(nr_partial(0), 8);
	/* More than min_partial: CPU 1 takes from node 0 ... */
	mm->machine->cpu = 1;
	assert_int_equal(
		pfn_to_nid(mm, slab_of(kmem_cache_alloc(cache, GFP_KERNEL))),
		0);
	slub_flush_cpu(s, 1);
	/* ... but not when its own node is named. */
	assert_int_equal(pfn_to_nid(mm, slab_of(kmem_cache_alloc_node(
						cache, GFP_KERNEL, 1))),
			 1);
	fake_check(mm);
	fake_mm_free(mm);
}

static void test_rcu_slabs_wait(void **state)
{
	paddr_t p[40];
	u32 pages;

	(void)state;
	boot(1, 1, SLAB_TYPESAFE_BY_RCU);
	fill(p, 10);
	pages = fake.live_pages;
	for (u32 i = 0; i < 10; i++)
		free_slab_objects(p, i, PER_SLAB);
	assert_int_equal(kmem_cache_shrink(cache), 0);
	assert_int_equal(fake.live_pages, pages);
	fake_check(mm);
	slab_rcu_barrier(mm);
	assert_int_equal(fake.live_pages, pages - 10);
	assert_int_equal(mm->numa_slab_reclaimable[0], 0);
	fake_mm_free(mm);
}

static void test_order_fallback(void **state)
{
	struct slub_cache *s;
	struct kmem_cache *big;

	(void)state;
	mm = fake_mm(1, 1);
	fake_boot(mm);
	big = kmem_cache_create(mm, "big", 1000, 0, SLAB_RECLAIM_ACCOUNT);
	s = to_slub(big);
	assert_true(s->layout.order > 0);
	fake.fail_from_order = 1;
	assert_true(kmem_cache_alloc(big, GFP_KERNEL) != 0);
	assert_int_equal(fake.last_order, 0);
	assert_int_equal(s->nodes[0].total_objects, s->layout.min_objects);
	assert_int_equal(mm->numa_slab_reclaimable[0], 1);
	/* The small try asks as the caller did, the first one does not. */
	assert_true(fake.last_gfp & GFP_DIRECT_RECLAIM);
	fake.fail_from_order = 0;
	for (u32 i = 0; i < s->layout.min_objects; i++)
		kmem_cache_alloc(big, GFP_KERNEL);
	assert_int_equal(fake.last_order, s->layout.order);
	assert_true(fake.last_gfp & GFP_NOMEMALLOC);
	assert_false(fake.last_gfp & GFP_RECLAIM);
	fake_check(mm);
	fake_mm_free(mm);
}

static void test_debug_keeps_no_cpu_slab(void **state)
{
	paddr_t p[8];
	struct slub_cache *s;

	(void)state;
	mm = fake_mm(1, 1);
	mm->conf.slub_debug = true;
	mm->conf.slub_max_order = 0;
	fake_boot(mm);
	cache = kmem_cache_create(mm, "quad", 1024, 0, 0);
	s = to_slub(cache);
	fill(p, 2);
	assert_int_equal(s->cpus[0].slab, PFN_NONE);
	assert_int_equal(nr_partial(0), 0);
	kmem_cache_free(cache, p[5]);
	assert_int_equal(nr_partial(0), 1);
	assert_int_equal(kmem_cache_alloc(cache, GFP_KERNEL), p[5]);
	fake_check(mm);
	fake_mm_free(mm);
}

static void test_no_cpu_partial(void **state)
{
	paddr_t p[8];

	(void)state;
	mm = fake_mm(1, 1);
	mm->conf.slub_cpu_partial = false;
	mm->conf.slub_max_order = 0;
	fake_boot(mm);
	cache = kmem_cache_create(mm, "quad", 1024, 0, 0);
	fill(p, 2);
	kmem_cache_free(cache, p[1]);
	assert_int_equal(to_slub(cache)->cpus[0].partial, PFN_NONE);
	assert_int_equal(to_slub(cache)->nodes[0].partial.head, slab_of(p[1]));
	fake_check(mm);
	fake_mm_free(mm);
}

static void test_bulk(void **state)
{
	paddr_t p[10];

	(void)state;
	boot(1, 1, 0);
	assert_int_equal(kmem_cache_alloc_bulk(cache, GFP_KERNEL, 10, p), 10);
	assert_int_equal(to_slub(cache)->cpus[0].nr_alloc, 10);
	kmem_cache_free_bulk(cache, 10, p);
	/* Slab by slab: the full ones took one slow free each, not four. */
	assert_int_equal(to_slub(cache)->cpus[0].nr_free_slow, 2);
	assert_int_equal(to_slub(cache)->cpus[0].nr_free, 10);
	fake_check(mm);
	fake_mm_free(mm);
}

static void test_freelist_random_is_a_permutation(void **state)
{
	struct kmem_cache *s;
	bool seen[64] = {false};
	u32 in_order = 0;
	paddr_t last = 0;

	(void)state;
	mm = fake_mm(1, 1);
	mm->conf.slab_freelist_random = true;
	mm->conf.hash_seed = 42;
	fake_boot(mm);
	s = kmem_cache_create(mm, "shuffled", 64, 0, 0);
	for (u32 i = 0; i < 64; i++) {
		paddr_t p = kmem_cache_alloc(s, GFP_KERNEL);
		u32 slot = (u32)(p % 4096) / 64;

		assert_false(seen[slot]);
		seen[slot] = true;
		in_order += p == last + 64;
		last = p;
	}
	assert_int_equal(to_slub(s)->nodes[0].nr_slabs, 1);
	assert_true(in_order < 16);
	fake_check(mm);
	fake_mm_free(mm);
}

static void test_accounts_pages(void **state)
{
	paddr_t p[8];
	u64 before;

	(void)state;
	boot(1, 1, 0);
	before = mm->numa_slab_unreclaimable[0];
	fill(p, 2);
	assert_int_equal(mm->numa_slab_unreclaimable[0], before + 2);
	assert_int_equal(mm->numa_slab_unreclaimable[0], fake.live_pages);
	fake_mm_free(mm);
}

/* Thousands of random operations on several CPUs and nodes, checked often. */
static void test_random(void **state)
{
	static paddr_t live[4000];
	struct kmem_cache *caches[5];
	static const u32 sizes[5] = {8, 100, 700, 3000, 9000};
	u64 x = 12345;

	(void)state;
	memset(live, 0, sizeof(live));
	mm = fake_mm(4, 2);
	mm->conf.slab_freelist_random = true;
	fake_boot(mm);
	for (u32 i = 0; i < 5; i++)
		caches[i] =
			kmem_cache_create(mm, "r", sizes[i], 0,
					  i == 2 ? SLAB_TYPESAFE_BY_RCU : 0);
	for (u32 op = 0; op < 60000; op++) {
		paddr_t *slot;

		x = x * 6364136223846793005u + 1442695040888963407u;
		slot = &live[(x >> 33) % 4000];
		mm->machine->cpu = (u32)(x >> 20) & 3;
		if (*slot)
			kfree(mm, *slot);
		*slot = *slot ? 0
			      : kmem_cache_alloc_node(
					caches[(x >> 40) % 5], GFP_KERNEL,
					(x >> 50) % 8 ? NUMA_NO_NODE
						      : (int)(x >> 55 & 1));
		if (op % 3000 == 0) {
			fake_check(mm);
			slab_rcu_barrier(mm);
			kmem_cache_shrink(caches[op / 3000 % 5]);
		}
	}
	for (u32 i = 0; i < 4000; i++)
		kfree(mm, live[i]);
	for (u32 i = 0; i < 5; i++)
		assert_int_equal(kmem_cache_destroy(caches[i]), 0);
	slab_rcu_barrier(mm);
	fake_check(mm);
	fake_mm_free(mm);
}

/* What is broken on purpose is found. */
static void test_check_finds(void **state)
{
	struct err e = {0};
	struct slub_node *n;
	paddr_t p[8];

	(void)state;
	boot(1, 1, 0);
	fill(p, 2);
	kmem_cache_free(cache, p[0]);
	slub_flush_cpu(to_slub(cache), 0);
	n = &to_slub(cache)->nodes[0];
	n->nr_partial++;
	assert_int_not_equal(slub_check(mm, &e), 0);
	assert_non_null(strstr(e.text, "nr_partial"));
	n->nr_partial--;
	pfn_to_page(mm, n->partial.head)->inuse++;
	e.code = 0;
	assert_int_not_equal(slub_check(mm, &e), 0);
	assert_non_null(strstr(e.text, "cache quad"));
	pfn_to_page(mm, n->partial.head)->inuse--;
	fake_check(mm);
	fake_mm_free(mm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ascending_then_lifo),
		cmocka_unit_test(test_cpu_partial_is_a_stack),
		cmocka_unit_test(test_drain),
		cmocka_unit_test(test_get_partial_fills_cpu),
		cmocka_unit_test(test_empty_slabs_kept_and_discarded),
		cmocka_unit_test(test_shrink_sorts),
		cmocka_unit_test(test_node_mismatch_deactivates),
		cmocka_unit_test(test_remote_free),
		cmocka_unit_test(test_deactivate_to_tail),
		cmocka_unit_test(test_other_nodes_partials),
		cmocka_unit_test(test_rcu_slabs_wait),
		cmocka_unit_test(test_order_fallback),
		cmocka_unit_test(test_debug_keeps_no_cpu_slab),
		cmocka_unit_test(test_no_cpu_partial),
		cmocka_unit_test(test_bulk),
		cmocka_unit_test(test_freelist_random_is_a_permutation),
		cmocka_unit_test(test_accounts_pages),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_check_finds),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
