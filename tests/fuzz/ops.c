/*
 * Any sequence of operations, on SLUB, SLAB and SLOB side by side, and on
 * files, whose trees are made of such objects, mempools over all three kinds
 * and per-CPU areas, reserved ones too: objects must not overlap, lie where
 * their alignment says and be freeable, the figures must add up, and
 * mm_check() must find nothing.
 *
 * Four bytes are an operation: what, which slot, and a size.
 */
#include "targets.h"

#include "mm/check.h"
#include "mm/compaction.h"
#include "mm/mempool.h"
#include "mm/page_alloc.h"
#include "mm/percpu.h"
#include "mm/slab.h"
#include "mm/truncate.h"

#include "base/bug.h"
#include "base/xmalloc.h"

#include <string.h>

#define SLOTS	   128u
#define OPS_MAX	   4000u
#define NODE_PAGES 8192u /* 32 MiB */
#define FILE_PAGES 256u
#define POOLS	   4u
#define AREAS	   64u
#define GRAIN	   8u /* no two objects share so many bytes */
#define GRAINS	   (2u * NODE_PAGES * 4096u / GRAIN)

static const struct {
	u32 size;
	u32 align;
	slab_flags_t flags;
} caches[] = {
	{24, 0, 0},
	{200, 0, SLAB_HWCACHE_ALIGN},
	{1000, 0, SLAB_TYPESAFE_BY_RCU | SLAB_RECLAIM_ACCOUNT},
	{700, 256, SLAB_CTOR},
	{5000, 0, 0},
};

struct object {
	paddr_t addr; /* 0: none */
	u32 bytes;
	struct kmem_cache *cache; /* NULL: kmalloc */
	u32 pool;		  /* + 1: an element of it; 0: of none */
};

struct side {
	struct machine machine;
	struct mm *mm;
	struct kmem_cache *caches[ARRAY_SIZE(caches)];
	struct object live[SLOTS];
	struct mempool *pools[POOLS]; /* NULL: not made, or destroyed */
	struct percpu *percpu;
	struct pcpu_area areas[AREAS]; /* .chunk NULL: none */
	u8 *used;		       /* [GRAINS] */
};

static void mark(struct side *s, const struct object *o, u8 value)
{
	for (u32 b = 0; b < o->bytes; b += GRAIN) {
		u8 *at = &s->used[(o->addr + b) / GRAIN];

		BUG_ON(*at == value);
		*at = value;
	}
}

static void take(struct side *s, u32 slot, paddr_t addr, u32 bytes,
		 struct kmem_cache *cache, u32 align)
{
	struct object *o = &s->live[slot];

	if (addr <= ZERO_SIZE_PTR)
		return;
	BUG_ON(addr % MAX(align, GRAIN));
	*o = (struct object){.addr = addr, .bytes = bytes, .cache = cache};
	mark(s, o, 1);
}

static void give_back(struct side *s, u32 slot)
{
	struct object *o = &s->live[slot];

	if (!o->addr)
		return;
	mark(s, o, 0);
	if (o->pool)
		mempool_free(s->pools[o->pool - 1], o->addr);
	else if (o->cache)
		kmem_cache_free(o->cache, o->addr);
	else
		kfree(s->mm, o->addr);
	o->addr = 0;
}

static void reallocate(struct side *s, u32 slot, u32 size)
{
	struct object *o = &s->live[slot];
	paddr_t addr;

	if (!o->addr || o->cache || o->pool || !size)
		return;
	mark(s, o, 0);
	addr = krealloc(s->mm, o->addr, size, GFP_KERNEL);
	if (addr) {
		o->addr = addr;
		o->bytes = size;
	}
	mark(s, o, 1);
}

/* Files of FILE_PAGES at most: all of them leave room for the rest. */
static void file_op(struct side *s, u32 file, u32 size)
{
	struct address_space *m =
		filemap_mapping(s->mm, file_mapping_id(file % 4));
	u64 index = (size >> 3) % FILE_PAGES;
	u32 nr = 1 + (size >> 11);

	nr = (u32)MIN((u64)nr, FILE_PAGES - index);
	m->size_pages = FILE_PAGES;
	s->machine.task = file / 4 % 16;
	switch (size % 8) {
	case 0:
		truncate_inode_pages(s->mm, m, index);
		break;
	case 1:
		invalidate_mapping_pages(s->mm, m, index, index + nr);
		break;
	case 2:
	case 3:
		page_cache_write(s->mm, m, index, nr);
		break;
	default:
		BUG_ON(page_cache_read(s->mm, m, index, nr) != nr);
		break;
	}
}

