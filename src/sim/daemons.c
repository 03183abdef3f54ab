/*
 * daemons.c - what goes on in the machine besides the trace: kswapd, RCU
 * grace periods, the CPUs' vmstat work, sampling.
 *
 * A daemon gets to run when a CPU has nothing else to do.  A recording shows
 * that as a pause between operations, a .ktr may say it (`idle`).  As long as
 * operations follow each other closely nothing sleeps, as on a kernel without
 * preemption.  A grace period that sees no pause is forced to its end after
 * RCU_FORCED_NS.  docs/replay.md gives the rules.
 */
#include "base/bug.h"
#include "mm/page_alloc.h"
#include "mm/percpu.h"
#include "mm/vmscan.h"
#include "sim/compactor.h"
#include "sim/io.h"
#include "sim/pressure.h"
#include "sim/sleepers.h"

/* A pause this long lets a woken kswapd run: it is scheduled within one. */
#define KSWAPD_PAUSE_NS ((u64)1 * NS_PER_MS)
/* Done with a run, kswapd naps for a tenth of a second, then looks again. */
#define KSWAPD_NAP_NS ((u64)100 * NS_PER_MS)
/* A pause this long is a grace period: two ticks of a 100 Hz kernel. */
#define RCU_PAUSE_NS ((u64)20 * NS_PER_MS)
/* Busy CPUs are made to report after that: the kernel's own sequence of
 * forced quiescent states, IPIs included, takes about as long. */
#define RCU_FORCED_NS (1000 * NS_PER_MS)

/* How fast the recorded kernels worked: by the times of their snapshots an
 * operation took 3 to 15 us, a snapshot 8 ms, direct reclaim 140 to 500 us. */
#define EMULATED_OP_NS		  ((u64)8000)
#define EMULATED_SNAPSHOT_NS	  ((u64)8 * NS_PER_MS)
#define EMULATED_SNAPSHOT_SLOW_NS ((u64)10200000) /* SLAB, one CPU */
#define EMULATED_STALL_NS	  ((u64)250000)

#define SAMPLE_POINTS_DEFAULT 500u
#define SAMPLE_POINTS_MAX     16384u

static u64 period_of(const struct sim *s, u32 class)
{
	if (class == EVENT_RCU)
		return ns_to_ticks(s, RCU_FORCED_NS);
	if (class == EVENT_VMSTAT)
		return refresh_period(s);
	return s->sample_interval;
}

static void arm(struct sim *s, enum event_class class, u64 time)
{
	event_push(&s->events, (struct event){.time = time, .class = class});
}

static u64 interval_of(const struct sim *s, u32 points)
{
	const struct config *c = &s->config;
	u64 ns = c->sample_interval_ns;

	if (!ns && s->info && s->info->duration_ns)
		ns = s->info->duration_ns / points;
	/* Nothing known: start fine and let thinning find the interval. */
	return MAX(ns_to_ticks(s, ns ? ns : 1), 1u);
}

void daemons_start(struct sim *s)
{
	u32 points = s->config.sample_points;

	points = CLAMP(points ? points : SAMPLE_POINTS_DEFAULT, 2u,
		       SAMPLE_POINTS_MAX);
	s->sample_interval = interval_of(s, points);
	s->samples_max = s->config.sample_interval_ns ? 2 * SAMPLE_POINTS_MAX
						      : 2 * points;
	s->gap = s->from_state ? 0 : ns_to_ticks(s, RCU_PAUSE_NS);
	arm(s, EVENT_SAMPLE, s->now);
	arm(s, EVENT_RCU, s->now + ns_to_ticks(s, RCU_FORCED_NS));
	if (!s->from_state)
		arm(s, EVENT_VMSTAT, refresh_start(s));
	reaper_start(s);
	compactor_start(s);
	s->wake = event_next_time(&s->events);
}

/* kswapd/@n runs on a CPU of its node.  Is there one that is not busy with
 * the trace? */
static bool has_idle_cpu(const struct sim *s, u32 n)
{
	for (u32 c = 0; c < s->config.mm.nr_cpus; c++)
		if (s->cpu_node[c] == n && c != s->machine.cpu)
			return true;
	return false;
}

