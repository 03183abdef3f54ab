/*
 * page_writeback.c - dirty pages of files: counted, marked, listed by file.
 *
 * What it is
 *	The life of a page between a write and the device.
 *
 * How it works
 *
 *	         set_page_dirty              clear_page_dirty_for_io,
 *	clean ──────────────────► dirty ───── set_page_writeback ───► writeback
 *	  ▲                                                               │
 *	  └──────────────────────── end_page_writeback ───────────────────┘
 *
 *	A page may get dirty again while it is written.  Its mapping stands on
 *	a list from its first dirty page on, with the time of that.
 *
 * Lock order
 *	None: one operation runs at a time.
 *
 * Invariants
 *	Flags, marks and counts agree, and mappings with dirty pages are
 *	listed (writeback_check()).
 *
 * What is charged
 *	Nothing here; writing is charged in flusher.c and reclaim.c.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1.  No inodes apart from their pages, no memory cgroups, one
 *	writeback domain.
 */
#include "mm/page_writeback.h"

#include "base/xmalloc.h"
#include "mm/page_internal.h"
#include "mm/swap.h"
#include "mm/vmscan.h"
#include "mm/writeback_priv.h"

#include <errno.h>
#include <stdlib.h>

#define WRONG(e, ...) err_set(e, -EUCLEAN, __VA_ARGS__)

struct writeback *wb_get(struct mm *mm)
{
	if (!mm->wb)
		mm->wb = xcalloc(1, sizeof(*mm->wb));
	return mm->wb;
}

void writeback_exit(struct mm *mm)
{
	if (mm->wb)
		free(mm->wb->tasks);
	free(mm->wb);
	mm->wb = NULL;
}

struct wb_node writeback_node(const struct mm *mm, u32 nid)
{
	return mm->wb ? mm->wb->nodes[nid] : (struct wb_node){0};
}

u64 wb_nr_dirty(const struct mm *mm)
{
	u64 pages = 0;

	for (u32 nid = 0; mm->wb && nid < mm->conf.nr_nodes; nid++)
		pages += mm->wb->nodes[nid].nr_dirty;
	return pages;
}

u64 wb_nr_writeback(const struct mm *mm)
{
	u64 pages = 0;

	for (u32 nid = 0; mm->wb && nid < mm->conf.nr_nodes; nid++)
		pages += mm->wb->nodes[nid].nr_writeback;
	return pages;
}

void wb_move(struct writeback *wb, struct address_space *mapping,
	     enum wb_list list)
{
	struct wb_list_head *l = &wb->lists[mapping->dirty_list];

	if (mapping->dirty_list != WB_NONE) {
		if (mapping->prev_dirty)
			mapping->prev_dirty->next_dirty = mapping->next_dirty;
		else
			l->head = mapping->next_dirty;
		if (mapping->next_dirty)
			mapping->next_dirty->prev_dirty = mapping->prev_dirty;
		else
			l->tail = mapping->prev_dirty;
	}
	mapping->next_dirty = mapping->prev_dirty = NULL;
	mapping->dirty_list = (u8)list;
	if (list == WB_NONE) {
		if (wb->flusher.mapping == mapping)
			wb->flusher.mapping = NULL;
		return;
	}
	l = &wb->lists[list];
	mapping->next_dirty = l->head;
	if (l->head)
		l->head->prev_dirty = mapping;
	else
		l->tail = mapping;
	l->head = mapping;
}

static struct wb_node *node_of(const struct mm *mm, const struct page *page)
{
	return &mm->wb->nodes[pfn_to_nid(mm, page_to_pfn(mm, page))];
}

bool set_page_dirty(struct mm *mm, struct page *page)
{
	struct address_space *mapping = page_mapping(mm, page);
	struct writeback *wb = wb_get(mm);
	struct wb_node *node = node_of(mm, page);

	BUG_ON(!mapping);
	if (page_lru_flag(page, LRU_DIRTY))
		return false;
	set_page_lru_flag(page, LRU_DIRTY);
	/* Somebody still uses it. */
	clear_page_lru_flag(page, LRU_RECLAIM);
	xa_set_mark(&mapping->pages, page_index(page), XA_MARK_DIRTY);
	mapping->nr_dirty++;
	node->nr_dirty++;
	node->nr_dirtied++;
	count_node_event(mm, page_nid(mm, page), VM_EV_NR_DIRTIED, 1);
	if (mapping->dirty_list == WB_NONE) {
		mapping->dirtied_when = machine_time_ns(mm->machine);
		wb_move(wb, mapping, WB_DIRTY);
		flusher_page_dirtied(mm);
	}
	return true;
}

/* It is not dirty any more, for whatever reason. */
static void clean(struct mm *mm, struct page *page)
{
	struct address_space *mapping = page_mapping(mm, page);

	BUG_ON(!mapping);
	BUG_ON(!mapping->nr_dirty || !node_of(mm, page)->nr_dirty);
	clear_page_lru_flag(page, LRU_DIRTY);
	xa_clear_mark(&mapping->pages, page_index(page), XA_MARK_DIRTY);
	mapping->nr_dirty--;
	node_of(mm, page)->nr_dirty--;
	if (!mapping->nr_dirty)
		wb_move(mm->wb, mapping, WB_NONE);
}

/* It is not on its way to the device any more. */
static void unmark_writeback(struct mm *mm, struct page *page)
{
	struct address_space *mapping = page_mapping(mm, page);
	struct wb_node *node = node_of(mm, page);

	BUG_ON(!mapping);
	BUG_ON(!node->nr_writeback || !mapping->nr_writeback);
	clear_page_lru_flag(page, LRU_WRITEBACK);
	xa_clear_mark(&mapping->pages, page_index(page), XA_MARK_WRITEBACK);
	mapping->nr_writeback--;
	node->nr_writeback--;
}

