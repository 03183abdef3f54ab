/*
 * Goal: the JSON reader takes all of RFC 8259 that a run writes and nothing
 * that is not JSON, and hostile input costs neither a crash nor time.
 * Method: known answers, a list of what is wrong, and every prefix and every
 * changed byte of a good text.
 */
#include "base/json_read.h"

#include "base/xmalloc.h"
#include "cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct json_doc *read_text(const char *text, struct err *e)
{
	return json_read_text(text, strlen(text), "t", e);
}

static const char good[] =
	" {\"a\": {\"b\": [1, 2.5, -3, 1e2], \"c\": \"x\\u00e4\\n\\\"\"},\r\n"
	"\t\"n\": null, \"t\": true, \"f\": false, \"e\": {}, \"l\": [ ],\n"
	"\"big\": 18446744073709551615, \"more\": 18446744073709551616,\n"
	"\"face\": \"\\ud83d\\ude00 \xc3\xa4\"} ";

static void test_values(void **state)
{
	struct err e = {0};
	struct json_doc *d = read_text(good, &e);
	const struct json_value *v;
	u64 u;

	(void)state;
	assert_non_null(d);
	v = json_get(json_root(d), "a.b");
	assert_int_equal(v->kind, JSON_ARRAY);
	assert_int_equal(v->nr, 4);
	assert_int_equal(v->first->u64, 1);
	assert_true(v->first->next->number == 2.5);
	assert_true(v->first->next->next->number == -3);
	assert_true(v->first->next->next->next->number == 100);
	assert_string_equal(json_get_text(d, "a.c", &e), "x\xc3\xa4\n\"");
	assert_string_equal(json_get_text(d, "face", &e),
			    "\xf0\x9f\x98\x80 \xc3\xa4");
	assert_int_equal(json_get(json_root(d), "n")->kind, JSON_NULL);
	assert_int_equal(json_get(json_root(d), "t")->kind, JSON_TRUE);
	assert_int_equal(json_get(json_root(d), "e")->nr, 0);
	assert_int_equal(json_get(json_root(d), "l")->nr, 0);
	assert_int_equal(json_get_u64(d, "big", &u, &e), 0);
	assert_true(u == UINT64_MAX);
	assert_int_equal(json_get(json_root(d), "more")->kind, JSON_NUMBER);
	assert_null(json_get(json_root(d), "a.b.c"));
	assert_null(json_get(json_root(d), "a."));
	assert_int_equal(e.code, 0);
	assert_true(json_get_u64(d, "more", &u, &e) < 0);
	assert_non_null(strstr(e.text, "t: has no more"));
	json_doc_free(d);
}

static void test_refused(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"{",
		"[",
		"[1,]",
		"[1 2]",
		"{\"a\"}",
		"{\"a\":}",
		"{a:1}",
		"{\"a\":1,}",
		"01",
		"-",
		"1.",
		".5",
		"1e",
		"1e+",
		"+1",
		"1e999",
		"nul",
		"True",
		"\"",
		"\"\\x\"",
		"\"\\u12\"",
		"\"\n\"",
		"\"\x01\"",
		"\"\xff\"",
		"\"\xc3\"",
		"\"\\ud800\"",
		"\"\\udc00\"",
		"\"\\ud800\\u0041\"",
		"\"\\u0000\"",
		"1 2",
		"{} {}",
		"[}",
		"{\"a\":1,\"b\":2,\"a\":3}",
		"NaN",
		"Infinity",
		"// x\n1",
		"\xef\xbb\xbf{}",
		"\"\xed\xa0\x80\"",
		"'a'",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err e = {0};
		struct json_doc *d = read_text(bad[i], &e);

		if (d)
			print_error("taken: %s\n", bad[i]);
		assert_null(d);
		assert_int_equal(e.code, -EINVAL);
		assert_memory_equal(e.text, "t:1:", 4);
	}
}

static void test_place(void **state)
{
	struct err e = {0};

	(void)state;
	assert_null(read_text("{\n \"a\": 1,\n \"b\" 2}", &e));
	assert_string_equal(e.text, "t:3:6: a colon is missing");
}

static void test_nul_byte(void **state)
{
	static const char text[] = "{\"a\":\0 1}";
	static const char string[] = "\"a\0b\"";
	struct err e = {0};

	(void)state;
	assert_null(json_read_text(text, sizeof(text) - 1, "t", &e));
	assert_null(json_read_text(string, sizeof(string) - 1, "t", &e));
}

static void test_depth(void **state)
{
	char text[2 * JSON_READ_DEPTH_MAX + 3];
	struct err e = {0};
	struct json_doc *d;

	(void)state;
	for (u32 n = JSON_READ_DEPTH_MAX; n <= JSON_READ_DEPTH_MAX + 1; n++) {
		memset(text, '[', n);
		memset(text + n, ']', n);
		text[2 * n] = 0;
		d = read_text(text, &e);
		assert_int_equal(d != NULL, n == JSON_READ_DEPTH_MAX);
		json_doc_free(d);
	}
	assert_non_null(strstr(e.text, "too deep"));
}

/* A million brackets must not take the host's stack. */
static void test_many_brackets(void **state)
{
	size_t n = 1000000;
	char *text = xmalloc(n);
	struct err e = {0};

	(void)state;
	memset(text, '[', n);
	assert_null(json_read_text(text, n, "t", &e));
	memset(text, '{', n);
	assert_null(json_read_text(text, n, "t", &e));
	free(text);
}

/* Many keys of one object: no quadratic search for one that comes twice. */
static void test_many_keys(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	struct err e = {0};
	struct json_doc *d;

	(void)state;
	fputc('{', f);
	for (u32 i = 0; i < 200000; i++)
		fprintf(f, "%s\"%u\":%u", i ? "," : "", i, i);
	fputc('}', f);
	fclose(f);
	d = json_read_text(text, size, "t", &e);
	assert_non_null(d);
	assert_int_equal(json_root(d)->nr, 200000);
	json_doc_free(d);
	free(text);
}

static void test_damage(void **state)
{
	size_t len = sizeof(good) - 1;
	char text[sizeof(good)];

	(void)state;
	for (size_t cut = 0; cut + 2 < len; cut++) {
		struct err e = {0};

		assert_null(json_read_text(good, cut, "t", &e));
	}
	for (size_t i = 0; i < len; i++) {
		for (u32 byte = 0; byte < 256; byte++) {
			struct err e = {0};

			memcpy(text, good, sizeof(good));
			text[i] = (char)byte;
			json_doc_free(json_read_text(text, len, "t", &e));
		}
	}
}

static void test_no_file(void **state)
{
	struct err e = {0};

	(void)state;
	assert_null(json_read_file("/nowhere/at/all.json", &e));
	assert_int_equal(e.code, -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_nul_byte),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_many_brackets),
		cmocka_unit_test(test_many_keys),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_no_file),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0;
}
