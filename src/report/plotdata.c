#include "report/plotdata.h"
#include "report/json.h"
#include "report/table.h"

#include "base/bug.h"
#include "base/xmalloc.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ORDERS	     11u
#define NAME_COLUMNS 32u   /* of a name in a chart */
#define HEAT_COLUMNS 120u  /* time steps of the heat map */
#define POINTS_MAX   1500u /* of a line: more do not show */
#define SLAB_PANELS  6u
#define BIG_MAX	     4096u /* caches that are told apart */
#define PLACES	     8u	   /* of a sample that count */
#define CACHE_BARS   14u
#define PAGES_A_MIB  256.0

void plot_put_name(FILE *to, const char *name)
{
	for (u32 col = 0; *name && col < NAME_COLUMNS; col++) {
		u32 n = utf8_length(name);

		if (!n || (u8)*name < ' ' || strchr("\"'\\`#\x7f", *name) ||
		    (n == 2 && (u8)name[0] == 0xc2 && (u8)name[1] < 0xa0))
			fputc('_', to);
		else
			fwrite(name, 1, n, to);
		name += MAX(n, 1u);
	}
}

/* Time: in s, ms or us, so that numbers on the axis are short. */

struct time_unit {
	const char *name;
	u64 ns;
};

static struct time_unit time_unit_for(u64 span_ns)
{
	static const struct time_unit units[] = {
		{"s", 1000000000}, {"ms", 1000000}, {"us", 1000}};

	for (u32 i = 0; i < 2; i++)
		if (span_ns >= 2 * units[i].ns)
			return units[i];
	return units[2];
}

static void put_time(FILE *to, u64 ns, struct time_unit unit)
{
	fprintf(to, "%" PRIu64 ".%06" PRIu64, ns / unit.ns,
		(u64)((double)(ns % unit.ns) * 1e6 / (double)unit.ns));
}

static int row_of(const struct table *t, u64 row, const u32 *columns, u32 nr,
		  u64 *values, struct err *e)
{
	for (u32 i = 0; i < nr; i++) {
		int rc = table_u64(t, row, columns[i], &values[i], e);

		if (rc)
			return rc;
	}
	return 0;
}

/* series.tsv: time_ns and some more columns of it, as numbers. */
struct series {
	struct table t;
	u64 nr_rows; /* of values: at most about POINTS_MAX */
	u32 nr_columns;
	u64 *values; /* [nr_rows * nr_columns]; column 0 is the time */
	struct time_unit unit;
};

static void series_free(struct series *s)
{
	table_free(&s->t);
	free(s->values);
}

/* Every how manieth row is drawn; the last one always is. */
static u64 thinning(u64 nr_rows)
{
	return nr_rows / POINTS_MAX + 1;
}

static int series_load(struct series *s, const char *dir,
		       const char *const *names, u32 nr, struct err *e)
{
	u32 columns[1 + ORDERS];
	int rc;

	*s = (struct series){.nr_columns = nr};
	BUG_ON(nr > ARRAY_SIZE(columns));
	rc = table_load(&s->t, dir, "series.tsv", e);
	if (!rc)
		rc = table_columns(&s->t, names, nr, columns, e);
	if (rc)
		return rc;
	s->values = xreallocarray(NULL, s->t.nr_rows + 1, nr * sizeof(u64));
	for (u64 r = 0; r < s->t.nr_rows && !rc; r++) {
		if (r % thinning(s->t.nr_rows) && r + 1 < s->t.nr_rows)
			continue;
		rc = row_of(&s->t, r, columns, nr, &s->values[s->nr_rows * nr],
			    e);
		s->nr_rows++;
	}
	if (!rc && s->nr_rows)
		s->unit = time_unit_for(s->values[(s->nr_rows - 1) * nr]);
	return rc;
}

static const u64 *series_row(const struct series *s, u64 row)
{
	return &s->values[row * s->nr_columns];
}

/* A line over time needs two points. */
static bool series_drawable(const struct series *s)
{
	u64 n = s->nr_rows;

	return n >= 2 && series_row(s, n - 1)[0] > series_row(s, 0)[0];
}

static void put_time_unit(FILE *head, struct time_unit unit)
{
	fprintf(head, "time_unit = '%s'\n", unit.name);
}

