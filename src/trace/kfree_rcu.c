/*
 * kfree_rcu.c - objects that kfree_rcu() freed, which no event tells.
 *
 * Most of them show when their address is handed out again, or their slab
 * given back (pair.c, pages.c).  That tells which call sites' objects go this
 * way: nearly none is freed by an event, at least every other one was gone
 * without one.  What else is left of these at the end, and is older than nine
 * in ten of the others when they were found gone, is gone too.  When, nothing
 * tells; the kernel frees what has come together every five seconds, so at
 * that age, or earlier if nine in ten were.
 *
 *	kind kernfs_fop_open+0x300, 96 bytes, of a recording of 85 s:
 *	4824 allocated, none freed, 3796 found gone, nine in ten of them after
 *	9.4 s; 1028 left, the youngest of 10.3 s: all gone
 */
#include "trace/importer.h"

#include "base/bug.h"

#include <stdlib.h>

#define BATCH_NS   ((u64)5000000000) /* KFREE_DRAIN_JIFFIES: one each 5 s */
#define GONE_LEAST 8u /* found gone, to believe it of the others */
#define FREED_MOST 8u /* one in so many of these may be freed by an event */

void import_gone(struct importer *im, const struct trace_rec *alloc, u64 now_ns)
{
	struct import_gone g = {.kind = alloc->name};

	g.age_ns = now_ns - im->first_ns - alloc->time_ns;
	im->kinds.at[g.kind].nr_gone++;
	*VEC_PUSH(&im->gone) = g;
}

static int by_kind_and_age(const void *a, const void *b)
{
	const struct import_gone *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->age_ns < y->age_ns ? -1 : x->age_ns > y->age_ns;
}

static bool goes_unseen(const struct alloc_kind *k)
{
	return k->nr_gone >= GONE_LEAST &&
	       k->nr_freed <= k->nr_gone / FREED_MOST &&
	       k->nr_gone >= k->nr_allocs - k->nr_gone;
}

/* Of each kind that goes unseen: how old nine in ten of them were. */
static bool learn_ages(struct importer *im)
{
	size_t first = 0;
	bool any = false;

	if (!im->gone.nr)
		return false;
	qsort(im->gone.at, im->gone.nr, sizeof(*im->gone.at), by_kind_and_age);
	while (first < im->gone.nr) {
		struct alloc_kind *k = &im->kinds.at[im->gone.at[first].kind];

		if (goes_unseen(k)) {
			k->most_ns = im->gone.at[first + k->nr_gone * 9ull / 10]
					     .age_ns;
			k->unseen = any = true;
		}
		first += k->nr_gone;
	}
	CHECK(first == im->gone.nr);
	return any;
}

/* A free to be put in: at this time, of what that record allocated. */
struct late_free {
	u64 time_ns;
	size_t alloc;
};

static int by_time(const void *a, const void *b)
{
	const struct late_free *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x->alloc < y->alloc ? -1 : x->alloc > y->alloc;
}

static struct trace_rec free_of(const struct trace_rec *alloc, u64 time_ns)
{
	struct trace_rec r = *alloc;

	r.op = alloc->op == TRACE_CACHE_ALLOC ? TRACE_CACHE_FREE : TRACE_KFREE;
	r.time_ns = time_ns;
	r.flags = TRACE_IMPLIED;
	r.site = 0;
	r.size = 0;
	r.gfp = 0;
	r.align = 0;
	r.node = -1;
	r.cache = IMPORT_CACHE_NONE;
	return r;
}

/* From the end on: each record goes to its place for good. */
static void put_in(struct importer *im, const struct late_free *late, size_t nr)
{
	size_t from = im->recs.nr;
	size_t to = from + nr;

	for (size_t k = 0; k < nr; k++)
		VEC_PUSH(&im->recs);
	while (nr) {
		const struct trace_rec *r =
			from ? &im->recs.at[from - 1] : NULL;

		if (r && r->time_ns > late[nr - 1].time_ns) {
			im->recs.at[--to] = *r;
			from--;
			continue;
		}
		/* Its allocation is earlier, so still where it was. */
		CHECK(late[nr - 1].alloc < from);
		nr--;
		im->recs.at[--to] =
			free_of(&im->recs.at[late[nr].alloc], late[nr].time_ns);
	}
}

void import_kfree_rcu(struct importer *im)
{
	u64 end_ns = im->last_ns - im->first_ns;
	VEC(struct late_free) late = {0};

	if (!learn_ages(im))
		return;
	for (u64 i = 0; i <= im->objects.mask; i++) {
		const struct u64map_entry *obj = &im->objects.at[i];
		const struct alloc_kind *k;
		u64 born;

		if (!obj->key || !import_is_live(obj))
			continue;
		k = &im->kinds.at[im->recs.at[obj->a].name];
		born = im->recs.at[obj->a].time_ns;
		if (k->unseen && end_ns - born > k->most_ns)
			*VEC_PUSH(&late) = (struct late_free){
				born + MIN(k->most_ns, BATCH_NS), obj->a};
	}
	if (late.nr)
		qsort(late.at, late.nr, sizeof(*late.at), by_time);
	put_in(im, late.at, late.nr);
	im->counts->implied_frees += late.nr;
	VEC_FREE(&late);
}