/* Pages of files move, by either of those who move them. */
static void compact(struct side *s, u32 size)
{
	u32 nid = size & 1;

	if (!(size & 2)) {
		compact_node(s->mm, nid);
		return;
	}
	wakeup_kcompactd(s->mm, nid, 1 + (size >> 2) % 9, ZONE_MOVABLE);
	kcompactd_timeout(s->mm, nid);
	for (u32 i = (size >> 8) + 1; i && s->mm->kcompactds[nid].woken; i--)
		kcompactd_step(s->mm, nid);
}

/* What is asked for an element of each pool. */
static const u32 pool_bytes[POOLS] = {200, 3000, 4096, 8192};

/* Pool k is over kind k: the last over pages like the third. */
static struct mempool *pool_make(struct side *s, u32 k, u32 min_nr)
{
	switch (k) {
	case 0:
		return s->caches[1]
			       ? mempool_create(
					 s->mm, min_nr, MEMPOOL_SLAB,
					 (union mempool_data){s->caches[1]})
			       : NULL;
	case 1:
		return mempool_create(s->mm, min_nr, MEMPOOL_KMALLOC,
				      (union mempool_data){.size = 3000});
	default:
		return mempool_create(s->mm, min_nr, MEMPOOL_PAGES,
				      (union mempool_data){.order = k - 2});
	}
}

static void pool_destroy(struct side *s, u32 k)
{
	for (u32 slot = 0; slot < SLOTS; slot++)
		if (s->live[slot].pool == k + 1)
			give_back(s, slot);
	if (s->pools[k])
		mempool_destroy(s->pools[k]);
	s->pools[k] = NULL;
}

static void pool_op(struct side *s, u32 slot, u32 size)
{
	u32 k = size % POOLS, min_nr = 1 + (size >> 8) % 16;
	struct mempool *pool = s->pools[k];
	struct err e = {0};

	if (!pool) {
		s->pools[k] = pool_make(s, k, min_nr);
		BUG_ON(s->pools[k] && s->pools[k]->curr_nr != min_nr);
	} else if (size / POOLS % 16 == 0) {
		pool_destroy(s, k);
	} else if (size / POOLS % 16 < 4) {
		BUG_ON(mempool_resize(pool, min_nr));
		BUG_ON(mempool_check(pool, &e));
	} else if (!s->live[slot].addr) {
		take(s, slot, mempool_alloc(pool, GFP_ATOMIC), pool_bytes[k],
		     NULL, 0);
		if (s->live[slot].addr)
			s->live[slot].pool = k + 1;
	} else {
		give_back(s, slot);
	}
}

/* No area may share a byte with another of its chunk. */
static void check_area(const struct side *s, const struct pcpu_area *a)
{
	for (u32 i = 0; i < AREAS; i++) {
		const struct pcpu_area *b = &s->areas[i];

		BUG_ON(b != a && b->chunk == a->chunk &&
		       b->offset < a->offset + a->bytes &&
		       a->offset < b->offset + b->bytes);
	}
}

static void percpu_op(struct side *s, u32 slot, u32 size)
{
	struct pcpu_area *a = &s->areas[slot % AREAS];
	const struct pcpu_chunk *had = a->chunk;
	gfp_t gfp = size & 1 ? GFP_KERNEL : GFP_ATOMIC;
	u32 bytes = (size >> 2) % 9000, align = 4u << (size >> 5) % 5;
	struct err e = {0};

	if (size % 61 == 0) {
		percpu_balance(s->percpu);
	} else if (a->chunk) {
		free_percpu(s->percpu, *a);
		a->chunk = NULL;
	} else if (size & 2) {
		*a = alloc_reserved_percpu(s->percpu, bytes, align, gfp);
		BUG_ON(a->chunk && a->chunk != s->percpu->reserved_chunk);
	} else {
		*a = alloc_percpu_gfp(s->percpu, bytes, align, gfp);
		BUG_ON(a->chunk && a->chunk == s->percpu->reserved_chunk);
	}
	if (a->chunk && a->chunk != had) {
		BUG_ON(a->offset % align);
		check_area(s, a);
	}
	BUG_ON(percpu_check(s->percpu, &e));
}