/* What is allocated, one kind on top of the other, and what is free. */
static s64 make_memory(const char *dir, FILE *data, FILE *head, struct err *e)
{
	static const char *const names[] = {"time_ns",	  "other_pages",
					    "slab_pages", "large_kmalloc_pages",
					    "free_pages", "pcp_pages"};
	struct series s;
	s64 rc = series_load(&s, dir, names, ARRAY_SIZE(names), e);

	fputs("time\tother_mib\tplus_slab_mib\tplus_large_mib\tfree_mib\t"
	      "pcp_mib\n",
	      data);
	if (!rc && series_drawable(&s)) {
		put_time_unit(head, s.unit);
		for (u64 r = 0; r < s.nr_rows; r++) {
			const u64 *v = series_row(&s, r);
			u64 sum = 0;

			put_time(data, v[0], s.unit);
			for (u32 i = 1; i <= 3; i++) {
				sum += v[i];
				fprintf(data, "\t%.6g",
					(double)sum / PAGES_A_MIB);
			}
			fprintf(data, "\t%.6g\t%.6g\n",
				(double)v[4] / PAGES_A_MIB,
				(double)v[5] / PAGES_A_MIB);
		}
		rc = (s64)s.nr_rows;
	}
	series_free(&s);
	return rc;
}

static int series_load_orders(struct series *s, const char *dir,
			      const char *prefix, struct err *e)
{
	const char *names[1 + ORDERS] = {"time_ns"};
	char *owned[ORDERS];
	int rc;

	for (u32 o = 0; o < ORDERS; o++)
		names[1 + o] = owned[o] = xasprintf("%s%u", prefix, o);
	rc = series_load(s, dir, names, ARRAY_SIZE(names), e);
	for (u32 o = 0; o < ORDERS; o++)
		free(owned[o]);
	return rc;
}

static s64 make_free_blocks(const char *dir, FILE *data, FILE *head,
			    struct err *e)
{
	struct series s;
	s64 rc = series_load_orders(&s, dir, "free_blocks_order", e);

	fputs("time", data);
	for (u32 o = 0; o < ORDERS; o++)
		fprintf(data, "\tblocks_order%u", o);
	fputc('\n', data);
	if (!rc && series_drawable(&s)) {
		put_time_unit(head, s.unit);
		for (u64 r = 0; r < s.nr_rows; r++) {
			const u64 *v = series_row(&s, r);

			put_time(data, v[0], s.unit);
			for (u32 o = 0; o < ORDERS; o++)
				fprintf(data, "\t%" PRIu64, v[1 + o]);
			fputc('\n', data);
		}
		rc = (s64)s.nr_rows;
	}
	series_free(&s);
	return rc;
}

/* One box an order and time step: what held at the step's end. */
static s64 make_unusable(const char *dir, FILE *data, FILE *head, struct err *e)
{
	struct series s;
	s64 rc = series_load_orders(&s, dir, "unusable_permille_order", e);
	u64 r = 0;
	u64 first;
	u64 span;

	fputs("from\tto\torder\tindex\n", data);
	if (rc || !series_drawable(&s))
		goto out;
	put_time_unit(head, s.unit);
	first = series_row(&s, 0)[0];
	span = series_row(&s, s.nr_rows - 1)[0] - first;
	for (u64 k = 0; k < HEAT_COLUMNS; k++) {
		u64 from =
			first + (u64)((double)span / HEAT_COLUMNS * (double)k);
		u64 to = first +
			 (u64)((double)span / HEAT_COLUMNS * (double)(k + 1));

		while (r + 1 < s.nr_rows && series_row(&s, r + 1)[0] <= to)
			r++;
		for (u32 o = 0; o < ORDERS; o++) {
			put_time(data, from, s.unit);
			fputc('\t', data);
			put_time(data, to, s.unit);
			fprintf(data, "\t%u\t%.6g\n", o,
				(double)series_row(&s, r)[1 + o] / 1000);
		}
	}
	rc = HEAT_COLUMNS;
out:
	series_free(&s);
	return rc;
}

/* slabs.tsv: the caches that were among the biggest for longest. */

struct big_cache {
	const char *name;
	u64 idx;
	u64 score; /* its places, the biggest most, over all samples */
};

struct slab_row {
	u64 time_ns;
	u64 idx;
	u64 slabs;
	u64 full;
	u64 partial;
	u64 empty;
	const char *name;
};

static int compare_big(const void *a, const void *b)
{
	const struct big_cache *x = a;
	const struct big_cache *y = b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return x->idx < y->idx ? -1 : x->idx > y->idx;
}

