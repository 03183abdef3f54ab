#include "trace/kmt.h"

#include "trace/names.h"
#include "trace/xxh64.h"

#include "base/xmalloc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zstd.h>

/* The unfolded info while it is taken apart. */
struct cursor {
	const u8 *at;
	const u8 *end;
};

static int head_err(struct input *in, struct err *e, const char *what)
{
	return err_set(e, -EINVAL, "%s: byte %llu: %s", input_path(in),
		       (unsigned long long)input_offset(in), what);
}

static int read_all(struct input *in, void *buf, size_t len, struct err *e)
{
	s64 got = input_read(in, buf, len, e);

	if (got == (s64)len)
		return 0;
	return head_err(in, e, "the file is truncated, before any event");
}

static const char *header_fault(const struct kmt_header *h)
{
	if (h->nr_cpus > TRACE_CPUS_MAX)
		return "more CPUs than this program can have";
	if (h->nr_nodes > TRACE_NODES_MAX)
		return "more nodes than this program can have";
	if (h->nr_slots > TRACE_SLOTS_MAX)
		return "more objects than this program can have";
	if (h->nr_caches > TRACE_CACHES_MAX)
		return "more caches than this program can have";
	if (h->info_raw > KMT_INFO_MAX)
		return "a table of names that is too large";
	if (h->info_bytes > ZSTD_COMPRESSBOUND(KMT_INFO_MAX))
		return "a table of names that is too large";
	return NULL;
}

static int read_header(struct input *in, u8 *raw, struct kmt_header *h,
		       struct err *e)
{
	u32 version;

	if (read_all(in, raw, KMT_HEADER_BYTES, e))
		return -EINVAL;
	version = (u32)kmt_get(raw + 8, 4);
	if (version != KMT_VERSION)
		return err_set(e, -EINVAL,
			       "%s: byte 8: .kmt version %u; this program "
			       "reads %u: import the recording again",
			       input_path(in), version, KMT_VERSION);
	if (kmt_get(raw + 12, 4) != KMT_HEADER_BYTES)
		return head_err(in, e, "the header has another size");
	h->nr_events = kmt_get(raw + 16, 8);
	h->duration_ns = kmt_get(raw + 24, 8);
	h->info_bytes = (u32)kmt_get(raw + 32, 4);
	h->info_raw = (u32)kmt_get(raw + 36, 4);
	h->nr_cpus = (u32)kmt_get(raw + 40, 4);
	h->nr_nodes = (u32)kmt_get(raw + 44, 4);
	h->nr_slots = (u32)kmt_get(raw + 48, 4);
	h->nr_caches = (u32)kmt_get(raw + 52, 4);
	h->nr_chunks = (u32)kmt_get(raw + 56, 4);
	if (header_fault(h))
		return head_err(in, e, header_fault(h));
	return 0;
}

static bool take(struct cursor *c, size_t len, const u8 **at)
{
	if ((size_t)(c->end - c->at) < len)
		return false;
	*at = c->at;
	c->at += len;
	return true;
}

static bool take_number(struct cursor *c, u32 bytes, u64 *value)
{
	const u8 *at;

	if (!take(c, bytes, &at))
		return false;
	*value = kmt_get(at, bytes);
	return true;
}

/* A string of at most TRACE_NAME_MAX bytes, none of them 0. */
static bool take_text(struct cursor *c, const u8 **text, size_t *len)
{
	u64 n;

	if (!take_number(c, 1, &n) || !take(c, n, text))
		return false;
	*len = n;
	return !memchr(*text, '\0', n);
}

static bool take_field(struct cursor *c, char *into, size_t size)
{
	const u8 *text;
	size_t len;

	if (!take_text(c, &text, &len) || len >= size)
		return false;
	memcpy(into, text, len);
	into[len] = '\0';
	return true;
}

static bool take_strings(struct cursor *c, struct trace_strings *s, u32 max)
{
	u64 nr;

	if (!take_number(c, 4, &nr) || nr > max)
		return false;
	while (nr--) {
		const u8 *text;
		size_t len;

		if (!take_text(c, &text, &len))
			return false;
		trace_strings_add(s, (const char *)text, len);
	}
	return true;
}

/* Counts stand with their names, so that versions may have others. */
static bool take_counts(struct cursor *c, struct trace_counts *counts)
{
	u64 nr;

	if (!take_number(c, 4, &nr) || nr > 4096)
		return false;
	while (nr--) {
		char id[TRACE_NAME_MAX + 1];
		u64 value;

		if (!take_field(c, id, sizeof(id)) ||
		    !take_number(c, 8, &value))
			return false;
		for (u32 i = 0; i < NR_TRACE_COUNTS; i++)
			if (!strcmp(id, trace_count_names[i].id))
				*trace_count_at(counts, i) = value;
	}
	return true;
}

static bool take_nodes(struct cursor *c, struct trace_info *info)
{
	const u8 *nodes;

	if (!take(c, info->nr_cpus, &nodes))
		return false;
	for (u32 i = 0; i < info->nr_cpus; i++) {
		if (nodes[i] >= MAX(info->nr_nodes, 1u))
			return false;
		info->cpu_to_node[i] = nodes[i];
	}
	return true;
}

static bool take_info(struct cursor *c, struct trace_info *info)
{
	return take_field(c, info->source_format,
			  sizeof(info->source_format)) &&
	       take_field(c, info->kernel, sizeof(info->kernel)) &&
	       take_nodes(c, info) && take_counts(c, &info->counts) &&
	       take_strings(c, &info->names, TRACE_NAMES_MAX) &&
	       take_strings(c, &info->sites, TRACE_SITES_MAX) &&
	       take_strings(c, &info->tasks, TRACE_TASKS_MAX) &&
	       info->sites.nr && info->tasks.nr && c->at == c->end;
}

static int read_info(struct input *in, const u8 *raw,
		     const struct kmt_header *h, struct trace_info *info,
		     struct err *e)
{
	u8 *packed = xmalloc(h->info_bytes);
	u8 *text = xmalloc(h->info_raw);
	struct cursor c = {text, text + h->info_raw};
	int rc = read_all(in, packed, h->info_bytes, e);

	if (rc)
		;
	else if (kmt_sum_is_wrong(
			 xxh64(packed, h->info_bytes, xxh64(raw, 72, 0)),
			 kmt_get(raw + 72, 8)))
		rc = head_err(in, e, "the header's checksum is wrong");
	else if (ZSTD_decompress(text, h->info_raw, packed, h->info_bytes) !=
			 h->info_raw ||
		 !take_info(&c, info))
		rc = head_err(in, e, "the table of names is damaged");
	free(packed);
	free(text);
	return rc;
}

int kmt_read_head(struct input *in, struct kmt_header *head,
		  struct trace_info *info, struct err *e)
{
	u8 raw[KMT_HEADER_BYTES];

	memset(info, 0, sizeof(*info));
	if (read_header(in, raw, head, e))
		return -EINVAL;
	info->nr_cpus = head->nr_cpus;
	info->nr_nodes = head->nr_nodes;
	info->nr_slots = head->nr_slots;
	info->nr_caches = head->nr_caches;
	info->nr_events = head->nr_events;
	info->duration_ns = head->duration_ns;
	return read_info(in, raw, head, info, e);
}
