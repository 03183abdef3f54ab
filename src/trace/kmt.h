/*
 * kmt.h - the binary format; docs/formats.md describes its bytes.
 */
#ifndef TRACE_KMT_H
#define TRACE_KMT_H

#include "trace/input.h"
#include "trace/reader.h"
#include "trace/writer.h"

/** kmt_detect() - True when a file that starts so is a .kmt. */
bool kmt_detect(const char *start, size_t len);

/** kmt_open() - Reads @in, which it owns from now on, even on error. */
struct trace_reader *kmt_open(struct input *in, struct err *e);

/** kmt_create() - Writes to @out; see trace_create(). */
struct trace_writer *kmt_create(struct outfile *out,
				const struct trace_info *info);

#endif
