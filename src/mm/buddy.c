/*
 * buddy.c - free areas: blocks of 2^order pages, split and merged.
 *
 * What it is
 *	The lists of free blocks of each zone, by order and migrate type, and
 *	the two moves of the buddy system.  No policy: which type to take from
 *	is decided in migratetype.c, which zone in page_alloc.c.
 *
 * How it works
 *	Taking order 0 when the smallest block is of order 3; each upper half
 *	goes to the head of its list, the lowest page is handed out:
 *
 *	  pfn  8   9   10      12              16
 *	       ├───┼───┼───────┼───────────────┤
 *	       │out│ 0 │   1   │       2       │
 *
 *	A freed block merges with its buddy (pfn XOR 2^order) as long as that
 *	is free, of the same order.  The result goes to the head of its list,
 *	but to the tail when its next higher merge is likely soon (the buddy
 *	of the block that would arise is free already): then it should be
 *	used last.
 *
 *	Blocks of the largest order that nobody has touched since boot are a
 *	run of numbers in struct zone, not list entries: see free_area_head().
 *
 * Lock order
 *	zone->lock is held by the caller, but for boot.
 *
 * Invariants (mm_check_pages())
 *	area->nr_free = sum over types of nr_free_type
 *	nr_free_type  = blocks on the list + blocks in the virgin run
 *	free_mask[mt] bit o = nr_free_type[mt] of order o > 0
 *	no two free buddies of an order < MAX_ORDER - 1 that might merge
 *
 * What is charged
 *	COST_PAGE_BUDDY a block out, COST_PAGE_BUDDY_FREE a block in,
 *	COST_BUDDY_SPLIT a halving, COST_BUDDY_MERGE a merge,
 *	COST_FOREIGN_PAGE a struct page that another CPU touched last (its
 *	line has to come from there): a block, those beside it on a list, the
 *	buddies that a free looks at.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1.  No guard pages, no isolation, no page reporting.
 */
#include "mm/compaction.h"
#include "mm/memmap.h"
#include "mm/page_internal.h"

#include "base/xmalloc.h"

#include <stdlib.h>

static inline void account_add(struct zone *zone, u32 order,
			       enum migratetype mt)
{
	struct free_area *area = &zone->free_area[order];

	area->nr_free++;
	area->nr_free_type[mt]++;
	zone->free_mask[mt] |= (u16)(1u << order);
}

static inline void account_del(struct zone *zone, u32 order,
			       enum migratetype mt)
{
	struct free_area *area = &zone->free_area[order];

	CHECK(area->nr_free_type[mt] > 0);
	area->nr_free--;
	if (--area->nr_free_type[mt] == 0)
		zone->free_mask[mt] &= (u16) ~(1u << order);
}

static inline struct page *set_buddy(struct mm *mm, pfn_t pfn, u32 order,
				     enum migratetype mt)
{
	struct page *page = pfn_to_page(mm, pfn);

	page->state = PAGE_BUDDY;
	page->order = (u8)order;
	page->migratetype = (u8)mt;
	page->flags = 0;
	return page;
}

static void touch_line(struct mm *mm, pfn_t pfn, enum touch how)
{
	touch_page(mm->machine, pfn, how);
	page_line(mm, pfn);
}

/* A block goes on a zone's list or leaves it: the list's head, the block's
 * struct page and those beside it. */
static COLD void touch_list(struct mm *mm, const struct zone *zone, u32 order,
			    const struct page *page)
{
	touch_free_area(mm->machine, zone->idx, zone->node, order);
	touch_line(mm, page_to_pfn(mm, page), TOUCH_WRITE);
	if (page->prev)
		touch_line(mm, page->prev, TOUCH_WRITE);
	if (page->next)
		touch_line(mm, page->next, TOUCH_WRITE);
}

/* Does it matter to anybody which lines are touched? */
static inline bool lines_matter(const struct mm *mm)
{
	return unlikely(mm->line_cpu) || touch_is_on(mm->machine);
}

void add_to_free_list(struct mm *mm, struct zone *zone, pfn_t pfn, u32 order,
		      enum migratetype mt)
{
	set_buddy(mm, pfn, order, mt);
	page_list_add(mm, &zone->free_area[order].list[mt], pfn);
	account_add(zone, order, mt);
	if (lines_matter(mm))
		touch_list(mm, zone, order, pfn_to_page(mm, pfn));
}

static bool virgin_list(const struct zone *zone, u32 order, enum migratetype mt)
{
	return order == MAX_ORDER - 1 && mt == MIGRATE_MOVABLE &&
	       zone->virgin_pfn != zone->virgin_end_pfn;
}

