#include "trace/kmt.h"

#include "trace/names.h"
#include "trace/xxh64.h"

#include "base/bug.h"
#include "base/xmalloc.h"

#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zstd.h>

/* Records decoded at a time: few enough to stay in the host's nearest
 * caches until they have been used. */
#define KMT_BATCH 1024u

/* The event columns of a chunk and the planes each begins with. */
enum {
	PLANES_RUN_LEN = 0,
	PLANES_RUN_CPU = PLANES_RUN_LEN + 2,
	PLANES_RUN_TASK = PLANES_RUN_CPU + 1,
	PLANES_ID = PLANES_RUN_TASK + 2,
	PLANES_DELTA = PLANES_ID + 1,
	PLANES_SLOT = PLANES_DELTA + 4,
	NR_PLANES = PLANES_SLOT + 2
};

/* Cells, little-endian and without alignment; as many as the column has. */
struct plane {
	const u8 *at;
	bool is_zero; /* at shows zeroes */
};

struct run {
	u32 end; /* the first event behind it, in the chunk */
	u32 task;
	u16 cpu;
};

struct kmt_reader {
	struct trace_reader base;
	struct trace_info info;
	struct kmt_header head;
	struct input *in; /* owned */
	ZSTD_DCtx *zstd;
	struct err stop; /* what ended the trace, told after the last batch */
	bool ended;	 /* index and trailer have been seen */

	struct kmt_template *templates; /* [KMT_TEMPLATES_MAX] */
	u32 nr_templates;
	struct kmt_slots slots;
	u64 time_ns;
	u64 events; /* of the chunks before this one */
	u32 chunks; /* chunks before this one */

	/* The chunk being handed out. */
	u64 chunk_at; /* its place in the file */
	struct kmt_chunk chunk;
	u32 next;      /* event to hand out next */
	u32 next_slot; /* of the slot column */
	u32 next_run;
	u8 *payload; /* [payload_size] */
	size_t payload_size;
	struct plane planes[NR_PLANES];
	u8 *unfolded[NR_PLANES]; /* [2 * KMT_CHUNK_EVENTS] each, when used */
	struct run *runs;	 /* [KMT_CHUNK_EVENTS] */
	u8 *scratch;		 /* [2 * KMT_CHUNK_EVENTS] template plane */

	bool wide; /* some time differences take more than 32 bits */

	/* The batch being handed out. */
	u32 deltas[KMT_BATCH]; /* time differences, their low 32 bits */
	u32 column[KMT_BATCH]; /* what is next in the slot column */
	struct trace_rec recs[KMT_BATCH];
};

/* "path: chunk 3 at byte 4711: ..."; the chunk being read. */
static COLD PRINTF_LIKE(3, 4) int chunk_err(struct kmt_reader *r, struct err *e,
					    const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set(e, -EINVAL,
		       "%s: chunk %u at byte %llu: %s; what stands before it "
		       "is whole (--partial uses that)",
		       input_path(r->in), r->chunks,
		       (unsigned long long)r->chunk_at, text);
}

/* All of @len bytes, or negative with @e. */
static int read_all(struct kmt_reader *r, void *buf, size_t len, struct err *e)
{
	struct err why = {0};
	s64 got = input_read(r->in, buf, len, &why);

	if (got == (s64)len)
		return 0;
	if (got < 0)
		return chunk_err(r, e, "%s", why.text);
	return chunk_err(r, e, "the file is truncated at byte %llu",
			 (unsigned long long)input_offset(r->in));
}

/* Bytes of a chunk's payload that are left. */
struct cursor {
	const u8 *at;
	const u8 *end;
};

static const u8 *take(struct cursor *c, size_t len)
{
	const u8 *at = c->at;

	if ((size_t)(c->end - at) < len)
		return NULL;
	c->at += len;
	return at;
}

/* Where a plane of nothing but zeroes points. */
static const u8 zeroes[2 * KMT_CHUNK_EVENTS];

