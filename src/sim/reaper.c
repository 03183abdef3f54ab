/*
 * reaper.c - SLAB's cache_reap() on each CPU's timer.
 *
 * Each CPU's first pass is due a second after SLAB is up, the next ones two
 * seconds after each pass, all rounded to whole seconds of jiffies and three
 * jiffies a CPU apart (round_jiffies_relative()), so that CPUs do not wake all
 * at once and not together.
 *
 * In a recorded state the work runs when its CPU sleeps: at an idle, or while
 * another CPU works.  What a recording tells of its reaper: jiffies at the
 * start, and when each cache's node is due; SLAB boots 10 jiffies before the
 * settling ends that precedes the start.
 */
#include "base/bug.h"
#include "mm/slab_cache.h"
#include "sim/sim_priv.h"

#define BOOT_TO_START_JIFFIES 10u
#define CPU_SKEW_JIFFIES      3u
#define SNAP_JIFFIES	      4u
/*
 * Making a slab in memory that the emulator never touched; several CPUs ran by
 * the host's clock.
 */
#define EMULATED_SLAB_NS     ((u64)250000)
#define EMULATED_SLAB_SMP_NS ((u64)60000)
/* After that many passes without an operation nothing is left to reap. */
#define REAP_PASSES_MAX 64u
/* So many nodes due at the same jiffy: a pass made them so. */
#define REAP_SEEN_MIN 8u

static u64 jiffy_ns(const struct sim *s)
{
	return NS_PER_SEC / s->config.hz;
}

/* round_jiffies(): the whole second near @j for @cpu, if still to come. */
static u64 round_jiffies(const struct sim *s, u64 j, u32 cpu, u64 now)
{
	u64 hz = s->config.hz, skew = (u64)cpu * CPU_SKEW_JIFFIES;
	u64 rem = (j + skew) % hz;
	u64 rounded = j + skew - rem + (rem < hz / 4 ? 0 : hz);

	return rounded > now + skew ? rounded - skew : j;
}

static u64 next_pass(const struct sim *s, u64 now, u32 cpu)
{
	return round_jiffies(s, now + REAPTIMEOUT_AC_S * s->config.hz, cpu,
			     now);
}

static void run_pass(struct sim *s, u32 cpu, u64 now_ms)
{
	u32 was = s->machine.cpu;

	s->machine.cpu = cpu;
	s->mm->conf.slab_ops->reap(s->mm, now_ms);
	s->machine.cpu = was;
	s->memory_changed = true;
}

/* A run of its own clock */

static u64 now_ns(const struct sim *s)
{
	return cycles_to_ns(s->now, s->tick_hz);
}

static void arm(struct sim *s, u32 cpu, u64 jiffy)
{
	u64 at = ns_to_ticks(s, jiffy * jiffy_ns(s));

	event_push(&s->events, (struct event){.time = MAX(at, s->now + 1),
					      .class = EVENT_REAP,
					      .seq = cpu,
					      .arg = cpu});
}

void reaper_start(struct sim *s)
{
	u64 now = now_ns(s) / jiffy_ns(s);

	if (!s->mm->conf.slab_ops->reap || s->from_state)
		return;
	for (u32 cpu = 0; cpu < s->config.mm.nr_cpus; cpu++)
		arm(s, cpu, round_jiffies(s, now + s->config.hz, cpu, now));
}

void reaper_event(struct sim *s, u32 cpu, u64 horizon)
{
	u64 now = now_ns(s) / jiffy_ns(s), next = next_pass(s, now, cpu);
	u64 period = REAPTIMEOUT_AC_S * s->config.hz, end;

	if (s->reap_record == s->record) {
		s->reap_passes++;
	} else {
		s->reap_record = s->record;
		s->reap_passes = 0;
	}
	run_pass(s, cpu, now_ns(s) / NS_PER_MS);
	if (s->reap_passes > REAP_PASSES_MAX * s->config.mm.nr_cpus) {
		end = cycles_to_ns(horizon, s->tick_hz) / jiffy_ns(s);
		if (end > next)
			next += (end - next) / period * period;
	}
	arm(s, cpu, next);
}

/* A recorded state: emulated_ns is the clock, jiffies begin as recorded. */

static u64 emulated_jiffies(const struct sim *s)
{
	return s->reap_base_jiffies +
	       (s->emulated_ns + s->reap_extra_ns) / jiffy_ns(s);
}

/* When the most nodes of @cpu's memory are due, and how many those are. */
static u64 most_due(const struct mm *mm, u32 cpu, u64 jiffy_ms, u32 *nr)
{
	u32 nid = mm->conf.cpu_to_node[cpu];
	u64 best = 0;

	*nr = 0;
	for (const struct kmem_cache *s = mm->cache_list; s; s = s->next) {
		const struct slab_node *n = slab_cache_of(s)->nodes[nid];
		u64 at = n ? n->next_reap_ms / jiffy_ms : 0;
		u32 same = 0;

		for (const struct kmem_cache *t = mm->cache_list; at && t;
		     t = t->next) {
			n = slab_cache_of(t)->nodes[nid];
			same += n && n->next_reap_ms / jiffy_ms == at;
		}
		if (same > *nr) {
			*nr = same;
			best = at;
		}
	}
	return best;
}

/*
 * Reading the caches out took @ms and a little more: nodes are due later than
 * they say, and those that a pass has set at the very time of one to come.
 */
