/*
 * Goal: dirty pages are counted, limited, written back and reclaimed as Linux
 * 6.1 does it, and as 2.6 did.
 * Method: a node of 48 MiB; thresholds from the kernel's formulas, worked out
 * here again; devices that a test steps by hand.
 */
#include "mm/flusher.h"
#include "mm/page_writeback.h"
#include "mm/slab.h"
#include "mm/swap.h"
#include "mm/vmscan.h"

#include "fake_machine.h"

#include "cmocka_all.h"

#define SECOND ((u64)1000000000)

static struct fake_machine fm;
static struct mm *mm;
static struct zone *zone;
static u64 now;	  /* ns */
static u64 slept; /* ns */
static u32 sleeps;
static bool flusher_runs; /* while somebody sleeps */

/* A device that keeps what it gets until the test says so. */
static struct {
	struct address_space *mapping;
	u32 index;
	u32 nr;
} line[64];
static u32 in_line;
static bool full;

static void submit_write(struct mm_io *io, struct address_space *mapping,
			 u32 index, u32 nr)
{
	(void)io;
	assert_true(in_line < ARRAY_SIZE(line));
	line[in_line].mapping = mapping;
	line[in_line].index = index;
	line[in_line++].nr = nr;
}

static bool congested(struct mm_io *io)
{
	(void)io;
	return full;
}

static const struct io_ops slow_ops = {.submit_write = submit_write,
				       .congested = congested};
static struct mm_io slow = {.ops = &slow_ops};

static void device_done(void)
{
	for (u32 r = 0; r < in_line; r++)
		for (u32 i = 0; i < line[r].nr; i++)
			end_page_writeback(mm,
					   find_get_page(mm, line[r].mapping,
							 line[r].index + i));
	in_line = 0;
}

static u64 fake_time(const struct machine *m)
{
	(void)m;
	return now;
}

static u64 fake_sleep(struct machine *m, bool (*done)(const void *arg),
		      const void *arg, u64 timeout_ns)
{
	(void)m;
	(void)done;
	(void)arg;
	now += timeout_ns;
	slept += timeout_ns;
	sleeps++;
	while (flusher_runs && flusher_step(mm) == FLUSHER_MORE)
		;
	return timeout_ns;
}

static void start(enum kernel_profile profile)
{
	struct mm_conf conf;
	const struct mm_conf *from = &conf;
	struct mm_conf defaults;

	fake_machine_init(&fm);
	fm.ops.time_ns = fake_time;
	fm.ops.io_sleep = fake_sleep;
	fake_conf(&conf, 1, 1, 64);
	mm_conf_defaults(&defaults, profile);
	conf.profile = profile;
	conf.dirty_ratio = defaults.dirty_ratio;
	conf.dirty_background_ratio = defaults.dirty_background_ratio;
	conf.dirty_expire_centisecs = defaults.dirty_expire_centisecs;
	conf.dirty_writeback_centisecs = defaults.dirty_writeback_centisecs;
	fake_conf_without_dma(&conf);
	conf.reclaim = true;
	conf.slab_ops = &slub_ops;
	now = slept = sleeps = 0;
	flusher_runs = false;
	in_line = 0;
	full = false;
	mm = fake_mm_create(&fm, from);
	zone = &mm->zones[0];
}

static int setup(void **state)
{
	(void)state;
	start(PROFILE_LINUX_6_1);
	return 0;
}

static int setup_old(void **state)
{
	(void)state;
	start(PROFILE_LINUX_2_6);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_mm_end(mm);
	return 0;
}

static struct page *dirty(u32 file, u64 index)
{
	struct address_space *m = filemap_mapping(mm, file_mapping_id(file));
	struct page *page = find_get_page(mm, m, index);

	if (!page) {
		page = alloc_pages(mm, GFP_HIGHUSER | GFP_MOVABLE, 0);
		assert_non_null(page);
		assert_int_equal(
			add_to_page_cache_lru(mm, page, m, index, GFP_KERNEL),
			0);
	}
	set_page_dirty(mm, page);
	return page;
}

