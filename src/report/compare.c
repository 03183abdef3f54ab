/*
 * compare.c - runs side by side: a table for people, JSON for programs.
 *
 * Everything is printed from integers, so the text is the same on any host.
 */
#include "report/compare.h"
#include "report/compare_figures.h"
#include "report/json.h"
#include "report/plot.h"

#include "base/bug.h"
#include "base/xmalloc.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LABEL_WIDTH    26u
#define VALUE_WIDTH    11u
#define PERCENT_WIDTH  8u
#define DIFFERENCE_MAX 1e15
#define NAME_COLUMNS   40u /* of a name in running text */
#define NAME_BYTES     (4 * NAME_COLUMNS + 2)

/* Loading */

/* The last part of the path, if no other run has the same. */
static char *last_part(const char *dir)
{
	size_t end = strlen(dir);
	size_t start;

	while (end > 1 && dir[end - 1] == '/')
		end--;
	start = end;
	while (start && dir[start - 1] != '/')
		start--;
	if (start == end)
		return xstrdup(dir);
	return xasprintf("%.*s", (int)(end - start), &dir[start]);
}

static void name_runs(struct compare *c)
{
	for (u32 i = 0; i < c->nr; i++)
		c->runs[i].name = last_part(c->runs[i].dir);
	for (u32 i = 0; i < c->nr; i++) {
		u32 same = 0;

		for (u32 k = 0; k < i; k++)
			same += !strcmp(c->runs[k].name, c->runs[i].name);
		if (same) {
			free(c->runs[i].name);
			c->runs[i].name = xstrdup(c->runs[i].dir);
		}
	}
}

static int check_traces(struct compare *c, bool force, struct err *e)
{
	const struct compare_run *a = &c->runs[0];

	c->same_trace = true;
	for (u32 i = 1; i < c->nr; i++) {
		const struct compare_run *b = &c->runs[i];

		if (!strcmp(a->trace_hash, b->trace_hash) &&
		    a->nr_events == b->nr_events)
			continue;
		c->same_trace = false;
		if (force)
			continue;
		return err_set(
			e, -EINVAL,
			"%s and %s replayed different traces (%" PRIu64
			" and %" PRIu64
			" operations): run the same trace on both, or say "
			"--force",
			a->dir, b->dir, a->nr_events, b->nr_events);
	}
	return 0;
}

struct compare *compare_load(const char *const *dirs, u32 nr, bool force,
			     struct err *e)
{
	struct compare *c;

	if (nr < 2 || nr > COMPARE_RUNS_MAX) {
		err_set(e, -EINVAL, "name two to %u runs to compare, not %u",
			COMPARE_RUNS_MAX, nr);
		return NULL;
	}
	c = xcalloc(1, sizeof(*c));
	for (u32 i = 0; i < nr; i++) {
		c->nr = i + 1; /* what compare_free() has to look at */
		if (compare_run_load(&c->runs[i], dirs[i], e))
			goto fail;
	}
	if (check_traces(c, force, e))
		goto fail;
	name_runs(c);
	return c;
fail:
	compare_free(c);
	return NULL;
}

void compare_free(struct compare *c)
{
	if (!c)
		return;
	for (u32 i = 0; i < c->nr; i++) {
		free(c->runs[i].dir);
		free(c->runs[i].name);
		json_doc_free(c->runs[i].doc);
	}
	free(c);
}

/* Best and worst */

/* How exactly values are told apart. */
enum precision {
	EXACT,
	AS_SHOWN /* what looks the same in the table is the same */
};

static u64 value_of(const struct compare_run *r, enum figure_id id,
		    enum precision p)
{
	u64 v = r->value[id];

	if (p == AS_SHOWN && figures[id].unit == UNIT_BYTES)
		return (v + 512) / 1024;
	if (p == AS_SHOWN &&
	    (figures[id].unit == UNIT_CYCLES || figures[id].unit == UNIT_NS))
		return (v + 500) / 1000;
	return v;
}

/* The best value of a figure; false when no run is better than another. */
static bool best_value(const struct compare *c, enum figure_id id,
		       enum precision p, u64 *best)
{
	enum figure_better better = figures[id].better;
	u32 nr = 0;
	bool differ = false;

