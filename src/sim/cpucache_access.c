/*
 * cpucache_access.c - the way of an access from the nearest cache to memory
 * and of the line back; and of lines that make room.
 */
#include "sim/cpucache_set.h"

/* What the way there found. */
struct found {
	u32 depth;  /* of the cache that had it; past the last: memory */
	u64 *entry; /* there */
	u32 missed; /* depths whose prefetcher is to hear of it, as bits */
	u32 node[CONFIG_CACHE_LEVELS_MAX + 1]; /* of the shadows */
};

static struct cpucache_set_use *watched(const struct cpucache *h,
					const struct ccache *c, u32 owner,
					u64 set)
{
	if (likely(!h->sets) || c->level != (u32)h->opt.watch)
		return NULL;
	return &h->sets[owner * h->watch_sets + set];
}

/* Lines that leave */

static u64 addr_of(const struct ccache *c, u64 line)
{
	return line << c->line_shift;
}

/* A modified line goes to the next cache that has it, or to memory. */
static void write_back(const struct access *a, u32 d, u64 addr)
{
	for (; a->path->at[d]; d++) {
		struct ccache *c = a->path->at[d];
		u64 line = addr >> c->line_shift;
		u64 set = set_of(c, line);
		u32 way = set_find(c, set, line);

		if (way == NO_WAY)
			continue;
		if (!c->through) {
			c->entry[set * c->ways + way] |= entry_state(MESI_M);
			return;
		}
		a->h->lv[c->level].written_through++;
	}
	memory_write(a, addr);
}

/* Nearer caches than the inclusive @c lose @line too; were they modified? */
static bool back_invalidate(const struct access *a, const struct ccache *c,
			    u64 line)
{
	struct cpucache *h = a->h;
	bool modified = false;

	for (u32 cpu = c->first_cpu; cpu < c->end_cpu; cpu++) {
		if (h->cache_of[c->level][cpu] != c->nr)
			continue;
		for (u32 i = 0; i < 2 * CONFIG_CACHE_LEVELS_MAX; i++) {
			const struct cpath *p =
				i & 1 ? &h->fetch[cpu] : &h->data[cpu];
			struct ccache *near = p->at[i / 2];
			u64 e;

			if (!near || near->level >= c->level)
				continue;
			e = ccache_remove(near, line);
			if (entry_line(e) == LINE_NONE)
				continue;
			h->lv[near->level].back_invalidations++;
			modified |= entry_mesi(e) == MESI_M;
		}
	}
	return modified;
}

/* Did a line of an object push out one of another slab's, for want of a set
 * and not of the cache? */
static void count_eviction(const struct access *a, const struct ccache *c,
			   u64 line)
{
	const struct cpucache *h = a->h;
	u64 slab = 0, by_slab = 0;
	u32 owner = 0, by = 0;
	struct cpucache_set_use *u;

	/* Of a line of nobody's it says who stands for nobody. */
	if (h->opt.object_of)
		h->opt.object_of(h->opt.arg, addr_of(c, line), &owner, &slab);
	u = &h->sets[owner * h->watch_sets + set_of(c, line)];
	u->evictions++;
	if (!slab || !c->shadow || !shadow_has(c->shadow, line))
		return;
	if (h->opt.object_of(h->opt.arg, a->addr, &by, &by_slab) &&
	    by == owner && by_slab != slab)
		u->collisions++;
}

static void evict(const struct access *a, u32 d, u64 out)
{
	struct cpucache *h = a->h;
	const struct ccache *c = a->path->at[d];
	const struct ccache *next = a->path->at[d + 1];
	enum mesi state = entry_mesi(out);
	u64 line = entry_line(out);

	h->lv[c->level].evictions++;
	if (unlikely(h->sets) && c->level == (u32)h->opt.watch)
		count_eviction(a, c, line);
	if (c->inclusion == CACHE_INCLUSIVE && back_invalidate(a, c, line))
		state = MESI_M;
	if (next && next->inclusion == CACHE_EXCLUSIVE &&
	    set_find(next, set_of(next, line), line) == NO_WAY) {
		if (!next->private && state != MESI_M)
			state = MESI_E;
		cpucache_put(a, d + 1, line, entry_state(state),
			     next->shadow ? shadow_fetched(next->shadow, line)
					  : 0);
	} else if (state == MESI_M) {
		h->lv[c->level].writebacks++;
		write_back(a, d + 1, addr_of(c, line));
	}
}

void cpucache_put(const struct access *a, u32 d, u64 line, u64 state, u32 node)
{
	struct ccache *c = a->path->at[d];
	u64 slot;
	u64 out = ccache_insert(c, line, state, &slot);

	if (c->shadow)
		c->shadow_at[slot] = node;
	if (entry_line(out) != LINE_NONE)
		evict(a, d, out);
}

/* The way there */

static void hit(const struct access *a, struct ccache *c, u64 set, u64 *e,
		struct found *f)
{
	struct cpucache_set_use *w = watched(a->h, c, a->owner, set);

