/*
 * percpu.c - the per-CPU allocator (Linux 6.1, mm/percpu.c, percpu-vm.c).
 *
 * What it is
 *	One offset, a copy for every CPU.  Chunks of units (2 MiB a CPU) are
 *	mapped a page at a time, as areas need them.
 *
 * How it works
 *	slots by longest free run:   1   2   3  ...  19  side  free  depop
 *	                             │   │                │
 *	                           chunk chunk          chunk
 *
 *	alloc: the fullest slot that may fit, chunk by chunk; none: a new
 *	chunk.  Pages under the area that are not there are populated, one
 *	for every CPU on the CPU's node.  free: the chunk moves to the slot
 *	of its new longest run; the balance work later keeps 2..4 empty
 *	populated pages for atomic callers, gives surplus pages back from
 *	chunks that have many, and frees chunks beyond the first empty one.
 *
 * Lock order
 *	pcpu_alloc_mutex, then pcpu_lock, then the page allocator's.
 *
 * Invariants
 *	a chunk stands in the slot of its contig_hint	(percpu_check)
 *	nr_empty_pop_pages == sum over unisolated chunks (percpu_check)
 *	a chunk's map and hints agree			(pcpu_chunk_check)
 *
 * What is charged
 *	COST_PERCPU an operation; the pages populated are the page
 *	allocator's.
 *
 *	Boot: a unit is static data, the reserved area of modules, 28 KiB to
 *	give away; the latter two are chunks of their own.  The reserved one
 *	stands in no slot.  A later chunk takes what Linux takes for it: its
 *	struct and bitmaps (kzalloc, or vmalloc above a page), vmap_areas for
 *	its units at the top of vmalloc's addresses, page tables.
 *
 * What is left out
 *	Who pays for an area (memcg); the page allocator for the first chunk
 *	when nodes lie too far apart; an area is chunk and offset.
 */
#include "mm/percpu.h"

#include "mm/page_alloc.h"
#include "mm/slab.h"

#include "base/bug.h"
#include "base/xmalloc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PCPU_SLOT_BASE_SHIFT	 5
#define PCPU_SLOT_FAIL_THRESHOLD 3
#define PCPU_CHUNK_STRUCT_BYTES	 120u /* struct pcpu_chunk, bitmap not counted */
#define PCPU_BLOCK_MD_BYTES	 32u  /* struct pcpu_block_md: eight ints */
#define POINTER_BYTES		 8u

/* Slots */

static int fls_int(u32 x)
{
	return x ? 32 - __builtin_clz(x) : 0;
}

static int raw_slot(u32 size)
{
	return MAX(fls_int(size) - PCPU_SLOT_BASE_SHIFT + 2, 1);
}

static int size_to_slot(const struct percpu *p, u32 size)
{
	return size == p->unit_bytes ? p->free_slot : raw_slot(size);
}

static int chunk_slot(const struct percpu *p, const struct pcpu_chunk *c)
{
	if (c->free_bytes < PCPU_MIN_ALLOC_SIZE || !c->chunk_md.contig_hint)
		return 0;
	return size_to_slot(p,
			    (u32)c->chunk_md.contig_hint * PCPU_MIN_ALLOC_SIZE);
}

static void slot_del(struct percpu *p, struct pcpu_chunk *c)
{
	if (c->slot < 0)
		return;
	if (c->prev)
		c->prev->next = c->next;
	else
		p->slots[c->slot] = c->next;
	if (c->next)
		c->next->prev = c->prev;
	else
		p->slots_tail[c->slot] = c->prev;
	c->next = c->prev = NULL;
	c->slot = -1;
}

static void slot_move(struct percpu *p, struct pcpu_chunk *c, int slot,
		      bool front)
{
	slot_del(p, c);
	c->slot = slot;
	if (front) {
		c->next = p->slots[slot];
		p->slots[slot] = c;
		if (c->next)
			c->next->prev = c;
		else
			p->slots_tail[slot] = c;
	} else {
		c->prev = p->slots_tail[slot];
		p->slots_tail[slot] = c;
		if (c->prev)
			c->prev->next = c;
		else
			p->slots[slot] = c;
	}
}

