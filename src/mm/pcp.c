/*
 * pcp.c - per-CPU page lists: blocks of order 0..3 without the zone lock.
 *
 * What it is
 *	Each CPU has, in each zone, a list of free blocks for each order and
 *	migrate type.  Most page allocations and frees end here.
 *
 * How it works
 *	alloc: take the head; an empty list is refilled with batch >> order
 *	blocks from the buddy lists.  free: put at the head; when all lists
 *	together hold `high` pages, a bulk of them goes back:
 *
 *	  free ─► head [ hot ... cold ] tail ─► free_one_page()
 *	  alloc ◄─┘                     └─ beginning with the list just freed to
 *
 *	The bulk doubles with each flush that no allocation came between
 *	(free_factor), and freeing blocks of order > 0 while it does so flushes
 *	everything.
 *
 * Lock order
 *	pcp->lock, then zone->lock.  pcp->lock exists since 5.19; before, the
 *	CPU's interrupts are off instead (profiles before linux-6.1).  With it
 *	interrupts are on after the bulk of a flush: a softirq there finds it
 *	locked and goes to the buddy lists (machine.pcp_locked).
 *
 * Invariants (mm_check_pages())
 *	pcp->count = sum over lists of blocks << order
 *
 * What is charged
 *	COST_PAGE_PCP a block out, COST_PAGE_PCP_FREE a block in; on refill
 *	COST_PAGE_CHECK each 16 pages, under zone->lock as the kernel without
 *	CONFIG_DEBUG_VM; what the buddy lists charge on refill and flush.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1 as of 6.1.192 (the batch scale of a flush is limited to 5).
 *	Before 5.13 (profiles linux-2.6, linux-3.8, linux-5.3): order 0 only,
 *	a flush is one batch and takes turns between the types.  The list of
 *	cold pages of 2.6 is left out.
 */
#include "mm/memmap.h"
#include "mm/page_internal.h"
#include "mm/vmscan.h"

#define PCP_BATCH_SCALE_MAX 5

/* Whether @order goes through lists in the kernel of this profile. */
static bool old_pcp(const struct mm *mm)
{
	return mm->conf.profile < PROFILE_LINUX_6_1;
}

static inline void pcp_lock(const struct mm *mm, struct per_cpu_pages *pcp)
{
	if (likely(!old_pcp(mm)))
		spin_lock(mm->machine, &pcp->lock, LOCK_PCP);
}

static inline void pcp_unlock(const struct mm *mm, struct per_cpu_pages *pcp)
{
	if (likely(!old_pcp(mm)))
		spin_unlock(mm->machine, &pcp->lock);
}

/* A block goes on this CPU's list or leaves it. */
static COLD void touch_pcp_page(struct mm *mm, const struct zone *zone,
				pfn_t pfn, u32 list)
{
	touch_pcp(mm->machine, zone->idx, list);
	touch_page(mm->machine, pfn, TOUCH_WRITE);
}

static s32 rmqueue_bulk(struct mm *mm, struct zone *zone, u32 order, s32 count,
			struct page_list *list, enum migratetype mt,
			u32 alloc_flags)
{
	s32 i;

	spin_lock(mm->machine, &zone->lock, LOCK_ZONE);
	for (i = 0; i < count; i++) {
		pfn_t pfn = rmqueue_locked(mm, zone, order, mt, alloc_flags);
		struct page *page;

		if (pfn == PFN_NONE)
			break;
		page = pfn_to_page(mm, pfn);
		page->state = PAGE_PCP;
		page->order = (u8)order;
		page->migratetype = (u8)mt;
		/* As the kernel: the lowest pfn is handed out first. */
		page_list_add_tail(mm, list, pfn);
	}
	charge_page_check(mm, (u32)i << order);
	mod_zone_freepage_state(mm, zone, -((s64)i << order));
	spin_unlock(mm->machine, &zone->lock);
	return i;
}

static NO_INLINE void pcp_refill(struct mm *mm, struct zone *zone, u32 order,
				 enum migratetype mt, u32 alloc_flags,
				 struct per_cpu_pages *pcp,
				 struct page_list *list)
{
	s32 batch = pcp->batch;
	s32 got;

	if (batch > 1)
		batch = MAX(batch >> order, 2);
	got = rmqueue_bulk(mm, zone, order, batch, list, mt, alloc_flags);
	pcp->count += got << order;
	mm->vm_events[VM_EV_PCP_REFILL]++;
	mm->vm_events[VM_EV_PCP_REFILL_PAGES] += (u64)got << order;
	mm->vm_events[VM_EV_PCP_REFILL_BLOCKS] += (u64)got;
	note(mm->machine, MM_EV_PCP_REFILL, (u64)got << order, zone->idx);
}

pfn_t rmqueue_pcplist(struct mm *mm, struct zone *zone, u32 order,
		      enum migratetype mt, u32 alloc_flags)
{
	struct per_cpu_pages *pcp = &zone->pcp[mm->machine->cpu];
	struct page_list *list = &pcp->lists[order_to_pindex(mt, order)];
	pfn_t pfn, next;

