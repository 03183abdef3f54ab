/*
 * sleepers.c - see sleepers.h.
 *
 *	task 7:   [mempool_alloc 3] - [kmalloc 4] - [kfree 3]
 *	              sleeps              │             │
 *	object 3: [mempool_alloc 3] ──────┼──────── [kfree 3]
 *	object 4:                     [kmalloc 4]
 *
 * Queues are single lists through the nodes, found by a map from task or slot
 * to the two ends.  Entries of the map are not removed: there are as many as
 * tasks and slots that ever had a queue.
 *
 * Linux wakes all who sleep on a pool, and which of them gets to run first is
 * the scheduler's; here it is who has slept longest.
 */
#include "sim/sleepers.h"

#include "base/bug.h"
#include "base/xmalloc.h"
#include "mm/mempool.h"
#include "trace/u64map.h"

#include <errno.h>
#include <stdlib.h>

/* Sleepers at a time; more than the tasks of any recording. */
#define SLEEPERS_MAX 65536u
/* Operations that wait behind them; then who sleeps longest gives up. */
#define HELD_MAX (1u << 18)
/* Who wakes and finds nothing sends the others back to sleep, as it were: they
 * would all ask the same allocator.  So many try before we believe it. */
#define WAKE_TRIES_MAX 64u

enum node_state {
	NODE_FREE,
	NODE_WAITING,  /* behind others */
	NODE_READY,    /* may run */
	NODE_RUNNING,  /* being performed, or with timed.c */
	NODE_SLEEPING, /* in mempool_alloc() */
};

enum key_kind {
	KEY_TASK,
	KEY_SLOT,
	NR_KEYS
};

/* An operation; node 0 is nobody. */
struct node {
	struct held_op op;
	u32 next[NR_KEYS]; /* behind it, by key; NODE_FREE: [0] is the list */
	u8 state;	   /* enum node_state */
	u64 since;	   /* ticks: began to sleep */
	u64 deadline;	   /* ticks: tries again */
};

struct sleepers {
	VEC(struct node) nodes;
	u32 free_list;
	struct u64map queues; /* by key: a first, b last; 0 none */
	VEC(u32) asleep;      /* nodes, longest first */
	VEC(u32) ready;	      /* nodes, by record */
	u32 running;	      /* node being performed here, 0 none */
	u32 woken_mid;	      /* + 1; 0: no element came back */
	bool overflow;
	bool armed;    /* an EVENT_MEMPOOL is queued */
	u64 armed_at;  /* its time */
	u64 nr_events; /* breaks ties between them */
	u64 nr_given;  /* sleeps that ended with an element */
};

static struct sleepers *sleepers_of(struct sim *s)
{
	struct sleepers *sl = s->sleepers;

	if (sl)
		return sl;
	sl = s->sleepers = xcalloc(1, sizeof(*sl));
	u64map_init(&sl->queues, 8);
	(void)VEC_PUSH(&sl->nodes); /* nobody */
	return sl;
}

static u64 key_of(const struct trace_rec *r, enum key_kind k)
{
	if (k == KEY_TASK)
		return r->task ? (u64)1 << 32 | r->task : 0;
	return (u64)2 << 32 | r->slot;
}

/* Queues */

static struct u64map_entry *queue_of(const struct sleepers *sl,
				     const struct trace_rec *r, enum key_kind k)
{
	u64 key = key_of(r, k);

	return key ? u64map_get(&sl->queues, key) : NULL;
}

/* Behind one that sleeps, or one that came before it. */
static bool is_held_up(const struct sleepers *sl, const struct held_op *op)
{
	for (enum key_kind k = 0; k < NR_KEYS; k++) {
		const struct u64map_entry *q = queue_of(sl, &op->rec, k);
		const struct node *first = q ? &sl->nodes.at[q->a] : NULL;

		if (q && q->a &&
		    (first->state == NODE_SLEEPING ||
		     first->op.record < op->record))
			return true;
	}
	return false;
}

/* By record number, but never before one that sleeps already. */
static void enqueue(struct sleepers *sl, u32 i, enum key_kind k)
{
	struct node *nodes = sl->nodes.at, *n = &nodes[i];
	u64 key = key_of(&n->op.rec, k);
	struct u64map_entry *q;
	bool fresh;
	u32 *at;

	if (!key)
		return;
	q = u64map_put(&sl->queues, key, &fresh);
	if (q->b && nodes[q->b].op.record < n->op.record) {
		nodes[q->b].next[k] = i;
		q->b = i;
		return;
	}
	at = &q->a;
	while (*at && (nodes[*at].state == NODE_SLEEPING ||
		       nodes[*at].op.record < n->op.record))
		at = &nodes[*at].next[k];
	n->next[k] = *at;
	*at = i;
	if (!n->next[k])
		q->b = i;
}

