/*
 * unknown.c - frees of which nothing was known when they came.
 *
 * A kfree() of an object of before the recording names no cache, and its page
 * may have had no event yet.  Until the page is given back it stays a slab of
 * the same cache, so the first event that tells the page's cache tells that
 * of the object too.  Frees wait here for it, page by page.  What no page
 * tells, the call site does when (nearly) all that it freed was of one class.
 */
#include "trace/importer.h"

#include "base/bug.h"

#define SITE_FREES_LEAST 4u  /* of one class, to believe a call site */
#define SITE_SHARE	 10u /* and at most one in so many of others */

void import_unknown_add(struct importer *im, u64 page, struct import_unknown u)
{
	struct u64map_entry *e;
	bool fresh;

	if (!page) {
		*VEC_PUSH(&im->unknown) = u;
		return;
	}
	e = u64map_put(&im->unknown_of, page, &fresh);
	u.next = e->a;
	*VEC_PUSH(&im->unknown) = u;
	e->a = (u32)im->unknown.nr; /* 1 + its index: 0 is none */
}

static void tell(struct importer *im, struct import_unknown *u, u32 cache)
{
	struct trace_rec *alloc =
		u->early ? &im->early.at[u->alloc] : &im->recs.at[u->alloc];
	struct trace_rec *freed = &im->recs.at[u->freed];

	CHECK(!u->told);
	CHECK(im->counts->cache_unknown > 0);
	CHECK(freed->op == TRACE_KFREE);
	u->told = true;
	im->counts->cache_unknown--;
	import_implied_alloc(im, alloc, cache, u->ptr);
	if (alloc->op == TRACE_CACHE_ALLOC)
		freed->op = TRACE_CACHE_FREE;
}

void import_unknown_told(struct importer *im, u64 page, u32 cache)
{
	struct u64map_entry *e;

	if (likely(!im->unknown.nr))
		return;
	e = u64map_get(&im->unknown_of, page);
	if (!e)
		return;
	for (u32 k = e->a; k; k = im->unknown.at[k - 1].next)
		tell(im, &im->unknown.at[k - 1], cache);
	e->a = 0;
}

void import_unknown_forget(struct importer *im, u64 page)
{
	struct u64map_entry *e;

	if (likely(!im->unknown.nr))
		return;
	e = u64map_get(&im->unknown_of, page);
	if (e)
		e->a = 0;
}

void import_unknown_vote(struct importer *im, u32 site, u32 cache)
{
	struct import_freer *f;

	while (im->freers.nr <= site)
		*VEC_PUSH(&im->freers) = (struct import_freer){0};
	f = &im->freers.at[site];
	if (!f->nr)
		f->cache = cache;
	if (f->cache == cache)
		f->nr++;
	else
		f->nr_others++;
}

/* The class of nearly all that the call site freed, if @u can be of it. */
static u32 cache_by_freer(const struct importer *im,
			  const struct import_unknown *u)
{
	u32 site = im->recs.at[u->freed].site;
	const struct import_freer *f;
	u32 size;

	if (site >= im->freers.nr)
		return IMPORT_CACHE_NONE;
	f = &im->freers.at[site];
	if (f->nr < SITE_FREES_LEAST || f->nr_others > f->nr / SITE_SHARE)
		return IMPORT_CACHE_NONE;
	size = import_cache_slot_size(im, f->cache);
	if (!im->hashed && size && !(size & (size - 1)) && u->ptr % size)
		return IMPORT_CACHE_NONE;
	return f->cache;
}

void import_unknown_finish(struct importer *im)
{
	for (size_t k = 0; k < im->unknown.nr; k++) {
		struct import_unknown *u = &im->unknown.at[k];
		u32 cache = u->told ? IMPORT_CACHE_NONE : cache_by_freer(im, u);

		if (cache != IMPORT_CACHE_NONE)
			tell(im, u, cache);
	}
}
