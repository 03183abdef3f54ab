/*
 * Goal: a shadow is a fully associative LRU cache, and names misses by it.
 * Method: anything at all happens to it and to one that keeps nothing but when
 * each line was used, and looks at all of them to find the oldest; and, where
 * that is too slow, lines come round and round, of which LRU holds all or none.
 */
#include "sim/cpucache_shadow.h"

#include "base/rng.h"

#include "cmocka_all.h"

#include <string.h>

#define LINES 200u

struct naive {
	u64 used[LINES]; /* 0: not there */
	bool seen[LINES];
	bool lost[LINES];
	u64 now;
	u32 nr;
	u32 nr_max;
	u64 apart; /* the shadow's lines for two that follow each other here */
};

static void naive_use(struct naive *n, u64 line)
{
	u32 oldest = LINES;

	n->lost[line] = false;
	if (!n->used[line] && n->nr++ == n->nr_max) {
		for (u32 i = 0; i < LINES; i++)
			if (n->used[i] &&
			    (oldest == LINES || n->used[i] < n->used[oldest]))
				oldest = i;
		n->used[oldest] = 0;
		n->nr--;
	}
	n->used[line] = ++n->now;
}

static void naive_drop(struct naive *n, u64 line)
{
	n->nr -= n->used[line] != 0;
	n->used[line] = 0;
}

static enum miss_class naive_class(const struct naive *n, u64 line)
{
	if (n->used[line])
		return n->lost[line] ? MISS_COHERENCE : MISS_CONFLICT;
	return n->seen[line] ? MISS_CAPACITY : MISS_COMPULSORY;
}

/* One thing happens to both. */
static void happens(struct shadow *s, struct naive *n, enum shadow_what what,
		    u64 line, u64 *is, u64 *must)
{
	enum miss_class class = naive_class(n, line);
	u64 its = line * n->apart;

	switch (what) {
	case SHADOW_HIT:
		shadow_hit(s, its);
		naive_use(n, line);
		break;
	case SHADOW_MISS:
		shadow_miss(s, its, is);
		must[class]++;
		naive_use(n, line);
		n->seen[line] = true;
		break;
	case SHADOW_PASS:
	case SHADOW_GIVE:
		shadow_pass(s, what, its, is);
		must[class]++;
		if (class == MISS_CONFLICT && what == SHADOW_PASS)
			naive_use(n, line);
		else if (class == MISS_CONFLICT)
			naive_drop(n, line);
		break;
	case SHADOW_DROP:
		shadow_pass(s, what, its, NULL);
		naive_drop(n, line);
		break;
	case SHADOW_LOST:
		shadow_note(s, what, its, NULL);
		n->lost[line] = n->used[line] != 0;
		break;
	case SHADOW_HAS:
		shadow_note(s, what, its, &is[NR_MISS_CLASSES]);
		must[NR_MISS_CLASSES] += n->used[line] != 0;
		break;
	case NR_SHADOW_WHATS:
		break;
	}
}

/* Anything at all; hits and misses most of the time. */
static void test_shadow_naive(void **state)
{
	static const u32 sizes[] = {1, 2, 7, 64, 150, LINES};

	(void)state;
	for (u32 k = 0; k < 4 * ARRAY_SIZE(sizes); k++) {
		struct naive n = {.nr_max = sizes[k / 4],
				  .apart = k & 2 ? 4 * SHADOW_RUN + 1 : 1};
		struct shadow *s = shadow_create(n.nr_max);
		u64 is[NR_MISS_CLASSES + 1] = {0};
		u64 must[NR_MISS_CLASSES + 1] = {0};
		struct rng r = rng_for(k, "shadow");

		for (u32 i = 0; i < 100000; i++) {
			u64 what = rng_below(&r, 4 * NR_SHADOW_WHATS);
			u64 line = rng_below(&r, k & 1 ? LINES : LINES / 3);

			if (what >= NR_SHADOW_WHATS)
				what %= SHADOW_MISS + 1;
			if (what == SHADOW_HIT &&
			    (n.lost[line] || !n.seen[line]))
				what = SHADOW_MISS; /* it cannot have it */
			happens(s, &n, (enum shadow_what)what, line, is, must);
			if (rng_below(&r, 100))
				continue;
			shadow_settle(s);
			assert_memory_equal(is, must, sizeof(is));
			assert_int_equal(s->nr, n.nr);
		}
		shadow_destroy(s);
	}
}

/*
 * A large shadow, used so often that places are used up.  Of one line too many
 * that come round and round each is gone when its turn comes; those that just
 * fit are there from the second round on, used between or not.
 */
static void test_shadow_large(void **state)
{
	const u32 nr = 100000;
	struct shadow *s = shadow_create(nr);
	u64 is[NR_MISS_CLASSES] = {0};

	(void)state;
	for (u32 i = 0; i < 3 * (nr + 1); i++)
		shadow_miss(s, i % (nr + 1), is);
	shadow_settle(s);
	assert_int_equal(is[MISS_COMPULSORY], nr + 1);
	assert_int_equal(is[MISS_CAPACITY], 2 * (nr + 1));
	for (u32 i = 0; i < nr; i++)
		shadow_miss(s, i, NULL);
	for (u32 i = 0; i < 9 * nr; i++) {
		shadow_miss(s, i % nr, is);
		if (i & 1)
			shadow_hit(s, i % nr / 2);
	}
	shadow_settle(s);
	assert_true(s->head < 9 * nr);
	assert_int_equal(s->nr, nr);
	assert_int_equal(is[MISS_CONFLICT], 9 * nr);
	assert_int_equal(is[MISS_CAPACITY], 2 * (nr + 1));
	shadow_destroy(s);
}

/* Of lines that come and do not stay long, each in a run of its own, nothing
 * is kept but that they were seen. */
static void test_shadow_stream(void **state)
{
	const u32 nr = 100000;
	struct shadow *s = shadow_create(64);
	u64 is[NR_MISS_CLASSES] = {0};

	(void)state;
	for (u32 i = 0; i < 2 * nr; i++)
		shadow_miss(s, (u64)(i % nr) * SHADOW_RUN, is);
	shadow_settle(s);
	assert_int_equal(is[MISS_COMPULSORY], nr);
	assert_int_equal(is[MISS_CAPACITY], nr);
	assert_int_equal(s->nr, 64);
	assert_true(s->runs_mask < 1024);
	shadow_destroy(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shadow_naive),
		cmocka_unit_test(test_shadow_large),
		cmocka_unit_test(test_shadow_stream),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
