/*
 * Goal: gfp flags are spoken as kernels speak them, in names and in the
 * numbers of several versions.  Known answers are from kernel logs.
 */
#include "base/gfp.h"
#include "base/slabflags.h"

#include "cmocka_all.h"

#include <errno.h>
#include <string.h>

static gfp_t parse(const char *text)
{
	gfp_t gfp = 0xdeadbeef;

	assert_int_equal(gfp_parse(text, strlen(text), &gfp, NULL), 0);
	return gfp;
}

static void test_print_as_the_kernel(void **state)
{
	static const struct {
		gfp_t gfp;
		const char *text;
	} cases[] = {
		{0, "0"},
		{GFP_KERNEL | GFP_ZERO, "GFP_KERNEL|__GFP_ZERO"},
		{GFP_ATOMIC, "GFP_ATOMIC"},
		{GFP_NOWAIT, "GFP_NOWAIT"},
		{GFP_KERNEL | GFP_NORETRY | GFP_NOWARN,
		 "GFP_KERNEL|__GFP_NOWARN|__GFP_NORETRY"},
		{GFP_HIGHUSER_MOVABLE, "GFP_HIGHUSER_MOVABLE"},
		{GFP_DMA, "GFP_DMA"},
		{GFP_NOIO | GFP_MEMALLOC, "GFP_NOIO|__GFP_MEMALLOC"},
		{GFP_KERNEL_ACCOUNT, "GFP_KERNEL_ACCOUNT"},
		{GFP_HIGH, "__GFP_HIGH"},
		{GFP_DIRECT_RECLAIM, "__GFP_DIRECT_RECLAIM"},
	};
	char buf[GFP_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_string_equal(gfp_print(cases[i].gfp, buf),
				    cases[i].text);
		assert_int_equal(parse(cases[i].text), cases[i].gfp);
	}
	for (u32 bit = 0; bit < 32; bit++)
		assert_int_equal(parse(gfp_print(1u << bit, buf)), 1u << bit);
	assert_true(strlen(gfp_print(~0u, buf)) < GFP_TEXT_MAX);
	assert_int_equal(parse(buf), ~0u);
}

static void test_parse_other_spellings(void **state)
{
	(void)state;
	assert_int_equal(parse("GFP_WAIT|GFP_IO|GFP_FS"), GFP_KERNEL);
	assert_int_equal(parse("__GFP_REPEAT"), GFP_RETRY_MAYFAIL);
	assert_int_equal(parse("__GFP_ATOMIC"), GFP_ATOMIC_BIT);
	assert_int_equal(parse("GFP_ATOMIC"), GFP_ATOMIC);
	assert_int_equal(parse("GFP_KERNEL|GFP_NO_KSWAPD"),
			 GFP_KERNEL & ~GFP_KSWAPD_RECLAIM);
	assert_int_equal(parse("0xcc0"), GFP_KERNEL);
	assert_int_equal(parse("GFP_TEMPORARY"), GFP_KERNEL | GFP_RECLAIMABLE);
	assert_int_equal(parse("none"), 0);
}

static void test_parse_refuses(void **state)
{
	static const char *const bad[] = {
		"",	   "GFP_",	 "GFP_KERNEL|",	 "|GFP_KERNEL",
		"gfp_dma", "0x",	 "0x123456789",	 "12",
		"0xg",	   "KERNEL",	 "GFP_KERNEL ",	 "GFP_KERNEL||GFP_DMA",
		"__",	   "__GFP_KERN", "__GFP_KERNEL",
	};
	struct err e;
	gfp_t gfp;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		memset(&e, 0, sizeof(e));
		assert_int_equal(gfp_parse(bad[i], strlen(bad[i]), &gfp, &e),
				 -EINVAL);
		assert_true(e.text[0] != '\0');
	}
}

