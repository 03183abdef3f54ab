/*
 * pair.c - events become records: addresses are paired with slots.
 */
#include "trace/importer.h"

#include "base/bug.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ZERO_SIZE_PTR 16u /* what kmalloc(0) returns */

u32 import_slot_get(struct importer *im)
{
	if (im->slots.spare.nr)
		return im->slots.spare.at[--im->slots.spare.nr];
	return im->slots.next++;
}

void import_slot_put(struct importer *im, u32 slot)
{
	CHECK(slot < im->slots.next);
	*VEC_PUSH(&im->slots.spare) = slot;
}

/* The last event of the task that was interrupted is a drain. */
static bool is_flushing(const struct importer *im, u32 cpu)
{
	return im->last_event[cpu].type == RAW_PCPU_DRAIN;
}

static struct trace_rec record_of(const struct importer *im,
				  const struct raw_event *ev, enum trace_op op,
				  u32 slot)
{
	return (struct trace_rec){
		.time_ns = ev->time_ns - im->first_ns,
		.slot = slot,
		.site = ev->site,
		.task = ev->task,
		.cache = IMPORT_CACHE_NONE,
		.cpu = ev->cpu,
		.node = -1,
		.op = (u8)op,
		.flags = ev->interrupts && is_flushing(im, ev->cpu)
				 ? TRACE_IN_FLUSH
				 : 0,
	};
}

struct trace_rec *import_push(struct importer *im, const struct raw_event *ev,
			      enum trace_op op, u32 slot)
{
	struct trace_rec *r = VEC_PUSH(&im->recs);

	*r = record_of(im, ev, op, slot);
	return r;
}

struct trace_rec *import_push_early(struct importer *im,
				    const struct raw_event *ev,
				    enum trace_op op, u32 slot)
{
	struct trace_rec *r = VEC_PUSH(&im->early);

	*r = record_of(im, ev, op, slot);
	r->time_ns = 0;
	r->site = 0;
	r->task = 0;
	r->flags = TRACE_IMPLIED | TRACE_EARLY;
	return r;
}

static enum trace_op free_op(const struct trace_rec *alloc)
{
	return alloc->op == TRACE_CACHE_ALLOC ? TRACE_CACHE_FREE : TRACE_KFREE;
}

/* A live address is allocated again: its free was not traced. */
static void imply_free(struct importer *im, const struct raw_event *ev,
		       const struct u64map_entry *obj)
{
	struct trace_rec *alloc = &im->recs.at[obj->a];
	enum trace_op op = free_op(alloc);

	im->counts->implied_frees++;
	import_gone(im, alloc, ev->time_ns);
	/* The page may be another cache's later: note its cache now. */
	import_note_page(im, alloc, obj->key);
	import_push(im, ev, op, obj->b)->flags = TRACE_IMPLIED;
}

void import_free_unseen(struct importer *im, const struct raw_event *ev,
			u64 ptr)
{
	struct u64map_entry *obj = ptr ? u64map_get(&im->objects, ptr) : NULL;
	struct trace_rec *r;
	u32 alloc;

	if (!obj || !import_is_live(obj))
		return;
	im->counts->implied_frees++;
	alloc = obj->a;
	import_gone(im, &im->recs.at[alloc], ev->time_ns);
	import_note_page(im, &im->recs.at[alloc], ptr);
	r = import_push(im, ev, free_op(&im->recs.at[alloc]), obj->b);
	r->flags = TRACE_IMPLIED;
	r->site = 0;
	import_slot_put(im, obj->b);
	obj->b = IMPORT_FREED_UNSEEN;
}

static bool is_kmalloc(const struct raw_event *ev)
{
	return ev->type == RAW_KMALLOC || ev->type == RAW_KMALLOC_NODE;
}

static bool cache_is_kmalloc(const struct importer *im, u32 cache)
{
	return cache != IMPORT_CACHE_NONE && im->caches.at[cache].kmalloc;
}

