/*
 * Goal: zones, zonelists, watermarks and per-CPU list sizes are those that
 * real kernels computed: every row of tests/oracle/watermarks.tsv.zst, and
 * zonelists known from kernels of 4 nodes.
 */
#include "fake_machine.h"

#include "cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define TABLE_MAX 65536
#define ROWS_MAX  64

static struct fake_machine fm;

/* Watermark table */

struct row {
	u32 nodes, cpus, node;
	u32 mb;
	u64 min_free_kbytes;
	enum zone_type zone;
	u64 start, spanned, present, managed;
	u64 wmark[NR_WMARK];
	u64 reserve[4]; /* DMA, DMA32, Normal, Movable */
	s32 high, batch, threshold;
};

static const char *read_table(void)
{
	static char text[TABLE_MAX], packed[TABLE_MAX];
	char path[4096];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/oracle/watermarks.tsv.zst",
		 getenv("top_srcdir") ? getenv("top_srcdir") : ".");
	f = fopen(path, "rb");
	if (!f)
		fail_msg("%s is not there", path);
	n = fread(packed, 1, sizeof(packed), f);
	fclose(f);
	n = ZSTD_decompress(text, sizeof(text) - 1, packed, n);
	assert_false(ZSTD_isError(n));
	text[n] = '\0';
	return text;
}

static enum zone_type zone_by_name(const char *name)
{
	if (strcmp(name, "DMA") == 0)
		return ZONE_DMA;
	return strcmp(name, "DMA32") == 0 ? ZONE_DMA32 : ZONE_NORMAL;
}

static void parse_row(const char *line, struct row *r)
{
	unsigned long v[16];
	char zone[16];
	int n;

	n = sscanf(line,
		   "%u %u %u %lu %lu %u %15s %lu %lu %lu %lu %lu %lu %lu %lu "
		   "%lu,%lu,%lu,%lu %d %d %*s %d",
		   &r->nodes, &r->cpus, &r->mb, &v[0], &v[1], &r->node, zone,
		   &v[2], &v[3], &v[4], &v[5], &v[6], &v[7], &v[8], &v[9],
		   &v[10], &v[11], &v[12], &v[13], &r->high, &r->batch,
		   &r->threshold);
	if (n != 22)
		fail_msg("%d fields in: %.80s", n, line);
	r->min_free_kbytes = v[0];
	r->zone = zone_by_name(zone);
	r->start = v[2];
	r->spanned = v[3];
	r->present = v[4];
	r->managed = v[5];
	for (u32 i = 0; i < 4; i++) {
		r->wmark[i] = v[6 + i];
		r->reserve[i] = v[10 + i];
	}
}

/* The machine of rows [0, nr), from their managed pages. */
static struct mm *machine_of_rows(const struct row *rows, u32 nr)
{
	struct mm_conf conf;

	mm_conf_defaults(&conf, PROFILE_LINUX_6_1);
	conf.nr_nodes = rows->nodes;
	conf.nr_cpus = rows->cpus;
	for (u32 cpu = 0; cpu < rows->cpus; cpu++)
		conf.cpu_to_node[cpu] = (u8)cpu;
	conf.nr_ranges = nr;
	for (u32 i = 0; i < nr; i++)
		conf.ranges[i] = (struct mm_range){
			.nid = rows[i].node,
			.zone = rows[i].zone,
			.start_pfn = rows[i].start,
			.end_pfn = rows[i].start + rows[i].present,
			.span_end_pfn = rows[i].start + rows[i].spanned,
			.reserved_pages = rows[i].present - rows[i].managed,
		};
	fake_machine_init(&fm);
	return fake_mm_create(&fm, &conf);
}

static void check_row(const struct mm *mm, const struct row *r)
{
	static const enum zone_type types[4] = {ZONE_DMA, ZONE_DMA32,
						ZONE_NORMAL, ZONE_MOVABLE};
	const struct zone *zone = mm->nodes[r->node].zones[r->zone];

	assert_int_equal(mm->min_free_kbytes, r->min_free_kbytes);
	assert_int_equal(zone->spanned_pages, r->spanned);
	assert_int_equal(zone->present_pages, r->present);
	assert_int_equal(zone->managed_pages, r->managed);
	for (u32 i = 0; i < 4; i++) {
		assert_int_equal(zone->watermark[i], r->wmark[i]);
		assert_int_equal(zone->lowmem_reserve[types[i]], r->reserve[i]);
	}
	assert_int_equal(zone->pageset_high, r->high);
	assert_int_equal(zone->pageset_batch, r->batch);
	assert_int_equal(zone->pcp[0].high, r->high);
	assert_int_equal(zone->pcp[r->cpus - 1].batch, r->batch);
	assert_int_equal(zone->pcpstat[0].stat_threshold, r->threshold);
}

