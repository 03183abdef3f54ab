/*
 * Goal: trace_open() finds each format by its content, compressed or not,
 * and tells what it cannot read; trace_stats adds up to what a person counts.
 * Method: small files made on the spot, and those of the fuzz corpus.
 */
#include "trace/input.h"
#include "trace/stats.h"
#include "trace/xxh64.h"

#include "trace_util.h"

#include "cmocka_all.h"

#include <string.h>
#include <unistd.h>

#include <zstd.h>

static const char small_ktr[] = "0 0 cache_create 0 a 64 0 -\n"
				"10 0 kmem_cache_alloc 0 0 GFP_KERNEL -1\n"
				"20 1 kmalloc 1 100 GFP_KERNEL -1\n"
				"30 0 alloc_pages 2 3 GFP_KERNEL -1\n"
				"40 1 kmem_cache_free 0\n"
				"50 1 kfree 9\n"
				"60 0 kmalloc 1 8 GFP_KERNEL -1\n";

/* The object, if an operation names one, is its first argument. */
static void test_op_table(void **state)
{
	(void)state;
	for (u32 op = 0; op < NR_TRACE_OPS; op++) {
		const char *args = trace_op_args[op];

		assert_int_equal(trace_op_objects[op] != TRACE_OBJECT_NONE,
				 args[0] == ARG_OID);
		assert_null(args[0] ? strchr(args + 1, ARG_OID) : NULL);
	}
}

static char *squeeze(const void *bytes, size_t len, size_t *packed)
{
	size_t bound = ZSTD_compressBound(len);
	char *out = xmalloc(bound);

	*packed = ZSTD_compress(out, bound, bytes, len, 3);
	assert_false(ZSTD_isError(*packed));
	return out;
}

static u64 count_records(struct trace_reader *r, struct err *e)
{
	const struct trace_rec *recs;
	u64 nr = 0;
	s64 got;

	while ((got = trace_read(r, &recs, e)) > 0)
		nr += (u64)got;
	return nr;
}

static void test_compressed_text(void **state)
{
	struct err e = {0};
	size_t len;
	char *packed = squeeze(small_ktr, sizeof(small_ktr) - 1, &len);
	struct trace_reader *r = open_text(packed, len, &e);

	(void)state;
	assert_non_null(r);
	assert_string_equal(trace_reader_info(r)->source_format, "ktr");
	assert_int_equal(count_records(r, &e), 7);
	assert_int_equal(e.code, 0);
	assert_true(trace_reader_progress(r) > 0.99);
	trace_close(r);
	free(packed);
}

static void test_two_frames_are_one_trace(void **state)
{
	struct err e = {0};
	size_t first;
	size_t second;
	char *a = squeeze(small_ktr, 28, &first);
	char *b = squeeze(small_ktr + 28, sizeof(small_ktr) - 1 - 28, &second);
	char *both = xmalloc(first + second);
	struct trace_reader *r;

	(void)state;
	memcpy(both, a, first);
	memcpy(both + first, b, second);
	r = open_text(both, first + second, &e);
	assert_non_null(r);
	assert_int_equal(count_records(r, &e), 7);
	assert_int_equal(e.code, 0);
	trace_close(r);
	free(a);
	free(b);
	free(both);
}

static void test_truncated_zstd_is_told(void **state)
{
	struct err e = {0};
	size_t len;
	char *packed = squeeze(small_ktr, sizeof(small_ktr) - 1, &len);
	struct trace_reader *r = open_text(packed, len - 5, &e);

	(void)state;
	if (r) {
		count_records(r, &e);
		trace_close(r);
	}
	assert_true(e.code < 0);
	assert_non_null(strstr(e.text, "truncated"));
	free(packed);
}

static void test_compressed_kmt(void **state)
{
	struct err e = {0};
	struct trace_reader *r =
		open_text(small_ktr, sizeof(small_ktr) - 1, &e);
	char *bytes;
	char *packed;
	size_t len;

	(void)state;
	assert_int_equal(convert(r, temp_path("a.kmt"), TRACE_FORMAT_KMT, &e),
			 0);
	trace_close(r);
	bytes = file_bytes(temp_path("a.kmt"), &len);
	packed = squeeze(bytes, len, &len);
	r = open_text(packed, len, &e);
	assert_non_null(r);
	assert_int_equal(count_records(r, &e), 7);
	assert_int_equal(e.code, 0);
	assert_int_equal(trace_reader_info(r)->nr_events, 7);
	trace_close(r);
	free(bytes);
	free(packed);
}

