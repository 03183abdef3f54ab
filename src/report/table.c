#include "report/table.h"

#include "base/bug.h"
#include "base/xmalloc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The whole file as a string. */
static int read_all(struct table *t, struct err *e)
{
	FILE *f = fopen(t->path, "re");
	size_t nr = 0;
	size_t cap = 65536;
	size_t got;
	int rc = 0;

	if (!f)
		return err_sys(e, t->path, "read it");
	t->text = xmalloc(cap + 1);
	while ((got = fread(t->text + nr, 1, cap - nr, f)) > 0) {
		nr += got;
		if (nr < cap)
			continue;
		if (cap >= TABLE_BYTES_MAX)
			break;
		cap *= 2;
		t->text = xrealloc(t->text, cap + 1);
	}
	if (ferror(f))
		rc = err_sys(e, t->path, "read it");
	else if (nr >= TABLE_BYTES_MAX)
		rc = err_set(e, -EFBIG, "%s: is too large for a run's table",
			     t->path);
	fclose(f);
	if (!rc && memchr(t->text, 0, nr))
		rc = err_set(e, -EINVAL, "%s: is no text", t->path);
	t->text[nr] = 0;
	return rc;
}

/* Cuts a line into at most @max fields in place; 0: too many. */
static u32 cut(char *line, char **fields, u32 max)
{
	u32 nr = 0;

	for (;;) {
		if (nr == max)
			return 0;
		fields[nr++] = line;
		line = strchr(line, '\t');
		if (!line)
			return nr;
		*line++ = 0;
	}
}

static u64 count_lines(const char *s)
{
	u64 nr = 0;

	for (; (s = strchr(s, '\n')); s++)
		nr++;
	return nr;
}

static int parse(struct table *t, struct err *e)
{
	u64 lines = count_lines(t->text);
	char *save = t->text;
	char *line;

	for (u64 i = 0; i < lines; i++) {
		u32 nr;

		line = save;
		save = strchr(line, '\n');
		*save++ = 0;
		if (!i) {
			t->nr_columns = cut(line, t->header, TABLE_COLUMNS_MAX);
			if (!t->nr_columns)
				break;
			t->fields = xreallocarray(
				NULL, lines, t->nr_columns * sizeof(char *));
			continue;
		}
		nr = cut(line, &t->fields[t->nr_rows * t->nr_columns],
			 t->nr_columns);
		if (nr != t->nr_columns)
			return err_set(e, -EINVAL,
				       "%s:%llu: this line has not %u fields; "
				       "make the run again",
				       t->path, (unsigned long long)i + 1,
				       t->nr_columns);
		t->nr_rows++;
	}
	if (!t->nr_columns || *save)
		return err_set(e, -EINVAL,
			       "%s: is no whole table; make the run again",
			       t->path);
	return 0;
}

int table_load(struct table *t, const char *dir, const char *name,
	       struct err *e)
{
	int rc;

	*t = (struct table){.path = xasprintf("%s/%s", dir, name)};
	rc = read_all(t, e);
	return rc ? rc : parse(t, e);
}

void table_free(struct table *t)
{
	free(t->path);
	free(t->text);
	free(t->fields);
	*t = (struct table){0};
}

int table_column(const struct table *t, const char *name, struct err *e)
{
	for (u32 i = 0; i < t->nr_columns; i++)
		if (!strcmp(t->header[i], name))
			return (int)i;
	return err_set(e, -ENOENT,
		       "%s: has no column %s; make the run again with this "
		       "version",
		       t->path, name);
}

int table_columns(const struct table *t, const char *const *names, u32 nr,
		  u32 *columns, struct err *e)
{
	for (u32 i = 0; i < nr; i++) {
		int c = table_column(t, names[i], e);

		if (c < 0)
			return c;
		columns[i] = (u32)c;
	}
	return 0;
}

const char *table_text(const struct table *t, u64 row, u32 column)
{
	BUG_ON(row >= t->nr_rows);
	BUG_ON(column >= t->nr_columns);
	return t->fields[row * t->nr_columns + column];
}

int table_u64(const struct table *t, u64 row, u32 column, u64 *value,
	      struct err *e)
{
	const char *s = table_text(t, row, column);
	char *end;

	errno = 0;
	*value = strtoull(s, &end, 10);
	if (errno || *end || *s < '0' || *s > '9')
		return err_set(e, -EINVAL,
			       "%s:%llu: '%.40s' is no number in column %s",
			       t->path, (unsigned long long)row + 2, s,
			       t->header[column]);
	return 0;
}
