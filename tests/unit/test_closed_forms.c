/*
 * Goal: what mathematics says of a buddy allocator comes out of this one.
 * Method: random frees and requests (GSL, seeded) through the real allocator;
 * what is expected is a formula, and so is its standard deviation: a result
 * may be off by SIGMAS of them.  One correct run in half a million misses
 * five, so a failure with these seeds is a bug.
 */
#include "mm/compaction.h"
#include "report/frag.h"

#include "fake_machine.h"

#include "cmocka_all.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>

#define SIGMAS	   5.0
#define ZONE_PAGES 65536u /* 256 MiB: 64 blocks of order 10 */
#define FIRST_PFN  1024u  /* pfn 0 is never handed out */
#define SAMPLES	   100000u
#define TOP_ORDER  (MAX_ORDER - 1)
/* Nothing is kept back, and all pages are of one type. */
#define GFP_ALL (GFP_MEMALLOC | GFP_MOVABLE)

static struct fake_machine fm;
static struct mm *mm;
static gsl_rng *rng;

static void boot(bool reclaim)
{
	struct mm_conf conf;

	fake_machine_init(&fm);
	fake_conf(&conf, 1, 1, 64);
	conf.ranges[0] = (struct mm_range){.zone = ZONE_DMA32,
					   .start_pfn = FIRST_PFN,
					   .end_pfn = FIRST_PFN + ZONE_PAGES};
	conf.nr_ranges = 1;
	conf.reclaim = reclaim;
	mm = fake_mm_create(&fm, &conf);
}

static int setup(void **state)
{
	(void)state;
	boot(false);
	rng = gsl_rng_alloc(gsl_rng_mt19937);
	gsl_rng_set(rng, 6);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_mm_end(mm);
	gsl_rng_free(rng);
	return 0;
}

/* Takes @nr single pages, in the order in which they are handed out. */
static struct page **take_pages(u32 nr)
{
	struct page **pages = calloc(nr, sizeof(*pages));

	assert_non_null(pages);
	for (u32 i = 0; i < nr; i++) {
		pages[i] = alloc_pages(mm, GFP_ALL, 0);
		assert_non_null(pages[i]);
	}
	return pages;
}

static void free_blocks(u64 nr_free[MAX_ORDER])
{
	struct mm_snapshot *s;

	drain_all_pages(mm);
	s = mm_inspect(mm);
	frag_machine_free(s, nr_free);
	mm_snapshot_free(s);
}

static void assert_near(double got, double want, double sd, double rounding)
{
	if (fabs(got - want) > SIGMAS * sd + rounding)
		fail_msg("%g, expected %g +- %g (%g sigmas)", got, want, sd,
			 fabs(got - want) / sd);
}

/* Probability that all pages of a block of @order are free. */
static double all_free(double p, u32 order)
{
	return pow(p, (double)(1u << order));
}

/*
 * A maximal free block of order k is half of a pair of buddies whose other
 * half is not free.  A pair has at most one, with probability 2 P (1 - P),
 * P = p^(2^k), and pairs are independent: a binomial.  At the top order there
 * are no pairs, and P is the probability.
 */
static void check_maximal_blocks(const u64 nr_free[MAX_ORDER], double p)
{
	for (u32 k = 0; k < MAX_ORDER; k++) {
		double all = all_free(p, k);
		double q = k == TOP_ORDER ? all : 2 * all * (1 - all);
		double trials = (double)(k == TOP_ORDER ? ZONE_PAGES >> k
							: ZONE_PAGES >> k >> 1);

		/* Half a block is no deviation where none are expected. */
		assert_near((double)nr_free[k], trials * q,
			    sqrt(trials * q * (1 - q)), 0.5);
	}
}

/*
 * Of the free pages, p^(2^k - 1) =: r stand in free blocks of order k or
 * more: a ratio of sums over N / 2^k independent blocks, of 2^k I (I: all of
 * it is free) to F (its free pages).  To first order its variance is that of
 * the sum of 2^k I - r F over (N p)^2; F is binomial, and
 * cov(I, F) = 2^k P (1 - p).
 */
