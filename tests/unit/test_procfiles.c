/*
 * Goal: the kernel-format files look as a kernel of 6.1 writes them, to the
 * column.  Method: a machine made by hand with the counts of a real one; the
 * expected lines are that machine's.
 */
#include "cmocka_all.h"
#include "report_fake.h"

#include <stdlib.h>
#include <string.h>

static void expect_line(const char *text, const char *line)
{
	const char *at = strstr(text, line);

	if (!at)
		print_message("# missing: %s# in:\n%s", line, text);
	assert_non_null(at);
	assert_true(at == text || at[-1] == '\n');
}

static void test_buddyinfo(void **state)
{
	struct report_view *v = fake_view(0);
	char *text = fake_file("buddyinfo", v);

	(void)state;
	assert_string_equal(
		text, "Node 0, zone      DMA      0      0      0      0      0"
		      "      0      1      1      0      1      3 \n"
		      "Node 0, zone    DMA32      2      2      1      3      2"
		      "      2      0      1      0      1    168 \n"
		      "Node 1, zone    DMA32      2      1      1      0      2"
		      "      1      2      3      1      0    185 \n");
	free(text);
	fake_view_free(v);
}

static void test_slabinfo(void **state)
{
	struct report_view *v = fake_view(0);
	char *text = fake_file("slabinfo", v);

	(void)state;
	expect_line(text, "slabinfo - version: 2.1\n# name            "
			  "<active_objs> <num_objs> <objsize> <objperslab> "
			  "<pagesperslab> : tunables <limit> <batchcount> "
			  "<sharedfactor> : slabdata <active_slabs> "
			  "<num_slabs> <sharedavail>\n");
	expect_line(text, "ext4_groupinfo_4k     40     66    184   22    1 : "
			  "tunables    0    0    0 : slabdata      3      3"
			  "      0\n");
	expect_line(text, "kmalloc-1k          2000   3600   1024    4    1 : "
			  "tunables    0    0    0 : slabdata    900    900"
			  "      0\n");
	/* A hostile name is one word: no line of it begins elsewhere. */
	expect_line(text, "`rm_-rf_.`\"'\\___\xff\xc3\xa4$(x)# ");
	free(text);
	fake_view_free(v);
}

static void test_pagetypeinfo(void **state)
{
	struct report_view *v = fake_view(0);
	char *text;

	(void)state;
	v->snap->zones[0].nr_free[MIGRATE_UNMOVABLE][10] = 100000;
	text = fake_file("pagetypeinfo", v);
	expect_line(text,
		    "Page block order: 9\nPages per block:  512\n\n"
		    "Free pages count per migrate type at order       0"
		    "      1      2      3      4      5      6      7      8"
		    "      9     10 \n"
		    "Node    0, zone      DMA, type    Unmovable      0"
		    "      0      0      0      0      0      0      0      0"
		    "      0 >100000 \n"
		    "Node    0, zone      DMA, type      Movable      0"
		    "      0      0      0      0      0      1      1      0"
		    "      1      3 \n");
	expect_line(text,
		    "Node    0, zone    DMA32, type      Isolate      0"
		    "      0      0      0      0      0      0      0      0"
		    "      0      0 \n\n"
		    "Number of blocks type     Unmovable      Movable  "
		    "Reclaimable   HighAtomic      Isolate \n"
		    "Node 0, zone      DMA            1            7"
		    "            0            0            0 \n"
		    "Node 0, zone    DMA32          134          360"
		    "           10            0            0 \n"
		    "Page block order: 9\n");
	free(text);
	fake_view_free(v);
}

