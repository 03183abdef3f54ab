/*
 * geometry.c - kmemsim geometry: what a cache of a size looks like.
 *
 * Without --from a table for people; with --from the columns that the
 * kernel's own struct kmem_cache has, one row for each row of the file.
 */
#include "cmd/cmd.h"

#include "cmd/advise.h"
#include "cmd/geometry.h"
#include "cmd/table_file.h"

#include "base/bug.h"
#include "base/gfp.h"
#include "mm/page_alloc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USAGE "geometry [--slab NAME] [--cpus N] [--profile P] SIZE..."

static const struct geometry_ops *const allocators[] = {
	&geometry_slub, &geometry_slab, &geometry_slob};

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

void geometry_print_share(u64 part, u64 whole)
{
	u64 tenths = (part * 1000 + whole / 2) / whole;

	printf("%4llu.%llu", (unsigned long long)(tenths / 10),
	       (unsigned long long)(tenths % 10));
}

void geometry_print_pages(u32 size)
{
	u32 order = get_order(size);

	printf("pages\torder %u ksize %llu\n", order,
	       (unsigned long long)(MM_PAGE_SIZE << order));
}

static int check_sizes(int nr, char **sizes)
{
	struct err e = {0};

	for (int i = 0; i < nr; i++) {
		char *end;
		unsigned long long size = strtoull(sizes[i], &end, 10);

		if (*end || !size || size > KMALLOC_MAX_SIZE ||
		    sizes[i][0] == '-') {
			err_set(&e, -EINVAL,
				"'%s' is no object size; give 1 to %llu bytes",
				sizes[i], (unsigned long long)KMALLOC_MAX_SIZE);
			return cmd_fail(&e, EXIT_USAGE);
		}
	}
	return EXIT_OK;
}

static int print_sizes(const struct geometry *g, const struct geometry_ops *a,
		       int nr, char **sizes)
{
	struct err e = {0};

	if (check_sizes(nr, sizes))
		return EXIT_USAGE;
	a->print_head();
	for (int i = 0; i < nr; i++) {
		u32 size = (u32)strtoul(sizes[i], NULL, 10);
		struct geometry_request r = {
			.size = size,
			.align = calculate_alignment(g->flags, (u32)g->align,
						     size),
			.flags = g->flags,
		};

		if (!a->print_row(g, &r)) {
			err_set(&e, -EINVAL,
				"no slab holds an object of %u bytes", size);
			return cmd_fail(&e, EXIT_USAGE);
		}
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

static int print_recorded(const struct geometry *g,
			  const struct geometry_ops *a,
			  const struct table_file *t, const u32 col[3], u32 row,
			  struct err *e)
{
	const char *size = table_file_cell(t, row, col[0]);
	const char *align = table_file_cell(t, row, col[1]);
	const char *flags = table_file_cell(t, row, col[2]);
	struct geometry_request r;
	struct err why = {0};
	bool sane;
	int rc;

	rc = row_number(t, row, col[0], &r.size, e);
	if (!rc)
		rc = row_number(t, row, col[1], &r.align, e);
	if (!rc && slab_flags_parse(flags, strlen(flags), &r.flags, &why))
		rc = err_set(e, -EINVAL, "%s:%u: %.900s", t->path,
			     table_file_line(t, row), why.text);
	if (rc)
		return rc;
	printf("%u\t%u\t%s\t", r.size, r.align, flags);
	sane = r.size && r.size <= KMALLOC_MAX_SIZE &&
	       r.align <= KMALLOC_MAX_SIZE;
	if (sane)
		r.align = calculate_alignment(r.flags, r.align, r.size);
	if (sane && a->fits(g, &r)) {
		print_name(size, align, r.flags);
		a->print_columns(g, &r);
	} else {
		putchar('-');
		for (u32 i = 0; i < a->nr_columns; i++)
			fputs("\t-", stdout);
	}
	putchar('\n');
	return 0;
}

static int from_caches(const struct geometry *g, const struct geometry_ops *a,
		       const struct table_file *t, struct err *e)
{
	static const char *const names[3] = {"req_size", "req_align",
					     "req_flags"};
	u32 col[3];

	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		if (!table_file_column(t, names[i], &col[i], e))
			return e->code;
	printf("req_size\treq_align\treq_flags\tname\t%s\n", a->columns);
	for (u32 row = 0; row < t->nr_rows; row++) {
		int rc = print_recorded(g, a, t, col, row, e);

		if (rc)
			return rc;
	}
	return 0;
}

/* cache and detail of one kmalloc */
static void print_class(const struct geometry *g, const struct geometry_ops *a,
			u32 size, gfp_t gfp)
{
	if (!size)
		puts("ZERO_SIZE_PTR\t-");
	else if (size > KMALLOC_MAX_SIZE)
		puts("NULL\t-");
	else
		a->print_class(g, size, gfp);
}

static int from_kmalloc(const struct geometry *g, const struct geometry_ops *a,
			const struct table_file *t, struct err *e)
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
		print_class(g, a, size, gfp);
	}
	return 0;
}

