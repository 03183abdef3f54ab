/*
 * replay_percpu.c - per-CPU areas of a trace.  A slot names an area by its
 * chunk and its offset there.
 */
#include "mm/percpu.h"

#include "base/bug.h"
#include "sim/swapped.h"

#include <stdio.h>

static u64 place_of(const struct pcpu_area *a)
{
	return (u64)(a->chunk->id + 1) << PERCPU_PLACE_BITS | a->offset;
}

static struct pcpu_area area_of(const struct sim *s, const struct slot *o)
{
	u64 place = slot_addr(o);
	u64 id = (place >> PERCPU_PLACE_BITS) - 1;

	BUG_ON(id >= s->percpu->by_id.nr);
	return (struct pcpu_area){s->percpu->by_id.at[id],
				  (u32)place & PERCPU_PLACE_MASK, o->size};
}

void percpu_run_balance(struct sim *s)
{
	u32 cpu = s->machine.cpu;

	s->machine.cpu = s->percpu->balance_cpu;
	percpu_balance(s->percpu);
	s->machine.cpu = cpu;
}

/* On a recorded machine one thread a CPU performs the operations, in turn: a
 * CPU that is passed by lets its kworker run. */
static void turn_of_others(struct sim *s)
{
	if (s->from_state && s->percpu->balance_scheduled &&
	    s->percpu->balance_cpu != s->machine.cpu)
		percpu_run_balance(s);
}

static u64 do_alloc(struct sim *s, const struct trace_rec *r)
{
	gfp_t gfp = r->gfp ? r->gfp : GFP_KERNEL;
	struct pcpu_area a =
		r->order ? alloc_reserved_percpu(s->percpu, r->size, r->align,
						 gfp)
			 : alloc_percpu_gfp(s->percpu, r->size, r->align, gfp);

	if (!a.chunk) {
		replay_failed(s, r, r->size, NULL);
		return OP_FAILED;
	}
	s->slots[r->slot] = (struct slot){
		.place = slot_place(place_of(&a), r->site),
		.size = r->size,
		.cache = SLOT_NO_CACHE,
		.kind = SLOT_PERCPU,
	};
	s->metrics.by_site[r->site].allocs++;
	sample_peak(s);
	if (unlikely(s->cpucache))
		replay_zero_percpu(s, &s->slots[r->slot]);
	return place_of(&a);
}

static u64 do_free(struct sim *s, const struct trace_rec *r)
{
	struct slot *o = &s->slots[r->slot];
	u64 place = slot_addr(o);

	s->metrics.by_site[slot_site(o)].frees++;
	free_percpu(s->percpu, area_of(s, o));
	*o = (struct slot){.kind = SLOT_FREED};
	return place;
}

void percpu_count(const struct percpu *p, struct percpu_usage *u)
{
	*u = (struct percpu_usage){.nr_alloc = p->nr_alloc,
				   .nr_free = p->nr_free,
				   .nr_chunks = p->nr_chunks,
				   .populated_pages = p->nr_populated,
				   .bytes_requested = p->bytes_requested,
				   .unit_bytes = p->unit_bytes,
				   .vmalloc_pages = vmspace_pages(p->vm)};
	if (p->reserved_chunk) {
		u->reserved_bytes = p->reserved_bytes;
		u->reserved_free_bytes = (u32)p->reserved_chunk->free_bytes;
	}
	for (size_t i = 0; i < p->by_id.nr; i++) {
		const struct pcpu_chunk *c = p->by_id.at[i];
		u64 largest;

		if (c == p->reserved_chunk)
			continue;
		largest = c ? (u64)c->chunk_md.contig_hint * PCPU_MIN_ALLOC_SIZE
			    : 0;

		u->free_bytes += c ? (u64)c->free_bytes : 0;
		u->largest_free_bytes = MAX(u->largest_free_bytes, largest);
	}
}

/* A mistake of the trace: a kernel would say "scheduling while atomic". */
static void preempt_bug(struct sim *s)
{
	if (!s->metrics.nr_preempt_bugs++)
		s->metrics.first_preempt_bug = s->record;
}

