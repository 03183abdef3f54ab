/*
 * plotdata.h - from the tables of a run to the data of one chart; private.
 *
 * Scripts draw and compute nothing: cumulative sums, shares, units and the
 * choice of what is shown happen here.  Names reach gnuplot in data files
 * only, made harmless by plot_put_name().
 */
#ifndef REPORT_PLOTDATA_H
#define REPORT_PLOTDATA_H

#include "base/err.h"
#include "base/types.h"

#include <stdio.h>

/* A chart of one run. */
struct chart {
	const char *name; /* NAME.gp, NAME.tsv, NAME.svg */
	/**
	 * Writes the data of DIR to @data and "variable = value" lines for
	 * the head of the script to @head.
	 * Return: rows written; 0: there is nothing to draw; negative with @e.
	 */
	s64 (*make)(const char *dir, FILE *data, FILE *head, struct err *e);
	/**
	 * Instead, one chart a node: the data of @node.  With more than one
	 * node each is NAME-nodeN.
	 */
	s64 (*make_node)(const char *dir, u32 node, FILE *data, FILE *head,
			 struct err *e);
};

/** plot_nodes() - How many nodes @dir has charts for; negative with @e. */
int plot_nodes(const char *dir, struct err *e);
/** plot_has_table() - Whether @dir has the file NAME. */
bool plot_has_table(const char *dir, const char *name);

/* A chart of several runs side by side. */
struct compare_chart {
	const char *name;
	s64 (*make)(const char *const *dirs, u32 nr_dirs, FILE *data,
		    FILE *head, struct err *e);
};

#define NR_CHARTS	  16
#define NR_COMPARE_CHARTS 5
#define COMPARE_DIRS_MAX  8u
extern const struct chart charts[NR_CHARTS];
extern const struct compare_chart compare_charts[NR_COMPARE_CHARTS];

/**
 * plot_put_name() - @name as one harmless gnuplot data field: printable,
 * without quotes, backslashes, backticks, tabs or comment signs.
 */
void plot_put_name(FILE *to, const char *name);
/** plot_put_run_name() - The last part of a run's path, likewise. */
void plot_put_run_name(FILE *to, const char *dir);

#define BAR_PARTS_MAX 8u
/**
 * plot_bars() - A stacked bar a run: its number, where each part ends, name.
 * @sum: fills in the parts; a failure ends it.
 * @unit: what parts are divided by.
 */
s64 plot_bars(const char *const *dirs, u32 nr_dirs,
	      int (*sum)(const char *dir, u64 *sums, struct err *e),
	      u32 nr_parts, double unit, FILE *data, FILE *head, struct err *e);

/* plot_pressure.c */
s64 make_watermarks(const char *dir, FILE *data, FILE *head, struct err *e);
s64 make_pressure(const char *dir, FILE *data, FILE *head, struct err *e);

/* plot_map.c */
s64 make_memory_map(const char *dir, u32 node, FILE *data, FILE *head,
		    struct err *e);

/* plot_events.c */
s64 make_extfrag(const char *dir, FILE *data, FILE *head, struct err *e);
s64 make_stalls(const char *dir, FILE *data, FILE *head, struct err *e);

/* plot_caches.c */
s64 make_collisions(const char *dir, FILE *data, FILE *head, struct err *e);
s64 make_misses(const char *dir, FILE *data, FILE *head, struct err *e);

/* plot_time.c */
s64 make_latency(const char *dir, FILE *data, FILE *head, struct err *e);
s64 make_numa(const char *dir, FILE *data, FILE *head, struct err *e);

/* plot_cost.c */
s64 make_compare_cost(const char *const *dirs, u32 nr_dirs, FILE *data,
		      FILE *head, struct err *e);

/* plot_locks.c */
s64 make_compare_locks(const char *const *dirs, u32 nr_dirs, FILE *data,
		       FILE *head, struct err *e);

#endif
