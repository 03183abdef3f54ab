/*
 * oracle_state.c - the state of the allocators in the formats of a recorded
 * kernel's files (docs/formats.md): snap.txt, freelists.txt, slabs.txt.
 *
 * What this version does not model is written as the constant that an idle
 * kernel shows, or left out.
 */
#include "report/view.h"

#include "base/compiler.h"
#include "base/slabflags.h"

#include <inttypes.h>
#include <string.h>

static const char *const type_names[MIGRATE_TYPES] = {
	"Unmovable",
	"Movable",
	"Reclaimable",
	"HighAtomic",
};

/* snap.txt */

static void put_cache(FILE *to, const struct mm_snapshot *s,
		      const struct cache_snapshot *c)
{
	fprintf(to,
		"%s %" PRIu64 " %" PRIu64 " %u %u %u 0 0 0 %" PRIu64 " %" PRIu64
		" 0 |",
		c->name, c->active_objs, c->num_objs, c->size,
		c->objects_per_slab, 1u << c->order, c->active_slabs,
		c->num_slabs);
	fprintf(to, " %u %u %u %u %u %u %u %u %u %u |", c->size, c->align,
		c->offset, c->order, c->objects_per_slab, c->min_order,
		c->min_objects, c->cpu_partial, c->cpu_partial_slabs,
		c->min_partial);
	for (u32 n = 0; n < s->nr_nodes; n++)
		fprintf(to, " %u:%" PRIu64 ":%" PRIu64 ":%" PRIu64 ":%" PRIu64,
			n, c->nodes[n].nr_partial, c->nodes[n].nr_slabs,
			c->nodes[n].total_objects, c->nodes[n].free_on_partial);
	fputs(" |", to);
	for (u32 cpu = 0; c->cpus && cpu < s->nr_cpus; cpu++) {
		const struct cache_cpu_snapshot *p = &c->cpus[cpu];

		fprintf(to, " %u:", cpu);
		if (p->slab_pfn)
			fprintf(to, "%" PRIu64, p->slab_pfn);
		else
			putc('-', to);
		fprintf(to, ":%u:%u:%u:%u", p->inuse, p->objects,
			p->freelist_length, p->partial_slabs);
	}
	putc('\n', to);
}

static void put_slab_cache(FILE *to, const struct mm_snapshot *s,
			   const struct cache_snapshot *c)
{
	fprintf(to,
		"%s %" PRIu64 " %" PRIu64 " %u %u %u %u %u %u %" PRIu64
		" %" PRIu64 " %" PRIu64 " |",
		c->name, c->active_objs, c->num_objs, c->size,
		c->objects_per_slab, 1u << c->order, c->limit, c->batchcount,
		c->shared, c->active_slabs, c->num_slabs, c->shared_avail);
	fprintf(to, " %u %u %u %u %u %u %s %u %u %u %u %u |", c->size, c->align,
		c->order, c->objects_per_slab, c->colour, c->colour_off,
		c->management, c->freelist_bytes, c->limit, c->batchcount,
		c->shared, c->alien_limit);
	for (u32 i = 0; i < s->nr_nodes; i++) {
		const struct cache_node_snapshot *n = &c->nodes[i];

		fprintf(to,
			" %u:%" PRIu64 ":%" PRIu64 ":%" PRIu64 ":%" PRIu64
			":%" PRIu64 ":%u:%d:%" PRId64 ":%u",
			i, n->nr_full, n->nr_partial, n->nr_free_slabs,
			n->free_on_partial, n->free_limit, n->colour_next,
			n->free_touched, n->shared_avail, n->alien_avail);
	}
	fputs(" |", to);
	for (u32 cpu = 0; cpu < s->nr_cpus; cpu++)
		fprintf(to, " %u:%u:%d", cpu, c->cpus[cpu].avail,
			c->cpus[cpu].touched);
	putc('\n', to);
}

