/* snap-LABEL.txt: the counts of caches, zones and nodes. */
#include "sim/state_parse.h"

#include "base/compiler.h"

#include <stdlib.h>
#include <string.h>

#define S32_MAX	 0x7fffffff
#define BIG_MAX	 ((u64)1 << 62)
#define SBIG_MAX ((s64)1 << 62)

static const char *const zone_names[MAX_NR_ZONES] = {
	"DMA", "DMA32", "Normal", "HighMem", "Movable",
};
static const char *const migratetype_names[MIGRATE_TYPES] = {
	"Unmovable",
	"Movable",
	"Reclaimable",
	"HighAtomic",
};
static const char *const numa_names[NR_NUMA_STATS] = {
	"numa_hit",	   "numa_miss",	 "numa_foreign",
	"numa_interleave", "numa_local", "numa_other",
};

bool state_zone_type(const char *name, enum zone_type *type)
{
	for (u32 i = 0; i < MAX_NR_ZONES; i++)
		if (!strcmp(name, zone_names[i])) {
			*type = (enum zone_type)i;
			return true;
		}
	return false;
}

bool state_migratetype(const char *name, enum migratetype *mt)
{
	for (u32 i = 0; i < MIGRATE_TYPES; i++)
		if (!strcmp(name, migratetype_names[i])) {
			*mt = (enum migratetype)i;
			return true;
		}
	return false;
}

struct state_zone *state_zone_of(struct state *st, u32 nid, enum zone_type type)
{
	for (size_t i = 0; i < st->zones.nr; i++)
		if (st->zones.at[i].nid == nid && st->zones.at[i].type == type)
			return &st->zones.at[i];
	return NULL;
}

/* "KEY" in front of a number: "min=15 ". */
static bool key_u64(struct scan *s, const char *key, u64 *v)
{
	return scan_want(s, key) && scan_u64(s, BIG_MAX, v);
}

static bool key_u32(struct scan *s, const char *key, u32 *v)
{
	return scan_want(s, key) && scan_u32(s, S32_MAX, v);
}

static bool key_s32(struct scan *s, const char *key, s32 *v)
{
	s64 n = 0;

	if (!scan_want(s, key) || !scan_s64(s, S32_MAX, &n))
		return false;
	*v = (s32)n;
	return true;
}

/* The 12 columns of slabinfo; only sizes are of use: the rest is derived. */
static bool slabinfo_columns(struct scan *s, struct state_cache *c)
{
	u64 skip;

	if (!scan_token(s, '|', c->name, sizeof(c->name)))
		return false;
	for (u32 i = 0; i < 11; i++)
		if (!scan_u64(s, BIG_MAX, &skip))
			return false;
	return scan_want(s, "|");
}

static bool slub_geometry(struct scan *s, struct state_cache *c)
{
	u32 *const into[] = {
		&c->size,	 &c->align,	  &c->offset,
		&c->order,	 &c->objects,	  &c->min_order,
		&c->min_objects, &c->cpu_partial, &c->cpu_partial_slabs,
		&c->min_partial,
	};

	for (u32 i = 0; i < ARRAY_SIZE(into); i++)
		if (!scan_u32(s, S32_MAX, into[i]))
			return false;
	if (!c->size || c->order >= MAX_ORDER || !c->objects ||
	    c->objects > STATE_OBJECTS_MAX ||
	    (u64)c->objects * c->size > STATE_PAGE_SIZE << c->order)
		return scan_fail(s, "%s: %u objects of %u bytes, order %u",
				 c->name, c->objects, c->size, c->order);
	return scan_want(s, "|");
}

/* "nid:nr_partial:nr_slabs:total_objects:free" for each node. */
static bool slub_nodes(struct scan *s, struct state_cache *c)
{
	while (!scan_eol(s) && !scan_peek(s, "|")) {
		u32 nid = 0;
		u32 slabs = 0;
		u32 skip;

		if (!scan_u32(s, MM_NODES_MAX - 1, &nid) ||
		    !scan_want(s, ":") || !scan_u32(s, S32_MAX, &skip) ||
		    !scan_want(s, ":") || !scan_u32(s, S32_MAX, &slabs) ||
		    !scan_want(s, ":") || !scan_u32(s, S32_MAX, &skip) ||
		    !scan_want(s, ":") || !scan_u32(s, S32_MAX, &skip))
			return false;
		c->nr_slabs[nid] = slabs;
	}
	return true;
}

/* "size align gfporder num colour colour_off mgmt freelist_size limit
 * batchcount shared alien_limit" */
