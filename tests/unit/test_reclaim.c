/*
 * Goal: LRU lists keep their order and counts; a pass of reclaim looks at the
 * share of them that its priority says, takes the oldest file pages and tells
 * their owners; kswapd and direct reclaim stop where Linux 6.1's do.
 * Method: a node of page cache and anonymous memory, filled by hand.
 */
#include "mm/inspect.h"
#include "mm/vmscan.h"

#include "fake_machine.h"

#include "cmocka_all.h"

#define FILE_GFP (GFP_HIGHUSER | GFP_MOVABLE)

static struct fake_machine fm;
static struct mm *mm;
static struct zone *zone;
static struct pglist_data *node;

static int setup(void **state)
{
	struct mm_conf conf;

	(void)state;
	fake_machine_init(&fm);
	fake_conf(&conf, 1, 1, 64);
	fake_conf_without_dma(&conf);
	conf.reclaim = true;
	mm = fake_mm_create(&fm, &conf);
	zone = &mm->zones[0];
	node = &mm->nodes[0];
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_mm_end(mm);
	return 0;
}

/* One page of a file or of a task, owned by @owner; NULL: memory is out. */
static struct page *lru_page(bool file, u32 owner)
{
	struct page *page = alloc_pages(mm, FILE_GFP, 0);

	if (page)
		lru_add(mm, page, file, owner);
	return page;
}

/* Fills memory with file pages until kswapd is woken. */
static u32 fill_until_woken(void)
{
	u32 nr = 0;

	while (!node->kswapd_woken)
		assert_non_null(lru_page(true, nr++));
	return nr;
}

static void run_kswapd(void)
{
	for (u32 steps = 0; kswapd_step(mm, 0); steps++)
		assert_true(steps < 100000);
}

static void test_lists_and_counts(void **state)
{
	struct page *page = lru_page(true, 7);
	struct page *anon = lru_page(false, 8);
	const struct lruvec *vec = &mm->lruvecs[0];

	(void)state;
	assert_int_equal(page_lru(page), LRU_INACTIVE_FILE);
	assert_int_equal(page_lru(anon), LRU_INACTIVE_ANON);
	assert_int_equal(page_owner(page), 7);
	assert_int_equal(zone_reclaimable_pages(mm, zone), 1);
	/* Referenced once, then active, as on a second read() of it. */
	mark_page_accessed(mm, page);
	assert_int_equal(page_lru(page), LRU_INACTIVE_FILE);
	mark_page_accessed(mm, page);
	assert_int_equal(page_lru(page), LRU_ACTIVE_FILE);
	assert_int_equal(mm->vm_events[VM_EV_PGACTIVATE], 1);
	assert_int_equal(vec->nr_pages[LRU_ACTIVE_FILE], 1);
	free_pages(mm, page, 0); /* leaves by itself */
	assert_int_equal(vec->nr_pages[LRU_ACTIVE_FILE], 0);
	assert_int_equal(vec->nr_pages[LRU_INACTIVE_ANON], 1);
	lru_del(mm, anon);
	lru_add_unevictable(mm, anon, LRU_NO_OWNER);
	mark_page_accessed(mm, anon);
	mark_page_accessed(mm, anon);
	assert_int_equal(page_lru(anon), LRU_UNEVICTABLE);
}

static void test_check_finds_damage(void **state)
{
	struct page *page = lru_page(true, 1);

	(void)state;
	lru_page(true, 2);
	assert_mm_ok(mm);
	mm->lruvecs[0].nr_pages[LRU_INACTIVE_FILE]++;
	assert_mm_wrong(mm, "lru");
	mm->lruvecs[0].nr_pages[LRU_INACTIVE_FILE]--;
	page->state = PAGE_PCP;
	assert_mm_wrong(mm, "lru");
	page->state = PAGE_ALLOCATED;
	mm->lruvecs[0].zone_pages[ZONE_DMA32][LRU_INACTIVE_FILE]--;
	assert_mm_wrong(mm, "miscounted");
	mm->lruvecs[0].zone_pages[ZONE_DMA32][LRU_INACTIVE_FILE]++;
}

