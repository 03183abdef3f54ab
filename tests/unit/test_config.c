/*
 * Goal: machine files become the machine they describe.  Zones are compared
 * with those that real Linux 6.1 kernels reported for the same memory; every
 * ready machine is written and read back to the same struct and bytes.
 */
#include "sim/config_internal.h"

#include "base/xmalloc.h"

#include "cmocka_all.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

/* What a kernel said of a zone: nodes, MB in all, then the zone. */
static const struct kernel_zone {
	u32 nodes;
	u32 mb;
	u32 node;
	enum zone_type type;
	u64 start;
	u64 spanned;
	u64 present;
	u64 managed;
} kernel_zones[] = {
	{1, 64, 0, ZONE_DMA, 1, 4095, 3998, 3840},
	{1, 64, 0, ZONE_DMA32, 4096, 12256, 12256, 8587},
	{1, 128, 0, ZONE_DMA, 1, 4095, 3998, 3840},
	{1, 128, 0, ZONE_DMA32, 4096, 28640, 28640, 24947},
	{1, 256, 0, ZONE_DMA, 1, 4095, 3998, 3840},
	{1, 256, 0, ZONE_DMA32, 4096, 61408, 61408, 57155},
	{1, 512, 0, ZONE_DMA, 1, 4095, 3998, 3840},
	{1, 512, 0, ZONE_DMA32, 4096, 126944, 126944, 121571},
	{1, 1024, 0, ZONE_DMA, 1, 4095, 3998, 3840},
	{1, 1024, 0, ZONE_DMA32, 4096, 258016, 258016, 250403},
	{1, 2048, 0, ZONE_DMA, 1, 4095, 3998, 3840},
	{1, 2048, 0, ZONE_DMA32, 4096, 520160, 520160, 508067},
	{1, 4096, 0, ZONE_DMA, 1, 4095, 3998, 3840},
	{1, 4096, 0, ZONE_DMA32, 4096, 1044480, 782304, 762842},
	{1, 4096, 0, ZONE_NORMAL, 1048576, 262144, 262144, 243974},
	{1, 8192, 0, ZONE_DMA, 1, 4095, 3998, 3840},
	{1, 8192, 0, ZONE_DMA32, 4096, 1044480, 782304, 762842},
	{1, 8192, 0, ZONE_NORMAL, 1048576, 1310720, 1310720, 1274630},
	{2, 64, 0, ZONE_DMA, 1, 4095, 3998, 3328},
	{2, 64, 0, ZONE_DMA32, 4096, 4096, 4096, 1010},
	{2, 64, 1, ZONE_DMA32, 8192, 8160, 8160, 8069},
	{2, 128, 0, ZONE_DMA, 1, 4095, 3998, 3840},
	{2, 128, 0, ZONE_DMA32, 4096, 12288, 12288, 8651},
	{2, 128, 1, ZONE_DMA32, 16384, 16352, 16352, 16300},
	{2, 256, 0, ZONE_DMA, 1, 4095, 3998, 3840},
	{2, 256, 0, ZONE_DMA32, 4096, 28672, 28672, 25035},
	{2, 256, 1, ZONE_DMA32, 32768, 32736, 32736, 32172},
	{2, 512, 0, ZONE_DMA, 1, 4095, 3998, 3840},
	{2, 512, 0, ZONE_DMA32, 4096, 61440, 61440, 57291},
	{2, 512, 1, ZONE_DMA32, 65536, 65504, 65504, 64428},
	{2, 1024, 0, ZONE_DMA, 1, 4095, 3998, 3840},
	{2, 1024, 0, ZONE_DMA32, 4096, 126976, 126976, 121803},
	{2, 1024, 1, ZONE_DMA32, 131072, 131040, 131040, 128940},
	{2, 2048, 0, ZONE_DMA, 1, 4095, 3998, 3840},
	{2, 2048, 0, ZONE_DMA32, 4096, 258048, 258048, 250827},
	{2, 2048, 1, ZONE_DMA32, 262144, 262112, 262112, 257964},
	{2, 4096, 0, ZONE_DMA, 1, 4095, 3998, 3840},
	{2, 4096, 0, ZONE_DMA32, 4096, 520192, 520192, 508875},
	{2, 4096, 1, ZONE_DMA32, 524288, 524288, 262112, 245728},
	{2, 4096, 1, ZONE_NORMAL, 1048576, 262144, 262144, 253705},
	{2, 8192, 0, ZONE_DMA, 1, 4095, 3998, 3840},
	{2, 8192, 0, ZONE_DMA32, 4096, 1044480, 782304, 762842},
	{2, 8192, 0, ZONE_NORMAL, 1048576, 262144, 262144, 245713},
	{2, 8192, 1, ZONE_NORMAL, 1310720, 1048576, 1048576, 1031945},
	{4, 1024, 0, ZONE_DMA, 1, 4095, 3998, 3840},
	{4, 1024, 0, ZONE_DMA32, 4096, 61440, 61440, 57291},
	{4, 1024, 1, ZONE_DMA32, 65536, 65536, 65536, 64469},
	{4, 1024, 2, ZONE_DMA32, 131072, 65536, 65536, 64469},
	{4, 1024, 3, ZONE_DMA32, 196608, 65504, 65504, 64428},
};

