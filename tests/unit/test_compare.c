/*
 * Goal: a comparison says what the files of the runs say, and files that are
 * damaged or not a run's end in a message.  Method: two small runs made by
 * hand with known answers; then each byte of one is changed.
 */
#include "report/compare.h"
#include "report/compare_figures.h"

#include "base/xmalloc.h"
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char tmp[] = "/tmp/kmemsim-test-compare-XXXXXX";

static const char series_text[] =
	"time_ns\tslab_pages\tlarge_kmalloc_pages\tother_pages\t"
	"req_bytes_live\n"
	"0\t1\t0\t10\t96\n"
	"100\t5\t0\t20\t4096\n"
	"400\t2\t0\t0\t0\n";

/* @events, @hash, @allocator, @slab_pages, @cost. */
static const char summary_format[] =
	"{\"trace\": {\"format\": \"ktr\", \"kernel\": \"\", "
	"\"hash\": \"%s\", \"events_count\": %u},\n"
	"\"machine\": {\"name\": \"m\", \"allocator\": \"%s\", "
	"\"cpus_count\": 2, \"nodes_count\": 1, \"managed_bytes\": 4096},\n"
	"\"memory\": {\"slab_pages\": %u, \"large_kmalloc_pages\": 3, "
	"\"other_pages\": 4, \"peak_allocated_pages\": 9},\n"
	"\"waste\": {\"slab_pad_bytes\": 10, \"slab_free_objs_bytes\": 200, "
	"\"slab_tail_bytes\": 50, \"req_bytes_live\": 7000},\n"
	"\"cost_count\": {\"slab_new\": 2, \"slab_discard\": 1, "
	"\"slab_slow\": 3}, \"cost_cycles\": {\"slab_new\": 300, "
	"\"page_pcp\": 700}, \"cost_cycles_total\": %u,\n"
	"\"failures_count\": 0, \"failures_by_reason\": {\"no memory\": 0, "
	"\"too large\": 0, \"fragmented\": 0, \"node is full\": 0, "
	"\"bad request\": 0},\n"
	"\"fragmentation\": {\"free_2mib_blocks\": 1, "
	"\"unusable_index_permille_by_order\": [0, 1, 2, 3]},\n"
	"\"notes_count\": {\"extfrag\": 0, \"kswapd_wake\": 0}, "
	"\"remote_frees_count\": 0, \"busy_cycles\": 0,\n"
	"\"numa\": [{\"numa_miss\": 1}, {\"numa_miss\": 2}],\n"
	"\"caches\": [{\"name\": \"a\", \"object_bytes\": 32, "
	"\"handed_out_objs\": 5, \"live_objs\": 2, \"slabs\": 4, "
	"\"full_slabs\": 1, \"partial_slabs\": 2, \"empty_slabs\": 1, "
	"\"slab_bytes\": 16384}]}\n";

static void write_file(const char *dir, const char *name, const char *text,
		       size_t len)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fwrite(text, 1, len, f);
	assert_int_equal(fclose(f), 0);
	free(path);
}

static char *make_run(const char *name, const char *hash, u32 slab_pages,
		      u32 cost)
{
	char *dir = xasprintf("%s/%s", tmp, name);
	char *text =
		xasprintf(summary_format, hash, 10u, name, slab_pages, cost);

	mkdir(dir, 0777);
	write_file(dir, "summary.json", text, strlen(text));
	write_file(dir, "series.tsv", series_text, sizeof(series_text) - 1);
	free(text);
	return dir;
}

static int setup(void **state)
{
	(void)state;
	return mkdtemp(tmp) ? 0 : -1;
}

static int teardown(void **state)
{
	char *command = xasprintf("rm -rf %s", tmp);
	int rc = system(command);

	(void)state;
	free(command);
	return rc;
}

