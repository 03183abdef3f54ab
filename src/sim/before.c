/*
 * before.c - the machine of a /proc snapshot, and its memory laid out.
 */
#include "sim/before.h"

#include "base/bug.h"
#include "base/rng.h"
#include "mm/page_alloc.h"
#include "mm/restore.h"
#include "mm/slab_restore.h"
#include "sim/holes.h"
#include "sim/sim_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_PAGES	(1u << (MAX_ORDER - 1))
#define PAGEBLOCK_PAGES (1u << PAGEBLOCK_ORDER)
#define USER_REFILLS	8      /* users' pages that a CPU keeps at most */
#define OBJECTS_MAX	65535u /* slots of a slab are u16 */

/* Objects of one cache on one node that nobody was given yet. */
struct pool {
	VEC(u64) objs;
};

/* A list that was used a moment ago: three looks until it is drained. */
#define EXPIRE_USED 3

struct before {
	struct sim *sim;	     /* borrowed */
	const struct procsnap *snap; /* borrowed */
	struct rng rng;
	struct holes *holes; /* [nr_zones of mm], owned */
	struct pool *pools;  /* [MM_CACHES_MAX * nr_nodes], owned */
	bool booted;	     /* before_boot(): no holes */
	struct {
		u64 pfn; /* the next page to be given out */
		u64 end;
	} reserved[MM_NODES_MAX];
};

/* The machine */

static int add_range(struct mm_conf *mm, const struct procsnap_zone *z,
		     struct err *e)
{
	struct mm_range *r;

	if (!z->present)
		return 0;
	if (mm->nr_ranges == MM_RANGES_MAX)
		return err_set(e, -EINVAL, "zoneinfo: more than %d zones",
			       MM_RANGES_MAX);
	if (z->managed > z->present || z->present > z->spanned ||
	    z->start_pfn + z->spanned > UINT32_MAX)
		return err_set(e, -EINVAL,
			       "zoneinfo: node %u, zone %s: spanned, present "
			       "and managed pages do not fit together",
			       z->nid, z->name);
	r = &mm->ranges[mm->nr_ranges++];
	*r = (struct mm_range){
		.nid = z->nid,
		.zone = z->type,
		.start_pfn = z->start_pfn,
		.end_pfn = z->start_pfn + z->spanned,
		.reserved_pages = z->spanned - z->managed,
		.absent_pages = z->spanned - z->present,
	};
	return 0;
}

static void set_distances(struct mm_conf *mm, const struct procsnap *p)
{
	for (u32 a = 0; a < p->nr_nodes; a++) {
		for (u32 b = 0; b < p->nr_nodes; b++) {
			u8 d = p->distance[a][b];

			mm->distance[a][b] = d ? d : (u8)(a == b ? 10 : 20);
		}
	}
}

static bool has_cache(const struct procsnap *p, const char *prefix)
{
	for (u32 i = 0; i < p->nr_caches; i++)
		if (!strncmp(p->caches[i].name, prefix, strlen(prefix)))
			return true;
	return false;
}

/* Up to 5.12 a CPU's list is flushed at six batches, and holds order 0. */
static bool has_old_pcp(const struct procsnap *p)
{
	bool any = false;

	for (u32 i = 0; i < p->nr_zones; i++) {
		const struct procsnap_pcp *pcp = &p->zones[i].pcp[0];

		if (!p->zones[i].present || pcp->batch <= 1)
			continue;
		if (pcp->high != 6 * pcp->batch)
			return false;
		any = true;
	}
	return any;
}

/* Switches of that kernel which its files betray. */
static void set_switches(struct mm_conf *mm, const struct procsnap *p)
{
	mm->memcg_kmem = has_cache(p, "kmalloc-cg-");
	/* Names in a recording are those of merged caches already. */
	mm->slab_nomerge = true;
	mm->thp = p->thp;
	mm->movable_on_lru = true;
	if (has_old_pcp(p))
		mm->profile = PROFILE_LINUX_5_3;
	for (u32 i = 0; i < p->nr_caches; i++)
		if (!strcmp(p->caches[i].name, "kmalloc-64"))
			mm->slub_debug = p->caches[i].sanity_checks;
}