static int cut_short(struct kmt_reader *r, struct err *e)
{
	return chunk_err(r, e, "a column is cut short");
}

/* A plane that is @cell bytes over and over, in @buf if it is not zero. */
static int get_constant(struct kmt_reader *r, struct cursor *c, u32 cell,
			u32 nr, u8 *buf, struct plane *plane, struct err *e)
{
	const u8 *value = take(c, cell);

	if (!value)
		return cut_short(r, e);
	plane->is_zero = !value[0] && !value[cell - 1];
	plane->at = plane->is_zero ? zeroes : buf;
	for (u32 i = 0; i < nr && !plane->is_zero; i++)
		memcpy(buf + i * cell, value, cell);
	return 0;
}

/* One plane of @nr cells; what is not there as it is goes to @buf. */
static int get_plane(struct kmt_reader *r, struct cursor *c, u32 cell, u32 nr,
		     u8 *buf, struct plane *plane, struct err *e)
{
	size_t size = (size_t)nr * cell;
	const u8 *kind;
	const u8 *at;
	size_t len;

	*plane = (struct plane){.at = zeroes, .is_zero = true};
	if (!nr)
		return 0;
	kind = take(c, 1);
	if (!kind)
		return cut_short(r, e);
	if (*kind == KMT_PLANE_CONST)
		return get_constant(r, c, cell, nr, buf, plane, e);
	plane->is_zero = false;
	if (*kind == KMT_PLANE_PLAIN) {
		plane->at = take(c, size);
		return plane->at ? 0 : cut_short(r, e);
	}
	if (*kind != KMT_PLANE_ZSTD)
		return chunk_err(r, e, "a column of an unknown kind");
	at = take(c, 4);
	len = at ? (size_t)kmt_get(at, 4) : 0;
	at = at ? take(c, len) : NULL;
	if (!at)
		return cut_short(r, e);
	if (ZSTD_decompressDCtx(r->zstd, buf, size, at, len) != size)
		return chunk_err(r, e, "a column does not unfold");
	plane->at = buf;
	return 0;
}

/* The @planes planes of an event column, of two bytes a cell. */
static int get_column(struct kmt_reader *r, struct cursor *c, u32 first,
		      u32 planes, u32 nr, struct err *e)
{
	for (u32 p = first; p < first + planes; p++) {
		if (!r->unfolded[p])
			r->unfolded[p] = xmalloc(2 * KMT_CHUNK_EVENTS);
		if (get_plane(r, c, 2, nr, r->unfolded[p], &r->planes[p], e))
			return -EINVAL;
	}
	return 0;
}

static inline u16 cell_at(const u8 *plane, u32 i)
{
	u16 v;

	memcpy(&v, plane + 2 * (size_t)i, 2);
	return le16toh(v);
}

/* A number of two cells. */
static inline u32 pair_at(const struct plane *planes, u32 i)
{
	return cell_at(planes[0].at, i) | (u32)cell_at(planes[1].at, i) << 16;
}

static void store(u8 *at, u32 value, u32 width)
{
	u16 v16 = (u16)value;

	if (width == 1)
		*at = (u8)value;
	else if (width == 2)
		memcpy(at, &v16, 2);
	else
		memcpy(at, &value, 4);
}

static const char *pool_fault(const struct trace_info *info,
			      const struct trace_rec *rec)
{
	if (rec->order >= NR_TRACE_POOL_OVER)
		return "a pool over what cannot be";
	if (rec->order == TRACE_POOL_OF_CACHE && rec->align >= info->nr_caches)
		return "a cache that is not declared";
	if (rec->order == TRACE_POOL_OF_PAGES && rec->align > TRACE_ORDER_MAX)
		return "an order too large";
	return NULL;
}

