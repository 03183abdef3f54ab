/*
 * reclaim_sum.c - what memory pressure cost in all: the sums of reclaim.tsv
 * and of counters, for summary.json and report.txt.
 */
#include "report/json.h"
#include "report/view.h"

#include "base/compiler.h"
#include "base/xmalloc.h"

#include <stdlib.h>

static int by_size(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void add_run(struct reclaim_sums *s, const struct reclaim_run *r,
		    u64 *stalls)
{
	switch ((enum reclaim_who)r->who) {
	case RECLAIM_KSWAPD:
		s->kswapd_runs++;
		s->kswapd_cycles += r->cycles;
		break;
	case RECLAIM_DIRECT:
		s->direct_cycles += r->cycles;
		s->direct_ns += r->sleep_ns - r->wake_ns;
		stalls[s->stalls++] = r->sleep_ns - r->wake_ns;
		break;
	case RECLAIM_OOM:
	case NR_RECLAIM_WHOS:
		break;
	}
}

struct reclaim_sums reclaim_sums(const struct metrics *m)
{
	struct reclaim_sums s = {0};
	u64 *stalls = xcalloc((size_t)m->reclaim_runs.nr + 1, sizeof(*stalls));

	for (u32 i = 0; i < m->reclaim_runs.nr; i++)
		add_run(&s, &m->reclaim_runs.at[i], stalls);
	qsort(stalls, s.stalls, sizeof(*stalls), by_size);
	if (s.stalls) {
		s.stall_p50_ns = stalls[(s.stalls - 1) / 2];
		s.stall_p99_ns = stalls[(s.stalls - 1) * 99 / 100];
		s.stall_most_ns = stalls[s.stalls - 1];
	}
	free(stalls);
	return s;
}

void put_reclaim_json(struct json *j, const struct report_view *v)
{
	static const struct {
		const char *key;
		enum vm_event ev;
	} counted[] = {
		{"kswapd_scanned_pages", VM_EV_PGSCAN_KSWAPD},
		{"kswapd_reclaimed_pages", VM_EV_PGSTEAL_KSWAPD},
		{"direct_scanned_pages", VM_EV_PGSCAN_DIRECT},
		{"direct_reclaimed_pages", VM_EV_PGSTEAL_DIRECT},
		{"refaulted_file_pages", VM_EV_WORKINGSET_REFAULT_FILE},
		{"refaulted_anon_pages", VM_EV_WORKINGSET_REFAULT_ANON},
		{"swapped_out_pages", VM_EV_PSWPOUT},
		{"swapped_in_pages", VM_EV_PSWPIN},
		{"written_pages", VM_EV_NR_WRITTEN},
		{"migrated_pages", VM_EV_PGMIGRATE_SUCCESS},
		{"compaction_stalls_count", VM_EV_COMPACT_STALL},
		{"oom_kills_count", VM_EV_OOM_KILL},
	};
	const struct metrics *m = v->metrics;
	const struct reclaim_sums s = reclaim_sums(m);

	if (!v->config->mm.reclaim)
		return;
	json_object(j, "reclaim");
	json_u64(j, "kswapd_wakes_count", s.kswapd_runs);
	json_u64(j, "kswapd_cycles", s.kswapd_cycles);
	json_u64(j, "direct_count", s.stalls);
	json_u64(j, "direct_cycles", s.direct_cycles);
	json_u64(j, "direct_ns", s.direct_ns);
	json_u64(j, "direct_p50_ns", s.stall_p50_ns);
	json_u64(j, "direct_p99_ns", s.stall_p99_ns);
	json_u64(j, "direct_most_ns", s.stall_most_ns);
	for (u32 i = 0; i < ARRAY_SIZE(counted); i++)
		json_u64(j, counted[i].key, v->snap->vm_events[counted[i].ev]);
	json_u64(j, "taken_from_trace_pages", m->reclaimed_pages);
	json_u64(j, "oom_killed_pages", m->oom_pages);
	json_u64(j, "waits_count", m->io_sleeps);
	json_u64(j, "waits_ns", m->io_sleep_ns);
	json_end(j);
}