static void test_numbers_of_versions(void **state)
{
	static const struct {
		u64 raw;
		u32 version;
		gfp_t gfp;
	} cases[] = {
		{0xd0, KERNEL_VERSION_OF(2, 6), GFP_KERNEL},
		{0x20, KERNEL_VERSION_OF(2, 6), GFP_ATOMIC},
		{0x200d2, KERNEL_VERSION_OF(2, 6), GFP_HIGHUSER},
		{0xd0, KERNEL_VERSION_OF(3, 8), GFP_KERNEL},
		{0x0, KERNEL_VERSION_OF(3, 8), GFP_NOWAIT},
		{0x20, KERNEL_VERSION_OF(3, 8), GFP_ATOMIC},
		{0x200da, KERNEL_VERSION_OF(3, 10), GFP_HIGHUSER_MOVABLE},
		{0x80d0, KERNEL_VERSION_OF(4, 3), GFP_KERNEL | GFP_ZERO},
		{0x24000c0, KERNEL_VERSION_OF(4, 4), GFP_KERNEL},
		{0x2080020, KERNEL_VERSION_OF(4, 9), GFP_ATOMIC},
		{0x14000c0, KERNEL_VERSION_OF(4, 14), GFP_KERNEL},
		{0x1080020, KERNEL_VERSION_OF(4, 14), GFP_ATOMIC},
		{0x6200ca, KERNEL_VERSION_OF(4, 19), GFP_HIGHUSER_MOVABLE},
		{0x480020, KERNEL_VERSION_OF(4, 19), GFP_ATOMIC},
		{0xcc0, KERNEL_VERSION_OF(5, 4), GFP_KERNEL},
		{0xa20, KERNEL_VERSION_OF(5, 4), GFP_ATOMIC},
		{0x100cca, KERNEL_VERSION_OF(6, 1), GFP_HIGHUSER_MOVABLE},
		{0x40dc0, KERNEL_VERSION_OF(6, 1),
		 GFP_KERNEL | GFP_ZERO | GFP_COMP},
		{0x820, KERNEL_VERSION_OF(6, 18), GFP_ATOMIC},
		{0x2800, KERNEL_VERSION_OF(6, 18), GFP_NOWAIT | GFP_NOWARN},
		{0x1000cc0, KERNEL_VERSION_OF(6, 18), GFP_KERNEL},
	};
	u64 unknown;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(
			gfp_from_raw(cases[i].raw, cases[i].version, &unknown),
			cases[i].gfp);
		assert_int_equal(unknown, 0);
	}
	gfp_from_raw(0x100000000cc0, KERNEL_VERSION_OF(6, 1), &unknown);
	assert_int_equal(unknown, 0x100000000000);
	gfp_from_raw(0xcc0, KERNEL_VERSION_OF(6, 1), NULL);
}

static void test_slab_flags(void **state)
{
	char buf[SLAB_FLAGS_TEXT_MAX];
	slab_flags_t flags;
	const char *text = "HWCACHE_ALIGN,CTOR";
	struct err e = {0};

	(void)state;
	assert_int_equal(slab_flags_parse(text, strlen(text), &flags, NULL), 0);
	assert_int_equal(flags, SLAB_HWCACHE_ALIGN | SLAB_CTOR);
	assert_string_equal(slab_flags_print(flags, buf), text);
	assert_string_equal(slab_flags_print(0, buf), "-");
	assert_int_equal(slab_flags_parse("-", 1, &flags, NULL), 0);
	assert_int_equal(flags, 0);
	assert_int_equal(slab_flags_parse("", 0, &flags, NULL), -EINVAL);
	assert_int_equal(slab_flags_parse("CTOR,", 5, &flags, &e), -EINVAL);
	assert_true(e.text[0] != '\0');
	slab_flags_print(~0u, buf);
	assert_true(strlen(buf) < sizeof(buf));
	assert_int_equal(slab_flags_parse(buf, strlen(buf), &flags, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print_as_the_kernel),
		cmocka_unit_test(test_parse_other_spellings),
		cmocka_unit_test(test_parse_refuses),
		cmocka_unit_test(test_numbers_of_versions),
		cmocka_unit_test(test_slab_flags),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
