#include "sim/cpucache_shadow.h"

#include "base/bug.h"
#include "base/xmalloc.h"

#include <stdlib.h>

#define SEEN_FIRST   1024u
#define NO_LINE	     UINT64_MAX
#define LINES_A_SEEN 64u

const char *const miss_class_names[NR_MISS_CLASSES] = {"compulsory", "capacity",
						       "conflict", "coherence"};

static u64 mix(u64 x)
{
	x *= 0x9e3779b97f4a7c15u;
	return x ^ (x >> 32);
}

struct shadow *shadow_create(u32 nr_lines)
{
	struct shadow *s = xcalloc(1, sizeof(*s));
	u32 size = 4;

	BUG_ON(!nr_lines || nr_lines > CPUCACHE_LINES_MAX);
	while (size < 2 * nr_lines)
		size *= 2;
	s->nr_max = nr_lines;
	s->node = xcalloc((size_t)nr_lines + 1, sizeof(*s->node));
	s->node[0].line = NO_LINE;
	s->table = xcalloc(size, sizeof(*s->table));
	s->table_mask = size - 1;
	s->lost = xcalloc(nr_lines / 64 + 1, sizeof(*s->lost));
	s->seen = xcalloc(SEEN_FIRST, sizeof(*s->seen));
	s->seen_mask = SEEN_FIRST - 1;
	return s;
}

void shadow_destroy(struct shadow *s)
{
	if (!s)
		return;
	free(s->node);
	free(s->table);
	free(s->lost);
	free(s->seen);
	free(s);
}

/* Lines ever seen */

static struct shadow_seen *seen_find(const struct shadow *s, u64 key)
{
	u64 at = mix(key) & s->seen_mask;

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

/* The table of nodes */

static u32 table_find(const struct shadow *s, u64 line)
{
	u32 at = (u32)mix(line) & s->table_mask;

	while (s->table[at] && s->node[s->table[at]].line != line)
		at = (at + 1) & s->table_mask;
	return at;
}

/* Takes the entry at @hole out; what follows moves up. */
static void table_remove(struct shadow *s, u32 hole)
{
	u32 at = hole;

	for (;;) {
		u32 home;

		at = (at + 1) & s->table_mask;
		if (!s->table[at])
			break;
		home = (u32)mix(s->node[s->table[at]].line) & s->table_mask;
		if (((at - home) & s->table_mask) <
		    ((at - hole) & s->table_mask))
			continue;
		s->table[hole] = s->table[at];
		hole = at;
	}
	s->table[hole] = 0;
}

/* The list, the last used first */

static void unlink_node(struct shadow *s, u32 i)
{
	struct shadow_node *n = &s->node[i];

	s->node[n->prev].next = n->next;
	s->node[n->next].prev = n->prev;
}

static void link_first(struct shadow *s, u32 i)
{
	struct shadow_node *n = &s->node[i];

	n->prev = 0;
	n->next = s->node[0].next;
	s->node[n->next].prev = i;
	s->node[0].next = i;
}

static void link_last(struct shadow *s, u32 i)
{
	struct shadow_node *n = &s->node[i];

	n->next = 0;
	n->prev = s->node[0].prev;
	s->node[n->prev].next = i;
	s->node[0].prev = i;
}

static bool take_lost(struct shadow *s, u32 i)
{
	u64 bit = (u64)1 << i % 64;
	bool lost = s->lost[i / 64] & bit;

	s->lost[i / 64] &= ~bit;
	return lost;
}

/* @line, not there, gets the node that was used least recently. */
static u32 add(struct shadow *s, u64 line)
{
	u32 i;

	if (s->nr < s->nr_max) {
		i = ++s->nr;
	} else {
		i = s->node[0].prev;
		if (s->node[i].line != NO_LINE)
			table_remove(s, table_find(s, s->node[i].line));
		unlink_node(s, i);
		take_lost(s, i);
	}
	s->node[i].line = line;
	s->table[table_find(s, line)] = i;
	link_first(s, i);
	return i;
}

void shadow_prefetch(const struct shadow *s, u64 line)
{
	PREFETCH(&s->table[(u32)mix(line) & s->table_mask]);
	PREFETCH(&s->seen[mix(seen_key(line)) & s->seen_mask]);
	PREFETCH(&s->node[s->node[0].prev]);
}

enum miss_class shadow_miss(struct shadow *s, u64 line, u32 *node)
{
	u32 i = s->table[table_find(s, line)];

	if (!i) {
		*node = add(s, line);
		return see(s, line) ? MISS_CAPACITY : MISS_COMPULSORY;
	}
	*node = i;
	unlink_node(s, i);
	link_first(s, i);
	return take_lost(s, i) ? MISS_COHERENCE : MISS_CONFLICT;
}

enum miss_class shadow_pass(struct shadow *s, u64 line, bool keep)
{
	u32 i = s->table[table_find(s, line)];

	if (!i)
		return was_seen(s, line) ? MISS_CAPACITY : MISS_COMPULSORY;
	if (s->lost[i / 64] >> i % 64 & 1)
		return MISS_COHERENCE;
	if (!keep) {
		shadow_drop(s, line);
		return MISS_CONFLICT;
	}
	unlink_node(s, i);
	link_first(s, i);
	return MISS_CONFLICT;
}

void shadow_drop(struct shadow *s, u64 line)
{
	u32 at = table_find(s, line);
	u32 i = s->table[at];

	if (!i)
		return;
	table_remove(s, at);
	take_lost(s, i);
	unlink_node(s, i);
	link_last(s, i);
	s->node[i].line = NO_LINE;
}

u32 shadow_fetched(struct shadow *s, u64 line)
{
	u32 node;

	shadow_miss(s, line, &node);
	return node;
}

u32 shadow_move(struct shadow *s, u64 line, u32 node)
{
	if (s->node[node].line != line)
		node = s->table[table_find(s, line)];
	if (!node)
		return add(s, line);
	take_lost(s, node);
	unlink_node(s, node);
	link_first(s, node);
	return node;
}

void shadow_lost(struct shadow *s, u64 line)
{
	u32 i = s->table[table_find(s, line)];

	if (i)
		s->lost[i / 64] |= (u64)1 << i % 64;
}

bool shadow_has(const struct shadow *s, u64 line)
{
	return s->table[table_find(s, line)];
}
