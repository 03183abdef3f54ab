/*
 * Generates a workload: a reader whose records are made as they are asked
 * for.
 *
 * Three kinds of event wait in one heap: the next arrival of each CPU, the
 * free of each object with a lifetime, and the next access of its user
 * (gen_touch.c).  An arrival allocates its burst, draws
 * when each object will be freed and on which CPU, and then draws the CPU's
 * next arrival.  Everything is a small state machine, so that a batch can end
 * anywhere and memory is that of the live objects.
 */
#include "trace/gen_internal.h"

#include "base/bug.h"
#include "trace/gen_state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void workload_limit_cpus(struct workload *w, u32 nr)
{
	for (size_t i = 0; i < w->phases.nr; i++)
		for (u32 cpu = nr; cpu < TRACE_CPUS_MAX; cpu++)
			w->phases.at[i].on_cpu[cpu] = false;
}

/* Seeds a stream by its name: FNV-1a of the name, then mixed with the seed. */
void gen_seed(const struct gen *g, gsl_rng *rng, const char *use, u32 idx)
{
	char name[96];
	u64 h = 0xcbf29ce484222325ull;

	snprintf(name, sizeof(name), "%u/%u/%s/%u", g->round, g->phase_idx, use,
		 idx);
	for (const char *c = name; *c; c++)
		h = (h ^ (u8)*c) * 0x100000001b3ull;
	h ^= g->w->seed * 0x9e3779b97f4a7c15ull;
	h = (h ^ (h >> 31)) * 0xbf58476d1ce4e5b9ull;
	h = (h ^ (h >> 27)) * 0x94d049bb133111ebull;
	gsl_rng_set(rng, (unsigned long)(h >> 32 | 1));
}

static void seed_phase(struct gen *g)
{
	static const char *const cpu_uses[] = {"arrival", "burst", "choice",
					       "remote"};
	static const char *const item_uses[] = {"size", "lifetime", "file"};

	for (u32 cpu = 0; cpu < g->nr_cpus; cpu++)
		for (u32 use = 0; use < NR_CPU_USES; use++)
			gen_seed(g, g->cpus[cpu].rng[use], cpu_uses[use], cpu);
	for (u32 i = 0; i < gen_phase_of(g)->mix.nr; i++)
		for (u32 use = 0; use < NR_ITEM_USES; use++)
			gen_seed(g, g->item_rng[i][use], item_uses[use], i);
	gen_seed(g, g->kept_rng, "kept", 0);
}

struct trace_rec *gen_emit(struct gen *g, enum trace_op op, u16 cpu)
{
	struct trace_rec *r = &g->recs[g->nr_recs++];

	memset(r, 0, sizeof(*r));
	r->time_ns = g->now_ns;
	r->op = (u8)op;
	r->cpu = cpu;
	r->node = -1;
	return r;
}

static void push_event(struct gen *g, u64 delay, u32 what)
{
	gen_heap_push(&g->heap,
		      (struct gen_event){g->now_ns + delay, g->seq++, what});
}

static u64 sample_interarrival(struct gen *g, u32 cpu)
{
	const struct gen_phase *p = gen_phase_of(g);
	u64 ns = dist_sample(&p->interarrival, g->cpus[cpu].rng[USE_ARRIVAL]);

	if (p->cpu_speed.nr)
		ns = (u64)((double)ns / p->cpu_speed.at[cpu % p->cpu_speed.nr]);
	return CLAMP(ns, 1, (u64)1e18);
}

static void create_cache(struct gen *g)
{
	const struct gen_cache *c;
	struct trace_rec *r;

	if (g->cursor == g->w->caches.nr) {
		g->cursor = 0;
		g->state = GEN_CREATE_POOLS;
		return;
	}
	c = &g->w->caches.at[g->cursor++];
	r = gen_emit(g, TRACE_CACHE_CREATE, 0);
	r->cache = (u16)g->cursor;
	r->size = c->size;
	r->align = c->align;
	r->gfp = c->flags;
	r->name = trace_strings_add(&g->info.names, c->name, strlen(c->name));
}