void add_to_free_list_tail(struct mm *mm, struct zone *zone, pfn_t pfn,
			   u32 order, enum migratetype mt)
{
	set_buddy(mm, pfn, order, mt);
	page_list_add_tail(mm, &zone->free_area[order].list[mt], pfn);
	account_add(zone, order, mt);
	if (lines_matter(mm))
		touch_list(mm, zone, order, pfn_to_page(mm, pfn));
	if (virgin_list(zone, order, mt) && zone->virgin_behind == PFN_NONE)
		zone->virgin_behind = pfn;
}

void del_from_free_list(struct mm *mm, struct zone *zone, pfn_t pfn, u32 order)
{
	struct page *page = pfn_to_page(mm, pfn);
	enum migratetype mt = page->migratetype;

	CHECK(page->state == PAGE_BUDDY);
	CHECK(page->order == order);
	if (lines_matter(mm))
		touch_list(mm, zone, order, page);
	if (unlikely(zone->virgin_behind == pfn))
		zone->virgin_behind = page->next;
	page_list_del(mm, &zone->free_area[order].list[mt], pfn);
	account_del(zone, order, mt);
	page->state = PAGE_UNTOUCHED;
}

void move_to_free_list(struct mm *mm, struct zone *zone, pfn_t pfn, u32 order,
		       enum migratetype mt)
{
	del_from_free_list(mm, zone, pfn, order);
	add_to_free_list_tail(mm, zone, pfn, order, mt);
}

pfn_t free_area_head(struct mm *mm, struct zone *zone, u32 order,
		     enum migratetype mt)
{
	struct page_list *list = &zone->free_area[order].list[mt];

	if (unlikely(virgin_list(zone, order, mt)) &&
	    list->head == zone->virgin_behind) {
		pfn_t pfn = (pfn_t)zone->virgin_pfn;

		/* Counted already; now it becomes a block like others. */
		zone->virgin_pfn += MAX_ORDER_NR_PAGES;
		set_buddy(mm, pfn, order, mt);
		page_list_add(mm, list, pfn);
	}
	return list->head;
}

/* Halves the block at @pfn until it is of order @low. */
static void expand(struct mm *mm, struct zone *zone, pfn_t pfn, u32 low,
		   u32 high, enum migratetype mt)
{
	charge(mm->machine, COST_BUDDY_SPLIT, high - low);
	mm->vm_events[VM_EV_BUDDY_SPLIT] += high - low;
	while (high > low) {
		high--;
		add_to_free_list(mm, zone, pfn + ((pfn_t)1 << high), high, mt);
	}
}

pfn_t rmqueue_smallest(struct mm *mm, struct zone *zone, u32 order,
		       enum migratetype mt)
{
	u32 mask = (u32)zone->free_mask[mt] >> order;
	u32 current_order;
	pfn_t pfn;

	if (!mask)
		return PFN_NONE;
	current_order = order + (u32)__builtin_ctz(mask);
	pfn = free_area_head(mm, zone, current_order, mt);
	CHECK(pfn != PFN_NONE);
	del_from_free_list(mm, zone, pfn, current_order);
	if (current_order != order)
		expand(mm, zone, pfn, order, current_order, mt);
	charge(mm->machine, COST_PAGE_BUDDY, 1);
	return pfn;
}

static inline bool page_is_buddy(const struct mm *mm, pfn_t buddy, u32 order)
{
	const struct page *page = pfn_to_page(mm, buddy);

	return page->state == PAGE_BUDDY && page->order == order;
}

/*
 * As the kernel: a block whose merge partner one order up is free already is
 * left alone as long as possible.
 */
static bool buddy_merge_likely(struct mm *mm, pfn_t pfn, u32 order)
{
	pfn_t higher;

	if (order >= MAX_ORDER - 2)
		return false;
	higher = (pfn & ~((pfn_t)1 << order)) ^ ((pfn_t)1 << (order + 1));
	if (lines_matter(mm))
		touch_line(mm, higher, TOUCH_READ);
	return page_is_buddy(mm, higher, order + 1);
}

/* One fair bit of the seeded stream (splitmix64). */
static bool shuffle_pick_tail(struct mm *mm)
{
	u64 z = mm->shuffle_state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (z ^ (z >> 31)) & 1;
}

/* Above the pageblock, types that do not mix must not merge. */
static bool merge_forbidden(const struct mm *mm, pfn_t buddy, u32 order,
			    enum migratetype mt)
{
	enum migratetype buddy_mt;

	if (likely(order < PAGEBLOCK_ORDER))
		return false;
	buddy_mt = get_pageblock_migratetype(mm, buddy);
	return mt != buddy_mt && (!migratetype_is_mergeable(mt) ||
				  !migratetype_is_mergeable(buddy_mt));
}

