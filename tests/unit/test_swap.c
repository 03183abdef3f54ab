/*
 * Goal: anonymous pages go to swap and come back; slots are given and taken
 * back; reclaim is balanced between anonymous pages and files as in 6.1.
 * Method: a node of 48 MiB with 1000 slots; shares worked out by hand.
 */
#include "mm/page_writeback.h"
#include "mm/reclaim.h"
#include "mm/swap.h"

#include "fake_machine.h"

#include "cmocka_all.h"

#define ANON_GFP (GFP_HIGHUSER | GFP_MOVABLE)
#define SLOTS	 1001 /* one is the header's */

static struct fake_machine fm;
static struct mm *mm;
static struct lruvec *vec;

/* A device that the test steps. */
static u32 written[64], nr_written;

static void submit_swap(struct mm_io *io, bool write, u32 slot, u32 nr)
{
	(void)io;
	if (!write) {
		end_swap_read(mm, slot, nr);
		return;
	}
	assert_true(nr_written < ARRAY_SIZE(written));
	written[nr_written++] = slot;
}

static const struct io_ops slow_ops = {.submit_swap = submit_swap};
static struct mm_io slow = {.ops = &slow_ops};

static int setup(void **state)
{
	struct mm_conf conf;

	(void)state;
	fake_machine_init(&fm);
	fake_conf(&conf, 1, 1, 64);
	fake_conf_without_dma(&conf);
	conf.reclaim = true;
	conf.swappiness = 60;
	conf.swap_bytes = SLOTS * MM_PAGE_SIZE;
	mm = fake_mm_create(&fm, &conf);
	vec = &mm->lruvecs[0];
	nr_written = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_mm_end(mm);
	return 0;
}

static struct page *lru_page(bool file, u32 order, u32 owner)
{
	struct page *page =
		alloc_pages(mm, ANON_GFP | (order ? GFP_COMP : 0), order);

	assert_non_null(page);
	lru_add(mm, page, file, owner);
	return page;
}

static struct scan_control control(s32 priority)
{
	return (struct scan_control){.nr_to_reclaim = 100000,
				     .priority = priority,
				     .gfp = GFP_KERNEL,
				     .reclaim_idx = MAX_NR_ZONES - 1,
				     .may_writepage = true,
				     .may_swap = true,
				     .kswapd = true};
}

static u64 pass(s32 priority)
{
	struct scan_control sc = control(priority);

	scan_begin(mm, &sc);
	while (scan_step(mm, &sc))
		;
	return sc.nr_reclaimed;
}

static u32 last_slot(void)
{
	return (u32)fm.last_b[MM_EV_PAGE_SWAPPED];
}

/* Out, by a device that takes no time, and in again. */
static void test_out_and_in(void **state)
{
	struct page *page;

	(void)state;
	lru_page(false, 0, 7);
	assert_int_equal(swap_nr_total(mm), SLOTS - 1);
	assert_int_equal(pass(0), 1);
	assert_int_equal(fm.notes[MM_EV_PAGE_SWAPPED], 1);
	assert_int_equal(fm.last_b[MM_EV_PAGE_SWAPPED] >> 32, 7);
	assert_int_equal(swap_nr_free(mm), SLOTS - 2);
	assert_int_equal(mm->vm_events[VM_EV_PSWPOUT], 1);
	assert_int_equal(mm->vm_events[VM_EV_PGSTEAL_ANON], 1);
	assert_int_equal(vec->nr_pages[LRU_INACTIVE_ANON], 0);
	page = swap_in(mm, last_slot(), 0, ANON_GFP, 8);
	assert_non_null(page);
	assert_int_equal(page_owner(page), 8);
	assert_int_equal(mm->vm_events[VM_EV_PSWPIN], 1);
	assert_int_equal(swap_nr_free(mm), SLOTS - 1);
}

/* A page that comes back at once was missed: it is active then. */
static void test_refault(void **state)
{
	struct page *page;

	(void)state;
	mm->conf.profile = PROFILE_LINUX_6_1;
	lru_page(false, 0, 1);
	for (u32 i = 0; i < 10; i++)
		lru_move(mm, lru_page(true, 0, 10 + i), LRU_ACTIVE_FILE);
	pass(0);
	page = swap_in(mm, last_slot(), 0, ANON_GFP, 1);
	assert_int_equal(page_lru(page), LRU_ACTIVE_ANON);
	assert_int_equal(vec->workingset[false].refaults, 1);
	assert_int_equal(vec->workingset[false].activates, 1);
	assert_int_equal(vec->workingset[true].refaults, 0);
}