static void create_pool(struct gen *g)
{
	const struct gen_mempool *p;
	struct trace_rec *r;

	if (g->cursor == g->w->mempools.nr) {
		g->cursor = 0;
		g->state = GEN_CREATE_FILES;
		return;
	}
	p = &g->w->mempools.at[g->cursor++];
	r = gen_emit(g, TRACE_MEMPOOL_CREATE, 0);
	r->cache = (u16)g->cursor;
	r->size = p->min_nr;
	if (p->bytes) {
		r->order = TRACE_POOL_OF_BYTES;
		r->align = p->bytes;
	} else if (p->order != GEN_NONE) {
		r->order = TRACE_POOL_OF_PAGES;
		r->align = p->order;
	} else {
		r->align = p->cache + 1;
	}
}

static void create_file(struct gen *g)
{
	if (gen_create_file(g))
		return;
	g->cursor = 0;
	g->state = GEN_FREE_KEPT;
}

static void free_slot(struct gen *g, u32 slot)
{
	struct gen_object *o = &g->objects.at[slot];
	const struct gen_cpu *cpu = &g->cpus[o->free_cpu];
	bool told = gen_touch_last(g, slot, cpu);
	struct trace_rec *r = gen_emit(g, o->free_op, cpu->machine_cpu);

	r->slot = slot;
	r->flags = told ? TRACE_TOLD : 0;
	o->free_op = 0;
	*VEC_PUSH(&g->free_slots) = slot;
}

static u32 take_slot(struct gen *g)
{
	u32 slot;

	if (g->free_slots.nr)
		return g->free_slots.at[--g->free_slots.nr];
	slot = (u32)g->objects.nr;
	(void)VEC_PUSH(&g->objects);
	if (g->nr_touch_rng)
		*VEC_PUSH(&g->touched) = (struct gen_touched){0};
	g->info.nr_slots = slot + 1;
	return slot;
}

/* A CPU for the free: the allocating one or, by chance, any other. */
static u16 choose_free_cpu(struct gen *g, const struct gen_item *item, u32 cpu)
{
	double share = item->remote_free < 0 ? gen_phase_of(g)->remote_free
					     : item->remote_free;
	gsl_rng *rng = g->cpus[cpu].rng[USE_REMOTE];
	u32 other;

	if (share <= 0 || g->nr_cpus < 2 || gsl_rng_uniform(rng) >= share)
		return (u16)cpu;
	other = (u32)gsl_rng_uniform_int(rng, g->nr_cpus - 1);
	return (u16)(other + (other >= cpu));
}

static enum trace_op fill_alloc(struct gen *g, struct trace_rec *r,
				const struct gen_item *item, gsl_rng *rng)
{
	(void)g;
	switch (item->what) {
	case GEN_CACHE:
		r->op = TRACE_CACHE_ALLOC;
		r->cache = (u16)(item->cache + 1);
		return TRACE_CACHE_FREE;
	case GEN_KMALLOC:
		r->op = TRACE_KMALLOC;
		r->size = (u32)dist_sample(&item->size, rng);
		return TRACE_KFREE;
	case GEN_PAGES:
		r->op = TRACE_ALLOC_PAGES;
		r->order = (u8)gsl_ran_discrete(rng, item->orders);
		return TRACE_FREE_PAGES;
	case GEN_PERCPU:
		r->op = TRACE_ALLOC_PERCPU;
		r->size = (u32)dist_sample(&item->size, rng);
		r->align = item->align;
		return TRACE_FREE_PERCPU;
	case GEN_MEMPOOL:
		r->op = TRACE_MEMPOOL_ALLOC;
		r->cache = (u16)(item->cache + 1);
		return TRACE_MEMPOOL_FREE;
	case GEN_FILE_READ:
	case GEN_FILE_WRITE:
	case GEN_FILE_REMOVE:
	case GEN_NOTHING:
		break;
	}
	BUG();
}