int before_config(struct config *c, const struct procsnap *p, struct err *e)
{
	struct mm_conf *mm = &c->mm;

	mm->nr_nodes = p->nr_nodes;
	mm->nr_cpus = p->nr_cpus;
	mm->nr_ranges = 0;
	memcpy(mm->cpu_to_node, p->cpu_to_node, sizeof(mm->cpu_to_node));
	set_distances(mm, p);
	set_switches(mm, p);
	for (u32 i = 0; i < p->nr_zones; i++) {
		int rc = add_range(mm, &p->zones[i], e);

		if (rc)
			return rc;
	}
	if (!mm->nr_cpus || !mm->nr_ranges)
		return err_set(e, -EINVAL,
			       "the snapshot has no CPU or no memory");
	if (!has_cache(p, "kmem_cache_node"))
		return err_set(e, -EINVAL,
			       "the snapshot has no slabinfo of SLUB: "
			       "/proc/slabinfo can be read by root only");
	return 0;
}

/* Pages */

static struct zone *zone_for(struct mm *mm, const struct procsnap_zone *z)
{
	return mm->nodes[z->nid].zones[z->type];
}

/* Migrate type of the @i-th of the zone's allocated pageblocks. */
static enum migratetype block_type(const struct procsnap_zone *z, u64 i)
{
	static const enum migratetype order[] = {
		MIGRATE_UNMOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_HIGHATOMIC};

	for (u32 k = 0; k < ARRAY_SIZE(order); k++) {
		if (i < z->pageblocks[order[k]])
			return order[k];
		i -= z->pageblocks[order[k]];
	}
	return MIGRATE_MOVABLE;
}

/* Memory [@pfn, @end) becomes holes, as large as its alignment allows. */
static void add_holes(struct before *b, struct zone *zone,
		      const struct procsnap_zone *z, u64 pfn, u64 end)
{
	struct mm *mm = b->sim->mm;
	enum migratetype mt = MIGRATE_MOVABLE;
	u64 nth = 0;

	while (pfn < end) {
		u32 order = (u32)MIN(__builtin_ctzll(pfn), PAGEBLOCK_ORDER);

		while (pfn + ((u64)1 << order) > end)
			order--;
		if (pfn % PAGEBLOCK_PAGES == 0 || !nth) {
			mt = block_type(z, nth++);
			set_pageblock_migratetype(mm, (pfn_t)pfn, mt);
		}
		holes_add(&b->holes[zone->idx], (u32)pfn, order, mt);
		pfn += (u64)1 << order;
	}
}

/*
 * Blocks of the largest order, from the top of the zone down: first those
 * that are free, then all others become holes, pageblock by pageblock.
 */
static int lay_out_blocks(struct before *b, const struct procsnap_zone *z,
			  struct err *e)
{
	struct mm *mm = b->sim->mm;
	struct zone *zone = zone_for(mm, z);
	u64 first = ALIGN_UP(z->start_pfn, BLOCK_PAGES);
	u64 zone_end = z->start_pfn + z->spanned;
	u64 end = zone_end / BLOCK_PAGES * BLOCK_PAGES;
	u64 top = end;

	for (int mt = MIGRATE_TYPES - 1; mt >= 0; mt--) {
		for (u64 n = 0; n < z->free_blocks[mt][MAX_ORDER - 1]; n++) {
			int rc;

			if (end <= first)
				return err_set(e, -EINVAL,
					       "node %u, zone %s: more free "
					       "blocks than memory",
					       z->nid, z->name);
			end -= BLOCK_PAGES;
			for (u32 i = 0; i < BLOCK_PAGES; i += PAGEBLOCK_PAGES)
				set_pageblock_migratetype(mm, (pfn_t)(end + i),
							  (enum migratetype)mt);
			rc = page_restore_free_block(mm, end, MAX_ORDER - 1,
						     (enum migratetype)mt, e);
			if (rc)
				return rc;
		}
	}
	add_holes(b, zone, z, MAX(z->start_pfn, 1u), end);
	add_holes(b, zone, z, MAX(top, z->start_pfn), zone_end);
	return 0;
}

/*
 * Where memory is nearly all free there may be no larger hole: one of the
 * order itself will do if its buddy is not free.
 */
