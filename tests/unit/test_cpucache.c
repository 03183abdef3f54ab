/*
 * Goal: the CPU caches behave as textbooks say.  Method: small caches whose
 * misses are counted by hand, well-known streams (Belady's, a sequential one,
 * objects with hot heads), and random ones under every policy with all
 * invariants walked.
 */
#include "sim/cpucache.h"

#include "base/rng.h"

#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>

#define LINE 64u

struct fixture {
	struct config c;
	struct cpucache_options opt;
	struct cpucache *h;
};

/* A machine of @cpus CPUs, two nodes if more than two, and @caches. */
static void start(struct fixture *f, u32 cpus, const char *caches)
{
	char text[2048];
	struct err e = {0};

	if (cpus > 2)
		snprintf(text, sizeof(text),
			 "nodes: [{cpus: \"0-%u\", memory: 64MiB}, "
			 "{cpus: \"%u-%u\", memory: 64MiB}]\n"
			 "memory: {latency: 200}\ncpu:\n  caches: [%s]\n",
			 cpus / 2 - 1, cpus / 2, cpus - 1, caches);
	else
		snprintf(text, sizeof(text),
			 "nodes: [{cpus: \"0-%u\", memory: 64MiB}]\n"
			 "memory: {latency: 200}\ncpu:\n  caches: [%s]\n",
			 cpus - 1, caches);
	if (config_parse(&f->c, "test", text, strlen(text), NULL, 0, &e))
		fail_msg("%s", e.text);
	f->opt.classes = true;
	f->opt.memory_bytes = 128 << 20;
	if (!f->opt.nr_owners)
		f->opt.watch = -1;
	f->h = cpucache_create(&f->c, &f->opt, &e);
	if (!f->h)
		fail_msg("%s", e.text);
}

static void stop(struct fixture *f)
{
	struct err e = {0};

	if (!cpucache_check(f->h, &e))
		fail_msg("%s", e.text);
	cpucache_destroy(f->h);
}

static cycles_t rd(struct fixture *f, u32 cpu, u64 addr)
{
	return cpucache_access(f->h, cpu, addr, 8, CPUCACHE_READ, 0, 0);
}

static cycles_t wr(struct fixture *f, u32 cpu, u64 addr)
{
	return cpucache_access(f->h, cpu, addr, 8, CPUCACHE_WRITE, 0, 0);
}

static u64 misses(const struct fixture *f, u32 level)
{
	struct cpucache_use u;

	cpucache_sum(f->h, level, &u);
	return u.misses[0] + u.misses[1] + u.misses[2];
}

static u64 class_of(const struct fixture *f, u32 level, enum miss_class class)
{
	struct cpucache_use u;

	cpucache_sum(f->h, level, &u);
	return u.classes[class];
}

/* Misses of a stream of line numbers in one cache. */
static u64 misses_of(const char *cache, const u32 *lines, u32 nr)
{
	struct fixture f = {0};
	u64 n;

	start(&f, 1, cache);
	for (u32 i = 0; i < nr; i++)
		rd(&f, 0, (u64)lines[i] * LINE);
	n = misses(&f, 0);
	stop(&f);
	return n;
}

/* Belady, Nelson and Shedler 1969: FIFO misses more with more room. */
static void test_belady(void **state)
{
	static const u32 lines[] = {1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5};

	(void)state;
	assert_int_equal(misses_of("{level: 1, size: 192, ways: 3, latency: 1,"
				   " policy: fifo}",
				   lines, ARRAY_SIZE(lines)),
			 9);
	assert_int_equal(misses_of("{level: 1, size: 256, ways: 4, latency: 1,"
				   " policy: fifo}",
				   lines, ARRAY_SIZE(lines)),
			 10);
	assert_int_equal(misses_of("{level: 1, size: 192, ways: 3, latency: 1}",
				   lines, ARRAY_SIZE(lines)),
			 10);
	assert_int_equal(misses_of("{level: 1, size: 256, ways: 4, latency: 1}",
				   lines, ARRAY_SIZE(lines)),
			 8);
}

/* LRU is a stack algorithm: at fixed sets more ways never miss more.  The
 * sets, 12, are no power of two. */
