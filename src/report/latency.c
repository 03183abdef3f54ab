/*
 * latency.c - what operations took and where they waited: latency.tsv,
 * locks.tsv, and their parts of report.txt and summary.json.
 */
#include "report/json.h"
#include "report/view.h"

#include "base/compiler.h"
#include "base/xmalloc.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SITES_LISTED 20u /* of a lock class, by time held */
#define OPS_SHOWN    5u
#define LOCKS_SHOWN  5u

static const struct op_causes no_causes;

static void put_latency_row(FILE *to, const char *kind, const char *name,
			    const struct hist *h, const struct op_causes *c)
{
	if (!h->count)
		return;
	fprintf(to, "%s\t", kind);
	tsv_put_name(to, name);
	fprintf(to,
		"\t%" PRIu64 "\t%" PRIu64 "\t%.6g\t%" PRIu64 "\t%" PRIu64
		"\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64,
		h->count, h->min, (double)h->sum / (double)h->count,
		hist_permille(h, 500), hist_permille(h, 900),
		hist_permille(h, 990), hist_permille(h, 999), h->max);
	fprintf(to,
		"\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64
		"\n",
		c->path_cycles, c->memory_cycles, c->lock_cycles,
		c->lock_wait_cycles, c->queue_cycles);
}

void write_latency(FILE *to, const struct report_view *v)
{
	const struct metrics *m = v->metrics;

	fputs("kind\tname\tcount\tmin_cycles\tmean_cycles\tp50_cycles\t"
	      "p90_cycles\tp99_cycles\tp999_cycles\tmax_cycles\tpath_cycles\t"
	      "memory_cycles\tlock_cycles\tlock_wait_cycles\tqueue_cycles\n",
	      to);
	for (u32 op = 0; op < NR_TRACE_OPS; op++)
		put_latency_row(to, "operation", trace_op_names[op],
				&m->latency_cycles[op], &m->causes[op]);
	for (u32 p = 0; p < NR_OP_PATHS; p++)
		put_latency_row(to, "path", op_path_names[p],
				&m->latency_by_path[p], &no_causes);
	for (u32 op = 0; op < NR_TRACE_OPS; op++)
		put_latency_row(to, "remote", trace_op_names[op],
				&m->latency_remote[op], &no_causes);
	for (u32 i = 0; m->latency_by_cache && i < v->snap->nr_caches; i++) {
		const struct cache_snapshot *c = &v->snap->caches[i];

		put_latency_row(to, "cache", c->name,
				&m->latency_by_cache[c->idx], &no_causes);
	}
	put_latency_row(to, "queue", "wait_for_cpu", &m->wait_cycles,
			&no_causes);
}

/* Locks */

struct site_row {
	u32 site;
	const struct lock_site *s;
};

static int most_held(const void *a, const void *b)
{
	const struct site_row *x = a, *y = b;

	if (x->s->hold_cycles != y->s->hold_cycles)
		return x->s->hold_cycles < y->s->hold_cycles ? 1 : -1;
	return (x->site > y->site) - (x->site < y->site);
}

/* Call sites that locked @class, longest held first; owned by the caller. */
static struct site_row *holders(const struct locks *k, u32 class, u32 *nr)
{
	struct site_row *rows = xcalloc(k->nr_sites + 1, sizeof(*rows));

	*nr = 0;
	for (u32 i = 0; i < k->nr_sites; i++)
		if (k->by_site[class][i].acquired)
			rows[(*nr)++] =
				(struct site_row){i, &k->by_site[class][i]};
	qsort(rows, *nr, sizeof(*rows), most_held);
	return rows;
}

static const char *site_name(const struct report_view *v, u32 site)
{
	return site < v->trace->sites.nr ? v->trace->sites.at[site] : "?";
}

static void put_quantiles(FILE *to, const struct hist *h)
{
	fprintf(to,
		"\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64
		"\t%" PRIu64,
		h->sum, hist_permille(h, 500), hist_permille(h, 900),
		hist_permille(h, 990), hist_permille(h, 999), h->max);
}