/* 8192 pages at priority 8: 32, the oldest; the next pass 64 at 7. */
static void test_a_pass_takes_its_share(void **state)
{
	struct scan_control sc = {.priority = 8,
				  .reclaim_idx = ZONE_MOVABLE,
				  .nr_to_reclaim = 1000,
				  .kswapd = true};
	struct page *first = lru_page(true, 0);
	u32 passes = 0;

	(void)state;
	for (u32 i = 1; i < 8192; i++)
		lru_page(true, i);
	scan_begin(mm, &sc);
	while (scan_step(mm, &sc))
		passes++;
	assert_int_equal(passes, 1);
	assert_int_equal(sc.nr_scanned, 32);
	assert_int_equal(sc.nr_reclaimed, 32);
	assert_int_equal(fm.notes[MM_EV_PAGE_RECLAIMED], 32);
	assert_int_equal(fm.last_b[MM_EV_PAGE_RECLAIMED], 31);
	assert_int_not_equal(first->state, PAGE_ALLOCATED);
	sc.priority = 7;
	scan_begin(mm, &sc);
	while (scan_step(mm, &sc))
		passes++;
	assert_int_equal(passes, 3); /* 63 pages: 32 and 31 */
	assert_int_equal(sc.nr_reclaimed, 95);
	assert_int_equal(fm.last_b[MM_EV_PAGE_RECLAIMED], 94);
	assert_int_equal(mm->vm_events[VM_EV_PGSTEAL_KSWAPD], 95);
}

static void test_anonymous_memory_stays(void **state)
{
	struct scan_control sc = {.priority = 0, .reclaim_idx = ZONE_MOVABLE};

	(void)state;
	for (u32 i = 0; i < 100; i++)
		lru_page(false, i);
	scan_begin(mm, &sc);
	while (scan_step(mm, &sc))
		;
	assert_int_equal(sc.nr_reclaimed, 0);
	assert_int_equal(mm->lruvecs[0].nr_pages[LRU_INACTIVE_ANON], 100);
}

/* More active than inactive pages: some age. */
static void test_active_pages_age(void **state)
{
	struct scan_control sc = {.priority = 0,
				  .reclaim_idx = ZONE_MOVABLE,
				  .nr_to_reclaim = 1000};

	(void)state;
	for (u32 i = 0; i < 64; i++) {
		struct page *page = lru_page(true, i);

		mark_page_accessed(mm, page);
		mark_page_accessed(mm, page);
	}
	scan_begin(mm, &sc);
	assert_int_equal(sc.nr[LRU_ACTIVE_FILE], 64);
	while (scan_step(mm, &sc))
		;
	assert_int_equal(mm->vm_events[VM_EV_PGDEACTIVATE], 64);
	assert_int_equal(mm->lruvecs[0].nr_pages[LRU_INACTIVE_FILE], 64);
}

/* Pages of a zone that the request cannot use are passed over. */
static void test_higher_zones_are_skipped(void **state)
{
	struct scan_control sc = {.priority = 0, .reclaim_idx = ZONE_DMA};

	(void)state;
	lru_page(true, 0);
	scan_begin(mm, &sc);
	while (scan_step(mm, &sc))
		;
	assert_int_equal(sc.nr_reclaimed, 0);
}

/* Woken below low, asleep above high, and not much above. */
static void test_kswapd_stops_above_high(void **state)
{
	(void)state;
	fill_until_woken();
	assert_true(zone->nr_free_pages <= (s64)zone->watermark[WMARK_LOW] + 1);
	run_kswapd();
	assert_false(node->kswapd_woken);
	assert_true(node->kswapd_napping);
	assert_false(zone->reclaim_active);
	assert_true(zone->nr_free_pages > (s64)zone->watermark[WMARK_HIGH]);
	assert_true(zone->nr_free_pages <
		    (s64)(4 * zone->watermark[WMARK_HIGH]));
	assert_int_equal(mm->vm_events[VM_EV_PAGEOUTRUN], 1);
	assert_int_equal(fm.notes[MM_EV_KSWAPD_SLEEP], 1);
	assert_int_equal(fm.last_b[MM_EV_KSWAPD_SLEEP],
			 mm->vm_events[VM_EV_PGSTEAL_KSWAPD]);
	/* Woken again within its nap: counted as such. */
	fill_until_woken();
	assert_int_equal(mm->vm_events[VM_EV_KSWAPD_LOW_WMARK_HIT_QUICKLY], 1);
	run_kswapd();
}