static void test_lru_inclusion(void **state)
{
	u32 lines[4000];
	struct rng r = rng_for(7, "lines");
	u64 before = UINT64_MAX;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(lines); i++)
		lines[i] = (u32)rng_below(&r, 16 + i % 97);
	for (u32 ways = 1; ways <= 9; ways++) {
		char cache[96];
		u64 n;

		snprintf(cache, sizeof(cache),
			 "{level: 1, size: %u, ways: %u, latency: 1}",
			 12 * ways * LINE, ways);
		n = misses_of(cache, lines, ARRAY_SIZE(lines));
		assert_true(n <= before);
		before = n;
	}
}

/* Four lines of one set in a cache of 2 ways and 8 lines: all but the first
 * round are conflicts; 16 lines in turn: all capacity. */
static void test_classes(void **state)
{
	struct fixture f = {0};

	(void)state;
	start(&f, 1, "{level: 1, size: 512, ways: 2, latency: 1}");
	for (u32 round = 0; round < 10; round++)
		for (u32 i = 0; i < 4; i++)
			rd(&f, 0, (u64)i * 4 * LINE);
	assert_int_equal(misses(&f, 0), 40);
	assert_int_equal(class_of(&f, 0, MISS_COMPULSORY), 4);
	assert_int_equal(class_of(&f, 0, MISS_CONFLICT), 36);
	for (u32 round = 0; round < 10; round++)
		for (u32 i = 0; i < 16; i++)
			rd(&f, 0, (u64)(100 + i) * LINE);
	assert_int_equal(class_of(&f, 0, MISS_COMPULSORY), 20);
	assert_int_equal(class_of(&f, 0, MISS_CAPACITY), 144);
	assert_int_equal(class_of(&f, 0, MISS_CONFLICT), 36);
	stop(&f);
}

/*
 * Objects on 512-byte boundaries, 48 hot bytes each, are all on every eighth
 * line: 1/8 of the sets of any cache of 64-byte lines, and 48/512 = 9.375 % of
 * its bytes are all that the heads can ever fill, as 48 of a line's 64 bytes
 * are hot.  Coloured by a line, they reach every set.
 */
static void test_hot_heads(void **state)
{
	struct fixture f = {.opt = {.nr_owners = 1, .watch = 0}};
	const struct cpucache_set_use *sets;
	u32 used = 0;

	(void)state;
	start(&f, 1, "{level: 1, size: 32KiB, ways: 8, latency: 4}");
	for (u64 i = 0; i < 4096; i++)
		cpucache_access(f.h, 0, i * 512, 48, CPUCACHE_READ, 0, 0);
	sets = cpucache_sets(f.h, 0);
	for (u32 s = 0; s < cpucache_nr_sets(f.h, 0); s++)
		used += sets[s].misses > 0;
	assert_int_equal(used, 64 / 8);
	assert_true(used * 48.0 / (64.0 * LINE) * 100 == 9.375);
	stop(&f);
	start(&f, 1, "{level: 1, size: 32KiB, ways: 8, latency: 4}");
	for (u64 i = 0; i < 4096; i++) /* slabs of 8: colour of i / 8 */
		cpucache_access(f.h, 0, i * 512 + i / 8 % 8 * LINE, 48,
				CPUCACHE_READ, 0, 0);
	sets = cpucache_sets(f.h, 0);
	for (u32 s = 0; s < cpucache_nr_sets(f.h, 0); s++)
		assert_int_equal(sets[s].misses, 4096 / 64);
	stop(&f);
}

/* With lines of 16 bytes the 48 hot ones are 3 lines of every 32: 9.375 % of
 * the sets, of any number of them that 32 divides. */
static void test_hot_heads_fill_sets(void **state)
{
	static const u32 sets[] = {32, 96, 512, 1440};

	(void)state;
	for (u32 k = 0; k < ARRAY_SIZE(sets); k++) {
		struct fixture f = {.opt = {.nr_owners = 1, .watch = 0}};
		char cache[96];
		u32 used = 0;

		snprintf(cache, sizeof(cache),
			 "{level: 1, size: %u, line: 16, ways: 3, latency: 4}",
			 sets[k] * 3 * 16);
		start(&f, 1, cache);
		for (u64 i = 0; i < 4096; i++)
			cpucache_access(f.h, 0, i * 512, 48, CPUCACHE_READ, 0,
					0);
		for (u32 s = 0; s < sets[k]; s++)
			used += cpucache_sets(f.h, 0)[s].misses > 0;
		assert_int_equal(used * 100000, sets[k] * 9375);
		stop(&f);
	}
}

/* Ten lines, each for the first time: as many compulsory misses, of one owner
 * and, once that is gone, of the other, right away and later on. */
