#include "base/schema.h"

#include "base/bug.h"
#include "base/units.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define NEAREST_LEN_MAX 64 /* longer words are compared by their start */

/* Levenshtein distance of two short words. */
static u32 edit_distance(const char *a, const char *b)
{
	u32 row[NEAREST_LEN_MAX + 1];
	size_t na = strnlen(a, NEAREST_LEN_MAX);
	size_t nb = strnlen(b, NEAREST_LEN_MAX);

	for (u32 j = 0; j <= nb; j++)
		row[j] = j;
	for (u32 i = 1; i <= na; i++) {
		u32 diag = row[0];

		row[0] = i;
		for (u32 j = 1; j <= nb; j++) {
			u32 subst = diag + (a[i - 1] != b[j - 1]);
			u32 gap = MIN(row[j], row[j - 1]) + 1;

			diag = row[j];
			row[j] = MIN(subst, gap);
		}
	}
	return row[nb];
}

/* Keeps the nearer of @best and @name; first wins among equals. */
static void nearer(const char *word, const char *name, const char **best,
		   u32 *best_distance)
{
	u32 d = edit_distance(word, name);

	if (d < *best_distance) {
		*best_distance = d;
		*best = name;
	}
}

/* At most a third of the letters may differ, and one always. */
static u32 distance_limit(const char *word)
{
	return (u32)strnlen(word, NEAREST_LEN_MAX) / 3 + 2;
}

const char *schema_nearest(const char *word, const char *const *names)
{
	const char *best = NULL;
	u32 distance = distance_limit(word);

	for (; *names; names++)
		nearer(word, *names, &best, &distance);
	return best;
}

static const char *nearest_row(const char *word, const struct schema_row *rows)
{
	const char *best = NULL;
	u32 distance = distance_limit(word);

	for (; rows->key; rows++)
		nearer(word, rows->key, &best, &distance);
	return best;
}

/* "a, b, c" of all keys, as far as they fit. */
static void list_rows(const struct schema_row *rows, char *buf, size_t len)
{
	size_t at = 0;

	buf[0] = 0;
	for (; rows->key && at < len; rows++)
		at += (size_t)snprintf(buf + at, len - at, "%s%s",
				       at ? ", " : "", rows->key);
}

int schema_unknown(const struct schema_row *rows, const struct yaml_node *n,
		   struct err *e)
{
	const char *near = nearest_row(n->key, rows);
	char all[400];

	if (near)
		return yaml_err_key(n, e,
				    "unknown key '%.100s'; did you mean '%s'?",
				    n->key, near);
	list_rows(rows, all, sizeof(all));
	return yaml_err_key(n, e, "unknown key '%.100s'; known here are: %s",
			    n->key, all);
}

int schema_want(const struct yaml_node *n, enum yaml_kind kind,
		const char *expected, struct err *e)
{
	static const char *const what[] = {"a plain value", "a list",
					   "a mapping"};

	if (n->kind == kind)
		return 0;
	return yaml_err(n, e, "expected %s, not %s", expected, what[n->kind]);
}

static int want_scalar(const struct yaml_node *n, const char *expected,
		       struct err *e)
{
	if (schema_want(n, YAML_SCALAR, expected, e))
		return -EINVAL;
	if (!n->text[0] && !n->quoted)
		return yaml_err(n, e, "expected %s, not nothing", expected);
	return 0;
}

/* What the units of a number are called, read with and printed with. */
struct number_kind {
	const char *expected;
	bool (*parse)(const char *text, u64 *value);
	const char *(*print)(u64 value, char *buf);
};

static const char *print_count(u64 value, char *buf)
{
	snprintf(buf, UNITS_TEXT_MAX, "%" PRIu64, value);
	return buf;
}

static const struct number_kind count_kind = {"a whole number", units_parse_u64,
					      print_count};
static const struct number_kind size_kind = {
	"a size such as 64MiB (units: B KiB MiB GiB TiB)", units_parse_size,
	units_print_size};
static const struct number_kind ns_kind = {
	"a time such as 10ms (units: ns us ms s min)", units_parse_ns,
	units_print_ns};
static const struct number_kind hz_kind = {
	"a frequency such as 2.2GHz (units: Hz kHz MHz GHz)", units_parse_hz,
	units_print_hz};

static const struct number_kind *kind_of(enum schema_type type)
{
	if (type == SCHEMA_SIZE || type == SCHEMA_SIZE32)
		return &size_kind;
	if (type == SCHEMA_NS)
		return &ns_kind;
	return type == SCHEMA_HZ ? &hz_kind : &count_kind;
}

