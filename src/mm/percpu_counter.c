/*
 * percpu_counter.c - counters of which every CPU has a part.
 *
 * What it is
 *	lib/percpu_counter.c: cheap to add to, cheap to read roughly.
 *
 * How it works
 *	cpu 0: +3   cpu 1: -7   ...          count: 128
 *	a part that reaches +-batch goes into count and starts again at 0
 *
 * Lock order
 *	The counter's lock is innermost: nothing is allocated under it.
 *
 * Invariants
 *	|part| < batch after an add		(percpu_counter_add)
 *
 * What is charged
 *	Nothing yet: nr_adds and nr_folded tell how many writes to a shared
 *	line were spared, for whoever prices them.
 *
 * What is left out, and which kernel this follows
 *	6.1; CPU hotplug.
 */
#include "mm/percpu_counter.h"

#include "base/bug.h"
#include "base/xmalloc.h"

#include <stdlib.h>
#include <string.h>

s32 percpu_counter_batch(const struct mm *mm)
{
	return (s32)MAX(32u, 2 * mm->conf.nr_cpus);
}

bool percpu_counter_init(struct percpu_counter *c, struct percpu *p, s64 amount,
			 gfp_t gfp)
{
	memset(c, 0, sizeof(*c));
	c->percpu = p;
	c->area = alloc_percpu_gfp(p, sizeof(s32), sizeof(s32), gfp);
	if (!c->area.chunk)
		return false;
	c->count = amount;
	c->batch = percpu_counter_batch(p->mm);
	c->parts = xcalloc(p->mm->conf.nr_cpus, sizeof(*c->parts));
	return true;
}

void percpu_counter_destroy(struct percpu_counter *c)
{
	if (!c->area.chunk)
		return;
	free_percpu(c->percpu, c->area);
	free(c->parts);
	memset(c, 0, sizeof(*c));
}

void percpu_counter_add(struct percpu_counter *c, s64 amount)
{
	s32 *part = &c->parts[c->percpu->mm->machine->cpu];
	s64 sum = *part + amount;

	c->nr_adds++;
	if (sum >= c->batch || sum <= -c->batch) {
		c->count += sum;
		c->nr_folded++;
		sum = 0;
	}
	*part = (s32)sum;
	CHECK(*part < c->batch);
	CHECK(*part > -c->batch);
}

s64 percpu_counter_sum(const struct percpu_counter *c)
{
	s64 sum = c->count;

	for (u32 cpu = 0; cpu < c->percpu->mm->conf.nr_cpus; cpu++)
		sum += c->parts[cpu];
	return sum;
}
