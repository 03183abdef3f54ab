/*
 * plot.c - kmemsim plot DIR...: charts of one run, or of several.
 */
#include "report/plot.h"
#include "cmd/cmd.h"

#include "base/compiler.h"

#include <errno.h>
#include <stdio.h>

int cmd_plot(int argc, char **argv)
{
	const char *out = NULL;
	bool quiet = false;
	const struct opt opts[] = {
		{'o', "out", "DIR",
		 "where charts that compare runs go (default: the first "
		 "DIR/plots)",
		 OPT_STRING, &out},
		{'q', "quiet", NULL, "say nothing but errors", OPT_FLAG,
		 &quiet},
	};
	struct err e = {0};
	char **dirs;
	u32 nr_drawn;
	int nr = opts_parse(opts, ARRAY_SIZE(opts), "plot [-o DIR] DIR...",
			    argc, argv, &dirs);
	int rc;

	if (nr < 0)
		return nr == -2 ? EXIT_OK : EXIT_USAGE;
	if (!nr) {
		err_set(&e, -EINVAL,
			"plot: which run? name its directory (kmemsim plot "
			"DIR...)");
		return cmd_fail(&e, EXIT_USAGE);
	}
	rc = plot_dirs((const char *const *)dirs, (u32)nr, out, &nr_drawn, &e);
	if (rc)
		return cmd_fail(&e, EXIT_RUN);
	if (!quiet)
		printf("%u charts in %s%s\n", nr_drawn, dirs[0],
		       nr > 1 ? "/plots and the others' plots/" : "/plots");
	return EXIT_OK;
}
