/*
 * split.c - blocks of pages that are freed in parts, as a huge page after
 * split_huge_page(): no page goes to a free list but those that are freed.
 *
 * The importer tells it as a free of the block and allocations of pieces from
 * the largest on, all flagged; so each piece is cut off at the lower end of
 * what is left, and is aligned to its own size.
 *
 * Invariant: what a CPU has left of a block is allocated and in no slot.
 */
#include "base/xmalloc.h"
#include "mm/page_alloc.h"
#include "sim/oom.h"
#include "sim/pressure.h"
#include "sim/sim_priv.h"

/* What is left of the block that falls into pieces on a CPU. */
struct split {
	u64 pfn;
	u64 end;
	u32 site;
};

/* A recording that breaks off within the pieces: the rest goes back. */
static void free_rest(struct sim *s, struct split *sp)
{
	for (; sp->pfn < sp->end; sp->pfn++)
		free_pages(s->mm, pfn_to_page(s->mm, (pfn_t)sp->pfn), 0);
}

static u64 split_block(struct sim *s, const struct trace_rec *r,
		       struct split *sp)
{
	struct slot o = s->slots[r->slot];
	paddr_t addr = slot_addr(&o);
	struct usage *u = &s->metrics.by_site[slot_site(&o)];

	free_rest(s, sp);
	if (!addr || o.kind != SLOT_PAGES)
		return OP_FAILED;
	s->slots[r->slot] = (struct slot){.kind = SLOT_FREED};
	if (unlikely(s->oom))
		oom_gone(s->oom, r->slot);
	sp->pfn = addr >> PAGE_SHIFT;
	sp->end = sp->pfn + ((u64)1 << o.order);
	sp->site = slot_site(&o);
	split_page(s->mm, pfn_to_page(s->mm, (pfn_t)sp->pfn), o.order);
	u->frees++;
	u->live_req_bytes -= o.size;
	u->live_alloc_bytes -= o.size;
	s->metrics.live_pages -= (u64)1 << o.order;
	s->metrics.live_page_blocks--;
	return addr;
}

static u64 take_piece(struct sim *s, const struct trace_rec *r,
		      struct split *sp)
{
	struct usage *u = &s->metrics.by_site[sp->site];
	struct page *page = pfn_to_page(s->mm, (pfn_t)sp->pfn);
	u64 nr = (u64)1 << r->order;
	paddr_t addr = sp->pfn << PAGE_SHIFT;

	if (r->order >= MAX_ORDER || sp->end - sp->pfn < nr || sp->pfn % nr)
		return OP_FAILED;
	sp->pfn += nr;
	page->order = r->order;
	page->flags = r->order && r->gfp & GFP_COMP ? PG_COMPOUND : 0;
	for (u64 i = 1; i < nr; i++) /* a block again */
		page[i].state = PAGE_UNTOUCHED;
	s->slots[r->slot] = (struct slot){.place = slot_place(addr, sp->site),
					  .size = (u32)(nr << PAGE_SHIFT),
					  .cache = SLOT_NO_CACHE,
					  .kind = SLOT_PAGES,
					  .order = r->order};
	u->allocs++;
	u->live_req_bytes += nr << PAGE_SHIFT;
	u->live_alloc_bytes += nr << PAGE_SHIFT;
	if (unlikely(s->pressure))
		pressure_page(s, r, page);
	s->metrics.live_pages += nr;
	s->metrics.live_page_blocks++;
	return addr;
}

u64 replay_split(struct sim *s, const struct trace_rec *r)
{
	struct split *sp;

	if (!s->splits)
		s->splits = xcalloc(s->config.mm.nr_cpus, sizeof(*s->splits));
	sp = &s->splits[s->machine.cpu];
	if (r->op == TRACE_FREE_PAGES)
		return split_block(s, r, sp);
	if (r->op == TRACE_ALLOC_PAGES)
		return take_piece(s, r, sp);
	return OP_FAILED;
}
