#include "trace_util.h"

#include "cmocka_all.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char temp_dir[256];

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_temp_dir(void)
{
	nftw(temp_dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *temp_path(const char *name)
{
	static char path[512];
	const char *base = getenv("TMPDIR");

	if (!*temp_dir) {
		if (!base) /* memory, where there is some: many small files */
			base = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
		snprintf(temp_dir, sizeof(temp_dir), "%s/kmemsim-test-XXXXXX",
			 base);
		if (!mkdtemp(temp_dir))
			fail_msg("no temporary directory");
		atexit(remove_temp_dir);
	}
	snprintf(path, sizeof(path), "%s/%s", temp_dir, name);
	return path;
}

struct trace_reader *open_text(const void *bytes, size_t len, struct err *e)
{
	const char *path = temp_path("in");
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	return trace_open(path, e);
}

char *file_bytes(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	char *bytes;

	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	*len = (size_t)st.st_size;
	bytes = xcalloc(*len + 1, 1);
	assert_int_equal(fread(bytes, 1, *len, f), *len);
	fclose(f);
	return bytes;
}

int convert(struct trace_reader *r, const char *path, enum trace_format format,
	    struct err *e)
{
	struct trace_writer *w =
		trace_create(path, format, trace_reader_info(r), e);
	const struct trace_rec *recs;
	s64 nr;

	if (!w)
		return e->code;
	while ((nr = trace_read(r, &recs, e)) > 0)
		if (trace_write(w, recs, (u32)nr, e))
			break;
	if (!e->code)
		return trace_finish(w, e);
	trace_abandon(w);
	return e->code;
}

char *text_of(const void *bytes, size_t len, enum trace_format via)
{
	struct err e = {0};
	struct trace_reader *r = open_text(bytes, len, &e);
	char *text;

	if (!r || convert(r, temp_path("via"), via, &e))
		fail_msg("%s", e.text);
	trace_close(r);
	r = trace_open(temp_path("via"), &e);
	if (!r || convert(r, temp_path("back"), TRACE_FORMAT_KTR, &e))
		fail_msg("%s", e.text);
	trace_close(r);
	text = file_bytes(temp_path("back"), &len);
	return text;
}
