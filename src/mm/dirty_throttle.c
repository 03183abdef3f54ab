/*
 * dirty_throttle.c - writers wait, so that not too much gets dirty.
 *
 * What it is
 *	balance_dirty_pages(): who dirties pages faster than the device takes
 *	them is slowed down to its speed.
 *
 * How it works
 *	A task is looked at once it dirtied so many pages, the fewer the
 *	nearer the limits are.  Up to halfway between the thresholds (freerun)
 *	nothing happens.  Above it the task has to pause until its pages are
 *	paid for at
 *
 *	    rate = ratelimit * (1 + ((setpoint - dirty) / (limit - setpoint))^3)
 *
 *	with the setpoint halfway between freerun and limit, so that at the
 *	limit nobody gets on.  The ratelimit follows what the device wrote and
 *	what tasks dirtied in the last 200 ms: with n writers it comes to
 *	an n-th of the device's bandwidth.
 *
 *	2.6: above the threshold the writer writes 1.5 times what it dirtied
 *	itself, and waits 100 ms at a time.
 *
 * Lock order
 *	None.
 *
 * Invariants
 *	0 <= pos_ratio <= 2; a pause is at most 200 ms.
 *
 * What is charged
 *	Time: io_sleep().
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1 with one device: its own setpoint besides the machine's and
 *	shares by completion are left out.  Pauses are counted in nanoseconds,
 *	not in ticks, and are not rounded.  2.6 as of 2.6.16.
 */
#include "base/xmalloc.h"
#include "mm/page_internal.h"
#include "mm/writeback_priv.h"

#include <string.h>

#define POS_SHIFT	 10 /* bits of pos_ratio behind the point */
#define BANDWIDTH_NS	 (200 * NS_PER_MSEC) /* between two measurements */
#define BANDWIDTH_PERIOD (3 * NS_PER_S)	     /* over which it is smoothed */
#define PAUSE_MAX_NS	 (200 * NS_PER_MSEC)
#define PAUSE_MIN_NS	 (10 * NS_PER_MSEC)
#define DEBT_MAX_NS	 NS_PER_S   /* what a task may save up */
#define INIT_BW		 (u64)25600 /* 100 MiB/s, until it is measured */
#define FIRST_PAUSE	 32u	    /* pages that a new task may dirty */
#define EXCEEDED_PAUSE	 8u	    /* and any, when too much was */
#define POLL_PAGES	 32u /* pauses for fewer pages are not worth it */
#define TASKS_MAX	 (1u << 20) /* beyond, tasks share one account */
#define ROUNDS_MAX	 3000u	    /* of waiting: a minute or more */
#define OLD_WAIT_NS	 (100 * NS_PER_MSEC)

static u64 ilog2(u64 x)
{
	return x ? 63u - (u32)__builtin_clzll(x) : 0;
}

static struct wb_task *current_task(struct mm *mm)
{
	struct writeback *wb = wb_get(mm);
	u32 id = MIN(mm->machine->task, TASKS_MAX - 1);

	if (id >= wb->nr_tasks) {
		u32 nr = MAX(id + 1, 2 * wb->nr_tasks);

		wb->tasks = xreallocarray(wb->tasks, nr, sizeof(*wb->tasks));
		memset(wb->tasks + wb->nr_tasks, 0,
		       (nr - wb->nr_tasks) * sizeof(*wb->tasks));
		wb->nr_tasks = nr;
	}
	if (!wb->tasks[id].nr_dirtied_pause)
		wb->tasks[id].nr_dirtied_pause = FIRST_PAUSE;
	return &wb->tasks[id];
}

/* The limit in force: goes up with the threshold at once, and down slowly,
 * so that nobody is hit by a threshold that fell. */
static u64 hard_limit(const struct writeback *wb, const struct dirty_limits *l)
{
	return MAX(l->thresh, wb->bw.dirty_limit);
}