static u64 do_get(struct sim *s, const struct trace_rec *r)
{
	u16 *depth = &s->cpu_vars[s->machine.cpu];

	if (s->slots[r->slot].kind != SLOT_PERCPU || *depth == UINT16_MAX) {
		replay_failed(s, r, 0, NULL);
		return OP_FAILED;
	}
	if (!(*depth)++)
		s->nr_cpu_vars++;
	return OP_DONE;
}

static u64 do_put(struct sim *s)
{
	u16 *depth = &s->cpu_vars[s->machine.cpu];

	if (!*depth) {
		preempt_bug(s);
		return OP_FAILED;
	}
	if (!--*depth)
		s->nr_cpu_vars--;
	return OP_DONE;
}

/* Operations that sleep whatever they are asked with. */
static bool always_sleeps(enum trace_op op)
{
	static const u32 sleepers =
		1u << TRACE_CACHE_CREATE | 1u << TRACE_CACHE_DESTROY |
		1u << TRACE_CACHE_SHRINK | 1u << TRACE_ALLOC_PERCPU |
		1u << TRACE_MEMPOOL_CREATE | 1u << TRACE_MEMPOOL_DESTROY |
		1u << TRACE_MEMPOOL_RESIZE | 1u << TRACE_IDLE |
		1u << TRACE_RCU_BARRIER;

	return (op < 32 && sleepers >> op & 1) ||
	       (op >= TRACE_PAGE_CACHE_READ && op <= TRACE_PAGE_CACHE_SIZE);
}

static bool sleeps_by_gfp(const struct trace_rec *r)
{
	static const u32 allocations =
		1u << TRACE_CACHE_ALLOC | 1u << TRACE_KMALLOC |
		1u << TRACE_KREALLOC | 1u << TRACE_ALLOC_PAGES |
		1u << TRACE_MEMPOOL_ALLOC | 1u << TRACE_KMALLOC_CLASS;

	return r->op < 32 && (allocations >> r->op & 1) &&
	       (r->gfp & GFP_DIRECT_RECLAIM);
}

void replay_check_preempt(struct sim *s, const struct trace_rec *r)
{
	if (r->op == TRACE_ALLOC_PERCPU && r->gfp &&
	    !(r->gfp & GFP_DIRECT_RECLAIM))
		return;
	if (s->cpu_vars[s->machine.cpu] &&
	    (always_sleeps((enum trace_op)r->op) || sleeps_by_gfp(r)))
		preempt_bug(s);
}

u64 replay_percpu(struct sim *s, const struct trace_rec *r)
{
	turn_of_others(s);
	switch (r->op) {
	case TRACE_ALLOC_PERCPU:
		return do_alloc(s, r);
	case TRACE_GET_CPU_VAR:
		return do_get(s, r);
	case TRACE_PUT_CPU_VAR:
		return do_put(s);
	default:
		return replay_free_special(s, r);
	}
}

u64 replay_free_special(struct sim *s, const struct trace_rec *r)
{
	if (s->slots[r->slot].kind == SLOT_RECLAIMED) {
		s->slots[r->slot] = (struct slot){.kind = SLOT_FREED};
		s->metrics.reclaimed_frees++;
		return OP_DONE;
	}
	switch (s->slots[r->slot].kind) {
	case SLOT_SWAPPED:
		swapped_free(s, r->slot);
		return OP_DONE;
	case SLOT_EMPTY:
	case SLOT_FREED:
	case SLOT_FAILED:
		s->metrics.skipped_frees++;
		return OP_FAILED;
	case SLOT_PERCPU:
		return do_free(s, r);
	case SLOT_MEMPOOL:
	case SLOT_MEMPOOL_KMALLOC:
	case SLOT_MEMPOOL_PAGES:
		return replay_mempool(s, r);
	default:
		/* free_percpu() of what alloc_percpu() never gave. */
		replay_failed(s, r, 0, NULL);
		return OP_FAILED;
	}
}

void replay_percpu_extra(const struct sim *s, const struct trace_rec *r,
			 char *buf, size_t len)
{
	struct pcpu_area a = area_of(s, &s->slots[r->slot]);

	snprintf(buf, len, "chunk=%u;base=0x%llx", a.chunk->id,
		 (unsigned long long)a.chunk->base);
}