void cancel_dirty_page(struct mm *mm, struct page *page)
{
	if (page_lru_flag(page, LRU_DIRTY))
		clean(mm, page);
	if (page_lru_flag(page, LRU_WRITEBACK))
		unmark_writeback(mm, page);
}

bool clear_page_dirty_for_io(struct mm *mm, struct page *page)
{
	if (!page_lru_flag(page, LRU_DIRTY))
		return false;
	clean(mm, page);
	return true;
}

void set_page_writeback(struct mm *mm, struct page *page)
{
	struct address_space *mapping = page_mapping(mm, page);

	BUG_ON(!mapping);
	BUG_ON(page_lru_flag(page, LRU_WRITEBACK));
	set_page_lru_flag(page, LRU_WRITEBACK);
	xa_set_mark(&mapping->pages, page_index(page), XA_MARK_WRITEBACK);
	mapping->nr_writeback++;
	wb_get(mm);
	node_of(mm, page)->nr_writeback++;
}

void end_page_writeback(struct mm *mm, struct page *page)
{
	BUG_ON(!page_lru_flag(page, LRU_WRITEBACK));
	unmark_writeback(mm, page);
	node_of(mm, page)->nr_written++;
	count_node_event(mm, page_nid(mm, page), VM_EV_NR_WRITTEN, 1);
	rotate_reclaimable_page(mm, page);
	acct_reclaim_writeback(mm, page);
}

void wb_account_swap(struct mm *mm, const struct page *page, bool begin,
		     bool written)
{
	u64 pages = (u64)1 << page->order;
	struct wb_node *node;

	wb_get(mm);
	node = node_of(mm, page);
	if (begin) {
		node->nr_writeback += pages;
		return;
	}
	BUG_ON(node->nr_writeback < pages);
	node->nr_writeback -= pages;
	if (!written)
		return;
	node->nr_written += pages;
	count_node_event(mm, page_nid(mm, page), VM_EV_NR_WRITTEN, pages);
	acct_reclaim_writeback(mm, page);
}

void wb_submit(struct mm *mm, struct address_space *mapping, u32 index, u32 nr)
{
	if (mm->io) {
		mm->io->ops->submit_write(mm->io, mapping, index, nr);
		return;
	}
	for (u32 i = 0; i < nr; i++)
		end_page_writeback(mm, find_get_page(mm, mapping, index + i));
}

bool wb_congested(const struct mm *mm)
{
	return mm->io && mm->io->ops->congested &&
	       mm->io->ops->congested(mm->io);
}

/* The marked pages of @mapping: their flags and how many there are. */
static u64 check_marked(const struct mm *mm, struct address_space *mapping,
			enum xa_mark mark, u64 *by_node)
{
	u64 index = 0, nr = 0;
	xa_entry entry;

	for (; (entry = xa_find_marked(&mapping->pages, &index, FILE_PAGES_MAX,
				       mark)) != 0;
	     index++) {
		const struct page *page = pfn_to_page(mm, xa_to_pfn(entry));

		if (!page_lru_flag(page, mark == XA_MARK_DIRTY ? LRU_DIRTY
							       : LRU_WRITEBACK))
			return UINT64_MAX;
		by_node[pfn_to_nid(mm, xa_to_pfn(entry))]++;
		nr++;
	}
	return nr;
}

/* Pages on their way to swap. */
static void check_swap(const struct mm *mm, u64 *by_node)
{
	for (u32 slot = 1; mm->swap && slot < mm->swap->end; slot++) {
		pfn_t pfn = mm->swap->cache[slot];
		const struct page *page = pfn_to_page(mm, pfn);

		if (pfn && page_lru_flag(page, LRU_WRITEBACK))
			by_node[pfn_to_nid(mm, pfn)] += (u64)1 << page->order;
	}
}

static int check_lists(const struct writeback *wb, struct err *e)
{
	for (u32 list = WB_NONE + 1; list < NR_WB_LISTS; list++) {
		const struct address_space *prev = NULL;

		for (const struct address_space *m = wb->lists[list].head; m;
		     m = m->next_dirty) {
			if (m->dirty_list != list || m->prev_dirty != prev ||
			    !m->nr_dirty)
				return WRONG(e,
					     "mapping %u is wrong on list %u "
					     "of dirty files",
					     m->id, list);
			prev = m;
		}
		if (wb->lists[list].tail != prev)
			return WRONG(e, "list %u of dirty files: its tail",
				     list);
	}
	return 0;
}

int writeback_check(const struct mm *mm, struct err *e)
{
	u64 dirty[MM_NODES_MAX] = {0}, written[MM_NODES_MAX] = {0};

	if (!mm->wb)
		return 0;
	check_swap(mm, written);
	for (u32 i = 0; mm->filemap && i < mm->filemap->cap; i++) {
		struct address_space *m = mm->filemap->mappings[i];

		if (!m)
			continue;
		if (check_marked(mm, m, XA_MARK_DIRTY, dirty) != m->nr_dirty ||
		    check_marked(mm, m, XA_MARK_WRITEBACK, written) !=
			    m->nr_writeback)
			return WRONG(e, "mapping %u: dirty pages miscounted",
				     m->id);
		if (!m->nr_dirty != (m->dirty_list == WB_NONE))
			return WRONG(e, "mapping %u: dirty, and not listed",
				     m->id);
	}
	for (u32 nid = 0; nid < mm->conf.nr_nodes; nid++)
		if (dirty[nid] != mm->wb->nodes[nid].nr_dirty ||
		    written[nid] != mm->wb->nodes[nid].nr_writeback)
			return WRONG(e, "node %u: dirty pages miscounted", nid);
	return check_lists(mm->wb, e);
}
