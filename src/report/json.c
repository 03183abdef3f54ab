#include "report/json.h"

#include "base/bug.h"

void json_init(struct json *j, FILE *to)
{
	*j = (struct json){.to = to};
}

static void put_newline(struct json *j)
{
	fputc('\n', j->to);
	for (u32 i = 0; i < j->depth; i++)
		fputs("  ", j->to);
}

static void put_string(FILE *to, const char *s)
{
	fputc('"', to);
	while (*s) {
		u32 n = utf8_length(s);
		u8 c = (u8)*s;

		if (!n) {
			fputs("\\ufffd", to);
			n = 1;
		} else if (n > 1) {
			fwrite(s, 1, n, to);
		} else if (c == '"' || c == '\\') {
			fputc('\\', to);
			fputc(c, to);
		} else if (c < 0x20 || c == 0x7f) {
			fprintf(to, "\\u%04x", c);
		} else {
			fputc(c, to);
		}
		s += n;
	}
	fputc('"', to);
}

/* Comma, line and key before a value. */
static void before_value(struct json *j, const char *key)
{
	if (!j->depth) {
		BUG_ON(key);
		return;
	}
	BUG_ON(!key != (j->closer[j->depth - 1] == ']'));
	if (j->has_item[j->depth - 1])
		fputc(',', j->to);
	j->has_item[j->depth - 1] = true;
	put_newline(j);
	if (key) {
		put_string(j->to, key);
		fputs(": ", j->to);
	}
}

static void open_value(struct json *j, const char *key, char open, char close)
{
	before_value(j, key);
	BUG_ON(j->depth == JSON_DEPTH_MAX);
	fputc(open, j->to);
	j->has_item[j->depth] = false;
	j->closer[j->depth++] = close;
}

void json_object(struct json *j, const char *key)
{
	open_value(j, key, '{', '}');
}

void json_array(struct json *j, const char *key)
{
	open_value(j, key, '[', ']');
}

void json_end(struct json *j)
{
	bool empty;

	BUG_ON(!j->depth);
	empty = !j->has_item[--j->depth];
	if (!empty)
		put_newline(j);
	fputc(j->closer[j->depth], j->to);
	if (!j->depth)
		fputc('\n', j->to);
}

void json_u64(struct json *j, const char *key, u64 value)
{
	before_value(j, key);
	fprintf(j->to, "%llu", (unsigned long long)value);
}

void json_s64(struct json *j, const char *key, s64 value)
{
	before_value(j, key);
	fprintf(j->to, "%lld", (long long)value);
}

void json_null(struct json *j, const char *key)
{
	before_value(j, key);
	fputs("null", j->to);
}

void json_bool(struct json *j, const char *key, bool value)
{
	before_value(j, key);
	fputs(value ? "true" : "false", j->to);
}

void json_ratio(struct json *j, const char *key, u64 num, u64 den)
{
	before_value(j, key);
	if (den)
		fprintf(j->to, "%.6g", (double)num / (double)den);
	else
		fputs("null", j->to);
}

void json_string(struct json *j, const char *key, const char *value)
{
	before_value(j, key);
	put_string(j->to, value);
}

void json_quantiles(struct json *j, const struct hist *h)
{
	json_u64(j, "p50_cycles", hist_permille(h, 500));
	json_u64(j, "p90_cycles", hist_permille(h, 900));
	json_u64(j, "p99_cycles", hist_permille(h, 990));
	json_u64(j, "p999_cycles", hist_permille(h, 999));
	json_u64(j, "max_cycles", h->max);
}