static void test_every_recorded_row(void **state)
{
	static struct row rows[ROWS_MAX];
	const char *line = strchr(read_table(), '\n');
	u32 nr = 0, machines = 0;

	(void)state;
	for (; line && line[1]; line = strchr(line + 1, '\n')) {
		assert_true(nr < ROWS_MAX);
		parse_row(line + 1, &rows[nr++]);
	}
	assert_int_equal(nr, 44);
	for (u32 i = 0, end; i < nr; i = end) {
		struct mm *mm;

		for (end = i; end < nr && rows[end].mb == rows[i].mb &&
			      rows[end].nodes == rows[i].nodes;)
			end++;
		mm = machine_of_rows(&rows[i], end - i);
		for (u32 k = i; k < end; k++)
			check_row(mm, &rows[k]);
		assert_mm_ok(mm);
		mm_destroy(mm);
		machines++;
	}
	assert_int_equal(machines, 16);
}

/* Zonelists */

/* A machine of @nodes nodes of 4 MiB, one CPU on each. */
static void small_nodes(struct mm_conf *conf, u32 nodes)
{
	mm_conf_defaults(conf, PROFILE_LINUX_6_1);
	conf->nr_nodes = nodes;
	conf->nr_cpus = nodes;
	conf->nr_ranges = nodes;
	for (u32 n = 0; n < nodes; n++) {
		conf->cpu_to_node[n] = (u8)n;
		conf->ranges[n] = (struct mm_range){
			.nid = n,
			.zone = ZONE_DMA32,
			.start_pfn = (n + 1) * 1024,
			.end_pfn = (n + 2) * 1024,
		};
	}
}

static void assert_zonelist(const struct mm *mm, u32 nid, const char *want)
{
	char got[MM_NODES_MAX + 1] = "";

	for (u32 i = 0; i < mm->nodes[nid].nr_zonerefs; i++)
		got[i] = (char)('0' + mm->nodes[nid].zonelist[i].zone->node);
	assert_string_equal(got, want);
}

static void test_equal_distances_go_round(void **state)
{
	static const char *const want[] = {"0123", "1230", "2301", "3012"};
	struct mm_conf conf;
	struct mm *mm;

	(void)state;
	fake_machine_init(&fm);
	small_nodes(&conf, 4);
	mm = fake_mm_create(&fm, &conf);
	for (u32 n = 0; n < 4; n++)
		assert_zonelist(mm, n, want[n]);
	mm_destroy(mm);
}

/*
 * Two pairs, 0 1 near each other and 2 3: from 0, the first of the far group
 * is loaded, so 1 falls back to the other one first.
 */
static void test_load_breaks_ties(void **state)
{
	static const char *const want[] = {"0123", "1032", "2301", "3210"};
	struct mm_conf conf;
	struct mm *mm;

	(void)state;
	fake_machine_init(&fm);
	small_nodes(&conf, 4);
	conf.distance[0][1] = conf.distance[1][0] = 12;
	conf.distance[2][3] = conf.distance[3][2] = 12;
	mm = fake_mm_create(&fm, &conf);
	for (u32 n = 0; n < 4; n++)
		assert_zonelist(mm, n, want[n]);
	mm_destroy(mm);
}

static void test_node_without_memory(void **state)
{
	struct mm_conf conf;
	struct mm *mm;
	struct page *page;

	(void)state;
	fake_machine_init(&fm);
	small_nodes(&conf, 3);
	conf.ranges[1] = conf.ranges[2];
	conf.nr_ranges = 2;
	mm = fake_mm_create(&fm, &conf);
	assert_zonelist(mm, 1, "20");
	fm.m.cpu = 1;
	page = alloc_pages(mm, GFP_KERNEL, 0);
	assert_non_null(page);
	assert_int_equal(pfn_to_nid(mm, page_to_pfn(mm, page)), 2);
	assert_null(alloc_pages_node(mm, 1, GFP_KERNEL | GFP_THISNODE, 0));
	fake_mm_end(mm);
}

/* Settings */

static void test_settings(void **state)
{
	struct mm_conf conf;
	struct mm *mm;
	const struct zone *zone;

	(void)state;
	fake_machine_init(&fm);
	fake_conf(&conf, 2, 1, 1024);
	conf.min_free_kbytes = 65536;
	conf.watermark_scale_factor = 200;
	conf.percpu_pagelist_high_fraction = 8;
	conf.lowmem_reserve_ratio[ZONE_DMA] = 0;
	mm = fake_mm_create(&fm, &conf);
	zone = mm->nodes[0].zones[ZONE_DMA32];
	assert_int_equal(mm->min_free_kbytes, 65536);
	assert_int_equal(zone->watermark[WMARK_MIN],
			 16384 * zone->managed_pages / (1024 * 256 - 1));
	assert_int_equal(
		zone->watermark[WMARK_LOW] - zone->watermark[WMARK_MIN],
		MAX(zone->watermark[WMARK_MIN] / 4, zone->managed_pages / 50));
	assert_int_equal(zone->pageset_high, zone->managed_pages / 8 / 2);
	assert_int_equal(mm->zones[0].lowmem_reserve[ZONE_DMA32], 0);
	mm_destroy(mm);
}