static void check_unusable_index(const u64 nr_free[MAX_ORDER], double p)
{
	for (u32 k = 0; k < MAX_ORDER; k++) {
		double size = (double)(1u << k), all = all_free(p, k);
		double r = all / p;
		double var = size * size * all * (1 - all) +
			     r * r * size * p * (1 - p) -
			     2 * r * size * size * all * (1 - p);
		double sd = sqrt(MAX(var, 0.0) * ZONE_PAGES / size) /
			    (ZONE_PAGES * p);

		assert_near(frag_unusable_index(nr_free, k) / 1000.0, 1 - r, sd,
			    0.001); /* whole thousandths, rounded down */
	}
}

static void test_independent_frees(void **state)
{
	static const double ps[] = {0.1, 0.5, 0.9, 0.99, 0.999};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(ps); i++) {
		struct page **pages = take_pages(ZONE_PAGES);
		u64 nr_free[MAX_ORDER];
		u32 kept = 0;

		assert_null(alloc_pages(mm, GFP_ALL, 0));
		for (u32 n = 0; n < ZONE_PAGES; n++) {
			if (gsl_rng_uniform(rng) < ps[i])
				free_pages(mm, pages[n], 0);
			else
				pages[kept++] = pages[n];
		}
		free_blocks(nr_free);
		check_maximal_blocks(nr_free, ps[i]);
		check_unusable_index(nr_free, ps[i]);
		while (kept)
			free_pages(mm, pages[--kept], 0);
		drain_all_pages(mm);
		free(pages);
	}
}

/* Pages of the block that serves a request of @pages. */
static double block_pages(double pages)
{
	u32 order = get_order((u64)ceil(pages * (double)MM_PAGE_SIZE));
	struct page *page = alloc_pages(mm, GFP_ALL, order);

	assert_non_null(page);
	assert_int_equal(page->order, order);
	free_pages(mm, page, order);
	return (double)(1u << order);
}

/* Every size from 1 to 2^m pages once: (2 * 4^m + 1) / 3, exactly. */
static void test_uniform_requests(void **state)
{
	(void)state;
	for (u32 m = 0; m < MAX_ORDER; m++) {
		u64 sum = 0, asked = 0;

		for (u32 n = 1; n <= 1u << m; n++) {
			sum += (u64)block_pages(n);
			asked += n;
		}
		assert_int_equal(sum, ((2ull << (2 * m)) + 1) / 3);
		/* sum / asked - 4/3 = (2 - 2^(m+2)) / (3 * 2^m (2^m + 1)) */
		assert_true(fabs((double)sum / (double)asked - 4.0 / 3) <
			    4.0 / 3 / (double)(1u << m));
	}
}

/*
 * The ratio block / request is 2^t, t uniform in [0, 1): its mean is 1 / ln 2
 * and that of its square 3 / (2 ln 2).
 */
static void test_log_uniform_requests(void **state)
{
	double mean = 1 / log(2), var = 1.5 / log(2) - mean * mean, sum = 0;

	(void)state;
	for (u32 i = 0; i < SAMPLES; i++) {
		double x = exp2(gsl_rng_uniform(rng) * TOP_ORDER);

		sum += block_pages(x) / x;
	}
	assert_near(sum / SAMPLES, mean, sqrt(var / SAMPLES), 0);
}

/*
 * A request of x > 2^k pages has a block 2^k pages larger than without that
 * step: E = 1 + sum 2^k exp(-2^k / mu), and likewise for the square with the
 * steps 4^(k+1) - 4^k.
 */
static void check_exponential(double mu, double printed)
{
	double mean = 1, square = 1, sum = 0;

	for (u32 k = 0; k < 32; k++) {
		double step = exp2(k);

		mean += step * exp(-step / mu);
		square += 3 * step * step * exp(-step / mu);
	}
	assert_true(fabs(mean - printed) < 1e-6);
	for (u32 i = 0; i < SAMPLES; i++)
		sum += block_pages(gsl_ran_exponential(rng, mu));
	assert_near(sum / SAMPLES, mean, sqrt((square - mean * mean) / SAMPLES),
		    0);
}

