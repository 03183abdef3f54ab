/*
 * Goal: a YAML text becomes a tree with right places, and hostile or wrong
 * texts are refused with the place; tables bind it to a struct and back.
 */
#include "base/schema.h"
#include "base/xmalloc.h"

#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

static struct yaml_tree *parse(const char *text, struct err *e)
{
	return yaml_tree_parse("t.yaml", text, strlen(text), e);
}

static void expect_error(const char *text, const char *message)
{
	struct err e = {0};

	assert_null(parse(text, &e));
	assert_string_equal(e.text, message);
}

static void test_places(void **state)
{
	struct err e = {0};
	struct yaml_tree *t = parse("a: 1\nb:\n  - x\n  - {c: \"d e\"}\n", &e);
	const struct yaml_node *n;

	(void)state;
	assert_non_null(t);
	n = yaml_get(yaml_tree_root(t), "b");
	assert_int_equal(n->kind, YAML_LIST);
	assert_int_equal(n->nr, 2);
	assert_int_equal(n->child->line, 3);
	assert_int_equal(n->child->column, 5);
	n = yaml_get(n->child->next, "c");
	assert_string_equal(n->text, "d e");
	assert_true(n->quoted);
	assert_int_equal(n->line, 4);
	assert_int_equal(n->column, 9);
	assert_int_equal(n->key_column, 6);
	yaml_tree_free(t);
}

static void test_refused(void **state)
{
	(void)state;
	expect_error("", "t.yaml:1:1: there is nothing in it");
	expect_error("- 1\n", "t.yaml:1:1: expected 'key: value' lines");
	expect_error("a: 1\na: 2\n",
		     "t.yaml:2:1: the key 'a' stands here twice");
	expect_error("a: &x [1]\nb: *x\n", "t.yaml:2:4: aliases (*x) are not "
					   "allowed; repeat the value");
	expect_error("a: !!int 3\n", "t.yaml:1:4: tags (!...) are not allowed");
	expect_error("a: 1\n---\nb: 2\n",
		     "t.yaml:2:1: a second document; only one is allowed");
	expect_error("[1, 2]: 3\n", "t.yaml:1:1: a key must be a plain word");
	expect_error("a: \"x\\0y\"\n",
		     "t.yaml:1:4: a control character in a value");
}

static void test_limits(void **state)
{
	struct err e = {0};
	size_t len = 3 * YAML_NODES_MAX;
	char *text = xmalloc(len + 1);

	(void)state;
	memset(text, '[', len);
	text[len] = 0;
	memcpy(text, "a: ", 3);
	assert_null(yaml_tree_parse("t.yaml", text, 1000, &e));
	assert_string_equal(e.text,
			    "t.yaml:1:36: nested deeper than 32 levels");
	for (size_t i = 4; i < len; i++)
		text[i] = i & 1 ? ',' : '1';
	e = (struct err){0};
	assert_null(yaml_tree_parse("t.yaml", text, len, &e));
	assert_non_null(strstr(e.text, "more than 200000 values"));
	e = (struct err){0};
	assert_null(
		yaml_tree_parse("t.yaml", text, (size_t)YAML_FILE_MAX + 1, &e));
	assert_non_null(strstr(e.text, "4194304 are the most"));
	memset(text, 'x', YAML_TEXT_MAX + 10);
	memcpy(text, "a: ", 3);
	e = (struct err){0};
	assert_null(yaml_tree_parse("t.yaml", text, YAML_TEXT_MAX + 10, &e));
	assert_non_null(strstr(e.text, "a value of"));
	free(text);
}

/* Every cut of a text and every byte changed: an answer, never a crash. */
static void test_damaged_texts(void **state)
{
	static const char good[] = "a: [1, {b: \"c\"}]\nd: &x {e: |\n  f\n}\n";
	char bad[sizeof(good)];

	(void)state;
	for (size_t cut = 0; cut < sizeof(good); cut++) {
		struct err e = {0};

		yaml_tree_free(yaml_tree_parse("t", good, cut, &e));
	}
	for (size_t at = 0; at < sizeof(good) - 1; at++)
		for (int byte = 0; byte < 256; byte += 3) {
			struct err e = {0};

			memcpy(bad, good, sizeof(good));
			bad[at] = (char)byte;
			yaml_tree_free(yaml_tree_parse("t", bad,
						       sizeof(good) - 1, &e));
		}
}

