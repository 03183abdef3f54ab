/*
 * cpucache_shadow.h - why a cache missed: a fully associative LRU cache of
 * as many lines, and the set of lines ever seen (Hill's three classes; and
 * coherence, for lines that another CPU took away).
 *
 * It takes in and gives away what the cache does, but forgets nothing that
 * was taken from it.
 *
 * What happens to the cache is noted, and worked off many notes at a time: no
 * cache waits for why it missed.  The shadow of a large cache is large itself,
 * and until a note's turn comes the host has fetched what it needs.  What it
 * comes to goes to the counter that it names.
 *
 * Places are numbered in the order of use, and a line knows the place of its
 * last use.  A place is a bit: whether its line was not used again since.  So
 * the line that leaves is the first bit from the last one that left on, and
 * need not be known: who stands before @tail is not there.  Lines are kept by
 * runs of eight, because most come one after the other (a page is cleared).
 * When places are used up, they are numbered anew; when runs are, those of
 * which no line is there are forgotten.
 *
 * Invariants: at most nr_max lines are there; their places are different, from
 * tail on and before head, and just their bits are set; all notes are worked
 * off before anybody reads a counter (shadow_settle()).
 */
#ifndef SIM_CPUCACHE_SHADOW_H
#define SIM_CPUCACHE_SHADOW_H

#include "sim/cpucache.h"

#define SHADOW_NOTES   64u
#define SHADOW_NO_LINE UINT64_MAX

enum shadow_what {
	SHADOW_HIT,  /* the cache had the line */
	SHADOW_MISS, /* it fetches it: count[enum miss_class] */
	/* It missed it as well, but does not take it in: a write with
	 * allocate: false, or an exclusive cache. */
	SHADOW_PASS,
	SHADOW_GIVE, /* as PASS; had it had the line, it would give it away */
	SHADOW_DROP, /* it gave it away */
	SHADOW_LOST, /* another CPU's write invalidates it */
	SHADOW_HAS,  /* counts if the shadow would have it */
	NR_SHADOW_WHATS
};

struct shadow_note {
	u64 line;
	u64 *count; /* borrowed; MISS alone has NULL: nobody counts */
	enum shadow_what what;
};

struct shadow_seen {
	u64 key;  /* line / 64 + 1; 0: empty */
	u64 mask; /* lines of these 64 */
};

#define SHADOW_RUN 8u

struct shadow_run {
	u64 key;	       /* line / SHADOW_RUN + 1; 0: empty */
	u32 place[SHADOW_RUN]; /* of the last use; before tail: not there */
};

struct shadow {
	u64 last; /* the line used last, or none */
	u32 nr_notes;
	u32 nr; /* lines there */
	u32 nr_max;
	u32 head;   /* the next place */
	u32 tail;   /* no line stands before it */
	u32 places; /* of order */
	u64 *order; /* [places] bits: a line is there.  NULL like runs and
		       seen until the first note's turn */
	struct shadow_run *runs; /* [runs_mask + 1] */
	u64 runs_mask;
	u64 nr_runs;
	struct shadow_seen *seen; /* [seen_mask + 1] */
	u64 seen_mask;
	u64 nr_seen;
	struct shadow_note note[SHADOW_NOTES];
};

struct shadow *shadow_create(u32 nr_lines);
void shadow_destroy(struct shadow *s);
/** shadow_settle() - Works off what was noted. */
void shadow_settle(struct shadow *s);

/** shadow_prefetch() - The host is to fetch what a miss of @line needs. */
void shadow_prefetch(const struct shadow *s, u64 line);

static inline void shadow_note(struct shadow *s, enum shadow_what what,
			       u64 line, u64 *count)
{
	struct shadow_note *n = &s->note[s->nr_notes++];

	n->line = line;
	n->count = count;
	n->what = what;
	if (unlikely(s->nr_notes == SHADOW_NOTES))
		shadow_settle(s);
}

/* Most accesses hit; to use a line twice in a row changes nothing. */
static inline void shadow_hit(struct shadow *s, u64 line)
{
	if (line == s->last)
		return;
	s->last = line;
	shadow_note(s, SHADOW_HIT, line, NULL);
}

/* @line comes; if it was asked for, @count says why it was not there. */
static inline void shadow_miss(struct shadow *s, u64 line, u64 *count)
{
	if (line / SHADOW_RUN != s->last / SHADOW_RUN)
		shadow_prefetch(s, line);
	s->last = line;
	shadow_note(s, SHADOW_MISS, line, count);
}

/* @what of PASS, GIVE and DROP. */
static inline void shadow_pass(struct shadow *s, enum shadow_what what,
			       u64 line, u64 *count)
{
	s->last = SHADOW_NO_LINE;
	shadow_note(s, what, line, count);
}

#endif
