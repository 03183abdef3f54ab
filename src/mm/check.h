/*
 * check.h - the invariants of mm/, walked.
 */
#ifndef MM_CHECK_H
#define MM_CHECK_H

#include "mm/mm.h"

/**
 * mm_check() - Walks everything: free lists, buddies, counts, per-CPU pages,
 * slabs, slab lists.  Never changes anything.
 * Return: 0, or -EUCLEAN with @e naming the first thing that is wrong.
 */
int mm_check(const struct mm *mm, struct err *e);

#endif