static void test_exponential_requests(void **state)
{
	(void)state;
	check_exponential(1, 1.714498);
	check_exponential(4, 5.849854);
	check_exponential(16, 23.103824);
}

/*
 * The published experiment, a 64th of its size: nine tenths of a zone are
 * filled with single pages, a random half is freed, then a tenth is replaced
 * a hundred times.
 *
 *	|#.##..#.#|.##.#.##.|##..#.#..|         |         |
 *	 half of the pages of each block free    never touched
 *
 * No 2 MiB block becomes wholly free again (one in 2^512 would), and none of
 * the free ones is broken: there always are smaller blocks.
 */
static void test_replacing_frees_no_large_block(void **state)
{
	u32 nr = ZONE_PAGES / 10 * 9, half, tenth;
	struct page **pages = take_pages(nr);
	u64 nr_free[MAX_ORDER], whole;

	(void)state;
	gsl_ran_shuffle(rng, pages, nr, sizeof(struct page *));
	half = nr / 2;
	while (nr > half)
		free_pages(mm, pages[--nr], 0);
	free_blocks(nr_free);
	whole = frag_free_huge(nr_free);
	assert_int_equal(whole, ZONE_PAGES / 10 / 512);
	tenth = nr / 10;
	for (u32 round = 0; round < 100; round++) {
		gsl_ran_shuffle(rng, pages, nr, sizeof(struct page *));
		for (u32 i = 0; i < tenth; i++)
			free_pages(mm, pages[i], 0);
		for (u32 i = 0; i < tenth; i++)
			pages[i] = alloc_pages(mm, GFP_ALL, 0);
		free_blocks(nr_free);
		assert_int_equal(frag_free_huge(nr_free), whole);
	}
	free(pages);
}

/* Who has which page, by owner, for the machine's notes. */
static struct page **owned;

static void follow(struct machine *m, enum mm_event ev, u64 a, u64 b)
{
	struct page *page = pfn_to_page(mm, (pfn_t)b);

	(void)m;
	if (ev != MM_EV_PAGE_MIGRATED)
		return;
	assert_ptr_equal(owned[page_owner(page)], pfn_to_page(mm, (pfn_t)a));
	owned[page_owner(page)] = page;
}

static void own(u32 i)
{
	lru_add(mm, owned[i], false, i);
}

/*
 * The same with compaction: after each round all pages are moved together.
 * With P pages taken of 2^16, (2^16 - P) / 512 pageblocks could be free; one
 * is where the scanners meet, and in another there may be pages that the
 * free scanner had at hand when they did.
 */
static void test_compaction_brings_them_back(void **state)
{
	u32 nr = ZONE_PAGES / 10 * 9, half = nr / 2, tenth = half / 10;
	u64 nr_free[MAX_ORDER], could;

	(void)state;
	mm_destroy(mm);
	boot(true);
	fm.ops.note = follow;
	owned = take_pages(nr);
	gsl_ran_shuffle(rng, owned, nr, sizeof(struct page *));
	while (nr > half)
		free_pages(mm, owned[--nr], 0);
	for (u32 i = 0; i < nr; i++)
		own(i);
	free_blocks(nr_free);
	assert_int_equal(frag_free_huge(nr_free), ZONE_PAGES / 10 / 512);
	could = (ZONE_PAGES - nr) / 512;
	for (u32 round = 0; round < 100; round++) {
		for (u32 n = 0; n < tenth; n++) {
			u32 i = (u32)gsl_rng_uniform_int(rng, nr);

			free_pages(mm, owned[i], 0);
			owned[i] = alloc_pages(mm, GFP_ALL, 0);
			own(i);
		}
		compact_node(mm, 0);
		free_blocks(nr_free);
		assert_in_range(frag_free_huge(nr_free), could - 2, could);
	}
	fm.ops.note = NULL;
	free(owned);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_independent_frees, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_uniform_requests, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_log_uniform_requests,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_exponential_requests,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_replacing_frees_no_large_block, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_compaction_brings_them_back, setup, teardown),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
