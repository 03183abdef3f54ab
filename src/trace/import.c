/*
 * import.c - what kind of recording a file is, and the names that all kinds
 * share: call sites, tasks, gfp flags.
 */
#include "trace/import.h"

#include "trace/importer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RAW_EVENT_NAME_(id, text) text,
const char *const raw_type_names[NR_RAW_TYPES] = {RAW_EVENTS(RAW_EVENT_NAME_)};

u32 importer_site_text(struct importer *im, const char *text, size_t len)
{
	struct u64map_entry *known;
	bool fresh;

	len = MIN(len, (size_t)TRACE_NAME_MAX);
	known = u64map_put(&im->site_of, u64_hash_text(text, len), &fresh);
	if (fresh && im->info->sites.nr < TRACE_SITES_MAX)
		known->a = trace_strings_add(&im->info->sites, text, len);
	return known->a;
}

/* Task 0 of each CPU is another: its idle task. */
u32 importer_task(struct importer *im, u32 pid, u32 cpu, const char *comm,
		  size_t len)
{
	char name[TRACE_NAME_MAX + 1];
	struct u64map_entry *known;
	bool fresh;
	int n;
	int k;

	known = u64map_put(&im->task_of, pid ? pid : (1ull << 32) + cpu,
			   &fresh);
	if (!fresh || im->info->tasks.nr >= TRACE_TASKS_MAX)
		return known->a;
	len = MIN(len, (size_t)64);
	if (pid)
		n = snprintf(name, sizeof(name), "%.*s-%u", (int)len, comm,
			     pid);
	else
		n = snprintf(name, sizeof(name), "swapper/%u", cpu);
	for (k = 0; k < n; k++)
		if (name[k] < ' ' || name[k] > '~')
			name[k] = '?';
	known->a = trace_strings_add(&im->info->tasks, name, (size_t)n);
	return known->a;
}

gfp_t importer_gfp_raw(struct importer *im, u64 raw)
{
	struct u64map_entry *known;
	bool fresh;

	known = u64map_put(&im->gfp_of, raw + 1 ? raw + 1 : 1, &fresh);
	if (fresh)
		known->a = gfp_from_raw(raw,
					im->version ? im->version
						    : KERNEL_VERSION_OF(6, 1),
					NULL);
	return known->a;
}

enum import_kind import_detect(const void *start, size_t len)
{
	static const char magic[] = "\x17\x08\x44tracing";

	if (len >= sizeof(magic) - 1 &&
	    !memcmp(start, magic, sizeof(magic) - 1))
		return IMPORT_TRACE_DAT;
	return import_detect_text(start, len);
}

int import_recording(int fd, const char *path, enum import_kind kind,
		     const struct trace_memory *memory, struct imported *out,
		     struct err *e)
{
	static const char *const formats[] = {
		[IMPORT_NONE] = "?",
		[IMPORT_TRACE_DAT] = "trace.dat",
		[IMPORT_FTRACE_TEXT] = "ftrace text",
		[IMPORT_PERF_TEXT] = "perf script text",
	};
	struct importer *im;
	int rc;

	memset(out, 0, sizeof(*out));
	if (kind == IMPORT_NONE)
		return err_set(e, -EINVAL, "%s: not a recording", path);
	trace_info_init(&out->info);
	snprintf(out->info.source_format, sizeof(out->info.source_format), "%s",
		 formats[kind]);
	im = xmalloc(sizeof(*im));
	importer_init(im, &out->info, e);
	im->memory = memory;
	if (kind == IMPORT_TRACE_DAT)
		rc = import_dat(fd, path, im);
	else
		rc = import_text(fd, path, kind, im);
	if (!rc)
		rc = importer_finish(im, out);
	importer_free(im);
	free(im);
	if (rc)
		imported_free(out);
	return rc;
}

void imported_free(struct imported *im)
{
	free(im->recs);
	trace_info_free(&im->info);
	memset(im, 0, sizeof(*im));
}
