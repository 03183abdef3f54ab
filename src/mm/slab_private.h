/*
 * slab_private.h - between slab_common.c and the allocators: the registry.
 */
#ifndef MM_SLAB_PRIVATE_H
#define MM_SLAB_PRIVATE_H

#include "mm/slab.h"

/** kmem_cache_reserve() - Gives @s its idx; false when all are in use. */
bool kmem_cache_reserve(struct mm *mm, struct kmem_cache *s);
void kmem_cache_unreserve(struct kmem_cache *s);
/** kmem_cache_list_add() - @s becomes the newest cache. */
void kmem_cache_list_add(struct kmem_cache *s);
/** kmem_cache_list_append() - @s becomes the oldest. */
void kmem_cache_list_append(struct kmem_cache *s);
void kmem_cache_list_del(struct kmem_cache *s);
/** create_boot_cache() - The cache of caches, before there is one to take its
 * struct from.  Return: 0, or -ENOMEM with @e. */
int create_boot_cache(struct mm *mm, u32 size, slab_flags_t flags,
		      struct err *e);
/** slab_too_small() - The machine cannot even boot.  Return: -ENOMEM with @e. */
int slab_too_small(struct err *e);
/** kmem_cache_struct_size() - Bytes of Linux's struct kmem_cache in SLUB. */
u32 kmem_cache_struct_size(const struct mm *mm);

/** kmem_cache_forget_all() - Every cache goes, host memory only: a recorded
 * state follows. */
void kmem_cache_forget_all(struct mm *mm);
/** kmalloc_caches_missing() - 0, or -EINVAL with @e: a restored state has not
 * all classes of plain kmalloc. */
int kmalloc_caches_missing(const struct mm *mm, struct err *e);
/** kmem_cache_adopt() - A restored cache takes its place by its name: in
 * kmalloc's table, or as the cache of caches. */
void kmem_cache_adopt(struct kmem_cache *s);

#endif