static void one(struct side *s, u8 what, u32 slot, u32 size)
{
	u32 k = size % (u32)ARRAY_SIZE(caches);
	struct kmem_cache *c = s->caches[k];

	s->machine.cpu = what >> 7;
	switch (what % 8) {
	case 0:
	case 1:
		if (!s->live[slot].addr)
			take(s, slot, kmalloc(s->mm, size % 20000, GFP_KERNEL),
			     size % 20000, NULL, 0);
		break;
	case 2:
	case 3:
		if (!s->live[slot].addr && c)
			take(s, slot,
			     kmem_cache_alloc_node(c, GFP_ATOMIC,
						   what % 8 == 2
							   ? NUMA_NO_NODE
							   : (int)(size & 1)),
			     caches[k].size, c, caches[k].align);
		break;
	case 4:
	case 5:
		give_back(s, slot);
		break;
	case 6:
		reallocate(s, slot, size % 20000);
		break;
	default:
		if (what & 0x40)
			file_op(s, slot, size);
		else if (what & 0x20)
			compact(s, size);
		else if (what & 0x10)
			pool_op(s, slot, size);
		else if (what & 0x08)
			percpu_op(s, slot, size);
		else if (size % 3 == 0 && c)
			kmem_cache_shrink(c);
		else if (size % 3 == 1)
			slab_rcu_barrier(s->mm);
		else if (s->mm->conf.slab_ops->reap)
			s->mm->conf.slab_ops->reap(s->mm, size);
		break;
	}
}

static void set_up(struct side *s, const struct slab_ops *ops)
{
	struct mm_conf conf;
	struct err e = {0};

	memset(s, 0, sizeof(*s));
	mm_conf_defaults(&conf, PROFILE_LINUX_6_1);
	conf.slab_ops = ops;
	conf.reclaim = true; /* pages are on lists, and may be moved */
	conf.nr_cpus = conf.nr_nodes = 2;
	conf.cpu_to_node[1] = 1;
	for (u32 nid = 0; nid < 2; nid++)
		conf.ranges[nid] = (struct mm_range){
			.nid = nid,
			.zone = ZONE_DMA32,
			.start_pfn = nid ? NODE_PAGES : 1,
			.end_pfn = (nid + 1) * (u64)NODE_PAGES};
	conf.nr_ranges = 2;
	s->mm = mm_create(&s->machine, &conf, &e);
	BUG_ON(!s->mm);
	for (size_t i = 0; i < ARRAY_SIZE(caches); i++)
		s->caches[i] =
			kmem_cache_create(s->mm, "fuzz", caches[i].size,
					  caches[i].align, caches[i].flags);
	s->percpu = percpu_create(
		s->mm, &(struct percpu_setup){.static_bytes = 5000,
					      .reserved_bytes = 8 << 10,
					      .dynamic_bytes = 28 << 10});
	s->used = xmap_lazy(GRAINS);
}

static void tear_down(struct side *s)
{
	struct err e = {0};

	BUG_ON(mm_check(s->mm, &e));
	for (u32 slot = 0; slot < SLOTS; slot++)
		give_back(s, slot);
	for (u32 k = 0; k < POOLS; k++)
		pool_destroy(s, k);
	for (u32 i = 0; i < AREAS; i++)
		if (s->areas[i].chunk)
			free_percpu(s->percpu, s->areas[i]);
	BUG_ON(s->percpu->bytes_requested);
	BUG_ON(percpu_check(s->percpu, &e));
	percpu_destroy(s->percpu);
	slab_rcu_barrier(s->mm);
	BUG_ON(mm_check(s->mm, &e));
	xunmap(s->used, GRAINS);
	mm_destroy(s->mm);
}

int fuzz_ops(const uint8_t *bytes, size_t len)
{
	static const struct slab_ops *const all[] = {&slub_ops, &slab_ops_slab,
						     &slob_ops};
	static struct side sides[ARRAY_SIZE(all)];

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		set_up(&sides[i], all[i]);
	for (size_t at = 0; at + 4 <= len && at / 4 < OPS_MAX; at += 4)
		for (size_t i = 0; i < ARRAY_SIZE(all); i++)
			one(&sides[i], bytes[at], bytes[at + 1] % SLOTS,
			    (u32)bytes[at + 2] | (u32)bytes[at + 3] << 8);
	for (u32 slot = 0; slot < SLOTS; slot++) {
		/* The machine is large enough: all three have the same. */
		BUG_ON(!sides[0].live[slot].addr != !sides[1].live[slot].addr);
		BUG_ON(!sides[0].live[slot].addr != !sides[2].live[slot].addr);
	}
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		tear_down(&sides[i]);
	return 0;
}
