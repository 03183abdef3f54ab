/*
 * Goal: a .kmt gives back exactly what was written, and whatever happens to
 * its bytes, a prefix of that and then an error with the place.
 * Method: seeded random traces, of every operation; files cut at each byte
 * and with each byte changed.
 */
#include "trace/kmt.h"
#include "trace/trace.h"
#include "trace/xxh64.h"

#include "trace_util.h"

#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct trace {
	struct trace_info info;
	struct trace_rec *recs;
	u64 nr;
};

static u64 seed;

static u32 rnd(u32 below)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (u32)(seed >> 33) % below;
}

/* What a slot-naming operation has; the rest keep slot 0. */
static bool has_slot(enum trace_op op)
{
	return (op >= TRACE_CACHE_ALLOC && op <= TRACE_FREE_PERCPU) ||
	       op == TRACE_MEMPOOL_ALLOC || op == TRACE_MEMPOOL_FREE ||
	       (op >= TRACE_GET_CPU_VAR && op <= TRACE_WRITE);
}

static void fill_info(struct trace_info *info)
{
	trace_info_init(info);
	strcpy(info->source_format, "random");
	strcpy(info->kernel, "6.1.0-42");
	info->nr_cpus = 7;
	info->nr_nodes = 3;
	info->nr_slots = 100000;
	info->nr_caches = 300;
	for (u32 i = 0; i < info->nr_cpus; i++)
		info->cpu_to_node[i] = (u8)(i % 3);
	for (u32 i = 0; i < NR_TRACE_COUNTS; i++)
		*trace_count_at(&info->counts, i) = rnd(1u << 30);
	for (u32 i = 0; i < 40; i++) {
		char text[32];

		snprintf(text, sizeof(text), "name-%u", i);
		trace_strings_add(&info->names, text, strlen(text));
		trace_strings_add(&info->sites, text, strlen(text));
		trace_strings_add(&info->tasks, text, strlen(text));
	}
}

/* A random trace; @variety: how many different sizes it has. */
static struct trace random_trace(u64 nr, u32 variety)
{
	struct trace t = {.nr = nr};
	u64 time = 0;

	fill_info(&t.info);
	t.recs = xcalloc(nr, sizeof(*t.recs));
	for (u64 i = 0; i < nr; i++) {
		struct trace_rec *rec = &t.recs[i];

		if (rnd(1000) == 0)
			time += (u64)rnd(1u << 30) << rnd(8);
		time += rnd(1000);
		rec->time_ns = time;
		rec->op = (u8)rnd(NR_TRACE_OPS);
		if (has_slot(rec->op))
			rec->slot = rnd(4) ? rnd(20) : rnd(100000);
		rec->size = rnd(variety) + 1;
		rec->gfp = rnd(3);
		rec->align = rnd(2) * 8;
		rec->site = rnd(2) ? rnd(41) : 0;
		rec->task = rnd(20) ? 1 : rnd(41);
		rec->name = rnd(40);
		rec->cache = (u16)(rnd(3) ? rnd(4) : rnd(300));
		rec->cpu = (u16)rnd(7);
		rec->node = (s16)((s16)rnd(4) - 1);
		rec->order = (u8)rnd(64);
		if (rec->op == TRACE_MEMPOOL_CREATE)
			rec->order %= NR_TRACE_POOL_OVER;
		if (rec->op == TRACE_ALLOC_PERCPU)
			rec->order %= 2;
		if (rec->op >= TRACE_PAGE_CACHE_READ &&
		    rec->op <= TRACE_PAGE_CACHE_SIZE)
			rec->size = MIN(rec->size, TRACE_IO_PAGES);
		rec->flags = rnd(9) ? 0 : TRACE_IMPLIED;
	}
	return t;
}

static void free_trace(struct trace *t)
{
	trace_info_free(&t->info);
	free(t->recs);
}