static void slab_alloc(struct importer *im, const struct raw_event *ev)
{
	struct u64map_entry *obj;
	struct trace_rec *r;
	bool fresh;
	u32 kind;
	u32 slot;

	if (!ev->ptr || ev->ptr == ZERO_SIZE_PTR || !ev->bytes_req ||
	    ev->bytes_req > IMPORT_SIZE_MAX ||
	    ev->bytes_alloc > IMPORT_SIZE_MAX) {
		im->counts->events_skipped++;
		return;
	}
	im->counts->slab_allocs++;
	kind = alloc_kind_of(im, ev);
	im->kinds.at[kind].nr_allocs++;
	obj = u64map_put(&im->objects, ev->ptr, &fresh);
	im->counts->double_allocs += !fresh && obj->b != IMPORT_NO_SLOT;
	if (fresh || !import_is_live(obj)) {
		slot = import_slot_get(im);
	} else {
		slot = obj->b;
		imply_free(im, ev, obj);
	}
	obj->a = (u32)im->recs.nr;
	obj->b = slot;
	if (is_kmalloc(ev) && ev->bytes_alloc > IMPORT_SLAB_MAX)
		import_large(im, ev);
	else
		import_touch(im, ev, ev->ptr, import_kind_cache(im, kind));
	r = import_push(im, ev, TRACE_CACHE_ALLOC, slot);
	r->gfp = ev->gfp;
	r->node = (s16)ev->node;
	r->name = kind;
	r->cache = ev->cache;
	if (is_kmalloc(ev) || cache_is_kmalloc(im, ev->cache)) {
		r->op = TRACE_KMALLOC;
		r->size = (u32)ev->bytes_req;
		r->gfp |= ev->accounted ? GFP_ACCOUNT : 0;
	} else if (ev->cache != IMPORT_CACHE_NONE) {
		import_kind_vote(im, kind, ev->cache);
	}
	if (unlikely(im->kinds.at[kind].vm))
		import_vmalloc(im, ev, im->kinds.at[kind].vm);
	else if (unlikely(im->bulk[ev->cpu].areas) && !ev->softirq)
		im->bulk[ev->cpu].areas = 0;
}

/* A free whose allocation no event told. */
static void free_unknown(struct importer *im, const struct raw_event *ev,
			 bool seen, u32 cache)
{
	struct import_unknown unknown = {.ptr = ev->ptr, .early = !seen};
	struct trace_rec *r;
	enum trace_op op;
	u32 slot;

	unknown.alloc = (u32)(seen ? im->recs.nr : im->early.nr);
	if (cache == IMPORT_CACHE_NONE)
		cache = import_touched_cache(im, ev->ptr);
	if (seen) {
		im->counts->implied_allocs++;
		slot = import_slot_get(im);
		r = import_push(im, ev, TRACE_KMALLOC, slot);
		r->flags = TRACE_IMPLIED;
	} else {
		/* A slot that nobody had: it is taken from the start on. */
		im->counts->frees_before_start++;
		slot = im->slots.next++;
		r = import_push_early(im, ev, TRACE_KMALLOC, slot);
		r->align = import_place(im, ev->ptr);
	}
	import_implied_alloc(im, r, cache, ev->ptr);
	op = free_op(r);
	unknown.freed = (u32)im->recs.nr;
	import_push(im, ev, op, slot);
	import_slot_put(im, slot);
	if (cache == IMPORT_CACHE_NONE)
		import_unknown_add(
			im, im->hashed ? 0 : import_page_key(im, ev->ptr),
			unknown);
}

/* The name on a free tells the cache of the allocation. */
static void learn_cache(struct importer *im, struct trace_rec *alloc, u32 cache)
{
	if (alloc->op != TRACE_CACHE_ALLOC ||
	    alloc->cache != IMPORT_CACHE_NONE || im->caches.at[cache].kmalloc)
		return;
	alloc->cache = (u16)cache;
	im->counts->cache_from_free++;
	import_kind_vote(im, alloc->name, cache);
}

/*
 * The free of a bio that the flusher of dirty pages or a journal's thread
 * sent, or of what ext4 keeps of data that it writes: pages were written.
 */
