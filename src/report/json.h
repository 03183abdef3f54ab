/*
 * json.h - writes JSON, one value after the other, to a stream.
 *
 * Invariants: what is written is valid JSON whatever the strings hold (bytes
 * that are no UTF-8 become U+FFFD); numbers are integers or %.6g, so that the
 * same values give the same bytes on any host.
 */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include "base/hist.h"
#include "base/types.h"
#include "base/utf8.h"

#include <stdio.h>

#define JSON_DEPTH_MAX 16

struct json {
	FILE *to; /* borrowed; its error flag is the caller's to check */
	u32 depth;
	bool has_item[JSON_DEPTH_MAX];
	char closer[JSON_DEPTH_MAX];
};

void json_init(struct json *j, FILE *to);
/** json_end() - Closes the innermost object or array. */
void json_end(struct json *j);
/* Members of an object; @key is NULL inside an array and at the top. */
void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);
void json_u64(struct json *j, const char *key, u64 value);
void json_s64(struct json *j, const char *key, s64 value);
void json_null(struct json *j, const char *key);
void json_bool(struct json *j, const char *key, bool value);
/** json_ratio() - @num / @den as %.6g; null when @den is 0. */
void json_ratio(struct json *j, const char *key, u64 num, u64 den);
void json_string(struct json *j, const char *key, const char *value);
/** json_quantiles() - p50_cycles to p999_cycles and max_cycles of @h, members
 * of the object that is open. */
void json_quantiles(struct json *j, const struct hist *h);

#endif