static u64 range_span(const struct mm_range *r)
{
	u64 end = r->span_end_pfn ? r->span_end_pfn : r->end_pfn;

	return end - r->start_pfn;
}

static void compare_zone(const struct config *c, u32 i,
			 const struct kernel_zone *z)
{
	const struct mm_range *r = &c->mm.ranges[i];
	u64 pages = r->end_pfn - r->start_pfn;

	assert_true(i < c->mm.nr_ranges);
	assert_int_equal(r->nid, z->node);
	assert_int_equal(r->zone, z->type);
	assert_int_equal(r->start_pfn, z->start);
	assert_int_equal(range_span(r), z->spanned);
	assert_int_equal(pages - r->absent_pages, z->present);
	assert_int_equal(pages - r->reserved_pages, z->managed);
}

static void load_nodes(struct config *c, u32 nodes, u32 mb)
{
	char text[400] = "nodes:\n";
	struct err e = {0};

	for (u32 n = 0; n < nodes; n++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "  - {cpus: \"%u\", memory: %uMiB}\n", n, mb / nodes);
	if (config_parse(c, "t", text, strlen(text), NULL, 0, &e))
		fail_msg("%s", e.text);
}

static void test_zones_as_linux(void **state)
{
	static struct config c;
	const struct kernel_zone *z = kernel_zones, *end;

	(void)state;
	end = z + ARRAY_SIZE(kernel_zones);
	while (z < end) {
		u32 i = 0, nodes = z->nodes, mb = z->mb;

		load_nodes(&c, nodes, mb);
		for (; z < end && z->nodes == nodes && z->mb == mb; z++)
			compare_zone(&c, i++, z);
		assert_int_equal(c.mm.nr_ranges, i);
	}
}

/* Where a cache stood in its file is all that may differ. */
static void forget_places(struct config *c)
{
	for (u32 i = 0; i < c->nr_caches; i++)
		memset(c->caches[i].place, 0, sizeof(c->caches[i].place));
}

static void round_trip(const char *path)
{
	static struct config a, b;
	struct err e = {0};
	char *text, *again;

	if (config_load(&a, path, NULL, 0, &e))
		fail_msg("%s", e.text);
	text = config_write(&a);
	if (config_parse(&b, a.source, text, strlen(text), NULL, 0, &e))
		fail_msg("written form: %s", e.text);
	again = config_write(&b);
	assert_string_equal(text, again);
	forget_places(&a);
	forget_places(&b);
	assert_memory_equal(&a, &b, sizeof(a));
	free(text);
	free(again);
}

static void test_ready_machines(void **state)
{
	const char *top = getenv("top_srcdir");
	char *pattern =
		xasprintf("%s/workloads/machines/*.yaml", top ? top : ".");
	glob_t found;

	(void)state;
	round_trip(NULL);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= 9);
	for (size_t i = 0; i < found.gl_pathc; i++)
		round_trip(found.gl_pathv[i]);
	globfree(&found);
	free(pattern);
}

/* Eight CPUs; who shares each one's second level, by its first CPU. */
static void test_shared_caches(void **state)
{
	static const struct {
		const char *shared;
		u32 first[8];
		const char *written;
	} cases[] = {
		{"3", {0, 0, 0, 3, 3, 3, 6, 6}, "shared: 3\n"},
		{"[\"0,4\", [1, 5], \"2,6\", \"3,7\"]",
		 {0, 1, 2, 3, 0, 1, 2, 3},
		 "shared: [\"0,4\", \"1,5\", \"2,6\", \"3,7\"]\n"},
		{"[\"4-7\", \"0-1,3\"]",
		 {0, 0, 2, 0, 4, 4, 4, 4},
		 "shared: [\"0-1,3\", \"4-7\"]\n"},
		{"[7, 2, 1]",
		 {0, 1, 1, 3, 4, 5, 6, 1},
		 "shared: [\"1-2,7\"]\n"},
		{"2-3", {0, 1, 2, 2, 4, 5, 6, 7}, "shared: [\"2-3\"]\n"},
		{"[\"5\", \"6,7\"]",
		 {0, 1, 2, 3, 4, 5, 6, 6},
		 "shared: [\"6-7\"]\n"},
	};
	static struct config a, b;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err e = {0};
		char text[256], *again;

		snprintf(text, sizeof(text),
			 "nodes: [{cpus: 0-7, memory: 64MiB}]\n"
			 "cpu:\n  caches: [{level: 1, size: 4KiB, ways: 4, "
			 "latency: 4, shared: %s}]\n",
			 cases[i].shared);
		if (config_parse(&a, "t", text, strlen(text), NULL, 0, &e))
			fail_msg("%s: %s", cases[i].shared, e.text);
		for (u32 cpu = 0; cpu < 8; cpu++)
			assert_int_equal(config_cache_cpu(&a.caches[0], cpu),
					 cases[i].first[cpu]);
		again = config_write(&a);
		assert_non_null(strstr(again, cases[i].written));
		if (config_parse(&b, "t", again, strlen(again), NULL, 0, &e))
			fail_msg("written form: %s", e.text);
		forget_places(&a);
		forget_places(&b);
		assert_memory_equal(&a, &b, sizeof(a));
		free(again);
	}
}

