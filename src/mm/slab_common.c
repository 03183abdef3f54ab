/*
 * slab_common.c - what SLUB, SLAB and SLOB share: the registry of caches.
 *
 * What it is
 *   kmem_cache_create/destroy/alloc/free, merging, and the boot order of the
 *   caches that everything else needs.
 *
 * How it works
 *   mm->caches[idx]                  by number, for a page to name its owner
 *   mm->cache_list -> newest -> ... -> oldest       slab_caches, for people
 *   Making a cache takes an object from kmem_cache, then what the allocator
 *   wants (SLUB: one from kmem_cache_node for each node), as the kernel does.
 *   Boot: ops->init() makes those two; create_kmalloc_caches() the rest, set
 *   by set: NORMAL, RECLAIM, DMA, CGROUP; each by index with the 96 and 192
 *   byte classes behind 64 and 128.
 *
 * Lock order
 *   slab_mutex, outermost, while a cache is made, found for merging or shut
 *   down.
 *
 * Invariants
 *   caches[s->idx] == s; next and prev agree (slab_check_registry).
 *
 * What is charged
 *   What the allocations inside cost.
 *
 * What is left out, and which kernel this follows
 *   Linux 6.1.  The copy of the name, the percpu area of the cache and sysfs
 *   are not allocated.  kmalloc caches take no part in merging since 4.16.
 */
#include "mm/slab.h"

#include "base/bug.h"
#include "base/xmalloc.h"
#include "mm/page_alloc.h"
#include "mm/slab_private.h"
#include "mm/slab_sizes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLAB_NEVER_MERGE (SLAB_TYPESAFE_BY_RCU | SLAB_NO_MERGE)
#define SLAB_MERGE_SAME                                             \
	(SLAB_RECLAIM_ACCOUNT | SLAB_CACHE_DMA | SLAB_CACHE_DMA32 | \
	 SLAB_ACCOUNT)

static const struct slab_ops *const all_slab_ops[] = {&slub_ops, &slab_ops_slab,
						      &slob_ops};

const struct slab_ops *slab_ops_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(all_slab_ops); i++)
		if (!strcmp(all_slab_ops[i]->name, name))
			return all_slab_ops[i];
	return NULL;
}

/* Registry */

bool kmem_cache_reserve(struct mm *mm, struct kmem_cache *s)
{
	u32 i = 0;

	/* Lowest free number: numbers stay small and depend on nothing else. */
	while (i < mm->nr_caches && mm->caches[i])
		i++;
	if (i == MM_CACHES_MAX)
		return false;
	if (i == mm->nr_caches)
		mm->nr_caches++;
	mm->caches[i] = s;
	s->idx = i;
	s->mm = mm;
	s->ops = mm->conf.slab_ops;
	return true;
}

void kmem_cache_unreserve(struct kmem_cache *s)
{
	BUG_ON(s->mm->caches[s->idx] != s);
	s->mm->caches[s->idx] = NULL;
}

void kmem_cache_list_add(struct kmem_cache *s)
{
	struct mm *mm = s->mm;

	s->prev = NULL;
	s->next = mm->cache_list;
	if (s->next)
		s->next->prev = s;
	mm->cache_list = s;
}

static struct kmem_cache *oldest_cache(const struct mm *mm)
{
	struct kmem_cache *s = mm->cache_list;

	while (s && s->next)
		s = s->next;
	return s;
}

void kmem_cache_list_append(struct kmem_cache *s)
{
	struct kmem_cache *last = oldest_cache(s->mm);

	if (!last) {
		kmem_cache_list_add(s);
		return;
	}
	last->next = s;
	s->prev = last;
	s->next = NULL;
}

void kmem_cache_list_del(struct kmem_cache *s)
{
	if (s->prev)
		s->prev->next = s->next;
	else
		s->mm->cache_list = s->next;
	if (s->next)
		s->next->prev = s->prev;
	s->next = s->prev = NULL;
}

struct kmem_cache *kmem_cache_find(const struct mm *mm, const char *name)
{
	for (struct kmem_cache *s = mm->cache_list; s; s = s->next)
		if (!strcmp(s->name, name))
			return s;
	return NULL;
}

/* Merging */

static bool slab_unmergeable(const struct kmem_cache *s)
{
	return (s->flags & (SLAB_NEVER_MERGE | SLAB_CTOR)) || s->refcount < 0;
}

