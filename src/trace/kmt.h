/*
 * kmt.h - the binary format: what reader and writer share.  docs/formats.md
 * describes its bytes.
 *
 *	header, info (strings, counts)	written last, read first
 *	chunk, chunk, ...		up to KMT_CHUNK_EVENTS events each
 *	index, trailer
 *
 * Events that differ in time, slot, CPU and task only share a template; an
 * event is the number of its template and a time difference.  Templates are
 * numbered as they appear and stay known to the chunks that follow.  Slots
 * are mostly not stored either: struct kmt_slots, which writer and reader
 * keep alike, foretells the slot of nearly every allocation.
 *
 * Within a chunk each field is a column, and each byte of a column a plane,
 * stored as one constant, as it is, or compressed with zstd.
 *
 * Invariant: writer and reader call kmt_slot() once for each event, in
 * order, with the same arguments.
 */
#ifndef TRACE_KMT_H
#define TRACE_KMT_H

#include "trace/input.h"
#include "trace/reader.h"
#include "trace/writer.h"

#include <string.h>

#define KMT_VERSION	  1u
#define KMT_MAGIC	  "\x89KMT\r\n\x1a\n"
#define KMT_MAGIC_BYTES	  8u
#define KMT_CHUNK_MAGIC	  0x434d544bu /* "KTMC" */
#define KMT_INDEX_MAGIC	  0x494d544bu /* "KTMI" */
#define KMT_END_MAGIC	  0x454d544bu /* "KTME" */
#define KMT_HEADER_BYTES  80u
#define KMT_CHUNK_BYTES	  40u /* of a chunk's own header */
#define KMT_INDEX_BYTES	  24u /* of the index's header */
#define KMT_INDEX_ENTRY	  16u
#define KMT_TRAILER_BYTES 16u

/* Limits of what is read from outside. */
#define KMT_CHUNK_EVENTS  65536u
#define KMT_TEMPLATES_MAX 65536u
#define KMT_INFO_MAX	  (64u << 20) /* bytes of info, unfolded */
#define KMT_PAYLOAD_MAX	  (16u << 20) /* bytes of a chunk on disk */

/* How a plane is stored. */
enum kmt_plane {
	KMT_PLANE_CONST, /* u8: the byte that all are */
	KMT_PLANE_PLAIN, /* the bytes */
	KMT_PLANE_ZSTD	 /* u32 length, a zstd frame of them */
};

/* Where an event's slot comes from; part of its template. */
enum kmt_slot_kind {
	KMT_SLOT_NONE,	/* the operation names no object */
	KMT_SLOT_READ,	/* from the column; the object stays */
	KMT_SLOT_FREE,	/* from the column, then free: the next to be used */
	KMT_SLOT_ALLOC, /* from the column; slot + 1 is the next fresh one */
	KMT_SLOT_REUSE, /* the slot freed last */
	KMT_SLOT_FRESH, /* the slot after the last fresh one */
	NR_KMT_SLOT_KINDS
};

/* A template as it is used; one line of the host's cache. */
struct kmt_template {
	struct trace_rec rec; /* time, slot, cpu and task are 0 */
	u32 read_mask;	      /* all ones: the slot comes from the column */
	u32 reuse_mask;	      /* all ones: from the ring */
	u32 fresh_mask;	      /* all ones: the next fresh one */
	u8 column_step;	      /* 1: takes one from the column */
	s8 ring_step;	      /* +1 a free, -1 a reuse */
	u8 fresh_step;	      /* 1: slot + 1 is the next fresh one */
	u8 kind;	      /* enum kmt_slot_kind */
};

#define KMT_RING 65536u /* freed slots remembered; a power of two */

struct kmt_slots {
	u32 *ring; /* [KMT_RING] owned */
	u32 top;   /* the ring's next place, modulo KMT_RING */
	u32 fresh; /* the next fresh slot */
};

/**
 * kmt_slot() - The slot of the next event; branch-free.
 * @column: the next slot of the column, used or not.
 */
static inline u32 kmt_slot(struct kmt_slots *s, const struct kmt_template *t,
			   u32 column)
{
	u32 slot = (column & t->read_mask) |
		   (s->ring[(s->top - 1) % KMT_RING] & t->reuse_mask) |
		   (s->fresh & t->fresh_mask);

	s->ring[s->top % KMT_RING] = slot;
	s->top += (u32)(s32)t->ring_step;
	s->fresh = t->fresh_step ? slot + 1 : s->fresh;
	return slot;
}

/** kmt_template_set() - Fills the masks and steps from rec.op and @kind. */
void kmt_template_set(struct kmt_template *t, enum kmt_slot_kind kind);

/** kmt_kinds_of() - The kinds that an operation may have, as a bit set. */
u32 kmt_kinds_of(enum trace_op op);

/* Where a column of templates stands in struct kmt_template. */
struct kmt_column {
	u16 offset;
	u8 width; /* bytes */
};
#define KMT_TEMPLATE_COLUMNS 11u
/* In the order they stand in a chunk. */
extern const struct kmt_column kmt_template_columns[KMT_TEMPLATE_COLUMNS];

/* Fixed-width little-endian numbers. */
static inline void kmt_put(u8 *to, u64 value, u32 bytes)
{
	for (u32 i = 0; i < bytes; i++)
		to[i] = (u8)(value >> 8 * i);
}

static inline u64 kmt_get(const u8 *from, u32 bytes)
{
	u64 value = 0;

	for (u32 i = 0; i < bytes; i++)
		value |= (u64)from[i] << 8 * i;
	return value;
}

/* Is a checksum wrong?  A fuzzer could never guess one. */
static inline bool kmt_sum_is_wrong(u64 is, u64 should_be)
{
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
	(void)is;
	(void)should_be;
	return false;
#else
	return is != should_be;
#endif
}

/* The header in memory, field by field as on disk. */
struct kmt_header {
	u64 nr_events;
	u64 duration_ns;
	u32 info_bytes; /* on disk */
	u32 info_raw;	/* unfolded */
	u32 nr_cpus;
	u32 nr_nodes;
	u32 nr_slots;
	u32 nr_caches;
	u32 nr_chunks;
};

/* A chunk's own header, likewise. */
struct kmt_chunk {
	u32 payload_bytes;
	u32 nr_events;
	u32 nr_templates; /* new ones */
	u32 nr_slots;	  /* entries of the slot column */
	u32 nr_runs;	  /* events in a row of one CPU and task */
	u32 restart;	  /* 1: templates are numbered from 0 again */
};

/**
 * kmt_read_head() - Header and info of the .kmt that @in starts with.
 * @info: filled; the caller frees it also after an error.
 */
int kmt_read_head(struct input *in, struct kmt_header *head,
		  struct trace_info *info, struct err *e);

/** kmt_detect() - True when a file that starts so is a .kmt. */
bool kmt_detect(const char *start, size_t len);

/** kmt_open() - Reads @in, which it owns from now on, even on error. */
struct trace_reader *kmt_open(struct input *in, struct err *e);

/** kmt_create() - Writes to @out; see trace_create().  NULL with @e. */
struct trace_writer *kmt_create(struct outfile *out,
				const struct trace_info *info, struct err *e);

#endif
