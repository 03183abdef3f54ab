/*
 * Goal: .ktr text is read to the letter, and each mistake in it is told with
 * file:line:column.  Method: small texts, written to a temporary file.
 */
#include "trace/trace.h"

#include "trace_util.h"

#include "cmocka_all.h"

#include <string.h>

static void test_every_op_comes_back_the_same(void **state)
{
	static const char text[] =
		"0 0 cache_create 1 dentry 192 0 RECLAIM_ACCOUNT\n"
		"0 0 cache_create 2 x(y):z 8 64 -\n"
		"120 0 kmem_cache_alloc 7 1 GFP_KERNEL -1\n"
		"900 1 kmem_cache_free 7\n"
		"950 1 kmalloc 8 100 GFP_ATOMIC 0\n"
		"960 3 krealloc 8 4294967295 GFP_KERNEL|__GFP_ZERO\n"
		"990 1 kfree 8\n"
		"991 1 alloc_pages 9 10 GFP_KERNEL 63\n"
		"992 1 free_pages 9\n"
		"993 1 alloc_percpu 268435455 16 8\n"
		"994 1 free_percpu 268435455\n"
		"995 0 mempool_create 3 4 1\n"
		"996 0 mempool_alloc 1 3 GFP_NOIO\n"
		"997 0 mempool_free 1\n"
		"997 0 mempool_create 4 2 kmalloc:300\n"
		"997 0 mempool_create 5 2 pages:3\n"
		"997 0 mempool_resize 5 7\n"
		"997 0 page_cache_read 1048575 4294443008 524288\n"
		"997 0 page_cache_write 0 7 1\n"
		"997 0 page_cache_truncate 5 4294967295\n"
		"997 0 page_cache_invalidate 5 0 4294967295\n"
		"997 0 page_cache_size 5 0\n"
		"997 0 alloc_percpu 6 16 8 reserved\n"
		"997 0 alloc_percpu 7 16 8 GFP_NOWAIT reserved\n"
		"997 0 alloc_percpu 5 16 8 GFP_NOWAIT\n"
		"998 0 mempool_destroy 3\n"
		"999 0 snapshot after-all\n"
		"18446744073709551614 0 idle 50\n"
		"18446744073709551615 1023 rcu_barrier\n"
		"18446744073709551615 0 geometry 1\n"
		"18446744073709551615 0 kmalloc_class 33 GFP_NOWAIT\n"
		"18446744073709551615 0 cache_shrink 16383\n"
		"18446744073709551615 0 cache_destroy 1\n"
		"18446744073709551615 2 get_cpu_var 4\n"
		"18446744073709551615 2 put_cpu_var 4\n"
		"18446744073709551615 2 read 4 4294967295 1\n"
		"18446744073709551615 2 write 4 0 4294967295\n";
	char *back = text_of(text, sizeof(text) - 1, TRACE_FORMAT_KTR);

	(void)state;
	assert_string_equal(back, text);
	free(back);
}

static void test_comments_blanks_and_no_last_newline(void **state)
{
	static const char text[] = "# a comment\n\n  \t\r\n"
				   "0  0\tkfree\t 3  # why\r\n"
				   "   1 0 kfree 4";
	char *back = text_of(text, sizeof(text) - 1, TRACE_FORMAT_KTR);

	(void)state;
	assert_string_equal(back, "0 0 kfree 3\n1 0 kfree 4\n");
	free(back);
}

static void test_extent_is_known(void **state)
{
	static const char text[] = "0 0 mempool_create 3 4 7\n"
				   "5 2 kmalloc 41 8 GFP_KERNEL 1\n";
	struct err e = {0};
	struct trace_reader *r = open_text(text, sizeof(text) - 1, &e);
	const struct trace_info *info = trace_reader_info(r);
	const struct trace_rec *recs;

	(void)state;
	assert_int_equal(trace_read(r, &recs, &e), 2);
	assert_int_equal(info->nr_caches, 8);
	assert_int_equal(info->nr_cpus, 3);
	assert_int_equal(info->nr_nodes, 2);
	assert_int_equal(info->nr_slots, 42);
	assert_int_equal(info->duration_ns, 5);
	assert_int_equal(trace_read(r, &recs, &e), 0);
	trace_close(r);
}

