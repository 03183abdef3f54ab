/*
 * timed.c - replay with a cost model: who runs when.
 *
 * Each CPU has a queue of operations that have arrived and wait for it.  An
 * operation starts when it has arrived, its CPU is free and the operation
 * before it on the same slot is done; it changes the allocator's state then,
 * at once, and keeps its CPU busy for the cycles that mm charged.
 *
 *	recorded	arrives at the time of its record
 *	closed		arrives when its CPU is done with the one before, or
 *			later by the recorded pause (think time)
 *
 * An operation that can start where it stands in the trace (its CPU is idle,
 * nothing earlier is due) runs without touching the event queue.  CPUs that
 * have something to do and are not waiting for a slot stand in the event
 * queue, once each, ordered by (time, record number).
 *
 * Operations that name no object (a cache is made, a snapshot) wait for all
 * before them: they are the same at any CPU's pace.  An idle is its CPU's own.
 *
 * Look-ahead is bounded: TIMED_LOOKAHEAD operations may wait; then the first
 * of them runs before the next record is looked at.
 *
 * Invariant: the CPU that holds the earliest waiting record is in the event
 * queue.  Its record is the first of its CPU's queue, and the operation before
 * it on the same slot was earlier in the trace, so it has run, or it waits
 * for one who sleeps and then so do those behind it (sleepers.h).  Thus there
 * is no deadlock.  Should there be one all the same, timers alone would tick
 * for ever; so when no CPU has had anything to run for as long as a sleeper
 * takes to ask again, what is queued is given up, and the report says so.
 */
#include "base/bug.h"
#include "base/xmalloc.h"
#include "sim/sleepers.h"

#include <stdlib.h>
#include <string.h>

#define TIMED_LOOKAHEAD 65536u
#define NONE		UINT32_MAX
#define NO_EVENT	UINT64_MAX
#define NR_DEEP_COSTS	7

/* An operation that waits: op.arrival in cycles, closed: cycles after the one
 * before; op.slot_seq: its place among the operations on its slot. */
struct waiting {
	struct held_op op;
	u32 next; /* behind it on its CPU, or in the free list */
};

struct cpu_state {
	u64 free_at; /* cycles: done with what it does */
	u64 prev_ns; /* recorded time of the last record seen */
	u64 event;   /* record that it stands in the event queue for */
	u32 head;    /* its queue: indexes into pool[], NONE: empty */
	u32 tail;
	bool blocked; /* the head waits for a slot */
};

/* Operations on a slot: how many came, how many ran, when the last ended. */
struct slot_order {
	u32 issued;
	u32 done;
	u64 end; /* cycles */
};

struct timed {
	struct waiting *pool; /* [cap], owned */
	u32 cap;
	u32 nr_places; /* of pool, ever taken */
	u32 free_list;
	u32 nr_waiting;
	struct cpu_state *cpus;	  /* [nr_cpus], owned */
	struct slot_order *slots; /* [TRACE_SLOTS_MAX], lazy, owned */
	u32 blocked[MM_CPUS_MAX]; /* CPUs whose head waits for a slot */
	u32 nr_blocked;
	u32 nr_due;  /* CPUs that stand in the event queue */
	bool regate; /* blocked CPUs may wait for who sleeps */
	bool closed;
	bool watched;
	bool started;
	u64 seen_ns; /* of the last record read, whichever its CPU */

	/* Counts of costs that tell paths, seen at path_begin() or _end(). */
	u64 deep[NR_DEEP_COSTS];
	u64 deep_sum;
};

static void set_event(struct timed *t, struct cpu_state *c, u64 event)
{
	t->nr_due += (event != NO_EVENT);
	t->nr_due -= (c->event != NO_EVENT);
	c->event = event;
}

static void block(struct timed *t, u32 cpu)
{
	BUG_ON(t->cpus[cpu].blocked);
	t->cpus[cpu].blocked = true;
	set_event(t, &t->cpus[cpu], NO_EVENT);
	t->blocked[t->nr_blocked++] = cpu;
}

static void unblock_at(struct timed *t, u32 i)
{
	t->cpus[t->blocked[i]].blocked = false;
	t->blocked[i] = t->blocked[--t->nr_blocked];
}

