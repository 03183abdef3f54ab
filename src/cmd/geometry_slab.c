/*
 * geometry_slab.c - kmemsim geometry --slab slab.
 */
#include "cmd/geometry.h"

#include "base/bug.h"
#include "mm/slab_cache.h"

#include <stdio.h>

/* CFLGS_OBJFREELIST_SLAB, CFLGS_OFF_SLAB: SLAB's own bits of flags. */
static const u32 management_flags[] = {
	[SLAB_MGMT_OBJFREELIST] = 0x40000000u,
	[SLAB_MGMT_OFF] = 0x80000000u,
	[SLAB_MGMT_ON] = 0,
};

static bool lay_out(const struct geometry *g, const struct geometry_request *r,
		    struct slab_layout *l)
{
	return slab_layout_booted(l, &g->conf, r->size, r->align, r->flags);
}

static void slab_print_head(void)
{
	printf("%9s %9s %6s %5s %5s %8s %6s %6s %7s %6s %11s %5s %5s %5s\n",
	       "object", "size", "align", "order", "pages", "objects", "tail",
	       "waste%", "colours", "step", "free index", "limit", "batch",
	       "share");
}

/* Colours: how many places the first object of a slab can have. */
static bool slab_print_row(const struct geometry *g,
			   const struct geometry_request *r)
{
	u32 limit, batchcount, shared;
	struct slab_layout l;
	u64 slab;

	if (!lay_out(g, r, &l))
		return false;
	slab = MM_PAGE_SIZE << l.gfporder;
	slab_limits_of(l.size, g->conf.nr_cpus, &limit, &batchcount, &shared);
	printf("%9u %9u %6u %5u %5u %8u %6u ", r->size, l.size, l.align,
	       l.gfporder, 1u << l.gfporder, l.num, l.left_over);
	geometry_print_share(slab - (u64)l.num * r->size, slab);
	printf(" %7u %6u %11s %5u %5u %5u\n", MAX(l.colour, 1u), l.colour_off,
	       slab_management_name(l.management), limit, batchcount, shared);
	return true;
}

/* free_limit is that of a node with its share of the CPUs. */
static bool slab_fits(const struct geometry *g,
		      const struct geometry_request *r)
{
	struct slab_layout l;

	return lay_out(g, r, &l);
}

static void slab_print_columns(const struct geometry *g,
			       const struct geometry_request *r)
{
	u32 cpus = DIV_ROUND_UP(g->conf.nr_cpus, g->conf.nr_nodes);
	u32 limit, batchcount, shared, alien = 0;
	struct slab_layout l;

	if (!lay_out(g, r, &l))
		BUG();
	slab_limits_of(l.size, g->conf.nr_cpus, &limit, &batchcount, &shared);
	if (g->conf.nr_nodes > 1)
		alien = limit > 1 ? SLAB_ALIEN_LIMIT : limit;
	printf("\t%u\t%u\t%u\t%u\t%u\t%u\t%u\t%s\t%u\t%u\t%u\t%u\t%u\t%u"
	       "\t0x%x\t0x%x",
	       r->size, l.size, l.align, l.gfporder, l.num, l.colour,
	       l.colour_off, slab_management_name(l.management),
	       l.freelist_bytes, limit, batchcount, shared, alien,
	       (1 + cpus) * batchcount + l.num,
	       (r->flags & ~SLAB_CTOR) | management_flags[l.management],
	       slab_allocflags_of(r->flags));
}

static void slab_print_class(const struct geometry *g, u32 size, gfp_t gfp)
{
	enum kmalloc_type type = kmalloc_type_of(&g->conf, gfp);
	char name[KMALLOC_NAME_MAX];
	struct geometry_request r;
	struct slab_layout l;

	if (size > kmalloc_max_cache(&g->conf)) {
		geometry_print_pages(size);
		return;
	}
	r.size = slab_kmalloc_class(&g->conf, size);
	r.align =
		calculate_alignment(0, kmalloc_align(&g->conf, r.size), r.size);
	r.flags = kmalloc_flags(type);
	BUG_ON(!lay_out(g, &r, &l));
	printf("%s\tsize %u order %u ksize %u\n",
	       kmalloc_cache_name(&g->conf, type, r.size, name), l.size,
	       l.gfporder, l.size);
}

const struct geometry_ops geometry_slab = {
	.name = "slab",
	.print_head = slab_print_head,
	.print_row = slab_print_row,
	.columns = "object_size\tsize\talign\tgfporder\tnum\tcolour\t"
		   "colour_off\tmgmt\tfreelist_size\tlimit\tbatchcount\t"
		   "shared\talien_limit\tfree_limit\tflags\tallocflags",
	.nr_columns = 16,
	.fits = slab_fits,
	.print_columns = slab_print_columns,
	.print_class = slab_print_class,
};