/* Takes @i out; returns who is the first now, 0: nobody. */
static u32 dequeue(struct sleepers *sl, u32 i, enum key_kind k)
{
	struct node *nodes = sl->nodes.at;
	struct u64map_entry *q = queue_of(sl, &nodes[i].op.rec, k);
	u32 *at, before = 0;

	if (!q)
		return 0;
	at = &q->a;
	while (*at != i) {
		before = *at;
		BUG_ON(!before);
		at = &nodes[before].next[k];
	}
	*at = nodes[i].next[k];
	if (q->b == i)
		q->b = before;
	return q->a;
}

static bool is_first(const struct sleepers *sl, u32 i)
{
	const struct node *n = &sl->nodes.at[i];

	for (enum key_kind k = 0; k < NR_KEYS; k++) {
		const struct u64map_entry *q = queue_of(sl, &n->op.rec, k);

		if (q && q->a != i)
			return false;
	}
	return true;
}

static u32 node_new(struct sim *s, const struct held_op *op, u8 state)
{
	struct sleepers *sl = sleepers_of(s);
	u32 i = sl->free_list;

	if (i) {
		sl->free_list = sl->nodes.at[i].next[0];
	} else {
		i = (u32)sl->nodes.nr;
		(void)VEC_PUSH(&sl->nodes);
	}
	sl->nodes.at[i] = (struct node){.op = *op, .state = state};
	sl->nodes.at[i].op.node = i;
	for (enum key_kind k = 0; k < NR_KEYS; k++)
		enqueue(sl, i, k);
	s->nr_held++;
	return i;
}

/* @i may run: it takes its place among those, by record. */
static void make_ready(struct sim *s, u32 i)
{
	struct sleepers *sl = s->sleepers;
	size_t at = sl->ready.nr;

	sl->nodes.at[i].state = NODE_READY;
	(void)VEC_PUSH(&sl->ready);
	while (at && sl->nodes.at[sl->ready.at[at - 1]].op.record >
			     sl->nodes.at[i].op.record) {
		sl->ready.at[at] = sl->ready.at[at - 1];
		at--;
	}
	sl->ready.at[at] = i;
	s->wakes = true;
}

/* @i is over: those behind it move up. */
static void finish(struct sim *s, u32 i)
{
	struct sleepers *sl = s->sleepers;
	struct node *n = &sl->nodes.at[i];
	u32 first[NR_KEYS];

	for (enum key_kind k = 0; k < NR_KEYS; k++)
		first[k] = dequeue(sl, i, k);
	n->state = NODE_FREE;
	n->next[0] = sl->free_list;
	sl->free_list = i;
	BUG_ON(!s->nr_held);
	s->nr_held--;
	for (enum key_kind k = 0; k < NR_KEYS; k++)
		if (first[k] && sl->nodes.at[first[k]].state == NODE_WAITING &&
		    is_first(sl, first[k]))
			make_ready(s, first[k]);
}

bool sleepers_hold(struct sim *s, const struct held_op *op)
{
	struct sleepers *sl = s->sleepers;

	if (op->node) { /* released; has an earlier one come since? */
		if (is_first(sl, op->node))
			return false;
		sl->nodes.at[op->node].state = NODE_WAITING;
		return true;
	}
	if (!trace_rec_has_slot(&op->rec) || !is_held_up(sl, op))
		return false;
	node_new(s, op, NODE_WAITING);
	if (s->nr_held - sl->asleep.nr > HELD_MAX)
		sl->overflow = s->wakes = true;
	return true;
}

/* Sleep */

static void arm(struct sim *s, u64 time)
{
	struct sleepers *sl = s->sleepers;

	if (sl->armed && sl->armed_at <= time)
		return;
	sl->armed = true;
	sl->armed_at = time;
	event_push(&s->events, (struct event){.time = time,
					      .class = EVENT_MEMPOOL,
					      .seq = sl->nr_events++});
	s->wake = event_next_time(&s->events);
}

static u64 timeout_from(const struct sim *s, u64 now)
{
	return now + ns_to_ticks(s, (u64)MEMPOOL_TIMEOUT_MS * NS_PER_MS);
}

u64 sleepers_patience(const struct sim *s)
{
	return timeout_from(s, s->now);
}