static void test_retire(void **state)
{
	struct fixture f = {
		.opt = {.nr_owners = 2, .watch = 0, .classes = true}};

	(void)state;
	start(&f, 1, "{level: 1, size: 32KiB, ways: 8, latency: 4}");
	for (u64 i = 0; i < 10; i++)
		cpucache_access(f.h, 0, i * LINE, 8, CPUCACHE_READ, 1, 0);
	cpucache_retire(f.h, 1, 0);
	assert_int_equal(cpucache_use(f.h, 0, 1)->classes[MISS_COMPULSORY], 0);
	assert_int_equal(cpucache_use(f.h, 0, 0)->classes[MISS_COMPULSORY], 10);
	stop(&f);
}

static void test_prefetch(void **state)
{
	static const char *const kind[] = {"none", "next-line", "stride"};
	u64 n[2][3];

	(void)state;
	for (u32 k = 0; k < 6; k++) {
		struct fixture f = {0};
		char cache[128];

		snprintf(cache, sizeof(cache),
			 "{level: 1, size: 4KiB, ways: 8, latency: 1, "
			 "prefetch: %s}",
			 kind[k % 3]);
		start(&f, 1, cache);
		for (u64 i = 0; i < 640; i++)
			rd(&f, 0, i * LINE * (k < 3 ? 1 : 3));
		n[k / 3][k % 3] = misses(&f, 0);
		stop(&f);
	}
	/* 640 lines, 10 pages: one miss a page, or three to see the stride. */
	assert_int_equal(n[0][0], 640);
	assert_int_equal(n[0][1], 10);
	assert_int_equal(n[0][2], 30);
	/* Every third line: nothing for next-line to find. */
	assert_int_equal(n[1][0], 640);
	assert_int_equal(n[1][1], 640);
	assert_true(n[1][2] < 640 / 3);
}

#define TWO_LEVELS                                                 \
	"{level: 1, type: data, size: 512, ways: 2, latency: 4}, " \
	"{level: 2, size: 4KiB, ways: 4, latency: 40, shared: 2}"

/* Two CPUs write the same word in turn. */
static void test_ping_pong(void **state)
{
	struct fixture f = {0};
	const struct cpucache_totals *t;

	(void)state;
	start(&f, 2, TWO_LEVELS);
	t = cpucache_totals(f.h);
	assert_int_equal(wr(&f, 0, 4096), 200); /* from memory */
	assert_int_equal(wr(&f, 0, 4096), 4);
	for (u32 i = 0; i < 10; i++) {
		/* To the shared level and into the other's first. */
		assert_int_equal(wr(&f, 1, 4096), 44);
		assert_int_equal(wr(&f, 0, 4096), 44);
	}
	assert_int_equal(cpucache_level(f.h, 0)->invalidations, 20);
	assert_int_equal(cpucache_level(f.h, 0)->transfers, 20);
	assert_int_equal(t->true_sharing, 20);
	assert_int_equal(t->false_sharing, 0);
	assert_int_equal(class_of(&f, 0, MISS_COHERENCE), 19);
	assert_int_equal(class_of(&f, 0, MISS_COMPULSORY), 2);
	stop(&f);
}

/* The same with two words of a line: nobody needs the other's. */
static void test_false_sharing(void **state)
{
	struct fixture f = {0};
	const struct cpucache_totals *t;

	(void)state;
	start(&f, 2, TWO_LEVELS);
	t = cpucache_totals(f.h);
	for (u32 i = 0; i < 10; i++) {
		wr(&f, 0, 4096);
		wr(&f, 1, 4096 + 32);
	}
	assert_int_equal(t->false_sharing, 19);
	assert_int_equal(t->true_sharing, 0);
	stop(&f);
}

/* What an owner wrote that has lost the line since is not the next one's. */
static void test_sharing_after_eviction(void **state)
{
	struct fixture f = {0};
	const struct cpucache_totals *t;

	(void)state;
	start(&f, 3, "{level: 1, size: 64, ways: 1, latency: 1}");
	t = cpucache_totals(f.h);
	wr(&f, 0, 0);
	rd(&f, 0, LINE); /* to memory */
	wr(&f, 1, 32);
	rd(&f, 2, 0); /* CPU 1 wrote 32 to 39 alone */
	assert_int_equal(t->false_sharing, 1);
	assert_int_equal(t->true_sharing, 0);
	rd(&f, 1, LINE);
	rd(&f, 2, LINE);
	rd(&f, 0, 0); /* alone: may write without asking */
	wr(&f, 0, 8);
	rd(&f, 1, 32);
	assert_int_equal(t->false_sharing, 2);
	rd(&f, 2, LINE);
	rd(&f, 0, LINE);
	wr(&f, 1, 16); /* an upgrade, of a line that no other has any more */
	rd(&f, 2, 8);
	assert_int_equal(t->false_sharing, 3);
	rd(&f, 0, 16);
	assert_int_equal(t->true_sharing, 0);
	stop(&f);
}

