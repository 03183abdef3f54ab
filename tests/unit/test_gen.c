/*
 * Goal: a generated workload is a valid stream of records, the same for the
 * same seed, and what its YAML asks for: counts, shares, bounds, CPUs.
 */
#include "trace/gen_internal.h"

#include "cmocka_all.h"

#include <errno.h>
#include <glob.h>
#include <string.h>

/* What a stream came to, after it was checked record by record. */
struct sums {
	u64 records;
	u64 by_op[NR_TRACE_OPS];
	u64 remote_frees;
	u64 live;
	u64 hash;
	u64 last_ns;
	u64 size_min;
	u64 size_max;
	bool cpu_used[TRACE_CPUS_MAX];
};

struct live {
	u8 op; /* of the allocation; 0: none */
	u16 cpu;
};

static bool is_alloc(const struct trace_rec *r)
{
	return r->op == TRACE_CACHE_ALLOC || r->op == TRACE_KMALLOC ||
	       r->op == TRACE_ALLOC_PAGES || r->op == TRACE_ALLOC_PERCPU;
}

static bool is_free(const struct trace_rec *r)
{
	return r->op == TRACE_CACHE_FREE || r->op == TRACE_KFREE ||
	       r->op == TRACE_FREE_PAGES || r->op == TRACE_FREE_PERCPU;
}

static void check_alloc(struct sums *s, struct live *l,
			const struct trace_rec *r)
{
	assert_int_equal(l->op, 0);
	l->op = r->op;
	l->cpu = r->cpu;
	s->live++;
	if (r->op == TRACE_KMALLOC) {
		s->size_min = MIN(s->size_min, r->size);
		s->size_max = MAX(s->size_max, r->size);
	}
}

static void check_record(struct sums *s, struct live *slots,
			 const struct trace_info *info,
			 const struct trace_rec *r)
{
	assert_true(r->time_ns >= s->last_ns);
	assert_true(r->cpu < info->nr_cpus);
	assert_true(r->cache < info->nr_caches);
	assert_true(r->site < info->sites.nr && r->task < info->tasks.nr);
	s->last_ns = r->time_ns;
	s->by_op[r->op]++;
	s->cpu_used[r->cpu] = true;
	s->hash = s->hash * 31 + r->time_ns + r->slot * 7u + r->size + r->cpu;
	if (is_alloc(r)) {
		assert_true(r->slot < info->nr_slots);
		check_alloc(s, &slots[r->slot], r);
	} else if (is_free(r)) {
		assert_int_equal(r->op, slots[r->slot].op + 1u);
		s->remote_frees += r->cpu != slots[r->slot].cpu;
		slots[r->slot].op = 0;
		s->live--;
	}
}

#define SLOTS_MAX 2200000

/* Its records up to about @most of them. */
static struct sums drain_some(struct trace_reader *r, u64 most)
{
	struct live *slots = xcalloc(SLOTS_MAX, sizeof(*slots));
	struct sums s = {.size_min = UINT64_MAX};
	const struct trace_rec *recs;
	struct err e = {0};
	s64 nr = 0;

	while (s.records < most && (nr = trace_read(r, &recs, &e)) > 0) {
		assert_true(trace_reader_info(r)->nr_slots < SLOTS_MAX);
		for (s64 i = 0; i < nr; i++)
			check_record(&s, slots, trace_reader_info(r), &recs[i]);
		s.records += (u64)nr;
	}
	if (nr < 0)
		fail_msg("%s", e.text);
	trace_close(r);
	free(slots);
	return s;
}

static struct sums drain(struct trace_reader *r)
{
	return drain_some(r, UINT64_MAX);
}

static struct sums run(const char *text, u32 nr_cpus)
{
	struct err e = {0};
	struct workload *w = workload_parse("t", text, strlen(text), &e);
	struct trace_reader *r;

	if (!w)
		fail_msg("%s", e.text);
	r = workload_reader(w, nr_cpus, &e);
	if (!r)
		fail_msg("%s", e.text);
	return drain(r);
}

#define HEAD "workload: t\nseed: 3\ncpus: 4\n"
#define PHASE                     \
	"phases:\n"               \
	"  - operations: 20000\n" \
	"    interarrival: {dist: exponential, mean: 1us}\n"