static void put_slob_caches(FILE *to, const struct mm_snapshot *s)
{
	static const char *const names[] = {"small", "medium", "large"};

	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		fprintf(to,
			"slob_%s pages=%" PRIu64 " free_units=%" PRIu64 "\n",
			names[i], s->slob.listed_pages[i],
			s->slob.free_bytes[i] / 2);
	fputs("name | size align flags\n", to);
	for (u32 i = 0; i < s->nr_caches; i++) {
		const struct cache_snapshot *c = &s->caches[i];

		/* The first cache is static and on no list of the kernel. */
		if (strcmp(c->name, "kmem_cache"))
			fprintf(to, "%s | %u %u 0x%x\n", c->name,
				(c->size + 1) & ~1u, c->align,
				c->flags & ~(SLAB_CTOR | SLAB_RECLAIM_ACCOUNT |
					     SLAB_ACCOUNT));
	}
}

static const char slab_columns[] =
	"name active_objs num_objs objsize objperslab pagesperslab limit "
	"batchcount sharedfactor active_slabs num_slabs sharedavail | size "
	"align gfporder num colour colour_off mgmt freelist_size limit "
	"batchcount shared alien_limit | per_node(nid:full:partial:free:"
	"free_objects:free_limit:colour_next:free_touched:shared_avail:"
	"alien_avail_sum) | per_cpu(cpu:avail:touched)\n";

static void put_caches(FILE *to, const struct mm_snapshot *s)
{
	if (!strcmp(s->slab_name, "slob")) {
		put_slob_caches(to, s);
		return;
	}
	if (!strcmp(s->slab_name, "slab")) {
		fputs(slab_columns, to);
		for (u32 i = 0; i < s->nr_caches; i++)
			put_slab_cache(to, s, &s->caches[i]);
		return;
	}
	fputs("name active_objs num_objs objsize objperslab pagesperslab limit "
	      "batchcount sharedfactor active_slabs num_slabs sharedavail | "
	      "size align offset oo_order oo_objects min_order min_objects "
	      "cpu_partial cpu_partial_slabs min_partial | "
	      "per_node(nid:nr_partial:nr_slabs:total_objects:free_in_partial) "
	      "| "
	      "per_cpu(cpu:slab_pfn:slab_inuse:slab_objects:cpu_free:partial_"
	      "slabs)\n",
	      to);
	for (u32 i = 0; i < s->nr_caches; i++)
		put_cache(to, s, &s->caches[i]);
}

static void put_zone_pcps(FILE *to, const struct mm_snapshot *s, u32 zone)
{
	for (u32 i = 0; i < s->nr_pcps; i++) {
		const struct pcp_snapshot *p = &s->pcps[i];

		if (p->zone == zone)
			fprintf(to,
				" pcp cpu%u count=%d high=%d batch=%d "
				"free_factor=%d expire=%d\n",
				p->cpu, p->count, p->high, p->batch,
				p->free_factor, p->expire);
	}
}

static void put_zone_free(FILE *to, const struct mm_snapshot *s, u32 zone)
{
	const struct zone_snapshot *z = &s->zones[zone];

	fprintf(to, " nr_free folded=%" PRId64 " exact=%" PRId64,
		z->nr_free_pages, z->nr_free_pages_exact);
	fputs(" stat_threshold", to);
	for (u32 i = 0; i < s->nr_pcps; i++)
		if (s->pcps[i].zone == zone)
			fprintf(to, " cpu%u:%d:diff%d", s->pcps[i].cpu,
				s->pcps[i].stat_threshold,
				s->pcps[i].nr_free_diff);
	fprintf(to,
		"\n pageset_high=%d pageset_batch=%d compact_considered=0 "
		"compact_defer_shift=0 compact_order_failed=0\n",
		z->pageset_high, z->pageset_batch);
}