static void put_lock(FILE *to, const struct report_view *v, u32 class)
{
	const struct lock_stats *st = &v->locks->by_class[class];
	struct site_row *rows;
	u32 nr;

	fprintf(to,
		"%s\t\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64
		"\t%" PRIu64,
		lock_class_names[class], st->acquired, st->contended,
		st->transfers, st->remote_transfers, st->own_cycles);
	put_quantiles(to, &st->wait);
	put_quantiles(to, &st->hold);
	putc('\n', to);
	rows = holders(v->locks, class, &nr);
	for (u32 i = 0; i < MIN(nr, SITES_LISTED); i++) {
		const struct lock_site *s = rows[i].s;

		fprintf(to, "%s\t", lock_class_names[class]);
		tsv_put_name(to, site_name(v, rows[i].site));
		fprintf(to,
			"\t%" PRIu64 "\t\t\t\t\t%" PRIu64 "\t\t\t\t\t\t%" PRIu64
			"\t\t\t\t\t%" PRIu64 "\n",
			s->acquired, s->wait_cycles, s->hold_cycles,
			s->max_hold_cycles);
	}
	free(rows);
}

void write_locks(FILE *to, const struct report_view *v)
{
	fputs("lock\tcall_site\tacquired\tcontended\ttransfers\t"
	      "remote_transfers\tlocking_cycles\twait_cycles\t"
	      "wait_p50_cycles\twait_p90_cycles\twait_p99_cycles\t"
	      "wait_p999_cycles\twait_max_cycles\thold_cycles\t"
	      "hold_p50_cycles\thold_p90_cycles\thold_p99_cycles\t"
	      "hold_p999_cycles\thold_max_cycles\n",
	      to);
	for (u32 c = 0; v->locks && c < NR_LOCK_CLASSES; c++)
		if (v->locks->by_class[c].acquired)
			put_lock(to, v, c);
}

/* summary.json */

static void json_hist(struct json *j, const char *name, const struct hist *h)
{
	if (!h->count)
		return;
	json_object(j, name);
	json_u64(j, "count", h->count);
	json_u64(j, "sum_cycles", h->sum);
	json_quantiles(j, h);
	json_end(j);
}

static void json_locks(struct json *j, const struct report_view *v)
{
	json_object(j, "locks");
	for (u32 c = 0; v->locks && c < NR_LOCK_CLASSES; c++) {
		const struct lock_stats *st = &v->locks->by_class[c];

		if (!st->acquired)
			continue;
		json_object(j, lock_class_names[c]);
		json_u64(j, "acquired_count", st->acquired);
		json_u64(j, "contended_count", st->contended);
		json_u64(j, "transfers_count", st->transfers);
		json_u64(j, "remote_transfers_count", st->remote_transfers);
		json_u64(j, "locking_cycles", st->own_cycles);
		json_hist(j, "wait", &st->wait);
		json_hist(j, "hold", &st->hold);
		json_end(j);
	}
	json_end(j);
}

void json_times(struct json *j, const struct report_view *v)
{
	const struct metrics *m = v->metrics;

	json_object(j, "latency_causes");
	for (u32 op = 0; op < NR_TRACE_OPS; op++) {
		const struct op_causes *c = &m->causes[op];

		if (!m->latency_cycles[op].count)
			continue;
		json_object(j, trace_op_names[op]);
		json_u64(j, "path_cycles", c->path_cycles);
		json_u64(j, "memory_cycles", c->memory_cycles);
		json_u64(j, "lock_cycles", c->lock_cycles);
		json_u64(j, "lock_wait_cycles", c->lock_wait_cycles);
		json_u64(j, "queue_cycles", c->queue_cycles);
		json_end(j);
	}
	json_end(j);
	json_object(j, "latency_by_path");
	for (u32 p = 0; p < NR_OP_PATHS; p++)
		json_hist(j, op_path_names[p], &m->latency_by_path[p]);
	json_end(j);
	if (m->latency_by_cache) { /* there is a cost model */
		json_object(j, "latency_remote");
		for (u32 op = 0; op < NR_TRACE_OPS; op++)
			json_hist(j, trace_op_names[op],
				  &m->latency_remote[op]);
		json_end(j);
	}
	json_locks(j, v);
}

