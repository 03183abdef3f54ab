/*
 * cpucache_dir.c - MESI by a directory: for each line of memory, which agents
 * (first-level data caches with what is behind them) may hold it.
 *
 * A bit may be set for an agent that lost the line by eviction; it is cleared
 * when somebody asks and finds nothing.  With more than 64 agents a bit
 * stands for several, which are all asked.  A line that an agent holds in
 * MESI_E or MESI_M is held by nobody else, caches on the path of both
 * excepted.
 *
 * Who asks pays for the answer that is longest underway: the latency of the
 * first cache that both share, else of memory as far away as the other CPU.
 */
#include "sim/cpucache_set.h"

#define DISTANCE_LOCAL 10
#define PARTS	       64u /* of a line, in h->written */

static u32 agent_of(const struct cpucache *h, u32 cpu)
{
	return h->agent[cpu];
}

static u64 bit_of(const struct cpucache *h, u32 agent)
{
	return (u64)1 << agent / h->group_agents;
}

static cycles_t way_to(const struct access *a, u32 cpu)
{
	const struct cpucache *h = a->h;
	const struct cpath *other = &h->data[cpu];

	for (u32 d = 0; a->path->at[d]; d++)
		for (u32 k = 0; other->at[k]; k++)
			if (a->path->at[d] == other->at[k])
				return a->path->at[d]->latency;
	return (cycles_t)h->memory_latency *
	       h->distance[h->cpu_node[a->cpu]][h->cpu_node[cpu]] /
	       DISTANCE_LOCAL;
}

static bool on_path(const struct cpath *p, const struct ccache *c)
{
	for (u32 d = 0; p->at[d]; d++)
		if (p->at[d] == c)
			return true;
	return false;
}

/* What asking one agent brought. */
struct answer {
	bool held;
	bool modified; /* or may have been: it had the right to write */
	cycles_t cost;
};

/* The next cache to ask on the way of the other's data, then of its
 * instructions: those that the asking CPU does not use itself. */
static struct ccache *ask_next(const struct access *a, u32 cpu, u32 *i)
{
	for (; *i < 2 * (CONFIG_CACHE_LEVELS_MAX + 1); ++*i) {
		u32 d = *i / 2;
		struct ccache *c =
			*i & 1 ? a->h->fetch[cpu].at[d] : a->h->data[cpu].at[d];

		if (!c || (*i & 1 && c == a->h->data[cpu].at[d]))
			continue;
		if (on_path(a->path, c))
			continue;
		++*i;
		return c;
	}
	return NULL;
}

static void take_away(const struct access *a, u32 cpu, u64 line,
		      struct answer *r)
{
	struct cpucache *h = a->h;
	struct ccache *c;
	u32 i = 0;

	while ((c = ask_next(a, cpu, &i))) {
		u64 e = ccache_remove(c, line);

		if (entry_line(e) == LINE_NONE)
			continue;
		h->lv[c->level].invalidations++;
		if (c->shadow)
			shadow_lost(c->shadow, line);
		if (!r->held || entry_mesi(e) == MESI_M)
			r->cost = way_to(a, cpu) + c->latency;
		r->held = true;
		if (entry_mesi(e) != MESI_M)
			continue;
		if (!r->modified)
			h->lv[c->level].transfers++;
		r->modified = true;
	}
}

/* What another modified goes to the nearest cache that both see, or memory. */
static void write_shared(const struct access *a, u64 line)
{
	for (u32 d = 0; a->path->at[d]; d++) {
		struct ccache *c = a->path->at[d];
		u64 set = set_of(c, line);
		u32 way = c->private ? NO_WAY : set_find(c, set, line);

		if (way == NO_WAY)
			continue;
		c->entry[set * c->ways + way] |= entry_state(MESI_M);
		return;
	}
	memory_write(a, a->addr);
}

/* The other keeps the line to read it; what was modified is written back. */
static void let_share(const struct access *a, u32 cpu, u64 line,
		      struct answer *r)
{
	struct cpucache *h = a->h;
	struct ccache *c;
	u32 i = 0;