static bool slab_geometry(struct scan *s, struct state_cache *c)
{
	u32 skip;

	return scan_u32(s, S32_MAX, &c->size) &&
	       scan_u32(s, S32_MAX, &c->align) &&
	       scan_u32(s, MAX_ORDER - 1, &c->order) &&
	       scan_u32(s, S32_MAX, &c->objects) &&
	       scan_u32(s, S32_MAX, &c->colour) &&
	       scan_u32(s, S32_MAX, &c->colour_off) &&
	       scan_token(s, ' ', c->mgmt, sizeof(c->mgmt)) &&
	       scan_u32(s, S32_MAX, &skip) && scan_u32(s, S32_MAX, &c->limit) &&
	       scan_u32(s, S32_MAX, &c->batchcount) &&
	       scan_u32(s, S32_MAX, &c->shared);
}

/* "size align flags" */
static bool slob_geometry(struct scan *s, struct state_cache *c)
{
	char flags[16] = "0";

	if (!scan_want(s, "|") || !scan_u32(s, S32_MAX, &c->object_size) ||
	    !scan_u32(s, S32_MAX, &c->align))
		return false;
	if (!scan_eol(s) && !scan_token(s, '\n', flags, sizeof(flags)))
		return false;
	c->flags = (u32)strtoul(flags, NULL, 16);
	return true;
}

static bool cache_line(struct state *st, struct scan *s)
{
	struct state_cache *c;

	if (st->caches.nr >= STATE_CACHES_MAX)
		return scan_fail(s, "more than %u caches", STATE_CACHES_MAX);
	c = VEC_PUSH(&st->caches);
	memset(c, 0, sizeof(*c));
	if (st->kind == STATE_SLOB)
		return scan_token(s, ' ', c->name, sizeof(c->name)) &&
		       slob_geometry(s, c);
	if (!slabinfo_columns(s, c))
		return false;
	if (st->kind == STATE_SLAB)
		return slab_geometry(s, c);
	return slub_geometry(s, c) && slub_nodes(s, c);
}

/* What the header line of [caches] says about the allocator. */
static bool caches_header(struct state *st, struct scan *s)
{
	size_t len = strcspn(s->at, "\n");
	const char *found;

	if (scan_peek(s, "slob_")) {
		st->kind = STATE_SLOB;
		return scan_next_line(s) && scan_next_line(s) &&
		       scan_next_line(s);
	}
	found = strstr(s->at, "cpu_partial_slabs");
	st->kind = found && found < s->at + len ? STATE_SLUB : STATE_SLAB;
	return true;
}

static bool section_caches(struct state *st, struct scan *s)
{
	if (!scan_next_line(s) || !caches_header(st, s))
		return scan_fail(s, "[caches] needs a header line");
	while (scan_next_line(s) && !scan_peek(s, "["))
		if (!scan_eol(s) && !cache_line(st, s))
			return false;
	return !scan_failed(s);
}

static bool zone_head(struct state *st, struct scan *s)
{
	char name[STATE_NAME_MAX];
	struct state_zone z = {0};

	if (!key_u32(s, "node=", &z.nid) ||
	    !scan_token(s, ' ', name, sizeof(name)))
		return false;
	if (z.nid >= MM_NODES_MAX || !state_zone_type(name, &z.type))
		return scan_fail(s, "no such zone: node %u %s", z.nid, name);
	if (state_zone_of(st, z.nid, z.type))
		return scan_fail(s, "the zone is told twice");
	if (!key_u64(s, "start_pfn=", &z.start_pfn) ||
	    !key_u64(s, "spanned=", &z.spanned) ||
	    !key_u64(s, "present=", &z.present) ||
	    !key_u64(s, "managed=", &z.managed))
		return false;
	if (z.start_pfn >= STATE_PFN_MAX || z.spanned > STATE_PFN_MAX ||
	    z.present > z.spanned || z.managed > z.present)
		return scan_fail(s, "the zone's sizes make no sense");
	z.pcp = xcalloc(st->nr_cpus, sizeof(*z.pcp));
	st->nr_nodes = MAX(st->nr_nodes, z.nid + 1);
	*VEC_PUSH(&st->zones) = z;
	return true;
}

