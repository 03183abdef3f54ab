/*
 * sim.h - a run: a machine, a trace, and what came of it.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "sim/config.h"
#include "sim/eventlog.h"
#include "sim/locks.h"
#include "sim/metrics.h"
#include "trace/trace.h"

struct sim; /* opaque */

/* One row of results.tsv (see docs/formats.md). */
struct sim_placement {
	u64 op_index;
	enum trace_op op;
	u32 oid;	   /* slot; cache_*, geometry: cid; idle: ms */
	const char *label; /* of a snapshot; NULL: none; borrowed */
	bool ok;
	u64 pfn;
	u32 offset; /* in the page */
	s32 nid;
	const char *zone; /* "-": none; static */
	char extra[96];	  /* "" or as the oracle's column */
};

/* What the caller wants to hear of while the run goes on; any may be NULL. */
struct sim_hooks {
	void *arg;
	/** A `snapshot LABEL` was reached.  Return 0 or a negative errno. */
	int (*snapshot)(void *arg, const char *label, struct sim *s,
			struct err *e);
	/** Called after each batch of records; @share 0..1.  Anything but 0
	 * ends the run, which fails with that. */
	int (*progress)(void *arg, double share, u64 events, u64 time_ns);
	/** Where an operation's object went, in the oracle's columns. */
	int (*placement)(void *arg, const struct sim_placement *p,
			 struct err *e);
};

struct sim_options {
	u64 check_every; /* mm_check() after so many operations; 0: never */
	u64 stop_at;	 /* stop before this record number; 0: never */
	bool partial;	 /* a damaged trace replays up to the damage */
};

/**
 * sim_create() - Boots the machine of @config.
 * @reader: borrowed, must outlive the sim; may be NULL for geometry only.
 */
struct sim *sim_create(const struct config *config, struct trace_reader *reader,
		       const struct sim_options *opt,
		       const struct sim_hooks *hooks, struct err *e);
/**
 * sim_set_restored() - The state of mm was set from a recording: caches that
 * the trace creates before its first snapshot are there already.
 * @foreign: the recorded kernel had another slab allocator; such caches are
 * then made without taking memory.
 */
void sim_set_restored(struct sim *s, bool foreign);
/** sim_from_state() - True when sim_set_restored() was called. */
bool sim_from_state(const struct sim *s);
/** sim_run() - To the end of the trace.  0, or negative with @e. */
int sim_run(struct sim *s, struct err *e);
void sim_destroy(struct sim *s);

/* Borrowed views, valid until sim_destroy(). */
struct mm *sim_mm(struct sim *s);
const struct config *sim_config(const struct sim *s);
const struct metrics *sim_metrics(const struct sim *s);
const struct trace_info *sim_trace_info(const struct sim *s);
u64 sim_time_ns(const struct sim *s);
struct percpu;
/** sim_set_percpu() - @p, owned from now on, instead of the one of boot. */
void sim_set_percpu(struct sim *s, struct percpu *p);
/** sim_locks() - What locks did; all 0 without a cost model. */
const struct locks *sim_locks(const struct sim *s);
struct cpucache;
/** sim_cpucache() - The CPU caches; NULL but for model full. */
const struct cpucache *sim_cpucache(const struct sim *s);
/** reaper_restore() - The state was recorded at @jiffies: SLAB's timers. */
void reaper_restore(struct sim *s, u64 jiffies);
/** sim_events() - What mm noted: the lines of events.tsv. */
const struct eventlog *sim_events(const struct sim *s);
/** True when a damaged trace ended the run early (--partial). */
bool sim_was_partial(const struct sim *s);

#endif
