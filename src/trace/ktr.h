/*
 * ktr.h - the text format: one operation a line; private to trace/.
 *
 *	<time_ns> <cpu> <op> <args...>		# a comment
 *
 * trace_op_args (trace.h) says, for reader and writer alike, what the
 * arguments of each operation are, one letter each.
 */
#ifndef TRACE_KTR_H
#define TRACE_KTR_H

#include "trace/input.h"
#include "trace/reader.h"
#include "trace/writer.h"

#define KTR_LINE_MAX 4096u /* bytes of one line, newline included */

/** ktr_detect() - True when @start is text whose first line that is no
 * comment starts with a number. */
bool ktr_detect(const char *start, size_t len);

/** ktr_open() - Reads @in, which it owns from now on, even on error. */
struct trace_reader *ktr_open(struct input *in, struct err *e);

/** ktr_create() - Writes to @out; see trace_create(). */
struct trace_writer *ktr_create(struct outfile *out,
				const struct trace_info *info);

#endif