static void run_kswapd(struct sim *s, u32 n)
{
	kswapd_run(s->mm, n);
	if (s->from_state) {
		s->nap_end[n] = s->emulated_ns + KSWAPD_NAP_NS;
		return;
	}
	s->nap_end[n] = s->now + ns_to_ticks(s, KSWAPD_NAP_NS);
	event_push(&s->events, (struct event){.time = s->nap_end[n],
					      .class = EVENT_KSWAPD,
					      .seq = s->nr_naps++,
					      .arg = n});
	s->wake = event_next_time(&s->events);
}

/* Those that were woken and that @may_run lets; all of them when NULL. */
static void run_kswapds(struct sim *s,
			bool (*may_run)(const struct sim *s, u32 n))
{
	if (s->pressure) /* its events say when */
		return;
	s->kswapd_pending = false;
	for (u32 n = 0; n < s->mm->conf.nr_nodes; n++) {
		if (!s->mm->nodes[n].kswapd_woken)
			continue;
		if (!may_run || may_run(s, n))
			run_kswapd(s, n);
		else
			s->kswapd_pending = true;
	}
	s->gap = s->kswapd_pending || s->from_state
			 ? 0
			 : ns_to_ticks(s, RCU_PAUSE_NS);
}

static bool never(const struct sim *s, u32 n)
{
	(void)s;
	(void)n;
	return false;
}

/*
 * A recorded state comes from an emulator that lets one CPU run at a time.
 * Between two operations on one CPU nothing else happens, on no CPU, but for
 * a turn of the others at each timer tick.  When the work goes over to another
 * CPU, the one that gives it away comes to run its kswapd only when it is its
 * turn again.
 */
static void run_kswapds_emulated(struct sim *s, u32 next_cpu)
{
	u64 tick = s->emulated_ns / (NS_PER_SEC / s->config.hz);
	bool others = next_cpu != s->machine.cpu || tick != s->emulated_tick;

	s->emulated_tick = tick;
	run_kswapds(s, others ? has_idle_cpu : never);
}

/* One operation more; naps end.  The times in such a trace are made up. */
static void emulated_time_passes(struct sim *s)
{
	u64 stalls = s->mm->vm_events[VM_EV_ALLOCSTALL];
	bool stalled = stalls != s->emulated_stalls;

	s->emulated_ns += EMULATED_OP_NS +
			  (stalls - s->emulated_stalls) * EMULATED_STALL_NS;
	s->emulated_stalls = stalls;
	reaper_tick(s, stalled);
	for (u32 n = 0; n < s->mm->conf.nr_nodes; n++) {
		if (!s->mm->nodes[n].kswapd_napping) {
			/* Should it run in direct reclaim: from then on. */
			s->nap_end[n] = s->emulated_ns + KSWAPD_NAP_NS;
			continue;
		}
		if (s->emulated_ns >= s->nap_end[n])
			kswapd_nap_over(s->mm, n);
	}
}

void daemons_snapshot(struct sim *s)
{
	bool slow = s->mm->conf.slab_ops->reap && s->config.mm.nr_cpus == 1;

	s->emulated_ns +=
		slow ? EMULATED_SNAPSHOT_SLOW_NS : EMULATED_SNAPSHOT_NS;
	/* It takes milliseconds: other CPUs have their turn meanwhile. */
	if (s->from_state && s->kswapd_pending)
		run_kswapds(s, has_idle_cpu);
}

/* A kswapd wakes by itself: it was told to, or its nap is over. */
static void kswapd_event(struct sim *s, u32 n)
{
	if (s->mm->nodes[n].kswapd_woken)
		run_kswapd(s, n);
	else if (s->now >= s->nap_end[n])
		kswapd_nap_over(s->mm, n);
}