/* Moves the chunk to where it belongs now; forward goes to the front. */
static void chunk_relocate(struct percpu *p, struct pcpu_chunk *c, int oslot)
{
	int nslot = chunk_slot(p, c);

	if (!c->isolated && c != p->reserved_chunk && oslot != nslot)
		slot_move(p, c, nslot, oslot < nslot);
}

/* As schedule_work(): on this CPU, if it is not waiting for one already. */
static void schedule_balance(struct percpu *p)
{
	if (p->balance_scheduled)
		return;
	p->balance_scheduled = true;
	p->balance_cpu = p->mm->machine->cpu;
}

/* Isolation: a chunk out of allocations' sight, to lose its empty pages */

static void update_empty_pages(struct percpu *p, struct pcpu_chunk *c, int nr)
{
	c->nr_empty_pop_pages += nr;
	if (!c->isolated && c != p->reserved_chunk)
		p->nr_empty_pop_pages += nr;
}

static void chunk_isolate(struct percpu *p, struct pcpu_chunk *c)
{
	if (!c->isolated) {
		c->isolated = true;
		p->nr_empty_pop_pages -= c->nr_empty_pop_pages;
	}
	slot_move(p, c, p->to_depopulate_slot, true);
}

static void chunk_reintegrate(struct percpu *p, struct pcpu_chunk *c)
{
	if (!c->isolated)
		return;
	c->isolated = false;
	p->nr_empty_pop_pages += c->nr_empty_pop_pages;
	chunk_relocate(p, c, -1);
}

static bool should_reclaim(const struct percpu *p, const struct pcpu_chunk *c)
{
	if (c == p->first_chunk || c == p->reserved_chunk)
		return false;
	if (c->isolated)
		return c->nr_empty_pop_pages > 0;
	return p->nr_empty_pop_pages >
		       PCPU_EMPTY_POP_HIGH + c->nr_empty_pop_pages &&
	       c->nr_empty_pop_pages >= c->nr_pages / 4;
}

/* Pages */

static void depopulate(struct percpu *p, struct pcpu_chunk *c, int start,
		       int end)
{
	u32 nr_cpus = p->mm->conf.nr_cpus;

	for (u32 cpu = 0; cpu < nr_cpus; cpu++) {
		for (int i = start; i < end; i++) {
			pfn_t *pfn = &c->pages[(size_t)i * nr_cpus + cpu];

			if (*pfn)
				free_pages(p->mm, pfn_to_page(p->mm, *pfn), 0);
			*pfn = PFN_NONE;
		}
	}
}

/* Linux keeps the pages' addresses in one array, made when first needed. */
static bool have_pages_array(struct percpu *p)
{
	u64 bytes = (u64)p->layout.nr_units * (p->unit_bytes / MM_PAGE_SIZE) *
		    POINTER_BYTES;

	if (p->traced)
		return true;
	if (!p->has_pages_array && p->vm)
		p->has_pages_array =
			vm_mem_alloc(p->vm, &p->pages_array, bytes, GFP_KERNEL);
	return p->has_pages_array;
}

static bool map_pages(struct percpu *p, const struct pcpu_chunk *c, int start,
		      int end)
{
	u64 base = c->areas ? vm_area_start(c->areas[0]) : 0;

	for (u32 cpu = 0; base && cpu < p->mm->conf.nr_cpus; cpu++)
		if (!vm_map(p->vm,
			    base + p->layout.unit_offset[cpu] +
				    (u64)start * MM_PAGE_SIZE,
			    (u64)(end - start) * MM_PAGE_SIZE))
			return false;
	return true;
}

static bool take_pages(struct percpu *p, struct pcpu_chunk *c, int start,
		       int end, gfp_t gfp)
{
	u32 nr_cpus = p->mm->conf.nr_cpus;

	for (u32 cpu = 0; cpu < nr_cpus; cpu++) {
		for (int i = start; i < end; i++) {
			struct page *page = alloc_pages_node(
				p->mm, p->mm->conf.cpu_to_node[cpu],
				gfp | GFP_HIGHMEM, 0);

			if (!page)
				return false;
			c->pages[(size_t)i * nr_cpus + cpu] =
				page_to_pfn(p->mm, page);
		}
	}
	return true;
}

