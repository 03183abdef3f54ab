/*
 * plot.c - DIR/plots/: for each chart its data, its script and its picture.
 *
 * The scripts of plots/ are copied beside the data with the few variables
 * that they need in front, so that `cd DIR/plots && gnuplot NAME.gp` draws
 * the chart again.  gnuplot runs without a shell and without start-up files.
 */
#include "report/plot.h"
#include "report/plotdata.h"

#include "base/bug.h"
#include "base/compiler.h"
#include "base/xmalloc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_NO_GNUPLOT 127 /* as a shell says "command not found" */
#define SAID_MAX	400 /* of what gnuplot says on stderr */

static const char style[] = "style";

/* Scripts: $KMEMSIM_DATADIR/plots, the installed ones, the source tree's. */

static char *script_dir(struct err *e)
{
	const char *const roots[] = {getenv("KMEMSIM_DATADIR"), PKGDATADIR,
				     TOP_SRCDIR};

	for (u32 i = 0; i < ARRAY_SIZE(roots); i++) {
		char *path;
		bool there;

		if (!roots[i] || !*roots[i])
			continue;
		path = xasprintf("%s/plots/%s.gp", roots[i], style);
		there = !access(path, R_OK);
		free(path);
		if (there)
			return xasprintf("%s/plots", roots[i]);
	}
	err_set(e, -ENOENT,
		"the plot scripts are not found; set KMEMSIM_DATADIR to the "
		"directory that holds plots/%s.gp",
		style);
	return NULL;
}

/* A file written as NAME.tmp and renamed when whole. */
struct out_file {
	char *path;
	char *tmp;
	FILE *to;
};

static int out_open(struct out_file *o, const char *dir, const char *name,
		    const char *suffix, struct err *e)
{
	o->path = xasprintf("%s/%s%s", dir, name, suffix);
	o->tmp = xasprintf("%s.tmp", o->path);
	o->to = fopen(o->tmp, "we");
	return o->to ? 0 : err_sys(e, o->tmp, "write it");
}

/* @rc: what came of the writing; the file appears if that is 0. */
static int out_close(struct out_file *o, int rc, struct err *e)
{
	if (o->to) {
		if (!rc && ferror(o->to))
			rc = err_sys(e, o->path, "write it");
		if (fclose(o->to) && !rc)
			rc = err_sys(e, o->path, "write it");
		if (!rc && rename(o->tmp, o->path))
			rc = err_sys(e, o->path, "write it");
		if (rc)
			unlink(o->tmp);
	}
	free(o->path);
	free(o->tmp);
	return rc;
}

static int copy_script(const char *from, const char *to_dir, const char *name,
		       const char *head, struct err *e)
{
	FILE *f = fopen(from, "re");
	struct out_file o;
	char buf[4096];
	size_t n;
	int rc;

	if (!f)
		return err_sys(e, from, "read the plot script");
	rc = out_open(&o, to_dir, name, ".gp", e);
	if (!rc) {
		fputs(head, o.to);
		while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
			fwrite(buf, 1, n, o.to);
		if (ferror(f))
			rc = err_sys(e, from, "read the plot script");
	}
	rc = out_close(&o, rc, e);
	fclose(f);
	return rc;
}

/* gnuplot */

static _Noreturn void exec_gnuplot(const char *dir, const char *script,
				   FILE *said)
{
	char name[64];
	char *argv[] = {(char[]){"gnuplot"}, (char[]){"-d"}, name, NULL};

	snprintf(name, sizeof(name), "%s", script);
	if (chdir(dir) || dup2(fileno(said), STDERR_FILENO) < 0 ||
	    dup2(fileno(said), STDOUT_FILENO) < 0)
		_exit(1);
	setenv("LC_ALL", "C", 1);
	unsetenv("GNUTERM");
	unsetenv("GNUPLOT_LIB");
	execvp(argv[0], argv);
	_exit(errno == ENOENT ? EXIT_NO_GNUPLOT : 1);
}