/* While it is written the page stays; then it is the next to go. */
static void test_slow_device(void **state)
{
	struct page *page = lru_page(false, 0, 1);

	(void)state;
	mm->io = &slow;
	assert_int_equal(pass(0), 0);
	assert_int_equal(nr_written, 1);
	assert_int_equal(writeback_node(mm, 0).nr_writeback, 1);
	assert_int_equal(swap_nr_cached(mm, 0), 1);
	assert_mm_ok(mm);
	lru_page(false, 0, 2);
	end_swap_write(mm, written[0], 1);
	assert_int_equal(writeback_node(mm, 0).nr_writeback, 0);
	assert_int_equal(vec->lists[LRU_INACTIVE_ANON].tail,
			 page_to_pfn(mm, page));
	assert_int_equal(pass(0), 1);
	assert_int_equal(fm.last_b[MM_EV_PAGE_SWAPPED] >> 32, 1);
	assert_int_equal(nr_written, 2);
	mm->io = NULL;
	end_swap_write(mm, written[1], 1);
}

/* Freed, or used, while it is written. */
static void test_wanted_meanwhile(void **state)
{
	struct page *freed = lru_page(false, 0, 1);
	struct page *used = lru_page(false, 0, 2);

	(void)state;
	mm->io = &slow;
	pass(0);
	assert_int_equal(nr_written, 2);
	free_pages(mm, freed, 0);
	/* The device still reads from the page: no other may have its slot. */
	assert_int_equal(swap_nr_free(mm), SLOTS - 3);
	assert_mm_ok(mm);
	set_page_lru_flag(used, LRU_REFERENCED);
	end_swap_write(mm, written[0], 1);
	end_swap_write(mm, written[1], 1);
	assert_int_equal(swap_nr_free(mm), SLOTS - 2);
	assert_int_equal(pass(0), 0);
	assert_false(page_lru_flag(used, LRU_SWAPCACHE));
	assert_int_equal(swap_nr_free(mm), SLOTS - 1);
	mm->io = NULL;
}

/* Without room pages become active, as nothing can be done. */
static void test_swap_is_full(void **state)
{
	(void)state;
	for (u32 i = 0; i < SLOTS + 49; i++)
		lru_page(false, 0, i);
	assert_int_equal(pass(0), SLOTS - 1);
	assert_int_equal(swap_nr_free(mm), 0);
	assert_int_equal(vec->nr_pages[LRU_ACTIVE_ANON] +
				 vec->nr_pages[LRU_INACTIVE_ANON],
			 50);
	/* Nothing anonymous is looked at any more. */
	assert_int_equal(pass(0), 0);
	swap_free(mm, last_slot(), 1);
	assert_int_equal(swap_nr_free(mm), 1);
}

/* A compound page wants slots in a row. */
static void test_compound(void **state)
{
	u32 slot;

	(void)state;
	lru_page(false, 2, 1);
	assert_int_equal(pass(0), 4);
	slot = last_slot();
	for (u32 i = 0; i < 4; i++)
		assert_int_equal(mm->swap->map[slot + i], SWAP_USED);
	assert_int_equal(mm->swap->map[slot + 4], SWAP_FREE);
	assert_non_null(swap_in(mm, slot, 2, ANON_GFP | GFP_COMP, 1));
	assert_int_equal(swap_nr_free(mm), SLOTS - 1);
	assert_int_equal(mm->vm_events[VM_EV_PSWPIN], 4);
}

/* 2000 pages of each; nothing is known of costs. */
static void fill(void)
{
	for (u32 i = 0; i < 2000; i++) {
		lru_page(false, 0, i);
		lru_page(true, 0, i);
	}
}

