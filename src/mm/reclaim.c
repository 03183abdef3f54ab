/*
 * reclaim.c - one pass of reclaim over a node.
 *
 * What it is
 *	shrink_node() of Linux, cut into pieces that each take a bounded time,
 *	so that kswapd can be an actor among others.
 *
 * How it works
 *	A pass at priority p looks at 2^-p of each list, oldest first, in
 *	pieces of 32 pages:
 *
 *	  inactive anonymous ── to swap, if there is any (shrink_page.c)
 *	  active anonymous   ── when larger than inactive: aged to inactive
 *	  inactive file      ── freed, once it is clean
 *	  active file        ── as the other
 *	  shrinkers          ── 4 / seeks * count * 2^-p objects each, in batches
 *
 *	How the pass is split between anonymous and file pages is
 *	scan_balance()'s.  A page whose zone is of no use to the request goes
 *	back to the head.
 *
 * Lock order
 *	None: one operation runs at a time.
 *
 * Invariants
 *	pgsteal <= pgscan; nr[] <= targets[].
 *
 * What is charged
 *	COST_LRU_SCAN a page looked at, COST_SHRINK_SCAN an object looked at
 *	by a shrinker; see shrink_page.c.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1's classic LRU.  Older profiles balance anonymous and file
 *	pages by 6.1's costs, too.  Reclaim for compaction
 *	(should_continue_reclaim) and memory cgroups are left out.
 */
#include "mm/reclaim.h"

#include "mm/filemap.h"
#include "mm/page_alloc.h"
#include "mm/page_internal.h"
#include "mm/swap.h"

void register_shrinker(struct mm *mm, struct shrinker *s)
{
	struct shrinker **at = &mm->shrinkers;

	BUG_ON(!s->batch);
	while (*at) /* in the order of registration */
		at = &(*at)->next;
	s->next = NULL;
	*at = s;
}

u64 zone_reclaimable_pages(const struct mm *mm, const struct zone *zone)
{
	const u64 *pages;

	if (!mm->lruvecs)
		return 0;
	pages = mm->lruvecs[zone->node].zone_pages[zone->type];
	return pages[LRU_INACTIVE_FILE] + pages[LRU_ACTIVE_FILE] +
	       (swap_nr_free(mm)
			? pages[LRU_INACTIVE_ANON] + pages[LRU_ACTIVE_ANON]
			: 0);
}

static u64 int_sqrt(u64 x)
{
	u64 root = 0;

	while ((root + 1) * (root + 1) <= x)
		root++;
	return root;
}

u64 eligible_pages(const struct lruvec *vec, enum lru_list lru,
		   enum zone_type highest)
{
	u64 pages = 0;

	for (u32 type = 0; type <= (u32)highest; type++)
		pages += vec->zone_pages[type][lru];
	return pages;
}

/* Below 1 GiB half of the pages should be inactive, later less. */
static bool inactive_is_low(const struct lruvec *vec, bool file)
{
	u32 lru = file ? LRU_INACTIVE_FILE : LRU_INACTIVE_ANON;
	u64 inactive = vec->nr_pages[lru];
	u64 active = vec->nr_pages[lru + 1];
	u64 gib = (inactive + active) >> (30 - PAGE_SHIFT);
	u64 ratio = gib ? int_sqrt(10 * gib) : 1;

	return inactive * ratio < active;
}

/*
 * Files have next to nothing: what they have and what is free together would
 * not reach the high watermarks.
 */
static bool file_is_tiny(const struct mm *mm, const struct scan_control *sc)
{
	const struct lruvec *vec = &mm->lruvecs[sc->nid];
	u64 pages = vec->nr_pages[LRU_INACTIVE_FILE] +
		    vec->nr_pages[LRU_ACTIVE_FILE];
	u64 high = 0;

	for (u32 type = 0; type < MAX_NR_ZONES; type++) {
		const struct zone *zone = mm->nodes[sc->nid].zones[type];

		if (!zone)
			continue;
		pages += (u64)zone_free_pages(zone);
		if (zone->managed_pages)
			high += wmark_pages(zone, WMARK_HIGH);
	}
	return pages <= high && !sc->may_deactivate[false] &&
	       vec->nr_pages[LRU_INACTIVE_ANON] >> sc->priority;
}

/* Parts of @whole that each kind of page is to give. */
struct balance {
	u64 part[2]; /* anonymous, file */
	u64 whole;
};

/*
 * By swappiness, and by what either kind cost lately: whose pages came back
 * or had to be written is left alone more, but never wholly.
 */
static struct balance scan_fractions(const struct mm *mm,
				     const struct lruvec *vec)
{
	u64 swappiness = mm->conf.swappiness;
	u64 cost = vec->anon_cost + vec->file_cost;
	u64 anon = cost + vec->anon_cost, file = cost + vec->file_cost;
	struct balance b;

	cost = anon + file;
	b.part[false] = swappiness * (cost + 1) / (anon + 1);
	b.part[true] = (200 - swappiness) * (cost + 1) / (file + 1);
	b.whole = b.part[false] + b.part[true];
	return b;
}