/* When the head of @c's queue can start; false: it waits for a slot. */
static bool start_of(const struct sim *s, const struct cpu_state *c, u64 *start)
{
	const struct timed *t = s->timed;
	const struct held_op *op = &t->pool[c->head].op;
	const struct slot_order *o = &t->slots[op->rec.slot];

	*start = t->closed ? c->free_at + op->arrival
			   : MAX(c->free_at, op->arrival);
	*start = MAX(*start, s->now);
	if (!trace_rec_has_slot(&op->rec))
		return true;
	*start = MAX(*start, o->end);
	return o->done == op->slot_seq;
}

/* The head of @c's queue leaves it; returns its place, which is free now. */
static u32 pop_head(struct timed *t, struct cpu_state *c)
{
	u32 i = c->head;

	c->head = t->pool[i].next;
	t->pool[i].next = t->free_list;
	t->free_list = i;
	t->nr_waiting--;
	return i;
}

/* Heads that wait for one who sleeps leave @c's queue. */
static NO_INLINE void set_aside(struct sim *s, struct cpu_state *c)
{
	struct timed *t = s->timed;

	while (c->head != NONE) {
		struct held_op op = t->pool[c->head].op;

		if (t->closed)
			op.arrival += c->free_at;
		if (!sleepers_hold(s, &op))
			return;
		pop_head(t, c);
		t->regate = true;
	}
}

/* Puts @cpu into the event queue for the head of its queue, or blocks it. */
static void schedule(struct sim *s, u32 cpu)
{
	struct cpu_state *c = &s->timed->cpus[cpu];
	u64 start;

	if (unlikely(s->nr_held))
		set_aside(s, c);
	if (c->head == NONE)
		return;
	if (!start_of(s, c, &start)) {
		block(s->timed, cpu);
		return;
	}
	set_event(s->timed, c, s->timed->pool[c->head].op.record);
	event_push(&s->events, (struct event){.time = start,
					      .class = EVENT_CPU,
					      .seq = c->event,
					      .arg = cpu});
}

/* Blocked CPUs whose heads wait for one who sleeps get on with others. */
static void regate(struct sim *s)
{
	struct timed *t = s->timed;

	t->regate = false;
	for (u32 i = 0; i < t->nr_blocked;) {
		u32 cpu = t->blocked[i];
		u32 head = t->cpus[cpu].head;

		set_aside(s, &t->cpus[cpu]);
		if (t->cpus[cpu].head == head) {
			i++;
			continue;
		}
		unblock_at(t, i);
		schedule(s, cpu);
		i = 0;
	}
}

/* Between operations: what came of the last one. */
static inline void settle(struct sim *s)
{
	while (unlikely(s->wakes || s->timed->regate)) {
		if (s->wakes)
			sleepers_run(s);
		if (s->timed->regate)
			regate(s);
		if (s->rc)
			return;
	}
}

/* The operation before theirs on @slot is done: who waited may run. */
static void unblock(struct sim *s, u32 slot)
{
	struct timed *t = s->timed;

	for (u32 i = 0; i < t->nr_blocked; i++) {
		u32 cpu = t->blocked[i];
		const struct held_op *op = &t->pool[t->cpus[cpu].head].op;

		if (op->rec.slot != slot || t->slots[slot].done != op->slot_seq)
			continue;
		unblock_at(t, i);
		schedule(s, cpu);
		return;
	}
}

/* The kmem_cache whose object @slot holds; SLOT_NO_CACHE: none. */
static u32 slot_cache(const struct sim *s, u32 slot)
{
	const struct slot *o = &s->slots[slot];

	bool has_cache = o->kind <= SLOT_PAGES || o->kind == SLOT_MEMPOOL;

	return slot_addr(o) && has_cache ? o->cache : SLOT_NO_CACHE;
}

/*
 * How deep an operation had to go: counts of costs only grow, so that one sum
 * tells whether anything deeper was charged than what nearly all are.
 */
static const struct {
	enum cost cost;
	enum op_path path;
} deepest_first[NR_DEEP_COSTS] = {
	{COST_PAGE_SLOWPATH, OP_PATH_SLOWPATH},
	{COST_PAGE_STEAL, OP_PATH_STEAL},
	{COST_PAGE_BUDDY, OP_PATH_BUDDY},
	{COST_PAGE_BUDDY_FREE, OP_PATH_BUDDY},
	{COST_PAGE_PCP, OP_PATH_PCP},
	{COST_PAGE_PCP_FREE, OP_PATH_PCP},
	{COST_SLAB_SLOW, OP_PATH_SLAB_SLOW},
};

