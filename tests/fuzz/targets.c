#include "targets.h"

#include "sim/config.h"
#include "sim/cpucache.h"
#include "sim/state_parse.h"

#include "trace/gen.h"
#include "trace/import.h"
#include "trace/kmt.h"
#include "trace/ktr.h"
#include "trace/lackey.h"
#include "trace/stats.h"

#include "base/bug.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FUZZ_RECORDS_MAX 200000u     /* of a workload that never ends */
#define FUZZ_CACHE_MAX	 (64u << 10) /* bytes; larger ones are slow */
#define FUZZ_CACHES_MEM	 (16u << 20) /* of all addresses */

/* The bytes as a file; @path: set to a name it can be opened by. */
static int as_file(const uint8_t *bytes, size_t len, char path[64])
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	BUG_ON(fd < 0);
	BUG_ON(write(fd, bytes, len) != (ssize_t)len);
	BUG_ON(lseek(fd, 0, SEEK_SET) != 0);
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

/* The invariants of trace.h. */
static void check_record(const struct trace_info *info,
			 const struct trace_rec *rec, u64 time_ns)
{
	const char *args;

	BUG_ON(rec->op >= NR_TRACE_OPS);
	args = trace_op_args[rec->op];
	BUG_ON(rec->time_ns < time_ns);
	BUG_ON(rec->cpu >= info->nr_cpus);
	BUG_ON(rec->site >= info->sites.nr);
	BUG_ON(rec->task >= info->tasks.nr);
	BUG_ON(rec->node < -1 || rec->node >= (s32)TRACE_NODES_MAX);
	BUG_ON(rec->order > TRACE_ORDER_MAX);
	BUG_ON(strchr(args, ARG_OID) && rec->slot >= info->nr_slots);
	BUG_ON(strchr(args, ARG_CACHE) && rec->cache >= info->nr_caches);
	BUG_ON(strchr(args, ARG_POOL) && rec->order >= NR_TRACE_POOL_OVER);
	BUG_ON(strchr(args, ARG_POOL) && rec->order == TRACE_POOL_OF_CACHE &&
	       rec->align >= info->nr_caches);
	BUG_ON((strchr(args, ARG_NAME) || strchr(args, ARG_LABEL)) &&
	       rec->name >= info->names.nr);
}

/* Reads all of @r and closes it. */
static void drain(struct trace_reader *r, struct err *e)
{
	const struct trace_info *info = trace_reader_info(r);
	struct trace_stats stats = {0};
	const struct trace_rec *recs;
	u64 time_ns = 0;
	u64 nr = 0;
	s64 got = 0;

	while (nr < FUZZ_RECORDS_MAX && (got = trace_read(r, &recs, e)) > 0) {
		BUG_ON(got > (s64)TRACE_BATCH);
		for (s64 i = 0; i < got; i++) {
			check_record(info, &recs[i], time_ns);
			time_ns = recs[i].time_ns;
		}
		trace_stats_add(&stats, info, recs, (u32)got);
		nr += (u64)got;
	}
	BUG_ON((got < 0) != (e->code < 0));
	trace_stats_free(&stats);
	trace_close(r);
}

static void read_trace(const uint8_t *bytes, size_t len)
{
	struct err e = {0};
	struct trace_reader *r;
	char path[64];
	int fd = as_file(bytes, len, path);

	r = trace_open(path, &e);
	if (r)
		drain(r, &e);
	else
		BUG_ON(!e.code || !*e.text);
	close(fd);
}

int fuzz_ktr(const uint8_t *bytes, size_t len)
{
	static const uint8_t zstd_magic[] = {0x28, 0xb5, 0x2f, 0xfd};
	bool packed = len >= 4 && !memcmp(bytes, zstd_magic, 4);

	if (!packed && !ktr_detect((const char *)bytes, len))
		return -1;
	read_trace(bytes, len);
	return 0;
}

int fuzz_kmt(const uint8_t *bytes, size_t len)
{
	if (!kmt_detect((const char *)bytes, len))
		return -1;
	read_trace(bytes, len);
	return 0;
}

/* A recording of one of these kinds, whatever it looks like. */
static int read_recording(const uint8_t *bytes, size_t len,
			  enum import_kind kind)
{
	struct imported im = {0};
	struct err e = {0};
	u64 time_ns = 0;
	char path[64];
	int fd = as_file(bytes, len, path);

	if (!import_recording(fd, "fuzz", kind, NULL, &im, &e)) {
		for (u64 i = 0; i < im.nr_recs; i++) {
			check_record(&im.info, &im.recs[i], time_ns);
			time_ns = im.recs[i].time_ns;
		}
		imported_free(&im);
	}
	close(fd);
	return 0;
}

