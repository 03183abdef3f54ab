/*
 * plot_pressure.c - the charts of a machine under pressure: what pages are
 * used for, and the free pages of zones between their watermarks, with the
 * times when kswapd worked.
 *
 * Free pages beyond what the axis shows run along its upper edge.
 */
#include "report/plotdata.h"
#include "report/table.h"

#include "base/bug.h"
#include "base/compiler.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_S   1e9
#define MIB(pages) ((double)(pages) / 256)
/* Shorter ones would not be seen: this share of the time axis. */
#define BAND_SHARE 1000
/* The axis goes so many times as far as the high mark. */
#define AXIS_OF_HIGH 2.5
#define PANELS_MAX   6u

enum column {
	COL_TIME,
	COL_ANON, /* four lists, in their order */
	COL_DIRTY = COL_ANON + 4,
	COL_WRITEBACK,
	COL_SLAB,
	COL_FREE,
	COL_MANAGED,
	NR_COLUMNS
};

/* The columns of one zone in pressure.tsv, one behind the other. */
enum zone_column {
	ZONE_FREE,
	ZONE_BOOST,
	ZONE_MIN,
	ZONE_LOW,
	ZONE_HIGH,
	NR_ZONE_COLUMNS
};

struct zone_columns {
	u32 first; /* column */
	u32 node;
	char name[16]; /* "DMA32" */
	u64 high;      /* pages */
};

bool plot_has_table(const char *dir, const char *name)
{
	char path[4096];

	return snprintf(path, sizeof(path), "%s/%s", dir, name) <
		       (int)sizeof(path) &&
	       !access(path, R_OK);
}

static int find_columns(const struct table *t, u32 columns[NR_COLUMNS],
			struct err *e)
{
	static const char *const names[NR_COLUMNS] = {
		"time_ns",	     "inactive_anon_pages",
		"active_anon_pages", "inactive_file_pages",
		"active_file_pages", "dirty_pages",
		"writeback_pages",   "slab_pages",
		"free_pages",	     "managed_pages",
	};

	for (u32 i = 0; i < NR_COLUMNS; i++) {
		int c = table_column(t, names[i], e);

		if (c < 0)
			return c;
		columns[i] = (u32)c;
	}
	return 0;
}

/* "node1_DMA32_free_pages": a zone begins here. */
static bool zone_at(const struct table *t, u32 column, struct zone_columns *z)
{
	char tail[8];

	if (sscanf(t->header[column], "node%u_%15[A-Za-z0-9]_%4s", &z->node,
		   z->name, tail) != 3 ||
	    strcmp(tail, "free") || column + NR_ZONE_COLUMNS > t->nr_columns)
		return false;
	z->first = column;
	return true;
}

/* Zones that have pages, at most PANELS_MAX; how many. */
static int find_zones(const struct table *t,
		      struct zone_columns zones[PANELS_MAX], struct err *e)
{
	int nr = 0, rc = 0;

	for (u32 c = 0; !rc && t->nr_rows && c < t->nr_columns; c++) {
		struct zone_columns z;

		if (nr == PANELS_MAX || !zone_at(t, c, &z))
			continue;
		rc = table_u64(t, 0, c + ZONE_HIGH, &z.high, e);
		if (!rc && z.high)
			zones[nr++] = z;
	}
	return rc ? rc : nr;
}

/* Free pages, the marks, and the low mark with its boost; in MiB. */
static int put_zone(const struct table *t, u64 row,
		    const struct zone_columns *z, FILE *data, struct err *e)
{
	u64 v[NR_ZONE_COLUMNS];
	double top = AXIS_OF_HIGH * (double)z->high;
	int rc = 0;

	for (u32 i = 0; i < NR_ZONE_COLUMNS && !rc; i++)
		rc = table_u64(t, row, z->first + i, &v[i], e);
	if (rc)
		return rc;
	fprintf(data, "\t%.6g\t%.6g\t%.6g\t%.6g\t%.6g",
		MIB(MIN((double)v[ZONE_FREE], top)), MIB(v[ZONE_MIN]),
		MIB(v[ZONE_LOW]), MIB(v[ZONE_HIGH]),
		MIB(MIN((double)(v[ZONE_HIGH] + v[ZONE_BOOST]), top)));
	return 0;
}

static void put_zone_header(FILE *data)
{
	fputs("\tfree_mib\tmin_mib\tlow_mib\thigh_mib\tboosted_mib", data);
}

static const struct zone_columns *largest(const struct zone_columns *zones,
					  int nr)
{
	const struct zone_columns *best = zones;

	for (int i = 1; i < nr; i++)
		if (zones[i].high > best->high)
			best = &zones[i];
	return best;
}

/* Sums from below: anonymous, page cache, dirty, slabs, other. */
static int put_states(const struct table *t, u64 row,
		      const u32 columns[NR_COLUMNS], FILE *data, u64 *ns,
		      struct err *e)
{
	u64 v[NR_COLUMNS], sums[5];
	int rc = 0;

	for (u32 i = 0; i < NR_COLUMNS && !rc; i++)
		rc = table_u64(t, row, columns[i], &v[i], e);
	if (rc)
		return rc;
	sums[0] = v[COL_ANON] + v[COL_ANON + 1];
	sums[2] = sums[0] + v[COL_ANON + 2] + v[COL_ANON + 3];
	sums[1] = sums[2] -
		  MIN(sums[2] - sums[0], v[COL_DIRTY] + v[COL_WRITEBACK]);
	sums[3] = sums[2] + v[COL_SLAB];
	sums[4] = v[COL_MANAGED] - MIN(v[COL_MANAGED], v[COL_FREE]);
	sums[4] = MAX(sums[4], sums[3]);
	fprintf(data, "%.9g", (double)v[COL_TIME] / NS_PER_S);
	for (u32 i = 0; i < ARRAY_SIZE(sums); i++)
		fprintf(data, "\t%.6g", MIB(sums[i]));
	*ns = v[COL_TIME];
	return 0;
}