static int slab_rows(const struct table *t, struct slab_row *rows,
		     struct err *e)
{
	static const char *const names[] = {"time_ns",	     "cache_idx",
					    "slabs",	     "full_slabs",
					    "partial_slabs", "empty_slabs"};
	u32 columns[ARRAY_SIZE(names)];
	int name = table_column(t, "cache", e);
	int rc = table_columns(t, names, ARRAY_SIZE(names), columns, e);

	if (name < 0 || rc)
		return name < 0 ? name : rc;
	for (u64 r = 0; r < t->nr_rows; r++) {
		u64 v[ARRAY_SIZE(names)];

		rc = row_of(t, r, columns, ARRAY_SIZE(names), v, e);
		if (rc)
			return rc;
		rows[r] = (struct slab_row){v[0],
					    v[1],
					    v[2],
					    v[3],
					    v[4],
					    v[5],
					    table_text(t, r, (u32)name)};
	}
	return 0;
}

/* An index may be another cache's later: name and index make one. */
static bool same_cache(const struct slab_row *r, const struct big_cache *p)
{
	return r->idx == p->idx && !strcmp(r->name, p->name);
}

static u32 find_big(const struct slab_row *rows, u64 nr_rows,
		    struct big_cache *big)
{
	u32 nr = 0;
	u32 place = 0;

	for (u64 r = 0; r < nr_rows; r++) {
		u32 k = 0;

		/* Of one sample the biggest stands first. */
		place = r && rows[r].time_ns == rows[r - 1].time_ns ? place + 1
								    : 0;

		while (k < nr && !same_cache(&rows[r], &big[k]))
			k++;
		if (k == BIG_MAX)
			continue;
		if (k == nr)
			big[nr++] = (struct big_cache){rows[r].name,
						       rows[r].idx, 0};
		if (rows[r].slabs && place < PLACES)
			big[k].score += PLACES - place;
	}
	qsort(big, nr, sizeof(*big), compare_big);
	return nr;
}

/* One block of lines a cache: time, sums from below, its name. */
static u32 put_slab_panels(FILE *data, const struct slab_row *rows, u64 nr,
			   struct time_unit unit)
{
	struct big_cache *big = xcalloc(BIG_MAX, sizeof(*big));
	u32 nr_caches = find_big(rows, nr, big);
	u32 panels = 0;

	for (u32 k = 0; k < nr_caches && panels < SLAB_PANELS; k++) {
		u64 points = 0;
		u64 seen = 0;

		for (u64 r = 0; r < nr; r++)
			points += same_cache(&rows[r], &big[k]);
		if (points < 2 || !big[k].score)
			continue;
		if (panels++)
			fputs("\n\n", data);
		fputs("time\tfull\tplus_partial\tplus_empty\tcache\n", data);
		for (u64 r = 0; r < nr; r++) {
			const struct slab_row *s = &rows[r];

			if (!same_cache(s, &big[k]))
				continue;
			if (seen++ % thinning(points) && seen < points)
				continue;
			put_time(data, s->time_ns, unit);
			fprintf(data,
				"\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t",
				s->full, s->full + s->partial,
				s->full + s->partial + s->empty);
			plot_put_name(data, s->name);
			fputc('\n', data);
		}
	}
	free(big);
	return panels;
}

static s64 make_slab_states(const char *dir, FILE *data, FILE *head,
			    struct err *e)
{
	struct table t;
	struct slab_row *rows = NULL;
	s64 rc = table_load(&t, dir, "slabs.tsv", e);

	if (!rc) {
		rows = xcalloc(t.nr_rows, sizeof(*rows));
		rc = slab_rows(&t, rows, e);
	}
	if (!rc && t.nr_rows && rows[t.nr_rows - 1].time_ns > rows[0].time_ns) {
		u64 last = rows[t.nr_rows - 1].time_ns;

		put_time_unit(head, time_unit_for(last));
		rc = put_slab_panels(data, rows, t.nr_rows,
				     time_unit_for(last));
		fprintf(head, "panels = %u\n", (u32)rc);
		fprintf(head, "time_from = %.6g\ntime_to = %.6g\n",
			(double)rows[0].time_ns /
				(double)time_unit_for(last).ns,
			(double)last / (double)time_unit_for(last).ns);
	}
	free(rows);
	table_free(&t);
	return rc;
}

