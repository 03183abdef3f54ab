/*
 * replay_filemap.c - what a trace does with files: each is a mapping of the
 * page cache.
 *
 * A record has its page where others have flags; what mm and the failures'
 * count see of it is an allocation of the mapping's pages.
 */
#include "mm/filemap.h"

#include "base/bug.h"
#include "mm/truncate.h"
#include "sim/sim_priv.h"

_Static_assert(TRACE_FILES_MAX == FILES_MAX, "every file has a mapping");
_Static_assert(TRACE_FILE_PAGES == FILE_PAGES_MAX, "every page has a place");
_Static_assert(TRACE_IO_PAGES == IO_PAGES_MAX, "of one read or write");

/* The file is so long; what lies behind is gone. */
static void set_size(struct sim *s, struct address_space *m, u64 pages)
{
	truncate_inode_pages(s->mm, m, pages);
	m->size_pages = pages;
}

/* From a page on.  A whole file: it is deleted, and its number is free. */
static void truncate(struct sim *s, struct address_space *m, u64 page)
{
	truncate_inode_pages(s->mm, m, page);
	if (!page) {
		m->size_pages = 0;
		m->nr_opened = 0;
	} else if (m->size_pages > page) {
		m->size_pages = page;
	}
}

/* Pages that could not be had. */
static u64 perform(struct sim *s, const struct trace_rec *r, u64 page)
{
	struct address_space *m =
		filemap_mapping(s->mm, file_mapping_id(r->align));

	switch (r->op) {
	case TRACE_PAGE_CACHE_READ:
		return r->size - page_cache_read(s->mm, m, page, r->size);
	case TRACE_PAGE_CACHE_WRITE:
		return r->size - page_cache_write(s->mm, m, page, r->size);
	case TRACE_PAGE_CACHE_TRUNCATE:
		truncate(s, m, page);
		return 0;
	case TRACE_PAGE_CACHE_INVALIDATE:
		invalidate_mapping_pages(s->mm, m, page, page + r->size - 1);
		return 0;
	case TRACE_PAGE_CACHE_SIZE:
		set_size(s, m, r->size);
		return 0;
	default:
		BUG();
	}
}

u64 replay_filemap(struct sim *s, const struct trace_rec *r)
{
	struct trace_rec as_pages = *r;
	u64 failed;

	as_pages.gfp = GFP_HIGHUSER_MOVABLE;
	as_pages.node = -1;
	s->rec = &as_pages;
	failed = perform(s, &as_pages, r->gfp);
	s->rec = r;
	if (s->memory_changed)
		sample_peak(s);
	if (!failed)
		return OP_DONE;
	replay_failed(s, &as_pages, MM_PAGE_SIZE, NULL);
	return OP_FAILED;
}

static void count_mappings(const struct filemap *f, struct page_cache_usage *u)
{
	for (u32 id = 0; id < MIN(f->cap, (u32)MAPPING_FIRST_OWN); id++) {
		const struct address_space *m = f->mappings[id];

		if (!m)
			continue;
		u->files++;
		u->pages += m->nrpages;
		u->shadows += m->nr_shadows;
		u->tree_nodes += m->pages.nr_nodes;
	}
}

void filemap_usage(const struct sim *s, struct page_cache_usage *u)
{
	const struct filemap *f = s->mm->filemap;
	const u64 *ev = s->mm->vm_events;

	if (!f)
		return;
	*u = (struct page_cache_usage){
		.reads = f->stats.reads,
		.writes = f->stats.writes,
		.hits = f->stats.hits,
		.misses = f->stats.misses,
		.failed = f->stats.failed,
		.ra_pages = f->stats.ra_pages,
		.ra_used = f->stats.ra_used,
		.ra_sync = f->stats.ra_sync,
		.ra_async = f->stats.ra_async,
		.device_reads = f->stats.device_reads,
		.device_requests = f->stats.device_requests,
		.truncated = f->stats.truncated,
		.refaults = ev[VM_EV_WORKINGSET_REFAULT_FILE],
		.activated = ev[VM_EV_WORKINGSET_ACTIVATE_FILE],
	};
	count_mappings(f, u);
}
