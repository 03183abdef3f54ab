/*
 * sim.c - a run from its boot to its end.
 */
#include "sim/sim.h"

#include "base/bug.h"
#include "base/xmalloc.h"
#include "mm/check.h"
#include "mm/mempool.h"
#include "mm/percpu.h"
#include "sim/before.h"
#include "sim/io.h"
#include "sim/pressure.h"
#include "sim/shrink.h"
#include "sim/sleepers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What a small kernel keeps there, and what its first chunk can still give
 * (PERCPU_DYNAMIC_RESERVE, rounded up to pages with it). */
#define SLOTS_BYTES (TRACE_SLOTS_MAX * sizeof(struct slot))

int time_too_late(const struct sim *s, u64 time_ns)
{
	if (time_ns <= SIM_TIME_MAX_NS)
		return err_set(s->err, -EINVAL,
			       "record %llu: time %llu ns is more than 100 "
			       "days after the record before; the trace is "
			       "damaged",
			       (unsigned long long)s->record,
			       (unsigned long long)time_ns);
	return err_set(s->err, -EINVAL,
		       "record %llu: time %llu ns is beyond %llu ns, which no "
		       "recording reaches; the trace is damaged",
		       (unsigned long long)s->record,
		       (unsigned long long)time_ns,
		       (unsigned long long)SIM_TIME_MAX_NS);
}

static int boot(struct sim *s, struct err *e)
{
	const struct config *c = &s->config;
	int rc;

	s->slots = xmap_lazy(SLOTS_BYTES);
	if (!s->slots)
		return err_sys(e, "slot table", "reserving address space");
	s->caches = xcalloc(TRACE_CACHES_MAX, sizeof(*s->caches));
	s->mempools = xcalloc(TRACE_CACHES_MAX, sizeof(*s->mempools));
	metrics_init(&s->metrics);
	locks_init(&s->locks, &s->config);
	s->tick_hz = NS_PER_SEC;
	if (c->model != MODEL_NONE) {
		rc = timed_create(s, e);
		if (rc)
			return rc;
		s->tick_hz = c->cpu_hz;
		for (u32 i = 0; i < NR_COSTS; i++)
			s->machine.cost_cycles[i] = sim_price(c, (enum cost)i);
	}
	s->cycles_per_tick_32 =
		(u64)(((unsigned __int128)c->cpu_hz << 32) / s->tick_hz);
	memcpy(s->cpu_node, c->mm.cpu_to_node, sizeof(s->cpu_node));
	s->machine.ops = &sim_machine_ops;
	s->mm = mm_create(&s->machine, &c->mm, e);
	if (!s->mm)
		return -EINVAL;
	io_create(s);
	rc = pressure_create(s, e);
	if (rc)
		return rc;
	if (s->pressure && c->slab_unused_percent) {
		s->shrink = shrink_create(s, e);
		if (!s->shrink)
			return -ENOMEM;
	}
	/* Boot itself is of no policy. */
	s->mm->default_policy =
		(struct mempolicy){.mode = c->policy, .nodes = c->policy_nodes};
	s->percpu = percpu_create(
		s->mm,
		&(struct percpu_setup){
			.static_bytes = c->percpu_static_bytes,
			.reserved_bytes = c->modules ? PCPU_MODULE_RESERVE : 0,
			.dynamic_bytes = PCPU_DYNAMIC_RESERVE,
			.traced = s->info && s->info->counts.events_read,
		});
	s->observed = s->shrink || c->model == MODEL_FULL;
	return c->model == MODEL_FULL ? touch_create(s, e) : 0;
}

struct sim *sim_create(const struct config *config, struct trace_reader *reader,
		       const struct sim_options *opt,
		       const struct sim_hooks *hooks, struct err *e)
{
	struct sim *s = xcalloc(1, sizeof(*s));

	s->config = *config;
	s->reader = reader;
	if (reader)
		s->info = trace_reader_info(reader);
	if (opt)
		s->opt = *opt;
	if (hooks)
		s->hooks = *hooks;
	if (!boot(s, e))
		return s;
	sim_destroy(s);
	return NULL;
}

/* The trace may have told of more CPUs and call sites since. */
static void follow_info(struct sim *s)
{
	cpumap_extend(&s->map, &s->config, s->info);
	metrics_grow_sites(&s->metrics, s->info->sites.nr);
	if (s->timed)
		locks_grow_sites(&s->locks, s->info->sites.nr);
}

static void replay(struct sim *s, const struct trace_rec *recs, u32 nr)
{
	if (s->timed)
		timed_batch(s, recs, nr);
	else
		replay_batch(s, recs, nr);
}

static void start_clock(struct sim *s, const struct trace_rec *first)
{
	s->now = ns_to_ticks(s, MIN(first->time_ns, SIM_TIME_MAX_NS));
	s->metrics.start_ns = cycles_to_ns(s->now, s->tick_hz);
	daemons_start(s);
}

