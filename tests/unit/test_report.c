/*
 * Goal: a run directory appears whole or not at all, replaces only what a run
 * wrote, and names from traces harm nothing.  Method: write runs of a view
 * made by hand into a temporary directory and look at what is there.
 */
#include "report/plot.h"
#include "report/report.h"
#include "report/view.h"

#include "base/compiler.h"
#include "base/xmalloc.h"
#include "cmocka_all.h"
#include "report_fake.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *root; /* of this test, removed at its end */

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int make_root(void **state)
{
	(void)state;
	root = xstrdup("kmemsim-test-XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
	(void)state;
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(root);
	return 0;
}

static u32 count_entries(const char *dir)
{
	DIR *d = opendir(dir);
	u32 nr = 0;

	assert_non_null(d);
	while (readdir(d))
		nr++;
	closedir(d);
	return nr - 2;
}

static void put_file(const char *dir, const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	free(path);
}

static bool has_file(const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);
	bool there = !access(path, F_OK);

	free(path);
	return there;
}

static int write_run(const char *dir, const struct report_view *v,
		     struct err *e)
{
	struct report *r = report_begin(dir, e);
	int rc;

	if (!r)
		return e->code;
	rc = report_write_view(r, v, e);
	if (!rc)
		rc = report_snapshot_view(r, "../../x", v, e);
	if (!rc)
		rc = report_snapshot_view(r, "../../x", v, e);
	if (rc) {
		report_abandon(r);
		return rc;
	}
	return report_commit(r, e);
}

static void test_run_appears_whole(void **state)
{
	struct report_view *v = fake_view(20);
	char *dir = xasprintf("%s/out/", root);
	struct err e = {0};
	struct report *r = report_begin(dir, &e);

	(void)state;
	assert_non_null(r);
	assert_false(has_file(root, "out"));
	report_abandon(r);
	assert_int_equal(count_entries(root), 0);
	assert_int_equal(write_run(dir, v, &e), 0);
	assert_int_equal(count_entries(root), 1);
	assert_int_equal(count_entries(dir),
			 NR_PROC_FILES + NR_TSV_FILES + 3 + 1);
	assert_true(has_file(dir, "snap/%2E.%2F..%2Fx/slabinfo"));
	assert_true(has_file(dir, "snap/%2E.%2F..%2Fx~2/meminfo"));
	free(dir);
	fake_view_free(v);
}

static void test_run_replaces_only_runs(void **state)
{
	struct report_view *v = fake_view(20);
	char *dir = xasprintf("%s/out", root);
	struct err e = {0};

	(void)state;
	assert_int_equal(mkdir(dir, 0777), 0);
	assert_int_equal(write_run(dir, v, &e), 0); /* empty: fine */
	put_file(dir, "notes", "mine");
	put_file(dir, "locks.tsv", "old\n");
	assert_int_equal(write_run(dir, v, &e), 0); /* a run: replaced */
	assert_true(has_file(dir, "notes"));
	assert_int_equal(count_entries(root), 1);
	put_file(dir, "summary.json", "{}");
	assert_int_equal(write_run(dir, v, &e), -EEXIST);
	assert_int_equal(count_entries(root), 1);
	free(dir);
	fake_view_free(v);
}

static void test_bad_places_are_errors(void **state)
{
	struct err e = {0};
	struct err f = {0};
	struct err g = {0};
	char *file = xasprintf("%s/file", root);
	char *deep = xasprintf("%s/no/such/dir", root);

	(void)state;
	put_file(root, "file", "");
	assert_null(report_begin(file, &e));
	assert_int_equal(e.code, -ENOTDIR);
	assert_null(report_begin(deep, &f));
	assert_int_equal(f.code, -ENOENT);
	assert_null(report_begin("", &g));
	assert_int_equal(g.code, -EINVAL);
	free(file);
	free(deep);
}

