/*
 * Goal: the page cache finds, reads ahead, writes, truncates and loses pages
 * as Linux 6.1 does.
 * Method: windows of readahead and refault distances worked out by hand from
 * the kernel's rules; then chance, with mm_check().
 */
#include "base/rng.h"
#include "mm/page_writeback.h"
#include "mm/readahead.h"
#include "mm/slab.h"
#include "mm/truncate.h"
#include "mm/vmscan.h"
#include "mm/workingset.h"

#include "fake_machine.h"

#include "cmocka_all.h"

static struct fake_machine fm;
static struct mm *mm;
static struct address_space *file;
static struct page_cache_stats *st;

static void start(u64 mib, bool reclaim, enum kernel_profile profile)
{
	struct mm_conf conf;

	fake_machine_init(&fm);
	fake_conf(&conf, 1, 1, mib);
	fake_conf_without_dma(&conf);
	conf.reclaim = reclaim;
	conf.profile = profile;
	conf.read_ahead_kb = 128;
	conf.slab_ops = &slub_ops;
	mm = fake_mm_create(&fm, &conf);
	file = filemap_mapping(mm, file_mapping_id(0));
	st = &mm->filemap->stats;
}

static int setup(void **state)
{
	(void)state;
	start(64, true, PROFILE_LINUX_6_1);
	return 0;
}

static int setup_plain(void **state)
{
	(void)state;
	start(64, false, PROFILE_LINUX_6_1);
	return 0;
}

static int setup_old(void **state)
{
	(void)state;
	start(64, true, PROFILE_LINUX_3_8);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_mm_end(mm);
	return 0;
}

static bool cached(u64 index)
{
	return find_get_page(mm, file, index) != NULL;
}

/* The only page from @from to @to that has the mark, or UINT64_MAX. */
static u64 marker(u64 from, u64 to)
{
	u64 found = UINT64_MAX;

	for (u64 i = from; i <= to; i++) {
		struct page *page = find_get_page(mm, file, i);

		if (!page || !page_lru_flag(page, LRU_READAHEAD))
			continue;
		assert_int_equal(found, UINT64_MAX);
		found = i;
	}
	return found;
}

/* Cached is 0 .. @end - 1 and no more. */
static void assert_reaches(u64 end)
{
	assert_int_equal(file->nrpages, end);
	assert_true(cached(end - 1));
	assert_false(cached(end));
}

/*
 * Page by page, 128 KiB = 32 pages at most.  The first miss: 1 -> 4 pages,
 * 3 of them ahead, so the marker is page 1.  Reaching it, 8 more from 4 on,
 * all ahead: marker 4; then 16 from 12, 32 from 28, 32 from 60.
 */
static void test_sequential(void **state)
{
	static const struct {
		u64 read;
		u64 end;
		u64 marker;
	} steps[] = {{0, 4, 1},	    {1, 12, 4},	   {3, 12, 4},	 {4, 28, 12},
		     {11, 28, 12},  {12, 60, 28},  {28, 92, 60}, {59, 92, 60},
		     {60, 124, 92}, {92, 156, 124}};
	u64 at = 0;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(steps); i++) {
		for (; at <= steps[i].read; at++)
			assert_int_equal(page_cache_read(mm, file, at, 1), 1);
		assert_reaches(steps[i].end);
		assert_int_equal(marker(0, steps[i].end), steps[i].marker);
	}
	assert_int_equal(st->misses, 1);
	assert_int_equal(st->hits, 92);
	assert_int_equal(st->ra_sync, 1);
	assert_int_equal(st->ra_async, 6);
	assert_int_equal(st->ra_pages, 155);
	assert_int_equal(st->ra_used, 92);
	assert_int_equal(st->device_reads, 156);
	assert_int_equal(st->device_requests, 7);
	/* KiB, as the kernel counts. */
	assert_int_equal(mm->vm_events[VM_EV_PGPGIN], 156 * 4);
}

