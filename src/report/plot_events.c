/*
 * plot_events.c - charts of single events: fallbacks to another migrate type
 * (extfrag), and how long direct reclaim held requests up (stalls).
 */
#include "report/plotdata.h"
#include "report/table.h"

#include "mm/inspect.h"

#include "base/compiler.h"
#include "base/xmalloc.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S 1e9
#define BINS	 80u

/* What a fallback does to the block that it takes from. */
enum fallback {
	INTO_MOVABLE,  /* what stays comes to where all can move */
	MOVABLE_ASIDE, /* what can move comes to where things stay */
	AMONG_STAYING, /* reclaimable and unmovable mix */
	NR_FALLBACKS
};

/* @packed: types above the orders, as MM_EV_EXTFRAG has them. */
static enum fallback fallback_of(u64 packed)
{
	u32 wanted = packed >> 16 & 0xff, from = packed >> 24 & 0xff;

	if (wanted == MIGRATE_MOVABLE)
		return MOVABLE_ASIDE;
	return from == MIGRATE_MOVABLE ? INTO_MOVABLE : AMONG_STAYING;
}

static u64 last_time(const struct table *t, u32 column, struct err *e)
{
	u64 ns = 0;

	if (!t->nr_rows || table_u64(t, t->nr_rows - 1, column, &ns, e))
		return 0;
	return ns;
}

/* From the first to the last row of series.tsv. */
static int time_span(const char *dir, u64 *from_ns, u64 *to_ns, struct err *e)
{
	struct table t;
	int rc = table_load(&t, dir, "series.tsv", e);
	int c = rc ? rc : table_column(&t, "time_ns", e);

	rc = MIN(c, 0);
	*from_ns = *to_ns = 0;
	if (!rc && t.nr_rows) {
		rc = table_u64(&t, 0, (u32)c, from_ns, e);
		*to_ns = last_time(&t, (u32)c, e);
	}
	table_free(&t);
	return rc;
}

static s64 count_fallbacks(const struct table *t, const u32 columns[3],
			   u64 from_ns, u64 to_ns, u64 bins[BINS][NR_FALLBACKS],
			   struct err *e)
{
	u64 span = to_ns - from_ns + 1;
	s64 nr = 0;

	for (u64 r = 0; r < t->nr_rows; r++) {
		u64 ns, packed;

		if (strcmp(table_text(t, r, columns[1]), "extfrag"))
			continue;
		if (table_u64(t, r, columns[0], &ns, e) ||
		    table_u64(t, r, columns[2], &packed, e))
			return -1;
		if (ns < from_ns || ns > to_ns)
			continue;
		bins[(ns - from_ns) * BINS / span][fallback_of(packed)]++;
		nr++;
	}
	return nr;
}

s64 make_extfrag(const char *dir, FILE *data, FILE *head, struct err *e)
{
	static const char *const names[] = {"time_ns", "event", "b"};
	u64 bins[BINS][NR_FALLBACKS] = {{0}};
	u64 from_ns, to_ns;
	u32 columns[ARRAY_SIZE(names)];
	struct table t;
	s64 rows;

	if (!plot_has_table(dir, "events.tsv"))
		return 0;
	rows = time_span(dir, &from_ns, &to_ns, e);
	if (rows || to_ns <= from_ns)
		return rows;
	rows = table_load(&t, dir, "events.tsv", e);
	rows = rows ? rows
		    : table_columns(&t, names, ARRAY_SIZE(names), columns, e);
	rows = rows ? rows
		    : count_fallbacks(&t, columns, from_ns, to_ns, bins, e);
	table_free(&t);
	if (rows <= 0)
		return rows;
	fputs("time\tinto_movable\tplus_aside\tplus_among\n", data);
	for (u32 b = 0; b < BINS; b++) {
		u64 sum = 0;

		fprintf(data, "%.9g",
			((double)from_ns +
			 (double)(to_ns - from_ns) * ((double)b + 0.5) / BINS) /
				NS_PER_S);
		for (u32 k = 0; k < NR_FALLBACKS; k++) {
			sum += bins[b][k];
			fprintf(data, "\t%" PRIu64, sum);
		}
		fputc('\n', data);
	}
	fprintf(head, "bin_ms = %.3g\nevents = %" PRId64 "\n",
		(double)(to_ns - from_ns) / BINS / 1e6, rows);
	return rows;
}

static int by_size(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Quantiles of the @nr times, which are sorted for it. */
static void put_quantiles(FILE *head, u64 *ns, u64 nr)
{
	qsort(ns, nr, sizeof(*ns), by_size);
	fprintf(head,
		"stalls = %" PRIu64 "\np50 = %.6g\np99 = %.6g\nmost = %.6g\n",
		nr, (double)ns[(nr - 1) / 2] / 1e3,
		(double)ns[(nr - 1) * 99 / 100] / 1e3,
		(double)ns[nr - 1] / 1e3);
}

/* Direct reclaims: when, and how long in us. */
s64 make_stalls(const char *dir, FILE *data, FILE *head, struct err *e)
{
	static const char *const names[] = {"who", "wake_ns", "sleep_ns"};
	u32 columns[ARRAY_SIZE(names)];
	struct table t;
	u64 *took = NULL;
	u64 from_ns, to_ns;
	s64 nr = 0;
	int rc;

	if (!plot_has_table(dir, "reclaim.tsv"))
		return 0;
	rc = time_span(dir, &from_ns, &to_ns, e);
	if (rc || to_ns <= from_ns)
		return rc;
	rc = table_load(&t, dir, "reclaim.tsv", e);
	rc = rc ? rc : table_columns(&t, names, ARRAY_SIZE(names), columns, e);
	if (!rc)
		took = xcalloc(t.nr_rows + 1, sizeof(*took));
	fputs("time\tus\n", data);
	for (u64 r = 0; !rc && r < t.nr_rows; r++) {
		u64 from, to;

		if (strcmp(table_text(&t, r, columns[0]), "direct"))
			continue;
		rc = table_u64(&t, r, columns[1], &from, e);
		rc = rc ? rc : table_u64(&t, r, columns[2], &to, e);
		if (rc || to <= from)
			continue;
		took[nr++] = to - from;
		fprintf(data, "%.9g\t%.6g\n", (double)from / NS_PER_S,
			(double)(to - from) / 1e3);
	}
	if (!rc && nr) {
		put_quantiles(head, took, (u64)nr);
		fprintf(head, "time_from = %.9g\ntime_to = %.9g\n",
			(double)from_ns / NS_PER_S, (double)to_ns / NS_PER_S);
	}
	free(took);
	table_free(&t);
	return rc ? rc : nr;
}
