/*
 * pages.c - page events: which of them the replay must do, and which it will
 * do by itself.
 *
 * The simulated allocators take their own slab pages, so a recorded page
 * allocation whose page then holds slab objects must not be replayed; nor the
 * one behind a large kmalloc.  An address tells its pfn once the base of the
 * direct map is known:  base = address - pfn * 4096.  Each slab or kmalloc
 * event that follows a page allocation of the same task on the same CPU
 * votes for the base that it would mean; new slabs and large kmallocs vote
 * alike, everything else disagrees.  When addresses are hashed there is no
 * base, and only the order of events and the flags that slabs allocate with
 * (__GFP_NOWARN|__GFP_NORETRY) tell.
 *
 * A frame's entry in importer.frames is:
 *
 *	FREE	nothing known alive; "seen before" stays answerable
 *	BLOCK	the head of a live block of 2^order pages; a = its record;
 *		PART when it is what is left of a larger one
 *	SLAB	holds slab objects of cache .b >> 16; a head knows its order
 *	LARGE	the head of the pages of a large kmalloc
 *
 * Invariant: no two live blocks overlap.
 */
#include "trace/importer.h"

#include "base/bug.h"

#include <string.h>

enum frame_state {
	FRAME_FREE,
	FRAME_BLOCK,
	FRAME_SLAB,
	FRAME_LARGE
};

#define FRAME_STATE(b)	    ((b)&3u)
#define FRAME_ORDER(b)	    ((b) >> 2 & 63u)
#define FRAME_RECLAIMABLE   0x100u
#define FRAME_PART	    0x200u /* what a split left */
#define FRAME_CACHE(b)	    ((b) >> 16)
#define FRAME(state, order) ((u32)(state) | (u32)(order) << 2)
#define FRAME_WITH_CACHE(c) ((u32)(c) << 16)
#define BASE_VOTES_ENOUGH   24u
#define BASE_VOTES_LEAST    3u
#define SLAB_GFP	    (GFP_NOWARN | GFP_NORETRY)
#define HUGE_ORDER	    9u
#define BOOT_NS		    1000000u /* a recording that starts so early */

/* The direct map's base */

static u32 order_of(const struct importer *im, u64 bytes)
{
	u32 order = 0;

	while ((1ull << im->page_shift << order) < bytes)
		order++;
	return order;
}

static bool pages_make_sense(const struct raw_event *ev)
{
	return ev->ptr && ev->ptr < IMPORT_PFN_MAX &&
	       ev->order <= IMPORT_ORDER_MAX;
}

static bool is_slab_alloc(const struct raw_event *ev)
{
	return ev->type <= RAW_CACHE_ALLOC_NODE;
}

static void vote(struct importer *im, u64 base)
{
	u32 most = 0;
	u32 second = 0;
	u32 best = 0;
	u32 k;

	for (k = 0; k < im->nr_cands && im->cands[k].base != base; k++)
		;
	if (k == IMPORT_BASE_CANDS)
		return;
	if (k == im->nr_cands) {
		im->cands[im->nr_cands].base = base;
		im->cands[im->nr_cands++].nr = 0;
	}
	im->cands[k].nr++;
	for (k = 0; k < im->nr_cands; k++) {
		if (im->cands[k].nr > most) {
			second = most;
			most = im->cands[k].nr;
			best = k;
		} else {
			second = MAX(second, im->cands[k].nr);
		}
	}
	im->base = im->cands[best].base;
	im->base_known = most >= BASE_VOTES_LEAST && most >= 2 * second;
	if (most >= BASE_VOTES_ENOUGH && im->base_known)
		im->base_settled = true;
}