	if (w)
		w->hits++;
	if (c->shadow) {
		u64 slot = slot_index(c, set, *e);

		c->shadow_at[slot] = shadow_hit(c->shadow, entry_line(*e),
						c->shadow_at[slot]);
	}
	if (unlikely(*e & ENTRY_PREFETCHED)) {
		*e &= ~ENTRY_PREFETCHED;
		a->h->lv[c->level].prefetch_hits++;
		f->missed |= 1u << f->depth;
	}
}

/* Does @c take in what it missed? */
static bool takes(const struct access *a, const struct ccache *c)
{
	return !(a->write && c->no_allocate) && c->inclusion != CACHE_EXCLUSIVE;
}

/* Does a cache nearer than @depth take the line? */
static bool is_taken(const struct access *a, u32 depth)
{
	for (u32 d = 0; d < depth; d++)
		if (takes(a, a->path->at[d]))
			return true;
	return false;
}

static enum miss_class classify(const struct access *a, const struct ccache *c,
				u64 line, struct found *f)
{
	bool keep = c->inclusion != CACHE_EXCLUSIVE ||
		    a->how == CPUCACHE_FETCH || !is_taken(a, f->depth);

	if (likely(takes(a, c)))
		return shadow_miss(c->shadow, line, &f->node[f->depth]);
	return shadow_pass(c->shadow, line, keep);
}

static void miss(const struct access *a, struct ccache *c, u64 set, u64 line,
		 struct found *f)
{
	struct cpucache_use *u = &a->h->use[c->level][a->owner];
	struct cpucache_set_use *w = watched(a->h, c, a->owner, set);

	u->misses[a->how]++;
	if (w)
		w->misses++;
	if (c->shadow)
		u->classes[classify(a, c, line, f)]++;
	f->missed |= 1u << f->depth;
}

/* The first cache missed: what the farther ones will look up. */
static void prefetch_farther(const struct access *a)
{
	const struct ccache *c;

	for (u32 d = 1; (c = a->path->at[d]); d++) {
		u64 line = a->addr >> c->line_shift;

		PREFETCH(&c->entry[set_of(c, line) * c->ways]);
		if (c->shadow)
			shadow_prefetch(c->shadow, line);
	}
}

static void search(const struct access *a, struct found *f)
{
	struct ccache *c;

	for (; (c = a->path->at[f->depth]); f->depth++) {
		u64 line = a->addr >> c->line_shift;
		u64 set = set_of(c, line);

		a->h->use[c->level][a->owner].accesses[a->how]++;
		f->entry = set_use(c, set, line);
		if (likely(f->entry)) {
			hit(a, c, set, f->entry, f);
			return;
		}
		if (!f->depth)
			prefetch_farther(a);
		miss(a, c, set, line, f);
	}
}

/* Rights, and the way back */

/* All of the agent's own copies may be written from now on. */
static void own_copies(const struct access *a, u64 line)
{
	for (u32 d = 0; a->path->at[d]; d++) {
		struct ccache *c = a->path->at[d];
		u64 set = set_of(c, line);
		u32 way = c->private ? set_find(c, set, line) : NO_WAY;
		u64 *e = &c->entry[set * c->ways + way];

		if (way != NO_WAY && entry_mesi(*e) == MESI_S)
			*e = (*e & ~ENTRY_MESI_MASK) | entry_state(MESI_E);
	}
}

/*
 * The right to read or write the line, with what it costs to get; and the
 * data when no cache on the path has them.
 */
static cycles_t acquire(const struct access *a, const struct found *f, u64 line,
			enum mesi *state)
{
	const struct cpucache *h = a->h;
	const struct ccache *c = a->path->at[f->depth];
	cycles_t asked = 0, from_memory;
	bool supplied = false;

	*state = MESI_E;
	if (h->coherent) {
		BUG_ON(line >= h->nr_lines);
		if (c && c->private) {
			*state = MIN(entry_mesi(*f->entry), MESI_E);
			if (a->write && *state == MESI_S) {
				asked = dir_write(a, line, &supplied);
				a->h->sum.upgrades++;
				a->h->sharing[a->owner].upgrades++;
				own_copies(a, line);
				*state = MESI_E;
			}
		} else if (a->write) {
			asked = dir_write(a, line, &supplied);
		} else {
			asked = dir_read(a, line, state, &supplied);
		}
		if (a->write)
			dir_wrote(a, line);
	}
	if (supplied)
		return asked;
	if (c)
		return MAX(c->latency, asked);
	if (!is_taken(a, f->depth)) /* the write alone goes there */
		return MAX(memory_way(a, a->addr), asked);
	from_memory = memory_read(a, a->addr);
	return MAX(from_memory, asked);
}

/* The state of a copy in @c that is not the nearest one, or not written. */
static enum mesi copy_state(const struct ccache *c, enum mesi state)
{
	return c->private ? state : MESI_E;
}

/* An exclusive cache gives the line away to the nearer ones; what it had
 * modified goes along. */
static bool give_away(const struct access *a, const struct found *f, u64 line,
		      enum mesi state)
{
	struct ccache *c = a->path->at[f->depth];
	u64 e;

