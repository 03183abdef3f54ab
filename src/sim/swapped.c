#include "sim/swapped.h"

#include "base/bug.h"
#include "mm/lru.h"
#include "mm/swap.h"
#include "sim/oom.h"

void swapped_out(struct sim *s, pfn_t pfn, u32 owner, u32 swap_slot)
{
	struct metrics *m = &s->metrics;
	struct slot *o;
	struct usage *u;

	if (owner == LRU_NO_OWNER)
		return;
	o = &s->slots[owner];
	if (o->kind != SLOT_PAGES || slot_addr(o) >> PAGE_SHIFT != pfn)
		return;
	oom_swap(s->oom, owner, OOM_SWAPPED);
	u = &m->by_site[slot_site(o)];
	u->live_req_bytes -= o->size;
	u->live_alloc_bytes -= o->size;
	m->live_pages -= (u64)1 << o->order;
	m->live_page_blocks--;
	o->kind = SLOT_SWAPPED;
	o->size = swap_slot;
}

void swapped_free(struct sim *s, u32 slot)
{
	struct slot *o = &s->slots[slot];

	BUG_ON(o->kind != SLOT_SWAPPED);
	oom_gone(s->oom, slot);
	swap_free(s->mm, o->size, 1u << o->order);
	s->metrics.by_site[slot_site(o)].frees++;
	*o = (struct slot){.kind = SLOT_FREED};
}

bool swapped_in(struct sim *s, u32 slot)
{
	struct metrics *m = &s->metrics;
	struct slot *o = &s->slots[slot];
	struct usage *u;
	struct page *page;
	gfp_t gfp = GFP_HIGHUSER | GFP_MOVABLE;

	BUG_ON(o->kind != SLOT_SWAPPED);
	if (o->order)
		gfp |= GFP_COMP;
	page = swap_in(s->mm, o->size, o->order, gfp, slot);
	/* Somebody may have been killed for it: the slot's own task. */
	if (!page || o->kind != SLOT_SWAPPED)
		return false;
	u = &m->by_site[slot_site(o)];
	o->kind = SLOT_PAGES;
	o->size = (u32)MM_PAGE_SIZE << o->order;
	o->place = slot_place(page_to_paddr(s->mm, page), slot_site(o));
	oom_swap(s->oom, slot, OOM_RSS);
	u->live_req_bytes += o->size;
	u->live_alloc_bytes += o->size;
	u->peak_live_alloc_bytes =
		MAX(u->peak_live_alloc_bytes, u->live_alloc_bytes);
	m->live_pages += (u64)1 << o->order;
	m->live_page_blocks++;
	return true;
}

void swapped_not(struct sim *s, paddr_t addr)
{
	struct page *page = pfn_to_page(s->mm, (pfn_t)(addr >> PAGE_SHIFT));

	if (page->flags & PG_ON_LRU)
		set_page_lru_flag(page, LRU_REFERENCED);
}
