/*
 * filemap.c - the page cache: files read and written through memory.
 *
 * What it is
 *	mm/filemap.c of Linux: which page holds which part of which file, how
 *	it gets there and how it leaves.
 *
 * How it works
 *
 *	read ──► in the xarray? ──yes──► marked accessed
 *	              │ no                    ▲
 *	              ▼                       │
 *	         readahead: pages are allocated, inserted, put on a list,
 *	         and read from the device, more of them than were asked for
 *
 *	write ─► in the xarray? ──no──► allocated with __GFP_WRITE, inserted
 *	              └───────────────────────┴──► dirty
 *
 *	A page that comes in is inserted in the xarray first; where a shadow
 *	stood, its refault distance decides whether it starts on the active
 *	list; then it joins.  A read goes on in batches of up to 15 pages, each
 *	ended by a page that is not read yet or that starts more readahead.
 *
 * Lock order
 *	None: one operation runs at a time.  But an allocation may reclaim, so
 *	no page is looked at again after one, unless it is LRU_PINNED.
 *
 * Invariants
 *	See filemap.h; filemap_check().
 *
 * What is charged
 *	COST_PAGE_CACHE_LOOKUP a page asked for, COST_PAGE_CACHE_INSERT one
 *	that comes in (or is truncated); the allocators' work; waiting by mm->io.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1 with pages of order 0, as ext4 has them there (no large
 *	folios).  Copying is the application's and not charged.  Writes are of
 *	whole pages, so nothing is read for them.  mmap is left out: no page
 *	is referenced but by read() and write().  Up to 3.8 there are no
 *	shadows, and writing marks pages accessed as reading does.
 */
#include "mm/filemap.h"

#include "base/xmalloc.h"
#include "mm/page_internal.h"
#include "mm/page_writeback.h"
#include "mm/readahead.h"
#include "mm/workingset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WRONG(e, ...) err_set(e, -EUCLEAN, __VA_ARGS__)

#define PAGEVEC_SIZE 15u

/* Mappings */

static struct filemap *filemap_of(struct mm *mm)
{
	if (!mm->filemap) {
		mm->filemap = xcalloc(1, sizeof(*mm->filemap));
		workingset_init(mm);
	}
	return mm->filemap;
}

struct address_space *filemap_find_mapping(const struct mm *mm, u32 id)
{
	const struct filemap *f = mm->filemap;

	return f && id < f->cap ? f->mappings[id] : NULL;
}

static void make_room(struct filemap *f, u32 id)
{
	u32 cap = MAX(id + 1, 2 * f->cap);

	if (id < f->cap)
		return;
	f->mappings = xreallocarray(f->mappings, cap, sizeof(*f->mappings));
	memset(f->mappings + f->cap, 0, (cap - f->cap) * sizeof(*f->mappings));
	f->cap = cap;
}

struct address_space *filemap_mapping(struct mm *mm, u32 id)
{
	struct filemap *f = filemap_of(mm);
	struct address_space *m = filemap_find_mapping(mm, id);

	BUG_ON(id == MAPPING_NONE || id >= MAPPINGS_MAX);
	if (m)
		return m;
	make_room(f, id);
	m = xcalloc(1, sizeof(*m));
	xa_init(&m->pages, workingset_update_node);
	m->id = id;
	m->gfp = GFP_HIGHUSER_MOVABLE;
	f->mappings[id] = m;
	return m;
}

void filemap_exit(struct mm *mm)
{
	struct filemap *f = mm->filemap;

	if (!f)
		return;
	for (u32 id = 0; id < f->cap; id++) {
		if (!f->mappings[id])
			continue;
		xa_release(&f->mappings[id]->pages);
		free(f->mappings[id]);
	}
	workingset_exit(mm);
	free(f->mappings);
	free(f);
	mm->filemap = NULL;
}

/* Pages of a mapping */

static struct page *page_at(struct mm *mm, struct address_space *m, u64 index)
{
	xa_entry entry = xa_load(&m->pages, index);

	return xa_is_page(entry) ? pfn_to_page(mm, xa_to_pfn(entry)) : NULL;
}