static inline u64 deep_sum(const u64 count[NR_COSTS])
{
	return count[COST_PAGE_SLOWPATH] + count[COST_PAGE_STEAL] +
	       count[COST_PAGE_BUDDY] + count[COST_PAGE_BUDDY_FREE] +
	       count[COST_PAGE_PCP] + count[COST_PAGE_PCP_FREE] +
	       count[COST_SLAB_SLOW];
}

static inline u64 fast_sum(const u64 count[NR_COSTS])
{
	return count[COST_SLAB_FAST] + count[COST_SLAB_ARRAY];
}

/* Sees the counts of deep costs; returns the deepest that grew. */
static NO_INLINE enum op_path see_deep(struct timed *t,
				       const u64 count[NR_COSTS])
{
	enum op_path path = OP_PATH_NONE;

	for (u32 i = NR_DEEP_COSTS; i--;) {
		u64 now = count[deepest_first[i].cost];

		if (now != t->deep[i])
			path = deepest_first[i].path;
		t->deep[i] = now;
	}
	t->deep_sum = deep_sum(count);
	return path;
}

/* An operation begins: what was charged up to now is not its. */
static inline u64 path_begin(struct timed *t, const u64 count[NR_COSTS])
{
	if (unlikely(deep_sum(count) != t->deep_sum))
		see_deep(t, count);
	return fast_sum(count);
}

/* The deepest path charged since path_begin(), which returned @fast. */
static inline enum op_path path_end(struct timed *t, const u64 count[NR_COSTS],
				    u64 fast)
{
	if (unlikely(deep_sum(count) != t->deep_sum))
		return see_deep(t, count);
	return fast_sum(count) != fast ? OP_PATH_SLAB_FAST : OP_PATH_NONE;
}

static inline void op_begin(struct sim *s)
{
	s->machine.now_cycles = s->now;
	s->machine.cycles = 0;
	s->locks.op_wait_cycles = s->locks.op_own_cycles = 0;
	s->memory_cycles = 0;
	s->machine.timed_locks = true;
}

static ALWAYS_INLINE cycles_t op_end(struct sim *s, const struct trace_rec *r)
{
	struct op_causes *why = &s->metrics.causes[r->op];
	u64 cost = s->machine.cycles;
	u64 not_path = s->locks.op_wait_cycles + s->locks.op_own_cycles +
		       s->memory_cycles;

	BUG_ON(not_path > cost);
	s->machine.timed_locks = false;
	why->lock_wait_cycles += s->locks.op_wait_cycles;
	why->lock_cycles += s->locks.op_own_cycles;
	why->memory_cycles += s->memory_cycles;
	why->path_cycles += cost - not_path;
	s->metrics.busy_cycles += cost;
	return cost;
}

void timed_begin(struct sim *s)
{
	op_begin(s);
}

cycles_t timed_end(struct sim *s, const struct trace_rec *r)
{
	return op_end(s, r);
}

/* Performs @r now, locks and all; what it cost is in machine.cycles. */
static void perform(struct sim *s, const struct trace_rec *r)
{
	struct timed *t = s->timed;
	bool slotted = trace_rec_has_slot(r);
	u32 cache = slotted ? slot_cache(s, r->slot) : SLOT_NO_CACHE;
	u64 fast = path_begin(t, s->machine.cost_count);
	u64 far = s->machine.cost_count[COST_REMOTE_NODE];
	enum op_path path;
	u64 cost;

	op_begin(s);
	if (unlikely(t->watched))
		replay_watched(s, r);
	else
		replay_one(s, r);
	if (r->op == TRACE_IDLE) {
		s->machine.timed_locks = false;
		return;
	}
	cost = op_end(s, r);
	hist_add(&s->metrics.latency_cycles[r->op], cost);
	if (r->op == TRACE_READ || r->op == TRACE_WRITE)
		return; /* no path of an allocator */
	path = path_end(t, s->machine.cost_count, fast);
	hist_add(&s->metrics.latency_by_path[path], cost);
	if (unlikely(s->machine.cost_count[COST_REMOTE_NODE] != far))
		hist_add(&s->metrics.latency_remote[r->op], cost);
	if (slotted && cache == SLOT_NO_CACHE)
		cache = slot_cache(s, r->slot);
	if (cache != SLOT_NO_CACHE)
		hist_add(&s->metrics.latency_by_cache[cache], cost);
}

