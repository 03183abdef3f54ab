/*
 * xarray.c - radix trees whose nodes are simulated objects.
 *
 * What it is
 *	What the page cache finds pages by: index to entry, with marks.
 *
 * How it works
 *
 *	head ──► [ shift 6 : 64 slots ]          2 levels hold 4096 entries
 *	            │      │
 *	            ▼      ▼
 *	      [ shift 0 ] [ shift 0 ]            a leaf holds 64
 *
 *	An entry at index 0 alone stands in the head.  A larger index puts
 *	nodes on top; when the top is left with slot 0 only, it goes again.
 *	A node without entries is freed at once.  Nodes that a store needs are
 *	allocated before anything changes: first without sleeping, as under
 *	the array's lock, then as the caller allows.
 *
 *	The leaf that was looked at last is remembered: neighbours are found
 *	without going down from the top.
 *
 * Lock order
 *	None: one operation runs at a time.  But an allocation that reclaims
 *	may change the very array it is for, so what is needed is found out
 *	anew after each.
 *
 * Invariants
 *	See xarray.h; xa_check().
 *
 * What is charged
 *	The allocator's work for nodes; walks are charged by filemap.c.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1.  Nodes are freed at once, not after an RCU grace period.
 *	Multi-index entries and exceptional use by others than the page cache
 *	are left out.  Before 3.15 a node had 560 bytes, since then 576.
 */
#include "mm/xarray.h"

#include "base/bug.h"
#include "base/xmalloc.h"
#include "mm/slab.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WRONG(e, ...) err_set(e, -EUCLEAN, __VA_ARGS__)

#define XA_LEVELS_MAX 11u /* 64 bits of index */
/* What of the flags for a page counts for a node (GFP_RECLAIM_MASK). */
#define NODE_GFP_MASK                                                  \
	(GFP_RECLAIM | GFP_HIGH | GFP_IO | GFP_FS | GFP_NOWARN |       \
	 GFP_RETRY_MAYFAIL | GFP_NOFAIL | GFP_NORETRY | GFP_MEMALLOC | \
	 GFP_NOMEMALLOC | GFP_ATOMIC_BIT | GFP_NOLOCKDEP)

/* Nodes that a store is going to need. */
struct spare_nodes {
	struct xa_node *at[XA_LEVELS_MAX];
	u32 nr;
};

static struct xa_node *to_node(xa_entry entry)
{
	return (struct xa_node *)(uintptr_t)(entry & ~(xa_entry)3);
}

static xa_entry node_entry(const struct xa_node *node)
{
	return (xa_entry)(uintptr_t)node | 2;
}

static u32 slot_of(const struct xa_node *node, u64 index)
{
	return (u32)(index >> node->shift) & XA_CHUNK_MASK;
}

/* The last index that a tree with this head can hold. */
static u64 max_index(xa_entry head)
{
	if (!xa_is_node(head))
		return 0;
	return ((u64)XA_CHUNK_SIZE << to_node(head)->shift) - 1;
}

u64 xa_node_index(const struct xa_node *node)
{
	u64 index = 0;

	for (; node->parent; node = node->parent)
		index |= (u64)node->offset << node->parent->shift;
	return index;
}

/* Nodes */

struct kmem_cache *xa_node_cache(struct mm *mm)
{
	u32 size = mm->conf.profile >= PROFILE_LINUX_5_3 ? 576 : 560;

	if (mm->radix_tree_node || !mm->conf.slab_ops)
		return mm->radix_tree_node;
	mm->radix_tree_node = kmem_cache_find(mm, "radix_tree_node");
	if (!mm->radix_tree_node)
		mm->radix_tree_node = kmem_cache_create(
			mm, "radix_tree_node", size, 0,
			SLAB_PANIC | SLAB_RECLAIM_ACCOUNT | SLAB_CTOR);
	return mm->radix_tree_node;
}

static struct xa_node *node_alloc(struct mm *mm, gfp_t gfp)
{
	struct kmem_cache *cache = xa_node_cache(mm);
	paddr_t self;
	struct xa_node *node;

	if (!cache)
		return NULL;
	self = kmem_cache_alloc(cache, GFP_NOWAIT | GFP_NOWARN | GFP_ACCOUNT);
	if (!self)
		self = kmem_cache_alloc(cache,
					(gfp & NODE_GFP_MASK) | GFP_ACCOUNT);
	if (!self)
		return NULL;
	node = xcalloc(1, sizeof(*node));
	node->self = self;
	return node;
}