/* Which of the record's numbers reach beyond what the trace declares? */
static const char *template_fault(const struct trace_info *info,
				  const struct trace_rec *rec, u8 kind)
{
	if (rec->op >= NR_TRACE_OPS)
		return "an unknown operation";
	if (kind >= NR_KMT_SLOT_KINDS || !(kmt_kinds_of(rec->op) >> kind & 1))
		return "a slot where none belongs";
	if (rec->order > TRACE_ORDER_MAX)
		return "an order too large";
	if (rec->node < -1 || rec->node >= (s32)TRACE_NODES_MAX)
		return "a node that cannot be";
	if (rec->cache && rec->cache >= info->nr_caches)
		return "a cache that is not declared";
	if (rec->op == TRACE_CACHE_CREATE && !rec->size)
		return "a cache of size 0";
	if ((rec->op == TRACE_CACHE_CREATE || rec->op == TRACE_ALLOC_PERCPU) &&
	    (rec->align & (rec->align - 1)))
		return "an alignment that is no power of two";
	if ((rec->op == TRACE_READ || rec->op == TRACE_WRITE) && !rec->size)
		return "an access of no bytes";
	if (trace_file_fault(rec))
		return trace_file_fault(rec);
	if (rec->op == TRACE_MEMPOOL_CREATE && pool_fault(info, rec))
		return pool_fault(info, rec);
	if (rec->op == TRACE_ALLOC_PERCPU && rec->order > 1)
		return "a per-CPU area neither reserved nor not";
	if (rec->site >= info->sites.nr)
		return "a call site that is not declared";
	if (rec->op != TRACE_CACHE_CREATE && rec->op != TRACE_SNAPSHOT)
		return rec->name && rec->name >= info->names.nr
			       ? "a name that is not declared"
			       : NULL;
	if (rec->name >= info->names.nr)
		return "a name that is not declared";
	if (rec->op == TRACE_SNAPSHOT &&
	    !label_is_valid(info->names.at[rec->name],
			    strlen(info->names.at[rec->name])))
		return "a snapshot label that names no directory";
	return NULL;
}

/* One column of the templates that are new; @values is scratch. */
static int get_template_column(struct kmt_reader *r, struct cursor *c,
			       const struct kmt_column *col, u32 *values,
			       struct err *e)
{
	struct kmt_template *first = &r->templates[r->nr_templates];
	u32 nr = r->chunk.nr_templates;
	u32 cell = MIN(col->width, 2);
	struct plane plane;

	memset(values, 0, nr * sizeof(*values));
	for (u32 p = 0; p < col->width / cell; p++) {
		if (get_plane(r, c, cell, nr, r->scratch, &plane, e))
			return -EINVAL;
		for (u32 i = 0; i < nr; i++)
			values[i] |= (u32)kmt_get(plane.at + i * cell, cell)
				     << 16 * p;
	}
	for (u32 i = 0; i < nr; i++)
		store((u8 *)&first[i] + col->offset, values[i], col->width);
	return 0;
}

/* The templates that this chunk brings. */
static int get_templates(struct kmt_reader *r, struct cursor *c, struct err *e)
{
	struct kmt_template *first = &r->templates[r->nr_templates];
	u32 nr = r->chunk.nr_templates;
	u32 *values;
	int rc = 0;

	if (!nr)
		return 0;
	memset(first, 0, nr * sizeof(*first));
	values = xmalloc(nr * sizeof(*values));
	for (u32 k = 0; k < KMT_TEMPLATE_COLUMNS && !rc; k++)
		rc = get_template_column(r, c, &kmt_template_columns[k], values,
					 e);
	free(values);
	for (u32 i = 0; i < nr && !rc; i++) {
		const char *fault =
			template_fault(&r->info, &first[i].rec, first[i].kind);

		if (fault)
			rc = chunk_err(r, e, "%s", fault);
		else
			kmt_template_set(&first[i], first[i].kind);
	}
	r->nr_templates += rc ? 0 : nr;
	return rc;
}

