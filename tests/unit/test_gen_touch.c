/*
 * Goal: the reads and writes of a workload are those that its YAML asks for.
 * Method: a model of each live object beside the stream: accesses lie in its
 * life and its bytes, the first writes the hot bytes, the last reads them, and
 * their number and places are known in advance.
 */
#include "trace/gen.h"

#include "base/bug.h"
#include "base/xmalloc.h"

#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_MAX 20000u

struct object {
	u8 alloc_op; /* 0: none */
	u16 cpu;
	u32 bytes;
	u32 accesses; /* the hot ones not counted */
	u32 next;     /* sequential: where the next begins */
	u64 since;
};

struct sums {
	u64 objects;
	u64 accesses;
	u64 reads;
	u64 remote;
	u64 hot_writes;
	u64 hot_reads;
	u64 live;
	u64 early;  /* in the first half of lives of 1 ms */
	u64 at[64]; /* accesses by offset / 8 */
	u64 hash;
};

struct want {
	u32 hot;
	u32 each; /* accesses of each object; UINT32_MAX: any */
	u32 bytes;
	bool sequential;
};

static void on_access(struct sums *s, struct object *o, const struct want *w,
		      const struct trace_rec *r)
{
	assert_true(o->alloc_op != 0);
	assert_true(r->size >= 1 && r->align + r->size <= o->bytes);
	assert_int_equal(r->size, MIN(w->bytes, o->bytes));
	if (w->sequential) {
		assert_int_equal(r->align, o->next);
		o->next += r->size;
		if (o->next + r->size > o->bytes)
			o->next = 0;
	}
	o->accesses++;
	s->accesses++;
	s->reads += r->op == TRACE_READ;
	s->remote += r->cpu != o->cpu;
	s->early += r->time_ns < o->since + 500000;
	s->at[MIN(r->align / 8, 63u)]++;
}

static u32 bytes_of(const struct trace_rec *r)
{
	if (r->op == TRACE_CACHE_ALLOC)
		return 192;
	return r->op == TRACE_ALLOC_PAGES ? 4096u << r->order : r->size;
}

static void on_record(struct sums *s, struct object *objects,
		      const struct want *w, const struct trace_rec *r,
		      const struct trace_rec *before)
{
	struct object *o = &objects[r->slot];

	assert_true(r->slot < SLOTS_MAX);
	s->hash = s->hash * 31 + r->time_ns + r->align + r->size + r->op;
	switch (r->op) {
	case TRACE_CACHE_ALLOC:
	case TRACE_KMALLOC:
	case TRACE_ALLOC_PAGES:
	case TRACE_ALLOC_PERCPU:
		assert_int_equal(o->alloc_op, 0);
		assert_int_equal(r->flags, TRACE_TOLD);
		*o = (struct object){.alloc_op = r->op,
				     .cpu = r->cpu,
				     .bytes = bytes_of(r),
				     .since = r->time_ns};
		s->objects++;
		s->live++;
		return;
	case TRACE_READ:
	case TRACE_WRITE:
		/* Right behind the allocation: the hot bytes. */
		if (w->hot && before->slot == r->slot &&
		    before->op == o->alloc_op) {
			assert_int_equal(r->op, TRACE_WRITE);
			assert_int_equal(r->size, MIN(w->hot, o->bytes));
			s->hot_writes++;
			return;
		}
		on_access(s, o, w, r);
		return;
	case TRACE_CACHE_FREE:
	case TRACE_KFREE:
	case TRACE_FREE_PAGES:
	case TRACE_FREE_PERCPU:
		assert_int_equal(r->op, o->alloc_op + 1u);
		assert_int_equal(r->flags, TRACE_TOLD);
		if (w->each != UINT32_MAX)
			assert_int_equal(o->accesses, w->each);
		o->alloc_op = 0;
		s->live--;
		return;
	default:
		return;
	}
}

/* The last read stands before the free; it is no access of the object's life,
 * so it is taken out of the stream here. */
static bool is_last_read(const struct want *w, const struct trace_rec *r,
			 const struct trace_rec *next)
{
	return w->hot && next && r->op == TRACE_READ && next->slot == r->slot &&
	       (next->op == TRACE_CACHE_FREE || next->op == TRACE_KFREE ||
		next->op == TRACE_FREE_PAGES || next->op == TRACE_FREE_PERCPU);
}

static struct sums run(const char *text, const struct want *w)
{
	struct err e = {0};
	struct workload *wl = workload_parse("t", text, strlen(text), &e);
	struct object *objects = xcalloc(SLOTS_MAX, sizeof(*objects));
	struct trace_rec *all = NULL;
	struct sums s = {0};
	const struct trace_rec *recs;
	struct trace_reader *r;
	u64 nr = 0;
	s64 got;

	if (!wl)
		fail_msg("%s", e.text);
	r = workload_reader(wl, 4, &e);
	while ((got = trace_read(r, &recs, &e)) > 0) {
		all = xreallocarray(all, nr + (u64)got, sizeof(*all));
		memcpy(all + nr, recs, (size_t)got * sizeof(*all));
		nr += (u64)got;
	}
	for (u64 i = 0; i < nr; i++) {
		if (i)
			assert_true(all[i].time_ns >= all[i - 1].time_ns);
		if (is_last_read(w, &all[i], i + 1 < nr ? &all[i + 1] : NULL)) {
			assert_int_equal(all[i].align, 0);
			s.hot_reads++;
			continue;
		}
		on_record(&s, objects, w, &all[i], i ? &all[i - 1] : NULL);
	}
	trace_close(r);
	free(objects);
	free(all);
	return s;
}