/*
 * 16 pages in one read: rounded up 16 > 32 / 4, so the window is all 32, 16
 * of them ahead: marker 16.  The second read begins there: 32 from 32 on.
 */
static void test_large_reads(void **state)
{
	(void)state;
	page_cache_read(mm, file, 0, 16);
	assert_reaches(32);
	assert_int_equal(marker(0, 32), 16);
	page_cache_read(mm, file, 16, 16);
	assert_reaches(64);
	assert_int_equal(marker(0, 64), 32);
	assert_int_equal(st->misses, 16);
	assert_int_equal(st->hits, 16);
}

/*
 * More than read_ahead_kb at once: up to what the device takes, 320 pages, of
 * which the second half is ahead; marker 160.  There 320 more from 320 on, the
 * first of them marked, and again at 320 and 640.  At 960 only 40 are left
 * to be read: no more than that from 1280 on.
 */
static void test_larger_than_the_window(void **state)
{
	(void)state;
	assert_int_equal(page_cache_read(mm, file, 0, 1000), 1000);
	assert_reaches(1320);
	assert_int_equal(marker(0, 1320), 1280);
	assert_int_equal(st->misses, 320);
	assert_int_equal(st->hits, 680);
	assert_int_equal(st->device_requests, 5);
}

/* A read alone in the middle of a file brings what it asks for. */
static void test_random_read(void **state)
{
	(void)state;
	page_cache_read(mm, file, 1000, 2);
	assert_int_equal(file->nrpages, 2);
	assert_int_equal(marker(990, 1010), UINT64_MAX);
	page_cache_read(mm, file, 500, 1);
	assert_int_equal(file->nrpages, 3);
	assert_int_equal(st->misses, 3);
	assert_int_equal(st->ra_pages, 0);
	/* Right behind the last one: a stream begins, 1 -> 4 pages. */
	page_cache_read(mm, file, 501, 1);
	assert_int_equal(file->nrpages, 7);
	assert_int_equal(marker(490, 510), 502);
}

/*
 * Another reader (its state is new) comes to page 104, before which 4 pages
 * are there: more than the 1 it asks for, so a stream: 4 + 1 pages, the last
 * of them the marker.
 */
static void test_context(void **state)
{
	(void)state;
	page_cache_read(mm, file, 100, 4);
	fm.m.task = 2;
	page_cache_read(mm, file, 104, 1);
	assert_int_equal(file->nrpages, 4 + 5);
	assert_int_equal(marker(100, 120), 108);
}

/* Two readers of one file, in turn: each has a window of its own. */
static void test_two_readers(void **state)
{
	(void)state;
	for (u64 i = 0; i < 64; i++) {
		fm.m.task = 1;
		page_cache_read(mm, file, i, 1);
		fm.m.task = 2;
		page_cache_read(mm, file, 10000 + i, 1);
	}
	/* The first reads: 1 miss at the beginning; 2 in the middle. */
	assert_int_equal(st->misses, 3);
	assert_int_equal(st->hits, 125);
}

static void test_end_of_file(void **state)
{
	(void)state;
	file->size_pages = 3;
	page_cache_read(mm, file, 0, 1);
	assert_reaches(3);
	page_cache_read(mm, file, 1, 2);
	assert_reaches(3);
	/* Who reads behind the end knows more. */
	page_cache_read(mm, file, 10, 1);
	assert_int_equal(file->size_pages, 11);
	assert_int_equal(file->nrpages, 4);
}

static void test_no_readahead(void **state)
{
	(void)state;
	mm->conf.read_ahead_kb = 0;
	page_cache_read(mm, file, 0, 5);
	assert_reaches(5);
	assert_int_equal(st->device_requests, 5);
	assert_int_equal(st->ra_pages, 0);
}

