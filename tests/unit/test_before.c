/*
 * Goal: a machine laid out from /proc has what the files say: free blocks by
 * order and type, per-CPU lists, slabs and objects; no object is adopted
 * twice; what cannot be is an error.  Method: a machine of one zone, its
 * snapshot made by hand.
 */
#include "sim/before.h"

#include "mm/check.h"
#include "mm/mm.h"
#include "sim/sim_priv.h"

#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ZONE_PAGES 16384u
#define FILPS	   50u

static struct procsnap *snap;
static struct config config;
static struct sim *sim;
static struct err e;

static void make_zone(struct procsnap_zone *z)
{
	z->type = ZONE_DMA32;
	snprintf(z->name, sizeof(z->name), "DMA32");
	z->start_pfn = 4096;
	z->spanned = z->present = ZONE_PAGES;
	z->managed = ZONE_PAGES - 256;
	z->min = 100;
	z->low = 125;
	z->high = 150;
	z->stat_threshold = 16;
	z->pcp = calloc(2, sizeof(*z->pcp));
	for (u32 c = 0; c < 2; c++)
		z->pcp[c] = (struct procsnap_pcp){
			.count = 100 + (s32)c, .high = 300, .batch = 15};
	for (u32 o = 0; o < MAX_ORDER; o++) {
		z->free_blocks[MIGRATE_UNMOVABLE][o] = o & 1;
		z->free_blocks[MIGRATE_MOVABLE][o] = 4;
		z->free_blocks[MIGRATE_RECLAIMABLE][o] = o < 5;
	}
	z->pageblocks[MIGRATE_UNMOVABLE] = 4;
	z->pageblocks[MIGRATE_RECLAIMABLE] = 2;
	z->pageblocks[MIGRATE_MOVABLE] = 26;
}

static void make_cache(struct procsnap_cache *c, const char *name)
{
	snprintf(c->name, sizeof(c->name), "%s", name);
	c->active_objs = FILPS;
	c->num_objs = 64;
	c->num_slabs = 4;
	c->objsize = 256;
	c->objs_per_slab = 16;
	c->pages_per_slab = 1;
}

/* The general caches, empty. */
static void make_kmalloc(struct procsnap_cache *c, u32 size)
{
	snprintf(c->name, sizeof(c->name),
		 size < 1024 ? "kmalloc-%u" : "kmalloc-%uk",
		 size < 1024 ? size : size / 1024);
	c->objsize = size;
	c->pages_per_slab = size > 4096 ? size / 4096 : 1;
	c->objs_per_slab = c->pages_per_slab * 4096 / size;
}

static int setup(void **state)
{
	static const u32 sizes[] = {8,	 16,  32,   64,	  96,	128, 192,
				    256, 512, 1024, 2048, 4096, 8192};

	(void)state;
	e = (struct err){0};
	assert_int_equal(config_load(&config, NULL, NULL, 0, &e), 0);
	snap = calloc(1, sizeof(*snap));
	snap->nr_nodes = 1;
	snap->nr_cpus = 2;
	snap->nr_zones = 1;
	snap->zones = calloc(1, sizeof(*snap->zones));
	make_zone(&snap->zones[0]);
	snap->caches = calloc(3 + ARRAY_SIZE(sizes), sizeof(*snap->caches));
	make_cache(&snap->caches[0], "filp");
	make_cache(&snap->caches[1], "kmem_cache_node");
	make_cache(&snap->caches[2], "kmem_cache");
	for (snap->nr_caches = 3; snap->nr_caches < 3 + ARRAY_SIZE(sizes);
	     snap->nr_caches++)
		make_kmalloc(&snap->caches[snap->nr_caches],
			     sizes[snap->nr_caches - 3]);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sim_destroy(sim);
	sim = NULL;
	procsnap_free(snap);
	free(snap);
	return 0;
}

/* 0, or what the load said. */
static int load(void)
{
	int rc = before_config(&config, snap, &e);

	if (rc)
		return rc;
	sim = sim_create(&config, NULL, NULL, NULL, &e);
	return sim ? before_fill(sim, snap, &e) : -1;
}

static void test_free_blocks_and_lists(void **state)
{
	const struct procsnap_zone *z = &snap->zones[0];
	const struct zone *zone;

	(void)state;
	if (load())
		fail_msg("%s", e.text);
	assert_int_equal(mm_check(sim_mm(sim), &e), 0);
	zone = sim_mm(sim)->nodes[0].zones[ZONE_DMA32];
	for (u32 mt = 0; mt < MIGRATE_TYPES; mt++)
		for (u32 o = 0; o < MAX_ORDER; o++)
			assert_int_equal(zone->free_area[o].nr_free_type[mt],
					 z->free_blocks[mt][o]);
	for (u32 c = 0; c < 2; c++)
		assert_int_equal(zone->pcp[c].count, 100 + c);
	assert_int_equal(zone->watermark[WMARK_MIN], 100);
}

static void test_slabs_and_adoption(void **state)
{
	static u64 got[FILPS + 1];
	struct kmem_cache *filp;
	u64 nr = 0;

	(void)state;
	if (load())
		fail_msg("%s", e.text);
	filp = before_find_cache(sim->before, "filp");
	assert_non_null(filp);
	while ((got[nr] = before_adopt_object(sim->before, filp->idx, 0))) {
		for (u64 i = 0; i < nr; i++)
			assert_true(got[i] != got[nr]);
		assert_int_equal(got[nr] % 256, 0);
		assert_true(++nr <= FILPS);
	}
	assert_int_equal(nr, FILPS);
	/* All of them can be freed: they are objects in use. */
	for (u64 i = 0; i < nr; i++)
		kmem_cache_free(filp, got[i]);
	assert_int_equal(mm_check(sim_mm(sim), &e), 0);
}