static bool populate(struct percpu *p, struct pcpu_chunk *c, int start, int end,
		     gfp_t gfp)
{
	if (!c->pages)
		c->pages = xcalloc((size_t)c->nr_pages * p->mm->conf.nr_cpus,
				   sizeof(*c->pages));
	if (have_pages_array(p) && take_pages(p, c, start, end, gfp) &&
	    map_pages(p, c, start, end))
		return true;
	depopulate(p, c, start, end);
	return false;
}

static void mark_populated(struct percpu *p, struct pcpu_chunk *c, int start,
			   int end)
{
	bitmap_set(c->populated, (size_t)start, (size_t)(end - start));
	c->nr_populated += end - start;
	p->nr_populated += (u64)(end - start);
	update_empty_pages(p, c, end - start);
}

static void mark_depopulated(struct percpu *p, struct pcpu_chunk *c, int start,
			     int end)
{
	bitmap_clear(c->populated, (size_t)start, (size_t)(end - start));
	c->nr_populated -= end - start;
	p->nr_populated -= (u64)(end - start);
	update_empty_pages(p, c, start - end);
}

/* Chunks */

static u64 words_bytes(u64 bits)
{
	return BITMAP_WORDS(bits) * sizeof(u64);
}

static bool take_maps(struct percpu *p, struct pcpu_chunk *c, gfp_t gfp)
{
	u64 bits = p->unit_bytes / PCPU_MIN_ALLOC_SIZE;
	u64 pages = p->unit_bytes / MM_PAGE_SIZE;
	bool memcg = p->mm->conf.memcg_kmem;
	const u64 bytes[NR_PCPU_MAPS] = {
		[PCPU_MAP_CHUNK] = PCPU_CHUNK_STRUCT_BYTES +
				   memcg * POINTER_BYTES + words_bytes(pages),
		[PCPU_MAP_ALLOC] = words_bytes(bits),
		[PCPU_MAP_BOUND] = words_bytes(bits + 1),
		[PCPU_MAP_BLOCKS] = pages * PCPU_BLOCK_MD_BYTES,
		[PCPU_MAP_CGROUPS] = memcg ? bits * POINTER_BYTES : 0,
	};

	for (u32 i = 0; i < NR_PCPU_MAPS; i++)
		if (bytes[i] &&
		    !vm_mem_alloc(p->vm, &c->maps[i], bytes[i], gfp))
			return false;
	return true;
}

static bool take_areas(struct percpu *p, struct pcpu_chunk *c)
{
	const struct percpu_layout *l = &p->layout;
	u64 bytes = (u64)l->nr_groups * POINTER_BYTES;
	paddr_t vas;

	c->vms = kzalloc(p->mm, bytes, GFP_KERNEL);
	vas = kzalloc(p->mm, bytes, GFP_KERNEL);
	if (c->vms && vas)
		c->areas =
			vm_areas_get(p->vm, l->offset, l->bytes, l->nr_groups);
	if (vas)
		kfree(p->mm, vas);
	return c->areas;
}

/* What Linux has for the chunk itself goes back. */
static void chunk_unmap(struct percpu *p, struct pcpu_chunk *c)
{
	if (c->areas)
		vm_areas_put(p->vm, c->areas, p->layout.nr_groups);
	c->areas = NULL;
	if (c->vms)
		kfree(p->mm, c->vms);
	if (!p->vm)
		return;
	for (u32 i = NR_PCPU_MAPS; i-- > 0;)
		vm_mem_free(p->vm, &c->maps[i]);
}

static struct pcpu_chunk *chunk_create(struct percpu *p, gfp_t gfp)
{
	struct pcpu_chunk *c;

	if (!p->vm && !p->traced)
		return NULL;
	c = pcpu_chunk_new((int)(p->unit_bytes / MM_PAGE_SIZE));
	if (!p->traced) {
		if (!take_maps(p, c, gfp) || !take_areas(p, c)) {
			chunk_unmap(p, c);
			pcpu_chunk_delete(c);
			return NULL;
		}
		c->base = vm_area_start(c->areas[0]);
	}
	c->id = (u32)p->by_id.nr;
	*VEC_PUSH(&p->by_id) = c;
	c->slot = -1;
	p->nr_chunks++;
	return c;
}