/* The cubic of the head comment, 1.0 = 1 << POS_SHIFT. */
static u64 pos_ratio(const struct writeback *wb, const struct dirty_limits *l,
		     u64 dirty)
{
	s64 limit = (s64)hard_limit(wb, l);
	s64 setpoint = ((s64)l->freerun + limit) / 2;
	s64 x, y;

	if ((s64)dirty >= limit)
		return 0;
	x = (setpoint - (s64)dirty) * (1 << POS_SHIFT) /
	    ((limit - setpoint) | 1);
	y = x * x / (1 << POS_SHIFT) * x / (1 << POS_SHIFT);
	y += 1 << POS_SHIFT;
	return (u64)CLAMP(y, (s64)0, (s64)2 << POS_SHIFT);
}

static void init_bandwidth(struct mm *mm, struct wb_bandwidth *bw)
{
	bw->write = bw->avg_write = INIT_BW;
	bw->ratelimit = bw->balanced_ratelimit = INIT_BW;
	bw->stamp_ns = machine_time_ns(mm->machine);
}

/* What the device wrote lately, smoothed; then once more, against waves. */
static void update_write(struct wb_bandwidth *bw, u64 written, u64 elapsed)
{
	u64 avg = bw->avg_write, old = bw->write, now;

	if (elapsed >= BANDWIDTH_PERIOD)
		now = written * NS_PER_S / elapsed;
	else
		now = (written * NS_PER_S +
		       old * (BANDWIDTH_PERIOD - elapsed)) /
		      BANDWIDTH_PERIOD;
	if (avg > old && old >= now)
		avg -= (avg - old) / 8;
	else if (avg < old && old <= now)
		avg += (old - avg) / 8;
	bw->write = MAX(now, (u64)1);
	bw->avg_write = MAX(avg, (u64)1);
}

/* The ratelimit steps towards what balances writers and device, but only as
 * far as this brings the dirty pages nearer to the setpoint. */
static void update_ratelimit(struct writeback *wb, const struct dirty_limits *l,
			     u64 dirty, u64 dirtied, u64 elapsed)
{
	struct wb_bandwidth *bw = &wb->bw;
	u64 setpoint = (l->freerun + hard_limit(wb, l)) / 2;
	u64 rate = dirtied * NS_PER_S / elapsed;
	u64 task = (bw->ratelimit * pos_ratio(wb, l, dirty) >> POS_SHIFT) + 1;
	u64 balanced = MIN(task * bw->avg_write / (rate | 1), bw->avg_write);
	u64 step = 0, far;

	if (dirty < setpoint) {
		far = MIN(MIN(bw->balanced_ratelimit, balanced), task);
		if (bw->ratelimit < far)
			step = far - bw->ratelimit;
	} else {
		far = MAX(MAX(bw->balanced_ratelimit, balanced), task);
		if (bw->ratelimit > far)
			step = bw->ratelimit - far;
	}
	/* Small differences are noise; of large ones an eighth at a time. */
	far = bw->ratelimit / (2 * step + 1);
	step = far < 64 ? DIV_ROUND_UP(step >> far, 8) : 0;
	if (bw->ratelimit < balanced)
		bw->ratelimit += step;
	else
		bw->ratelimit -= MIN(step, bw->ratelimit);
	bw->ratelimit = MAX(bw->ratelimit, (u64)1);
	bw->balanced_ratelimit = balanced;
}