/* A bit of the directory for two CPUs: both are asked, and the one that has
 * nothing does not answer for the cache that it shares with the other. */
static void test_more_than_64(void **state)
{
	struct fixture f = {0};

	(void)state;
	start(&f, 66,
	      "{level: 1, size: 64, ways: 1, latency: 1}, "
	      "{level: 2, size: 512, ways: 8, latency: 9, shared: 2}");
	wr(&f, 1, 0);
	rd(&f, 1, LINE);
	wr(&f, 1, 0); /* modified in both levels now */
	assert_int_equal(rd(&f, 4, 0), 200 + 1);
	assert_int_equal(cpucache_level(f.h, 0)->transfers, 1);
	assert_int_equal(cpucache_level(f.h, 1)->transfers, 0);
	assert_int_equal(cpucache_totals(f.h)->true_sharing, 1);
	assert_int_equal(wr(&f, 65, 0), 2 * 200 + 1);
	assert_int_equal(cpucache_level(f.h, 0)->invalidations, 2);
	assert_int_equal(cpucache_level(f.h, 1)->invalidations, 2);
	assert_false(cpucache_holds(f.h, 1, 0, 0));
	assert_false(cpucache_holds(f.h, 0, 4, 0));
	stop(&f);
}

/* Read shared, then written: E, S, an upgrade, M; a reader brings it back. */
static void test_mesi_by_hand(void **state)
{
	struct fixture f = {0};
	const struct cpucache_totals *t;

	(void)state;
	start(&f, 4,
	      "{level: 1, type: data, size: 512, ways: 2, latency: 4}, "
	      "{level: 2, size: 4KiB, ways: 4, latency: 40, shared: 2}");
	t = cpucache_totals(f.h);
	assert_int_equal(rd(&f, 0, 8192), 200);
	assert_int_equal(wr(&f, 0, 8192), 4); /* E to M: nobody is asked */
	assert_int_equal(t->upgrades, 0);
	assert_int_equal(rd(&f, 1, 8192), 44); /* M to S and S */
	assert_int_equal(cpucache_level(f.h, 0)->transfers, 1);
	assert_int_equal(rd(&f, 0, 8192), 4);
	assert_int_equal(wr(&f, 1, 8192), 44); /* S to M: an upgrade */
	assert_int_equal(t->upgrades, 1);
	assert_int_equal(cpucache_level(f.h, 0)->invalidations, 1);
	assert_false(cpucache_holds(f.h, 0, 0, 8192));
	/* From the other node: 20 / 10 of memory's time, and the lookup. */
	assert_int_equal(rd(&f, 2, 8192), 2 * 200 + 4);
	assert_int_equal(cpucache_level(f.h, 0)->transfers, 2);
	assert_int_equal(wr(&f, 3, 8192), 2 * 200 + 4);
	assert_false(cpucache_holds(f.h, 0, 1, 8192));
	assert_false(cpucache_holds(f.h, 1, 1, 8192));
	assert_true(cpucache_holds(f.h, 0, 3, 8192));
	stop(&f);
}

static void test_inclusive_and_exclusive(void **state)
{
	struct fixture f = {0};

	(void)state;
	/* The inclusive level has two lines: a third takes a first's away. */
	start(&f, 1,
	      "{level: 1, size: 512, ways: 8, latency: 1}, {level: 2, size: "
	      "128, ways: 2, latency: 9, inclusion: inclusive}");
	for (u32 i = 0; i < 3; i++)
		wr(&f, 0, i * LINE);
	assert_false(cpucache_holds(f.h, 0, 0, 0));
	assert_int_equal(cpucache_level(f.h, 0)->back_invalidations, 1);
	assert_int_equal(cpucache_totals(f.h)->memory_writes, 1);
	stop(&f);
	/* The exclusive one holds what the first gave up, and nothing else. */
	start(&f, 1,
	      "{level: 1, size: 128, ways: 2, latency: 1}, {level: 2, size: "
	      "512, ways: 8, latency: 9, inclusion: exclusive}");
	for (u32 i = 0; i < 3; i++)
		wr(&f, 0, i * LINE);
	assert_true(cpucache_holds(f.h, 1, 0, 0));
	assert_false(cpucache_holds(f.h, 1, 0, LINE));
	assert_int_equal(rd(&f, 0, 0), 9);
	assert_false(cpucache_holds(f.h, 1, 0, 0));
	assert_true(cpucache_holds(f.h, 1, 0, LINE));
	assert_int_equal(cpucache_totals(f.h)->memory_writes, 0);
	stop(&f);
}

