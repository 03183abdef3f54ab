/*
 * plot_caches.c - data of the charts collisions (set x kmem_cache) and misses
 * (classes by kmem_cache), of runs with sim.model: full.
 */
#include "report/plotdata.h"
#include "report/table.h"

#include "base/compiler.h"
#include "base/xmalloc.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define CACHES_DRAWN 12u
#define SETS_DRAWN   256u /* columns; more sets share them */
#define CACHES_KNOWN 65536u
#define NR_CLASSES   4u

/* A kmem_cache: its rows in the table, and what it is ranked by. */
struct ranked {
	const char *name; /* into the table */
	u64 first;
	u64 nr;
	u64 sum;
};

static int by_sum(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->sum != y->sum)
		return x->sum < y->sum ? 1 : -1;
	return strcmp(x->name, y->name);
}

/* Runs without the model, or older than the file, have nothing to draw. */
static int load(struct table *t, const char *dir, const char *name,
		struct err *e)
{
	int rc = table_load(t, dir, name, e);

	if (rc != -ENOENT)
		return rc;
	*e = (struct err){0};
	return 0;
}

/*
 * Groups rows by the first column and ranks the groups by the sum of
 * @column, or by their first row.  Return: how many, or negative.
 */
static s64 rank_rows(const struct table *t, u32 column, bool first_only,
		     struct ranked *all, struct err *e)
{
	u32 nr = 0;

	for (u64 r = 0; r < t->nr_rows; r++) {
		const char *name = table_text(t, r, 0);
		u64 v;
		int rc = table_u64(t, r, column, &v, e);

		if (rc)
			return rc;
		if (!nr || strcmp(all[nr - 1].name, name)) {
			if (nr == CACHES_KNOWN)
				return err_set(e, -EINVAL,
					       "%s: more than %u caches",
					       t->path, CACHES_KNOWN);
			all[nr++] = (struct ranked){.name = name, .first = r};
		}
		all[nr - 1].nr++;
		if (!first_only || all[nr - 1].nr == 1)
			all[nr - 1].sum += v;
	}
	qsort(all, nr, sizeof(*all), by_sum);
	return nr;
}

/* What the margins of a chart are made for: letters of a name, a count. */
struct extent {
	size_t longest;
	u64 most;
};

static s64 put_sets(const struct table *t, const struct ranked *c, u32 row,
		    u32 column, u32 *columns, struct extent *x, FILE *data,
		    struct err *e)
{
	u64 width = (c->nr + SETS_DRAWN - 1) / SETS_DRAWN;

	*columns = MAX(*columns, (u32)((c->nr + width - 1) / width));
	x->longest = MAX(x->longest, strlen(c->name));
	for (u64 s = 0; s < c->nr; s += width) {
		u64 sum = 0;
		u64 v;

		for (u64 k = s; k < MIN(s + width, c->nr); k++) {
			int rc = table_u64(t, c->first + k, column, &v, e);

			if (rc)
				return rc;
			sum += v;
		}
		x->most = MAX(x->most, sum);
		fprintf(data, "%u\t%" PRIu64 "\t%" PRIu64 "\t", row, s, sum);
		plot_put_name(data, c->name);
		fputc('\n', data);
	}
	return 0;
}

s64 make_collisions(const char *dir, FILE *data, FILE *head, struct err *e)
{
	struct ranked *all = xcalloc(CACHES_KNOWN, sizeof(*all));
	struct table t = {0};
	s64 rc = load(&t, dir, "colors.tsv", e);
	u32 rows = 0, columns = 0;
	struct extent x = {0};
	s64 nr = 0;
	int column = -1;

	if (!rc && t.nr_rows)
		rc = column = table_column(&t, "collisions", e);
	if (rc >= 0 && t.nr_rows)
		rc = nr = rank_rows(&t, (u32)column, false, all, e);
	fputs("row\tset\tcollisions\tname\n", data);
	for (s64 i = 0; rc >= 0 && i < MIN(nr, (s64)CACHES_DRAWN); i++)
		if (all[i].sum)
			rc = put_sets(&t, &all[i], rows++, (u32)column,
				      &columns, &x, data, e);
	fprintf(head,
		"rows = %u\nsets = %" PRIu64 "\nlongest = %zu\nmost = %" PRIu64
		"\n",
		rows, nr > 0 ? all[0].nr : 1, x.longest, x.most);
	free(all);
	table_free(&t);
	return rc < 0 ? rc : rows;
}

/* Rows of the first-level cache are the first of each kmem_cache. */
s64 make_misses(const char *dir, FILE *data, FILE *head, struct err *e)
{
	static const char *const classes[NR_CLASSES] = {
		"compulsory", "capacity", "conflict", "coherence"};
	struct ranked *all = xcalloc(CACHES_KNOWN, sizeof(*all));
	struct table t = {0};
	s64 rc = load(&t, dir, "misses.tsv", e);
	int columns[NR_CLASSES] = {0};
	s64 nr = 0;
	u32 bars = 0;
	u64 explained = 0;
	size_t longest = 0;

	for (u32 k = 0; k < NR_CLASSES && rc >= 0 && t.nr_rows; k++)
		rc = columns[k] = table_column(&t, classes[k], e);
	if (rc >= 0 && t.nr_rows)
		rc = table_column(&t, "misses", e);
	if (rc >= 0 && t.nr_rows)
		rc = nr = rank_rows(&t, (u32)rc, true, all, e);
	fputs("place\tcompulsory\tcapacity\tconflict\tcoherence\tname\n", data);
	for (s64 i = 0; rc >= 0 && i < MIN(nr, (s64)CACHES_DRAWN); i++) {
		u64 at = 0;

		longest = MAX(longest, strlen(all[i].name));
		fprintf(data, "%u", bars++);
		for (u32 k = 0; k < NR_CLASSES && rc >= 0; k++) {
			u64 v = 0;

			rc = table_u64(&t, all[i].first, (u32)columns[k], &v,
				       e);
			at += v;
			fprintf(data, "\t%" PRIu64, at);
		}
		explained += at;
		fputc('\t', data);
		plot_put_name(data, strcmp(all[i].name, "-") ? all[i].name
							     : "no kmem_cache");
		fputc('\n', data);
	}
	fprintf(head, "bars = %u\nlongest = %zu\n", bars, longest);
	free(all);
	table_free(&t);
	/* Without sim.miss_classes nobody knows why. */
	return rc < 0 ? rc : explained ? bars : 0;
}