static u8 io_flags(const struct importer *im, const struct raw_event *ev,
		   const struct trace_rec *alloc)
{
	const char *task = im->info->tasks.at[alloc->task];
	const struct import_cache *c;

	if (ev->cache == IMPORT_CACHE_NONE)
		return 0;
	c = &im->caches.at[ev->cache];
	if (c->bio &&
	    (!strncmp(task, "jbd2/", 5) || !strncmp(task, "kworker/u", 9)))
		return TRACE_IO_END | TRACE_IO_META;
	return c->io_end ? TRACE_IO_END : 0;
}

static void slab_free(struct importer *im, const struct raw_event *ev)
{
	struct u64map_entry *obj;
	struct trace_rec *alloc;
	bool fresh;

	if (!ev->ptr || ev->ptr == ZERO_SIZE_PTR) {
		im->counts->null_frees++;
		return;
	}
	im->counts->slab_frees++;
	obj = u64map_put(&im->objects, ev->ptr, &fresh);
	if (fresh || !import_is_live(obj)) {
		obj->b = IMPORT_NO_SLOT;
		free_unknown(im, ev, !fresh, ev->cache);
		import_touch(im, ev, ev->ptr, ev->cache);
		return;
	}
	alloc = &im->recs.at[obj->a];
	if (alloc->cpu != ev->cpu)
		im->counts->cross_cpu_frees++;
	im->kinds.at[alloc->name].nr_freed++;
	if (ev->cache != IMPORT_CACHE_NONE) {
		learn_cache(im, alloc, ev->cache);
		import_touch(im, ev, ev->ptr, ev->cache);
	} else if (alloc->op == TRACE_KMALLOC &&
		   !(alloc->flags & TRACE_IMPLIED)) {
		import_unknown_vote(im, ev->site,
				    import_kind_cache(im, alloc->name));
	}
	import_push(im, ev, free_op(alloc), obj->b)->flags |=
		io_flags(im, ev, alloc);
	import_slot_put(im, obj->b);
	obj->b = IMPORT_NO_SLOT;
	if (unlikely(im->arrays.nr))
		import_vfree(im, ev);
}

static void percpu_alloc(struct importer *im, const struct raw_event *ev)
{
	struct u64map_entry *obj;
	struct trace_rec *r;
	bool fresh;

	if (!ev->ptr || !ev->bytes_req || ev->bytes_req > IMPORT_SIZE_MAX ||
	    ev->bytes_alloc > IMPORT_SIZE_MAX) {
		im->counts->events_skipped++;
		return;
	}
	obj = u64map_put(&im->percpu, ev->ptr, &fresh);
	if (fresh || obj->b == IMPORT_NO_SLOT) {
		obj->b = import_slot_get(im);
	} else {
		im->counts->implied_frees++;
		import_push(im, ev, TRACE_FREE_PERCPU, obj->b)->flags =
			TRACE_IMPLIED;
	}
	obj->a = (u32)im->recs.nr;
	r = import_push(im, ev, TRACE_ALLOC_PERCPU, obj->b);
	r->size = (u32)ev->bytes_req;
	r->align = (u32)ev->bytes_alloc;
}

static void percpu_free(struct importer *im, const struct raw_event *ev)
{
	struct u64map_entry *obj;

	obj = ev->ptr ? u64map_get(&im->percpu, ev->ptr) : NULL;
	if (!obj || obj->b == IMPORT_NO_SLOT) {
		/* Its size is not known: it cannot have been allocated. */
		im->counts->events_skipped++;
		return;
	}
	import_push(im, ev, TRACE_FREE_PERCPU, obj->b);
	import_slot_put(im, obj->b);
	obj->b = IMPORT_NO_SLOT;
}

