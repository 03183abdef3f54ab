#include "cmd/table_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define ZSTD_MAGIC "\x28\xb5\x2f\xfd"

/* Unpacks all frames; the result is limited, however large it claims. */
static int unpack(const char *path, char **text, size_t *len, struct err *e)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	ZSTD_inBuffer in = {*text, *len, 0};
	ZSTD_outBuffer out = {NULL, 0, 0};
	size_t rc = 1;
	int err = 0;

	while (!err && (in.pos < in.size || rc)) {
		size_t before = out.pos + in.pos;

		if (out.pos == out.size) {
			out.size = out.size ? out.size * 2 : 1 << 16;
			out.dst = xrealloc(out.dst, out.size + 1);
		}
		rc = ZSTD_decompressStream(z, &out, &in);
		if (ZSTD_isError(rc))
			err = err_set(e, -EINVAL, "%s: byte %zu: %s", path,
				      in.pos, ZSTD_getErrorName(rc));
		else if (out.pos > TABLE_BYTES_MAX)
			err = err_set(e, -EFBIG, "%s: more than %zu bytes",
				      path, TABLE_BYTES_MAX);
		else if (rc && out.pos + in.pos == before && in.pos == in.size)
			err = err_set(e, -EINVAL, "%s: byte %zu: cut short",
				      path, in.pos);
	}
	ZSTD_freeDStream(z);
	free(*text);
	*text = out.dst ? out.dst : xcalloc(1, 1);
	*len = out.pos;
	return err;
}

/* @path, or what became of it when it was compressed since: @path.zst. */
static FILE *open_either(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *packed;

	if (f || errno != ENOENT)
		return f;
	packed = xasprintf("%s.zst", path);
	f = fopen(packed, "rb");
	free(packed);
	if (!f)
		errno = ENOENT;
	return f;
}

static int slurp(const char *path, char **text, size_t *len, struct err *e)
{
	FILE *f = open_either(path);
	size_t cap = 1 << 16;
	size_t got;

	*text = NULL;
	*len = 0;
	if (!f)
		return err_sys(e, path, "open");
	*text = xmalloc(cap + 1);
	while ((got = fread(*text + *len, 1, cap - *len, f)) > 0) {
		*len += got;
		if (*len > TABLE_BYTES_MAX)
			break;
		if (*len == cap) {
			cap *= 2;
			*text = xrealloc(*text, cap + 1);
		}
	}
	if (ferror(f))
		err_sys(e, path, "read");
	else if (*len > TABLE_BYTES_MAX)
		err_set(e, -EFBIG, "%s: more than %zu bytes", path,
			TABLE_BYTES_MAX);
	fclose(f);
	if (e->code)
		return e->code;
	if (*len >= 4 && !memcmp(*text, ZSTD_MAGIC, 4))
		return unpack(path, text, len, e);
	return 0;
}

/* One line into cells; -EINVAL if it has not as many as the header. */
static int split_line(struct table_file *t, char *line, u32 number,
		      struct err *e)
{
	u32 nr = 0;

	for (char *cell = line; cell; nr++) {
		char *tab = strchr(cell, '\t');

		if (tab)
			*tab++ = '\0';
		*VEC_PUSH(&t->cells) = cell;
		cell = tab;
	}
	if (!t->nr_columns && nr <= TABLE_COLUMNS_MAX) {
		t->nr_columns = nr;
		return 0;
	}
	if (nr != t->nr_columns)
		return err_set(e, -EINVAL,
			       "%s:%u: %u columns; the header has %u", t->path,
			       number, nr, t->nr_columns);
	*VEC_PUSH(&t->lines) = number;
	t->nr_rows++;
	return 0;
}

int table_file_read(struct table_file *t, const char *path, struct err *e)
{
	size_t len;
	u32 number = 0;
	int rc;

	*t = (struct table_file){.path = path};
	rc = slurp(path, &t->text, &len, e);
	if (t->text)
		t->text[len] = '\0';
	for (char *line = t->text; !rc && line && *line;) {
		char *end = strchr(line, '\n');

		if (end)
			*end++ = '\0';
		number++;
		if (*line && line[strlen(line) - 1] == '\r')
			line[strlen(line) - 1] = '\0';
		if (*line && *line != '#')
			rc = split_line(t, line, number, e);
		line = end;
	}
	if (!rc && !t->nr_columns)
		rc = err_set(e, -EINVAL, "%s: empty: no header line", path);
	if (rc)
		table_file_free(t);
	return rc;
}

void table_file_free(struct table_file *t)
{
	free(t->text);
	t->text = NULL;
	VEC_FREE(&t->cells);
	VEC_FREE(&t->lines);
}

bool table_file_column(const struct table_file *t, const char *name, u32 *col,
		       struct err *e)
{
	for (*col = 0; *col < t->nr_columns; (*col)++)
		if (!strcmp(t->cells.at[*col], name))
			return true;
	err_set(e, -EINVAL, "%s:1: no column '%s'", t->path, name);
	return false;
}
