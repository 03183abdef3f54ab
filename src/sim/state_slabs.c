/* slabs-LABEL.txt of SLUB: cpu slabs and partial lists with their freelists. */
#include "sim/state_parse.h"

#include <string.h>

/* "-" or "3,4,5" */
static bool slot_run(struct state *st, struct scan *s, struct state_run *run)
{
	run->at = (u32)st->slots.nr;
	run->nr = 0;
	if (scan_word(s, "-"))
		return true;
	do {
		u32 slot = 0;

		if (!scan_u32(s, STATE_OBJECTS_MAX - 1, &slot))
			return false;
		if (st->slots.nr >= STATE_BLOCKS_MAX)
			return scan_fail(s, "more than %u free objects",
					 STATE_BLOCKS_MAX);
		*VEC_PUSH(&st->slots) = (u16)slot;
		run->nr++;
	} while (scan_word(s, ","));
	return true;
}

/* "<pfn> o<order> inuse=a/b frozen=f free=..." */
static bool slab_itself(struct state *st, struct scan *s, struct state_slab *p)
{
	u32 frozen = 0;

	if (!scan_u32(s, STATE_PFN_MAX, &p->pfn) || !scan_want(s, "o") ||
	    !scan_u32(s, MAX_ORDER - 1, &p->order) || !scan_want(s, "inuse=") ||
	    !scan_u32(s, STATE_OBJECTS_MAX, &p->inuse) || !scan_want(s, "/") ||
	    !scan_u32(s, STATE_OBJECTS_MAX, &p->objects) ||
	    !scan_want(s, "frozen=") || !scan_u32(s, 1, &frozen) ||
	    !scan_want(s, "free=") || !slot_run(st, s, &p->free))
		return false;
	p->frozen = frozen;
	return true;
}

static bool slab_line(struct state *st, struct state_cache *c, struct scan *s)
{
	struct state_slab p = {0};

	if (scan_word(s, "cpu")) {
		if (!scan_u32(s, STATE_CPUS_MAX, &p.where))
			return false;
		if (p.where >= st->nr_cpus)
			return scan_fail(s, "there are %u cpus only",
					 st->nr_cpus);
		if (scan_word(s, "slab ")) {
			p.on = STATE_ON_CPU;
			if (!scan_want(s, "cpufree=") ||
			    !slot_run(st, s, &p.cpufree))
				return false;
		} else {
			p.on = STATE_ON_CPU_PARTIAL;
			if (!scan_want(s, "partial") ||
			    !scan_want(s, "slabs=") ||
			    !scan_u32(s, STATE_BLOCKS_MAX, &p.partial_slabs))
				return false;
		}
	} else {
		p.on = STATE_ON_NODE;
		if (!scan_want(s, "node") ||
		    !scan_u32(s, MM_NODES_MAX - 1, &p.where) ||
		    !scan_want(s, "partial"))
			return false;
	}
	if (!slab_itself(st, s, &p))
		return false;
	if (c->slabs.nr >= STATE_BLOCKS_MAX)
		return scan_fail(s, "too many slabs");
	*VEC_PUSH(&c->slabs) = p;
	return true;
}

bool state_parse_slabs(struct state *st, struct scan *s)
{
	size_t nr = 0; /* caches met so far: in the snapshot's order */

	while (scan_next_line(s)) {
		char name[STATE_NAME_MAX];

		if (scan_eol(s) || scan_peek(s, "#"))
			continue;
		scan_blanks(s);
		if (!scan_word(s, "cache ")) {
			if (!nr)
				return scan_fail(s, "a cache is expected here");
			if (!slab_line(st, &st->caches.at[nr - 1], s))
				return false;
			continue;
		}
		if (!scan_token(s, ' ', name, sizeof(name)))
			return false;
		if (nr >= st->caches.nr ||
		    strcmp(name, st->caches.at[nr].name) != 0)
			return scan_fail(s, "the snapshot's next cache is '%s'",
					 nr < st->caches.nr
						 ? st->caches.at[nr].name
						 : "none");
		nr++;
	}
	return !scan_failed(s);
}