	*best = 0;
	for (u32 i = 0; i < c->nr; i++) {
		u64 v = value_of(&c->runs[i], id, p);

		if (!c->runs[i].known[id])
			continue;
		differ |= nr && v != *best;
		if (!nr++ || (better == BETTER_LESS ? v < *best : v > *best))
			*best = v;
	}
	return differ && better != BETTER_NONE;
}

static bool is_best(const struct compare *c, enum figure_id id,
		    enum precision p, u32 run)
{
	u64 best;

	return c->runs[run].known[id] && best_value(c, id, p, &best) &&
	       value_of(&c->runs[run], id, p) == best;
}

/* The difference to the first run in tenths of a percent of that. */
static bool difference(const struct compare *c, enum figure_id id,
		       enum precision p, u32 run, s64 *tenths)
{
	u64 a = value_of(&c->runs[0], id, p);
	u64 b = value_of(&c->runs[run], id, p);
	double share;

	if (!run || !c->runs[0].known[id] || !c->runs[run].known[id] || !a)
		return false;
	share = ((double)b - (double)a) / (double)a * 1000;
	share = MIN(share, DIFFERENCE_MAX); /* figures may be anybody's */
	*tenths = (s64)(share + (share < 0 ? -0.5 : 0.5));
	return true;
}

/* The table */

static bool is_shown(const struct compare *c, enum figure_id id)
{
	bool shown = figures[id].always;

	for (u32 i = 0; i < c->nr; i++)
		shown |= c->runs[i].known[id] && c->runs[i].value[id];
	return shown;
}

/* A name from outside in at most @max columns, made harmless.
 * Return: how many it took. */
static u32 harmless(char out[NAME_BYTES], const char *name, u32 max)
{
	u32 columns = 0;
	size_t bytes = 0;

	BUG_ON(max > NAME_COLUMNS);
	while (*name && columns < max) {
		u32 n = utf8_length(name);

		/* The last column tells that there is more. */
		if (columns + 1 == max && name[MAX(n, 1u)]) {
			out[bytes++] = '~';
		} else if (!n || (u8)*name < ' ' || *name == 0x7f ||
			   (n == 2 && (u8)name[0] == 0xc2 &&
			    (u8)name[1] < 0xa0)) {
			out[bytes++] = '?';
		} else {
			memcpy(&out[bytes], name, n);
			bytes += n;
		}
		name += MAX(n, 1u);
		columns++;
	}
	out[bytes] = 0;
	return columns;
}

static void put_name(FILE *to, const char *name)
{
	char text[NAME_BYTES];

	harmless(text, name, NAME_COLUMNS);
	fputs(text, to);
}

static void format_value(char buf[32], enum figure_unit unit, u64 shown)
{
	if (unit == UNIT_CYCLES_TENTHS || unit == UNIT_PERMILLE)
		snprintf(buf, 32, "%" PRIu64 ".%" PRIu64, shown / 10,
			 shown % 10);
	else
		snprintf(buf, 32, "%" PRIu64, shown);
}

static void format_difference(char buf[32], s64 tenths)
{
	u64 size = (u64)(tenths < 0 ? -tenths : tenths);

	if (!tenths)
		snprintf(buf, 32, "=");
	else if (size < 10000)
		snprintf(buf, 32, "%c%" PRIu64 ".%" PRIu64 "%%",
			 tenths < 0 ? '-' : '+', size / 10, size % 10);
	else
		snprintf(buf, 32, "x%" PRIu64, (size + 1500) / 1000);
}

static void put_figure(const struct compare *c, enum figure_id id, FILE *to)
{
	fprintf(to, "  %-*s", (int)LABEL_WIDTH - 2, figures[id].label);
	for (u32 i = 0; i < c->nr; i++) {
		const struct compare_run *r = &c->runs[i];
		bool last = i + 1 == c->nr;
		char value[32] = "-";
		char diff[32] = "";
		s64 tenths;

		if (r->known[id])
			format_value(value, figures[id].unit,
				     value_of(r, id, AS_SHOWN));
		if (difference(c, id, AS_SHOWN, i, &tenths))
			format_difference(diff, tenths);
		fprintf(to, "%*s", (int)VALUE_WIDTH, value);
		/* No blanks at the end of a line. */
		if (is_best(c, id, AS_SHOWN, i))
			fputc('*', to);
		else if (!last || diff[0])
			fputc(' ', to);
		if (i && (!last || diff[0]))
			fprintf(to, "%*s", (int)PERCENT_WIDTH, diff);
	}
	fputc('\n', to);
}

