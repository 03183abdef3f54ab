/*
 * run.c - `kmemsim run`: a trace or workload on a machine, and what came of
 * it.  Reads the command line, opens what it names, and hands over to sim/
 * and report/.
 */
#include "base/bug.h"
#include "base/xmalloc.h"
#include "cmd/cmd.h"
#include "cmd/interrupt.h"
#include "cmd/placements.h"
#include "cmd/progress.h"
#include "cmd/run_slabs.h"
#include "cmd/self.h"
#include "report/report.h"
#include "sim/before.h"
#include "sim/sim.h"
#include "sim/state.h"
#include "trace/gen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define USAGE "run [-m MACHINE.yaml] [-o DIR] [--set KEY=VALUE]... SOURCE"
/* How much of a file tells whether it is a workload. */
#define DETECT_BYTES 4096u
/* Settings that options of their own stand for. */
#define NR_SHORTCUTS 3u

/* Bytes that the record number adds to the command line at most. */
#define CONTEXT_EXTRA 64

struct run_args {
	const char *source;
	const char *machine;
	const char *out;
	const char *slab;
	const char *model;
	const char *timing;
	const char *placements;
	const char *state;
	const char *before;
	struct opt_list set;
	struct sim_options sim;
	bool quiet;
	bool verbose;
};

struct run {
	const struct run_args *args;
	struct config config;
	struct trace_reader *reader;
	struct report *report;
	struct placements *placements;
	struct progress progress;
	struct err *err;     /* borrowed: why it was interrupted */
	const char *command; /* borrowed: what reproduces the run */
	char *context;	     /* owned: the same, with the record number */
	struct sim *sim;
	struct procsnap snap; /* --before */
};

/* A --set that a recorded machine would overrule; NULL: none. */
static const char *overruled(const struct run_args *a)
{
	static const char *const keys[] = {"nodes", "distances"};

	if (!a->before && (!a->state || a->machine))
		return NULL;
	for (u32 i = 0; i < a->set.nr; i++)
		for (u32 k = 0; k < ARRAY_SIZE(keys); k++)
			if (!strncmp(a->set.at[i], keys[k], strlen(keys[k])))
				return a->set.at[i];
	return NULL;
}

static int parse_args(struct run_args *a, int argc, char **argv)
{
	const struct opt opts[] = {
		{'m', "machine", "FILE", "the machine (default: compiled in)",
		 OPT_STRING, &a->machine},
		{'o', "out", "DIR", "leave the run's files in DIR", OPT_STRING,
		 &a->out},
		{0, "slab", "NAME", "slub, slab or slob; slub,slob runs both",
		 OPT_STRING, &a->slab},
		{0, "set", "KEY=VALUE", "any key of the machine file, dotted",
		 OPT_LIST, &a->set},
		{0, "model", "NAME", "what operations cost: none, costs, full",
		 OPT_STRING, &a->model},
		{0, "timing", "NAME",
		 "when they arrive: recorded, closed (implies --model costs)",
		 OPT_STRING, &a->timing},
		{0, "placements", "FILE", "write where each object went",
		 OPT_STRING, &a->placements},
		{0, "state", "DIR",
		 "start from the recorded *-start.txt in DIR", OPT_STRING,
		 &a->state},
		{0, "before", "DIR",
		 "start from a machine's /proc files, on that machine",
		 OPT_STRING, &a->before},
		{0, "check", "N", "check all invariants every N operations",
		 OPT_U64, &a->sim.check_every},
		{0, "stop-at", "N", "stop before record N (from 0)", OPT_U64,
		 &a->sim.stop_at},
		{0, "partial", NULL, "replay a damaged trace up to the damage",
		 OPT_FLAG, &a->sim.partial},
		{'q', "quiet", NULL, "print nothing but errors", OPT_FLAG,
		 &a->quiet},
		{'v', "verbose", NULL, "say how fast it went, and how large",
		 OPT_FLAG, &a->verbose},
	};
	int rc = opts_parse_one(opts, ARRAY_SIZE(opts), USAGE,
				"run needs one SOURCE", argc, argv, &a->source);

	if (rc)
		return rc;
	if (a->state && a->before) {
		fputs("kmemsim: --state and --before exclude each other\n",
		      stderr);
		return -1;
	}
	if (overruled(a)) {
		fprintf(stderr,
			"kmemsim: --set %s: %s says what nodes there are\n",
			overruled(a), a->before ? "--before" : "--state");
		return -1;
	}
	return 0;
}