static int gnuplot_failed(const char *dir, const char *script, int status,
			  FILE *said, struct err *e)
{
	char text[SAID_MAX + 1];
	size_t n;

	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NO_GNUPLOT)
		return err_set(
			e, -ENOENT,
			"gnuplot is not installed: no charts are drawn; "
			"scripts and data are in %s (install gnuplot and "
			"plot again)",
			dir);
	rewind(said);
	n = fread(text, 1, SAID_MAX, said);
	text[n] = 0;
	while (n && text[n - 1] == '\n')
		text[--n] = 0;
	return err_set(e, -EIO, "%s/%s: gnuplot failed: %s", dir, script, text);
}

/* Runs gnuplot in @dir; a picture that failed is not left behind. */
static int draw(const char *dir, const char *name, struct err *e)
{
	char *script = xasprintf("%s.gp", name);
	FILE *said = tmpfile();
	int status = 0;
	pid_t pid;
	int rc = 0;

	if (!said) {
		free(script);
		return err_sys(e, "gnuplot", "make a temporary file for it");
	}
	pid = fork();
	if (!pid)
		exec_gnuplot(dir, script, said);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		rc = err_sys(e, "gnuplot", "run it");
	else if (status)
		rc = gnuplot_failed(dir, script, status, said, e);
	if (rc) {
		char *svg = xasprintf("%s/%s.svg", dir, name);

		unlink(svg);
		free(svg);
	}
	fclose(said);
	free(script);
	return rc;
}

/* Where everything goes, and what has come of it so far. */
struct plotter {
	char *scripts; /* owned */
	bool no_gnuplot;
	u32 nr_drawn;
	struct err *e;
};

/* One chart to make: of dirs[0], of a node of it, or of all dirs. */
struct job {
	const char *name;
	const char *script; /* NAME.gp in the scripts' directory */
	const struct chart *one;
	const struct compare_chart *several; /* if not one */
	u32 node;
	const char *const *dirs;
	u32 nr_dirs;
};

static int take_script(const struct plotter *p, const char *script,
		       const char *dir, const char *name, const char *head)
{
	char *from = xasprintf("%s/%s.gp", p->scripts, script);
	int rc = copy_script(from, dir, name, head, p->e);

	free(from);
	return rc;
}

static int prepare_dir(struct plotter *p, const char *dir)
{
	struct stat st;

	if (mkdir(dir, 0777) && errno != EEXIST)
		return err_sys(p->e, dir, "make it");
	if (stat(dir, &st) || !S_ISDIR(st.st_mode))
		return err_set(p->e, -ENOTDIR, "%s: is not a directory", dir);
	return take_script(p, style, dir, style, "");
}

/* The chart's data are in NAME.tsv; now its script and picture. */
static int finish_chart(struct plotter *p, const char *dir,
			const struct job *job, const char *head)
{
	struct err said = {0};
	int rc = take_script(p, job->script, dir, job->name, head);

	if (rc || p->no_gnuplot)
		return rc;
	rc = draw(dir, job->name, &said);
	if (rc == -ENOENT)
		p->no_gnuplot = true; /* the rest is still written */
	if (rc)
		err_set(p->e, rc, "%s", said.text);
	else
		p->nr_drawn++;
	return p->no_gnuplot ? 0 : rc;
}

/* Stale files of a chart that this run has no data for. */
static void remove_chart(const char *dir, const char *name)
{
	static const char *const suffixes[] = {"svg", "gp", "tsv"};

	for (u32 i = 0; i < ARRAY_SIZE(suffixes); i++) {
		char *path = xasprintf("%s/%s.%s", dir, name, suffixes[i]);

		unlink(path);
		free(path);
	}
}

static s64 make_data(const struct job *job, FILE *data, FILE *head,
		     struct err *e)
{
	if (!job->one)
		return job->several->make(job->dirs, job->nr_dirs, data, head,
					  e);
	if (job->one->make)
		return job->one->make(job->dirs[0], data, head, e);
	return job->one->make_node(job->dirs[0], job->node, data, head, e);
}

static int plot_chart(struct plotter *p, const char *into,
		      const struct job *job)
{
	struct out_file o;
	char *head_text = NULL;
	size_t head_size;
	FILE *head = open_memstream(&head_text, &head_size);
	s64 rows;
	int rc;

	if (!head)
		return err_sys(p->e, job->name, "plot it");
	rc = out_open(&o, into, job->name, ".tsv", p->e);
	rows = rc ? rc : make_data(job, o.to, head, p->e);
	rc = out_close(&o, rows < 0 ? (int)rows : 0, p->e);
	fclose(head);
	if (!rc && !rows)
		remove_chart(into, job->name);
	else if (!rc)
		rc = finish_chart(p, into, job, head_text);
	free(head_text);
	return rc;
}

