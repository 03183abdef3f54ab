/*
 * sim_priv.h - struct sim and what the files of sim/ tell each other.
 *
 * Time is counted in ticks: nanoseconds without a cost model, cycles with
 * one; tick_hz says which.  It never goes back.
 *
 * sim.c sets up and tears down; replay.c performs one record and replays in
 * trace order (model none); replay_rare.c holds the operations that a run
 * sees seldom; timed.c orders records by when their CPU gets to them (model
 * costs); daemons.c is what happens when time passes; machine.c hears mm.
 */
#ifndef SIM_SIM_PRIV_H
#define SIM_SIM_PRIV_H

#include "base/vec.h"
#include "mm/slab.h"
#include "sim/clock.h"
#include "sim/cpumap.h"
#include "sim/event.h"
#include "sim/locks.h"
#include "sim/sim.h"
#include "sim/slot.h"
#include "sim/touch.h"

/* Beyond this time (36 years) a trace is not believed. */
#define SIM_TIME_MAX_NS ((u64)1 << 60)
/* Nor is a pause of more than 100 days, which timers would take hours to
 * fill; as long as any `idle` lasts (49 days), and more. */
#define SIM_GAP_MAX_NS (100ull * 86400 * NS_PER_SEC)

struct mempool;
struct percpu;
struct before;	  /* before.c's */
struct timed;	  /* timed.c's */
struct shrink;	  /* shrink.c's */
struct pressure;  /* pressure.c's */
struct compactor; /* compactor.c's */
struct io;	  /* io.c's */
struct sleepers;  /* sleepers.c's */
struct held_op;	  /* sleepers.h's */
struct oom;	  /* oom.c's */

/* The vmstat work of a CPU (refresh.c). */
struct refresh_cpu {
	u64 looked; /* its last look: 1 + that time, 0 never */
	u64 next;   /* not before this time, if armed */
	bool armed; /* its timer is */
	bool late;  /* and should have fired: the CPU is idle */
};

struct sim {
	/* What every record needs, first. */
	struct mm *mm;
	struct slot *slots; /* [TRACE_SLOTS_MAX], lazily committed */
	u64 now;	    /* ticks */
	u64 offset;	    /* ticks added to trace times, from idles */
	u64 wake;	    /* ticks: the next timer is due */
	u64 gap; /* ticks without an operation that let daemons run */
	u64 cycles_per_tick_32;	     /* cycles in a tick, 32 bits of fraction */
	const struct trace_rec *rec; /* being performed; NULL: none */
	union {
		u64 odd; /* 0: none of this; a record is just performed */
		struct {
			u32 nr_held; /* operations that sleep in mempool_alloc()
					or wait behind one that does */
			u16 nr_cpu_vars; /* CPUs after a get_cpu_var(), before
					    its put_cpu_var() */
			u16 nr_refresh_late; /* that look when they wake up */
		};
	};
	u32 site;	/* of the record being performed */
	int rc;		/* the run failed in a rare operation: negative */
	bool wakes;	/* sleepers_run() has something to do */
	bool op_parked; /* the operation just performed sleeps */
	bool observed;	/* somebody wants to know of objects: tell_alloc() */
	bool memory_changed; /* slab pages came or went in this operation */
	u64 record;	     /* number of the record being replayed, from 0 */
	struct machine machine;
	struct metrics metrics;
	struct kmem_cache **caches;   /* [TRACE_CACHES_MAX] by cid; borrowed */
	u16 cpu_vars[MM_CPUS_MAX];    /* in hand: preemption is off */
	struct percpu *percpu;	      /* owned */
	struct mempool *last_mempool; /* that an element went back to */
	struct mempool **mempools;    /* [TRACE_CACHES_MAX] by mid; owned */
	struct sleepers *sleepers;    /* owned; NULL: nobody slept yet */
	struct cpumap map;
	u8 cpu_node[MM_CPUS_MAX];
	u64 last_op[MM_CPUS_MAX]; /* its last operation: 1 + that time, or 0 */
	struct refresh_cpu refresh[MM_CPUS_MAX];
	u64 refresh_first; /* time of the first look of all */

	struct err *err; /* where that goes; of sim_run()'s caller */
	bool partial;	 /* a damaged trace ended the run */
	bool restored;	 /* from a recorded state: its caches are there */
	u64 emulated_ns; /* from_state: time of the recorded kernel, guessed */
	u64 emulated_tick;   /* the timer tick of that time */
	u64 emulated_stalls; /* allocstalls counted in it */

	/* reaper.c's */
	u64 reap_record; /* the record that passes are counted since */
	u32 reap_passes;
	bool reap_restored;	  /* a recorded state told of reap_at */
	u64 reap_base_jiffies;	  /* at emulated_ns 0 */
	u64 reap_extra_ns;	  /* what that clock leaves out, so far */
	s64 reap_slabs;		  /* most slabs at a time, so far */
	u64 reap_at[MM_CPUS_MAX]; /* jiffies: the CPU's next pass */
	bool foreign;	      /* restored from another slab allocator's state */
	bool from_state;      /* as restored, but to the end of the run */
	struct split *splits; /* [nr_cpus], owned; NULL: none so far */
	struct before *before; /* owned; NULL: not from a /proc snapshot */
	int shrink_result;     /* of the last cache_shrink */