static void test_sizes(void **state)
{
	(void)state;
	/* The kernel's comment: 128k max: 4k -> 16k, 8k -> 32k, ... */
	assert_int_equal(ra_init_size(1, 32), 4);
	assert_int_equal(ra_init_size(2, 32), 4);
	assert_int_equal(ra_init_size(3, 32), 8);
	assert_int_equal(ra_init_size(8, 32), 16);
	assert_int_equal(ra_init_size(9, 32), 32);
	assert_int_equal(ra_init_size(33, 32), 32);
	assert_int_equal(ra_next_size(1, 32), 4);
	assert_int_equal(ra_next_size(2, 32), 4);
	assert_int_equal(ra_next_size(16, 32), 32);
	assert_int_equal(ra_next_size(17, 32), 32);
	assert_int_equal(ra_max_pages(mm), 32);
}

/* A second read of a page moves it to the active list, but not a second
 * part of the same read. */
static void test_accessed(void **state)
{
	const struct lruvec *vec = &mm->lruvecs[0];

	(void)state;
	mm->conf.read_ahead_kb = 0;
	page_cache_read(mm, file, 7, 1);
	page_cache_read(mm, file, 7, 1);
	assert_int_equal(vec->nr_pages[LRU_ACTIVE_FILE], 0);
	page_cache_read(mm, file, 8, 1);
	page_cache_read(mm, file, 7, 1);
	assert_int_equal(vec->nr_pages[LRU_ACTIVE_FILE], 1);
	assert_int_equal(vec->nonresident_age, 1);
	/* Writing is no use, since 4.7. */
	page_cache_write(mm, file, 8, 1);
	page_cache_write(mm, file, 8, 1);
	assert_int_equal(vec->nr_pages[LRU_ACTIVE_FILE], 1);
	cancel_dirty_page(mm, find_get_page(mm, file, 8));
}

static void test_write_and_truncate(void **state)
{
	(void)state;
	file->size_pages = 2;
	assert_int_equal(page_cache_write(mm, file, 0, 10), 10);
	assert_int_equal(file->size_pages, 10);
	assert_int_equal(file->nr_dirty, 10);
	assert_true(xa_get_mark(&file->pages, 9, XA_MARK_DIRTY));
	assert_int_equal(st->misses, 10);
	assert_int_equal(st->device_reads, 0);
	assert_mm_ok(mm);
	/* Dirty pages stay when it is only asked for. */
	assert_int_equal(invalidate_mapping_pages(mm, file, 0, 100), 0);
	cancel_dirty_page(mm, find_get_page(mm, file, 4));
	assert_int_equal(invalidate_mapping_pages(mm, file, 0, 100), 1);
	assert_false(cached(4));
	truncate_inode_pages(mm, file, 6);
	assert_int_equal(file->nrpages, 5);
	assert_int_equal(file->nr_dirty, 5);
	assert_int_equal(mm->filemap->nr_file_pages[0], 5);
	truncate_inode_pages(mm, file, 0);
	assert_int_equal(file->pages.nr_nodes, 0);
	assert_int_equal(file->nrpages, 0);
	assert_int_equal(mm->lruvecs[0].nr_pages[LRU_INACTIVE_FILE], 0);
}

static u64 reclaim_oldest(u64 pages)
{
	struct scan_control sc = {.nr_to_reclaim = pages,

				  .priority = 0,
				  .reclaim_idx = MAX_NR_ZONES - 1,
				  .kswapd = true};

	scan_begin(mm, &sc);
	sc.nr[LRU_ACTIVE_FILE] = 0;
	sc.nr[LRU_INACTIVE_FILE] = pages;
	sc.slabs_done = true;
	while (scan_step(mm, &sc))
		;
	return sc.nr_reclaimed;
}

static void test_shadow_packing(void **state)
{
	struct shadow in = {.nid = 5, .eviction = 0xabcdef123, .workingset = 1};
	struct shadow out = unpack_shadow(pack_shadow(&in));

	(void)state;
	assert_true(xa_is_value(pack_shadow(&in)));
	assert_int_equal(out.nid, 5);
	assert_int_equal(out.eviction, 0xabcdef123);
	assert_true(out.workingset);
}