void free_one_page(struct mm *mm, struct zone *zone, pfn_t pfn, u32 order,
		   enum migratetype mt, bool to_tail)
{
	bool lines = lines_matter(mm);
	u32 merges = 0;

	CHECK((pfn & (((pfn_t)1 << order) - 1)) == 0);
	pfn_to_page(mm, pfn)->state = PAGE_UNTOUCHED;
	mod_zone_freepage_state(mm, zone, (s64)1 << order);
	if (lines)
		touch_line(mm, pfn, TOUCH_WRITE);
	while (order < MAX_ORDER - 1) {
		pfn_t buddy = pfn ^ ((pfn_t)1 << order);

		if (unlikely(mm->capture) &&
		    compaction_capture(mm, zone, pfn, order, mt)) {
			mod_zone_freepage_state(mm, zone, -((s64)1 << order));
			return;
		}
		if (unlikely(lines))
			touch_line(mm, buddy, TOUCH_READ);
		if (!page_is_buddy(mm, buddy, order) ||
		    merge_forbidden(mm, buddy, order, mt))
			break;
		del_from_free_list(mm, zone, buddy, order);
		pfn &= buddy;
		order++;
		merges++;
	}
	if (!to_tail) {
		if (mm->conf.shuffle_page_allocator && order == MAX_ORDER - 1)
			to_tail = shuffle_pick_tail(mm);
		else
			to_tail = buddy_merge_likely(mm, pfn, order);
	}
	if (to_tail)
		add_to_free_list_tail(mm, zone, pfn, order, mt);
	else
		add_to_free_list(mm, zone, pfn, order, mt);
	charge(mm->machine, COST_PAGE_BUDDY_FREE, 1);
	if (merges) {
		charge(mm->machine, COST_BUDDY_MERGE, merges);
		mm->vm_events[VM_EV_BUDDY_MERGE] += merges;
	}
}

void free_boot_range(struct mm *mm, struct zone *zone, u64 start, u64 end,
		     bool virgin)
{
	u64 pfn = start;

	zone->nr_free_pages += (s64)(end - start);
	while (pfn < end) {
		u32 order = (u32)MIN(__builtin_ctzll(pfn), MAX_ORDER - 1);

		while (pfn + ((u64)1 << order) > end)
			order--;
		if (virgin && order == MAX_ORDER - 1) {
			u64 stop = end & ~(MAX_ORDER_NR_PAGES - 1);
			u64 blocks = (stop - pfn) / MAX_ORDER_NR_PAGES;
			struct free_area *area = &zone->free_area[order];

			zone->virgin_pfn = pfn;
			zone->virgin_end_pfn = stop;
			area->nr_free += blocks;
			area->nr_free_type[MIGRATE_MOVABLE] += blocks;
			zone->free_mask[MIGRATE_MOVABLE] |= (u16)(1u << order);
			virgin = false;
			pfn = stop;
			continue;
		}
		add_to_free_list_tail(mm, zone, (pfn_t)pfn, order,
				      MIGRATE_MOVABLE);
		pfn += (u64)1 << order;
	}
}

/* A number below @n of the seeded stream. */
static u64 shuffle_below(struct mm *mm, u64 n)
{
	u64 bits = 0;

	for (u32 i = 0; i < 40; i++)
		bits = bits << 1 | (shuffle_pick_tail(mm) ? 1 : 0);
	return bits % n;
}

/*
 * Swaps the blocks of the largest order about (Fisher and Yates), as the
 * kernel does at boot.  Virgin blocks are made explicit for it, so a machine
 * with a shuffled allocator costs host memory for each of its blocks.
 */
void shuffle_zone(struct mm *mm, struct zone *zone)
{
	struct free_area *area = &zone->free_area[MAX_ORDER - 1];
	u64 n = area->nr_free_type[MIGRATE_MOVABLE];
	pfn_t *blocks = xcalloc((size_t)n + 1, sizeof(*blocks));

	for (u64 i = 0; i < n; i++) {
		blocks[i] = free_area_head(mm, zone, MAX_ORDER - 1,
					   MIGRATE_MOVABLE);
		del_from_free_list(mm, zone, blocks[i], MAX_ORDER - 1);
	}
	for (u64 i = n; i > 1; i--) {
		u64 j = shuffle_below(mm, i);
		pfn_t t = blocks[i - 1];

		blocks[i - 1] = blocks[j];
		blocks[j] = t;
	}
	for (u64 i = 0; i < n; i++)
		add_to_free_list_tail(mm, zone, blocks[i], MAX_ORDER - 1,
				      MIGRATE_MOVABLE);
	free(blocks);
}