static void shift_nodes(struct sim *s, u64 ms)
{
	u64 jiffy_ms = jiffy_ns(s) / NS_PER_MS;
	struct mm *mm = s->mm;

	for (u32 cpu = 0; cpu < mm->conf.nr_cpus; cpu++) {
		u64 pass = (s->reap_at[cpu] - s->reap_base_jiffies) * jiffy_ms;
		u32 nid = mm->conf.cpu_to_node[cpu];

		if (cpu && mm->conf.cpu_to_node[cpu - 1] == nid)
			continue;
		for (struct kmem_cache *c = mm->cache_list; c; c = c->next) {
			struct slab_node *n = slab_cache_of(c)->nodes[nid];

			if (!n || !n->next_reap_ms)
				continue;
			n->next_reap_ms += ms;
			for (u32 i = 0; i < 3; i++) {
				u64 at = pass + i * REAPTIMEOUT_AC_S * 1000;

				if (n->next_reap_ms + SNAP_JIFFIES * jiffy_ms >=
					    at &&
				    n->next_reap_ms <=
					    at + SNAP_JIFFIES * jiffy_ms)
					n->next_reap_ms = at;
			}
		}
	}
}

void reaper_restore(struct sim *s, u64 jiffies)
{
	u64 hz = s->config.hz, jiffy_ms = jiffy_ns(s) / NS_PER_MS;
	u64 up = jiffies - MIN(jiffies, BOOT_TO_START_JIFFIES);
	u64 seen_second = 0, shift = 0;
	u32 most = REAP_SEEN_MIN - 1;

	if (!s->mm->conf.slab_ops->reap || !jiffy_ms)
		return;
	s->reap_base_jiffies = jiffies;
	s->reap_slabs = (s64)(s->machine.cost_count[COST_SLAB_NEW] -
			      s->machine.cost_count[COST_SLAB_DISCARD]);
	s->reap_restored = true;
	for (u32 cpu = 0; cpu < s->config.mm.nr_cpus; cpu++) {
		u32 nr;
		u64 at = jiffies + (u64)cpu * CPU_SKEW_JIFFIES +
			 most_due(s->mm, cpu, jiffy_ms, &nr);

		if (nr <= most)
			continue;
		most = nr;
		seen_second = DIV_ROUND_UP(at, hz) * hz;
		shift = seen_second - at;
	}
	for (u32 cpu = 0; cpu < s->config.mm.nr_cpus; cpu++) {
		u64 pass = round_jiffies(s, up + hz, cpu, up);

		if (seen_second)
			pass = seen_second - (u64)cpu * CPU_SKEW_JIFFIES -
			       REAPTIMEOUT_NODE_S * hz;
		while (pass < jiffies)
			pass += REAPTIMEOUT_AC_S * hz;
		s->reap_at[cpu] = pass;
	}
	if (seen_second)
		shift_nodes(s, shift * jiffy_ms);
}

/* The passes due up to @jiffies on CPUs but @busy, in order of time. */
static void run_due(struct sim *s, u64 jiffies, u32 busy)
{
	u32 left = REAP_PASSES_MAX * s->config.mm.nr_cpus;

	for (;;) {
		u32 first = MM_CPUS_MAX;

		for (u32 cpu = 0; cpu < s->config.mm.nr_cpus; cpu++)
			if (cpu != busy && s->reap_at[cpu] <= jiffies &&
			    (first == MM_CPUS_MAX ||
			     s->reap_at[cpu] < s->reap_at[first]))
				first = cpu;
		if (first == MM_CPUS_MAX)
			return;
		if (left) {
			left--;
			run_pass(s, first,
				 (s->reap_at[first] - s->reap_base_jiffies) *
					 (jiffy_ns(s) / NS_PER_MS));
			s->reap_at[first] =
				next_pass(s, s->reap_at[first], first);
		} else {
			s->reap_at[first] = next_pass(s, jiffies, first);
		}
	}
}

void reaper_sleep(struct sim *s, u64 until_ns)
{
	u64 now = emulated_jiffies(s);

	if (!s->reap_restored)
		return;
	/* The CPU was busy: what is overdue runs now. */
	for (u32 cpu = 0; cpu < s->config.mm.nr_cpus; cpu++)
		s->reap_at[cpu] = MAX(s->reap_at[cpu], now);
	run_due(s,
		s->reap_base_jiffies +
			(until_ns + s->reap_extra_ns) / jiffy_ns(s),
		MM_CPUS_MAX);
}

/* Made since the start and still there. */
static s64 live_slabs(const struct sim *s)
{
	return (s64)(s->machine.cost_count[COST_SLAB_NEW] -
		     s->machine.cost_count[COST_SLAB_DISCARD]);
}

void reaper_tick(struct sim *s, bool slept)
{
	s64 slabs = live_slabs(s);

	if (!s->reap_restored)
		return;
	if (slabs > s->reap_slabs) {
		s->reap_extra_ns +=
			(u64)(slabs - s->reap_slabs) *
			(s->config.mm.nr_cpus == 1 ? EMULATED_SLAB_NS
						   : EMULATED_SLAB_SMP_NS);
		s->reap_slabs = slabs;
	}
	run_due(s, emulated_jiffies(s), slept ? MM_CPUS_MAX : s->machine.cpu);
}