static void put_zone(FILE *to, const struct mm_snapshot *s, u32 zone)
{
	const struct zone_snapshot *z = &s->zones[zone];

	fprintf(to,
		"zone node=%u %s start_pfn=%" PRIu64 " spanned=%" PRIu64
		" present=%" PRIu64 " managed=%" PRIu64 "\n",
		z->node, z->name, z->start_pfn, z->spanned_pages,
		z->present_pages, z->managed_pages);
	fprintf(to,
		" watermark min=%" PRIu64 " low=%" PRIu64 " high=%" PRIu64
		" promo=%" PRIu64 " boost=%" PRIu64 " highatomic=%" PRIu64 "\n",
		z->watermark[WMARK_MIN], z->watermark[WMARK_LOW],
		z->watermark[WMARK_HIGH], z->watermark[WMARK_PROMO],
		z->watermark_boost, z->nr_reserved_highatomic);
	fprintf(to,
		" lowmem_reserve %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
		"\n",
		z->lowmem_reserve[ZONE_DMA], z->lowmem_reserve[ZONE_DMA32],
		z->lowmem_reserve[ZONE_NORMAL],
		z->lowmem_reserve[ZONE_MOVABLE]);
	put_zone_free(to, s, zone);
	put_zone_pcps(to, s, zone);
	for (u32 mt = 0; mt < MIGRATE_TYPES; mt++) {
		fprintf(to, " free %s", type_names[mt]);
		for (u32 o = 0; o < MAX_ORDER; o++)
			fprintf(to, " %" PRIu64, z->nr_free[mt][o]);
		putc('\n', to);
	}
	fputs(" pageblocks", to);
	for (u32 mt = 0; mt < MIGRATE_TYPES; mt++)
		fprintf(to, " %s=%" PRIu64, type_names[mt], z->pageblocks[mt]);
	putc('\n', to);
}

static void put_node(FILE *to, const struct mm_snapshot *s, u32 nid)
{
	const struct node_snapshot *n = &s->nodes[nid];
	s32 highest = n->kswapd_highest_zoneidx;

	fprintf(to,
		"node %u kswapd_failures=%d kswapd_order=%d "
		"kswapd_highest_zoneidx=%d kswapd_waiting=%d zonelist",
		nid, n->kswapd_failures, n->kswapd_order,
		highest < ZONE_HIGHMEM ? highest : highest - 1,
		!n->kswapd_woken);
	for (u32 i = 0; i < n->nr_zonerefs; i++) {
		const struct zone_snapshot *z = &s->zones[n->zonelist[i]];

		fprintf(to, " %u:%s", z->node, z->name);
	}
	putc('\n', to);
}

static void put_vmstat(FILE *to, const struct mm_snapshot *s)
{
	s64 nr_free = 0;

	for (u32 i = 0; i < s->nr_zones; i++)
		nr_free += s->zones[i].nr_free_pages;
	fprintf(to, "[vmstat]\nnr_free_pages %" PRId64 "\n", nr_free);
	for (u32 n = 0; n < s->nr_nodes; n++) {
		fprintf(to, "node%u", n);
		for (u32 i = 0; i < NR_NUMA_STATS; i++)
			fprintf(to, " %s %" PRIu64, numa_stat_names[i],
				s->nodes[n].numa[i]);
		putc('\n', to);
	}
}

static void write_snap(FILE *to, const struct report_view *v)
{
	const struct mm_snapshot *s = v->snap;

	fprintf(to, "snapshot %s time_ns=%" PRIu64 "\n[caches]\n", v->label,
		v->time_ns);
	put_caches(to, s);
	fprintf(to,
		"[zones]\nmin_free_kbytes=%" PRIu64 " nr_online_nodes=%u "
		"nr_cpu_ids=%u totalram_pages=%" PRIu64 "\n",
		s->min_free_kbytes, s->nr_nodes, s->nr_cpus, s->totalram_pages);
	for (u32 i = 0; i < s->nr_zones; i++)
		if (s->zones[i].present_pages)
			put_zone(to, s, i);
	for (u32 n = 0; n < s->nr_nodes; n++)
		put_node(to, s, n);
	put_vmstat(to, s);
}

