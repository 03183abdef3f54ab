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

#define OPS_DRAWN    8u /* as many line styles as style.gp has */
#define NR_POINTS    5u
#define NR_CAUSES    4u
#define NUMA_COLUMNS 6u

struct op_row {
	const char *name;
	u64 values[NR_POINTS];
	u64 cycles; /* of all of them */
};

static bool load_op(const struct table *t, u64 row, const u32 *cols,
		    struct op_row *o, struct err *e)
{
	o->name = table_text(t, row, cols[1]);
	for (u32 i = 0; i < NR_POINTS; i++)
		if (table_u64(t, row, cols[2 + i], &o->values[i], e))
			return false;
	o->cycles = 0;
	for (u32 i = 0; i < NR_CAUSES; i++) {
		u64 v;

		if (table_u64(t, row, cols[2 + NR_POINTS + i], &v, e))
			return false;
		o->cycles += v;
	}
	return true;
}

/* Where there are too many operations the one that took least goes. */
static u32 keep_busiest(struct op_row *ops, u32 nr)
{
	u32 least = 0;

	if (nr <= OPS_DRAWN)
		return nr;
	for (u32 i = 1; i < nr; i++)
		if (ops[i].cycles < ops[least].cycles)
			least = i;
	memmove(&ops[least], &ops[least + 1], (nr - 1 - least) * sizeof(*ops));
	return nr - 1;
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
	static const char *const names[2 + NR_POINTS + NR_CAUSES] = {
		"kind",
		"name",
		"p50_cycles",
		"p90_cycles",
		"p99_cycles",
		"p999_cycles",
		"max_cycles",
		"path_cycles",
		"memory_cycles",
		"lock_cycles",
		"lock_wait_cycles"};
	struct op_row ops[OPS_DRAWN + 1];
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
	for (u64 r = 0; !rc && r < t.nr_rows; r++) {
		if (strcmp(table_text(&t, r, cols[0]), "operation"))
			continue;
		if (!load_op(&t, r, cols, &ops[nr], e))
			rc = e->code ? e->code : -EINVAL;
		/* What costs nothing has no place on this scale. */
		else if (ops[nr].values[0])
			nr = keep_busiest(ops, nr + 1);
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
static s64 put_numa(const struct table *t, const u32 *cols, u32 nr, FILE *data,
		    struct err *e)
{
	u64 was[NUMA_COLUMNS] = {0}, now[NUMA_COLUMNS] = {0};

	fputs("time_s\tlocal\tother\tremote_frees\tlocal_lines\t"
	      "remote_lines\n",
	      data);
	for (u64 r = 0; r < t->nr_rows; r++) {
		for (u32 i = 0; i < nr; i++)
			if (table_u64(t, r, cols[i], &now[i], e))
				return -EINVAL;
		if (r) {
			fprintf(data, "%.9g", (double)now[0] / 1e9);
			for (u32 i = 1; i < NUMA_COLUMNS; i++)
				fprintf(data, "\t%" PRIu64, now[i] - was[i]);
			putc('\n', data);
		}
		memcpy(was, now, sizeof(was));
	}
	/* On one node nothing is remote. */
	return now[2] + now[3] + now[5] ? (s64)t->nr_rows - 1 : 0;
}

s64 make_numa(const char *dir, FILE *data, FILE *head, struct err *e)
{
	static const char *const names[NUMA_COLUMNS] = {
		"time_ns",	"numa_local_blocks",  "numa_other_blocks",
		"remote_frees", "memory_local_lines", "memory_remote_lines"};
	struct err unused = {0};
	u32 cols[NUMA_COLUMNS];
	u32 nr;
	struct table t;
	s64 rc = table_load(&t, dir, "series.tsv", e);

	for (nr = 0; nr < NUMA_COLUMNS && !rc; nr++) {
		int col = table_column(&t, names[nr], &unused);

		if (col < 0)
			break;
		cols[nr] = (u32)col;
	}
	/* The last two are there with model full only. */
	fprintf(head, "lines = %d\n", nr == NUMA_COLUMNS);
	if (!rc && nr >= NUMA_COLUMNS - 2 && t.nr_rows > 2)
		rc = put_numa(&t, cols, nr, data, e);
	table_free(&t);
	return rc;
}
