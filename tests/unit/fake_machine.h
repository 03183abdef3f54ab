/*
 * fake_machine.h - a machine of a page, for tests of mm/: the clock, the CPU
 * and the task are what the test sets, and notes are counted.
 */
#ifndef FAKE_MACHINE_H
#define FAKE_MACHINE_H

#include "mm/check.h"
#include "mm/page_alloc.h"

struct fake_machine {
	struct machine m; /* first: hooks get a pointer to it */
	struct machine_ops ops;
	u64 notes[NR_MM_EVENTS];
	u64 last_a[NR_MM_EVENTS];
	u64 last_b[NR_MM_EVENTS];
};

/** fake_machine_init() - A machine at time 0, on CPU 0, that counts notes. */
void fake_machine_init(struct fake_machine *fm);

/**
 * fake_conf() - @nodes nodes of @mib MiB each: DMA (node 0, 16 MiB), the rest
 * DMA32; CPU n on node n % nodes.  Nothing is reserved.
 */
void fake_conf(struct mm_conf *conf, u32 cpus, u32 nodes, u64 mib);

/** fake_conf_without_dma() - The same but for the DMA zone's memory. */
void fake_conf_without_dma(struct mm_conf *conf);

/** fake_mm_create() - The mm without a slab allocator; must not fail. */
struct mm *fake_mm_create(struct fake_machine *fm, const struct mm_conf *conf);

/** fake_mm_end() - A test is over: mm_check() finds nothing, @mm is gone. */
void fake_mm_end(struct mm *mm);

/** assert_mm_ok() - mm_check() finds nothing. */
void assert_mm_ok(const struct mm *mm);

/** assert_mm_wrong() - mm_check() finds something whose text has @word. */
void assert_mm_wrong(const struct mm *mm, const char *word);

/** Pages of @zone in the buddy lists. */
u64 fake_zone_free(const struct zone *zone);

#endif
