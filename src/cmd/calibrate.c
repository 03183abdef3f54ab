/*
 * calibrate.c - kmemsim calibrate: a machine's prices from a table of what
 * operations were measured to cost.
 */
#include "cmd/cmd.h"

#include "cmd/progress.h"
#include "cmd/table_file.h"

#include "base/bug.h"
#include "base/xmalloc.h"
#include "sim/calibrate.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USAGE	 "calibrate [-m MACHINE.yaml] [--set KEY=VALUE]... FILE"
#define CPUS_MAX TRACE_CPUS_MAX

struct calibrate_args {
	const char *machine;
	const char *out;
	const char *table;
	const char *fit;
	const char *file;
	struct opt_list set;
	u64 tolerance;
	bool predict;
};

static int parse_args(struct calibrate_args *a, int argc, char **argv)
{
	const struct opt opts[] = {
		{'m', "machine", "FILE", "the machine (default: compiled in)",
		 OPT_STRING, &a->machine},
		{0, "set", "KEY=VALUE", "any key of the machine file, dotted",
		 OPT_LIST, &a->set},
		{0, "fit", "LIST",
		 "prices to fit, keys of sim.costs with commas between "
		 "(default: all that the table depends on)",
		 OPT_STRING, &a->fit},
		{0, "tolerance", "PERCENT",
		 "a row that is off by more is not explained (default 10)",
		 OPT_U64, &a->tolerance},
		{0, "predict", NULL, "fit nothing: what the machine predicts",
		 OPT_FLAG, &a->predict},
		{'o', "out", "FILE", "write the prices there, as YAML",
		 OPT_STRING, &a->out},
		{0, "table", "FILE", "write the rows there, with predictions",
		 OPT_STRING, &a->table},
	};

	return opts_parse_one(opts, ARRAY_SIZE(opts), USAGE,
			      "calibrate needs one FILE", argc, argv, &a->file);
}

/* The table */

static int row_error(const struct table_file *t, u32 row, const char *what,
		     const char *cell, struct err *e)
{
	return err_set(e, -EINVAL, "%s:%u: %s '%s'", t->path,
		       table_file_line(t, row), what, cell);
}

/* The operation behind the last colon of @cell; the path before it. */
static int parse_workload(const char *file, const char *cell,
			  struct calibrate_row *r)
{
	const char *colon = strrchr(cell, ':');
	const char *slash = strrchr(file, '/');

	if (!colon || colon == cell)
		return -EINVAL;
	r->op = CALIBRATE_PAIR;
	if (strcmp(colon + 1, "pair")) {
		for (r->op = 0; r->op < NR_TRACE_OPS; r->op++)
			if (!strcmp(colon + 1, trace_op_names[r->op]))
				break;
		if (r->op == NR_TRACE_OPS)
			return -EINVAL;
	}
	r->workload = xasprintf(
		"%.*s%.*s", slash && *cell != '/' ? (int)(slash + 1 - file) : 0,
		file, (int)(colon - cell), cell);
	return 0;
}

static bool parse_number(const char *cell, double least, double most,
			 double *value)
{
	char *end;

	*value = strtod(cell, &end);
	return *cell && !*end && *value >= least && *value <= most;
}

struct columns {
	u32 workload, cpus, measured, unit, use;
	bool has_use;
};

