/*
 * Goal: a device takes as long as its figures say.
 * Method: closed forms for n requests that arrive together, and sequences
 * worked out by hand.  4096 bytes take 1 us, so times are in whole us.
 */
#include "sim/blockdev.h"

#include "cmocka_all.h"

#define US   ((u64)1000)
#define L_US 1000u

static struct blockdev d;

static void start(u32 depth)
{
	const struct config_device conf = {.name = "disk",
					   .latency_ns = L_US * US,
					   .read_bandwidth = 4096000000,
					   .write_bandwidth = 2048000000,
					   .queue_depth = depth};

	blockdev_init(&d, &conf);
}

/* When request after request is done, in us; they are not neighbours. */
static void submit(bool write, u32 n, u32 pages)
{
	for (u32 i = 0; i < n; i++)
		blockdev_submit(&d, write, 1, 1000 * i, pages, 0);
}

static u64 next_us(bool write)
{
	struct io_request r;
	u64 at = blockdev_next(&d, write);

	assert_true(at != UINT64_MAX);
	assert_false(blockdev_pop(&d, write, at - 1, &r));
	assert_true(blockdev_pop(&d, write, at, &r));
	assert_int_equal(at % US, 0);
	return at / US;
}

/* One at a time: n (L + s / B). */
static void test_depth_one(void **state)
{
	(void)state;
	start(1);
	submit(false, 10, 8);
	for (u32 i = 1; i <= 10; i++)
		assert_int_equal(next_us(false), i * (L_US + 8));
	assert_true(blockdev_next(&d, false) == UINT64_MAX);
	blockdev_free(&d);
}

/* All at once: L + n s / B; the wire is the bottleneck. */
static void test_deep_queue(void **state)
{
	(void)state;
	start(64);
	submit(true, 50, 16);
	for (u32 i = 1; i <= 50; i++)
		assert_int_equal(next_us(true), L_US + i * 16 * 2);
	assert_int_equal(d.channels[true].pages, 800);
	assert_int_equal(d.channels[true].busy_ns, 1600 * US);
	blockdev_free(&d);
}

/*
 * Four together, a page each: the fifth begins when the first is done, at
 * L + 1, is ready at 2 L + 1 and done at 2 L + 2; and so on.
 */
static void test_latency_bound(void **state)
{
	static const u64 extra[] = {1, 2, 3, 4, 2, 3, 4, 5, 3, 4};

	(void)state;
	start(4);
	submit(false, 10, 1);
	for (u32 i = 0; i < 10; i++)
		assert_int_equal(next_us(false), (i / 4 + 1) * L_US + extra[i]);
	blockdev_free(&d);
}

/* Reads do not wait for writes. */
static void test_directions(void **state)
{
	(void)state;
	start(1);
	submit(true, 5, 100);
	submit(false, 1, 1);
	assert_int_equal(next_us(false), L_US + 1);
	assert_int_equal(next_us(true), L_US + 200);
	blockdev_free(&d);
}

/* What has not begun takes neighbours in, up to its limit. */
static void test_merging(void **state)
{
	struct io_request r;

	(void)state;
	start(1);
	blockdev_submit(&d, false, 1, 0, 1, 0); /* begins at once */
	blockdev_submit(&d, false, 1, 1, 1, 0); /* its neighbour: waits */
	blockdev_submit(&d, false, 1, 2, 1, 0); /* goes with that */
	blockdev_submit(&d, false, 1, 4, 1, 0); /* no neighbour */
	blockdev_submit(&d, false, 2, 5, 1, 0); /* of another file */
	assert_int_equal(d.channels[false].requests, 4);
	assert_int_equal(next_us(false), L_US + 1);
	assert_int_equal(blockdev_next(&d, false), (2 * L_US + 3) * US);
	assert_true(blockdev_pop(&d, false, UINT64_MAX - 1, &r));
	assert_int_equal(r.index, 1);
	assert_int_equal(r.nr, 2);
	assert_int_equal(next_us(false), 3 * L_US + 4);
	assert_int_equal(next_us(false), 4 * L_US + 5);
	/* Swap's requests are those of one round of reclaim. */
	for (u32 i = 0; i < 1 + 3 * BLOCKDEV_SWAP_PAGES; i++)
		blockdev_submit(&d, false, BLOCKDEV_SWAP, i, 1, 0);
	assert_int_equal(d.channels[false].requests, 4 + 4);
	blockdev_free(&d);
}

static void test_congestion(void **state)
{
	struct io_request r;

	(void)state;
	start(32);
	submit(true, BLOCKDEV_NR_REQUESTS - 1, 1);
	assert_false(blockdev_congested(&d, true));
	submit(true, 1, 1);
	assert_true(blockdev_congested(&d, true));
	assert_false(blockdev_congested(&d, false));
	assert_true(blockdev_pop(&d, true, UINT64_MAX - 1, &r));
	assert_false(blockdev_congested(&d, true));
	blockdev_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_depth_one),
		cmocka_unit_test(test_deep_queue),
		cmocka_unit_test(test_latency_bound),
		cmocka_unit_test(test_directions),
		cmocka_unit_test(test_merging),
		cmocka_unit_test(test_congestion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
