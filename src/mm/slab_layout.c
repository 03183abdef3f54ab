/*
 * slab_layout.c - how SLAB lays out a cache (Linux 6.1, mm/slab.c:
 * calculate_slab_order, set_objfreelist_slab_cache and its siblings).
 *
 * What it is
 *	Pure arithmetic: size, alignment and flags in; order, objects a slab,
 *	colours and the place of the free index array out.
 *
 * How it works
 *	The free index array (a byte an object) goes, in this order of wish,
 *	into the last free object, outside (kmalloc), or to the slab's end:
 *
 *	│colour│obj│obj│obj│ ... │obj│ left over │      OBJFREELIST, OFF
 *	│colour│obj│obj│obj│ ... │obj│ left │index│     ON
 *
 *	The order rises while more than 1/8 of the slab would be wasted, up
 *	to slab_max_order; reclaimable caches stay at the first that fits.
 *
 * Lock order
 *	None.
 *
 * Invariants
 *	num * size + colour room + index <= slab	(unit tests)
 *
 * What is charged
 *	Nothing.
 *
 * What is left out, and which kernel this follows
 *	6.1 without debugging (red zones, poisoning).  Older kernels:
 *	slab_layout_old.c.
 */
#include "mm/slab_cache.h"

#include "mm/page_alloc.h"
#include "mm/slab_sizes.h"

#include <string.h>

struct order_search {
	u32 size;	 /* padded */
	u32 object_size; /* as asked for */
	slab_flags_t flags;
	u32 max_order;
	enum slab_management management;
	u32 (*kmalloc_size)(const void *arg, u32 bytes);
	const void *arg;
};

/* Is an array of @num indexes outside worth its place? */
static bool off_slab_pays(const struct order_search *o, u32 num)
{
	u32 bytes = o->kmalloc_size(o->arg, num);

	return bytes && bytes <= o->object_size / 2;
}

/* calculate_slab_order(): fills order, num and left_over; num 0: none. */
static void search_order(struct slab_layout *l, const struct order_search *o)
{
	u32 each = o->size + (o->management == SLAB_MGMT_ON ? 1 : 0);

	l->num = 0;
	l->left_over = 0;
	for (u32 order = 0; order < MAX_ORDER; order++) {
		u32 bytes = (u32)MM_PAGE_SIZE << order;
		u32 num = bytes / each;

		if (!num)
			continue;
		if (num > SLAB_OBJ_MAX_NUM)
			break;
		if (o->management == SLAB_MGMT_OFF && !off_slab_pays(o, num))
			continue;
		l->num = num;
		l->gfporder = order;
		l->left_over = bytes % each;
		if (o->flags & SLAB_RECLAIM_ACCOUNT)
			break;
		if (order >= o->max_order)
			break;
		if (l->left_over * 8 <= bytes)
			break;
	}
}

static bool try_management(struct slab_layout *l, struct order_search *o,
			   enum slab_management management)
{
	o->management = management;
	search_order(l, o);
	if (!l->num)
		return false;
	if (management == SLAB_MGMT_OBJFREELIST && l->num > o->object_size)
		return false;
	if (management == SLAB_MGMT_OFF && l->left_over >= l->num)
		return false;
	l->management = management;
	l->freelist_bytes = l->num;
	l->colour = l->left_over / l->colour_off;
	return true;
}

static bool layout_6_1(struct slab_layout *l, u32 size, u32 align,
		       slab_flags_t flags, const struct slab_layout_env *env)
{
	struct order_search o = {
		.object_size = size,
		.flags = flags,
		.max_order = env->max_order,
		.kmalloc_size = env->kmalloc_size,
		.arg = env->arg,
	};

	*l = (struct slab_layout){.align = MAX(align, SLAB_WORD),
				  .index_bytes = 1,
				  .colour_steps_before = true};
	l->colour_off = MAX(SLAB_CACHE_LINE, l->align);
	o.size = slab_align(slab_align(size, SLAB_WORD), l->align);
	if (o.size < SLAB_OBJ_MIN_BYTES)
		o.size = slab_align(SLAB_OBJ_MIN_BYTES, l->align);
	l->size = o.size;
	if (!(flags & (SLAB_CTOR | SLAB_TYPESAFE_BY_RCU)) &&
	    try_management(l, &o, SLAB_MGMT_OBJFREELIST))
		return true;
	return try_management(l, &o, SLAB_MGMT_OFF) ||
	       try_management(l, &o, SLAB_MGMT_ON);
}

bool slab_layout_of(struct slab_layout *l, u32 size, u32 align,
		    slab_flags_t flags, const struct slab_layout_env *env)
{
	bool fits;

	if (env->conf->slab_textbook)
		fits = slab_layout_textbook(l, size, align);
	else if (env->conf->profile <= PROFILE_LINUX_3_8)
		fits = slab_layout_descriptor(l, size, align, flags,
					      env->max_order);
	else
		fits = layout_6_1(l, size, align, flags, env);
	if (!env->conf->slab_colour)
		l->colour = 0;
	return fits;
}

u32 slab_kmalloc_class(const struct mm_conf *conf, u32 size)
{
	u32 low = slab_ops_slab.kmalloc_min_shift;

	if (kmalloc_old_classes(conf))
		return MAX(1u << low, 1u << slab_fls(size - 1));
	return kmalloc_class_size(kmalloc_index(size, low), low);
}

/* No class keeps its own index outside: none is too small for that. */
static u32 booted_class_size(const void *arg, u32 bytes)
{
	const struct mm_conf *conf = arg;

	if (!bytes || bytes > kmalloc_max_cache(conf))
		return 0;
	return slab_kmalloc_class(conf, bytes);
}

bool slab_layout_booted(struct slab_layout *l, const struct mm_conf *conf,
			u32 size, u32 align, slab_flags_t flags)
{
	struct slab_layout_env env = {
		.conf = conf,
		.max_order = 1,
		.kmalloc_size = booted_class_size,
		.arg = conf,
	};

	return slab_layout_of(l, size, align, flags, &env);
}

void slab_limits_tune(const struct mm_conf *conf, const char *name, u32 *limit,
		      u32 *batchcount, u32 *shared)
{
	for (u32 i = 0; i < conf->nr_slab_tunables; i++) {
		const struct slab_tunable *t = &conf->slab_tunables[i];

		if (strcmp(t->cache, "*") && strcmp(t->cache, name))
			continue;
		*limit = t->limit;
		*batchcount = t->batchcount;
		*shared = t->sharedfactor;
	}
}

const char *slab_management_name(enum slab_management m)
{
	static const char *const names[] = {
		[SLAB_MGMT_OBJFREELIST] = "objfreelist",
		[SLAB_MGMT_OFF] = "off",
		[SLAB_MGMT_ON] = "on",
	};

	return names[m];
}

void slab_limits_of(u32 size, u32 nr_cpus, u32 *limit, u32 *batchcount,
		    u32 *shared)
{
	if (size > 131072)
		*limit = 1;
	else if (size > MM_PAGE_SIZE)
		*limit = 8;
	else if (size > 1024)
		*limit = 24;
	else if (size > 256)
		*limit = 54;
	else
		*limit = 120;
	*shared = size <= MM_PAGE_SIZE && nr_cpus > 1 ? 8 : 0;
	*batchcount = (*limit + 1) / 2;
}
