/*
 * Goal: a recorded state is read exactly, and a damaged one is refused with
 * its place.  A small machine (one node, one zone, one cache of two slabs) is
 * written to a directory; each test changes one word of it.
 *
 *	pfn  16..19 free, order 2   20 per-cpu   21 full slab   22 cpu slab
 */
#include "sim/state_parse.h"

#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char snap_text[] =
	"snapshot start op=0 cpu=0 jiffies=10 uptime_ns=5\n"
	"[caches]\n"
	"name active_objs cpu_partial_slabs\n"
	"filp 4 4 1024 4 1 0 0 0 2 2 0 | 1024 8 512 0 4 0 1 24 6 5 | "
	"0:0:2:8:0 | 0:22:4:4:2:0\n"
	"[zones]\n"
	"min_free_kbytes=40 nr_online_nodes=1 nr_cpu_ids=1 totalram_pages=9\n"
	"zone node=0 DMA32 start_pfn=16 spanned=16 present=16 managed=9\n"
	" watermark min=1 low=2 high=3 promo=4 boost=0 highatomic=0\n"
	" lowmem_reserve 0 0 0 0\n"
	" nr_free folded=4 exact=4 stat_threshold cpu0:2:diff-1\n"
	" pageset_high=8 pageset_batch=1 compact_considered=0\n"
	" pcp cpu0 count=1 high=8 batch=1 free_factor=0 expire=0\n"
	" free Unmovable 0 0 1 0 0 0 0 0 0 0 0\n"
	" pageblocks Unmovable=1 Movable=0 Reclaimable=0 HighAtomic=0\n"
	"node 0 kswapd_failures=0 kswapd_order=0 kswapd_highest_zoneidx=4 "
	"kswapd_waiting=1 zonelist 0:DMA32\n"
	"[vmstat]\n"
	"nr_free_pages 4\n"
	"node0 numa_hit 7 numa_miss 0 numa_foreign 0 numa_interleave 0 "
	"numa_local 7 numa_other 0\n"
	"nr_mapped 0\n";

static const char lists_text[] = "# pageblock_order=9\n"
				 "zone node=0 DMA32\n"
				 "free 2 Unmovable: 16\n"
				 "pcp cpu0 0 Movable: 20\n"
				 "pageblocks: 0+1=Unmovable\n"
				 "slab_pages (pfn/order/inuse cache):\n"
				 "filp: 21/0/4 22/0/4\n";

static const char slabs_text[] =
	"cache filp size=1024\n"
	" cpu0 slab cpufree=3,1 22 o0 inuse=4/4 frozen=1 free=-\n";

struct fixture {
	char dir[64];
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "state-parse-XXXXXX");
	*state = f;
	return mkdtemp(f->dir) ? 0 : -1;
}

static int teardown(void **state)
{
	static const char *const names[] = {"snap", "freelists", "slabs"};
	struct fixture *f = *state;
	char path[128];

	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s-start.txt", f->dir,
			 names[i]);
		unlink(path);
	}
	rmdir(f->dir);
	free(f);
	return 0;
}

/* Writes @text with the first @from replaced by @to (NULL: as it is). */
static void put(const struct fixture *f, const char *name, const char *text,
		const char *from, const char *to)
{
	char path[128];
	const char *hit = from ? strstr(text, from) : NULL;
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s-start.txt", f->dir, name);
	out = fopen(path, "w");
	assert_non_null(out);
	if (hit)
		fprintf(out, "%.*s%s%s", (int)(hit - text), text, to,
			hit + strlen(from));
	else
		fputs(text, out);
	fclose(out);
}

static struct state *load(const struct fixture *f, const char *from,
			  const char *to, struct err *e)
{
	put(f, "snap", snap_text, from, to);
	put(f, "freelists", lists_text, from, to);
	put(f, "slabs", slabs_text, from, to);
	memset(e, 0, sizeof(*e));
	return state_load(f->dir, "start", e);
}

