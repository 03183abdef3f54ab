/*
 * pressure.c - reclaim beside a trace.
 *
 * Pages.  Movable pages of the trace join the LRU lists: page cache or
 * anonymous, as their flags tell (is_file()).  When one is reclaimed, its
 * slot says so, and the free that the trace has for it later only counts.
 * When the recorded kswapd freed a page, that was the recorded machine's
 * want, not ours: the page stays where it is, without an owner, until our
 * own reclaim gets to it.
 *
 * Time.  A woken kswapd starts KSWAPD_START_NS later; each step takes what mm
 * charges for it, by the price list, also where nothing else costs time.  With
 * a cost model it keeps a CPU of its node busy meanwhile.
 *
 * Blame.  Pages taken since a node's kswapd was last woken are added up by
 * who took them: a kmem_cache that grew, the call site of pages, or the
 * task where no call site is known.
 */
#include "sim/pressure.h"

#include "base/bug.h"
#include "base/xmalloc.h"
#include "mm/oom_kill.h"
#include "mm/page_alloc.h"
#include "mm/vmscan.h"
#include "sim/compactor.h"
#include "sim/io.h"
#include "sim/oom.h"
#include "sim/swapped.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* From wake-up to running: the scheduler of a machine that is not overloaded
 * takes some 10 us. */
#define KSWAPD_START_NS ((u64)20000)
#define KSWAPD_NAP_NS	((u64)100 * NS_PER_MS)

/* Pages taken by each of a kind, while a window is open. */
struct tally {
	u64 *pages; /* [cap] by id, owned */
	u32 cap;
};

struct window {
	struct tally by[NR_BLAME_KINDS];
	VEC(struct blame) touched; /* who has pages; .pages unused */
};

struct kswapd_actor {
	u64 expected; /* seq of the event that counts; others are stale */
	u32 run; /* index of its open run in metrics, METRICS_NO_RUN: none */
	struct window window;
};

/* The direct reclaim that goes on. */
struct stall {
	struct reclaim_run run;
	u64 began_ns;		  /* with what the operation took so far */
	u64 scanned;		  /* by all such, before it */
	u64 cost_count[NR_COSTS]; /* likewise */
	cycles_t kswapd_cycles;
};

struct pressure {
	struct kswapd_actor nodes[MM_NODES_MAX];
	cycles_t kswapd_cycles; /* of all of them, so far */
	struct stall stall;
};

int pressure_create(struct sim *s, struct err *e)
{
	if (!s->config.mm.reclaim)
		return 0;
	s->oom = oom_create(s, e);
	if (!s->oom)
		return -ENOMEM;
	s->pressure = xcalloc(1, sizeof(*s->pressure));
	compactor_create(s);
	for (u32 n = 0; n < MM_NODES_MAX; n++)
		s->pressure->nodes[n].run = METRICS_NO_RUN;
	return 0;
}

void pressure_destroy(struct sim *s)
{
	compactor_destroy(s);
	oom_destroy(s->oom);
	s->oom = NULL;
	if (!s->pressure)
		return;
	for (u32 n = 0; n < MM_NODES_MAX; n++) {
		struct window *w = &s->pressure->nodes[n].window;

		for (u32 k = 0; k < NR_BLAME_KINDS; k++)
			free(w->by[k].pages);
		VEC_FREE(&w->touched);
	}
	free(s->pressure);
	s->pressure = NULL;
}

/* Blame */

static void blame_add(struct window *w, enum blame_kind kind, u32 id, u64 pages)
{
	struct tally *t = &w->by[kind];

	if (id >= t->cap) {
		u32 cap = MAX(id + 1, 2 * t->cap);

		t->pages = xreallocarray(t->pages, cap, sizeof(*t->pages));
		memset(t->pages + t->cap, 0,
		       (cap - t->cap) * sizeof(*t->pages));
		t->cap = cap;
	}
	if (!t->pages[id]) {
		*VEC_PUSH(&w->touched) =
			(struct blame){.kind = (u32)kind, .id = id};
	}
	t->pages[id] += pages;
}

/* The greatest takers of the window go to @run, greatest first; the first to
 * take goes before the others of as many pages.  The window closes. */
static void blame_close(struct sim *s, struct window *w,
			struct reclaim_run *run)
{
	for (size_t i = 0; i < w->touched.nr; i++) {
		struct blame b = w->touched.at[i];
		u32 at = RECLAIM_BLAMES;

		b.pages = w->by[b.kind].pages[b.id];
		w->by[b.kind].pages[b.id] = 0;
		metrics_blame(&s->metrics, &b);
		while (at > 0 && run->blames[at - 1].pages < b.pages)
			at--;
		if (at == RECLAIM_BLAMES)
			continue;
		memmove(&run->blames[at + 1], &run->blames[at],
			(RECLAIM_BLAMES - 1 - at) * sizeof(b));
		run->blames[at] = b;
	}
	w->touched.nr = 0;
}

