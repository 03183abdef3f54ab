/*
 * machine.c - the machine under mm/: it keeps what mm notes.
 *
 * Path costs are data that mm adds up itself (mm/machine.h); the clock, the
 * current CPU and task are set by replay before each operation.
 */
#include "sim/compactor.h"
#include "sim/io.h"
#include "sim/pressure.h"

static void machine_note(struct machine *m, enum mm_event ev, u64 a, u64 b)
{
	struct sim *s = container_of(m, struct sim, machine);
	struct eventlog_entry e = {
		.a = a,
		.b = b,
		.site = s->site,
		.cpu = (u16)m->cpu,
		.ev = (u16)ev,
	};

	s->log.counts[ev]++;
	switch (ev) {
	case MM_EV_SLAB_NEW:
	case MM_EV_SLAB_FREE:
		s->memory_changed = true;
		if (unlikely(s->pressure))
			pressure_note(s, ev, a, b);
		if (unlikely(s->cpucache) && ev == MM_EV_SLAB_NEW)
			touch_slab(s, (pfn_t)a, (u32)b);
		return;
	case MM_EV_PAGE_CACHE_ADD:
		s->memory_changed = true;
		if (s->pressure)
			pressure_note(s, ev, a, b);
		return;
	case MM_EV_FLUSHER_WAKE:
		io_flusher_wake(s, a);
		return;
	case MM_EV_PAGE_RECLAIMED:
	case MM_EV_DIRECT_BEGIN:
	case MM_EV_PAGE_SWAPPED:
	case MM_EV_KSWAPD_GO:
	case MM_EV_PAGE_MIGRATED:
		pressure_note(s, ev, a, b);
		return;
	case MM_EV_DIRECT_COMPACT_BEGIN:
		compactor_note(s, ev, a, b);
		return;
	case MM_EV_PCP_REFILL:
	case MM_EV_PCP_DRAIN:
		return;
	case MM_EV_KSWAPD_SLEEP:
	case MM_EV_DIRECT_RECLAIM:
		pressure_note(s, ev, a, b);
		break;
	case MM_EV_EXTFRAG:
	case MM_EV_KCOMPACTD_WAKE:
	case MM_EV_KCOMPACTD_SLEEP:
	case MM_EV_DIRECT_COMPACT:
		if (s->compactor)
			compactor_note(s, ev, a, b);
		break;
	case MM_EV_KSWAPD_WAKE:
	case MM_EV_ALLOC_FAIL:
	case MM_EV_OOM_KILL:
	case NR_MM_EVENTS:
		break;
	}
	e.time_ns = cycles_to_ns(s->now, s->tick_hz);
	eventlog_add(&s->log, &e);
	/* While mm boots there is no kswapd yet. */
	if (ev == MM_EV_KSWAPD_WAKE && s->pressure)
		pressure_note(s, ev, a, b);
	else if (ev == MM_EV_KSWAPD_WAKE && s->mm)
		daemons_kswapd_woken(s, s->mm->zones[a].node);
}

static void machine_lock(struct machine *m, struct mm_lock *l)
{
	struct sim *s = container_of(m, struct sim, machine);

	locks_take(&s->locks, m, l, s->site);
}

static void machine_unlock(struct machine *m, struct mm_lock *l)
{
	struct sim *s = container_of(m, struct sim, machine);

	locks_release(&s->locks, m, l, s->site);
}

const struct machine_ops sim_machine_ops = {
	.lock = machine_lock,
	.unlock = machine_unlock,
	.note = machine_note,
	.io_sleep = io_task_sleep,
	.time_ns = io_time_ns,
};
