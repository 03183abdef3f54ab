/*
 * geometry.h - what `kmemsim geometry` asks of each slab allocator: a table
 * of functions a file geometry_NAME.c.
 */
#ifndef CMD_GEOMETRY_H
#define CMD_GEOMETRY_H

#include "base/slabflags.h"
#include "mm/slab_sizes.h"

struct geometry {
	struct mm_conf conf;
	u64 align;
	slab_flags_t flags;
	bool kmalloc_classes;
};

/* A cache as asked for. */
struct geometry_request {
	u32 size;
	u32 align; /* as calculate_alignment() made it */
	slab_flags_t flags;
};

struct geometry_ops {
	const char *name;
	/* For people. */
	void (*print_head)(void);
	/** One line; false when no slab can hold such an object. */
	bool (*print_row)(const struct geometry *g,
			  const struct geometry_request *r);
	/* For comparison with a kernel. */
	const char *columns; /* behind name, with tabs */
	u32 nr_columns;
	/** Can there be such a cache? */
	bool (*fits)(const struct geometry *g,
		     const struct geometry_request *r);
	/** The row's columns, a tab before each; it fits(). */
	void (*print_columns)(const struct geometry *g,
			      const struct geometry_request *r);
	/** Columns cache and detail of a kmalloc of 1 .. KMALLOC_MAX_SIZE. */
	void (*print_class)(const struct geometry *g, u32 size, gfp_t gfp);
};

extern const struct geometry_ops geometry_slub;
extern const struct geometry_ops geometry_slab;
extern const struct geometry_ops geometry_slob;

/** geometry_print_share() - @part of @whole in percent, as "12.3". */
void geometry_print_share(u64 part, u64 whole);
/** geometry_print_pages() - The class of a kmalloc beyond the caches. */
void geometry_print_pages(u32 size);

#endif