static void chunk_destroy(struct percpu *p, struct pcpu_chunk *c)
{
	slot_del(p, c);
	if (c->pages) {
		depopulate(p, c, 0, c->nr_pages);
		p->nr_populated -= (u64)c->nr_populated;
	}
	chunk_unmap(p, c);
	p->nr_chunks--;
	p->by_id.at[c->id] = NULL;
	pcpu_chunk_delete(c);
}

/* Boot */

/* CPUs of each node; returns how many nodes have any. */
static u32 count_groups(const struct mm_conf *conf, u32 cpus[MM_NODES_MAX])
{
	u32 nr = 0;

	memset(cpus, 0, MM_NODES_MAX * sizeof(*cpus));
	for (u32 cpu = 0; cpu < conf->nr_cpus; cpu++)
		nr += !cpus[conf->cpu_to_node[cpu]]++;
	return nr;
}

u32 percpu_unit_bytes(const struct mm_conf *conf, u64 bytes)
{
	u32 least = (u32)MAX(bytes, (u64)PCPU_MIN_UNIT_BYTES);
	u32 alloc = (u32)ALIGN_UP(least, PCPU_UNIT_BYTES);
	u32 cpus[MM_NODES_MAX], last = UINT32_MAX, best = 1;

	count_groups(conf, cpus);
	for (u32 upa = alloc / least; upa; upa--) { /* units an allocation */
		u32 allocs = 0, wasted = 0;

		if (alloc % upa || alloc / upa % MM_PAGE_SIZE)
			continue;
		for (u32 n = 0; n < MM_NODES_MAX; n++) {
			u32 nr = DIV_ROUND_UP(cpus[n], upa);

			allocs += nr;
			wasted += nr * upa - cpus[n];
		}
		/* As the kernel: more than a third wasted is too much, and
		 * more allocations than with larger ones end the search. */
		if (wasted > conf->nr_cpus / 3)
			continue;
		if (allocs > last)
			break;
		last = allocs;
		best = upa;
	}
	return alloc / best;
}

/* Where boot's memory ends on @nid: the first chunk lies below, and so far
 * apart are groups in every chunk. */
static u64 node_end(const struct mm_conf *conf, u32 nid)
{
	u64 end = 0;

	for (u32 i = 0; i < conf->nr_ranges; i++)
		if (conf->ranges[i].nid == nid)
			end = MAX(end, conf->ranges[i].end_pfn);
	return ALIGN_UP(end * MM_PAGE_SIZE, PCPU_UNIT_BYTES);
}

static void lay_out(struct percpu *p)
{
	const struct mm_conf *conf = &p->mm->conf;
	struct percpu_layout *l = &p->layout;
	u32 cpus[MM_NODES_MAX], upa = MAX(PCPU_UNIT_BYTES / p->unit_bytes, 1u);
	u64 first = 0, next = 0;

	count_groups(conf, cpus);
	for (u32 n = 0; n < MM_NODES_MAX; n++) {
		u32 g = l->nr_groups, unit = 0;
		u64 end;

		if (!cpus[n])
			continue;
		end = node_end(conf, n);
		first = g ? first : end;
		l->offset[g] = MAX(end > first ? end - first : 0, next);
		l->bytes[g] = ALIGN_UP(cpus[n], upa) * (u64)p->unit_bytes;
		next = l->offset[g] + l->bytes[g];
		l->nr_units += (u32)ALIGN_UP(cpus[n], upa);
		l->nr_groups++;
		for (u32 cpu = 0; cpu < conf->nr_cpus; cpu++)
			if (conf->cpu_to_node[cpu] == n)
				l->unit_offset[cpu] =
					l->offset[g] +
					(u64)unit++ * p->unit_bytes;
	}
}

struct percpu *percpu_create_empty(struct mm *mm, u32 unit_bytes)
{
	struct percpu *p = xcalloc(1, sizeof(*p));

	p->mm = mm;
	p->unit_bytes = unit_bytes;
	p->sidelined_slot = raw_slot(unit_bytes) + 1;
	p->free_slot = p->sidelined_slot + 1;
	p->to_depopulate_slot = p->free_slot + 1;
	p->nr_slots = p->to_depopulate_slot + 1;
	BUG_ON(p->nr_slots > PCPU_SLOTS_MAX);
	lay_out(p);
	return p;
}