/* freelists.txt */

struct list_writer {
	FILE *to;
	const struct report_view *v;
	struct block_view last; /* whose line is open */
	bool open;
	u32 zone; /* the zone whose heading is to come next */
	const char *cache;
};

static void close_line(struct list_writer *w)
{
	if (w->open)
		putc('\n', w->to);
	w->open = false;
}

/* "pageblocks: first_pfn+count=type ...", in blocks of 2^PAGEBLOCK_ORDER. */
static void put_pageblocks(struct list_writer *w, const struct zone_snapshot *z)
{
	u64 block = (u64)1 << PAGEBLOCK_ORDER;
	u64 first = z->start_pfn & ~(block - 1);
	u64 end = z->start_pfn + z->spanned_pages;
	u64 from = first;

	fputs("pageblocks:", w->to);
	for (u64 pfn = first; pfn < end; pfn += block) {
		u32 mt = mm_inspect_pageblock(w->v->mm, pfn);

		if (pfn + block < end &&
		    mm_inspect_pageblock(w->v->mm, pfn + block) == mt)
			continue;
		fprintf(w->to, " %" PRIu64 "+%" PRIu64 "=%s", from,
			(pfn + block - from) >> PAGEBLOCK_ORDER,
			type_names[mt]);
		from = pfn + block;
	}
	putc('\n', w->to);
}

/* Ends the zone before and starts all up to @zone. */
static void zones_up_to(struct list_writer *w, u32 zone)
{
	for (; w->zone <= zone; w->zone++) {
		const struct zone_snapshot *z = &w->v->snap->zones[w->zone];

		close_line(w);
		if (w->zone && z[-1].present_pages)
			put_pageblocks(w, &z[-1]);
		if (w->zone < w->v->snap->nr_zones && z->present_pages)
			fprintf(w->to, "zone node=%u %s\n", z->node, z->name);
	}
}

static void put_block(void *arg, const struct block_view *b)
{
	struct list_writer *w = arg;

	zones_up_to(w, b->zone);
	if (!w->open || b->order != w->last.order || b->cpu != w->last.cpu ||
	    b->migratetype != w->last.migratetype) {
		close_line(w);
		if (b->cpu < 0)
			fprintf(w->to, "free %u %s:", b->order,
				type_names[b->migratetype]);
		else
			fprintf(w->to, "pcp cpu%d %u %s:", b->cpu, b->order,
				type_names[b->migratetype]);
	}
	fprintf(w->to, " %u", b->pfn);
	w->open = true;
	w->last = *b;
}

static void put_slab_page(void *arg, const struct slab_view *s)
{
	struct list_writer *w = arg;

	/* Two caches may bear one name: each has its own string. */
	if (!w->open || w->cache != s->cache) {
		close_line(w);
		fprintf(w->to, "%s:", s->cache);
	}
	fprintf(w->to, " %u/%u/%u", s->pfn, s->order, s->inuse);
	w->open = true;
	w->cache = s->cache;
}

static void write_freelists(FILE *to, const struct report_view *v)
{
	struct list_writer w = {.to = to, .v = v};

	fprintf(to, "# pageblock_order=%d max_order=%d pcptypes=%d\n",
		PAGEBLOCK_ORDER, MAX_ORDER, MIGRATE_PCPTYPES);
	mm_inspect_blocks(v->mm, put_block, &w);
	zones_up_to(&w, v->snap->nr_zones);
	fputs("slab_pages (pfn/order/inuse cache):\n", to);
	mm_inspect_slab_pages(v->mm, put_slab_page, &w);
	close_line(&w);
}

/* slabs.txt */

static void put_slots(FILE *to, const u16 *slots, u32 nr)
{
	if (!nr)
		putc('-', to);
	for (u32 i = 0; i < nr; i++)
		fprintf(to, "%s%u", i ? "," : "", slots[i]);
}