static void allocate(struct gen *g, u32 idx, u32 cpu)
{
	const struct gen_phase *p = gen_phase_of(g);
	const struct gen_cpu *c = &g->cpus[cpu];
	const struct gen_item *item = &p->mix.at[idx];
	struct trace_rec *r = gen_emit(g, TRACE_KMALLOC, c->machine_cpu);
	struct gen_object *o;
	u64 life = UINT64_MAX;

	r->slot = take_slot(g);
	o = &g->objects.at[r->slot];
	o->free_op = (u8)fill_alloc(g, r, item, g->item_rng[idx][USE_SIZE]);
	o->kept = item->keep;
	o->free_cpu = choose_free_cpu(g, item, cpu);
	r->gfp = item->what == GEN_PERCPU ? 0 : item->gfp;
	if (item->what != GEN_PERCPU && item->what != GEN_MEMPOOL)
		r->node = item->node;
	r->site = item->site;
	r->task = gen_task_of(g, item, c);
	if (!item->keep)
		life = dist_sample(&item->lifetime,
				   g->item_rng[idx][USE_LIFETIME]);
	if (item->touch.told) {
		r->flags = TRACE_TOLD;
		gen_touch_new(g, r, item, cpu,
			      item->keep ? UINT64_MAX : g->now_ns + life);
	} else if (!item->keep) {
		push_event(g, life, r->slot);
	}
}

/* What one of a burst does. */
static void act(struct gen *g, u32 cpu)
{
	const struct gen_phase *p = gen_phase_of(g);
	u32 idx =
		(u32)gsl_ran_discrete(g->cpus[cpu].rng[USE_CHOICE], p->choice);

	if (gen_is_io(p->mix.at[idx].what))
		gen_io(g, idx, cpu);
	else
		allocate(g, idx, cpu);
	g->phase_ops++;
}

static void phase_begin(struct gen *g)
{
	const struct gen_phase *p = gen_phase_of(g);

	g->cursor = 0;
	g->phase_ops = 0;
	gen_close_files(g);
	g->phase_end_ns =
		p->operations ? UINT64_MAX : g->now_ns + p->duration_ns;
	for (u32 cpu = 0; p->choice && cpu < g->nr_cpus; cpu++) {
		if (!p->on_cpu[cpu])
			continue;
		g->cpus[cpu].arrival_seq = g->seq;
		push_event(g, sample_interarrival(g, cpu), GEN_ARRIVAL | cpu);
	}
	g->state = GEN_RUN;
}

/* A share of the kept objects goes, by slot; then the phase begins. */
static void free_kept(struct gen *g)
{
	double share = gen_phase_of(g)->free_kept;
	const struct gen_object *o;

	if (!g->cursor)
		seed_phase(g);
	if (share <= 0 || g->cursor >= g->objects.nr) {
		phase_begin(g);
		return;
	}
	o = &g->objects.at[g->cursor++];
	if (o->free_op && o->kept && gsl_rng_uniform(g->kept_rng) < share)
		free_slot(g, g->cursor - 1);
}

static void arrive(struct gen *g, const struct gen_event *ev)
{
	u32 cpu = ev->what & ~GEN_ARRIVAL;
	struct gen_cpu *c = &g->cpus[cpu];

	if (c->arrival_seq != ev->seq) { /* of a phase that is over */
		gen_heap_pop(&g->heap);
		return;
	}
	g->now_ns = ev->time_ns;
	g->burst_cpu = cpu;
	g->burst_left =
		(u32)dist_sample(&gen_phase_of(g)->burst, c->rng[USE_BURST]);
	c->arrival_seq = g->seq;
	gen_heap_replace(
		&g->heap,
		(struct gen_event){g->now_ns + sample_interarrival(g, cpu),
				   g->seq++, ev->what});
}

static void touch_first(struct gen *g)
{
	struct gen_event ev = *gen_heap_top(&g->heap);

	gen_heap_pop(&g->heap);
	gen_touch_event(g, &ev);
}

static void free_first(struct gen *g, const struct gen_event *ev)
{
	u32 slot = ev->what;

	g->now_ns = ev->time_ns;
	gen_heap_pop(&g->heap);
	free_slot(g, slot);
}

