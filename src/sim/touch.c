/*
 * touch.c - model full: accesses of mm and of the users of objects, charged
 * by the CPU caches (cpucache.h).
 *
 * Addresses that the caches see: the machine's memory as it is; behind it
 * the memory map, then the CPUs' and the nodes' blocks (mm/memmap.h).
 */
#include "sim/touch.h"

#include "mm/memmap.h"
#include "mm/slab.h"
#include "sim/sim_priv.h"

#include <errno.h>

/* Addresses of mm, by TOUCH_MEMMAP bytes each. */
enum region {
	REGION_MEMORY,
	REGION_MEMMAP,
	REGION_PERCPU,
	REGION_NODES,
	NR_REGIONS
};

_Static_assert(TOUCH_PERCPU == REGION_PERCPU * TOUCH_MEMMAP &&
		       TOUCH_NODES == REGION_NODES * TOUCH_MEMMAP,
	       "regions of memmap.h are numbered");
_Static_assert(sizeof(((struct sim *)0)->region_at) ==
		       (NR_REGIONS + 1) * sizeof(u64),
	       "each region begins somewhere, and the last one ends");

/* Lays the regions one behind the other; returns where the last one ends.
 * Buddies are looked at that lie behind the last page, in its block. */
static u64 lay_regions(struct sim *s)
{
	const struct mm *mm = s->mm;
	u64 map_pages = ALIGN_UP(mm->max_pfn, CONFIG_MEM_UNIT >> PAGE_SHIFT);
	u64 *at = s->region_at;

	at[REGION_MEMORY] = 0;
	at[REGION_MEMMAP] = mm->max_pfn << PAGE_SHIFT;
	at[REGION_PERCPU] = at[REGION_MEMMAP] + map_pages * STRUCT_PAGE_BYTES;
	at[REGION_NODES] = at[REGION_PERCPU] +
			   ((u64)mm->conf.nr_cpus << TOUCH_BLOCK_SHIFT);
	at[NR_REGIONS] = at[REGION_NODES] +
			 ((u64)mm->conf.nr_nodes << TOUCH_BLOCK_SHIFT);
	return at[NR_REGIONS];
}

static u32 node_of(void *arg, u64 addr)
{
	const struct sim *s = arg;
	const u64 *at = s->region_at;

	if (addr < at[REGION_MEMMAP])
		return pfn_to_nid(s->mm, (pfn_t)(addr >> PAGE_SHIFT));
	if (addr < at[REGION_PERCPU])
		return pfn_to_nid(s->mm, (pfn_t)((addr - at[REGION_MEMMAP]) /
						 STRUCT_PAGE_BYTES));
	if (addr < at[REGION_NODES])
		return s->cpu_node[(addr - at[REGION_PERCPU]) >>
				   TOUCH_BLOCK_SHIFT];
	return (u32)((addr - at[REGION_NODES]) >> TOUCH_BLOCK_SHIFT);
}

static bool object_of(void *arg, u64 addr, u32 *owner, u64 *slab)
{
	const struct mm *mm = ((const struct sim *)arg)->mm;
	const struct page *page;

	*owner = TOUCH_NO_OWNER;
	if (addr >= mm->max_pfn << PAGE_SHIFT)
		return false;
	page = pfn_to_page(mm, (pfn_t)(addr >> PAGE_SHIFT));
	if (page->state != PAGE_SLAB)
		return false;
	*slab = page->head;
	*owner = MIN(pfn_to_page(mm, page->head)->cache_idx, TOUCH_NO_OWNER);
	return true;
}

static void charge_access(struct sim *s, u64 addr, u32 bytes, enum touch how,
			  u32 owner)
{
	struct machine *m = &s->machine;
	cycles_t cost = cpucache_access(s->cpucache, m->cpu, addr, bytes,
					how == TOUCH_WRITE ? CPUCACHE_WRITE
							   : CPUCACHE_READ,
					owner, m->now_cycles + m->cycles);

	m->cycles += cost;
	s->memory_cycles += cost;
}

/* Of memory as it is: whoever has an object there. */
static void charge_memory(struct sim *s, u64 addr, u32 bytes, enum touch how)
{
	u64 slab;
	u32 owner;

	object_of(s, addr, &owner, &slab);
	charge_access(s, addr, bytes, how, owner);
}

static void machine_touch(struct machine *m, paddr_t at, u32 bytes,
			  enum touch how)
{
	struct sim *s = container_of(m, struct sim, machine);
	u64 region = at / TOUCH_MEMMAP;

