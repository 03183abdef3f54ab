/*
 * What users do with the objects of a workload: reads and writes, made as
 * their times come.
 *
 * Of a number of accesses the times are uniform over the object's life.  They
 * are drawn one by one, in order: the first of k in the time that is left
 * comes after 1 - U^(1/k) of it.
 */
#include "trace/gen_state.h"

#include "base/bug.h"

#include <math.h>

static const struct gen_touches *told_of(const struct gen_touched *t)
{
	return &t->item->touch;
}

static gsl_rng *rng_of(const struct gen *g, const struct gen_touched *t)
{
	return g->touch_rng[told_of(t)->rng];
}

/* When the next access comes; UINT64_MAX: there is none before the free. */
static u64 next_ns(const struct gen *g, struct gen_touched *t)
{
	const struct gen_touches *how = told_of(t);
	double life;
	u64 at;

	if (how->interval.kind) {
		at = g->now_ns + dist_sample(&how->interval, rng_of(g, t));
		return at < t->free_ns ? at : UINT64_MAX;
	}
	if (!t->left)
		return UINT64_MAX;
	life = (double)(t->free_ns - g->now_ns);
	at = g->now_ns +
	     (u64)(life *
		   (1 - pow(gsl_rng_uniform_pos(rng_of(g, t)), 1.0 / t->left)));
	t->left--;
	return MIN(at, t->free_ns);
}

/* The object's next event: an access, its free, or none. */
static void schedule(struct gen *g, u32 slot)
{
	struct gen_touched *t = &g->touched.at[slot];
	u64 at = next_ns(g, t);
	u32 what = GEN_TOUCH | slot;

	if (at == UINT64_MAX) {
		at = t->free_ns;
		what = slot;
	}
	if (at == UINT64_MAX)
		return;
	t->seq = g->seq++;
	gen_heap_push(&g->heap, (struct gen_event){at, t->seq, what});
}

/* Part of an object, on @cpu. */
static struct trace_rec *emit_access(struct gen *g, enum trace_op op,
				     const struct gen_touched *t, u32 slot,
				     const struct gen_cpu *cpu)
{
	struct trace_rec *r = gen_emit(g, op, cpu->machine_cpu);

	r->slot = slot;
	r->site = t->item->site;
	r->task = cpu->task;
	return r;
}

/* The first write and the last read. */
static void emit_hot(struct gen *g, enum trace_op op,
		     const struct gen_touched *t, u32 slot,
		     const struct gen_cpu *cpu)
{
	u32 bytes = MIN(told_of(t)->hot_bytes, t->bytes);

	if (bytes)
		emit_access(g, op, t, slot, cpu)->size = bytes;
}

static u32 element_bytes(const struct workload *w, const struct gen_mempool *p)
{
	if (p->bytes)
		return p->bytes;
	return p->order != GEN_NONE ? 4096u << p->order
				    : w->caches.at[p->cache].size;
}

/* Bytes that a record allocates. */
static u32 bytes_of(const struct gen *g, const struct trace_rec *r)
{
	if (r->op == TRACE_CACHE_ALLOC)
		return g->w->caches.at[r->cache - 1].size;
	if (r->op == TRACE_MEMPOOL_ALLOC)
		return element_bytes(g->w, &g->w->mempools.at[r->cache - 1]);
	if (r->op == TRACE_ALLOC_PAGES)
		return 4096u << r->order;
	return r->size;
}

void gen_touch_new(struct gen *g, const struct trace_rec *r,
		   const struct gen_item *item, u32 cpu, u64 free_ns)
{
	const struct gen_touches *how = &item->touch;
	struct gen_touched *t = &g->touched.at[r->slot];
	u32 slot = r->slot;

	*t = (struct gen_touched){.item = item,
				  .free_ns = free_ns,
				  .bytes = bytes_of(g, r),
				  .cpu = (u16)cpu};
	if (how->nr.kind)
		t->left = (u32)dist_sample(&how->nr, rng_of(g, t));
	emit_hot(g, TRACE_WRITE, t, slot, &g->cpus[cpu]);
	schedule(g, slot);
}

/* Where the next access of @bytes begins. */
static u32 offset_of(const struct gen *g, struct gen_touched *t, u32 bytes)
{
	const struct gen_touches *how = told_of(t);
	u32 most = t->bytes - bytes, at;

	switch (how->where) {
	case GEN_HOT:
		at = MIN(how->hot_bytes, t->bytes);
		most = at > bytes ? at - bytes : 0;
		return (u32)gsl_rng_uniform_int(rng_of(g, t), most + 1ul);
	case GEN_UNIFORM:
		return (u32)gsl_rng_uniform_int(rng_of(g, t), most + 1ul);
	case GEN_SEQUENTIAL:
		at = t->at <= most ? t->at : 0;
		t->at = at + bytes;
		return at;
	case GEN_OFFSET:
		return MIN((u32)dist_sample(&how->offset, rng_of(g, t)), most);
	}
	BUG();
}

/* The CPU of its allocation or, by chance, any other. */
static const struct gen_cpu *choose_cpu(const struct gen *g,
					const struct gen_touched *t)
{
	double share = told_of(t)->remote;
	u32 other;

	if (share <= 0 || g->nr_cpus < 2 ||
	    gsl_rng_uniform(rng_of(g, t)) >= share)
		return &g->cpus[t->cpu];
	other = (u32)gsl_rng_uniform_int(rng_of(g, t), g->nr_cpus - 1);
	return &g->cpus[other + (other >= t->cpu)];
}

bool gen_touch_event(struct gen *g, const struct gen_event *ev)
{
	u32 slot = ev->what & ~GEN_TOUCH;
	struct gen_touched *t = &g->touched.at[slot];
	const struct gen_cpu *cpu;
	struct trace_rec *r;
	u32 bytes;
	bool reads;

	if (!t->item || t->seq != ev->seq)
		return false;
	g->now_ns = ev->time_ns;
	cpu = choose_cpu(g, t);
	reads = gsl_rng_uniform(rng_of(g, t)) < told_of(t)->reads;
	bytes = (u32)dist_sample(&told_of(t)->bytes, rng_of(g, t));
	bytes = MIN(bytes, t->bytes);
	r = emit_access(g, reads ? TRACE_READ : TRACE_WRITE, t, slot, cpu);
	r->align = offset_of(g, t, bytes);
	r->size = bytes;
	schedule(g, slot);
	return true;
}

bool gen_touch_last(struct gen *g, u32 slot, const struct gen_cpu *cpu)
{
	struct gen_touched *t;

	if (!g->touched.nr || !g->touched.at[slot].item)
		return false;
	t = &g->touched.at[slot];
	emit_hot(g, TRACE_READ, t, slot, cpu);
	t->item = NULL;
	return true;
}
