/*
 * compare.c - kmemsim compare DIR DIR...: runs of one trace side by side.
 */
#include "report/compare.h"
#include "cmd/cmd.h"

#include "base/compiler.h"

#include <errno.h>
#include <stdio.h>

#define USAGE "compare [-o OUT] [--json] [--force] DIR DIR..."

int cmd_compare(int argc, char **argv)
{
	const char *out = NULL;
	bool json = false;
	bool force = false;
	bool quiet = false;
	const struct opt opts[] = {
		{'o', "out", "OUT", "write compare.txt, compare.json, charts",
		 OPT_STRING, &out},
		{'j', "json", NULL, "print JSON instead of the table", OPT_FLAG,
		 &json},
		{0, "force", NULL, "compare runs of different traces too",
		 OPT_FLAG, &force},
		{'q', "quiet", NULL, "print nothing but errors", OPT_FLAG,
		 &quiet},
	};
	struct err e = {0};
	struct compare *c;
	char **dirs;
	int nr = opts_parse(opts, ARRAY_SIZE(opts), USAGE, argc, argv, &dirs);
	int rc = 0;

	if (nr < 0)
		return nr == -2 ? EXIT_OK : EXIT_USAGE;
	if (nr < 2 || nr > (int)COMPARE_RUNS_MAX) {
		err_set(&e, -EINVAL, "compare: name two to %u runs",
			COMPARE_RUNS_MAX);
		return cmd_fail(&e, EXIT_USAGE);
	}
	c = compare_load((const char *const *)dirs, (u32)nr, force, &e);
	if (!c)
		return cmd_fail(&e, EXIT_RUN);
	if (!quiet && json)
		compare_json(c, stdout);
	else if (!quiet)
		compare_print(c, stdout);
	if (out)
		rc = compare_write(c, out, &e);
	compare_free(c);
	if (rc)
		return cmd_fail(&e, EXIT_RUN);
	return fflush(stdout) ? EXIT_RUN : EXIT_OK;
}
