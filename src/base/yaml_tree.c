#include "base/yaml_tree.h"

#include "base/vec.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

struct yaml_tree {
	struct yaml_node *root;
	VEC(char *) sources; /* names that nodes point to */
	u32 nr_nodes;
};

/* One parse, of a file or of the value of a --set. */
struct parse {
	struct yaml_tree *tree;
	yaml_parser_t parser;
	const char *source;
	const char *text;
	size_t len;
	bool one_place; /* a --set: line and column say nothing */
	struct err *e;
};

static const char *keep_source(struct yaml_tree *t, const char *name)
{
	char *copy = xstrdup(name);

	*VEC_PUSH(&t->sources) = copy;
	return copy;
}

static void node_free(struct yaml_node *n)
{
	struct yaml_node *next;

	if (!n)
		return;
	for (struct yaml_node *c = n->child; c; c = next) {
		next = c->next;
		node_free(c);
	}
	free(n->key);
	free(n->text);
	free(n);
}

void yaml_tree_free(struct yaml_tree *t)
{
	if (!t)
		return;
	node_free(t->root);
	for (size_t i = 0; i < t->sources.nr; i++)
		free(t->sources.at[i]);
	VEC_FREE(&t->sources);
	free(t);
}

const struct yaml_node *yaml_tree_root(const struct yaml_tree *t)
{
	return t->root;
}

PRINTF_LIKE(5, 0)
static int err_at(const char *source, u32 line, u32 column, struct err *e,
		  const char *fmt, va_list ap)
{
	char text[ERR_TEXT_MAX - 300];

	vsnprintf(text, sizeof(text), fmt, ap);
	if (!line)
		return err_set(e, -EINVAL, "%s: %s", source, text);
	return err_set(e, -EINVAL, "%s:%u:%u: %s", source, line, column, text);
}

int yaml_err(const struct yaml_node *n, struct err *e, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = err_at(n->source, n->line, n->column, e, fmt, ap);
	va_end(ap);
	return rc;
}

int yaml_err_key(const struct yaml_node *n, struct err *e, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = err_at(n->source, n->key ? n->key_line : n->line,
		    n->key ? n->key_column : n->column, e, fmt, ap);
	va_end(ap);
	return rc;
}

static int err_event(struct parse *p, const yaml_event_t *ev, const char *fmt,
		     ...) PRINTF_LIKE(3, 4);

static int err_event(struct parse *p, const yaml_event_t *ev, const char *fmt,
		     ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = err_at(p->source, p->one_place ? 0 : (u32)ev->start_mark.line + 1,
		    (u32)ev->start_mark.column + 1, p->e, fmt, ap);
	va_end(ap);
	return rc;
}

/* A byte that is no text has an offset only: its place in the file. */
static void mark_byte(const struct parse *p, yaml_mark_t *at)
{
	size_t end = p->parser.problem_offset;

	if (p->parser.error != YAML_READER_ERROR || end > p->len)
		return;
	*at = (yaml_mark_t){0};
	for (size_t i = 0; i < end; i++) {
		at->column++;
		if (p->text[i] == '\n') {
			at->line++;
			at->column = 0;
		}
	}
}

static int next_event(struct parse *p, yaml_event_t *ev)
{
	const yaml_mark_t *at = &p->parser.problem_mark;

	if (yaml_parser_parse(&p->parser, ev))
		return 0;
	memset(ev, 0, sizeof(*ev));
	ev->start_mark = *at;
	mark_byte(p, &ev->start_mark);
	return err_event(p, ev, "not YAML: %s%s%s",
			 p->parser.problem ? p->parser.problem : "cannot parse",
			 p->parser.context ? ", " : "",
			 p->parser.context ? p->parser.context : "");
}

static struct yaml_node *node_new(struct parse *p, const yaml_event_t *ev,
				  enum yaml_kind kind)
{
	struct yaml_node *n;

