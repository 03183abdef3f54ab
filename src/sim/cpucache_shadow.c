#include "sim/cpucache_shadow.h"

#include "base/bitmap.h"
#include "base/bug.h"
#include "base/xmalloc.h"

#include <stdlib.h>
#include <string.h>

/* Of a line's place: what else is known of it. */
#define PLACE_LOST   ((u32)1 << 31) /* another CPU's write took it away */
#define PLACE_SEEN   ((u32)1 << 30) /* the set of lines ever seen has it */
#define PLACE_MASK   (PLACE_SEEN - 1)
#define PLACES_MIN   65536u
#define PLACES_RATIO 8u /* places for each line: how seldom they are squeezed */
#define PLACE_FIRST  1u /* 0: no place */
#define WORD_BITS    64u
#define RUNS_FIRST   1024u
#define SEEN_FIRST   1024u
#define LINES_A_SEEN 64u
#define MIX	     0x9e3779b97f4a7c15u /* 2^64 / golden ratio: Knuth's */

_Static_assert(CPUCACHE_LINES_MAX *PLACES_RATIO <= PLACE_MASK,
	       "the places of the largest shadow are numbered");

const char *const miss_class_names[NR_MISS_CLASSES] = {"compulsory", "capacity",
						       "conflict", "coherence"};

struct shadow *shadow_create(u32 nr_lines)
{
	struct shadow *s = xcalloc(1, sizeof(*s));

	BUG_ON(!nr_lines || nr_lines > CPUCACHE_LINES_MAX);
	s->nr_max = nr_lines;
	s->last = SHADOW_NO_LINE;
	return s;
}

/* Many CPUs of a large machine may never do anything. */
static COLD void first_use(struct shadow *s)
{
	s->runs = xcalloc(RUNS_FIRST, sizeof(*s->runs));
	s->runs_mask = RUNS_FIRST - 1;
	s->places =
		ALIGN_UP(MAX(PLACES_RATIO * s->nr_max, PLACES_MIN), WORD_BITS);
	s->order = xcalloc(s->places / WORD_BITS, sizeof(*s->order));
	s->head = s->tail = PLACE_FIRST;
	s->seen = xcalloc(SEEN_FIRST, sizeof(*s->seen));
	s->seen_mask = SEEN_FIRST - 1;
}

void shadow_destroy(struct shadow *s)
{
	if (!s)
		return;
	free(s->runs);
	free(s->order);
	free(s->seen);
	free(s);
}

/* Lines ever seen */

static u64 seen_home(const struct shadow *s, u64 key)
{
	u64 x = key * MIX;

	return (x ^ (x >> 32)) & s->seen_mask;
}

static struct shadow_seen *seen_find(const struct shadow *s, u64 key)
{
	u64 at = seen_home(s, key);

	while (s->seen[at].key && s->seen[at].key != key)
		at = (at + 1) & s->seen_mask;
	return &s->seen[at];
}

static void seen_grow(struct shadow *s)
{
	struct shadow_seen *old = s->seen;
	u64 nr = s->seen_mask + 1;

	s->seen = xcalloc(nr, 2 * sizeof(*s->seen));
	s->seen_mask = 2 * nr - 1;
	for (u64 i = 0; i < nr; i++)
		if (old[i].key)
			*seen_find(s, old[i].key) = old[i];
	free(old);
}

static u64 seen_key(u64 line)
{
	return line / LINES_A_SEEN + 1;
}

static u64 seen_bit(u64 line)
{
	return (u64)1 << line % LINES_A_SEEN;
}

static bool was_seen(const struct shadow *s, u64 line)
{
	return seen_find(s, seen_key(line))->mask & seen_bit(line);
}

/* Notes that @line was seen; was it before? */
static bool see(struct shadow *s, u64 line)
{
	struct shadow_seen *at = seen_find(s, seen_key(line));
	bool before = at->mask & seen_bit(line);

	at->mask |= seen_bit(line);
	if (!at->key) {
		at->key = seen_key(line);
		if (++s->nr_seen > s->seen_mask / 2)
			seen_grow(s);
	}
	return before;
}

/* Runs of lines */

static inline u64 run_key(u64 line)
{
	return line / SHADOW_RUN + 1;
}

static inline u64 run_home(const struct shadow *s, u64 key)
{
	u64 x = key * MIX;

	return (x ^ (x >> 32)) & s->runs_mask;
}