/* A prefetcher takes the line out of an exclusive level too, and what was
 * written with it. */
static void test_prefetch_from_exclusive(void **state)
{
	static const u32 reads[] = {20, 30};
	struct fixture f = {0};

	(void)state;
	start(&f, 1,
	      "{level: 1, size: 128, ways: 2, latency: 1, prefetch: next-line},"
	      " {level: 2, size: 512, ways: 8, latency: 9, "
	      "inclusion: exclusive}");
	wr(&f, 0, 11 * LINE); /* L1 holds 11 and 12 */
	for (u32 i = 0; i < ARRAY_SIZE(reads); i++)
		rd(&f, 0, reads[i] * LINE); /* which leave for L2 */
	assert_true(cpucache_holds(f.h, 1, 0, 11 * LINE));
	rd(&f, 0, 10 * LINE);
	assert_true(cpucache_holds(f.h, 0, 0, 11 * LINE));
	assert_false(cpucache_holds(f.h, 1, 0, 11 * LINE));
	/* 11 and 12, 20 and 21, 30 and 31, 10: 11 was not fetched again. */
	assert_int_equal(cpucache_totals(f.h)->memory_reads, 7);
	assert_int_equal(cpucache_totals(f.h)->memory_writes, 0);
	stop(&f);
}

/* An exclusive level of three lines, behind one: cold misses are those of
 * lines that it never held, even if the level before it fetched them. */
static void test_classes_of_exclusive(void **state)
{
	static const u32 lines[] = {1, 2, 3, 4, 5, 1, 5, 4};
	struct fixture f = {0};

	(void)state;
	start(&f, 1,
	      "{level: 1, size: 64, ways: 1, latency: 1}, {level: 2, size: "
	      "192, ways: 3, latency: 9, inclusion: exclusive}");
	/* 1 to 5 are cold; L2 then has 2, 3, 4; 1 left it: capacity.  It has
	 * 3, 4, 5 then, and after each of the last two one less, one more. */
	for (u32 i = 0; i < ARRAY_SIZE(lines); i++)
		rd(&f, 0, lines[i] * LINE);
	assert_int_equal(class_of(&f, 1, MISS_COMPULSORY), 5);
	assert_int_equal(class_of(&f, 1, MISS_CAPACITY), 1);
	assert_int_equal(class_of(&f, 1, MISS_CONFLICT), 0);
	assert_int_equal(misses(&f, 1), 6);
	stop(&f);
}

/* What never comes in is a cold miss each time; what was in and left is not. */
static void test_classes_without_allocation(void **state)
{
	struct fixture f = {0};

	(void)state;
	start(&f, 2,
	      "{level: 1, size: 128, ways: 2, latency: 1, allocate: false}");
	for (u32 i = 0; i < 3; i++)
		assert_int_equal(wr(&f, 0, 0), 200);
	assert_int_equal(class_of(&f, 0, MISS_COMPULSORY), 3);
	assert_int_equal(cpucache_totals(f.h)->memory_writes, 3);
	assert_int_equal(cpucache_totals(f.h)->memory_reads, 0);
	rd(&f, 0, 0);
	assert_int_equal(wr(&f, 0, 0), 1);
	assert_int_equal(cpucache_totals(f.h)->memory_writes, 3);
	wr(&f, 1, 0); /* takes it from CPU 0, and does not keep it */
	wr(&f, 0, 0);
	wr(&f, 0, 0);
	assert_int_equal(class_of(&f, 0, MISS_COMPULSORY), 5);
	assert_int_equal(class_of(&f, 0, MISS_COHERENCE), 2);
	rd(&f, 0, LINE);
	rd(&f, 0, 2 * LINE);
	rd(&f, 0, 3 * LINE);
	wr(&f, 0, LINE);
	assert_int_equal(class_of(&f, 0, MISS_CAPACITY), 1);
	assert_int_equal(class_of(&f, 0, MISS_CONFLICT), 0);
	stop(&f);
}