void import_base_vote(struct importer *im, const struct raw_event *ev)
{
	struct import_last_page *last = &im->last_page[ev->cpu];

	if (im->hashed) {
		im->base_settled = true;
		im->base_known = false;
	} else if (ev->type == RAW_PAGE_ALLOC) {
		last->pfn = ev->ptr;
		last->order = ev->order;
		last->pid = ev->pid;
		last->pending = pages_make_sense(ev);
	} else if (is_slab_alloc(ev) && last->pending) {
		u64 size = 1ull << im->page_shift << last->order;

		last->pending = false;
		if (last->pid == ev->pid && ev->ptr > 16)
			vote(im, (ev->ptr & ~(size - 1)) -
					 (last->pfn << im->page_shift));
	}
}

void import_base_settle(struct importer *im)
{
	im->base_settled = true;
	memset(im->last_page, 0, sizeof(im->last_page));
}

/* The key in importer.frames.  Without a base the keys of addresses and of
 * pfns do not meet. */
u64 import_page_key(const struct importer *im, u64 ptr)
{
	if (im->base_known && ptr >= im->base)
		return ((ptr - im->base) >> im->page_shift) + 1;
	return (ptr >> im->page_shift) + 1;
}

/* Blocks */

/* The live head whose block holds frame @key, not @key itself. */
static struct u64map_entry *block_around(const struct importer *im, u64 key,
					 u32 max_order)
{
	u64 pfn = key - 1;
	u32 k;

	for (k = 1; k <= max_order; k++) {
		u64 head = pfn & ~((1ull << k) - 1);
		struct u64map_entry *f;

		if (head == pfn)
			continue;
		f = u64map_get(&im->frames, head + 1);
		if (f && FRAME_STATE(f->b) != FRAME_FREE &&
		    FRAME_ORDER(f->b) >= k)
			return f;
	}
	return NULL;
}

/* The page belongs to the recorded slab allocator: forget its record. */
static u32 drop_block(struct importer *im, struct u64map_entry *f,
		      enum frame_state now)
{
	struct trace_rec *r = &im->recs.at[f->a];
	u32 reclaimable = r->gfp & GFP_RECLAIMABLE ? FRAME_RECLAIMABLE : 0;

	CHECK(FRAME_STATE(f->b) == FRAME_BLOCK);
	CHECK(r->op == TRACE_ALLOC_PAGES);
	r->op = IMPORT_OP_DROPPED;
	import_slot_put(im, r->slot);
	f->b = FRAME(now, FRAME_ORDER(f->b)) | reclaimable |
	       FRAME_WITH_CACHE(IMPORT_CACHE_NONE);
	return reclaimable;
}

static void free_block(struct importer *im, const struct raw_event *ev,
		       struct u64map_entry *f, u8 flags)
{
	u32 slot = im->recs.at[f->a].slot;

	import_push(im, ev, TRACE_FREE_PAGES, slot)->flags = flags;
	import_slot_put(im, slot);
	f->b = FRAME(FRAME_FREE, 0);
}

/*
 * Who allocated pages without an event: kernel stacks, from the lists of a
 * CPU of the node that the pages are of; @cpu freed them.
 */
static u32 cpu_at(const struct trace_memory *m, u32 cpu, u64 pfn)
{
	for (u32 i = 0; m && i < m->nr_ranges; i++) {
		if (pfn < m->ranges[i].start_pfn || pfn >= m->ranges[i].end_pfn)
			continue;
		if (cpu < m->nr_cpus && m->cpu_to_node[cpu] == m->ranges[i].nid)
			return cpu;
		for (u32 c = 0; c < m->nr_cpus; c++)
			if (m->cpu_to_node[c] == m->ranges[i].nid)
				return c;
	}
	return cpu;
}

/* Did another node than that of the CPU serve this allocation? */
static bool is_elsewhere(const struct trace_memory *m, u32 cpu, u64 pfn)
{
	for (u32 i = 0; m && cpu < m->nr_cpus && i < m->nr_ranges; i++)
		if (pfn >= m->ranges[i].start_pfn && pfn < m->ranges[i].end_pfn)
			return m->ranges[i].nid != m->cpu_to_node[cpu];
	return false;
}

/*
 * Huge pages are often asked for on another node than the CPU's (khugepaged,
 * memory policies), and each one counts.  Others are only when the machine is
 * known.
 */