struct page *find_get_page(struct mm *mm, struct address_space *mapping,
			   u64 index)
{
	charge(mm->machine, COST_PAGE_CACHE_LOOKUP, 1);
	return page_at(mm, mapping, index);
}

struct address_space *page_mapping(const struct mm *mm, const struct page *page)
{
	u32 id = page->words[LRU_WORD_MAPPING];

	return id ? filemap_find_mapping(mm, id) : NULL;
}

/* The page's words; on a list if there are any. */
static void page_joins(struct mm *mm, struct page *page,
		       const struct address_space *m, u64 index)
{
	if (mm->lruvecs) {
		lru_add(mm, page, true, LRU_NO_OWNER);
	} else {
		page->words[LRU_WORD_FLAGS] = LRU_INACTIVE_FILE;
		page->words[LRU_WORD_OWNER] = LRU_NO_OWNER;
	}
	page->words[LRU_WORD_MAPPING] = m->id;
	page->words[LRU_WORD_INDEX] = (u32)index;
}

int add_to_page_cache_lru(struct mm *mm, struct page *page,
			  struct address_space *mapping, u64 index, gfp_t gfp)
{
	pfn_t pfn = page_to_pfn(mm, page);
	xa_entry old;

	BUG_ON(page->state != PAGE_ALLOCATED || page->order);
	BUG_ON(index >= FILE_PAGES_MAX);
	charge(mm->machine, COST_PAGE_CACHE_INSERT, 1);
	/* Allocating nodes may reclaim, but brings no page in. */
	if (xa_is_page(xa_load(&mapping->pages, index)))
		return -EEXIST;
	if (xa_store(mm, &mapping->pages, index, xa_page_entry(pfn), gfp, &old))
		return -ENOMEM;
	BUG_ON(xa_is_page(old));
	mapping->nr_shadows -= old != 0;
	mapping->nrpages++;
	mm->filemap->nr_file_pages[pfn_to_nid(mm, pfn)]++;
	page_joins(mm, page, mapping, index);
	if (old && !(gfp & GFP_WRITE))
		workingset_refault(mm, page, old);
	note(mm->machine, MM_EV_PAGE_CACHE_ADD, pfn, mapping->id);
	return 0;
}

void delete_from_page_cache(struct mm *mm, struct page *page, xa_entry shadow)
{
	struct address_space *m = page_mapping(mm, page);
	u32 index = page_index(page);
	pfn_t pfn = page_to_pfn(mm, page);
	xa_entry old = 0;

	BUG_ON(!m || (shadow && !xa_is_value(shadow)));
	BUG_ON(page_lru_flag(page, LRU_DIRTY));
	BUG_ON(page_lru_flag(page, LRU_WRITEBACK));
	/* In place of the page: no node is needed. */
	if (xa_store(mm, &m->pages, index, shadow, 0, &old) ||
	    old != xa_page_entry(pfn))
		BUG();
	m->nrpages--;
	m->nr_shadows += shadow != 0;
	mm->filemap->nr_file_pages[pfn_to_nid(mm, pfn)]--;
	if (page->flags & PG_ON_LRU)
		lru_del(mm, page);
	page->words[LRU_WORD_FLAGS] = 0;
	page->words[LRU_WORD_MAPPING] = MAPPING_NONE;
	page->words[LRU_WORD_INDEX] = 0;
}

bool remove_mapping(struct mm *mm, struct page *page)
{
	const u32 busy = LRU_DIRTY | LRU_WRITEBACK | LRU_LOCKED | LRU_PINNED;

	if (page->words[LRU_WORD_FLAGS] & busy)
		return false;
	delete_from_page_cache(mm, page, workingset_eviction(mm, page));
	return true;
}