/* Each line stands after one good line; the error starts with the place. */
static void test_mistakes_have_a_place(void **state)
{
	static const struct {
		const char *line;
		const char *place;
		const char *says;
	} cases[] = {
		{"x 0 kfree 1", ":2:1: ", "not a number"},
		{"4 0 kfree 1", ":2:1: ", "goes back"},
		{"18446744073709551616 0 kfree 1", ":2:1: ", "too large"},
		{"5", ":2:2: ", "a CPU is missing"},
		{"5 4000000000 kfree 1", ":2:3: ", "at most 1023"},
		{"5 0", ":2:4: ", "operation is missing"},
		{"5 0 kfreee 1", ":2:5: ", "unknown operation 'kfreee'"},
		{"5 0 kfre 1", ":2:5: ", "unknown operation 'kfre'"},
		{"5 0 kfree", ":2:10: ", "object number is missing"},
		{"5 0 kfree -1", ":2:11: ", "not a number"},
		{"5 0 kfree 268435456", ":2:11: ", "at most 268435455"},
		{"5 0 kfree 1 2", ":2:13: ", "one argument too many"},
		{"5 0 kmalloc 1 9223372036854775808 GFP_KERNEL -1",
		 ":2:15: ", "too large for a size"},
		{"5 0 kmalloc 1 8 GFP_WRONG -1", ":2:17: ", "GFP_WRONG"},
		{"5 0 kmalloc 1 8 GFP_KERNEL 64", ":2:28: ", "at most 63"},
		{"5 0 kmalloc 1 8 GFP_KERNEL -2", ":2:28: ", "not a number"},
		{"5 0 alloc_pages 1 64 GFP_KERNEL -1", ":2:19: ", "order"},
		{"5 0 cache_create 16384 a 8 0 -", ":2:18: ", "at most 16383"},
		{"5 0 cache_create 1 a 0 0 -", ":2:22: ", "size 0"},
		{"5 0 cache_create 1 a 8 3 -", ":2:24: ", "power of two"},
		{"5 0 cache_create 1 a 8 0 WRONG", ":2:26: ", "WRONG"},
		{"5 0 snapshot ../up", ":2:14: ", "not a valid label"},
		{"5 0 read 1 0 0", ":2:14: ", "an access of 0 bytes"},
		{"5 0 write 1 4294967296 8", ":2:13: ", "for an offset"},
		{"5 0 write 1 8", ":2:14: ", "a size is missing"},
		{"5 0 snapshot a/b", ":2:14: ", "not a valid label"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *text = xasprintf("5 0 kfree 1\n%s\n6 0 kfree 1\n",
				       cases[i].line);
		struct err e = {0};
		struct trace_reader *r = open_text(text, strlen(text), &e);
		const struct trace_rec *recs;

		assert_non_null(r);
		assert_int_equal(trace_read(r, &recs, &e), 1);
		assert_true(trace_read(r, &recs, &e) < 0);
		if (!strstr(e.text, cases[i].place) ||
		    !strstr(e.text, cases[i].says))
			fail_msg("%s: %s", cases[i].line, e.text);
		trace_close(r);
		free(text);
	}
}

static void test_long_line(void **state)
{
	static char text[100000];
	struct err e = {0};
	struct trace_reader *r;
	const struct trace_rec *recs;

	(void)state;
	memset(text, '1', sizeof(text));
	memcpy(text, "5 0 kfree 1\n5 0 kfree ", 22);
	r = open_text(text, sizeof(text), &e);
	assert_non_null(r);
	assert_int_equal(trace_read(r, &recs, &e), 1);
	assert_int_equal(trace_read(r, &recs, &e), -EINVAL);
	assert_non_null(strstr(e.text, ":2:4096: the line is longer"));
	trace_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_op_comes_back_the_same),
		cmocka_unit_test(test_comments_blanks_and_no_last_newline),
		cmocka_unit_test(test_extent_is_known),
		cmocka_unit_test(test_mistakes_have_a_place),
		cmocka_unit_test(test_long_line),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
