/*
 * table.h - reads back a .tsv that a run wrote.
 *
 * Files on disk may be anybody's: what is not a table is an error with its
 * place.  Invariant: every row has as many fields as the header.
 */
#ifndef REPORT_TABLE_H
#define REPORT_TABLE_H

#include "base/err.h"
#include "base/types.h"

#define TABLE_COLUMNS_MAX 192u
#define TABLE_BYTES_MAX	  ((size_t)1 << 28)

struct table {
	char *path; /* owned, for messages */
	char *text; /* owned; fields end in NUL */
	char *header[TABLE_COLUMNS_MAX];
	u32 nr_columns;
	char **fields; /* [nr_rows * nr_columns], into text; owned */
	u64 nr_rows;
};

/** table_load() - DIR/NAME; table_free() when done, whatever it returns. */
int table_load(struct table *t, const char *dir, const char *name,
	       struct err *e);
void table_free(struct table *t);
/** table_column() - Index of the column @name, or -ENOENT with @e. */
int table_column(const struct table *t, const char *name, struct err *e);
/** table_columns() - The same of @nr names; 0, or -ENOENT with @e. */
int table_columns(const struct table *t, const char *const *names, u32 nr,
		  u32 *columns, struct err *e);
const char *table_text(const struct table *t, u64 row, u32 column);
/** table_u64() - A decimal number; -EINVAL with @e when it is none. */
int table_u64(const struct table *t, u64 row, u32 column, u64 *value,
	      struct err *e);

#endif