/* A module of two CPUs with one front end, as Bulldozer's: instructions are
 * shared, data are not.  Neither lies behind the other. */
static void test_shared_instructions(void **state)
{
	static const char text[] =
		"nodes: [{cpus: 0-3, memory: 64MiB}]\n"
		"cpu:\n"
		"  caches:\n"
		"    - {level: 1, type: instruction, size: 64KiB, ways: 2, "
		"latency: 4, shared: 2}\n"
		"    - {level: 1, type: data, size: 16KiB, ways: 4, "
		"latency: 4}\n"
		"    - {level: 2, size: 2MiB, ways: 16, latency: 20, "
		"shared: 2}\n";
	static struct config c;
	struct err e = {0};

	(void)state;
	if (config_parse(&c, "t", text, strlen(text), NULL, 0, &e))
		fail_msg("%s", e.text);
	assert_int_equal(config_cache_cpu(&c.caches[0], 3), 2);
	assert_int_equal(config_cache_cpu(&c.caches[1], 3), 3);
}

static void test_set_overrides(void **state)
{
	static const char *const sets[] = {
		"nodes.0.memory=2GiB",	 "vm.min_free_kbytes=12345",
		"kernel.thp=false",	 "sim.costs.slab_fast=7",
		"boot.slub_max_order=1", "vm.lowmem_reserve_ratio=[1, 2, 3]",
	};
	static const char *const wrong[] = {"vm.min_free_kbyte=1"};
	static struct config c;
	struct err e = {0};

	(void)state;
	assert_int_equal(config_load(&c, NULL, sets, ARRAY_SIZE(sets), &e), 0);
	assert_int_equal(c.nodes[0].memory_bytes, 2ull << 30);
	assert_int_equal(c.mm.min_free_kbytes, 12345);
	assert_false(c.mm.thp);
	assert_int_equal(c.cost_cycles[COST_SLAB_FAST], 7);
	assert_int_equal(c.mm.slub_max_order, 1);
	assert_int_equal(c.mm.lowmem_reserve_ratio[ZONE_NORMAL], 3);
	assert_true(config_load(&c, NULL, wrong, 1, &e) < 0);
	assert_string_equal(e.text, "--set:vm.min_free_kbyte: unknown key "
				    "'min_free_kbyte'; did you mean "
				    "'min_free_kbytes'?");
}

static void test_movable_and_holes(void **state)
{
	static const char text[] =
		"nodes:\n"
		"  - {cpus: 0, memory: 8GiB, movable: 1GiB}\n"
		"  - {cpus: none, memory: 1GiB}\n"
		"  - {cpus: \"1-2\", memory: 0}\n"
		"memory: {hole: 2GiB, firmware: 0}\n";
	static struct config c;
	struct err e = {0};
	const struct mm_range *r = c.mm.ranges;

	(void)state;
	if (config_parse(&c, "t", text, strlen(text), NULL, 0, &e))
		fail_msg("%s", e.text);
	assert_int_equal(c.mm.nr_ranges, 5);
	assert_int_equal(r[1].end_pfn, 524288); /* the hole at 2 GiB */
	assert_int_equal(r[2].zone, ZONE_NORMAL);
	assert_int_equal(r[2].start_pfn, 1048576);
	assert_int_equal(r[3].zone, ZONE_MOVABLE);
	assert_int_equal(r[3].end_pfn - r[3].start_pfn, 262144);
	assert_int_equal(r[3].reserved_pages, 0);
	assert_int_equal(r[4].nid, 1);
	assert_int_equal(c.mm.nr_cpus, 3);
	assert_int_equal(c.mm.cpu_to_node[2], 2);
	assert_int_equal(c.mm.distance[0][2], 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zones_as_linux),
		cmocka_unit_test(test_ready_machines),
		cmocka_unit_test(test_shared_caches),
		cmocka_unit_test(test_shared_instructions),
		cmocka_unit_test(test_set_overrides),
		cmocka_unit_test(test_movable_and_holes),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
