/*
 * Goal: nothing added is lost, parts stay below the batch, memory goes back.
 */
#include "fake_pages.h"

#include "mm/percpu_counter.h"

#include "cmocka_all.h"

static void test_counts(void **state)
{
	struct mm *mm = fake_mm(4, 1);
	struct percpu_counter c;
	struct percpu *p;
	s64 want = 5;

	(void)state;
	fake_boot(mm);
	p = percpu_create(mm,
			  &(struct percpu_setup){.static_bytes = 4096,
						 .dynamic_bytes = 28 << 10});
	assert_true(percpu_counter_init(&c, p, 5, GFP_KERNEL));
	assert_int_equal(c.batch, 32);
	for (s64 i = 0; i < 1000; i++) {
		mm->machine->cpu = (u32)i % 4;
		percpu_counter_add(&c, i % 7 - 2);
		want += i % 7 - 2;
		assert_int_equal(percpu_counter_sum(&c), want);
		assert_true(want - percpu_counter_read(&c) < 4 * 32);
	}
	assert_int_equal(c.nr_adds, 1000);
	assert_true(c.nr_folded > 0 && c.nr_folded < 100);
	/* More than a batch at once goes straight in. */
	percpu_counter_add(&c, 1000);
	assert_int_equal(percpu_counter_sum(&c), want + 1000);
	percpu_counter_destroy(&c);
	assert_int_equal(p->bytes_requested, 0);
	percpu_destroy(p);
	fake_mm_free(mm);
}

static void test_batch(void **state)
{
	struct mm *mm = fake_mm(64, 1);

	(void)state;
	assert_int_equal(percpu_counter_batch(mm), 128);
	fake_mm_free(mm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_batch),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
