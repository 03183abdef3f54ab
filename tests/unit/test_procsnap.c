/*
 * Goal: the /proc files of a live machine are read as they stand, and a file
 * that is not one is refused with its place.  Method: small files, written
 * by hand in the kernel's formats, in a directory of the test's own.
 */
#include "sim/procsnap.h"

#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[] = "/tmp/procsnap-XXXXXX";
static const char *const files[] = {
	"zoneinfo",	  "buddyinfo",	"pagetypeinfo", "slabinfo",
	"slabinfo.start", "slab.sysfs", "slab.aliases", "node0.cpulist",
	"node0.distance", "vmstat",	"vmstat.start",
};

static void put(const char *name, const char *text)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static const char zoneinfo[] = "Node 0, zone      DMA\n"
			       "  per-node stats\n"
			       "      nr_inactive_anon 156\n"
			       "  pages free     3776\n"
			       "        boost    0\n"
			       "        min      129\n"
			       "        low      161\n"
			       "        high     193\n"
			       "        spanned  4095\n"
			       "        present  3998\n"
			       "        managed  3840\n"
			       "        protection: (0, 991, 991, 991, 991)\n"
			       "  pagesets\n"
			       "    cpu: 0\n"
			       "              count: 7\n"
			       "              high:  161\n"
			       "              batch: 1\n"
			       "  vm stats threshold: 4\n"
			       "  start_pfn:           1\n";

static const char slabinfo_head[] =
	"slabinfo - version: 2.1\n# name <active_objs> ...\n";

static int setup(void **state)
{
	char text[512];

	(void)state;
	assert_non_null(mkdtemp(dir));
	put("zoneinfo", zoneinfo);
	put("buddyinfo", "Node 0, zone DMA 0 0 0 0 0 0 1 1 0 1 3\n");
	put("pagetypeinfo",
	    "Page block order: 9\n"
	    "Node    0, zone  DMA, type Unmovable 0 0 0 0 0 0 1 1 0 0 0\n"
	    "Node    0, zone  DMA, type   Movable 0 0 0 0 0 0 0 0 0 1 3\n"
	    "Number of blocks type Unmovable Movable Reclaimable HighAtomic\n"
	    "Node 0, zone      DMA            1            7            0"
	    "            0            0\n");
	snprintf(text, sizeof(text),
		 "%sfilp 10 32 256 16 1 : tunables 0 0 0 : slabdata 2 2 0\n",
		 slabinfo_head);
	put("slabinfo", text);
	snprintf(text, sizeof(text),
		 "%sfilp 9 16 256 16 1 : tunables 0 0 0 : slabdata 1 1 0\n",
		 slabinfo_head);
	put("slabinfo.start", text);
	put("slab.aliases", "filp -> :A-0000256\nskb -> :A-0000256\n");
	put("slab.sysfs", ":A-0000256/object_size:232\n"
			  ":A-0000256/slabs:16 N0=7 N1=9\n"
			  ":A-0000256/hwcache_align:1\n"
			  ":A-0000256/partial:1 N0=1\n");
	put("node0.cpulist", "0-1,3\n");
	put("node0.distance", "10 21\n");
	return 0;
}

static int teardown(void **state)
{
	char path[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		unlink(path);
	}
	return rmdir(dir);
}

static void test_zone_as_it_stands(void **state)
{
	struct procsnap p;
	struct err e = {0};

	(void)state;
	assert_int_equal(procsnap_load(&p, dir, "", &e), 0);
	assert_int_equal(p.nr_zones, 1);
	assert_int_equal(p.zones[0].managed, 3840);
	assert_int_equal(p.zones[0].start_pfn, 1);
	assert_int_equal(p.zones[0].high, 193);
	assert_int_equal(p.zones[0].protection[1], 991);
	assert_int_equal(p.zones[0].pcp[0].count, 7);
	assert_int_equal(p.zones[0].pcp[0].high, 161);
	assert_int_equal(p.zones[0].free_blocks[MIGRATE_UNMOVABLE][6], 1);
	assert_int_equal(p.zones[0].free_blocks[MIGRATE_MOVABLE][6], 0);
	assert_int_equal(p.zones[0].free_blocks[MIGRATE_MOVABLE][10], 3);
	assert_int_equal(p.zones[0].pageblocks[MIGRATE_MOVABLE], 7);
	assert_int_equal(p.nr_cpus, 4);
	assert_int_equal(p.distance[0][1], 21);
	procsnap_free(&p);
}

/* The younger file counts; "pgfree_all" and what we do not count do not. */
static void test_vmstat(void **state)
{
	struct procsnap p;
	struct err e = {0};

	(void)state;
	put("vmstat", "pgfree 1\nthp_fault_alloc 0\n");
	put("vmstat.start", "nr_free_pages 23321\npgfree_all 5\npgfree 515857\n"
			    "allocstall_movable 9\npgscan_direct_throttle 3\n"
			    "pgscan_direct 406\nthp_fault_alloc 0\n");
	assert_int_equal(procsnap_load(&p, dir, ".start", &e), 0);
	assert_true(p.thp);
	assert_int_equal(p.vm_events[VM_EV_PGFREE], 515857);
	assert_int_equal(p.vm_events[VM_EV_ALLOCSTALL_MOVABLE], 9);
	assert_int_equal(p.vm_events[VM_EV_PGSCAN_DIRECT], 406);
	assert_int_equal(p.vm_events[VM_EV_PAGEOUTRUN], 0);
	procsnap_free(&p);
}

static void test_cache_through_its_alias(void **state)
{
	struct procsnap p;
	struct err e = {0};
	const struct procsnap_cache *c;

	(void)state;
	assert_int_equal(procsnap_load(&p, dir, ".start", &e), 0);
	c = procsnap_cache(&p, "skb");
	assert_non_null(c);
	assert_string_equal(c->name, "filp");
	assert_int_equal(c->active_objs, 9); /* of slabinfo.start */
	assert_int_equal(c->object_size, 232);
	assert_int_equal(c->slabs_node[1], 9);
	assert_true(c->hwcache_align);
	assert_null(procsnap_cache(&p, "nobody"));
	procsnap_free(&p);
}

static void test_refuses_what_is_none(void **state)
{
	struct procsnap p;
	struct err e = {0};

	(void)state;
	put("zoneinfo", "Node 0, zone Quark\n");
	assert_true(procsnap_load(&p, dir, "", &e) < 0);
	assert_non_null(strstr(e.text, "zoneinfo:1: unknown kind of zone"));
	e.code = 0;
	put("zoneinfo", "nothing\n");
	assert_true(procsnap_load(&p, dir, "", &e) < 0);
	e.code = 0;
	put("zoneinfo", zoneinfo);
	put("slabinfo", "garbage\n");
	assert_true(procsnap_load(&p, dir, "", &e) < 0);
	assert_non_null(strstr(e.text, "slabinfo:1:"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zone_as_it_stands),
		cmocka_unit_test(test_cache_through_its_alias),
		cmocka_unit_test(test_vmstat),
		cmocka_unit_test(test_refuses_what_is_none),
	};

	cmocka_run_group_tests(tests, setup, teardown);
	return 0; /* TAP: the driver counts */
}
