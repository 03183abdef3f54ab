#include "sim/holes.h"

void holes_add(struct holes *h, u32 pfn, u32 order, enum migratetype mt)
{
	*VEC_PUSH(&h->at[mt][order]) = pfn;
}

static u32 cut_from(struct holes *h, u32 order, u32 min_order,
		    enum migratetype mt)
{
	for (u32 o = min_order; o < MAX_ORDER; o++) {
		u32 pfn;

		if (!h->at[mt][o].nr)
			continue;
		pfn = h->at[mt][o].at[--h->at[mt][o].nr];
		/* The upper halves stay holes. */
		while (o > order) {
			o--;
			holes_add(h, pfn + (1u << o), o, mt);
		}
		return pfn;
	}
	return 0;
}

u32 holes_cut(struct holes *h, u32 order, u32 min_order, enum migratetype mt)
{
	static const enum migratetype others[MIGRATE_TYPES] = {
		MIGRATE_UNMOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_MOVABLE,
		MIGRATE_HIGHATOMIC};
	u32 pfn = cut_from(h, order, min_order, mt);

	for (u32 i = 0; !pfn && i < MIGRATE_TYPES; i++)
		pfn = cut_from(h, order, min_order, others[i]);
	return pfn;
}

bool holes_take(struct holes *h, u32 pfn, u32 order)
{
	for (u32 mt = 0; mt < MIGRATE_TYPES; mt++) {
		for (size_t i = 0; i < h->at[mt][order].nr; i++) {
			if (h->at[mt][order].at[i] != pfn)
				continue;
			h->at[mt][order].at[i] =
				h->at[mt][order].at[--h->at[mt][order].nr];
			return true;
		}
	}
	return false;
}

void holes_free(struct holes *h)
{
	for (u32 mt = 0; mt < MIGRATE_TYPES; mt++)
		for (u32 o = 0; o < MAX_ORDER; o++)
			VEC_FREE(&h->at[mt][o]);
}
