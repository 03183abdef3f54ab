/*
 * validate_early.c - objects from before the first event of a recording that
 * begins with the machine.
 *
 * Tracing begins a moment after the slab allocator does, so some objects have
 * no event: the trace buffer's own, the first fields of events, ACPI's.  The
 * snapshot in before/ was read somewhere in the middle; its slabinfo tells how
 * many are missing, once it is known when it was read.  So the recording is
 * replayed from an empty machine, and after each batch of records its caches
 * are compared with the snapshot's: where most of them agree to less than a
 * slab, there it was read.  What caches lack then, if it is a slab or more,
 * was made before the first event.
 */
#include "cmd/validate_early.h"
#include "base/xmalloc.h"
#include "mm/mm.h"
#include "mm/slab.h"

#include <string.h>

struct search {
	const struct procsnap *p;
	const u64 *in_use;	    /* [p->nr_caches] of the snapshot */
	u64 *missing;		    /* [p->nr_caches] at the best moment */
	struct kmem_cache **caches; /* [p->nr_caches], or NULL */
	u64 *now_missing;	    /* [p->nr_caches] */
	u32 best;		    /* caches that agreed */
};

static struct kmem_cache *find_cache(const struct mm *mm, const char *name)
{
	for (struct kmem_cache *c = mm->cache_list; c; c = c->next)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

static int compare(void *arg, double share, u64 events, u64 time_ns)
{
	struct search *st = arg;
	u32 agree = 0;

	(void)share;
	(void)events;
	(void)time_ns;
	for (u32 i = 0; i < st->p->nr_caches; i++) {
		const struct kmem_cache *c = st->caches[i];
		struct slabinfo si = {0};
		u64 diff;

		st->now_missing[i] = 0;
		if (!c || !st->in_use[i])
			continue;
		c->ops->get_slabinfo(c, &si);
		diff = st->in_use[i] > si.active_objs
			       ? st->in_use[i] - si.active_objs
			       : si.active_objs - st->in_use[i];
		if (diff < si.objects_per_slab)
			agree++;
		else if (st->in_use[i] > si.active_objs)
			st->now_missing[i] = diff;
	}
	if (agree > st->best) {
		st->best = agree;
		memcpy(st->missing, st->now_missing,
		       st->p->nr_caches * sizeof(*st->missing));
	}
	return 0;
}

int validate_early(const struct config *config, struct trace_reader *reader,
		   struct procsnap *p, u64 *missing, struct err *e)
{
	struct search st = {.p = p, .missing = missing};
	struct sim_hooks hooks = {.arg = &st, .progress = compare};
	struct sim *s = sim_create(config, reader, NULL, &hooks, e);
	u64 *in_use;
	int rc;

	if (!s)
		return -1;
	in_use = xcalloc(p->nr_caches + 1, sizeof(*in_use));
	for (u32 i = 0; i < p->nr_caches; i++)
		in_use[i] = p->caches[i].active_objs;
	rc = before_boot(s, p, NULL, e);
	st.in_use = in_use;
	st.now_missing = xcalloc(p->nr_caches + 1, sizeof(*st.now_missing));
	st.caches = xcalloc(p->nr_caches + 1, sizeof(*st.caches));
	for (u32 i = 0; i < p->nr_caches; i++)
		st.caches[i] = find_cache(sim_mm(s), p->caches[i].name);
	if (!rc)
		rc = sim_run(s, e);
	sim_destroy(s);
	free(st.caches);
	free(st.now_missing);
	free(in_use);
	return rc;
}