static void place_block(const struct importer *im, const struct raw_event *ev,
			struct trace_rec *r, u64 pfn)
{
	if (r->order < HUGE_ORDER && !is_elsewhere(im->memory, ev->cpu, pfn))
		return;
	r->align = 1 + (u32)(pfn / TRACE_PLACE_PAGES);
	r->flags |= TRACE_PLACED;
}

static void make_block(struct importer *im, const struct raw_event *ev, u64 pfn,
		       u32 order, const struct trace_rec *like)
{
	struct u64map_entry *f;
	struct trace_rec *r;
	bool fresh;

	f = u64map_put(&im->frames, pfn + 1, &fresh);
	f->a = (u32)im->recs.nr;
	f->b = FRAME(FRAME_BLOCK, order);
	r = import_push(im, ev, TRACE_ALLOC_PAGES, import_slot_get(im));
	r->order = (u8)order;
	if (like) {
		r->gfp = like->gfp;
		r->node = like->node;
		r->task = like->task;
		r->flags = TRACE_IMPLIED | TRACE_SPLIT;
		f->b |= FRAME_PART;
	} else {
		r->gfp = ev->gfp;
		place_block(im, ev, r, pfn);
	}
}

/*
 * A part [pfn, pfn + 2^order) of the block of @f is freed: the block becomes
 * the buddies that are left.
 */
static void split_block(struct importer *im, const struct raw_event *ev,
			struct u64map_entry *f, u64 pfn, u32 order, u8 flags)
{
	struct trace_rec like = im->recs.at[f->a];
	u64 head = f->key - 1;
	u32 k = FRAME_ORDER(f->b);

	/* The rest of a block whose first part was counted is the same. */
	im->counts->split_frees += !(f->b & FRAME_PART);
	free_block(im, ev, f, TRACE_IMPLIED | TRACE_SPLIT);
	while (k > order) {
		k--;
		if (pfn >= head + (1ull << k)) {
			make_block(im, ev, head, k, &like);
			head += 1ull << k;
		} else {
			make_block(im, ev, head + (1ull << k), k, &like);
		}
	}
	make_block(im, ev, pfn, order, &like);
	free_block(im, ev, u64map_get(&im->frames, pfn + 1), flags);
}

/* Frees what is alive in [pfn, pfn + 2^order), its head apart. */
static u32 free_inside(struct importer *im, const struct raw_event *ev, u64 pfn,
		       u32 order)
{
	u32 freed = 0;
	u64 k;

	for (k = 1; k < 1ull << order; k++) {
		struct u64map_entry *f = u64map_get(&im->frames, pfn + k + 1);

		if (!f || FRAME_STATE(f->b) == FRAME_FREE)
			continue;
		if (FRAME_STATE(f->b) == FRAME_BLOCK) {
			free_block(im, ev, f, TRACE_IMPLIED);
			freed++;
		} else {
			f->b = FRAME(FRAME_FREE, 0);
		}
	}
	return freed;
}

void import_page_alloc(struct importer *im, const struct raw_event *ev)
{
	struct u64map_entry *f;
	struct u64map_entry *around;

	if (!pages_make_sense(ev)) {
		im->counts->events_skipped++; /* it failed */
		return;
	}
	im->counts->page_allocs++;
	import_vmalloc_single(im, ev);
	f = u64map_get(&im->frames, ev->ptr + 1);
	around = block_around(im, ev->ptr + 1, IMPORT_ORDER_MAX);
	if (around && FRAME_STATE(around->b) == FRAME_BLOCK) {
		im->counts->implied_page_frees++;
		around->b |= FRAME_PART; /* no free that was recorded */
		split_block(im, ev, around, ev->ptr, 0, TRACE_IMPLIED);
		f = u64map_get(&im->frames, ev->ptr + 1);
	} else if (around) {
		around->b = FRAME(FRAME_FREE, 0);
	}
	if (f && FRAME_STATE(f->b) == FRAME_BLOCK) {
		im->counts->implied_page_frees++;
		free_block(im, ev, f, TRACE_IMPLIED);
	}
	im->counts->implied_page_frees +=
		free_inside(im, ev, ev->ptr, ev->order);
	im->last_page[ev->cpu] = (struct import_last_page){
		.pfn = ev->ptr,
		.rec = (u32)im->recs.nr,
		.pid = ev->pid,
		.order = ev->order,
		.pending = true,
	};
	make_block(im, ev, ev->ptr, ev->order, NULL);
}

