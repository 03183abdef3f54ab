#include "trace/kmt.h"

#include "trace/xxh64.h"

#include "base/bug.h"
#include "base/vec.h"
#include "base/xmalloc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zstd.h>

#define KMT_LEVEL 6 /* zstd; 9 saves 0.5 % and takes a fifth longer */
#define DICT_SIZE (4u * KMT_TEMPLATES_MAX)
/* Of a chunk that is written: what a damaged chunk costs is lost, so chunks
 * stay well below what a reader takes; an eighth makes files 3 to 7 % larger. */
#define CHUNK_EVENTS (KMT_CHUNK_EVENTS / 8)
#define KMT_COPY     65536u

struct index_entry {
	u64 offset; /* from the start of the first chunk, made whole later */
	u64 first_event;
};

struct kmt_writer {
	struct trace_writer base;
	int spool; /* unnamed file: the chunks, until the header is known */
	u64 spooled;
	u64 nr_events; /* of all chunks that are spooled */
	u64 time_ns;   /* of the last event */
	VEC(struct index_entry) index;
	struct kmt_slots slots;
	ZSTD_CCtx *zstd;

	/* Templates, and where they are by hash: number + 1; 0 = empty. */
	struct kmt_template *templates; /* [KMT_TEMPLATES_MAX] */
	u32 nr_templates;
	u32 nr_told; /* those that stand in chunks already spooled */
	bool restart;
	u32 *dict; /* [DICT_SIZE] */

	/* The chunk being filled. */
	u32 nr;
	u32 nr_slots;
	u32 nr_runs;
	u16 ids[KMT_CHUNK_EVENTS];
	u64 deltas[KMT_CHUNK_EVENTS];
	u32 column[KMT_CHUNK_EVENTS]; /* slots that are stored */
	u32 run_len[KMT_CHUNK_EVENTS];
	u16 run_cpu[KMT_CHUNK_EVENTS];
	u32 run_task[KMT_CHUNK_EVENTS];

	u8 plane[2 * KMT_CHUNK_EVENTS];
	u8 packed[3 * KMT_CHUNK_EVENTS];
	VEC(u8) payload;
};

static void put_bytes(struct kmt_writer *w, const void *bytes, size_t len)
{
	while (w->payload.cap - w->payload.nr < len) {
		w->payload.cap = MAX(w->payload.cap * 2, (size_t)65536);
		w->payload.at = xrealloc(w->payload.at, w->payload.cap);
	}
	memcpy(w->payload.at + w->payload.nr, bytes, len);
	w->payload.nr += len;
}

static void put_number(struct kmt_writer *w, u64 value, u32 bytes)
{
	u8 buf[8];

	kmt_put(buf, value, bytes);
	put_bytes(w, buf, bytes);
}

/* One plane of @nr cells of @cell bytes each in w->plane, as small as it
 * gets; zstd only where it saves a quarter, since a reader pays for it. */
static void put_plane(struct kmt_writer *w, u32 cell, u32 nr)
{
	size_t len = (size_t)nr * cell;
	size_t packed;

	if (!memcmp(w->plane, w->plane + cell, len - cell)) {
		put_number(w, KMT_PLANE_CONST, 1);
		put_bytes(w, w->plane, cell);
		return;
	}
	packed = ZSTD_compressCCtx(w->zstd, w->packed, sizeof(w->packed),
				   w->plane, len, KMT_LEVEL);
	if (ZSTD_isError(packed) || packed + 4 > len - len / 4) {
		put_number(w, KMT_PLANE_PLAIN, 1);
		put_bytes(w, w->plane, len);
		return;
	}
	put_number(w, KMT_PLANE_ZSTD, 1);
	put_number(w, packed, 4);
	put_bytes(w, w->packed, packed);
}

/* A number of @width bytes in host order. */
static u64 load(const u8 *at, u32 width)
{
	u16 v16;
	u32 v32;
	u64 v64;

	switch (width) {
	case 1:
		return *at;
	case 2:
		memcpy(&v16, at, 2);
		return v16;
	case 4:
		memcpy(&v32, at, 4);
		return v32;
	default:
		memcpy(&v64, at, 8);
		return v64;
	}
}

static void put_column(struct kmt_writer *w, const void *first, size_t stride,
		       u32 width, u32 nr)
{
	u32 cell = MIN(width, 2);

	if (!nr)
		return;
	for (u32 p = 0; p < width / cell; p++) {
		const u8 *at = first;

		for (u32 i = 0; i < nr; i++, at += stride)
			kmt_put(w->plane + i * cell, load(at, width) >> 16 * p,
				cell);
		put_plane(w, cell, nr);
	}
}