/* An older cache that can serve as well, as find_mergeable(). */
static struct kmem_cache *find_mergeable(struct mm *mm, u32 size, u32 align,
					 slab_flags_t flags)
{
	if (mm->conf.slab_nomerge || (flags & (SLAB_NEVER_MERGE | SLAB_CTOR)))
		return NULL;
	size = slab_align(size, SLAB_WORD);
	align = calculate_alignment(flags, align, size);
	size = slab_align(size, align);
	for (struct kmem_cache *s = oldest_cache(mm); s; s = s->prev) {
		if (slab_unmergeable(s) || size > s->size)
			continue;
		if ((flags & SLAB_MERGE_SAME) != (s->flags & SLAB_MERGE_SAME))
			continue;
		if ((s->size & ~(align - 1)) != s->size)
			continue;
		if (s->size - size >= SLAB_WORD)
			continue;
		return s;
	}
	return NULL;
}

/* Caches */

u32 kmem_cache_struct_size(const struct mm *mm)
{
	/* 6.1 without sysfs and memcg: 136 bytes and a pointer a node. */
	return 136 + SLAB_WORD * mm->conf.nr_nodes;
}

/* Makes the cache proper; @self: where Linux would keep its struct. */
static struct kmem_cache *create_cache(struct mm *mm, const char *name,
				       u32 size, u32 align, slab_flags_t flags,
				       gfp_t gfp)
{
	struct kmem_cache *s;
	paddr_t self = 0;

	if (mm->kmem_cache_cache) {
		self = kmem_cache_alloc(mm->kmem_cache_cache, gfp | GFP_ZERO);
		if (!self)
			return NULL;
	}
	s = mm->conf.slab_ops->create(
		mm, name, size, calculate_alignment(flags, align, size), flags);
	if (!s) {
		if (self)
			kmem_cache_free(mm->kmem_cache_cache, self);
		return NULL;
	}
	s->self = self;
	s->name = xstrdup(name);
	s->refcount = 1;
	kmem_cache_list_add(s);
	return s;
}

struct kmem_cache *kmem_cache_create(struct mm *mm, const char *name, u32 size,
				     u32 align, slab_flags_t flags)
{
	struct kmem_cache *s;

	if (!size || size > KMALLOC_MAX_SIZE)
		return NULL;
	spin_lock(mm->machine, &mm->slab_mutex, LOCK_SLAB_MUTEX);
	s = find_mergeable(mm, size, align, flags);
	if (s) {
		s->refcount++;
		/* The larger object counts from now on, for kzalloc's sake. */
		s->object_size = MAX(s->object_size, size);
	} else {
		s = create_cache(mm, name, size, align, flags, GFP_KERNEL);
	}
	spin_unlock(mm->machine, &mm->slab_mutex);
	return s;
}

/* The struct itself goes back, in simulated and in host memory. */
static void kmem_cache_release(struct kmem_cache *s)
{
	struct mm *mm = s->mm;
	paddr_t self = s->self;

	kmem_cache_unreserve(s);
	free(s->name);
	s->ops->release(s);
	if (self)
		kmem_cache_free(mm->kmem_cache_cache, self);
}

int kmem_cache_destroy(struct kmem_cache *s)
{
	struct mm *mm = s->mm;
	bool busy;

	BUG_ON(s == mm->kmem_cache_cache || s == mm->kmem_cache_node);
	if (s->refcount > 1) {
		s->refcount--;
		return 0;
	}
	spin_lock(mm->machine, &mm->slab_mutex, LOCK_SLAB_MUTEX);
	busy = s->ops->shutdown(s);
	if (!busy)
		kmem_cache_list_del(s);
	spin_unlock(mm->machine, &mm->slab_mutex);
	if (busy)
		return -EBUSY;
	if (s->flags & SLAB_TYPESAFE_BY_RCU) {
		/* Its slabs may still wait for a grace period, so must it. */
		s->next = mm->cache_rcu;
		mm->cache_rcu = s;
		return 0;
	}
	kmem_cache_release(s);
	return 0;
}

void slab_rcu_barrier(struct mm *mm)
{
	const struct slab_ops *ops = mm->conf.slab_ops;
	struct kmem_cache *s;

	if (ops->rcu_barrier)
		ops->rcu_barrier(mm);
	while ((s = mm->cache_rcu)) {
		mm->cache_rcu = s->next;
		kmem_cache_release(s);
	}
}

int kmem_cache_shrink(struct kmem_cache *s)
{
	return s->ops->shrink(s);
}

