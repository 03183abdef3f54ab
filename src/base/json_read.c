#include "base/json_read.h"

#include "base/bug.h"
#include "base/utf8.h"
#include "base/vec.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_VALUES 1024u /* pointers into a block stay true */

struct value_block {
	struct value_block *next;
	struct json_value at[BLOCK_VALUES];
};

struct json_doc {
	char *name;		    /* owned, for messages */
	char *text;		    /* owned; strings end in NUL in it */
	struct value_block *blocks; /* owned; the one being filled first */
	u32 nr_values;
	const struct json_value *root;
};

struct reader {
	struct json_doc *doc;
	char *p; /* next byte; the text ends in NUL */
	char *end;
	char *line_start;
	u32 line;
	u32 depth;
	struct err *e;
};

static int fail(struct reader *r, const char *what)
{
	return err_set(r->e, -EINVAL, "%s:%u:%u: %s", r->doc->name, r->line,
		       (u32)(r->p - r->line_start) + 1, what);
}

static void skip_space(struct reader *r)
{
	for (;; r->p++) {
		if (*r->p == '\n') {
			r->line++;
			r->line_start = r->p + 1;
		} else if (*r->p != ' ' && *r->p != '\t' && *r->p != '\r') {
			return;
		}
	}
}

static struct json_value *new_value(struct reader *r)
{
	struct json_doc *d = r->doc;
	u32 i = d->nr_values % BLOCK_VALUES;

	if (d->nr_values == JSON_READ_VALUES_MAX) {
		fail(r, "more values than a run ever writes");
		return NULL;
	}
	if (!i) {
		struct value_block *b = xcalloc(1, sizeof(*b));

		b->next = d->blocks;
		d->blocks = b;
	}
	d->nr_values++;
	d->blocks->at[i].line = r->line;
	return &d->blocks->at[i];
}

/* Strings: unescaped in place, which never makes them longer. */

static int hex4(const char *p)
{
	int code = 0;

	for (u32 i = 0; i < 4; i++) {
		char c = p[i];

		if (c >= '0' && c <= '9')
			code = code * 16 + c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			code = code * 16 + (c | 0x20) - 'a' + 10;
		else
			return -1;
	}
	return code;
}

static char *put_utf8(char *to, u32 code)
{
	if (code < 0x80) {
		*to++ = (char)code;
	} else if (code < 0x800) {
		*to++ = (char)(0xc0 | code >> 6);
		*to++ = (char)(0x80 | (code & 0x3f));
	} else if (code < 0x10000) {
		*to++ = (char)(0xe0 | code >> 12);
		*to++ = (char)(0x80 | (code >> 6 & 0x3f));
		*to++ = (char)(0x80 | (code & 0x3f));
	} else {
		*to++ = (char)(0xf0 | code >> 18);
		*to++ = (char)(0x80 | (code >> 12 & 0x3f));
		*to++ = (char)(0x80 | (code >> 6 & 0x3f));
		*to++ = (char)(0x80 | (code & 0x3f));
	}
	return to;
}

/* r->p stands behind "\u". */
static char *read_unicode(struct reader *r, char *to)
{
	int code = hex4(r->p);

	if (code < 0)
		goto bad;
	r->p += 4;
	if (code >= 0xd800 && code < 0xdc00) {
		int low =
			r->p[0] == '\\' && r->p[1] == 'u' ? hex4(r->p + 2) : -1;

		if (low < 0xdc00 || low >= 0xe000)
			goto bad;
		r->p += 6;
		code = 0x10000 + (code - 0xd800) * 1024 + (low - 0xdc00);
	}
	/* A lone low half is no character; NUL would end the C string. */
	if (!code || (code >= 0xdc00 && code < 0xe000))
		goto bad;
	return put_utf8(to, (u32)code);
bad:
	fail(r, "\\u needs four hexadecimal digits of a character");
	return NULL;
}

static char *read_escape(struct reader *r, char *to)
{
	static const char from[] = "\"\\/bfnrt";
	static const char into[] = "\"\\/\b\f\n\r\t";
	const char *at;

	r->p++;
	if (*r->p == 'u') {
		r->p++;
		return read_unicode(r, to);
	}
	at = *r->p ? strchr(from, *r->p) : NULL;
	if (!at) {
		fail(r, "a backslash with none of \"\\/bfnrtu behind it");
		return NULL;
	}
	r->p++;
	*to = into[at - from];
	return to + 1;
}