static void test_what_is_no_trace(void **state)
{
	static const char *const texts[] = {"hello\n", "\177ELF", "{}",
					    "12 monkeys\n"};
	const struct trace_rec *recs;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct err e = {0};
		struct trace_reader *r =
			open_text(texts[i], strlen(texts[i]), &e);

		assert_null(r);
		assert_true(e.code < 0);
		assert_non_null(strstr(e.text, "not a trace"));
	}
	/* An empty file is an empty .ktr. */
	{
		struct err e = {0};
		struct trace_reader *r = open_text("", 0, &e);

		assert_non_null(r);
		assert_int_equal(trace_read(r, &recs, &e), 0);
		trace_close(r);
	}
}

static void test_a_compressed_recording_is_imported(void **state)
{
	const char *top = getenv("top_srcdir");
	char *path = xasprintf("%s/tests/fuzz/corpus/dat/small.dat",
			       top ? top : ".");
	struct err e = {0};
	size_t len;
	char *bytes = file_bytes(path, &len);
	char *packed = squeeze(bytes, len, &len);
	struct trace_reader *plain = trace_open(path, &e);
	struct trace_reader *r = open_text(packed, len, &e);

	(void)state;
	if (!plain || !r) /* built without libtracecmd */
		skip();
	assert_int_equal(count_records(plain, &e), count_records(r, &e));
	assert_int_equal(e.code, 0);
	trace_close(plain);
	trace_close(r);
	free(packed);
	free(bytes);
	free(path);
}

static void test_stats(void **state)
{
	struct err e = {0};
	struct trace_reader *r =
		open_text(small_ktr, sizeof(small_ktr) - 1, &e);
	struct trace_stats s = {0};
	const struct trace_use *caches[8];
	const struct trace_rec *recs;
	s64 nr = trace_read(r, &recs, &e);

	(void)state;
	assert_int_equal(nr, 7);
	trace_stats_add(&s, trace_reader_info(r), recs, 7);
	assert_int_equal(s.events, 7);
	assert_int_equal(s.last_ns - s.first_ns, 60);
	assert_int_equal(s.by_op[TRACE_KMALLOC], 2);
	assert_int_equal(s.by_cpu[0], 4);
	assert_int_equal(s.stray_frees, 1);
	assert_int_equal(s.overwritten, 1);
	assert_int_equal(s.live, 2);
	assert_int_equal(s.peak_live, 3);
	assert_int_equal(s.slab_sizes[6], 1); /* 64 */
	assert_int_equal(s.slab_sizes[7], 1); /* 100 */
	assert_int_equal(s.slab_sizes[3], 1); /* 8 */
	assert_int_equal(s.page_orders[3], 1);
	assert_int_equal(trace_stats_top_caches(&s, caches, 8), 3);
	assert_string_equal(caches[0]->name, "kmalloc");
	assert_int_equal(caches[0]->allocs, 2);
	assert_int_equal(caches[0]->bytes, 108);
	assert_int_equal(trace_stats_top_caches(&s, caches, 1), 1);
	trace_stats_free(&s);
	trace_close(r);
}

/* The values that the description of XXH64 gives. */
static void test_xxh64(void **state)
{
	(void)state;
	assert_true(xxh64("", 0, 0) == 0xef46db3751d8e999ull);
	assert_true(xxh64("a", 1, 0) == 0xd24ec4f1a98c6e5bull);
	assert_true(xxh64("abc", 3, 0) == 0x44bc2cf5ad770999ull);
	assert_true(xxh64("Nobody inspects the spammish repetition", 39, 0) ==
		    0xfbcea83c8a378bf1ull);
}

static void test_trace_file_is_written_as_a_whole(void **state)
{
	char target[512];
	char link[512];
	char where[512] = "";
	struct err e = {0};
	struct trace_reader *r =
		open_text(small_ktr, sizeof(small_ktr) - 1, &e);

	(void)state;
	strcpy(target, temp_path("target.ktr"));
	strcpy(link, temp_path("link.ktr"));
	assert_int_equal(symlink(target, link), 0);
	assert_int_equal(convert(r, target, TRACE_FORMAT_KTR, &e), 0);
	trace_close(r);
	r = trace_open(target, &e);
	assert_int_equal(convert(r, link, TRACE_FORMAT_KTR, &e), 0);
	trace_close(r);
	assert_true(readlink(link, where, sizeof(where) - 1) > 0);
	assert_string_equal(where, target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_op_table),
		cmocka_unit_test(test_compressed_text),
		cmocka_unit_test(test_two_frames_are_one_trace),
		cmocka_unit_test(test_truncated_zstd_is_told),
		cmocka_unit_test(test_compressed_kmt),
		cmocka_unit_test(test_what_is_no_trace),
		cmocka_unit_test(test_a_compressed_recording_is_imported),
		cmocka_unit_test(test_stats),
		cmocka_unit_test(test_xxh64),
		cmocka_unit_test(test_trace_file_is_written_as_a_whole),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