static u64 nr_dirty(void)
{
	return writeback_node(mm, 0).nr_dirty;
}

/* Pages that may be dirty: free beyond the reserve, and files'. */
static u64 dirtyable(void)
{
	u64 reserve = zone->watermark[WMARK_HIGH];
	const u64 *lru = mm->lruvecs[0].nr_pages;

	for (u32 i = 0; i < MAX_NR_ZONES; i++)
		assert_true(zone->lowmem_reserve[i] == 0 || i > zone->type);
	reserve += zone->lowmem_reserve[MAX_NR_ZONES - 1];
	return (u64)zone->nr_free_pages - reserve + lru[LRU_INACTIVE_FILE] +
	       lru[LRU_ACTIVE_FILE];
}

/* 20 % is 819 4096ths, 10 % is 409. */
static void test_thresholds(void **state)
{
	struct dirty_limits l;
	u64 pages = dirtyable() + 1;

	(void)state;
	global_dirty_limits(mm, &l);
	assert_int_equal(l.available, pages);
	assert_int_equal(l.thresh, pages * 819 / 4096);
	assert_int_equal(l.bg_thresh, pages * 409 / 4096);
	assert_int_equal(l.freerun, (l.thresh + l.bg_thresh) / 2);
	/* A page of a file is as good as a free one. */
	dirty(0, 0);
	global_dirty_limits(mm, &l);
	assert_int_equal(l.available, dirtyable() + 1);
	assert_int_equal(node_dirtyable_memory(mm, 0), dirtyable());
	mm->conf.dirty_bytes = 100 * 4096 + 1;
	mm->conf.dirty_background_bytes = 50 * 4096;
	global_dirty_limits(mm, &l);
	assert_int_equal(l.thresh, 101);
	assert_int_equal(l.bg_thresh, 50);
	/* Nonsense: half of it then. */
	mm->conf.dirty_background_bytes = 101 * 4096;
	global_dirty_limits(mm, &l);
	assert_int_equal(l.bg_thresh, 50);
	mm->conf.dirty_background_bytes = 0;
	mm->conf.dirty_background_ratio = 0;
	global_dirty_limits(mm, &l);
	assert_int_equal(l.bg_thresh, 0);
}

static void test_node_limit(void **state)
{
	u64 nr = 0;

	(void)state;
	assert_true(node_dirty_ok(mm, 0)); /* nothing was ever dirty */
	while (node_dirty_ok(mm, 0))
		dirty(0, nr++);
	/* The first beyond 20 % of what the node has. */
	assert_int_equal(nr_dirty(), dirtyable() * 20 / 100 + 1);
}

/* 2.6: 40 % of all pages; but half of what no task has, at most. */
static void test_old_thresholds(void **state)
{
	struct dirty_limits l;
	u64 total = zone->managed_pages - zone->watermark[WMARK_HIGH];

	(void)state;
	global_dirty_limits(mm, &l);
	assert_int_equal(l.available, total);
	assert_int_equal(l.thresh, total * 40 / 100);
	assert_int_equal(l.bg_thresh, total * 10 / 100);
	/* Tasks take 50 %: 25 % is left. */
	for (u64 i = 0; i < DIV_ROUND_UP(total, 2); i++)
		lru_add(mm, alloc_pages(mm, GFP_HIGHUSER | GFP_MOVABLE, 0),
			false, LRU_NO_OWNER);
	global_dirty_limits(mm, &l);
	assert_int_equal(l.thresh, total * 25 / 100);
	mm->conf.dirty_background_ratio = 30;
	global_dirty_limits(mm, &l);
	assert_int_equal(l.bg_thresh, total * 12 / 100);
}