	bool kswapd_pending;	     /* one was woken and has not run yet */
	u64 nap_end[MM_NODES_MAX];   /* ticks: its kswapd looks again */
	u64 nr_naps;		     /* breaks ties of kswapd's events */
	struct pressure *pressure;   /* owned; NULL: no reclaim */
	struct compactor *compactor; /* likewise */
	struct io *io;		     /* owned; devices and flusher */
	struct shrink *shrink;	     /* owned; NULL: no unused objects */
	struct oom *oom;	     /* owned; NULL: no reclaim */

	u64 tick_hz;
	struct event_queue events;
	u64 sample_interval; /* ticks */
	u32 samples_max;
	struct eventlog log;
	struct timed *timed; /* owned; NULL: no cost model */
	struct locks locks;  /* counts only with a cost model */

	struct cpucache *cpucache; /* owned; NULL: not model full */
	cycles_t memory_cycles;	   /* of this operation's accesses */
	u64 region_at[5]; /* touch.c: where the regions begin, and end */
	struct machine_ops full_ops;

	struct config config;
	struct trace_reader *reader;   /* borrowed */
	const struct trace_info *info; /* borrowed from reader */
	struct sim_options opt;
	struct sim_hooks hooks;
};

/* sim.c */

/** time_too_late() - Fails the run: no trace reaches @time_ns. */
COLD int time_too_late(const struct sim *s, u64 time_ns);

/** sim_check() - mm_check(), the per-CPU allocator and all mempools. */
int sim_check(const struct sim *s, struct err *e);

/* machine.c */

extern const struct machine_ops sim_machine_ops;

/* replay.c */

#define SLOTS_AHEAD 16u /* so many records ahead slots are prefetched */

#define OP_FAILED 0u	    /* what replay_one() returns, else an address: */
#define OP_DONE	  (~(u64)0) /* done, and no object to speak of */

/** replay_one() - Performs @r now, without watching it. */
u64 replay_one(struct sim *s, const struct trace_rec *r);
/** replay_watched() - The same, then placement hook and checks. */
u64 replay_watched(struct sim *s, const struct trace_rec *r);
/** replay_batch() - @nr records in trace order (model none). */
void replay_batch(struct sim *s, const struct trace_rec *recs, u32 nr);
/** replay_must_watch() - Somebody wants to look at every operation. */
bool replay_must_watch(const struct sim *s);

/** replay_count_element() - An element of a mempool changed hands: @given to
 * the trace, or taken back from it. */
void replay_count_element(struct sim *s, const struct slot *o, bool given);

/* replay_rare.c */

/** replay_rare() - The operations that replay_one() leaves out. */
u64 replay_rare(struct sim *s, const struct trace_rec *r);
/** replay_failed() - Counts a failed allocation of @bytes, by its reason. */
COLD void replay_failed(struct sim *s, const struct trace_rec *r, u64 bytes,
			const struct kmem_cache *cache);

/* placement.c */

void placement_tell(struct sim *s, const struct trace_rec *r, u64 result,
		    const char *extra);
/** placement_extra_free() - The extra column of a free; before it happens. */
const char *placement_extra_free(struct sim *s, const struct trace_rec *r);

/* daemons.c */

/** daemons_start() - Arms the timers. */
void daemons_start(struct sim *s);
/**
 * daemons_run() - The timer @e is due, at its time.
 * @horizon: when the next operation comes, at the earliest; a timer that is
 * due many times before then is run at the first and the last of them.
 */
void daemons_run(struct sim *s, const struct event *e, u64 horizon);
/** daemons_until() - No record is left; time goes on to @t. */
void daemons_until(struct sim *s, u64 t);
/** daemons_kswapd_woken() - kswapd of @node is to run soon. */
void daemons_kswapd_woken(struct sim *s, u32 node);
/** refresh_start() - Return: when the CPUs' first vmstat work is due. */
u64 refresh_start(struct sim *s);
u64 refresh_period(const struct sim *s);
/** refresh_run() - It is due. Return: whether anything changed. */
bool refresh_run(struct sim *s);
/** refresh_wake() - The machine's cpu does something; its own may be late. */
void refresh_wake(struct sim *s);
/** daemons_idle() - A CPU sleeps for @ticks: what waited for that runs. */
void daemons_idle(struct sim *s, u64 ticks);
/** daemons_snapshot() - A snapshot is taken, which takes time. */
void daemons_snapshot(struct sim *s);
/** daemons_sleep() - The same, and the time goes by (model none). */
void daemons_sleep(struct sim *s, u64 ticks);
/**
 * time_passes() - Up to @t, when the next record comes, on @next_cpu; fixes
 * offset.
 */
void time_passes(struct sim *s, u64 t, u32 next_cpu);

/* reaper.c */