static void test_same_seed_same_layout(void **state)
{
	struct kmem_cache *filp;
	u64 first[8];

	(void)state;
	if (load())
		fail_msg("%s", e.text);
	filp = before_find_cache(sim->before, "filp");
	for (u32 i = 0; i < 8; i++)
		first[i] = before_adopt_object(sim->before, filp->idx, 0);
	sim_destroy(sim);
	if (load())
		fail_msg("%s", e.text);
	filp = before_find_cache(sim->before, "filp");
	for (u32 i = 0; i < 8; i++)
		assert_int_equal(before_adopt_object(sim->before, filp->idx, 0),
				 first[i]);
}

static void test_boot_is_empty(void **state)
{
	struct kmem_cache *filp;

	(void)state;
	if (before_config(&config, snap, &e))
		fail_msg("%s", e.text);
	sim = sim_create(&config, NULL, NULL, NULL, &e);
	assert_non_null(sim);
	assert_int_equal(before_boot(sim, snap, NULL, &e), 0);
	filp = before_find_cache(sim->before, "filp");
	assert_non_null(filp);
	assert_int_equal(before_adopt_object(sim->before, filp->idx, 0), 0);
	assert_true(kmem_cache_alloc(filp, GFP_KERNEL) != 0);
	assert_int_equal(mm_check(sim_mm(sim), &e), 0);
}

static u64 op(enum trace_op what, u32 slot, u8 order, u8 flags)
{
	struct trace_rec r = {.op = (u8)what,
			      .slot = slot,
			      .order = order,
			      .gfp = GFP_HIGHUSER_MOVABLE | GFP_COMP,
			      .node = -1,
			      .flags = flags};

	return replay_one(sim, &r);
}

static void test_a_block_falls_into_pieces(void **state)
{
	u64 at;

	(void)state;
	assert_int_equal(before_config(&config, snap, &e), 0);
	sim = sim_create(&config, NULL, NULL, NULL, &e);
	assert_non_null(sim);
	if (!sim->metrics.by_site)
		sim->metrics.by_site = calloc(1, sizeof(struct usage));
	at = op(TRACE_ALLOC_PAGES, 1, 3, 0);
	assert_int_equal(op(TRACE_FREE_PAGES, 1, 0, TRACE_SPLIT), at);
	/* The largest first, one after the other, and nothing moves. */
	assert_int_equal(op(TRACE_ALLOC_PAGES, 2, 2, TRACE_SPLIT), at);
	assert_int_equal(op(TRACE_ALLOC_PAGES, 3, 1, TRACE_SPLIT), at + 0x4000);
	assert_int_equal(op(TRACE_ALLOC_PAGES, 4, 0, TRACE_SPLIT), at + 0x6000);
	assert_int_equal(op(TRACE_ALLOC_PAGES, 5, 0, TRACE_SPLIT), at + 0x7000);
	assert_int_equal(mm_check(sim_mm(sim), &e), 0);
	/* Nothing is left of it: this one is a new block. */
	assert_true(op(TRACE_ALLOC_PAGES, 6, 0, TRACE_SPLIT) - at >= 0x8000);
	for (u32 slot = 2; slot <= 6; slot++)
		assert_true(op(TRACE_FREE_PAGES, slot, 0, 0) != OP_FAILED);
	assert_int_equal(mm_check(sim_mm(sim), &e), 0);
	assert_int_equal(sim->metrics.live_pages, 0);
}

static void refused(void)
{
	assert_true(load() != 0);
	assert_true(e.text[0] != '\0');
}

static void test_more_free_than_there_is(void **state)
{
	(void)state;
	snap->zones[0].free_blocks[MIGRATE_MOVABLE][10] = UINT64_MAX / 4;
	refused();
}

static void test_more_small_blocks_than_there_is(void **state)
{
	(void)state;
	snap->zones[0].free_blocks[MIGRATE_MOVABLE][3] = UINT64_MAX / 4;
	refused();
}

static void test_more_slabs_than_memory(void **state)
{
	(void)state;
	snap->caches[0].num_slabs = UINT32_MAX;
	refused();
}

static void test_no_such_geometry(void **state)
{
	(void)state;
	snap->caches[0].objs_per_slab = 100000;
	refused();
}

static void test_no_slabinfo(void **state)
{
	(void)state;
	snap->nr_caches = 0;
	refused();
	assert_non_null(strstr(e.text, "slabinfo"));
}

static void test_zones_that_overlap(void **state)
{
	(void)state;
	snap->zones = realloc(snap->zones, 2 * sizeof(*snap->zones));
	memset(&snap->zones[1], 0, sizeof(snap->zones[1]));
	make_zone(&snap->zones[1]);
	snap->zones[1].type = ZONE_NORMAL;
	snap->nr_zones = 2;
	refused();
}

static void test_managed_beyond_present(void **state)
{
	(void)state;
	snap->zones[0].managed = ZONE_PAGES + 1;
	refused();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_free_blocks_and_lists),
		TEST(test_slabs_and_adoption),
		TEST(test_same_seed_same_layout),
		TEST(test_boot_is_empty),
		TEST(test_a_block_falls_into_pieces),
		TEST(test_more_free_than_there_is),
		TEST(test_more_small_blocks_than_there_is),
		TEST(test_more_slabs_than_memory),
		TEST(test_no_such_geometry),
		TEST(test_no_slabinfo),
		TEST(test_zones_that_overlap),
		TEST(test_managed_beyond_present),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