static void test_zoneinfo(void **state)
{
	struct report_view *v = fake_view(0);
	char *text = fake_file("zoneinfo", v);

	(void)state;
	expect_line(text, "Node 0, zone      DMA\n  per-node stats\n"
			  "      nr_inactive_anon 0\n");
	expect_line(text, "      nr_slab_reclaimable 1118\n"
			  "      nr_slab_unreclaimable 1980\n");
	expect_line(text, "      pgpromote_candidate 0\n"
			  "  pages free     3776\n"
			  "        boost    0\n"
			  "        min      129\n"
			  "        low      161\n"
			  "        high     193\n"
			  "        spanned  4095\n"
			  "        present  3998\n"
			  "        managed  3840\n"
			  "        cma      0\n"
			  "        protection: (0, 959, 959, 959, 959)\n"
			  "      nr_free_pages 3776\n");
	expect_line(text, "      nr_mlock     0\n");
	expect_line(text, "      numa_other   0\n"
			  "  pagesets\n"
			  "    cpu: 0\n"
			  "              count: 0\n"
			  "              high:  161\n"
			  "              batch: 1\n"
			  "  vm stats threshold: 4\n"
			  "    cpu: 1\n");
	expect_line(text, "  vm stats threshold: 4\n"
			  "  node_unreclaimable:  0\n"
			  "  start_pfn:           1\n"
			  "Node 0, zone    DMA32\n  pages free     ");
	expect_line(text, "Node 1, zone   Device\n"
			  "  pages free     0\n"
			  "        boost    0\n"
			  "        min      0\n"
			  "        low      0\n"
			  "        high     0\n"
			  "        spanned  0\n"
			  "        present  0\n"
			  "        managed  0\n"
			  "        cma      0\n"
			  "        protection: (0, 0, 0, 0, 0)\n");
	free(text);
	fake_view_free(v);
}

static void test_vmstat(void **state)
{
	struct report_view *v = fake_view(0);
	char *text = fake_file("vmstat", v);
	u32 lines = 0;

	(void)state;
	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	assert_int_equal(lines, 171); /* as the real machine's */
	expect_line(text, "nr_slab_reclaimable 3491\n"
			  "nr_slab_unreclaimable 3733\n");
	expect_line(text, "numa_hit 2001\nnuma_miss 0\n");
	expect_line(text, "pgalloc_dma 0\npgalloc_dma32 175916\n"
			  "pgalloc_normal 0\npgalloc_movable 0\n"
			  "pgalloc_device 0\nallocstall_dma 0\n"
			  "allocstall_dma32 0\nallocstall_normal 5\n");
	free(text);
	fake_view_free(v);
}

static u64 kib_of(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	assert_non_null(at);
	return strtoull(strchr(at, ':') + 1, NULL, 10);
}

static void test_meminfo(void **state)
{
	struct report_view *v = fake_view(0);
	char *text = fake_file("meminfo", v);
	u64 free_pages = 0;

	(void)state;
	for (u32 i = 0; i < v->snap->nr_zones; i++)
		free_pages += (u64)v->snap->zones[i].nr_free_pages;
	expect_line(text, "MemTotal:        2028896 kB\n");
	expect_line(text, "Active(anon):          0 kB\n");
	expect_line(text, "VmallocTotal:   34359738367 kB\n");
	expect_line(text, "HugePages_Total:       0\n");
	expect_line(text, "Hugepagesize:       2048 kB\n");
	expect_line(text, "CommitLimit:     1014448 kB\n");
	assert_int_equal(kib_of(text, "MemFree"), free_pages * 4);
	assert_int_equal(kib_of(text, "\nSlab"),
			 kib_of(text, "SReclaimable") +
				 kib_of(text, "SUnreclaim"));
	/* Free less 959 + 193, 12302 and 12846 kept, plus half of 3491. */
	assert_int_equal(kib_of(text, "MemAvailable"),
			 (free_pages - 1152 - 12302 - 12846 + 3491 - 1745) * 4);
	free(text);
	fake_view_free(v);
}