static void test_figures(void **state)
{
	char *a = make_run("slub", "h", 2, 1000);
	char *b = make_run("slab", "h", 4, 900);
	const char *dirs[] = {a, b};
	struct err e = {0};
	struct compare *c = compare_load(dirs, 2, false, &e);
	const struct compare_run *r;

	(void)state;
	assert_non_null(c);
	r = &c->runs[0];
	assert_string_equal(r->name, "slub");
	assert_int_equal(r->value[FIG_PEAK], 9 * 4096);
	assert_int_equal(r->value[FIG_END], (2 + 3 + 4) * 4096);
	/* 11 pages for 100 ns, 25 for 300 ns. */
	assert_int_equal(r->value[FIG_MEAN],
			 (11 * 100 + 25 * 300) * 4096 / 400);
	assert_int_equal(r->value[FIG_SLAB_PEAK], 5 * 4096);
	assert_int_equal(r->value[FIG_WASTE_MEAN],
			 (4000 * 100 + 4 * 4096 * 300) / 400);
	assert_int_equal(r->value[FIG_WASTE_END], 8192 - 7000);
	assert_int_equal(r->value[FIG_WASTE_OWN], 3 * 32);
	assert_int_equal(r->value[FIG_WASTE_EMPTY], 4096);
	assert_int_equal(r->value[FIG_WASTE_ROUNDING],
			 8192 - 7000 - 10 - 200 - 50 - 96);
	assert_int_equal(r->value[FIG_USED], 7000 * 1000 / 8192);
	assert_int_equal(r->value[FIG_COST_SLAB], 300);
	assert_int_equal(r->value[FIG_COST_PAGES], 700);
	assert_int_equal(r->value[FIG_COST_OP], 1000);
	assert_int_equal(r->value[FIG_NUMA_MISS], 3);
	assert_int_equal(r->value[FIG_UNUSABLE_3], 3);
	assert_false(r->known[FIG_BUSY]);
	compare_free(c);
	free(a);
	free(b);
}

static char *text_of(const struct compare *c,
		     void (*write)(const struct compare *c, FILE *to))
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	write(c, to);
	fclose(to);
	return text;
}

static void test_table(void **state)
{
	char *a = make_run("slub", "h", 2, 100000);
	char *b = make_run("slab", "h", 4, 90000);
	const char *dirs[] = {a, b};
	struct err e = {0};
	struct compare *c = compare_load(dirs, 2, false, &e);
	char *text, *json;
	struct json_doc *d;

	(void)state;
	assert_non_null(c);
	text = text_of(c, compare_print);
	assert_non_null(strstr(
		text,
		"\n  slabs, at the end                 8*         16  +100.0%\n"));
	assert_non_null(strstr(
		text,
		"\n  1000 cycles                     100          90*  -10.0%\n"));
	assert_non_null(strstr(text, "\nfewest cycles         slab\n"));
	assert_non_null(strstr(text, "\nfewest failures       no difference"));
	json = text_of(c, compare_json);
	d = json_read_text(json, strlen(json), "json", &e);
	assert_non_null(d);
	assert_int_equal(json_get(json_root(d), "figures")->nr, NR_FIGURES);
	json_doc_free(d);
	free(json);
	free(text);
	compare_free(c);
	free(a);
	free(b);
}

static void test_refused(void **state)
{
	char *a = make_run("slub", "h", 2, 1);
	char *b = make_run("slab", "other", 2, 1);
	const char *dirs[] = {a, b};
	struct err e = {0};
	struct compare *c = compare_load(dirs, 2, false, &e);

	(void)state;
	assert_null(c);
	assert_non_null(strstr(e.text, "different traces"));
	c = compare_load(dirs, 2, true, &e);
	assert_non_null(c);
	assert_false(c->same_trace);
	compare_free(c);
	assert_null(compare_load(dirs, 1, false, &(struct err){0}));
	free(a);
	free(b);
}

/* Whatever stands in a file: a message or a table, never a crash. */
static void compare_damaged(const char *dir, const char *name, const char *text,
			    size_t len)
{
	static const char bytes[] = {'0', '9', '"', '-', '}', '[', 'x', '\t'};
	char *other = xasprintf("%s/slab", tmp);
	const char *dirs[] = {dir, other};
	char *copy = xmalloc(len);

	for (size_t i = 0; i < len; i++) {
		struct err e = {0};
		struct compare *c;

		memcpy(copy, text, len);
		copy[i] = bytes[i % sizeof(bytes)];
		write_file(dir, name, copy, i % 5 ? len : i);
		c = compare_load(dirs, 2, true, &e);
		assert_true(c || e.code);
		if (c) {
			free(text_of(c, compare_print));
			free(text_of(c, compare_json));
			compare_free(c);
		}
	}
	free(copy);
	free(other);
}

static void test_damage(void **state)
{
	char *a = make_run("slub", "h", 2, 1);
	char *b = make_run("slab", "h", 2, 1);
	char *summary = xasprintf(summary_format, "h", 10u, "slub", 2u, 1u);

	(void)state;
	compare_damaged(a, "summary.json", summary, strlen(summary));
	write_file(a, "summary.json", summary, strlen(summary));
	compare_damaged(a, "series.tsv", series_text, sizeof(series_text) - 1);
	free(summary);
	free(a);
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_damage),
	};

	cmocka_run_group_tests(tests, setup, teardown);
	return 0;
}