static int read_row(struct calibration *k, const struct table_file *t, u32 i,
		    const struct columns *c, struct err *e)
{
	const char *unit = table_file_cell(t, i, c->unit);
	const char *use = c->has_use ? table_file_cell(t, i, c->use) : "fit";
	const char *cell = table_file_cell(t, i, c->workload);
	struct calibrate_row r = {.fit = !strcmp(use, "fit")};
	double cpus;

	if (strcmp(unit, "ns") && strcmp(unit, "cycles"))
		return row_error(t, i, "unit is ns or cycles, not", unit, e);
	if (!r.fit && strcmp(use, "predict"))
		return row_error(t, i, "use is fit or predict, not", use, e);
	if (!parse_number(table_file_cell(t, i, c->cpus), 1, CPUS_MAX, &cpus) ||
	    floor(cpus) < cpus)
		return row_error(t, i, "no number of CPUs:",
				 table_file_cell(t, i, c->cpus), e);
	if (cpus > k->config.mm.nr_cpus)
		return row_error(t, i, "more CPUs than the machine has:",
				 table_file_cell(t, i, c->cpus), e);
	if (!parse_number(table_file_cell(t, i, c->measured), 1e-3, 1e12,
			  &r.measured_cycles))
		return row_error(t, i, "no measured value:",
				 table_file_cell(t, i, c->measured), e);
	if (parse_workload(t->path, cell, &r))
		return row_error(t, i,
				 "a workload is FILE.yaml:OPERATION, with "
				 "OPERATION an operation or pair, not",
				 cell, e);
	r.cpus = (u32)cpus;
	r.where = xasprintf("%s:%u", t->path, table_file_line(t, i));
	if (!strcmp(unit, "ns"))
		r.measured_cycles *= (double)k->config.cpu_hz / 1e9;
	*VEC_PUSH(&k->rows) = r;
	return 0;
}

static int read_table(struct calibration *k, const char *path, struct err *e)
{
	struct table_file t;
	struct columns c = {0};
	struct err unused = {0};
	int rc = table_file_read(&t, path, e);

	if (rc)
		return rc;
	if (!table_file_column(&t, "workload", &c.workload, e) ||
	    !table_file_column(&t, "cpus", &c.cpus, e) ||
	    !table_file_column(&t, "measured", &c.measured, e) ||
	    !table_file_column(&t, "unit", &c.unit, e))
		rc = -EINVAL;
	c.has_use = table_file_column(&t, "use", &c.use, &unused);
	if (!rc && (!t.nr_rows || t.nr_rows > CALIBRATE_ROWS_MAX))
		rc = err_set(e, -EINVAL, "%s: %u rows; 1 to %u are possible",
			     path, t.nr_rows, CALIBRATE_ROWS_MAX);
	for (u32 i = 0; i < t.nr_rows && !rc; i++)
		rc = read_row(k, &t, i, &c, e);
	table_file_free(&t);
	return rc;
}

/* What is printed */

