/*
 * compare.c - sets a run of kmemsim beside what a real kernel did.
 *
 *	compare CASE PLACEMENTS RUN		one line of figures
 *	compare -v CASE PLACEMENTS RUN		and the first differences
 *	compare -a CASE PLACEMENTS RUN		and all of them
 *
 * CASE is a folder of recorded files (results.tsv, snaps.txt or
 * snap-LABEL.txt, freelists-end.txt, slabs-end.txt; plain or .zst),
 * PLACEMENTS what `run --placements` wrote, RUN what `run -o` left behind.
 *
 * The levels, each a share:
 *	b	operations with the same outcome: ok, node, zone
 *	c	lines of slab counts in all snapshots
 *	d	b, and the object shares its page with the same live objects
 *		at the same offset (a page is named by its oldest live object)
 *	e	d, and the very same page frame
 *	z	lines about zones and per-CPU lists in all snapshots
 *	f	lines of the exact lists at the end
 */
#include "base/compiler.h"
#include "base/vec.h"
#include "base/xmalloc.h"
#include "sim/state_scan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OIDS_MAX (1u << 24)
#define PFNS_MAX (1u << 24)
#define OPS_MAX	 (1u << 24)
#define WORD_MAX 128

enum level {
	LEVEL_B,
	LEVEL_C,
	LEVEL_D,
	LEVEL_E,
	LEVEL_Z,
	LEVEL_F,
	NR_LEVELS
};

struct share {
	u64 good;
	u64 total;
	char first[640]; /* what differs first, for -v */
};

static const char letters[NR_LEVELS + 1] = "bcdezf";
static struct share shares[NR_LEVELS];
static bool show_all;
/* Recorded with SLUB: the caches' part of a state is written for it alone. */

/* The first operation whose object went elsewhere. */
static struct {
	bool set;
	u64 op;
	u32 nid;
	char zone[12];
} astray;

_Noreturn static void die(const char *text)
{
	fprintf(stderr, "compare: %s\n", text);
	exit(2);
}

PRINTF_LIKE(3, 4)
static void count(enum level level, bool good, const char *fmt, ...)
{
	struct share *s = &shares[level];
	va_list ap;

	s->total++;
	s->good += good;
	if (good || (s->first[0] && !show_all))
		return;
	va_start(ap, fmt);
	vsnprintf(s->first, sizeof(s->first), fmt, ap);
	va_end(ap);
	if (show_all)
		printf("  %c: %s\n", letters[level], s->first);
}

/* Rows of results */

enum column {
	COL_OP,
	COL_OID,
	COL_OK,
	COL_PFN,
	COL_OFFSET,
	COL_NID,
	COL_ZONE,
	COL_EXTRA,
	NR_COLUMNS
};

static const char *const column_names[NR_COLUMNS] = {
	"op", "oid", "ok", "pfn", "offset", "nid", "zone", "extra",
};

struct row {
	char op[24];
	char zone[12];
	char extra[96];
	u64 oid;
	u64 pfn;
	u32 offset;
	u32 nid;
	bool ok;
	bool same; /* a free of what was allocated: no columns are kept */
};

struct rows {
	VEC(struct row) v;
};

static void set_column(struct row *r, enum column c, const char *text)
{
	switch (c) {
	case COL_OP:
		snprintf(r->op, sizeof(r->op), "%.23s", text);
		break;
	case COL_OID:
		r->oid = strtoull(text, NULL, 10);
		break;
	case COL_OK:
		r->same = *text == '=';
		r->ok = *text == '1';
		break;
	case COL_PFN:
		r->pfn = strtoull(text, NULL, 10);
		break;
	case COL_OFFSET:
		r->offset = (u32)strtoul(text, NULL, 10);
		break;
	case COL_NID:
		r->nid = (u32)strtoul(text, NULL, 10);
		break;
	case COL_ZONE:
		snprintf(r->zone, sizeof(r->zone), "%.11s", text);
		break;
	case COL_EXTRA:
		snprintf(r->extra, sizeof(r->extra), "%.95s", text);
		break;
	case NR_COLUMNS:
		break;
	}
}

