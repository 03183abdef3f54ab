/*
 * import_util.h - recordings written as text in a test, imported.
 */
#ifndef TESTS_IMPORT_UTIL_H
#define TESTS_IMPORT_UTIL_H

#include "trace/import.h"

/** import_bytes() - @bytes imported; 0 or a negative errno with @e. */
int import_bytes(const void *bytes, size_t len, struct imported *im,
		 struct err *e);

/** import_ok() - As above, of a text that must be fine. */
void import_ok(const char *text, struct imported *im);

/** nth() - The @n-th record with operation @op, NULL when there is none. */
const struct trace_rec *nth(const struct imported *im, enum trace_op op, u32 n);
u32 count_op(const struct imported *im, enum trace_op op);
/** cache_named() - The cache_create record of @name, NULL for none. */
const struct trace_rec *cache_named(const struct imported *im,
				    const char *name);
/** check_stream() - Asserts what trace.h promises of a stream, and that no
 * slot is allocated twice or freed while it is free. */
void check_stream(const struct imported *im);

#endif