void percpu_adopt_chunk(struct percpu *p, struct pcpu_chunk *c, bool first,
			int slot)
{
	pcpu_rebuild_hints(c);
	c->id = (u32)p->by_id.nr;
	*VEC_PUSH(&p->by_id) = c;
	c->slot = -1;
	p->nr_chunks++;
	p->nr_populated += (u64)c->nr_populated;
	if (first) {
		c->immutable = true;
		p->first_chunk = c;
	} else {
		p->has_pages_array = true; /* it was populated once */
	}
	if (!c->isolated)
		p->nr_empty_pop_pages += c->nr_empty_pop_pages;
	slot_move(p, c, slot < 0 ? chunk_slot(p, c) : slot, false);
}

/* A chunk of boot: [@start, @start + @bytes) of a unit, in whole pages; what
 * else is in these pages is in use. */
static struct pcpu_chunk *boot_chunk(u32 start, u32 bytes)
{
	u32 before = start % MM_PAGE_SIZE;
	u32 end = (u32)ALIGN_UP(before + bytes, MM_PAGE_SIZE);
	struct pcpu_chunk *c = pcpu_chunk_new((int)(end / MM_PAGE_SIZE));
	u32 after = (end - before - bytes) / PCPU_MIN_ALLOC_SIZE;

	before /= PCPU_MIN_ALLOC_SIZE;
	if (before)
		pcpu_take_bits(c, 0, (int)before);
	if (after)
		pcpu_take_bits(c, pcpu_chunk_bits(c) - (int)after, (int)after);
	bitmap_set(c->populated, 0, (size_t)c->nr_pages);
	c->nr_populated = c->nr_pages;
	for (int i = 0; i < c->nr_pages; i++)
		c->nr_empty_pop_pages +=
			find_next_bit(c->alloc_map,
				      (size_t)(i + 1) * PCPU_BLOCK_BITS,
				      (size_t)i * PCPU_BLOCK_BITS) ==
			(size_t)(i + 1) * PCPU_BLOCK_BITS;
	return c;
}

static void adopt_reserved(struct percpu *p, struct pcpu_chunk *c)
{
	pcpu_rebuild_hints(c);
	c->id = (u32)p->by_id.nr;
	*VEC_PUSH(&p->by_id) = c;
	c->slot = -1;
	c->immutable = true;
	p->nr_chunks++;
	p->nr_populated += (u64)c->nr_populated;
	p->reserved_chunk = c;
}

struct percpu *percpu_create(struct mm *mm, const struct percpu_setup *setup)
{
	u32 fixed = (u32)ALIGN_UP(setup->static_bytes, PCPU_MIN_ALLOC_SIZE);
	u32 reserved = setup->reserved_bytes, sum, whole;
	struct percpu *p;

	sum = setup->static_bytes + reserved + setup->dynamic_bytes;
	whole = (u32)ALIGN_UP(sum, MM_PAGE_SIZE);
	p = percpu_create_empty(mm, percpu_unit_bytes(&mm->conf, whole));
	percpu_adopt_chunk(
		p, boot_chunk(fixed + reserved, whole - fixed - reserved), true,
		-1);
	p->reserved_bytes = reserved;
	p->traced = setup->traced;
	if (reserved)
		adopt_reserved(p, boot_chunk(fixed, reserved));
	return p;
}

void percpu_destroy(struct percpu *p)
{
	for (int s = 0; s < p->nr_slots; s++) {
		while (p->slots[s]) {
			struct pcpu_chunk *c = p->slots[s];

			slot_del(p, c);
			pcpu_chunk_delete(c);
		}
	}
	if (p->reserved_chunk)
		pcpu_chunk_delete(p->reserved_chunk);
	vmspace_destroy(p->vm);
	VEC_FREE(&p->by_id);
	free(p);
}

/* Allocation */

static int try_chunk(struct percpu *p, struct pcpu_chunk *c, int slot, int bits,
		     int align, bool atomic)
{
	int oslot = chunk_slot(p, c), change = 0, off;
	int start = pcpu_find_block_fit(c, bits, align, atomic);

	if (start < 0) {
		if (slot < PCPU_SLOT_FAIL_THRESHOLD)
			slot_move(p, c, 0, true);
		return -1;
	}
	off = pcpu_alloc_area(c, bits, align, start, &change);
	if (off < 0)
		return -1;
	update_empty_pages(p, c, change);
	chunk_relocate(p, c, oslot);
	chunk_reintegrate(p, c);
	return off;
}