static struct window *window_of(struct sim *s, pfn_t pfn)
{
	return &s->pressure->nodes[pfn_to_nid(s->mm, pfn)].window;
}

/* Pages of the trace */

/* Page cache: for readahead, to be written, or under a file system's lock.
 * Zeroed and plain user pages are anonymous. */
static bool is_file(gfp_t gfp)
{
	if (gfp & (GFP_ZERO | GFP_THISNODE))
		return false;
	return gfp & (GFP_WRITE | GFP_NORETRY) || !(gfp & GFP_FS);
}

/* A page of a file came in. */
static void page_cache_grew(struct sim *s, pfn_t pfn)
{
	const struct trace_rec *r = s->rec;

	if (r)
		blame_add(window_of(s, pfn), r->site ? BLAME_SITE : BLAME_TASK,
			  r->site ? r->site : r->task, 1);
}

void pressure_page(struct sim *s, const struct trace_rec *r, struct page *page)
{
	struct window *w = window_of(s, page_to_pfn(s->mm, page));

	blame_add(w, r->site ? BLAME_SITE : BLAME_TASK,
		  r->site ? r->site : r->task, (u64)1 << r->order);
	oom_gone(s->oom, r->slot);
	if (r->gfp == GFP_PGTABLE_USER && !r->order)
		oom_hold(s->oom, r->slot, r->task, 0, OOM_PGTABLE);
	if (!(r->gfp & GFP_MOVABLE) || (r->order && !(r->gfp & GFP_COMP)))
		return;
	lru_add(s->mm, page, is_file(r->gfp), r->slot);
	if (!is_file(r->gfp))
		oom_hold(s->oom, r->slot, r->task, r->order, OOM_RSS);
}

bool pressure_free(struct sim *s, const struct trace_rec *r, struct page *page)
{
	const struct trace_strings *tasks = &s->info->tasks;

	oom_gone(s->oom, r->slot);
	if (!(page->flags & PG_ON_LRU) || r->task >= tasks->nr ||
	    strncmp(tasks->at[r->task], "kswapd", 6))
		return false;
	lru_disown(s->mm, page);
	s->metrics.recorded_reclaims += (u64)1 << page->order;
	return true;
}

/* The slot keeps the address, to tell that from empty. */
void pressure_slot_lost(struct sim *s, u32 slot)
{
	struct metrics *m = &s->metrics;
	struct slot *o = &s->slots[slot];
	struct usage *u = &m->by_site[slot_site(o)];

	oom_gone(s->oom, slot);
	u->frees++;
	u->live_req_bytes -= o->size;
	u->live_alloc_bytes -= o->size;
	m->live_pages -= (u64)1 << o->order;
	m->live_page_blocks--;
	o->kind = SLOT_RECLAIMED;
}

static void page_reclaimed(struct sim *s, pfn_t pfn, u32 owner)
{
	const struct slot *o;

	if (owner == LRU_NO_OWNER)
		return;
	o = &s->slots[owner];
	/* A trace may use a slot again without a free: then it leaked. */
	if (o->kind != SLOT_PAGES || slot_addr(o) >> PAGE_SHIFT != pfn)
		return;
	s->metrics.reclaimed_pages += (u64)1 << o->order;
	pressure_slot_lost(s, owner);
}

/* The page goes on elsewhere: its slot has the new address. */
static void page_migrated(struct sim *s, pfn_t from, pfn_t to)
{
	u32 owner = page_owner(pfn_to_page(s->mm, to));
	struct slot *o;

	if (owner == LRU_NO_OWNER)
		return;
	o = &s->slots[owner];
	if (o->kind == SLOT_PAGES && slot_addr(o) >> PAGE_SHIFT == from)
		o->place = slot_place((paddr_t)to << PAGE_SHIFT, slot_site(o));
}

/* kswapd */

static void push(struct sim *s, u32 nid, u64 ticks)
{
	u64 seq = s->nr_naps++;

	s->pressure->nodes[nid].expected = seq;
	event_push(&s->events, (struct event){.time = s->now + ticks,
					      .class = EVENT_KSWAPD,
					      .seq = seq,
					      .arg = nid});
	s->wake = event_next_time(&s->events);
}

u64 pressure_node_free(const struct mm *mm, u32 nid)
{
	s64 pages = 0;

	for (u32 t = 0; t < MAX_NR_ZONES; t++)
		if (mm->nodes[nid].zones[t])
			pages += mm->nodes[nid].zones[t]->nr_free_pages;
	return pages > 0 ? (u64)pages : 0;
}