/* Where the slab memory of the caches with most waste goes, in percent. */
static s64 make_internal(const char *dir, FILE *data, FILE *head, struct err *e)
{
	static const char *const names[] = {
		"slab_bytes", "req_bytes_live",	 "alloc_bytes_live",
		"pad_bytes",  "free_objs_bytes", "tail_bytes"};
	u32 columns[ARRAY_SIZE(names)];
	struct table t;
	s64 rc = table_load(&t, dir, "caches.tsv", e);
	int name = rc ? -1 : table_column(&t, "cache", e);
	u32 nr = 0;

	if (!rc)
		rc = table_columns(&t, names, ARRAY_SIZE(names), columns, e);
	fputs("place\tused\tplus_rounding\tplus_free\tplus_tail\tname\n", data);
	for (u64 r = 0; !rc && name >= 0 && r < t.nr_rows && nr < CACHE_BARS;
	     r++) {
		u64 v[ARRAY_SIZE(names)];
		double whole;
		u64 rounding;
		u64 at;

		rc = row_of(&t, r, columns, ARRAY_SIZE(names), v, e);
		if (rc || !v[0])
			continue;
		whole = (double)v[0] / 100;
		/* What the trace was given beyond what it asked for holds the
		 * padding too; objects of the kernel itself have padding only. */
		rounding = v[2] > v[1] ? v[2] - v[1] : 0;
		at = v[0] - MIN(v[0], v[4] + v[5]);
		rounding = MIN(MAX(rounding, v[3]), at);
		fprintf(data, "%u\t%.6g\t%.6g\t%.6g\t100\t", nr,
			(double)(at - rounding) / whole, (double)at / whole,
			(double)(at + v[4]) / whole);
		plot_put_name(data, table_text(&t, r, (u32)name));
		fprintf(data, "  %" PRIu64 " KiB\n", v[0] / 1024);
		nr++;
	}
	fprintf(head, "bars = %u\n", nr);
	table_free(&t);
	if (!rc && name < 0)
		rc = name;
	return rc ? rc : nr;
}

struct rounding {
	const char *name;
	u64 asked;
	u64 given;
};

static int compare_roundings(const void *a, const void *b)
{
	const struct rounding *x = a;
	const struct rounding *y = b;
	u64 wx = x->given - x->asked;
	u64 wy = y->given - y->asked;

	if (wx != wy)
		return wx > wy ? -1 : 1;
	return strcmp(x->name, y->name);
}

static s64 load_roundings(const struct table *t, struct rounding *all,
			  struct err *e)
{
	static const char *const names[] = {"req_bytes_total",
					    "alloc_bytes_total"};
	u32 columns[ARRAY_SIZE(names)];
	int name = table_column(t, "cache", e);
	int rc = table_columns(t, names, ARRAY_SIZE(names), columns, e);
	s64 nr = 0;

	if (name < 0 || rc)
		return name < 0 ? name : rc;
	for (u64 r = 0; r < t->nr_rows; r++) {
		u64 v[ARRAY_SIZE(names)];

		rc = row_of(t, r, columns, ARRAY_SIZE(names), v, e);
		if (rc)
			return rc;
		if (v[1] > v[0])
			all[nr++] = (struct rounding){
				table_text(t, r, (u32)name), v[0], v[1]};
	}
	return nr;
}

/* Bytes asked for against bytes given, of the caches that round most. */
static s64 make_rounding(const char *dir, FILE *data, FILE *head, struct err *e)
{
	struct table t;
	struct rounding *all = NULL;
	s64 nr = table_load(&t, dir, "caches.tsv", e);

	if (!nr) {
		all = xcalloc(t.nr_rows, sizeof(*all));
		nr = load_roundings(&t, all, e);
	}
	if (nr > 0)
		qsort(all, (size_t)nr, sizeof(*all), compare_roundings);
	nr = MIN(nr, (s64)CACHE_BARS);
	fputs("place\tasked\tplus_rounding\tname\n", data);
	for (s64 i = 0; i < nr; i++) {
		fprintf(data, "%d\t%.6g\t100\t", (int)i,
			(double)all[i].asked / (double)all[i].given * 100);
		plot_put_name(data, all[i].name);
		fprintf(data, "  %" PRIu64 " KiB lost\n",
			(all[i].given - all[i].asked + 512) / 1024);
	}
	fprintf(head, "bars = %d\n", (int)nr);
	free(all);
	table_free(&t);
	return nr;
}