/* Compaction */

void import_compaction(struct importer *im, const struct raw_event *ev)
{
	struct u64map_entry *task;
	bool fresh;

	task = u64map_put(&im->compacting, (u64)ev->pid + 1, &fresh);
	task->a = ev->type == RAW_COMPACTION_BEGIN;
	im->counts->events_skipped++;
}

static bool is_compacting(const struct importer *im, const struct raw_event *ev)
{
	const struct u64map_entry *task;

	if (!im->compacting.nr)
		return false;
	task = u64map_get(&im->compacting, (u64)ev->pid + 1);
	return task && task->a;
}

/*
 * Compaction has copied the page elsewhere and frees the old place.  The new
 * one came straight from the buddy lists, as when a CPU's list is locked; the
 * old one goes to that list.  To us the page stays what it is, so another
 * takes that way.
 */
static void move_block(struct importer *im, const struct raw_event *ev,
		       struct u64map_entry *f)
{
	struct trace_rec like = im->recs.at[f->a];
	u32 order = FRAME_ORDER(f->b);
	u32 slot = import_slot_get(im);
	struct trace_rec *r;

	im->counts->moved_pages += 1ull << order;
	*VEC_PUSH(&im->moved[order].recs) = f->a;
	f->b = FRAME(FRAME_FREE, 0);
	r = import_push(im, ev, TRACE_ALLOC_PAGES, slot);
	r->order = (u8)order;
	r->gfp = like.gfp;
	r->flags = TRACE_IMPLIED | TRACE_IN_FLUSH;
	import_push(im, ev, TRACE_FREE_PAGES, slot)->flags = TRACE_IMPLIED;
	import_slot_put(im, slot);
}

/* A page freed at a place where none was: one that was moved there? */
static bool free_moved(struct importer *im, const struct raw_event *ev)
{
	struct import_moved *moved = &im->moved[ev->order];
	u32 alloc;
	u32 slot;

	if (moved->head == moved->recs.nr)
		return false;
	alloc = moved->recs.at[moved->head++];
	slot = im->recs.at[alloc].slot;
	import_vfree_page(im, ev,
			  (struct import_unseen){.alloc = alloc,
						 .freed = (u32)im->recs.nr,
						 .was = IMPORT_WAS_MOVED});
	import_push(im, ev, TRACE_FREE_PAGES, slot);
	import_slot_put(im, slot);
	return true;
}

/* Frees */

/*
 * Memory that the kernel begins with, as it goes to the page allocator: blocks
 * by memblock and the threads that make a node's struct pages.  What is freed
 * page by page otherwise (the initramfs, the kernel's own first code) goes the
 * way of all pages.
 */
static bool is_of_boot(const struct importer *im, const struct raw_event *ev)
{
	const char *task = im->info->tasks.at[ev->task];

	return im->first_ns < BOOT_NS &&
	       (ev->order || !strncmp(task, "pgdatinit", 9) ||
		!strncmp(task, "swapper/", 8));
}