struct asker pressure_asker(const struct sim *s)
{
	const struct trace_rec *r = s->rec;
	struct asker a = {.cache = ASKER_NO_CACHE};

	if (!r)
		return a;
	a.site = r->site;
	a.task = r->task;
	if (r->op == TRACE_CACHE_ALLOC && s->caches[r->cache])
		a.cache = (u16)s->caches[r->cache]->idx;
	return a;
}

/* What the run is about, as far as the operation that caused it tells. */
static struct reclaim_run begin_run(const struct sim *s, u32 nid, u32 order,
				    gfp_t gfp)
{
	return (struct reclaim_run){
		.wake_ns = sim_time_ns(s),
		.node = nid,
		.order = order,
		.gfp = gfp,
		.asker = pressure_asker(s),
		.free_pages = pressure_node_free(s->mm, nid),
	};
}

static void kswapd_woken(struct sim *s, u32 zone_idx, u32 order)
{
	u32 nid = s->mm->zones[zone_idx].node;
	struct kswapd_actor *k = &s->pressure->nodes[nid];
	struct reclaim_run run =
		begin_run(s, nid, order, s->mm->kswapds[nid].wake_gfp);

	run.zone = zone_idx;
	blame_close(s, &k->window, &run);
	k->run = metrics_add_reclaim(&s->metrics, &run);
	push(s, nid, ns_to_ticks(s, KSWAPD_START_NS));
}

const struct reclaim_run *pressure_cause(const struct sim *s, u32 nid)
{
	u32 run = s->pressure->nodes[nid].run;

	return run == METRICS_NO_RUN ? NULL : &s->metrics.reclaim_runs.at[run];
}

static void kswapd_slept(struct sim *s, u32 nid)
{
	struct kswapd_actor *k = &s->pressure->nodes[nid];

	if (k->run != METRICS_NO_RUN)
		s->metrics.reclaim_runs.at[k->run].sleep_ns = sim_time_ns(s);
	k->run = METRICS_NO_RUN;
}

/* Its nap was cut short by a node that is not balanced any more. */
static void nap_over(struct sim *s, u32 nid)
{
	const struct pglist_data *pgdat = &s->mm->nodes[nid];
	u32 zone = 0;

	kswapd_nap_over(s->mm, nid);
	if (!pgdat->kswapd_woken)
		return;
	for (u32 t = 0; t < MAX_NR_ZONES; t++)
		if (pgdat->zones[t])
			zone = pgdat->zones[t]->idx;
	kswapd_woken(s, zone, (u32)pgdat->kswapd_order);
}

u32 pressure_cpu_of_node(const struct sim *s, u32 nid)
{
	for (u32 c = s->config.mm.nr_cpus; c-- > 0;)
		if (s->cpu_node[c] == nid)
			return c;
	return 0;
}

cycles_t pressure_cycles_since(const struct sim *s, const u64 *before)
{
	cycles_t sum = 0;

	for (u32 i = 0; i < NR_COSTS; i++)
		sum += cost_of((enum cost)i,
			       s->machine.cost_count[i] - before[i],
			       sim_price(&s->config, (enum cost)i));
	return sum;
}

struct daemon_turn daemon_begins(struct sim *s, u32 nid, u32 task_flags)
{
	struct daemon_turn t = {.saved = s->machine};

	s->machine.cpu = pressure_cpu_of_node(s, nid);
	s->machine.task_flags = task_flags;
	return t;
}

cycles_t daemon_ends(struct sim *s, const struct daemon_turn *t)
{
	cycles_t cycles = pressure_cycles_since(s, t->saved.cost_count);

	if (s->timed)
		timed_occupy(s, s->machine.cpu, cycles);
	s->machine.cpu = t->saved.cpu;
	s->machine.task_flags = t->saved.task_flags;
	s->machine.cycles = t->saved.cycles;
	return cycles;
}

static void kswapd_works(struct sim *s, u32 nid)
{
	struct kswapd_actor *k = &s->pressure->nodes[nid];
	struct daemon_turn turn = daemon_begins(s, nid, PF_MEMALLOC);
	const struct kswapd *kswapd = &s->mm->kswapds[nid];
	bool more = kswapd_step(s->mm, nid);
	cycles_t cycles = daemon_ends(s, &turn);

	s->pressure->kswapd_cycles += cycles;
	if (k->run != METRICS_NO_RUN) {
		struct reclaim_run *run = &s->metrics.reclaim_runs.at[k->run];

		run->cycles += cycles;
		run->scanned = kswapd->scanned;
		run->reclaimed = kswapd->reclaimed;
	}
	if (more) {
		push(s, nid,
		     MAX(cycles_to_ticks(s, cycles), (u64)1) +
			     ns_to_ticks(s, MAX(kswapd->stall_ns,
						kswapd->pause_ns)));
		return;
	}
	kswapd_slept(s, nid);
	s->nap_end[nid] = s->now + ns_to_ticks(s, KSWAPD_NAP_NS);
	push(s, nid, ns_to_ticks(s, KSWAPD_NAP_NS));
}