static void put_head(const struct compare *c, FILE *to)
{
	const struct compare_run *a = &c->runs[0];
	char name[NAME_BYTES];
	u32 width = 0;

	if (c->same_trace) {
		fputs("trace ", to);
		put_name(to, a->format);
		fputs(a->kernel[0] ? " of Linux " : "", to);
		put_name(to, a->kernel);
		fprintf(to, ": %" PRIu64 " operations\n", a->nr_events);
	} else {
		fputs("DIFFERENT TRACES: the figures say little of the "
		      "allocators\n",
		      to);
	}
	for (u32 i = 0; i < c->nr; i++)
		width = MAX(width,
			    harmless(name, c->runs[i].name, NAME_COLUMNS));
	for (u32 i = 0; i < c->nr; i++) {
		const struct compare_run *r = &c->runs[i];
		u32 columns = harmless(name, r->name, NAME_COLUMNS);

		fprintf(to, "  %s%*s  ", name, (int)(width - columns), "");
		put_name(to, r->allocator);
		fputs(" on ", to);
		put_name(to, r->machine);
		fprintf(to,
			": %" PRIu64 " nodes, %" PRIu64 " CPUs, %" PRIu64
			" MiB\n",
			r->nr_nodes, r->nr_cpus, r->managed_bytes >> 20);
	}
}

/* Names over the columns: at the right of the values, as far as they fit. */
static void put_column_names(const struct compare *c, FILE *to)
{
	fprintf(to, "\n%*s", (int)LABEL_WIDTH, "");
	for (u32 i = 0; i < c->nr; i++) {
		u32 whole = VALUE_WIDTH + 1 + (i ? PERCENT_WIDTH : 0);
		char name[NAME_BYTES];
		u32 columns = harmless(name, c->runs[i].name, whole - 1);
		u32 left = columns < VALUE_WIDTH ? VALUE_WIDTH - columns : 1;

		fprintf(to, "%*s%s", (int)left, "", name);
		if (i + 1 < c->nr)
			fprintf(to, "%*s", (int)(whole - left - columns), "");
	}
	fputc('\n', to);
}

static const char *unit_of(const char *group)
{
	if (!strcmp(group, "MEMORY"))
		return " (KiB)";
	return strcmp(group, "SLAB WASTE") ? "" : " (KiB)";
}

static void put_group(const struct compare *c, u32 first, u32 end, FILE *to)
{
	bool any = false;

	for (u32 id = first; id < end; id++)
		any |= is_shown(c, (enum figure_id)id);
	if (!any)
		return;
	fprintf(to, "\n%s%s\n", figures[first].group,
		unit_of(figures[first].group));
	for (u32 id = first; id < end; id++)
		if (is_shown(c, (enum figure_id)id))
			put_figure(c, (enum figure_id)id, to);
}

/* What a person takes home. */
static void put_short(const struct compare *c, FILE *to)
{
	static const struct {
		enum figure_id id;
		const char *what;
	} lines[] = {
		{FIG_MEAN, "least memory"},
		{FIG_WASTE_MEAN, "least waste in slabs"},
		{FIG_COST, "fewest cycles"},
		{FIG_FAILURES, "fewest failures"},
		{FIG_RECLAIM_KSWAPD, "least work of kswapd"},
		{FIG_RECLAIM_STALL_NS, "least direct reclaim"},
	};

	fputc('\n', to);
	for (u32 i = 0; i < ARRAY_SIZE(lines); i++) {
		u64 best;
		bool some = best_value(c, lines[i].id, EXACT, &best);
		const char *comma = "";

		if (!some && !figures[lines[i].id].always)
			continue;
		fprintf(to, "%-22s", lines[i].what);
		if (!some)
			fputs("no difference", to);
		for (u32 k = 0; some && k < c->nr; k++) {
			if (!is_best(c, lines[i].id, EXACT, k))
				continue;
			fputs(comma, to);
			put_name(to, c->runs[k].name);
			comma = ", ";
		}
		fputc('\n', to);
	}
	fputs("\n* best of its line; percent: against the first run; -: the "
	      "run has no such thing\n",
	      to);
}