static void test_balance(void **state)
{
	struct scan_control sc = control(2);

	(void)state;
	fill();
	/* Enough inactive pages of files: only these. */
	scan_begin(mm, &sc);
	assert_int_equal(sc.nr[LRU_INACTIVE_ANON], 0);
	assert_int_equal(sc.nr[LRU_INACTIVE_FILE], 500);
	/* They are wanted back: 60 to 140 of 200. */
	vec->workingset[true].activates = 1;
	sc = control(2);
	scan_begin(mm, &sc);
	assert_int_equal(sc.nr[LRU_INACTIVE_ANON], 500 * 60 / 200);
	assert_int_equal(sc.nr[LRU_INACTIVE_FILE], 500 * 140 / 200);
	/*
	 * Costs 300 and 100: of 400, anonymous 700, files 500 of 1200.
	 * 60 * 1201 / 701 = 102, 140 * 1201 / 501 = 335, of 437.
	 */
	vec->anon_cost = 300;
	vec->file_cost = 100;
	sc = control(2);
	scan_begin(mm, &sc);
	assert_int_equal(sc.nr[LRU_INACTIVE_ANON], 500 * 102 / 437);
	assert_int_equal(sc.nr[LRU_INACTIVE_FILE], 500 * 335 / 437);
	/* The last resort takes no sides. */
	sc = control(0);
	scan_begin(mm, &sc);
	assert_int_equal(sc.nr[LRU_INACTIVE_ANON], 2000);
	assert_int_equal(sc.nr[LRU_INACTIVE_FILE], 2000);
	sc = control(2);
	mm->conf.swappiness = 0;
	scan_begin(mm, &sc);
	assert_int_equal(sc.nr[LRU_INACTIVE_ANON], 0);
	mm->conf.swappiness = 200;
	vec->anon_cost = vec->file_cost = 0;
	scan_begin(mm, &sc);
	assert_int_equal(sc.nr[LRU_INACTIVE_FILE], 0);
	assert_int_equal(sc.nr[LRU_INACTIVE_ANON], 500);
	sc.may_swap = false; /* for a watermark boost */
	scan_begin(mm, &sc);
	assert_int_equal(sc.nr[LRU_INACTIVE_ANON], 0);
}

/* Files have less than the high watermark lacks: anonymous pages only. */
static void test_tiny_cache(void **state)
{
	struct scan_control sc = control(2);
	u64 free_pages;

	(void)state;
	lru_page(true, 0, 1);
	do {
		lru_page(false, 0, 1);
		free_pages = (u64)mm->zones[0].nr_free_pages;
	} while (free_pages + 1 > mm->zones[0].watermark[WMARK_HIGH]);
	scan_begin(mm, &sc);
	assert_int_equal(sc.nr[LRU_INACTIVE_FILE], 0);
	assert_int_equal(sc.nr[LRU_INACTIVE_ANON],
			 vec->nr_pages[LRU_INACTIVE_ANON] >> 2);
}

/* 4000 pages, so costs above 1000 are halved. */
static void test_costs_age(void **state)
{
	(void)state;
	fill();
	lru_note_cost(mm, 0, false, 600);
	lru_note_cost(mm, 0, true, 400);
	assert_int_equal(vec->anon_cost, 600);
	assert_int_equal(vec->file_cost, 400);
	lru_note_cost(mm, 0, true, 2);
	assert_int_equal(vec->anon_cost, 300);
	assert_int_equal(vec->file_cost, 201);
}

static void test_check_finds_damage(void **state)
{
	(void)state;
	lru_page(false, 0, 1);
	pass(0);
	mm->swap->nr_free++;
	assert_mm_wrong(mm, "slots are free");
	mm->swap->nr_free--;
	mm->swap->nr_cached[0]++;
	assert_mm_wrong(mm, "swap cache");
	mm->swap->nr_cached[0]--;
	mm->swap->cache[last_slot()] = page_to_pfn(mm, lru_page(false, 0, 2));
	assert_mm_wrong(mm, "swap slot");
	mm->swap->cache[last_slot()] = 0;
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_out_and_in),	 CASE(test_refault),
		CASE(test_slow_device),	 CASE(test_wanted_meanwhile),
		CASE(test_swap_is_full), CASE(test_compound),
		CASE(test_balance),	 CASE(test_tiny_cache),
		CASE(test_costs_age),	 CASE(test_check_finds_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
