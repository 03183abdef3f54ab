/*
 * table_file.h - a table with a header line and tabs, plain or in zstd.
 */
#ifndef CMD_TABLE_FILE_H
#define CMD_TABLE_FILE_H

#include "base/err.h"
#include "base/types.h"
#include "base/vec.h"

#define TABLE_BYTES_MAX	  ((size_t)64 << 20)
#define TABLE_COLUMNS_MAX 64

struct table_file {
	const char *path;  /* borrowed */
	char *text;	   /* owned; tabs and newlines became NUL */
	VEC(char *) cells; /* header first, nr_columns a row; owned */
	VEC(u32) lines;	   /* line of each row in the file; owned */
	u32 nr_columns;
	u32 nr_rows; /* without the header */
};

/** table_file_read() - Reads it whole; -errno with @e. */
int table_file_read(struct table_file *t, const char *path, struct err *e);
void table_file_free(struct table_file *t);
/** table_file_column() - The number of column @name; false with @e. */
bool table_file_column(const struct table_file *t, const char *name, u32 *col,
		       struct err *e);

static inline const char *table_file_cell(const struct table_file *t, u32 row,
					  u32 col)
{
	return t->cells.at[(size_t)(row + 1) * t->nr_columns + col];
}

static inline u32 table_file_line(const struct table_file *t, u32 row)
{
	return t->lines.at[row];
}

#endif