static int try_slots(struct percpu *p, u32 size, int align, bool atomic,
		     struct pcpu_chunk **found)
{
	for (int slot = size_to_slot(p, size); slot <= p->free_slot; slot++) {
		struct pcpu_chunk *next;

		for (struct pcpu_chunk *c = p->slots[slot]; c; c = next) {
			int off;

			next = c->next;
			off = try_chunk(p, c, slot,
					(int)(size / PCPU_MIN_ALLOC_SIZE),
					align, atomic);
			if (off >= 0) {
				*found = c;
				return off;
			}
		}
	}
	return -1;
}

/* Populates what is missing under [@off, + @size); false: no memory. */
static bool populate_area(struct percpu *p, struct pcpu_chunk *c, u32 off,
			  u32 size, gfp_t gfp)
{
	size_t end = DIV_ROUND_UP(off + size, MM_PAGE_SIZE);
	size_t rs = off / MM_PAGE_SIZE, re;

	while ((rs = find_next_zero_bit(c->populated, end, rs)) < end) {
		re = find_next_bit(c->populated, end, rs);
		BUG_ON(c->immutable);
		if (!populate(p, c, (int)rs, (int)re, gfp))
			return false;
		mark_populated(p, c, (int)rs, (int)re);
		rs = re;
	}
	return true;
}

static void area_release(struct percpu *p, struct pcpu_chunk *c, u32 off)
{
	int oslot = chunk_slot(p, c), change = 0;

	pcpu_free_area(c, (int)off, &change);
	update_empty_pages(p, c, change);
	chunk_relocate(p, c, oslot);
}

static struct pcpu_area alloc_failed(struct percpu *p, bool atomic)
{
	if (atomic) {
		p->atomic_alloc_failed = true;
		schedule_balance(p);
	}
	return (struct pcpu_area){0};
}

static bool bad_request(const struct percpu *p, u32 size, u32 align)
{
	return !size || size > p->unit_bytes || size > PCPU_MIN_UNIT_BYTES ||
	       align > MM_PAGE_SIZE || (align & (align - 1));
}

/* Room for @size bytes, with pages behind it unless @atomic; else no chunk. */
static struct pcpu_area take_area(struct percpu *p, u32 size, u32 align,
				  bool atomic, gfp_t gfp)
{
	struct machine *m = p->mm->machine;
	struct pcpu_chunk *c = NULL;
	int off;

	for (;;) {
		spin_lock(m, &p->lock, LOCK_PCPU);
		off = try_slots(p, size, (int)(align / PCPU_MIN_ALLOC_SIZE),
				atomic, &c);
		spin_unlock(m, &p->lock);
		if (off >= 0)
			break;
		if (atomic)
			return (struct pcpu_area){0};
		if (!p->slots[p->free_slot]) {
			c = chunk_create(p, gfp);
			if (!c)
				return (struct pcpu_area){0};
			spin_lock(m, &p->lock, LOCK_PCPU);
			chunk_relocate(p, c, -1);
			spin_unlock(m, &p->lock);
		}
	}
	if (!atomic && !populate_area(p, c, (u32)off, size, gfp)) {
		spin_lock(m, &p->lock, LOCK_PCPU);
		area_release(p, c, (u32)off);
		spin_unlock(m, &p->lock);
		return (struct pcpu_area){0};
	}
	return (struct pcpu_area){c, (u32)off, size};
}

/* As take_area(), of the reserved chunk. */
static struct pcpu_area take_reserved(struct percpu *p, u32 size, u32 align,
				      bool atomic)
{
	struct pcpu_chunk *c = p->reserved_chunk;
	int bits = (int)(size / PCPU_MIN_ALLOC_SIZE), change = 0, off;
	int align_bits = (int)(align / PCPU_MIN_ALLOC_SIZE);

	spin_lock(p->mm->machine, &p->lock, LOCK_PCPU);
	off = pcpu_find_block_fit(c, bits, align_bits, atomic);
	if (off >= 0)
		off = pcpu_alloc_area(c, bits, align_bits, off, &change);
	if (off >= 0)
		update_empty_pages(p, c, change);
	spin_unlock(p->mm->machine, &p->lock);
	return off < 0 ? (struct pcpu_area){0}
		       : (struct pcpu_area){c, (u32)off, size};
}

