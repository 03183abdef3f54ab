/*
 * Locks in time: reservations computed by hand, for two CPUs of one node and
 * one of another.  A lock costs 20 cycles, its line 100 within a node and 300
 * from another.
 */
#include "cmocka_all.h"

#include "sim/locks.h"

#include <string.h>

enum {
	LOCK = 20,
	NEAR = 100,
	FAR = 300
};

struct fixture {
	struct locks k;
	struct machine m;
	struct mm_lock l;
	struct config config;
};

static int setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	f.config.lock = (struct config_lock_costs){LOCK, NEAR, FAR};
	f.config.mm.cpu_to_node[2] = 1;
	f.l.class = LOCK_ZONE;
	locks_init(&f.k, &f.config);
	locks_grow_sites(&f.k, 3);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	locks_free(&f->k);
	return 0;
}

/* @cpu works @before cycles, locks, works @under cycles and unlocks. */
static u64 work(struct fixture *f, u32 cpu, u64 at, u64 before, u64 under)
{
	f->m.cpu = cpu;
	f->m.now_cycles = at;
	f->m.cycles = before;
	f->k.op_wait_cycles = f->k.op_own_cycles = 0;
	locks_take(&f->k, &f->m, &f->l, cpu);
	f->m.cycles += under;
	locks_release(&f->k, &f->m, &f->l, cpu);
	return f->m.cycles;
}

static void test_alone_it_costs_what_it_costs(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(work(f, 0, 1000, 5, 50), 5 + LOCK + 50);
	assert_int_equal(f->l.free_at, 1000 + 5 + LOCK + 50);
	/* Again: the line is here. */
	assert_int_equal(work(f, 0, 2000, 5, 50), 5 + LOCK + 50);
	assert_int_equal(f->k.by_class[LOCK_ZONE].acquired, 2);
	assert_int_equal(f->k.by_class[LOCK_ZONE].contended, 0);
	assert_int_equal(f->k.by_class[LOCK_ZONE].transfers, 0);
	assert_int_equal(f->k.by_class[LOCK_ZONE].hold.sum, 100);
}

/* Free at 1075: at 1075 nothing is waited for, at 1074 one cycle. */
static void test_edge_of_a_reservation(void **state)
{
	struct fixture *f = *state;
	struct mm_lock was;

	work(f, 0, 1000, 5, 50);
	was = f->l;
	assert_int_equal(work(f, 1, 1075, 0, 10), NEAR + LOCK + 10);
	assert_int_equal(f->k.op_wait_cycles, 0);
	f->l = was;
	assert_int_equal(work(f, 1, 1074, 0, 10), 1 + NEAR + LOCK + 10);
	assert_int_equal(f->k.op_wait_cycles, 1);
	assert_int_equal(f->k.op_own_cycles, NEAR + LOCK);
	assert_int_equal(f->k.by_class[LOCK_ZONE].contended, 1);
	assert_int_equal(f->k.by_class[LOCK_ZONE].transfers, 2);
	/* The work before it is time that passes too. */
	f->l = was;
	assert_int_equal(work(f, 1, 1070, 5, 10), 5 + NEAR + LOCK + 10);
	assert_int_equal(f->k.op_wait_cycles, 0);
}

/* Three that come at once follow each other; transfers are serial. */
static void test_queue(void **state)
{
	struct fixture *f = *state;
	const struct lock_stats *st = &f->k.by_class[LOCK_ZONE];
	u64 first = LOCK + 50;
	u64 second = first + NEAR + LOCK + 50;
	u64 third = second + FAR + LOCK + 50;

	assert_int_equal(work(f, 0, 0, 0, 50), first);
	assert_int_equal(work(f, 1, 0, 0, 50), second);
	assert_int_equal(work(f, 2, 0, 0, 50), third);
	assert_int_equal(st->wait.sum, first + second);
	assert_int_equal(st->wait.count, 2);
	assert_int_equal(st->hold.sum, 150);
	assert_int_equal(st->remote_transfers, 1);
	assert_int_equal(st->own_cycles, 3 * LOCK + NEAR + FAR);
	assert_int_equal(f->k.by_site[LOCK_ZONE][2].wait_cycles, second);
	assert_int_equal(f->k.by_site[LOCK_ZONE][2].max_hold_cycles, 50);
	assert_int_equal(f->l.free_at, third);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_alone_it_costs_what_it_costs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_edge_of_a_reservation,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_queue, setup, teardown),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0;
}