static bool is_u32(enum schema_type type)
{
	return type == SCHEMA_U32 || type == SCHEMA_SIZE32;
}

static int check_range(const struct yaml_node *n, const struct number_kind *k,
		       u64 value, u64 min, u64 max, struct err *e)
{
	char lo[UNITS_TEXT_MAX], hi[UNITS_TEXT_MAX];

	if (value >= min && (!max || value <= max))
		return 0;
	if (!max)
		return yaml_err(n, e, "'%.100s' is out of range: at least %s",
				n->text, k->print(min, lo));
	return yaml_err(n, e, "'%.100s' is out of range: %s to %s", n->text,
			k->print(min, lo), k->print(max, hi));
}

static int read_number(const struct yaml_node *n, const struct number_kind *k,
		       const char *word, u64 min, u64 max, u64 *value,
		       struct err *e)
{
	if (want_scalar(n, k->expected, e))
		return -EINVAL;
	if (!k->parse(n->text, value))
		return yaml_err(n, e, "expected %s%s%s, not '%.100s'",
				k->expected, word ? " or " : "",
				word ? word : "", n->text);
	return check_range(n, k, *value, min, max, e);
}

int schema_u64(const struct yaml_node *n, u64 min, u64 max, u64 *value,
	       struct err *e)
{
	return read_number(n, &count_kind, NULL, min, max, value, e);
}

int schema_double(const struct yaml_node *n, double least, double most,
		  double *value, struct err *e)
{
	if (want_scalar(n, "a number", e))
		return -EINVAL;
	if (!units_parse_double(n->text, value))
		return yaml_err(n, e, "expected a number, not '%.100s'",
				n->text);
	if (*value < least || *value > most)
		return yaml_err(n, e, "'%.100s' is out of range: %g to %g",
				n->text, least, most);
	return 0;
}

int schema_enum(const struct yaml_node *n, const char *const *names, u32 *value,
		struct err *e)
{
	char all[400];
	size_t at = 0;

	if (want_scalar(n, "one word", e))
		return -EINVAL;
	for (u32 i = 0; names[i]; i++) {
		if (!strcmp(n->text, names[i])) {
			*value = i;
			return 0;
		}
		if (at < sizeof(all))
			at += (size_t)snprintf(all + at, sizeof(all) - at,
					       "%s%s", i ? ", " : "", names[i]);
	}
	return yaml_err(n, e, "expected one of %s, not '%.100s'", all, n->text);
}

static int bind_number(const struct schema_row *r, void *field,
		       const struct yaml_node *n, struct err *e)
{
	u64 max = r->max || !is_u32(r->type) ? r->max : UINT32_MAX;
	u64 value;
	u32 value32;

	if (r->word && n->kind == YAML_SCALAR && !strcmp(n->text, r->word))
		value = r->word_value;
	else if (read_number(n, kind_of(r->type), r->word, r->min, max, &value,
			     e))
		return -EINVAL;
	value32 = (u32)value;
	if (is_u32(r->type))
		memcpy(field, &value32, sizeof(value32));
	else
		memcpy(field, &value, sizeof(value));
	return 0;
}

static int bind_bool(void *field, const struct yaml_node *n, struct err *e)
{
	bool value;

	if (want_scalar(n, "true or false", e))
		return -EINVAL;
	if (!units_parse_bool(n->text, &value))
		return yaml_err(n, e, "expected true or false, not '%.100s'",
				n->text);
	memcpy(field, &value, sizeof(value));
	return 0;
}

static int bind_string(const struct schema_row *r, char *field,
		       const struct yaml_node *n, struct err *e)
{
	if (want_scalar(n, "a text", e))
		return -EINVAL;
	if (strlen(n->text) >= r->max)
		return yaml_err(n, e, "a text of %zu bytes; %u are the most",
				strlen(n->text), (u32)r->max - 1);
	memset(field, 0, r->max);
	memcpy(field, n->text, strlen(n->text));
	return 0;
}

static int bind_enum(const struct schema_row *r, void *field,
		     const struct yaml_node *n, struct err *e)
{
	u32 value;

	if (schema_enum(n, r->names, &value, e))
		return -EINVAL;
	memcpy(field, &value, sizeof(value));
	return 0;
}

