/*
 * yaml_tree.h - a YAML file as a small tree that knows where each word stood.
 *
 * Only what configuration needs: one document of mappings, lists and scalars.
 * Aliases and tags are refused (an alias can make a small file enormous), a
 * key that stands twice in one mapping too.  Scalars are kept as text;
 * schema.h gives them a meaning.
 *
 * Invariants: every node has a place; children of a mapping have a key and
 * their keys differ; depth, node count and file size are bounded by the
 * limits below.
 */
#ifndef BASE_YAML_TREE_H
#define BASE_YAML_TREE_H

#include "base/err.h"

#define YAML_FILE_MAX  (4u << 20) /* bytes */
#define YAML_NODES_MAX 200000u
#define YAML_DEPTH_MAX 32u
#define YAML_TEXT_MAX  4096u /* bytes of one scalar */

enum yaml_kind {
	YAML_SCALAR,
	YAML_LIST,
	YAML_MAP
};

struct yaml_node {
	enum yaml_kind kind;
	const char *source; /* file name or "--set:KEY"; the tree's */
	u32 line;	    /* from 1; 0: the source says it all */
	u32 column;	    /* from 1 */
	u32 key_line;	    /* place of the key, in a mapping */
	u32 key_column;
	char *key;  /* owned; NULL in a list */
	char *text; /* owned; a scalar's text */
	bool quoted;
	u32 nr; /* children */
	struct yaml_node *child;
	struct yaml_node *last;
	struct yaml_node *next;
};

struct yaml_tree; /* opaque */

/** yaml_tree_load() - Reads @path; NULL with @e "file:line:column: ...". */
struct yaml_tree *yaml_tree_load(const char *path, struct err *e);
/** yaml_tree_parse() - The same from memory; @source names it in messages. */
struct yaml_tree *yaml_tree_parse(const char *source, const char *text,
				  size_t len, struct err *e);
void yaml_tree_free(struct yaml_tree *t);
/** The outermost node, always a mapping. */
const struct yaml_node *yaml_tree_root(const struct yaml_tree *t);

/**
 * yaml_tree_set() - Puts a value at a dotted path ("nodes.0.memory=2GiB").
 * Mappings on the way are made when they are missing; list items must exist.
 * The value is read as YAML, so "[1, 2]" is a list.
 */
int yaml_tree_set(struct yaml_tree *t, const char *assignment, struct err *e);

/** The child of mapping @n with this key, or NULL. */
const struct yaml_node *yaml_get(const struct yaml_node *n, const char *key);

/** yaml_err() - err_set() with the place of @n before the text. */
COLD int yaml_err(const struct yaml_node *n, struct err *e, const char *fmt,
		  ...) PRINTF_LIKE(3, 4);
/** yaml_err_key() - The same, with the place of the key of @n. */
COLD int yaml_err_key(const struct yaml_node *n, struct err *e, const char *fmt,
		      ...) PRINTF_LIKE(3, 4);

#endif