/* The next field of a line; the separators are tabs. */
static bool next_field(struct scan *s, char *buf)
{
	size_t n = strcspn(s->at, "\t\n");

	if (!*s->at || *s->at == '\n')
		return false;
	snprintf(buf, WORD_MAX, "%.*s", (int)MIN(n, WORD_MAX - 1), s->at);
	s->at += n;
	if (*s->at == '\t')
		s->at++;
	return true;
}

/* Reads a table by the names in its first line. */
static void read_rows(const char *dir, const char *name, struct rows *rows)
{
	struct err e = {0};
	struct scan s;
	char word[WORD_MAX];
	enum column cols[16];
	u32 nr_cols = 0;

	if (scan_open(&s, dir, name, &e) || !scan_next_line(&s))
		die(e.code ? e.text : "a table is missing or empty");
	while (nr_cols < ARRAY_SIZE(cols) && next_field(&s, word)) {
		cols[nr_cols] = NR_COLUMNS;
		for (u32 i = 0; i < NR_COLUMNS; i++)
			if (!strcmp(word, column_names[i]))
				cols[nr_cols] = (enum column)i;
		nr_cols++;
	}
	while (scan_next_line(&s)) {
		struct row r = {.op = ""};

		if (scan_eol(&s) || scan_peek(&s, "#"))
			continue;
		if (rows->v.nr >= OPS_MAX)
			die("too many operations");
		for (u32 i = 0; i < nr_cols && next_field(&s, word); i++)
			set_column(&r, cols[i], word);
		*VEC_PUSH(&rows->v) = r;
	}
	scan_close(&s);
}

/* Pages by their oldest live object */

struct object {
	u32 pfn;  /* 0: not live */
	u32 next; /* objects of one page, oldest first; 0 ends */
	u32 prev;
};

struct page_live {
	u32 first;
	u32 last;
};

struct book {
	struct object *objects;
	struct page_live *pages;
};

static void book_init(struct book *b)
{
	b->objects = xmap_lazy(sizeof(*b->objects) * OIDS_MAX);
	b->pages = xmap_lazy(sizeof(*b->pages) * PFNS_MAX);
	if (!b->objects || !b->pages)
		die("no address space");
}

/* Returns the oid that names the page. */
static u32 book_alloc(struct book *b, u64 oid, u64 pfn)
{
	struct object *o;
	struct page_live *p;

	if (!oid || oid >= OIDS_MAX || pfn >= PFNS_MAX)
		die("oid or pfn too large");
	o = &b->objects[oid];
	p = &b->pages[pfn];
	o->pfn = (u32)pfn + 1;
	o->prev = p->last;
	o->next = 0;
	if (p->last)
		b->objects[p->last].next = (u32)oid;
	else
		p->first = (u32)oid;
	p->last = (u32)oid;
	return p->first;
}

static void book_free(struct book *b, u64 oid)
{
	struct object *o;
	struct page_live *p;

	if (oid >= OIDS_MAX || !b->objects[oid].pfn)
		return;
	o = &b->objects[oid];
	p = &b->pages[o->pfn - 1];
	if (o->prev)
		b->objects[o->prev].next = o->next;
	else
		p->first = o->next;
	if (o->next)
		b->objects[o->next].prev = o->prev;
	else
		p->last = o->prev;
	o->pfn = 0;
}

static bool is_any(const char *op, const char *const *names, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(op, names[i]))
			return true;
	return false;
}

static bool is_alloc(const char *op)
{
	static const char *const names[] = {"kmem_cache_alloc", "kmalloc",
					    "alloc_pages", "mempool_alloc",
					    "alloc_percpu"};

	return is_any(op, names, ARRAY_SIZE(names));
}

static bool is_free(const char *op)
{
	static const char *const names[] = {"kmem_cache_free", "kfree",
					    "free_pages", "mempool_free",
					    "free_percpu"};

	return is_any(op, names, ARRAY_SIZE(names));
}

