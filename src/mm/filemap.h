/*
 * filemap.h - the page cache: pages of files, found by (mapping, offset).
 *
 * A file has an address_space, in which its pages stand by their offset.
 * Files are numbered by who names them (a trace); a mapping's number, which
 * its pages carry in words[LRU_WORD_MAPPING], is the file's + 1.
 *
 * Works without LRU lists too (conf.reclaim off): pages then stay until they
 * are truncated.
 *
 * Invariants (filemap_check()): a page entry at index i of mapping m is a
 * PAGE_ALLOCATED single page whose words say (m, i); nrpages and nr_shadows
 * count a mapping's entries, nr_file_pages[] all of a node's; LRU_DIRTY and
 * LRU_WRITEBACK agree with the marks; with LRU lists it is on one of files.
 */
#ifndef MM_FILEMAP_H
#define MM_FILEMAP_H

#include "mm/io.h"
#include "mm/lru.h"
#include "mm/xarray.h"

#define FILES_MAX      (1u << 20)     /* of a trace */
#define FILE_PAGES_MAX ((u64)1 << 32) /* offsets are u32: 16 TiB */
#define IO_PAGES_MAX   (1u << 19)     /* of one read(): 2 GiB, as Linux */

/* Mappings of the kernel's own, behind those of files. */
enum {
	MAPPING_NONE = 0,
	MAPPING_FIRST_OWN = FILES_MAX + 1, /* swap's, by device */
	MAPPINGS_MAX = FILES_MAX + 64
};

/* One opened file: where its reader is, and what is read ahead of it. */
struct file_ra_state {
	u32 task;	/* who opened it */
	u32 size;	/* pages in the window */
	u32 async_size; /* left in it when the next is begun */
	u64 start;	/* of the window */
	u64 prev_page;	/* the last page read, RA_NO_PAGE: none yet */
};

#define RA_NO_PAGE	   UINT64_MAX
#define MAPPING_OPENED_MAX 8u /* opened files that a mapping remembers */

struct address_space {
	struct xarray pages;
	u32 id;
	u32 nr_opened;
	gfp_t gfp;	/* of its pages */
	u64 nrpages;	/* page entries */
	u64 nr_shadows; /* value entries */
	u64 nr_dirty;	/* pages with LRU_DIRTY */
	u64 nr_writeback;
	u64 size_pages; /* the file ends there; 0: not known */
	struct file_ra_state opened[MAPPING_OPENED_MAX]; /* latest first */
	/* page_writeback.c's: */
	u64 dirtied_when; /* since when it has dirty pages */
	u64 writeback_index;
	u8 dirty_list;			  /* enum wb_list: of those below */
	struct address_space *next_dirty; /* list of mappings to be written */
	struct address_space *prev_dirty;
};

/* Host only: what the report tells. */
struct page_cache_stats {
	u64 reads; /* operations */
	u64 writes;
	u64 hits;	  /* pages asked for that were there */
	u64 misses;	  /* pages that had to be read or made */
	u64 failed;	  /* pages that found no memory */
	u64 ra_pages;	  /* brought in ahead of their use, */
	u64 ra_used;	  /* and used before they left */
	u64 ra_sync;	  /* windows begun by a miss */
	u64 ra_async;	  /* windows begun by a marker page */
	u64 device_reads; /* pages read from the device */
	u64 device_requests;
	u64 truncated; /* pages dropped with the file's end */
};

/* Nodes that hold nothing but shadows. */
struct shadow_list {
	struct xa_node *head; /* newest */
	struct xa_node *tail;
	u64 nr;
};

struct filemap {
	struct address_space **mappings; /* [cap] by id, owned */
	u32 cap;
	u64 nr_file_pages[MM_NODES_MAX];
	struct shadow_list shadow_nodes[MM_NODES_MAX]; /* workingset.c's */
	struct shadow_shrinker *shadow_shrinker; /* owned; NULL: no shadows */
	struct page_cache_stats stats;
};

void filemap_exit(struct mm *mm);

/** filemap_mapping() - The mapping numbered @id, made if there is none. */
struct address_space *filemap_mapping(struct mm *mm, u32 id);
/** filemap_find_mapping() - NULL: nobody asked for it yet. */
struct address_space *filemap_find_mapping(const struct mm *mm, u32 id);

static inline u32 file_mapping_id(u32 file)
{
	return file + 1;
}

/* Operations on files, as a task would do them */

/**
 * page_cache_read() - read() of @nr pages from page @index on.
 * Return: pages that could be had.
 * Context: may wait, for memory and for the device.
 */
u64 page_cache_read(struct mm *mm, struct address_space *mapping, u64 index,
		    u32 nr);
/**
 * page_cache_write() - write() of @nr whole pages: what was there is not
 * read first.
 * Return: pages that could be had.
 */
u64 page_cache_write(struct mm *mm, struct address_space *mapping, u64 index,
		     u32 nr);

/* Pages of a mapping */

/** find_get_page() - NULL: not in the cache. */
struct page *find_get_page(struct mm *mm, struct address_space *mapping,
			   u64 index);
/** page_mapping() - NULL: no page of a file. */
struct address_space *page_mapping(const struct mm *mm,
				   const struct page *page);
static inline u32 page_index(const struct page *page)
{
	return page->words[LRU_WORD_INDEX];
}

/**
 * add_to_page_cache_lru() - A page that was just allocated stands at @index
 * from now on, and on an LRU list: active when it was evicted not long ago.
 * @gfp: as for the page; __GFP_WRITE: what it held does not matter.
 * Return: 0, -EEXIST, -ENOMEM: it is still the caller's.
 */
int add_to_page_cache_lru(struct mm *mm, struct page *page,
			  struct address_space *mapping, u64 index, gfp_t gfp);
/**
 * delete_from_page_cache() - @page leaves its mapping and its list; it is the
 * caller's then, to be freed.
 * @shadow: stands in its place; 0: nothing does.
 */
void delete_from_page_cache(struct mm *mm, struct page *page, xa_entry shadow);
/**
 * remove_mapping() - Reclaim takes @page; a shadow stays if it is a file's.
 * Return: false: it is dirty, locked or written, and stays.
 */
bool remove_mapping(struct mm *mm, struct page *page);
/**
 * replace_page_cache_page() - Migration: @to takes the place, the words and
 * the flags of @from, which is off its list; @from is the caller's to free.
 * No lists are touched.
 */
void replace_page_cache_page(struct mm *mm, struct page *from, struct page *to);

/** filemap_check() - The part of mm_check() that is about the page cache. */
int filemap_check(const struct mm *mm, struct err *e);

#endif