/*
 * 10 pages active, 20 read once.  The 20 are evicted in order, which ages
 * the node by 20 (beyond the 10 activations): page 19 at age 29, page 0 at
 * 10.  Back comes page 19: distance 30 - 29 = 1 <= 10, active; that ages by
 * one more and makes 11 active.  Page 11 was evicted at 21: 31 - 21 = 10,
 * active.  Page 0: 32 - 10 = 22 > 12: inactive.
 */
static void test_refault(void **state)
{
	const struct lruvec *vec = &mm->lruvecs[0];
	const u64 *ev = mm->vm_events;

	(void)state;
	mm->conf.read_ahead_kb = 0;
	for (u64 i = 0; i < 20; i++)
		page_cache_read(mm, file, 100 + i % 10, 1);
	assert_int_equal(vec->nr_pages[LRU_ACTIVE_FILE], 10);
	for (u64 i = 0; i < 20; i++)
		page_cache_read(mm, file, i, 1);
	assert_int_equal(reclaim_oldest(20), 20);
	assert_int_equal(vec->nonresident_age, 30);
	assert_int_equal(file->nrpages, 10);
	assert_int_equal(file->nr_shadows, 20);
	page_cache_read(mm, file, 19, 1);
	assert_int_equal(ev[VM_EV_WORKINGSET_ACTIVATE_FILE], 1);
	page_cache_read(mm, file, 11, 1);
	assert_int_equal(ev[VM_EV_WORKINGSET_ACTIVATE_FILE], 2);
	page_cache_read(mm, file, 0, 1);
	assert_int_equal(ev[VM_EV_WORKINGSET_ACTIVATE_FILE], 2);
	assert_int_equal(ev[VM_EV_WORKINGSET_REFAULT_FILE], 3);
	assert_int_equal(ev[VM_EV_WORKINGSET_RESTORE_FILE], 0);
	assert_int_equal(file->nr_shadows, 17);
	assert_int_equal(vec->nr_pages[LRU_ACTIVE_FILE], 12);
	/* What is overwritten was not needed. */
	page_cache_write(mm, file, 18, 1);
	assert_int_equal(ev[VM_EV_WORKINGSET_REFAULT_FILE], 3);
	cancel_dirty_page(mm, find_get_page(mm, file, 18));
}

/* A page that was active once says so when it is back. */
static void test_restore(void **state)
{
	const u64 *ev = mm->vm_events;
	struct page *page;

	(void)state;
	mm->conf.read_ahead_kb = 0;
	page_cache_read(mm, file, 1, 1);
	page_cache_read(mm, file, 2, 1);
	page_cache_read(mm, file, 1, 1);
	page = find_get_page(mm, file, 1);
	assert_int_equal(page_lru(page), LRU_ACTIVE_FILE);
	set_page_lru_flag(page, LRU_WORKINGSET); /* as aging does */
	lru_move(mm, page, LRU_INACTIVE_FILE);
	page_cache_read(mm, file, 3, 1);
	page_cache_read(mm, file, 3, 1);
	page_cache_read(mm, file, 2, 1); /* active */
	page_cache_read(mm, file, 3, 1); /* active */
	assert_int_equal(reclaim_oldest(1), 1);
	assert_false(cached(1));
	page_cache_read(mm, file, 1, 1); /* distance 1, 2 are active */
	assert_int_equal(ev[VM_EV_WORKINGSET_RESTORE_FILE], 1);
	assert_true(page_lru_flag(find_get_page(mm, file, 1), LRU_WORKINGSET));
}

