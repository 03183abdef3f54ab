/*
 * The WRITEBACK part of report.txt: what became of dirty pages, who waited, and
 * what the devices did.
 */
#include "report/view.h"

#include <inttypes.h>

static const char *const work_names[NR_FLUSHER_WORKS] = {
	[FLUSH_ALL] = "as reclaim met dirty pages only",
	[FLUSH_OLD] = "pages that had been dirty for long",
	[FLUSH_BACKGROUND] = "above the background threshold",
};

static double ms(u64 ns)
{
	return (double)ns / 1e6;
}

static void put_flusher(FILE *to, const struct report_view *v)
{
	const struct writeback_usage *u = &v->metrics->writeback;
	const u64 *ev = v->snap->vm_events;

	fprintf(to,
		"  pages got dirty %12" PRIu64 ", were written %12" PRIu64
		"\n  thresholds      %12" PRIu64 " (flusher) and %" PRIu64
		" pages (writers)\n",
		ev[VM_EV_NR_DIRTIED], ev[VM_EV_NR_WRITTEN],
		v->snap->dirty_background_thresh, v->snap->dirty_thresh);
	for (u32 w = 0; w < NR_FLUSHER_WORKS; w++)
		if (work_names[w] && u->runs[w])
			fprintf(to,
				"  flusher wrote   %12" PRIu64
				" pages in %" PRIu64 " runs: %s\n",
				u->pages[w], u->runs[w], work_names[w]);
	if (ev[VM_EV_NR_VMSCAN_WRITE])
		fprintf(to, "  reclaim wrote   %12" PRIu64 " pages\n",
			ev[VM_EV_NR_VMSCAN_WRITE]);
	if (u->pauses)
		fprintf(to, "  writers paused  %12" PRIu64 " times, %.6g ms\n",
			u->pauses, ms(u->pause_ns));
}

static void put_swap(FILE *to, const struct report_view *v)
{
	const struct mm_snapshot *s = v->snap;

	if (!s->swap_pages)
		return;
	fprintf(to,
		"  swap            %12" PRIu64 " pages out, %" PRIu64
		" in, %" PRIu64 " of %" PRIu64 " in use\n",
		s->vm_events[VM_EV_PSWPOUT], s->vm_events[VM_EV_PSWPIN],
		s->swap_pages - s->swap_free_pages, s->swap_pages);
}

static void put_device(FILE *to, const char *name, const struct device_usage *u,
		       u64 span_ns)
{
	static const char *const ways[] = {"reads", "writes"};

	for (u32 w = 0; w < 2; w++) {
		if (!u->requests[w])
			continue;
		fprintf(to,
			"  %-15s %12" PRIu64 " %s of %.4g KiB, %.4g ms each, "
			"at most %u in line; busy %.1f %%\n",
			name, u->requests[w], ways[w],
			4.0 * (double)u->pages[w] / (double)u->requests[w],
			ms(u->latency_ns[w]) / (double)u->requests[w],
			u->most[w],
			span_ns ? MIN(100.0, 100.0 * (double)u->busy_ns[w] /
						     (double)span_ns)
				: 0.0);
	}
}

void put_writeback(FILE *to, const struct report_view *v)
{
	const struct metrics *m = v->metrics;
	const u64 *ev = v->snap->vm_events;
	bool any = ev[VM_EV_NR_DIRTIED] || ev[VM_EV_PSWPOUT];

	for (u32 i = 0; i < v->config->nr_devices; i++)
		any = any || m->devices[i].requests[0] ||
		      m->devices[i].requests[1];
	if (!any)
		return;
	fputs("\nWRITEBACK\n", to);
	put_flusher(to, v);
	put_swap(to, v);
	for (u32 i = 0; i < v->config->nr_devices; i++)
		put_device(to, v->config->devices[i].name, &m->devices[i],
			   m->end_ns - m->start_ns);
	if (m->io_sleeps)
		fprintf(to,
			"  operations waited in their midst %" PRIu64
			" times, %.6g ms\n",
			m->io_sleeps, ms(m->io_sleep_ns));
}