/* A cache may have to be made: not under pcpu_alloc_mutex. */
static void have_vmspace(struct percpu *p)
{
	if (!p->vm && !p->traced)
		p->vm = vmspace_create(p->mm);
}

static struct pcpu_area alloc_area(struct percpu *p, u32 asked, u32 align,
				   bool reserved, gfp_t gfp)
{
	bool atomic = (gfp & GFP_KERNEL) != GFP_KERNEL;
	gfp_t pcpu_gfp = gfp & (GFP_KERNEL | GFP_NORETRY | GFP_NOWARN);
	u32 size = (u32)ALIGN_UP(asked, PCPU_MIN_ALLOC_SIZE);
	struct pcpu_area area;

	charge(p->mm->machine, COST_PERCPU, 1);
	if (bad_request(p, asked, align))
		return (struct pcpu_area){0};
	align = MAX(align, (u32)PCPU_MIN_ALLOC_SIZE);
	if (!atomic) {
		have_vmspace(p);
		spin_lock(p->mm->machine, &p->mutex, LOCK_PCPU_MUTEX);
	}
	if (reserved && p->reserved_chunk)
		area = take_reserved(p, size, align, atomic);
	else
		area = take_area(p, size, align, atomic, pcpu_gfp);
	if (!atomic)
		spin_unlock(p->mm->machine, &p->mutex);
	if (!area.chunk)
		return alloc_failed(p, atomic);
	if (p->nr_empty_pop_pages < PCPU_EMPTY_POP_LOW)
		schedule_balance(p);
	p->nr_alloc++;
	p->bytes_requested += asked;
	area.bytes = asked;
	return area;
}

struct pcpu_area alloc_percpu_gfp(struct percpu *p, u32 size, u32 align,
				  gfp_t gfp)
{
	return alloc_area(p, size, align, false, gfp);
}

struct pcpu_area alloc_reserved_percpu(struct percpu *p, u32 size, u32 align,
				       gfp_t gfp)
{
	return alloc_area(p, size, align, true, gfp);
}

struct pcpu_area alloc_percpu(struct percpu *p, u32 size, u32 align)
{
	return alloc_percpu_gfp(p, size, align, GFP_KERNEL);
}

void free_percpu(struct percpu *p, struct pcpu_area area)
{
	struct pcpu_chunk *c = area.chunk;

	if (!c)
		return;
	spin_lock(p->mm->machine, &p->lock, LOCK_PCPU);
	charge(p->mm->machine, COST_PERCPU, 1);
	p->nr_free++;
	p->bytes_requested -= area.bytes;
	area_release(p, c, area.offset);
	if (!c->isolated && (u32)c->free_bytes == p->unit_bytes) {
		const struct pcpu_chunk *other = p->slots[p->free_slot];

		/* More than one wholly free chunk: one of them can go. */
		if (other != c || c->next)
			schedule_balance(p);
	} else if (should_reclaim(p, c)) {
		chunk_isolate(p, c);
		schedule_balance(p);
	}
	spin_unlock(p->mm->machine, &p->lock);
}

/* The balance work */

static void balance_free(struct percpu *p, bool empty_only)
{
	struct pcpu_chunk *next, *first = p->slots[p->free_slot];

	for (struct pcpu_chunk *c = first ? first->next : NULL; c; c = next) {
		next = c->next;
		if (empty_only && c->nr_empty_pop_pages)
			continue;
		p->nr_empty_pop_pages -= c->nr_empty_pop_pages;
		chunk_destroy(p, c);
	}
}