/* At the opening quote. */
static const char *read_string(struct reader *r)
{
	char *start = ++r->p;
	char *to = start;

	while (*r->p != '"') {
		u32 n = utf8_length(r->p);

		if (*r->p == '\\') {
			to = read_escape(r, to);
			if (!to)
				return NULL;
			continue;
		}
		if (!n || (u8)*r->p < ' ') {
			fail(r, r->p == r->end
					? "the text ends within a string"
					: "a byte that no string may hold");
			return NULL;
		}
		memmove(to, r->p, n);
		to += n;
		r->p += n;
	}
	r->p++;
	*to = 0;
	return start;
}

/* Numbers */

static u32 digits(const char *p)
{
	return (u32)strspn(p, "0123456789");
}

static int read_number(struct reader *r, struct json_value *v)
{
	char *start = r->p;
	char *p = start + (*start == '-');
	u32 n = digits(p);
	bool whole = p == start;

	if (!n || (*p == '0' && n > 1))
		return fail(r, "this is no value");
	p += n;
	if (*p == '.') {
		whole = false;
		n = digits(p + 1);
		if (!n)
			return fail(r, "a number ends in its point");
		p += 1 + n;
	}
	if (*p == 'e' || *p == 'E') {
		whole = false;
		p += 1 + (p[1] == '+' || p[1] == '-');
		n = digits(p);
		if (!n)
			return fail(r, "a number without its exponent");
		p += n;
	}
	v->kind = JSON_NUMBER;
	v->number = strtod(start, NULL);
	if (!isfinite(v->number))
		return fail(r, "a number too large");
	errno = 0;
	v->u64 = whole ? strtoull(start, NULL, 10) : 0;
	if (whole && !errno)
		v->kind = JSON_U64;
	r->p = p;
	return 0;
}

static int read_word(struct reader *r, struct json_value *v)
{
	static const struct {
		const char *word;
		enum json_kind kind;
	} words[] = {{"null", JSON_NULL},
		     {"false", JSON_FALSE},
		     {"true", JSON_TRUE}};

	for (u32 i = 0; i < ARRAY_SIZE(words); i++) {
		size_t n = strlen(words[i].word);

		if (strncmp(r->p, words[i].word, n))
			continue;
		r->p += n;
		v->kind = words[i].kind;
		return 0;
	}
	return fail(r, r->p == r->end ? "the text ends too early"
				      : "this is no value");
}

static int read_value(struct reader *r, struct json_value *v);

/* Keys of one object, sorted: one that comes twice is found. */
static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int check_keys(struct reader *r, const struct json_value *v)
{
	const char **keys = xreallocarray(NULL, v->nr + 1, sizeof(*keys));
	u32 nr = 0;
	int rc = 0;

	for (const struct json_value *m = v->first; m; m = m->next)
		keys[nr++] = m->key;
	BUG_ON(nr != v->nr);
	qsort(keys, nr, sizeof(*keys), compare_keys);
	for (u32 i = 1; i < nr && !rc; i++)
		if (!strcmp(keys[i - 1], keys[i]))
			rc = err_set(r->e, -EINVAL,
				     "%s:%u: the key '%.60s' comes twice",
				     r->doc->name, v->line, keys[i]);
	free(keys);
	return rc;
}

/* At an element; its key is read first in an object. */
static struct json_value *read_member(struct reader *r, bool is_object)
{
	const char *key = NULL;
	struct json_value *v;

	if (is_object) {
		if (*r->p != '"') {
			fail(r, "a key in quotes is missing");
			return NULL;
		}
		key = read_string(r);
		if (!key)
			return NULL;
		skip_space(r);
		if (*r->p != ':') {
			fail(r, "a colon is missing");
			return NULL;
		}
		r->p++;
		skip_space(r);
	}
	v = new_value(r);
	if (!v)
		return NULL;
	v->key = key;
	return read_value(r, v) ? NULL : v;
}

/* At the opening bracket. */
static int read_group(struct reader *r, struct json_value *v)
{
	bool is_object = *r->p == '{';
	char close = is_object ? '}' : ']';
	struct json_value *last = NULL;

	if (r->depth == JSON_READ_DEPTH_MAX)
		return fail(r, "nested too deep");
	r->depth++;
	v->kind = is_object ? JSON_OBJECT : JSON_ARRAY;
	r->p++;
	skip_space(r);
	while (*r->p != close || last) {
		struct json_value *m = read_member(r, is_object);

		if (!m)
			return -EINVAL;
		if (last)
			last->next = m;
		else
			v->first = m;
		last = m;
		v->nr++;
		skip_space(r);
		if (*r->p == close)
			break;
		if (*r->p != ',')
			return fail(r, "a comma or the closing bracket is "
				       "missing");
		r->p++;
		skip_space(r);
	}
	r->p++;
	r->depth--;
	return is_object ? check_keys(r, v) : 0;
}

