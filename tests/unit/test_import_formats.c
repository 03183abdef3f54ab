/*
 * Goal: the same events give the same records, whichever tool printed them;
 * and a trace.dat gives the numbers that were counted by other means.
 * Method: six files of the same 309 events (tests/traces/import), and the
 * bundled recording, whose statistics were made from trace-cmd's output.
 */
#include "trace/dat_head.h"
#include "trace/importer.h"

#include "base/xmalloc.h"

#include "cmocka_all.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#define UNFOLDED_MAX (16u << 20)

static char *source_path(const char *name)
{
	const char *top = getenv("top_srcdir");

	return xasprintf("%s/%s", top ? top : ".", name);
}

/* The content of a zstd file; the caller frees it. */
static char *unfold(const char *name, size_t *len)
{
	char *path = source_path(name);
	int fd = open(path, O_RDONLY);
	char *unfolded = xmalloc(UNFOLDED_MAX);
	char *packed;
	struct stat st;
	ZSTD_DCtx *ctx = ZSTD_createDCtx();

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	packed = xmalloc((size_t)st.st_size);
	assert_int_equal(read(fd, packed, (size_t)st.st_size), st.st_size);
	ZSTD_DCtx_setParameter(ctx, ZSTD_d_windowLogMax, 27);
	*len = ZSTD_decompressDCtx(ctx, unfolded, UNFOLDED_MAX, packed,
				   (size_t)st.st_size);
	assert_false(ZSTD_isError(*len));
	ZSTD_freeDCtx(ctx);
	close(fd);
	free(packed);
	free(path);
	return unfolded;
}

static int import_memory(const char *bytes, size_t len, struct imported *im,
			 struct err *e)
{
	FILE *f = tmpfile();
	int rc;

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	fflush(f);
	rc = import_recording(fileno(f), "t.dat", import_detect(bytes, len),
			      NULL, im, e);
	fclose(f);
	return rc;
}

static void import_named(const char *name, struct imported *im)
{
	struct err e = {0};
	size_t len;
	char *bytes = unfold(name, &len);

	if (import_memory(bytes, len, im, &e))
		fail_msg("%s: %s", name, e.text);
	free(bytes);
}

static const char *cache_name(const struct imported *im,
			      const struct trace_rec *r)
{
	return im->info.names.at[im->recs[r->cache].name];
}

/* What two formats may differ in. */
enum differ {
	SAME = 0,
	NO_SITES = 1 << 0,
	OTHER_CLOCK = 1 << 1,
};

/* Pages in bulk are known by a call site's name. */
static bool in_bulk(const struct imported *im, u64 k)
{
	const struct trace_rec *r = &im->recs[k];

	return k < im->nr_recs && r->op == TRACE_ALLOC_PAGES &&
	       r->flags == TRACE_IMPLIED &&
	       !strncmp(im->info.sites.at[r->site], "__vmalloc_", 10);
}

#define SLOTS 1024

/* Slots may have other numbers; what is freed must be the same. */
static void compare_slots(u32 *other, const struct trace_rec *x,
			  const struct trace_rec *y)
{
	if (x->op == TRACE_CACHE_CREATE)
		return;
	assert_true(x->slot < SLOTS);
	if (x->op == TRACE_CACHE_ALLOC || x->op == TRACE_KMALLOC ||
	    x->op == TRACE_ALLOC_PAGES || x->op == TRACE_ALLOC_PERCPU)
		other[x->slot] = y->slot;
	else
		assert_int_equal(other[x->slot], y->slot);
}

static void compare_records(const struct imported *a, const struct imported *b,
			    u32 differ)
{
	u32 other[SLOTS];
	u64 j = 0;
	u64 k;

	for (k = 0; k < b->nr_recs; k++, j++) {
		const struct trace_rec *y = &b->recs[k];
		const struct trace_rec *x;

		while (differ & NO_SITES && in_bulk(a, j))
			j++;
		x = &a->recs[j];
		assert_true(j < a->nr_recs);
		assert_int_equal(x->op, y->op);
		assert_int_equal(x->cpu, y->cpu);
		compare_slots(other, x, y);
		assert_int_equal(x->order, y->order);
		assert_int_equal(x->node, y->node);
		assert_int_equal(x->flags, y->flags);
		assert_int_equal(x->gfp, y->gfp);
		assert_int_equal(x->size, y->size);
		assert_int_equal(x->align, y->align);
		if (x->op == TRACE_CACHE_ALLOC)
			assert_string_equal(cache_name(a, x), cache_name(b, y));
		if (!(differ & NO_SITES))
			assert_string_equal(a->info.sites.at[x->site],
					    b->info.sites.at[y->site]);
		if (!(differ & OTHER_CLOCK)) /* microseconds were cut */
			assert_true(x->time_ns - y->time_ns + 1000 <= 2000);
		if (!(differ & NO_SITES))
			assert_int_equal(x->slot, y->slot);
	}
	assert_int_equal(j, a->nr_recs);
}

static void compare_files(const char *other, u32 differ)
{
	struct imported a;
	struct imported b;

	import_named("tests/traces/import/report-R.txt.zst", &a);
	import_named(other, &b);
	assert_int_equal(a.info.counts.events_read, 309);
	assert_int_equal(b.info.counts.events_read, 309);
	compare_records(&a, &b, differ);
	imported_free(&a);
	imported_free(&b);
}