/* Counts of memory with a device behind it: by node, summed, in kB. */
static void test_files_and_swap(void **state)
{
	struct report_view *v = fake_view(0);
	struct mm_snapshot *s = (struct mm_snapshot *)(uintptr_t)v->snap;
	char *text;

	(void)state;
	s->nodes[0].lru_pages[INSPECT_LRU_FILE] = 100;
	s->nodes[1].lru_pages[INSPECT_LRU_FILE + 1] = 50;
	s->nodes[0].dirty_pages = 7;
	s->nodes[1].dirty_pages = 4;
	s->nodes[1].writeback_pages = 2;
	s->nodes[1].swapcache_pages = 3;
	s->nodes[1].workingset_nodes = 9;
	s->nodes[0].workingset[1].refaults = 21;
	s->nodes[1].events[VM_EV_NR_DIRTIED - VM_EV_FIRST_OF_NODE] = 17;
	s->zones[2].write_pending_pages = 6;
	s->dirty_thresh = 14865;
	s->dirty_background_thresh = 7423;
	s->swap_pages = 1000;
	s->swap_free_pages = 990;
	text = fake_file("vmstat", v);
	expect_line(text, "nr_zone_write_pending 6\n");
	expect_line(text, "workingset_nodes 9\n");
	expect_line(text, "workingset_refault_file 21\n");
	expect_line(text, "nr_file_pages 153\nnr_dirty 11\nnr_writeback 2\n");
	expect_line(text, "nr_dirtied 17\nnr_written 0\n");
	expect_line(text, "nr_swapcached 3\n");
	expect_line(text, "nr_dirty_threshold 14865\n"
			  "nr_dirty_background_threshold 7423\npgpgin 0\n");
	free(text);
	text = fake_file("zoneinfo", v);
	expect_line(text, "      nr_dirty     7\n");
	expect_line(text, "      nr_dirty     4\n");
	expect_line(text, "      nr_zone_write_pending 6\n");
	free(text);
	text = fake_file("meminfo", v);
	expect_line(text, "Cached:              600 kB\n"
			  "SwapCached:           12 kB\n");
	expect_line(text, "SwapTotal:          4000 kB\n"
			  "SwapFree:           3960 kB\n"
			  "Dirty:                44 kB\n"
			  "Writeback:             8 kB\n");
	free(text);
	fake_view_free(v);
}

static void test_i386_layout(void **state)
{
	struct report_view *v = fake_view(0);
	struct config *c = (struct config *)(uintptr_t)v->config;
	char *text;

	(void)state;
	c->zones = ZONES_I386;
	v->snap->zones[1].type = ZONE_NORMAL;
	v->snap->zones[2].type = ZONE_HIGHMEM;
	text = fake_file("buddyinfo", v);
	expect_line(text, "Node 0, zone   Normal      2 ");
	expect_line(text, "Node 1, zone  HighMem      2 ");
	free(text);
	text = fake_file("meminfo", v);
	assert_int_equal(kib_of(text, "HighTotal"), 257644 * 4);
	assert_int_equal(kib_of(text, "HighTotal") + kib_of(text, "LowTotal"),
			 kib_of(text, "MemTotal"));
	assert_int_equal(kib_of(text, "HighFree") + kib_of(text, "LowFree"),
			 kib_of(text, "MemFree"));
	free(text);
	text = fake_file("vmstat", v);
	expect_line(text, "pgalloc_dma 0\npgalloc_normal 0\npgalloc_high 0\n"
			  "pgalloc_movable 0\nallocstall_dma 0\n");
	free(text);
	fake_view_free(v);
}

static void test_extfrag_files(void **state)
{
	struct report_view *v = fake_view(0);
	char *unusable = fake_file("unusable_index", v);
	char *extfrag = fake_file("extfrag_index", v);

	(void)state;
	/* 3776 pages: 64 + 128 + 512 below order 10, 192 below order 9. */
	expect_line(unusable, "Node 0, zone      DMA 0.000 0.000 0.000 0.000 "
			      "0.000 0.000 0.000 0.016 0.050 0.050 0.186 \n");
	expect_line(extfrag, "Node 0, zone      DMA -1.000 -1.000 -1.000 "
			     "-1.000 -1.000 -1.000 -1.000 -1.000 -1.000 "
			     "-1.000 -1.000 \n");
	free(unusable);
	free(extfrag);
	fake_view_free(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buddyinfo),
		cmocka_unit_test(test_slabinfo),
		cmocka_unit_test(test_pagetypeinfo),
		cmocka_unit_test(test_zoneinfo),
		cmocka_unit_test(test_vmstat),
		cmocka_unit_test(test_meminfo),
		cmocka_unit_test(test_files_and_swap),
		cmocka_unit_test(test_i386_layout),
		cmocka_unit_test(test_extfrag_files),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
