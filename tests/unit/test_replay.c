/*
 * Goal: records become the right calls in the right order and are counted
 * rightly, with and without a cost model.  Method: short traces from an array
 * on the default machine; expected figures worked out by hand, or from what
 * the run itself measured where the allocator's costs decide.
 */
#include "base/compiler.h"
#include "base/xmalloc.h"
#include "mm/check.h"
#include "sim/cpucache.h"
#include "sim/sim_priv.h"
#include "trace/reader.h"

#include "cmocka_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PLACEMENTS_MAX 64

struct fixture {
	struct trace_reader reader; /* first: readers embed it so */
	struct trace_info info;
	const struct trace_rec *recs;
	u64 nr;
	u64 at;
	struct config config;
	struct sim_options opt;
	struct sim *sim;
	u32 nr_snapshots;
	u32 nr_placements;
	struct sim_placement placements[PLACEMENTS_MAX];
};

static s64 array_read(struct trace_reader *r, const struct trace_rec **out,
		      struct err *e)
{
	struct fixture *f = container_of(r, struct fixture, reader);
	u64 nr = MIN(f->nr - f->at, (u64)TRACE_BATCH);

	(void)e;
	*out = f->recs + f->at;
	f->at += nr;
	return (s64)nr;
}

static double array_progress(const struct trace_reader *r)
{
	(void)r;
	return 0.5;
}

static const struct trace_reader_ops array_ops = {
	.read = array_read,
	.progress = array_progress,
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	static const char *const sets[] = {"cpu.frequency=1 GHz"};
	static const char *const names[] = {"obj100", "label"};
	struct err e = {0};

	trace_info_init(&f->info);
	f->reader.ops = &array_ops;
	f->reader.info = &f->info;
	f->info.nr_cpus = f->info.nr_nodes = 2;
	f->info.nr_slots = f->info.nr_caches = 16;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		trace_strings_add(&f->info.names, names[i], strlen(names[i]));
	if (config_load(&f->config, NULL, sets, ARRAY_SIZE(sets), &e))
		fail_msg("%s", e.text);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	sim_destroy(f->sim);
	trace_info_free(&f->info);
	free(f);
	return 0;
}

static int on_snapshot(void *arg, const char *label, struct sim *s,
		       struct err *e)
{
	struct fixture *f = arg;

	assert_string_equal(label, "label");
	assert_int_equal(sim_config(s)->mm.nr_cpus, f->config.mm.nr_cpus);
	f->nr_snapshots++;
	return mm_check(sim_mm(s), e);
}

static int on_placement(void *arg, const struct sim_placement *p, struct err *e)
{
	struct fixture *f = arg;

	(void)e;
	assert_true(f->nr_placements < PLACEMENTS_MAX);
	f->placements[f->nr_placements++] = *p;
	return 0;
}

/* Replays @nr records; the run must end with @want. */
static const struct metrics *replay(struct fixture *f,
				    const struct trace_rec *recs, u64 nr,
				    int want)
{
	struct sim_hooks hooks = {
		.arg = f, .snapshot = on_snapshot, .placement = on_placement};
	struct err e = {0};

	f->recs = recs;
	f->nr = nr;
	f->at = f->nr_placements = 0;
	sim_destroy(f->sim);
	f->sim = sim_create(&f->config, &f->reader, &f->opt, &hooks, &e);
	if (!f->sim)
		fail_msg("%s", e.text);
	if (sim_run(f->sim, &e) != want)
		fail_msg("%s", e.text);
	if (!want && mm_check(sim_mm(f->sim), &e))
		fail_msg("%s", e.text);
	return sim_metrics(f->sim);
}

#define REPLAY(f, recs) replay(f, recs, ARRAY_SIZE(recs), 0)

#define KM(t, c, s, n)                                                        \
	{                                                                     \
		.time_ns = (t), .cpu = (c), .op = TRACE_KMALLOC, .slot = (s), \
		.size = (n), .gfp = GFP_KERNEL, .node = -1                    \
	}