static void compare_alloc(u64 op, const struct row *w, const struct row *o,
			  struct book *wb, struct book *ob)
{
	bool outcome =
		w->ok == o->ok &&
		(!w->ok || (w->nid == o->nid && !strcmp(w->zone, o->zone)));
	bool pattern = outcome;
	bool pfn = outcome;
	char text[512];

	if (!strcmp(o->op, "alloc_percpu")) {
		outcome = w->ok == o->ok;
		pattern = pfn = outcome && w->offset == o->offset;
	} else if (w->ok && o->ok) {
		u32 wn = book_alloc(wb, o->oid, w->pfn);
		u32 on = book_alloc(ob, o->oid, o->pfn);

		pattern = outcome && wn == on && w->offset == o->offset;
		pfn = pattern && w->pfn == o->pfn;
	}
	snprintf(text, sizeof(text),
		 "op %" PRIu64 " %s %" PRIu64 ": recorded ok=%d pfn=%" PRIu64
		 " offset=%u nid=%u zone=%s extra=%s; ours ok=%d pfn=%" PRIu64
		 " offset=%u nid=%u zone=%s extra=%s",
		 op, o->op, o->oid, w->ok, w->pfn, w->offset, w->nid, w->zone,
		 w->extra, o->ok, o->pfn, o->offset, o->nid, o->zone, o->extra);
	count(LEVEL_B, outcome, "%s", text);
	count(LEVEL_D, pattern, "%s", text);
	count(LEVEL_E, pfn, "%s", text);
	if (!pfn && !astray.set) {
		const struct row *r = w->ok ? w : o;

		astray.set = true;
		astray.op = op;
		astray.nid = r->nid;
		snprintf(astray.zone, sizeof(astray.zone), "%s", r->zone);
	}
}

static void compare_rows(const struct rows *want, const struct rows *ours)
{
	struct book wb;
	struct book ob;

	book_init(&wb);
	book_init(&ob);
	for (size_t i = 0; i < want->v.nr; i++) {
		const struct row *w = &want->v.at[i];
		const struct row *o = i < ours->v.nr ? &ours->v.at[i] : NULL;

		if (!o) {
			count(LEVEL_B, false, "op %zu: our run ended", i);
			count(LEVEL_D, false, "op %zu: our run ended", i);
			count(LEVEL_E, false, "op %zu: our run ended", i);
		} else if (w->op[0] && strcmp(w->op, o->op) != 0) {
			die("the two tables are not of the same operations");
		} else if (is_free(o->op)) {
			book_free(&wb, o->oid);
			book_free(&ob, o->oid);
		} else if (is_alloc(o->op)) {
			compare_alloc(i, w, o, &wb, &ob);
		}
	}
	if (ours->v.nr > want->v.nr)
		die("our run has more operations than the recorded one");
	xunmap(wb.objects, sizeof(*wb.objects) * OIDS_MAX);
	xunmap(wb.pages, sizeof(*wb.pages) * PFNS_MAX);
	xunmap(ob.objects, sizeof(*ob.objects) * OIDS_MAX);
	xunmap(ob.pages, sizeof(*ob.pages) * PFNS_MAX);
}

/* Snapshots */

/* Up to what is not modelled: how often compaction was put off. */
static size_t line_len(const struct scan *s)
{
	size_t n = strcspn(s->at, "\n");
	const char *cut = strstr(s->at, " compact_considered");

	if (!cut || cut > s->at + n) /* when a node is reaped: by address */
		cut = strstr(s->at, " next_reap_in");

	return cut && cut < s->at + n ? (size_t)(cut - s->at) : n;
}

static bool same_line(const struct scan *a, const struct scan *b)
{
	size_t n = line_len(a);

	return n == line_len(b) && !memcmp(a->at, b->at, n);
}

/*
 * A cache's counts without page frames: "0:8725:34:..." of the last group
 * becomes "0:+:34:...", "-" (no cpu slab) stays.
 */
