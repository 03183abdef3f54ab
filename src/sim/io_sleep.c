/*
 * io_sleep.c - a task waits in the middle of its operation: what goes on
 * meanwhile (see io.h).
 */
#include "base/bug.h"
#include "base/vec.h"
#include "sim/io.h"
#include "sim/pressure.h"

u64 io_time_ns(const struct machine *m)
{
	const struct sim *s = container_of(m, struct sim, machine);
	u64 ticks = s->now;

	if (s->timed && s->rec) /* in an operation */
		ticks += m->cycles;
	return cycles_to_ns(ticks, s->tick_hz);
}

/* May @e happen while a task waits? */
static bool goes_on(const struct event *e)
{
	return e->class == EVENT_IO || e->class == EVENT_FLUSHER ||
	       e->class == EVENT_KSWAPD;
}

/*
 * The daemons' events up to @deadline, or until @done.  Others are put aside
 * and take place after the wait.
 * Return: when that was, in ticks.
 */
static u64 let_daemons_run(struct sim *s, bool (*done)(const void *arg),
			   const void *arg, u64 from, u64 deadline)
{
	VEC(struct event) aside = {0};
	u64 until = deadline == EVENT_NEVER ? from : deadline;

	while (event_next_time(&s->events) <= deadline) {
		struct event e = event_pop(&s->events);

		if (!goes_on(&e)) {
			*VEC_PUSH(&aside) = e;
			continue;
		}
		s->now = MAX(e.time, s->now);
		daemons_run(s, &e, e.time);
		if (done && done(arg)) {
			until = MAX(s->now, from);
			break;
		}
		if (deadline == EVENT_NEVER)
			until = MAX(s->now, from);
	}
	/* Without a cost model the time is gone for them, too. */
	for (size_t i = 0; i < aside.nr; i++) {
		if (!s->timed)
			aside.at[i].time = MAX(aside.at[i].time, until);
		event_push(&s->events, aside.at[i]);
	}
	VEC_FREE(&aside);
	return until;
}

u64 io_task_sleep(struct machine *m, bool (*done)(const void *arg),
		  const void *arg, u64 timeout_ns)
{
	struct sim *s = container_of(m, struct sim, machine);
	struct machine saved = *m;
	const struct trace_rec *rec = s->rec;
	cycles_t memory_cycles = s->memory_cycles;
	u64 now = s->now, from = now, until, deadline = EVENT_NEVER;
	u32 site = s->site;

	if (!rec || (done && done(arg)))
		return 0;
	if (s->timed)
		from += m->cycles;
	if (timeout_ns < SIM_GAP_MAX_NS)
		deadline = from + ns_to_ticks(s, timeout_ns);
	s->rec = NULL; /* daemons do not sleep */
	m->timed_locks = false;
	until = let_daemons_run(s, done, arg, from, deadline);
	m->cpu = saved.cpu;
	m->task = saved.task;
	m->task_flags = saved.task_flags;
	m->timed_locks = saved.timed_locks;
	m->cycles = saved.cycles;
	s->memory_cycles = memory_cycles;
	s->rec = rec;
	s->site = site;
	s->now = s->timed ? now : until;
	if (s->timed)
		m->cycles += until - from;
	s->wake = event_next_time(&s->events);
	s->metrics.io_sleeps++;
	s->metrics.io_sleep_ns += cycles_to_ns(until - from, s->tick_hz);
	return cycles_to_ns(until - from, s->tick_hz);
}