void compare_print(const struct compare *c, FILE *to)
{
	u32 first = 0;

	put_head(c, to);
	put_column_names(c, to);
	for (u32 id = 1; id <= NR_FIGURES; id++) {
		if (id < NR_FIGURES &&
		    !strcmp(figures[id].group, figures[first].group))
			continue;
		put_group(c, first, id, to);
		first = id;
	}
	put_short(c, to);
}

/* JSON */

static void json_runs(struct json *j, const struct compare *c)
{
	json_array(j, "runs");
	for (u32 i = 0; i < c->nr; i++) {
		const struct compare_run *r = &c->runs[i];

		json_object(j, NULL);
		json_string(j, "name", r->name);
		json_string(j, "allocator", r->allocator);
		json_string(j, "machine", r->machine);
		json_u64(j, "cpus_count", r->nr_cpus);
		json_u64(j, "nodes_count", r->nr_nodes);
		json_u64(j, "managed_bytes", r->managed_bytes);
		json_string(j, "trace_hash", r->trace_hash);
		json_u64(j, "events_count", r->nr_events);
		json_end(j);
	}
	json_end(j);
}

static void json_figure(struct json *j, const struct compare *c,
			enum figure_id id)
{
	static const char *const better[] = {
		[BETTER_NONE] = "neither",
		[BETTER_LESS] = "less",
		[BETTER_MORE] = "more",
	};

	json_object(j, NULL);
	json_string(j, "name", figures[id].key);
	json_string(j, "better", better[figures[id].better]);
	json_array(j, "values");
	for (u32 i = 0; i < c->nr; i++) {
		if (c->runs[i].known[id])
			json_u64(j, NULL, c->runs[i].value[id]);
		else
			json_ratio(j, NULL, 0, 0); /* null */
	}
	json_end(j);
	json_array(j, "best_runs");
	for (u32 i = 0; i < c->nr; i++)
		if (is_best(c, id, EXACT, i))
			json_u64(j, NULL, i);
	json_end(j);
	json_array(j, "difference_to_first_permille");
	for (u32 i = 0; i < c->nr; i++) {
		s64 tenths;

		if (difference(c, id, EXACT, i, &tenths))
			json_s64(j, NULL, tenths);
		else
			json_ratio(j, NULL, 0, 0);
	}
	json_end(j);
	json_end(j);
}

void compare_json(const struct compare *c, FILE *to)
{
	struct json j;

	json_init(&j, to);
	json_object(&j, NULL);
	json_string(&j, "kmemsim_compare", PACKAGE_VERSION);
	json_bool(&j, "same_trace", c->same_trace);
	json_runs(&j, c);
	json_array(&j, "figures");
	for (u32 id = 0; id < NR_FIGURES; id++)
		json_figure(&j, c, (enum figure_id)id);
	json_end(&j);
	json_end(&j);
}

/* Files */

static int write_one(const struct compare *c, const char *out, const char *name,
		     void (*write)(const struct compare *c, FILE *to),
		     struct err *e)
{
	char *path = xasprintf("%s/%s", out, name);
	char *tmp = xasprintf("%s.tmp", path);
	FILE *to = fopen(tmp, "we");
	int rc = 0;

	if (!to) {
		rc = err_sys(e, tmp, "write it");
	} else {
		write(c, to);
		if (ferror(to))
			rc = err_sys(e, path, "write it");
		if (fclose(to) && !rc)
			rc = err_sys(e, path, "write it");
		if (!rc && rename(tmp, path))
			rc = err_sys(e, path, "write it");
		if (rc)
			unlink(tmp);
	}
	free(path);
	free(tmp);
	return rc;
}

int compare_write(const struct compare *c, const char *out, struct err *e)
{
	const char *dirs[COMPARE_RUNS_MAX];
	char *plots;
	u32 drawn;
	int rc;

	if (mkdir(out, 0777) && errno != EEXIST)
		return err_sys(e, out, "make it");
	rc = write_one(c, out, "compare.txt", compare_print, e);
	if (!rc)
		rc = write_one(c, out, "compare.json", compare_json, e);
	if (rc)
		return rc;
	for (u32 i = 0; i < c->nr; i++)
		dirs[i] = c->runs[i].dir;
	plots = xasprintf("%s/plots", out);
	rc = plot_compare(dirs, c->nr, plots, &drawn, e);
	free(plots);
	return rc;
}
