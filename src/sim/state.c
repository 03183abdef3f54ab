/*
 * state.c - from a recorded state to a machine in that state.
 *
 * Pages first: free lists and per-CPU lists in their order, pageblock types,
 * the figures of zones.  Then slabs.  What is on no list and in no slab was
 * in use by the kernel and stays reserved.
 *
 * A state of another slab allocator gives its pages alone; kmalloc's caches and
 * those that the trace makes are set up empty, with our allocator's layout.
 */
#include "sim/state.h"

#include "base/compiler.h"
#include "mm/page_alloc.h"
#include "mm/restore.h"
#include "mm/slab_restore.h"
#include "mm/slab_sizes.h"
#include "sim/state_slab.h"

#include <errno.h>
#include <string.h>

#define KMEM_CACHE_SIZE	     192 /* bytes; not a matter of placement here */
#define KMEM_CACHE_NODE_SIZE 64

struct restore {
	struct mm *mm;
	struct state *st;
	const char *dir;
	struct err *e;
};

static struct zone *our_zone(const struct mm *mm, u32 nid, enum zone_type type)
{
	return nid < mm->conf.nr_nodes ? mm->nodes[nid].zones[type] : NULL;
}

/* The recorded machine must be the one that was booted. */
static int check_machine(const struct restore *r)
{
	const struct mm *mm = r->mm;
	const struct state *st = r->st;
	u32 present = 0;

	if (mm->conf.nr_cpus != st->nr_cpus ||
	    mm->conf.nr_nodes != st->nr_nodes)
		return err_set(r->e, -EINVAL,
			       "%s: recorded on %u cpus and %u nodes, the "
			       "machine has %u and %u; name another with -m",
			       r->dir, st->nr_cpus, st->nr_nodes,
			       mm->conf.nr_cpus, mm->conf.nr_nodes);
	for (u32 i = 0; i < mm->nr_zones; i++)
		present += mm->zones[i].present_pages != 0;
	for (size_t i = 0; i < st->zones.nr; i++) {
		const struct state_zone *z = &st->zones.at[i];
		const struct zone *ours = our_zone(mm, z->nid, z->type);

		if (!ours || ours->zone_start_pfn != z->start_pfn ||
		    ours->spanned_pages != z->spanned)
			return err_set(
				r->e, -EINVAL,
				"%s: the recorded node %u has a zone at "
				"pfn %llu, %llu pages; the machine has "
				"%llu, %llu; name another with -m",
				r->dir, z->nid,
				(unsigned long long)z->start_pfn,
				(unsigned long long)z->spanned,
				(unsigned long long)(ours ? ours->zone_start_pfn
							  : 0),
				(unsigned long long)(ours ? ours->spanned_pages
							  : 0));
	}
	if (present != st->zones.nr)
		return err_set(r->e, -EINVAL,
			       "%s: recorded with %zu zones, the machine has "
			       "%u; name another with -m",
			       r->dir, st->zones.nr, present);
	return 0;
}

/* The order in which nodes fall back follows from their distances. */
static int check_zonelists(const struct restore *r)
{
	for (u32 nid = 0; nid < r->st->nr_nodes; nid++) {
		const struct state_node *n = &r->st->nodes[nid];
		const struct pglist_data *ours = &r->mm->nodes[nid];
		u32 k = 0;

		for (u32 i = 0; i < ours->nr_zonerefs; i++) {
			const struct zone *z =
				&r->mm->zones[ours->zonelist[i].zone_idx];

			if (!z->present_pages)
				continue;
			if (k >= n->zonelist.nr ||
			    n->zonelist.at[k].nid != z->node ||
			    n->zonelist.at[k].type != z->type)
				break;
			k++;
		}
		if (k != n->zonelist.nr)
			return err_set(
				r->e, -EINVAL,
				"%s: node %u falls back in another order "
				"than the machine's distances say",
				r->dir, nid);
	}
	return 0;
}

static int restore_lists(const struct restore *r, const struct state_zone *z,
			 struct zone *zone)
{
	const pfn_t *pfns = r->st->pfns.at;
	int ret = 0;

	for (u32 o = 0; o < MAX_ORDER; o++)
		for (u32 mt = 0; mt < MIGRATE_TYPES; mt++) {
			const struct state_run *run = &z->free[mt][o];

			for (u32 i = 0; i < run->nr && !ret; i++)
				ret = page_restore_free_block(
					r->mm, pfns[run->at + i], o,
					(enum migratetype)mt, r->e);
		}
	for (u32 cpu = 0; cpu < r->st->nr_cpus; cpu++)
		for (u32 l = 0; l < NR_PCP_LISTS; l++) {
			const struct state_run *run = &z->pcp[cpu].lists[l];

			for (u32 i = 0; i < run->nr && !ret; i++)
				ret = page_restore_pcp(
					r->mm, zone, cpu, l / MIGRATE_PCPTYPES,
					(enum migratetype)(l %
							   MIGRATE_PCPTYPES),
					pfns[run->at + i], r->e);
		}
	return ret;
}

