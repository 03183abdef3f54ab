/*
 * validate.c - `kmemsim validate`: a recording on the machine it came from,
 * beside what that machine did.
 */
#include "report/validate.h"
#include "base/xmalloc.h"
#include "cmd/cmd.h"
#include "cmd/validate_early.h"
#include "mm/mm.h"
#include "sim/before.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USAGE "validate [-m MACHINE.yaml] [--set KEY=VALUE]... RECORDING"

struct validate_args {
	const char *recording; /* a directory: trace.dat, before/, after/ */
	const char *machine;
	struct opt_list set;
};

struct validate_run {
	bool from_boot; /* the recording begins with the machine */
	struct config config;
	struct procsnap before;
	struct procsnap after;
	char *trace; /* owned */
	u64 *early;  /* [before.nr_caches] objects of before the first event */
	struct trace_reader *reader;
	struct sim *sim;
};

static int parse_args(struct validate_args *a, int argc, char **argv)
{
	const struct opt opts[] = {
		{'m', "machine", "FILE", "kernel settings to start from",
		 OPT_STRING, &a->machine},
		{0, "set", "KEY=VALUE", "any key of the machine file, dotted",
		 OPT_LIST, &a->set},
	};

	return opts_parse_one(opts, ARRAY_SIZE(opts), USAGE,
			      "validate needs one RECORDING (a directory)",
			      argc, argv, &a->recording);
}

/* DIR/trace.dat or whatever stands for it; owned by the caller, or NULL. */
static char *find_trace(const char *dir, struct err *e)
{
	static const char *const names[] = {"trace.dat", "trace.dat.zst",
					    "trace.kmt"};

	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		char *path = xasprintf("%s/%s", dir, names[i]);

		if (!access(path, R_OK))
			return path;
		free(path);
	}
	err_set(e, -ENOENT, "%s: has no trace.dat, trace.dat.zst or trace.kmt",
		dir);
	return NULL;
}

static bool has_file(const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);
	bool has = !access(path, R_OK);

	free(path);
	return has;
}

static int load_snap(struct procsnap *p, const char *dir, const char *which,
		     const char *suffix, struct err *e)
{
	char *path = xasprintf("%s/%s", dir, which);
	int rc = procsnap_load(p, path, suffix, e);

	free(path);
	return rc;
}

/* The trace, knowing whose memory lay where. */
static struct trace_reader *open_there(const char *path,
				       const struct procsnap *p, struct err *e)
{
	struct trace_memory *m = xcalloc(1, sizeof(*m));
	struct trace_reader *r;

	for (u32 i = 0; i < p->nr_zones; i++) {
		const struct procsnap_zone *z = &p->zones[i];

		if (!z->present || m->nr_ranges == ARRAY_SIZE(m->ranges))
			continue;
		m->ranges[m->nr_ranges].start_pfn = z->start_pfn;
		m->ranges[m->nr_ranges].end_pfn = z->start_pfn + z->spanned;
		m->ranges[m->nr_ranges++].nid = z->nid;
	}
	m->nr_cpus = MIN(p->nr_cpus, (u32)TRACE_CPUS_MAX);
	for (u32 c = 0; c < m->nr_cpus; c++)
		m->cpu_to_node[c] = p->cpu_to_node[c];
	r = trace_open_recorded(path, m, e);
	free(m);
	return r;
}

/* A real machine reclaims; --set may say otherwise. */
static int load_config(struct validate_run *v, const struct validate_args *a,
		       struct err *e)
{
	const char **sets = xcalloc(a->set.nr + 1, sizeof(*sets));
	int rc;

	sets[0] = "vm.reclaim=true";
	for (u32 i = 0; i < a->set.nr; i++)
		sets[i + 1] = a->set.at[i];
	rc = config_load(&v->config, a->machine, sets, a->set.nr + 1, e);
	free(sets);
	return rc;
}

static int load_all(struct validate_run *v, const struct validate_args *a,
		    struct err *e)
{
	int rc = load_config(v, a, e);

	if (rc)
		return EXIT_USAGE;
	v->from_boot = has_file(a->recording, "after/slabinfo.natural");
	if (load_snap(&v->before, a->recording, "before", ".start", e) ||
	    load_snap(&v->after, a->recording, "after",
		      v->from_boot ? ".natural" : ".end", e) ||
	    before_config(&v->config, &v->before, e))
		return EXIT_RUN;
	v->trace = find_trace(a->recording, e);
	if (!v->trace)
		return EXIT_RUN;
	v->reader = open_there(v->trace, &v->before, e);
	return v->reader ? EXIT_OK : EXIT_RUN;
}

/* A first replay, of a recording that begins with the machine. */
static int find_early(struct validate_run *v, struct err *e)
{
	v->early = xcalloc(v->before.nr_caches + 1, sizeof(*v->early));
	if (validate_early(&v->config, v->reader, &v->before, v->early, e))
		return EXIT_RUN;
	trace_close(v->reader);
	v->reader = open_there(v->trace, &v->before, e);
	return v->reader ? EXIT_OK : EXIT_RUN;
}

static int replay(struct validate_run *v, const struct validate_args *a,
		  struct err *e)
{
	struct validation val = {
		.name = a->recording,
		.from_boot = v->from_boot,
		.before = &v->before,
		.after = &v->after,
	};
	struct mm_snapshot *start, *end;
	int rc;

	v->sim = sim_create(&v->config, v->reader, NULL, NULL, e);
	if (!v->sim)
		return EXIT_RUN;
	if (v->from_boot ? before_boot(v->sim, &v->before, v->early, e)
			 : before_fill(v->sim, &v->before, e))
		return EXIT_RUN;
	start = mm_inspect(sim_mm(v->sim));
	rc = sim_run(v->sim, e);
	if (!rc) {
		end = mm_inspect(sim_mm(v->sim));
		val.start = start;
		val.end = end;
		val.metrics = sim_metrics(v->sim);
		val.trace = sim_trace_info(v->sim);
		rc = validation_write(stdout, &val) ? EXIT_RUN : EXIT_OK;
		mm_snapshot_free(end);
	}
	mm_snapshot_free(start);
	return rc < 0 ? EXIT_RUN : rc;
}

int cmd_validate(int argc, char **argv)
{
	struct validate_args args = {0};
	struct validate_run *v;
	struct err e = {0};
	int status = parse_args(&args, argc, argv);

	if (status)
		return status == -2 ? EXIT_OK : EXIT_USAGE;
	v = xcalloc(1, sizeof(*v));
	status = load_all(v, &args, &e);
	if (!status && v->from_boot)
		status = find_early(v, &e);
	if (!status)
		status = replay(v, &args, &e);
	if (e.code)
		cmd_fail(&e, (enum exit_status)status);
	sim_destroy(v->sim);
	if (v->reader)
		trace_close(v->reader);
	procsnap_free(&v->before);
	procsnap_free(&v->after);
	free(v->trace);
	free(v->early);
	free(v);
	return status;
}
