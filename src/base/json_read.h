/*
 * json_read.h - reads a JSON file into a tree.
 *
 * Strict (RFC 8259): what is not JSON, a key that comes twice in an object, a
 * byte that is no UTF-8 or more than the limits below is an error with line
 * and column.  Invariant: strings hold no NUL, so they are C strings.
 */
#ifndef BASE_JSON_READ_H
#define BASE_JSON_READ_H

#include "base/err.h"
#include "base/types.h"

#include <stddef.h>

#define JSON_READ_DEPTH_MAX  32u
#define JSON_READ_BYTES_MAX  ((size_t)1 << 28)
#define JSON_READ_VALUES_MAX ((u32)1 << 24)

enum json_kind {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_U64,    /* an integer from 0 that fits */
	JSON_NUMBER, /* any other number */
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

struct json_value {
	enum json_kind kind;
	u32 line;	  /* where it begins, for messages */
	const char *key;  /* in an object; else NULL */
	const char *text; /* of a string */
	double number;	  /* of a number, integers too */
	u64 u64;
	u32 nr;				/* elements of an array or object */
	const struct json_value *first; /* its elements, chained by next */
	const struct json_value *next;
};

struct json_doc; /* owns all values and strings of a file */

/** json_read_file() - NULL with @e when it cannot be read or is not JSON. */
struct json_doc *json_read_file(const char *path, struct err *e);
/** json_read_text() - The same of @len bytes; @name is for messages. */
struct json_doc *json_read_text(const char *text, size_t len, const char *name,
				struct err *e);
void json_doc_free(struct json_doc *d);
const struct json_value *json_root(const struct json_doc *d);

/**
 * json_get() - The value at a dotted path of keys: "memory.slab_pages".
 * Return: NULL when there is none.
 */
const struct json_value *json_get(const struct json_value *from,
				  const char *path);
/** json_get_u64() - Its integer; -EINVAL with @e when it is none. */
int json_get_u64(const struct json_doc *d, const char *path, u64 *value,
		 struct err *e);
/** json_get_text() - Its string, borrowed; NULL with @e when it is none. */
const char *json_get_text(const struct json_doc *d, const char *path,
			  struct err *e);

#endif