void wb_update_bandwidth(struct mm *mm, const struct dirty_limits *l)
{
	struct writeback *wb = wb_get(mm);
	struct wb_bandwidth *bw = &wb->bw;
	u64 now = machine_time_ns(mm->machine), elapsed;
	u64 dirtied = 0, written = 0;
	u64 dirty = wb_nr_dirty(mm) + wb_nr_writeback(mm);

	if (!bw->write)
		init_bandwidth(mm, bw);
	elapsed = now - bw->stamp_ns;
	if (elapsed < BANDWIDTH_NS)
		return;
	for (u32 nid = 0; nid < mm->conf.nr_nodes; nid++) {
		dirtied += wb->nodes[nid].nr_dirtied;
		written += wb->nodes[nid].nr_written;
	}
	if (bw->dirty_limit < l->thresh) {
		bw->dirty_limit = l->thresh;
	} else {
		u64 aim = MAX(l->thresh, dirty);

		if (bw->dirty_limit > aim)
			bw->dirty_limit -= (bw->dirty_limit - aim) >> 5;
	}
	update_ratelimit(wb, l, dirty, dirtied - bw->dirtied_stamp, elapsed);
	update_write(bw, written - bw->written_stamp, elapsed);
	bw->stamp_ns = now;
	bw->dirtied_stamp = dirtied;
	bw->written_stamp = written;
}

/* The longest pause: long ones starve the device when little is dirty. */
static u64 max_pause(const struct writeback *wb, u64 dirty)
{
	return MIN(dirty * NS_PER_S / 8 / wb->bw.avg_write + NS_PER_MSEC,
		   PAUSE_MAX_NS);
}

/*
 * The shortest that is worth it, and after how many pages the task is looked
 * at next: longer with many writers, whose ratelimits are low.
 */
static u64 min_pause(const struct writeback *wb, u64 longest, u64 rate,
		     u32 *pages_next)
{
	u64 hi = ilog2(wb->bw.avg_write), lo = ilog2(wb->bw.ratelimit);
	u64 t = PAUSE_MIN_NS, pages, pause;

	if (hi > lo)
		t += (hi - lo) * PAUSE_MIN_NS;
	t = MIN(t, longest / 2 + 1);
	pages = wb->bw.ratelimit * t / NS_PER_S;
	if (pages < POLL_PAGES) {
		t = longest;
		pages = wb->bw.ratelimit * t / NS_PER_S;
		if (pages > POLL_PAGES) {
			pages = POLL_PAGES;
			t = NS_PER_S * POLL_PAGES / wb->bw.ratelimit;
		}
	}
	pause = NS_PER_S * pages / (rate + 1);
	if (pause > longest) {
		t = longest;
		pages = rate * t / NS_PER_S;
	}
	*pages_next = (u32)MAX(pages, (u64)1);
	return pages >= POLL_PAGES ? t / 2 + 1 : t;
}

/* The task saved time up, or owes too little to be worth a pause. */
static void no_pause(struct wb_task *t, s64 pause, u64 period, u64 now,
		     u32 pages_next)
{
	if (pause < -(s64)DEBT_MAX_NS) {
		t->paused_when_ns = now;
		t->nr_dirtied = 0;
	} else if (period) {
		t->paused_when_ns += period;
		t->nr_dirtied = 0;
	}
	t->nr_dirtied_pause = pages_next;
}

/* One look at the task; @slept grows by its pause. True: it may go on. */
static bool pause_once(struct mm *mm, const struct dirty_limits *l, u64 dirty,
		       u64 *slept)
{
	struct writeback *wb = mm->wb;
	struct wb_task *t = current_task(mm);
	u64 now = machine_time_ns(mm->machine), longest, shortest, period, ns;
	u64 rate;
	s64 pause;
	u32 pages_next = 1;

	wb->bw.exceeded = dirty > l->thresh;
	wb_update_bandwidth(mm, l);
	rate = wb->bw.ratelimit * pos_ratio(wb, l, dirty) >> POS_SHIFT;
	longest = max_pause(wb, dirty);
	shortest = min_pause(wb, longest, rate, &pages_next);
	period = rate ? NS_PER_S * t->nr_dirtied / rate : longest;
	pause = (s64)period;
	if (rate && t->paused_when_ns)
		pause -= (s64)(now - t->paused_when_ns);
	if (rate && pause < (s64)shortest) {
		no_pause(t, pause, period, now, pages_next);
		return true;
	}
	if (pause > (s64)longest) {
		now += MIN((u64)pause - longest, longest);
		pause = (s64)longest;
	}
	ns = io_sleep(mm->machine, NULL, NULL, (u64)pause);
	*slept += ns;
	t = current_task(mm); /* others may have had their turn */
	t->paused_when_ns = now + (u64)pause;
	t->nr_dirtied = 0;
	t->nr_dirtied_pause = pages_next;
	return rate || !ns;
}