#define KF(t, c, s)                                                        \
	{                                                                  \
		.time_ns = (t), .cpu = (c), .op = TRACE_KFREE, .slot = (s) \
	}
#define PA(t, c, s, o)                                                     \
	{                                                                  \
		.time_ns = (t), .cpu = (c), .op = TRACE_ALLOC_PAGES,       \
		.slot = (s), .order = (o), .gfp = GFP_KERNEL | GFP_NOWARN, \
		.node = -1                                                 \
	}
#define OP(t, c, o)                                   \
	{                                             \
		.time_ns = (t), .cpu = (c), .op = (o) \
	}
#define CREATE(t, id, bytes)                                             \
	{                                                                \
		.time_ns = (t), .op = TRACE_CACHE_CREATE, .cache = (id), \
		.size = (bytes), .name = 0                               \
	}
#define CA(t, c, s, id)                                                   \
	{                                                                 \
		.time_ns = (t), .cpu = (c), .op = TRACE_CACHE_ALLOC,      \
		.slot = (s), .cache = (id), .gfp = GFP_KERNEL, .node = -1 \
	}

static void test_replay_counts(void **state)
{
	static const struct trace_rec recs[] = {
		KM(10, 0, 1, 100),   KM(20, 0, 2, 0), PA(30, 0, 3, 2),
		KM(40, 1, 4, 20000), KF(50, 0, 1),    KF(60, 0, 2),
		KF(70, 0, 1), /* empty by now */
	};
	struct fixture *f = *state;
	const struct metrics *m = REPLAY(f, recs);

	assert_int_equal(m->nr_events, ARRAY_SIZE(recs));
	assert_int_equal(m->nr_by_op[TRACE_KMALLOC], 3);
	assert_int_equal(m->skipped_frees, 1);
	assert_int_equal(m->pages_allocated, 4);
	assert_int_equal(m->live_pages, 4);
	assert_int_equal(m->by_site[0].allocs, 4);
	assert_int_equal(m->by_site[0].frees, 2);
	assert_int_equal(m->by_site[0].live_objs, 2);
	assert_int_equal(m->by_site[0].live_req_bytes, 20000 + 4 * 4096);
	assert_int_equal(m->by_site[0].live_alloc_bytes, 32768 + 4 * 4096);
	assert_int_equal(m->allocs_of_size[0], 1);
	assert_int_equal(m->allocs_of_size[7], 1); /* 64..127 */
	assert_int_equal(m->start_ns, 10);
	assert_int_equal(m->end_ns, 70);
	assert_true(m->peak_memory_pages >= 4 + 8);
	assert_false(f->placements[6].ok);
	assert_int_equal(f->placements[1].offset, 16); /* kmalloc(0) */
	assert_int_equal(f->placements[1].pfn, 0);
	assert_int_equal(f->placements[4].pfn, f->placements[0].pfn);
}

static void test_replay_free_goes_by_slot(void **state)
{
	static const struct trace_rec recs[] = {
		CREATE(0, 3, 100), CA(1, 0, 5, 3), KF(2, 0, 5),
		CA(3, 0, 5, 3),	   PA(4, 0, 6, 0), KF(5, 0, 6),
		CA(6, 0, 7, 9), /* no such cache */
	};
	struct fixture *f = *state;
	const struct metrics *m = REPLAY(f, recs);

	assert_int_equal(m->live_pages, 0);
	assert_int_equal(m->by_site[0].live_objs, 1);
	assert_int_equal(m->failures[TRACE_CACHE_ALLOC][FAIL_BAD_REQUEST], 1);
	/* Freed and allocated again: the same place. */
	assert_int_equal(f->placements[1].pfn, f->placements[3].pfn);
	assert_int_equal(f->placements[1].offset, f->placements[3].offset);
}