static void test_life_of_a_page(void **state)
{
	struct address_space *m = filemap_mapping(mm, file_mapping_id(0));
	struct page *page = dirty(0, 5);

	(void)state;
	assert_false(set_page_dirty(mm, page));
	assert_int_equal(nr_dirty(), 1);
	assert_int_equal(m->nr_dirty, 1);
	assert_true(xa_get_mark(&m->pages, 5, XA_MARK_DIRTY));
	assert_mm_ok(mm);
	assert_true(clear_page_dirty_for_io(mm, page));
	set_page_writeback(mm, page);
	assert_int_equal(nr_dirty(), 0);
	assert_int_equal(writeback_node(mm, 0).nr_writeback, 1);
	assert_mm_ok(mm);
	/* Written to again meanwhile. */
	assert_true(set_page_dirty(mm, page));
	end_page_writeback(mm, page);
	assert_true(page_lru_flag(page, LRU_DIRTY));
	assert_int_equal(writeback_node(mm, 0).nr_written, 1);
	assert_int_equal(writeback_node(mm, 0).nr_dirtied, 2);
	cancel_dirty_page(mm, page);
	assert_int_equal(nr_dirty(), 0);
}

static void test_check_finds_damage(void **state)
{
	struct address_space *m = filemap_mapping(mm, file_mapping_id(0));
	struct page *page = dirty(0, 5);

	(void)state;
	clear_page_lru_flag(page, LRU_DIRTY);
	assert_mm_wrong(mm, "");
	set_page_lru_flag(page, LRU_DIRTY);
	m->dirty_list++;
	assert_mm_wrong(mm, "dirty files");
	m->dirty_list--;
	clear_page_lru_flag(dirty(1, 0), LRU_WRITEBACK);
	assert_mm_ok(mm);
}

/* Runs the flusher until it sleeps. */
static void flush(void)
{
	for (u32 i = 0; flusher_step(mm) == FLUSHER_MORE; i++)
		assert_true(i < 100000);
}

/* File 0 gets dirty at 0 s, file 1 at 10 s; 30 s later they are written. */
static void test_old_pages_are_written(void **state)
{
	const u64 first = now;

	(void)state;
	dirty(0, 0);
	/* The flusher will look in 5 s. */
	assert_int_equal(fm.notes[MM_EV_FLUSHER_WAKE], 1);
	assert_int_equal(fm.last_a[MM_EV_FLUSHER_WAKE], first + 5 * SECOND);
	now = 5 * SECOND;
	flush();
	now = 10 * SECOND;
	dirty(1, 0);
	flush();
	assert_int_equal(nr_dirty(), 2);
	now = 29 * SECOND;
	flush();
	assert_int_equal(nr_dirty(), 2);
	now = 34 * SECOND;
	flush();
	assert_int_equal(nr_dirty(), 1);
	assert_false(page_lru_flag(dirty(1, 0), LRU_WRITEBACK));
	now = 40 * SECOND;
	flush();
	assert_int_equal(nr_dirty(), 0);
	assert_int_equal(flusher_stats(mm)->pages[FLUSH_OLD], 2);
}

/* Down to the background threshold, and not further than a request. */
static void test_background(void **state)
{
	struct dirty_limits l;
	u64 nr = 0;

	(void)state;
	do {
		dirty(0, nr++);
		global_dirty_limits(mm, &l);
	} while (nr_dirty() <= l.bg_thresh);
	flusher_wake_background(mm);
	assert_int_equal(fm.last_a[MM_EV_FLUSHER_WAKE], 0);
	assert_true(flusher_at_work(mm));
	flush();
	assert_false(flusher_at_work(mm));
	assert_true(nr_dirty() <= l.bg_thresh);
	assert_true(nr_dirty() + 256 > l.bg_thresh);
	/* Oldest first, in order of the file. */
	assert_int_equal(
		filemap_mapping(mm, file_mapping_id(0))->writeback_index,
		nr - nr_dirty());
}