void pressure_kswapd_event(struct sim *s, u32 nid, u64 seq)
{
	if (seq != s->pressure->nodes[nid].expected)
		return;
	s->rec = NULL; /* no operation of the trace is at it */
	s->site = 0;
	if (s->mm->nodes[nid].kswapd_woken)
		kswapd_works(s, nid);
	else
		nap_over(s, nid);
}

static void direct_begins(struct sim *s, u64 gfp, u32 order)
{
	struct stall *st = &s->pressure->stall;

	st->run = begin_run(s, s->cpu_node[s->machine.cpu], order, (gfp_t)gfp);
	st->run.who = RECLAIM_DIRECT;
	st->began_ns = io_time_ns(&s->machine);
	st->scanned = s->mm->vm_events[VM_EV_PGSCAN_DIRECT];
	st->kswapd_cycles = s->pressure->kswapd_cycles;
	memcpy(st->cost_count, s->machine.cost_count, sizeof(st->cost_count));
}

/* What it took: the work, and the time that it slept meanwhile.  Of that, what
 * a kswapd did on the side is not its own. */
static void direct_ends(struct sim *s, u64 reclaimed)
{
	struct stall *st = &s->pressure->stall;
	struct reclaim_run *run = &st->run;
	cycles_t others = s->pressure->kswapd_cycles - st->kswapd_cycles;
	u64 took_ns;

	run->cycles = pressure_cycles_since(s, st->cost_count) - others;
	run->scanned = s->mm->vm_events[VM_EV_PGSCAN_DIRECT] - st->scanned;
	run->reclaimed = reclaimed;
	/* Without a cost model the clock shows only what it waited. */
	took_ns = io_time_ns(&s->machine) - st->began_ns;
	if (!s->timed)
		took_ns += cycles_to_ns(run->cycles, s->config.cpu_hz);
	run->sleep_ns = run->wake_ns + took_ns;
	metrics_add_reclaim(&s->metrics, run);
}

u32 pressure_oom_kill(struct sim *s, const struct oom_control *oc)
{
	struct reclaim_run run =
		begin_run(s, s->cpu_node[s->machine.cpu], oc->order, oc->gfp);

	run.who = RECLAIM_OOM;
	run.sleep_ns = run.wake_ns;
	run.blames[0] = (struct blame){.kind = BLAME_TASK, .id = oc->chosen};
	return metrics_add_reclaim(&s->metrics, &run);
}

void pressure_oom_freed(struct sim *s, u32 run, u64 freed)
{
	s->metrics.oom_pages += freed;
	if (run == METRICS_NO_RUN)
		return;
	s->metrics.reclaim_runs.at[run].reclaimed = freed;
	s->metrics.reclaim_runs.at[run].blames[0].pages = freed;
}

int pressure_check(const struct sim *s, struct err *e)
{
	return s->oom ? oom_check(s->oom, e) : 0;
}

void pressure_note(struct sim *s, enum mm_event ev, u64 a, u64 b)
{
	if (ev == MM_EV_SLAB_NEW)
		blame_add(window_of(s, (pfn_t)a), BLAME_CACHE, (u32)b,
			  (u64)1 << pfn_to_page(s->mm, (pfn_t)a)->order);
	else if (ev == MM_EV_PAGE_CACHE_ADD)
		page_cache_grew(s, (pfn_t)a);
	else if (ev == MM_EV_PAGE_SWAPPED)
		swapped_out(s, (pfn_t)a, (u32)(b >> 32), (u32)b);
	else if (ev == MM_EV_KSWAPD_GO)
		push(s, (u32)a, 0);
	else if (ev == MM_EV_PAGE_RECLAIMED)
		page_reclaimed(s, (pfn_t)a, (u32)b);
	else if (ev == MM_EV_PAGE_MIGRATED)
		page_migrated(s, (pfn_t)a, (pfn_t)b);
	else if (ev == MM_EV_KSWAPD_WAKE)
		kswapd_woken(s, (u32)a, (u32)b);
	else if (ev == MM_EV_DIRECT_BEGIN)
		direct_begins(s, a, (u32)b);
	else if (ev == MM_EV_DIRECT_RECLAIM)
		direct_ends(s, a);
}