/** reaper_start() - Arms SLAB's timers; nothing for other allocators. */
void reaper_start(struct sim *s);
/** reaper_event() - The timer of @cpu is due; @horizon as daemons_run(). */
void reaper_event(struct sim *s, u32 cpu, u64 horizon);
/** reaper_sleep() - From emulated_ns to @until_ns all CPUs are idle. */
void reaper_sleep(struct sim *s, u64 until_ns);
/**
 * reaper_tick() - An operation is over; other CPUs' timers may be due, and
 * this one's too if it @slept.
 */
void reaper_tick(struct sim *s, bool slept);

/* sample.c */

/** sample_take() - A row of the series, now. */
void sample_take(struct sim *s);
/** sample_peak() - Memory was allocated: is it more than ever? */
void sample_peak(struct sim *s);

/* replay_filemap.c */

/** replay_filemap() - Operations on files. */
u64 replay_filemap(struct sim *s, const struct trace_rec *r);
/** filemap_usage() - What the report says of the page cache. */
void filemap_usage(const struct sim *s, struct page_cache_usage *u);

/* replay_percpu.c, replay_mempool.c, replay_access.c */

u64 replay_percpu(struct sim *s, const struct trace_rec *r);
/** replay_check_preempt() - @r is performed while some CPU has a variable of
 * its own in hand: may it sleep there? */
void replay_check_preempt(struct sim *s, const struct trace_rec *r);
/** percpu_run_balance() - percpu_balance(), on the CPU that it is due on. */
void percpu_run_balance(struct sim *s);
/** percpu_count() - What the report says of the per-CPU allocator. */
void percpu_count(const struct percpu *p, struct percpu_usage *u);
u64 replay_mempool(struct sim *s, const struct trace_rec *r);
/** replay_access() - A part of an object is read or written. */
u64 replay_access(struct sim *s, const struct trace_rec *r);
/** replay_zero_percpu() - alloc_percpu() clears every CPU's copy. */
void replay_zero_percpu(struct sim *s, const struct slot *o);
/**
 * replay_mempool_retry() - The mempool_alloc() @r, which sleeps for @waited
 * cycles so far, asks again.
 */
u64 replay_mempool_retry(struct sim *s, const struct trace_rec *r,
			 cycles_t waited);
/** replay_mempools_end() - Counts the pools that are still there. */
void replay_mempools_end(struct sim *s);
/** replay_free_special() - A free of what is neither object nor pages. */
u64 replay_free_special(struct sim *s, const struct trace_rec *r);
/** replay_percpu_extra() - The extra column of an alloc_percpu. */
void replay_percpu_extra(const struct sim *s, const struct trace_rec *r,
			 char *buf, size_t len);
void replay_mempool_extra(const struct sim *s, const struct trace_rec *r,
			  char *buf, size_t len);

/* What a slot holds of a per-CPU area: chunk number + 1, then the offset. */
#define PERCPU_PLACE_BITS 24
#define PERCPU_PLACE_MASK (((u32)1 << PERCPU_PLACE_BITS) - 1)

/* adopt.c */

/**
 * replay_adopt() - An allocation from before the recording: the object is
 * one that the snapshot has, so nothing is allocated.
 * Return: as replay_one(), or OP_FAILED when there is none left.
 */
u64 replay_adopt(struct sim *s, const struct trace_rec *r);
/** replay_place() - On the recorded machine, @r asks for the node it got. */
void replay_place(const struct sim *s, struct trace_rec *r);

/* split.c */

/**
 * replay_split() - A block of pages falls into pieces (TRACE_SPLIT), or one
 * of them gets a slot of its own.
 * Return: as replay_one(), or OP_FAILED when there is no such block.
 */
u64 replay_split(struct sim *s, const struct trace_rec *r);

/* timed.c */

int timed_create(struct sim *s, struct err *e);
void timed_destroy(struct sim *s);
void timed_batch(struct sim *s, const struct trace_rec *recs, u32 nr);
/** timed_finish() - Everything that still waits runs. */
void timed_finish(struct sim *s);
/** timed_begin() - What follows is charged to somebody, up to timed_end(). */
void timed_begin(struct sim *s);
/** timed_end() - Cycles since timed_begin(); an @r caused them. */
cycles_t timed_end(struct sim *s, const struct trace_rec *r);
/** timed_release() - Who was in front of @op is done: it joins its CPU's
 * queue again. */
void timed_release(struct sim *s, const struct held_op *op);
/** timed_slot_done() - @r slept, and is done at @end. */
void timed_slot_done(struct sim *s, const struct trace_rec *r, u64 end);
/** timed_until() - Everything that happens up to @t. */
void timed_until(struct sim *s, u64 t);
/** timed_occupy() - Somebody else has @cpu for @cycles from now on. */
void timed_occupy(struct sim *s, u32 cpu, cycles_t cycles);

static inline u64 ns_to_ticks(const struct sim *s, u64 ns)
{
	return s->timed ? ns_to_cycles(ns, s->tick_hz) : ns;
}

static inline u64 cycles_to_ticks(const struct sim *s, cycles_t cycles)
{
	return s->timed ? cycles : cycles_to_ns(cycles, s->config.cpu_hz);
}

#endif
