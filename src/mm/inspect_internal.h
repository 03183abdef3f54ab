/*
 * inspect_internal.h - what the files of mm_inspect() share; nobody else
 * includes it.
 */
#ifndef MM_INSPECT_INTERNAL_H
#define MM_INSPECT_INTERNAL_H

#include "mm/inspect.h"

/** inspect_io() - Page cache, dirty pages and swap, into @s. */
void inspect_io(const struct mm *mm, struct mm_snapshot *s);

#endif
