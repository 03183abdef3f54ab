#include "trace/trace.h"

#include "trace/gen.h"
#include "trace/import.h"
#include "trace/kmt.h"
#include "trace/ktr.h"

#include "base/bug.h"
#include "base/xmalloc.h"
#include "base/yaml_tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A compressed recording is unfolded into memory for its importer, which
 * needs to seek; so large at most. */
#define TRACE_UNFOLD_MAX (8ull << 30)

#define TRACE_OP_NAME_(id, text, args, object)	 text,
#define TRACE_OP_ARGS_(id, text, args, object)	 args,
#define TRACE_OP_OBJECT_(id, text, args, object) TRACE_OBJECT_##object,
const char *const trace_op_names[NR_TRACE_OPS] = {TRACE_OPS(TRACE_OP_NAME_)};
const char *const trace_op_args[NR_TRACE_OPS] = {TRACE_OPS(TRACE_OP_ARGS_)};
const u8 trace_op_objects[NR_TRACE_OPS] = {TRACE_OPS(TRACE_OP_OBJECT_)};

const char *trace_file_fault(const struct trace_rec *r)
{
	if (trace_op_args[r->op][0] != ARG_FILE)
		return NULL;
	if (r->align >= TRACE_FILES_MAX)
		return "a file number of 2^20 or more";
	if (r->op == TRACE_PAGE_CACHE_TRUNCATE ||
	    r->op == TRACE_PAGE_CACHE_SIZE)
		return NULL;
	if (!r->size)
		return "0 pages; 1 is the least";
	if (r->size > TRACE_IO_PAGES && r->op != TRACE_PAGE_CACHE_INVALIDATE)
		return "more than 2^19 pages (2 GiB) at once";
	if (r->gfp + (u64)r->size > TRACE_FILE_PAGES)
		return "pages behind 16 TiB, where no file reaches";
	return NULL;
}

#define TRACE_COUNT_NAME_(id, text) {#id, text},
const struct trace_count_name trace_count_names[NR_TRACE_COUNTS] = {
	TRACE_COUNTS(TRACE_COUNT_NAME_)};

u64 *trace_count_at(struct trace_counts *counts, u32 i)
{
	BUG_ON(i >= NR_TRACE_COUNTS);
	return &((u64 *)counts)[i];
}

u32 trace_strings_add(struct trace_strings *s, const char *text, size_t len)
{
	char *copy = xmalloc(len + 1);

	memcpy(copy, text, len);
	copy[len] = '\0';
	*VEC_PUSH(s) = copy;
	return s->nr - 1;
}

static void strings_free(struct trace_strings *s)
{
	for (u32 i = 0; i < s->nr; i++)
		free(s->at[i]);
	free(s->at);
	*s = (struct trace_strings){0};
}

void trace_info_init(struct trace_info *info)
{
	memset(info, 0, sizeof(*info));
	trace_strings_add(&info->sites, "?", 1);
	trace_strings_add(&info->tasks, "?", 1);
}

void trace_info_free(struct trace_info *info)
{
	strings_free(&info->names);
	strings_free(&info->sites);
	strings_free(&info->tasks);
	VEC_FREE(&info->oom_adjs);
}

/* A recording, imported and held in memory. */
struct memory_reader {
	struct trace_reader base;
	struct imported im;
	u64 at; /* records handed out */
};

static s64 memory_read(struct trace_reader *base, const struct trace_rec **recs,
		       struct err *e)
{
	struct memory_reader *r = (struct memory_reader *)base;
	u64 nr = MIN(r->im.nr_recs - r->at, (u64)TRACE_BATCH);

	(void)e;
	*recs = r->im.recs + r->at;
	r->at += nr;
	return (s64)nr;
}

static double memory_progress(const struct trace_reader *base)
{
	const struct memory_reader *r = (const struct memory_reader *)base;

	return r->im.nr_recs ? (double)r->at / (double)r->im.nr_recs : 1;
}

static void memory_close(struct trace_reader *base)
{
	struct memory_reader *r = (struct memory_reader *)base;

	imported_free(&r->im);
	free(r);
}

/* Imports @in, which is closed in any case. */
static struct trace_reader *open_recording(struct input *in,
					   enum import_kind kind,
					   const struct trace_memory *memory,
					   struct err *e)
{
	static const struct trace_reader_ops ops = {
		.read = memory_read,
		.progress = memory_progress,
		.close = memory_close,
	};
	struct memory_reader *r = xcalloc(1, sizeof(*r));
	int fd = input_fd(in, TRACE_UNFOLD_MAX, e);
	int rc = fd;

