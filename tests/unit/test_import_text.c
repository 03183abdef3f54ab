/*
 * Goal: each shape of line that ftrace, trace-cmd report and perf script
 * print is read; what is none of them is counted or refused.
 * Method: single lines, written here.
 */
#include "import_util.h"

#include "base/xmalloc.h"

#include "cmocka_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ARGS \
	"call_site=__fput+0x100 ptr=0xff4155ef3dedd318 name=lsm_file_cache\n"

struct line_case {
	const char *line;
	const char *task;
	u32 cpu;
};

static const struct line_case cases[] = {
	/* the trace file, with flags, with a thread group */
	{"          run.sh-190     [001] .....    47.532190: kmem_cache_free: "
	 "call_site=__fput+0x100/0x250 ptr=ff4155ef3dedd318 name=\n",
	 "run.sh-190", 1},
	{"  run.sh-190 ( 190) [001] d..2.    47.5: kmem_cache_free: " ARGS,
	 "run.sh-190", 1},
	{"  run.sh-190 (-----) [001] d..2.    47.5: kmem_cache_free: " ARGS,
	 "run.sh-190", 1},
	/* trace-cmd report */
	{"  <idle>-0     [003]    47.533423: kmem_cache_free:      "
	 "(__fput+0x100) " ARGS,
	 "swapper/3", 3},
	{"  a b-c [x]-17     [000]    47.533423: kmem_cache_free: " ARGS,
	 "a b-c [x]-17", 0},
	{"  <...>-4711 [000]  1672.931994123: kmem_cache_free: " ARGS,
	 "<...>-4711", 0},
	{"  kworker/u5:0-31 [000] ...1. 1672.9: kmem_cache_free: " ARGS,
	 "kworker/u5:0-31", 0},
	/* perf script */
	{"   (udev-worker)   384 [001]    47.523882:  kmem:kmem_cache_free: "
	 "call_site=0xffffffffb552a27a ptr=0xff4155eec25d1b00 name=filp\n",
	 "(udev-worker)-384", 1},
	{"perf   384/385 [001] 47.523882123:  kmem:kmem_cache_free: " ARGS,
	 "perf-385", 1},
	{" two words 12 [000]    47.523882:  kmem:kmem_cache_free: " ARGS,
	 "two words-12", 0},
};

static void test_lines(void **state)
{
	size_t k;

	(void)state;
	for (k = 0; k < ARRAY_SIZE(cases); k++) {
		const struct trace_rec *r;
		struct imported im;

		import_ok(cases[k].line, &im);
		assert_int_equal(im.info.counts.lines_bad, 0);
		assert_int_equal(im.info.counts.slab_frees, 1);
		r = &im.recs[im.nr_recs - 1];
		assert_string_equal(im.info.tasks.at[r->task], cases[k].task);
		assert_int_equal(r->cpu, cases[k].cpu);
		imported_free(&im);
	}
}

static void test_sites(void **state)
{
	struct imported im;

	(void)state;
	import_ok("a-1 [000] 1.0: kfree: call_site=f+0x10/0x20 ptr=0x1000\n"
		  "a-1 [000] 1.1: kfree: call_site=f+0x10 ptr=0x2000\n"
		  "a-1 [000] 1.2: kfree: call_site=g+0x1/0x9 [ext4] "
		  "ptr=0x3000\n"
		  "a-1 [000] 1.3: kfree: call_site=0xffffffffb552a27a "
		  "ptr=0x4000\n",
		  &im);
	assert_int_equal(im.info.sites.nr, 4);
	assert_string_equal(im.info.sites.at[1], "f+0x10");
	assert_string_equal(im.info.sites.at[2], "g+0x1");
	assert_string_equal(im.info.sites.at[3], "0xffffffffb552a27a");
	imported_free(&im);
}

static void test_nanoseconds(void **state)
{
	struct imported im;

	(void)state;
	import_ok("a-1 [000] 7.000000001: kfree: call_site=f ptr=0x1000\n"
		  "a-1 [000] 7.0000015: kfree: call_site=f ptr=0x2000\n"
		  "a-1 [000] 8.5: kfree: call_site=f ptr=0x3000\n",
		  &im);
	assert_int_equal(im.info.duration_ns, 1499999999);
	assert_int_equal(im.recs[im.nr_recs - 2].time_ns, 1499);
	imported_free(&im);
}

static void test_lost_events(void **state)
{
	struct imported im;

	(void)state;
	import_ok("# tracer: nop\n"
		  "# entries-in-buffer/entries-written: 100/120   #P:4\n"
		  "a-1 [000] 1.0: kfree: call_site=f ptr=0x1000\n"
		  "CPU:1 [LOST 7 EVENTS]\n"
		  "\tffffffff81a01234 kfree+0x10 ([kernel.kallsyms])\n"
		  " => kfree+0x10 (ffffffff81a01234)\n"
		  "CPU:0 [5 EVENTS DROPPED]\n",
		  &im);
	assert_int_equal(im.info.counts.events_lost, 20 + 7 + 5);
	assert_int_equal(im.info.counts.lines_bad, 0);
	assert_int_equal(im.info.nr_cpus, 4);
	imported_free(&im);
}