static void free_unknown_pages(struct importer *im, const struct raw_event *ev,
			       bool seen)
{
	struct import_unseen u = {.was = seen ? IMPORT_WAS_IMPLIED
					      : IMPORT_WAS_EARLY};
	struct trace_rec *r;
	u32 slot;

	u.alloc = (u32)(seen ? im->recs.nr : im->early.nr);
	if (is_compacting(im, ev)) {
		/* A free page that compaction had taken and gives back. */
		im->counts->events_skipped++;
		return;
	}
	if (free_moved(im, ev))
		return;
	if (seen) {
		im->counts->implied_page_allocs++;
		slot = import_slot_get(im);
		r = import_push(im, ev, TRACE_ALLOC_PAGES, slot);
		r->flags = TRACE_IMPLIED;
		r->cpu = (u16)cpu_at(im->memory, ev->cpu, ev->ptr);
	} else {
		im->counts->page_frees_before_start++;
		if (is_of_boot(im, ev))
			return;
		slot = im->slots.next++;
		r = import_push_early(im, ev, TRACE_ALLOC_PAGES, slot);
		r->align = 1 + (u32)(ev->ptr / TRACE_PLACE_PAGES);
	}
	r->order = ev->order;
	r->gfp = ev->order ? GFP_KERNEL | GFP_COMP : GFP_HIGHUSER_MOVABLE;
	u.freed = (u32)im->recs.nr;
	import_vfree_page(im, ev, u);
	import_push(im, ev, TRACE_FREE_PAGES, slot);
	import_slot_put(im, slot);
}

/*
 * The slab at @pfn is given back, so none of its objects can be alive: those
 * that seem to be were freed without an event (kfree_rcu).
 */
static void free_slab_objects(struct importer *im, const struct raw_event *ev,
			      u32 cache)
{
	u64 start = im->base + (ev->ptr << im->page_shift);
	u64 end = start + (1ull << im->page_shift << ev->order);
	u32 size;
	u64 ptr;

	if (!im->base_known || cache == IMPORT_CACHE_NONE)
		return;
	size = import_cache_slot_size(im, cache);
	if (size < IMPORT_SLOT_MIN)
		return;
	for (ptr = start; ptr + size <= end; ptr += size)
		import_free_unseen(im, ev, ptr);
}

/* Slab pages among [pfn, pfn + 2^order): the slab allocator gave them back. */
static bool free_slab_pages(struct importer *im, const struct raw_event *ev)
{
	u64 nr = ev->order <= IMPORT_SLAB_ORDER ? 1ull << ev->order : 1;
	u32 cache = IMPORT_CACHE_NONE;
	bool slab = false;
	u64 k;

	for (k = 0; k < nr; k++) {
		struct u64map_entry *f =
			u64map_get(&im->frames, ev->ptr + k + 1);

		if (!f || FRAME_STATE(f->b) < FRAME_SLAB)
			continue;
		if (FRAME_STATE(f->b) == FRAME_SLAB &&
		    FRAME_CACHE(f->b) != IMPORT_CACHE_NONE)
			cache = FRAME_CACHE(f->b);
		import_unknown_forget(im, f->key);
		f->b = FRAME(FRAME_FREE, 0);
		slab = true;
	}
	if (slab)
		free_slab_objects(im, ev, cache);
	return slab;
}

void import_page_free(struct importer *im, const struct raw_event *ev)
{
	struct u64map_entry *f;
	struct u64map_entry *around;
	bool fresh;

	if (!pages_make_sense(ev)) {
		im->counts->events_skipped++;
		return;
	}
	im->counts->page_frees++;
	if (free_slab_pages(im, ev))
		return;
	f = u64map_put(&im->frames, ev->ptr + 1, &fresh);
	if (FRAME_STATE(f->b) == FRAME_BLOCK) {
		if (FRAME_ORDER(f->b) > ev->order) {
			split_block(im, ev, f, ev->ptr, ev->order, 0);
			return;
		}
		if (is_compacting(im, ev))
			move_block(im, ev, f);
		else
			free_block(im, ev, f, 0);
		free_inside(im, ev, ev->ptr, ev->order);
		return;
	}
	around = block_around(im, ev->ptr + 1, IMPORT_ORDER_MAX);
	if (around && FRAME_STATE(around->b) == FRAME_BLOCK)
		split_block(im, ev, around, ev->ptr, ev->order, 0);
	else if (!around)
		free_unknown_pages(im, ev, !fresh);
}

/* Slab objects and large kmallocs */

