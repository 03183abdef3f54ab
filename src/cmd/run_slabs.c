#include "cmd/run_slabs.h"
#include "cmd/interrupt.h"
#include "mm/slab.h"
#include "report/compare.h"
#include "report/report.h"

#include "base/bug.h"
#include "base/xmalloc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct slab_list {
	char *text; /* owned; the names end in NUL in it */
	const char *names[COMPARE_RUNS_MAX];
	char *dirs[COMPARE_RUNS_MAX]; /* owned */
	u32 nr;
};

static int add_name(struct slab_list *l, const char *name, struct err *e)
{
	if (!slab_ops_by_name(name))
		return err_set(e, -EINVAL,
			       "--slab: '%.40s' is no slab allocator; slub, "
			       "slab and slob are",
			       name);
	for (u32 i = 0; i < l->nr; i++)
		if (!strcmp(l->names[i], name))
			return err_set(e, -EINVAL,
				       "--slab: %s stands there twice", name);
	BUG_ON(l->nr == COMPARE_RUNS_MAX); /* there are not as many */
	l->names[l->nr++] = name;
	return 0;
}

static int parse_list(struct slab_list *l, const char *text, struct err *e)
{
	char *p;
	int rc = 0;

	l->text = p = xstrdup(text);
	while (p && !rc) {
		char *comma = strchr(p, ',');

		if (comma)
			*comma = 0;
		rc = add_name(l, p, e);
		p = comma ? comma + 1 : NULL;
	}
	if (!rc && l->nr < 2)
		rc = err_set(e, -EINVAL,
			     "--slab: name two allocators to compare");
	return rc;
}

/* The directory that holds the runs; NULL with @e. */
static char *prepare_dir(const char *out, struct err *e)
{
	const char *tmp = getenv("TMPDIR");
	char *dir;
	char *summary;
	bool is_run;

	if (!out) {
		dir = xasprintf("%s/kmemsim-XXXXXX",
				tmp && *tmp ? tmp : "/tmp");
		if (mkdtemp(dir))
			return dir;
		err_sys(e, dir, "make a directory for the runs");
		free(dir);
		return NULL;
	}
	summary = xasprintf("%s/summary.json", out);
	is_run = !access(summary, F_OK);
	free(summary);
	if (is_run) {
		err_set(e, -EEXIST,
			"%s: is a run itself; name another directory with -o",
			out);
		return NULL;
	}
	if (mkdir(out, 0777) && errno != EEXIST) {
		err_sys(e, out, "make it");
		return NULL;
	}
	return xstrdup(out);
}

/* A comparison of older runs must not stand beside new ones. */
static void remove_old(const char *dir)
{
	static const char *const names[] = {"compare.txt", "compare.json"};

	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		char *path = xasprintf("%s/%s", dir, names[i]);

		unlink(path);
		free(path);
	}
}

static int compare_all(const struct run_slabs *s, const struct slab_list *l,
		       const char *dir)
{
	struct err e = {0};
	struct compare *c =
		compare_load((const char *const *)l->dirs, l->nr, false, &e);
	int rc = 0;

	if (!c)
		return cmd_fail(&e, EXIT_RUN);
	if (s->out)
		rc = compare_write(c, dir, &e);
	else
		report_remove(dir); /* before a closed pipe may kill us */
	if (!s->quiet)
		compare_print(c, stdout);
	compare_free(c);
	if (rc == -ENOENT) { /* no gnuplot: all but the charts is there */
		fprintf(stderr, "kmemsim: %s\n", e.text);
		return EXIT_OK;
	}
	return rc ? cmd_fail(&e, EXIT_RUN) : EXIT_OK;
}

static int run_all(const struct run_slabs *s, struct slab_list *l,
		   const char *dir)
{
	int status = EXIT_OK;

	remove_old(dir);
	for (u32 i = 0; i < l->nr && !status; i++) {
		l->dirs[i] = xasprintf("%s/%s", dir, l->names[i]);
		status = s->one(s->arg, l->names[i], l->dirs[i]);
		if (!status && interrupt_check(NULL))
			status = EXIT_RUN;
	}
	return status ? status : compare_all(s, l, dir);
}

int run_slabs(const struct run_slabs *s)
{
	struct slab_list l = {0};
	struct err e = {0};
	char *dir = NULL;
	int status = EXIT_USAGE;

	if (parse_list(&l, s->list, &e)) {
		cmd_fail(&e, EXIT_USAGE);
	} else {
		dir = prepare_dir(s->out, &e);
		status = dir ? run_all(s, &l, dir) : cmd_fail(&e, EXIT_RUN);
	}
	if (dir && !s->out && status)
		report_remove(dir);
	else if (dir && status)
		rmdir(dir); /* where no run has come to its end */
	for (u32 i = 0; i < l.nr; i++)
		free(l.dirs[i]);
	free(l.text);
	free(dir);
	return status;
}