static void test_stale_parts_go(void **state)
{
	char *dir = xasprintf("%s/out", root);
	char *part = xasprintf("%s/out.part-abcdef", root);
	char *other = xasprintf("%s/out.part-ghijkl", root);
	struct err e = {0};
	struct report *r;

	(void)state;
	assert_int_equal(mkdir(part, 0777) | mkdir(other, 0777), 0);
	put_file(part, "summary.json", "");
	put_file(other, "somebody's", "");
	r = report_begin(dir, &e);
	assert_non_null(r);
	assert_false(has_file(root, "out.part-abcdef"));
	assert_true(has_file(root, "out.part-ghijkl/somebody's"));
	report_abandon(r);
	free(dir);
	free(part);
	free(other);
}

static void test_labels(void **state)
{
	char out[64];
	char long_label[400];
	struct err e = {0};

	(void)state;
	assert_int_equal(report_label_encode("a.b-C_9", out, 64, &e), 0);
	assert_string_equal(out, "a.b-C_9");
	assert_int_equal(report_label_encode("..", out, 64, &e), 0);
	assert_string_equal(out, "%2E.");
	assert_int_equal(report_label_encode("/a b~", out, 64, &e), 0);
	assert_string_equal(out, "%2Fa%20b%7E");
	assert_int_equal(report_label_encode("", out, 64, &e), -EINVAL);
	memset(long_label, 'x', sizeof(long_label));
	long_label[sizeof(long_label) - 1] = 0;
	e.code = 0;
	assert_int_equal(report_label_encode(long_label, out, 64, &e),
			 -ENAMETOOLONG);
}

static void test_text_fits_two_screens(void **state)
{
	struct report_view *v = fake_view(3);
	char *text = fake_text(write_text, v);
	u32 lines = 0;
	u32 column = 0;

	(void)state;
	for (const char *p = text; *p; p++) {
		column = *p == '\n' ? 0 : column + 1;
		lines += *p == '\n';
		assert_true(column <= 100);
		assert_true((u8)*p >= ' ' || *p == '\n');
	}
	assert_true(lines <= 50);
	assert_non_null(strstr(text, "5 operations failed"));
	assert_non_null(strstr(text, "no memory 3; fragmented 2;"));
	free(text);
	fake_view_free(v);
}

static void test_text_says_what_tables_lack(void **state)
{
	struct report_view *v = fake_view(3);
	struct config *c = (struct config *)(uintptr_t)v->config;
	struct metrics *m = (struct metrics *)(uintptr_t)v->metrics;
	char *text;

	(void)state;
	c->mm.reclaim = true;
	m->reclaim_runs_dropped = 11;
	m->extfrags_dropped = 13;
	text = fake_text(write_text, v);
	assert_non_null(strstr(text, "\n  reclaim.tsv, and"));
	assert_non_null(strstr(text, "lacks the last 11\n"));
	assert_null(strstr(text, "compaction.tsv"));
	assert_non_null(strstr(text, "lacks the last 13\n"));
	free(text);
	fake_view_free(v);
}

/* One header line; each line has its number of fields. */
static void test_tables_are_rectangular(void **state)
{
	struct report_view *v = fake_view(3);

	(void)state;
	for (u32 i = 0; i < NR_TSV_FILES; i++) {
		char *text = fake_text(tsv_files[i].write, v);
		u32 header = 0;
		u32 tabs = 0;

		for (const char *p = text; *p; p++) {
			tabs += *p == '\t';
			if (*p != '\n')
				continue;
			header = header ? header : tabs;
			assert_int_equal(tabs, header);
			tabs = 0;
		}
		assert_int_equal(tabs, 0);
		free(text);
	}
	fake_view_free(v);
}

static void test_plot_writes_data_without_gnuplot(void **state)
{
	struct report_view *v = fake_view(200);
	char *dir = xasprintf("%s/out", root);
	const char *dirs[] = {dir, dir};
	char *path = xstrdup(getenv("PATH") ? getenv("PATH") : "");
	struct err e = {0};
	struct err f = {0};
	u32 nr;

	(void)state;
	assert_int_equal(write_run(dir, v, &e), 0);
	setenv("PATH", "/nonexistent", 1);
	assert_int_equal(plot_dirs(dirs, 2, NULL, &nr, &f), -ENOENT);
	setenv("PATH", path, 1);
	assert_int_equal(nr, 0);
	assert_non_null(strstr(f.text, "gnuplot is not installed"));
	assert_true(has_file(dir, "plots/style.gp"));
	assert_true(has_file(dir, "plots/memory.gp"));
	assert_true(has_file(dir, "plots/unusable.tsv"));
	assert_true(has_file(dir, "plots/compare-waste.gp"));
	assert_false(has_file(dir, "plots/memory.svg"));
	free(path);
	free(dir);
	fake_view_free(v);
}

