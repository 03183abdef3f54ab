/*
 * geometry.c - kmemsim geometry: what a cache of a size looks like.
 *
 * Without --from a table for people; with --from the columns that the
 * kernel's own struct kmem_cache has, one row for each row of the file.
 */
#include "cmd/cmd.h"

#include "cmd/table_file.h"

#include "base/bug.h"
#include "base/gfp.h"
#include "base/slabflags.h"
#include "mm/page_alloc.h"
#include "mm/slab_sizes.h"
#include "mm/slub.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USAGE "geometry [--slab NAME] [--cpus N] [--profile P] SIZE..."

struct geometry {
	struct mm_conf conf;
	u64 align;
	slab_flags_t flags;
	bool kmalloc_classes;
};

static const char *const profile_names[NR_PROFILES] = {
	[PROFILE_LINUX_2_6] = "linux-2.6",
	[PROFILE_LINUX_3_8] = "linux-3.8",
	[PROFILE_LINUX_5_3] = "linux-5.3",
	[PROFILE_LINUX_6_1] = "linux-6.1",
};

static int parse_profile(const char *name, struct mm_conf *conf, struct err *e)
{
	for (u32 i = 0; i < NR_PROFILES; i++) {
		if (strcmp(name, profile_names[i]))
			continue;
		conf->profile = (enum kernel_profile)i;
		return 0;
	}
	return err_set(e, -EINVAL,
		       "--profile: '%s' is none of linux-2.6, linux-3.8, "
		       "linux-5.3, linux-6.1",
		       name);
}

/* For people */

static void print_head(void)
{
	printf("%9s %9s %6s %6s %5s %5s %8s %6s %6s %7s %11s %11s\n", "object",
	       "size", "align", "offset", "order", "pages", "objects", "tail",
	       "waste%", "min_ord", "cpu_partial", "min_partial");
}

/* Waste: all of a full slab that is not object, in tenths of a percent. */
static void print_row(const struct slub_layout *l)
{
	u64 slab = MM_PAGE_SIZE << l->order;
	u64 lost = slab - (u64)l->objects * l->object_size;
	u64 tenths = (lost * 1000 + slab / 2) / slab;

	printf("%9u %9u %6u %6u %5u %5u %8u %6llu %4llu.%llu %7u %5u (%3u) "
	       "%11u\n",
	       l->object_size, l->size, l->align, l->offset, l->order,
	       1u << l->order, l->objects,
	       (unsigned long long)(slab - (u64)l->objects * l->size),
	       (unsigned long long)(tenths / 10),
	       (unsigned long long)(tenths % 10), l->min_order, l->cpu_partial,
	       l->cpu_partial_slabs, l->min_partial);
}

static int print_sizes(const struct geometry *g, int nr, char **sizes)
{
	struct err e = {0};

	print_head();
	for (int i = 0; i < nr; i++) {
		struct slub_layout l;
		char *end;
		unsigned long long size = strtoull(sizes[i], &end, 10);
		u32 align =
			calculate_alignment(g->flags, (u32)g->align, (u32)size);

		if (*end || !size || size > KMALLOC_MAX_SIZE ||
		    sizes[i][0] == '-' ||
		    !slub_calculate_sizes(&g->conf, (u32)size, align, g->flags,
					  &l)) {
			err_set(&e, -EINVAL,
				"'%s' is no object size; give 1 to %llu bytes",
				sizes[i], (unsigned long long)KMALLOC_MAX_SIZE);
			return cmd_fail(&e, EXIT_USAGE);
		}
		print_row(&l);
	}
	return EXIT_OK;
}

/* For comparison with a kernel */

