#include "sim/locks.h"

#include "base/bug.h"
#include "base/xmalloc.h"

#include <stdlib.h>
#include <string.h>

const char *const lock_class_names[NR_LOCK_CLASSES] = {
	[LOCK_SLAB_MUTEX] = "slab_mutex",
	[LOCK_PCPU_MUTEX] = "pcpu_alloc_mutex",
	[LOCK_PCPU] = "pcpu_lock",
	[LOCK_MEMPOOL] = "mempool",
	[LOCK_SLAB_ALIEN] = "slab_alien",
	[LOCK_SLAB_LIST] = "list_lock",
	[LOCK_SLOB] = "slob_lock",
	[LOCK_PCP] = "pcp",
	[LOCK_ZONE] = "zone",
};

void locks_init(struct locks *k, const struct config *c)
{
	*k = (struct locks){.costs = c->lock, .cpu_node = c->mm.cpu_to_node};
	locks_grow_sites(k, 1);
}

void locks_grow_sites(struct locks *k, u32 nr)
{
	if (nr <= k->nr_sites)
		return;
	for (u32 c = 0; c < NR_LOCK_CLASSES; c++) {
		k->by_site[c] = xreallocarray(k->by_site[c], nr,
					      sizeof(*k->by_site[c]));
		memset(k->by_site[c] + k->nr_sites, 0,
		       (nr - k->nr_sites) * sizeof(*k->by_site[c]));
	}
	k->nr_sites = nr;
}

void locks_free(struct locks *k)
{
	for (u32 c = 0; c < NR_LOCK_CLASSES; c++) {
		hist_free(&k->by_class[c].wait);
		hist_free(&k->by_class[c].hold);
		free(k->by_site[c]);
	}
	*k = (struct locks){0};
}

/* Cycles until the lock's line has come to @cpu. */
static u32 transfer(const struct locks *k, struct lock_stats *st,
		    const struct mm_lock *l, u32 cpu)
{
	if (!l->last_cpu || l->last_cpu == cpu + 1)
		return 0;
	if (k->cpu_node[l->last_cpu - 1] == k->cpu_node[cpu]) {
		st->transfers++;
		return k->costs.transfer_cycles;
	}
	st->remote_transfers++;
	return k->costs.transfer_remote_cycles;
}

void locks_take(struct locks *k, struct machine *m, struct mm_lock *l, u32 site)
{
	struct lock_stats *st = &k->by_class[l->class];
	u64 now = m->now_cycles + m->cycles;
	u32 own;

	BUG_ON(site >= k->nr_sites);
	st->acquired++;
	if (l->free_at > now) {
		u64 wait = l->free_at - now;

		st->contended++;
		hist_add(&st->wait, wait);
		k->by_site[l->class][site].wait_cycles += wait;
		k->op_wait_cycles += wait;
		m->cycles += wait;
	}
	own = k->costs.cycles + transfer(k, st, l, m->cpu);
	st->own_cycles += own;
	k->op_own_cycles += own;
	m->cycles += own;
	l->last_cpu = m->cpu + 1;
	l->taken_at = m->now_cycles + m->cycles;
}

void locks_release(struct locks *k, struct machine *m, struct mm_lock *l,
		   u32 site)
{
	struct lock_site *by = &k->by_site[l->class][site];
	u64 now = m->now_cycles + m->cycles;
	u64 hold = now - l->taken_at;

	BUG_ON(now < l->taken_at);
	hist_add(&k->by_class[l->class].hold, hold);
	by->acquired++;
	by->hold_cycles += hold;
	by->max_hold_cycles = MAX(by->max_hold_cycles, hold);
	l->free_at = now;
}