static void node_free(struct mm *mm, struct xa_node *node)
{
	BUG_ON(node->listed);
	if (mm)
		kmem_cache_free(mm->radix_tree_node, node->self);
	free(node);
}

static void updated(struct mm *mm, struct xarray *xa, struct xa_node *node)
{
	if (xa->update)
		xa->update(mm, node);
}

/* An empty node leaves the tree. */
static void node_drop(struct mm *mm, struct xarray *xa, struct xa_node *node)
{
	BUG_ON(node->count);
	updated(mm, xa, node);
	if (xa->last == node)
		xa->last = NULL;
	xa->nr_nodes--;
	node_free(mm, node);
}

/* Marks */

static u32 marks_of_slot(const struct xa_node *node, u32 slot)
{
	u32 marks = 0;

	for (u32 m = 0; m < NR_XA_MARKS; m++)
		marks |= (u32)(node->marks[m] >> slot & 1) << m;
	return marks;
}

static u32 marks_of_node(const struct xa_node *node)
{
	u32 marks = 0;

	for (u32 m = 0; m < NR_XA_MARKS; m++)
		marks |= (u32)(node->marks[m] != 0) << m;
	return marks;
}

static void clear_up(struct xarray *xa, struct xa_node *node, u32 slot,
		     enum xa_mark mark)
{
	for (; node; slot = node->offset, node = node->parent) {
		if (!(node->marks[mark] >> slot & 1))
			return;
		node->marks[mark] &= ~((u64)1 << slot);
		if (node->marks[mark])
			return;
	}
	xa->head_marks &= (u8) ~(1u << mark);
}

static void clear_all_marks(struct xarray *xa, struct xa_node *leaf, u32 slot)
{
	if (!leaf) {
		xa->head_marks = 0;
		return;
	}
	for (u32 m = 0; m < NR_XA_MARKS; m++)
		clear_up(xa, leaf, slot, (enum xa_mark)m);
}

/* Going down */

/* The leaf of @index; NULL: there is none. */
static struct xa_node *find_leaf(struct xarray *xa, u64 index)
{
	struct xa_node *node;

	if (xa->last && index >> XA_CHUNK_SHIFT == xa->last_base)
		return xa->last;
	if (index > max_index(xa->head) || !xa_is_node(xa->head))
		return NULL;
	node = to_node(xa->head);
	while (node->shift) {
		xa_entry entry = node->slots[slot_of(node, index)];

		if (!entry)
			return NULL;
		node = to_node(entry);
	}
	xa->last = node;
	xa->last_base = index >> XA_CHUNK_SHIFT;
	return node;
}

xa_entry xa_load_slow(struct xarray *xa, u64 index)
{
	const struct xa_node *leaf = find_leaf(xa, index);

	if (leaf)
		return leaf->slots[index & XA_CHUNK_MASK];
	return index || xa_is_node(xa->head) ? 0 : xa->head;
}

/* Nodes that an entry at @index would need. */
static u32 nodes_needed(const struct xarray *xa, u64 index)
{
	const struct xa_node *node;
	u32 shift = 0, nr = 0;

	if (index > max_index(xa->head)) {
		if (xa->head && xa_is_node(xa->head))
			shift = to_node(xa->head)->shift + XA_CHUNK_SHIFT;
		for (nr = 1; index >> shift >= XA_CHUNK_SIZE; nr++)
			shift += XA_CHUNK_SHIFT;
		/* Nothing yet: nr levels.  Else those on top, and a branch. */
		return xa->head ? nr + shift / XA_CHUNK_SHIFT : nr;
	}
	if (!xa_is_node(xa->head))
		return 0;
	for (node = to_node(xa->head); node->shift;) {
		xa_entry entry = node->slots[slot_of(node, index)];

		if (!entry)
			return node->shift / XA_CHUNK_SHIFT;
		node = to_node(entry);
	}
	return 0;
}

static bool get_spares(struct mm *mm, struct xarray *xa, u64 index, gfp_t gfp,
		       struct spare_nodes *spare)
{
	while (spare->nr < nodes_needed(xa, index)) {
		struct xa_node *node = node_alloc(mm, gfp);

		if (!node)
			return false;
		spare->at[spare->nr++] = node;
	}
	return true;
}

