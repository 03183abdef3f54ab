/*
 * compactor.c - kcompactd in time, and why there was compaction.
 *
 * A woken kcompactd starts START_NS later, as kswapd does; each step takes
 * what mm charges for it, by the price list, also where nothing else costs
 * time.  With a cost model it keeps a CPU of its node busy meanwhile.  Between
 * runs it looks after the wait that mm says.
 *
 * Direct compaction is charged to the operation that needs it; what it did is
 * the difference of mm's counters between its two notes.
 */
#include "sim/compactor.h"

#include "base/bug.h"
#include "base/xmalloc.h"
#include "mm/compaction.h"
#include "sim/pressure.h"

#include <stdlib.h>
#include <string.h>

#define START_NS ((u64)20000)

struct compactor_node {
	u64 expected; /* seq of the event that counts; others are stale */
	u32 run; /* index of its open run in metrics, METRICS_NO_RUN: none */
};

struct compactor {
	struct compactor_node nodes[MM_NODES_MAX];
	u64 nr_events; /* breaks ties */
	/* When the direct compaction that goes on began: */
	u64 vm_events[NR_VM_EVENTS];
	u64 cost_count[NR_COSTS];
	u64 free_pages;
	u32 gfp;
};

void compactor_create(struct sim *s)
{
	s->compactor = xcalloc(1, sizeof(*s->compactor));
	for (u32 n = 0; n < MM_NODES_MAX; n++)
		s->compactor->nodes[n].run = METRICS_NO_RUN;
}

void compactor_destroy(struct sim *s)
{
	free(s->compactor);
	s->compactor = NULL;
}

static void push(struct sim *s, u32 nid, u64 ticks)
{
	u64 seq = s->compactor->nr_events++;

	s->compactor->nodes[nid].expected = seq;
	event_push(&s->events, (struct event){.time = s->now + ticks,
					      .class = EVENT_KCOMPACTD,
					      .seq = seq,
					      .arg = nid});
	s->wake = event_next_time(&s->events);
}

/* Asleep: it looks by itself later, or only when it is woken. */
static void wait_for_work(struct sim *s, u32 nid, u64 horizon)
{
	u64 ms = kcompactd_timeout_ms(s->mm, nid);
	u64 ticks = ns_to_ticks(s, ms * NS_PER_MS);
	u64 times = horizon > s->now && ticks ? (horizon - s->now) / ticks : 0;

	/* Nothing changes before the horizon: one look then will do. */
	if (ms)
		push(s, nid, ticks * MAX(times, (u64)1));
}

void compactor_start(struct sim *s)
{
	for (u32 nid = 0; s->compactor && nid < s->mm->conf.nr_nodes; nid++)
		if (s->mm->nodes[nid].present_pages)
			wait_for_work(s, nid, 0);
}

/* What the run is about, as far as the operation that caused it tells. */
static struct compact_run begin_run(const struct sim *s, u32 nid)
{
	const struct reclaim_run *cause = NULL;
	struct compact_run run = {
		.start_ns = sim_time_ns(s),
		.node = nid,
		.gfp = s->rec ? s->rec->gfp : 0,
		.asker = pressure_asker(s),
		.free_pages = pressure_node_free(s->mm, nid),
	};

	if (!s->rec) /* kswapd's doing, then, for somebody */
		cause = pressure_cause(s, nid);
	if (cause) {
		run.gfp = cause->gfp;
		run.asker = cause->asker;
	}
	return run;
}

static void kcompactd_woken(struct sim *s, u32 nid, u32 order)
{
	struct compact_run run = begin_run(s, nid);
	bool proactive = order == COMPACT_PROACTIVE_WORD;

	run.who = proactive ? COMPACT_PROACTIVE : COMPACT_KCOMPACTD;
	run.order = proactive ? 0 : order;
	s->compactor->nodes[nid].run = metrics_add_compact(&s->metrics, &run);
	push(s, nid, ns_to_ticks(s, START_NS));
}

static void kcompactd_slept(struct sim *s, u32 nid)
{
	struct compactor_node *n = &s->compactor->nodes[nid];

	if (n->run != METRICS_NO_RUN)
		s->metrics.compact_runs.at[n->run].end_ns = sim_time_ns(s);
}