	if (p->tree->nr_nodes >= YAML_NODES_MAX) {
		err_event(p, ev, "more than %u values in one file",
			  YAML_NODES_MAX);
		return NULL;
	}
	p->tree->nr_nodes++;
	n = xcalloc(1, sizeof(*n));
	n->kind = kind;
	n->source = p->source;
	n->line = p->one_place ? 0 : (u32)ev->start_mark.line + 1;
	n->column = (u32)ev->start_mark.column + 1;
	return n;
}

static void add_child(struct yaml_node *parent, struct yaml_node *c)
{
	if (parent->last)
		parent->last->next = c;
	else
		parent->child = c;
	parent->last = c;
	parent->nr++;
}

const struct yaml_node *yaml_get(const struct yaml_node *n, const char *key)
{
	if (n->kind != YAML_MAP)
		return NULL;
	for (const struct yaml_node *c = n->child; c; c = c->next)
		if (!strcmp(c->key, key))
			return c;
	return NULL;
}

/* The text of a scalar event, which must be C text of sensible length. */
static char *scalar_text(struct parse *p, const yaml_event_t *ev)
{
	const char *at = (const char *)ev->data.scalar.value;
	size_t len = ev->data.scalar.length;

	if (len > YAML_TEXT_MAX) {
		err_event(p, ev, "a value of %zu bytes; %u are the most", len,
			  YAML_TEXT_MAX);
		return NULL;
	}
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)at[i] < ' ') {
			err_event(p, ev, "a control character in a value");
			return NULL;
		}
	return xstrdup(at);
}

static bool event_has_tag(const yaml_event_t *ev)
{
	switch ((int)ev->type) {
	case YAML_SCALAR_EVENT:
		return ev->data.scalar.tag;
	case YAML_SEQUENCE_START_EVENT:
		return ev->data.sequence_start.tag;
	case YAML_MAPPING_START_EVENT:
		return ev->data.mapping_start.tag;
	default:
		return false;
	}
}

static struct yaml_node *parse_value(struct parse *p, yaml_event_t *ev,
				     u32 depth);

/* The key before a value in a mapping: sets @key and @at. */
static int parse_key(struct parse *p, const struct yaml_node *map,
		     yaml_event_t *ev, char **key)
{
	if (ev->type == YAML_ALIAS_EVENT)
		return err_event(p, ev, "aliases (*%s) are not allowed here",
				 ev->data.alias.anchor);
	if (ev->type != YAML_SCALAR_EVENT)
		return err_event(p, ev, "a key must be a plain word");
	*key = scalar_text(p, ev);
	if (!*key)
		return -EINVAL;
	if (yaml_get(map, *key)) {
		err_event(p, ev, "the key '%s' stands here twice", *key);
		free(*key);
		return -EINVAL;
	}
	return 0;
}

static int parse_map_item(struct parse *p, struct yaml_node *map,
			  yaml_event_t *ev, u32 depth)
{
	struct yaml_node *c;
	yaml_event_t value;
	char *key = NULL;

	if (parse_key(p, map, ev, &key))
		return -EINVAL;
	if (next_event(p, &value)) {
		free(key);
		return -EINVAL;
	}
	c = parse_value(p, &value, depth);
	yaml_event_delete(&value);
	if (!c) {
		free(key);
		return -EINVAL;
	}
	c->key = key;
	c->key_line = p->one_place ? 0 : (u32)ev->start_mark.line + 1;
	c->key_column = (u32)ev->start_mark.column + 1;
	add_child(map, c);
	return 0;
}

static int parse_list_item(struct parse *p, struct yaml_node *list,
			   yaml_event_t *ev, u32 depth)
{
	struct yaml_node *c = parse_value(p, ev, depth);

	if (!c)
		return -EINVAL;
	add_child(list, c);
	return 0;
}