static struct xa_node *take_spare(struct xarray *xa, struct spare_nodes *spare,
				  u32 shift)
{
	struct xa_node *node;

	BUG_ON(!spare->nr);
	node = spare->at[--spare->nr];
	node->shift = (u8)shift;
	node->array = xa;
	xa->nr_nodes++;
	return node;
}

/* Puts nodes on top until @index has a place below the head. */
static void expand(struct mm *mm, struct xarray *xa, u64 index,
		   struct spare_nodes *spare)
{
	if (!xa->head) {
		u32 shift = 0;

		while (index >> shift >= XA_CHUNK_SIZE)
			shift += XA_CHUNK_SHIFT;
		xa->head = node_entry(take_spare(xa, spare, shift));
		return;
	}
	while (index > max_index(xa->head)) {
		bool inner = xa_is_node(xa->head);
		struct xa_node *node = take_spare(
			xa, spare,
			inner ? to_node(xa->head)->shift + XA_CHUNK_SHIFT : 0);

		node->count = 1;
		node->nr_values = xa_is_value(xa->head);
		node->slots[0] = xa->head;
		for (u32 m = 0; m < NR_XA_MARKS; m++)
			node->marks[m] = xa->head_marks >> m & 1;
		if (inner) {
			to_node(xa->head)->offset = 0;
			to_node(xa->head)->parent = node;
		}
		xa->head = node_entry(node);
		updated(mm, xa, node);
	}
}

/* The leaf of @index, made if need be; NULL: it is the head itself. */
static struct xa_node *make_leaf(struct mm *mm, struct xarray *xa, u64 index,
				 struct spare_nodes *spare)
{
	struct xa_node *node;

	if (index > max_index(xa->head))
		expand(mm, xa, index, spare);
	if (!xa_is_node(xa->head))
		return NULL;
	node = to_node(xa->head);
	while (node->shift) {
		u32 slot = slot_of(node, index);

		if (!node->slots[slot]) {
			struct xa_node *below = take_spare(
				xa, spare, node->shift - XA_CHUNK_SHIFT);

			below->offset = (u8)slot;
			below->parent = node;
			node->slots[slot] = node_entry(below);
			node->count++;
		}
		node = to_node(node->slots[slot]);
	}
	xa->last = node;
	xa->last_base = index >> XA_CHUNK_SHIFT;
	return node;
}

/* Going away */

/* The top node goes as long as it only leads to index 0 and on. */
static void shrink(struct mm *mm, struct xarray *xa)
{
	while (xa_is_node(xa->head)) {
		struct xa_node *node = to_node(xa->head);
		xa_entry entry = node->slots[0];

		if (node->count != 1 || !entry ||
		    (!xa_is_node(entry) && node->shift))
			return;
		xa->head = entry;
		xa->head_marks = (u8)marks_of_slot(node, 0);
		if (xa_is_node(entry))
			to_node(entry)->parent = NULL;
		node->count = 0;
		node->nr_values = 0;
		node_drop(mm, xa, node);
	}
}

/* @node may have become empty: it and empty ones above it go. */
static void delete_empty(struct mm *mm, struct xarray *xa, struct xa_node *node)
{
	while (!node->count) {
		struct xa_node *parent = node->parent;
		u32 slot = node->offset;

		node_drop(mm, xa, node);
		if (!parent) {
			xa->head = 0;
			xa->head_marks = 0;
			return;
		}
		parent->slots[slot] = 0;
		parent->count--;
		updated(mm, xa, parent);
		node = parent;
	}
	if (!node->parent)
		shrink(mm, xa);
}

static xa_entry replace(struct mm *mm, struct xarray *xa, struct xa_node *leaf,
			u64 index, xa_entry entry)
{
	u32 slot = (u32)index & XA_CHUNK_MASK;
	xa_entry *at = leaf ? &leaf->slots[slot] : &xa->head;
	xa_entry old = *at;

	if (!xa_is_page(entry))
		clear_all_marks(xa, leaf, slot);
	*at = entry;
	if (!leaf)
		return old;
	leaf->count = (u8)(leaf->count + (entry != 0) - (old != 0));
	leaf->nr_values =
		(u8)(leaf->nr_values + xa_is_value(entry) - xa_is_value(old));
	if (leaf->count)
		updated(mm, xa, leaf);
	if (!entry && old)
		delete_empty(mm, xa, leaf);
	return old;
}