static void restore_pageblocks(const struct restore *r,
			       const struct state_zone *z)
{
	u64 block = (u64)1 << PAGEBLOCK_ORDER;
	u64 end = z->start_pfn + z->spanned;

	for (size_t i = 0; i < z->pageblocks.nr; i++) {
		const struct state_pageblocks *b = &z->pageblocks.at[i];

		for (u64 k = 0; k < b->nr && b->first_pfn + k * block < end;
		     k++)
			set_pageblock_migratetype(
				r->mm, (pfn_t)(b->first_pfn + k * block),
				b->type);
	}
}

static int restore_zone_figures(const struct restore *r,
				const struct state_zone *z, struct zone *zone)
{
	struct page_restore_zone from = {
		.watermark_boost = z->boost,
		.nr_reserved_highatomic = z->highatomic,
		.managed_pages = z->managed,
		.present_pages = z->present,
		.spanned_pages = z->spanned,
		.nr_free_pages = z->nr_free_folded,
		.pageset_high = z->pageset_high,
		.pageset_batch = z->pageset_batch,
	};
	int ret;

	memcpy(from.watermark, z->watermark, sizeof(from.watermark));
	memcpy(from.lowmem_reserve, z->lowmem_reserve,
	       sizeof(from.lowmem_reserve));
	ret = page_restore_zone(r->mm, zone, &from, r->e);
	for (u32 cpu = 0; cpu < r->st->nr_cpus && !ret; cpu++) {
		ret = page_restore_pcp_state(r->mm, zone, cpu,
					     &z->pcp[cpu].state, r->e);
	}
	return ret;
}

static int restore_node(const struct restore *r, u32 nid)
{
	const struct state_node *n = &r->st->nodes[nid];
	s32 highest = n->kswapd_highest_zoneidx;

	if (!n->there)
		return err_set(r->e, -EINVAL, "%s: no line of node %u", r->dir,
			       nid);
	for (u32 i = 0; i < NR_NUMA_STATS; i++)
		r->mm->numa[nid][i] = n->numa[i];
	return page_restore_kswapd(r->mm, nid, n->kswapd_failures,
				   n->kswapd_order, highest, !n->kswapd_waiting,
				   r->e);
}

static int restore_pages(const struct restore *r)
{
	int ret = 0;

	page_restore_begin(r->mm);
	for (size_t i = 0; i < r->st->zones.nr && !ret; i++) {
		const struct state_zone *z = &r->st->zones.at[i];
		struct zone *zone = our_zone(r->mm, z->nid, z->type);

		restore_pageblocks(r, z);
		ret = restore_lists(r, z, zone);
		if (!ret)
			ret = restore_zone_figures(r, z, zone);
	}
	for (u32 nid = 0; nid < r->st->nr_nodes && !ret; nid++)
		ret = restore_node(r, nid);
	if (ret)
		return ret;
	r->mm->min_free_kbytes = r->st->min_free_kbytes;
	r->mm->totalram_pages = r->st->totalram_pages;
	return page_restore_end(r->mm, r->e);
}

/* A slab on a list, with its freelists. */
static int restore_slab(const struct restore *r, struct kmem_cache *s,
			const struct state_slab *l)
{
	const u16 *slots = r->st->slots.at;
	struct page *page = slab_restore_slab(
		s, l->pfn, l->order, l->objects,
		l->free.nr ? slots + l->free.at : NULL, l->free.nr, r->e);

	if (!page)
		return -EINVAL;
	switch (l->on) {
	case STATE_ON_CPU:
		return slab_restore_cpu_slab(
			s, l->where, page,
			l->cpufree.nr ? slots + l->cpufree.at : NULL,
			l->cpufree.nr, r->e);
	case STATE_ON_CPU_PARTIAL:
		return slab_restore_cpu_partial(s, l->where, page,
						l->partial_slabs, r->e);
	case STATE_ON_NODE:
		return slab_restore_node_partial(s, page, r->e);
	}
	return -EINVAL;
}

static bool is_listed(const struct state_cache *c, pfn_t pfn)
{
	for (size_t i = 0; i < c->slabs.nr; i++)
		if (c->slabs.at[i].pfn == pfn)
			return true;
	return false;
}