void replace_page_cache_page(struct mm *mm, struct page *from, struct page *to)
{
	struct address_space *m = page_mapping(mm, from);
	u32 index = page_index(from);
	xa_entry old = 0;

	BUG_ON(!m || from->flags & PG_ON_LRU || to->flags & PG_ON_LRU);
	memcpy(to->words, from->words, sizeof(to->words));
	/* A page for a page: no node is needed, and the marks stay. */
	if (xa_store(mm, &m->pages, index, xa_page_entry(page_to_pfn(mm, to)),
		     0, &old) ||
	    old != xa_page_entry(page_to_pfn(mm, from)))
		BUG();
	mm->filemap->nr_file_pages[pfn_to_nid(mm, page_to_pfn(mm, from))]--;
	mm->filemap->nr_file_pages[pfn_to_nid(mm, page_to_pfn(mm, to))]++;
	memset(from->words, 0, sizeof(from->words));
}

void end_page_read(struct mm *mm, struct page *page)
{
	(void)mm;
	BUG_ON(!page_lru_flag(page, LRU_LOCKED));
	clear_page_lru_flag(page, LRU_LOCKED);
}

/* Others may run meanwhile; the page stays. */
static void wait_on_page(struct mm *mm, struct page *page)
{
	if (!mm->io)
		return;
	set_page_lru_flag(page, LRU_PINNED);
	mm->io->ops->wait_on_page(mm->io, page);
	clear_page_lru_flag(page, LRU_PINNED);
}

/* read() */

/* One read() under way. */
struct read {
	struct mm *mm;
	struct address_space *m;
	struct file_ra_state *ra;
	u64 index; /* the next page wanted */
	u64 last;  /* behind the last one */
	struct page *batch[PAGEVEC_SIZE];
	u32 nr;
};

/* Pages from r->index on that are there, up to one that is special. */
static void get_batch(struct read *r)
{
	u64 end = MIN(r->last, r->index + PAGEVEC_SIZE);

	r->nr = 0;
	for (u64 i = r->index; i < end; i++) {
		struct page *page = page_at(r->mm, r->m, i);

		if (!page)
			break;
		r->batch[r->nr++] = page;
		if (page->words[LRU_WORD_FLAGS] & (LRU_READAHEAD | LRU_LOCKED))
			break;
	}
	charge(r->mm->machine, COST_PAGE_CACHE_LOOKUP, r->nr + (r->nr == 0));
}

/* Readahead brought nothing: this page alone, as hard as the file allows. */
static bool create_page(struct read *r)
{
	struct mm *mm = r->mm;
	struct page *page = alloc_pages(mm, r->m->gfp, 0);
	gfp_t gfp = r->m->gfp & GFP_KERNEL;

	if (!page)
		return false;
	if (add_to_page_cache_lru(mm, page, r->m, r->index, gfp)) {
		free_pages(mm, page, 0);
		return false;
	}
	mm->filemap->stats.misses++;
	set_page_lru_flag(page, LRU_LOCKED);
	submit_read(mm, r->m, r->index, 1, true);
	return true;
}

static void pin_batch(struct read *r, bool pin)
{
	for (u32 i = 0; i < r->nr; i++) {
		if (pin)
			set_page_lru_flag(r->batch[i], LRU_PINNED);
		else
			clear_page_lru_flag(r->batch[i], LRU_PINNED);
	}
}

/* The next pages; false: there is no memory for them. */
static bool get_pages(struct read *r)
{
	struct page *last;

	get_batch(r);
	if (!r->nr) {
		page_cache_sync_readahead(r->mm, r->m, r->ra, r->index,
					  (u32)(r->last - r->index));
		get_batch(r);
		if (!r->nr && create_page(r))
			get_batch(r);
		if (!r->nr)
			return false;
	}
	last = r->batch[r->nr - 1];
	if (!(last->words[LRU_WORD_FLAGS] & (LRU_READAHEAD | LRU_LOCKED)))
		return true;
	/* Memory may be reclaimed, and others may run. */
	pin_batch(r, true);
	if (page_lru_flag(last, LRU_READAHEAD))
		page_cache_async_readahead(r->mm, r->m, r->ra, last,
					   (u32)(r->last - page_index(last)));
	if (r->mm->io && page_lru_flag(last, LRU_LOCKED))
		r->mm->io->ops->wait_on_page(r->mm->io, last);
	pin_batch(r, false);
	return true;
}

