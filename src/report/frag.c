#include "report/frag.h"

#include "base/bug.h"

#include <string.h>

#define PAGE_BYTES 4096u

struct contig_info frag_contig(const u64 nr_free[MAX_ORDER], u32 order)
{
	struct contig_info info = {0};

	for (u32 o = 0; o < MAX_ORDER; o++) {
		info.blocks_total += nr_free[o];
		info.free_pages += nr_free[o] << o;
		if (o >= order)
			info.blocks_suitable += nr_free[o] << (o - order);
	}
	return info;
}

u32 frag_unusable_index(const u64 nr_free[MAX_ORDER], u32 order)
{
	struct contig_info info = frag_contig(nr_free, order);
	u64 unusable;

	if (!info.free_pages)
		return 1000;
	unusable = info.free_pages - (info.blocks_suitable << order);
	return (u32)(unusable * 1000 / info.free_pages);
}

s32 frag_extfrag_index(const u64 nr_free[MAX_ORDER], u32 order)
{
	struct contig_info info = frag_contig(nr_free, order);
	u64 lack;

	if (!info.blocks_total)
		return 0;
	if (info.blocks_suitable)
		return -1000;
	lack = 1000 + info.free_pages * 1000 / ((u64)1 << order);
	return 1000 - (s32)(lack / info.blocks_total);
}

void frag_zone_free(const struct zone_snapshot *z, u64 nr_free[MAX_ORDER])
{
	memset(nr_free, 0, MAX_ORDER * sizeof(nr_free[0]));
	for (u32 t = 0; t < MIGRATE_TYPES; t++)
		for (u32 o = 0; o < MAX_ORDER; o++)
			nr_free[o] += z->nr_free[t][o];
}

void frag_machine_free(const struct mm_snapshot *s, u64 nr_free[MAX_ORDER])
{
	memset(nr_free, 0, MAX_ORDER * sizeof(nr_free[0]));
	for (u32 z = 0; z < s->nr_zones; z++)
		for (u32 t = 0; t < MIGRATE_TYPES; t++)
			for (u32 o = 0; o < MAX_ORDER; o++)
				nr_free[o] += s->zones[z].nr_free[t][o];
}

u64 frag_free_huge(const u64 nr_free[MAX_ORDER])
{
	return frag_contig(nr_free, FRAG_HUGE_ORDER).blocks_suitable;
}

struct slab_waste frag_cache_waste(const struct cache_snapshot *c)
{
	struct slab_waste w = {0};
	u64 used;

	w.object_bytes = c->live_objs * c->object_size;
	w.pad_bytes = c->live_objs * (c->size - c->object_size);
	/* SLOB: caches share pages, none has slabs of its own. */
	if (!c->objects_per_slab) {
		w.slab_bytes = w.object_bytes + w.pad_bytes;
		return w;
	}
	w.slab_bytes = c->slab_pages * PAGE_BYTES;
	BUG_ON(c->live_objs > c->num_objs);
	w.free_bytes = (c->num_objs - c->live_objs) * c->size;
	used = c->num_objs * c->size;
	BUG_ON(used > w.slab_bytes);
	w.tail_bytes = w.slab_bytes - used;
	return w;
}

struct slab_waste frag_all_waste(const struct mm_snapshot *s)
{
	struct slab_waste sum = {0};

	for (u32 i = 0; i < s->nr_caches; i++) {
		struct slab_waste w = frag_cache_waste(&s->caches[i]);

		sum.slab_bytes += w.slab_bytes;
		sum.object_bytes += w.object_bytes;
		sum.pad_bytes += w.pad_bytes;
		sum.free_bytes += w.free_bytes;
		sum.tail_bytes += w.tail_bytes;
	}
	return sum;
}