static void run(struct gen *g)
{
	const struct gen_phase *p = gen_phase_of(g);
	const struct gen_event *ev;

	if (p->operations && g->phase_ops >= p->operations) {
		g->burst_left = 0;
		g->state = GEN_PHASE_END;
		return;
	}
	if (g->burst_left) {
		g->burst_left--;
		act(g, g->burst_cpu);
		return;
	}
	ev = gen_heap_top(&g->heap);
	if (!ev || ev->time_ns >= g->phase_end_ns) {
		g->now_ns = g->phase_end_ns;
		g->state = GEN_PHASE_END;
	} else if (ev->what & GEN_ARRIVAL) {
		arrive(g, ev);
	} else if (ev->what & GEN_TOUCH) {
		touch_first(g);
	} else {
		free_first(g, ev);
	}
}

static void phase_end(struct gen *g)
{
	static const enum gen_state at_end[] = {[GEN_KEEP] = GEN_DONE,
						[GEN_FREE] = GEN_FREE_ALL,
						[GEN_DRAIN] = GEN_DRAINING};
	const struct gen_phase *p = gen_phase_of(g);
	char label[GEN_NAME_MAX + 16];

	if (p->snapshot[0]) {
		struct trace_rec *r = gen_emit(g, TRACE_SNAPSHOT, 0);

		snprintf(label, sizeof(label), "%s", p->snapshot);
		if (g->w->repeat > 1)
			snprintf(label, sizeof(label), "%s-%u", p->snapshot,
				 g->round + 1);
		r->name =
			trace_strings_add(&g->info.names, label, strlen(label));
	}
	for (u32 cpu = 0; cpu < g->nr_cpus; cpu++)
		g->cpus[cpu].arrival_seq = g->seq; /* none that waits */
	g->seq++;
	g->cursor = 0;
	g->state = GEN_FREE_KEPT;
	if (++g->phase_idx < g->w->phases.nr)
		return;
	g->phase_idx = 0;
	if (++g->round == g->w->repeat)
		g->state = at_end[g->w->at_end];
}

/* An access to what is kept: there would be no end to them. */
static bool is_kept(const struct gen *g, const struct gen_event *ev)
{
	return ev->what & GEN_TOUCH &&
	       g->objects.at[ev->what & ~GEN_TOUCH].kept;
}

static void drain(struct gen *g)
{
	const struct gen_event *ev = gen_heap_top(&g->heap);

	if (!ev)
		g->state = GEN_DONE;
	else if (ev->what & GEN_ARRIVAL || is_kept(g, ev))
		gen_heap_pop(&g->heap);
	else if (ev->what & GEN_TOUCH)
		touch_first(g);
	else
		free_first(g, ev);
}

static void free_all(struct gen *g)
{
	if (g->cursor == g->objects.nr)
		g->state = GEN_DONE;
	else if (g->objects.at[g->cursor++].free_op)
		free_slot(g, g->cursor - 1);
}

/* An allocation with a write behind it, a free with a read before it. */
#define STEP_RECORDS 2u

/* Each step makes so many records at most. */
static void step(struct gen *g)
{
	switch (g->state) {
	case GEN_CREATE_CACHES:
		create_cache(g);
		break;
	case GEN_CREATE_POOLS:
		create_pool(g);
		break;
	case GEN_CREATE_FILES:
		create_file(g);
		break;
	case GEN_FREE_KEPT:
		free_kept(g);
		break;
	case GEN_RUN:
		run(g);
		break;
	case GEN_PHASE_END:
		phase_end(g);
		break;
	case GEN_DRAINING:
		drain(g);
		break;
	case GEN_FREE_ALL:
		free_all(g);
		break;
	case GEN_DONE:
		break;
	}
}

s64 gen_read(struct trace_reader *base, const struct trace_rec **recs,
	     struct err *e)
{
	struct gen *g = (struct gen *)base;

	g->nr_recs = 0;
	*recs = g->recs;
	if (g->objects.nr > GEN_LIVE_MAX)
		return err_set(e, -EINVAL,
			       "workload %s: more than %u objects "
			       "alive; shorten the lifetimes",
			       g->w->name, GEN_LIVE_MAX);
	if (g->now_ns > GEN_TIME_MAX)
		return err_set(e, -EINVAL,
			       "workload %s: lasts longer than "
			       "126 years; shorten interarrival",
			       g->w->name);
	while (g->nr_recs + STEP_RECORDS <= TRACE_BATCH &&
	       g->state != GEN_DONE && g->now_ns <= GEN_TIME_MAX)
		step(g);
	return g->nr_recs;
}