/* Runs of CPU and task: all of the chunk, no CPU or task undeclared. */
static int get_runs(struct kmt_reader *r, struct cursor *c, struct err *e)
{
	const struct plane *p = r->planes;
	u32 nr = r->chunk.nr_runs;
	u64 end = 0;

	if (get_column(r, c, PLANES_RUN_LEN, 2, nr, e) ||
	    get_column(r, c, PLANES_RUN_CPU, 1, nr, e) ||
	    get_column(r, c, PLANES_RUN_TASK, 2, nr, e))
		return -EINVAL;
	for (u32 i = 0; i < nr; i++) {
		u32 cpu = cell_at(p[PLANES_RUN_CPU].at, i);
		u32 task = pair_at(p + PLANES_RUN_TASK, i);

		end += pair_at(p + PLANES_RUN_LEN, i);
		if (end > r->chunk.nr_events)
			return chunk_err(r, e, "runs longer than the chunk");
		if (cpu >= r->info.nr_cpus)
			return chunk_err(r, e, "CPU %u of %u", cpu,
					 r->info.nr_cpus);
		if (task >= r->info.tasks.nr)
			return chunk_err(r, e, "task %u of %u", task,
					 r->info.tasks.nr);
		r->runs[i] = (struct run){(u32)end, task, (u16)cpu};
	}
	if (end != r->chunk.nr_events)
		return chunk_err(r, e, "runs shorter than the chunk");
	return 0;
}

/* The largest cell.  The inner loop has a constant length, since compilers
 * make vectors of such loops only. */
static u32 largest(const u8 *plane, u32 nr)
{
	u16 max[64] = {0};
	u32 all = 0;
	u32 i = 0;

	for (; i + ARRAY_SIZE(max) <= nr; i += ARRAY_SIZE(max))
		for (u32 k = 0; k < ARRAY_SIZE(max); k++)
			max[k] = MAX(max[k], cell_at(plane, i + k));
	for (; i < nr; i++)
		all = MAX(all, cell_at(plane, i));
	for (u32 k = 0; k < ARRAY_SIZE(max); k++)
		all = MAX(all, max[k]);
	return all;
}

/* The template numbers of the chunk, all of them known. */
static int get_ids(struct kmt_reader *r, struct cursor *c, struct err *e)
{
	u32 nr = r->chunk.nr_events;
	u32 max;

	if (get_column(r, c, PLANES_ID, 1, nr, e))
		return -EINVAL;
	max = largest(r->planes[PLANES_ID].at, nr);
	if (max < r->nr_templates)
		return 0;
	return chunk_err(r, e, "template %u of %u", max, r->nr_templates);
}

static u64 delta_at(const struct kmt_reader *r, u32 i)
{
	return pair_at(&r->planes[PLANES_DELTA], i) |
	       (u64)pair_at(&r->planes[PLANES_DELTA + 2], i) << 32;
}

/* The time must not wrap.  Only where it could, each event is looked at. */
static int check_times(struct kmt_reader *r, struct err *e)
{
	const struct plane *high = &r->planes[PLANES_DELTA + 2];
	u64 time = r->time_ns;

	r->wide = !high[0].is_zero || !high[1].is_zero;
	if (!r->wide && time < 1ull << 63)
		return 0;
	for (u32 i = 0; i < r->chunk.nr_events; i++)
		if (__builtin_add_overflow(time, delta_at(r, i), &time))
			return chunk_err(r, e, "event %u is beyond all time",
					 i);
	return 0;
}

static int get_payload(struct kmt_reader *r, struct err *e)
{
	struct cursor c = {r->payload, r->payload + r->chunk.payload_bytes};

	if (r->chunk.restart)
		r->nr_templates = 0;
	if (r->nr_templates + r->chunk.nr_templates > KMT_TEMPLATES_MAX)
		return chunk_err(r, e, "more than %u templates",
				 KMT_TEMPLATES_MAX);
	if (get_templates(r, &c, e) || get_runs(r, &c, e) ||
	    get_ids(r, &c, e) ||
	    get_column(r, &c, PLANES_DELTA, 4, r->chunk.nr_events, e) ||
	    get_column(r, &c, PLANES_SLOT, 2, r->chunk.nr_slots, e) ||
	    check_times(r, e))
		return -EINVAL;
	if (c.at != c.end)
		return chunk_err(r, e, "bytes left over");
	return 0;
}

