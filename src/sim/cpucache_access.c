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
};

/* Lines that leave */

static u64 addr_of(const struct ccache *c, u64 line)
{
	return line << c->line_shift;
}

/* The next cache from @d on that has the line takes what is written; those
 * that write through pass it on, the last one to memory. */
static void write_on(const struct access *a, u32 d, u64 addr)
{
	for (; a->path->at[d]; d++) {
		struct ccache *c = a->path->at[d];
		u64 *e = set_find(c, addr >> c->line_shift);

		if (!e)
			continue;
		if (!c->through) {
			*e |= entry_state(MESI_M);
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
			if (!e)
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
	if (slab && c->shadow &&
	    h->opt.object_of(h->opt.arg, a->addr, &by, &by_slab) &&
	    by == owner && by_slab != slab)
		shadow_note(c->shadow, SHADOW_HAS, line, &u->collisions);
}

static void evict(const struct access *a, u32 d, u64 out)
{
	struct cpucache *h = a->h;
	const struct ccache *c = a->path->at[d];
	const struct ccache *next = a->path->at[d + 1];
	enum mesi state = entry_mesi(out);
	u64 line = entry_line(out);

	h->lv[c->level].evictions++;
	if (c->sets)
		count_eviction(a, c, line);
	if (c->inclusion == CACHE_INCLUSIVE && back_invalidate(a, c, line))
		state = MESI_M;
	if (next && next->inclusion == CACHE_EXCLUSIVE &&
	    !set_find(next, line)) {
		if (!next->private && state != MESI_M)
			state = MESI_E;
		if (next->shadow)
			shadow_miss(next->shadow, line, NULL);
		cpucache_put(a, d + 1, line, entry_state(state));
	} else if (state == MESI_M) {
		h->lv[c->level].writebacks++;
		write_on(a, d + 1, addr_of(c, line));
	}
}

void cpucache_put(const struct access *a, u32 d, u64 line, u64 state)
{
	u64 out = ccache_insert(a->path->at[d], line, state);

	if (out)
		evict(a, d, out);
}

/* The way there */

static ALWAYS_INLINE void count_hit(struct ccache *c, u32 owner, u64 line)
{
	if (c->sets)
		c->sets[owner * c->nr_sets + set_of(c, line)].hits++;
	if (c->shadow)
		shadow_hit(c->shadow, line);
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

/* A cache that had @line would keep it, and not give it away. */
static bool would_keep(const struct access *a, const struct ccache *c, u32 d)
{
	return c->inclusion != CACHE_EXCLUSIVE || a->how == CPUCACHE_FETCH ||
	       !is_taken(a, d);
}

static void note_miss(const struct access *a, struct ccache *c, u32 d, u64 line)
{
	u64 *classes = c->use[a->owner].classes;

	if (likely(takes(a, c)))
		shadow_miss(c->shadow, line, classes);
	else if (would_keep(a, c, d))
		shadow_pass(c->shadow, SHADOW_PASS, line, classes);
	else
		shadow_pass(c->shadow, SHADOW_GIVE, line, classes);
}

static void count_miss(const struct access *a, struct ccache *c, u32 d,
		       u64 line)
{
	struct cpucache_use *u = &c->use[a->owner];

	u->misses[a->how]++;
	if (c->sets)
		c->sets[a->owner * c->nr_sets + set_of(c, line)].misses++;
	if (c->shadow)
		note_miss(a, c, d, line);
}

/*
 * The host's own caches are too small for what the farther caches are: what a
 * miss will need is fetched as soon as that is known.
 */

/* @line missed at depth @d: what leaves may be looked up farther away. */
static void prefetch_victim(const struct access *a, u32 d, u64 line)
{
	const struct ccache *c = a->path->at[d], *next = a->path->at[d + 1];
	u64 e = c->entry[(set_of(c, line) + 1) * c->ways - 1];

	if (next && e)
		set_prefetch(next,
			     addr_of(c, entry_line(e)) >> next->line_shift);
}

/* The first cache missed: the sets of the others. */
static void prefetch_farther(const struct access *a)
{
	const struct ccache *c;

	for (u32 d = 1; (c = a->path->at[d]); d++)
		set_prefetch(c, a->addr >> c->line_shift);
	if (a->h->coherent)
		PREFETCH(&a->h->dir[a->addr >> a->h->line_shift]);
}

/* The first cache does not have the line: which one does? */
static void search(const struct access *a, struct found *f)
{
	struct ccache *c = a->path->at[0];

	if (!c)
		return;
	prefetch_farther(a);
	prefetch_victim(a, 0, a->addr >> c->line_shift);
	count_miss(a, c, 0, a->addr >> c->line_shift);
	f->missed = 1;
	for (f->depth = 1; (c = a->path->at[f->depth]); f->depth++) {
		u64 line = a->addr >> c->line_shift;

		c->use[a->owner].accesses[a->how]++;
		f->entry = set_use(c, set_of(c, line), line);
		if (f->entry) {
			count_hit(c, a->owner, line);
			return;
		}
		prefetch_victim(a, f->depth, line);
		count_miss(a, c, f->depth, line);
		f->missed |= 1u << f->depth;
	}
}

/* The first use of what a prefetcher fetched. */
static void use_prefetched(const struct access *a, struct found *f)
{
	if (!f->entry || likely(!(*f->entry & ENTRY_PREFETCHED)))
		return;
	*f->entry &= ~ENTRY_PREFETCHED;
	a->h->lv[a->path->at[f->depth]->level].prefetch_hits++;
	f->missed |= 1u << f->depth;
}

/* Rights, and the way back */

/* All of the agent's own copies may be written from now on. */
static void own_copies(const struct access *a, u64 line)
{
	for (u32 d = 0; a->path->at[d]; d++) {
		struct ccache *c = a->path->at[d];
		u64 *e = c->private ? set_find(c, line) : NULL;

		if (e && entry_mesi(*e) == MESI_S)
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
			dir_wrote(h, a->addr, a->bytes);
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
		shadow_pass(c->shadow, SHADOW_DROP, line, NULL);
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
		cpucache_put(
			a, d, line,
			entry_state(given ? MESI_M : copy_state(c, state)));
		given = false;
	}
	return nearest;
}

/* @entry: of the first cache, NULL: it missed. */
static NO_INLINE cycles_t access_slow(const struct access *a, u64 *entry)
{
	struct found f = {.entry = entry};
	u64 line = a->addr >> a->h->line_shift;
	enum mesi state;
	cycles_t cost;
	bool modified;
	u32 nearest;

	if (!entry)
		search(a, &f);
	use_prefetched(a, &f);
	cost = acquire(a, &f, line, &state);
	modified = give_away(a, &f, line, state);
	nearest = fill(a, &f, state, modified);
	if (a->write)
		write_on(a, nearest, a->addr);
	for (u32 d = 0; f.missed >> d; d++)
		if (f.missed >> d & 1 && a->path->at[d] &&
		    a->path->at[d]->prefetch != CACHE_NO_PREFETCH)
			cpucache_prefetch(a, d, line);
	return cost;
}

/* Nothing but the nearest cache's entry matters: true of most hits. */
static ALWAYS_INLINE bool is_enough(const struct ccache *c, u64 entry,
				    bool write)
{
	if (unlikely(entry & ENTRY_PREFETCHED))
		return false;
	return !write || (entry_mesi(entry) >= MESI_E && !c->through);
}

/* One line, or a part of it, of which nothing is known to be wrong. */
static ALWAYS_INLINE cycles_t access_line(const struct access *a, u64 addr,
					  u32 bytes, cycles_t now)
{
	struct ccache *c = a->path->at[0];
	u64 *e = NULL;

	if (likely(c)) {
		u64 line = addr >> c->line_shift;

		c->use[a->owner].accesses[a->how]++;
		e = set_use(c, set_of(c, line), line);
		if (likely(e))
			count_hit(c, a->owner, line);
	}
	if (unlikely(!e || !is_enough(c, *e, a->write))) {
		struct access slow = *a;

		slow.addr = addr;
		slow.bytes = bytes;
		a->h->now = now;
		return access_slow(&slow, e);
	}
	if (a->write) {
		*e |= entry_state(MESI_M);
		if (a->h->coherent)
			dir_wrote(a->h, addr, bytes);
	}
	return c->latency;
}

/* One page, or a part of it. */
static ALWAYS_INLINE cycles_t translate(struct cpucache *h, u32 cpu, u64 addr)
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
	cycles_t cost = 0;

	BUG_ON(cpu >= h->nr_cpus || owner >= h->nr_owners);
	BUG_ON(end > CPUCACHE_ADDR_END);
	h->sum.accesses++;
	if (h->opt.whole) {
		cost = translate_all(h, cpu, addr, end - 1);
		h->now = now + cost;
		cost += cpucache_whole(&a);
	} else {
		u32 shift = first ? first->line_shift : h->line_shift;
		u64 line_mask = ((u64)1 << shift) - 1;

		do {
			u64 next = (addr | line_mask) + 1;
			u32 part = (u32)(MIN(next, end) - addr);

			cost += translate(h, cpu, addr);
			cost += access_line(&a, addr, part, now + cost);
			addr = next;
		} while (addr < end);
	}
	h->sum.cycles += cost;
	return cost;
}
