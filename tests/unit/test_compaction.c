/*
 * Goal: compaction moves the pages that Linux 6.1's would, to where it would,
 * leaves those that must stay, and knows when to begin, stop and wait.
 * Method: zones of eight pageblocks, laid out by hand; random ones for what
 * must hold of any.
 */
#include "mm/compaction.h"
#include "mm/vmscan.h"

#include "base/rng.h"
#include "fake_machine.h"

#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#define FIRST	  1024u /* pfn 0 is never handed out */
#define PAGES	  4096u /* 8 pageblocks */
#define BLOCK	  512u
#define GFP_ALL	  (GFP_MEMALLOC | GFP_MOVABLE)
#define UNOWNED	  4242u
#define LARGE_GFP (GFP_HIGHUSER | GFP_MOVABLE | GFP_COMP)

static struct fake_machine fm;
static struct mm *mm;
static struct zone *zone;
static bool kept[PAGES];

static void boot(u32 proactiveness)
{
	struct mm_conf conf;

	fake_machine_init(&fm);
	fake_conf(&conf, 1, 1, 64);
	conf.ranges[0] = (struct mm_range){.zone = ZONE_DMA32,
					   .start_pfn = FIRST,
					   .end_pfn = FIRST + PAGES};
	conf.nr_ranges = 1;
	conf.reclaim = true;
	conf.min_free_kbytes = 128; /* 32 pages */
	conf.watermark_boost_factor = 0;
	conf.compaction_proactiveness = proactiveness;
	mm = fake_mm_create(&fm, &conf);
	zone = &mm->zones[0];
	memset(kept, 0, sizeof(kept));
}

