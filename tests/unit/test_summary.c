/*
 * Goal: summary.json is valid JSON whatever names hold, begins as promised,
 * and is the same each time.  Method: a strict little JSON reader below.
 */
#include "report/json.h"

#include "cmocka_all.h"
#include "report_fake.h"

#include <stdlib.h>
#include <string.h>

/* Reads one value; NULL when it is not JSON (RFC 8259). */
static const char *read_value(const char *p, u32 depth);

static const char *skip_space(const char *p)
{
	return p + strspn(p, " \t\r\n");
}

static const char *read_escape(const char *p)
{
	if (*p && strchr("\"\\/bfnrt", *p))
		return p + 1;
	if (*p != 'u' || strspn(p + 1, "0123456789abcdefABCDEF") < 4)
		return NULL;
	return p + 5;
}

static const char *read_string(const char *p)
{
	if (*p++ != '"')
		return NULL;
	while (p && *p != '"') {
		u32 n = utf8_length(p);

		if (!n || (u8)*p < ' ')
			return NULL;
		p = *p == '\\' ? read_escape(p + 1) : p + n;
	}
	return p ? p + 1 : NULL;
}

static const char *read_number(const char *p)
{
	char *end;

	p += *p == '-';
	if (*p < '0' || *p > '9' || (*p == '0' && p[1] >= '0' && p[1] <= '9'))
		return NULL;
	strtod(p, &end);
	return end;
}

static const char *read_members(const char *p, char close, u32 depth)
{
	p = skip_space(p + 1);
	if (*p == close)
		return p + 1;
	for (;;) {
		if (close == '}') {
			p = read_string(p);
			p = p ? skip_space(p) : NULL;
			if (!p || *p++ != ':')
				return NULL;
		}
		p = read_value(p, depth + 1);
		p = p ? skip_space(p) : NULL;
		if (!p || *p == close)
			return p ? p + 1 : NULL;
		if (*p++ != ',')
			return NULL;
		p = skip_space(p);
	}
}

static const char *read_value(const char *p, u32 depth)
{
	p = skip_space(p);
	if (depth > 32)
		return NULL;
	if (*p == '{')
		return read_members(p, '}', depth);
	if (*p == '[')
		return read_members(p, ']', depth);
	if (*p == '"')
		return read_string(p);
	if (!strncmp(p, "true", 4) || !strncmp(p, "null", 4))
		return p + 4;
	if (!strncmp(p, "false", 5))
		return p + 5;
	return read_number(p);
}

static bool is_json(const char *text)
{
	const char *end = read_value(text, 0);

	return end && !*skip_space(end);
}

static void test_checker_knows_bad_json(void **state)
{
	static const char *const bad[] = {
		"",	   "{",	  "{\"a\"}", "[1,]",  "\"\x01\"",
		"\"\\x\"", "01",  "{} {}",   "[1 2]", "\"\xff\"",
		"nan",	   "'a'", "{\"a\":}"};
	static const char *const good[] = {"{}", "[1,-2.5e3,\"\\u00e4\"]",
					   "{\"a\":[null,true,{}]}"};

	(void)state;
	for (u32 i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(is_json(bad[i]));
	for (u32 i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_true(is_json(good[i]));
}

static void test_summary_is_json(void **state)
{
	struct report_view *v = fake_view(5);
	char *text = fake_text(write_summary, v);
	char *again = fake_text(write_summary, v);

	(void)state;
	assert_true(is_json(text));
	assert_string_equal(text, again);
	assert_non_null(strstr(text, "\"`rm -rf .`\\\"'\\\\\\u0009\\u000a"
				     "\\u0001\\ufffd\xc3\xa4$(x)#\""));
	free(text);
	free(again);
	fake_view_free(v);
}

static void test_summary_begins_with_identity(void **state)
{
	static const char *const keys[] = {
		"{\n  \"kmemsim_version\": \"",
		"\n  \"config_hash\": \"fnv1a64:", "\n  \"trace\": {",
		"\n  \"seed\": 1,"};
	struct report_view *v = fake_view(5);
	char *text = fake_text(write_summary, v);
	const char *at = text;

	(void)state;
	assert_ptr_equal(strstr(text, keys[0]), text);
	for (u32 i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		at = strstr(at, keys[i]);
		assert_non_null(at);
	}
	assert_non_null(strstr(text, "\"failures_count\": 5,"));
	assert_non_null(strstr(text, "\"peak_allocated_pages\": 90000,"));
	free(text);
	fake_view_free(v);
}

static void test_hash_is_fnv1a(void **state)
{
	(void)state;
	assert_true(text_hash("") == 0xcbf29ce484222325u);
	assert_true(text_hash("a") == 0xaf63dc4c8601ec8cu);
	assert_true(text_hash("foobar") == 0x85944171f73967e8u);
}

static void test_utf8(void **state)
{
	(void)state;
	assert_int_equal(utf8_length("a"), 1);
	assert_int_equal(utf8_length(""), 0);
	assert_int_equal(utf8_length("\xc3\xa4"), 2);
	assert_int_equal(utf8_length("\xf0\x9f\x98\x80"), 4);
	assert_int_equal(utf8_length("\xc0\x80"), 0);	  /* overlong */
	assert_int_equal(utf8_length("\xed\xa0\x80"), 0); /* surrogate */
	assert_int_equal(utf8_length("\xf4\x90\x80\x80"), 0);
	assert_int_equal(utf8_length("\xe2\x82"), 0); /* cut short */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_checker_knows_bad_json),
		cmocka_unit_test(test_summary_is_json),
		cmocka_unit_test(test_summary_begins_with_identity),
		cmocka_unit_test(test_hash_is_fnv1a),
		cmocka_unit_test(test_utf8),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