static bool zone_pcp(struct state *st, struct state_zone *z, struct scan *s)
{
	struct state_pcp *p;
	u32 cpu = 0;

	if (!key_u32(s, "cpu", &cpu))
		return false;
	if (cpu >= st->nr_cpus)
		return scan_fail(s, "there are %u cpus only", st->nr_cpus);
	p = &z->pcp[cpu];
	return key_s32(s, "count=", &p->count) &&
	       key_s32(s, "high=", &p->state.high) &&
	       key_s32(s, "batch=", &p->state.batch) &&
	       key_s32(s, "free_factor=", &p->state.free_factor) &&
	       key_s32(s, "expire=", &p->state.expire);
}

static bool zone_nr_free(struct state *st, struct state_zone *z, struct scan *s)
{
	if (!scan_want(s, "folded=") ||
	    !scan_s64(s, SBIG_MAX, &z->nr_free_folded) ||
	    !scan_want(s, "exact=") ||
	    !scan_s64(s, SBIG_MAX, &z->nr_free_exact) ||
	    !scan_want(s, "stat_threshold"))
		return false;
	while (!scan_eol(s)) {
		u32 cpu = 0;
		struct state_pcp *p;

		if (!key_u32(s, "cpu", &cpu))
			return false;
		if (cpu >= st->nr_cpus)
			return scan_fail(s, "there are %u cpus only",
					 st->nr_cpus);
		p = &z->pcp[cpu];
		if (!key_s32(s, ":", &p->state.stat_threshold) ||
		    !key_s32(s, ":diff", &p->state.nr_free_diff))
			return false;
	}
	return true;
}

static bool zone_free_counts(struct state_zone *z, struct scan *s)
{
	char name[STATE_NAME_MAX];
	enum migratetype mt = MIGRATE_UNMOVABLE;

	if (!scan_token(s, ' ', name, sizeof(name)))
		return false;
	if (!state_migratetype(name, &mt))
		return scan_fail(s, "no migrate type '%s'", name);
	for (u32 o = 0; o < MAX_ORDER; o++)
		if (!scan_u64(s, STATE_PFN_MAX, &z->nr_free[mt][o]))
			return false;
	return true;
}

static bool zone_watermark(struct state_zone *z, struct scan *s)
{
	return key_u64(s, "min=", &z->watermark[WMARK_MIN]) &&
	       key_u64(s, "low=", &z->watermark[WMARK_LOW]) &&
	       key_u64(s, "high=", &z->watermark[WMARK_HIGH]) &&
	       key_u64(s, "promo=", &z->watermark[WMARK_PROMO]) &&
	       key_u64(s, "boost=", &z->boost) &&
	       key_u64(s, "highatomic=", &z->highatomic);
}

static bool zone_line(struct state *st, struct scan *s)
{
	static const enum zone_type columns[] = {ZONE_DMA, ZONE_DMA32,
						 ZONE_NORMAL, ZONE_MOVABLE};
	struct state_zone *z = &st->zones.at[st->zones.nr - 1];

	if (scan_word(s, "watermark"))
		return zone_watermark(z, s);
	if (scan_word(s, "lowmem_reserve")) {
		/* No HighMem on x86-64: the fourth column is Movable. */
		for (u32 i = 0; i < ARRAY_SIZE(columns) && !scan_eol(s); i++)
			if (!scan_u64(s, BIG_MAX,
				      &z->lowmem_reserve[columns[i]]))
				return false;
		return true;
	}
	if (scan_word(s, "nr_free"))
		return zone_nr_free(st, z, s);
	if (scan_peek(s, "pageset_high="))
		return key_s32(s, "pageset_high=", &z->pageset_high) &&
		       key_s32(s, "pageset_batch=", &z->pageset_batch);
	if (scan_word(s, "pcp"))
		return zone_pcp(st, z, s);
	if (scan_word(s, "free"))
		return zone_free_counts(z, s);
	if (scan_word(s, "pageblocks"))
		return true; /* counts of what freelists-*.txt tells exactly */
	return scan_fail(s, "nothing known of a zone starts like this");
}

static bool node_zonelist(struct state_node *n, struct scan *s)
{
	while (!scan_eol(s)) {
		char name[STATE_NAME_MAX];
		struct state_zoneref ref = {0};

		if (!scan_u32(s, MM_NODES_MAX - 1, &ref.nid) ||
		    !scan_want(s, ":") ||
		    !scan_token(s, ' ', name, sizeof(name)))
			return false;
		if (!state_zone_type(name, &ref.type))
			return scan_fail(s, "no zone is named %s", name);
		if (n->zonelist.nr >= STATE_ZONES_MAX)
			return scan_fail(s, "the zonelist is too long");
		*VEC_PUSH(&n->zonelist) = ref;
	}
	return true;
}

