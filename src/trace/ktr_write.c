#include "trace/ktr.h"

#include "trace/names.h"

#include "base/bug.h"
#include "base/xmalloc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ktr_writer {
	struct trace_writer base;
	gfp_t memo_gfp; /* the flags last printed, and their text */
	bool has_memo;
	char memo[GFP_TEXT_MAX];
};

/* @text as one word of @line: what could not be read back becomes '_'. */
static size_t put_name(char *line, const char *text)
{
	size_t len = MIN(strlen(text), (size_t)TRACE_NAME_MAX);

	for (size_t i = 0; i < len; i++)
		line[i] = (u8)text[i] > ' ' && (u8)text[i] != 0x7f ? text[i]
								   : '_';
	if (!len)
		line[len++] = '_';
	if (line[0] == '#')
		line[0] = '_';
	return len;
}

static const char *gfp_text(struct ktr_writer *w, gfp_t gfp)
{
	if (!w->has_memo || w->memo_gfp != gfp)
		gfp_print(gfp, w->memo);
	w->has_memo = true;
	w->memo_gfp = gfp;
	return w->memo;
}

static const char *name_of(const struct trace_info *info, u32 name)
{
	BUG_ON(name >= info->names.nr);
	return info->names.at[name];
}

static const char *const pool_prefix[NR_TRACE_POOL_OVER] = {
	[TRACE_POOL_OF_CACHE] = "",
	[TRACE_POOL_OF_BYTES] = "kmalloc:",
	[TRACE_POOL_OF_PAGES] = "pages:",
};

/* What an alloc_percpu need not say. */
static size_t put_percpu(struct ktr_writer *w, char *to,
			 const struct trace_rec *rec)
{
	int n = 0;

	if (rec->gfp)
		n = sprintf(to, "%s", gfp_text(w, rec->gfp));
	if (rec->order)
		n += sprintf(to + n, "%sreserved", n ? " " : "");
	return (size_t)n;
}

/* Appends one argument at @to, which has KTR_LINE_MAX bytes at least. */
static size_t put_arg(struct ktr_writer *w, char *to, enum trace_arg kind,
		      const struct trace_rec *rec)
{
	char flags[SLAB_FLAGS_TEXT_MAX];
	int n = 0;

	switch (kind) {
	case ARG_OID:
		n = sprintf(to, "%u", rec->slot);
		break;
	case ARG_CACHE:
		n = sprintf(to, "%u", rec->cache);
		break;
	case ARG_NAME:
	case ARG_LABEL:
		return put_name(to, name_of(w->base.info, rec->name));
	case ARG_PAGES:
	case ARG_SIZE:
		n = sprintf(to, "%u", rec->size);
		break;
	case ARG_POOL:
		n = sprintf(to, "%s%u", pool_prefix[rec->order], rec->align);
		break;
	case ARG_PERCPU:
		return put_percpu(w, to, rec);
	case ARG_ALIGN:
	case ARG_FILE:
	case ARG_OFFSET:
		n = sprintf(to, "%u", rec->align);
		break;
	case ARG_PAGE:
		n = sprintf(to, "%u", rec->gfp);
		break;
	case ARG_GFP:
		n = sprintf(to, "%s", gfp_text(w, rec->gfp));
		break;
	case ARG_FLAGS:
		n = sprintf(to, "%s", slab_flags_print(rec->gfp, flags));
		break;
	case ARG_ORDER:
		n = sprintf(to, "%u", rec->order);
		break;
	case ARG_NODE:
		n = sprintf(to, "%d", rec->node);
		break;
	}
	return (size_t)n;
}

static int ktr_write(struct trace_writer *base, const struct trace_rec *recs,
		     u32 nr, struct err *e)
{
	struct ktr_writer *w = (struct ktr_writer *)base;
	char line[2 * KTR_LINE_MAX];

	for (u32 i = 0; i < nr; i++) {
		const struct trace_rec *rec = &recs[i];
		size_t len;

		BUG_ON(rec->op >= NR_TRACE_OPS);
		len = (size_t)sprintf(line, "%llu %u %s",
				      (unsigned long long)rec->time_ns,
				      rec->cpu, trace_op_names[rec->op]);
		for (const char *a = trace_op_args[rec->op]; *a; a++) {
			size_t arg;

			line[len] = ' ';
			arg = put_arg(w, line + len + 1, (enum trace_arg) * a,
				      rec);
			len += arg ? arg + 1 : 0;
		}
		line[len++] = '\n';
		if (outfile_write(base->out, line, len, e))
			return e ? e->code : -EIO;
	}
	return 0;
}

static int ktr_finish(struct trace_writer *base, struct err *e)
{
	(void)base;
	(void)e;
	return 0; /* a line is complete when it is written */
}

static void ktr_free(struct trace_writer *base)
{
	free(base);
}

struct trace_writer *ktr_create(struct outfile *out,
				const struct trace_info *info)
{
	static const struct trace_writer_ops ops = {
		.write = ktr_write,
		.finish = ktr_finish,
		.free = ktr_free,
	};
	struct ktr_writer *w = xcalloc(1, sizeof(*w));

	w->base.ops = &ops;
	w->base.info = info;
	w->base.out = out;
	return &w->base;
}
