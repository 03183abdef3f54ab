/*
 * xarray.h - an array with large holes: lib/xarray.c of Linux 6.1, a radix
 * tree of nodes with 64 slots, as the page cache has one for each file.
 *
 * A node is an object of the simulated kmem_cache "radix_tree_node", so that
 * a large file makes slabs; what its slots hold stands beside, in the host's
 * memory.
 *
 * An entry is a page (xa_page_entry()), a value (xa_value_entry()), or 0 for
 * none.  Marks are of pages; an entry that replaces another keeps its marks.
 *
 * Invariants (xa_check()): count is the slots in use, nr_values those of them
 * that hold values; no node is empty; a mark of an inner slot says that some
 * entry below has it; an entry at index 0 alone has no node.
 */
#ifndef MM_XARRAY_H
#define MM_XARRAY_H

#include "mm/mm.h"

#define XA_CHUNK_SHIFT 6u
#define XA_CHUNK_SIZE  (1u << XA_CHUNK_SHIFT)
#define XA_CHUNK_MASK  (XA_CHUNK_SIZE - 1)

typedef u64 xa_entry; /* 0: none */

/* The page cache's: PAGECACHE_TAG_DIRTY and so on. */
enum xa_mark {
	XA_MARK_DIRTY,
	XA_MARK_WRITEBACK,
	XA_MARK_TOWRITE,
	NR_XA_MARKS
};

struct xarray;

struct xa_node {
	u8 shift;     /* bits of the index below its slots' */
	u8 offset;    /* its slot in parent */
	u8 count;     /* slots in use */
	u8 nr_values; /* of these, values */
	bool listed;  /* on a list of its array's owner */
	paddr_t self; /* the simulated object */
	struct xa_node *parent;
	struct xarray *array;
	struct xa_node *next; /* the owner's list */
	struct xa_node *prev;
	u64 marks[NR_XA_MARKS]; /* bit: slot */
	xa_entry slots[XA_CHUNK_SIZE];
};

/** A node's slots changed; count 0: it is about to be freed. */
typedef void xa_update_fn(struct mm *mm, struct xa_node *node);

struct xarray {
	xa_entry head;	      /* an entry at index 0, or the top node */
	u8 head_marks;	      /* bit: mark; of the entry or of any below */
	xa_update_fn *update; /* NULL: nobody wants to know */
	struct xa_node *last; /* leaf that was looked at last; NULL: none */
	u64 last_base;	      /* index >> XA_CHUNK_SHIFT of @last */
	u64 nr_nodes;
};

static inline xa_entry xa_page_entry(pfn_t pfn)
{
	return (xa_entry)pfn << 2;
}

static inline pfn_t xa_to_pfn(xa_entry entry)
{
	return (pfn_t)(entry >> 2);
}

/** A value has 63 bits. */
static inline xa_entry xa_value_entry(u64 value)
{
	return value << 1 | 1;
}

static inline u64 xa_to_value(xa_entry entry)
{
	return entry >> 1;
}

static inline bool xa_is_value(xa_entry entry)
{
	return entry & 1;
}

static inline bool xa_is_page(xa_entry entry)
{
	return entry && !(entry & 3);
}

static inline bool xa_is_node(xa_entry entry)
{
	return (entry & 3) == 2;
}

/** xa_init() - An empty array.  All zero is one too, without @update. */
void xa_init(struct xarray *xa, xa_update_fn *update);
/** xa_destroy() - Erases everything; the nodes go back to their cache. */
void xa_destroy(struct mm *mm, struct xarray *xa);
/** xa_release() - Frees the host's memory only: the mm is going away. */
void xa_release(struct xarray *xa);

xa_entry xa_load_slow(struct xarray *xa, u64 index);
/** xa_load() - The entry at @index, 0: none. */
static inline xa_entry xa_load(struct xarray *xa, u64 index)
{
	if (xa->last && index >> XA_CHUNK_SHIFT == xa->last_base)
		return xa->last->slots[index & XA_CHUNK_MASK];
	return xa_load_slow(xa, index);
}

/**
 * xa_store() - @entry stands at @index from now on; 0 erases, marks included.
 * @gfp: for nodes: tried without sleeping first, then as it says.
 * @old: what stood there; may be NULL.
 * Return: 0, -ENOMEM: nothing has changed.
 * Context: may wait when gfp allows direct reclaim.
 */
int xa_store(struct mm *mm, struct xarray *xa, u64 index, xa_entry entry,
	     gfp_t gfp, xa_entry *old);
/** xa_erase() - Never fails; returns what stood there. */
xa_entry xa_erase(struct mm *mm, struct xarray *xa, u64 index);

/**
 * xa_find() - The first entry from *@index on, up to @max.
 * @index: set to where it stands.
 * Return: the entry, 0: there is none.
 */
xa_entry xa_find(struct xarray *xa, u64 *index, u64 max);
/** xa_find_marked() - The same, of those with @mark. */
xa_entry xa_find_marked(struct xarray *xa, u64 *index, u64 max,
			enum xa_mark mark);

/** xa_set_mark() - Of the entry at @index, which must be there. */
void xa_set_mark(struct xarray *xa, u64 index, enum xa_mark mark);
void xa_clear_mark(struct xarray *xa, u64 index, enum xa_mark mark);
bool xa_get_mark(const struct xarray *xa, u64 index, enum xa_mark mark);
/** xa_marked() - Whether any entry has @mark. */
static inline bool xa_marked(const struct xarray *xa, enum xa_mark mark)
{
	return xa->head_marks >> mark & 1;
}

/** xa_delete_node() - A leaf goes with all that it holds. */
void xa_delete_node(struct mm *mm, struct xa_node *node);
/** xa_node_index() - Of the first slot of @node. */
u64 xa_node_index(const struct xa_node *node);

/** xa_node_cache() - "radix_tree_node", made when first asked for; NULL. */
struct kmem_cache *xa_node_cache(struct mm *mm);

/** xa_check() - -EUCLEAN with @e when an invariant does not hold. */
int xa_check(const struct xarray *xa, struct err *e);

#endif