static void write_trace(const struct trace *t, const char *path)
{
	struct err e = {0};
	struct trace_writer *w =
		trace_create(path, TRACE_FORMAT_KMT, &t->info, &e);

	assert_non_null(w);
	for (u64 at = 0; at < t->nr;) {
		u64 most = 1 + rnd(5000);
		u32 nr = (u32)MIN(t->nr - at, most);

		assert_int_equal(trace_write(w, t->recs + at, nr, &e), 0);
		at += nr;
	}
	assert_int_equal(trace_finish(w, &e), 0);
}

/* Reads @path; all records must be those of @t.  Returns how many came. */
static u64 read_prefix(const struct trace *t, const char *path, struct err *e)
{
	struct trace_reader *r = trace_open(path, e);
	const struct trace_rec *recs;
	u64 at = 0;
	s64 nr;

	if (!r)
		return 0;
	while ((nr = trace_read(r, &recs, e)) > 0) {
		assert_true(at + (u64)nr <= t->nr);
		assert_memory_equal(recs, t->recs + at,
				    (size_t)nr * sizeof(*recs));
		at += (u64)nr;
	}
	/* It stays at its end, or in its error. */
	assert_true(trace_read(r, &recs, e) == nr);
	trace_close(r);
	return at;
}

static void same_strings(const struct trace_strings *a,
			 const struct trace_strings *b)
{
	assert_int_equal(a->nr, b->nr);
	for (u32 i = 0; i < a->nr; i++)
		assert_string_equal(a->at[i], b->at[i]);
}

static void test_round_trip(void **state)
{
	static const struct {
		u64 nr;
		u32 variety;
	} cases[] = {{0, 1},	 {1, 1},      {1000, 1},
		     {65536, 2}, {65537, 50}, {150000, 1u << 30}};
	const char *path = temp_path("t.kmt");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct trace t = random_trace(cases[i].nr, cases[i].variety);
		struct err e = {0};

		write_trace(&t, path);
		assert_int_equal(read_prefix(&t, path, &e), t.nr);
		if (e.code)
			fail_msg("%s", e.text);
		free_trace(&t);
	}
}

static void test_info_comes_back(void **state)
{
	struct trace t = random_trace(1000, 9);
	const char *path = temp_path("t.kmt");
	struct err e = {0};
	struct trace_reader *r;
	const struct trace_info *info;

	(void)state;
	write_trace(&t, path);
	r = trace_open(path, &e);
	assert_non_null(r);
	info = trace_reader_info(r);
	assert_string_equal(info->kernel, t.info.kernel);
	assert_string_equal(info->source_format, t.info.source_format);
	assert_int_equal(info->nr_events, 1000);
	assert_int_equal(info->duration_ns, t.recs[999].time_ns);
	assert_int_equal(info->nr_cpus, 7);
	assert_int_equal(info->nr_nodes, 3);
	assert_int_equal(info->nr_slots, 100000);
	assert_int_equal(info->nr_caches, 300);
	assert_memory_equal(info->cpu_to_node, t.info.cpu_to_node,
			    sizeof(info->cpu_to_node));
	assert_memory_equal(&info->counts, &t.info.counts,
			    sizeof(info->counts));
	same_strings(&info->names, &t.info.names);
	same_strings(&info->sites, &t.info.sites);
	same_strings(&info->tasks, &t.info.tasks);
	trace_close(r);
	free_trace(&t);
}

static void test_times_of_64_bits(void **state)
{
	struct trace t = random_trace(3, 2);
	const char *path = temp_path("t.kmt");
	struct err e = {0};

	(void)state;
	t.recs[0].time_ns = 1;
	t.recs[1].time_ns = 1ull << 62;
	t.recs[2].time_ns = UINT64_MAX;
	write_trace(&t, path);
	assert_int_equal(read_prefix(&t, path, &e), 3);
	assert_int_equal(e.code, 0);
	free_trace(&t);
}

