/*
 * shrink.h - slab objects that their owner could do without, as dentries and
 * inodes that nobody has open: on lists by kmem_cache and node, oldest last,
 * for shrinkers to take.
 *
 * Only with vm.reclaim and vm.slab_unused above 0: that share of the objects that the trace
 * allocates from reclaimable caches is taken to be unused.
 */
#ifndef SIM_SHRINK_H
#define SIM_SHRINK_H

#include "sim/sim_priv.h"

struct shrink; /* opaque */

/** shrink_create() - NULL with @e: no address space. */
struct shrink *shrink_create(struct sim *s, struct err *e);
void shrink_destroy(struct shrink *sh);
/** shrink_object() - @slot holds a fresh object of @cache at @addr. */
void shrink_object(struct shrink *sh, u32 slot, const struct kmem_cache *cache,
		   u64 addr);
/** shrink_gone() - The object of @slot is about to go. */
void shrink_gone(struct shrink *sh, u32 slot);

#endif