/* The name that the recorded caches had: g<size>-<align>-<flags>. */
static void print_name(const char *size, const char *align, slab_flags_t flags)
{
	static const struct {
		slab_flags_t flag;
		char letter;
	} letters[] = {
		{SLAB_HWCACHE_ALIGN, 'H'},   {SLAB_RECLAIM_ACCOUNT, 'R'},
		{SLAB_TYPESAFE_BY_RCU, 'T'}, {SLAB_CTOR, 'C'},
		{SLAB_CACHE_DMA, 'C'},
	};

	printf("g%s-%s-%s", size, align, flags ? "" : "n");
	for (u32 i = 0; i < ARRAY_SIZE(letters); i++)
		if (flags & letters[i].flag)
			putchar(letters[i].letter);
}

static void print_layout(const struct slub_layout *l)
{
	printf("\t%u\t%u\t%u\t%u\t%u\t%u\t%u\t%u\t%u\t%u\t%u\t%u\t0x%x\t0x%x\n",
	       l->object_size, l->size, l->align, l->inuse, l->offset, l->order,
	       l->objects, l->min_order, l->min_objects, l->cpu_partial,
	       l->cpu_partial_slabs, l->min_partial,
	       (l->flags & ~SLAB_CTOR) | SLUB_CMPXCHG_FLAG, l->allocflags);
}

static int row_number(const struct table_file *t, u32 row, u32 col, u32 *value,
		      struct err *e)
{
	const char *text = table_file_cell(t, row, col);
	char *end;
	unsigned long long v = strtoull(text, &end, 10);

	if (!*text || *end || *text == '-' || v > UINT32_MAX)
		return err_set(e, -EINVAL, "%s:%u: '%s' is not a number",
			       t->path, table_file_line(t, row), text);
	*value = (u32)v;
	return 0;
}

static int print_recorded(const struct geometry *g, const struct table_file *t,
			  const u32 col[3], u32 row, struct err *e)
{
	const char *flags_text = table_file_cell(t, row, col[2]);
	struct slub_layout l;
	slab_flags_t flags;
	u32 size;
	u32 align;
	int rc;

	rc = row_number(t, row, col[0], &size, e);
	if (!rc)
		rc = row_number(t, row, col[1], &align, e);
	if (!rc && slab_flags_parse(flags_text, strlen(flags_text), &flags, e))
		rc = -EINVAL;
	if (rc)
		return rc;
	printf("%u\t%u\t%s\t", size, align, flags_text);
	if (size && size <= KMALLOC_MAX_SIZE && align <= KMALLOC_MAX_SIZE &&
	    slub_calculate_sizes(&g->conf, size,
				 calculate_alignment(flags, align, size), flags,
				 &l)) {
		print_name(table_file_cell(t, row, col[0]),
			   table_file_cell(t, row, col[1]), flags);
		print_layout(&l);
	} else {
		puts("-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-");
	}
	return 0;
}

static int from_caches(const struct geometry *g, const struct table_file *t,
		       struct err *e)
{
	static const char *const names[3] = {"req_size", "req_align",
					     "req_flags"};
	u32 col[3];

	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		if (!table_file_column(t, names[i], &col[i], e))
			return e->code;
	puts("req_size\treq_align\treq_flags\tname\tobject_size\tsize\talign\t"
	     "inuse\toffset\too_order\too_objects\tmin_order\tmin_objects\t"
	     "cpu_partial\tcpu_partial_slabs\tmin_partial\tflags\tallocflags");
	for (u32 row = 0; row < t->nr_rows; row++) {
		int rc = print_recorded(g, t, col, row, e);

		if (rc)
			return rc;
	}
	return 0;
}

