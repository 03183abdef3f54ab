#include "sim/state_scan.h"

#include "base/xmalloc.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define READ_CHUNK 65536u

static int grow(struct scan *s, size_t *cap)
{
	if (*cap >= STATE_FILE_MAX)
		return err_set(s->e, -EFBIG, "%s: more than %u bytes unpacked",
			       s->path, STATE_FILE_MAX);
	*cap *= 2;
	s->text = xrealloc(s->text, *cap + 1);
	return 0;
}

/* Unpacks one chunk; stops at STATE_FILE_MAX whatever the frame says. */
static int unpack_chunk(struct scan *s, ZSTD_DCtx *ctx, ZSTD_inBuffer *in,
			size_t *cap, size_t *size, size_t *rc)
{
	bool full;

	do {
		ZSTD_outBuffer out = {s->text, *cap, *size};

		*rc = ZSTD_decompressStream(ctx, &out, in);
		if (ZSTD_isError(*rc))
			return err_set(s->e, -EINVAL, "%s: damaged: %s",
				       s->path, ZSTD_getErrorName(*rc));
		*size = out.pos;
		full = *size == *cap;
		if (full && grow(s, cap))
			return -EFBIG;
	} while (in->pos < in->size || (full && *rc));
	return 0;
}

static int unpack(struct scan *s, ZSTD_DCtx *ctx, FILE *f, size_t *size)
{
	char *raw = xmalloc(READ_CHUNK);
	size_t cap = READ_CHUNK;
	size_t rc = 1;
	int ret = 0;

	s->text = xmalloc(cap + 1);
	*size = 0;
	while (!ret) {
		ZSTD_inBuffer in = {raw, fread(raw, 1, READ_CHUNK, f), 0};

		if (!in.size)
			break;
		ret = unpack_chunk(s, ctx, &in, &cap, size, &rc);
	}
	if (!ret && rc)
		ret = err_set(s->e, -EINVAL, "%s: cut off", s->path);
	free(raw);
	return ret;
}

static int read_plain(struct scan *s, FILE *f, size_t *size)
{
	size_t cap = READ_CHUNK;

	s->text = xmalloc(cap + 1);
	*size = 0;
	for (;;) {
		size_t got = fread(s->text + *size, 1, cap - *size, f);

		*size += got;
		if (*size < cap)
			return ferror(f) ? err_sys(s->e, s->path, "read") : 0;
		if (cap >= STATE_FILE_MAX)
			return err_set(s->e, -EFBIG, "%s: more than %u bytes",
				       s->path, STATE_FILE_MAX);
		cap *= 2;
		s->text = xrealloc(s->text, cap + 1);
	}
}

static int read_packed(struct scan *s, FILE *f, size_t *size)
{
	ZSTD_DCtx *ctx = ZSTD_createDCtx();
	int ret;

	if (!ctx)
		return err_set(s->e, -ENOMEM, "%s: no memory", s->path);
	ret = unpack(s, ctx, f, size);
	ZSTD_freeDCtx(ctx);
	return ret;
}

/* The text is there; before its first line. */
static int scan_start(struct scan *s, size_t size)
{
	if (memchr(s->text, '\0', size)) {
		scan_close(s);
		return err_set(s->e, -EINVAL, "%s: not a text file", s->path);
	}
	s->text[size] = '\0';
	s->end = s->text + size;
	s->line = NULL;
	s->at = s->end;
	return 0;
}

int scan_open(struct scan *s, const char *dir, const char *name, struct err *e)
{
	size_t size = 0;
	bool packed;
	FILE *f;
	int ret;

	memset(s, 0, sizeof(*s));
	s->e = e;
	if (strlen(dir) + strlen(name) + 2 > STATE_PATH_MAX)
		return err_set(e, -ENAMETOOLONG, "%s: path too long", dir);
	snprintf(s->path, sizeof(s->path), "%s/%s", dir, name);
	f = fopen(s->path, "rb");
	packed = !f;
	if (!f) {
		strcat(s->path, ".zst");
		f = fopen(s->path, "rb");
	}
	if (!f)
		return errno == ENOENT ? -ENOENT : err_sys(e, s->path, "open");
	ret = packed ? read_packed(s, f, &size) : read_plain(s, f, &size);
	fclose(f);
	if (!ret)
		return scan_start(s, size);
	scan_close(s);
	return ret;
}