void daemons_run(struct sim *s, const struct event *e, u64 horizon)
{
	bool again = false; /* before the horizon, too */
	u64 period, times;

	BUG_ON(e->time < s->now);
	s->now = e->time;
	if (e->class == EVENT_SAMPLE)
		sample_take(s);
	else if (e->class == EVENT_RCU)
		slab_rcu_barrier(s->mm);
	else if (e->class == EVENT_VMSTAT)
		again = refresh_run(s);
	else if (e->class == EVENT_KSWAPD && s->pressure)
		pressure_kswapd_event(s, e->arg, e->seq);
	else if (e->class == EVENT_KSWAPD)
		kswapd_event(s, e->arg);
	else if (e->class == EVENT_KCOMPACTD)
		compactor_event(s, e->arg, e->seq, horizon);
	else if (e->class == EVENT_IO)
		io_event(s, e);
	else if (e->class == EVENT_FLUSHER)
		io_flusher_event(s, e);
	else if (e->class == EVENT_MEMPOOL)
		sleepers_timer(s);
	else if (e->class == EVENT_REAP)
		reaper_event(s, e->arg, horizon);
	else
		BUG();
	if (e->class == EVENT_KSWAPD || e->class == EVENT_KCOMPACTD ||
	    e->class == EVENT_REAP || e->class == EVENT_IO ||
	    e->class == EVENT_FLUSHER || e->class == EVENT_MEMPOOL) {
		/* They arm themselves. */
		s->wake = event_next_time(&s->events);
		return;
	}
	period = period_of(s, e->class);
	times = horizon > e->time && !again ? (horizon - e->time) / period : 0;
	arm(s, (enum event_class)e->class,
	    e->time + period * MAX(times, (u64)1));
	s->wake = event_next_time(&s->events);
}

/*
 * In trace order it runs before the next record if its node has an idle CPU,
 * else at the next pause.  With a cost model CPUs have pauses of their own, so
 * it runs a pause's length later.
 */
void daemons_kswapd_woken(struct sim *s, u32 node)
{
	s->kswapd_pending = true;
	s->gap = 0;
	if (s->timed)
		event_push(
			&s->events,
			(struct event){.time = s->now +
					       ns_to_ticks(s, KSWAPD_PAUSE_NS),
				       .class = EVENT_KSWAPD,
				       .seq = s->nr_naps++,
				       .arg = node});
}

/* msleep() ends with a tick, two after the time is over. */
static void emulated_sleep(struct sim *s, u64 ns)
{
	u64 tick = NS_PER_SEC / s->config.hz;
	u64 until = s->emulated_ns / tick * tick +
		    (DIV_ROUND_UP(ns, tick) + 2) * tick;

	reaper_sleep(s, until);
	s->emulated_ns = until;
}

void daemons_idle(struct sim *s, u64 ticks)
{
	if (s->percpu->balance_scheduled)
		percpu_run_balance(s);
	run_kswapds(s, NULL);
	if (s->from_state)
		emulated_sleep(s, cycles_to_ns(ticks, s->tick_hz));
	if (ticks >= ns_to_ticks(s, RCU_PAUSE_NS))
		slab_rcu_barrier(s->mm);
}

/* The timers due up to @t. */
static void run_timers(struct sim *s, u64 t)
{
	while (s->wake <= t) {
		struct event e = event_pop(&s->events);

		daemons_run(s, &e, t);
	}
}

void daemons_until(struct sim *s, u64 t)
{
	if (s->timed) {
		timed_until(s, t);
		return;
	}
	run_timers(s, t);
	s->now = t;
}

void daemons_sleep(struct sim *s, u64 ticks)
{
	u64 until = s->now + ticks;

	daemons_idle(s, ticks);
	run_timers(s, until);
	s->now = until;
}

/* Only without a cost model: ticks are nanoseconds. */
void time_passes(struct sim *s, u64 t, u32 next_cpu)
{
	u64 last = s->now;

	if (t < last) { /* an idle took longer than the trace says */
		s->offset += last - t;
		return;
	}
	if (t > SIM_TIME_MAX_NS || t - last > SIM_GAP_MAX_NS) {
		s->rc = time_too_late(s, t);
		return;
	}
	if (s->from_state)
		emulated_time_passes(s);
	if (s->kswapd_pending) {
		if (s->from_state)
			run_kswapds_emulated(s, next_cpu);
		else
			run_kswapds(s, t - last >= KSWAPD_PAUSE_NS
					       ? NULL
					       : has_idle_cpu);
	}
	if (t - last >= RCU_PAUSE_NS)
		slab_rcu_barrier(s->mm);
	run_timers(s, t);
}