static void use_page(struct read *r, struct page *page, bool again)
{
	struct page_cache_stats *st = &r->mm->filemap->stats;

	if (page_lru_flag(page, LRU_PREFETCHED)) {
		clear_page_lru_flag(page, LRU_PREFETCHED);
		st->ra_used++;
	}
	if (!again && r->mm->lruvecs)
		mark_page_accessed(r->mm, page);
}

static void use_batch(struct read *r)
{
	/* The same page read again and again counts as once. */
	for (u32 i = 0; i < r->nr; i++)
		use_page(r, r->batch[i],
			 i == 0 && r->index == r->ra->prev_page);
	r->index += r->nr;
	r->ra->prev_page = r->index - 1;
}

/* What a trace asks for is there. */
static void file_reaches(struct address_space *m, u64 end)
{
	if (m->size_pages && m->size_pages < end)
		m->size_pages = end;
}

u64 page_cache_read(struct mm *mm, struct address_space *mapping, u64 index,
		    u32 nr)
{
	struct page_cache_stats *st = &mm->filemap->stats;
	struct read r = {
		.mm = mm,
		.m = mapping,
		.ra = ra_state(mm, mapping),
		.index = index,
		.last = index + nr,
	};
	u64 misses = st->misses;

	BUG_ON(r.last > FILE_PAGES_MAX);
	st->reads++;
	file_reaches(mapping, r.last);
	while (r.index < r.last && get_pages(&r))
		use_batch(&r);
	misses = st->misses - misses;
	/* What was read in and lost again under way was missed twice. */
	if (r.index - index > misses)
		st->hits += r.index - index - misses;
	st->failed += r.last - r.index;
	return r.index - index;
}

/* write() */

/* The page at @index, made if there is none; NULL: no memory. */
static struct page *write_begin(struct mm *mm, struct address_space *m,
				u64 index)
{
	struct page_cache_stats *st = &mm->filemap->stats;
	struct page *page = find_get_page(mm, m, index);
	gfp_t gfp = m->gfp | GFP_WRITE;

	if (page) {
		st->hits++;
		if (page_lru_flag(page, LRU_LOCKED))
			wait_on_page(mm, page);
		return page;
	}
	page = alloc_pages(mm, gfp, 0);
	if (page && add_to_page_cache_lru(mm, page, m, index, gfp)) {
		free_pages(mm, page, 0);
		page = NULL;
	}
	st->misses += page != NULL;
	return page;
}

u64 page_cache_write(struct mm *mm, struct address_space *mapping, u64 index,
		     u32 nr)
{
	struct page_cache_stats *st = &mm->filemap->stats;
	u64 end = index + nr;
	u64 at;

	BUG_ON(end > FILE_PAGES_MAX);
	st->writes++;
	for (at = index; at < end; at++) {
		struct page *page = write_begin(mm, mapping, at);

		if (!page)
			break;
		if (page_lru_flag(page, LRU_PREFETCHED)) {
			clear_page_lru_flag(page, LRU_PREFETCHED);
			st->ra_used++;
		}
		/* Up to 4.6 a write counted as a use of what it found. */
		if (mm->lruvecs && mm->conf.profile < PROFILE_LINUX_5_3)
			mark_page_accessed(mm, page);
		file_reaches(mapping, at + 1);
		if (set_page_dirty(mm, page))
			balance_dirty_pages_ratelimited(mm);
	}
	st->failed += end - at;
	return at - index;
}

/* Checking */

/* What the entries of one mapping add up to. */
struct tally {
	u64 pages;
	u64 shadows;
	u64 dirty;
	u64 writeback;
};

