/*
 * refresh.c - the CPUs' vmstat work: once a second each folds its counters
 * and gives pages of other nodes back that lie unused on its lists.
 *
 * Its timer is deferrable: on an idle CPU it fires when that wakes up.  On a
 * machine that was recorded (from a /proc snapshot) a CPU counts as idle when
 * nothing came from it for half a period; elsewhere CPUs that did nothing
 * since their last look are passed over.  A look that finds nothing to fold
 * arms no timer: the kernel's shepherd, each second, sends CPUs that have
 * something.  The recording may tell where in a second the looks are.
 */
#include "sim/sim_priv.h"

#include "base/bug.h"
#include "mm/page_alloc.h"

/* sysctl vm.stat_interval */
#define PERIOD_NS   NS_PER_SEC
#define IDLE_NS	    (NS_PER_SEC / 2)
#define NS_PER_USEC ((u64)1000)

u64 refresh_period(const struct sim *s)
{
	return ns_to_ticks(s, PERIOD_NS);
}

u64 refresh_start(struct sim *s)
{
	u64 us = s->before && s->info ? s->info->counts.vmstat_phase_us : 0;
	u64 first = us * NS_PER_USEC;

	if (!us || first > PERIOD_NS)
		first = PERIOD_NS;
	s->refresh_first = s->now + ns_to_ticks(s, first);
	return s->refresh_first;
}

static bool look(struct sim *s, u32 c)
{
	struct refresh_cpu *r = &s->refresh[c];
	u32 cpu = s->machine.cpu;
	bool changed;

	s->machine.cpu = c;
	changed = refresh_cpu_vm_stats(s->mm);
	s->machine.cpu = cpu;
	r->armed = changed || s->last_op[c] > r->looked;
	r->looked = s->now + 1;
	return changed;
}

bool refresh_run(struct sim *s)
{
	bool changed = false;

	for (u32 c = 0; c < s->config.mm.nr_cpus; c++) {
		struct refresh_cpu *r = &s->refresh[c];

		if (r->late ||
		    (!(s->before && r->armed) && s->last_op[c] <= r->looked))
			continue;
		if (s->before && r->armed) {
			if (s->now < r->next)
				continue;
			if (s->now >= s->last_op[c] + ns_to_ticks(s, IDLE_NS)) {
				r->late = true;
				s->nr_refresh_late++;
				continue;
			}
		}
		changed |= look(s, c);
	}
	return changed;
}

/* As round_jiffies(): up to a quarter past a second is that second. */
static u64 next_second(const struct sim *s)
{
	u64 period = refresh_period(s);
	u64 past = (s->now - s->refresh_first) % period;

	CHECK(s->now >= s->refresh_first);
	return s->now - past + (past < period / 4 ? period : 2 * period);
}

void refresh_wake(struct sim *s)
{
	struct refresh_cpu *r = &s->refresh[s->machine.cpu];

	if (!r->late)
		return;
	CHECK(s->nr_refresh_late > 0);
	s->nr_refresh_late--;
	r->late = false;
	look(s, s->machine.cpu);
	r->next = next_second(s);
}
