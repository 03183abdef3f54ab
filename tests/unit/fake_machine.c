#include "fake_machine.h"

#include "cmocka_all.h"

#include <errno.h>
#include <string.h>

static void note_hook(struct machine *m, enum mm_event ev, u64 a, u64 b)
{
	struct fake_machine *fm = (struct fake_machine *)(void *)m;

	fm->notes[ev]++;
	fm->last_a[ev] = a;
	fm->last_b[ev] = b;
}

void fake_machine_init(struct fake_machine *fm)
{
	memset(fm, 0, sizeof(*fm));
	fm->ops.note = note_hook;
	fm->m.ops = &fm->ops;
}

void fake_conf(struct mm_conf *conf, u32 cpus, u32 nodes, u64 mib)
{
	u64 pages = mib << (20 - PAGE_SHIFT);

	mm_conf_defaults(conf, PROFILE_LINUX_6_1);
	conf->nr_cpus = cpus;
	conf->nr_nodes = nodes;
	for (u32 cpu = 0; cpu < cpus; cpu++)
		conf->cpu_to_node[cpu] = (u8)(cpu % nodes);
	conf->ranges[0] = (struct mm_range){
		.zone = ZONE_DMA, .start_pfn = 1, .end_pfn = 4096};
	for (u32 nid = 0; nid < nodes; nid++)
		conf->ranges[nid + 1] = (struct mm_range){
			.nid = nid,
			.zone = ZONE_DMA32,
			.start_pfn = nid ? nid * pages : 4096,
			.end_pfn = (nid + 1) * pages,
		};
	conf->nr_ranges = nodes + 1;
}

void fake_conf_without_dma(struct mm_conf *conf)
{
	for (u32 i = 1; i < conf->nr_ranges; i++)
		conf->ranges[i - 1] = conf->ranges[i];
	conf->nr_ranges--;
}

struct mm *fake_mm_create(struct fake_machine *fm, const struct mm_conf *conf)
{
	struct err e = {0};
	struct mm *mm;

	mm = mm_create(&fm->m, conf, &e);
	if (!mm)
		fail_msg("mm_create: %s", e.text);
	return mm;
}

void fake_mm_end(struct mm *mm)
{
	assert_mm_ok(mm);
	mm_destroy(mm);
}

void assert_mm_ok(const struct mm *mm)
{
	struct err e = {0};

	if (mm_check(mm, &e))
		fail_msg("mm_check: %s", e.text);
}

void assert_mm_wrong(const struct mm *mm, const char *word)
{
	struct err e = {0};

	assert_int_equal(mm_check(mm, &e), -EUCLEAN);
	if (!strstr(e.text, word))
		fail_msg("no '%s' in: %s", word, e.text);
}

u64 fake_zone_free(const struct zone *zone)
{
	u64 pages = 0;

	for (u32 order = 0; order < MAX_ORDER; order++)
		pages += zone->free_area[order].nr_free << order;
	return pages;
}
