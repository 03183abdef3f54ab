/*
 * flusher.c - dirty pages go back to the device: which, when, how many.
 *
 * What it is
 *	The flusher of the one device that files have: what its thread does
 *	when it has a turn.
 *
 * How it works
 *	Files with dirty pages stand on b_dirty, by the time of the first.
 *	The files that are meant go to b_io, and each has a turn of some pages
 *	from where it stopped last time; if it is dirty after that, it waits
 *	on b_more_io until the others had theirs.
 *
 *	  b_dirty ──expired, or all──► b_io ──turn over──► b_more_io
 *	                                ▲                      │
 *	                                └──── b_io is empty ───┘
 *
 *	It starts when more is dirty than the background threshold (and stops
 *	below), every dirty_writeback_centisecs for pages that were dirty for
 *	dirty_expire_centisecs, and when reclaim meets dirty pages only.
 *
 * Lock order
 *	None: a step is one request.
 *
 * Invariants
 *	turn_left > 0 while there is a mapping whose turn it is.
 *
 * What is charged
 *	COST_WRITE_PAGE a page that is given to the device.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1.  A file whose turn passes its end goes on at its start in
 *	the same turn (the kernel: in the next).  Inodes' own blocks, sync()
 *	and dirtytime are left out.  2.6's pdflush has turns of 1024 pages and
 *	wakes by a clock of its own; it is one thread.
 */
#include "mm/flusher.h"

#include "mm/page_internal.h"
#include "mm/writeback_priv.h"

#define MIN_TURN_PAGES	   (u64)1024 /* MIN_WRITEBACK_PAGES: 4 MiB */
#define REQUEST_PAGES	   256u	     /* of one request: 1 MiB */
#define RETRY_NS	   (100 * NS_PER_MSEC)
#define NS_PER_CENTISECOND (10 * NS_PER_MSEC)

/* Asks for a turn at @at_ns, 0: now. */
static void wake(struct mm *mm, u64 at_ns)
{
	struct flusher *f = &wb_get(mm)->flusher;

	if (!at_ns) {
		if (f->awake)
			return;
		f->awake = true;
	} else {
		f->alarm_ns = at_ns;
	}
	note(mm->machine, MM_EV_FLUSHER_WAKE, at_ns, 0);
}

void flusher_wake_background(struct mm *mm)
{
	if (flusher_at_work(mm))
		return;
	wb_get(mm)->flusher.want_background = true;
	wake(mm, 0);
}

void flusher_wake_all(struct mm *mm)
{
	if (!wb_nr_dirty(mm) || mm->wb->flusher.want_all)
		return;
	mm->wb->flusher.want_all = true;
	wake(mm, 0);
}

bool flusher_at_work(const struct mm *mm)
{
	const struct flusher *f = flusher_stats(mm);

	return f && (f->work != FLUSH_NOTHING || f->want_background);
}

const struct flusher *flusher_stats(const struct mm *mm)
{
	return mm->wb ? &mm->wb->flusher : NULL;
}

/* The next look for old pages. */
static void set_alarm(struct mm *mm)
{
	struct flusher *f = &mm->wb->flusher;
	u64 period = mm->conf.dirty_writeback_centisecs * NS_PER_CENTISECOND;
	u64 now = machine_time_ns(mm->machine);

	if (!period || f->alarm_ns > now)
		return;
	if (mm->conf.profile == PROFILE_LINUX_2_6)
		wake(mm, (now / period + 1) * period);
	else
		wake(mm, now + period);
}

void flusher_page_dirtied(struct mm *mm)
{
	if (!mm->wb->flusher.awake)
		set_alarm(mm);
}

static bool over_background(const struct mm *mm)
{
	struct dirty_limits l;

	global_dirty_limits(mm, &l);
	return wb_nr_dirty(mm) > l.bg_thresh;
}

/* What it has to do, most urgent first; false: nothing. */
static bool next_work(struct mm *mm)
{
	struct flusher *f = &mm->wb->flusher;
	u64 period = mm->conf.dirty_writeback_centisecs * NS_PER_CENTISECOND;
	u64 now = machine_time_ns(mm->machine);

	f->nr_left = UINT64_MAX;
	f->nr_written = 0;
	f->begun_ns = now;
	f->work = FLUSH_NOTHING;
	if (f->want_all) {
		f->want_all = false;
		f->work = FLUSH_ALL;
		f->nr_left = wb_nr_dirty(mm);
	} else if (period && now >= f->last_old_ns + period) {
		f->last_old_ns = now;
		f->work = FLUSH_OLD;
		f->nr_left = wb_nr_dirty(mm);
	} else if (f->want_background || over_background(mm)) {
		f->want_background = false;
		f->work = FLUSH_BACKGROUND;
	}
	f->runs[f->work]++;
	return f->work != FLUSH_NOTHING;
}

/* queue_io(): those that waited, and from b_dirty those that are meant. */
static void queue_io(struct mm *mm, u64 dirtied_before)
{
	struct writeback *wb = mm->wb;
	struct address_space *m;

	while ((m = wb->lists[WB_MORE_IO].tail) != NULL)
		wb_move(wb, m, WB_IO);
	while ((m = wb->lists[WB_DIRTY].tail) != NULL &&
	       m->dirtied_when <= dirtied_before)
		wb_move(wb, m, WB_IO);
}

/* The file whose turn it is; NULL: none is left for this work. */
static struct address_space *next_mapping(struct mm *mm)
{
	struct flusher *f = &mm->wb->flusher;
	u64 expire = mm->conf.dirty_expire_centisecs * NS_PER_CENTISECOND;
	u64 now = machine_time_ns(mm->machine);
	u64 before = f->begun_ns;