static void put_slab(void *arg, const struct slab_view *s)
{
	struct list_writer *w = arg;

	if (s->first_of_cache)
		fprintf(w->to, "cache %s size=%u\n", s->cache, s->size);
	if (!s->pfn)
		return;
	if (s->cpu_slab) {
		fprintf(w->to, " cpu%d slab cpufree=", s->cpu);
		put_slots(w->to, s->cpu_free, s->nr_cpu_free);
	} else if (s->cpu >= 0) {
		fprintf(w->to, " cpu%d partial slabs=%u", s->cpu,
			s->partial_slabs);
	} else {
		fprintf(w->to, " node%u partial", s->node);
	}
	fprintf(w->to, " %u o%u inuse=%u/%u frozen=%d free=", s->pfn, s->order,
		s->inuse, s->objects, s->frozen);
	put_slots(w->to, s->free, s->nr_free);
	putc('\n', w->to);
}

static void put_array(FILE *to, const struct slab_line_view *v)
{
	fprintf(to,
		" avail=%u limit=%u batchcount=%u touched=%d objs=", v->avail,
		v->limit, v->batchcount, v->touched);
	if (!v->avail)
		putc('-', to);
	for (u32 i = 0; i < v->avail; i++)
		fprintf(to, "%s%u:%u", i ? "," : "", (u32)(v->entry[i] >> 32),
			(u32)v->entry[i]);
	putc('\n', to);
}

/* When a node is due for reaping is an accident of the kernel's addresses. */
static void put_line(void *arg, const struct slab_line_view *v)
{
	FILE *to = arg;

	switch (v->kind) {
	case SLAB_LINE_CACHE:
		fprintf(to,
			"cache %s size=%u num=%u colour=%u colour_off=%u "
			"mgmt=%s\n",
			v->cache, v->size, v->num, v->colour, v->colour_off,
			v->management);
		return;
	case SLAB_LINE_CPU:
		fprintf(to, " cpu%u ac", v->cpu);
		break;
	case SLAB_LINE_SHARED:
		fprintf(to, " node%u shared", v->node);
		break;
	case SLAB_LINE_ALIEN:
		fprintf(to, " node%u alien%u", v->node, v->other);
		break;
	case SLAB_LINE_NODE:
		fprintf(to,
			" node%u colour_next=%u free_objects=%" PRIu64
			" free_limit=%" PRIu64 " free_touched=%d\n",
			v->node, v->colour_next, v->free_objects, v->free_limit,
			v->touched);
		return;
	case SLAB_LINE_SLAB:
		fprintf(to, " node%u %s %u o%u active=%u/%u s_mem_off=%u free=",
			v->node, v->list, v->pfn, v->order, v->active, v->num,
			v->s_mem_off);
		put_slots(to, v->free, v->num - v->active);
		putc('\n', to);
		return;
	}
	put_array(to, v);
}

static void put_slob_page(void *arg, const struct slob_page_view *v)
{
	FILE *to = arg;

	fprintf(to, "%s %u nid=%u units=%u free=", v->list, v->pfn, v->node,
		v->units);
	for (u32 i = 0; i < v->nr; i++)
		fprintf(to, "%s%u+%u", i ? "," : "", v->blocks[2 * i],
			v->blocks[2 * i + 1]);
	putc('\n', to);
}

static void write_slabs(FILE *to, const struct report_view *v)
{
	struct list_writer w = {.to = to, .v = v};

	mm_inspect_slabs(v->mm, put_slab, &w);
	mm_inspect_slab_lines(v->mm, put_line, to);
	mm_inspect_slob_pages(v->mm, put_slob_page, to);
}

const struct report_file state_files[NR_STATE_FILES] = {
	{"snap.txt", write_snap},
	{"freelists.txt", write_freelists},
	{"slabs.txt", write_slabs},
};