bool sleepers_park(struct sim *s, const struct trace_rec *r)
{
	struct sleepers *sl = sleepers_of(s);
	struct node *n;
	u32 i = sl->running;

	if (sl->asleep.nr >= SLEEPERS_MAX)
		return false;
	if (!i)
		i = node_new(s,
			     &(struct held_op){.rec = *r, .record = s->record},
			     NODE_SLEEPING);
	n = &sl->nodes.at[i];
	n->state = NODE_SLEEPING;
	n->since = s->now;
	n->deadline = timeout_from(s, s->now);
	*VEC_PUSH(&sl->asleep) = i;
	arm(s, n->deadline);
	s->op_parked = s->wakes = true;
	return true;
}

static cycles_t waited(const struct sim *s, const struct node *n)
{
	return ns_to_cycles(cycles_to_ns(s->now - n->since, s->tick_hz),
			    s->config.cpu_hz);
}

/* The sleep of @i is over, with @addr or without; that took @cost. */
static void wake_up(struct sim *s, u32 i, u64 addr, cycles_t cost)
{
	struct sleepers *sl = s->sleepers;
	struct held_op op = sl->nodes.at[i].op;
	u64 record = s->record;
	size_t at = 0;

	while (sl->asleep.at[at] != i)
		at++;
	for (; at + 1 < sl->asleep.nr; at++)
		sl->asleep.at[at] = sl->asleep.at[at + 1];
	sl->asleep.nr--;
	sl->nr_given += addr != OP_FAILED;
	s->record = op.record;
	if (s->hooks.placement)
		placement_tell(s, &op.rec, addr, "");
	s->record = record;
	if (s->timed)
		timed_slot_done(s, &op.rec, s->now + cost);
	finish(s, i);
}

/* @i asks again; false: there is nothing for him. */
static bool try_again(struct sim *s, u32 i)
{
	struct machine saved = s->machine;
	const struct trace_rec *rec = s->rec;
	struct node *n = &s->sleepers->nodes.at[i];
	cycles_t cost = 0;
	u32 site = s->site;
	u64 addr;

	s->rec = &n->op.rec;
	s->site = n->op.rec.site;
	s->machine.cpu = s->map.cpu[n->op.rec.cpu];
	s->machine.task = n->op.rec.task;
	s->machine.pcp_locked = false;
	s->last_op[s->machine.cpu] = s->now + 1;
	if (s->timed)
		timed_begin(s);
	addr = replay_mempool_retry(s, &n->op.rec, waited(s, n));
	if (s->timed)
		cost = timed_end(s, &n->op.rec);
	if (s->timed)
		timed_occupy(s, s->machine.cpu, cost);
	s->machine.cpu = saved.cpu;
	s->machine.task = saved.task;
	s->machine.pcp_locked = saved.pcp_locked;
	s->machine.cycles = saved.cycles;
	s->machine.now_cycles = saved.now_cycles;
	s->rec = rec;
	s->site = site;
	if (addr != OP_FAILED) {
		wake_up(s, i, addr, cost);
		return true;
	}
	n->deadline = timeout_from(s, s->now);
	arm(s, n->deadline);
	return false;
}

static void give_up(struct sim *s, u32 i)
{
	const struct node *n = &s->sleepers->nodes.at[i];

	mempool_give_up(s->mempools[n->op.rec.cache], waited(s, n));
	wake_up(s, i, OP_FAILED, 0);
}

void sleepers_wake(struct sim *s, u32 mid)
{
	if (!s->sleepers || !s->sleepers->asleep.nr)
		return;
	s->sleepers->woken_mid = mid + 1;
	s->wakes = true;
}

void sleepers_pool_gone(struct sim *s, u32 mid)
{
	struct sleepers *sl = s->sleepers;

	for (size_t at = 0; sl && at < sl->asleep.nr;) {
		u32 i = sl->asleep.at[at];

		if (sl->nodes.at[i].op.rec.cache == mid)
			give_up(s, i);
		else
			at++;
	}
}

/* An element came back to @mid: those who wait for it, longest first. */
static void retry_pool(struct sim *s, u32 mid)
{
	struct sleepers *sl = s->sleepers;
	u32 vain = 0;

	for (size_t at = 0; at < sl->asleep.nr && vain < WAKE_TRIES_MAX;) {
		u32 i = sl->asleep.at[at];

		if (sl->nodes.at[i].op.rec.cache != mid) {
			at++;
		} else if (!try_again(s, i)) {
			vain++;
			at++;
		}
	}
}

/* Those whose time is up. */
static void retry_due(struct sim *s)
{
	struct sleepers *sl = s->sleepers;

	for (size_t at = 0; at < sl->asleep.nr;) {
		u32 i = sl->asleep.at[at];

		if (sl->nodes.at[i].deadline > s->now || !try_again(s, i))
			at++;
	}
}