static s64 make_sizes(const char *dir, FILE *data, FILE *head, struct err *e)
{
	static const char *const names[] = {"from_bytes", "allocs"};
	static const char *const suffix[] = {"", " Ki", " Mi", " Gi"};
	u32 columns[ARRAY_SIZE(names)];
	struct table t;
	s64 rc = table_load(&t, dir, "sizes.tsv", e);
	u32 nr = 0;
	u64 first = 0;
	u64 end = 0;

	if (!rc)
		rc = table_columns(&t, names, ARRAY_SIZE(names), columns, e);
	fputs("place\tallocs\tfrom\n", data);
	for (u64 r = 0; !rc && r < t.nr_rows; r++) {
		u64 v[ARRAY_SIZE(names)];

		rc = row_of(&t, r, columns, ARRAY_SIZE(names), v, e);
		if (rc || !v[1])
			continue;
		first = end ? first : r;
		end = r + 1;
	}
	for (u64 r = first; !rc && r < end; r++) {
		u64 v[ARRAY_SIZE(names)];
		u32 unit = 0;

		rc = row_of(&t, r, columns, ARRAY_SIZE(names), v, e);
		while (v[0] >= 1024 && unit + 1 < ARRAY_SIZE(suffix)) {
			v[0] /= 1024;
			unit++;
		}
		fprintf(data, "%u\t%" PRIu64 "\t%" PRIu64 "%s\n", nr++, v[1],
			v[0], suffix[unit]);
	}
	fprintf(head, "bars = %u\n", nr);
	table_free(&t);
	return rc ? rc : nr;
}

/* Several runs */

/* The last part of a path, or as much of it as tells runs apart. */
static const char *run_name(const char *dir)
{
	size_t n = strlen(dir);

	while (n > 1 && dir[n - 1] == '/')
		n--;
	while (n && dir[n - 1] != '/')
		n--;
	return dir[n] ? &dir[n] : dir;
}

void plot_put_run_name(FILE *to, const char *dir)
{
	char *name = xstrdup(run_name(dir));
	size_t n = strlen(name);

	while (n > 1 && name[n - 1] == '/')
		name[--n] = 0;
	plot_put_name(to, name);
	free(name);
}

s64 plot_bars(const char *const *dirs, u32 nr_dirs,
	      int (*sum)(const char *dir, u64 *sums, struct err *e),
	      u32 nr_parts, double unit, FILE *data, FILE *head, struct err *e)
{
	u64 sums[BAR_PARTS_MAX];
	int rc = 0;

	BUG_ON(nr_parts > BAR_PARTS_MAX);
	for (u32 i = 0; i < nr_dirs && !rc; i++) {
		u64 at = 0;

		rc = sum(dirs[i], sums, e);
		fprintf(data, "%u", i);
		for (u32 k = 0; k < nr_parts; k++) {
			at += sums[k];
			fprintf(data, "\t%.6g", (double)at / unit);
		}
		fputc('\t', data);
		plot_put_run_name(data, dirs[i]);
		fputc('\n', data);
	}
	fprintf(head, "bars = %u\n", nr_dirs);
	return rc ? rc : (s64)nr_dirs;
}

/* A line a run: the sum of some columns of series.tsv, which are pages. */
static s64 compare_lines(const char *const *dirs, u32 nr_dirs,
			 const char *const *names, u32 nr_names, FILE *data,
			 FILE *head, struct err *e)
{
	struct series s[COMPARE_DIRS_MAX] = {0};
	struct time_unit unit;
	u64 longest = 0;
	u32 blocks = 0;
	s64 rc = 0;

	for (u32 i = 0; i < nr_dirs && !rc; i++) {
		rc = series_load(&s[i], dirs[i], names, nr_names, e);
		if (!rc && series_drawable(&s[i]))
			longest = MAX(longest,
				      series_row(&s[i], s[i].nr_rows - 1)[0]);
	}
	unit = time_unit_for(longest);
	for (u32 i = 0; i < nr_dirs && !rc; i++) {
		if (!series_drawable(&s[i]))
			continue;
		if (blocks++)
			fputs("\n\n", data);
		fputs("time\t", data);
		plot_put_run_name(data, dirs[i]);
		fputc('\n', data);
		for (u64 r = 0; r < s[i].nr_rows; r++) {
			const u64 *v = series_row(&s[i], r);

			u64 pages = 0;

			for (u32 k = 1; k < nr_names; k++)
				pages += v[k];
			put_time(data, v[0], unit);
			fprintf(data, "\t%.6g\n", (double)pages / PAGES_A_MIB);
		}
	}
	put_time_unit(head, unit);
	fprintf(head, "runs = %u\n", blocks);
	for (u32 i = 0; i < nr_dirs; i++)
		series_free(&s[i]);
	return rc ? rc : blocks;
}