	if (f->mapping)
		return f->mapping;
	if (f->work == FLUSH_OLD) {
		if (now < expire)
			return NULL;
		before = now - expire;
	}
	if (!mm->wb->lists[WB_IO].tail)
		queue_io(mm, before);
	f->mapping = mm->wb->lists[WB_IO].tail;
	f->turn_left = MIN_TURN_PAGES;
	if (mm->conf.profile != PROFILE_LINUX_2_6) {
		struct dirty_limits l;
		u64 pages;

		global_dirty_limits(mm, &l);
		pages = MIN(mm->wb->bw.avg_write / 2, l.thresh / 8);
		pages = MIN(pages, f->nr_left);
		f->turn_left = (pages + MIN_TURN_PAGES) / MIN_TURN_PAGES *
			       MIN_TURN_PAGES;
	}
	f->wrapped = false;
	return f->mapping;
}

/*
 * One request: neighbours in @m, at most @max, that are dirty and not being
 * written, the first from @m->writeback_index on.
 * Return: pages given to the device; 0: there are none up to the file's end.
 */
static u64 write_request(struct mm *mm, struct address_space *m, u64 max)
{
	u64 index = m->writeback_index, first = 0, nr = 0;
	xa_entry entry;

	for (; nr < max; index++) {
		struct page *page;

		entry = xa_find_marked(&m->pages, &index, FILE_PAGES_MAX,
				       XA_MARK_DIRTY);
		if (!entry || (nr && index != first + nr))
			break;
		page = pfn_to_page(mm, xa_to_pfn(entry));
		if (page_lru_flag(page, LRU_WRITEBACK)) {
			if (nr)
				break;
			continue;
		}
		if (!nr)
			first = index;
		clear_page_dirty_for_io(mm, page);
		set_page_writeback(mm, page);
		nr++;
	}
	if (!nr)
		return 0;
	m->writeback_index = first + nr;
	charge(mm->machine, COST_WRITE_PAGE, (u32)nr);
	wb_submit(mm, m, (u32)first, (u32)nr);
	return nr;
}

/* The turn of @m is over. */
static void end_turn(struct mm *mm, struct address_space *m)
{
	struct flusher *f = &mm->wb->flusher;

	f->mapping = NULL;
	if (!m->nr_dirty) /* it left its list */
		return;
	if (f->turn_left) {
		/* All that is dirty is being written: not before long. */
		m->dirtied_when =
			MAX(machine_time_ns(mm->machine), f->begun_ns) + 1;
		wb_move(mm->wb, m, WB_DIRTY);
	} else {
		wb_move(mm->wb, m, WB_MORE_IO);
	}
}

/* Pages written from the file whose turn it is; its turn may end. */
static u64 write_mapping(struct mm *mm, struct address_space *m, u64 max)
{
	struct flusher *f = &mm->wb->flusher;
	u64 nr = write_request(mm, m, MIN(max, f->turn_left));

	if (!nr && !f->wrapped) {
		f->wrapped = true;
		m->writeback_index = 0;
		nr = write_request(mm, m, MIN(max, f->turn_left));
	}
	f->turn_left -= nr;
	if (!nr || !f->turn_left || !m->nr_dirty)
		end_turn(mm, m);
	return nr;
}

/* One request of its work; false: the work is done. */
static bool work_step(struct mm *mm)
{
	struct flusher *f = &mm->wb->flusher;
	struct address_space *m;
	u64 nr;

	if (!f->nr_left)
		return false;
	/* What is not urgent gives way. */
	if (f->work != FLUSH_ALL && f->want_all)
		return false;
	if (f->work == FLUSH_BACKGROUND && !over_background(mm))
		return false;
	m = next_mapping(mm);
	if (!m)
		return false;
	nr = write_mapping(mm, m, MIN((u64)REQUEST_PAGES, f->nr_left));
	f->nr_left -= nr;
	f->nr_written += nr;
	f->pages[f->work] += nr;
	return true;
}

enum flusher_verdict flusher_step(struct mm *mm)
{
	struct flusher *f = &wb_get(mm)->flusher;
	bool stuck;

	f->awake = true;
	if (f->work == FLUSH_NOTHING && !next_work(mm)) {
		f->awake = false;
		if (wb_nr_dirty(mm))
			set_alarm(mm);
		return FLUSHER_SLEEPS;
	}
	if (wb_congested(mm))
		return FLUSHER_BLOCKED;
	if (work_step(mm))
		return FLUSHER_MORE;
	stuck = !f->nr_written && !f->want_all && f->work != FLUSH_OLD;
	f->work = FLUSH_NOTHING;
	if (!stuck)
		return FLUSHER_MORE;
	/* All that is dirty is being written: not so soon. */
	f->awake = false;
	if (wb_nr_dirty(mm))
		wake(mm, machine_time_ns(mm->machine) + RETRY_NS);
	return FLUSHER_SLEEPS;
}

u64 flusher_write_some(struct mm *mm, u64 nr)
{
	struct writeback *wb = wb_get(mm);
	struct address_space *m;
	u64 done = 0;

	if (!wb->lists[WB_IO].tail)
		queue_io(mm, UINT64_MAX);
	while (done < nr && (m = wb->lists[WB_IO].tail) != NULL) {
		u64 max = MIN((u64)REQUEST_PAGES, nr - done);
		u64 some = write_request(mm, m, max);

		if (!some && m->writeback_index) {
			m->writeback_index = 0;
			some = write_request(mm, m, max);
		}
		done += some;
		if (!some && m->nr_dirty)
			wb_move(wb, m, WB_MORE_IO);
	}
	return done;
}
