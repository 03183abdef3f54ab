/*
 * flusher.h - the thread that writes dirty pages back: when it starts, what it
 * takes first, when it stops (fs/fs-writeback.c; before 2.6.32: pdflush).
 *
 * mm has no threads: MM_EV_FLUSHER_WAKE asks the machine for a turn at some
 * time, and the machine calls flusher_step() until it says otherwise.
 *
 * Invariant: while there are dirty pages a turn is always asked for
 * (unless vm.dirty_writeback_centisecs is 0).
 */
#ifndef MM_FLUSHER_H
#define MM_FLUSHER_H

#include "mm/filemap.h"

/* Why it writes. */
enum flusher_work {
	FLUSH_NOTHING,
	FLUSH_ALL,	  /* reclaim met nothing but dirty pages */
	FLUSH_OLD,	  /* what expired: every dirty_writeback_centisecs */
	FLUSH_BACKGROUND, /* down to the background threshold */
	NR_FLUSHER_WORKS
};

/* What flusher_step() says. */
enum flusher_verdict {
	FLUSHER_MORE,	 /* there is more to do at once */
	FLUSHER_BLOCKED, /* the device's queue is full: when it has room */
	FLUSHER_SLEEPS	 /* until the next MM_EV_FLUSHER_WAKE */
};

struct flusher {
	enum flusher_work work; /* at which it is */
	u64 nr_left;		/* pages that this work may still write */
	u64 begun_ns;		/* files that got dirty later are not meant */
	u64 nr_written;		/* pages that it wrote so far */
	struct address_space *mapping; /* whose turn it is; NULL; borrowed */
	u64 turn_left;		       /* pages that it may write in it */
	bool wrapped;		       /* its turn went past the file's end */
	bool awake;		       /* it has a turn, or one is coming */
	bool want_background;
	bool want_all;
	u64 last_old_ns; /* when it last looked for old ones */
	u64 alarm_ns;	 /* it looks again then; 0: not set */
	u64 runs[NR_FLUSHER_WORKS];
	u64 pages[NR_FLUSHER_WORKS]; /* written by each */
	u64 pauses;		     /* of writers (dirty_throttle.c) */
	u64 pause_ns;
};

/** flusher_wake_background() - More is dirty than the background threshold. */
void flusher_wake_background(struct mm *mm);
/** flusher_wake_all() - Whatever is dirty is to be written. */
void flusher_wake_all(struct mm *mm);
/** flusher_at_work() - Whether it was asked to write and has not finished. */
bool flusher_at_work(const struct mm *mm);
/** flusher_page_dirtied() - There is something to do, some day. */
void flusher_page_dirtied(struct mm *mm);
/**
 * flusher_step() - One request's worth of writing.
 */
enum flusher_verdict flusher_step(struct mm *mm);
/** flusher_stats() - NULL: nothing was ever dirty. */
const struct flusher *flusher_stats(const struct mm *mm);
/**
 * flusher_write_some() - A task writes up to @nr pages itself, oldest files
 * first, as writers did before there were flushers.
 * Return: pages given to the device.
 */
u64 flusher_write_some(struct mm *mm, u64 nr);

#endif