static void test_replay_failures_by_reason(void **state)
{
	static const struct trace_rec recs[] = {
		PA(0, 0, 1, 11),
		PA(1, 0, 2, 63),
		KM(2, 0, 3, 5u << 20),
		OP(3, 0, TRACE_ALLOC_PERCPU),
		OP(4, 0, TRACE_MEMPOOL_CREATE),
		KF(5, 0, 3),
	};
	const struct metrics *m = REPLAY(*state, recs);

	assert_int_equal(m->failures[TRACE_ALLOC_PAGES][FAIL_TOO_LARGE], 2);
	assert_int_equal(m->failures[TRACE_KMALLOC][FAIL_TOO_LARGE], 1);
	assert_int_equal(m->failures[TRACE_ALLOC_PERCPU][FAIL_BAD_REQUEST], 1);
	assert_int_equal(m->failures[TRACE_MEMPOOL_CREATE][FAIL_BAD_REQUEST],
			 1);
	assert_int_equal(m->skipped_frees, 1);
	assert_int_equal(m->by_site[0].allocs, 0);
}

/*
 *	get ── kmalloc(ATOMIC) ── kmalloc(KERNEL) ── put ── put ── kmalloc
 *	       fine               may sleep: bug            bug     fine
 */
static void test_replay_preemption_rule(void **state)
{
	struct trace_rec recs[] = {
		OP(0, 0, TRACE_ALLOC_PERCPU),
		OP(1, 0, TRACE_GET_CPU_VAR),
		KM(2, 0, 2, 64),
		KM(3, 0, 3, 64),
		OP(4, 0, TRACE_PUT_CPU_VAR),
		OP(5, 0, TRACE_PUT_CPU_VAR),
		KM(6, 0, 4, 64),
	};
	const struct metrics *m;

	recs[0].size = 64;
	recs[0].align = 8;
	recs[0].slot = recs[1].slot = recs[4].slot = recs[5].slot = 1;
	recs[2].gfp = GFP_ATOMIC;
	recs[3].gfp = recs[6].gfp = GFP_KERNEL;
	m = REPLAY(*state, recs);
	assert_int_equal(m->nr_preempt_bugs, 2);
	assert_int_equal(m->first_preempt_bug, 3);
}

#define AC(o, t, s, at, n)                                             \
	{                                                              \
		.time_ns = (t), .op = (o), .slot = (s), .align = (at), \
		.size = (n), .node = -1                                \
	}

/* What KASAN would say of each access. */
static void test_replay_accesses(void **state)
{
	static const struct trace_rec recs[] = {
		KM(0, 0, 1, 100),
		AC(TRACE_WRITE, 1, 1, 0, 100),
		AC(TRACE_READ, 2, 1, 99, 1),
		AC(TRACE_READ, 3, 1, 100, 1), /* past what was asked for */
		AC(TRACE_READ, 4, 1, 1, 100), /* likewise */
		AC(TRACE_WRITE, 5, 1, UINT32_MAX, UINT32_MAX), /* no wrap */
		KF(6, 0, 1),
		AC(TRACE_READ, 7, 1, 0, 1),   /* freed */
		AC(TRACE_READ, 8, 2, 0, 1),   /* never there */
		KM(9, 0, 3, 5u << 20),	      /* too large: fails */
		AC(TRACE_WRITE, 10, 3, 0, 1), /* not the trace's mistake */
		KM(11, 0, 1, 8),	      /* the slot is used again */
		AC(TRACE_READ, 12, 1, 0, 8),
		KM(13, 0, 4, 0),
		AC(TRACE_READ, 14, 4, 0, 1), /* kmalloc(0) has no byte */
	};
	struct fixture *f = *state;
	const struct metrics *m = REPLAY(f, recs);

	assert_int_equal(m->access_bugs[ACCESS_OUT_OF_BOUNDS], 4);
	assert_int_equal(m->first_access_bug[ACCESS_OUT_OF_BOUNDS], 3);
	assert_int_equal(m->access_bugs[ACCESS_AFTER_FREE], 1);
	assert_int_equal(m->first_access_bug[ACCESS_AFTER_FREE], 7);
	assert_int_equal(m->access_bugs[ACCESS_NO_OBJECT], 1);
	assert_int_equal(m->first_access_bug[ACCESS_NO_OBJECT], 8);
	assert_int_equal(m->skipped_accesses, 1);
	assert_int_equal(m->nr_by_op[TRACE_READ], 7);
	assert_true(f->placements[2].ok && !f->placements[3].ok);
	assert_int_equal(f->placements[2].offset, f->placements[0].offset + 99);
}

