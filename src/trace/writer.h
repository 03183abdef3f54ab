/*
 * writer.h - what a trace format implements to be written, and the file it
 * writes to; private to trace/.
 */
#ifndef TRACE_WRITER_H
#define TRACE_WRITER_H

#include "trace/trace.h"

/*
 * A file that stands under its name only once it is whole.  It is written
 * without a name where the host can do that (O_TMPFILE), so that nothing is
 * left behind whatever happens; else beside its place under a name of its
 * own.  A target that is no regular file (a pipe, /dev/stdout) is written
 * directly.
 */
struct outfile; /* opaque */

struct outfile *outfile_create(const char *path, struct err *e);
/** The path it will appear under; borrowed. */
const char *outfile_path(const struct outfile *o);
/** outfile_spool() - An empty unnamed file beside @o for what must be written
 * later; the caller closes it.  Negative with @e. */
int outfile_spool(const struct outfile *o, struct err *e);
int outfile_write(struct outfile *o, const void *buf, size_t len,
		  struct err *e);
/** outfile_commit() - It appears under its name.  Frees @o. */
int outfile_commit(struct outfile *o, struct err *e);
/** outfile_abandon() - Nothing is left.  Frees @o. */
void outfile_abandon(struct outfile *o);

struct trace_writer_ops {
	int (*write)(struct trace_writer *w, const struct trace_rec *recs,
		     u32 nr, struct err *e);
	/* Flushes all into out; commits nothing, frees nothing. */
	int (*finish)(struct trace_writer *w, struct err *e);
	/* Frees what the format owns and w, but not out. */
	void (*free)(struct trace_writer *w);
};

/* Embedded first in each format's own writer. */
struct trace_writer {
	const struct trace_writer_ops *ops;
	const struct trace_info *info; /* borrowed */
	struct outfile *out;	       /* owned */
};

#endif