static u32 cut_alone(struct before *b, const struct zone *zone, u32 order)
{
	struct holes *h = &b->holes[zone->idx];

	for (u32 mt = 0; mt < MIGRATE_TYPES; mt++) {
		for (size_t i = h->at[mt][order].nr; i-- > 0;) {
			u32 pfn = h->at[mt][order].at[i];
			const struct page *buddy =
				pfn_to_page(b->sim->mm, pfn ^ 1u << order);

			if (buddy->state == PAGE_BUDDY && buddy->order == order)
				continue;
			holes_take(h, pfn, order);
			return pfn;
		}
	}
	return 0;
}

/* The smaller free blocks, each cut from a hole of a higher order. */
static int lay_out_free(struct before *b, const struct procsnap_zone *z,
			struct err *e)
{
	struct mm *mm = b->sim->mm;
	const struct zone *zone = zone_for(mm, z);
	struct holes *h = &b->holes[zone->idx];

	for (int o = PAGEBLOCK_ORDER; o >= 0; o--) {
		u32 order = (u32)o;
		u32 from = MIN(order + 1, (u32)PAGEBLOCK_ORDER);

		for (u32 mt = 0; mt < MIGRATE_TYPES; mt++) {
			for (u64 n = 0; n < z->free_blocks[mt][o]; n++) {
				u32 pfn = holes_cut(h, order, from,
						    (enum migratetype)mt);
				int rc;

				if (!pfn)
					pfn = cut_alone(b, zone, order);
				if (!pfn)
					return err_set(
						e, -EINVAL,
						"node %u, zone %s: no room "
						"for all free blocks of order "
						"%u",
						z->nid, z->name, order);
				rc = page_restore_free_block(
					mm, pfn, order, (enum migratetype)mt,
					e);
				if (rc)
					return rc;
			}
		}
	}
	return 0;
}

/* Free blocks for list (@order, @mt) of a CPU, up to @nr and @left pages. */
static int fill_list(struct before *b, struct zone *zone, u32 cpu, u32 order,
		     enum migratetype mt, s32 nr, s32 *left, struct err *e)
{
	int rc = 0;

	for (; !rc && nr > 0 && *left >= 1 << order; nr--) {
		u32 pfn = holes_cut(&b->holes[zone->idx], order, order, mt);

		if (!pfn)
			break;
		rc = page_restore_pcp(b->sim->mm, zone, cpu, order, mt, pfn, e);
		*left -= 1 << order;
	}
	return rc;
}

/*
 * What is on a CPU's lists: of its own node's memory about half a refill of
 * each order for the kernel, but no more than half of all, then users' pages;
 * of other nodes' memory what it freed, kernel's and users' pages in equal
 * parts.  Very many pages are kernel's again: tables of processes that ended.
 */
static int fill_lists(struct before *b, struct zone *zone, u32 cpu,
		      const struct procsnap_pcp *pcp, struct err *e)
{
	bool local = zone->node == b->sim->mm->conf.cpu_to_node[cpu];
	s32 left = pcp->count, half = pcp->count / 2;
	s32 want = PCP_ORDERS * MAX(pcp->batch, 1);
	int rc = 0;

	if (!local)
		rc = fill_list(b, zone, cpu, 0, MIGRATE_UNMOVABLE, half, &left,
			       e);
	for (u32 o = 0; local && !rc && o <= b->sim->mm->pcp_max_order; o++) {
		s32 nr = MAX(pcp->batch, 1) / 2;

		if (want > half)
			nr = (s32)((s64)nr * half / want);
		nr >>= o;
		rc = fill_list(b, zone, cpu, o, MIGRATE_UNMOVABLE, nr, &left,
			       e);
		if (!rc)
			rc = fill_list(b, zone, cpu, o, MIGRATE_RECLAIMABLE, nr,
				       &left, e);
	}
	if (!rc)
		rc = fill_list(b, zone, cpu, 0, MIGRATE_MOVABLE,
			       local ? USER_REFILLS * MAX(pcp->batch, 1) : left,
			       &left, e);
	return rc ? rc
		  : fill_list(b, zone, cpu, 0, MIGRATE_UNMOVABLE, left, &left,
			      e);
}