/* Sizes first: nothing is allocated or looped over before they are sane. */
static int get_chunk_head(struct kmt_reader *r, const u8 *head, struct err *e)
{
	struct kmt_chunk *k = &r->chunk;

	k->payload_bytes = (u32)kmt_get(head + 4, 4);
	k->nr_events = (u32)kmt_get(head + 8, 4);
	k->nr_templates = (u32)kmt_get(head + 12, 4);
	k->nr_slots = (u32)kmt_get(head + 16, 4);
	k->nr_runs = (u32)kmt_get(head + 20, 4);
	k->restart = (u32)kmt_get(head + 24, 4);
	if (!k->nr_events || k->nr_events > KMT_CHUNK_EVENTS)
		return chunk_err(r, e, "%u events", k->nr_events);
	if (k->payload_bytes > KMT_PAYLOAD_MAX)
		return chunk_err(r, e, "%u bytes", k->payload_bytes);
	if (k->nr_templates > k->nr_events || k->nr_slots > k->nr_events ||
	    k->nr_runs > k->nr_events || k->restart > 1)
		return chunk_err(r, e, "counts that cannot be");
	return 0;
}

/* The chunk whose header @head has been read. */
static int get_chunk(struct kmt_reader *r, const u8 *head, struct err *e)
{
	if (get_chunk_head(r, head, e))
		goto bad;
	if (r->payload_size < r->chunk.payload_bytes) {
		r->payload_size = r->chunk.payload_bytes;
		free(r->payload);
		r->payload = xmalloc(r->payload_size);
	}
	if (read_all(r, r->payload, r->chunk.payload_bytes, e))
		goto bad;
	if (kmt_sum_is_wrong(xxh64(r->payload, r->chunk.payload_bytes,
				   xxh64(head, 32, 0)),
			     kmt_get(head + 32, 8))) {
		chunk_err(r, e, "the checksum is wrong");
		goto bad;
	}
	if (get_payload(r, e))
		goto bad;
	r->next_slot = r->next_run = 0;
	return 0;
bad:
	r->chunk.nr_events = 0;
	return -EINVAL;
}

/* The end is the end only when index and trailer say so. */
static int get_index(struct kmt_reader *r, u8 *head, struct err *e)
{
	size_t len = (size_t)r->chunks * KMT_INDEX_ENTRY;
	u8 tail[KMT_TRAILER_BYTES];
	u8 *entries;
	bool good;

	if (kmt_get(head + 4, 4) != r->chunks ||
	    kmt_get(head + 8, 8) != r->events ||
	    r->head.nr_chunks != r->chunks || r->head.nr_events != r->events)
		return chunk_err(r, e, "the index tells of other chunks");
	entries = xmalloc(len);
	if (read_all(r, entries, len, e) ||
	    read_all(r, tail, sizeof(tail), e)) {
		free(entries);
		return -EINVAL;
	}
	good = !kmt_sum_is_wrong(xxh64(entries, len, xxh64(head, 16, 0)),
				 kmt_get(head + 16, 8)) &&
	       kmt_get(tail, 8) == r->chunk_at &&
	       kmt_get(tail + 8, 4) == r->chunks &&
	       kmt_get(tail + 12, 4) == KMT_END_MAGIC;
	free(entries);
	r->ended = true;
	if (good && input_read(r->in, tail, 1, e) == 0)
		return 0;
	return chunk_err(
		r, e, good ? "bytes behind the end" : "the index is damaged");
}