static void put_file(const char *path, const char *bytes, size_t len)
{
	FILE *f;

	unlink(path); /* some file systems sync a file that is cut to 0 */
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void test_cut_at_every_byte(void **state)
{
	struct trace t = random_trace(300, 20);
	char path[512];
	char *bytes;
	size_t len;
	u64 most = 0;

	(void)state;
	strcpy(path, temp_path("t.kmt"));
	write_trace(&t, path);
	bytes = file_bytes(path, &len);
	for (size_t cut = 0; cut < len; cut++) {
		struct err e = {0};
		u64 nr;

		put_file(path, bytes, cut);
		nr = read_prefix(&t, path, &e);
		most = MAX(most, nr);
		/* Nothing at all is an empty trace of text. */
		assert_true(cut == 0 || e.code < 0);
		assert_true(nr == 0 || nr == 300);
	}
	assert_int_equal(most, 300);
	free(bytes);
	free_trace(&t);
}

static void test_each_byte_changed(void **state)
{
	struct trace t = random_trace(300, 20);
	char path[512];
	char *bytes;
	size_t len;

	(void)state;
	strcpy(path, temp_path("t.kmt"));
	write_trace(&t, path);
	bytes = file_bytes(path, &len);
	for (size_t at = 0; at < len; at++) {
		struct err e = {0};

		char good = bytes[at];

		bytes[at] ^= (char)(1 << rnd(8));
		put_file(path, bytes, len);
		read_prefix(&t, path, &e);
		if (!e.code)
			fail_msg("byte %zu changed and nobody saw it", at);
		bytes[at] = good;
	}
	free(bytes);
	free_trace(&t);
}

/* Chunks of 8192 records; those before the damage are handed out whole. */
static void test_damage_is_told_with_its_place(void **state)
{
	struct trace t = random_trace(200000, 20);
	char path[512];
	char *bytes;
	size_t len;
	struct err e = {0};
	char place[40];
	u64 whole;

	(void)state;
	strcpy(path, temp_path("t.kmt"));
	write_trace(&t, path);
	bytes = file_bytes(path, &len);
	bytes[len * 3 / 5] ^= 1;
	put_file(path, bytes, len);
	whole = read_prefix(&t, path, &e);
	assert_int_equal(whole % 8192, 0);
	assert_in_range(whole, 80000, 160000);
	snprintf(place, sizeof(place), ": chunk %llu at byte ",
		 (unsigned long long)(whole / 8192));
	assert_non_null(strstr(e.text, place));
	assert_non_null(strstr(e.text, "checksum"));
	free(bytes);
	free_trace(&t);
}

/* Makes the checksums of header and first chunk right again. */
static void fix_sums(u8 *bytes, size_t len)
{
	size_t info = (size_t)kmt_get(bytes + 32, 4);
	size_t at = KMT_HEADER_BYTES + info;
	size_t payload;

	if (at > len)
		return;
	kmt_put(bytes + 72,
		xxh64(bytes + KMT_HEADER_BYTES, info, xxh64(bytes, 72, 0)), 8);
	if (len - at < KMT_CHUNK_BYTES)
		return;
	payload = (size_t)kmt_get(bytes + at + 4, 4);
	if (len - at - KMT_CHUNK_BYTES < payload)
		return;
	kmt_put(bytes + at + 32,
		xxh64(bytes + at + KMT_CHUNK_BYTES, payload,
		      xxh64(bytes + at, 32, 0)),
		8);
}

/* Reads what may be hostile; what comes out keeps the promises of trace.h. */
static void read_hostile(const char *path)
{
	struct err e = {0};
	struct trace_reader *r = trace_open(path, &e);
	const struct trace_info *info;
	const struct trace_rec *recs;
	u64 time = 0;
	s64 nr;

	if (!r)
		return;
	info = trace_reader_info(r);
	while ((nr = trace_read(r, &recs, &e)) > 0) {
		for (s64 i = 0; i < nr; i++) {
			assert_true(recs[i].time_ns >= time);
			time = recs[i].time_ns;
			assert_true(recs[i].op < NR_TRACE_OPS);
			assert_true(recs[i].slot < MAX(info->nr_slots, 1u));
			assert_true(recs[i].cpu < info->nr_cpus);
			assert_true(recs[i].cache < MAX(info->nr_caches, 1u));
			assert_true(recs[i].site < info->sites.nr);
			assert_true(recs[i].task < info->tasks.nr);
			assert_true(!recs[i].name ||
				    recs[i].name < info->names.nr);
		}
	}
	trace_close(r);
}

static void test_hostile_bytes_with_right_checksums(void **state)
{
	struct trace t = random_trace(300, 20);
	char path[512];
	char *bytes;
	size_t len;

	(void)state;
	strcpy(path, temp_path("t.kmt"));
	write_trace(&t, path);
	bytes = file_bytes(path, &len);
	for (u32 i = 0; i < 2000; i++) {
		u8 *copy = xmalloc(len);

		memcpy(copy, bytes, len);
		for (u32 k = 1 + rnd(3); k; k--) {
			/* Headers twice as often as the rest. */
			size_t at = rnd(2) ? rnd((u32)len) : 8 + rnd(72);

			copy[at] = rnd(2) ? (u8)rnd(256)
					  : (u8)(copy[at] ^ 1u << rnd(8));
		}
		fix_sums(copy, len);
		put_file(path, (char *)copy, len);
		read_hostile(path);
		free(copy);
	}
	free(bytes);
	free_trace(&t);
}

static void test_nothing_stands_before_finish(void **state)
{
	struct trace t = random_trace(10, 2);
	char path[512];
	struct err e = {0};
	struct trace_writer *w;

	(void)state;
	strcpy(path, temp_path("new.kmt"));
	w = trace_create(path, TRACE_FORMAT_KMT, &t.info, &e);
	assert_non_null(w);
	assert_int_equal(trace_write(w, t.recs, 10, &e), 0);
	assert_null(fopen(path, "rb"));
	trace_abandon(w);
	assert_null(fopen(path, "rb"));
	assert_null(trace_create("/nonexistent/x.kmt", TRACE_FORMAT_KMT,
				 &t.info, &e));
	assert_int_equal(e.code, -ENOENT);
	free_trace(&t);
}

static void test_four_bytes_an_event(void **state)
{
	/* A file-system load in small: short-lived objects of few sizes. */
	struct trace t = random_trace(0, 1);
	char path[512];
	size_t len;
	u32 live[64] = {0};
	u32 nr = 100000;

	(void)state;
	strcpy(path, temp_path("t.kmt"));
	t.recs = xreallocarray(t.recs, nr, sizeof(*t.recs));
	memset(t.recs, 0, nr * sizeof(*t.recs));
	for (u32 i = 0; i < nr; i++) {
		u32 at = rnd(64);

		t.recs[i].time_ns = (i ? t.recs[i - 1].time_ns : 0) + rnd(5000);
		t.recs[i].op = live[at] ? TRACE_KFREE : TRACE_KMALLOC;
		t.recs[i].size = live[at] ? 0 : 8u << (at % 8);
		t.recs[i].slot = at;
		t.recs[i].site = at % 16;
		live[at] = !live[at];
	}
	t.nr = nr;
	write_trace(&t, path);
	free(file_bytes(path, &len));
	assert_true(len <= 4 * (size_t)nr);
	free_trace(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_info_comes_back),
		cmocka_unit_test(test_times_of_64_bits),
		cmocka_unit_test(test_cut_at_every_byte),
		cmocka_unit_test(test_each_byte_changed),
		cmocka_unit_test(test_damage_is_told_with_its_place),
		cmocka_unit_test(test_hostile_bytes_with_right_checksums),
		cmocka_unit_test(test_nothing_stands_before_finish),
		cmocka_unit_test(test_four_bytes_an_event),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
