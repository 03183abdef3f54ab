/*
 * reader.h - what a trace format implements to be read; private to trace/.
 */
#ifndef TRACE_READER_H
#define TRACE_READER_H

#include "trace/trace.h"

struct trace_reader_ops {
	s64 (*read)(struct trace_reader *r, const struct trace_rec **recs,
		    struct err *e);
	double (*progress)(const struct trace_reader *r);
	void (*close)(struct trace_reader *r); /* frees r too */
};

/* Embedded first in each format's own reader. */
struct trace_reader {
	const struct trace_reader_ops *ops;
	struct trace_info *info; /* owned by the format */
};

#endif