/*
 * CPU 0 writes bytes 0 to 7, CPU 1 bytes 8 to 15 of one line: falsely shared;
 * then CPU 1 reads what CPU 0 wrote last: truly shared.
 */
static void test_replay_accesses_share_lines(void **state)
{
	struct trace_rec recs[] = {
		KM(0, 0, 1, 64),
		AC(TRACE_WRITE, 10000, 1, 0, 8),
		AC(TRACE_WRITE, 20000, 1, 8, 8),
		AC(TRACE_WRITE, 30000, 1, 0, 8),
		AC(TRACE_READ, 40000, 1, 0, 8),
	};
	struct fixture *f = *state;
	const struct cpucache_sharing *h;
	const struct metrics *m;
	u32 owner = 0;

	recs[0].flags = TRACE_TOLD;
	recs[2].cpu = recs[4].cpu = 1;
	f->config.model = MODEL_FULL;
	m = REPLAY(f, recs);
	for (u32 i = 0; i < MM_CACHES_MAX; i++)
		if (m->by_cache[i].allocs)
			owner = i;
	h = cpucache_sharing(sim_cpucache(f->sim), owner);
	assert_int_equal(h->false_sharing, 2);
	assert_int_equal(h->true_sharing, 1);
	assert_int_equal(m->latency_cycles[TRACE_WRITE].count, 3);
	assert_true(m->causes[TRACE_WRITE].memory_cycles ==
		    m->latency_cycles[TRACE_WRITE].sum);
}

/* Memory ends within a block of MAX_ORDER, as firmware leaves it: a free looks
 * at buddies that are not there, and their struct pages are in the map. */
static void test_touch_end_of_memory(void **state)
{
	struct trace_rec recs[16] = {0};
	struct fixture *f = *state;
	struct mm_conf *mm = &f->config.mm;

	mm->ranges[mm->nr_ranges - 1].end_pfn -= 128;
	for (u32 i = 0; i < 8; i++) {
		recs[i] = (struct trace_rec)PA(i, 0, i + 1, 7);
		recs[i].node = (s16)mm->ranges[mm->nr_ranges - 1].nid;
		recs[i].gfp |= GFP_MOVABLE;
		recs[8 + i] = (struct trace_rec){.time_ns = 8 + i,
						 .op = TRACE_FREE_PAGES,
						 .slot = i + 1};
	}
	f->config.model = MODEL_FULL;
	REPLAY(f, recs);
	assert_int_equal(sim_metrics(f->sim)->skipped_frees, 0);
}

static void test_replay_krealloc(void **state)
{
	struct trace_rec recs[] = {
		KM(0, 0, 1, 100), KM(1, 0, 1, 5000), KM(2, 0, 1, 5001),
		KM(3, 0, 1, 0),	  KF(4, 0, 1),
	};
	const struct metrics *m;

	for (u32 i = 1; i < 4; i++)
		recs[i].op = TRACE_KREALLOC;
	m = REPLAY(*state, recs);
	assert_int_equal(m->by_site[0].live_objs, 0);
	assert_int_equal(m->by_site[0].live_req_bytes, 0);
	assert_int_equal(m->by_site[0].live_alloc_bytes, 0);
	assert_int_equal(m->skipped_frees, 0);
}

