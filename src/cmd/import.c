#include "cmd/cmd.h"
#include "cmd/progress.h"

#include "trace/trace.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define USAGE "import SOURCE -o FILE"

struct import_options {
	const char *out;
	bool quiet;
	bool partial;
};

static bool ends_in(const char *path, const char *ending)
{
	size_t len = strlen(path);
	size_t n = strlen(ending);

	return len >= n && !strcmp(path + len - n, ending);
}

/* Copies all records; with --partial the damage is told and is the end. */
static int copy_records(struct trace_reader *r, struct trace_writer *w,
			const struct import_options *opt, u64 *events,
			struct err *e)
{
	struct progress p;
	struct err damage = {0};
	const struct trace_rec *recs;
	s64 nr;
	int rc = 0;

	progress_begin(&p, "import", opt->quiet);
	while (!rc && (nr = trace_read(r, &recs, &damage)) > 0) {
		rc = trace_write(w, recs, (u32)nr, e);
		*events += (u64)nr;
		progress_show(&p, trace_reader_progress(r), *events,
			      recs[nr - 1].time_ns);
	}
	progress_end(&p);
	if (rc || !damage.code)
		return rc;
	if (!opt->partial)
		return err_set(e, damage.code, "%s", damage.text);
	fprintf(stderr, "kmemsim: %s\n", damage.text);
	fprintf(stderr, "kmemsim: --partial: %llu events before the damage\n",
		(unsigned long long)*events);
	return 0;
}

/* What the user must know of how good the recording is. */
static void print_warnings(const struct trace_counts *c)
{
	if (c->hashed_pointers)
		fprintf(stderr,
			"kmemsim: warning: the addresses are hashed; record "
			"with trace-cmd or perf, or boot with "
			"no_hash_pointers\n");
	if (c->events_lost)
		fprintf(stderr,
			"kmemsim: warning: the recorder lost %llu events; "
			"record with larger buffers (trace-cmd record -b)\n",
			(unsigned long long)c->events_lost);
}

static void print_result(const struct import_options *opt, u64 events)
{
	struct stat st;

	if (stat(opt->out, &st) || !S_ISREG(st.st_mode))
		return;
	printf("%s: %llu events, %llu bytes", opt->out,
	       (unsigned long long)events, (unsigned long long)st.st_size);
	if (events)
		printf(", %.2f bytes an event",
		       (double)st.st_size / (double)events);
	putchar('\n');
}

static int import(const char *path, const struct import_options *opt,
		  struct err *e)
{
	enum trace_format format =
		ends_in(opt->out, ".ktr") ? TRACE_FORMAT_KTR : TRACE_FORMAT_KMT;
	struct trace_reader *r = trace_open(path, e);
	struct trace_writer *w;
	u64 events = 0;
	int rc;

	if (!r)
		return e->code;
	w = trace_create(opt->out, format, trace_reader_info(r), e);
	if (!w) {
		trace_close(r);
		return e->code;
	}
	rc = copy_records(r, w, opt, &events, e);
	if (rc)
		trace_abandon(w);
	else
		rc = trace_finish(w, e);
	if (!rc && !opt->quiet) {
		print_result(opt, events);
		print_warnings(&trace_reader_info(r)->counts);
	}
	trace_close(r);
	return rc;
}

int cmd_import(int argc, char **argv)
{
	struct import_options o = {0};
	const struct opt opts[] = {
		{'o', "out", "FILE", "write it here; .ktr: as text, else .kmt",
		 OPT_STRING, &o.out},
		{0, "partial", NULL, "take a damaged trace up to the damage",
		 OPT_FLAG, &o.partial},
		{'q', "quiet", NULL, "no progress, no summary", OPT_FLAG,
		 &o.quiet},
	};
	struct err e = {0};
	const char *source;
	int rc = opts_parse_one(opts, ARRAY_SIZE(opts), USAGE,
				"import needs one SOURCE", argc, argv, &source);

	if (rc)
		return rc == -2 ? EXIT_OK : EXIT_USAGE;
	if (!o.out) {
		fputs("kmemsim: import needs -o FILE\n"
		      "usage: kmemsim " USAGE "\n",
		      stderr);
		return EXIT_USAGE;
	}
	if (import(source, &o, &e))
		return cmd_fail(&e, EXIT_RUN);
	return EXIT_OK;
}