	if (!c || c->inclusion != CACHE_EXCLUSIVE || !f->depth ||
	    a->how == CPUCACHE_FETCH || state == MESI_S ||
	    !is_taken(a, f->depth))
		return false;
	e = ccache_remove(c, line);
	if (c->shadow)
		shadow_drop(c->shadow, line);
	return entry_mesi(e) == MESI_M;
}

/* Into every nearer cache that takes it; the nearest depth that has it. */
static u32 fill(const struct access *a, const struct found *f, enum mesi state,
		bool modified)
{
	u32 nearest = f->depth;
	bool given = modified;

	for (u32 d = f->depth; d--;) {
		struct ccache *c = a->path->at[d];
		u64 line = a->addr >> c->line_shift;

		if (!takes(a, c))
			continue;
		nearest = d;
		cpucache_put(a, d, line,
			     entry_state(given ? MESI_M : copy_state(c, state)),
			     f->node[d]);
		given = false;
	}
	return nearest;
}

/* The nearest cache that has the line takes the write; write-through caches
 * pass it on. */
static void write_at(const struct access *a, u32 d)
{
	struct ccache *c;

	for (; (c = a->path->at[d]); d++) {
		u64 line = a->addr >> c->line_shift;
		u64 set = set_of(c, line);
		u32 way = set_find(c, set, line);

		if (way == NO_WAY)
			continue;
		if (!c->through) {
			c->entry[set * c->ways + way] |= entry_state(MESI_M);
			return;
		}
		a->h->lv[c->level].written_through++;
	}
	memory_write(a, a->addr);
}

static NO_INLINE cycles_t access_slow(const struct access *a, struct found *f)
{
	struct ccache *first = a->path->at[0];
	u64 line = a->addr >> first->line_shift;
	enum mesi state;
	cycles_t cost = acquire(a, f, line, &state);
	bool modified = give_away(a, f, line, state);
	u32 nearest = fill(a, f, state, modified);

	if (a->write)
		write_at(a, nearest);
	for (u32 d = 0; f->missed >> d; d++)
		if (f->missed >> d & 1 && a->path->at[d] &&
		    a->path->at[d]->prefetch != CACHE_NO_PREFETCH)
			cpucache_prefetch(a, d, line);
	return cost;
}

/* One line, or a part of it. */
static inline cycles_t access_line(const struct access *a)
{
	struct found f = {0};
	struct ccache *c = a->path->at[0];

	search(a, &f);
	if (unlikely(f.depth || f.missed || !c))
		return access_slow(a, &f);
	if (!a->write)
		return c->latency;
	if (entry_mesi(*f.entry) < MESI_E || c->through)
		return access_slow(a, &f);
	*f.entry |= entry_state(MESI_M);
	if (a->h->coherent)
		dir_wrote(a, a->addr >> c->line_shift);
	return c->latency;
}

/* One page, or a part of it. */
static inline cycles_t translate(struct cpucache *h, u32 cpu, u64 addr)
{
	u64 page = addr >> h->tlb_shift;

	if (!h->tlb)
		return 0;
	h->sum.tlb_accesses++;
	if (likely(h->tlb[cpu].last == page + 1))
		return 0;
	return tlb_access(h, cpu, page);
}

static cycles_t translate_all(struct cpucache *h, u32 cpu, u64 addr, u64 last)
{
	cycles_t cost = 0;

	if (!h->tlb)
		return 0;
	cost = translate(h, cpu, addr);
	while (unlikely(addr >> h->tlb_shift != last >> h->tlb_shift)) {
		addr += (u64)1 << h->tlb_shift;
		cost += translate(h, cpu, addr);
	}
	return cost;
}

cycles_t cpucache_access(struct cpucache *h, u32 cpu, u64 addr, u32 bytes,
			 enum cpucache_how how, u32 owner, cycles_t now)
{
	struct access a = {
		.h = h,
		.path = how == CPUCACHE_FETCH ? &h->fetch[cpu] : &h->data[cpu],
		.addr = addr,
		.bytes = bytes ? bytes : 1,
		.cpu = cpu,
		.owner = owner,
		.how = (u8)(how == CPUCACHE_MODIFY ? CPUCACHE_READ : how),
		.write = how == CPUCACHE_WRITE || how == CPUCACHE_MODIFY,
	};
	u64 end = addr + a.bytes;
	const struct ccache *first = a.path->at[0];
	u64 line_bytes = (u64)1 << (first ? first->line_shift : h->line_shift);
	cycles_t cost = 0;

	BUG_ON(cpu >= h->nr_cpus || owner >= h->nr_owners);
	BUG_ON(end > CPUCACHE_ADDR_END);
	h->now = now;
	h->sum.accesses++;
	if (h->opt.whole) {
		cost = translate_all(h, cpu, addr, end - 1);
		h->now = now + cost;
		cost += cpucache_whole(&a);
		h->sum.cycles += cost;
		return cost;
	}
	while (a.addr < end) {
		u64 next = (a.addr & ~(line_bytes - 1)) + line_bytes;

		a.bytes = (u32)(MIN(next, end) - a.addr);
		cost += translate(h, cpu, a.addr);
		h->now = now + cost;
		cost += access_line(&a);
		a.addr = next;
	}
	h->sum.cycles += cost;
	return cost;
}
