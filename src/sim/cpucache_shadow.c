#include "sim/cpucache_shadow.h"

#include "base/bug.h"
#include "base/xmalloc.h"

#include <stdlib.h>

/* An entry of the table: the line, whether it was lost, its place. */
#define PLACE_BITS   18u
#define PLACE_MASK   (((u64)1 << PLACE_BITS) - 1)
#define ENTRY_LOST   ((u64)1 << PLACE_BITS)
#define LINE_AT	     (PLACE_BITS + 1)
#define PLACES_MIN   8192u
#define PLACES_RATIO 3u /* places for each line: how seldom they are squeezed */
#define SEEN_FIRST   1024u
#define LINES_A_SEEN 64u
#define MIX	     0x9e3779b97f4a7c15u /* 2^64 / golden ratio: Knuth's */

const char *const miss_class_names[NR_MISS_CLASSES] = {"compulsory", "capacity",
						       "conflict", "coherence"};

static u32 log2_up(u64 n)
{
	return n > 1 ? 64 - (u32)__builtin_clzll(n - 1) : 0;
}

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
	u32 bits = MAX(log2_up(2 * (u64)s->nr_max), 2u);

	s->table = xcalloc((size_t)1 << bits, sizeof(*s->table));
	s->table_mask = ((u32)1 << bits) - 1;
	s->hash_shift = 64 - bits;
	s->places = MAX(PLACES_RATIO * s->nr_max, PLACES_MIN);
	s->grain = MAX(log2_up(s->places), PLACE_BITS) - PLACE_BITS;
	s->order = xcalloc(s->places, sizeof(*s->order));
	s->head = s->tail = 1u << s->grain; /* an entry in use is not 0 */
	s->seen = xcalloc(SEEN_FIRST, sizeof(*s->seen));
	s->seen_mask = SEEN_FIRST - 1;
}

void shadow_destroy(struct shadow *s)
{
	if (!s)
		return;
	free(s->table);
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

/* The table */

static inline u32 home(const struct shadow *s, u64 line)
{
	return (u32)(line * MIX >> s->hash_shift);
}

static inline u64 entry_of(const struct shadow *s, u64 line, u32 place)
{
	return line << LINE_AT | place >> s->grain;
}

/* Where @line stands in the table, or would. */
static inline u32 table_find(const struct shadow *s, u64 line)
{
	u32 at = home(s, line);

	while (s->table[at] && s->table[at] >> LINE_AT != line)
		at = (at + 1) & s->table_mask;
	return at;
}

/* Takes the entry at @hole out; what follows moves up. */
static inline void table_remove(struct shadow *s, u32 hole)
{
	u32 at = hole;
	u64 e;

	while ((e = s->table[at = (at + 1) & s->table_mask])) {
		u32 from_home = at - home(s, e >> LINE_AT);

		if ((from_home & s->table_mask) < ((at - hole) & s->table_mask))
			continue;
		s->table[hole] = e;
		hole = at;
	}
	s->table[hole] = 0;
}

/* The order */

/* Closes the gaps: the places are used up. */
static NO_INLINE void squeeze(struct shadow *s)
{
	u32 to = 1u << s->grain;

	for (u32 from = s->tail; from < s->head; from++) {
		u64 line = s->order[from];
		u64 *e;

		if (line == SHADOW_NO_LINE)
			continue;
		e = &s->table[table_find(s, line)];
		s->order[to] = line;
		*e = (*e & ENTRY_LOST) | entry_of(s, line, to++);
	}
	s->tail = 1u << s->grain;
	s->head = to;
}

/* @line, whose entry is at @at, was used last. */
static inline void append(struct shadow *s, u32 at, u64 line)
{
	u32 place = s->head++;

	s->order[place] = line;
	s->table[at] = entry_of(s, line, place);
	if (unlikely(place + 1 == s->places))
		squeeze(s);
}

/* @line, whose entry is @e, leaves a gap. */
static inline void leave(struct shadow *s, u64 e, u64 line)
{
	u64 *place = &s->order[(e & PLACE_MASK) << s->grain];

	while (unlikely(*place != line))
		place++;
	*place = SHADOW_NO_LINE;
}

static void drop_oldest(struct shadow *s)
{
	while (s->order[s->tail] == SHADOW_NO_LINE)
		s->tail++;
	table_remove(s, table_find(s, s->order[s->tail++]));
}

/* @line, which is not there, comes to @at of the table. */
static NO_INLINE void add(struct shadow *s, u32 at, u64 line)
{
	append(s, at, line);
	if (s->nr < s->nr_max)
		s->nr++;
	else
		drop_oldest(s);
}

/* @line is used.  Return: its entry before; 0: it was not there. */
static inline u64 use(struct shadow *s, u64 line)
{
	u32 at = table_find(s, line);
	u64 e = s->table[at];

	if (likely(e)) {
		leave(s, e, line);
		append(s, at, line);
	} else {
		add(s, at, line);
	}
	return e;
}

/* Notes */

void shadow_prefetch(const struct shadow *s, u64 line)
{
	u32 leaves = MIN(s->tail + s->nr_notes, s->head);

	if (unlikely(!s->table))
		return;
	PREFETCH(&s->table[home(s, line)]);
	PREFETCH(&s->table[home(s, s->order[leaves])]);
	PREFETCH(&s->seen[seen_home(s, seen_key(line))]);
}

/* @line, if it is there, is not any more. */
static void drop(struct shadow *s, u64 line)
{
	u32 at = table_find(s, line);

	if (!s->table[at])
		return;
	leave(s, s->table[at], line);
	table_remove(s, at);
	s->nr--;
}

static enum miss_class explain(struct shadow *s, u64 line)
{
	u64 e = use(s, line);

	if (e)
		return e & ENTRY_LOST ? MISS_COHERENCE : MISS_CONFLICT;
	return see(s, line) ? MISS_CAPACITY : MISS_COMPULSORY;
}

static enum miss_class explain_pass(struct shadow *s, u64 line, bool keep)
{
	u64 e = s->table[table_find(s, line)];

	if (!e)
		return was_seen(s, line) ? MISS_CAPACITY : MISS_COMPULSORY;
	if (e & ENTRY_LOST)
		return MISS_COHERENCE;
	if (keep)
		use(s, line);
	else
		drop(s, line);
	return MISS_CONFLICT;
}

static NO_INLINE void work_off(struct shadow *s, enum shadow_what what,
			       u64 line, u64 *count)
{
	enum miss_class class;
	u64 *e;

	switch (what) {
	case SHADOW_MISS:
		class = explain(s, line);
		if (count)
			count[class]++;
		break;
	case SHADOW_PASS:
	case SHADOW_GIVE:
		count[explain_pass(s, line, what == SHADOW_PASS)]++;
		break;
	case SHADOW_DROP:
		drop(s, line);
		break;
	case SHADOW_LOST:
		e = &s->table[table_find(s, line)];
		*e |= *e ? ENTRY_LOST : 0;
		break;
	case SHADOW_HAS:
		*count += s->table[table_find(s, line)] != 0;
		break;
	case SHADOW_HIT: /* see below */
	case NR_SHADOW_WHATS:
		BUG();
	}
}

void shadow_settle(struct shadow *s)
{
	const struct shadow_note *end = &s->note[s->nr_notes];

	if (unlikely(!s->table) && s->nr_notes)
		first_use(s);
	s->nr_notes = 0;
	for (const struct shadow_note *n = s->note; n < end; n++) {
		if (likely(n->what == SHADOW_HIT))
			use(s, n->line);
		else
			work_off(s, n->what, n->line, n->count);
	}
}