	if (unlikely(mm->machine->pcp_locked) && !old_pcp(mm)) /* a trylock */
		return PFN_NONE;
	pcp_lock(mm, pcp);
	pcp->free_factor >>= 1;
	if (unlikely(list->head == PFN_NONE)) {
		pcp_refill(mm, zone, order, mt, alloc_flags, pcp, list);
		if (list->head == PFN_NONE) {
			pcp_unlock(mm, pcp);
			return PFN_NONE;
		}
	}
	pfn = list->head;
	CHECK(pfn_to_page(mm, pfn)->state == PAGE_PCP);
	next = pfn_to_page(mm, pfn)->next;
	list->head = next;
	if (next != PFN_NONE)
		pfn_to_page(mm, next)->prev = PFN_NONE;
	else
		list->tail = PFN_NONE;
	pcp->count -= 1 << order;
	charge(mm->machine, COST_PAGE_PCP, 1);
	if (touch_is_on(mm->machine))
		touch_pcp_page(mm, zone, pfn, order_to_pindex(mt, order));
	pcp_unlock(mm, pcp);
	return pfn;
}

/* The tail of a list goes to the buddy lists; returns its pages. */
static s32 free_tail(struct mm *mm, struct zone *zone,
		     struct per_cpu_pages *pcp, struct page_list *list,
		     u32 order)
{
	pfn_t pfn = list->tail;
	struct page *page = pfn_to_page(mm, pfn);

	CHECK(page->state == PAGE_PCP);
	page_list_del(mm, list, pfn);
	page->state = PAGE_UNTOUCHED;
	pcp->count -= 1 << order;
	mm->vm_events[VM_EV_PCP_DRAIN_BLOCKS]++;
	free_one_page(mm, zone, pfn, order, page->migratetype, false);
	return 1 << order;
}

/* The next list that is not empty, in turn; narrows the range as it goes. */
static u32 next_list(const struct per_cpu_pages *pcp, u32 pindex, u32 *min,
		     u32 *max)
{
	for (;;) {
		if (++pindex > *max)
			pindex = *min;
		if (pcp->lists[pindex].head != PFN_NONE)
			return pindex;
		if (pindex == *max)
			--*max;
		if (pindex == *min)
			++*min;
	}
}

void free_pcppages_bulk(struct mm *mm, struct zone *zone, s32 count,
			struct per_cpu_pages *pcp, u32 pindex)
{
	u32 min = 0, max = NR_PCP_LISTS - 1;
	s32 left;

	count = MIN(pcp->count, count);
	left = count;
	pindex--; /* so that it comes first */
	spin_lock(mm->machine, &zone->lock, LOCK_ZONE);
	while (left > 0) {
		struct page_list *list;
		u32 order;

		pindex = next_list(pcp, pindex, &min, &max);
		list = &pcp->lists[pindex];
		order = pindex_to_order(pindex);
		do {
			left -= free_tail(mm, zone, pcp, list, order);
		} while (left > 0 && list->head != PFN_NONE);
	}
	spin_unlock(mm->machine, &zone->lock);
	mm->vm_events[VM_EV_PCP_DRAIN]++;
	mm->vm_events[VM_EV_PCP_DRAIN_PAGES] += (u64)(count - left);
	note(mm->machine, MM_EV_PCP_DRAIN, (u64)(count - left), zone->idx);
}

/*
 * Before 5.13: the three lists of order 0 take turns, each giving one page
 * more in a row than the last when others were empty.
 */
static void free_pcppages_bulk_old(struct mm *mm, struct zone *zone, s32 count,
				   struct per_cpu_pages *pcp)
{
	u32 mt = 0, batch_free = 0;
	s32 left = MIN(pcp->count, count);

	mm->vm_events[VM_EV_PCP_DRAIN]++;
	mm->vm_events[VM_EV_PCP_DRAIN_PAGES] += (u64)left;
	note(mm->machine, MM_EV_PCP_DRAIN, (u64)left, zone->idx);
	spin_lock(mm->machine, &zone->lock, LOCK_ZONE);
	while (left > 0) {
		do {
			batch_free++;
			if (++mt == MIGRATE_PCPTYPES)
				mt = 0;
		} while (pcp->lists[mt].head == PFN_NONE);
		if (batch_free == MIGRATE_PCPTYPES)
			batch_free = (u32)left;
		do {
			left -= free_tail(mm, zone, pcp, &pcp->lists[mt], 0);
		} while (left > 0 && --batch_free &&
			 pcp->lists[mt].head != PFN_NONE);
	}
	spin_unlock(mm->machine, &zone->lock);
}

/* How many pages a flush gives back (nr_pcp_free()). */
static s32 nr_pcp_free(struct per_cpu_pages *pcp, s32 high, bool free_high)
{
	s32 batch = pcp->batch;
	s32 most = high - batch;
	s32 nr;

	if (free_high)
		return pcp->count;
	if (high < batch)
		return 1;
	nr = batch << pcp->free_factor;
	if (nr < most && pcp->free_factor < PCP_BATCH_SCALE_MAX)
		pcp->free_factor++;
	nr = MIN(nr, most);
	return MAX(nr, batch);
}