int scan_open_text(struct scan *s, const char *name, const char *text,
		   size_t len, struct err *e)
{
	memset(s, 0, sizeof(*s));
	s->e = e;
	snprintf(s->path, sizeof(s->path), "%.100s", name);
	if (len > STATE_FILE_MAX)
		return err_set(e, -EFBIG, "%s: more than %u bytes", s->path,
			       STATE_FILE_MAX);
	s->text = xmalloc(len + 1);
	memcpy(s->text, text, len);
	return scan_start(s, len);
}

void scan_close(struct scan *s)
{
	free(s->text);
	s->text = NULL;
}

bool scan_fail(struct scan *s, const char *fmt, ...)
{
	char what[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	err_set(s->e, -EINVAL, "%s:%u:%td: %s", s->path, s->line_nr,
		s->line ? s->at - s->line + 1 : 1, what);
	return false;
}

bool scan_failed(const struct scan *s)
{
	return s->e->code != 0;
}

bool scan_next_line(struct scan *s)
{
	if (scan_failed(s))
		return false;
	if (s->line) {
		s->line = strchr(s->line, '\n');
		s->line = s->line ? s->line + 1 : s->end;
	} else {
		s->line = s->text;
	}
	s->at = s->line;
	s->line_nr++;
	return s->line < s->end;
}

void scan_blanks(struct scan *s)
{
	while (*s->at == ' ' || *s->at == '\t' || *s->at == '\r')
		s->at++;
}

bool scan_peek(const struct scan *s, const char *word)
{
	return !strncmp(s->at, word, strlen(word));
}

bool scan_word(struct scan *s, const char *word)
{
	if (scan_failed(s) || !scan_peek(s, word))
		return false;
	s->at += strlen(word);
	scan_blanks(s);
	return true;
}

bool scan_want(struct scan *s, const char *word)
{
	if (scan_word(s, word))
		return true;
	return scan_fail(s, "'%s' is expected here", word);
}

bool scan_eol(const struct scan *s)
{
	return *s->at == '\n' || *s->at == '\0';
}

bool scan_u64(struct scan *s, u64 max, u64 *v)
{
	u64 n = 0;
	const char *p = s->at;

	if (scan_failed(s))
		return false;
	if (*p < '0' || *p > '9')
		return scan_fail(s, "a number is expected here");
	for (; *p >= '0' && *p <= '9'; p++) {
		u64 digit = (u64)(*p - '0');

		if (digit > max || n > (max - digit) / 10)
			return scan_fail(
				s, "the number is larger than %" PRIu64, max);
		n = n * 10 + digit;
	}
	s->at = p;
	scan_blanks(s);
	*v = n;
	return true;
}

bool scan_u32(struct scan *s, u32 max, u32 *v)
{
	u64 n = 0;

	if (!scan_u64(s, max, &n))
		return false;
	*v = (u32)n;
	return true;
}

bool scan_s64(struct scan *s, s64 max, s64 *v)
{
	bool minus = *s->at == '-';
	u64 n = 0;

	if (minus)
		s->at++;
	if (!scan_u64(s, (u64)max, &n))
		return false;
	*v = minus ? -(s64)n : (s64)n;
	return true;
}

bool scan_token(struct scan *s, char stop, char *buf, size_t len)
{
	size_t n = 0;

	if (scan_failed(s))
		return false;
	while (!scan_eol(s) && *s->at != ' ' && *s->at != '\t' &&
	       *s->at != '\r' && *s->at != stop) {
		if (n + 1 >= len)
			return scan_fail(s, "the word is longer than %zu",
					 len - 1);
		buf[n++] = *s->at++;
	}
	buf[n] = '\0';
	if (!n)
		return scan_fail(s, "a word is expected here");
	scan_blanks(s);
	return true;
}