static struct balance scan_balance(const struct mm *mm,
				   const struct scan_control *sc)
{
	static const struct balance only_file = {.part = {0, 1}, .whole = 1};
	static const struct balance only_anon = {.part = {1, 0}, .whole = 1};
	static const struct balance equal = {.part = {1, 1}, .whole = 1};
	const struct lruvec *vec = &mm->lruvecs[sc->nid];

	if (!sc->may_swap || !swap_nr_free(mm))
		return only_file;
	if (!sc->priority && mm->conf.swappiness)
		return equal;
	if (file_is_tiny(mm, sc))
		return only_anon;
	/* Enough of the cache was used once only. */
	if (vec->nr_pages[LRU_INACTIVE_FILE] >> sc->priority &&
	    !sc->may_deactivate[true])
		return only_file;
	return scan_fractions(mm, vec);
}

void scan_begin(struct mm *mm, struct scan_control *sc)
{
	const struct lruvec *vec = &mm->lruvecs[sc->nid];
	struct balance b;

	for (u32 file = 0; file < 2; file++)
		sc->may_deactivate[file] =
			sc->force_deactivate || inactive_is_low(vec, file) ||
			/* Pages that came back soon want room. */
			vec->workingset[file].activates !=
				vec->activated_then[file];
	b = scan_balance(mm, sc);
	for (u32 lru = 0; lru < NR_EVICTABLE_LRU_LISTS; lru++) {
		u64 nr = eligible_pages(vec, (enum lru_list)lru,
					sc->reclaim_idx) >>
			 sc->priority;

		sc->targets[lru] =
			nr * b.part[lru >= LRU_INACTIVE_FILE] / b.whole;
		sc->nr[lru] = sc->targets[lru];
	}
	sc->next_lru = 0;
	/* The first pass of who waits takes its share of all lists. */
	sc->scan_adjusted = !sc->kswapd && sc->priority == DEF_PRIORITY;
	sc->slabs_done = false;
	sc->met = (struct scan_counts){0};
}

void snapshot_refaults(struct mm *mm, u32 nid)
{
	for (u32 file = 0; file < 2; file++)
		mm->lruvecs[nid].activated_then[file] =
			mm->lruvecs[nid].workingset[file].activates;
}

/* The oldest page of a list that would help @sc; those that would not go to
 * the head.  PFN_NONE: there is none. */
pfn_t isolate_lru_page(struct mm *mm, const struct scan_control *sc,
		       enum lru_list lru)
{
	struct lruvec *vec = &mm->lruvecs[sc->nid];

	if (!eligible_pages(vec, lru, sc->reclaim_idx))
		return PFN_NONE;
	for (;;) {
		pfn_t pfn = vec->lists[lru].tail;
		enum zone_type type;

		BUG_ON(pfn == PFN_NONE);
		type = pfn_zone(mm, pfn)->type;
		if (type <= sc->reclaim_idx)
			return pfn;
		mm->vm_events[VM_EV_PGSKIP_DMA + type] +=
			(u64)1 << pfn_to_page(mm, pfn)->order;
		lru_move(mm, pfn_to_page(mm, pfn), lru);
	}
}

/* Pages age: from the old end of an active list to its inactive one. */
static void shrink_active_list(struct mm *mm, const struct scan_control *sc,
			       enum lru_list lru, u64 nr)
{
	u64 scanned = 0;

	while (scanned < nr) {
		pfn_t pfn = isolate_lru_page(mm, sc, lru);
		struct page *page = pfn_to_page(mm, pfn);

		if (pfn == PFN_NONE)
			break;
		scanned += (u64)1 << page->order;
		set_page_lru_flag(page, LRU_WORKINGSET);
		lru_move(mm, page, (enum lru_list)(lru - 1));
	}
	charge(mm->machine, COST_LRU_SCAN, (u32)scanned);
	mm->vm_events[VM_EV_PGREFILL] += scanned;
	mm->vm_events[VM_EV_PGDEACTIVATE] += scanned;
}

/* do_shrink_slab(): pressure in proportion to that on the page lists. */
static void shrink_one(struct mm *mm, struct scan_control *sc,
		       struct shrinker *s)
{
	u64 freeable = s->count(s, sc->nid, sc->gfp);
	u64 *deferred = &s->nr_deferred[sc->nid];
	u64 delta, total, scanned = 0;

	if (!freeable)
		return;
	delta = s->seeks ? (freeable >> sc->priority) * 4 / s->seeks
			 : freeable / 2;
	total = MIN((*deferred >> sc->priority) + delta, 2 * freeable);
	while (total >= s->batch || total >= freeable) {
		u64 nr = MIN(s->batch, total);

		if (!nr)
			break;
		s->scan(s, sc->nid, nr, sc->gfp);
		charge(mm->machine, COST_SHRINK_SCAN, (u32)nr);
		mm->vm_events[VM_EV_SLABS_SCANNED] += nr;
		scanned += nr;
		total -= nr;
	}
	*deferred =
		*deferred + delta > scanned ? *deferred + delta - scanned : 0;
	*deferred = MIN(*deferred, 2 * freeable);
}