/* A huge page of which one page is freed: 511 in pieces of 256, 128, ... 1
 * stay, each a block on an LRU list again. */
static void test_replay_split_under_reclaim(void **state)
{
	struct trace_rec recs[13] = {PA(0, 0, 1, 9),
				     OP(1, 0, TRACE_FREE_PAGES)};
	struct fixture *f = *state;
	const struct metrics *m;

	recs[0].gfp = GFP_HIGHUSER | GFP_MOVABLE | GFP_COMP;
	recs[1].slot = 1;
	recs[1].flags = TRACE_SPLIT;
	for (u32 i = 0; i < 9; i++) {
		recs[2 + i] = recs[0];
		recs[2 + i].time_ns = 2;
		recs[2 + i].slot = 2 + i;
		recs[2 + i].order = (u8)(8 - i);
		recs[2 + i].flags = TRACE_SPLIT;
	}
	recs[11] = recs[10]; /* the last page of all, and its end */
	recs[11].slot = 11;
	recs[12] = (struct trace_rec)OP(3, 0, TRACE_FREE_PAGES);
	recs[12].slot = 11;
	f->config.mm.reclaim = true;
	m = REPLAY(f, recs);
	assert_int_equal(m->live_pages, 511);
	assert_int_equal(m->live_page_blocks, 9);
}

static void test_replay_snapshot_stop_and_idle(void **state)
{
	struct trace_rec recs[] = {
		KM(0, 0, 1, 100),
		OP(100, 0, TRACE_IDLE),
		OP(200, 0, TRACE_SNAPSHOT),
		KF(300, 0, 1),
	};
	struct fixture *f = *state;
	const struct metrics *m;

	recs[1].size = 30; /* ms */
	recs[2].name = 1;
	m = REPLAY(f, recs);
	assert_int_equal(f->nr_snapshots, 1);
	/* The sleep is longer than the trace allows for: the rest is late. */
	assert_int_equal(m->end_ns, 100 + 30000000 + 100);
	f->opt.stop_at = 2;
	m = REPLAY(f, recs);
	assert_int_equal(f->nr_snapshots, 1);
	assert_int_equal(m->nr_events, 2);
	assert_int_equal(m->by_site[0].live_objs, 1);
}

static void test_replay_refuses_absurd_times(void **state)
{
	static const struct trace_rec recs[] = {
		KM(0, 0, 1, 100),
		KF(UINT64_MAX - 1, 0, 1),
	};
	struct fixture *f = *state;

	replay(f, recs, 2, -EINVAL);
	f->config.model = MODEL_COSTS;
	replay(f, recs, 2, -EINVAL);
}

/* Unknown duration: rows are thinned, and stay in order. */
static void test_replay_samples_are_bounded(void **state)
{
	enum {
		NR = 20000
	};
	struct trace_rec *recs = xcalloc(NR, sizeof(*recs));
	struct fixture *f = *state;
	const struct metrics *m;
	struct sim_hooks none = {0};
	struct err e = {0};

	for (u32 i = 0; i < NR; i++)
		recs[i] = i % 2 ? (struct trace_rec)KF(i * 777, 0, 1)
				: (struct trace_rec)KM(i * 777, 0, 1, 64);
	f->recs = recs;
	f->nr = NR;
	f->config.sample_points = 50;
	f->sim = sim_create(&f->config, &f->reader, NULL, &none, &e);
	assert_int_equal(sim_run(f->sim, &e), 0);
	m = sim_metrics(f->sim);
	assert_in_range(m->nr_samples, 25, 100);
	assert_int_equal(m->nr_samples, m->nr_cache_samples);
	assert_int_equal(m->samples[0].time_ns, 0);
	assert_int_equal(m->samples[m->nr_samples - 1].events, NR);
	for (u32 i = 1; i < m->nr_samples; i++)
		assert_true(m->samples[i].time_ns > m->samples[i - 1].time_ns);
	free(recs);
}

