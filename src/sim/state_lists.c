/* freelists-LABEL.txt: the free lists in order, pageblocks, slab pages. */
#include "sim/state_parse.h"

#include <string.h>

/* The pfns up to the end of the line. */
static bool pfn_run(struct state *st, struct scan *s, struct state_run *run)
{
	run->at = (u32)st->pfns.nr;
	run->nr = 0;
	while (!scan_eol(s)) {
		u32 pfn = 0;

		if (!scan_u32(s, STATE_PFN_MAX, &pfn))
			return false;
		if (st->pfns.nr >= STATE_BLOCKS_MAX)
			return scan_fail(s, "more than %u blocks",
					 STATE_BLOCKS_MAX);
		*VEC_PUSH(&st->pfns) = pfn;
		run->nr++;
	}
	return true;
}

/* "<order> <type>:" */
static bool order_type(struct scan *s, u32 max_order, u32 *order,
		       enum migratetype *mt)
{
	char name[STATE_NAME_MAX];

	if (!scan_u32(s, max_order, order) ||
	    !scan_token(s, ':', name, sizeof(name)))
		return false;
	if (!state_migratetype(name, mt))
		return scan_fail(s, "no migrate type '%s'", name);
	return scan_want(s, ":");
}

static bool free_line(struct state *st, struct state_zone *z, struct scan *s)
{
	u32 order = 0;
	enum migratetype mt = MIGRATE_UNMOVABLE;

	if (!order_type(s, MAX_ORDER - 1, &order, &mt))
		return false;
	if (z->free[mt][order].nr)
		return scan_fail(s, "this free list is told twice");
	return pfn_run(st, s, &z->free[mt][order]);
}

static bool pcp_line(struct state *st, struct state_zone *z, struct scan *s)
{
	u32 cpu = 0;
	u32 order = 0;
	enum migratetype mt = MIGRATE_UNMOVABLE;
	struct state_run *run;

	if (!scan_want(s, "cpu") || !scan_u32(s, STATE_CPUS_MAX, &cpu))
		return false;
	if (cpu >= st->nr_cpus)
		return scan_fail(s, "there are %u cpus only", st->nr_cpus);
	if (!order_type(s, PCP_ORDERS - 1, &order, &mt))
		return false;
	if (mt >= MIGRATE_PCPTYPES)
		return scan_fail(s, "per-cpu lists have no such type");
	run = &z->pcp[cpu].lists[MIGRATE_PCPTYPES * order + (u32)mt];
	if (run->nr)
		return scan_fail(s, "this per-cpu list is told twice");
	return pfn_run(st, s, run);
}

static bool pageblocks_line(struct state_zone *z, struct scan *s)
{
	while (!scan_eol(s)) {
		struct state_pageblocks b = {0};
		char name[STATE_NAME_MAX];

		if (!scan_u64(s, STATE_PFN_MAX, &b.first_pfn) ||
		    !scan_want(s, "+") || !scan_u64(s, STATE_PFN_MAX, &b.nr) ||
		    !scan_want(s, "=") ||
		    !scan_token(s, ' ', name, sizeof(name)))
			return false;
		if (!state_migratetype(name, &b.type))
			return scan_fail(s, "no migrate type '%s'", name);
		if (b.first_pfn >= z->start_pfn + z->spanned)
			return scan_fail(s, "the pageblock is not in the zone");
		if (z->pageblocks.nr >= STATE_BLOCKS_MAX)
			return scan_fail(s, "too many pageblocks");
		*VEC_PUSH(&z->pageblocks) = b;
	}
	return true;
}

static struct state_zone *zone_line(struct state *st, struct scan *s)
{
	char name[STATE_NAME_MAX];
	u32 nid = 0;
	enum zone_type type = ZONE_DMA;
	struct state_zone *z = NULL;

	if (!scan_want(s, "node=") || !scan_u32(s, MM_NODES_MAX - 1, &nid) ||
	    !scan_token(s, ' ', name, sizeof(name)))
		return NULL;
	if (state_zone_type(name, &type))
		z = state_zone_of(st, nid, type);
	if (!z)
		scan_fail(s, "the snapshot has no zone %s on node %u", name,
			  nid);
	else
		z->has_lists = true;
	return z;
}

/* "cache: pfn/order/inuse ..." */
static bool slab_page_line(struct state *st, struct scan *s)
{
	struct state_name name = {{0}};

	if (!scan_token(s, ':', name.at, sizeof(name.at)) || !scan_want(s, ":"))
		return false;
	while (!scan_eol(s)) {
		struct state_slab_page p = {0};

		if (!scan_u32(s, STATE_PFN_MAX, &p.pfn) || !scan_want(s, "/") ||
		    !scan_u32(s, MAX_ORDER - 1, &p.order) ||
		    !scan_want(s, "/") ||
		    !scan_u32(s, 2 * STATE_OBJECTS_MAX, &p.inuse))
			return false;
		if (st->slab_pages.nr >= STATE_BLOCKS_MAX)
			return scan_fail(s, "too many slabs");
		*VEC_PUSH(&st->slab_pages) = p;
		*VEC_PUSH(&st->slab_page_names) = name;
	}
	return true;
}

bool state_parse_freelists(struct state *st, struct scan *s)
{
	struct state_zone *z = NULL;
	bool slabs = false;

	while (scan_next_line(s)) {
		bool ok;

		if (scan_eol(s) || scan_peek(s, "#"))
			continue;
		if (slabs)
			ok = slab_page_line(st, s);
		else if (scan_word(s, "zone "))
			ok = (z = zone_line(st, s)) != NULL;
		else if (scan_peek(s, "slab_pages"))
			ok = slabs = true;
		else if (!z)
			ok = scan_fail(s, "a zone is expected here");
		else if (scan_word(s, "free "))
			ok = free_line(st, z, s);
		else if (scan_word(s, "pcp "))
			ok = pcp_line(st, z, s);
		else if (scan_word(s, "pageblocks:"))
			ok = pageblocks_line(z, s);
		else
			ok = scan_fail(s, "zone, free, pcp, pageblocks: or "
					  "slab_pages is expected here");
		if (!ok)
			return false;
	}
	return !scan_failed(s);
}