static void count_event(struct importer *im, const struct raw_event *ev)
{
	struct trace_counts *n = im->counts;

	switch (ev->type) {
	case RAW_PAGE_FREE_BATCHED:
		n->batched_frees++;
		break;
	case RAW_PAGE_ZONE_LOCKED:
		n->pcp_refills += ev->refill;
		break;
	case RAW_PCPU_DRAIN:
		n->pcp_drains++;
		import_drain(im, ev);
		break;
	case RAW_EXTFRAG:
		n->extfrag_events++;
		break;
	default:
		n->events_skipped++;
	}
}

static void pair_event(struct importer *im, const struct raw_event *ev)
{
	import_bulk_before(im, ev);
	switch (ev->type) {
	case RAW_KMALLOC:
	case RAW_KMALLOC_NODE:
	case RAW_CACHE_ALLOC:
	case RAW_CACHE_ALLOC_NODE:
		slab_alloc(im, ev);
		im->last_page[ev->cpu].pending = false;
		break;
	case RAW_KFREE:
	case RAW_CACHE_FREE:
		slab_free(im, ev);
		break;
	case RAW_PAGE_ALLOC:
		import_page_alloc(im, ev);
		break;
	case RAW_PAGE_FREE:
		import_page_free(im, ev);
		break;
	case RAW_COMPACTION_BEGIN:
	case RAW_COMPACTION_END:
		import_compaction(im, ev);
		break;
	case RAW_PERCPU_ALLOC:
		percpu_alloc(im, ev);
		break;
	case RAW_PERCPU_FREE:
		percpu_free(im, ev);
		break;
	default:
		count_event(im, ev);
	}
	if (!ev->softirq && ev->type != RAW_OTHER)
		im->last_event[ev->cpu] =
			(struct import_last_event){ev->pid, ev->type};
	import_bulk_after(im, ev);
}

/* Hand on what was held back until the base was known. */
static void release_held(struct importer *im)
{
	size_t k;

	for (k = 0; k < im->held.nr; k++)
		pair_event(im, &im->held.at[k]);
	VEC_FREE(&im->held);
}

int importer_event(struct importer *im, const struct raw_event *ev)
{
	BUG_ON(ev->cpu >= TRACE_CPUS_MAX);
	if (im->nr_seen++ >= IMPORT_EVENTS_MAX ||
	    im->slots.next >= TRACE_SLOTS_MAX - IMPORT_BULK_MAX)
		return err_set(im->e, -EFBIG,
			       "more events or live objects than an import "
			       "can hold; record a shorter time");
	if (im->nr_seen == 1)
		im->first_ns = ev->time_ns;
	CHECK(ev->time_ns >= im->last_ns || im->nr_seen == 1);
	im->last_ns = ev->time_ns;
	im->counts->events_read++;
	if (ev->cpu >= im->info->nr_cpus)
		im->info->nr_cpus = ev->cpu + 1u;
	if (unlikely(im->too_many))
		return err_set(im->e, -EFBIG, "more than %u kmem_caches",
			       TRACE_CACHES_MAX);
	if (likely(im->base_settled)) {
		pair_event(im, ev);
		return 0;
	}
	*VEC_PUSH(&im->held) = *ev;
	import_base_vote(im, ev);
	if (im->held.nr >= IMPORT_VOTE_EVENTS)
		import_base_settle(im);
	if (im->base_settled)
		release_held(im);
	return 0;
}

void importer_init(struct importer *im, struct trace_info *info, struct err *e)
{
	memset(im, 0, sizeof(*im));
	im->info = info;
	im->page_shift = IMPORT_PAGE_SHIFT;
	im->counts = &info->counts;
	im->e = e;
	u64map_init(&im->objects, 16);
	u64map_init(&im->frames, 14);
	u64map_init(&im->percpu, 6);
	u64map_init(&im->kind_of, 10);
	u64map_init(&im->cache_of, 10);
	u64map_init(&im->site_of, 10);
	u64map_init(&im->task_of, 10);
	u64map_init(&im->gfp_of, 8);
	u64map_init(&im->compacting, 6);
	u64map_init(&im->array_of, 6);
	u64map_init(&im->unknown_of, 6);
}

