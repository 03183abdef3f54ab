/*
 * plot_map.c - the memory map as a picture: for each node what each part of
 * its memory is, over time.
 *
 * A part's colour is what most of it is; free parts are told apart by the
 * migrate type of their pageblocks, and kernel memory in movable pageblocks
 * (it stays, and breaks up what might be a huge page) from that elsewhere.
 */
#include "mm/inspect.h"
#include "report/plotdata.h"
#include "report/table.h"

#include "base/compiler.h"

#include <inttypes.h>
#include <string.h>

#define NS_PER_S   1e9
#define MIB(pages) ((double)(pages) / 256)

/* In the order of the colours of memory-map.gp. */
enum colour {
	FREE_MOVABLE,
	FREE_UNMOVABLE,
	FREE_RECLAIMABLE,
	FREE_HIGHATOMIC,
	ANON,
	FILE_CLEAN,
	FILE_DIRTY,
	SLAB,
	KERNEL,
	KERNEL_IN_MOVABLE,
	RESERVED
};

enum column {
	COL_TIME,
	COL_NODE,
	COL_FROM,
	COL_STATE,
	NR_NUMBERS,
	COL_TYPE = NR_NUMBERS,
	NR_COLUMNS
};

static enum colour colour_of_free(const char *type)
{
	if (!strcmp(type, map_type_names[MIGRATE_MOVABLE]))
		return FREE_MOVABLE;
	if (!strcmp(type, map_type_names[MIGRATE_RECLAIMABLE]))
		return FREE_RECLAIMABLE;
	return strcmp(type, map_type_names[MIGRATE_HIGHATOMIC])
		       ? FREE_UNMOVABLE
		       : FREE_HIGHATOMIC;
}

static enum colour colour_of(u64 state, const char *type)
{
	bool movable = !strcmp(type, map_type_names[MIGRATE_MOVABLE]);

	switch (state) {
	case MAP_FREE:
		return colour_of_free(type);
	case MAP_ANON:
		return ANON;
	case MAP_FILE:
		return FILE_CLEAN;
	case MAP_DIRTY:
		return FILE_DIRTY;
	case MAP_SLAB:
		return movable ? KERNEL_IN_MOVABLE : SLAB;
	case MAP_OTHER:
		return movable ? KERNEL_IN_MOVABLE : KERNEL;
	default:
		return RESERVED;
	}
}

static int map_load(struct table *t, const char *dir, u32 columns[NR_COLUMNS],
		    struct err *e)
{
	static const char *const names[NR_COLUMNS] = {
		"time_ns", "node", "from_page", "state", "migratetype",
	};
	int rc = table_load(t, dir, "map.tsv", e);

	for (u32 i = 0; !rc && i < NR_COLUMNS; i++) {
		int c = table_column(t, names[i], e);

		columns[i] = (u32)c;
		rc = MIN(c, 0);
	}
	return rc;
}

int plot_nodes(const char *dir, struct err *e)
{
	u32 columns[NR_COLUMNS];
	struct table t;
	u64 node = 0, nr = 0;
	int rc;

	if (!plot_has_table(dir, "map.tsv"))
		return 0;
	rc = map_load(&t, dir, columns, e);
	for (u64 r = 0; !rc && r < t.nr_rows; r++) {
		rc = table_u64(&t, r, columns[COL_NODE], &node, e);
		nr = MAX(nr, node + 1);
	}
	table_free(&t);
	return rc ? rc : (int)MIN(nr, (u64)MM_NODES_MAX);
}

/* Rows of one node; the last sample is off the others' grid in time. */
static s64 put_node(const struct table *t, const u32 columns[NR_COLUMNS],
		    u32 node, FILE *data, struct err *e)
{
	u64 v[NR_NUMBERS] = {0}, last_ns = 0, first_ns = 0, times = 0, was = 0;
	s64 rows = 0;
	int rc = 0;

	if (t->nr_rows)
		rc = table_u64(t, t->nr_rows - 1, columns[COL_TIME], &last_ns,
			       e);
	for (u64 r = 0; !rc && r < t->nr_rows; r++) {
		for (u32 i = 0; !rc && i < NR_NUMBERS; i++)
			rc = table_u64(t, r, columns[i], &v[i], e);
		if (rc || v[COL_NODE] != node || v[COL_TIME] == last_ns)
			continue;
		first_ns = rows ? first_ns : v[COL_TIME];
		times += !rows || v[COL_TIME] != was;
		was = v[COL_TIME];
		rows++;
		fprintf(data, "%.9g\t%.6g\t%u\n", (double)was / NS_PER_S,
			MIB(v[COL_FROM]),
			(u32)colour_of(v[COL_STATE],
				       table_text(t, r, columns[COL_TYPE])));
	}
	/* Two moments are no picture. */
	return rc ? rc : times < 2 ? 0 : rows;
}

s64 make_memory_map(const char *dir, u32 node, FILE *data, FILE *head,
		    struct err *e)
{
	int nr = plot_nodes(dir, e);
	u32 columns[NR_COLUMNS];
	struct table t;
	s64 rows;

	if (nr <= 0)
		return nr;
	rows = map_load(&t, dir, columns, e);
	fputs("time\tfrom_mib\tcolour\n", data);
	if (!rows)
		rows = put_node(&t, columns, node, data, e);
	table_free(&t);
	if (nr > 1)
		fprintf(head,
			"name = 'memory-map-node%u'\nof = ' of node %u'\n",
			node, node);
	return rows;
}