static int plot_each_node(struct plotter *p, const char *into, struct job job)
{
	int nr = plot_nodes(job.dirs[0], p->e);
	int rc = MIN(nr, 0);

	for (job.node = 0; !rc && (int)job.node < nr; job.node++) {
		char *name =
			nr > 1 ? xasprintf("%s-node%u", job.script, job.node)
			       : xstrdup(job.script);

		job.name = name;
		rc = plot_chart(p, into, &job);
		free(name);
	}
	return rc;
}

static int plot_one(struct plotter *p, const char *dir)
{
	char *into = xasprintf("%s/plots", dir);
	int rc;

	rc = prepare_dir(p, into);
	for (u32 i = 0; i < NR_CHARTS && !rc; i++) {
		const struct job job = {.name = charts[i].name,
					.script = charts[i].name,
					.one = &charts[i],
					.dirs = &dir,
					.nr_dirs = 1};

		rc = charts[i].make ? plot_chart(p, into, &job)
				    : plot_each_node(p, into, job);
	}
	free(into);
	return rc;
}

static int plot_several(struct plotter *p, const char *const *dirs, u32 nr_dirs,
			const char *out)
{
	char *into = out ? xstrdup(out) : xasprintf("%s/plots", dirs[0]);
	int rc = prepare_dir(p, into);

	for (u32 i = 0; i < NR_COMPARE_CHARTS && !rc; i++) {
		const struct job job = {.name = compare_charts[i].name,
					.script = compare_charts[i].name,
					.several = &compare_charts[i],
					.dirs = dirs,
					.nr_dirs = nr_dirs};

		rc = plot_chart(p, into, &job);
	}
	free(into);
	return rc;
}

int plot_compare(const char *const *dirs, u32 nr_dirs, const char *into,
		 u32 *nr_drawn, struct err *e)
{
	struct plotter p = {.e = e};
	int rc;

	*nr_drawn = 0;
	BUG_ON(nr_dirs > COMPARE_DIRS_MAX);
	p.scripts = script_dir(e);
	if (!p.scripts)
		return -ENOENT;
	rc = plot_several(&p, dirs, nr_dirs, into);
	*nr_drawn = p.nr_drawn;
	free(p.scripts);
	return rc ? rc : p.no_gnuplot ? -ENOENT : 0;
}

/* Nothing is drawn, nor made, before all of them turn out to be runs. */
static int check_run(const char *dir, struct err *e)
{
	char *series = xasprintf("%s/series.tsv", dir);
	int rc = 0;

	if (access(dir, F_OK))
		rc = err_sys(e, dir, "plot it");
	else if (access(series, F_OK))
		rc = err_set(
			e, -ENOENT,
			"%s: is no run's directory (it has no series.tsv); "
			"make one with kmemsim run -o DIR",
			dir);
	free(series);
	return rc;
}

int plot_dirs(const char *const *dirs, u32 nr_dirs, const char *out,
	      u32 *nr_drawn, struct err *e)
{
	struct plotter p = {.e = e};
	int rc = 0;

	*nr_drawn = 0;
	if (nr_dirs > COMPARE_DIRS_MAX)
		return err_set(e, -EINVAL,
			       "%u runs are too many for one chart; at most %u",
			       nr_dirs, COMPARE_DIRS_MAX);
	for (u32 i = 0; i < nr_dirs && !rc; i++)
		rc = check_run(dirs[i], e);
	if (rc)
		return rc;
	p.scripts = script_dir(e);
	if (!p.scripts)
		return -ENOENT;
	for (u32 i = 0; i < nr_dirs && !rc; i++)
		rc = plot_one(&p, dirs[i]);
	if (!rc && nr_dirs > 1)
		rc = plot_several(&p, dirs, nr_dirs, out);
	*nr_drawn = p.nr_drawn;
	free(p.scripts);
	return rc ? rc : p.no_gnuplot ? -ENOENT : 0;
}