static int lay_out_pcp(struct before *b, const struct procsnap_zone *z,
		       struct err *e)
{
	struct mm *mm = b->sim->mm;
	struct zone *zone = zone_for(mm, z);

	for (u32 cpu = 0; cpu < mm->conf.nr_cpus; cpu++) {
		const struct procsnap_pcp *pcp = &z->pcp[cpu];
		struct page_restore_pcp_state st = {
			.high = pcp->high,
			.batch = MAX(pcp->batch, 1),
			.stat_threshold = z->stat_threshold,
			.expire = pcp->moved ? EXPIRE_USED : 0,
		};
		int rc = page_restore_pcp_state(mm, zone, cpu, &st, e);

		if (!rc)
			rc = fill_lists(b, zone, cpu, pcp, e);
		if (rc)
			return rc;
	}
	return 0;
}

static int set_zone_figures(struct before *b, const struct procsnap_zone *z,
			    struct err *e)
{
	struct mm *mm = b->sim->mm;
	struct page_restore_zone from = {
		.watermark = {z->min, z->low, z->high,
			      z->high + (z->high - z->low)},
		.watermark_boost = z->boost,
		.nr_reserved_highatomic =
			z->pageblocks[MIGRATE_HIGHATOMIC] * PAGEBLOCK_PAGES,
		.managed_pages = z->managed,
		.present_pages = z->present,
		.spanned_pages = z->spanned,
		.nr_free_pages = (s64)z->free,
		.pageset_high = z->pcp[0].high,
		.pageset_batch = MAX(z->pcp[0].batch, 1),
	};

	for (u32 i = 0; i < z->nr_protection; i++)
		from.lowmem_reserve[i] = z->protection[i];
	/* The zones' order in /proc lacks HighMem on x86-64. */
	if (z->nr_protection && z->nr_protection < MAX_NR_ZONES)
		from.lowmem_reserve[ZONE_MOVABLE] =
			z->protection[z->nr_protection - 1];
	return page_restore_zone(mm, zone_for(mm, z), &from, e);
}

/* Free pages as the lists have them: the file may be a moment older. */
static u64 free_of_blocks(const struct procsnap_zone *z)
{
	u64 sum = 0;

	for (u32 mt = 0; mt < MIGRATE_TYPES; mt++)
		for (u32 o = 0; o < MAX_ORDER; o++)
			sum += z->free_blocks[mt][o] << o;
	return sum;
}

static int lay_out_zone(struct before *b, struct procsnap_zone *z,
			struct err *e)
{
	int rc;

	if (!z->present)
		return 0;
	rc = lay_out_blocks(b, z, e);
	if (!rc)
		rc = lay_out_free(b, z, e);
	if (!rc)
		rc = lay_out_pcp(b, z, e);
	z->free = free_of_blocks(z);
	return rc ? rc : set_zone_figures(b, z, e);
}

/* A block of the allocated memory of node @nid, its lowest zone last. */
static u32 take_pages(struct before *b, u32 nid, u32 order, enum migratetype mt)
{
	struct mm *mm = b->sim->mm;

	for (int t = MAX_NR_ZONES - 1; t >= 0; t--) {
		const struct zone *zone = mm->nodes[nid].zones[t];
		u32 pfn =
			zone ? holes_cut(&b->holes[zone->idx], order, order, mt)
			     : 0;

		if (pfn)
			return pfn;
	}
	return 0;
}

/* Slabs */

struct fill {
	const struct procsnap_cache *from;
	struct kmem_cache *cache;
	u64 slabs;	  /* to make */
	u64 free_objects; /* among the partial ones */
	u64 partial;	  /* slabs with free objects */
	u64 made;
};

static struct fill plan_fill(const struct procsnap_cache *from,
			     struct kmem_cache *cache)
{
	struct fill f = {.from = from, .cache = cache};
	u64 per = from->objs_per_slab;

	f.slabs = from->num_slabs;
	f.free_objects = from->num_objs > from->active_objs
				 ? from->num_objs - from->active_objs
				 : 0;
	if (!f.free_objects || !per)
		return f;
	f.partial =
		from->partial ? from->partial : f.free_objects / (per / 2 + 1);
	f.partial = CLAMP(f.partial, DIV_ROUND_UP(f.free_objects, per),
			  MIN(f.slabs, f.free_objects));
	return f;
}

