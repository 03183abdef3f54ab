/*
 * slub_layout.c - how SLUB lays out a cache: sizes, order, limits.
 *
 * What it is
 *   calculate_sizes(), calculate_order() and the limits of the partial lists.
 *
 * How it works
 *        0        offset            inuse        size
 *        ├──────────┼─────────────────┼────────────┤
 *        │ object   │ free pointer in │ padding to │
 *        │          │ the middle      │ align      │
 *   With a constructor or TYPESAFE_BY_RCU a free object must keep its
 *   contents, so the pointer stands behind it: offset = inuse, size grows.
 *   The order is the smallest whose tail waste is at most 1/16 of the slab
 *   with room for min_objects; else 1/8, 1/4; else with fewer objects.
 *
 * Lock order
 *   None taken.
 *
 * Invariants
 *   offset + 8 <= size; objects * size <= slab; min_objects <= objects
 *   (CHECKs below; test_slub_layout, tests/oracle/geometry.sh).
 *
 * What is charged
 *   Nothing.
 *
 * What is left out, and which kernel this follows
 *   Linux 6.1.  The free pointer moved to the middle in 5.7; cpu_partial was
 *   2/6/13/30 objects before 5.16 and there the objects are what limits.
 *   Debug metadata (red zones, poison, tracks) is not modelled.
 */
#include "mm/slub.h"

#include "base/bug.h"
#include "mm/page_alloc.h"
#include "mm/slab_sizes.h"

static u32 order_objects(u32 order, u32 size)
{
	return (u32)MIN((MM_PAGE_SIZE << order) / size, SLUB_MAX_OBJECTS);
}

/* The smallest order with at most 1/@fraction lost; may be > @max_order. */
static u32 calc_slab_order(u32 size, u32 min_objects, u32 min_order,
			   u32 max_order, u32 fraction)
{
	u32 order;

	if ((MM_PAGE_SIZE << min_order) / size > SLUB_MAX_OBJECTS)
		return get_order((u64)size * SLUB_MAX_OBJECTS) - 1;
	order = MAX(min_order, get_order((u64)min_objects * size));
	for (; order <= max_order; order++) {
		u64 slab = MM_PAGE_SIZE << order;

		if (slab % size <= slab / fraction)
			break;
	}
	return order;
}

/* MAX_ORDER or more: no slab holds such an object. */
static u32 calculate_order(const struct mm_conf *conf, u32 size)
{
	u32 max_order = MIN(conf->slub_max_order, MAX_ORDER - 1);
	u32 min_order = conf->slub_min_order;
	u32 min_objects = conf->slub_min_objects;
	u32 order;

	if (!min_objects)
		min_objects = 4 * (slab_fls(conf->nr_cpus) + 1);
	min_objects = MIN(min_objects, order_objects(max_order, size));
	for (; min_objects > 1; min_objects--) {
		for (u32 fraction = 16; fraction >= 4; fraction /= 2) {
			order = calc_slab_order(size, min_objects, min_order,
						max_order, fraction);
			if (order <= max_order)
				return order;
		}
	}
	order = calc_slab_order(size, 1, min_order, max_order, 1);
	if (order <= max_order)
		return order;
	return calc_slab_order(size, 1, min_order, MAX_ORDER, 1);
}

/* Objects a CPU may hold on its partial list, by size. */
static u32 cpu_partial_objects(const struct mm_conf *conf, u32 size)
{
	static const struct {
		u32 from;
		u32 old;
		u32 now;
	} steps[] = {
		{(u32)MM_PAGE_SIZE, 2, 6},
		{1024, 6, 24},
		{256, 13, 52},
		{0, 30, 120},
	};
	u32 i = 0;

	if (!conf->slub_cpu_partial || conf->slub_debug)
		return 0;
	while (size < steps[i].from)
		i++;
	return conf->profile >= PROFILE_LINUX_6_1 ? steps[i].now : steps[i].old;
}

static void set_limits(const struct mm_conf *conf, struct slub_layout *l)
{
	u32 half_log = (slab_fls(l->size) - 1) / 2;

	l->min_partial = CLAMP(half_log, SLUB_MIN_PARTIAL, SLUB_MAX_PARTIAL);
	l->cpu_partial = cpu_partial_objects(conf, l->size);
	l->cpu_partial_slabs = DIV_ROUND_UP(l->cpu_partial * 2, l->objects);
}

/* Where the free pointer goes; may lengthen *size. */
static u32 place_free_pointer(const struct mm_conf *conf, slab_flags_t flags,
			      u32 object_size, u32 *size)
{
	u32 offset;

	if (flags & (SLAB_TYPESAFE_BY_RCU | SLAB_CTOR)) {
		offset = *size;
		*size += SLAB_WORD;
		return offset;
	}
	if (conf->profile < PROFILE_LINUX_6_1)
		return 0;
	return (object_size / 2) & ~(SLAB_WORD - 1);
}

gfp_t slub_allocflags(slab_flags_t flags, u32 order)
{
	return (order ? GFP_COMP : 0) | slab_zone_flags(flags);
}

bool slub_calculate_sizes(const struct mm_conf *conf, u32 object_size,
			  u32 align, slab_flags_t flags, struct slub_layout *l)
{
	u32 size = slab_align(object_size, SLAB_WORD);

	*l = (struct slub_layout){0};
	if (!object_size || object_size > KMALLOC_MAX_SIZE)
		return false;
	l->object_size = object_size;
	l->align = align;
	l->flags = flags;
	l->inuse = size;
	l->offset = place_free_pointer(conf, flags, object_size, &size);
	size = slab_align(size, align);
	l->size = size;
	l->order = calculate_order(conf, size);
	if (l->order >= MAX_ORDER || !order_objects(l->order, size))
		return false;
	l->allocflags = slub_allocflags(flags, l->order);
	l->objects = order_objects(l->order, size);
	l->min_order = get_order(size);
	l->min_objects = order_objects(l->min_order, size);
	set_limits(conf, l);
	CHECK(l->offset + SLAB_WORD <= l->size);
	CHECK(l->min_objects <= l->objects);
	return true;
}