void importer_free(struct importer *im)
{
	u32 k;

	for (k = 0; k <= IMPORT_ORDER_MAX; k++)
		VEC_FREE(&im->moved[k].recs);
	VEC_FREE(&im->recs);
	VEC_FREE(&im->early);
	VEC_FREE(&im->kinds);
	VEC_FREE(&im->caches);
	VEC_FREE(&im->slots.spare);
	VEC_FREE(&im->held);
	VEC_FREE(&im->unknown);
	VEC_FREE(&im->freers);
	VEC_FREE(&im->gone);
	VEC_FREE(&im->arrays);
	VEC_FREE(&im->looks);
	for (k = 0; k < TRACE_CPUS_MAX; k++)
		VEC_FREE(&im->bulk[k].freed);
	u64map_free(&im->objects);
	u64map_free(&im->frames);
	u64map_free(&im->percpu);
	u64map_free(&im->kind_of);
	u64map_free(&im->cache_of);
	u64map_free(&im->site_of);
	u64map_free(&im->task_of);
	u64map_free(&im->gfp_of);
	u64map_free(&im->compacting);
	u64map_free(&im->array_of);
	u64map_free(&im->unknown_of);
}

/* Objects and pages that no event freed. */
static u64 count_live(const struct u64map *m)
{
	u64 live = 0;
	u64 k;

	for (k = 0; k <= m->mask; k++)
		live += m->at[k].key && m->at[k].b != IMPORT_NO_SLOT;
	return live;
}

/* The notes go; what is left is what trace.h promises. */
static void finish_record(const struct importer *im, struct trace_rec *r)
{
	bool cached = r->op == TRACE_CACHE_ALLOC;
	u16 cid = r->cache;

	r->name = 0;
	r->cache = 0;
	if (cached) {
		if (!(r->flags & TRACE_EARLY))
			r->align = 0;
		r->cache = im->caches.at[cid].cid;
	}
}

/* Squeezes the dropped records out; returns how many are left. */
static u64 keep_records(struct importer *im)
{
	u64 nr = 0;
	size_t k;

	for (k = 0; k < im->recs.nr; k++)
		if (im->recs.at[k].op != IMPORT_OP_DROPPED)
			im->recs.at[nr++] = im->recs.at[k];
	return nr;
}

/* The same of those before the start. */
static void drop_early(struct importer *im)
{
	size_t nr = 0;

	for (size_t k = 0; k < im->early.nr; k++)
		if (im->early.at[k].op != IMPORT_OP_DROPPED)
			im->early.at[nr++] = im->early.at[k];
	im->early.nr = nr;
}

int importer_finish(struct importer *im, struct imported *out)
{
	u64 head;
	u64 nr;
	size_t k;

	if (!im->base_settled) {
		import_base_settle(im);
		release_held(im);
	}
	if (im->too_many)
		return err_set(im->e, -EFBIG, "more than %u kmem_caches",
			       TRACE_CACHES_MAX);
	if (!im->nr_seen)
		return err_set(im->e, -EINVAL, "no events in it");
	im->counts->never_freed = count_live(&im->objects);
	import_unknown_finish(im);
	import_phase(im);
	import_resolve_caches(im);
	import_kfree_rcu(im);
	nr = keep_records(im);
	drop_early(im);
	head = import_nr_creates(im) + im->early.nr;
	out->recs =
		xreallocarray(im->recs.at, head + nr + 1, sizeof(*out->recs));
	im->recs.at = NULL;
	memmove(out->recs + head, out->recs, nr * sizeof(*out->recs));
	import_create_caches(im, out->recs);
	head -= im->early.nr;
	for (k = 0; k < im->early.nr; k++) {
		out->recs[head] = im->early.at[k];
		finish_record(im, &out->recs[head++]);
	}
	for (k = 0; k < nr; k++)
		finish_record(im, &out->recs[head + k]);
	nr += head;
	out->nr_recs = nr;
	im->info->nr_events = nr;
	im->info->nr_slots = im->slots.next;
	im->info->duration_ns = im->last_ns - im->first_ns;
	return 0;
}