/* A node for the next slab: as the snapshot spreads them. */
static u32 node_for(const struct before *b, const struct fill *f)
{
	u64 total = 0, at;

	for (u32 n = 0; n < b->snap->nr_nodes; n++)
		total += f->from->slabs_node[n];
	if (!total)
		return (u32)(f->made % b->snap->nr_nodes);
	at = f->made * total / MAX(f->slabs, 1u);
	for (u32 n = 0; n < b->snap->nr_nodes; n++) {
		if (at < f->from->slabs_node[n])
			return n;
		at -= f->from->slabs_node[n];
	}
	return 0;
}

static struct pool *pool_of(const struct before *b, u32 cache_idx, u32 nid)
{
	return &b->pools[cache_idx * b->snap->nr_nodes + nid];
}

/* Chooses @nr of @objects slots to be free; the others go to the pool. */
static void choose_slots(struct before *b, const struct fill *f, u64 addr,
			 u16 *slots, u32 objects, u32 nr)
{
	struct pool *pool =
		pool_of(b, f->cache->idx,
			pfn_to_nid(b->sim->mm, (pfn_t)(addr >> PAGE_SHIFT)));

	for (u32 i = 0; i < objects; i++)
		slots[i] = (u16)i;
	for (u32 i = 0; i + 1 < objects; i++) {
		u32 j = i + (u32)rng_below(&b->rng, objects - i);
		u16 t = slots[i];

		slots[i] = slots[j];
		slots[j] = t;
	}
	for (u32 i = nr; i < objects; i++)
		*VEC_PUSH(&pool->objs) = addr + (u64)slots[i] * f->cache->size;
}

static int make_slab(struct before *b, struct fill *f, u16 *slots,
		     struct err *e)
{
	u32 objects = f->from->objs_per_slab;
	u32 order = get_order((u64)f->from->pages_per_slab << PAGE_SHIFT);
	u32 nid = node_for(b, f), nr = 0, pfn;
	enum migratetype mt = f->cache->flags & SLAB_RECLAIM_ACCOUNT
				      ? MIGRATE_RECLAIMABLE
				      : MIGRATE_UNMOVABLE;
	struct page *page;

	if (f->made < f->partial)
		nr = (u32)(f->free_objects / f->partial +
			   (f->made < f->free_objects % f->partial));
	f->made++;
	for (u32 i = 0; i < b->snap->nr_nodes; i++) {
		pfn = take_pages(b, (nid + i) % b->snap->nr_nodes, order, mt);
		if (pfn)
			break;
	}
	if (!pfn)
		return err_set(e, -EINVAL,
			       "cache %s: its slabs do not fit into the memory "
			       "that is not free",
			       f->from->name);
	choose_slots(b, f, (u64)pfn << PAGE_SHIFT, slots, objects, nr);
	page = slab_restore_slab(f->cache, pfn, order, objects, slots, nr, e);
	if (!page)
		return -EINVAL;
	return nr ? slab_restore_node_partial(f->cache, page, e) : 0;
}

static slab_flags_t flags_of(const struct procsnap_cache *c)
{
	return (c->reclaim_account ? SLAB_RECLAIM_ACCOUNT : 0) |
	       (c->hwcache_align ? SLAB_HWCACHE_ALIGN : 0) |
	       (c->destroy_by_rcu ? SLAB_TYPESAFE_BY_RCU : 0) |
	       (c->cache_dma ? SLAB_CACHE_DMA : 0) | (c->ctor ? SLAB_CTOR : 0);
}

static struct kmem_cache *make_cache(struct before *b,
				     const struct procsnap_cache *c,
				     struct err *e)
{
	struct slab_geometry g = {
		.name = c->name,
		.object_size = c->in_sysfs ? c->object_size : c->objsize,
		.size = c->in_sysfs ? c->slab_size : c->objsize,
		.align = c->in_sysfs ? c->align : 0,
		.order = get_order((u64)c->pages_per_slab << PAGE_SHIFT),
		.objects = c->objs_per_slab,
		.cpu_partial = c->cpu_partial,
		.cpu_partial_slabs = c->cpu_partial && c->objs_per_slab
					     ? DIV_ROUND_UP(c->cpu_partial * 2,
							    c->objs_per_slab)
					     : 0,
		.min_partial = c->min_partial,
		.flags = flags_of(c),
	};