/* One CPU, operations closer together than they last: each waits for the one
 * before, and the order is the trace's. */
static void test_costs_busy_cpu_queues(void **state)
{
	static const struct trace_rec recs[] = {
		KM(1000, 0, 1, 100),
		KM(1001, 0, 2, 100),
		KF(1002, 0, 1),
	};
	struct fixture *f = *state;
	struct sim_placement plain[3];
	const struct metrics *m = REPLAY(f, recs);
	const struct hist *allocs;
	u64 first, second;

	memcpy(plain, f->placements, sizeof(plain));
	f->config.model = MODEL_COSTS;
	m = REPLAY(f, recs);
	for (u32 i = 0; i < 3; i++) {
		assert_int_equal(f->placements[i].op_index, i);
		assert_int_equal(f->placements[i].pfn, plain[i].pfn);
		assert_int_equal(f->placements[i].offset, plain[i].offset);
	}
	allocs = &m->latency_cycles[TRACE_KMALLOC];
	assert_int_equal(allocs->count, 2);
	first = allocs->max; /* it made the slab */
	second = allocs->min;
	assert_true(first > second && second > 1);
	assert_int_equal(m->wait_cycles.count, 3);
	assert_int_equal(m->wait_cycles.sum,
			 (first - 1) + (first + second - 2));
	assert_int_equal(m->busy_cycles,
			 allocs->sum + m->latency_cycles[TRACE_KFREE].sum);
	/* 1 GHz: a cycle is a nanosecond. */
	assert_int_equal(m->end_ns, 1000 + m->busy_cycles);
}

/* The free arrives on an idle CPU while the allocation is still under way,
 * and the slot is used again at once: all in order. */
static void test_costs_free_waits_for_its_allocation(void **state)
{
	static const struct trace_rec recs[] = {
		KM(1000, 0, 1, 100), KF(1001, 1, 1),	  KM(1002, 0, 1, 300),
		KF(1003, 1, 1),	     KM(1004, 1, 1, 500),
	};
	struct fixture *f = *state;
	const struct metrics *m;

	f->config.model = MODEL_COSTS;
	for (u32 closed = 0; closed < 2; closed++) {
		f->config.timing = closed ? TIMING_CLOSED : TIMING_RECORDED;
		m = REPLAY(f, recs);
		assert_int_equal(m->skipped_frees, 0);
		assert_int_equal(m->by_site[0].live_req_bytes, 500);
		for (u32 i = 0; i < ARRAY_SIZE(recs); i++)
			assert_int_equal(f->placements[i].op_index, i);
		/* A chain: each starts when the one before has ended. */
		assert_int_equal(m->end_ns - m->start_ns, m->busy_cycles);
	}
}

/* CPU 1 has little to do: without think time it is done long before. */
static void test_costs_closed_drops_or_keeps_pauses(void **state)
{
	static const struct trace_rec recs[] = {
		KM(1000, 0, 1, 100),
		KM(2000000, 0, 2, 100),
		KM(3000000, 1, 3, 100),
	};
	struct fixture *f = *state;
	const struct metrics *m;

	f->config.model = MODEL_COSTS;
	f->config.timing = TIMING_CLOSED;
	f->config.think_time = false;
	m = REPLAY(f, recs);
	assert_true(m->end_ns < 1000000);
	assert_int_equal(f->placements[0].op_index, 0);
	assert_int_equal(f->placements[1].op_index, 2); /* CPU 1 at once */
	f->config.think_time = true;
	m = REPLAY(f, recs);
	assert_true(m->end_ns >= 1999000);
}

/* All at once on eight CPUs, four times more than may wait, slots used again
 * and again from everywhere: the limit holds nothing up, no operation on a
 * slot overtakes another, and what lives at the end is what the trace says. */
