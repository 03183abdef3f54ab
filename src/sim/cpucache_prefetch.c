/*
 * cpucache_prefetch.c - lines that are fetched before they are asked for.
 *
 * A prefetcher hears of the misses of its cache and of the first use of what
 * it fetched.  next-line fetches the line behind; stride the one that lies as
 * far ahead as the last three of its 4 KiB region lay apart.  None leaves that
 * region, none takes a line that another CPU may hold, and what is fetched
 * costs memory bandwidth but no time.
 */
#include "sim/cpucache_set.h"

#define REGION_SHIFT 12

/* An exclusive cache gives the line away; had it modified it? */
static bool give_ahead(const struct access *a, struct ccache *c, u64 line)
{
	u64 e;

	if (c->inclusion != CACHE_EXCLUSIVE || a->how == CPUCACHE_FETCH)
		return false;
	e = ccache_remove(c, line);
	if (c->shadow)
		shadow_pass(c->shadow, SHADOW_DROP, line, NULL);
	return entry_mesi(e) == MESI_M;
}

static void fetch_ahead(const struct access *a, u32 d, u64 line)
{
	struct ccache *c = a->path->at[d];
	u64 addr = line << c->line_shift;
	bool modified = false;
	u32 far = d + 1;

	if (set_find(c, line) || !dir_untouched(a, line))
		return;
	while (a->path->at[far] && !set_find(a->path->at[far], line))
		far++;
	if (!a->path->at[far])
		memory_read(a, addr);
	else
		modified = give_ahead(a, a->path->at[far], line);
	while (far-- > d) {
		struct ccache *f = a->path->at[far];
		u64 state = entry_state(modified ? MESI_M : MESI_E);

		if (far == d)
			state |= ENTRY_PREFETCHED;
		else if (f->inclusion != CACHE_INCLUSIVE)
			continue;
		modified = false;
		if (f->shadow)
			shadow_miss(f->shadow, line, NULL);
		cpucache_put(a, far, line, state);
	}
	a->h->lv[c->level].prefetches++;
}

/* The step to take from @line; 0: no pattern yet. */
static s64 stride_step(struct ccache *c, u64 line)
{
	u64 page = (line << c->line_shift >> REGION_SHIFT) + 1;
	struct stride_entry *s = &c->stride[page % STRIDE_ENTRIES];
	s64 step = (s64)(line - s->last);
	bool same = s->page == page && step && step == s->step;

	if (s->page != page)
		step = 0;
	*s = (struct stride_entry){.page = page, .last = line, .step = step};
	return same ? step : 0;
}

void cpucache_prefetch(const struct access *a, u32 d, u64 line)
{
	struct ccache *c = a->path->at[d];
	s64 step = c->prefetch == CACHE_STRIDE ? stride_step(c, line) : 1;
	u64 ahead = line + (u64)step;
	u32 shift =
		REGION_SHIFT > c->line_shift ? REGION_SHIFT - c->line_shift : 0;

	if (step && ahead >> shift == line >> shift)
		fetch_ahead(a, d, ahead);
}