/* The earliest deadline; EVENT_NEVER: nobody sleeps. */
static u64 next_deadline(const struct sleepers *sl)
{
	u64 first = EVENT_NEVER;

	for (size_t at = 0; at < sl->asleep.nr; at++)
		first = MIN(first, sl->nodes.at[sl->asleep.at[at]].deadline);
	return first;
}

void sleepers_timer(struct sim *s)
{
	struct sleepers *sl = s->sleepers;
	u64 next;

	if (s->now < sl->armed_at) /* one armed earlier came after it */
		return;
	sl->armed = false;
	retry_due(s);
	next = next_deadline(sl);
	if (next != EVENT_NEVER)
		arm(s, next);
	if (s->wakes)
		sleepers_run(s);
}

/* What may run does. */
static void run_ready(struct sim *s)
{
	struct sleepers *sl = s->sleepers;
	u32 i = sl->ready.at[0];
	struct held_op op = sl->nodes.at[i].op;
	u64 record = s->record;
	u32 cpu = s->machine.cpu;

	sl->ready.nr--;
	for (size_t at = 0; at < sl->ready.nr; at++)
		sl->ready.at[at] = sl->ready.at[at + 1];
	sl->nodes.at[i].state = NODE_RUNNING;
	if (s->timed) {
		timed_release(s, &op);
		return;
	}
	sleepers_begin(s, i);
	s->record = op.record;
	if (replay_must_watch(s))
		replay_watched(s, &op.rec);
	else
		replay_one(s, &op.rec);
	s->record = record;
	s->machine.cpu = cpu;
	s->metrics.nr_events++;
	sleepers_done(s);
}

void sleepers_run(struct sim *s)
{
	struct sleepers *sl = s->sleepers;

	while (s->wakes && !s->rc) {
		s->wakes = s->op_parked = false;
		if (sl->woken_mid) {
			u32 mid = sl->woken_mid - 1;

			sl->woken_mid = 0;
			retry_pool(s, mid);
		}
		if (sl->overflow && sl->asleep.nr)
			give_up(s, sl->asleep.at[0]);
		sl->overflow = false;
		while (sl->ready.nr && !s->rc)
			run_ready(s);
	}
}

void sleepers_begin(struct sim *s, u32 node)
{
	s->sleepers->running = node;
}

void sleepers_done(struct sim *s)
{
	u32 i = s->sleepers->running;

	s->sleepers->running = 0;
	if (s->sleepers->nodes.at[i].state == NODE_RUNNING)
		finish(s, i);
}

/*
 * Nobody comes any more but those who are held up.  When all who sleep have
 * asked once more in vain, nothing will ever change.
 */
void sleepers_end(struct sim *s)
{
	struct sleepers *sl = s->sleepers;
	u64 given;

	if (!sl)
		return;
	do {
		given = sl->nr_given;
		if (s->nr_held > sl->asleep.nr)
			daemons_until(s, timeout_from(s, s->now));
	} while (sl->nr_given != given && !s->rc);
	s->metrics.held_at_end = s->nr_held - sl->asleep.nr;
	for (size_t at = 0; at < sl->asleep.nr; at++) {
		const struct node *n = &sl->nodes.at[sl->asleep.at[at]];

		mempool_still_waits(s->mempools[n->op.rec.cache], waited(s, n));
		s->record = n->op.record;
		if (s->hooks.placement)
			placement_tell(s, &n->op.rec, OP_FAILED, "");
	}
}

int sleepers_check(const struct sim *s, struct err *e)
{
	const struct sleepers *sl = s->sleepers;
	u32 nr = 0;

	if (!sl)
		return 0;
	for (u32 i = 1; i < sl->nodes.nr; i++) {
		const struct node *n = &sl->nodes.at[i];

		nr += n->state != NODE_FREE;
		if (n->state == NODE_WAITING && is_first(sl, i))
			return err_set(e, -EUCLEAN,
				       "record %llu waits for nobody",
				       (unsigned long long)n->op.record);
	}
	if (nr != s->nr_held)
		return err_set(e, -EUCLEAN,
			       "%u operations wait or sleep, not %u", nr,
			       s->nr_held);
	if (sl->asleep.nr && (!sl->armed || sl->armed_at > next_deadline(sl)))
		return err_set(e, -EUCLEAN, "a sleeper has no timer");
	return 0;
}

void sleepers_free(struct sim *s)
{
	struct sleepers *sl = s->sleepers;

	if (!sl)
		return;
	VEC_FREE(&sl->nodes);
	VEC_FREE(&sl->asleep);
	VEC_FREE(&sl->ready);
	u64map_free(&sl->queues);
	free(sl);
}