/* cache and detail of one kmalloc */
static void print_class(const struct geometry *g, u64 size, gfp_t gfp)
{
	enum kmalloc_type type = kmalloc_type_of(&g->conf, gfp);
	char name[KMALLOC_NAME_MAX];
	struct slub_layout l;
	u32 order = get_order(size);
	u32 class;

	if (!size) {
		puts("ZERO_SIZE_PTR\t-");
		return;
	}
	if (size > KMALLOC_MAX_SIZE) {
		puts("NULL\t-");
		return;
	}
	if (size > KMALLOC_MAX_CACHE) {
		printf("pages\torder %u ksize %llu\n", order,
		       (unsigned long long)(MM_PAGE_SIZE << order));
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

static int from_kmalloc(const struct geometry *g, const struct table_file *t,
			struct err *e)
{
	u32 col_gfp;
	u32 col_size;

	if (!table_file_column(t, "gfp", &col_gfp, e) ||
	    !table_file_column(t, "size", &col_size, e))
		return e->code;
	puts("gfp\tsize\tcache\tdetail");
	for (u32 row = 0; row < t->nr_rows; row++) {
		const char *text = table_file_cell(t, row, col_gfp);
		gfp_t gfp;
		u32 size;
		int rc = row_number(t, row, col_size, &size, e);

		if (!rc)
			rc = gfp_parse(text, strlen(text), &gfp, e);
		if (rc)
			return rc;
		printf("%s\t%u\t", text, size);
		print_class(g, size, gfp);
	}
	return 0;
}

static int print_from(const struct geometry *g, const char *path)
{
	struct table_file t;
	struct err e = {0};
	int rc = table_file_read(&t, path, &e);

	if (!rc) {
		rc = g->kmalloc_classes ? from_kmalloc(g, &t, &e)
					: from_caches(g, &t, &e);
		table_file_free(&t);
	}
	return rc ? cmd_fail(&e, EXIT_RUN) : EXIT_OK;
}

static int check_options(struct geometry *g, const char *slab,
			 const char *flags, const char *profile, u64 cpus,
			 struct err *e)
{
	if (strcmp(slab, "slub"))
		return err_set(e, -EINVAL,
			       "--slab: '%s' is no slab allocator "
			       "this can lay out; slub is",
			       slab);
	if (!cpus || cpus > MM_CPUS_MAX)
		return err_set(e, -EINVAL, "--cpus: give 1 to %d", MM_CPUS_MAX);
	if (g->align > KMALLOC_MAX_SIZE || (g->align & (g->align - 1)))
		return err_set(e, -EINVAL,
			       "--align: give a power of two up to %llu",
			       (unsigned long long)KMALLOC_MAX_SIZE);
	g->conf.nr_cpus = (u32)cpus;
	if (slab_flags_parse(flags, strlen(flags), &g->flags, e))
		return -EINVAL;
	return parse_profile(profile, &g->conf, e);
}

int cmd_geometry(int argc, char **argv)
{
	static struct geometry g;
	const char *slab = "slub";
	const char *profile = profile_names[PROFILE_LINUX_6_1];
	const char *from = NULL;
	const char *flags = "-";
	u64 cpus = 1;
	struct err e = {0};
	const struct opt opts[] = {
		{0, "slab", "NAME", "the allocator: slub", OPT_STRING, &slab},
		{0, "cpus", "N", "how many CPUs the machine has", OPT_U64,
		 &cpus},
		{0, "profile", "P", "which kernel: linux-6.1, ...", OPT_STRING,
		 &profile},
		{0, "align", "BYTES", "alignment asked for", OPT_U64, &g.align},
		{0, "flags", "LIST", "HWCACHE_ALIGN,CTOR,...", OPT_STRING,
		 &flags},
		{0, "from", "FILE", "one row for each row of this table",
		 OPT_STRING, &from},
		{0, "kmalloc-classes", NULL, "with --from: gfp and size",
		 OPT_FLAG, &g.kmalloc_classes},
	};
	char **sizes;
	int nr = opts_parse(opts, ARRAY_SIZE(opts), USAGE, argc, argv, &sizes);

	if (nr < 0)
		return nr == -2 ? EXIT_OK : EXIT_USAGE;
	g.conf.slub_max_order = 3;
	g.conf.slub_cpu_partial = true;
	if (check_options(&g, slab, flags, profile, cpus, &e))
		return cmd_fail(&e, EXIT_USAGE);
	if (!from == !nr) {
		fprintf(stderr, "usage: kmemsim %s\n", USAGE);
		return EXIT_USAGE;
	}
	return from ? print_from(&g, from) : print_sizes(&g, nr, sizes);
}