/* Dirty, locked and pinned pages are not taken. */
static void test_busy_pages_stay(void **state)
{
	(void)state;
	page_cache_write(mm, file, 0, 1);
	page_cache_read(mm, file, 1, 1);
	set_page_lru_flag(find_get_page(mm, file, 1), LRU_LOCKED);
	file->size_pages = 0;
	truncate_inode_pages(mm, file, 2);
	assert_int_equal(reclaim_oldest(10), 0);
	assert_int_equal(file->nrpages, 2);
	assert_int_equal(page_lru(find_get_page(mm, file, 0)), LRU_ACTIVE_FILE);
	end_page_read(mm, find_get_page(mm, file, 1));
	assert_int_equal(reclaim_oldest(10), 1);
	cancel_dirty_page(mm, find_get_page(mm, file, 0));
}

/*
 * 4096 pages of a file that is read once, 16 MiB, leave 64 nodes of shadows
 * when they are reclaimed, and one above.  Allowed are an eighth of what
 * the node's lists and slabs have; the shrinker takes half of the rest.
 */
static void test_shadow_nodes(void **state)
{
	const struct shadow_list *list = &mm->filemap->shadow_nodes[0];
	struct shrinker *s = mm->shrinkers;
	u64 excess;

	(void)state;
	file->size_pages = 4096;
	for (u64 i = 0; i < 4096; i += 256)
		page_cache_read(mm, file, i, 256);
	assert_int_equal(list->nr, 0);
	assert_int_equal(reclaim_oldest(4096), 4096);
	assert_int_equal(file->nr_shadows, 4096);
	assert_int_equal(list->nr, 64);
	assert_int_equal(file->pages.nr_nodes, 65);
	assert_mm_ok(mm);
	excess = s->count(s, 0, GFP_KERNEL);
	assert_int_equal(excess, 64 - (mm->numa_slab_reclaimable[0] +
				       mm->numa_slab_unreclaimable[0]) /
						 8);
	assert_int_equal(s->scan(s, 0, 10, GFP_KERNEL), 10);
	assert_int_equal(list->nr, 54);
	assert_int_equal(file->nr_shadows, 4096 - 640);
	assert_int_equal(mm->vm_events[VM_EV_WORKINGSET_NODERECLAIM], 10);
	/* The oldest went first. */
	assert_int_equal(xa_load(&file->pages, 0), 0);
	assert_true(xa_is_value(xa_load(&file->pages, 640)));
	truncate_inode_pages(mm, file, 0);
	assert_int_equal(file->pages.nr_nodes, 0);
	assert_int_equal(list->nr, 0);
}

/*
 * Linux 3.8: what is reclaimed leaves nothing, so that the tree goes with it;
 * a node has 560 bytes; two writes make a page active; a request is never
 * larger than the window.
 */
static void test_old_kernel(void **state)
{
	(void)state;
	page_cache_read(mm, file, 0, 100);
	assert_int_equal(mm->radix_tree_node->object_size, 560);
	/* The first window and the next in one, 64; then 32 more at each
	 * marker: pages 32, 64 and 96. */
	assert_reaches(160);
	assert_int_equal(st->device_requests, 4);
	assert_int_equal(reclaim_oldest(160), 160);
	assert_int_equal(file->nr_shadows, 0);
	assert_int_equal(file->pages.nr_nodes, 0);
	page_cache_write(mm, file, 5, 1);
	page_cache_write(mm, file, 5, 1);
	assert_int_equal(page_lru(find_get_page(mm, file, 5)), LRU_ACTIVE_FILE);
	assert_int_equal(mm->vm_events[VM_EV_WORKINGSET_REFAULT_FILE], 0);
	cancel_dirty_page(mm, find_get_page(mm, file, 5));
}

/* Migration: the new page takes the place of the old one, marks and all. */
static void test_replace(void **state)
{
	struct page *from, *to = alloc_pages(mm, GFP_HIGHUSER_MOVABLE, 0);

	(void)state;
	page_cache_write(mm, file, 77, 1);
	from = find_get_page(mm, file, 77);
	lru_del(mm, from);
	replace_page_cache_page(mm, from, to);
	assert_ptr_equal(find_get_page(mm, file, 77), to);
	assert_true(page_lru_flag(to, LRU_DIRTY));
	assert_ptr_equal(page_mapping(mm, to), file);
	assert_null(page_mapping(mm, from));
	free_pages(mm, from, 0);
	cancel_dirty_page(mm, to);
	delete_from_page_cache(mm, to, 0);
	free_pages(mm, to, 0);
}

