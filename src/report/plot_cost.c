/*
 * plot_cost.c - data of the chart compare-cost: what each run's allocators
 * would cost by the price list, by path.
 */
#include "report/plotdata.h"

#include "base/bug.h"
#include "base/json_read.h"
#include "base/xmalloc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* From the left of a bar; each path is in one of them. */
enum part {
	PART_FAST,
	PART_SLOW,
	PART_SLABS,
	PART_CPU_LISTS,
	PART_BUDDY,
	PART_OTHER,
	NR_PARTS
};

static enum part part_of(const char *path)
{
	static const struct {
		const char *path;
		enum part part;
	} parts[] = {
		{"slab_fast", PART_FAST},
		{"slab_slow", PART_SLOW},
		{"slab_partial", PART_SLOW},
		{"slab_new", PART_SLABS},
		{"slab_discard", PART_SLABS},
		{"page_pcp", PART_CPU_LISTS},
		{"page_buddy", PART_BUDDY},
		{"buddy_split", PART_BUDDY},
		{"buddy_merge", PART_BUDDY},
		{"page_steal", PART_BUDDY},
		{"page_slowpath", PART_BUDDY},
		{"slab_array", PART_FAST},
		{"page_pcp_free", PART_CPU_LISTS},
		{"page_buddy_free", PART_BUDDY},
		{"page_check", PART_BUDDY},
		{"page_direct", PART_BUDDY},
		{"page_compound", PART_BUDDY},
		{"foreign_page", PART_BUDDY},
	};

	for (u32 i = 0; i < ARRAY_SIZE(parts); i++)
		if (!strcmp(path, parts[i].path))
			return parts[i].part;
	return PART_OTHER;
}

static int sum_costs(const char *dir, u64 *sums, struct err *e)
{
	char *path = xasprintf("%s/summary.json", dir);
	struct json_doc *d = json_read_file(path, e);
	const struct json_value *costs =
		d ? json_get(json_root(d), "cost_cycles") : NULL;
	int rc = 0;

	memset(sums, 0, NR_PARTS * sizeof(*sums));
	if (!d)
		rc = e && e->code ? e->code : -EINVAL;
	else if (!costs)
		rc = err_set(e, -ENOENT,
			     "%s: has no cost_cycles; make the run again with "
			     "this version",
			     path);
	else
		for (const struct json_value *v = costs->first; v; v = v->next)
			if (v->key)
				sums[part_of(v->key)] += v->u64;
	json_doc_free(d);
	free(path);
	return rc;
}

s64 make_compare_cost(const char *const *dirs, u32 nr_dirs, FILE *data,
		      FILE *head, struct err *e)
{
	fputs("place\tfast\tplus_slow\tplus_slabs\tplus_cpu_lists\t"
	      "plus_buddy\tplus_other\tname\n",
	      data);
	return plot_bars(dirs, nr_dirs, sum_costs, NR_PARTS, 1e6, data, head,
			 e);
}
