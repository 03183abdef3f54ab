/*
 * Goal: the derived figures of a run are right: the kernel's unusable free
 * space index by its integer arithmetic, usage of caches that are gone, and
 * the CPU mapping of a recording.  Method: figures worked out by hand.
 */
#include "sim/metrics.h"

#include "sim/cpumap.h"
#include "sim/eventlog.h"

#include "cmocka_all.h"

static void test_unusable_index(void **state)
{
	u64 nr_free[MAX_ORDER] = {0};

	(void)state;
	assert_int_equal(unusable_index(nr_free, 0), 1000); /* nothing free */
	nr_free[0] = 3;
	nr_free[2] = 1; /* 7 pages free, 4 of them in order 2 */
	assert_int_equal(unusable_index(nr_free, 0), 0);
	assert_int_equal(unusable_index(nr_free, 1), 3000 / 7);
	assert_int_equal(unusable_index(nr_free, 2), 3000 / 7);
	assert_int_equal(unusable_index(nr_free, 3), 1000);
}

static void test_metrics_retire(void **state)
{
	struct metrics m;

	(void)state;
	metrics_init(&m);
	m.by_cache[3] = (struct usage){.allocs = 5,
				       .frees = 5,
				       .req_bytes = 50,
				       .alloc_bytes = 80,
				       .peak_live_alloc_bytes = 16};
	metrics_retire(&m, 3);
	assert_int_equal(m.by_cache[3].allocs, 0);
	assert_int_equal(m.by_cache[3].peak_live_alloc_bytes, 0);
	assert_int_equal(m.retired.allocs, 5);
	assert_int_equal(m.retired.alloc_bytes, 80);
	m.by_cache[3].allocs = 7;
	m.by_cache[3].frees = 2;
	metrics_settle(&m, 4);
	assert_int_equal(m.by_cache[3].live_objs, 5);
	metrics_free(&m);
}

static void test_metrics_sites_grow(void **state)
{
	struct metrics m;

	(void)state;
	metrics_init(&m);
	assert_int_equal(m.nr_sites, 1);
	m.by_site[0].allocs = 4;
	metrics_grow_sites(&m, 100);
	assert_int_equal(m.by_site[0].allocs, 4);
	assert_int_equal(m.by_site[99].allocs, 0);
	metrics_grow_sites(&m, 50);
	assert_int_equal(m.nr_sites, 100);
	metrics_free(&m);
}

static void test_eventlog_is_bounded(void **state)
{
	struct eventlog log = {0};
	struct eventlog_entry e = {.ev = MM_EV_EXTFRAG};

	(void)state;
	for (u32 i = 0; i < EVENTLOG_MAX + 5; i++)
		eventlog_add(&log, &e);
	assert_int_equal(log.nr, EVENTLOG_MAX);
	assert_int_equal(log.dropped[MM_EV_EXTFRAG], 5);
	eventlog_free(&log);
}

/* Recorded: 4 CPUs, 0 and 2 on node 0, 1 and 3 on node 1.  Ours: 6 CPUs, the
 * first three on node 0. */
static void test_cpumap(void **state)
{
	static const u16 modulo[] = {0, 1, 2, 3}, spread[] = {0, 1, 3, 4},
			 node[] = {0, 3, 1, 4};
	static struct config c;
	static struct trace_info info;
	const u16 *want[] = {modulo, spread, node};
	static const enum cpu_map how[] = {CPU_MAP_MODULO, CPU_MAP_SPREAD,
					   CPU_MAP_NODE};

	(void)state;
	c.mm.nr_cpus = 6;
	c.mm.nr_nodes = 2;
	info.nr_cpus = 4;
	for (u32 i = 3; i < 6; i++)
		c.mm.cpu_to_node[i] = 1;
	info.cpu_to_node[1] = info.cpu_to_node[3] = 1;
	for (u32 h = 0; h < 3; h++) {
		static struct cpumap map;

		map.nr_mapped = 0;
		c.cpu_map = how[h];
		cpumap_extend(&map, &c, &info);
		for (u32 i = 0; i < 4; i++)
			assert_int_equal(map.cpu[i], want[h][i]);
		assert_int_equal(map.node[5], 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unusable_index),
		cmocka_unit_test(test_metrics_retire),
		cmocka_unit_test(test_metrics_sites_grow),
		cmocka_unit_test(test_eventlog_is_bounded),
		cmocka_unit_test(test_cpumap),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