/* Objects */

paddr_t kmem_cache_alloc(struct kmem_cache *s, gfp_t gfp)
{
	return s->ops->alloc(s, gfp, NUMA_NO_NODE);
}

paddr_t kmem_cache_alloc_node(struct kmem_cache *s, gfp_t gfp, int nid)
{
	return s->ops->alloc(s, gfp, nid);
}

void kmem_cache_free(struct kmem_cache *s, paddr_t addr)
{
	struct mm *mm = s->mm;
	struct page *page = pfn_to_page(mm, (pfn_t)(addr >> PAGE_SHIFT));
	struct page *head = pfn_to_page(mm, page->head);

	BUG_ON(page->state != PAGE_SLAB && page->state != PAGE_SLOB);
	BUG_ON(page->state == PAGE_SLAB && head->cache_idx != s->idx);
	s->ops->free(s, head, addr);
}

u32 kmem_cache_alloc_bulk(struct kmem_cache *s, gfp_t gfp, u32 nr,
			  paddr_t *addrs)
{
	if (s->ops->alloc_bulk)
		return s->ops->alloc_bulk(s, gfp, nr, addrs);
	for (u32 i = 0; i < nr; i++) {
		addrs[i] = kmem_cache_alloc(s, gfp);
		if (addrs[i])
			continue;
		kmem_cache_free_bulk(s, i, addrs);
		return 0;
	}
	return nr;
}

void kmem_cache_free_bulk(struct kmem_cache *s, u32 nr, const paddr_t *addrs)
{
	if (s->ops->free_bulk) {
		s->ops->free_bulk(s, nr, addrs);
		return;
	}
	for (u32 i = 0; i < nr; i++)
		kmem_cache_free(s, addrs[i]);
}

/* A recorded state */

void kmem_cache_forget_all(struct mm *mm)
{
	for (u32 i = 0; i < mm->nr_caches; i++) {
		struct kmem_cache *s = mm->caches[i];

		if (!s)
			continue;
		kmem_cache_unreserve(s);
		free(s->name);
		s->self = 0;
		s->ops->release(s);
	}
	mm->nr_caches = 0;
	mm->cache_list = mm->cache_rcu = NULL;
	mm->kmem_cache_cache = mm->kmem_cache_node = NULL;
	memset(mm->kmalloc_caches, 0, sizeof(mm->kmalloc_caches));
	memset(mm->numa_slab_reclaimable, 0, sizeof(mm->numa_slab_reclaimable));
	memset(mm->numa_slab_unreclaimable, 0,
	       sizeof(mm->numa_slab_unreclaimable));
}

/* A kmalloc cache takes its place in the table, and its flags. */
static void adopt_kmalloc(struct mm *mm, struct kmem_cache *s)
{
	u32 low = mm->conf.slab_ops->kmalloc_min_shift;
	char name[KMALLOC_NAME_MAX];

	for (u32 type = 0; type < NR_KMALLOC_TYPES; type++) {
		for (u32 i = 1; i <= KMALLOC_SHIFT_HIGH; i++) {
			u32 size = kmalloc_class_size(i, low);

			if (!size)
				continue;
			kmalloc_cache_name(&mm->conf, type, size, name);
			if (strcmp(name, s->name))
				continue;
			mm->kmalloc_caches[type][i] = s;
			s->flags |= kmalloc_flags(type) | SLAB_NO_MERGE;
		}
	}
}

void kmem_cache_adopt(struct kmem_cache *s)
{
	if (!strcmp(s->name, "kmem_cache"))
		s->mm->kmem_cache_cache = s;
	else if (!strcmp(s->name, "kmem_cache_node"))
		s->mm->kmem_cache_node = s;
	else
		adopt_kmalloc(s->mm, s);
}

/* Boot */

/* One class of one set; false when the machine has no memory for it. */
static bool new_kmalloc_cache(struct mm *mm, enum kmalloc_type type, u32 index)
{
	u32 size =
		kmalloc_class_size(index, mm->conf.slab_ops->kmalloc_min_shift);
	char name[KMALLOC_NAME_MAX];
	struct kmem_cache *s;

	if (!size || mm->kmalloc_caches[type][index])
		return true;
	kmalloc_cache_name(&mm->conf, type, size, name);
	s = create_cache(mm, name, size, kmalloc_align(&mm->conf, size),
			 kmalloc_flags(type), GFP_NOWAIT);
	if (!s)
		return false;
	if (mm->conf.profile >= PROFILE_LINUX_5_3)
		s->flags |= SLAB_NO_MERGE;
	mm->kmalloc_caches[type][index] = s;
	return true;
}