static void test_kswapd_gives_up(void **state)
{
	(void)state;
	while (!node->kswapd_woken)
		assert_non_null(alloc_pages(mm, GFP_KERNEL, 0));
	run_kswapd();
	assert_int_equal(node->kswapd_failures, MAX_RECLAIM_RETRIES);
	assert_int_equal(mm->vm_events[VM_EV_PAGEOUTRUN], MAX_RECLAIM_RETRIES);
	kswapd_nap_over(mm, 0);
	assert_false(node->kswapd_woken);
}

/* Whoever reclaims something gives it hope. */
static void test_kswapd_comes_back(void **state)
{
	u32 nr = fill_until_woken();

	(void)state;
	run_kswapd();
	node->kswapd_failures = MAX_RECLAIM_RETRIES;
	while (mm->vm_events[VM_EV_ALLOCSTALL] == 0)
		assert_non_null(lru_page(true, nr++));
	assert_int_equal(node->kswapd_failures, 0);
	assert_false(node->kswapd_woken);
}

/* A boost is served and taken back, whatever else. */
static void test_boost(void **state)
{
	u64 stolen;

	(void)state;
	for (u32 i = 0; i < 8192; i++)
		lru_page(true, i);
	zone->watermark_boost = 100;
	wakeup_kswapd(mm, zone, 0, 0, zone->type);
	assert_true(node->kswapd_woken);
	run_kswapd();
	assert_int_equal(zone->watermark_boost, 0);
	stolen = mm->vm_events[VM_EV_PGSTEAL_KSWAPD];
	assert_in_range(stolen, 14, 1000);
}

/* Nobody runs kswapd: requests that may reclaim help themselves, 32 pages at
 * a time; atomic ones fail when the reserves are gone. */
static void test_direct_reclaim(void **state)
{
	u32 nr = fill_until_woken();

	(void)state;
	while (mm->vm_events[VM_EV_ALLOCSTALL] < 3)
		assert_non_null(lru_page(true, nr++));
	assert_int_equal(fm.notes[MM_EV_DIRECT_RECLAIM], 3);
	assert_in_range(mm->vm_events[VM_EV_PGSTEAL_DIRECT], 96, 3 * 64);
	assert_int_equal(mm->vm_events[VM_EV_PGSTEAL_KSWAPD], 0);
	while (alloc_pages(mm, GFP_ATOMIC, 0))
		;
	assert_true(zone->nr_free_pages < (s64)zone->watermark[WMARK_MIN]);
	/* NOWAIT fails, KERNEL is served. */
	assert_null(alloc_pages(mm, GFP_NOWAIT, 0));
	assert_non_null(alloc_pages(mm, GFP_KERNEL, 0));
}

/* A shrinker feels 4 / seeks of the share that page lists feel. */
static u64 to_free;
static u64 scanned;

static u64 count_some(struct shrinker *s, u32 nid, gfp_t gfp)
{
	(void)s;
	(void)nid;
	return gfp & GFP_FS ? to_free : 0;
}

static u64 scan_some(struct shrinker *s, u32 nid, u64 nr, gfp_t gfp)
{
	u64 freed = MIN(nr, to_free);

	(void)s;
	(void)nid;
	(void)gfp;
	scanned += nr;
	to_free -= freed;
	return freed;
}