	BUG_ON(region >= NR_REGIONS);
	at = s->region_at[region] + (at & TOUCH_REGION_MASK);
	BUG_ON(at + bytes > s->region_at[region + 1]);
	if (region == REGION_MEMORY)
		charge_memory(s, at, bytes, how);
	else
		charge_access(s, at, bytes, how, TOUCH_NO_OWNER);
}

/* The first data cache is the one whose sets are watched. */
static s32 first_data(const struct config *c)
{
	for (u32 i = 0; i < c->nr_caches; i++)
		if (c->caches[i].type != 'i')
			return (s32)i;
	return -1;
}

int touch_create(struct sim *s, struct err *e)
{
	struct cpucache_options opt = {
		.classes = s->config.miss_classes,
		.nr_owners = TOUCH_OWNERS,
		.memory_bytes = lay_regions(s),
		.watch = first_data(&s->config),
		.arg = s,
		.node_of = node_of,
		.object_of = object_of,
	};

	s->cpucache = cpucache_create(&s->config, &opt, e);
	if (!s->cpucache)
		return -EINVAL;
	s->full_ops = sim_machine_ops;
	s->full_ops.touch = machine_touch;
	s->machine.ops = &s->full_ops;
	return 0;
}

/* What is supposed of the first and the last touch. */
static u64 hot_bytes(const struct sim *s, u64 bytes, const struct trace_rec *r)
{
	return r->flags & TRACE_TOLD ? 0 : MIN(bytes, s->config.hot_bytes);
}

/* What __GFP_ZERO clears: as the kernel, all that the object has, not only
 * what was asked for. */
static u64 zeroed_bytes(const struct mm *mm, paddr_t addr, u64 bytes)
{
	const struct page *page = pfn_to_page(mm, (pfn_t)(addr >> PAGE_SHIFT));

	if (page->state == PAGE_SLAB) {
		u32 cache = pfn_to_page(mm, page->head)->cache_idx;

		return MAX(bytes, mm->caches[cache]->object_size);
	}
	if (page->flags & PG_LARGE_KMALLOC)
		return MAX(bytes, MM_PAGE_SIZE << page->order);
	return bytes;
}

/* SLOB has no slabs: a constructor runs for each object that it gives. */
static void construct(struct sim *s, paddr_t addr, const struct trace_rec *r)
{
	const struct slot *o = &s->slots[r->slot];
	const struct kmem_cache *c;

	if (pfn_to_page(s->mm, (pfn_t)(addr >> PAGE_SHIFT))->state !=
		    PAGE_SLOB ||
	    o->kind != SLOT_CACHE)
		return;
	c = s->mm->caches[o->cache];
	if (c->flags & SLAB_CTOR)
		charge_memory(s, addr, c->object_size, TOUCH_WRITE);
}

void touch_new(struct sim *s, paddr_t addr, u64 bytes,
	       const struct trace_rec *r)
{
	u64 slab;
	u32 owner;

	if (addr == ZERO_SIZE_PTR || !bytes)
		return;
	if (object_of(s, addr, &owner, &slab))
		cpucache_head(s->cpucache, owner, addr);
	else
		construct(s, addr, r);
	if (r->gfp & GFP_ZERO)
		bytes = zeroed_bytes(s->mm, addr, bytes);
	else
		bytes = hot_bytes(s, bytes, r);
	if (bytes)
		charge_memory(s, addr, (u32)bytes, TOUCH_WRITE);
}

/* kfree() does not know the kmem_cache. */
static void find_cache(struct sim *s, paddr_t addr)
{
	const struct page *page =
		pfn_to_page(s->mm, (pfn_t)(addr >> PAGE_SHIFT));

	if (page->state == PAGE_SLAB && s->mm->conf.slab_ops->kfree_reads_page)
		touch_page(&s->machine, page->head, TOUCH_READ);
}

void touch_last(struct sim *s, paddr_t addr, u64 bytes,
		const struct trace_rec *r)
{
	if (addr == ZERO_SIZE_PTR)
		return;
	bytes = hot_bytes(s, bytes, r);
	if (bytes)
		charge_memory(s, addr, (u32)bytes, TOUCH_READ);
	if (r->op == TRACE_KFREE)
		find_cache(s, addr);
}

void touch_slab(struct sim *s, pfn_t pfn, u32 cache)
{
	const struct kmem_cache *c = s->mm->caches[cache];

	if (c && c->flags & SLAB_CTOR)
		charge_memory(s, (u64)pfn << PAGE_SHIFT,
			      (u32)MM_PAGE_SIZE
				      << pfn_to_page(s->mm, pfn)->order,
			      TOUCH_WRITE);
}

const struct cpucache *sim_cpucache(const struct sim *s)
{
	return s->cpucache;
}