/* One block: from when to when the kswapd of @node worked. */
static int put_bands(const struct table *t, u32 node, FILE *data, u64 end_ns,
		     struct err *e)
{
	static const char *const names[] = {"node", "wake_ns", "sleep_ns"};
	u32 columns[ARRAY_SIZE(names)];
	u64 least = end_ns / BAND_SHARE, nr = 0;
	int who = table_column(t, "who", e);
	int rc = MIN(who, 0);

	for (u32 i = 0; i < ARRAY_SIZE(names) && !rc; i++) {
		int c = table_column(t, names[i], e);

		columns[i] = (u32)c;
		rc = MIN(c, 0);
	}
	fputs("\n\nfrom\tto\n", data);
	for (u64 r = 0; !rc && r < t->nr_rows; r++) {
		u64 v[ARRAY_SIZE(names)];

		if (strcmp(table_text(t, r, (u32)who), "kswapd"))
			continue;
		for (u32 i = 0; i < ARRAY_SIZE(names) && !rc; i++)
			rc = table_u64(t, r, columns[i], &v[i], e);
		if (rc || v[0] != node)
			continue;
		v[2] = v[2] ? v[2] : end_ns;
		v[2] = MAX(v[2], v[1] + least);
		fprintf(data, "%.9g\t%.9g\n", (double)v[1] / NS_PER_S,
			(double)v[2] / NS_PER_S);
		nr++;
	}
	if (!nr) /* gnuplot wants a row */
		fputs("0\t0\n", data);
	return rc;
}

/* A block of bands for each of @zones, in their order. */
static int put_all_bands(const char *dir, const struct zone_columns *zones,
			 int nr, FILE *data, u64 end_ns, struct err *e)
{
	struct table t;
	int rc = table_load(&t, dir, "reclaim.tsv", e);

	for (int i = 0; i < nr && !rc; i++)
		rc = put_bands(&t, zones[i].node, data, end_ns, e);
	table_free(&t);
	return rc;
}

static void put_panel_names(FILE *head, const struct zone_columns *zones,
			    int nr)
{
	fprintf(head, "panels = %d\nzones = '", nr);
	for (int i = 0; i < nr; i++)
		fprintf(head, "%snode%u/%s", i ? " " : "", zones[i].node,
			zones[i].name);
	fputs("'\ntops = '", head);
	for (int i = 0; i < nr; i++)
		fprintf(head, "%s%.6g", i ? " " : "",
			MIB(AXIS_OF_HIGH * (double)zones[i].high));
	fputs("'\n", head);
}

s64 make_watermarks(const char *dir, FILE *data, FILE *head, struct err *e)
{
	struct zone_columns zones[PANELS_MAX] = {0};
	struct table t;
	u64 end_ns = 0;
	int nr, rc;

	if (!plot_has_table(dir, "pressure.tsv"))
		return 0; /* no reclaim in this run */
	rc = table_load(&t, dir, "pressure.tsv", e);
	nr = rc ? rc : find_zones(&t, zones, e);
	fputs("time", data);
	for (int i = 0; i < nr; i++)
		put_zone_header(data);
	fputc('\n', data);
	for (u64 r = 0; !rc && nr > 0 && r < t.nr_rows; r++) {
		rc = table_u64(&t, r, 0, &end_ns, e);
		fprintf(data, "%.9g", (double)end_ns / NS_PER_S);
		for (int i = 0; i < nr && !rc; i++)
			rc = put_zone(&t, r, &zones[i], data, e);
		fputc('\n', data);
	}
	rc = rc ? rc : MIN(nr, 0);
	if (!rc && (nr == 0 || t.nr_rows < 2 || !end_ns))
		nr = 0;
	if (!rc && nr)
		rc = put_all_bands(dir, zones, nr, data, end_ns, e);
	if (!rc && nr)
		put_panel_names(head, zones, nr);
	table_free(&t);
	return rc ? rc : nr;
}

s64 make_pressure(const char *dir, FILE *data, FILE *head, struct err *e)
{
	struct zone_columns zones[PANELS_MAX] = {0};
	const struct zone_columns *zone = zones;
	u32 columns[NR_COLUMNS];
	struct table t;
	u64 end_ns = 0;
	int nr, rc;

	if (!plot_has_table(dir, "pressure.tsv"))
		return 0;
	rc = table_load(&t, dir, "pressure.tsv", e);
	rc = rc ? rc : find_columns(&t, columns, e);
	nr = rc ? rc : find_zones(&t, zones, e);
	zone = largest(zones, nr);
	fputs("time\tanon_mib\tplus_file_mib\tplus_dirty_mib\tplus_slab_mib\t"
	      "plus_other_mib",
	      data);
	put_zone_header(data);
	fputc('\n', data);
	for (u64 r = 0; !rc && nr > 0 && r < t.nr_rows; r++) {
		rc = put_states(&t, r, columns, data, &end_ns, e);
		rc = rc ? rc : put_zone(&t, r, zone, data, e);
		fputc('\n', data);
	}
	rc = rc ? rc : MIN(nr, 0);
	if (!rc && (nr == 0 || t.nr_rows < 2 || !end_ns))
		nr = 0;
	if (!rc && nr)
		rc = put_all_bands(dir, zone, 1, data, end_ns, e);
	if (!rc && nr)
		put_panel_names(head, zone, 1);
	table_free(&t);
	return rc ? rc : nr;
}
