/*
 * lackey.h - reads the address stream that valgrind's lackey prints with
 * --trace-mem=yes: "I  0401ab70,3", " L 1fff000d58,8", " S ...", " M ...".
 * Plain or compressed with zstd; what valgrind itself says ("==123== ...") and
 * blank lines are passed over.
 *
 * Invariant: every record that is handed out has 1 to LACKEY_BYTES_MAX bytes
 * and ends at LACKEY_ADDR_END or before.
 */
#ifndef TRACE_LACKEY_H
#define TRACE_LACKEY_H

#include "base/err.h"
#include "base/types.h"

#define LACKEY_ADDR_BITS 48
#define LACKEY_ADDR_END	 (((u64)1 << LACKEY_ADDR_BITS) - 4096)
#define LACKEY_BYTES_MAX 65536u
#define LACKEY_BATCH	 16384u

struct lackey_rec {
	u64 addr;
	u32 bytes;
	char kind; /* 'I', 'L', 'S' or 'M' */
};

struct lackey; /* opaque */

/** lackey_open() - NULL with @e. */
struct lackey *lackey_open(const char *path, struct err *e);
void lackey_close(struct lackey *l);
/**
 * lackey_read() - The next records.
 * @recs: set to them, borrowed until the next call.
 * Return: how many, up to LACKEY_BATCH; 0: the end; negative with @e.
 */
s64 lackey_read(struct lackey *l, const struct lackey_rec **recs,
		struct err *e);

#endif