static void test_huge_pages_raise_min_free(void **state)
{
	struct mm_conf conf;
	struct mm *mm;

	(void)state;
	fake_machine_init(&fm);
	fake_conf(&conf, 1, 1, 2048);
	conf.thp = true;
	mm = fake_mm_create(&fm, &conf);
	/* 2 zones x 512 pages x (2 + 3 x 3) */
	assert_int_equal(mm->min_free_kbytes, 2 * 512 * 11 * 4);
	/* Whole pageblocks go through the per-CPU lists. */
	assert_non_null(alloc_pages(mm, GFP_HIGHUSER_MOVABLE, 9));
	assert_int_equal(mm->zones[1].pcp[0].count, 512);
	fake_mm_end(mm);
}

static void test_older_kernels(void **state)
{
	struct mm_conf conf;
	struct mm *mm;
	struct page *page;

	(void)state;
	fake_machine_init(&fm);
	fake_conf(&conf, 1, 1, 1024);
	conf.profile = PROFILE_LINUX_3_8;
	mm = fake_mm_create(&fm, &conf);
	assert_int_equal(mm->zones[1].pageset_batch, 31);
	assert_int_equal(mm->zones[1].pageset_high, 186);
	page = alloc_pages(mm, GFP_KERNEL, 1);
	assert_int_equal(mm->zones[1].pcp[0].count, 0);
	free_pages(mm, page, 1);
	for (u32 i = 0; i < 400; i++)
		alloc_pages(mm, GFP_KERNEL, 0);
	for (u32 i = 0; i < 400; i++)
		free_pages(mm, pfn_to_page(mm, page_to_pfn(mm, page) + i), 0);
	assert_true(mm->zones[1].pcp[0].count < 186);
	fake_mm_end(mm);
}

/* A machine of 8 nodes and 4 TiB costs next to nothing. */
static void test_four_tib(void **state)
{
	const u64 node_pages = (u64)1 << 27;
	struct mm_conf conf;
	struct mm *mm;

	(void)state;
	fake_machine_init(&fm);
	mm_conf_defaults(&conf, PROFILE_LINUX_6_1);
	conf.nr_nodes = conf.nr_cpus = conf.nr_ranges = 8;
	for (u32 n = 0; n < 8; n++) {
		conf.cpu_to_node[n] = (u8)n;
		conf.ranges[n] = (struct mm_range){
			.nid = n,
			.zone = ZONE_NORMAL,
			.start_pfn = n ? n * node_pages : 1024,
			.end_pfn = (n + 1) * node_pages,
			.reserved_pages = 5000,
		};
	}
	conf.ranges[7].end_pfn--; /* pfn_t has 32 bits */
	mm = fake_mm_create(&fm, &conf);
	assert_int_equal(mm->min_free_kbytes, 262138);
	assert_int_equal(mm->zones[7].virgin_end_pfn - mm->zones[7].virgin_pfn,
			 node_pages - 5 * 1024 - 1024);
	fm.m.cpu = 5;
	assert_int_equal(
		pfn_to_nid(mm, page_to_pfn(mm, alloc_pages(mm, GFP_KERNEL, 0))),
		5);
	fake_mm_end(mm);
}

/* Bad machines */

static void refuse(const struct mm_conf *conf)
{
	struct err e = {0};

	assert_null(mm_create(&fm.m, conf, &e));
	assert_int_equal(e.code, -EINVAL);
	assert_true(e.text[0] != '\0');
}

static void test_impossible_machines(void **state)
{
	struct mm_conf good, conf;

	(void)state;
	fake_machine_init(&fm);
	fake_conf(&good, 1, 1, 64);
	conf = good;
	conf.nr_cpus = 0;
	refuse(&conf);
	conf = good;
	conf.nr_cpus = MM_CPUS_MAX + 1;
	refuse(&conf);
	conf = good;
	conf.cpu_to_node[0] = 3;
	refuse(&conf);
	conf = good;
	conf.nr_ranges = 0;
	refuse(&conf);
	conf = good;
	conf.ranges[1].start_pfn = 0;
	refuse(&conf);
	conf = good;
	conf.ranges[1].start_pfn = 3072; /* overlaps DMA */
	refuse(&conf);
	conf = good;
	conf.ranges[1].start_pfn = 4100;
	refuse(&conf);
	conf = good;
	conf.ranges[1].reserved_pages = 1 << 20;
	refuse(&conf);
	conf = good;
	conf.ranges[1].end_pfn = (u64)1 << 40;
	refuse(&conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_recorded_row),
		cmocka_unit_test(test_equal_distances_go_round),
		cmocka_unit_test(test_load_breaks_ties),
		cmocka_unit_test(test_node_without_memory),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_huge_pages_raise_min_free),
		cmocka_unit_test(test_older_kernels),
		cmocka_unit_test(test_four_tib),
		cmocka_unit_test(test_impossible_machines),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