static u32 other_node(void *arg, u64 addr)
{
	(void)arg;
	(void)addr;
	return 1;
}

/* A write that no cache takes goes as far as a read would. */
static void test_write_to_far_memory(void **state)
{
	struct fixture f = {.opt = {.node_of = other_node}};

	(void)state;
	start(&f, 4,
	      "{level: 1, size: 128, ways: 2, latency: 1, allocate: false}");
	assert_int_equal(wr(&f, 0, 0), 2 * 200);
	assert_int_equal(wr(&f, 3, 0), 200);
	stop(&f);
}

/* Threads of a core numbered as Linux often does, 0 and 2, 1 and 3: a core is
 * one agent, and the third level of all brings the other core's lines. */
static void test_shared_by_lists(void **state)
{
	struct fixture f = {0};

	(void)state;
	start(&f, 4,
	      "{level: 1, size: 128, ways: 2, latency: 1, "
	      "shared: [\"0,2\", \"1,3\"]}, {level: 2, size: 512, ways: 8, "
	      "latency: 9, shared: 0-3, inclusion: inclusive}");
	assert_int_equal(wr(&f, 0, 0), 200);
	assert_int_equal(rd(&f, 2, 0), 1);
	assert_int_equal(wr(&f, 2, 0), 1);
	assert_int_equal(wr(&f, 3, 0), 9 + 1);
	assert_int_equal(cpucache_level(f.h, 0)->invalidations, 1);
	assert_int_equal(cpucache_totals(f.h)->true_sharing, 1);
	assert_false(cpucache_holds(f.h, 0, 0, 0));
	assert_false(cpucache_holds(f.h, 0, 2, 0));
	assert_true(cpucache_holds(f.h, 0, 1, 0));
	assert_true(cpucache_holds(f.h, 0, 3, 0));
	for (u64 i = 1; i <= 8; i++) /* all the second level holds */
		rd(&f, 0, i * LINE);
	assert_false(cpucache_holds(f.h, 0, 3, 0));
	assert_int_equal(cpucache_level(f.h, 0)->back_invalidations, 1);
	stop(&f);
}

/* Three CPUs, second levels for two: the last one is CPU 2's own, and knows
 * whether others hold a line. */
static void test_last_of_a_level(void **state)
{
	struct fixture f = {0};

	(void)state;
	start(&f, 3,
	      "{level: 1, size: 64, ways: 1, latency: 1}, "
	      "{level: 2, size: 512, ways: 8, latency: 9, shared: 2}");
	rd(&f, 0, 0);
	rd(&f, 2, 0);
	rd(&f, 2, LINE); /* line 0 is in CPU 2's second level alone */
	assert_int_equal(cpucache_totals(f.h)->upgrades, 0);
	wr(&f, 2, 0);
	assert_int_equal(cpucache_totals(f.h)->upgrades, 1);
	assert_false(cpucache_holds(f.h, 0, 0, 0));
	assert_false(cpucache_holds(f.h, 1, 1, 0));
	stop(&f);
}

static void test_write_through(void **state)
{
	struct fixture f = {0};

	(void)state;
	start(&f, 1,
	      "{level: 1, size: 512, ways: 8, latency: 1, write: through, "
	      "allocate: false}, {level: 2, size: 1KiB, ways: 8, latency: 9}");
	wr(&f, 0, 0);
	assert_false(cpucache_holds(f.h, 0, 0, 0));
	assert_true(cpucache_holds(f.h, 1, 0, 0));
	rd(&f, 0, 0);
	wr(&f, 0, 0);
	assert_int_equal(cpucache_level(f.h, 0)->written_through, 1);
	assert_int_equal(cpucache_totals(f.h)->memory_writes, 0);
	stop(&f);
}

