/*
 * holes.h - the allocated memory of a zone, to be cut up: private to
 * before*.c.
 *
 * Invariant: a hole is given away whole as a free block only when its buddy
 * is not free, so two free blocks can never be buddies of the same order.
 */
#ifndef SIM_HOLES_H
#define SIM_HOLES_H

#include "base/vec.h"
#include "mm/mmzone.h"

struct holes {
	VEC(u32) at[MIGRATE_TYPES][MAX_ORDER]; /* first pfns; last is next */
};

void holes_add(struct holes *h, u32 pfn, u32 order, enum migratetype mt);
/**
 * holes_cut() - A block of @order out of the smallest hole of at least
 * @min_order of type @mt, else of another type; the rest stays as holes.
 * Return: its pfn, 0 when nothing is large enough.
 */
u32 holes_cut(struct holes *h, u32 order, u32 min_order, enum migratetype mt);
/**
 * holes_take() - The hole of exactly @order that begins at @pfn goes.
 * Return: whether there was one.
 */
bool holes_take(struct holes *h, u32 pfn, u32 order);
void holes_free(struct holes *h);

#endif