#define ITEM                                                     \
	"    mix:\n"                                             \
	"      - {kmalloc: {dist: uniform, min: 10, max: 500}, " \
	"lifetime: {dist: exponential, mean: 50us}}\n"

static void test_counts_and_seed(void **state)
{
	struct sums a = run(HEAD "at_end: drain\n" PHASE ITEM, 4);
	struct sums b = run(HEAD "at_end: drain\n" PHASE ITEM, 4);
	struct sums c = run(
		"workload: t\nseed: 4\ncpus: 4\nat_end: drain\n" PHASE ITEM, 4);

	(void)state;
	assert_int_equal(a.by_op[TRACE_KMALLOC], 20000);
	assert_int_equal(a.by_op[TRACE_KFREE], 20000);
	assert_int_equal(a.live, 0);
	assert_int_equal(a.remote_frees, 0);
	assert_int_equal(a.size_min, 10);
	assert_int_equal(a.size_max, 500);
	assert_int_equal(a.hash, b.hash);
	assert_true(a.hash != c.hash);
	/* 20000 arrivals, one a us on each of 4 CPUs: 5 ms and the drain. */
	assert_in_range(a.last_ns, 4900000, 6000000);
}

static void test_ends(void **state)
{
	struct sums keep = run(HEAD PHASE ITEM, 4);
	struct sums all = run(HEAD "at_end: free\n" PHASE ITEM, 4);

	(void)state;
	assert_true(keep.live > 100 && keep.live < 400); /* 4 x 50 expected */
	assert_int_equal(all.live, 0);
}

static void test_remote_frees(void **state)
{
	struct sums s = run(
		HEAD "at_end: drain\n" PHASE "    remote_free: 0.25\n" ITEM, 4);

	(void)state;
	assert_in_range(s.remote_frees, 4700, 5300);
}

static void test_cpus_map_onto_the_machine(void **state)
{
	struct sums s = run(HEAD PHASE ITEM, 8);
	struct sums one = run(HEAD PHASE ITEM, 1);
	struct sums all = run("workload: t\n" PHASE ITEM, 3);
	struct sums some = run(HEAD PHASE "    cpus: \"1,3\"\n" ITEM, 4);

	(void)state;
	for (u32 cpu = 0; cpu < 8; cpu++)
		assert_int_equal(s.cpu_used[cpu], cpu % 2 == 0);
	assert_true(one.cpu_used[0]);
	assert_true(all.cpu_used[2] && !all.cpu_used[3]);
	assert_true(!some.cpu_used[0] && some.cpu_used[1]);
	assert_true(!some.cpu_used[2] && some.cpu_used[3]);
}

static void test_kept_objects_and_repeat(void **state)
{
	struct sums s = run(HEAD "repeat: 3\nphases:\n"
				 "  - operations: 1000\n"
				 "    interarrival: 1us\n"
				 "    mix: [{pages: [1, 1], keep: true}]\n"
				 "  - duration: 1ms\n"
				 "    free_kept: 0.5\n"
				 "    snapshot: half\n",
			    4);

	(void)state;
	assert_int_equal(s.by_op[TRACE_ALLOC_PAGES], 3000);
	assert_int_equal(s.by_op[TRACE_SNAPSHOT], 3);
	/* 500, then (1500)/2, then (1750)/2 are left. */
	assert_in_range(s.live, 800, 950);
}

static void test_bursts_and_rates(void **state)
{
	struct sums s =
		run(HEAD "at_end: drain\nphases:\n"
			 "  - duration: 1ms\n"
			 "    interarrival: 10us\n"
			 "    burst: 5\n"
			 "    cpu_speed: [1, 2]\n"
			 "    mix: [{percpu: 64, align: 16, lifetime: 1us}]"
			 "\n",
		    4);

	(void)state;
	/* CPUs 0 and 2: 99 arrivals before 1 ms; 1 and 3: 199; times 5. */
	assert_int_equal(s.by_op[TRACE_ALLOC_PERCPU], 5 * 2 * (99 + 199));
	assert_int_equal(s.by_op[TRACE_FREE_PERCPU], 5 * 2 * (99 + 199));
}

