/*
 * Goal: areas of the per-CPU allocator never overlap, chunks come and go, the
 * balance work keeps pages for atomic callers.
 * Method: a fake page allocator; percpu_check() after every step.
 */
#include "fake_pages.h"

#include "mm/percpu.h"

#include "cmocka_all.h"

#include <string.h>

static struct mm *mm;
static struct percpu *p;

static void boot(void)
{
	mm = fake_mm(2, 1);
	fake_boot(mm);
	p = percpu_create(mm, 4096, 28 << 10);
}

static void check(void)
{
	struct err e = {0};

	if (percpu_check(p, &e))
		fail_msg("%s", e.text);
}

static void done(void)
{
	check();
	percpu_destroy(p);
	fake_mm_free(mm);
}

/* Small areas lie in the first chunk, aligned, one behind the other. */
static void test_first_chunk(void **state)
{
	struct pcpu_area a, b, c;

	(void)state;
	boot();
	a = alloc_percpu(p, 4, 4);
	b = alloc_percpu(p, 8, 8);
	c = alloc_percpu(p, 100, 64);
	assert_ptr_equal(a.chunk, p->first_chunk);
	assert_int_equal(b.offset % 8, 0);
	assert_int_equal(c.offset % 64, 0);
	assert_true(b.offset >= a.offset + 4);
	free_percpu(p, a);
	assert_int_equal(alloc_percpu(p, 4, 4).offset, a.offset);
	done();
}

static void test_bad_requests(void **state)
{
	(void)state;
	boot();
	assert_null(alloc_percpu(p, 0, 4).chunk);
	assert_null(alloc_percpu(p, PCPU_MIN_UNIT_BYTES + 4, 4).chunk);
	assert_null(alloc_percpu(p, 8, 8192).chunk);
	done();
}

/* Beyond the first chunk pages are populated, one for each CPU. */
static void test_populates(void **state)
{
	struct pcpu_area a[20];
	u32 pages;

	(void)state;
	boot();
	pages = fake.live_pages;
	for (u32 i = 0; i < ARRAY_SIZE(a); i++) {
		a[i] = alloc_percpu(p, 4096, 4);
		assert_non_null(a[i].chunk);
		check();
	}
	assert_true(p->nr_chunks > 1);
	assert_true(fake.live_pages > pages);
	for (u32 i = 0; i < ARRAY_SIZE(a); i++)
		free_percpu(p, a[i]);
	percpu_balance(p);
	check();
	assert_true(p->nr_empty_pop_pages >= PCPU_EMPTY_POP_LOW);
	done();
}

/* Who cannot wait gets what is populated; the balance work makes more. */
static void test_atomic(void **state)
{
	struct pcpu_area a;
	u32 got = 0;

	(void)state;
	boot();
	while (alloc_percpu_gfp(p, 4096, 4, GFP_NOWAIT).chunk)
		assert_true(++got < 100);
	assert_true(p->balance_scheduled);
	a = alloc_percpu(p, 4096, 4); /* who can wait gets it */
	assert_non_null(a.chunk);
	check();
	percpu_balance(p);
	assert_true(p->nr_empty_pop_pages >= PCPU_EMPTY_POP_LOW);
	assert_non_null(alloc_percpu_gfp(p, 4096, 4, GFP_NOWAIT).chunk);
	done();
}

static void test_random(void **state)
{
	struct pcpu_area live[300];
	u32 dice = 3;

	(void)state;
	memset(live, 0, sizeof(live));
	boot();
	for (u32 i = 0; i < 6000; i++) {
		u32 k;

		dice = dice * 1664525u + 1013904223u;
		k = (dice >> 8) % ARRAY_SIZE(live);
		if (live[k].chunk) {
			free_percpu(p, live[k]);
			live[k].chunk = NULL;
		} else {
			live[k] = alloc_percpu(p, 4 + (dice >> 16) % 2000,
					       4u << ((dice >> 5) % 6));
			assert_non_null(live[k].chunk);
		}
		if (i % 500 == 0)
			percpu_balance(p);
		if (i % 50 == 0)
			check();
	}
	for (u32 k = 0; k < ARRAY_SIZE(live); k++)
		if (live[k].chunk)
			free_percpu(p, live[k]);
	percpu_balance(p);
	assert_int_equal(p->bytes_requested, 0);
	done();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_chunk),
		cmocka_unit_test(test_bad_requests),
		cmocka_unit_test(test_populates),
		cmocka_unit_test(test_atomic),
		cmocka_unit_test(test_random),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
