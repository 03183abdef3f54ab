/*
 * import.h - recordings of real kernels become trace records.
 *
 * An importer reads a whole recording (trace.dat, ftrace text, perf script
 * text), pairs its events, and leaves an in-memory trace: struct imported.
 */
#ifndef TRACE_IMPORT_H
#define TRACE_IMPORT_H

#include "trace/trace.h"

struct imported {
	struct trace_info info;
	struct trace_rec *recs; /* [nr_recs], owned */
	u64 nr_recs;
};

/** What trace_open() asks of a file's first bytes. */
enum import_kind {
	IMPORT_NONE,
	IMPORT_TRACE_DAT,
	IMPORT_FTRACE_TEXT,
	IMPORT_PERF_TEXT
};
enum import_kind import_detect(const void *start, size_t len);

/**
 * import_recording() - Imports the recording @path.
 * @fd: open for reading at its start, already decompressed; borrowed.
 * @memory: of the recorded machine; NULL: not known.
 * @out: filled; imported_free() when done.
 */
int import_recording(int fd, const char *path, enum import_kind kind,
		     const struct trace_memory *memory, struct imported *out,
		     struct err *e);
void imported_free(struct imported *im);

#endif