	while ((c = ask_next(a, cpu, &i))) {
		u64 set = set_of(c, line);
		u32 way = set_find(c, set, line);
		u64 *e = &c->entry[set * c->ways + way];
		enum mesi was;

		if (way == NO_WAY)
			continue;
		was = entry_mesi(*e);
		*e &= ~ENTRY_MESI_MASK;
		*e |= entry_state(c->private ? MESI_S : MESI_E);
		if (was == MESI_M && !r->modified) {
			h->lv[c->level].transfers++;
			h->lv[c->level].writebacks++;
			write_shared(a, line);
			r->cost = way_to(a, cpu) + c->latency;
			r->modified = true;
		}
		r->held = true;
	}
}

typedef void ask_fn(const struct access *a, u32 cpu, u64 line,
		    struct answer *r);

/* Asks all agents of the bits @others; returns the bits that hold the line. */
static u64 ask_all(const struct access *a, u64 line, u64 others, ask_fn *ask,
		   struct answer *all)
{
	const struct cpucache *h = a->h;
	u32 me = agent_of(h, a->cpu);
	u64 holders = 0;

	while (others) {
		u32 group = (u32)__builtin_ctzll(others);
		u32 first = group * h->group_agents;

		others &= others - 1;
		for (u32 k = first;
		     k < first + h->group_agents && k < h->nr_agents; k++) {
			struct answer r = {0};

			if (k == me)
				continue;
			ask(a, h->agent_cpu[k], line, &r);
			all->modified |= r.modified;
			all->held |= r.held;
			all->cost = MAX(all->cost, r.cost);
			if (r.held)
				holders |= (u64)1 << group;
		}
	}
	return holders;
}

/* Which parts of the line the access is about, one bit each. */
static u64 parts_of(const struct access *a)
{
	u32 shift = a->h->line_shift;
	u64 mask = ((u64)1 << shift) - 1;
	u64 first = (a->addr & mask) * PARTS >> shift;
	u64 last = ((a->addr & mask) + a->bytes - 1) * PARTS >> shift;

	last = MIN(last, PARTS - 1);
	return (UINT64_MAX >> (PARTS - 1 - (last - first))) << first;
}

/* Another CPU's modified line is wanted: for the bytes that it wrote? */
static void judge_sharing(const struct access *a, u64 line)
{
	struct cpucache_sharing *o = &a->h->sharing[a->owner];

	if (a->h->written[line] & parts_of(a)) {
		a->h->sum.true_sharing++;
		o->true_sharing++;
	} else {
		a->h->sum.false_sharing++;
		o->false_sharing++;
	}
}

void dir_wrote(const struct access *a, u64 line)
{
	a->h->written[line] |= parts_of(a);
}

/* Other agents that may hold @line.  A bit for several agents, one of them
 * this one, may always mean another. */
static u64 others_of(const struct access *a, u64 line)
{
	const struct cpucache *h = a->h;
	u64 mine = bit_of(h, agent_of(h, a->cpu));
	u64 dir;

	BUG_ON(line >= h->nr_lines);
	dir = h->dir[line];
	return h->group_agents == 1 ? dir & ~mine : dir;
}

cycles_t dir_read(const struct access *a, u64 line, enum mesi *state,
		  bool *supplied)
{
	struct cpucache *h = a->h;
	u64 others = others_of(a, line);
	struct answer all = {0};

	if (others)
		others = ask_all(a, line, others, let_share, &all);
	if (all.modified)
		judge_sharing(a, line);
	else
		h->written[line] = 0; /* who wrote it owns it no more */
	h->dir[line] = others | bit_of(h, agent_of(h, a->cpu));
	*state = all.held ? MESI_S : MESI_E;
	*supplied = all.modified;
	return all.cost;
}

cycles_t dir_write(const struct access *a, u64 line, bool *supplied)
{
	struct cpucache *h = a->h;
	u64 others = others_of(a, line);
	struct answer all = {0};

	if (others)
		ask_all(a, line, others, take_away, &all);
	if (all.modified)
		judge_sharing(a, line);
	h->dir[line] = bit_of(h, agent_of(h, a->cpu));
	h->written[line] = 0;
	*supplied = all.modified;
	return all.cost;
}

bool dir_untouched(const struct access *a, u64 line)
{
	struct cpucache *h = a->h;

	if (!h->coherent)
		return true;
	if (line >= h->nr_lines || others_of(a, line))
		return false;
	h->dir[line] |= bit_of(h, agent_of(h, a->cpu));
	return true;
}