static int check_page(const struct mm *mm, const struct address_space *m,
		      u64 index, pfn_t pfn, struct err *e)
{
	const struct page *page = pfn_to_page(mm, pfn);
	bool dirty = page_lru_flag(page, LRU_DIRTY);
	bool writeback = page_lru_flag(page, LRU_WRITEBACK);

	if (pfn >= mm->max_pfn || page->state != PAGE_ALLOCATED || page->order)
		return WRONG(e, "mapping %u, page %llu: pfn %u is no page",
			     m->id, (unsigned long long)index, pfn);
	if (page->words[LRU_WORD_MAPPING] != m->id || page_index(page) != index)
		return WRONG(e, "mapping %u, page %llu: pfn %u is of %u, %u",
			     m->id, (unsigned long long)index, pfn,
			     page->words[LRU_WORD_MAPPING], page_index(page));
	if (dirty != xa_get_mark(&m->pages, index, XA_MARK_DIRTY) ||
	    writeback != xa_get_mark(&m->pages, index, XA_MARK_WRITEBACK))
		return WRONG(e, "mapping %u, page %llu: flags 0x%x, marks not",
			     m->id, (unsigned long long)index,
			     page->words[LRU_WORD_FLAGS]);
	if (mm->lruvecs && !(page->flags & PG_ON_LRU))
		return WRONG(e, "mapping %u, page %llu: pfn %u is on no list",
			     m->id, (unsigned long long)index, pfn);
	return page_lru_flag(page, LRU_PINNED)
		       ? WRONG(e, "pfn %u is still pinned", pfn)
		       : 0;
}

static int check_mapping(const struct mm *mm, struct address_space *m,
			 u64 *by_node, struct err *e)
{
	struct tally t = {0};
	u64 index = 0;
	xa_entry entry;
	int rc = xa_check(&m->pages, e);

	while (!rc && (entry = xa_find(&m->pages, &index, FILE_PAGES_MAX))) {
		if (xa_is_value(entry)) {
			t.shadows++;
		} else {
			pfn_t pfn = xa_to_pfn(entry);
			const struct page *page = pfn_to_page(mm, pfn);

			rc = check_page(mm, m, index, pfn, e);
			t.pages++;
			t.dirty += page_lru_flag(page, LRU_DIRTY);
			t.writeback += page_lru_flag(page, LRU_WRITEBACK);
			by_node[pfn_to_nid(mm, pfn)]++;
		}
		index++;
	}
	if (rc)
		return rc;
	if (t.pages != m->nrpages || t.shadows != m->nr_shadows ||
	    t.dirty != m->nr_dirty || t.writeback != m->nr_writeback)
		return WRONG(e,
			     "mapping %u: %llu pages, %llu shadows, %llu dirty "
			     "and %llu written; the counts differ",
			     m->id, (unsigned long long)t.pages,
			     (unsigned long long)t.shadows,
			     (unsigned long long)t.dirty,
			     (unsigned long long)t.writeback);
	return 0;
}

/* Nodes of nothing but shadows, of all mappings, against the lists. */
static int check_shadow_lists(const struct filemap *f, struct err *e)
{
	for (u32 nid = 0; nid < MM_NODES_MAX; nid++) {
		const struct shadow_list *list = &f->shadow_nodes[nid];
		const struct xa_node *prev = NULL;
		u64 nr = 0;

		for (const struct xa_node *n = list->head; n; n = n->next) {
			if (n->prev != prev || !n->listed || !n->count ||
			    n->count != n->nr_values || ++nr > list->nr)
				return WRONG(e,
					     "node %u: a tree's node is "
					     "wrong among the shadows'",
					     nid);
			prev = n;
		}
		if (nr != list->nr || list->tail != prev)
			return WRONG(e, "node %u: nodes of shadows miscounted",
				     nid);
	}
	return 0;
}

int filemap_check(const struct mm *mm, struct err *e)
{
	u64 by_node[MM_NODES_MAX] = {0};
	const struct filemap *f = mm->filemap;
	int rc = 0;

	if (!f)
		return 0;
	for (u32 id = 0; id < f->cap && !rc; id++)
		if (f->mappings[id])
			rc = check_mapping(mm, f->mappings[id], by_node, e);
	for (u32 nid = 0; nid < MM_NODES_MAX && !rc; nid++)
		if (by_node[nid] != f->nr_file_pages[nid])
			rc = WRONG(e, "node %u: %llu pages of files, not %llu",
				   nid, (unsigned long long)by_node[nid],
				   (unsigned long long)f->nr_file_pages[nid]);
	return rc ? rc : check_shadow_lists(f, e);
}