static void test_reads_everything(void **state)
{
	struct err e;
	struct state *st = load(*state, NULL, NULL, &e);
	const struct state_zone *z;
	const struct state_cache *c;

	assert_string_equal(e.text, "");
	assert_non_null(st);
	assert_int_equal(st->zones.nr, 1);
	z = &st->zones.at[0];
	assert_int_equal(z->type, ZONE_DMA32);
	assert_int_equal(z->watermark[WMARK_HIGH], 3);
	assert_int_equal(z->pcp[0].state.nr_free_diff, -1);
	assert_int_equal(z->pcp[0].lists[MIGRATE_MOVABLE].nr, 1);
	assert_int_equal(z->free[MIGRATE_UNMOVABLE][2].nr, 1);
	assert_int_equal(st->nodes[0].numa[NUMA_HIT], 7);
	assert_int_equal(st->nodes[0].zonelist.nr, 1);
	c = &st->caches.at[0];
	assert_string_equal(c->name, "filp");
	assert_int_equal(c->pages.nr, 2);
	assert_int_equal(c->slabs.at[0].cpufree.nr, 2);
	assert_int_equal(st->slots.at[c->slabs.at[0].cpufree.at], 3);
	state_free(st);
}

static void refuse(void **state, const char *from, const char *to,
		   const char *message)
{
	struct err e;
	struct state *st = load(*state, from, to, &e);

	assert_null(st);
	if (!strstr(e.text, message))
		fail_msg("'%s' is not in '%s'", message, e.text);
}

static void test_refuses_damage(void **state)
{
	refuse(state, "min=1", "mun=1", "snap-start.txt:8:12: 'min='");
	refuse(state, "numa_hit 7", "numa_hit 99999999999999999999999",
	       "snap-start.txt:18:");
	refuse(state, "free 2 Unmovable", "free 2 Immovable",
	       "freelists-start.txt:3:");
	refuse(state, "free 2 Unm", "free 11 Unm", "larger than 10");
	refuse(state, "cpu0 slab", "cpu7 slab", "slabs-start.txt:2:");
	refuse(state, "nr_cpu_ids=1", "nr_cpu_ids=4000000000", "snap-start");
	refuse(state, "node=0 DMA32", "node=64 DMA32", "no such zone");
	refuse(state, "1024 8 512 0 4", "0 8 512 0 4", "objects of 0 bytes");
	refuse(state, "cache filp", "cache flip", "next cache is 'filp'");
}

static void test_refuses_contradictions(void **state)
{
	refuse(state, "Unmovable: 16", "Unmovable: 17", "not aligned");
	refuse(state, "Movable: 20", "Movable: 19", "also a free block");
	refuse(state, "Movable: 20", "Movable: 120", "not in its zone");
	refuse(state, "Movable: 20", "Movable: 20 23", "1 per-cpu pages");
	refuse(state, "free 2 Unmovable: 16\n", "", "snapshot counts 1");
	refuse(state, "cpufree=3,1", "cpufree=3,3", "makes no sense");
	refuse(state, "cpufree=3,1", "cpufree=3,4", "makes no sense");
	refuse(state, "frozen=1", "frozen=0", "frozen=0");
	refuse(state, "filp: 21/0/4 22", "filp: 21/0/4 23",
	       "not in slab_pages");
	refuse(state, " 22/0/4", "", "not in slab_pages");
	refuse(state, "21/0/4 22/0/4", "22/0/4", "1 slabs found");
	refuse(state, "21/0/4", "21/0/4 24/0/4", "3 slabs found");
	refuse(state, "21/0/4 22/0/4", "22/0/4 21/0/4 23/0/4", "lacks a slab");
}

static void test_missing_file_is_named(void **state)
{
	struct fixture *f = *state;
	struct err e = {0};

	assert_null(state_load(f->dir, "nowhere", &e));
	assert_non_null(strstr(e.text, "snap-nowhere.txt"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_reads_everything, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_refuses_damage, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_refuses_contradictions,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_missing_file_is_named,
						setup, teardown),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
