/*
 * slob.h - what the state loader needs of SLOB beyond struct slab_ops.
 */
#ifndef MM_SLOB_H
#define MM_SLOB_H

#include "mm/mm.h"

/**
 * slob_page_adopt() - Makes the allocated @page a page of SLOB, all of its
 * units in use; the allocator's state must have been set up.
 */
void slob_page_adopt(struct mm *mm, struct page *page);

#endif