/* One batch; 0: go on, 1: the end, or negative. */
static int run_batch(struct sim *s, struct err *e)
{
	const struct trace_rec *recs;
	s64 nr = trace_read(s->reader, &recs, e);

	if (nr < 0 && s->opt.partial && nr != -ENOMEM) {
		s->partial = true;
		*e = (struct err){0};
		return 1;
	}
	if (nr <= 0)
		return nr < 0 ? (int)nr : 1;
	BUG_ON(nr > TRACE_BATCH);
	if (s->opt.stop_at && s->opt.stop_at - s->record < (u64)nr)
		nr = (s64)(s->opt.stop_at - s->record);
	follow_info(s);
	metrics_hash(&s->metrics, recs, (u32)nr);
	if (!s->events.nr && nr)
		start_clock(s, recs);
	replay(s, recs, (u32)nr);
	if (s->rc)
		return s->rc;
	if (s->hooks.progress) {
		int rc = s->hooks.progress(s->hooks.arg,
					   trace_reader_progress(s->reader),
					   s->record, sim_time_ns(s));

		if (rc)
			return rc;
	}
	return s->opt.stop_at && s->record >= s->opt.stop_at;
}

int sim_check(const struct sim *s, struct err *e)
{
	u32 mids = s->info ? s->info->nr_caches : 0;
	int rc = mm_check(s->mm, e);

	if (!rc)
		rc = pressure_check(s, e);
	if (!rc)
		rc = percpu_check(s->percpu, e);
	if (!rc)
		rc = sleepers_check(s, e);
	for (u32 mid = 0; !rc && mid < MIN(mids, TRACE_CACHES_MAX); mid++)
		if (s->mempools[mid])
			rc = mempool_check(s->mempools[mid], e);
	return rc;
}

static int check_at_end(const struct sim *s, struct err *e)
{
	struct err found = {0};

	if (s->cpucache && !cpucache_check(s->cpucache, &found))
		return err_set(e, -EUCLEAN, "at the end of the run: %s",
			       found.text);

	if (!s->opt.check_every || !sim_check(s, &found))
		return 0;
	return err_set(e, -EUCLEAN, "at the end of the run: %s", found.text);
}

/* @before: what was charged up to the first record. */
static void count_costs(struct sim *s, const u64 before[NR_COSTS])
{
	struct metrics *m = &s->metrics;

	for (u32 i = 0; i < NR_COSTS; i++) {
		m->cost_count[i] = s->machine.cost_count[i] - before[i];
		m->cost_cycles[i] =
			cost_of((enum cost)i, m->cost_count[i],
				sim_price(&s->config, (enum cost)i));
	}
}

int sim_run(struct sim *s, struct err *e)
{
	u64 costs_before[NR_COSTS];
	int rc = 0;

	BUG_ON(!s->reader);
	s->err = e;
	memcpy(costs_before, s->machine.cost_count, sizeof(costs_before));
	while (!rc)
		rc = run_batch(s, e);
	if (rc < 0)
		return rc;
	if (s->timed)
		timed_finish(s);
	else
		sleepers_end(s);
	if (s->rc)
		return s->rc;
	if (!s->events.nr) /* a trace without a record */
		daemons_start(s);
	sample_take(s);
	s->metrics.end_ns = sim_time_ns(s);
	replay_mempools_end(s);
	percpu_count(s->percpu, &s->metrics.percpu);
	io_count(s, &s->metrics);
	filemap_usage(s, &s->metrics.page_cache);
	count_costs(s, costs_before);
	metrics_settle(&s->metrics, s->mm->nr_caches);
	return check_at_end(s, e);
}

/* The machine goes as a whole: nothing is given back. */
static void destroy_pools(struct sim *s)
{
	for (u32 mid = 0; s->mempools && mid < TRACE_CACHES_MAX; mid++)
		if (s->mempools[mid])
			mempool_drop(s->mempools[mid]);
	free(s->mempools);
	sleepers_free(s);
	if (s->percpu)
		percpu_destroy(s->percpu);
}

void sim_destroy(struct sim *s)
{
	if (!s)
		return;
	before_free(s->before);
	destroy_pools(s);
	if (s->mm)
		mm_destroy(s->mm);
	cpucache_destroy(s->cpucache);
	timed_destroy(s);
	pressure_destroy(s);
	io_destroy(s);
	shrink_destroy(s->shrink);
	xunmap(s->slots, SLOTS_BYTES);
	free(s->caches);
	free(s->splits);
	event_queue_free(&s->events);
	eventlog_free(&s->log);
	metrics_free(&s->metrics);
	locks_free(&s->locks);
	free(s);
}

struct mm *sim_mm(struct sim *s)
{
	return s->mm;
}

const struct config *sim_config(const struct sim *s)
{
	return &s->config;
}

const struct metrics *sim_metrics(const struct sim *s)
{
	return &s->metrics;
}

const struct trace_info *sim_trace_info(const struct sim *s)
{
	return s->info;
}

u64 sim_time_ns(const struct sim *s)
{
	return cycles_to_ns(s->now, s->tick_hz);
}

const struct locks *sim_locks(const struct sim *s)
{
	return &s->locks;
}

const struct eventlog *sim_events(const struct sim *s)
{
	return &s->log;
}

bool sim_was_partial(const struct sim *s)
{
	return s->partial;
}

void sim_set_restored(struct sim *s, bool foreign)
{
	s->restored = true;
	s->foreign = foreign;
	s->from_state = true;
}

void sim_set_percpu(struct sim *s, struct percpu *p)
{
	percpu_destroy(s->percpu);
	s->percpu = p;
}

bool sim_from_state(const struct sim *s)
{
	return s->from_state;
}