/* What it did so far. */
static void follow_run(struct sim *s, u32 nid, cycles_t cycles)
{
	const struct kcompactd *k = &s->mm->kcompactds[nid];
	u32 idx = s->compactor->nodes[nid].run;
	struct compact_run *run;

	if (idx == METRICS_NO_RUN)
		return;
	run = &s->metrics.compact_runs.at[idx];
	run->cycles += cycles;
	run->migrate_scanned = k->migrate_scanned;
	run->free_scanned = k->free_scanned;
	run->moved = k->moved;
	run->failed = k->failed;
	run->result = (u8)k->last_result;
	if (k->cc.zone)
		run->zone = k->cc.zone->idx;
}

static void kcompactd_works(struct sim *s, u32 nid)
{
	struct daemon_turn turn = daemon_begins(s, nid, 0);
	bool more = kcompactd_step(s->mm, nid);
	cycles_t cycles = daemon_ends(s, &turn);

	follow_run(s, nid, cycles);
	if (more) {
		push(s, nid, MAX(cycles_to_ticks(s, cycles), (u64)1));
		return;
	}
	s->compactor->nodes[nid].run = METRICS_NO_RUN;
	wait_for_work(s, nid, 0);
}

void compactor_event(struct sim *s, u32 nid, u64 seq, u64 horizon)
{
	const struct trace_rec *rec = s->rec;
	u32 site = s->site;

	if (seq != s->compactor->nodes[nid].expected)
		return;
	s->rec = NULL; /* no operation of the trace is at it */
	s->site = 0;
	if (s->mm->kcompactds[nid].woken) {
		kcompactd_works(s, nid);
	} else {
		kcompactd_timeout(s->mm, nid);
		if (!s->mm->kcompactds[nid].woken)
			wait_for_work(s, nid, horizon);
	}
	s->rec = rec;
	s->site = site;
}

/* Direct compaction */

static void direct_begins(struct sim *s, u32 gfp)
{
	struct compactor *c = s->compactor;

	memcpy(c->vm_events, s->mm->vm_events, sizeof(c->vm_events));
	memcpy(c->cost_count, s->machine.cost_count, sizeof(c->cost_count));
	c->free_pages = pressure_node_free(s->mm, s->cpu_node[s->machine.cpu]);
	c->gfp = gfp;
}

static u64 counted(const struct sim *s, enum vm_event ev)
{
	return s->mm->vm_events[ev] - s->compactor->vm_events[ev];
}

static void direct_ends(struct sim *s, u64 moved, u64 packed)
{
	const struct compactor *c = s->compactor;
	struct compact_run run = begin_run(s, s->cpu_node[s->machine.cpu]);

	run.who = COMPACT_DIRECT;
	run.order = packed & 0xff;
	run.result = (u8)(packed >> 8);
	run.priority = (u8)(packed >> 16);
	run.zone = (u32)(packed >> 24) & 0xff;
	run.gfp = c->gfp;
	run.free_pages = c->free_pages;
	run.moved = moved;
	run.failed = counted(s, VM_EV_PGMIGRATE_FAIL);
	run.migrate_scanned = counted(s, VM_EV_COMPACT_MIGRATE_SCANNED);
	run.free_scanned = counted(s, VM_EV_COMPACT_FREE_SCANNED);
	run.cycles = pressure_cycles_since(s, c->cost_count);
	run.end_ns = run.start_ns + cycles_to_ns(run.cycles, s->config.cpu_hz);
	metrics_add_compact(&s->metrics, &run);
}

static void extfrag(struct sim *s, pfn_t pfn, u64 packed)
{
	struct extfrag_event e = {
		.time_ns = sim_time_ns(s),
		.pfn = pfn,
		.zone = pfn_zone(s->mm, pfn)->idx,
		.asker = pressure_asker(s),
		.order = (u8)packed,
		.fallback_order = (u8)(packed >> 8),
		.type = (u8)(packed >> 16),
		.fallback_type = (u8)(packed >> 24),
	};

	metrics_add_extfrag(&s->metrics, &e);
}

void compactor_note(struct sim *s, enum mm_event ev, u64 a, u64 b)
{
	if (ev == MM_EV_EXTFRAG)
		extfrag(s, (pfn_t)a, b);
	else if (ev == MM_EV_KCOMPACTD_WAKE)
		kcompactd_woken(s, (u32)a, (u32)b);
	else if (ev == MM_EV_KCOMPACTD_SLEEP)
		kcompactd_slept(s, (u32)a);
	else if (ev == MM_EV_DIRECT_COMPACT_BEGIN)
		direct_begins(s, (u32)a);
	else if (ev == MM_EV_DIRECT_COMPACT)
		direct_ends(s, a, b);
}