static int load_config(struct run *r, struct err *e)
{
	const struct run_args *a = r->args;
	const char *sets[OPT_LIST_MAX + NR_SHORTCUTS];
	char *made[NR_SHORTCUTS] = {NULL};
	u32 nr = 0, nr_made = 0;
	int rc;

	if (a->slab)
		made[nr_made++] = xasprintf("kernel.slab=%s", a->slab);
	if (a->model || a->timing)
		made[nr_made++] = xasprintf("sim.model=%s",
					    a->model ? a->model : "costs");
	if (a->timing)
		made[nr_made++] = xasprintf("sim.timing=%s", a->timing);
	for (u32 i = 0; i < nr_made; i++)
		sets[nr++] = made[i];
	for (u32 i = 0; i < a->set.nr; i++)
		sets[nr++] = a->set.at[i];
	rc = config_load(&r->config, a->machine, sets, nr, e);
	for (u32 i = 0; i < nr_made; i++)
		free(made[i]);
	if (!rc && a->state && !a->machine)
		return state_machine(&r->config, a->state, e);
	if (rc || !a->before)
		return rc;
	rc = procsnap_load(&r->snap, a->before, ".start", e);
	return rc ? rc : before_config(&r->config, &r->snap, e);
}

/* Is it a configuration file rather than a trace?  Only a regular file can be
 * looked at twice. */
static bool is_workload(const char *path)
{
	char start[DETECT_BYTES];
	struct stat st;
	FILE *f;
	size_t len;

	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return false;
	f = fopen(path, "rb");
	if (!f)
		return false;
	len = fread(start, 1, sizeof(start), f);
	fclose(f);
	return workload_detect(start, len);
}

/* Exit status, EXIT_OK with r->reader set. */
static int open_source(struct run *r, struct err *e)
{
	const char *source = r->args->source;

	r->reader = trace_open_on(source, r->config.mm.nr_cpus, e);
	if (r->reader)
		return EXIT_OK;
	return is_workload(source) ? EXIT_USAGE : EXIT_RUN;
}

static int on_snapshot(void *arg, const char *label, struct sim *s,
		       struct err *e)
{
	struct run *r = arg;

	return r->report ? report_snapshot(r->report, label, s, e) : 0;
}

static int on_placement(void *arg, const struct sim_placement *p, struct err *e)
{
	struct run *r = arg;

	return placements_add(r->placements, p, e);
}

static int on_progress(void *arg, double share, u64 events, u64 time_ns)
{
	struct run *r = arg;

	snprintf(r->context, strlen(r->command) + CONTEXT_EXTRA,
		 "%s   (at record %llu or soon after)", r->command,
		 (unsigned long long)events);
	progress_show(&r->progress, share, events, time_ns);
	return interrupt_check(r->err);
}

static int create_sim(struct run *r, struct err *e)
{
	struct sim_hooks hooks = {
		.arg = r,
		.snapshot = on_snapshot,
		.placement = r->args->placements ? on_placement : NULL,
		.progress = on_progress,
	};

	r->sim = sim_create(&r->config, r->reader, &r->args->sim, &hooks, e);
	if (!r->sim)
		return EXIT_RUN;
	if (r->args->before)
		return before_fill(r->sim, &r->snap, e) ? EXIT_RUN : EXIT_OK;
	if (!r->args->state)
		return EXIT_OK;
	return sim_restore(r->sim, r->args->state, e) ? EXIT_RUN : EXIT_OK;
}