static s64 make_compare_memory(const char *const *dirs, u32 nr_dirs, FILE *data,
			       FILE *head, struct err *e)
{
	static const char *const names[] = {
		"time_ns", "other_pages", "slab_pages", "large_kmalloc_pages"};

	return compare_lines(dirs, nr_dirs, names, ARRAY_SIZE(names), data,
			     head, e);
}

static s64 make_compare_slabs(const char *const *dirs, u32 nr_dirs, FILE *data,
			      FILE *head, struct err *e)
{
	static const char *const names[] = {"time_ns", "slab_pages"};

	return compare_lines(dirs, nr_dirs, names, ARRAY_SIZE(names), data,
			     head, e);
}

/* What slabs hold beyond what caches account for: SLOB's pages are shared. */
static int shared_bytes(const char *dir, u64 known, u64 *bytes, struct err *e)
{
	static const char *const names[] = {"time_ns", "slab_pages"};
	struct series s;
	int rc = series_load(&s, dir, names, ARRAY_SIZE(names), e);

	*bytes = 0;
	if (!rc && s.nr_rows) {
		u64 all = series_row(&s, s.nr_rows - 1)[1] * 4096;

		*bytes = all - MIN(all, known);
	}
	series_free(&s);
	return rc;
}

/* Slab memory of one run at its end: objects, padding, free, tails, shared. */
static int sum_waste(const char *dir, u64 *sums, struct err *e)
{
	static const char *const names[] = {"slab_bytes", "pad_bytes",
					    "free_objs_bytes", "tail_bytes"};
	u32 columns[ARRAY_SIZE(names)];
	struct table t;
	int rc = table_load(&t, dir, "caches.tsv", e);

	memset(sums, 0, 5 * sizeof(*sums));
	if (!rc)
		rc = table_columns(&t, names, ARRAY_SIZE(names), columns, e);
	for (u64 r = 0; !rc && r < t.nr_rows; r++) {
		u64 v[ARRAY_SIZE(names)];

		rc = row_of(&t, r, columns, ARRAY_SIZE(names), v, e);
		for (u32 i = 0; !rc && i < ARRAY_SIZE(v); i++)
			sums[i] += v[i];
	}
	table_free(&t);
	if (!rc)
		rc = shared_bytes(dir, sums[0], &sums[4], e);
	sums[0] -= MIN(sums[0], sums[1] + sums[2] + sums[3]);
	return rc;
}

static s64 make_compare_waste(const char *const *dirs, u32 nr_dirs, FILE *data,
			      FILE *head, struct err *e)
{
	fputs("place\tobjects_mib\tplus_padding\tplus_free\tplus_tails\t"
	      "plus_shared\tname\n",
	      data);
	return plot_bars(dirs, nr_dirs, sum_waste, 5, 1048576, data, head, e);
}

const struct chart charts[NR_CHARTS] = {
	{"memory", make_memory, NULL},
	{"free-blocks", make_free_blocks, NULL},
	{"unusable", make_unusable, NULL},
	{"slab-states", make_slab_states, NULL},
	{"internal", make_internal, NULL},
	{"rounding", make_rounding, NULL},
	{"sizes", make_sizes, NULL},
	{"pressure", make_pressure, NULL},
	{"watermarks", make_watermarks, NULL},
	{"collisions", make_collisions, NULL},
	{"misses", make_misses, NULL},
	{"memory-map", NULL, make_memory_map},
	{"extfrag", make_extfrag, NULL},
	{"stalls", make_stalls, NULL},
	{"latency", make_latency, NULL},
	{"numa", make_numa, NULL},
};

const struct compare_chart compare_charts[NR_COMPARE_CHARTS] = {
	{"compare-memory", make_compare_memory},
	{"compare-slabs", make_compare_slabs},
	{"compare-waste", make_compare_waste},
	{"compare-cost", make_compare_cost},
	{"compare-locks", make_compare_locks},
};
