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

/* Where in a line, and what should stand there. */
struct misfit {
	const char *at;
	const char *wanted;
};

static const char *const wanted_line =
	"\"I  ADDR,SIZE\" or \" L\", \" S\", \" M\" as lackey "
	"--trace-mem=yes prints";

static bool misfit(struct misfit *m, const char *at, const char *wanted)
{
	*m = (struct misfit){.at = at, .wanted = wanted};
	return false;
}

/* "1fff000d58,8" up to @end. */
static bool parse_place(const char *at, const char *end, struct lackey_rec *r,
			struct misfit *m)
{
	const char *start = at;
	u64 bytes = 0;
	int digit;

	r->addr = 0;
	for (; at < end && (digit = hex_digit(*at)) >= 0; at++) {
		if (r->addr >> (LACKEY_ADDR_BITS - 4))
			return misfit(m, start, "an address of 48 bits");
		r->addr = r->addr << 4 | (u64)digit;
	}
	if (at == start)
		return misfit(m, at, "an address in hex");
	if (at == end || *at != ',')
		return misfit(m, at, "',' and a size");
	for (start = ++at; at < end && *at >= '0' && *at <= '9'; at++) {
		bytes = bytes * 10 + (u64)(*at - '0');
		if (bytes > LACKEY_BYTES_MAX)
			break;
	}
	if (at < end || !bytes)
		return misfit(m, start, "a size of 1 to 65536 bytes");
	if (r->addr + bytes > LACKEY_ADDR_END)
		return misfit(m, start, "an end below 0xfffffffff000");
	r->bytes = (u32)bytes;
	return true;
}

/* @m: what is wrong with the line from @at to @end. */
static COLD int bad_line(const struct lackey *l, const char *at,
			 const char *end, const struct misfit *m, struct err *e)
{
	int len = (int)MIN(end - m->at, 60);

	return err_set(e, -EINVAL, "%s:%llu:%llu: expected %s, not '%.*s'",
		       input_path(l->in), (unsigned long long)l->line_nr,
		       (unsigned long long)(m->at - at) + 1, m->wanted, len,
		       m->at);
}

static bool is_blank(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	return at == end;
}

static bool is_said_by_valgrind(const char *at, const char *end)
{
	return end - at >= 2 && (!memcmp(at, "==", 2) || !memcmp(at, "--", 2) ||
				 !memcmp(at, "**", 2));
}

/* One line; 1: a record, 0: nothing to replay, or negative. */
static int parse_line(struct lackey *l, const char *at, const char *end,
		      struct lackey_rec *r, struct err *e)
{
	struct misfit m = {.at = at, .wanted = wanted_line};

	if (end > at && end[-1] == '\r')
		end--;
	if (end - at >= 3 && at[0] == 'I' && at[1] == ' ' && at[2] == ' ')
		r->kind = 'I';
	else if (end - at >= 3 && at[0] == ' ' && at[2] == ' ' &&
		 (at[1] == 'L' || at[1] == 'S' || at[1] == 'M'))
		r->kind = at[1];
	else if (is_said_by_valgrind(at, end) || is_blank(at, end))
		return 0;
	else
		return bad_line(l, at, end, &m, e);
	if (!parse_place(at + 3, end, r, &m))
		return bad_line(l, at, end, &m, e);
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
			struct misfit m = {.at = at, .wanted = wanted_line};

			*rc = bad_line(l, at, at + LACKEY_BUF, &m, e);
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