static ALWAYS_INLINE void slot_done(struct sim *s, u32 slot, u64 end)
{
	struct slot_order *o = &s->timed->slots[slot];

	o->done++;
	o->end = end;
	if (s->timed->nr_blocked)
		unblock(s, slot);
}

void timed_slot_done(struct sim *s, const struct trace_rec *r, u64 end)
{
	slot_done(s, r->slot, end);
}

/* Runs @r on @cpu now. */
static void run(struct sim *s, const struct trace_rec *r, u32 cpu, u64 record,
		u64 wait)
{
	struct timed *t = s->timed;
	struct cpu_state *c = &t->cpus[cpu];
	u64 last_record = s->record;

	s->record = record;
	perform(s, r);
	s->record = last_record;
	s->metrics.nr_events++;
	c->free_at = s->now + s->machine.cycles;
	s->metrics.causes[r->op].queue_cycles += wait;
	hist_add(&s->metrics.wait_cycles, wait);
	if (unlikely(s->op_parked)) {
		t->regate = true;
		return;
	}
	if (trace_rec_has_slot(r))
		slot_done(s, r->slot, c->free_at);
}

/* The head of @cpu's queue runs now. */
static void run_head(struct sim *s, u32 cpu)
{
	struct timed *t = s->timed;
	struct cpu_state *c = &t->cpus[cpu];
	u32 i = c->head;
	struct waiting *w = &t->pool[i];
	const struct held_op *op = &w->op;
	u64 arrival = t->closed ? c->free_at + op->arrival : op->arrival;
	u32 node = op->node;

	c->head = w->next;
	if (unlikely(node))
		sleepers_begin(s, node);
	run(s, &op->rec, cpu, op->record,
	    s->now > arrival ? s->now - arrival : 0);
	w->next = t->free_list;
	t->free_list = i;
	t->nr_waiting--;
	if (unlikely(node))
		sleepers_done(s);
	if (c->head != NONE)
		schedule(s, cpu);
	settle(s);
}

/* After a head's turn was set, somebody fell asleep: may it run still? */
static NO_INLINE bool is_due(struct sim *s, u32 cpu)
{
	struct cpu_state *c = &s->timed->cpus[cpu];
	u64 start;

	set_aside(s, c);
	if (c->head == NONE)
		return false;
	if (start_of(s, c, &start) && start <= s->now)
		return true;
	schedule(s, cpu);
	return false;
}

/* The first event of the queue happens; @horizon as daemons_run(). */
static void step(struct sim *s, u64 horizon)
{
	struct event e;

	BUG_ON(!s->events.nr);
	e = event_pop(&s->events);
	BUG_ON(e.time < s->now);
	if (e.class == EVENT_CPU) {
		struct cpu_state *c = &s->timed->cpus[e.arg];

		if (unlikely(e.seq != c->event))
			return; /* another head came before it */
		set_event(s->timed, c, NO_EVENT);
		s->now = e.time;
		/* A daemon took the CPU since: once more, later. */
		if (unlikely(c->free_at > e.time))
			schedule(s, e.arg);
		else if (likely(!s->nr_held) || is_due(s, e.arg))
			run_head(s, e.arg);
	} else {
		daemons_run(s, &e, MIN(horizon, event_next_time(&s->events)));
	}
	settle(s);
}

/* No operation queued can go on: each counts as done, but nothing was. */
static void abandon(struct sim *s)
{
	struct timed *t = s->timed;

	for (u32 cpu = 0; cpu < s->config.mm.nr_cpus; cpu++) {
		struct cpu_state *c = &t->cpus[cpu];

		while (c->head != NONE) {
			const struct held_op op = t->pool[pop_head(t, c)].op;

			s->metrics.nr_abandoned++;
			if (trace_rec_has_slot(&op.rec))
				t->slots[op.rec.slot].done++;
			if (op.node) {
				sleepers_begin(s, op.node);
				sleepers_done(s);
			}
		}
		c->blocked = false;
	}
	t->nr_blocked = 0;
	settle(s);
}