/* report.txt */

/* Thousandths of @whole. */
static u32 permille(u64 part, u64 whole)
{
	return whole ? (u32)((double)part * 1000 / (double)whole + 0.5) : 0;
}

static void put_share(FILE *to, u64 part, u64 whole)
{
	u32 share = permille(part, whole);

	fprintf(to, " %4u.%u", share / 10, share % 10);
}

/* The operations that took the most cycles, most first. */
static u32 busiest(const struct metrics *m, u32 out[NR_TRACE_OPS])
{
	u32 nr = 0;

	for (u32 op = 0; op < NR_TRACE_OPS; op++) {
		u32 at = nr;

		if (!m->latency_cycles[op].count)
			continue;
		for (; at && m->latency_cycles[out[at - 1]].sum <
				     m->latency_cycles[op].sum;
		     at--)
			out[at] = out[at - 1];
		out[at] = op;
		nr++;
	}
	return nr;
}

static void put_operations(FILE *to, const struct metrics *m)
{
	u32 ops[NR_TRACE_OPS];
	u32 nr = busiest(m, ops);

	fprintf(to,
		"\nTIME, cycles of an operation, and what they went to (%%)\n"
		"  %-16s %6s %6s %7s %8s %9s %5s %6s %6s\n",
		"operation", "mean", "p50", "p99", "p99.9", "max", "path",
		"memory", "locks");
	for (u32 i = 0; i < MIN(nr, OPS_SHOWN); i++) {
		const struct hist *h = &m->latency_cycles[ops[i]];
		const struct op_causes *c = &m->causes[ops[i]];

		fprintf(to,
			"  %-16s %6" PRIu64 " %6" PRIu64 " %7" PRIu64
			" %8" PRIu64 " %9" PRIu64,
			trace_op_names[ops[i]], h->sum / h->count,
			hist_permille(h, 500), hist_permille(h, 990),
			hist_permille(h, 999), h->max);
		put_share(to, c->path_cycles, h->sum);
		put_share(to, c->memory_cycles, h->sum);
		put_share(to, c->lock_cycles + c->lock_wait_cycles, h->sum);
		putc('\n', to);
	}
}

static void put_locks_text(FILE *to, const struct report_view *v)
{
	bool shown[NR_LOCK_CLASSES] = {0};

	for (u32 i = 0; i < LOCKS_SHOWN; i++) {
		const struct lock_stats *st = NULL;
		u32 best = 0;

		for (u32 c = 0; c < NR_LOCK_CLASSES; c++) {
			const struct lock_stats *o = &v->locks->by_class[c];

			if (shown[c] || !o->acquired ||
			    (st && o->wait.sum + o->hold.sum <=
					   st->wait.sum + st->hold.sum))
				continue;
			st = o;
			best = c;
		}
		if (!st)
			return;
		shown[best] = true;
		if (!i)
			fprintf(to,
				"\nLOCKS, cycles\n  %-16s %9s %7s %12s %9s "
				"%8s %8s\n",
				"lock", "acquired", "wait %", "waited",
				"wait p99", "hold p50", "hold p99");
		fprintf(to, "  %-16s %9" PRIu64 " ", lock_class_names[best],
			st->acquired);
		put_share(to, st->contended, st->acquired);
		fprintf(to,
			" %12" PRIu64 " %9" PRIu64 " %8" PRIu64 " %8" PRIu64
			"\n",
			st->wait.sum, hist_permille(&st->wait, 990),
			hist_permille(&st->hold, 500),
			hist_permille(&st->hold, 990));
	}
}

void put_times(FILE *to, const struct report_view *v)
{
	if (!v->metrics->busy_cycles)
		return;
	put_operations(to, v->metrics);
	if (v->locks)
		put_locks_text(to, v);
}