int xa_store(struct mm *mm, struct xarray *xa, u64 index, xa_entry entry,
	     gfp_t gfp, xa_entry *old)
{
	struct spare_nodes spare = {.nr = 0};
	int rc = -ENOMEM;
	xa_entry was = 0;

	BUG_ON(xa_is_node(entry));
	if (!entry) {
		was = xa_erase(mm, xa, index);
		rc = 0;
	} else if (get_spares(mm, xa, index, gfp, &spare)) {
		was = replace(mm, xa, make_leaf(mm, xa, index, &spare), index,
			      entry);
		rc = 0;
	}
	while (spare.nr)
		node_free(mm, spare.at[--spare.nr]);
	if (old)
		*old = was;
	return rc;
}

xa_entry xa_erase(struct mm *mm, struct xarray *xa, u64 index)
{
	struct xa_node *leaf = find_leaf(xa, index);

	if (!leaf && (index || xa_is_node(xa->head)))
		return 0;
	if (leaf && !leaf->slots[index & XA_CHUNK_MASK])
		return 0;
	return replace(mm, xa, leaf, index, 0);
}

void xa_delete_node(struct mm *mm, struct xa_node *node)
{
	struct xarray *xa = node->array;

	BUG_ON(node->shift);
	for (u32 slot = 0; slot < XA_CHUNK_SIZE; slot++) {
		if (node->slots[slot])
			clear_all_marks(xa, node, slot);
		node->slots[slot] = 0;
	}
	node->count = node->nr_values = 0;
	delete_empty(mm, xa, node);
}

/* @mm NULL: only the host's memory. */
static void free_below(struct mm *mm, struct xa_node *node)
{
	for (u32 slot = 0; node->shift && slot < XA_CHUNK_SIZE; slot++)
		if (node->slots[slot])
			free_below(mm, to_node(node->slots[slot]));
	node->count = 0;
	if (mm && node->array->update)
		node->array->update(mm, node);
	if (!mm)
		node->listed = false;
	node_free(mm, node);
}

static void free_all(struct mm *mm, struct xarray *xa)
{
	if (xa_is_node(xa->head))
		free_below(mm, to_node(xa->head));
	*xa = (struct xarray){.update = xa->update};
}

void xa_init(struct xarray *xa, xa_update_fn *update)
{
	*xa = (struct xarray){.update = update};
}

void xa_destroy(struct mm *mm, struct xarray *xa)
{
	free_all(mm, xa);
}

void xa_release(struct xarray *xa)
{
	free_all(NULL, xa);
}

/* Searching */

/* The first slot of @node from @slot on that is in use, or has @mark;
 * XA_CHUNK_SIZE: none. */
static u32 next_slot(const struct xa_node *node, u32 slot, s32 mark)
{
	if (mark >= 0) {
		u64 bits = node->marks[mark] >> slot;

		return bits ? slot + (u32)__builtin_ctzll(bits) : XA_CHUNK_SIZE;
	}
	while (slot < XA_CHUNK_SIZE && !node->slots[slot])
		slot++;
	return slot;
}

/* From @at on within the tree: the entry, 0 with @at behind what was empty. */
static xa_entry find_below(struct xarray *xa, u64 *at, s32 mark)
{
	struct xa_node *node = to_node(xa->head);

	if (xa->last && *at >> XA_CHUNK_SHIFT == xa->last_base)
		node = xa->last;
	for (;;) {
		u32 from = slot_of(node, *at);
		u32 slot = next_slot(node, from, mark);
		u64 span = (u64)1 << node->shift;

		if (slot != from)
			*at = (*at & ~(span - 1)) + (slot - from) * span;
		if (slot == XA_CHUNK_SIZE)
			return 0;
		if (!node->shift) {
			xa->last = node;
			xa->last_base = *at >> XA_CHUNK_SHIFT;
			return node->slots[slot];
		}
		node = to_node(node->slots[slot]);
	}
}

static xa_entry find(struct xarray *xa, u64 *index, u64 max, s32 mark)
{
	u64 at = *index;

	if (!xa_is_node(xa->head)) {
		if (at || (mark >= 0 && !(xa->head_marks >> mark & 1)))
			return 0;
		return xa->head;
	}
	while (at <= max && at <= max_index(xa->head)) {
		xa_entry entry = find_below(xa, &at, mark);

		if (!entry)
			continue;
		if (at > max)
			break;
		*index = at;
		return entry;
	}
	return 0;
}

xa_entry xa_find(struct xarray *xa, u64 *index, u64 max)
{
	return find(xa, index, max, -1);
}

