/*
 * cpucache_shadow.h - why a cache missed: a fully associative LRU cache of
 * as many lines, and the set of lines ever seen (Hill's three classes; and
 * coherence, for lines that another CPU took away).
 *
 * It takes in and gives away what the cache does, but forgets nothing that
 * was taken from it.
 *
 * Invariants: at most nr_max nodes are in use; each line has one.  Nodes that
 * lines were dropped from stand last in the list.
 */
#ifndef SIM_CPUCACHE_SHADOW_H
#define SIM_CPUCACHE_SHADOW_H

#include "sim/cpucache.h"

struct shadow_node {
	u64 line;
	u32 prev; /* towards the last used */
	u32 next;
};

struct shadow_seen {
	u64 key;  /* line / 64 + 1; 0: empty */
	u64 mask; /* lines of these 64 */
};

struct shadow {
	struct shadow_node *node; /* [nr_max + 1]; [0] is the list's head */
	u32 *table;		  /* [table_mask + 1] nodes by line; 0: none */
	u64 *lost; /* [nr_max / 64 + 1] bits: invalidated by another CPU */
	u32 table_mask;
	u32 nr;
	u32 nr_max;
	struct shadow_seen *seen; /* [seen_mask + 1] */
	u64 seen_mask;
	u64 nr_seen;
};

struct shadow *shadow_create(u32 nr_lines);
void shadow_destroy(struct shadow *s);
/** shadow_prefetch() - @line is looked up soon: its places in host memory. */
void shadow_prefetch(const struct shadow *s, u64 line);
/**
 * shadow_miss() - The cache missed @line, and fetches it.
 * @node: set to the line's node, for shadow_hit().
 */
enum miss_class shadow_miss(struct shadow *s, u64 line, u32 *node);
/**
 * shadow_pass() - The cache missed @line, and does not take it in: a write
 * with allocate: false, or an exclusive cache.
 * @keep: a cache that had it would keep it, and not give it away.
 */
enum miss_class shadow_pass(struct shadow *s, u64 line, bool keep);
/** shadow_drop() - The cache gave @line away. */
void shadow_drop(struct shadow *s, u64 line);
/** shadow_fetched() - @line comes without having been asked for. */
u32 shadow_fetched(struct shadow *s, u64 line);
/** shadow_move() - @line was hit, and is not the last one used. */
u32 shadow_move(struct shadow *s, u64 line, u32 node);
/** shadow_lost() - Another CPU's write invalidates @line. */
void shadow_lost(struct shadow *s, u64 line);
/** shadow_has() - Would it hit @line? */
bool shadow_has(const struct shadow *s, u64 line);

/* The cache hit @line, whose node was @node; its node now. */
static inline u32 shadow_hit(struct shadow *s, u64 line, u32 node)
{
	u32 last = s->node[0].next;

	if (s->node[last].line == line)
		return last;
	return shadow_move(s, line, node);
}

#endif