static void test_set(void **state)
{
	struct err e = {0};
	struct yaml_tree *t = parse("a:\n  - {b: 1}\n  - {b: 2}\n", &e);
	const struct yaml_node *root = yaml_tree_root(t), *n;

	(void)state;
	assert_int_equal(yaml_tree_set(t, "a.1.b=3", &e), 0);
	n = yaml_get(yaml_get(root, "a")->child->next, "b");
	assert_string_equal(n->text, "3");
	yaml_err(n, &e, "no");
	assert_string_equal(e.text, "--set:a.1.b: no");
	assert_int_equal(yaml_tree_set(t, "x.y=[1, 2]", NULL), 0);
	assert_int_equal(yaml_get(yaml_get(root, "x"), "y")->nr, 2);
	e = (struct err){0};
	assert_true(yaml_tree_set(t, "a.2.b=3", &e) < 0);
	assert_string_equal(e.text, "--set:a.2.b: '2' is no item of a list of "
				    "2 (0 is the first)");
	e = (struct err){0};
	assert_true(yaml_tree_set(t, "x.y.0.z=3", &e) < 0);
	assert_non_null(strstr(e.text, "below a plain value"));
	assert_true(yaml_tree_set(t, "noequals", NULL) < 0);
	assert_true(yaml_tree_set(t, "=3", NULL) < 0);
	assert_true(yaml_tree_set(t, "x=", NULL) < 0);
	assert_true(yaml_tree_set(t, "x=[1", NULL) < 0);
	yaml_tree_free(t);
}

struct thing {
	bool yes;
	u32 count;
	u64 size;
	u64 time_ns;
	double share;
	u32 color;
	char name[8];
};

static const char *const colors[] = {"red", "green", NULL};
#define AT(f) .offset = offsetof(struct thing, f)
static const struct schema_row sub_rows[] = {
	{.key = "size", .type = SCHEMA_SIZE, AT(size), .min = 4096},
	{.key = "time",
	 .type = SCHEMA_NS,
	 AT(time_ns),
	 .word = "auto",
	 .word_value = 77},
	{0},
};
static const struct schema_row rows[] = {
	{.key = "yes", .type = SCHEMA_BOOL, AT(yes)},
	{.key = "count",
	 .type = SCHEMA_U32,
	 AT(count),
	 .min = 1,
	 .max = 10,
	 .required = true},
	{.key = "memory", .type = SCHEMA_MAP, .sub = sub_rows},
	{.key = "share", .type = SCHEMA_DOUBLE, AT(share), .most = 1},
	{.key = "color", .type = SCHEMA_ENUM, AT(color), .names = colors},
	{.key = "name", .type = SCHEMA_STRING, AT(name), .max = 8},
	{0},
};

static int bind(const char *text, struct thing *thing, struct err *e)
{
	struct yaml_tree *t = parse(text, e);
	int rc;

	assert_non_null(t);
	rc = schema_bind(rows, thing, yaml_tree_root(t), e);
	yaml_tree_free(t);
	return rc;
}

static void test_binding_and_back(void **state)
{
	struct thing a = {0}, b = {0};
	struct err e = {0};
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	assert_int_equal(bind("count: 7\nyes: on\nmemory: {size: 64MiB, time: "
			      "auto}\nshare: 0.1\ncolor: green\nname: a b\n",
			      &a, &e),
			 0);
	assert_true(a.yes);
	assert_int_equal(a.count, 7);
	assert_int_equal(a.size, 64 << 20);
	assert_int_equal(a.time_ns, 77);
	assert_int_equal(a.color, 1);
	schema_write(f, rows, &a, 0);
	fclose(f);
	assert_string_equal(text,
			    "yes: true\ncount: 7\nmemory:\n  size: 64MiB\n"
			    "  time: auto\nshare: 0.1\ncolor: green\n"
			    "name: \"a b\"\n");
	assert_int_equal(bind(text, &b, &e), 0);
	assert_memory_equal(&a, &b, sizeof(a));
	free(text);
}

static void test_binding_errors(void **state)
{
	static const char *const bad[][2] = {
		{"cuont: 1", "1:1: unknown key 'cuont'; did you mean 'count'?"},
		{"zzzzzzzz: 1", "1:1: unknown key 'zzzzzzzz'; known here are: "
				"yes, count, memory, share, color, name"},
		{"yes: true", "1:1: the key 'count' is missing"},
		{"count: 11", "1:8: '11' is out of range: 1 to 10"},
		{"count: 5000000000", "1:8: '5000000000' is out of range: 1 to "
				      "10"},
		{"count: many", "1:8: expected a whole number, not 'many'"},
		{"count:", "1:7: expected a whole number, not nothing"},
		{"count: [1]", "1:8: expected a whole number, not a list"},
		{"memory: 3", "1:9: expected 'key: value' lines, not a plain "
			      "value"},
		{"memory:\n  size: 1KiB", "2:9: '1KiB' is out of range: at "
					  "least 4KiB"},
		{"memory: {time: 3}", "1:16: expected a time such as 10ms "
				      "(units: ns us ms s min) or auto, not "
				      "'3'"},
		{"yes: maybe", "1:6: expected true or false, not 'maybe'"},
		{"share: 1.5", "1:8: '1.5' is out of range: 0 to 1"},
		{"color: blue", "1:8: expected one of red, green, not 'blue'"},
		{"name: abcdefgh", "1:7: a text of 8 bytes; 7 are the most"},
	};
	char want[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct thing thing = {0};
		struct err e = {0};

		assert_true(bind(bad[i][0], &thing, &e) < 0);
		snprintf(want, sizeof(want), "t.yaml:%s", bad[i][1]);
		assert_string_equal(e.text, want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_damaged_texts),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_binding_and_back),
		cmocka_unit_test(test_binding_errors),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
