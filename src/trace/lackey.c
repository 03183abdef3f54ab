#include "trace/lackey.h"

#include "base/compiler.h"
#include "base/xmalloc.h"
#include "trace/input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LACKEY_BUF (256u << 10)

struct lackey {
	struct input *in;
	u64 line_nr; /* of the line at pos */
	u32 pos;
	u32 len;
	bool at_end;
	struct lackey_rec recs[LACKEY_BATCH];
	char buf[LACKEY_BUF];
};

struct lackey *lackey_open(const char *path, struct err *e)
{
	struct input *in = input_open(path, e);
	struct lackey *l;

	if (!in)
		return NULL;
	l = xcalloc(1, sizeof(*l));
	l->in = in;
	l->line_nr = 1;
	return l;
}

void lackey_close(struct lackey *l)
{
	if (!l)
		return;
	input_close(l->in);
	free(l);
}

/* Moves what is left to the front and reads on. */
static int refill(struct lackey *l, struct err *e)
{
	u32 left = l->len - l->pos;
	s64 got;

	memmove(l->buf, l->buf + l->pos, left);
	l->pos = 0;
	l->len = left;
	got = input_read(l->in, l->buf + left, LACKEY_BUF - left, e);
	if (got < 0)
		return (int)got;
	l->len += (u32)got;
	l->at_end = !got;
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* "1fff000d58,8" up to @end. */
static bool parse_place(const char *at, const char *end, struct lackey_rec *r)
{
	const char *start = at;
	u64 bytes = 0;
	int digit;

	r->addr = 0;
	for (; at < end && (digit = hex_digit(*at)) >= 0; at++) {
		if (r->addr >> (LACKEY_ADDR_BITS - 4))
			return false;
		r->addr = r->addr << 4 | (u64)digit;
	}
	if (at == start || at == end || *at++ != ',')
		return false;
	for (start = at; at < end && *at >= '0' && *at <= '9'; at++) {
		bytes = bytes * 10 + (u64)(*at - '0');
		if (bytes > LACKEY_BYTES_MAX)
			return false;
	}
	r->bytes = (u32)bytes;
	return at > start && at == end && bytes &&
	       !((r->addr + bytes) >> LACKEY_ADDR_BITS);
}

static COLD int bad_line(const struct lackey *l, const char *at,
			 const char *end, struct err *e)
{
	int len = (int)MIN(end - at, 60);

	return err_set(e, -EINVAL,
		       "%s:%llu: expected \"I  ADDR,SIZE\" or \" L\", \" S\", "
		       "\" M\" as lackey --trace-mem=yes prints, not '%.*s'",
		       input_path(l->in), (unsigned long long)l->line_nr, len,
		       at);
}

/* One line; 1: a record, 0: nothing to replay, or negative. */
static int parse_line(struct lackey *l, const char *at, const char *end,
		      struct lackey_rec *r, struct err *e)
{
	if (end > at && end[-1] == '\r')
		end--;
	if (end == at ||
	    (end - at >= 2 && (!memcmp(at, "==", 2) || !memcmp(at, "--", 2) ||
			       !memcmp(at, "**", 2))))
		return 0;
	if (end - at < 5)
		return bad_line(l, at, end, e);
	if (at[0] == 'I' && at[1] == ' ' && at[2] == ' ')
		r->kind = 'I';
	else if (at[0] == ' ' && at[2] == ' ' && strchr("LSM", at[1]) && at[1])
		r->kind = at[1];
	else
		return bad_line(l, at, end, e);
	if (!parse_place(at + 3, end, r))
		return bad_line(l, at, end, e);
	return 1;
}

/* The end of the line at pos; NULL: the end of the input, or @rc. */
static const char *line_end(struct lackey *l, int *rc, struct err *e)
{
	*rc = 0;
	for (;;) {
		char *at = l->buf + l->pos;
		char *end = memchr(at, '\n', l->len - l->pos);

		if (end)
			return end;
		if (l->at_end)
			return l->pos < l->len ? l->buf + l->len : NULL;
		if (l->len - l->pos == LACKEY_BUF) {
			*rc = bad_line(l, at, at + LACKEY_BUF, e);
			return NULL;
		}
		*rc = refill(l, e);
		if (*rc)
			return NULL;
	}
}

s64 lackey_read(struct lackey *l, const struct lackey_rec **recs, struct err *e)
{
	u32 nr = 0;

	*recs = l->recs;
	while (nr < LACKEY_BATCH) {
		int rc;
		const char *end = line_end(l, &rc, e);

		if (rc)
			return rc;
		if (!end)
			break;
		rc = parse_line(l, l->buf + l->pos, end, &l->recs[nr], e);
		if (rc < 0)
			return rc;
		nr += (u32)rc;
		l->line_nr++;
		l->pos = MIN((u32)(end - l->buf) + 1, l->len);
	}
	return nr;
}