/* Operations are queued, and no CPU has one that it may run. */
static NO_INLINE void wait_or_abandon(struct sim *s)
{
	struct timed *t = s->timed;
	u64 until = sleepers_patience(s);

	while (!t->nr_due && t->nr_waiting && !s->rc) {
		if (event_next_time(&s->events) > until) {
			abandon(s);
			return;
		}
		step(s, until);
	}
}

/* As step(), when an operation that is queued must run soon. */
static void step_on(struct sim *s)
{
	if (likely(s->timed->nr_due))
		step(s, EVENT_NEVER);
	else
		wait_or_abandon(s);
}

static void drain(struct sim *s)
{
	while (s->timed->nr_waiting && !s->rc)
		step_on(s);
}

/* A place in the pool; more than the look-ahead when many are released. */
static u32 take_place(struct timed *t)
{
	u32 i = t->free_list;

	if (i != NONE) {
		t->free_list = t->pool[i].next;
	} else {
		if (t->nr_places == t->cap) {
			t->cap *= 2;
			t->pool = xreallocarray(t->pool, t->cap,
						sizeof(*t->pool));
		}
		i = t->nr_places++;
	}
	t->pool[i].next = NONE;
	t->nr_waiting++;
	return i;
}

/* @r takes its place at the end of its CPU's queue. */
static void enqueue(struct sim *s, const struct trace_rec *r, u32 cpu,
		    u64 arrival)
{
	struct timed *t = s->timed;
	struct cpu_state *c = &t->cpus[cpu];
	struct waiting *w;
	u32 i;

	while (t->nr_waiting >= TIMED_LOOKAHEAD && !s->rc)
		step_on(s);
	i = take_place(t);
	w = &t->pool[i];
	w->op = (struct held_op){
		.rec = *r, .record = s->record, .arrival = arrival};
	if (trace_rec_has_slot(r))
		w->op.slot_seq = t->slots[r->slot].issued++;
	if (c->head == NONE) {
		c->head = c->tail = i;
		schedule(s, cpu);
	} else {
		t->pool[c->tail].next = i;
		c->tail = i;
	}
	settle(s);
}

void timed_release(struct sim *s, const struct held_op *op)
{
	struct timed *t = s->timed;
	u32 cpu = s->map.cpu[op->rec.cpu], i = take_place(t);
	struct cpu_state *c = &t->cpus[cpu];
	u32 *at = &c->head;

	t->pool[i].op = *op;
	if (t->closed)
		t->pool[i].op.arrival = 0;
	while (*at != NONE && t->pool[*at].op.record < op->record)
		at = &t->pool[*at].next;
	t->pool[i].next = *at;
	*at = i;
	if (t->pool[i].next == NONE)
		c->tail = i;
	if (c->head != i)
		return;
	for (u32 b = 0; c->blocked; b++)
		if (t->blocked[b] == cpu)
			unblock_at(t, b);
	schedule(s, cpu);
}

/* Runs @r at once if it can start at @arrival; false: it must wait. */
static bool run_at_once(struct sim *s, const struct trace_rec *r, u32 cpu,
			u64 arrival)
{
	struct timed *t = s->timed;
	const struct cpu_state *c = &t->cpus[cpu];
	struct slot_order *o = &t->slots[r->slot];
	bool slotted = trace_rec_has_slot(r);

	if (c->head != NONE || c->free_at > arrival || s->nr_held)
		return false;
	if (slotted && (o->done != o->issued || o->end > arrival))
		return false;
	o->issued += slotted;
	s->now = arrival;
	run(s, r, cpu, s->record, 0);
	settle(s);
	return true;
}

/* What waits for everything before it, or needs no CPU's turn. */
static void run_alone(struct sim *s, const struct trace_rec *r, u32 cpu)
{
	struct cpu_state *c = &s->timed->cpus[cpu];
	u64 at;

	drain(s);
	at = ns_to_ticks(s, r->time_ns);
	if (s->timed->closed || at < s->now)
		at = s->now;
	at = MAX(at, c->free_at);
	while (event_next_time(&s->events) <= at)
		step(s, at);
	s->now = at;
	run(s, r, cpu, s->record, 0);
	settle(s);
}

