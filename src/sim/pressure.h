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
struct oom_control;

/** pressure_create() - Nothing without vm.reclaim; 0 or negative with @e. */
int pressure_create(struct sim *s, struct err *e);
void pressure_destroy(struct sim *s);

/** pressure_page() - @slot holds a fresh block from alloc_pages(). */
void pressure_page(struct sim *s, const struct trace_rec *r, struct page *page);
/**
 * pressure_free() - Before replay frees the pages of a slot.
 * Return: true: they are not to be freed, as the recorded kernel reclaimed
 * them, which is for the simulated one to decide.
 */
bool pressure_free(struct sim *s, const struct trace_rec *r, struct page *page);
/** pressure_slot_lost() - The pages of @slot go, and it remembers that. */
void pressure_slot_lost(struct sim *s, u32 slot);
/** pressure_oom_kill() - oc->chosen is about to be killed; its run, or
 * METRICS_NO_RUN. */
u32 pressure_oom_kill(struct sim *s, const struct oom_control *oc);
/** pressure_oom_freed() - That freed @freed pages. */
void pressure_oom_freed(struct sim *s, u32 run, u64 freed);
/** pressure_check() - 0, or -EUCLEAN with @e: what sim keeps about pages. */
int pressure_check(const struct sim *s, struct err *e);
/** pressure_note() - mm noted something that is about reclaim, or a slab. */
void pressure_note(struct sim *s, enum mm_event ev, u64 a, u64 b);

/* What kcompactd's actor (compactor.c) needs as well. */

/** pressure_node_free() - Free pages of node @nid. */
u64 pressure_node_free(const struct mm *mm, u32 nid);
/** A CPU of the node; a node without any has its daemons anywhere. */
u32 pressure_cpu_of_node(const struct sim *s, u32 nid);
/* A daemon's turn, in which its CPU does nothing else. */
struct daemon_turn {
	struct machine saved; /* whose turn it was */
};
/** daemon_begins() - A daemon of node @nid is at it, with PF_* @task_flags. */
struct daemon_turn daemon_begins(struct sim *s, u32 nid, u32 task_flags);
/** daemon_ends() - Its turn is over.  Return: what it cost. */
cycles_t daemon_ends(struct sim *s, const struct daemon_turn *t);
/** What mm did since @before (cost_count[]), by the price list. */
cycles_t pressure_cycles_since(const struct sim *s, const u64 *before);
/** Who asked: of the operation at hand, if there is one. */
struct asker pressure_asker(const struct sim *s);
/** Whom the kswapd at work on node @nid was woken by; NULL: it sleeps. */
const struct reclaim_run *pressure_cause(const struct sim *s, u32 nid);
/** pressure_kswapd_event() - The event numbered @seq of kswapd/@nid is due. */
void pressure_kswapd_event(struct sim *s, u32 nid, u64 seq);

#endif
