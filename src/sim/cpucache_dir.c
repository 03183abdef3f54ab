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

/* Which of an agent's caches are asked. */
enum ask {
	ASK_PRIVATE = 1, /* that no other agent uses */
	ASK_SHARED = 2,
	ASK_ALL = 3
};

/* What asking one agent brought. */
struct answer {
	enum ask whom;
	bool held;
	bool modified; /* or may have been: it had the right to write */
	cycles_t cost;
};

/* The next cache to ask on the way of the other's data, then of its
 * instructions: those that the asking CPU does not use itself. */
static struct ccache *ask_next(const struct access *a, u32 cpu, enum ask whom,
			       u32 *i)
{
	for (; *i < 2 * (CONFIG_CACHE_LEVELS_MAX + 1); ++*i) {
		u32 d = *i / 2;
		struct ccache *c =
			*i & 1 ? a->h->fetch[cpu].at[d] : a->h->data[cpu].at[d];

		if (!c || (*i & 1 && c == a->h->data[cpu].at[d]))
			continue;
		if (!(whom & (c->private ? ASK_PRIVATE : ASK_SHARED)) ||
		    on_path(a->path, c))
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

	while ((c = ask_next(a, cpu, r->whom, &i))) {
		u64 e = ccache_remove(c, line);

		if (!e)
			continue;
		h->lv[c->level].invalidations++;
		if (c->shadow)
			shadow_note(c->shadow, SHADOW_LOST, line, NULL);
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
		u64 *e = c->private ? NULL : set_find(c, line);

		if (!e)
			continue;
		*e |= entry_state(MESI_M);
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

	while ((c = ask_next(a, cpu, r->whom, &i))) {
		u64 *e = set_find(c, line);
		enum mesi was;

		if (!e)
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

/*
 * Asks the @nr agents of one bit, @first and those after it; true: one held
 * the line.  Of several, one that has nothing itself shall not answer for a
 * cache that it shares with one that has: the agents' own caches come first,
 * then those shared by agents that had something.
 */
static bool ask_group(const struct access *a, u64 line, u32 first, u32 nr,
		      ask_fn *ask, struct answer *all)
{
	static const enum ask whom[] = {ASK_PRIVATE, ASK_SHARED, ASK_SHARED};
	struct answer r[MM_CPUS_MAX / 64] = {0};
	u32 me = agent_of(a->h, a->cpu);
	bool held = false;

	BUG_ON(nr > ARRAY_SIZE(r));
	for (u32 pass = 0; pass < ARRAY_SIZE(whom); pass++)
		for (u32 k = 0; k < nr; k++) {
			if (first + k == me || (pass == 1 && !r[k].held))
				continue;
			r[k].whom = whom[pass];
			ask(a, a->h->agent_cpu[first + k], line, &r[k]);
			all->modified |= r[k].modified;
			all->cost = MAX(all->cost, r[k].cost);
			held |= r[k].held;
		}
	all->held |= held;
	return held;
}

/* Asks all agents of the bits @others; returns the bits that hold the line. */
static u64 ask_all(const struct access *a, u64 line, u64 others, ask_fn *ask,
		   struct answer *all)
{
	const struct cpucache *h = a->h;
	u64 holders = 0;

	while (others) {
		u64 bit = others & -others;
		u32 first = (u32)__builtin_ctzll(others) * h->group_agents;
		struct answer r = {.whom = ASK_ALL};

		others &= ~bit;
		if (h->group_agents > 1) {
			u32 nr = MIN(h->group_agents, h->nr_agents - first);

			if (ask_group(a, line, first, nr, ask, all))
				holders |= bit;
			continue;
		}
		ask(a, h->agent_cpu[first], line, &r);
		all->modified |= r.modified;
		all->held |= r.held;
		all->cost = MAX(all->cost, r.cost);
		if (r.held)
			holders |= bit;
	}
	return holders;
}

/* Another CPU's modified line is wanted: for the bytes that it wrote? */
static void judge_sharing(const struct access *a, u64 line)
{
	struct cpucache_sharing *o = &a->h->sharing[a->owner];

	if (a->h->dir[line].written & parts_of(a->h, a->addr, a->bytes)) {
		a->h->sum.true_sharing++;
		o->true_sharing++;
	} else {
		a->h->sum.false_sharing++;
		o->false_sharing++;
	}
}

/* Other agents that may hold @line.  A bit for several agents, one of them
 * this one, may always mean another. */
static u64 others_of(const struct access *a, u64 line)
{
	const struct cpucache *h = a->h;
	u64 mine = bit_of(h, agent_of(h, a->cpu));
	u64 dir;

	BUG_ON(line >= h->nr_lines);
	dir = h->dir[line].holders;
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
		h->dir[line].written = 0; /* who wrote it owns it no more */
	h->dir[line].holders = others | bit_of(h, agent_of(h, a->cpu));
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
	h->dir[line].holders = bit_of(h, agent_of(h, a->cpu));
	h->dir[line].written = 0;
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
	h->dir[line].holders |= bit_of(h, agent_of(h, a->cpu));
	return true;
}