static int restore_cache(const struct restore *r, const struct state_cache *c)
{
	struct slab_geometry g = {
		.name = c->name,
		.size = c->size,
		.align = c->align,
		.offset = c->offset,
		.order = c->order,
		.objects = c->objects,
		.min_order = c->min_order,
		.min_objects = c->min_objects,
		.cpu_partial = c->cpu_partial,
		.cpu_partial_slabs = c->cpu_partial_slabs,
		.min_partial = c->min_partial,
	};
	struct kmem_cache *s = slab_restore_cache(r->mm, &g, r->e);
	int ret = s ? 0 : -EINVAL;

	for (size_t i = 0; i < c->slabs.nr && !ret; i++)
		ret = restore_slab(r, s, &c->slabs.at[i]);
	for (size_t i = 0; i < c->pages.nr && !ret; i++) {
		const struct state_slab_page *p = &c->pages.at[i];

		if (!is_listed(c, p->pfn) &&
		    !slab_restore_slab(s, p->pfn, p->order, p->inuse, NULL, 0,
				       r->e))
			ret = -EINVAL;
	}
	return ret;
}

static int empty_cache(const struct restore *r, const char *name, u32 size)
{
	struct slab_geometry g = {.name = name, .size = size};

	return slab_restore_cache(r->mm, &g, r->e) ? 0 : -EINVAL;
}

/* The caches that every allocator of ours needs. */
static int restore_foreign_caches(const struct restore *r)
{
	const struct mm_conf *conf = &r->mm->conf;
	u32 low = conf->slab_ops->kmalloc_min_shift;
	char name[KMALLOC_NAME_MAX];
	int ret = 0;

	for (u32 type = 0; type < NR_KMALLOC_TYPES; type++) {
		if (!kmalloc_type_exists(conf, (enum kmalloc_type)type))
			continue;
		for (u32 i = 1; i <= KMALLOC_SHIFT_HIGH && !ret; i++) {
			u32 size = kmalloc_class_size(i, low);

			if (size)
				ret = empty_cache(
					r,
					kmalloc_cache_name(
						conf, (enum kmalloc_type)type,
						size, name),
					size);
		}
	}
	if (!ret)
		ret = empty_cache(r, "kmem_cache", KMEM_CACHE_SIZE);
	if (!ret)
		ret = empty_cache(r, "kmem_cache_node", KMEM_CACHE_NODE_SIZE);
	return ret;
}

/* The state's allocator is the machine's, or only its pages are taken. */
static int restore_slabs(const struct restore *r)
{
	const struct slab_ops *ops = r->mm->conf.slab_ops;
	enum state_slab_kind kind = r->st->kind;
	int ret = 0;

	if (kind == STATE_SLAB && ops == &slab_ops_slab)
		return state_restore_slab(r->mm, r->st, r->dir, r->e);
	if (kind == STATE_SLOB && ops == &slob_ops)
		return state_restore_slob(r->mm, r->st, r->dir, r->e);
	if (ops != &slub_ops)
		return err_set(r->e, -EINVAL,
			       "%s: recorded with another allocator than %s; "
			       "name it with --slab",
			       r->dir, ops->name);
	slab_restore_begin(r->mm);
	if (kind != STATE_SLUB)
		ret = restore_foreign_caches(r);
	for (size_t i = 0; kind == STATE_SLUB && i < r->st->caches.nr && !ret;
	     i++)
		ret = restore_cache(r, &r->st->caches.at[i]);
	return ret ? ret : slab_restore_end(r->mm, r->e);
}

static int restore_percpu(const struct restore *r, struct sim *s)
{
	struct percpu *p = state_restore_percpu(r->mm, r->dir, r->e);

	if (p)
		sim_set_percpu(s, p);
	return r->e->code;
}

int sim_restore(struct sim *s, const char *dir, struct err *e)
{
	struct restore r = {.mm = sim_mm(s), .dir = dir, .e = e};
	int ret;

	r.st = state_load(dir, "start", e);
	if (!r.st)
		return e->code ? e->code : -EINVAL;
	ret = check_machine(&r);
	if (!ret)
		ret = check_zonelists(&r);
	if (!ret)
		ret = restore_pages(&r);
	if (!ret)
		ret = restore_slabs(&r);
	if (!ret)
		ret = restore_percpu(&r, s);
	if (!ret && r.st->kind == STATE_SLAB)
		reaper_restore(s, r.st->jiffies);
	if (!ret)
		sim_set_restored(s, r.st->kind != STATE_SLUB &&
					    r.mm->conf.slab_ops == &slub_ops);
	state_free(r.st);
	return ret;
}
