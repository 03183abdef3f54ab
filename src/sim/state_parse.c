#include "sim/state_parse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

typedef bool (*parse_fn)(struct state *st, struct scan *s);

/* Parses what is open, and closes it. */
static int parse_open(struct state *st, struct scan *s, parse_fn parse,
		      struct err *e)
{
	int ret = 0;

	if (!parse(st, s))
		ret = e->code ? e->code
			      : err_set(e, -EINVAL, "%s: damaged", s->path);
	scan_close(s);
	return ret;
}

static int parse_file(struct state *st, const char *dir, const char *what,
		      const char *label, parse_fn parse, struct err *e)
{
	char name[STATE_NAME_MAX * 2];
	struct scan s;
	int ret;

	snprintf(name, sizeof(name), "%s-%s.txt", what, label);
	ret = scan_open(&s, dir, name, e);
	if (ret == -ENOENT)
		return err_set(e, -ENOENT,
			       "%s: no %s there (nor %s.zst): not a recorded "
			       "state",
			       dir, name, name);
	if (ret)
		return ret;
	return parse_open(st, &s, parse, e);
}

struct state *state_load(const char *dir, const char *label, struct err *e)
{
	struct state *st = xcalloc(1, sizeof(*st));
	struct err own = {0};
	int ret;

	ret = parse_file(st, dir, "snap", label, state_parse_snap, &own);
	if (!ret)
		ret = parse_file(st, dir, "freelists", label,
				 state_parse_freelists, &own);
	if (!ret && st->kind == STATE_SLUB)
		ret = parse_file(st, dir, "slabs", label, state_parse_slabs,
				 &own);
	if (!ret)
		ret = state_check(st, dir, &own);
	if (!ret)
		return st;
	err_set(e, ret, "%s", own.text);
	state_free(st);
	return NULL;
}

struct state *state_load_texts(const char *const texts[3], const size_t len[3],
			       struct err *e)
{
	static const parse_fn parsers[] = {
		state_parse_snap, state_parse_freelists, state_parse_slabs};
	static const char *const names[] = {"snap", "freelists", "slabs"};
	struct state *st = xcalloc(1, sizeof(*st));
	struct err own = {0};
	int ret = 0;

	for (u32 i = 0; i < 3 && !ret; i++) {
		struct scan s;

		if (i == 2 && st->kind != STATE_SLUB)
			break;
		ret = scan_open_text(&s, names[i], texts[i], len[i], &own);
		if (!ret)
			ret = parse_open(st, &s, parsers[i], &own);
	}
	if (!ret)
		ret = state_check(st, "state", &own);
	if (!ret)
		return st;
	err_set(e, ret, "%s", own.text);
	state_free(st);
	return NULL;
}

void state_free(struct state *st)
{
	if (!st)
		return;
	for (size_t i = 0; i < st->zones.nr; i++) {
		free(st->zones.at[i].pcp);
		VEC_FREE(&st->zones.at[i].pageblocks);
	}
	for (size_t i = 0; i < st->caches.nr; i++) {
		VEC_FREE(&st->caches.at[i].slabs);
		VEC_FREE(&st->caches.at[i].pages);
	}
	for (u32 i = 0; i < MM_NODES_MAX; i++)
		VEC_FREE(&st->nodes[i].zonelist);
	VEC_FREE(&st->pfns);
	VEC_FREE(&st->slots);
	VEC_FREE(&st->zones);
	VEC_FREE(&st->caches);
	VEC_FREE(&st->slab_pages);
	VEC_FREE(&st->slab_page_names);
	free(st);
}