/* Two files, 3000 pages each, share in turns; requests are of neighbours. */
static void test_turns(void **state)
{
	(void)state;
	mm->conf.dirty_background_bytes = 4096;
	mm->conf.dirty_bytes = 4096 * 4096;
	for (u64 i = 0; i < 1500; i++) {
		dirty(0, i);
		dirty(1, 2 * i);
	}
	mm->io = &slow;
	flusher_wake_background(mm);
	/* 1024 of the first, in requests of 256. */
	for (u32 i = 0; i < 4; i++)
		assert_int_equal(flusher_step(mm), FLUSHER_MORE);
	assert_int_equal(in_line, 4);
	for (u32 i = 0; i < 4; i++) {
		assert_int_equal(line[i].mapping->id, file_mapping_id(0));
		assert_int_equal(line[i].index, 256 * i);
		assert_int_equal(line[i].nr, 256);
	}
	/* Then the other, whose pages are no neighbours. */
	assert_int_equal(flusher_step(mm), FLUSHER_MORE);
	assert_int_equal(line[4].mapping->id, file_mapping_id(1));
	assert_int_equal(line[4].nr, 1);
	full = true;
	assert_int_equal(flusher_step(mm), FLUSHER_BLOCKED);
	device_done();
	assert_int_equal(writeback_node(mm, 0).nr_written, 1025);
	mm->io = NULL;
	flush();
	assert_true(nr_dirty() <= 1);
}

/* What is dirty again while it is written waits until that is over. */
static void test_all_is_being_written(void **state)
{
	struct page *page = dirty(0, 0);

	(void)state;
	mm->io = &slow;
	flusher_wake_all(mm);
	flush();
	assert_int_equal(in_line, 1);
	assert_true(set_page_dirty(mm, page));
	flusher_wake_all(mm);
	flush(); /* comes to an end */
	assert_int_equal(in_line, 1);
	device_done();
	now += SECOND;
	flusher_wake_all(mm);
	flush();
	assert_int_equal(in_line, 1);
	device_done();
	assert_int_equal(nr_dirty(), 0);
	mm->io = NULL;
}

/* A task dirties page after page; when does it wait, and for how long? */
static u64 write_pages(u64 from, u64 nr)
{
	u64 waited = 0;

	for (u64 i = from; i < from + nr; i++) {
		dirty(0, i);
		waited += balance_dirty_pages_ratelimited(mm);
	}
	return waited;
}

static void test_freerun(void **state)
{
	struct dirty_limits l;

	(void)state;
	global_dirty_limits(mm, &l);
	assert_int_equal(write_pages(0, l.freerun - 40), 0);
	assert_int_equal(sleeps, 0);
}

/*
 * Nothing is ever written: up to the limit a task pauses more and more, and
 * there it stays, 200 ms at a time.
 */
static void test_writers_stop_at_the_limit(void **state)
{
	struct dirty_limits l;
	u64 waited = 0, nr;

	(void)state;
	mm->conf.dirty_bytes = 2000 * 4096;
	mm->conf.dirty_background_bytes = 1000 * 4096;
	global_dirty_limits(mm, &l);
	/* Some way beyond freerun (1500) the pages are still paid for. */
	write_pages(0, 1600);
	mm->io = &slow;
	full = true;
	/* Looked at every 256 pages (10 ms at 100 MiB/s), the task is stopped
	 * soon, and gives up only after 3000 pauses of 10 to 200 ms. */
	for (nr = 1600; waited < 30 * SECOND; nr++)
		waited += write_pages(nr, 1);
	assert_true(nr_dirty() >= l.thresh);
	assert_true(nr_dirty() < l.thresh + 300);
	mm->io = NULL;
}

/* The flusher has an instant device: then a pause is enough. */
static void test_writers_go_on(void **state)
{
	(void)state;
	flusher_runs = true;
	mm->conf.dirty_bytes = 200 * 4096;
	mm->conf.dirty_background_bytes = 100 * 4096;
	assert_true(write_pages(0, 5000) > 0);
	assert_true(nr_dirty() <= 201);
	assert_true(slept < 20 * SECOND);
}

/* 2.6: the writer writes 1.5 times its ratelimit itself, and does not sleep
 * when the device is quick. */
static void test_old_writers_write(void **state)
{
	struct dirty_limits l;
	u64 nr;

	(void)state;
	global_dirty_limits(mm, &l);
	nr = write_pages(0, l.thresh + 600);
	assert_int_equal(nr, 0);
	assert_true(writeback_node(mm, 0).nr_written > 0);
	assert_true(nr_dirty() <= l.thresh + 384);
	assert_int_equal(flusher_stats(mm)->pages[FLUSH_BACKGROUND], 0);
	assert_true(flusher_at_work(mm));
}

