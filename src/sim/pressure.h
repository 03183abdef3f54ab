/*
 * pressure.h - a machine that can reclaim: kswapd as an actor in time, what
 * became of pages that were taken from the trace, and who drove memory down.
 *
 * Only with vm.reclaim; without it s->pressure is NULL and replay does none
 * of this.
 */
#ifndef SIM_PRESSURE_H
#define SIM_PRESSURE_H

#include "sim/sim_priv.h"

struct pressure; /* opaque */

void pressure_create(struct sim *s);
void pressure_destroy(struct sim *s);

/** pressure_page() - @slot holds a fresh block from alloc_pages(). */
void pressure_page(struct sim *s, const struct trace_rec *r, struct page *page);
/**
 * pressure_free() - Before replay frees the pages of a slot.
 * Return: true: they are not to be freed, as the recorded kernel reclaimed
 * them, which is for the simulated one to decide.
 */
bool pressure_free(struct sim *s, const struct trace_rec *r, struct page *page);
/** pressure_note() - mm noted something that is about reclaim, or a slab. */
void pressure_note(struct sim *s, enum mm_event ev, u64 a, u64 b);
/** pressure_kswapd_event() - The event numbered @seq of kswapd/@nid is due. */
void pressure_kswapd_event(struct sim *s, u32 nid, u64 seq);

#endif
