/*
 * run_view.c - a report's view of a live simulation: report.h for sim/.
 */
#include "report/report.h"
#include "report/view.h"

#include "base/xmalloc.h"

#include <stdlib.h>

struct live_view {
	struct report_view view;
	struct mm_snapshot *snap;
	char *yaml;
};

static struct live_view view_open(struct sim *s)
{
	struct live_view l = {
		.view = {.config = sim_config(s),
			 .metrics = sim_metrics(s),
			 .trace = sim_trace_info(s),
			 .log = sim_events(s),
			 .locks = sim_locks(s),
			 .cpucache = sim_cpucache(s),
			 .time_ns = sim_time_ns(s),
			 .partial = sim_was_partial(s)},
	};

	l.snap = mm_inspect(sim_mm(s));
	l.yaml = config_write(l.view.config);
	l.view.snap = l.snap;
	l.view.config_yaml = l.yaml;
	mm_gauge(sim_mm(s), &l.view.gauges);
	return l;
}

static void view_close(struct live_view *l)
{
	mm_snapshot_free(l->snap);
	free(l->yaml);
}

int report_snapshot(struct report *r, const char *label, struct sim *s,
		    struct err *e)
{
	struct live_view l = view_open(s);
	int rc;

	l.view.label = label;
	l.view.mm = sim_from_state(s) ? sim_mm(s) : NULL;
	rc = report_snapshot_view(r, label, &l.view, e);

	view_close(&l);
	return rc;
}

int report_write(struct report *r, struct sim *s, struct err *e)
{
	struct live_view l = view_open(s);
	int rc = report_write_view(r, &l.view, e);

	view_close(&l);
	return rc;
}

char *report_text(struct sim *s)
{
	struct live_view l = view_open(s);
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		text = xstrdup("");
	else {
		write_text(to, &l.view);
		fclose(to);
	}
	view_close(&l);
	return text ? text : xstrdup("");
}
