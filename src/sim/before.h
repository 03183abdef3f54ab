/*
 * before.h - a run that starts from what anybody can collect on a live
 * machine (procsnap.h): /proc tells how many blocks are free and how many
 * objects are in use, not where; where is laid out by a seeded rule.
 *
 * The rule (docs/before.md): allocated memory is a stock of holes, split as
 * a buddy allocator splits; a free block of order n is cut out of a hole of
 * a higher order, so that free blocks never merge; slabs take holes of their
 * own order; a pageblock has the type of what it was first cut for.
 */
#ifndef SIM_BEFORE_H
#define SIM_BEFORE_H

#include "sim/procsnap.h"
#include "sim/sim.h"

struct before; /* opaque: a snapshot laid out */

/**
 * before_config() - Makes @c's machine that of @p: nodes, CPUs, zones,
 * memory; what @c says of the kernel otherwise stays.
 */
int before_config(struct config *c, const struct procsnap *p, struct err *e);

/**
 * before_fill() - Puts @s, just created from such a configuration, into the
 * state of @p.  Objects that the trace knows from before its start are found
 * there.
 * @p: borrowed, must outlive @s; figures of it are made to fit together.
 * Return: 0, or negative with @e.
 */
int before_fill(struct sim *s, struct procsnap *p, struct err *e);
/**
 * before_boot() - @s, just booted, gets the caches of @p, all empty: for a
 * recording that begins with the machine.  @p says what is there then.
 * @early: [p->nr_caches] objects that the first CPU makes at once; NULL: none.
 */
int before_boot(struct sim *s, struct procsnap *p, const u64 *early,
		struct err *e);
void before_free(struct before *b);

/** The cache that serves @name there, merged ones included; NULL: none. */
struct kmem_cache *before_find_cache(const struct before *b, const char *name);

/**
 * before_adopt_object() - An object of a cache that was in use at the start,
 * and that nobody has been given yet, of node @nid if there is one left;
 * 0 when there is none at all.
 */
u64 before_adopt_object(struct before *b, u32 cache_idx, u32 nid);
/** before_adopt_pages() - The same for a block of pages; 0: none. */
u64 before_adopt_pages(struct before *b, u32 order, u32 nid);

#endif