	if (!g.size || !c->objs_per_slab || c->objs_per_slab > OBJECTS_MAX ||
	    !c->pages_per_slab || c->num_slabs > UINT32_MAX ||
	    (c->pages_per_slab & (c->pages_per_slab - 1))) {
		err_set(e, -EINVAL, "slabinfo: cache %s: no such geometry",
			c->name);
		return NULL;
	}
	/* The smallest order that still holds one object is the fallback. */
	g.min_order = MIN(get_order(g.size), g.order);
	g.min_objects = MAX((u32)((MM_PAGE_SIZE << g.min_order) / g.size), 1u);
	g.min_objects = MIN(g.min_objects, g.objects);
	return slab_restore_cache(b->sim->mm, &g, e);
}

static int fill_cache(struct before *b, const struct procsnap_cache *c,
		      struct err *e)
{
	struct kmem_cache *s = make_cache(b, c, e);
	u16 *slots;
	int rc = 0;
	struct fill f;

	if (!s)
		return -EINVAL;
	f = plan_fill(c, s);
	slots = xcalloc(c->objs_per_slab, sizeof(*slots));
	while (!rc && f.made < f.slabs)
		rc = make_slab(b, &f, slots, e);
	free(slots);
	return rc;
}

/* Which object of a cache was there before is chance: shuffled. */
static void shuffle_pool(struct before *b, struct pool *p)
{
	for (size_t i = 0; i + 1 < p->objs.nr; i++) {
		size_t j = i + rng_below(&b->rng, p->objs.nr - i);
		u64 t = p->objs.at[i];

		p->objs.at[i] = p->objs.at[j];
		p->objs.at[j] = t;
	}
}

static int fill_all(struct before *b, struct procsnap *p, struct err *e)
{
	struct mm *mm = b->sim->mm;
	int rc = 0;

	page_restore_begin(mm);
	slab_restore_begin(mm);
	for (u32 i = 0; !rc && i < p->nr_zones; i++)
		rc = lay_out_zone(b, &p->zones[i], e);
	for (u32 i = 0; !rc && i < p->nr_caches; i++)
		rc = fill_cache(b, &p->caches[i], e);
	for (u32 i = 0; !rc && i < mm->nr_caches * p->nr_nodes; i++)
		shuffle_pool(b, &b->pools[i]);
	if (!rc)
		rc = slab_restore_end(mm, e);
	return rc ? rc : page_restore_end(mm, e);
}

static struct before *before_new(struct sim *s, const struct procsnap *p)
{
	struct before *b = xcalloc(1, sizeof(*b));

	s->before = b;
	b->sim = s;
	b->snap = p;
	b->rng = rng_for(s->config.seed, "before");
	b->holes = xcalloc(s->mm->nr_zones, sizeof(*b->holes));
	b->pools =
		xcalloc((size_t)MM_CACHES_MAX * p->nr_nodes, sizeof(*b->pools));
	return b;
}

int before_fill(struct sim *s, struct procsnap *p, struct err *e)
{
	return fill_all(before_new(s, p), p, e);
}

/* Objects of before the first event: nobody frees them. */
static void make_early(struct before *b, const u64 *early)
{
	for (u32 i = 0; i < b->snap->nr_caches; i++) {
		struct kmem_cache *c =
			before_find_cache(b, b->snap->caches[i].name);

		for (u64 k = 0; c && k < early[i]; k++)
			if (!kmem_cache_alloc(c, GFP_KERNEL))
				break;
	}
}

/*
 * The kernel sets marks and list sizes before all of its own memory is given
 * back, by what was managed then: the snapshot's are in force.
 */