static int spool(struct kmt_writer *w, const void *bytes, size_t len,
		 struct err *e)
{
	const u8 *at = bytes;

	w->spooled += len;
	while (len) {
		ssize_t put = write(w->spool, at, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return err_sys(e, outfile_path(w->base.out),
				       "write its temporary part");
		at += put;
		len -= (size_t)put;
	}
	return 0;
}

/* The payload of the chunk being filled. */
static void build_payload(struct kmt_writer *w)
{
	const u8 *first = (const u8 *)&w->templates[w->nr_told];

	w->payload.nr = 0;
	for (u32 c = 0; c < KMT_TEMPLATE_COLUMNS; c++)
		put_column(w, first + kmt_template_columns[c].offset,
			   sizeof(struct kmt_template),
			   kmt_template_columns[c].width,
			   w->nr_templates - w->nr_told);
	put_column(w, w->run_len, 4, 4, w->nr_runs);
	put_column(w, w->run_cpu, 2, 2, w->nr_runs);
	put_column(w, w->run_task, 4, 4, w->nr_runs);
	put_column(w, w->ids, 2, 2, w->nr);
	put_column(w, w->deltas, 8, 8, w->nr);
	put_column(w, w->column, 4, 4, w->nr_slots);
	BUG_ON(w->payload.nr > KMT_PAYLOAD_MAX);
}

static int end_chunk(struct kmt_writer *w, struct err *e)
{
	u8 head[KMT_CHUNK_BYTES] = {0};

	build_payload(w);
	kmt_put(head, KMT_CHUNK_MAGIC, 4);
	kmt_put(head + 4, w->payload.nr, 4);
	kmt_put(head + 8, w->nr, 4);
	kmt_put(head + 12, w->nr_templates - w->nr_told, 4);
	kmt_put(head + 16, w->nr_slots, 4);
	kmt_put(head + 20, w->nr_runs, 4);
	kmt_put(head + 24, w->restart, 4);
	kmt_put(head + 32,
		xxh64(w->payload.at, w->payload.nr, xxh64(head, 32, 0)), 8);
	*VEC_PUSH(&w->index) = (struct index_entry){w->spooled, w->nr_events};
	if (spool(w, head, sizeof(head), e) ||
	    spool(w, w->payload.at, w->payload.nr, e))
		return -EIO;
	w->nr_events += w->nr;
	w->nr_told = w->nr_templates;
	w->nr = w->nr_slots = w->nr_runs = 0;
	w->restart = false;
	if (w->nr_templates > KMT_TEMPLATES_MAX / 2) {
		/* So that the next chunk need not end early. */
		memset(w->dict, 0, DICT_SIZE * sizeof(*w->dict));
		w->nr_templates = w->nr_told = 0;
		w->restart = true;
	}
	return 0;
}

/* The number of @t, which becomes known if it is new; KMT_TEMPLATES_MAX
 * when no number is left. */
static u32 template_number(struct kmt_writer *w, const struct kmt_template *t)
{
	u32 at = (u32)xxh64(t, sizeof(*t), 0) % DICT_SIZE;

	for (; w->dict[at]; at = (at + 1) % DICT_SIZE)
		if (!memcmp(&w->templates[w->dict[at] - 1], t, sizeof(*t)))
			return w->dict[at] - 1;
	if (w->nr_templates == KMT_TEMPLATES_MAX)
		return KMT_TEMPLATES_MAX;
	w->templates[w->nr_templates] = *t;
	w->dict[at] = ++w->nr_templates;
	return w->nr_templates - 1;
}

/* How the slot of @rec is told: foretold if it can be. */
static enum kmt_slot_kind kind_of(const struct kmt_writer *w,
				  const struct trace_rec *rec)
{
	u32 kinds = kmt_kinds_of(rec->op);
	u32 last = w->slots.ring[(w->slots.top - 1) % KMT_RING];

	if (kinds & 1u << KMT_SLOT_FREE)
		return KMT_SLOT_FREE;
	if (kinds & 1u << KMT_SLOT_READ)
		return KMT_SLOT_READ;
	if (kinds & 1u << KMT_SLOT_NONE)
		return KMT_SLOT_NONE;
	if (last == rec->slot)
		return KMT_SLOT_REUSE;
	return rec->slot == w->slots.fresh ? KMT_SLOT_FRESH : KMT_SLOT_ALLOC;
}

static void note_run(struct kmt_writer *w, const struct trace_rec *rec)
{
	u32 last = w->nr_runs - 1;

	if (w->nr_runs && w->run_cpu[last] == rec->cpu &&
	    w->run_task[last] == rec->task) {
		w->run_len[last]++;
		return;
	}
	w->run_len[w->nr_runs] = 1;
	w->run_cpu[w->nr_runs] = rec->cpu;
	w->run_task[w->nr_runs] = rec->task;
	w->nr_runs++;
}

static int write_one(struct kmt_writer *w, const struct trace_rec *rec,
		     struct err *e)
{
	struct kmt_template t;
	u32 id;