/* Without LRU lists pages stay until memory is out; that is told. */
static void test_without_reclaim(void **state)
{
	u64 got;

	(void)state;
	/* 48 MiB. */
	got = page_cache_read(mm, file, 0, 20000);
	assert_in_range(got, 11500, 12288);
	assert_int_equal(st->failed, 20000 - got);
	assert_mm_ok(mm);
	truncate_inode_pages(mm, file, 0);
	assert_int_equal(file->nrpages, 0);
	assert_int_equal(page_cache_read(mm, file, 0, 10), 10);
}

/* Far more is read than memory has: everything is evicted again and again. */
static void test_random(void **state)
{
	struct rng rng = rng_for(3, "filemap");
	struct err e = {0};

	(void)state;
	for (u32 i = 0; i < 6000; i++) {
		u32 id = file_mapping_id((u32)rng_below(&rng, 5));
		struct address_space *m = filemap_mapping(mm, id);
		u64 index = rng_below(&rng, 8000);
		u32 nr = 1 + (u32)rng_below(&rng, 60);
		u64 what = rng_below(&rng, 1000);

		fm.m.task = (u32)rng_below(&rng, 12);
		if (what < 700)
			page_cache_read(mm, m, index, nr);
		else if (what < 800)
			page_cache_write(mm, m, index, 1);
		else if (what < 802)
			truncate_inode_pages(mm, m, index);
		else if (what < 820)
			invalidate_mapping_pages(mm, m, index, index + 2 * nr);
		if (mm->nodes[0].kswapd_woken && !kswapd_step(mm, 0))
			kswapd_nap_over(mm, 0);
		if (i % 50 == 0 && mm_check(mm, &e))
			fail_msg("after %u: %s", i, e.text);
	}
	assert_true(mm->vm_events[VM_EV_PGSTEAL_FILE] > 10000);
	assert_true(mm->vm_events[VM_EV_WORKINGSET_REFAULT_FILE] > 1000);
}

static void test_check_finds_damage(void **state)
{
	struct page *page;

	(void)state;
	page_cache_read(mm, file, 0, 3);
	page = find_get_page(mm, file, 1);
	page->words[LRU_WORD_INDEX] = 9;
	assert_mm_wrong(mm, "mapping 1, page 1");
	page->words[LRU_WORD_INDEX] = 1;
	set_page_lru_flag(page, LRU_DIRTY);
	assert_mm_wrong(mm, "marks");
	clear_page_lru_flag(page, LRU_DIRTY);
	file->nrpages++;
	assert_mm_wrong(mm, "counts differ");
	file->nrpages--;
	mm->filemap->nr_file_pages[0]++;
	assert_mm_wrong(mm, "pages of files");
	mm->filemap->nr_file_pages[0]--;
	mm->filemap->shadow_nodes[0].nr++;
	assert_mm_wrong(mm, "shadows");
	mm->filemap->shadow_nodes[0].nr--;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_sequential),
		TEST(test_large_reads),
		TEST(test_larger_than_the_window),
		TEST(test_random_read),
		TEST(test_context),
		TEST(test_two_readers),
		TEST(test_end_of_file),
		TEST(test_no_readahead),
		TEST(test_sizes),
		TEST(test_accessed),
		TEST(test_write_and_truncate),
		TEST(test_shadow_packing),
		TEST(test_refault),
		TEST(test_restore),
		TEST(test_busy_pages_stay),
		TEST(test_shadow_nodes),
		TEST(test_replace),
		cmocka_unit_test_setup_teardown(test_without_reclaim,
						setup_plain, teardown),
		cmocka_unit_test_setup_teardown(test_old_kernel, setup_old,
						teardown),
		TEST(test_random),
		TEST(test_check_finds_damage),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