static double to_ns(const struct calibration *k, double cycles)
{
	return cycles * 1e9 / (double)k->config.cpu_hz;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static const char *op_name(u32 op)
{
	return op == CALIBRATE_PAIR ? "pair" : trace_op_names[op];
}

static void put_rows(const struct calibration *k, FILE *to)
{
	fputs("workload\tcpus\tuse\tmeasured_ns\tpredicted_ns\terror_percent\n",
	      to);
	for (size_t i = 0; i < k->rows.nr; i++) {
		const struct calibrate_row *r = &k->rows.at[i];

		fprintf(to, "%s:%s\t%u\t%s\t%.6g\t%.6g\t%.3f\n",
			base_name(r->workload), op_name(r->op), r->cpus,
			r->fit ? "fit" : "predict",
			to_ns(k, r->measured_cycles),
			to_ns(k, r->predicted_cycles),
			100 * calibrate_error(r));
	}
}

static void print_rows(const struct calibration *k)
{
	printf("%-34s %5s %-7s %11s %11s %8s\n", "workload", "cpus", "use",
	       "measured ns", "model ns", "error %");
	for (size_t i = 0; i < k->rows.nr; i++) {
		const struct calibrate_row *r = &k->rows.at[i];
		char name[128];

		snprintf(name, sizeof(name), "%s:%s", base_name(r->workload),
			 op_name(r->op));
		printf("%-34s %5u %-7s %11.2f %11.2f %8.2f\n", name, r->cpus,
		       r->fit ? "fit" : "predict", to_ns(k, r->measured_cycles),
		       to_ns(k, r->predicted_cycles), 100 * calibrate_error(r));
	}
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Median and worst of the rows with @fit; false: there are none. */
static bool print_summary(const struct calibration *k, bool fit, double *worst)
{
	double errors[CALIBRATE_ROWS_MAX];
	u32 n = 0;

	for (size_t i = 0; i < k->rows.nr; i++)
		if (k->rows.at[i].fit == fit)
			errors[n++] =
				100 * fabs(calibrate_error(&k->rows.at[i]));
	if (!n)
		return false;
	qsort(errors, n, sizeof(*errors), by_value);
	*worst = errors[n - 1];
	printf("%s %u rows: median error %.2f %%, worst %.2f %%\n",
	       fit ? "fitted   " : "predicted", n,
	       n % 2 ? errors[n / 2] : (errors[n / 2 - 1] + errors[n / 2]) / 2,
	       *worst);
	return true;
}

static void print_params(const struct calibration *k)
{
	printf("\n%-22s %10s %10s %7s   %s\n", "price, cycles", "start",
	       "fitted", "whole", "95 % interval");
	for (u32 j = 0; j < k->nr_params; j++) {
		const struct calibrate_param *p = &k->params[j];

		printf("%-22s %10.0f %10.1f %7u   ", p->name, p->start,
		       p->value, p->rounded);
		/* Wider than a factor of three each way says nothing. */
		if (!(p->high / p->low < 9))
			puts("not determined by the table");
		else
			printf("%.1f to %.1f\n", p->low, p->high);
	}
	printf("%u iterations, %u runs\n", k->nr_iterations, k->nr_runs);
}

static int write_file(const char *path, const struct calibration *k,
		      void (*put)(const struct calibration *k, FILE *to),
		      struct err *e)
{
	char *tmp = xasprintf("%s.tmp", path);
	FILE *to = fopen(tmp, "w");
	int rc = 0;

	if (to)
		put(k, to);
	if (!to || (ferror(to) | fclose(to)) || rename(tmp, path)) {
		rc = err_sys(e, path, "writing");
		remove(tmp);
	}
	free(tmp);
	return rc;
}

static void put_yaml(const struct calibration *k, FILE *to)
{
	fputs("sim:\n  costs:\n", to);
	for (u32 j = 0; j < k->nr_params; j++)
		fprintf(to, "    %s: %u\n", k->params[j].name,
			k->params[j].rounded);
}

/* The command */

static void show_run(void *arg, const struct calibration *k)
{
	progress_say(arg, "%u runs of workloads", k->nr_runs);
}

static int fit(struct calibration *k, const struct calibrate_args *a,
	       struct err *e)
{
	if (a->predict)
		return calibrate_predict(k, e);
	if (calibrate_choose(k, a->fit, e))
		return -EINVAL;
	return calibrate_fit(k, e);
}

static int tell(const struct calibration *k, const struct calibrate_args *a,
		struct err *e)
{
	double worst = 0, unused;

	print_rows(k);
	if (!a->predict)
		print_params(k);
	putchar('\n');
	print_summary(k, true, &worst);
	print_summary(k, false, &unused);
	if (!a->predict) {
		putchar('\n');
		put_yaml(k, stdout);
	}
	if (a->out && !a->predict && write_file(a->out, k, put_yaml, e))
		return -EIO;
	if (a->table && write_file(a->table, k, put_rows, e))
		return -EIO;
	if (!a->predict && worst > (double)a->tolerance)
		return err_set(e, -EDOM,
			       "the model does not explain the table: the "
			       "worst fitted row is off by %.1f %%, more than "
			       "the %llu %% of --tolerance",
			       worst, (unsigned long long)a->tolerance);
	return 0;
}

int cmd_calibrate(int argc, char **argv)
{
	struct calibrate_args a = {.tolerance = 10};
	struct calibration *k;
	struct progress p;
	struct err e = {0};
	int rc, status = parse_args(&a, argc, argv);

	if (status)
		return status == -2 ? EXIT_OK : EXIT_USAGE;
	k = xcalloc(1, sizeof(*k));
	k->on_run = show_run;
	k->arg = &p;
	status = EXIT_USAGE;
	if (!config_load(&k->config, a.machine, a.set.at, a.set.nr, &e) &&
	    !read_table(k, a.file, &e)) {
		if (k->config.model == MODEL_NONE)
			k->config.model = MODEL_COSTS;
		progress_begin(&p, "calibrate", false);
		rc = fit(k, &a, &e);
		progress_end(&p);
		if (!rc)
			status = tell(k, &a, &e) ? EXIT_RUN : EXIT_OK;
	}
	if (status)
		cmd_fail(&e, (enum exit_status)status);
	calibrate_free(k);
	free(k);
	return status;
}