static void test_shrinker_pressure(void **state)
{
	static struct shrinker s = {.count = count_some,
				    .scan = scan_some,
				    .seeks = 2,
				    .batch = 128};
	struct scan_control sc = {
		.priority = 12, .gfp = GFP_KERNEL, .reclaim_idx = ZONE_MOVABLE};

	(void)state;
	register_shrinker(mm, &s);
	to_free = 100000; /* 24 * 4 / 2 = 48: less than a batch, deferred */
	scanned = 0;
	scan_begin(mm, &sc);
	assert_false(scan_step(mm, &sc));
	assert_int_equal(scanned, 0);
	assert_int_equal(s.nr_deferred[0], 48);
	sc.priority = 10; /* 97 * 2 = 194, and 48 >> 10 = 0 of the old */
	scan_begin(mm, &sc);
	assert_false(scan_step(mm, &sc));
	assert_int_equal(scanned, 128);
	assert_int_equal(s.nr_deferred[0], 48 + 194 - 128);
	assert_int_equal(mm->vm_events[VM_EV_SLABS_SCANNED], 128);
	sc.gfp = GFP_NOFS; /* its file system holds locks */
	sc.priority = 0;
	scan_begin(mm, &sc);
	assert_false(scan_step(mm, &sc));
	assert_int_equal(scanned, 128);
}

/* The parts of a huge page that is split are on no list. */
static void test_split(void **state)
{
	struct page *page = alloc_pages(mm, FILE_GFP | GFP_COMP, 9);

	(void)state;
	assert_non_null(page);
	lru_add(mm, page, false, 1);
	assert_int_equal(mm->lruvecs[0].nr_pages[LRU_INACTIVE_ANON], 512);
	split_page(mm, page, 9);
	assert_int_equal(mm->lruvecs[0].nr_pages[LRU_INACTIVE_ANON], 0);
	for (u32 i = 0; i < 512; i++)
		free_pages(mm, page + i, 0);
}

/* What fills a part of memory is what it is. */
static void test_map(void **state)
{
	u32 count[NR_MAP_STATES] = {0};
	struct map_part map[GAUGE_MAP_PARTS];

	(void)state;
	for (u32 i = 0; i < 16; i++) { /* 2 MiB each, some ten parts */
		struct page *page = alloc_pages(mm, FILE_GFP | GFP_COMP, 9);

		assert_non_null(page);
		if (i < 12)
			lru_add(mm, page, i < 8, i);
	}
	assert_int_equal(mm_gauge_map(mm, map), GAUGE_MAP_PARTS);
	for (u32 i = 0; i < GAUGE_MAP_PARTS; i++) {
		assert_true(map[i].use < NR_MAP_STATES);
		assert_int_equal(map[i].migratetype, MIGRATE_MOVABLE);
		assert_int_equal(map[i].node, 0);
		assert_int_equal(map[i].from_page, 48 * i);
		count[map[i].use]++;
	}
	/* 48 MiB are there: a part is 48 pages.  Edges may go either way. */
	assert_in_range(count[MAP_FILE], 8 * 512 / 48 - 2, 8 * 512 / 48 + 2);
	assert_in_range(count[MAP_ANON], 4 * 512 / 48 - 2, 4 * 512 / 48 + 2);
	assert_in_range(count[MAP_OTHER], 4 * 512 / 48 - 2, 4 * 512 / 48 + 2);
	assert_int_equal(count[MAP_FILE] + count[MAP_ANON] + count[MAP_OTHER] +
				 count[MAP_FREE],
			 GAUGE_MAP_PARTS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_lists_and_counts),
		TEST(test_check_finds_damage),
		TEST(test_a_pass_takes_its_share),
		TEST(test_anonymous_memory_stays),
		TEST(test_active_pages_age),
		TEST(test_higher_zones_are_skipped),
		TEST(test_kswapd_stops_above_high),
		TEST(test_kswapd_gives_up),
		TEST(test_kswapd_comes_back),
		TEST(test_boost),
		TEST(test_direct_reclaim),
		TEST(test_shrinker_pressure),
		TEST(test_split),
		TEST(test_map),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