/* Nobody waits: the next look comes the later the farther the limit is. */
static void freerun(struct mm *mm, struct wb_task *t, u64 dirty, u64 limit)
{
	t->paused_when_ns = machine_time_ns(mm->machine);
	t->nr_dirtied = 0;
	t->nr_dirtied_pause =
		limit > dirty ? (u32)((u64)1 << (ilog2(limit - dirty) >> 1))
			      : 1;
}

static u64 balance_dirty_pages(struct mm *mm)
{
	u64 slept = 0;

	for (u32 round = 0; round < ROUNDS_MAX; round++) {
		u64 reclaimable = wb_nr_dirty(mm);
		u64 dirty = reclaimable + wb_nr_writeback(mm);
		struct dirty_limits l;

		global_dirty_limits(mm, &l);
		if (reclaimable > l.bg_thresh)
			flusher_wake_background(mm);
		if (dirty <= l.freerun) {
			freerun(mm, current_task(mm), dirty, l.thresh);
			break;
		}
		flusher_wake_background(mm);
		if (pause_once(mm, &l, dirty, &slept))
			break;
	}
	return slept;
}

/* 2.6: writers are looked at after so many pages, 4 MiB at most. */
static u32 old_ratelimit(const struct mm *mm)
{
	u64 pages = mm->totalram_pages / (mm->conf.nr_cpus * 32u);

	return (u32)CLAMP(pages, (u64)16, (u64)1024);
}

/* 2.6: who is above the threshold writes, and waits for the device. */
static u64 balance_dirty_pages_old(struct mm *mm)
{
	u64 todo = old_ratelimit(mm) * 3 / 2, slept = 0, done = 0;
	struct dirty_limits l;

	current_task(mm)->nr_dirtied = 0;
	for (u32 round = 0; round < ROUNDS_MAX; round++) {
		u64 ns;

		global_dirty_limits(mm, &l);
		if (wb_nr_dirty(mm) + wb_nr_writeback(mm) <= l.thresh)
			break;
		mm->wb->bw.exceeded = true;
		if (wb_nr_dirty(mm)) {
			done += flusher_write_some(mm, todo - MIN(done, todo));
			if (wb_nr_dirty(mm) + wb_nr_writeback(mm) <= l.thresh)
				break;
			if (done >= todo)
				break;
		}
		ns = io_sleep(mm->machine, NULL, NULL, OLD_WAIT_NS);
		slept += ns;
		if (!ns)
			break;
	}
	global_dirty_limits(mm, &l);
	if (wb_nr_dirty(mm) + wb_nr_writeback(mm) <= l.thresh)
		mm->wb->bw.exceeded = false;
	if (wb_nr_dirty(mm) > l.bg_thresh)
		flusher_wake_background(mm);
	return slept;
}

u64 balance_dirty_pages_ratelimited(struct mm *mm)
{
	struct wb_task *t = current_task(mm);
	u32 limit = t->nr_dirtied_pause;
	bool old = mm->conf.profile == PROFILE_LINUX_2_6;
	u64 slept;

	if (old)
		limit = old_ratelimit(mm);
	if (mm->wb->bw.exceeded)
		limit = MIN(limit, EXCEEDED_PAUSE);
	if (++t->nr_dirtied < limit)
		return 0;
	slept = old ? balance_dirty_pages_old(mm) : balance_dirty_pages(mm);
	mm->wb->flusher.pauses += slept != 0;
	mm->wb->flusher.pause_ns += slept;
	return slept;
}