static void test_report(void **state)
{
	(void)state;
	compare_files("tests/traces/import/report.txt.zst", SAME);
}

static void test_perf_script(void **state)
{
	(void)state;
	compare_files("tests/traces/import/perf-script.txt.zst",
		      NO_SITES | OTHER_CLOCK);
}

static void compare_counts(const char *other, struct imported *b)
{
	struct imported a;
	const struct trace_counts *n = &a.info.counts;
	const struct trace_counts *m = &b->info.counts;

	import_named("tests/traces/import/report-R.txt.zst", &a);
	import_named(other, b);
	assert_int_equal(n->events_read, m->events_read);
	assert_int_equal(n->slab_allocs, m->slab_allocs);
	assert_int_equal(n->slab_frees, m->slab_frees);
	assert_int_equal(n->null_frees, m->null_frees);
	assert_int_equal(n->implied_allocs, m->implied_allocs);
	assert_int_equal(n->frees_before_start, m->frees_before_start);
	assert_int_equal(n->never_freed, m->never_freed);
	assert_int_equal(n->page_frees, m->page_frees);
	assert_int_equal(n->pcp_refills, m->pcp_refills);
	assert_int_equal(a.info.sites.nr, b->info.sites.nr);
	assert_int_equal(a.info.tasks.nr, b->info.tasks.nr);
	assert_int_equal(n->hashed_pointers, 0);
	imported_free(&a);
}

/* Linux 6.1 prints names and flags as nothing when it prints addresses. */
static void test_trace_nohash(void **state)
{
	struct imported b;

	(void)state;
	compare_counts("tests/traces/import/trace-nohash.txt.zst", &b);
	assert_int_equal(b.info.counts.hashed_pointers, 0);
	imported_free(&b);
}

/* A hash has no page: slab pages are told by the order of events alone. */
static void test_trace_hashed(void **state)
{
	struct imported b;

	(void)state;
	compare_counts("tests/traces/import/trace-hashed.txt.zst", &b);
	assert_int_equal(b.info.counts.pages_of_slabs, 1);
	assert_true(b.info.counts.hashed_pointers > 0);
	imported_free(&b);
}

static void test_trace_dat(void **state)
{
	(void)state;
#ifdef HAVE_TRACECMD
	compare_files("tests/traces/import/sample.dat.zst", SAME);
#else
	skip();
#endif
}

/* The numbers are those of trace-cmd report, counted by a script. */
static void test_bundled_recording(void **state)
{
	const struct trace_counts *n;
	struct imported im;

	(void)state;
#ifndef HAVE_TRACECMD
	skip();
#endif
	import_named("traces/sample.dat.zst", &im);
	n = &im.info.counts;
	assert_string_equal(im.info.kernel, "6.1.0-56-cloud-amd64");
	assert_int_equal(im.info.nr_cpus, 2);
	assert_int_equal(n->events_read, 42537);
	assert_int_equal(n->events_lost, 0);
	assert_int_equal(n->slab_allocs, 8995);
	assert_int_equal(n->slab_frees, 9708);
	assert_int_equal(n->implied_allocs, 1335);
	assert_int_equal(n->frees_before_start, 134);
	assert_int_equal(n->never_freed, 756);
	assert_int_equal(n->null_frees, 867);
	assert_int_equal(n->cross_cpu_frees, 998);
	assert_int_equal(n->page_allocs, 9683);
	assert_int_equal(n->page_frees, 2602);
	/* Four kernel stacks of 4 pages each, taken in bulk. */
	assert_int_equal(n->implied_page_allocs, 16);
	assert_int_equal(n->batched_frees, 2469);
	assert_int_equal(n->pcp_refills, 8150);
	assert_int_equal(n->pcp_drains, 63);
	imported_free(&im);
}

/* Each byte of the head, the options and the first pages turned over, and
 * the file cut anywhere: an error or an import, never a crash. */
static void test_damaged_dat(void **state)
{
	struct imported im;
	struct err e;
	size_t len;
	size_t k;
	char *bytes = unfold("tests/traces/import/sample.dat.zst", &len);

	(void)state;
	for (k = 10; k < 64; k += 3) {
		bytes[k] = (char)~bytes[k];
		memset(&e, 0, sizeof(e));
		if (!import_memory(bytes, len, &im, &e))
			imported_free(&im);
		else
			assert_non_null(strstr(e.text, "t.dat"));
		bytes[k] = (char)~bytes[k];
	}
	for (k = 1; k < len; k = k * 3 + 1) {
		memset(&e, 0, sizeof(e));
		assert_true(import_memory(bytes, k, &im, &e) < 0);
		assert_non_null(strstr(e.text, "t.dat"));
	}
	free(bytes);
}

static void test_kernel_version(void **state)
{
	(void)state;
	assert_int_equal(kernel_version_of("6.1.0-13-amd64"), 6001);
	assert_int_equal(kernel_version_of("6.18.44-fc"), 6018);
	assert_int_equal(kernel_version_of("guest"), 0);
	assert_int_equal(kernel_version_of(""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_perf_script),
		cmocka_unit_test(test_trace_nohash),
		cmocka_unit_test(test_trace_hashed),
		cmocka_unit_test(test_trace_dat),
		cmocka_unit_test(test_bundled_recording),
		cmocka_unit_test(test_damaged_dat),
		cmocka_unit_test(test_kernel_version),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