static struct scan_control scan(bool kswapd)
{
	struct scan_control sc = {.nr_to_reclaim = 1000,
				  .priority = 0,
				  .gfp = GFP_KERNEL,
				  .reclaim_idx = MAX_NR_ZONES - 1,
				  .may_writepage = true,
				  .kswapd = kswapd};

	scan_begin(mm, &sc);
	sc.slabs_done = true;
	while (scan_step(mm, &sc))
		;
	return sc;
}

/* Who waits for memory marks dirty pages, and wakes the flusher. */
static void test_direct_reclaim_writes_nothing(void **state)
{
	struct page *page = dirty(0, 0);

	(void)state;
	mm->io = &slow;
	assert_int_equal(scan(false).nr_reclaimed, 0);
	assert_int_equal(page_lru(page), LRU_ACTIVE_FILE);
	assert_true(page_lru_flag(page, LRU_RECLAIM));
	assert_int_equal(mm->vm_events[VM_EV_NR_VMSCAN_IMMEDIATE], 1);
	assert_int_equal(in_line, 0);
	assert_int_equal(fm.last_a[MM_EV_FLUSHER_WAKE], 0);
	/* The flusher writes it: it goes to the old end, and is next. */
	for (u64 i = 1; i < 9; i++)
		cancel_dirty_page(mm, dirty(0, i));
	flush();
	assert_int_equal(in_line, 1);
	device_done();
	assert_int_equal(page_lru(page), LRU_INACTIVE_FILE);
	assert_int_equal(mm->lruvecs[0].lists[LRU_INACTIVE_FILE].tail,
			 page_to_pfn(mm, page));
	assert_int_equal(mm->vm_events[VM_EV_PGROTATED], 1);
	mm->io = NULL;
}

/* kswapd writes what it meets a second time, once the node is all dirty. */
static void test_kswapd_writes(void **state)
{
	struct page *page = dirty(0, 0);

	(void)state;
	mm->io = &slow;
	scan(true);
	assert_int_equal(in_line, 0);
	lru_move(mm, page, LRU_INACTIVE_FILE);
	mm->lruvecs[0].dirty = true; /* what the end of a pass says */
	scan(true);
	assert_int_equal(in_line, 1);
	assert_int_equal(mm->vm_events[VM_EV_NR_VMSCAN_WRITE], 1);
	assert_true(page_lru_flag(page, LRU_WRITEBACK));
	/* Being written, marked: kswapd has to wait for it. */
	mm->lruvecs[0].writeback = true;
	assert_int_equal(scan(true).met.immediate, 1);
	device_done();
	mm->io = NULL;
	scan(true);
	assert_int_equal(mm->vm_events[VM_EV_PGSTEAL_KSWAPD], 1);
}

/* 2.6 writes wherever it meets them. */
static void test_old_reclaim_writes(void **state)
{
	(void)state;
	dirty(0, 0);
	/* The device is done at once, so the page goes. */
	assert_int_equal(scan(false).nr_reclaimed, 1);
	assert_int_equal(mm->vm_events[VM_EV_NR_VMSCAN_WRITE], 1);
}

#define CASE(f)	    cmocka_unit_test_setup_teardown(f, setup, teardown)
#define OLD_CASE(f) cmocka_unit_test_setup_teardown(f, setup_old, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_thresholds),
		CASE(test_node_limit),
		OLD_CASE(test_old_thresholds),
		CASE(test_life_of_a_page),
		CASE(test_check_finds_damage),
		CASE(test_old_pages_are_written),
		CASE(test_background),
		CASE(test_turns),
		CASE(test_all_is_being_written),
		CASE(test_freerun),
		CASE(test_writers_stop_at_the_limit),
		CASE(test_writers_go_on),
		OLD_CASE(test_old_writers_write),
		CASE(test_direct_reclaim_writes_nothing),
		CASE(test_kswapd_writes),
		OLD_CASE(test_old_reclaim_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
