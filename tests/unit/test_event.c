/*
 * Goal: events come out in the total order (time, class, seq), whatever order
 * they went in.  Method: a fixed sequence with ties, then a generated one
 * against a plain selection.
 */
#include "sim/event.h"

#include "base/compiler.h"

#include "cmocka_all.h"

static void test_event_ties(void **state)
{
	struct event_queue q = {0};

	(void)state;
	assert_true(event_next_time(&q) == EVENT_NEVER);
	event_push(&q, (struct event){.time = 5, .class = 1, .seq = 0});
	event_push(&q, (struct event){.time = 5, .class = 0, .seq = 9});
	event_push(&q, (struct event){.time = 5, .class = 0, .seq = 3});
	event_push(&q, (struct event){.time = 4, .class = 3, .seq = 7});
	assert_int_equal(event_next_time(&q), 4);
	assert_int_equal(event_pop(&q).seq, 7);
	assert_int_equal(event_pop(&q).seq, 3);
	assert_int_equal(event_pop(&q).seq, 9);
	assert_int_equal(event_pop(&q).class, 1);
	assert_int_equal(q.nr, 0);
	event_queue_free(&q);
}

static void test_event_order_of_many(void **state)
{
	struct event_queue q = {0};
	struct event last = {0};
	u64 x = 88172645463325252u;

	(void)state;
	for (u32 i = 0; i < 5000; i++) {
		x ^= x << 13; /* xorshift: any fixed scramble does */
		x ^= x >> 7;
		x ^= x << 17;
		event_push(&q, (struct event){.time = x % 100,
					      .class = (u32)(x >> 32) % 4,
					      .seq = i});
	}
	for (u32 i = 0; i < 5000; i++) {
		struct event e = event_pop(&q);

		assert_true(e.time >= last.time);
		if (i && e.time == last.time) {
			assert_true(e.class >= last.class);
			if (e.class == last.class)
				assert_true(e.seq > last.seq);
		}
		last = e;
	}
	event_queue_free(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_event_ties),
		cmocka_unit_test(test_event_order_of_many),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
