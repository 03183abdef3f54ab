#include "trace/ktr.h"

#include "trace/names.h"

#include "base/xmalloc.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KTR_BUF	      (64u << 10)
#define GFP_MEMO_SIZE 64u
#define GFP_MEMO_TEXT 60u

/* The words of gfp flags repeat: the last ones are remembered. */
struct gfp_memo {
	gfp_t gfp;
	u32 len; /* 0: empty */
	char text[GFP_MEMO_TEXT];
};

struct ktr_reader {
	struct trace_reader base;
	struct trace_info info;
	struct input *in; /* owned */
	struct names names;
	u64 line;      /* number of the line last read, from 1 */
	u64 last_time; /* time_ns of the record before */
	char *buf;     /* [KTR_BUF] */
	size_t at;     /* the next line starts here */
	size_t len;
	bool ended;	 /* the input has no more bytes */
	struct err stop; /* what ended the trace, told after the last batch */
	struct gfp_memo memo[GFP_MEMO_SIZE];
	struct trace_rec recs[TRACE_BATCH];
};

/* One line while it is taken apart. */
struct line {
	struct ktr_reader *r;
	const char *start;
	const char *at;
	const char *end;
	const char *word; /* the word last taken */
	size_t word_len;
	struct err *e;
};

/* "path:line:column: ..." about the word last taken. */
static COLD PRINTF_LIKE(2, 3) int line_err(struct line *l, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set(l->e, -EINVAL, "%s:%llu:%zu: %.700s",
		       input_path(l->r->in), (unsigned long long)l->r->line,
		       (size_t)(l->word - l->start) + 1, text);
}