static int read_value(struct reader *r, struct json_value *v)
{
	switch (*r->p) {
	case '{':
	case '[':
		return read_group(r, v);
	case '"':
		v->kind = JSON_STRING;
		v->text = read_string(r);
		return v->text ? 0 : -EINVAL;
	case '-':
	case '0' ... '9':
		return read_number(r, v);
	default:
		return read_word(r, v);
	}
}

/* Files */

static struct json_doc *parse(struct json_doc *d, size_t len, struct err *e)
{
	struct reader r = {.doc = d,
			   .p = d->text,
			   .end = d->text + len,
			   .line_start = d->text,
			   .line = 1,
			   .e = e};
	struct json_value *v;

	skip_space(&r);
	v = new_value(&r);
	if (!v || read_value(&r, v)) {
		json_doc_free(d);
		return NULL;
	}
	skip_space(&r);
	if (r.p != r.end) {
		fail(&r, "something stands behind the value");
		json_doc_free(d);
		return NULL;
	}
	d->root = v;
	return d;
}

struct json_doc *json_read_text(const char *text, size_t len, const char *name,
				struct err *e)
{
	struct json_doc *d = xcalloc(1, sizeof(*d));

	d->name = xstrdup(name);
	d->text = xmalloc(len + 1);
	memcpy(d->text, text, len);
	d->text[len] = 0;
	return parse(d, len, e);
}

/* The whole stream into d->text; its length, or negative with @e. */
static s64 slurp(struct json_doc *d, FILE *f, struct err *e)
{
	size_t cap = 65536;
	size_t len = 0;
	size_t got;

	d->text = xmalloc(cap + 1);
	while ((got = fread(d->text + len, 1, cap - len, f)) > 0) {
		len += got;
		if (len < cap)
			continue;
		if (cap >= JSON_READ_BYTES_MAX)
			return err_set(e, -EFBIG, "%s: is too large", d->name);
		cap *= 2;
		d->text = xrealloc(d->text, cap + 1);
	}
	d->text[len] = 0;
	return ferror(f) ? err_sys(e, d->name, "read it") : (s64)len;
}

struct json_doc *json_read_file(const char *path, struct err *e)
{
	FILE *f = fopen(path, "re");
	struct json_doc *d;
	s64 len;

	if (!f) {
		err_sys(e, path, "read it");
		return NULL;
	}
	d = xcalloc(1, sizeof(*d));
	d->name = xstrdup(path);
	len = slurp(d, f, e);
	fclose(f);
	if (len >= 0)
		return parse(d, (size_t)len, e);
	json_doc_free(d);
	return NULL;
}

void json_doc_free(struct json_doc *d)
{
	if (!d)
		return;
	while (d->blocks) {
		struct value_block *next = d->blocks->next;

		free(d->blocks);
		d->blocks = next;
	}
	free(d->name);
	free(d->text);
	free(d);
}

const struct json_value *json_root(const struct json_doc *d)
{
	return d->root;
}

/* Access */

const struct json_value *json_get(const struct json_value *from,
				  const char *path)
{
	while (from) {
		size_t n = strcspn(path, ".");
		const struct json_value *m;

		if (from->kind != JSON_OBJECT)
			return NULL;
		for (m = from->first; m; m = m->next)
			if (!strncmp(m->key, path, n) && !m->key[n])
				break;
		if (!path[n])
			return m;
		path += n + 1;
		from = m;
	}
	return NULL;
}

static int no_such(const struct json_doc *d, const char *path, struct err *e)
{
	return err_set(e, -EINVAL,
		       "%s: has no %s; make the run again with this version",
		       d->name, path);
}

int json_get_u64(const struct json_doc *d, const char *path, u64 *value,
		 struct err *e)
{
	const struct json_value *v = json_get(d->root, path);

	if (!v || v->kind != JSON_U64)
		return no_such(d, path, e);
	*value = v->u64;
	return 0;
}

const char *json_get_text(const struct json_doc *d, const char *path,
			  struct err *e)
{
	const struct json_value *v = json_get(d->root, path);

	if (v && v->kind == JSON_STRING)
		return v->text;
	no_such(d, path, e);
	return NULL;
}