static void shrink_slab(struct mm *mm, struct scan_control *sc)
{
	u64 before = mm->numa_slab_reclaimable[sc->nid], after;

	for (struct shrinker *s = mm->shrinkers; s; s = s->next)
		shrink_one(mm, sc, s);
	after = mm->numa_slab_reclaimable[sc->nid];
	sc->nr_reclaimed += before > after ? before - after : 0;
}

void age_active_anon(struct mm *mm, const struct scan_control *sc)
{
	if (swap_nr_total(mm) && inactive_is_low(&mm->lruvecs[sc->nid], false))
		shrink_active_list(mm, sc, LRU_ACTIVE_ANON, SWAP_CLUSTER_MAX);
}

/* A piece of one list; false: there was nothing to do. */
static bool shrink_list(struct mm *mm, struct scan_control *sc,
			enum lru_list lru, u64 nr)
{
	if (lru == LRU_INACTIVE_ANON || lru == LRU_INACTIVE_FILE) {
		shrink_inactive_list(mm, sc, lru, nr);
		return true;
	}
	if (sc->may_deactivate[lru >= LRU_INACTIVE_FILE]) {
		shrink_active_list(mm, sc, lru, nr);
		return true;
	}
	sc->skipped_deactivate = true;
	return false;
}

/*
 * There is enough.  The kind of page that has less left to look at is done;
 * the other goes on until as large a part of it was looked at.
 */
static void adjust_targets(struct scan_control *sc)
{
	u64 file = sc->nr[LRU_INACTIVE_FILE] + sc->nr[LRU_ACTIVE_FILE];
	u64 anon = sc->nr[LRU_INACTIVE_ANON] + sc->nr[LRU_ACTIVE_ANON];
	u32 done = file > anon ? LRU_INACTIVE_ANON : LRU_INACTIVE_FILE;
	u32 other = file > anon ? LRU_INACTIVE_FILE : LRU_INACTIVE_ANON;
	u64 left;

	if (!file || !anon) {
		for (u32 lru = 0; lru < NR_EVICTABLE_LRU_LISTS; lru++)
			sc->nr[lru] = 0;
		return;
	}
	left = MIN(file, anon) * 100 /
	       (sc->targets[done] + sc->targets[done + 1] + 1);
	sc->nr[done] = sc->nr[done + 1] = 0;
	for (u32 lru = other; lru <= other + 1; lru++) {
		u64 scanned = sc->targets[lru] - sc->nr[lru];
		u64 nr = sc->targets[lru] * (100 - left) / 100;

		sc->nr[lru] = nr - MIN(nr, scanned);
	}
	sc->scan_adjusted = true;
}

static bool lists_are_done(const struct scan_control *sc)
{
	return !sc->nr[LRU_INACTIVE_ANON] && !sc->nr[LRU_ACTIVE_FILE] &&
	       !sc->nr[LRU_INACTIVE_FILE];
}

/* A piece of the next list that has any; false: the lists are done. */
static bool lists_step(struct mm *mm, struct scan_control *sc)
{
	for (;;) {
		u32 lru = sc->next_lru;
		u64 nr;

		if (lru == 0 && lists_are_done(sc))
			return false;
		nr = MIN(sc->nr[lru], (u64)SWAP_CLUSTER_MAX);
		sc->nr[lru] -= nr;
		sc->next_lru = (lru + 1) % NR_EVICTABLE_LRU_LISTS;
		if (nr && !shrink_list(mm, sc, (enum lru_list)lru, nr))
			nr = 0;
		if (!sc->next_lru && !sc->scan_adjusted &&
		    sc->nr_reclaimed >= sc->nr_to_reclaim)
			adjust_targets(sc);
		if (nr)
			return true;
	}
}

/* What the pass met says about the node, and whether to wait. */
static void pass_is_over(struct mm *mm, struct scan_control *sc)
{
	struct lruvec *vec = &mm->lruvecs[sc->nid];
	const struct scan_counts *met = &sc->met;

	if (sc->kswapd) {
		if (met->writeback && met->writeback == met->taken)
			vec->writeback = true;
		/* As the kernel: also when it met no page at all. */
		if (met->unqueued_dirty == met->file_taken)
			vec->dirty = true;
		if (met->immediate)
			reclaim_throttle(mm, sc, VMSCAN_THROTTLE_WRITEBACK);
		if (met->dirty && met->dirty == met->congested)
			vec->congested = true;
	} else if (vec->congested) {
		reclaim_throttle(mm, sc, VMSCAN_THROTTLE_CONGESTED);
	}
}

bool scan_step(struct mm *mm, struct scan_control *sc)
{
	/* As the kernel: lists in their order, a piece of each in turn. */
	if (lists_step(mm, sc))
		return true;
	if (sc->slabs_done)
		return false;
	sc->slabs_done = true;
	age_active_anon(mm, sc);
	shrink_slab(mm, sc);
	pass_is_over(mm, sc);
	return false;
}