/* Adding an item must not change what another draws. */
static void test_streams_are_apart(void **state)
{
	struct sums a = run(HEAD "at_end: drain\n" PHASE ITEM, 4);
	struct sums b =
		run(HEAD "at_end: drain\n" PHASE ITEM
			 "      - {pages: [1], weight: 0, lifetime: 1us}\n",
		    4);

	(void)state;
	assert_int_equal(a.hash, b.hash);
}

static void test_refused(void **state)
{
	static const char *const bad[][2] = {
		{"workload: a b\nphases: [{duration: 1s}]\n",
		 "t:1:11: the name of a workload has no blanks"},
		{"workload: t\n", "t:1:1: the key 'phases' is missing"},
		{"workload: t\nphases: []\n",
		 "t:2:9: 0 phases; 1 to 256 are possible"},
		{"workload: t\nphases: [{}]\n",
		 "t:2:10: a phase needs either duration or operations"},
		{"workload: t\nphases: [{duration: 1s, mix: [{kmalloc: 8, "
		 "lifetime: 1s}]}]\n",
		 "t:2:10: a phase with a mix needs interarrival"},
		{"workload: t\nphases: [{operations: 5}]\n",
		 "t:2:10: a phase of operations needs a mix"},
		{"workload: t\nphases: [{duration: 1s, mix: [{cache: x, "
		 "lifetime: 1s}]}]\n",
		 "t:2:39: no cache 'x' under 'caches'"},
		{"workload: t\ncaches: [{name: dentry, size: 9}]\nphases: "
		 "[{duration: 1s, mix: [{cache: dentri}]}]\n",
		 "t:3:39: no cache 'dentri' under 'caches'; did you mean "
		 "'dentry'?"},
		{"workload: t\nphases: [{duration: 1s, mix: [{kmalloc: 8, "
		 "pages: [1]}]}]\n",
		 "t:2:44: an item has one of cache, kmalloc, pages, percpu, "
		 "mempool, read, write, remove"},
		{"workload: t\nfiles: [{name: f, count: 2, size: 9}]\nphases: "
		 "[{duration: 1s, mix: [{read: g}]}]\n",
		 "t:3:38: no files 'g' under 'files'; did you mean 'f'?"},
		{"workload: t\nfiles: [{name: f, count: 2, size: 9}]\nphases: "
		 "[{duration: 1s, mix: [{read: f, lifetime: 1s}]}]\n",
		 "t:3:51: an operation on files has no lifetime"},
		{"workload: t\nfiles: [{name: f, count: 2, size: 9}]\nphases: "
		 "[{duration: 1s, mix: [{read: f, access: append}]}]\n",
		 "t:3:49: only writes append"},
		{"workload: t\nphases: [{duration: 1s, mix: [{kmalloc: 8, "
		 "io_bytes: 5, keep: true}]}]\n",
		 "t:2:54: only read and write have io_bytes"},
		{"workload: t\nfiles: [{name: f, count: 1048576, size: 9}, "
		 "{name: g, count: 1, size: 9}]\nphases: []\n",
		 "t:2:62: more than 1048576 files in all"},
		{"workload: t\nphases: [{duration: 1s, mix: [{kmalloc: "
		 "8}]}]\n",
		 "t:2:31: an item needs either lifetime or keep: true"},
		{"workload: t\ncaches: [{name: a, size: 0}]\nphases: "
		 "[{duration: 1s}]\n",
		 "t:2:26: '0' is out of range: 1 to 4MiB"},
		{"workload: t\ncpus: 2\nphases: [{duration: 1s, cpus: "
		 "\"0-2\"}]\n",
		 "t:3:31: CPU 2 is not one of the workload's 2"},
		{"workload: t\nphasess: []\n",
		 "t:2:1: unknown key 'phasess'; did you mean 'phases'?"},
		{"workload: t\nphases: [{duration: 1s, snapshot: a/b}]\n",
		 "t:2:35: a label is made of letters, digits and ._+-=,:@"},
		{"workload: t\nphases: [{duration: 1s, mix: [{kmalloc: 8, "
		 "keep: true, gfp: GFP_KERNAL}]}]\n",
		 NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err e = {0};

		assert_null(
			workload_parse("t", bad[i][0], strlen(bad[i][0]), &e));
		if (bad[i][1])
			assert_string_equal(e.text, bad[i][1]);
		else
			assert_memory_equal(e.text, "t:2:61: ", 8);
	}
}

/*
 * 3 files of 10000 bytes read 4096 at a time: pages 0, 1, 2 of one file, then
 * of the next; the third popular one is named most.  A log grows by 100
 * bytes from 4096: the first 40 lines are in page 1, the 41st in both.
 */
static void test_files(void **state)
{
	static const char text[] =
		"workload: t\ncpus: 1\nfiles:\n"
		"  - {name: f, count: 3, size: 10000, popularity: "
		"{dist: histogram, bins: [[0, 1], [2, 3], [9, 4]]}}\n"
		"  - {name: log, count: 1, size: 4096}\n"
		"phases:\n"
		"  - {operations: 3000, interarrival: 1us, mix: "
		"[{read: f, io_bytes: 4096}]}\n"
		"  - {operations: 41, interarrival: 1us, mix: "
		"[{write: log, access: append, io_bytes: 100}]}\n"
		"  - {operations: 1, interarrival: 1us, mix: [{remove: log}]}\n";
	struct err e = {0};
	struct trace_reader *r = workload_reader(
		workload_parse("t", text, strlen(text), &e), 1, &e);
	const struct trace_rec *recs;
	u32 file = 0, of_file[4] = {0};

	(void)state;
	assert_int_equal(trace_read(r, &recs, &e), 4 + 3000 + 41 + 2);
	for (u32 i = 0; i < 4; i++) {
		assert_int_equal(recs[i].op, TRACE_PAGE_CACHE_SIZE);
		assert_int_equal(recs[i].align, i);
		assert_int_equal(recs[i].size, i == 3 ? 1 : 3);
	}
	for (u32 i = 0; i < 3000; i++) {
		const struct trace_rec *rec = &recs[4 + i];

		assert_int_equal(rec->op, TRACE_PAGE_CACHE_READ);
		assert_int_equal(rec->gfp, i % 3);
		assert_int_equal(rec->size, 1);
		if (i % 3)
			assert_int_equal(rec->align, file);
		file = rec->align;
		of_file[file]++;
	}
	/* 1 : 0 : 7, by 1000 choices; 5 deviations of sqrt(1000 * 7 / 64). */
	assert_int_equal(of_file[1], 0);
	assert_in_range(of_file[0] / 3, 125 - 53, 125 + 53);
	for (u32 i = 0; i < 41; i++) {
		const struct trace_rec *rec = &recs[3004 + i];

		assert_int_equal(rec->op, TRACE_PAGE_CACHE_WRITE);
		assert_int_equal(rec->align, 3);
		assert_int_equal(rec->gfp, 1);
		assert_int_equal(rec->size, i == 40 ? 2 : 1);
	}
	assert_int_equal(recs[3045].op, TRACE_PAGE_CACHE_TRUNCATE);
	assert_int_equal(recs[3046].op, TRACE_PAGE_CACHE_SIZE);
	trace_close(r);
}

static void test_ready_workloads(void **state)
{
	const char *top = getenv("top_srcdir");
	char *pattern = xasprintf("%s/workloads/*.yaml", top ? top : ".");
	glob_t found;

	(void)state;
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= 4);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct err e = {0};
		struct trace_reader *r = trace_open(found.gl_pathv[i], &e);

		if (!r)
			fail_msg("%s", e.text);
		assert_true(drain_some(r, 2000000).records > 1000);
	}
	globfree(&found);
	free(pattern);
}

static void test_detect(void **state)
{
	(void)state;
	assert_true(workload_detect("workload: x", 11));
	assert_true(workload_detect("# a\nworkload: x", 15));
	assert_false(workload_detect("# workload: x", 13));
	assert_false(workload_detect("workloa", 7));
	assert_false(workload_detect("", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts_and_seed),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_remote_frees),
		cmocka_unit_test(test_cpus_map_onto_the_machine),
		cmocka_unit_test(test_kept_objects_and_repeat),
		cmocka_unit_test(test_bursts_and_rates),
		cmocka_unit_test(test_streams_are_apart),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_ready_workloads),
		cmocka_unit_test(test_detect),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
