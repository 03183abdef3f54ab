/*
 * geometry_slob.c - kmemsim geometry --slab slob.
 *
 * SLOB lays nothing out: a cache is a size and an alignment.
 */
#include "cmd/geometry.h"

#include "mm/page_alloc.h"
#include "mm/slob.h"

#include <stdio.h>

static void slob_print_head(void)
{
	printf("%9s %9s %6s %7s %8s %6s\n", "object", "size", "align", "list",
	       "per page", "waste%");
}

static const char *list_name(u32 size)
{
	if (size >= MM_PAGE_SIZE)
		return "pages";
	if (size < SLOB_BREAK1)
		return "small";
	return size < SLOB_BREAK2 ? "medium" : "large";
}

static bool slob_print_row(const struct geometry *g,
			   const struct geometry_request *r)
{
	u32 size = slob_cache_size(r->size, r->flags);
	u64 bytes = MM_PAGE_SIZE << get_order(size);
	u64 each = slab_align(size, r->align);
	u64 nr = MAX((bytes + each - size) / each, (u64)1);

	(void)g;
	printf("%9u %9u %6u %7s %8llu ", r->size, size, r->align,
	       list_name(size), (unsigned long long)nr);
	geometry_print_share(bytes - nr * r->size, bytes);
	putchar('\n');
	return true;
}

static bool slob_fits(const struct geometry *g,
		      const struct geometry_request *r)
{
	(void)g;
	(void)r;
	return true;
}

static void slob_print_columns(const struct geometry *g,
			       const struct geometry_request *r)
{
	(void)g;
	printf("\t%u\t%u\t%u\t0x%x", r->size,
	       slob_cache_size(r->size, r->flags), r->align,
	       r->flags & ~(SLAB_CTOR | SLAB_RECLAIM_ACCOUNT | SLAB_ACCOUNT));
}

static void slob_print_class(const struct geometry *g, u32 size, gfp_t gfp)
{
	(void)g;
	(void)gfp;
	if (size >= MM_PAGE_SIZE - SLOB_MINALIGN)
		geometry_print_pages(size);
	else
		printf("slob\torder 0 ksize %u\n", slab_align(size, SLOB_UNIT));
}

const struct geometry_ops geometry_slob = {
	.name = "slob",
	.print_head = slob_print_head,
	.print_row = slob_print_row,
	.columns = "object_size\tsize\talign\tflags",
	.nr_columns = 4,
	.fits = slob_fits,
	.print_columns = slob_print_columns,
	.print_class = slob_print_class,
};