static int print_from(const struct geometry *g, const struct geometry_ops *a,
		      const char *path)
{
	struct table_file t;
	struct err e = {0};
	int rc = table_file_read(&t, path, &e);

	if (!rc) {
		rc = g->kmalloc_classes ? from_kmalloc(g, a, &t, &e)
					: from_caches(g, a, &t, &e);
		table_file_free(&t);
	}
	return rc ? cmd_fail(&e, EXIT_RUN) : EXIT_OK;
}

static const struct geometry_ops *ops_by_name(const char *name, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(allocators); i++)
		if (!strcmp(allocators[i]->name, name))
			return allocators[i];
	err_set(e, -EINVAL,
		"--slab: '%s' is no slab allocator; slub, slab and slob are",
		name);
	return NULL;
}

static int check_options(struct geometry *g, const char *flags,
			 const char *profile, u64 cpus, u64 nodes,
			 struct err *e)
{
	if (!nodes || nodes > MM_NODES_MAX)
		return err_set(e, -EINVAL, "--nodes: give 1 to %d",
			       MM_NODES_MAX);
	if (!cpus || cpus > MM_CPUS_MAX)
		return err_set(e, -EINVAL, "--cpus: give 1 to %d", MM_CPUS_MAX);
	if (g->align > KMALLOC_MAX_SIZE || (g->align & (g->align - 1)))
		return err_set(e, -EINVAL,
			       "--align: give a power of two up to %llu",
			       (unsigned long long)KMALLOC_MAX_SIZE);
	g->conf.nr_cpus = (u32)cpus;
	g->conf.nr_nodes = (u32)nodes;
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
	const char *advise = NULL;
	const char *flags = "-";
	u64 cpus = 1;
	u64 nodes = 1;
	const struct geometry_ops *a;
	struct err e = {0};
	const struct opt opts[] = {
		{0, "slab", "NAME", "the allocator: slub, slab, slob",
		 OPT_STRING, &slab},
		{0, "cpus", "N", "how many CPUs the machine has", OPT_U64,
		 &cpus},
		{0, "nodes", "N", "how many nodes it has", OPT_U64, &nodes},
		{0, "textbook", NULL, "SLAB as its first paper lays it out",
		 OPT_FLAG, &g.conf.slab_textbook},
		{0, "profile", "P", "which kernel: linux-6.1, ...", OPT_STRING,
		 &profile},
		{0, "align", "BYTES", "alignment asked for", OPT_U64, &g.align},
		{0, "flags", "LIST", "HWCACHE_ALIGN,CTOR,...", OPT_STRING,
		 &flags},
		{0, "from", "FILE", "one row for each row of this table",
		 OPT_STRING, &from},
		{0, "advise", "FILE",
		 "which caches waste most: a slabinfo, run or trace",
		 OPT_STRING, &advise},
		{0, "kmalloc-classes", NULL, "with --from: gfp and size",
		 OPT_FLAG, &g.kmalloc_classes},
	};
	char **sizes;
	int nr = opts_parse(opts, ARRAY_SIZE(opts), USAGE, argc, argv, &sizes);

	if (nr < 0)
		return nr == -2 ? EXIT_OK : EXIT_USAGE;
	g.conf.slub_max_order = 3;
	g.conf.slub_cpu_partial = true;
	g.conf.slab_colour = true;
	a = ops_by_name(slab, &e);
	if (!a || check_options(&g, flags, profile, cpus, nodes, &e))
		return cmd_fail(&e, EXIT_USAGE);
	if (!!from + !!advise + !!nr != 1) {
		fprintf(stderr, "usage: kmemsim %s\n", USAGE);
		return EXIT_USAGE;
	}
	g.conf.slab_ops = slab_ops_by_name(slab);
	if (advise)
		return advise_print(&g, advise, &e) ? cmd_fail(&e, EXIT_RUN)
						    : EXIT_OK;
	return from ? print_from(&g, a, from) : print_sizes(&g, a, nr, sizes);
}
