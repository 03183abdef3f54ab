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
	p = percpu_create(mm,
			  &(struct percpu_setup){.static_bytes = 4096,
						 .dynamic_bytes = 28 << 10});
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

static struct percpu *boot_with(u32 nr_cpus, u32 nr_nodes, u32 reserved)
{
	mm = fake_mm(nr_cpus, nr_nodes);
	fake_boot(mm);
	return percpu_create(mm,
			     &(struct percpu_setup){.static_bytes = 5000,
						    .reserved_bytes = reserved,
						    .dynamic_bytes = 28 << 10});
}

/* A second chunk: what Linux allocates for it, the recording has. */
static void test_traced_chunk_takes_nothing(void **state)
{
	(void)state;
	mm = fake_mm(2, 1);
	fake_boot(mm);
	p = percpu_create(mm, &(struct percpu_setup){.static_bytes = 5000,
						     .dynamic_bytes = 28 << 10,
						     .traced = true});
	assert_non_null(alloc_percpu(p, 20000, 8).chunk);
	assert_non_null(alloc_percpu(p, 20000, 8).chunk);
	assert_int_equal(p->nr_chunks, 2);
	assert_null(p->vm);
	assert_null(kmem_cache_find(mm, "vmap_area"));
	check();
	done();
}

/* static 5000 | reserved 8192 | dynamic 28672: 41864 bytes, 11 pages.  The
 * reserved chunk is pages 1 to 3 of the unit, 904 bytes before it in use; the
 * rest begins in page 3 at 904 too and goes to the end of page 10. */
static void test_reserved_chunk(void **state)
{
	struct pcpu_area a, b;

	(void)state;
	p = boot_with(2, 1, 8192);
	assert_non_null(p->reserved_chunk);
	assert_int_equal(p->reserved_chunk->free_bytes, 8192);
	assert_int_equal(p->first_chunk->free_bytes, 11 * 4096 - 5000 - 8192);
	a = alloc_reserved_percpu(p, 8000, 4, GFP_KERNEL);
	assert_ptr_equal(a.chunk, p->reserved_chunk);
	assert_int_equal(a.offset, 904);
	check();
	/* Full is full, though the first chunk has room. */
	assert_null(alloc_reserved_percpu(p, 200, 4, GFP_KERNEL).chunk);
	b = alloc_percpu(p, 200, 4);
	assert_ptr_equal(b.chunk, p->first_chunk);
	free_percpu(p, a);
	assert_int_equal(p->reserved_chunk->free_bytes, 8192);
	for (u32 i = 0; i < 200; i++) /* nobody else gets from it */
		assert_ptr_not_equal(alloc_percpu(p, 512, 4).chunk,
				     p->reserved_chunk);
	assert_int_equal(p->reserved_chunk->free_bytes, 8192);
	done();
}

static void test_no_modules(void **state)
{
	(void)state;
	p = boot_with(2, 1, 0);
	assert_null(p->reserved_chunk);
	assert_ptr_equal(alloc_reserved_percpu(p, 200, 4, GFP_KERNEL).chunk,
			 p->first_chunk);
	done();
}

/* What kernels say at boot: "u2097152" on one CPU, "u262144" on 8 with 60
 * pages, "u524288" on 4 (2 MiB shared evenly, at most a third of it idle). */
static void test_unit_bytes(void **state)
{
	struct mm_conf conf = {.nr_cpus = 1};
	u32 pages60 = 60 * 4096;

	(void)state;
	assert_int_equal(percpu_unit_bytes(&conf, pages60), 2 << 20);
	conf.nr_cpus = 8;
	assert_int_equal(percpu_unit_bytes(&conf, pages60), 256 << 10);
	conf.nr_cpus = 4;
	assert_int_equal(percpu_unit_bytes(&conf, pages60), 512 << 10);
	for (u32 cpu = 0; cpu < 4; cpu++)
		conf.cpu_to_node[cpu] = (u8)(cpu / 2);
	assert_int_equal(percpu_unit_bytes(&conf, pages60), 1 << 20);
}

/* A chunk of 2 MiB units, one CPU: its maps are 64 KiB, 64 KiB + 8 and 16 KiB,
 * so 16 + 17 + 4 pages; a table of each level maps its unit at the top of the
 * addresses; a page for the area itself.  The struct, arrays and the array of
 * 512 pages come from kmalloc, the last is a page's worth. */
static void test_chunk_takes_memory(void **state)
{
	u32 pages;

	(void)state;
	p = boot_with(1, 1, 0);
	/* What is left of the first chunk; from now on chunk 1. */
	while (p->first_chunk->free_bytes >= 64)
		assert_non_null(alloc_percpu(p, 64, 4).chunk);
	pages = fake.live_pages;
	assert_int_equal(vmspace_pages(p->vm), 0);
	assert_int_not_equal(alloc_percpu(p, 4096, 4).chunk->id, 0);
	assert_int_equal(vmspace_pages(p->vm), 16 + 17 + 4 + 2);
	assert_true(fake.live_pages >= pages + 16 + 17 + 4 + 2 + 1);
	assert_int_equal(p->slots[p->free_slot] == NULL, 1);
	check();
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
		cmocka_unit_test(test_traced_chunk_takes_nothing),
		cmocka_unit_test(test_reserved_chunk),
		cmocka_unit_test(test_no_modules),
		cmocka_unit_test(test_unit_bytes),
		cmocka_unit_test(test_chunk_takes_memory),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