/* Where the run of @key stands, or would. */
static inline struct shadow_run *run_find(const struct shadow *s, u64 key)
{
	u64 at = run_home(s, key);

	while (s->runs[at].key != key && s->runs[at].key)
		at = (at + 1) & s->runs_mask;
	return &s->runs[at];
}

/* The place of @line to read; of one without a run: of no place. */
static inline u32 *find_place(const struct shadow *s, u64 line)
{
	return &run_find(s, run_key(line))->place[line % SHADOW_RUN];
}

static inline bool is_there(const struct shadow *s, u32 place)
{
	return (place & PLACE_MASK) >= s->tail;
}

/* Takes the run at @hole out; what follows moves up. */
static void run_remove(struct shadow *s, u64 hole)
{
	u64 at = hole;

	while (s->runs[at = (at + 1) & s->runs_mask].key) {
		u64 from_home = at - run_home(s, s->runs[at].key);

		if ((from_home & s->runs_mask) < ((at - hole) & s->runs_mask))
			continue;
		s->runs[hole] = s->runs[at];
		hole = at;
	}
	s->runs[hole] = (struct shadow_run){0};
	s->nr_runs--;
}

static inline bool run_is_there(const struct shadow *s,
				const struct shadow_run *r)
{
	bool there = false;

	for (u32 i = 0; i < SHADOW_RUN; i++)
		there |= is_there(s, r->place[i]);
	return there;
}

static void runs_grow(struct shadow *s)
{
	struct shadow_run *old = s->runs;
	u64 nr = s->runs_mask + 1;

	s->runs = xcalloc(nr, 2 * sizeof(*s->runs));
	s->runs_mask = 2 * nr - 1;
	for (u64 i = 0; i < nr; i++)
		if (old[i].key)
			*run_find(s, old[i].key) = old[i];
	free(old);
}

/* Runs are used up: forgets those of which no line is there. */
static NO_INLINE void drop_runs(struct shadow *s)
{
	for (u64 at = 0; at <= s->runs_mask; at++)
		while (s->runs[at].key && !run_is_there(s, &s->runs[at]))
			run_remove(s, at);
	while (s->nr_runs > (s->runs_mask + 1) / 5 * 2)
		runs_grow(s);
}

/* The order */

/* How many lines stand before each word of the order; owned by the caller. */
static u32 *count_before(const struct shadow *s)
{
	u32 nr_words = s->places / WORD_BITS, nr = 0;
	u32 *before = xcalloc(nr_words, sizeof(*before));

	for (u32 i = 0; i < nr_words; i++) {
		before[i] = nr;
		nr += (u32)__builtin_popcountll(s->order[i]);
	}
	BUG_ON(nr != s->nr);
	return before;
}

/* The number that @place, whose line is there, gets when the gaps close. */
static u32 new_number(const struct shadow *s, const u32 *before, u32 place)
{
	u32 word = place / WORD_BITS;
	u64 older = s->order[word] & (((u64)1 << place % WORD_BITS) - 1);

	return PLACE_FIRST + before[word] + (u32)__builtin_popcountll(older);
}

/* The lines there stand one after the other, the others have no place. */
static void renumber(struct shadow *s, const u32 *before)
{
	for (u64 at = 0; at <= s->runs_mask; at++) {
		u32 *place = s->runs[at].place;

		for (u32 i = 0; s->runs[at].key && i < SHADOW_RUN; i++) {
			if (!is_there(s, place[i])) {
				place[i] &= PLACE_SEEN;
				continue;
			}
			place[i] = (place[i] & ~PLACE_MASK) |
				   new_number(s, before, place[i] & PLACE_MASK);
		}
	}
}

/* Closes the gaps: the places are used up. */
static NO_INLINE void squeeze(struct shadow *s)
{
	u32 *before = count_before(s);

	renumber(s, before);
	free(before);
	memset(s->order, 0, s->places / WORD_BITS * sizeof(*s->order));
	s->tail = PLACE_FIRST;
	s->head = PLACE_FIRST + s->nr;
	bitmap_set(s->order, PLACE_FIRST, s->nr);
}

