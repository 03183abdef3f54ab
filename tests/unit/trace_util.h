/*
 * trace_util.h - traces from and to memory, for the tests of trace/.
 */
#ifndef TESTS_TRACE_UTIL_H
#define TESTS_TRACE_UTIL_H

#include "trace/trace.h"

#include "base/xmalloc.h"

#include <errno.h>
#include <stdlib.h>

/** bytes_open() - A temporary file with these bytes, opened as a trace. */
struct trace_reader *open_text(const void *bytes, size_t len, struct err *e);

/** file_bytes() - All of a file; the caller frees it. */
char *file_bytes(const char *path, size_t *len);

/** convert() - All records of @r into a file; returns 0 or an errno. */
int convert(struct trace_reader *r, const char *path, enum trace_format format,
	    struct err *e);

/** text_of() - @bytes read as a trace, written as @via, read again and
 * written as .ktr text; the caller frees it. */
char *text_of(const void *bytes, size_t len, enum trace_format via);

/** temp_path() - A name in the directory of temporary files of this test
 * program, static storage. */
const char *temp_path(const char *name);

#endif