/* The block of a page that turns out to hold slab objects. */
static void claim_block(struct importer *im, struct u64map_entry *f, u64 key,
			u32 *marks)
{
	struct u64map_entry *head = f;

	if (FRAME_STATE(f->b) != FRAME_BLOCK)
		head = block_around(im, key, IMPORT_SLAB_ORDER);
	if (!head)
		return;
	if (FRAME_STATE(head->b) == FRAME_BLOCK &&
	    FRAME_ORDER(head->b) <= IMPORT_SLAB_ORDER) {
		im->counts->pages_of_slabs++;
		drop_block(im, head, FRAME_SLAB);
	}
	*marks = head->b & FRAME_RECLAIMABLE;
}

/* With hashed addresses: the page that this new slab was made of. */
static void claim_last_page(struct importer *im, const struct raw_event *ev)
{
	struct import_last_page *last = &im->last_page[ev->cpu];
	struct u64map_entry *f;

	if (!last->pending || last->pid != ev->pid || !is_slab_alloc(ev))
		return;
	f = u64map_get(&im->frames, last->pfn + 1);
	if (!f || FRAME_STATE(f->b) != FRAME_BLOCK || f->a != last->rec ||
	    (im->recs.at[f->a].gfp & (SLAB_GFP | GFP_MOVABLE)) != SLAB_GFP)
		return;
	im->counts->pages_of_slabs++;
	drop_block(im, f, FRAME_SLAB);
}

void import_touch(struct importer *im, const struct raw_event *ev, u64 ptr,
		  u32 cache)
{
	u64 key = import_page_key(im, ptr);
	struct u64map_entry *f;
	u32 marks = 0;
	bool fresh;

	if (im->hashed) {
		claim_last_page(im, ev);
		return;
	}
	if (!im->base_known)
		claim_last_page(im, ev);
	f = u64map_put(&im->frames, key, &fresh);
	if (FRAME_STATE(f->b) != FRAME_SLAB) {
		claim_block(im, f, key, &marks);
		if (FRAME_STATE(f->b) != FRAME_SLAB)
			f->b = FRAME(FRAME_SLAB, 0) | marks |
			       FRAME_WITH_CACHE(IMPORT_CACHE_NONE);
	}
	if (cache == IMPORT_CACHE_NONE || FRAME_CACHE(f->b) == cache)
		return;
	if (FRAME_CACHE(f->b) == IMPORT_CACHE_NONE)
		import_unknown_told(im, key, cache);
	f->b = (f->b & 0xffffu) | FRAME_WITH_CACHE(cache);
	if (f->b & FRAME_RECLAIMABLE && !im->caches.at[cache].kmalloc)
		im->caches.at[cache].flags |= SLAB_RECLAIM_ACCOUNT;
}

u32 import_place(const struct importer *im, u64 ptr)
{
	if (im->hashed || !im->base_known || ptr < im->base)
		return 0;
	return 1 +
	       (u32)((ptr - im->base) >> im->page_shift) / TRACE_PLACE_PAGES;
}

u32 import_touched_cache(const struct importer *im, u64 ptr)
{
	const struct u64map_entry *f;

	if (im->hashed)
		return IMPORT_CACHE_NONE;
	f = u64map_get(&im->frames, import_page_key(im, ptr));
	if (!f || FRAME_STATE(f->b) != FRAME_SLAB)
		return IMPORT_CACHE_NONE;
	return FRAME_CACHE(f->b);
}

void import_large(struct importer *im, const struct raw_event *ev)
{
	struct import_last_page *last = &im->last_page[ev->cpu];
	struct u64map_entry *f;

	f = im->base_known
		    ? u64map_get(&im->frames, import_page_key(im, ev->ptr))
		    : NULL;
	if (!f && last->pending && last->pid == ev->pid &&
	    last->order == order_of(im, ev->bytes_alloc))
		f = u64map_get(&im->frames, last->pfn + 1);
	if (!f || FRAME_STATE(f->b) != FRAME_BLOCK)
		return;
	im->counts->pages_of_large_kmalloc++;
	drop_block(im, f, FRAME_LARGE);
}