static int bind_row(const struct schema_row *r, void *base,
		    const struct yaml_node *n, struct err *e)
{
	char *field = (char *)base + r->offset;

	switch (r->type) {
	case SCHEMA_BOOL:
		return bind_bool(field, n, e);
	case SCHEMA_DOUBLE: {
		double value;
		int rc = schema_double(n, r->least, r->most, &value, e);

		if (!rc)
			memcpy(field, &value, sizeof(value));
		return rc;
	}
	case SCHEMA_ENUM:
		return bind_enum(r, field, n, e);
	case SCHEMA_STRING:
		return bind_string(r, field, n, e);
	case SCHEMA_MAP:
		return schema_bind(r->sub, base, n, e);
	case SCHEMA_CUSTOM:
		return r->bind(base, n, e);
	case SCHEMA_U32:
	case SCHEMA_U64:
	case SCHEMA_SIZE:
	case SCHEMA_SIZE32:
	case SCHEMA_NS:
	case SCHEMA_HZ:
		return bind_number(r, field, n, e);
	}
	BUG();
}

int schema_bind(const struct schema_row *rows, void *base,
		const struct yaml_node *n, struct err *e)
{
	const struct schema_row *r;

	if (schema_want(n, YAML_MAP, "'key: value' lines", e))
		return -EINVAL;
	for (const struct yaml_node *c = n->child; c; c = c->next) {
		for (r = rows; r->key && strcmp(r->key, c->key); r++)
			;
		if (!r->key)
			return schema_unknown(rows, c, e);
		if (bind_row(r, base, c, e))
			return -EINVAL;
	}
	for (r = rows; r->key; r++)
		if (r->required && !yaml_get(n, r->key))
			return yaml_err_key(n, e, "the key '%s' is missing",
					    r->key);
	return 0;
}

void schema_write_text(FILE *f, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-.+/";

	if (text[0] && text[0] != '-' && strspn(text, plain) == strlen(text)) {
		fputs(text, f);
		return;
	}
	putc('"', f);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putc('\\', f);
		putc(*text, f);
	}
	putc('"', f);
}

static void write_number(FILE *f, const struct schema_row *r, const void *field)
{
	char buf[UNITS_TEXT_MAX];
	u64 value;
	u32 value32;

	if (is_u32(r->type)) {
		memcpy(&value32, field, sizeof(value32));
		value = value32;
	} else {
		memcpy(&value, field, sizeof(value));
	}
	if (r->word && value == r->word_value)
		fprintf(f, " %s\n", r->word);
	else
		fprintf(f, " %s\n", kind_of(r->type)->print(value, buf));
}

/* The shortest decimal that reads back as the same double. */
static void write_double(FILE *f, double value)
{
	char buf[UNITS_TEXT_MAX];
	double back;

	for (int digits = 6; digits <= 17; digits++) {
		snprintf(buf, sizeof(buf), "%.*g", digits, value);
		if (units_parse_double(buf, &back) && !(back < value) &&
		    !(back > value))
			break;
	}
	fprintf(f, " %s\n", buf);
}

static void write_row(FILE *f, const struct schema_row *r, const void *base,
		      u32 indent)
{
	const char *field = (const char *)base + r->offset;
	double d;
	u32 idx;

	switch (r->type) {
	case SCHEMA_BOOL:
		fprintf(f, " %s\n", *(const bool *)field ? "true" : "false");
		break;
	case SCHEMA_DOUBLE:
		memcpy(&d, field, sizeof(d));
		write_double(f, d);
		break;
	case SCHEMA_ENUM:
		memcpy(&idx, field, sizeof(idx));
		fprintf(f, " %s\n", r->names[idx]);
		break;
	case SCHEMA_STRING:
		putc(' ', f);
		schema_write_text(f, field);
		putc('\n', f);
		break;
	case SCHEMA_MAP:
		putc('\n', f);
		schema_write(f, r->sub, base, indent + 2);
		break;
	case SCHEMA_CUSTOM:
		r->write(f, base, indent);
		break;
	case SCHEMA_U32:
	case SCHEMA_U64:
	case SCHEMA_SIZE:
	case SCHEMA_SIZE32:
	case SCHEMA_NS:
	case SCHEMA_HZ:
		write_number(f, r, field);
		break;
	}
}

void schema_write(FILE *f, const struct schema_row *rows, const void *base,
		  u32 indent)
{
	for (const struct schema_row *r = rows; r->key; r++) {
		fprintf(f, "%*s%s:", (int)indent, "", r->key);
		write_row(f, r, base, indent);
	}
}