/* The run itself; the files appear only when all of it has succeeded. */
static int run_and_report(struct run *r, struct err *e)
{
	int rc = sim_run(r->sim, e);
	struct report *report = r->report;
	struct placements *placements = r->placements;

	progress_end(&r->progress);
	if (!rc && report)
		rc = report_write(report, r->sim, e);
	if (!rc)
		rc = interrupt_check(e);
	if (rc)
		return EXIT_RUN;
	r->placements = NULL;
	if (placements && placements_finish(placements, e))
		return EXIT_RUN;
	r->report = NULL;
	if (report && report_commit(report, e))
		return EXIT_RUN;
	return EXIT_OK;
}

static int do_run(struct run *r, struct err *e)
{
	const struct run_args *a = r->args;
	int status;

	r->err = e;
	if (load_config(r, e))
		return EXIT_USAGE;
	status = open_source(r, e);
	if (status)
		return status;
	if (a->out) {
		r->report = report_begin(a->out, e);
		if (!r->report)
			return EXIT_RUN;
	}
	if (a->placements) {
		r->placements = placements_create(a->placements, e);
		if (!r->placements)
			return EXIT_RUN;
	}
	status = create_sim(r, e);
	if (status)
		return status;
	return run_and_report(r, e);
}

static void print_report(const struct run *r, bool print)
{
	char *text;

	if (sim_was_partial(r->sim))
		fprintf(stderr,
			"kmemsim: %s is damaged: replayed up to the "
			"damage, %llu operations\n",
			r->args->source,
			(unsigned long long)sim_metrics(r->sim)->nr_events);
	if (print) {
		text = report_text(r->sim);
		fputs(text, stdout);
		free(text);
	}
	if (r->args->verbose)
		self_say_cost(sim_metrics(r->sim)->nr_events);
}

static void run_free(struct run *r)
{
	progress_end(&r->progress);
	if (r->placements)
		placements_abandon(r->placements);
	if (r->report)
		report_abandon(r->report);
	sim_destroy(r->sim);
	procsnap_free(&r->snap);
	if (r->reader)
		trace_close(r->reader);
}

/* One run from its configuration to its report. */
static int run_once(const struct run_args *args, const char *command,
		    bool print)
{
	struct run *r = xcalloc(1, sizeof(*r));
	struct err e = {0};
	int status;

	r->args = args;
	r->command = command;
	r->context = xmalloc(strlen(command) + CONTEXT_EXTRA);
	strcpy(r->context, command);
	bug_context(r->context);
	progress_begin(&r->progress, args->slab ? args->slab : "run",
		       args->quiet);
	status = do_run(r, &e);
	progress_end(&r->progress);
	if (status && !interrupt_check(NULL))
		cmd_fail(&e, (enum exit_status)status);
	else if (!status)
		print_report(r, print);
	run_free(r);
	bug_context(NULL);
	free(r->context);
	free(r);
	return status;
}

struct one_of_several {
	const struct run_args *args;
	const char *command;
};

static int run_with_slab(void *arg, const char *slab, const char *dir)
{
	const struct one_of_several *o = arg;
	struct run_args args = *o->args;

	args.slab = slab;
	args.out = dir;
	return run_once(&args, o->command, false);
}

static int run_several(const struct run_args *args, const char *command)
{
	struct one_of_several one = {args, command};
	const struct run_slabs several = {
		.list = args->slab,
		.out = args->out,
		.quiet = args->quiet,
		.one = run_with_slab,
		.arg = &one,
	};

	if (!args->placements)
		return run_slabs(&several);
	fputs("kmemsim: --placements: is for one allocator, not for several\n",
	      stderr);
	return EXIT_USAGE;
}

int cmd_run(int argc, char **argv)
{
	struct run_args args = {0};
	char *command = self_command_line(argc, argv);
	int status = parse_args(&args, argc, argv);

	if (status) {
		free(command);
		return status == -2 ? EXIT_OK : EXIT_USAGE;
	}
	interrupt_catch();
	status = args.slab && strchr(args.slab, ',')
			 ? run_several(&args, command)
			 : run_once(&args, command, !args.quiet);
	free(command);
	if (status)
		interrupt_die();
	return status;
}