static int parse_children(struct parse *p, struct yaml_node *n, u32 depth)
{
	yaml_event_t ev;
	bool end;
	int rc;

	do {
		if (next_event(p, &ev))
			return -EINVAL;
		end = ev.type == YAML_MAPPING_END_EVENT ||
		      ev.type == YAML_SEQUENCE_END_EVENT;
		rc = 0;
		if (!end && n->kind == YAML_MAP)
			rc = parse_map_item(p, n, &ev, depth + 1);
		else if (!end)
			rc = parse_list_item(p, n, &ev, depth + 1);
		yaml_event_delete(&ev);
	} while (!end && !rc);
	return rc;
}

static struct yaml_node *parse_scalar(struct parse *p, yaml_event_t *ev)
{
	struct yaml_node *n = node_new(p, ev, YAML_SCALAR);

	if (!n)
		return NULL;
	n->text = scalar_text(p, ev);
	n->quoted = ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	if (!n->text) {
		node_free(n);
		return NULL;
	}
	return n;
}

static struct yaml_node *parse_value(struct parse *p, yaml_event_t *ev,
				     u32 depth)
{
	struct yaml_node *n;

	if (depth > YAML_DEPTH_MAX) {
		err_event(p, ev, "nested deeper than %u levels",
			  YAML_DEPTH_MAX);
		return NULL;
	}
	if (ev->type == YAML_ALIAS_EVENT) {
		err_event(p, ev,
			  "aliases (*%s) are not allowed; repeat the "
			  "value",
			  ev->data.alias.anchor);
		return NULL;
	}
	if (event_has_tag(ev)) {
		err_event(p, ev, "tags (!...) are not allowed");
		return NULL;
	}
	if (ev->type == YAML_SCALAR_EVENT)
		return parse_scalar(p, ev);
	n = node_new(p, ev,
		     ev->type == YAML_MAPPING_START_EVENT ? YAML_MAP
							  : YAML_LIST);
	if (n && parse_children(p, n, depth)) {
		node_free(n);
		return NULL;
	}
	return n;
}

/* Skips to the first event of the document's content. */
static int document_start(struct parse *p, yaml_event_t *ev)
{
	for (;;) {
		if (next_event(p, ev))
			return -EINVAL;
		if (ev->type == YAML_STREAM_END_EVENT) {
			err_event(p, ev, "there is nothing in it");
			yaml_event_delete(ev);
			return -EINVAL;
		}
		if (ev->type != YAML_STREAM_START_EVENT &&
		    ev->type != YAML_DOCUMENT_START_EVENT)
			return 0;
		yaml_event_delete(ev);
	}
}

/* After the document only the end of the stream may come. */
static int document_end(struct parse *p)
{
	yaml_event_t ev;
	int type;

	do {
		if (next_event(p, &ev))
			return -EINVAL;
		type = (int)ev.type;
		if (type != YAML_DOCUMENT_END_EVENT &&
		    type != YAML_STREAM_END_EVENT)
			err_event(p, &ev,
				  "a second document; only one is "
				  "allowed");
		yaml_event_delete(&ev);
	} while (type == YAML_DOCUMENT_END_EVENT);
	return type == YAML_STREAM_END_EVENT ? 0 : -EINVAL;
}

static struct yaml_node *parse_text(struct yaml_tree *t, const char *source,
				    bool one_place, const char *text,
				    size_t len, struct err *e)
{
	struct parse p = {
		.tree = t, .source = source, .text = text, .len = len, .e = e};
	struct yaml_node *n = NULL;
	yaml_event_t ev;

	p.one_place = one_place;
	if (!yaml_parser_initialize(&p.parser)) {
		err_set(e, -ENOMEM, "%s: no memory for the parser", source);
		return NULL;
	}
	yaml_parser_set_input_string(&p.parser, (const unsigned char *)text,
				     len);
	if (!document_start(&p, &ev)) {
		n = parse_value(&p, &ev, 0);
		yaml_event_delete(&ev);
	}
	if (n && document_end(&p)) {
		node_free(n);
		n = NULL;
	}
	yaml_parser_delete(&p.parser);
	return n;
}