static NO_INLINE void pcp_flush(struct mm *mm, struct zone *zone,
				struct per_cpu_pages *pcp, u32 pindex,
				bool free_high)
{
	s32 high = pcp->high;

	if (unlikely(zone->reclaim_active)) {
		if (reclaim_goes_on(mm, zone))
			high = MIN(pcp->batch << 2, high);
		else if (!free_high && pcp->count < high)
			return;
	}
	if (old_pcp(mm))
		free_pcppages_bulk_old(mm, zone, pcp->batch, pcp);
	else
		free_pcppages_bulk(mm, zone, nr_pcp_free(pcp, high, free_high),
				   pcp, pindex);
}

void free_unref_page(struct mm *mm, struct zone *zone, pfn_t pfn, u32 order)
{
	struct per_cpu_pages *pcp = &zone->pcp[mm->machine->cpu];
	enum migratetype mt = get_pageblock_migratetype(mm, pfn);
	struct page *page = pfn_to_page(mm, pfn);
	bool free_high;
	u32 pindex;

	if (unlikely(mm->machine->pcp_locked) && !old_pcp(mm)) { /* likewise */
		free_page_buddy(mm, zone, pfn, order);
		return;
	}
	pcp_lock(mm, pcp);
	page->state = PAGE_PCP;
	page->order = (u8)order;
	/* As the kernel: kept, though the list is that of MOVABLE. */
	page->migratetype = (u8)mt;
	if (unlikely(mt >= MIGRATE_PCPTYPES))
		mt = MIGRATE_MOVABLE;
	pindex = order_to_pindex(mt, order);
	page_list_add(mm, &pcp->lists[pindex], pfn);
	pcp->count += 1 << order;
	mm->vm_events[VM_EV_PGFREE] += (u64)1 << order;
	charge(mm->machine, COST_PAGE_PCP_FREE, 1);
	if (touch_is_on(mm->machine))
		touch_pcp_page(mm, zone, pfn, pindex);
	page_line(mm, pfn);

	free_high = pcp->free_factor && order && order <= PCP_MAX_ORDER;
	if (unlikely(pcp->count >= pcp->high || free_high ||
		     (zone->reclaim_active && pcp->count >= pcp->batch << 2)))
		pcp_flush(mm, zone, pcp, pindex, free_high);
	pcp_unlock(mm, pcp);
}

void drain_pages_zone(struct mm *mm, u32 cpu, struct zone *zone)
{
	struct per_cpu_pages *pcp = &zone->pcp[cpu];

	if (!pcp->count)
		return;
	pcp_lock(mm, pcp);
	while (pcp->count)
		free_pcppages_bulk(mm, zone, pcp->batch << PCP_BATCH_SCALE_MAX,
				   pcp, 0);
	pcp_unlock(mm, pcp);
}

void drain_pages(struct mm *mm, u32 cpu)
{
	for (u32 i = 0; i < mm->nr_zones; i++)
		drain_pages_zone(mm, cpu, &mm->zones[i]);
}

void drain_all_pages(struct mm *mm)
{
	for (u32 cpu = 0; cpu < mm->conf.nr_cpus; cpu++)
		drain_pages(mm, cpu);
}

/* Unused lists of a remote node's zone go back after some rounds. */
static bool pcp_expire(struct mm *mm, struct zone *zone)
{
	struct per_cpu_pages *pcp = &zone->pcp[mm->machine->cpu];

	if (!pcp->expire || !pcp->count)
		return false;
	if (zone->node == mm->conf.cpu_to_node[mm->machine->cpu]) {
		pcp->expire = 0;
		return false;
	}
	if (--pcp->expire == 0) {
		pcp_lock(mm, pcp);
		free_pcppages_bulk(mm, zone, MIN(pcp->count, pcp->batch), pcp,
				   0);
		pcp_unlock(mm, pcp);
	}
	return true;
}

/*
 * Folds this CPU's counters of @zone; whether there was anything to fold.
 * Besides free pages a zone counts those on its LRU lists.
 */
static bool fold_zone(struct zone *zone, u32 cpu)
{
	struct per_cpu_zonestat *st = &zone->pcpstat[cpu];
	bool changed = st->lru_changed;

	st->lru_changed = false;
	if (!st->nr_free_diff)
		return changed;
	zone->nr_free_pages += st->nr_free_diff;
	st->nr_free_diff = 0;
	return true;
}

bool refresh_cpu_vm_stats(struct mm *mm)
{
	u32 cpu = mm->machine->cpu;
	bool changed = false;

	for (u32 i = 0; i < mm->nr_zones; i++) {
		struct zone *zone = &mm->zones[i];

		if (fold_zone(zone, cpu)) {
			/* Three seconds without use until it is drained. */
			zone->pcp[cpu].expire = 3;
			changed = true;
		}
		if (pcp_expire(mm, zone))
			changed = true;
	}
	return changed;
}