static char *file_text(const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *f = fopen(path, "r");
	char *text = xcalloc(1, 1 << 20);

	assert_non_null(f);
	assert_true(fread(text, 1, (1 << 20) - 1, f) > 0);
	fclose(f);
	free(path);
	return text;
}

static void test_plot_twice_is_the_same(void **state)
{
	static const char *const svgs[] = {
		"plots/memory.svg",	   "plots/free-blocks.svg",
		"plots/unusable.svg",	   "plots/slab-states.svg",
		"plots/internal.svg",	   "plots/sizes.svg",
		"plots/extfrag.svg",	   "plots/compare-memory.svg",
		"plots/compare-waste.svg", "plots/compare-slabs.svg",
		"plots/compare-cost.svg"};
	struct report_view *v = fake_view(40);
	char *dir = xasprintf("%s/out `touch x` \"q", root);
	const char *dirs[] = {dir, dir};
	char *before[ARRAY_SIZE(svgs)];
	struct err e = {0};
	u32 nr;

	(void)state;
	if (system("gnuplot --version >/dev/null 2>&1"))
		skip();
	assert_int_equal(write_run(dir, v, &e), 0);
	assert_int_equal(plot_dirs(dirs, 2, NULL, &nr, &e), 0);
	assert_int_equal(nr, 20);
	for (u32 i = 0; i < ARRAY_SIZE(svgs); i++)
		before[i] = file_text(dir, svgs[i]);
	assert_int_equal(plot_dirs(dirs, 2, NULL, &nr, &e), 0);
	for (u32 i = 0; i < ARRAY_SIZE(svgs); i++) {
		char *after = file_text(dir, svgs[i]);

		assert_string_equal(before[i], after);
		assert_null(strstr(after, "`"));
		free(before[i]);
		free(after);
	}
	assert_int_equal(count_entries(root), 1);
	free(dir);
	fake_view_free(v);
}

/* A run of one moment has no time charts, and that is no error. */
static void test_plot_of_a_short_run(void **state)
{
	struct report_view *v = fake_view(1);
	char *dir = xasprintf("%s/out", root);
	const char *dirs[] = {dir};
	struct err e = {0};
	u32 nr;
	int rc;

	(void)state;
	assert_int_equal(write_run(dir, v, &e), 0);
	rc = plot_dirs(dirs, 1, NULL, &nr, &e);
	assert_true(rc == 0 || rc == -ENOENT);
	assert_true(has_file(dir, "plots/sizes.gp"));
	assert_false(has_file(dir, "plots/memory.gp"));
	free(dir);
	fake_view_free(v);
}

static void test_plot_of_no_run_is_an_error(void **state)
{
	struct err e = {0};
	struct err f = {0};
	const char *dirs[] = {"/nonexistent"};
	const char *mine[] = {root};
	u32 nr;

	(void)state;
	assert_int_equal(plot_dirs(dirs, 1, NULL, &nr, &e), -ENOENT);
	put_file(root, "series.tsv", "time_ns\tfree_pages\n1\n");
	assert_int_equal(plot_dirs(mine, 1, NULL, &nr, &f), -EINVAL);
	assert_non_null(strstr(f.text, "series.tsv:2:"));
}

#define ROOTED(f) cmocka_unit_test_setup_teardown(f, make_root, remove_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROOTED(test_run_appears_whole),
		ROOTED(test_run_replaces_only_runs),
		ROOTED(test_bad_places_are_errors),
		ROOTED(test_stale_parts_go),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_text_fits_two_screens),
		cmocka_unit_test(test_text_says_what_tables_lack),
		cmocka_unit_test(test_tables_are_rectangular),
		ROOTED(test_plot_writes_data_without_gnuplot),
		ROOTED(test_plot_twice_is_the_same),
		ROOTED(test_plot_of_a_short_run),
		ROOTED(test_plot_of_no_run_is_an_error),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
