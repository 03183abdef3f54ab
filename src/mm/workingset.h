/*
 * workingset.h - how long a page was away: mm/workingset.c of Linux 6.1.
 *
 * Where a page was evicted a shadow entry stays, with its node, whether it
 * had been active, and the age of the node's lists then (evictions and
 * activations, counted).  Age at its return less age at its eviction is the
 * refault distance: had the inactive list been longer by as much, the page
 * would still be here.
 *
 * Invariant: exactly the nodes of trees that hold nothing but shadows are on
 * shadow_nodes[] of their node.
 */
#ifndef MM_WORKINGSET_H
#define MM_WORKINGSET_H

#include "mm/filemap.h"

/* What a shadow entry tells. */
struct shadow {
	u32 nid;
	u64 eviction; /* the node's nonresident_age, its low bits */
	bool workingset;
};

/** Bits of the age that a shadow keeps: 63 less node, memcg and flag. */
#define WORKINGSET_AGE_BITS 36u

xa_entry pack_shadow(const struct shadow *shadow);
struct shadow unpack_shadow(xa_entry entry);

/** workingset_init() - The shrinker of shadows; with conf.reclaim only. */
void workingset_init(struct mm *mm);
void workingset_exit(struct mm *mm);
/** workingset_eviction() - @page is reclaimed: the shadow it leaves. */
xa_entry workingset_eviction(struct mm *mm, const struct page *page);
/**
 * workingset_refault() - @page is back where @entry stood: active at once if
 * it was not away for long.
 */
void workingset_refault(struct mm *mm, struct page *page, xa_entry entry);
/** workingset_age_nonresident() - @nr pages of @nid were evicted or activated. */
void workingset_age_nonresident(struct mm *mm, u32 nid, u64 nr);
/** workingset_update_node() - A tree's node changed (xa_update_fn). */
void workingset_update_node(struct mm *mm, struct xa_node *node);

#endif