int fuzz_text(const uint8_t *bytes, size_t len)
{
	enum import_kind kind = import_detect(bytes, len);

	if (kind != IMPORT_FTRACE_TEXT && kind != IMPORT_PERF_TEXT)
		return -1;
	return read_recording(bytes, len, kind);
}

int fuzz_dat(const uint8_t *bytes, size_t len)
{
	if (import_detect(bytes, len) != IMPORT_TRACE_DAT)
		return -1;
	return read_recording(bytes, len, IMPORT_TRACE_DAT);
}

int fuzz_machine(const uint8_t *bytes, size_t len)
{
	static struct config config;
	struct err e = {0};
	char path[64];
	int fd = as_file(bytes, len, path);

	if (config_load(&config, path, NULL, 0, &e))
		BUG_ON(!e.code || !*e.text);
	close(fd);
	return 0;
}

int fuzz_workload(const uint8_t *bytes, size_t len)
{
	struct err e = {0};
	struct workload *w;
	struct trace_reader *r;
	char path[64];
	int fd = as_file(bytes, len, path);

	w = workload_load(path, &e);
	r = w ? workload_reader(w, TRACE_WORKLOAD_CPUS, &e) : NULL;
	if (r)
		drain(r, &e);
	else
		BUG_ON(!e.code || !*e.text);
	close(fd);
	return 0;
}

/* Three texts, divided by lines of "%%". */
int fuzz_state(const uint8_t *bytes, size_t len)
{
	static const char divider[] = "%%\n";
	const char *texts[3];
	size_t lens[3] = {0};
	const char *at = (const char *)bytes;
	const char *end = at + len;
	struct err e = {0};
	struct state *st;

	if (!len)
		return -1;
	for (u32 i = 0; i < 3; i++) {
		const char *cut =
			i < 2 ? memmem(at, (size_t)(end - at), divider, 3)
			      : NULL;

		texts[i] = at;
		lens[i] = (size_t)((cut ? cut : end) - at);
		at = cut ? cut + 3 : end;
	}
	st = state_load_texts(texts, lens, &e);
	BUG_ON(!st && !e.code);
	state_free(st);
	return 0;
}

static bool has_small_caches(const struct config *c)
{
	for (u32 i = 0; i < c->nr_caches; i++)
		if (c->caches[i].size_bytes > FUZZ_CACHE_MAX)
			return false;
	return c->mm.nr_cpus <= 80;
}

/* Each record by the next CPU; any caches keep their invariants. */
static void replay_lackey(struct cpucache *h, u32 nr_cpus, const char *path)
{
	static const enum cpucache_how how[] = {
		['I'] = CPUCACHE_FETCH,
		['L'] = CPUCACHE_READ,
		['S'] = CPUCACHE_WRITE,
		['M'] = CPUCACHE_MODIFY,
	};
	const struct lackey_rec *recs;
	struct err e = {0};
	struct lackey *l = lackey_open(path, &e);
	cycles_t now = 0;
	s64 got = 0;

	while (l && (got = lackey_read(l, &recs, &e)) > 0)
		for (s64 i = 0; i < got; i++) {
			u64 at = recs[i].addr %
				 (FUZZ_CACHES_MEM - LACKEY_BYTES_MAX);

			BUG_ON(recs[i].addr + recs[i].bytes > LACKEY_ADDR_END);
			if (nr_cpus == 1)
				at = recs[i].addr;
			now += cpucache_access(h, (u32)i % nr_cpus, at,
					       recs[i].bytes,
					       how[(u8)recs[i].kind], 0, now);
		}
	BUG_ON((!l || got < 0) && !*e.text);
	lackey_close(l);
	if (!cpucache_check(h, &e))
		BUG_FMT("%s", e.text);
}

/* A machine, a line of "%%", and an address stream. */
int fuzz_caches(const uint8_t *bytes, size_t len)
{
	const uint8_t *cut = len ? memmem(bytes, len, "%%\n", 3) : NULL;
	struct cpucache_options opt = {.classes = true,
				       .whole = true,
				       .memory_bytes = FUZZ_CACHES_MEM,
				       .watch = -1};
	static struct config c;
	struct cpucache *h = NULL;
	struct err e = {0};
	char path[64];
	size_t head;
	int fd;

	if (!cut)
		return -1;
	head = (size_t)(cut - bytes);
	if (config_parse(&c, "fuzz", (const char *)bytes, head, NULL, 0, &e) ||
	    !has_small_caches(&c))
		return -1;
	h = cpucache_create(&c, &opt, &e);
	BUG_ON(!h && !*e.text);
	fd = as_file(cut + 3, len - head - 3, path);
	if (h)
		replay_lackey(h, c.mm.nr_cpus, path);
	close(fd);
	cpucache_destroy(h);
	return 0;
}