static void test_costs_many_at_once(void **state)
{
	enum {
		NR = 4 * 65536,
		SLOTS = 512
	};
	struct trace_rec *recs = xcalloc(NR, sizeof(*recs));
	static bool is_live[SLOTS];
	struct fixture *f = *state;
	u64 x = 88172645463325252u, live = 0;
	struct err e = {0};

	for (u32 i = 0; i < NR; i++) {
		u32 slot;
		u16 cpu;

		x ^= x << 13; /* xorshift: any fixed scramble does */
		x ^= x >> 7;
		x ^= x << 17;
		slot = (u32)(x >> 20) % SLOTS;
		cpu = (x >> 40) % 8;
		recs[i] = is_live[slot]
				  ? (struct trace_rec)KF(i / 64, cpu, slot)
				  : (struct trace_rec)KM(i / 64, cpu, slot, 64);
		is_live[slot] = !is_live[slot];
	}
	for (u32 i = 0; i < SLOTS; i++)
		live += is_live[i];
	f->info.nr_cpus = 8;
	f->info.nr_slots = SLOTS;
	f->recs = recs;
	f->nr = NR;
	f->config.model = MODEL_COSTS;
	for (u32 closed = 0; closed < 2; closed++) {
		const struct metrics *m;

		f->at = 0;
		f->config.timing = closed ? TIMING_CLOSED : TIMING_RECORDED;
		sim_destroy(f->sim);
		f->sim = sim_create(&f->config, &f->reader, NULL, NULL, &e);
		assert_int_equal(sim_run(f->sim, &e), 0);
		m = sim_metrics(f->sim);
		assert_int_equal(m->nr_events, NR);
		assert_int_equal(m->skipped_frees, 0);
		assert_int_equal(m->by_site[0].live_objs, live);
		assert_int_equal(mm_check(sim_mm(f->sim), &e), 0);
	}
	free(recs);
}

/* An order of a slot's operations that can never be fulfilled: one counts as
 * done that never was.  What waits for it is given up, timers or not. */
static void test_replay_deadlock_ends(void **state)
{
	static const struct trace_rec recs[] = {
		KM(10, 0, 1, 100), KM(20, 0, 2, 100), KM(30, 1, 3, 100),
		KF(40, 1, 2),	   KF(50, 0, 3),
	};
	struct fixture *f = *state;
	struct sim_hooks hooks = {.arg = f};
	const struct metrics *m;
	struct err e = {0};

	f->config.model = MODEL_COSTS;
	f->recs = recs;
	f->nr = ARRAY_SIZE(recs);
	f->sim = sim_create(&f->config, &f->reader, &f->opt, &hooks, &e);
	assert_non_null(f->sim);
	timed_slot_done(f->sim, &recs[1], 0);
	if (sim_run(f->sim, &e))
		fail_msg("%s", e.text);
	m = sim_metrics(f->sim);
	/* Slot 2's kmalloc has lost its turn, and CPU 0 waits for it; its free
	 * is next after what counts as done. */
	assert_int_equal(m->nr_abandoned, 2);
	assert_int_equal(m->nr_events, 3);
	assert_int_equal(m->skipped_frees, 1);
	assert_int_equal(m->nr_by_op[TRACE_KMALLOC], 2);
	if (mm_check(sim_mm(f->sim), &e))
		fail_msg("%s", e.text);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_replay_counts),
		T(test_replay_free_goes_by_slot),
		T(test_replay_failures_by_reason),
		T(test_replay_preemption_rule),
		T(test_replay_accesses),
		T(test_replay_accesses_share_lines),
		T(test_touch_end_of_memory),
		T(test_replay_krealloc),
		T(test_replay_split_under_reclaim),
		T(test_replay_snapshot_stop_and_idle),
		T(test_replay_refuses_absurd_times),
		T(test_replay_samples_are_bounded),
		T(test_costs_busy_cpu_queues),
		T(test_costs_free_waits_for_its_allocation),
		T(test_costs_closed_drops_or_keeps_pauses),
		T(test_costs_many_at_once),
		T(test_replay_deadlock_ends),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