static void feed_closed(struct sim *s, const struct trace_rec *r, u32 cpu)
{
	struct cpu_state *c = &s->timed->cpus[cpu];
	u64 pause = 0;

	if (s->config.think_time)
		pause = ns_to_ticks(s, r->time_ns - c->prev_ns);

	c->prev_ns = r->time_ns;
	enqueue(s, r, cpu, pause);
}

static void feed_recorded(struct sim *s, const struct trace_rec *r, u32 cpu)
{
	/* The look-ahead may have run past it: then it arrives now. */
	u64 arrival = MAX(ns_to_ticks(s, r->time_ns), s->now);

	while (event_next_time(&s->events) <= arrival)
		step(s, arrival);
	if (!run_at_once(s, r, cpu, arrival))
		enqueue(s, r, cpu, arrival);
}

/* Every CPU begins, idle, when the trace does. */
static void start(struct sim *s, u64 first_ns)
{
	struct timed *t = s->timed;

	for (u32 c = 0; c < s->config.mm.nr_cpus; c++) {
		t->cpus[c].prev_ns = first_ns;
		t->cpus[c].free_at = s->now;
	}
	t->seen_ns = first_ns;
	t->started = true;
}

void timed_batch(struct sim *s, const struct trace_rec *recs, u32 nr)
{
	struct timed *t = s->timed;

	t->watched = replay_must_watch(s);
	if (!t->started && nr)
		start(s, recs[0].time_ns);
	for (u32 i = 0; i < nr && !s->rc; i++) {
		const struct trace_rec *r = &recs[i];
		u32 cpu = s->map.cpu[r->cpu];

		if (likely(nr - i > SLOTS_AHEAD)) {
			PREFETCH(&s->slots[r[SLOTS_AHEAD].slot]);
			PREFETCH(&t->slots[r[SLOTS_AHEAD].slot]);
		}
		if (r->time_ns > SIM_TIME_MAX_NS ||
		    r->time_ns > t->seen_ns + SIM_GAP_MAX_NS) {
			s->rc = time_too_late(s, r->time_ns);
			return;
		}
		t->seen_ns = r->time_ns;
		if (!trace_rec_has_slot(r) && r->op != TRACE_IDLE)
			run_alone(s, r, cpu);
		else if (t->closed)
			feed_closed(s, r, cpu);
		else
			feed_recorded(s, r, cpu);
		s->record++;
	}
}

void timed_until(struct sim *s, u64 t)
{
	while (event_next_time(&s->events) <= t && !s->rc)
		step(s, t);
	s->now = MAX(s->now, t);
	drain(s);
}

void timed_finish(struct sim *s)
{
	u64 end;

	drain(s);
	sleepers_end(s);
	end = s->now;
	for (u32 c = 0; c < s->config.mm.nr_cpus; c++)
		end = MAX(end, s->timed->cpus[c].free_at);
	s->now = end;
}

void timed_occupy(struct sim *s, u32 cpu, cycles_t cycles)
{
	struct cpu_state *c = &s->timed->cpus[cpu];

	c->free_at = MAX(c->free_at, s->now) + cycles;
}

int timed_create(struct sim *s, struct err *e)
{
	struct timed *t = xcalloc(1, sizeof(*t));

	s->timed = t;
	s->metrics.latency_by_cache =
		xcalloc(MM_CACHES_MAX, sizeof(*s->metrics.latency_by_cache));
	t->slots = xmap_lazy(TRACE_SLOTS_MAX * sizeof(*t->slots));
	if (!t->slots)
		return err_sys(e, "slot order", "reserving address space");
	t->cap = TIMED_LOOKAHEAD;
	t->pool = xcalloc(t->cap, sizeof(*t->pool));
	t->free_list = NONE;
	t->cpus = xcalloc(s->config.mm.nr_cpus, sizeof(*t->cpus));
	for (u32 c = 0; c < s->config.mm.nr_cpus; c++) {
		t->cpus[c].head = NONE;
		t->cpus[c].event = NO_EVENT;
	}
	t->closed = s->config.timing == TIMING_CLOSED;
	return 0;
}

void timed_destroy(struct sim *s)
{
	struct timed *t = s->timed;

	if (!t)
		return;
	xunmap(t->slots, TRACE_SLOTS_MAX * sizeof(*t->slots));
	free(t->pool);
	free(t->cpus);
	free(t);
	s->timed = NULL;
}