static int setup(void **state)
{
	(void)state;
	boot(0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_mm_end(mm);
	return 0;
}

/* The page frame @n of the zone. */
static struct page *at(u32 n)
{
	return pfn_to_page(mm, FIRST + n);
}

static void take_all(void)
{
	for (u32 i = 0; i < PAGES; i++)
		assert_non_null(alloc_pages(mm, GFP_ALL, 0));
}

/* All page frames are taken: @n is that of a file, of a task, or nobody's. */
static void file_page(u32 n)
{
	lru_add(mm, at(n), true, n);
	kept[n] = true;
}

static void anon_page(u32 n)
{
	lru_add(mm, at(n), false, n);
	kept[n] = true;
}

static void fixed_page(u32 n)
{
	kept[n] = true;
}

/* From the top, so that the free lists end with high page frames: searches
 * for a place to move to look at tails. */
static void free_the_rest(void)
{
	for (u32 n = PAGES; n-- > 0;)
		if (!kept[n])
			free_pages(mm, at(n), 0);
	drain_all_pages(mm);
	refresh_cpu_vm_stats(mm);
}

static bool is_of(u32 n, u32 owner)
{
	return at(n)->state == PAGE_ALLOCATED && at(n)->flags & PG_ON_LRU &&
	       page_owner(at(n)) == owner;
}

static u64 event(enum vm_event ev)
{
	return mm->vm_events[ev];
}

/*
 *	 block 0            1   2   3   4   5   6        7
 *	|m....m.....m|                            |............f|
 *
 * Block 7 is not wholly free, so pages go there, into its first free block
 * (order 8) from its end down; those isolated last go first.  The frames
 * looked at: 3 pages and 21 free blocks in block 0; 1 is one block of order
 * 9; 2-3 and 4-5 are of order 10, of which the second half is gone through
 * frame by frame; 6 again is one.
 */
static void test_a_run_by_hand(void **state)
{
	(void)state;
	take_all();
	anon_page(0);
	file_page(100);
	anon_page(511);
	fixed_page(PAGES - 1);
	free_the_rest();
	mark_page_accessed(mm, at(100));
	compact_node(mm, 0);
	drain_all_pages(mm);
	assert_true(is_of(7 * BLOCK + 255, 511));
	assert_true(is_of(7 * BLOCK + 254, 100));
	assert_true(is_of(7 * BLOCK + 253, 0));
	assert_int_equal(page_lru(at(7 * BLOCK + 254)), LRU_INACTIVE_FILE);
	assert_true(page_lru_flag(at(7 * BLOCK + 254), LRU_REFERENCED));
	assert_int_equal(event(VM_EV_PGMIGRATE_SUCCESS), 3);
	assert_int_equal(event(VM_EV_PGMIGRATE_FAIL), 0);
	assert_int_equal(event(VM_EV_COMPACT_ISOLATED), 3 + 256);
	assert_int_equal(event(VM_EV_COMPACT_MIGRATE_SCANNED),
			 24 + 1 + 1 + 512 + 1 + 512 + 1);
	assert_int_equal(event(VM_EV_COMPACT_FREE_SCANNED), 256);
	assert_int_equal(fm.notes[MM_EV_PAGE_MIGRATED], 3);
	assert_int_equal(fm.m.cost_count[COST_PAGE_MIGRATE], 3);
	assert_int_equal(fm.m.cost_count[COST_COMPACT_SCAN], 1052 + 256);
	/* Six of eight blocks are whole: 1 + 2, 3 + 4 and 5 .. and 0. */
	assert_int_equal(zone->free_area[10].nr_free, 3);
	assert_int_equal(zone->free_area[9].nr_free, 1);
}

/* Pages whose owner cannot let go stay, and so do compound ones. */
static void test_what_stays(void **state)
{
	struct page *huge;

	(void)state;
	huge = alloc_pages(mm, LARGE_GFP, 4);
	assert_non_null(huge);
	lru_add(mm, huge, false, UNOWNED);
	for (u32 i = 0; i < PAGES - 16; i++)
		assert_non_null(alloc_pages(mm, GFP_ALL, 0));
	for (u32 n = 0; n < 16; n++)
		fixed_page((u32)(huge - at(0)) + n);
	for (u32 n = 1000; n < 1004; n++)
		anon_page(n);
	set_page_lru_flag(at(1000), LRU_WRITEBACK);
	set_page_lru_flag(at(1001), LRU_LOCKED);
	lru_disown(mm, at(1002));
	fixed_page(PAGES - 1);
	free_the_rest();
	compact_node(mm, 0);
	assert_true(huge->flags & PG_ON_LRU);
	assert_true(is_of(1000, 1000));
	assert_true(is_of(1001, 1001));
	assert_int_equal(at(PAGES - 1)->state, PAGE_ALLOCATED);
	assert_int_equal(event(VM_EV_PGMIGRATE_SUCCESS), 2);
	/* What is being read is not even taken off its list. */
	assert_int_equal(event(VM_EV_PGMIGRATE_FAIL), 1);
	clear_page_lru_flag(at(1000), LRU_WRITEBACK);
	clear_page_lru_flag(at(1001), LRU_LOCKED);
}

/* Locked memory is moved like other memory, unless the sysctl says no. */
static void test_unevictable(void **state)
{
	(void)state;
	take_all();
	kept[5] = true;
	lru_add_unevictable(mm, at(5), 5);
	fixed_page(PAGES - 1);
	free_the_rest();
	mm->conf.compact_unevictable_allowed = false;
	compact_node(mm, 0);
	assert_true(is_of(5, 5));
	mm->conf.compact_unevictable_allowed = true;
	compact_node(mm, 0);
	assert_true(is_of(7 * BLOCK + 255, 5));
	assert_int_equal(page_lru(at(7 * BLOCK + 255)), LRU_UNEVICTABLE);
}

/* Every second page frame is a task's: half is free, and no two together. */
static void chequer(void (*page)(u32 n))
{
	take_all();
	for (u32 n = 0; n < PAGES; n += 2)
		page(n);
	free_the_rest();
	assert_int_equal(zone->free_area[0].nr_free, PAGES / 2);
}

/* A huge page: by compaction alone, the whole block captured. */
static void test_direct_compaction(void **state)
{
	struct page *page;
	u64 allocated;

	(void)state;
	chequer(anon_page);
	allocated = event(VM_EV_PGALLOC_DMA32);
	page = alloc_pages(mm, LARGE_GFP, 9);
	assert_non_null(page);
	assert_int_equal(event(VM_EV_COMPACT_STALL), 1);
	assert_int_equal(event(VM_EV_COMPACT_SUCCESS), 1);
	assert_int_equal(event(VM_EV_COMPACT_FAIL), 0);
	/* 256 pages had to go, and as many free ones were there. */
	assert_in_range(event(VM_EV_PGMIGRATE_SUCCESS), 256, 512);
	assert_int_equal(event(VM_EV_PGSTEAL_DIRECT), 0);
	assert_int_equal(fm.notes[MM_EV_DIRECT_COMPACT], 1);
	assert_int_equal(fm.last_b[MM_EV_DIRECT_COMPACT],
			 9 | COMPACT_SUCCESS << 8 | COMPACT_PRIO_ASYNC << 16);
	/* As the kernel: what was captured is not counted as allocated. */
	assert_int_equal(event(VM_EV_PGALLOC_DMA32), allocated);
	assert_int_equal(zone->compact_order_failed, 10);
	free_pages(mm, page, 9);
}

/* Half of memory is free: a huge page is no reason to reclaim any of it. */
static void test_reclaim_leaves_it_to_compaction(void **state)
{
	const struct alloc_context ac = {
		.zonelist = mm->nodes[0].zonelist,
		.end = mm->nodes[0].zonelist + 1,
		.preferred = mm->nodes[0].zonelist,
		.nodes = ALL_NODES,
		.highest = ZONE_NORMAL,
	};

	(void)state;
	chequer(file_page);
	assert_int_equal(try_to_free_pages(mm, 9, GFP_KERNEL, &ac), 1);
	assert_int_equal(event(VM_EV_PGSCAN_DIRECT), 0);
	/* Order 3 is a small one: 32 pages, as ever, and the rest of a pass. */
	assert_in_range(try_to_free_pages(mm, 3, GFP_KERNEL, &ac), 32, 64);
}

/*
 * An unmovable request tries pageblocks of its own kind first: there are
 * none, so it moves nothing in async mode; then it does in sync mode.
 */
static void test_async_keeps_to_its_kind(void **state)
{
	const gfp_t light = GFP_KERNEL | GFP_NORETRY;

	(void)state;
	chequer(anon_page);
	assert_null(alloc_pages(mm, light & ~GFP_IO, 5));
	assert_int_equal(event(VM_EV_COMPACT_STALL), 0); /* may not */
	assert_null(alloc_pages(mm, light, 5));
	assert_int_equal(event(VM_EV_COMPACT_STALL), 2); /* NORETRY: async */
	assert_int_equal(event(VM_EV_PGMIGRATE_SUCCESS), 0);
	assert_non_null(alloc_pages(mm, GFP_KERNEL, 5));
	assert_true(event(VM_EV_PGMIGRATE_SUCCESS) > 0);
}

static enum compact_result compact(gfp_t gfp, u32 order,
				   enum compact_priority prio)
{
	const struct alloc_context ac = {
		.zonelist = mm->nodes[0].zonelist,
		.end = mm->nodes[0].zonelist + 1,
		.preferred = mm->nodes[0].zonelist,
		.nodes = ALL_NODES,
		.highest = ZONE_NORMAL,
	};
	enum compact_result result;
	pfn_t captured;

	result = try_to_compact_pages(mm, gfp, order, ALLOC_WMARK_MIN, &ac,
				      prio, &captured);
	assert_int_equal(captured, PFN_NONE);
	return result;
}

/* Who holds locks of a file system moves no page of a file. */
static void test_nofs(void **state)
{
	(void)state;
	chequer(file_page);
	assert_int_equal(compact(GFP_NOFS, 4, COMPACT_PRIO_SYNC_FULL),
			 COMPACT_COMPLETE);
	assert_int_equal(event(VM_EV_PGMIGRATE_SUCCESS), 0);
	assert_int_equal(compact(GFP_KERNEL, 4, COMPACT_PRIO_SYNC_FULL),
			 COMPACT_SUCCESS);
	assert_true(event(VM_EV_PGMIGRATE_SUCCESS) > 0);
}

/* Nothing can move: each failure lets twice as many requests pass, to 64. */
static void test_deferral(void **state)
{
	(void)state;
	chequer(fixed_page);
	for (u32 runs = 1; runs <= 8; runs++) {
		u32 pass = 0;

		while (compact(GFP_KERNEL, 3, COMPACT_PRIO_SYNC_LIGHT) ==
		       COMPACT_DEFERRED)
			pass++;
		/* Of 2^n requests the last one runs. */
		assert_int_equal(pass, (1u << MIN(runs - 1, 6u)) - 1);
		assert_int_equal(zone->compact_defer_shift, MIN(runs, 6u));
	}
	/* The hardest is never deferred. */
	assert_int_equal(compact(GFP_KERNEL, 3, COMPACT_PRIO_SYNC_FULL),
			 COMPACT_COMPLETE);
	compaction_defer_reset(zone, 3, true);
	assert_int_equal(zone->compact_defer_shift, 0);
	assert_int_equal(zone->compact_order_failed, 4);
}

/*
 * Suitability, order 5, with min = 32 and low = 40 pages: free pages must be
 * above low + 2 * 32, and the index above the threshold.
 */
static void test_suitability(void **state)
{
	(void)state;
	assert_int_equal(
		compaction_suitable(mm, zone, 5, ALLOC_WMARK_LOW, ZONE_NORMAL),
		COMPACT_SUCCESS);
	take_all();
	for (u32 n = 0; n < PAGES; n++)
		kept[n] = n % 8 || n >= 8 * 104; /* 104 single pages free */
	free_the_rest();
	assert_int_equal(zone->watermark[WMARK_LOW], 40);
	assert_int_equal(
		compaction_suitable(mm, zone, 5, ALLOC_WMARK_MIN, ZONE_NORMAL),
		COMPACT_SKIPPED);
	free_pages(mm, at(8 * 104), 0);
	drain_all_pages(mm);
	refresh_cpu_vm_stats(mm);
	/* 1000 - (1000 + 105 * 1000 / 32) / 105 = 960 */
	assert_int_equal(
		compaction_suitable(mm, zone, 5, ALLOC_WMARK_MIN, ZONE_NORMAL),
		COMPACT_CONTINUE);
	mm->conf.extfrag_threshold = 959;
	assert_int_equal(
		compaction_suitable(mm, zone, 5, ALLOC_WMARK_MIN, ZONE_NORMAL),
		COMPACT_CONTINUE);
	mm->conf.extfrag_threshold = 960;
	assert_int_equal(
		compaction_suitable(mm, zone, 5, ALLOC_WMARK_MIN, ZONE_NORMAL),
		COMPACT_SKIPPED);
}

static void run_kcompactd(void)
{
	for (u32 steps = 0; kcompactd_step(mm, 0); steps++) {
		assert_true(steps < 10000);
		assert_mm_ok(mm);
	}
}

/* Who cannot wait has kcompactd woken, and the next one is served. */
static void test_kcompactd(void **state)
{
	const gfp_t gfp = GFP_ATOMIC | GFP_MOVABLE;

	(void)state;
	chequer(anon_page);
	mm->nodes[0].kswapd_failures = MAX_RECLAIM_RETRIES; /* no hope there */
	assert_null(alloc_pages(mm, gfp, 6));
	assert_true(mm->kcompactds[0].woken);
	assert_int_equal(fm.last_b[MM_EV_KCOMPACTD_WAKE], 6);
	assert_null(alloc_pages(mm, gfp, 6));
	assert_int_equal(fm.notes[MM_EV_KCOMPACTD_WAKE], 1);
	run_kcompactd();
	assert_int_equal(fm.notes[MM_EV_KCOMPACTD_SLEEP], 1);
	assert_int_equal(event(VM_EV_KCOMPACTD_WAKE), 1);
	assert_int_equal(event(VM_EV_KCOMPACTD_MIGRATE_SCANNED),
			 event(VM_EV_COMPACT_MIGRATE_SCANNED));
	assert_int_equal(fm.last_b[MM_EV_KCOMPACTD_SLEEP],
			 event(VM_EV_PGMIGRATE_SUCCESS));
	assert_non_null(alloc_pages(mm, gfp, 6));
	assert_int_equal(mm->kcompactds[0].max_order, 0);
	/* Proactiveness is off: it waits until it is woken. */
	assert_int_equal(kcompactd_timeout_ms(mm, 0), 0);
}

/* kswapd, asked for a block, frees pages; kcompactd makes the block. */
static void test_kswapd_wakes_kcompactd(void **state)
{
	(void)state;
	chequer(file_page);
	while (zone->nr_free_pages > (s64)zone->watermark[WMARK_LOW] - 8)
		assert_non_null(alloc_pages(mm, GFP_KERNEL | GFP_MEMALLOC, 0));
	wakeup_kswapd(mm, zone, GFP_KERNEL, 5, ZONE_NORMAL);
	assert_true(mm->nodes[0].kswapd_woken);
	assert_false(mm->kcompactds[0].woken);
	while (kswapd_step(mm, 0))
		;
	assert_int_equal(mm->kcompactds[0].max_order, 5);
	assert_int_equal(event(VM_EV_KCOMPACTD_WAKE), 0); /* not yet at it */
	if (mm->kcompactds[0].woken)
		run_kcompactd();
}

/* Score 100: woken at the first look, at work until each zone is at 80. */
static void test_proactive(void **state)
{
	u64 scanned;

	(void)state;
	mm_destroy(mm);
	boot(20);
	chequer(anon_page);
	/* 100 * 4096 / 4097, rounded down as the kernel does */
	assert_int_equal(fragmentation_score_node(mm, 0), 99);
	assert_int_equal(kcompactd_timeout_ms(mm, 0), 500);
	kcompactd_timeout(mm, 0);
	assert_true(mm->kcompactds[0].woken);
	assert_int_equal(fm.last_b[MM_EV_KCOMPACTD_WAKE],
			 COMPACT_PROACTIVE_WORD);
	run_kcompactd();
	assert_in_range(fragmentation_score_node(mm, 0), 60, 80);
	/* By itself: the daemon's counters are about what it was woken for. */
	assert_int_equal(event(VM_EV_KCOMPACTD_WAKE), 0);
	assert_int_equal(event(VM_EV_KCOMPACTD_MIGRATE_SCANNED), 0);
	assert_int_equal(kcompactd_timeout_ms(mm, 0), 500);
	/* At 80 there is nothing to do. */
	scanned = event(VM_EV_COMPACT_MIGRATE_SCANNED);
	kcompactd_timeout(mm, 0);
	assert_false(mm->kcompactds[0].woken);
	assert_int_equal(event(VM_EV_COMPACT_MIGRATE_SCANNED), scanned);
}

/* Without progress it looks again after 64 times as long. */
static void test_proactive_in_vain(void **state)
{
	(void)state;
	mm_destroy(mm);
	boot(20);
	chequer(fixed_page);
	kcompactd_timeout(mm, 0);
	assert_true(mm->kcompactds[0].woken);
	run_kcompactd();
	assert_int_equal(kcompactd_timeout_ms(mm, 0), 32000);
	kcompactd_timeout(mm, 0);
	run_kcompactd();
	assert_int_equal(event(VM_EV_PGMIGRATE_SUCCESS), 0);
}

/*
 * Pageblocks without anything to move are marked and not looked at again,
 * until a run met the other scanner and kswapd went to sleep.
 */
static void test_skip_hints(void **state)
{
	u32 marked = 0;

	(void)state;
	chequer(fixed_page);
	assert_null(alloc_pages(mm, GFP_KERNEL | GFP_NORETRY, 3));
	assert_null(alloc_pages(mm, GFP_KERNEL | GFP_RETRY_MAYFAIL, 3));
	for (u32 b = 0; b < PAGES / BLOCK; b++)
		marked += mm->pageblock_skip[FIRST / BLOCK + b];
	assert_true(marked > 0);
	assert_true(zone->compact_blockskip_flush);
	reset_isolation_suitable(mm, 0);
	assert_false(zone->compact_blockskip_flush);
	assert_mm_ok(mm);
}

static void test_check_finds_damage(void **state)
{
	(void)state;
	take_all();
	anon_page(3);
	zone->compact_cached_free_pfn = FIRST + 100;
	assert_mm_wrong(mm, "scanner");
	zone->compact_cached_free_pfn = FIRST + PAGES + BLOCK;
	assert_mm_wrong(mm, "scanner");
	zone->compact_cached_free_pfn = 0;
	zone->compact_defer_shift = 7;
	assert_mm_wrong(mm, "deferred");
	zone->compact_defer_shift = 0;
	mm->pageblock_skip[FIRST / BLOCK] = 2;
	assert_mm_wrong(mm, "skip");
	mm->pageblock_skip[FIRST / BLOCK] = 0;
	set_page_lru_flag(at(3), LRU_ISOLATED);
	assert_mm_wrong(mm, "lru");
	clear_page_lru_flag(at(3), LRU_ISOLATED);
	mm->kcompactds[0].cc.nr_freepages = 1;
	assert_mm_wrong(mm, "kcompactd");
	mm->kcompactds[0].cc.nr_freepages = 0;
}

/* Any population.  What each page frame was before: */
enum was {
	WAS_FREE,
	WAS_FIXED,
	WAS_FILE,
	WAS_ANON
};

static enum was populate(struct rng *rng, u32 movable, u32 fixed, u32 n)
{
	u32 dice = (u32)rng_below(rng, 100);

	if (dice < movable) {
		if (dice % 2)
			file_page(n);
		else
			anon_page(n);
		return dice % 2 ? WAS_FILE : WAS_ANON;
	}
	if (dice < movable + fixed) {
		fixed_page(n);
		return WAS_FIXED;
	}
	return WAS_FREE;
}

/* Every owner has one page, of its kind; what cannot move did not. */
static void check_conserved(const enum was *was)
{
	u32 *seen = calloc(PAGES, sizeof(*seen));

	assert_non_null(seen);
	for (u32 n = 0; n < PAGES; n++) {
		const struct page *page = at(n);
		u32 owner;

		if (was[n] == WAS_FIXED)
			assert_true(page->state == PAGE_ALLOCATED &&
				    !(page->flags & PG_ON_LRU));
		if (page->state != PAGE_ALLOCATED || !(page->flags & PG_ON_LRU))
			continue;
		owner = page_owner(page);
		assert_in_range(owner, 0, PAGES - 1);
		assert_int_equal(page_lru(page), was[owner] == WAS_FILE
							 ? LRU_INACTIVE_FILE
							 : LRU_INACTIVE_ANON);
		seen[owner]++;
	}
	for (u32 n = 0; n < PAGES; n++)
		assert_int_equal(seen[n],
				 was[n] == WAS_FILE || was[n] == WAS_ANON);
	free(seen);
}

/*
 * With b the lowest pageblock that still has a page to be moved: above the
 * next one nothing is left where it could have gone, but for what was at hand
 * for the last pageblock.
 */
static void check_compact(void)
{
	u32 lowest = PAGES, left = 0;

	for (u32 n = 0; n < PAGES && lowest == PAGES; n++)
		if (at(n)->state == PAGE_ALLOCATED && at(n)->flags & PG_ON_LRU)
			lowest = n;
	for (u32 n = (lowest / BLOCK + 2) * BLOCK; n < PAGES; n++)
		if (at(n)->state == PAGE_BUDDY && at(n)->order < 9)
			left += 1u << at(n)->order;
	assert_in_range(left, 0, BLOCK);
}

static void test_any_population(void **state)
{
	struct rng rng = rng_for(7, "compaction");

	(void)state;
	for (u32 round = 0; round < 60; round++) {
		u32 movable = 1 + (u32)rng_below(&rng, 60);
		u32 fixed = (u32)rng_below(&rng, 20);
		u32 few = (u32)rng_below(&rng, PAGES); /* fixed above here */
		enum was was[PAGES];
		u64 free_before;

		mm_destroy(mm);
		boot(0);
		take_all();
		for (u32 n = 0; n < PAGES; n++)
			was[n] =
				populate(&rng, movable, n > few ? fixed : 1, n);
		free_the_rest();
		free_before = fake_zone_free(zone);
		compact_node(mm, 0);
		drain_all_pages(mm);
		assert_mm_ok(mm);
		assert_int_equal(fake_zone_free(zone), free_before);
		check_conserved(was);
		check_compact();
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_run_by_hand),
		TEST(test_what_stays),
		TEST(test_unevictable),
		TEST(test_direct_compaction),
		TEST(test_reclaim_leaves_it_to_compaction),
		TEST(test_async_keeps_to_its_kind),
		TEST(test_nofs),
		TEST(test_deferral),
		TEST(test_suitability),
		TEST(test_kcompactd),
		TEST(test_kswapd_wakes_kcompactd),
		TEST(test_proactive),
		TEST(test_proactive_in_vain),
		TEST(test_skip_hints),
		TEST(test_check_finds_damage),
		TEST(test_any_population),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
