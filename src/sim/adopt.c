/*
 * adopt.c - objects that were there before the recording began: the trace
 * frees them, the snapshot has them, so replay takes one of its cache.
 */
#include "mm/page_alloc.h"
#include "sim/before.h"
#include "sim/sim_priv.h"

static void fill_slot(struct sim *s, const struct trace_rec *r,
		      enum slot_kind kind, u32 cache, u32 size, u64 addr)
{
	struct usage *u;
	u64 got = cache != SLOT_NO_CACHE ? s->mm->caches[cache]->size : size;

	s->slots[r->slot] = (struct slot){
		.place = slot_place(addr, r->site),
		.size = size,
		.cache = (u16)cache,
		.kind = (u8)kind,
		.order = r->order,
	};
	/* Alive from the start, but no allocation of this run. */
	u = &s->metrics.by_site[r->site];
	u->adopted++;
	u->live_req_bytes += size;
	u->live_alloc_bytes += got;
	u->peak_live_alloc_bytes =
		MAX(u->peak_live_alloc_bytes, u->live_alloc_bytes);
	if (cache == SLOT_NO_CACHE)
		return;
	u = &s->metrics.by_cache[cache];
	u->adopted++;
	u->live_req_bytes += size;
	u->live_alloc_bytes += got;
	u->peak_live_alloc_bytes =
		MAX(u->peak_live_alloc_bytes, u->live_alloc_bytes);
}

/* The node of the memory that @r was in, else that of its CPU. */
static u32 node_of(const struct sim *s, const struct trace_rec *r)
{
	u64 pfn = r->align ? ((u64)r->align - 1) * TRACE_PLACE_PAGES : 0;

	for (u32 i = 0; r->align && i < s->mm->nr_zones; i++) {
		const struct zone *zone = &s->mm->zones[i];

		/* A zone may begin within the first of these blocks. */
		if (pfn + TRACE_PLACE_PAGES > zone->zone_start_pfn &&
		    pfn < zone->zone_start_pfn + zone->spanned_pages)
			return zone->node;
	}
	return s->cpu_node[s->machine.cpu];
}

static u64 adopt_object(struct sim *s, const struct trace_rec *r,
			const struct kmem_cache *cache, enum slot_kind kind,
			u32 size)
{
	u64 addr = cache ? before_adopt_object(s->before, cache->idx,
					       node_of(s, r))
			 : 0;

	if (!addr)
		return OP_FAILED;
	fill_slot(s, r, kind, cache->idx, size, addr);
	return addr;
}

u64 replay_adopt(struct sim *s, const struct trace_rec *r)
{
	const struct kmem_cache *cache;
	u64 addr;

	if (!s->before)
		return OP_FAILED;
	switch (r->op) {
	case TRACE_CACHE_ALLOC:
		cache = s->caches[r->cache];
		return adopt_object(s, r, cache, SLOT_CACHE,
				    cache ? cache->object_size : 0);
	case TRACE_KMALLOC:
		return adopt_object(s, r, kmalloc_slab(s->mm, r->size, r->gfp),
				    SLOT_KMALLOC, r->size);
	case TRACE_ALLOC_PAGES:
		addr = before_adopt_pages(s->before, r->order, node_of(s, r));
		if (!addr)
			return OP_FAILED;
		fill_slot(s, r, SLOT_PAGES, SLOT_NO_CACHE,
			  (u32)(MM_PAGE_SIZE << r->order), addr);
		s->metrics.live_pages += (u64)1 << r->order;
		s->metrics.live_page_blocks++;
		return addr;
	default:
		return OP_FAILED;
	}
}

/*
 * A page that another node served since its own was short of memory: whether
 * it is here, and what comes of that, is for our machine to find out.
 */
static bool falls_back(const struct sim *s)
{
	const struct pglist_data *own =
		&s->mm->nodes[s->cpu_node[s->machine.cpu]];

	return s->pressure && (own->kswapd_woken || own->kswapd_napping);
}

void replay_place(const struct sim *s, struct trace_rec *r)
{
	/* Its nodes are ours, number by number. */
	if (s->before && r->op == TRACE_ALLOC_PAGES && !falls_back(s))
		r->node = (s16)node_of(s, r);
}
