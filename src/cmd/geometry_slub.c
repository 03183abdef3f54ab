/*
 * geometry_slub.c - kmemsim geometry --slab slub.
 */
#include "cmd/geometry.h"

#include "base/bug.h"
#include "mm/slub.h"

#include <stdio.h>

static void slub_print_head(void)
{
	printf("%9s %9s %6s %6s %5s %5s %8s %6s %6s %7s %11s %11s\n", "object",
	       "size", "align", "offset", "order", "pages", "objects", "tail",
	       "waste%", "min_ord", "cpu_partial", "min_partial");
}

/* Waste: all of a full slab that is not object, in tenths of a percent. */
static bool slub_print_row(const struct geometry *g,
			   const struct geometry_request *r)
{
	struct slub_layout l;
	u64 slab;

	if (!slub_calculate_sizes(&g->conf, r->size, r->align, r->flags, &l))
		return false;
	slab = MM_PAGE_SIZE << l.order;
	printf("%9u %9u %6u %6u %5u %5u %8u %6llu ", l.object_size, l.size,
	       l.align, l.offset, l.order, 1u << l.order, l.objects,
	       (unsigned long long)(slab - (u64)l.objects * l.size));
	geometry_print_share(slab - (u64)l.objects * l.object_size, slab);
	printf(" %7u %5u (%3u) %11u\n", l.min_order, l.cpu_partial,
	       l.cpu_partial_slabs, l.min_partial);
	return true;
}

static bool slub_fits(const struct geometry *g,
		      const struct geometry_request *r)
{
	struct slub_layout l;

	return slub_calculate_sizes(&g->conf, r->size, r->align, r->flags, &l);
}

static void slub_print_columns(const struct geometry *g,
			       const struct geometry_request *r)
{
	struct slub_layout l;

	if (!slub_calculate_sizes(&g->conf, r->size, r->align, r->flags, &l))
		BUG();
	printf("\t%u\t%u\t%u\t%u\t%u\t%u\t%u\t%u\t%u\t%u\t%u\t%u\t0x%x\t0x%x",
	       l.object_size, l.size, l.align, l.inuse, l.offset, l.order,
	       l.objects, l.min_order, l.min_objects, l.cpu_partial,
	       l.cpu_partial_slabs, l.min_partial,
	       (l.flags & ~SLAB_CTOR) | SLUB_CMPXCHG_FLAG, l.allocflags);
}

static void slub_print_class(const struct geometry *g, u32 size, gfp_t gfp)
{
	enum kmalloc_type type = kmalloc_type_of(&g->conf, gfp);
	char name[KMALLOC_NAME_MAX];
	struct slub_layout l;
	u32 class;

	if (size > KMALLOC_MAX_CACHE) {
		geometry_print_pages(size);
		return;
	}
	class = kmalloc_class_size(kmalloc_index(size, SLUB_KMALLOC_LOW),
				   SLUB_KMALLOC_LOW);
	BUG_ON(!slub_calculate_sizes(
		&g->conf, class,
		calculate_alignment(0, kmalloc_align(&g->conf, class), class),
		kmalloc_flags(type), &l));
	printf("%s\tsize %u order %u ksize %u\n",
	       kmalloc_cache_name(&g->conf, type, class, name), l.size, l.order,
	       l.size);
}

const struct geometry_ops geometry_slub = {
	.name = "slub",
	.print_head = slub_print_head,
	.print_row = slub_print_row,
	.columns = "object_size\tsize\talign\tinuse\toffset\too_order\t"
		   "oo_objects\tmin_order\tmin_objects\tcpu_partial\t"
		   "cpu_partial_slabs\tmin_partial\tflags\tallocflags",
	.nr_columns = 14,
	.fits = slub_fits,
	.print_columns = slub_print_columns,
	.print_class = slub_print_class,
};