struct yaml_tree *yaml_tree_parse(const char *source, const char *text,
				  size_t len, struct err *e)
{
	struct yaml_tree *t;

	if (len > YAML_FILE_MAX) {
		err_set(e, -EINVAL, "%s: %zu bytes; %u are the most", source,
			len, YAML_FILE_MAX);
		return NULL;
	}
	t = xcalloc(1, sizeof(*t));
	t->root = parse_text(t, keep_source(t, source), false, text, len, e);
	if (t->root && t->root->kind != YAML_MAP) {
		yaml_err(t->root, e, "expected 'key: value' lines");
		yaml_tree_free(t);
		return NULL;
	}
	if (!t->root) {
		yaml_tree_free(t);
		return NULL;
	}
	return t;
}

static char *read_file(const char *path, size_t *len, struct err *e)
{
	FILE *f = fopen(path, "rb");
	char *text;

	if (!f) {
		err_sys(e, path, "open");
		return NULL;
	}
	text = xmalloc(YAML_FILE_MAX + 1);
	*len = fread(text, 1, YAML_FILE_MAX + 1, f);
	if (ferror(f)) {
		err_sys(e, path, "read");
		free(text);
		text = NULL;
	}
	fclose(f);
	return text;
}

struct yaml_tree *yaml_tree_load(const char *path, struct err *e)
{
	struct yaml_tree *t;
	size_t len;
	char *text = read_file(path, &len, e);

	if (!text)
		return NULL;
	t = yaml_tree_parse(path, text, len, e);
	free(text);
	return t;
}

/* One step of a dotted path: the child named by @word, made if allowed. */
static struct yaml_node *set_step(struct yaml_tree *t, struct yaml_node *at,
				  const char *source, char *word, bool leaf,
				  struct err *e)
{
	struct yaml_node *c;
	char *end;
	unsigned long idx;

	if (at->kind == YAML_LIST) {
		idx = strtoul(word, &end, 10);
		if (!*word || *end || *word == '-' || idx >= at->nr) {
			err_set(e, -EINVAL,
				"%s: '%s' is no item of a list of "
				"%u (0 is the first)",
				source, word, at->nr);
			return NULL;
		}
		for (c = at->child; idx; idx--)
			c = c->next;
		return c;
	}
	if (at->kind != YAML_MAP) {
		err_set(e, -EINVAL, "%s: '%s' is below a plain value", source,
			word);
		return NULL;
	}
	for (c = at->child; c; c = c->next)
		if (!strcmp(c->key, word))
			return c;
	c = xcalloc(1, sizeof(*c));
	c->kind = leaf ? YAML_SCALAR : YAML_MAP;
	c->source = source;
	c->key = xstrdup(word);
	add_child(at, c);
	t->nr_nodes++;
	return c;
}

/* Puts the content of @value in the place of that of @n. */
static void set_value(struct yaml_node *n, struct yaml_node *value)
{
	struct yaml_node old = *n;

	*n = *value;
	n->next = old.next;
	n->key = old.key;
	n->key_line = 0;
	old.key = NULL;
	*value = old;
	value->next = NULL;
	node_free(value);
}

static int set_path(struct yaml_tree *t, char *path, const char *value,
		    struct err *e)
{
	char *label = xasprintf("--set:%s", path);
	const char *source = keep_source(t, label);
	struct yaml_node *at = t->root, *v;
	char *word, *rest = path;

	free(label);
	while (at && (word = strsep(&rest, ".")))
		at = set_step(t, at, source, word, !rest, e);
	if (!at)
		return -EINVAL;
	v = parse_text(t, source, true, value, strlen(value), e);
	if (!v)
		return -EINVAL;
	set_value(at, v);
	return 0;
}

int yaml_tree_set(struct yaml_tree *t, const char *assignment, struct err *e)
{
	const char *eq = strchr(assignment, '=');
	char *path;
	int rc;

	if (!eq || eq == assignment)
		return err_set(e, -EINVAL, "--set:%s: expected key=value",
			       assignment);
	path = xstrdup(assignment);
	path[eq - assignment] = 0;
	rc = set_path(t, path, eq + 1, e);
	free(path);
	return rc;
}