/* The place of @line, to be changed. */
static inline u32 *take_place(struct shadow *s, u64 line)
{
	u64 key = run_key(line);
	struct shadow_run *r = run_find(s, key);

	if (unlikely(!r->key)) {
		if (unlikely(s->nr_runs > s->runs_mask / 8 * 5)) {
			drop_runs(s);
			r = run_find(s, key);
		}
		r->key = key;
		s->nr_runs++;
	}
	return &r->place[line % SHADOW_RUN];
}

/* The line used least recently is not there any more. */
static inline void drop_oldest(struct shadow *s)
{
	u32 word = s->tail / WORD_BITS;

	while (!s->order[word])
		word++;
	s->tail = word * WORD_BITS + (u32)__builtin_ctzll(s->order[word]);
	bit_clear(s->order, s->tail++);
}

/* The line of @place, from take_place(), is used. */
static inline void use_place(struct shadow *s, u32 *place)
{
	u32 next;

	if (likely(is_there(s, *place)))
		bit_clear(s->order, *place & PLACE_MASK);
	else if (s->nr < s->nr_max)
		s->nr++;
	else
		drop_oldest(s);
	next = s->head++;
	bit_set(s->order, next);
	*place = (*place & PLACE_SEEN) | next;
	if (unlikely(s->head == s->places))
		squeeze(s);
}

/* Notes */

void shadow_prefetch(const struct shadow *s, u64 line)
{
	const struct shadow_run *r;

	if (unlikely(!s->runs))
		return;
	r = &s->runs[run_home(s, run_key(line))];
	PREFETCH(r);
	PREFETCH(&r->place[SHADOW_RUN - 1]);
	PREFETCH(&s->seen[seen_home(s, seen_key(line))]);
}

/* The line of @place, which is there, leaves a gap. */
static void drop(struct shadow *s, u32 *place)
{
	bit_clear(s->order, *place & PLACE_MASK);
	*place &= PLACE_SEEN;
	s->nr--;
}

static inline enum miss_class explain(struct shadow *s, u64 line)
{
	u32 *place = take_place(s, line);
	enum miss_class class = MISS_CAPACITY;

	if (is_there(s, *place)) {
		class = *place & PLACE_LOST ? MISS_COHERENCE : MISS_CONFLICT;
	} else if (!(*place & PLACE_SEEN)) {
		*place |= PLACE_SEEN;
		if (!see(s, line))
			class = MISS_COMPULSORY;
	}
	use_place(s, place);
	return class;
}

static enum miss_class explain_pass(struct shadow *s, u64 line, bool keep)
{
	u32 *place = find_place(s, line);

	if (!is_there(s, *place))
		return was_seen(s, line) ? MISS_CAPACITY : MISS_COMPULSORY;
	if (*place & PLACE_LOST)
		return MISS_COHERENCE;
	if (keep)
		use_place(s, place);
	else
		drop(s, place);
	return MISS_CONFLICT;
}

static NO_INLINE void work_off(struct shadow *s, enum shadow_what what,
			       u64 line, u64 *count)
{
	u32 *place;

	switch (what) {
	case SHADOW_PASS:
	case SHADOW_GIVE:
		count[explain_pass(s, line, what == SHADOW_PASS)]++;
		break;
	case SHADOW_DROP:
		place = find_place(s, line);
		if (is_there(s, *place))
			drop(s, place);
		break;
	case SHADOW_LOST:
		place = find_place(s, line);
		if (is_there(s, *place))
			*place |= PLACE_LOST;
		break;
	case SHADOW_HAS:
		*count += is_there(s, *find_place(s, line));
		break;
	case SHADOW_HIT: /* see below */
	case SHADOW_MISS:
	case NR_SHADOW_WHATS:
		BUG();
	}
}

void shadow_settle(struct shadow *s)
{
	const struct shadow_note *end = &s->note[s->nr_notes];
	u64 nobodys[NR_MISS_CLASSES] = {0};

	if (unlikely(!s->runs) && s->nr_notes)
		first_use(s);
	s->nr_notes = 0;
	for (const struct shadow_note *n = s->note; n < end; n++) {
		if (n->what == SHADOW_HIT) {
			use_place(s, take_place(s, n->line));
		} else if (n->what == SHADOW_MISS) {
			u64 *count = n->count ? n->count : nobodys;

			count[explain(s, n->line)]++;
		} else {
			work_off(s, n->what, n->line, n->count);
		}
	}
}