static void cache_counts(const struct scan *s, char *buf, size_t len)
{
	size_t n = line_len(s);
	u32 bars = 0;
	u32 colons = 0;
	size_t out = 0;

	for (size_t i = 0; i < n && out + 2 < len; i++) {
		char c = s->at[i];

		bars += c == '|';
		if (c == ' ')
			colons = 0;
		if (bars == 3 && colons == 1 && c >= '0' && c <= '9') {
			if (s->at[i - 1] == ':')
				buf[out++] = '+';
			continue;
		}
		colons += c == ':';
		buf[out++] = c;
	}
	buf[out] = '\0';
}

static void compare_cache(const char *label, const struct scan *w,
			  const struct scan *o)
{
	char a[4096];
	char b[4096];

	cache_counts(w, a, sizeof(a));
	cache_counts(o, b, sizeof(b));
	count(LEVEL_C, !strcmp(a, b),
	      "snapshot %s: recorded %.280s; ours %.280s", label, a, b);
}

/* Lines that tell time or counters of what no allocator does. */
static bool modelled(const struct scan *s)
{
	static const char *const known[] = {
		"nr_free_pages ", "node",	 "nr_slab_",	"pgalloc_",
		"pgfree ",	  "allocstall_", "pageoutrun ",
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (scan_peek(s, known[i]))
			return true;
	return false;
}

/* From the header of a recorded snapshot to the next one or the end. */
static void compare_snapshot(struct scan *w, const char *label, const char *run)
{
	char name[WORD_MAX + 16];
	struct err e = {0};
	struct scan o;
	char section = ' ';
	bool hold = false; /* our next line is to be looked at again */
	char zone[96] = "";

	snprintf(name, sizeof(name), "snap/%s/snap.txt", label);
	if (scan_open(&o, run, name, &e)) {
		count(LEVEL_C, false, "snapshot %s: our run wrote none", label);
		count(LEVEL_Z, false, "snapshot %s: our run wrote none", label);
		while (scan_next_line(w) && !scan_peek(w, "snapshot "))
			;
		return;
	}
	scan_next_line(&o);
	while (scan_next_line(w) && !scan_peek(w, "snapshot ")) {
		bool more = hold || scan_next_line(&o);
		static const char none[] = "nothing";

		hold = false;
		if (!more)
			o.at = none;
		if (scan_peek(w, "[")) {
			section = w->at[1];
			/* The sections before may differ in length. */
			while (more && !scan_peek(&o, "["))
				more = scan_next_line(&o);
			continue;
		}
		if (more && scan_peek(&o, "[")) {
			/* Ours is over: the rest of this one differs. */
			count(section == 'c' ? LEVEL_C : LEVEL_Z, false,
			      "snapshot %s: recorded %.*s; ours nothing", label,
			      (int)MIN(line_len(w), 200u), w->at);
			hold = true;
			continue;
		}
		if (scan_peek(w, "zone "))
			snprintf(zone, sizeof(zone), "%.24s", w->at);
		if (section == 'c' && scan_peek(w, "name "))
			continue;
		if (section == 'c')
			compare_cache(label, w, &o);
		else if (section == 'z' || modelled(w))
			count(LEVEL_Z, same_line(w, &o),
			      "snapshot %s %s: recorded %.*s; ours %.*s", label,
			      section == 'z' ? zone : "",
			      (int)MIN(line_len(w), 200u), w->at,
			      (int)MIN(line_len(&o), 200u), o.at);
		if (!more)
			break;
	}
	while (!scan_eol(w) && !scan_peek(w, "snapshot ") && scan_next_line(w))
		;
	scan_close(&o);
}

static void compare_snapshots(const char *dir, const char *run)
{
	struct err e = {0};
	struct scan w;
	char label[WORD_MAX];

	if (scan_open(&w, dir, "snaps.txt", &e))
		return;
	scan_next_line(&w);
	while (scan_word(&w, "snapshot ")) {
		if (!scan_token(&w, ' ', label, sizeof(label)))
			break;
		compare_snapshot(&w, label, run);
	}
	if (e.code)
		die(e.text);
	scan_close(&w);
}

/* The end */

struct lines {
	VEC(char *) v;
};

static bool read_lines(const char *dir, const char *name, struct lines *ls)
{
	struct err e = {0};
	struct scan s;

	if (scan_open(&s, dir, name, &e))
		return false;
	while (scan_next_line(&s))
		if (!scan_eol(&s) && !scan_peek(&s, "#"))
			*VEC_PUSH(&ls->v) =
				xasprintf("%.*s", (int)line_len(&s), s.at);
	scan_close(&s);
	return true;
}

static void free_lines(struct lines *ls)
{
	for (size_t i = 0; i < ls->v.nr; i++)
		free(ls->v.at[i]);
	VEC_FREE(&ls->v);
}

/* How much of a line tells what it is about: up to ':' or " slabs=". */
static bool same_subject(const char *a, const char *b)
{
	size_t n = strcspn(a, ":=");

	return n == strcspn(b, ":=") && !strncmp(a, b, n);
}

/*
 * Two lists of lines in the same order; a line that one side lacks is
 * skipped there, so that one missing line does not make all others differ.
 */
static void compare_lines(const char *what, const struct lines *w,
			  const struct lines *o)
{
	size_t k = 0;

	for (size_t i = 0; i < w->v.nr; i++) {
		size_t j = k;
		const char *ours = "nothing";

		while (j < o->v.nr && j < k + 64 &&
		       !same_subject(w->v.at[i], o->v.at[j]))
			j++;
		if (j < o->v.nr && j < k + 64) {
			for (; k < j; k++)
				count(LEVEL_F, false,
				      "%s: recorded nothing; ours %.250s", what,
				      o->v.at[k]);
			ours = o->v.at[k++];
		}
		count(LEVEL_F, !strcmp(w->v.at[i], ours),
		      "%s: recorded %.250s; ours %.250s", what, w->v.at[i],
		      ours);
	}
	for (; k < o->v.nr; k++)
		count(LEVEL_F, false, "%s: recorded nothing; ours %.250s", what,
		      o->v.at[k]);
}

static void compare_end(const char *dir, const char *run, const char *what)
{
	char name[64];
	struct lines w = {0};
	struct lines o = {0};

	snprintf(name, sizeof(name), "%s-end.txt", what);
	if (!read_lines(dir, name, &w))
		return;
	snprintf(name, sizeof(name), "snap/end/%s.txt", what);
	read_lines(run, name, &o);
	compare_lines(what, &w, &o);
	free_lines(&w);
	free_lines(&o);
}

/* Why?  What the last snapshot before it says of its zone and cache. */

struct context {
	char line[WORD_MAX];  /* of the operation, in the trace */
	char label[WORD_MAX]; /* of the last snapshot before it */
	char cache[WORD_MAX]; /* "": none */
};

/* The name that the trace gave cache number @cid before operation @op. */
static void find_cache(const char *dir, const char *cid, u64 op, char *name)
{
	struct err e = {0};
	struct scan s;
	char word[WORD_MAX];

	if (scan_open(&s, dir, "ops.ktr", &e))
		return;
	for (u64 i = 0; i < op && scan_next_line(&s);) {
		if (scan_peek(&s, "#"))
			continue;
		i++;
		if (!scan_token(&s, ' ', word, sizeof(word)) ||
		    !scan_token(&s, ' ', word, sizeof(word)) ||
		    !scan_word(&s, "cache_create ") ||
		    !scan_token(&s, ' ', word, sizeof(word)))
			continue;
		if (!strcmp(word, cid))
			scan_token(&s, ' ', name, WORD_MAX);
	}
	scan_close(&s);
}

static bool find_context(const char *dir, struct context *c)
{
	struct err e = {0};
	struct scan s;
	char word[WORD_MAX];
	bool found = false;

	if (scan_open(&s, dir, "ops.ktr", &e))
		return false;
	for (u64 i = 0; !found && scan_next_line(&s);) {
		if (scan_peek(&s, "#"))
			continue;
		found = i++ == astray.op;
		snprintf(c->line, sizeof(c->line), "%.*s",
			 (int)MIN(line_len(&s), sizeof(c->line) - 1), s.at);
		if (!scan_token(&s, ' ', word, sizeof(word)) ||
		    !scan_token(&s, ' ', word, sizeof(word)))
			continue;
		if (scan_word(&s, "snapshot "))
			scan_token(&s, ' ', c->label, sizeof(c->label));
		else if (found && scan_word(&s, "kmem_cache_alloc ") &&
			 scan_token(&s, ' ', word, sizeof(word)) &&
			 scan_token(&s, ' ', word, sizeof(word)))
			find_cache(dir, word, astray.op, c->cache);
	}
	scan_close(&s);
	return found;
}

/* The lines of one snapshot that tell of the zone and the cache. */
static void print_state(struct scan *s, const struct context *c,
			const char *whose)
{
	char zone[64];
	char cache[WORD_MAX + 2];
	bool in_zone = false;

	snprintf(zone, sizeof(zone), "zone node=%u %s ", astray.nid,
		 astray.zone);
	snprintf(cache, sizeof(cache), "%s ", c->cache);
	while (scan_next_line(s) && !scan_peek(s, "snapshot ") &&
	       !scan_peek(s, "[vmstat]")) {
		if (scan_peek(s, "zone ") || scan_peek(s, "node "))
			in_zone = scan_peek(s, zone);
		if (in_zone || (c->cache[0] && scan_peek(s, cache)))
			printf("  %s: %.*s\n", whose,
			       (int)MIN(line_len(s), 300u), s->at);
	}
}

static void explain(const char *dir, const char *run)
{
	struct context c = {"", "", ""};
	struct err e = {0};
	struct scan s;
	char name[WORD_MAX + 32];

	if (!astray.set || !find_context(dir, &c))
		return;
	printf("  op %" PRIu64 " is '%s'; at snapshot %s before it\n",
	       astray.op, c.line, c.label);
	if (scan_open(&s, dir, "snaps.txt", &e))
		return;
	snprintf(name, sizeof(name), "snapshot %s ", c.label);
	while (scan_next_line(&s))
		if (scan_peek(&s, name)) {
			print_state(&s, &c, "recorded");
			break;
		}
	scan_close(&s);
	snprintf(name, sizeof(name), "snap/%s/snap.txt", c.label);
	if (scan_open(&s, run, name, &e))
		return;
	if (scan_next_line(&s))
		print_state(&s, &c, "ours");
	scan_close(&s);
}

static void print_shares(bool verbose)
{
	for (u32 i = 0; i < NR_LEVELS; i++)
		printf("%s%c %" PRIu64 "/%" PRIu64, i ? "\t" : "", letters[i],
		       shares[i].good, shares[i].total);
	putchar('\n');
	for (u32 i = 0; verbose && i < NR_LEVELS; i++)
		if (shares[i].first[0])
			printf("  %c: %s\n", letters[i], shares[i].first);
}

int main(int argc, char **argv)
{
	bool first = argc > 1 && !strcmp(argv[1], "-v");
	bool verbose = first || (argc > 1 && !strcmp(argv[1], "-a"));
	char **arg = argv + 1 + verbose;
	struct rows want = {0};
	struct rows ours = {0};

	if (argc - verbose != 4)
		die("usage: compare [-v | -a] CASE PLACEMENTS RUN");
	show_all = verbose && !first;
	read_rows(arg[0], "results.tsv", &want);
	if (arg[1][0] == '/')
		read_rows("", arg[1] + 1, &ours);
	else
		read_rows(".", arg[1], &ours);
	compare_rows(&want, &ours);
	compare_snapshots(arg[0], arg[2]);
	compare_end(arg[0], arg[2], "freelists");
	compare_end(arg[0], arg[2], "slabs");
	print_shares(first);
	if (first)
		explain(arg[0], arg[2]);
	VEC_FREE(&want.v);
	VEC_FREE(&ours.v);
	return 0;
}