xa_entry xa_find_marked(struct xarray *xa, u64 *index, u64 max,
			enum xa_mark mark)
{
	return find(xa, index, max, (s32)mark);
}

/* Marks of entries */

void xa_set_mark(struct xarray *xa, u64 index, enum xa_mark mark)
{
	struct xa_node *node = find_leaf(xa, index);
	u32 slot = (u32)index & XA_CHUNK_MASK;

	BUG_ON(!xa_is_page(node ? node->slots[slot] : xa->head));
	for (; node; slot = node->offset, node = node->parent) {
		if (node->marks[mark] >> slot & 1)
			return;
		node->marks[mark] |= (u64)1 << slot;
	}
	xa->head_marks |= (u8)(1u << mark);
}

void xa_clear_mark(struct xarray *xa, u64 index, enum xa_mark mark)
{
	struct xa_node *leaf = find_leaf(xa, index);

	if (leaf)
		clear_up(xa, leaf, (u32)index & XA_CHUNK_MASK, mark);
	else if (!index && !xa_is_node(xa->head))
		xa->head_marks &= (u8) ~(1u << mark);
}

bool xa_get_mark(const struct xarray *xa, u64 index, enum xa_mark mark)
{
	const struct xa_node *node;

	if (index > max_index(xa->head))
		return false;
	if (!xa_is_node(xa->head))
		return xa->head_marks >> mark & 1;
	for (node = to_node(xa->head);;) {
		u32 slot = slot_of(node, index);

		if (!(node->marks[mark] >> slot & 1))
			return false;
		if (!node->shift)
			return true;
		node = to_node(node->slots[slot]);
	}
}

/* Checking */

static int check_node(const struct xarray *xa, const struct xa_node *node,
		      u64 *nodes, struct err *e);

static int check_slot(const struct xarray *xa, const struct xa_node *node,
		      u32 slot, u64 *nodes, struct err *e)
{
	xa_entry entry = node->slots[slot];
	const struct xa_node *below;

	if (!node->shift)
		return marks_of_slot(node, slot) && !xa_is_page(entry)
			       ? WRONG(e, "xarray: a mark without a page")
			       : 0;
	if (!entry)
		return marks_of_slot(node, slot)
			       ? WRONG(e, "xarray: a mark without a node")
			       : 0;
	if (!xa_is_node(entry))
		return WRONG(e, "xarray: an entry above the leaves");
	below = to_node(entry);
	if (below->parent != node || below->offset != slot ||
	    below->shift + XA_CHUNK_SHIFT != node->shift)
		return WRONG(e, "xarray: a node is not where it says");
	if (marks_of_node(below) != marks_of_slot(node, slot))
		return WRONG(e, "xarray: marks differ from those below");
	return check_node(xa, below, nodes, e);
}

static int check_node(const struct xarray *xa, const struct xa_node *node,
		      u64 *nodes, struct err *e)
{
	u32 count = 0, values = 0;
	int rc = 0;

	++*nodes;
	if (node->array != xa)
		return WRONG(e, "xarray: a node of another array");
	for (u32 slot = 0; slot < XA_CHUNK_SIZE && !rc; slot++) {
		count += node->slots[slot] != 0;
		values += xa_is_value(node->slots[slot]);
		rc = check_slot(xa, node, slot, nodes, e);
	}
	if (!rc &&
	    (!count || count != node->count || values != node->nr_values))
		return WRONG(e,
			     "xarray: %u slots and %u values, counted %u, %u",
			     count, values, node->count, node->nr_values);
	return rc;
}

int xa_check(const struct xarray *xa, struct err *e)
{
	u64 nodes = 0;
	int rc = 0;

	if (xa_is_node(xa->head)) {
		const struct xa_node *top = to_node(xa->head);

		if (top->parent || marks_of_node(top) != xa->head_marks)
			return WRONG(e, "xarray: the head is wrong");
		rc = check_node(xa, top, &nodes, e);
	} else if (xa->head_marks && !xa_is_page(xa->head)) {
		return WRONG(e, "xarray: a mark of no page");
	}
	if (!rc && nodes != xa->nr_nodes)
		return WRONG(e, "xarray: %llu nodes, counted %llu",
			     (unsigned long long)nodes,
			     (unsigned long long)xa->nr_nodes);
	if (!rc && xa->last &&
	    xa_node_index(xa->last) >> XA_CHUNK_SHIFT != xa->last_base)
		return WRONG(e, "xarray: the leaf looked at last has moved");
	return rc;
}
