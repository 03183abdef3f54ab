/*
 * Goal: the xarray finds what was stored, marked and erased, in order, and
 * has exactly the nodes that a tree of 64-way nodes and least height has.
 * Method: random operations on a pool of indices, near and far, against a
 * plain table; the number of nodes by counting prefixes.
 */
#include "mm/slab.h"
#include "mm/xarray.h"

#include "base/rng.h"
#include "fake_machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka_all.h"

#define POOL 400

static struct fake_machine fm;
static struct mm *mm;
static struct xarray xa;

/* The model: indices ascending, an entry each, 0: none. */
static u64 at[POOL];
static xa_entry entries[POOL];
static bool marks[POOL][NR_XA_MARKS];

static int setup(void **state)
{
	struct mm_conf conf;

	(void)state;
	fake_machine_init(&fm);
	fake_conf(&conf, 4, 1, 64);
	conf.slab_ops = &slub_ops;
	mm = fake_mm_create(&fm, &conf);
	xa_init(&xa, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	xa_destroy(mm, &xa);
	assert_int_equal(xa.nr_nodes, 0);
	fake_mm_end(mm);
	return 0;
}

static int by_value(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

static void make_pool(struct rng *rng)
{
	u32 nr = 0;

	/* Dense at the start, then around powers of 64, then anywhere. */
	for (u64 i = 0; i < 140; i++)
		at[nr++] = i;
	for (u32 shift = 12; shift <= 30; shift += 6)
		for (u64 i = 0; i < 30; i++)
			at[nr++] = ((u64)1 << shift) - 15 + i;
	while (nr < POOL)
		at[nr++] = 2000 + rng_below(rng, (u64)1 << 32);
	qsort(at, POOL, sizeof(*at), by_value);
	for (u32 i = 1; i < POOL; i++)
		assert_true(at[i] > at[i - 1]);
}

/* Prefixes of the indices in use, level by level. */
static u64 nodes_expected(void)
{
	u64 last = 0, nodes = 0;
	bool any = false;

	for (u32 i = 0; i < POOL; i++)
		if (entries[i]) {
			last = at[i];
			any = true;
		}
	if (!any || last == 0)
		return 0;
	for (u32 shift = 6;; shift += 6) {
		u64 before = UINT64_MAX;

		for (u32 i = 0; i < POOL; i++) {
			if (!entries[i] || at[i] >> shift == before)
				continue;
			before = at[i] >> shift;
			nodes++;
		}
		if (last >> shift == 0)
			return nodes;
	}
}

static void check_finds(u32 from, u32 to)
{
	u64 index = at[from];
	u32 i = from;
	xa_entry found = xa_find(&xa, &index, at[to]);

	while (i <= to && !entries[i])
		i++;
	assert_int_equal(found, i <= to ? entries[i] : 0);
	if (found)
		assert_int_equal(index, at[i]);
	for (u32 m = 0; m < NR_XA_MARKS; m++) {
		index = at[from];
		for (i = from; i <= to && !marks[i][m]; i++)
			;
		found = xa_find_marked(&xa, &index, at[to], (enum xa_mark)m);
		assert_int_equal(found, i <= to ? entries[i] : 0);
		if (found)
			assert_int_equal(index, at[i]);
	}
}

static void check_all(void)
{
	struct err e = {0};
	bool any[NR_XA_MARKS] = {0};

	if (xa_check(&xa, &e))
		fail_msg("%s", e.text);
	assert_int_equal(xa.nr_nodes, nodes_expected());
	for (u32 i = 0; i < POOL; i++) {
		assert_int_equal(xa_load(&xa, at[i]), entries[i]);
		for (u32 m = 0; m < NR_XA_MARKS; m++) {
			any[m] |= marks[i][m];
			assert_int_equal(
				xa_get_mark(&xa, at[i], (enum xa_mark)m),
				marks[i][m]);
		}
	}
	for (u32 m = 0; m < NR_XA_MARKS; m++)
		assert_int_equal(xa_marked(&xa, (enum xa_mark)m), any[m]);
}

static void set(u32 i, xa_entry entry)
{
	xa_entry old;

	assert_int_equal(xa_store(mm, &xa, at[i], entry, GFP_KERNEL, &old), 0);
	assert_int_equal(old, entries[i]);
	entries[i] = entry;
	if (!xa_is_page(entry))
		memset(marks[i], 0, sizeof(marks[i]));
}

static void random_op(struct rng *rng, u32 stores)
{
	u32 i = (u32)rng_below(rng, POOL);
	u32 m = (u32)rng_below(rng, NR_XA_MARKS);
	u64 what = rng_below(rng, 100);

	if (what < stores) {
		set(i, what & 1 ? xa_page_entry((pfn_t)(1 + what))
				: xa_value_entry(rng_below(rng, 1u << 30)));
	} else if (what < 60) {
		assert_int_equal(xa_erase(mm, &xa, at[i]), entries[i]);
		entries[i] = 0;
		memset(marks[i], 0, sizeof(marks[i]));
	} else if (what < 80) {
		if (!xa_is_page(entries[i]))
			return;
		xa_set_mark(&xa, at[i], (enum xa_mark)m);
		marks[i][m] = true;
	} else if (what < 90) {
		xa_clear_mark(&xa, at[i], (enum xa_mark)m);
		marks[i][m] = false;
	} else {
		check_finds(i, i + (u32)rng_below(rng, POOL - i));
	}
}

static void test_random(void **state)
{
	struct rng rng = rng_for(11, "xarray");

	(void)state;
	memset(entries, 0, sizeof(entries));
	memset(marks, 0, sizeof(marks));
	make_pool(&rng);
	for (u32 i = 0; i < 30000; i++) {
		/* It fills up, then empties, over and over. */
		random_op(&rng, i / 2000 % 2 ? 10 : 50);
		if (i % 100 == 0)
			check_all();
	}
	for (u32 i = 0; i < POOL; i++) {
		xa_erase(mm, &xa, at[i]);
		entries[i] = 0;
		memset(marks[i], 0, sizeof(marks[i]));
	}
	check_all();
}

/*
 *	index 0 alone: no node; 64: [0..63], [64..127] and a node above them;
 *	4096: one more on top, and two for its branch
 */
static void test_height(void **state)
{
	(void)state;
	xa_store(mm, &xa, 0, xa_page_entry(1), GFP_KERNEL, NULL);
	assert_int_equal(xa.nr_nodes, 0);
	assert_null(mm->radix_tree_node);
	xa_store(mm, &xa, 63, xa_page_entry(2), GFP_KERNEL, NULL);
	assert_int_equal(xa.nr_nodes, 1);
	xa_store(mm, &xa, 64, xa_page_entry(3), GFP_KERNEL, NULL);
	assert_int_equal(xa.nr_nodes, 3);
	xa_store(mm, &xa, 4096, xa_page_entry(4), GFP_KERNEL, NULL);
	assert_int_equal(xa.nr_nodes, 6);
	xa_erase(mm, &xa, 4096);
	assert_int_equal(xa.nr_nodes, 3);
	xa_erase(mm, &xa, 64);
	xa_erase(mm, &xa, 63);
	assert_int_equal(xa.nr_nodes, 0);
	assert_int_equal(xa_load(&xa, 0), xa_page_entry(1));
}

/* 6.1 with 4 CPUs has 28 nodes of 576 bytes in a slab of 4 pages. */
static void test_nodes_make_slabs(void **state)
{
	struct slabinfo si;

	(void)state;
	/* 28 leaves and one above. */
	for (u64 i = 0; i < 28; i++)
		xa_store(mm, &xa, i * 64 + 1, xa_page_entry(1), GFP_KERNEL,
			 NULL);
	assert_int_equal(xa.nr_nodes, 29);
	mm->radix_tree_node->ops->get_slabinfo(mm->radix_tree_node, &si);
	assert_int_equal(mm->radix_tree_node->object_size, 576);
	assert_int_equal(si.objects_per_slab, 28);
	assert_int_equal(si.cache_order, 2);
	assert_int_equal(si.num_slabs, 2);
}

static void test_out_of_memory(void **state)
{
	struct page *pages = NULL, *page;
	u64 i = 0, nodes = 0;
	xa_entry old = 0;

	(void)state;
	xa_store(mm, &xa, 5, xa_page_entry(1), GFP_KERNEL, NULL);
	while ((page = alloc_pages(mm, GFP_ATOMIC | GFP_MEMALLOC, 0))) {
		page->words[0] = pages ? page_to_pfn(mm, pages) : 0;
		pages = page;
	}
	/* Until the slab that the first node came from has no more. */
	while (!xa_store(mm, &xa, ++i << 26, xa_page_entry(2), GFP_NOWAIT,
			 &old)) {
		assert_int_equal(old, 0);
		nodes = xa.nr_nodes;
	}
	assert_in_range(nodes, 20, 28);
	assert_int_equal(xa.nr_nodes, nodes);
	assert_int_equal(xa_load(&xa, 5), xa_page_entry(1));
	assert_int_equal(xa_load(&xa, i << 26), 0);
	while (pages) {
		pfn_t next = pages->words[0];

		free_pages(mm, pages, 0);
		pages = next ? pfn_to_page(mm, next) : NULL;
	}
	assert_int_equal(
		xa_store(mm, &xa, i << 26, xa_page_entry(3), GFP_NOWAIT, &old),
		0);
}

/* A leaf of values goes with all that it holds. */
static void test_delete_node(void **state)
{
	struct err e = {0};

	(void)state;
	for (u64 i = 128; i < 192; i++)
		xa_store(mm, &xa, i, xa_value_entry(i), GFP_KERNEL, NULL);
	xa_store(mm, &xa, 7, xa_page_entry(1), GFP_KERNEL, NULL);
	assert_int_equal(xa.nr_nodes, 3);
	assert_int_equal(xa_load(&xa, 150), xa_value_entry(150));
	assert_int_equal(xa_node_index(xa.last), 128);
	assert_int_equal(xa.last->nr_values, 64);
	xa_delete_node(mm, xa.last);
	assert_int_equal(xa_check(&xa, &e), 0);
	assert_int_equal(xa_load(&xa, 150), 0);
	assert_int_equal(xa.nr_nodes, 1);
}

static void test_check_finds_damage(void **state)
{
	struct err e = {0};

	(void)state;
	xa_store(mm, &xa, 100, xa_page_entry(1), GFP_KERNEL, NULL);
	xa_load(&xa, 100);
	assert_int_equal(xa_check(&xa, &e), 0);
	xa.last->count++;
	assert_int_equal(xa_check(&xa, &e), -EUCLEAN);
	xa.last->count--;
	xa.last->marks[XA_MARK_DIRTY] = (u64)1 << (100 % 64);
	assert_int_equal(xa_check(&xa, &e), -EUCLEAN);
	xa.last->marks[XA_MARK_DIRTY] = 0;
	xa.last->offset = 0;
	assert_int_equal(xa_check(&xa, &e), -EUCLEAN);
	xa.last->offset = 1;
	xa.nr_nodes++;
	assert_int_equal(xa_check(&xa, &e), -EUCLEAN);
	xa.nr_nodes--;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_random),	     TEST(test_height),
		TEST(test_nodes_make_slabs), TEST(test_out_of_memory),
		TEST(test_delete_node),	     TEST(test_check_finds_damage),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