/* How a word is shown in a message: never longer than a name may be. */
static int shown(size_t len)
{
	return (int)MIN(len, 64);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Takes the next word; false at the end of the line or at a comment. */
static bool next_word(struct line *l)
{
	while (l->at < l->end && is_blank(*l->at))
		l->at++;
	l->word = l->at;
	while (l->at < l->end && !is_blank(*l->at))
		l->at++;
	l->word_len = (size_t)(l->at - l->word);
	if (l->word_len && *l->word == '#') {
		l->at = l->end;
		l->word_len = 0;
	}
	return l->word_len != 0;
}

/* The decimal number in the word last taken, at most @max. */
static int number(struct line *l, const char *what, u64 max, u64 *value)
{
	u64 v = 0;

	for (size_t i = 0; i < l->word_len; i++) {
		u32 digit = (u32)l->word[i] - '0';

		if (digit > 9)
			return line_err(l, "'%.*s' is not a number (%s)",
					shown(l->word_len), l->word, what);
		if (v > (max - digit) / 10)
			return line_err(l,
					"%.*s is too large for %s; at most "
					"%llu",
					shown(l->word_len), l->word, what,
					(unsigned long long)max);
		v = v * 10 + digit;
	}
	*value = v;
	return 0;
}

static int take_number(struct line *l, const char *what, u64 max, u64 *value)
{
	if (!next_word(l))
		return line_err(l, "%s is missing", what);
	return number(l, what, max, value);
}

static int take_u32(struct line *l, const char *what, u32 max, u32 *value)
{
	u64 v = 0;
	int rc = take_number(l, what, max, &v);

	*value = (u32)v;
	return rc;
}

static int take_gfp(struct line *l, u32 *gfp)
{
	struct err why = {0};
	struct gfp_memo *memo;
	u32 key = 0;

	if (!next_word(l))
		return line_err(l, "gfp flags are missing");
	for (size_t i = 0; i < MIN(l->word_len, GFP_MEMO_TEXT); i++)
		key = key * 31 + (u8)l->word[i];
	memo = &l->r->memo[key % GFP_MEMO_SIZE];
	if (memo->len == l->word_len &&
	    !memcmp(memo->text, l->word, l->word_len)) {
		*gfp = memo->gfp;
		return 0;
	}
	if (gfp_parse(l->word, l->word_len, gfp, &why))
		return line_err(l, "%s", why.text);
	if (l->word_len <= GFP_MEMO_TEXT) {
		memo->gfp = *gfp;
		memo->len = (u32)l->word_len;
		memcpy(memo->text, l->word, l->word_len);
	}
	return 0;
}

static int take_flags(struct line *l, u32 *flags)
{
	struct err why = {0};

	if (!next_word(l))
		return line_err(l, "cache flags are missing; '-' is none");
	if (slab_flags_parse(l->word, l->word_len, flags, &why))
		return line_err(l, "%s", why.text);
	return 0;
}

static int take_node(struct line *l, s16 *node)
{
	u64 v = 0;

	if (!next_word(l))
		return line_err(l, "the node is missing; -1 is any");
	if (l->word_len == 2 && !memcmp(l->word, "-1", 2)) {
		*node = -1;
		return 0;
	}
	if (number(l, "a node", TRACE_NODES_MAX - 1, &v))
		return -EINVAL;
	*node = (s16)v;
	return 0;
}

static int take_name(struct line *l, enum trace_arg kind, u32 *name)
{
	const char *what = kind == ARG_LABEL ? "label" : "name";
	bool good;

	if (!next_word(l))
		return line_err(l, "the %s is missing", what);
	good = kind == ARG_LABEL ? label_is_valid(l->word, l->word_len)
				 : name_is_valid(l->word, l->word_len);
	if (!good)
		return line_err(l, "'%.*s' is not a valid %s",
				shown(l->word_len), l->word, what);
	*name = names_add(&l->r->names, &l->r->info.names, l->word,
			  l->word_len);
	if (*name >= TRACE_NAMES_MAX)
		return line_err(l, "more than %u different names",
				TRACE_NAMES_MAX);
	return 0;
}

static int take_order(struct line *l, u8 *order)
{
	u64 v = 0;
	int rc = take_number(l, "an order", TRACE_ORDER_MAX, &v);

	*order = (u8)v;
	return rc;
}

static int take_cache(struct line *l, u16 *cache)
{
	u64 v = 0;
	int rc = take_number(l, "a cache or pool number", TRACE_CACHES_MAX - 1,
			     &v);

	*cache = (u16)v;
	return rc;
}

/* @prefix taken off the start of the word last taken; false: it is not there. */
static bool strip(struct line *l, const char *prefix)
{
	size_t len = strlen(prefix);

	if (l->word_len <= len || memcmp(l->word, prefix, len) != 0)
		return false;
	l->word += len;
	l->word_len -= len;
	return true;
}

/* What is under a mempool: a cache's number, kmalloc:BYTES or pages:ORDER. */
static int take_pool(struct line *l, struct trace_rec *rec)
{
	u64 v = 0;
	int rc;

	if (!next_word(l))
		return line_err(l, "a cache number is missing");
	if (strip(l, "kmalloc:")) {
		rec->order = TRACE_POOL_OF_BYTES;
		rc = number(l, "a size", UINT32_MAX, &v);
	} else if (strip(l, "pages:")) {
		rec->order = TRACE_POOL_OF_PAGES;
		rc = number(l, "an order", TRACE_ORDER_MAX, &v);
	} else {
		rec->order = TRACE_POOL_OF_CACHE;
		rc = number(l, "a cache number", TRACE_CACHES_MAX - 1, &v);
	}
	rec->align = (u32)v;
	return rc;
}

/* The rest of an alloc_percpu: [gfp] [reserved]. */
static int take_percpu(struct line *l, struct trace_rec *rec)
{
	const char *at = l->at;

	for (u32 i = 0; i < 2 && next_word(l); i++) {
		if (l->word_len == 8 && !memcmp(l->word, "reserved", 8)) {
			rec->order = 1;
			return 0;
		}
		if (i)
			return line_err(l, "'%.*s' is not 'reserved'",
					shown(l->word_len), l->word);
		l->at = at;
		if (take_gfp(l, &rec->gfp))
			return -EINVAL;
	}
	return 0;
}

/* A cache of nothing is a mistake, and so is an access; kmalloc(0) is not. */
static int take_size(struct line *l, struct trace_rec *rec)
{
	int rc = take_u32(l, "a size", UINT32_MAX, &rec->size);

	if (!rc && !rec->size && rec->op == TRACE_CACHE_CREATE)
		return line_err(l, "a cache of size 0 can hold nothing");
	if (!rc && !rec->size &&
	    (rec->op == TRACE_READ || rec->op == TRACE_WRITE))
		return line_err(l, "an access of 0 bytes; 1 is the least");
	return rc;
}

static int take_pages(struct line *l, struct trace_rec *rec)
{
	int rc = take_u32(l, "a number of pages", UINT32_MAX, &rec->size);
	const char *fault = trace_file_fault(rec);

	return !rc && fault ? line_err(l, "%s", fault) : rc;
}

static int take_align(struct line *l, struct trace_rec *rec)
{
	int rc = take_u32(l, "an alignment", UINT32_MAX, &rec->align);

	if (!rc && (rec->align & (rec->align - 1)))
		return line_err(l, "%u is no power of two (an alignment)",
				rec->align);
	return rc;
}

static int take_arg(struct line *l, enum trace_arg kind, struct trace_rec *rec)
{
	switch (kind) {
	case ARG_OID:
		return take_u32(l, "an object number", TRACE_SLOTS_MAX - 1,
				&rec->slot);
	case ARG_CACHE:
		return take_cache(l, &rec->cache);
	case ARG_NAME:
	case ARG_LABEL:
		return take_name(l, kind, &rec->name);
	case ARG_SIZE:
		return take_size(l, rec);
	case ARG_FILE:
		return take_u32(l, "the number of a file", TRACE_FILES_MAX - 1,
				&rec->align);
	case ARG_PAGE:
		return take_u32(l, "a page of a file", UINT32_MAX, &rec->gfp);
	case ARG_PAGES:
		return take_pages(l, rec);
	case ARG_OFFSET:
		return take_u32(l, "an offset", UINT32_MAX, &rec->align);
	case ARG_ALIGN:
		return take_align(l, rec);
	case ARG_POOL:
		return take_pool(l, rec);
	case ARG_GFP:
		return take_gfp(l, &rec->gfp);
	case ARG_FLAGS:
		return take_flags(l, &rec->gfp);
	case ARG_ORDER:
		return take_order(l, &rec->order);
	case ARG_NODE:
		return take_node(l, &rec->node);
	case ARG_PERCPU:
		return take_percpu(l, rec);
	}
	return line_err(l, "argument kind '%c'", (char)kind);
}

/* The operation named by the next word; NR_TRACE_OPS after an error. */
static enum trace_op take_op(struct line *l)
{
	if (!next_word(l)) {
		line_err(l, "the operation is missing");
		return NR_TRACE_OPS;
	}
	for (enum trace_op op = 0; op < NR_TRACE_OPS; op++)
		if (strlen(trace_op_names[op]) == l->word_len &&
		    !memcmp(trace_op_names[op], l->word, l->word_len))
			return op;
	line_err(l, "unknown operation '%.*s'", shown(l->word_len), l->word);
	return NR_TRACE_OPS;
}

/* What the trace as a whole now reaches to. */
static void note_extent(struct trace_info *info, const struct trace_rec *rec,
			const char *args)
{
	info->nr_cpus = MAX(info->nr_cpus, rec->cpu + 1u);
	if (*args == ARG_OID)
		info->nr_slots = MAX(info->nr_slots, rec->slot + 1u);
	if (*args == ARG_CACHE || (*args && args[1] == ARG_CACHE))
		info->nr_caches = MAX(info->nr_caches, rec->cache + 1u);
	if (rec->op == TRACE_MEMPOOL_CREATE &&
	    rec->order == TRACE_POOL_OF_CACHE)
		info->nr_caches = MAX(info->nr_caches, rec->align + 1u);
	if (rec->node >= 0)
		info->nr_nodes = MAX(info->nr_nodes, (u32)rec->node + 1);
}

/* 1 a record, 0 an empty line, negative with l->e. */
static int parse_line(struct line *l, struct trace_rec *rec)
{
	u64 time = 0;
	u64 cpu = 0;
	enum trace_op op;

	if (!next_word(l))
		return 0;
	*rec = (struct trace_rec){.node = -1};
	if (number(l, "a time in ns", UINT64_MAX, &time))
		return -EINVAL;
	if (time < l->r->last_time)
		return line_err(l, "the time goes back, from %llu to %llu",
				(unsigned long long)l->r->last_time,
				(unsigned long long)time);
	if (take_number(l, "a CPU", TRACE_CPUS_MAX - 1, &cpu))
		return -EINVAL;
	op = take_op(l);
	if (op == NR_TRACE_OPS)
		return -EINVAL;
	rec->time_ns = time;
	rec->cpu = (u16)cpu;
	rec->op = (u8)op;
	for (const char *a = trace_op_args[op]; *a; a++)
		if (take_arg(l, (enum trace_arg) * a, rec))
			return -EINVAL;
	if (next_word(l))
		return line_err(l, "'%.*s' is one argument too many",
				shown(l->word_len), l->word);
	l->r->last_time = time;
	note_extent(&l->r->info, rec, trace_op_args[op]);
	return 1;
}

/* More bytes behind those not used yet.  0, or negative with @e. */
static int fill(struct ktr_reader *r, struct err *e)
{
	size_t left = r->len - r->at;
	s64 got;

	memmove(r->buf, r->buf + r->at, left);
	r->at = 0;
	r->len = left;
	got = input_read(r->in, r->buf + left, KTR_BUF - left, e);
	if (got < 0)
		return (int)got;
	r->len += (size_t)got;
	r->ended = got == 0;
	return 0;
}

static int line_too_long(struct ktr_reader *r, struct err *e)
{
	return err_set(e, -EINVAL,
		       "%s:%llu:%u: the line is longer than %u "
		       "bytes; is this a trace?",
		       input_path(r->in), (unsigned long long)r->line + 1,
		       KTR_LINE_MAX, KTR_LINE_MAX);
}

/* The next line: 1, 0 at the end, negative with @e. */
static int next_line(struct ktr_reader *r, struct line *l, struct err *e)
{
	char *nl;

	for (;;) {
		nl = memchr(r->buf + r->at, '\n', r->len - r->at);
		if (nl || r->ended)
			break;
		if (r->len - r->at >= KTR_LINE_MAX)
			return line_too_long(r, e);
		if (fill(r, e))
			return e->code;
	}
	if (!nl && r->at == r->len)
		return 0;
	l->start = l->at = l->word = r->buf + r->at;
	l->end = nl ? nl : r->buf + r->len;
	if (l->end - l->start >= (ptrdiff_t)KTR_LINE_MAX)
		return line_too_long(r, e);
	r->at = nl ? (size_t)(nl - r->buf) + 1 : r->len;
	r->line++;
	return 1;
}

static s64 ktr_read(struct trace_reader *base, const struct trace_rec **recs,
		    struct err *e)
{
	struct ktr_reader *r = (struct ktr_reader *)base;
	u32 nr = 0;

	*recs = r->recs;
	while (nr < TRACE_BATCH && !r->stop.code) {
		struct line l = {.r = r, .e = &r->stop};
		int rc = next_line(r, &l, &r->stop);

		if (rc > 0)
			rc = parse_line(&l, &r->recs[nr]);
		else if (!rc)
			break;
		if (rc > 0)
			nr++;
	}
	r->info.duration_ns = r->last_time;
	if (!nr && r->stop.code)
		return err_set(e, r->stop.code, "%s", r->stop.text);
	return nr;
}

static double ktr_progress(const struct trace_reader *base)
{
	return input_progress(((const struct ktr_reader *)base)->in);
}

static void ktr_close(struct trace_reader *base)
{
	struct ktr_reader *r = (struct ktr_reader *)base;

	input_close(r->in);
	names_free(&r->names);
	trace_info_free(&r->info);
	free(r->buf);
	free(r);
}

bool ktr_detect(const char *start, size_t len)
{
	const char *end = start + len;

	while (start < end) {
		while (start < end && (is_blank(*start) || *start == '\n'))
			start++;
		if (start == end || *start != '#')
			break;
		start = memchr(start, '\n', (size_t)(end - start));
		if (!start)
			return true; /* comments only, as far as we see */
	}
	if (start == end)
		return true;
	/* "<time> <cpu> ": digits, blanks, digits, a blank. */
	for (int i = 0; i < 2; i++) {
		const char *digits = start;

		while (start < end && *start >= '0' && *start <= '9')
			start++;
		if (start == digits)
			return false;
		if (start < end && !is_blank(*start))
			return false;
		while (start < end && is_blank(*start))
			start++;
	}
	return true;
}

struct trace_reader *ktr_open(struct input *in, struct err *e)
{
	static const struct trace_reader_ops ops = {
		.read = ktr_read,
		.progress = ktr_progress,
		.close = ktr_close,
	};
	struct ktr_reader *r = xcalloc(1, sizeof(*r));

	(void)e;
	trace_info_init(&r->info);
	snprintf(r->info.source_format, sizeof(r->info.source_format), "ktr");
	r->info.nr_nodes = 1;
	r->base.ops = &ops;
	r->base.info = &r->info;
	r->in = in;
	r->buf = xmalloc(KTR_BUF);
	return &r->base;
}