static bool create_kmalloc_caches(struct mm *mm, enum kmalloc_type type)
{
	for (u32 i = mm->conf.slab_ops->kmalloc_min_shift;
	     i <= kmalloc_shift_high(&mm->conf); i++) {
		if (!new_kmalloc_cache(mm, type, i))
			return false;
		if (kmalloc_old_classes(&mm->conf))
			continue;
		if (i == 6 && !new_kmalloc_cache(mm, type, 1))
			return false;
		if (i == 7 && !new_kmalloc_cache(mm, type, 2))
			return false;
	}
	if (kmalloc_old_classes(&mm->conf)) {
		/* The odd classes of today are served by the next one. */
		mm->kmalloc_caches[type][1] = mm->kmalloc_caches[type][7];
		mm->kmalloc_caches[type][2] = mm->kmalloc_caches[type][8];
	}
	return true;
}

/* Which class serves a size: kmalloc() looks it up. */
static void fill_kmalloc_class(struct mm *mm)
{
	u32 low = mm->conf.slab_ops->kmalloc_min_shift;

	_Static_assert(KMALLOC_WORDS * SLAB_WORD == KMALLOC_MAX_CACHE,
		       "every class is in the table");
	for (u32 i = 1; i <= KMALLOC_WORDS; i++)
		mm->kmalloc_class[i] =
			(u8)kmalloc_index((u64)i * SLAB_WORD, low);
}

int kmalloc_caches_missing(const struct mm *mm, struct err *e)
{
	for (u32 i = 1; i <= KMALLOC_SHIFT_HIGH; i++) {
		u32 size = kmalloc_class_size(
			i, mm->conf.slab_ops->kmalloc_min_shift);

		if (size && !mm->kmalloc_caches[KMALLOC_NORMAL][i])
			return err_set(e, -EINVAL,
				       "the state has no kmalloc cache of %u "
				       "bytes",
				       size);
	}
	return 0;
}

int slab_too_small(struct err *e)
{
	return err_set(e, -ENOMEM,
		       "the machine has too little memory to boot its slab "
		       "allocator; give it more, or lower vm.min_free_kbytes");
}

int create_boot_cache(struct mm *mm, u32 size, slab_flags_t flags,
		      struct err *e)
{
	struct kmem_cache *s = mm->conf.slab_ops->create(
		mm, "kmem_cache", size, calculate_alignment(flags, 0, size),
		flags);

	if (!s)
		return slab_too_small(e);
	s->name = xstrdup("kmem_cache");
	s->refcount = -1; /* never merged into */
	mm->kmem_cache_cache = s;
	kmem_cache_list_add(s);
	return 0;
}

int kmem_cache_init(struct mm *mm, struct err *e)
{
	static const enum kmalloc_type order[] = {
		KMALLOC_NORMAL, KMALLOC_RECLAIM, KMALLOC_DMA, KMALLOC_CGROUP};
	int rc;

	BUG_ON(mm->caches || !mm->conf.slab_ops);
	mm->caches = xcalloc(MM_CACHES_MAX, sizeof(struct kmem_cache *));
	rc = mm->conf.slab_ops->init(mm, e);
	if (rc)
		return rc;
	if (mm->conf.slab_ops->kmalloc)
		return 0;
	fill_kmalloc_class(mm);
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		if (!kmalloc_type_exists(&mm->conf, order[i]))
			continue;
		if (!create_kmalloc_caches(mm, order[i]))
			return slab_too_small(e);
	}
	return 0;
}

void kmem_cache_exit(struct mm *mm)
{
	if (!mm->caches)
		return;
	for (u32 i = 0; i < mm->nr_caches; i++) {
		struct kmem_cache *s = mm->caches[i];

		if (!s)
			continue;
		free(s->name);
		/* The machine goes as a whole: no object is given back. */
		s->self = 0;
		s->ops->release(s);
	}
	mm->conf.slab_ops->teardown(mm);
	free(mm->caches);
	mm->caches = NULL;
	mm->nr_caches = 0;
	mm->cache_list = mm->cache_rcu = NULL;
	mm->kmem_cache_cache = mm->kmem_cache_node = NULL;
	memset(mm->kmalloc_caches, 0, sizeof(mm->kmalloc_caches));
}