static void test_bandwidth_and_tlb(void **state)
{
	struct fixture f = {.opt = {.memory_bytes = 128 << 20, .watch = -1}};
	const char text[] = "nodes: [{cpus: \"0\", memory: 64MiB}]\n"
			    "memory: {latency: 200, bandwidth: 4GiB}\n"
			    "cpu: {frequency: 4294967296, mapping: 4KiB, "
			    "walk: 30,\n"
			    "  tlbs: [{entries: 2, ways: 2}, "
			    "{entries: 4, ways: 4, latency: 7}],\n"
			    "  caches: [{level: 1, size: 512, ways: 8, "
			    "latency: 1}]}\n";
	const struct cpucache_totals *t;
	struct err e = {0};

	(void)state;
	if (config_parse(&f.c, "test", text, strlen(text), NULL, 0, &e))
		fail_msg("%s", e.text);
	f.h = cpucache_create(&f.c, &f.opt, &e);
	t = cpucache_totals(f.h);
	/* A line takes 64 cycles: 4 GiB/s at 4 GiB cycles a second; the first
	 * leaves memory when its page is found. */
	assert_int_equal(rd(&f, 0, 0), 230);
	assert_int_equal(rd(&f, 0, LINE), 200 + 30 + 64);
	assert_int_equal(rd(&f, 0, 2 * LINE), 200 + 30 + 128);
	assert_int_equal(t->bandwidth_wait, 94 + 158);
	assert_int_equal(rd(&f, 0, 0), 1);
	assert_int_equal(t->tlb_misses[0], 1);
	wr(&f, 0, 4096);
	wr(&f, 0, 8192);
	assert_int_equal(t->tlb_misses[1], 3);
	assert_int_equal(rd(&f, 0, 0), 1 + 7);
	stop(&f);
}

static void test_straddle(void **state)
{
	struct fixture f = {.opt = {.whole = true, .watch = -1}};

	(void)state;
	start(&f, 1, "{level: 1, size: 512, ways: 2, latency: 1}");
	assert_true(cpucache_is_whole(f.h));
	cpucache_access(f.h, 0, 60, 8, CPUCACHE_READ, 0, 0);
	assert_int_equal(misses(&f, 0), 1);
	assert_true(cpucache_holds(f.h, 0, 0, LINE));
	cpucache_access(f.h, 0, 120, 16, CPUCACHE_READ, 0, 0);
	assert_int_equal(misses(&f, 0), 2);
	stop(&f);
	f.opt.whole = false;
	start(&f, 1, "{level: 1, size: 512, ways: 2, latency: 1}");
	cpucache_access(f.h, 0, 60, 8, CPUCACHE_READ, 0, 0);
	assert_int_equal(misses(&f, 0), 2);
	stop(&f);
}

/* The second level's copy is as memory has it until the first one's leaves. */
static void test_whole_writes_back(void **state)
{
	struct fixture f = {.opt = {.whole = true, .watch = -1}};
	const struct cpucache_totals *t;

	(void)state;
	start(&f, 1,
	      "{level: 1, type: data, size: 128, ways: 2, latency: 1}, "
	      "{level: 1, type: instruction, size: 64, ways: 1, latency: 1}, "
	      "{level: 2, size: 128, ways: 2, latency: 9}");
	t = cpucache_totals(f.h);
	wr(&f, 0, 0);
	for (u64 i = 1; i <= 2; i++) /* takes line 0 out of the second level */
		cpucache_access(f.h, 0, i * LINE, 4, CPUCACHE_FETCH, 0, 0);
	assert_false(cpucache_holds(f.h, 2, 0, 0));
	assert_int_equal(t->memory_writes, 0);
	rd(&f, 0, 3 * LINE);
	rd(&f, 0, 4 * LINE); /* and this one line 0 out of the first */
	assert_int_equal(t->memory_writes, 1);
	assert_int_equal(cpucache_level(f.h, 0)->writebacks, 1);
	assert_int_equal(cpucache_level(f.h, 2)->writebacks, 0);
	stop(&f);
}

/* Two lines of two pages: two lines of memory, two translations; one access
 * and one miss. */
static void test_whole_of_two_pages(void **state)
{
	struct fixture f = {.opt = {.whole = true, .watch = -1}};

	(void)state;
	start(&f, 1,
	      "{level: 1, size: 512, ways: 2, latency: 1}]\n  mapping: 4KiB\n"
	      "  walk: 30\n  tlbs: [{entries: 4, ways: 2}");
	assert_int_equal(cpucache_access(f.h, 0, 4092, 8, CPUCACHE_READ, 0, 0),
			 30 + 30 + 200);
	assert_int_equal(misses(&f, 0), 1);
	assert_int_equal(cpucache_totals(f.h)->memory_reads, 2);
	assert_int_equal(cpucache_totals(f.h)->tlb_accesses, 2);
	assert_int_equal(cpucache_totals(f.h)->tlb_misses[0], 2);
	stop(&f);
}

