/*
 * plot_pressure.c - the chart of a machine under pressure: what pages are
 * used for, and the free pages of the largest zone between its watermarks,
 * with the times when its kswapd worked.
 */
#include "mm/inspect.h"
#include "report/plotdata.h"
#include "report/table.h"

#include "base/bug.h"
#include "base/compiler.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_S   1e9
#define MIB(pages) ((double)(pages) / 256)
/* Shorter ones would not be seen: this share of the time axis. */
#define BAND_SHARE 1000

enum column {
	COL_TIME,
	COL_ANON, /* four lists, in their order */
	COL_SLAB = COL_ANON + 4,
	COL_FREE,
	COL_ZONE_FREE,
	COL_MIN,
	COL_LOW,
	COL_HIGH,
	NR_COLUMNS
};

static int find_columns(const struct table *t, u32 columns[NR_COLUMNS],
			struct err *e)
{
	static const char *const names[NR_COLUMNS] = {
		"time_ns",	     "inactive_anon_pages",
		"active_anon_pages", "inactive_file_pages",
		"active_file_pages", "slab_pages",
		"free_pages",	     "largest_zone_free_pages",
		"largest_zone_min",  "largest_zone_low",
		"largest_zone_high",
	};

	for (u32 i = 0; i < NR_COLUMNS; i++) {
		int c = table_column(t, names[i], e);

		if (c < 0)
			return c;
		columns[i] = (u32)c;
	}
	return 0;
}

static s64 put_rows(const struct table *t, FILE *data, u64 *end_ns,
		    struct err *e)
{
	u32 columns[NR_COLUMNS];
	u64 v[NR_COLUMNS];
	int rc = find_columns(t, columns, e);

	fputs("time\tanon_mib\tplus_file_mib\tplus_slab_mib\tzone_free_mib\t"
	      "min_mib\tlow_mib\thigh_mib\n",
	      data);
	for (u64 r = 0; r < t->nr_rows && !rc; r++) {
		u64 anon, file;

		for (u32 i = 0; i < NR_COLUMNS && !rc; i++)
			rc = table_u64(t, r, columns[i], &v[i], e);
		if (rc)
			break;
		anon = v[COL_ANON] + v[COL_ANON + 1];
		file = anon + v[COL_ANON + 2] + v[COL_ANON + 3];
		fprintf(data,
			"%.9g\t%.6g\t%.6g\t%.6g\t%.6g\t%.6g\t%.6g\t%.6g\n",
			(double)v[COL_TIME] / NS_PER_S, MIB(anon), MIB(file),
			MIB(file + v[COL_SLAB]), MIB(v[COL_ZONE_FREE]),
			MIB(v[COL_MIN]), MIB(v[COL_LOW]), MIB(v[COL_HIGH]));
		*end_ns = v[COL_TIME];
	}
	return rc ? rc : (s64)t->nr_rows;
}

/* A second block: from when to when a kswapd worked. */
static int put_bands(const char *dir, FILE *data, u64 end_ns, struct err *e)
{
	u64 least = end_ns / BAND_SHARE, nr = 0;
	struct table t;
	int rc = table_load(&t, dir, "reclaim.tsv", e);
	int who = rc ? rc : table_column(&t, "who", e);
	int from = who < 0 ? who : table_column(&t, "wake_ns", e);
	int to = from < 0 ? from : table_column(&t, "sleep_ns", e);

	rc = to < 0 ? to : 0;
	fputs("\n\nfrom\tto\n", data);
	for (u64 r = 0; !rc && r < t.nr_rows; r++) {
		u64 a, b;

		if (strcmp(table_text(&t, r, (u32)who), "kswapd"))
			continue;
		rc = table_u64(&t, r, (u32)from, &a, e);
		if (!rc)
			rc = table_u64(&t, r, (u32)to, &b, e);
		if (rc)
			break;
		b = b ? b : end_ns;
		b = MAX(b, a + least);
		fprintf(data, "%.9g\t%.9g\n", (double)a / NS_PER_S,
			(double)b / NS_PER_S);
		nr++;
	}
	if (!nr) /* gnuplot wants a row */
		fputs("0\t0\n", data);
	table_free(&t);
	return rc;
}

static bool has_table(const char *dir, const char *name)
{
	char path[4096];

	return snprintf(path, sizeof(path), "%s/%s", dir, name) <
		       (int)sizeof(path) &&
	       !access(path, R_OK);
}

/* The rows of map.tsv, in the units of the chart. */
s64 make_memory_map(const char *dir, FILE *data, FILE *head, struct err *e)
{
	static const char *const names[] = {"time_ns", "from_page", "state"};
	int columns[ARRAY_SIZE(names)];
	struct table t;
	u64 v[ARRAY_SIZE(names)] = {0};
	int rc = 0;

	(void)head;
	if (!has_table(dir, "map.tsv"))
		return 0;
	rc = table_load(&t, dir, "map.tsv", e);
	for (u32 i = 0; !rc && i < ARRAY_SIZE(names); i++) {
		columns[i] = table_column(&t, names[i], e);
		rc = MIN(columns[i], 0);
	}
	fputs("time\tfrom_mib\tstate\n", data);
	for (u64 r = 0; !rc && r < t.nr_rows; r++) {
		for (u32 i = 0; !rc && i < ARRAY_SIZE(names); i++)
			rc = table_u64(&t, r, (u32)columns[i], &v[i], e);
		/* The last sample is off the others' grid. */
		if (!rc && r + GAUGE_MAP_PARTS < t.nr_rows)
			fprintf(data, "%.9g\t%.6g\t%" PRIu64 "\n",
				(double)v[0] / NS_PER_S, MIB(v[1]), v[2]);
	}
	if (!rc && t.nr_rows < 3 * GAUGE_MAP_PARTS) {
		table_free(&t);
		return 0; /* too short to be a picture */
	}
	rc = rc ? rc : (int)MIN(t.nr_rows, (u64)INT32_MAX);
	table_free(&t);
	return rc;
}

s64 make_pressure(const char *dir, FILE *data, FILE *head, struct err *e)
{
	struct table t;
	u64 end_ns = 0;
	s64 rows;
	int rc;

	(void)head;
	if (!has_table(dir, "pressure.tsv"))
		return 0; /* no reclaim in this run */
	rc = table_load(&t, dir, "pressure.tsv", e);
	rows = rc ? rc : put_rows(&t, data, &end_ns, e);
	table_free(&t);
	if (rows < 2 || !end_ns)
		return rows < 0 ? rows : 0;
	rc = put_bands(dir, data, end_ns, e);
	return rc ? rc : rows;
}
