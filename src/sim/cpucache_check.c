/*
 * cpucache_check.c - the invariants of cpucache.h, walked.
 */
#include "sim/cpucache_set.h"

#include <errno.h>

static bool check_classes(const struct cpucache *h, u32 level, struct err *e)
{
	for (u32 owner = 0; owner < h->nr_owners; owner++) {
		const struct cpucache_use *u = &h->use[level][owner];
		u64 misses = u->misses[0] + u->misses[1] + u->misses[2];
		u64 sum = 0;

		for (u32 i = 0; i < NR_MISS_CLASSES; i++)
			sum += u->classes[i];
		if (sum == misses || !h->opt.classes)
			continue;
		err_set(e, -EUCLEAN,
			"cache %u, owner %u: %llu misses, %llu in classes",
			level, owner, (unsigned long long)misses,
			(unsigned long long)sum);
		return false;
	}
	return true;
}

static bool check_entry(const struct ccache *c, u64 at, struct err *e)
{
	u64 line = entry_line(c->entry[at]);

	if (set_find(c, line) == &c->entry[at])
		return true;
	err_set(e, -EUCLEAN,
		"cache %u, set %llu: line 0x%llx stands twice, or belongs "
		"elsewhere",
		c->level, (unsigned long long)(at / c->ways),
		(unsigned long long)line);
	return false;
}

/* Nobody else holds a line that may be written. */
static bool check_owned(const struct cpucache *h, const struct ccache *c,
			u64 entry, struct err *e)
{
	const struct cpath *mine = &h->data[c->first_cpu];
	u64 line = entry_line(entry);

	if (!h->coherent || !c->private || entry_mesi(entry) < MESI_E)
		return true;
	for (u32 agent = 0; agent < h->nr_agents; agent++) {
		u32 cpu = h->agent_cpu[agent];

		if (agent == h->agent[c->first_cpu])
			continue;
		for (u32 d = 0; h->data[cpu].at[d]; d++) {
			const struct ccache *o = h->data[cpu].at[d];
			bool both = false;

			if (!o->used)
				continue;
			for (u32 k = 0; mine->at[k]; k++)
				both |= mine->at[k] == o;
			if (both || !set_find(o, line))
				continue;
			err_set(e, -EUCLEAN,
				"line 0x%llx: CPU %u may write it, and CPU %u "
				"holds it",
				(unsigned long long)line, c->first_cpu, cpu);
			return false;
		}
	}
	return true;
}

static bool check_sharing(const struct cpucache *h, struct err *e)
{
	u64 all = h->sum.upgrades + h->sum.true_sharing + h->sum.false_sharing;
	u64 known = 0;

	for (u32 owner = 0; owner < h->nr_owners; owner++) {
		const struct cpucache_sharing *s = &h->sharing[owner];

		known += s->upgrades + s->true_sharing + s->false_sharing;
	}
	if (known != all)
		err_set(e, -EUCLEAN, "sharing: %llu counted, %llu by owner",
			(unsigned long long)all, (unsigned long long)known);
	return known == all;
}

bool cpucache_check(const struct cpucache *h, struct err *e)
{
	cpucache_settle(h);
	for (u32 level = 0; level < h->nr_levels; level++) {
		if (!check_classes(h, level, e))
			return false;
		for (u32 i = 0; i < h->nr_caches[level]; i++) {
			const struct ccache *c = &h->caches[level][i];

			u64 nr = c->used ? c->nr_sets * c->ways : 0;

			for (u64 at = 0; at < nr; at++)
				if (c->entry[at] &&
				    (!check_entry(c, at, e) ||
				     !check_owned(h, c, c->entry[at], e)))
					return false;
		}
	}
	return check_sharing(h, e);
}