/* The next chunk: 1, 0 at the end, negative with @e. */
static int next_chunk(struct kmt_reader *r, struct err *e)
{
	u8 head[KMT_CHUNK_BYTES];

	r->chunk_at = input_offset(r->in);
	r->chunks += r->chunk.nr_events != 0;
	r->events += r->chunk.nr_events;
	r->chunk = (struct kmt_chunk){0};
	r->next = 0;
	if (read_all(r, head, KMT_INDEX_BYTES, e))
		return -EINVAL;
	if (kmt_get(head, 4) == KMT_INDEX_MAGIC)
		return get_index(r, head, e);
	if (kmt_get(head, 4) != KMT_CHUNK_MAGIC)
		return chunk_err(r, e, "no chunk begins here");
	if (read_all(r, head + KMT_INDEX_BYTES,
		     KMT_CHUNK_BYTES - KMT_INDEX_BYTES, e) ||
	    get_chunk(r, head, e))
		return -EINVAL;
	return 1;
}

#define PAIRS_AT_ONCE 32u

/* @nr numbers of two cells, from @from on.  The inner loop is for compilers,
 * as in largest(). */
static void get_pairs(const struct plane *planes, u32 from, u32 nr, u32 *to)
{
	const u8 *low = planes[0].at + 2 * (size_t)from;
	const u8 *high = planes[1].at + 2 * (size_t)from;
	u32 some[PAIRS_AT_ONCE];

	for (; nr >= PAIRS_AT_ONCE; nr -= PAIRS_AT_ONCE) {
		for (u32 k = 0; k < PAIRS_AT_ONCE; k++)
			some[k] = cell_at(low, k) | (u32)cell_at(high, k) << 16;
		memcpy(to, some, sizeof(some));
		low += 2 * PAIRS_AT_ONCE;
		high += 2 * PAIRS_AT_ONCE;
		to += PAIRS_AT_ONCE;
	}
	for (u32 k = 0; k < nr; k++)
		to[k] = cell_at(low, k) | (u32)cell_at(high, k) << 16;
}

/* The columns of the next @nr records.  A chunk that lies about the length of
 * its slot column has its last number again and again, or zeroes. */
static void get_batch_columns(struct kmt_reader *r, u32 nr)
{
	const struct plane *column = &r->planes[PLANES_SLOT];
	u32 left = r->chunk.nr_slots - r->next_slot;
	u32 last = left ? pair_at(column, r->chunk.nr_slots - 1) : 0;

	get_pairs(&r->planes[PLANES_DELTA], r->next, nr, r->deltas);
	get_pairs(column, r->next_slot, MIN(nr, left), r->column);
	for (u32 i = left; i < nr; i++)
		r->column[i] = last;
}

/* What the loop over a batch carries on. */
struct pass {
	struct kmt_slots slots;
	u64 time_ns;
	u32 taken;   /* of the batch's slot column */
	u32 largest; /* slot */
};

/* Decodes records [i, end) of the batch, all of one run. */
static inline void decode_run(struct kmt_reader *r, struct pass *pass, u32 i,
			      u32 end)
{
	const u8 *ids = r->planes[PLANES_ID].at + 2 * (size_t)r->next;
	const struct kmt_template *templates = r->templates;
	const struct run run = r->runs[r->next_run];
	struct pass p = *pass;

	for (; i < end; i++) {
		const struct kmt_template *t = &templates[cell_at(ids, i)];
		u32 slot = kmt_slot(&p.slots, t, r->column[p.taken]);
		struct trace_rec *rec = &r->recs[i];

		p.taken += t->column_step;
		p.largest = MAX(p.largest, slot);
		p.time_ns += r->deltas[i];
		*rec = t->rec;
		rec->time_ns = p.time_ns;
		rec->slot = slot;
		rec->task = run.task;
		rec->cpu = run.cpu;
	}
	*pass = p;
}

/* The times again, with the high halves of the differences. */
static COLD void widen_times(struct kmt_reader *r, struct pass *pass, u32 nr)
{
	u64 time = r->time_ns;

	for (u32 i = 0; i < nr; i++) {
		time += delta_at(r, r->next + i);
		r->recs[i].time_ns = time;
	}
	pass->time_ns = time;
}