	BUG_ON(rec->op >= NR_TRACE_OPS);
	BUG_ON(rec->time_ns < w->time_ns);
	memset(&t, 0, sizeof(t));
	t.rec = *rec;
	t.rec.time_ns = 0;
	t.rec.slot = t.rec.task = 0;
	t.rec.cpu = 0;
	memset(t.rec.pad, 0, sizeof(t.rec.pad));
	kmt_template_set(&t, kind_of(w, rec));
	id = template_number(w, &t);
	if (id == KMT_TEMPLATES_MAX) {
		/* Full in mid-chunk: this chunk ends early. */
		if (end_chunk(w, e))
			return -EIO;
		id = template_number(w, &t);
	}
	w->ids[w->nr] = (u16)id;
	w->deltas[w->nr++] = rec->time_ns - w->time_ns;
	w->time_ns = rec->time_ns;
	if (t.column_step)
		w->column[w->nr_slots++] = rec->slot;
	note_run(w, rec);
	kmt_slot(&w->slots, &t, rec->slot);
	return w->nr == CHUNK_EVENTS ? end_chunk(w, e) : 0;
}

static int kmt_write(struct trace_writer *base, const struct trace_rec *recs,
		     u32 nr, struct err *e)
{
	struct kmt_writer *w = (struct kmt_writer *)base;
	int rc = 0;

	for (u32 i = 0; i < nr && !rc; i++)
		rc = write_one(w, &recs[i], e);
	return rc;
}

static void put_text(struct kmt_writer *w, const char *text)
{
	size_t len = MIN(strlen(text), (size_t)TRACE_NAME_MAX);

	put_number(w, len, 1);
	put_bytes(w, text, len);
}

static void put_strings(struct kmt_writer *w, const struct trace_strings *s)
{
	put_number(w, s->nr, 4);
	for (u32 i = 0; i < s->nr; i++)
		put_text(w, s->at[i]);
}

/* What trace_info holds beyond the header, into w->payload. */
static void build_info(struct kmt_writer *w)
{
	const struct trace_info *info = w->base.info;

	w->payload.nr = 0;
	put_text(w, info->source_format);
	put_text(w, info->kernel);
	for (u32 i = 0; i < info->nr_cpus; i++)
		put_number(w, info->cpu_to_node[i], 1);
	put_number(w, NR_TRACE_COUNTS, 4);
	for (u32 i = 0; i < NR_TRACE_COUNTS; i++) {
		struct trace_counts counts = info->counts;

		put_text(w, trace_count_names[i].id);
		put_number(w, *trace_count_at(&counts, i), 8);
	}
	put_strings(w, &info->names);
	put_strings(w, &info->sites);
	put_strings(w, &info->tasks);
}

/* Header and info go out; @start: set to where the first chunk begins. */
static int write_head(struct kmt_writer *w, u64 *start, struct err *e)
{
	const struct trace_info *info = w->base.info;
	u8 head[KMT_HEADER_BYTES] = {0};
	u32 numbers[] = {0,
			 0,
			 info->nr_cpus,
			 info->nr_nodes,
			 info->nr_slots,
			 info->nr_caches,
			 (u32)w->index.nr};
	size_t bound;
	size_t packed;
	u8 *out;
	int rc;

	build_info(w);
	if (w->payload.nr > KMT_INFO_MAX)
		return err_set(e, -EFBIG, "%s: names of more than %u MiB",
			       outfile_path(w->base.out), KMT_INFO_MAX >> 20);
	bound = ZSTD_compressBound(w->payload.nr);
	out = xmalloc(bound);
	packed = ZSTD_compressCCtx(w->zstd, out, bound, w->payload.at,
				   w->payload.nr, KMT_LEVEL);
	BUG_ON(ZSTD_isError(packed));
	numbers[0] = (u32)packed;
	numbers[1] = (u32)w->payload.nr;
	*start = KMT_HEADER_BYTES + packed;
	memcpy(head, KMT_MAGIC, KMT_MAGIC_BYTES);
	kmt_put(head + 8, KMT_VERSION, 4);
	kmt_put(head + 12, KMT_HEADER_BYTES, 4);
	kmt_put(head + 16, w->nr_events, 8);
	kmt_put(head + 24, w->time_ns, 8);
	for (u32 i = 0; i < ARRAY_SIZE(numbers); i++)
		kmt_put(head + 32 + 4 * i, numbers[i], 4);
	kmt_put(head + 64, *start + w->spooled, 8);
	kmt_put(head + 72, xxh64(out, packed, xxh64(head, 72, 0)), 8);
	rc = outfile_write(w->base.out, head, sizeof(head), e);
	if (!rc)
		rc = outfile_write(w->base.out, out, packed, e);
	free(out);
	return rc;
}

static int copy_chunks(struct kmt_writer *w, struct err *e)
{
	u8 *buf = xmalloc(KMT_COPY);
	u64 at = 0;
	int rc = 0;

	while (!rc && at < w->spooled) {
		ssize_t got = pread(w->spool, buf, KMT_COPY, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			rc = err_sys(e, outfile_path(w->base.out),
				     "read its temporary part");
		else
			rc = outfile_write(w->base.out, buf, (size_t)got, e);
		at += (u64)got;
	}
	free(buf);
	return rc;
}

static int write_index(struct kmt_writer *w, u64 start, struct err *e)
{
	u8 head[KMT_INDEX_BYTES];
	u8 tail[KMT_TRAILER_BYTES];

	w->payload.nr = 0;
	for (size_t i = 0; i < w->index.nr; i++) {
		put_number(w, start + w->index.at[i].offset, 8);
		put_number(w, w->index.at[i].first_event, 8);
	}
	kmt_put(head, KMT_INDEX_MAGIC, 4);
	kmt_put(head + 4, w->index.nr, 4);
	kmt_put(head + 8, w->nr_events, 8);
	kmt_put(head + 16,
		xxh64(w->payload.at, w->payload.nr, xxh64(head, 16, 0)), 8);
	kmt_put(tail, start + w->spooled, 8);
	kmt_put(tail + 8, w->index.nr, 4);
	kmt_put(tail + 12, KMT_END_MAGIC, 4);
	if (outfile_write(w->base.out, head, sizeof(head), e) ||
	    outfile_write(w->base.out, w->payload.at, w->payload.nr, e) ||
	    outfile_write(w->base.out, tail, sizeof(tail), e))
		return -EIO;
	return 0;
}

static int kmt_finish(struct trace_writer *base, struct err *e)
{
	struct kmt_writer *w = (struct kmt_writer *)base;
	u64 start = 0;

	if ((w->nr && end_chunk(w, e)) || write_head(w, &start, e) ||
	    copy_chunks(w, e) || write_index(w, start, e))
		return e && e->code ? e->code : -EIO;
	return 0;
}

static void kmt_free(struct trace_writer *base)
{
	struct kmt_writer *w = (struct kmt_writer *)base;

	if (w->spool >= 0)
		close(w->spool);
	ZSTD_freeCCtx(w->zstd);
	VEC_FREE(&w->index);
	VEC_FREE(&w->payload);
	free(w->slots.ring);
	free(w->templates);
	free(w->dict);
	free(w);
}

struct trace_writer *kmt_create(struct outfile *out,
				const struct trace_info *info, struct err *e)
{
	static const struct trace_writer_ops ops = {
		.write = kmt_write,
		.finish = kmt_finish,
		.free = kmt_free,
	};
	struct kmt_writer *w = xcalloc(1, sizeof(*w));

	w->base.ops = &ops;
	w->base.info = info;
	w->base.out = out;
	w->slots.ring = xcalloc(KMT_RING, sizeof(*w->slots.ring));
	w->templates = xcalloc(KMT_TEMPLATES_MAX, sizeof(*w->templates));
	w->dict = xcalloc(DICT_SIZE, sizeof(*w->dict));
	w->zstd = ZSTD_createCCtx();
	w->spool = outfile_spool(out, e);
	if (w->spool >= 0 && w->zstd)
		return &w->base;
	err_set(e, -ENOMEM, "%s: no memory for zstd", outfile_path(out));
	kmt_free(&w->base);
	return NULL;
}