static bool node_line(struct state *st, struct scan *s)
{
	struct state_node *n;
	u32 nid = 0;
	u32 waiting = 0;

	if (!scan_u32(s, MM_NODES_MAX - 1, &nid))
		return false;
	n = &st->nodes[nid];
	n->there = true;
	if (!key_s32(s, "kswapd_failures=", &n->kswapd_failures) ||
	    !key_s32(s, "kswapd_order=", &n->kswapd_order) ||
	    !key_s32(s,
		     "kswapd_highest_zoneidx=", &n->kswapd_highest_zoneidx) ||
	    !key_u32(s, "kswapd_waiting=", &waiting) ||
	    !scan_want(s, "zonelist"))
		return false;
	/* Its MAX_NR_ZONES, "nobody asked", is 4: it has no HighMem. */
	if (n->kswapd_highest_zoneidx >= 4)
		n->kswapd_highest_zoneidx = MAX_NR_ZONES;
	else if (n->kswapd_highest_zoneidx == 3)
		n->kswapd_highest_zoneidx = ZONE_MOVABLE;
	n->kswapd_waiting = waiting != 0;
	return node_zonelist(n, s);
}

static bool section_zones(struct state *st, struct scan *s)
{
	u32 skip;

	if (!scan_next_line(s) ||
	    !key_u64(s, "min_free_kbytes=", &st->min_free_kbytes) ||
	    !key_u32(s, "nr_online_nodes=", &skip) ||
	    !key_u32(s, "nr_cpu_ids=", &st->nr_cpus) ||
	    !key_u64(s, "totalram_pages=", &st->totalram_pages))
		return scan_fail(s, "[zones] needs its first line");
	if (!st->nr_cpus || st->nr_cpus > STATE_CPUS_MAX)
		return scan_fail(s, "%u cpus; 1 to %u are possible",
				 st->nr_cpus, STATE_CPUS_MAX);
	while (scan_next_line(s) && !scan_peek(s, "[")) {
		bool ok;

		scan_blanks(s);
		if (scan_eol(s))
			continue;
		if (scan_word(s, "zone "))
			ok = zone_head(st, s);
		else if (scan_word(s, "node "))
			ok = node_line(st, s);
		else if (!st->zones.nr)
			ok = scan_fail(s, "a zone is expected here");
		else
			ok = zone_line(st, s);
		if (!ok)
			return false;
	}
	return !scan_failed(s);
}

static bool section_vmstat(struct state *st, struct scan *s)
{
	while (scan_next_line(s) && !scan_peek(s, "[")) {
		u32 nid = 0;
		char key[STATE_NAME_MAX];

		if (!scan_peek(s, "node") || s->at[4] < '0' || s->at[4] > '9')
			continue;
		if (!scan_want(s, "node") ||
		    !scan_u32(s, MM_NODES_MAX - 1, &nid))
			return false;
		for (u32 i = 0; i < NR_NUMA_STATS; i++)
			if (!scan_token(s, ' ', key, sizeof(key)) ||
			    strcmp(key, numa_names[i]) ||
			    !scan_u64(s, BIG_MAX, &st->nodes[nid].numa[i]))
				return scan_fail(s, "%s is expected here",
						 numa_names[i]);
	}
	return !scan_failed(s);
}

bool state_parse_snap(struct state *st, struct scan *s)
{
	u64 skip;

	if (!scan_next_line(s) || !scan_want(s, "snapshot") ||
	    !scan_token(s, ' ', st->label, sizeof(st->label)) ||
	    !key_u64(s, "op=", &skip) || !key_u64(s, "cpu=", &skip) ||
	    !key_u64(s, "jiffies=", &st->jiffies) ||
	    !key_u64(s, "uptime_ns=", &st->uptime_ns))
		return scan_fail(s, "this is no snapshot");
	if (!scan_next_line(s))
		return scan_fail(s, "the snapshot has no sections");
	while (!scan_failed(s) && !scan_eol(s)) {
		bool ok;

		if (scan_peek(s, "[caches]"))
			ok = section_caches(st, s);
		else if (scan_peek(s, "[zones]"))
			ok = section_zones(st, s);
		else if (scan_peek(s, "[vmstat]"))
			ok = section_vmstat(st, s);
		else
			ok = scan_fail(s, "[caches], [zones] or [vmstat] is "
					  "expected here");
		if (!ok)
			return false;
	}
	if (!st->zones.nr)
		return scan_fail(s, "no zone is told of");
	return !scan_failed(s);
}
