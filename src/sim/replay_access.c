/*
 * replay_access.c - `read` and `write` of a trace: the user of an object
 * touches a part of it.
 *
 * They allocate nothing.  What they are about is checked in every model, as
 * KASAN would: the object must be there, and the bytes be among those that
 * were asked for.  In model full the bytes go through the CPU caches.
 */
#include "mm/percpu.h"

#include "base/bug.h"
#include "mm/memmap.h"
#include "sim/swapped.h"

static u64 access_bug(struct sim *s, enum access_bug what)
{
	struct metrics *m = &s->metrics;

	if (!m->access_bugs[what]++)
		m->first_access_bug[what] = s->record;
	return OP_FAILED;
}

/* No object: the trace's mistake, unless this run had no memory for it. */
static u64 access_nothing(struct sim *s, const struct slot *o)
{
	switch (o->kind) {
	case SLOT_FREED:
		return access_bug(s, ACCESS_AFTER_FREE);
	case SLOT_FAILED:
		s->metrics.skipped_accesses++;
		return OP_FAILED;
	default:
		return access_bug(s, ACCESS_NO_OBJECT);
	}
}

/* Bytes that the object's user may touch. */
static u64 object_bytes(const struct sim *s, const struct slot *o)
{
	if (o->kind == SLOT_MEMPOOL) /* there, size is the pool */
		return s->mm->caches[o->cache]->object_size;
	return o->size;
}

/* Where byte @offset of the area at @place lies for @cpu.  The first
 * chunk's pages were taken at boot and have no number. */
static paddr_t percpu_addr(const struct sim *s, u32 cpu, u64 place, u64 offset)
{
	const struct pcpu_chunk *c =
		s->percpu->by_id.at[(place >> PERCPU_PLACE_BITS) - 1];
	u64 at = (place & PERCPU_PLACE_MASK) + offset;

	if (!c->pages)
		return TOUCH_PERCPU + ((paddr_t)cpu << TOUCH_BLOCK_SHIFT) +
		       TOUCH_FIRST_CHUNK_AT + at % PCPU_UNIT_BYTES;
	return ((paddr_t)
			c->pages[(at >> PAGE_SHIFT) * s->mm->conf.nr_cpus + cpu]
		<< PAGE_SHIFT) +
	       (at & (MM_PAGE_SIZE - 1));
}

/* The copy of @cpu; a unit's pages need not lie together. */
static void touch_percpu(struct sim *s, u32 cpu, const struct slot *o,
			 u64 offset, u64 bytes, enum touch how)
{
	u64 place = slot_addr(o);

	while (bytes) {
		u64 in_page = (place + offset) & (MM_PAGE_SIZE - 1);
		u64 part = MIN(bytes, MM_PAGE_SIZE - in_page);

		touch(&s->machine, percpu_addr(s, cpu, place, offset),
		      (u32)part, how);
		offset += part;
		bytes -= part;
	}
}

u64 replay_access(struct sim *s, const struct trace_rec *r)
{
	const struct slot *o = &s->slots[r->slot];
	enum touch how = r->op == TRACE_WRITE ? TOUCH_WRITE : TOUCH_READ;
	u64 at = slot_addr(o);

	if (unlikely(!at))
		return access_nothing(s, o);
	if (unlikely(o->kind == SLOT_SWAPPED)) {
		if (!swapped_in(s, r->slot)) {
			s->metrics.skipped_accesses++;
			return OP_FAILED;
		}
		at = slot_addr(o);
	}
	if (unlikely(o->kind == SLOT_RECLAIMED)) {
		s->metrics.skipped_accesses++;
		return OP_FAILED;
	}
	if (unlikely((u64)r->align + r->size > object_bytes(s, o)))
		return access_bug(s, ACCESS_OUT_OF_BOUNDS);
	if (o->kind == SLOT_PERCPU) {
		touch_percpu(s, s->machine.cpu, o, r->align, r->size, how);
		return OP_DONE;
	}
	if (unlikely(s->pressure) && o->kind == SLOT_PAGES)
		swapped_not(s, at);
	touch(&s->machine, at + r->align, r->size, how);
	return at + r->align;
}

void replay_zero_percpu(struct sim *s, const struct slot *o)
{
	for (u32 cpu = 0; cpu < s->mm->conf.nr_cpus; cpu++)
		touch_percpu(s, cpu, o, 0, o->size, TOUCH_WRITE);
}
