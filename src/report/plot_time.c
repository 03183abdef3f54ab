/*
 * plot_time.c - data of the charts latency (quantiles by operation) and numa
 * (local and remote over time).
 */
#include "report/plotdata.h"
#include "report/table.h"

#include "base/compiler.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define OPS_DRAWN 7u /* as many line styles as style.gp has */
#define NR_POINTS 5u

struct op_row {
	const char *name;
	u64 values[NR_POINTS];
};

static bool load_op(const struct table *t, u64 row, const u32 *cols,
		    struct op_row *o, struct err *e)
{
	o->name = table_text(t, row, cols[1]);
	for (u32 i = 0; i < NR_POINTS; i++)
		if (table_u64(t, row, cols[2 + i], &o->values[i], e))
			return false;
	return true;
}

static void put_quantiles(FILE *data, const struct op_row *ops, u32 nr)
{
	static const char *const labels[NR_POINTS] = {"half", "90 %", "99 %",
						      "99.9 %", "all"};

	fputs("quantile", data);
	for (u32 i = 0; i < nr; i++) {
		putc('\t', data);
		plot_put_name(data, ops[i].name);
	}
	for (u32 k = 0; k < NR_POINTS; k++) {
		fprintf(data, "\n%s", labels[k]);
		for (u32 i = 0; i < nr; i++)
			fprintf(data, "\t%" PRIu64, ops[i].values[k]);
	}
	putc('\n', data);
}

s64 make_latency(const char *dir, FILE *data, FILE *head, struct err *e)
{
	static const char *const names[2 + NR_POINTS] = {
		"kind",	      "name",	     "p50_cycles", "p90_cycles",
		"p99_cycles", "p999_cycles", "max_cycles"};
	struct op_row ops[OPS_DRAWN];
	struct err unused = {0};
	u32 cols[ARRAY_SIZE(names)];
	struct table t;
	u32 nr = 0;
	s64 rc = table_load(&t, dir, "latency.tsv", e);

	/* Runs of before had no kinds: nothing to draw. */
	for (u32 i = 0; i < ARRAY_SIZE(names) && !rc; i++) {
		int col = table_column(&t, names[i], &unused);

		if (col < 0)
			goto out;
		cols[i] = (u32)col;
	}
	for (u64 r = 0; !rc && r < t.nr_rows && nr < OPS_DRAWN; r++) {
		if (strcmp(table_text(&t, r, cols[0]), "operation"))
			continue;
		if (!load_op(&t, r, cols, &ops[nr], e))
			rc = e->code ? e->code : -EINVAL;
		/* What costs nothing has no place on this scale. */
		else if (ops[nr].values[0])
			nr++;
	}
	if (!rc && nr) {
		put_quantiles(data, ops, nr);
		fprintf(head, "nr_ops = %u\n", nr);
		rc = NR_POINTS;
	}
out:
	table_free(&t);
	return rc;
}

/* The growth of each count from row to row. */
static s64 put_numa(const struct table *t, const u32 *cols, FILE *data,
		    struct err *e)
{
	u64 was[4] = {0}, now[4];

	fputs("time_s\tlocal\tother\tremote_frees\n", data);
	for (u64 r = 0; r < t->nr_rows; r++) {
		for (u32 i = 0; i < 4; i++)
			if (table_u64(t, r, cols[i], &now[i], e))
				return -EINVAL;
		if (r)
			fprintf(data,
				"%.9g\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n",
				(double)now[0] / 1e9, now[1] - was[1],
				now[2] - was[2], now[3] - was[3]);
		memcpy(was, now, sizeof(was));
	}
	/* On one node nothing is remote. */
	return now[2] + now[3] ? (s64)t->nr_rows - 1 : 0;
}

s64 make_numa(const char *dir, FILE *data, FILE *head, struct err *e)
{
	static const char *const names[] = {"time_ns", "numa_local_blocks",
					    "numa_other_blocks",
					    "remote_frees"};
	struct err unused = {0};
	u32 cols[ARRAY_SIZE(names)];
	struct table t;
	s64 rc = table_load(&t, dir, "series.tsv", e);

	(void)head;
	for (u32 i = 0; i < ARRAY_SIZE(names) && !rc; i++) {
		int col = table_column(&t, names[i], &unused);

		if (col < 0)
			goto out;
		cols[i] = (u32)col;
	}
	if (!rc && t.nr_rows > 2)
		rc = put_numa(&t, cols, data, e);
out:
	table_free(&t);
	return rc;
}