/* Instructions are cut where their own lines end. */
static void test_lines_of_instructions(void **state)
{
	struct fixture f = {0};

	(void)state;
	start(&f, 1,
	      "{level: 1, type: data, size: 512, ways: 2, latency: 1}, "
	      "{level: 1, type: instruction, line: 16, size: 512, ways: 2, "
	      "latency: 1}");
	cpucache_access(f.h, 0, 12, 8, CPUCACHE_FETCH, 0, 0);
	assert_int_equal(misses(&f, 1), 2);
	cpucache_access(f.h, 0, 12, 8, CPUCACHE_READ, 0, 0);
	assert_int_equal(misses(&f, 0), 1);
	stop(&f);
}

/* The last addresses there are, with the smallest line: no entry that is not
 * in use is mistaken for them. */
static void test_last_line(void **state)
{
	struct fixture f = {0};

	(void)state;
	start(&f, 1, "{level: 1, size: 512, line: 8, ways: 2, latency: 1}");
	assert_int_equal(rd(&f, 0, CPUCACHE_ADDR_END - 8), 200);
	assert_int_equal(rd(&f, 0, CPUCACHE_ADDR_END - 8), 1);
	assert_int_equal(misses(&f, 0), 1);
	stop(&f);
}

/* Anything at all, on six CPUs of two nodes: the invariants hold. */
static void test_random(void **state)
{
	static const char *const far[] = {
		"policy: lru",
		"policy: plru, inclusion: inclusive",
		"policy: srrip, inclusion: exclusive",
		"policy: random, inclusion: inclusive, prefetch: next-line",
		"policy: fifo, prefetch: stride",
	};
	static const char *const near[] = {"policy: lru",
					   "policy: plru, write: through",
					   "policy: fifo, prefetch: next-line",
					   "policy: srrip, allocate: false"};

	(void)state;
	for (u32 k = 0; k < ARRAY_SIZE(far) * ARRAY_SIZE(near); k++) {
		struct fixture f = {0};
		struct rng r = rng_for(k, "accesses");
		char caches[512];
		struct err e = {0};

		snprintf(caches, sizeof(caches),
			 "{level: 1, type: data, size: 512, ways: 4, latency: "
			 "4, %s}, {level: 1, type: instruction, size: 512, "
			 "ways: 2, latency: 4}, {level: 2, size: 1KiB, ways: "
			 "4, latency: 14}, {level: 3, size: 4KiB, ways: 8, "
			 "latency: 40, shared: 3, %s}",
			 near[k % ARRAY_SIZE(near)], far[k / ARRAY_SIZE(near)]);
		start(&f, 6, caches);
		for (u32 i = 0; i < 6000; i++) {
			u32 cpu = (u32)rng_below(&r, 6);
			u64 at =
				rng_below(&r, 120) * LINE + rng_below(&r, LINE);

			cpucache_access(f.h, cpu, at, (u32)rng_below(&r, 80),
					(enum cpucache_how)rng_below(&r, 4), 0,
					i);
			if (i % 100 == 0 && !cpucache_check(f.h, &e))
				fail_msg("%s, access %u: %s", caches, i,
					 e.text);
		}
		stop(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_belady),
		cmocka_unit_test(test_lru_inclusion),
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_hot_heads),
		cmocka_unit_test(test_retire),
		cmocka_unit_test(test_hot_heads_fill_sets),
		cmocka_unit_test(test_prefetch),
		cmocka_unit_test(test_ping_pong),
		cmocka_unit_test(test_false_sharing),
		cmocka_unit_test(test_sharing_after_eviction),
		cmocka_unit_test(test_more_than_64),
		cmocka_unit_test(test_mesi_by_hand),
		cmocka_unit_test(test_inclusive_and_exclusive),
		cmocka_unit_test(test_prefetch_from_exclusive),
		cmocka_unit_test(test_classes_of_exclusive),
		cmocka_unit_test(test_classes_without_allocation),
		cmocka_unit_test(test_write_to_far_memory),
		cmocka_unit_test(test_shared_by_lists),
		cmocka_unit_test(test_last_of_a_level),
		cmocka_unit_test(test_write_through),
		cmocka_unit_test(test_bandwidth_and_tlb),
		cmocka_unit_test(test_straddle),
		cmocka_unit_test(test_whole_writes_back),
		cmocka_unit_test(test_whole_of_two_pages),
		cmocka_unit_test(test_lines_of_instructions),
		cmocka_unit_test(test_last_line),
		cmocka_unit_test(test_random),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