static void test_bad_lines_are_counted(void **state)
{
	struct imported im;

	(void)state;
	import_ok("a-1 [000] 1.0: kfree: call_site=f ptr=0x1000\n"
		  "what is this\n"
		  "a-1 [4000000000] 1.0: kfree: call_site=f ptr=0x1000\n"
		  "a-99999999999 [000] 1.0: kfree: call_site=f ptr=0x1000\n"
		  "a-1 [000] 99999999999999999999.0: kfree: ptr=0x1000\n"
		  "a-1 [000] 1.0: kfree: no pointer\n"
		  "a-1 [000] 1.0: kfree: call_site=f ptr=(____ptrval____)\n"
		  "a-1 [000] 1.0: kmalloc: call_site=f ptr=0x1 bytes_req=1\n"
		  "a-1 [000] 1.1: kfree: call_site=f ptr=0x2000",
		  &im);
	assert_int_equal(im.info.counts.lines_bad, 7);
	assert_int_equal(im.info.counts.slab_frees, 2);
	imported_free(&im);
}

static void test_absurd_values(void **state)
{
	struct imported im;

	(void)state;
	import_ok("a-1 [000] 1.0: kmalloc: call_site=f ptr=0x1000 "
		  "bytes_req=9223372036854775808 bytes_alloc=1 "
		  "gfp_flags=GFP_KERNEL node=-1\n"
		  "a-1 [000] 1.1: mm_page_alloc: pfn=0xffffffffffffffff "
		  "order=0 migratetype=0 gfp_flags=GFP_KERNEL\n"
		  "a-1 [000] 1.2: mm_page_alloc: pfn=0x5 order=63 "
		  "migratetype=0 gfp_flags=GFP_KERNEL\n"
		  "a-1 [000] 1.3: mm_page_free: pfn=0x5 order=4294967295\n"
		  "a-1 [000] 1.4: kmalloc: call_site=f ptr=0x1000 "
		  "bytes_req=8 bytes_alloc=8 gfp_flags=WHAT|EVER "
		  "node=123456\n",
		  &im);
	assert_int_equal(im.info.counts.events_skipped, 4);
	assert_int_equal(im.nr_recs, 1);
	assert_int_equal(im.recs[0].gfp, GFP_KERNEL);
	assert_int_equal(im.recs[0].node, -1);
	imported_free(&im);
}

static void test_nothing_readable(void **state)
{
	static const char text[] = "# tracer: nop\n#\nhello\nworld\n";
	struct imported im;
	struct err e = {0};

	(void)state;
	assert_int_equal(import_bytes(text, sizeof(text) - 1, &im, &e),
			 -EINVAL);
	assert_non_null(strstr(e.text, "t.txt:3:"));
}

static void test_detect(void **state)
{
	static const char perf[] = "# perf\nx 1 [000] 1.0: kmem:kfree: ptr=0\n";
	static const char trace[] = "cpus=2\n x-1 [000] 1.0: kfree: ptr=0x0\n";
	static const char ktr[] = "0 0 kmalloc 1 100 GFP_KERNEL 0\n";
	static const char dat[] = "\x17\x08\x44tracing6";

	(void)state;
	assert_int_equal(import_detect(perf, sizeof(perf) - 1),
			 IMPORT_PERF_TEXT);
	assert_int_equal(import_detect(trace, sizeof(trace) - 1),
			 IMPORT_FTRACE_TEXT);
	assert_int_equal(import_detect(ktr, sizeof(ktr) - 1), IMPORT_NONE);
	assert_int_equal(import_detect(dat, sizeof(dat) - 1), IMPORT_TRACE_DAT);
	assert_int_equal(import_detect("", 0), IMPORT_NONE);
}

/* Lines cut at every byte, and with each byte changed: never a crash. */
static void test_damaged_lines(void **state)
{
	static const char line[] =
		"  a b-7 ( 7) [001] d..1. 47.532190: kmalloc: "
		"call_site=f+0x1/0x2 ptr=0xff4155ef3dedd318 bytes_req=1 "
		"bytes_alloc=8 gfp_flags=GFP_KERNEL|__GFP_ZERO node=-1 "
		"accounted=false\n";
	static const char bytes[] = "\0\n [:-)=9\xff";
	struct imported im;
	size_t k;
	size_t b;

	(void)state;
	for (k = 0; k < sizeof(line); k++)
		if (!import_bytes(line, k, &im, NULL))
			imported_free(&im);
	for (k = 0; k < sizeof(line) - 1; k++)
		for (b = 0; b < sizeof(bytes) - 1; b++) {
			char *copy = xstrdup(line);

			copy[k] = bytes[b];
			if (!import_bytes(copy, sizeof(line) - 1, &im, NULL))
				imported_free(&im);
			free(copy);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_sites),
		cmocka_unit_test(test_nanoseconds),
		cmocka_unit_test(test_lost_events),
		cmocka_unit_test(test_bad_lines_are_counted),
		cmocka_unit_test(test_absurd_values),
		cmocka_unit_test(test_nothing_readable),
		cmocka_unit_test(test_detect),
		cmocka_unit_test(test_damaged_lines),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
