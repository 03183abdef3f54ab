/*
 * bulk_pages.c - pages that vmalloc() takes in bulk, without an event.
 *
 * Since Linux 5.13 vmalloc takes single pages by alloc_pages_bulk(), which has
 * no tracepoint: kernel stacks, modules, large tables.  What it does have is
 * the array of page pointers that it kmallocs just before, so many bytes a
 * page, and which it frees after the pages, by the same task:
 *
 *	kmalloc  call_site=__vmalloc_node_range  bytes_req=32     4 pages
 *	...
 *	mm_page_free x 4, kfree of the array
 *
 * So the array tells how many pages were taken, when, by which CPU and on
 * which node; its kfree tells which frees of unknown pages before it are of
 * these.  Pages that bulk allocation could not give, and all of kernels that
 * had none, are allocated one by one with an event each, right after the
 * array: each takes one back.
 *
 * An array of more than a page is itself a vmalloc: the area for it comes right
 * after the area that it is for, and its own array tells how many pages it has,
 * each of which holds 512 pointers; so many pages are taken, the last one's
 * pointers all counted.
 */
#include "trace/importer.h"

#include "base/bug.h"

#define POINTER_BYTES 8u

static void drop(struct importer *im, struct trace_rec *r)
{
	CHECK(r->op == TRACE_ALLOC_PAGES);
	r->op = IMPORT_OP_DROPPED;
	im->counts->implied_page_allocs--;
}

/* How many pages the array of @ev tells of; 0: none. */
static u32 nr_pages(const struct import_bulk *b, const struct raw_event *ev)
{
	u64 nr = ev->bytes_req / POINTER_BYTES;

	if (ev->bytes_req % POINTER_BYTES || nr > IMPORT_ARRAY_MAX)
		return 0;
	if (b->areas < 2)
		return (u32)nr;
	if (nr > IMPORT_NESTED_MAX)
		return 0;
	return (u32)nr * (1 + IMPORT_ARRAY_MAX);
}

static void take_pages(struct importer *im, const struct raw_event *ev, u32 nr)
{
	struct import_array array = {.first = (u32)im->recs.nr, .nr = nr};
	struct u64map_entry *e;
	struct trace_rec *r;
	bool fresh;

	for (u32 k = 0; k < nr; k++) {
		r = import_push(im, ev, TRACE_ALLOC_PAGES, import_slot_get(im));
		r->gfp = GFP_KERNEL;
		r->node = (s16)ev->node;
		r->flags |= TRACE_IMPLIED;
	}
	im->counts->implied_page_allocs += nr;
	e = u64map_put(&im->array_of, ev->ptr, &fresh);
	*VEC_PUSH(&im->arrays) = array;
	e->a = (u32)im->arrays.nr; /* 1 + its index: 0 is none */
	im->bulk[ev->cpu].filling = e->a;
}

void import_vmalloc(struct importer *im, const struct raw_event *ev,
		    enum import_vm part)
{
	struct import_bulk *b = &im->bulk[ev->cpu];
	u32 nr;

	if (b->pid != ev->pid)
		b->areas = 0;
	b->pid = ev->pid;
	if (part == IMPORT_VM_AREA) {
		b->areas++;
	} else if (part == IMPORT_VM_ARRAY) {
		nr = nr_pages(b, ev);
		b->areas = 0;
		if (nr)
			take_pages(im, ev, nr);
	}
}

void import_vmalloc_single(struct importer *im, const struct raw_event *ev)
{
	struct import_bulk *b = &im->bulk[ev->cpu];
	struct import_array *array;

	if (!b->filling || b->pid != ev->pid || ev->softirq)
		return;
	array = &im->arrays.at[b->filling - 1];
	for (u32 k = 0; k < 1u << ev->order && array->nr; k++) {
		struct trace_rec *r = &im->recs.at[array->first + --array->nr];

		import_slot_put(im, r->slot);
		drop(im, r);
	}
}

void import_vfree_page(struct importer *im, const struct raw_event *ev,
		       struct import_unseen u)
{
	struct import_bulk *b = &im->bulk[ev->cpu];

	if (ev->softirq || ev->order)
		return;
	if (b->pid != ev->pid)
		b->freed.nr = 0;
	b->pid = ev->pid;
	*VEC_PUSH(&b->freed) = u;
}

/* The page of the free @u is one of an array after all. */
static void take_back(struct importer *im, const struct import_unseen *u)
{
	switch (u->was) {
	case IMPORT_WAS_MOVED:
		CHECK(im->moved[0].head > 0);
		im->moved[0].recs.at[--im->moved[0].head] = u->alloc;
		break;
	case IMPORT_WAS_EARLY:
		im->early.at[u->alloc].op = IMPORT_OP_DROPPED;
		im->counts->page_frees_before_start--;
		break;
	case IMPORT_WAS_IMPLIED:
		drop(im, &im->recs.at[u->alloc]);
		break;
	}
}

void import_vfree(struct importer *im, const struct raw_event *ev)
{
	struct u64map_entry *e = u64map_get(&im->array_of, ev->ptr);
	struct import_bulk *b = &im->bulk[ev->cpu];
	const struct import_array *array;
	u32 known;

	if (!e || !e->a)
		return;
	array = &im->arrays.at[e->a - 1];
	e->a = 0;
	known = b->pid == ev->pid ? (u32)MIN(b->freed.nr, (size_t)array->nr)
				  : 0;
	b->freed.nr -= known;
	for (u32 k = known; k-- > 0;)
		take_back(im, &b->freed.at[b->freed.nr + k]);
	for (u32 k = 0; k < array->nr; k++) {
		u32 slot = im->recs.at[array->first + k].slot;

		if (k < known)
			im->recs.at[b->freed.at[b->freed.nr + k].freed].slot =
				slot;
		else
			import_push(im, ev, TRACE_FREE_PAGES, slot)->flags |=
				TRACE_IMPLIED;
		import_slot_put(im, slot);
	}
}

void import_bulk_before(struct importer *im, const struct raw_event *ev)
{
	struct import_bulk *b = &im->bulk[ev->cpu];

	if (b->filling && !ev->softirq && ev->type != RAW_PAGE_ALLOC &&
	    ev->type != RAW_PAGE_ZONE_LOCKED)
		b->filling = 0;
	if (b->areas && !ev->softirq &&
	    (ev->type == RAW_KFREE || ev->type == RAW_CACHE_FREE))
		b->areas = 0;
}

void import_bulk_after(struct importer *im, const struct raw_event *ev)
{
	struct import_bulk *b = &im->bulk[ev->cpu];

	if (b->freed.nr && !ev->softirq && ev->type != RAW_PAGE_FREE &&
	    ev->type != RAW_PCPU_DRAIN)
		b->freed.nr = 0;
}
