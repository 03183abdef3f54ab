/*
 * phase.c - when in a second the recorded CPUs did their vmstat work.
 *
 * Once a second, all CPUs at the same time but for some milliseconds, a kworker
 * folds the counters of its CPU and gives pages of other nodes back that lie
 * unused on its lists.  The kernel rounds its timer to whole seconds of
 * jiffies; which these are by the recording's clock depends on how the machine
 * booted.  A list of another node that a kworker begins to drain, not having
 * freed a page just before, is that work.  It comes late when the CPU was busy
 * or asleep, never early: so the phase is the beginning of the 50 ms of the
 * second in which most of them lie.
 */
#include "trace/importer.h"

#include <string.h>

#define SECOND_NS   ((u64)1000000000)
#define WINDOW_NS   ((u64)50000000)
#define LOOKS_MAX   1024u /* enough to know */
#define NS_PER_USEC 1000u

/* The page is of another node than @cpu. */
static bool is_remote(const struct trace_memory *m, u32 cpu, u64 pfn)
{
	if (!m || cpu >= m->nr_cpus)
		return false;
	for (u32 i = 0; i < m->nr_ranges; i++)
		if (pfn >= m->ranges[i].start_pfn && pfn < m->ranges[i].end_pfn)
			return m->ranges[i].nid != m->cpu_to_node[cpu];
	return false;
}

void import_drain(struct importer *im, const struct raw_event *ev)
{
	const char *task = im->info->tasks.at[ev->task];
	const struct import_last_event *last = &im->last_event[ev->cpu];

	if (strncmp(task, "kworker/", 8) != 0 || im->looks.nr >= LOOKS_MAX ||
	    !is_remote(im->memory, ev->cpu, ev->ptr))
		return;
	if (last->pid == ev->pid &&
	    (last->type == RAW_PCPU_DRAIN || last->type == RAW_PAGE_FREE))
		return;
	*VEC_PUSH(&im->looks) = (ev->time_ns - im->first_ns) % SECOND_NS;
}

/* How many looks come within the window after @phase, seconds apart. */
static u32 nr_after(const struct importer *im, u64 phase)
{
	u32 nr = 0;

	for (size_t k = 0; k < im->looks.nr; k++)
		nr += (im->looks.at[k] + SECOND_NS - phase) % SECOND_NS <
		      WINDOW_NS;
	return nr;
}

void import_phase(struct importer *im)
{
	u64 best = 0;
	u32 most = 0;

	for (size_t k = 0; k < im->looks.nr; k++) {
		u32 nr = nr_after(im, im->looks.at[k]);

		if (nr > most) {
			most = nr;
			best = im->looks.at[k];
		}
	}
	if (!most)
		return;
	im->counts->vmstat_phase_us = best / NS_PER_USEC;
	if (!im->counts->vmstat_phase_us)
		im->counts->vmstat_phase_us = SECOND_NS / NS_PER_USEC;
}