#define HEAD                                                  \
	"workload: t\nseed: 3\ncpus: 4\nat_end: drain\n"      \
	"caches: [{name: foo, size: 192}]\n"                  \
	"phases:\n"                                           \
	"  - operations: 4000\n"                              \
	"    interarrival: {dist: exponential, mean: 10us}\n" \
	"    mix:\n"

/* Ten of each object, in the 48 hot bytes, even over lives of 1 ms. */
static void test_touches_in_hot_bytes(void **state)
{
	static const struct want w = {.hot = 48, .each = 10, .bytes = 8};
	static const char text[] =
		HEAD "      - {cache: foo, lifetime: 1ms, hot_bytes: 48, "
		     "touches: 10, touch_reads: 0.7, touch_remote: 0.25}\n";
	struct sums s = run(text, &w), again = run(text, &w);

	(void)state;
	assert_int_equal(s.objects, 4000);
	assert_int_equal(s.live, 0);
	assert_int_equal(s.accesses, 40000);
	assert_int_equal(s.hot_writes, 4000);
	assert_int_equal(s.hot_reads, 4000);
	/* Five standard deviations each. */
	assert_in_range(s.reads, 28000 - 460, 28000 + 460);
	assert_in_range(s.remote, 10000 - 435, 10000 + 435);
	assert_in_range(s.early, 20000 - 500, 20000 + 500);
	for (u32 i = 6; i < 64; i++)
		assert_int_equal(s.at[i], 0);
	assert_int_equal(s.hash, again.hash);
}

static void test_touches_elsewhere(void **state)
{
	static const struct want seq = {
		.each = 5, .bytes = 64, .sequential = true};
	static const struct want zipf = {.each = 4, .bytes = 4};
	static const struct want whole = {.each = 3, .bytes = 1u << 20};
	struct sums s = run(HEAD "      - {kmalloc: {dist: uniform, min: 10, "
				 "max: 900}, lifetime: 1ms, hot_bytes: 0, "
				 "touches: 5, touch_offset: sequential, "
				 "touch_bytes: 64}\n",
			    &seq);

	(void)state;
	assert_int_equal(s.accesses, 20000);
	s = run(HEAD "      - {pages: [1, 1], lifetime: 1ms, hot_bytes: 0, "
		     "touches: 4, touch_bytes: 4, touch_offset: {dist: zipf, "
		     "exponent: 1, n: 4, step: 8}}\n",
		&zipf);
	/* Of 16000: 12/25, 6/25, 4/25, 3/25; five standard deviations. */
	assert_in_range(s.at[0], 7680 - 316, 7680 + 316);
	assert_in_range(s.at[1], 3840 - 270, 3840 + 270);
	assert_in_range(s.at[2], 2560 - 232, 2560 + 232);
	assert_in_range(s.at[3], 1920 - 206, 1920 + 206);
	/* Larger than the object: all of it. */
	s = run(HEAD "      - {percpu: 100, lifetime: 1ms, hot_bytes: 0, "
		     "touches: 3, touch_bytes: 1MiB, touch_offset: uniform}\n",
		&whole);
	assert_int_equal(s.at[0], 12000);
}

/* Without a number, every 100 us of lives of 1 ms: 9 before the free. */
static void test_touch_interval_and_kept(void **state)
{
	static const struct want w = {.each = 9, .bytes = 8};
	static const struct want any = {.each = UINT32_MAX, .bytes = 8};
	struct sums s = run(HEAD "      - {cache: foo, lifetime: 1ms, "
				 "hot_bytes: 0, touch_offset: uniform, "
				 "touch_interval: 100us}\n",
			    &w);

	(void)state;
	assert_int_equal(s.accesses, 36000);
	/* Kept: to the end of the last phase, and there is an end. */
	s = run(HEAD "      - {cache: foo, keep: true, hot_bytes: 0, "
		     "touch_offset: 8, touch_interval: 1ms}\n"
		     "  - duration: 10ms\n"
		     "    free_kept: 0.5\n"
		     "  - duration: 10ms\n",
		&any);
	assert_in_range(s.live, 2000 - 160, 2000 + 160);
	/* 4000 for 5 ms on average, then 2000 for 20 ms. */
	assert_in_range(s.accesses, 57000, 63000);
	assert_int_equal(s.at[1], s.accesses);
}

/* Lives of nothing: all accesses fall into them all the same. */
static void test_touches_of_short_lives(void **state)
{
	static const struct want w = {.hot = 64, .each = 7, .bytes = 8};
	struct sums s = run(HEAD "      - {cache: foo, lifetime: 0ns, "
				 "touches: 7}\n",
			    &w);

	(void)state;
	assert_int_equal(s.accesses, 28000);
	assert_int_equal(s.live, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_touches_in_hot_bytes),
		cmocka_unit_test(test_touches_elsewhere),
		cmocka_unit_test(test_touch_interval_and_kept),
		cmocka_unit_test(test_touches_of_short_lives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