/* A slot is too large: the records before it are good. */
static COLD u32 cut_batch(struct kmt_reader *r, u32 nr)
{
	u32 limit = MAX(r->info.nr_slots, 1u);
	u32 good = 0;

	while (good < nr && r->recs[good].slot < limit)
		good++;
	chunk_err(r, &r->stop, "event %u: slot %u of %u", r->next + good,
		  r->recs[good].slot, r->info.nr_slots);
	return good;
}

/* Decodes the next @nr records of the chunk; returns how many are good. */
static u32 decode_batch(struct kmt_reader *r, u32 nr)
{
	struct pass pass = {r->slots, r->time_ns, 0, 0};

	get_batch_columns(r, nr);
	for (u32 at = 0; at < nr;) {
		u32 run_end = r->runs[r->next_run].end - r->next;
		u32 end = MIN(run_end, nr);

		decode_run(r, &pass, at, end);
		r->next_run += run_end == end;
		at = end;
	}
	if (r->wide)
		widen_times(r, &pass, nr);
	r->slots = pass.slots;
	r->time_ns = pass.time_ns;
	if (pass.taken > r->chunk.nr_slots - r->next_slot) {
		chunk_err(r, &r->stop, "the slot column is too short");
		return 0;
	}
	r->next_slot += pass.taken;
	if (pass.largest >= MAX(r->info.nr_slots, 1u))
		nr = cut_batch(r, nr);
	r->next += nr;
	return nr;
}

static s64 kmt_read(struct trace_reader *base, const struct trace_rec **recs,
		    struct err *e)
{
	struct kmt_reader *r = (struct kmt_reader *)base;
	u32 nr = 0;

	if (!r->stop.code && r->next == r->chunk.nr_events && !r->ended)
		next_chunk(r, &r->stop);
	if (!r->stop.code && !r->ended)
		nr = decode_batch(r,
				  MIN(KMT_BATCH, r->chunk.nr_events - r->next));
	*recs = r->recs;
	if (!nr && r->stop.code)
		return err_set(e, r->stop.code, "%s", r->stop.text);
	return nr;
}

static double kmt_progress(const struct trace_reader *base)
{
	const struct kmt_reader *r = (const struct kmt_reader *)base;

	if (!r->head.nr_events)
		return 1;
	return MIN(1.0,
		   (double)(r->events + r->next) / (double)r->head.nr_events);
}

static void kmt_close(struct trace_reader *base)
{
	struct kmt_reader *r = (struct kmt_reader *)base;

	input_close(r->in);
	ZSTD_freeDCtx(r->zstd);
	trace_info_free(&r->info);
	for (u32 p = 0; p < NR_PLANES; p++)
		free(r->unfolded[p]);
	free(r->templates);
	free(r->slots.ring);
	free(r->payload);
	free(r->scratch);
	free(r->runs);
	free(r);
}

bool kmt_detect(const char *start, size_t len)
{
	return len >= KMT_MAGIC_BYTES &&
	       !memcmp(start, KMT_MAGIC, KMT_MAGIC_BYTES);
}

struct trace_reader *kmt_open(struct input *in, struct err *e)
{
	static const struct trace_reader_ops ops = {
		.read = kmt_read,
		.progress = kmt_progress,
		.close = kmt_close,
	};
	struct kmt_reader *r = xcalloc(1, sizeof(*r));

	r->base.ops = &ops;
	r->base.info = &r->info;
	r->in = in;
	if (kmt_read_head(in, &r->head, &r->info, e)) {
		kmt_close(&r->base);
		return NULL;
	}
	r->zstd = ZSTD_createDCtx();
	r->templates = xcalloc(KMT_TEMPLATES_MAX, sizeof(*r->templates));
	r->slots.ring = xcalloc(KMT_RING, sizeof(*r->slots.ring));
	r->runs = xcalloc(KMT_CHUNK_EVENTS, sizeof(*r->runs));
	r->scratch = xmalloc(2 * KMT_CHUNK_EVENTS);
	if (r->zstd)
		return &r->base;
	err_set(e, -ENOMEM, "%s: no memory for zstd", input_path(in));
	kmt_close(&r->base);
	return NULL;
}