static int set_marks(struct before *b, struct procsnap_zone *z, struct err *e)
{
	struct mm *mm = b->sim->mm;
	struct zone *zone = zone_for(mm, z);
	int rc;

	z->free = zone->nr_free_pages > 0 ? (u64)zone->nr_free_pages : 0;
	z->boost = 0;
	z->pageblocks[MIGRATE_HIGHATOMIC] = 0;
	rc = set_zone_figures(b, z, e);
	for (u32 cpu = 0; !rc && cpu < mm->conf.nr_cpus; cpu++) {
		struct page_restore_pcp_state st = {
			.high = z->pcp[cpu].high,
			.batch = MAX(z->pcp[cpu].batch, 1),
			.stat_threshold = z->stat_threshold,
			.nr_free_diff = zone->pcpstat[cpu].nr_free_diff,
		};

		rc = page_restore_pcp_state(mm, zone, cpu, &st, e);
	}
	return rc;
}

int before_boot(struct sim *s, struct procsnap *p, const u64 *early,
		struct err *e)
{
	struct before *b = before_new(s, p);
	int rc = 0;

	b->booted = true;
	slab_restore_begin(s->mm);
	for (u32 i = 0; !rc && i < p->nr_zones; i++) {
		struct procsnap_zone *z = &p->zones[i];

		if (z->present)
			rc = set_marks(b, z, e);
		z->free = z->managed;
		for (u32 cpu = 0; cpu < p->nr_cpus; cpu++)
			z->pcp[cpu].count = 0;
	}
	for (u32 i = 0; !rc && i < p->nr_caches; i++) {
		struct procsnap_cache *c = &p->caches[i];

		c->active_objs = c->num_objs = c->num_slabs = c->partial = 0;
		rc = fill_cache(b, c, e);
	}
	if (!rc)
		rc = slab_restore_end(s->mm, e);
	if (!rc && early)
		make_early(b, early);
	return rc;
}

struct kmem_cache *before_find_cache(const struct before *b, const char *name)
{
	const struct procsnap_cache *c = procsnap_cache(b->snap, name);

	return c ? kmem_cache_find(b->sim->mm, c->name) : NULL;
}

void before_free(struct before *b)
{
	if (!b)
		return;
	for (u32 i = 0; i < b->sim->mm->nr_zones; i++)
		holes_free(&b->holes[i]);
	for (u32 i = 0; i < MM_CACHES_MAX * b->snap->nr_nodes; i++)
		VEC_FREE(&b->pools[i].objs);
	free(b->holes);
	free(b->pools);
	free(b);
}

u64 before_adopt_object(struct before *b, u32 cache_idx, u32 nid)
{
	for (u32 i = 0; i < b->snap->nr_nodes; i++) {
		struct pool *p =
			pool_of(b, cache_idx, (nid + i) % b->snap->nr_nodes);

		if (p->objs.nr)
			return p->objs.at[--p->objs.nr];
	}
	return 0;
}

/* Memory that a booting machine keeps for a while: cut from large blocks. */
static u64 take_reserved(struct before *b, u32 nid)
{
	struct mm *mm = b->sim->mm;
	struct page *page;

	if (b->reserved[nid].pfn == b->reserved[nid].end) {
		page = alloc_pages_node(mm, (int)nid,
					GFP_HIGHUSER_MOVABLE | GFP_THISNODE,
					MAX_ORDER - 1);
		if (!page)
			return 0;
		page->flags &= (u8)~PG_LRU;
		split_page(mm, page, MAX_ORDER - 1);
		b->reserved[nid].pfn = page_to_pfn(mm, page);
		b->reserved[nid].end =
			b->reserved[nid].pfn + (1u << (MAX_ORDER - 1));
	}
	return b->reserved[nid].pfn++ << PAGE_SHIFT;
}

u64 before_adopt_pages(struct before *b, u32 order, u32 nid)
{
	/* Processes' pages and files' are, that is most. */
	bool lru = order == 0 || order == PAGEBLOCK_ORDER;
	u32 pfn;

	if (order >= MAX_ORDER || (b->booted && order))
		return 0;
	if (b->booted)
		return take_reserved(b, nid);
	pfn = take_pages(b, nid, order, MIGRATE_MOVABLE);
	for (u32 i = 1; !pfn && i < b->snap->nr_nodes; i++)
		pfn = take_pages(b, (nid + i) % b->snap->nr_nodes, order,
				 MIGRATE_MOVABLE);
	if (!pfn || page_restore_allocated(b->sim->mm, pfn, order, lru, NULL))
		return 0;
	return (u64)pfn << PAGE_SHIFT;
}