	if (fd >= 0) {
		rc = import_recording(fd, input_path(in), kind, memory, &r->im,
				      e);
		close(fd);
	}
	input_close(in);
	if (rc < 0) {
		free(r);
		return NULL;
	}
	r->base.ops = &ops;
	r->base.info = &r->im.info;
	return &r->base;
}

/* The whole text, from a pipe or compressed too. */
static struct trace_reader *open_workload(struct input *in, u32 nr_cpus,
					  struct err *e)
{
	char *text = xmalloc(YAML_FILE_MAX + 1);
	s64 len = input_read(in, text, YAML_FILE_MAX + 1, e);
	struct workload *w = NULL;

	if (len > (s64)YAML_FILE_MAX)
		err_set(e, -EFBIG, "%s: a workload of more than %u bytes",
			input_path(in), YAML_FILE_MAX);
	else if (len >= 0)
		w = workload_parse(input_path(in), text, (size_t)len, e);
	free(text);
	input_close(in);
	return w ? workload_reader(w, nr_cpus, e) : NULL;
}

static struct trace_reader *open_unknown(struct input *in, struct err *e)
{
	err_set(e, -EINVAL,
		"%s: not a trace: neither .kmt, .ktr, trace.dat, ftrace text, "
		"perf script text nor a workload YAML",
		input_path(in));
	input_close(in);
	return NULL;
}

static struct trace_reader *open_any(const char *path, u32 nr_cpus,
				     const struct trace_memory *memory,
				     struct err *e)
{
	struct input *in = input_open(path, e);
	enum import_kind kind;
	const char *start;
	s64 len;

	if (!in)
		return NULL;
	len = input_peek(in, &start, e);
	if (len < 0) {
		input_close(in);
		return NULL;
	}
	if (kmt_detect(start, (size_t)len))
		return kmt_open(in, e);
	kind = import_detect(start, (size_t)len);
	if (kind != IMPORT_NONE)
		return open_recording(in, kind, memory, e);
	if (workload_detect(start, (size_t)len))
		return open_workload(in, nr_cpus, e);
	if (ktr_detect(start, (size_t)len))
		return ktr_open(in, e);
	return open_unknown(in, e);
}

struct trace_reader *trace_open_on(const char *path, u32 nr_cpus, struct err *e)
{
	return open_any(path, nr_cpus, NULL, e);
}

struct trace_reader *trace_open_recorded(const char *path,
					 const struct trace_memory *memory,
					 struct err *e)
{
	return open_any(path, TRACE_WORKLOAD_CPUS, memory, e);
}

struct trace_reader *trace_open(const char *path, struct err *e)
{
	return trace_open_on(path, TRACE_WORKLOAD_CPUS, e);
}

void trace_close(struct trace_reader *r)
{
	if (r)
		r->ops->close(r);
}

const struct trace_info *trace_reader_info(const struct trace_reader *r)
{
	return r->info;
}

s64 trace_read(struct trace_reader *r, const struct trace_rec **recs,
	       struct err *e)
{
	return r->ops->read(r, recs, e);
}

double trace_reader_progress(const struct trace_reader *r)
{
	return r->ops->progress(r);
}

struct trace_writer *trace_create(const char *path, enum trace_format format,
				  const struct trace_info *info, struct err *e)
{
	struct outfile *out = outfile_create(path, e);
	struct trace_writer *w;

	if (!out)
		return NULL;
	w = format == TRACE_FORMAT_KTR ? ktr_create(out, info)
				       : kmt_create(out, info, e);
	if (!w)
		outfile_abandon(out);
	return w;
}

int trace_write(struct trace_writer *w, const struct trace_rec *recs, u32 nr,
		struct err *e)
{
	return w->ops->write(w, recs, nr, e);
}

int trace_finish(struct trace_writer *w, struct err *e)
{
	struct outfile *out = w->out;
	int rc = w->ops->finish(w, e);

	w->ops->free(w);
	if (!rc)
		return outfile_commit(out, e);
	outfile_abandon(out);
	return rc;
}

void trace_abandon(struct trace_writer *w)
{
	struct outfile *out = w->out;

	w->ops->free(w);
	outfile_abandon(out);
}