/* Empty pages go back, last first; true: stopped, there are too few left. */
static bool reclaim_chunk(struct percpu *p, struct pcpu_chunk *c)
{
	int end = -1;

	for (int i = c->nr_pages - 1; i >= 0; i--) {
		const struct pcpu_block_md *b = &c->md_blocks[i];

		if (!c->nr_empty_pop_pages)
			return false;
		if (p->nr_empty_pop_pages < PCPU_EMPTY_POP_HIGH)
			return true;
		if (b->contig_hint == PCPU_BLOCK_BITS &&
		    bit_test(c->populated, (size_t)i)) {
			if (end < 0)
				end = i;
			if (i > 0)
				continue;
			i--; /* the range reaches down to page 0 */
		}
		if (end < 0)
			continue;
		depopulate(p, c, i + 1, end + 1);
		mark_depopulated(p, c, i + 1, end + 1);
		end = -1;
	}
	return false;
}

static void reclaim_populated(struct percpu *p)
{
	struct pcpu_chunk *c;

	while ((c = p->slots[p->to_depopulate_slot]) != NULL) {
		bool stopped = reclaim_chunk(p, c);

		if (stopped || (u32)c->free_bytes == p->unit_bytes)
			chunk_reintegrate(p, c);
		else
			slot_move(p, c, p->sidelined_slot, false);
	}
}

static struct pcpu_chunk *first_unpopulated(struct percpu *p, int slot)
{
	struct pcpu_chunk *c = p->slots[slot];

	while (c && c->nr_pages == c->nr_populated)
		c = c->next;
	return c;
}

/* Populates up to @want pages of @c; returns how many are still wanted. */
static int populate_some(struct percpu *p, struct pcpu_chunk *c, int want)
{
	const gfp_t gfp = GFP_KERNEL | GFP_NORETRY | GFP_NOWARN;
	size_t nr_pages = (size_t)c->nr_pages, rs = 0;

	while (want && (rs = find_next_zero_bit(c->populated, nr_pages, rs)) <
			       nr_pages) {
		size_t re = find_next_bit(c->populated, nr_pages, rs);
		int nr = MIN((int)(re - rs), want);

		if (!populate(p, c, (int)rs, (int)rs + nr, gfp))
			return 0;
		mark_populated(p, c, (int)rs, (int)rs + nr);
		want -= nr;
		rs = re;
	}
	return want;
}

static void balance_populated(struct percpu *p)
{
	for (;;) {
		int want = p->atomic_alloc_failed
				   ? PCPU_EMPTY_POP_HIGH
				   : CLAMP(PCPU_EMPTY_POP_HIGH -
						   p->nr_empty_pop_pages,
					   0, PCPU_EMPTY_POP_HIGH);
		struct pcpu_chunk *c;

		p->atomic_alloc_failed = false;
		for (int slot = size_to_slot(p, MM_PAGE_SIZE);
		     want && slot <= p->free_slot; slot++) {
			c = first_unpopulated(p, slot);
			if (c)
				want = populate_some(p, c, want);
		}
		if (!want)
			return;
		c = chunk_create(p, GFP_KERNEL | GFP_NORETRY | GFP_NOWARN);
		if (!c)
			return;
		chunk_relocate(p, c, -1);
	}
}

void percpu_balance(struct percpu *p)
{
	if (!p->balance_scheduled)
		return;
	p->balance_scheduled = false;
	have_vmspace(p);
	balance_free(p, false);
	reclaim_populated(p);
	balance_populated(p);
	balance_free(p, true);
}

int percpu_check(const struct percpu *p, struct err *e)
{
	const char *reserved =
		p->reserved_chunk ? pcpu_chunk_check(p->reserved_chunk) : NULL;
	int empty = 0;

	if (reserved)
		return err_set(e, -EUCLEAN, "percpu: reserved chunk: %s",
			       reserved);
	for (int s = 0; s < p->nr_slots; s++) {
		for (const struct pcpu_chunk *c = p->slots[s]; c; c = c->next) {
			const char *wrong = pcpu_chunk_check(c);

			if (!wrong && c->slot != s)
				wrong = "it stands in another slot's list";
			if (wrong)
				return err_set(e, -EUCLEAN,
					       "percpu: chunk %u: %s", c->id,
					       wrong);
			if (!c->isolated)
				empty += c->nr_empty_pop_pages;
		}
	}
	if (empty != p->nr_empty_pop_pages)
		return err_set(e, -EUCLEAN,
			       "percpu: %d empty populated pages counted, %d "
			       "there",
			       p->nr_empty_pop_pages, empty);
	return vmspace_check(p->vm, e);
}
