/*
 * advise.c - which caches waste most.
 *
 * Three sources say the same of each cache: how many objects of which size
 * its slabs hold.  From that follows what the same objects would waste if
 * they stood packed, as many as there were at the peak, in slabs of each
 * order, in SLAB's slabs, or in SLOB's pages.
 */
#include "cmd/advise.h"

#include "base/bug.h"
#include "base/vec.h"
#include "mm/inspect.h"
#include "mm/page_alloc.h"
#include "mm/slab_cache.h"
#include "mm/slob.h"
#include "report/table.h"
#include "sim/sim.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CACHES_MAX     2048u	      /* of a slabinfo or a run */
#define SLABS_MAX      ((u64)1 << 30) /* of a cache */
#define SLAB_ORDER_MAX 10u
#define LINE_MAX_BYTES 512
#define ROWS_SHOWN     30u
#define ORDERS_SHOWN   4u
#define NATURAL_ALIGN  8u
#define WORTH_SAYING   4096u /* bytes: less is no advice */
#define SLABINFO_START "slabinfo - version"
#define NAME_COLUMNS   20
#define NOT_POSSIBLE   UINT64_MAX

/* A cache as a source describes it. */
struct advise_cache {
	char name[INSPECT_NAME_MAX];
	u32 object; /* bytes asked for; = size where the source hides it */
	u32 size;   /* with padding */
	u32 per_slab;
	u32 order;
	u64 slabs;
	u64 objects; /* in use */
	u64 peak;    /* the most there were at once, if the source knows */
	/* What follows from that, in bytes. */
	u64 waste;
	u64 packed_now; /* in its own order */
	/* The same of its objects at the peak. */
	u64 packed_peak;
	u64 packed[ORDERS_SHOWN];
	u64 packed_slab;
	u64 packed_slob;
};

struct advise {
	VEC(struct advise_cache) caches;
	bool knows_objects; /* object is what was asked for */
};

static u64 slab_bytes(const struct advise_cache *c)
{
	return (u64)MM_PAGE_SIZE << c->order;
}

/* Adds @c if it makes sense; @where is for messages. */
static int add_cache(struct advise *a, const struct advise_cache *c,
		     const char *where, u64 line, struct err *e)
{
	if (!c->slabs)
		return 0;
	if (a->caches.nr == CACHES_MAX)
		return err_set(e, -EINVAL,
			       "%s:%" PRIu64 ": more than %u caches", where,
			       line, CACHES_MAX);
	if (!c->size || c->object > c->size || !c->per_slab ||
	    c->order > SLAB_ORDER_MAX || c->slabs > SLABS_MAX ||
	    (u64)c->per_slab * c->size > slab_bytes(c) ||
	    c->objects > c->slabs * c->per_slab ||
	    c->peak > SLABS_MAX * c->per_slab)
		return err_set(e, -EINVAL,
			       "%s:%" PRIu64 ": these objects do not fit these "
			       "slabs",
			       where, line);
	*VEC_PUSH(&a->caches) = *c;
	return 0;
}

/* /proc/slabinfo */

/* The next word of a line as a number up to @max; false when it is none. */
static bool next_number(char **save, u64 max, u64 *value)
{
	const char *word = strtok_r(NULL, " \t\n", save);
	char *end;

	if (!word || *word < '0' || *word > '9')
		return false;
	errno = 0;
	*value = strtoull(word, &end, 10);
	return !errno && !*end && *value <= max;
}

static bool parse_line(char *line, struct advise_cache *c)
{
	char *save;
	const char *name = strtok_r(line, " \t\n", &save);
	const char *word;
	u64 all, pages, size, per_slab, active;

	*c = (struct advise_cache){0};
	if (!name || strlen(name) >= sizeof(c->name))
		return false;
	strcpy(c->name, name);
	if (!next_number(&save, UINT64_MAX, &c->objects) ||
	    !next_number(&save, UINT64_MAX, &all) ||
	    !next_number(&save, UINT32_MAX, &size) ||
	    !next_number(&save, UINT32_MAX, &per_slab) ||
	    !next_number(&save, UINT32_MAX, &pages))
		return false;
	do {
		word = strtok_r(NULL, " \t\n", &save);
	} while (word && strcmp(word, "slabdata"));
	if (!word || !next_number(&save, UINT64_MAX, &active) ||
	    !next_number(&save, UINT64_MAX, &c->slabs))
		return false;
	c->size = c->object = (u32)size;
	c->per_slab = (u32)per_slab;
	while (c->order <= SLAB_ORDER_MAX && (u64)1 << c->order < pages)
		c->order++;
	return (u64)1 << c->order == pages;
}

static int load_slabinfo(struct advise *a, FILE *f, const char *path,
			 struct err *e)
{
	char line[LINE_MAX_BYTES];
	u64 nr = 1;

	/* The rest of the line that told what the file is. */
	if (!fgets(line, sizeof(line), f))
		return err_set(e, -EINVAL, "%s: ends in its first line", path);
	while (fgets(line, sizeof(line), f)) {
		struct advise_cache c;
		int rc;

		nr++;
		if (line[0] == '#')
			continue;
		if (!strchr(line, '\n') || !parse_line(line, &c))
			return err_set(e, -EINVAL,
				       "%s:%" PRIu64 ": is no line of slabinfo",
				       path, nr);
		rc = add_cache(a, &c, path, nr, e);
		if (rc)
			return rc;
	}
	return ferror(f) ? err_sys(e, path, "read it") : 0;
}

/* A run's directory */

#define NR_COLUMNS 8

static int take_row(struct advise *a, const struct table *t, u64 row,
		    const u32 columns[NR_COLUMNS], struct err *e)
{
	struct advise_cache c = {0};
	u64 v[NR_COLUMNS];

	for (u32 i = 1; i < ARRAY_SIZE(v); i++) {
		int rc = table_u64(t, row, columns[i], &v[i], e);

		if (rc)
			return rc;
		if (i < 5 && v[i] > UINT32_MAX)
			v[i] = 0; /* add_cache() says what it thinks of it */
	}
	snprintf(c.name, sizeof(c.name), "%s", table_text(t, row, columns[0]));
	c.object = (u32)v[1];
	c.size = (u32)v[2];
	c.per_slab = (u32)v[3];
	c.order = (u32)v[4];
	c.slabs = v[5];
	c.objects = v[6];
	c.peak = c.size ? v[7] / c.size : 0;
	return add_cache(a, &c, t->path, row + 2, e);
}

static int load_run(struct advise *a, const char *dir, struct err *e)
{
	static const char *const names[NR_COLUMNS] = {
		"cache",	   "object_bytes",
		"size_bytes",	   "objs_per_slab",
		"order",	   "slabs",
		"handed_out_objs", "alloc_bytes_live_peak"};
	u32 columns[NR_COLUMNS];
	struct table t;
	int rc = table_load(&t, dir, "caches.tsv", e);

	for (u32 i = 0; i < ARRAY_SIZE(names) && !rc; i++) {
		int c = table_column(&t, names[i], e);

		columns[i] = (u32)c;
		rc = c < 0 ? c : 0;
	}
	for (u64 row = 0; !rc && row < t.nr_rows; row++)
		rc = take_row(a, &t, row, columns, e);
	table_free(&t);
	a->knows_objects = true;
	return rc;
}

/* A trace, replayed */

static int take_snapshot(struct advise *a, struct sim *s, const char *path,
			 struct err *e)
{
	struct mm_snapshot *snap = mm_inspect(sim_mm(s));
	int rc = 0;

	for (u32 i = 0; i < snap->nr_caches && !rc; i++) {
		const struct cache_snapshot *from = &snap->caches[i];
		struct advise_cache c = {
			.object = from->object_size,
			.size = from->size,
			.per_slab = from->objects_per_slab,
			.order = from->order,
			.slabs = from->num_slabs,
			.objects = from->live_objs,
		};
		const struct usage *u = &sim_metrics(s)->by_cache[from->idx];

		c.peak = c.size ? u->peak_live_alloc_bytes / c.size : 0;
		memcpy(c.name, from->name, sizeof(c.name));
		rc = add_cache(a, &c, path, i + 1, e);
	}
	mm_snapshot_free(snap);
	a->knows_objects = true;
	return rc;
}

static int load_trace(struct advise *a, const struct geometry *g,
		      const char *path, struct err *e)
{
	static struct config config;
	const struct sim_options options = {0};
	const struct sim_hooks hooks = {0};
	char set[64];
	const char *sets[] = {set};
	struct trace_reader *reader;
	struct sim *s = NULL;
	int rc;

	snprintf(set, sizeof(set), "kernel.slab=%s", g->conf.slab_ops->name);
	rc = config_load(&config, NULL, sets, 1, e);
	if (rc)
		return rc;
	reader = trace_open_on(path, config.mm.nr_cpus, e);
	if (reader)
		s = sim_create(&config, reader, &options, &hooks, e);
	rc = s ? sim_run(s, e) : -EINVAL;
	if (!rc)
		rc = take_snapshot(a, s, path, e);
	sim_destroy(s);
	if (reader)
		trace_close(reader);
	return rc;
}

static int load(struct advise *a, const struct geometry *g, const char *path,
		struct err *e)
{
	char start[sizeof(SLABINFO_START)] = "";
	struct stat st;
	FILE *f;
	int rc;

	if (stat(path, &st))
		return err_sys(e, path, "read it");
	if (S_ISDIR(st.st_mode))
		return load_run(a, path, e);
	f = fopen(path, "re");
	if (!f)
		return err_sys(e, path, "read it");
	if (fread(start, 1, sizeof(start) - 1, f) == sizeof(start) - 1 &&
	    !strcmp(start, SLABINFO_START)) {
		rc = load_slabinfo(a, f, path, e);
		fclose(f);
		return rc;
	}
	fclose(f);
	return load_trace(a, g, path, e);
}

/* What follows */

/* What @objects waste that stand packed, @nr in a slab of @bytes. */
static u64 packed_waste(const struct advise_cache *c, u64 objects, u64 nr,
			u64 bytes)
{
	if (!nr)
		return NOT_POSSIBLE;
	return (objects + nr - 1) / nr * bytes - objects * c->object;
}

/* What an object takes in SLOB's pages; other objects fill what is left. */
static u64 slob_bytes(const struct advise_cache *c, slab_flags_t flags,
		      u32 align)
{
	bool is_kmalloc = !strncmp(c->name, "kmalloc-", 8);
	/* A kmalloc object has its size in front. */
	u32 head = is_kmalloc ? NATURAL_ALIGN : 0;
	u32 size = slob_cache_size(c->object, flags);

	if (size + head > MM_PAGE_SIZE || size == MM_PAGE_SIZE)
		return (u64)MM_PAGE_SIZE << get_order(size);
	return slab_align(size, align) + head;
}

/* Padded beyond what any object needs: to the lines of the CPU caches. */
static bool is_line_aligned(const struct advise_cache *c)
{
	return c->size % 64 == 0 &&
	       c->size >= ALIGN_UP(c->object, NATURAL_ALIGN) + NATURAL_ALIGN;
}

static void judge(const struct geometry *g, struct advise_cache *c)
{
	slab_flags_t flags = is_line_aligned(c) ? SLAB_HWCACHE_ALIGN : 0;
	u32 align = calculate_alignment(flags, 0, c->object);
	struct slab_layout l;

	c->peak = MAX(c->peak, c->objects);
	c->waste = c->slabs * slab_bytes(c) - c->objects * c->object;
	for (u32 k = 0; k < ORDERS_SHOWN; k++) {
		u64 bytes = (u64)MM_PAGE_SIZE << k;

		c->packed[k] = packed_waste(c, c->peak, bytes / c->size, bytes);
	}
	c->packed_now = packed_waste(c, c->objects, c->per_slab, slab_bytes(c));
	c->packed_peak = packed_waste(c, c->peak, c->per_slab, slab_bytes(c));
	c->packed_slab = NOT_POSSIBLE;
	if (slab_layout_booted(&l, &g->conf, c->object, align, flags))
		c->packed_slab = packed_waste(c, c->peak, l.num,
					      (u64)MM_PAGE_SIZE << l.gfporder);
	c->packed_slob = c->peak * (slob_bytes(c, flags, align) - c->object);
}

static int compare_waste(const void *x, const void *y)
{
	const struct advise_cache *a = x;
	const struct advise_cache *b = y;

	if (a->waste != b->waste)
		return a->waste > b->waste ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* The table */

static void put_kib(u64 bytes, u32 width, char mark)
{
	if (bytes == NOT_POSSIBLE)
		printf("%*s", (int)width, "-");
	else
		printf("%*" PRIu64, (int)width, (bytes + 512) / 1024);
	if (mark)
		putchar(mark);
}

/* The change that saves most, if one saves a page. */
static void put_advice(const struct advise_cache *c)
{
	u64 shrink = c->waste - MIN(c->waste, c->packed_now);
	u64 order_saves = 0;
	u64 align_saves = 0;
	u32 order = 0;

	for (u32 k = 0; k < ORDERS_SHOWN; k++) {
		u64 saves = c->packed_peak - MIN(c->packed_peak, c->packed[k]);

		if (c->packed[k] != NOT_POSSIBLE && saves > order_saves) {
			order_saves = saves;
			order = k;
		}
	}
	if (is_line_aligned(c))
		align_saves = c->peak *
			      (c->size - ALIGN_UP(c->object, NATURAL_ALIGN));
	if (MAX(MAX(shrink, order_saves), align_saves) < WORTH_SAYING)
		puts("");
	else if (shrink >= order_saves && shrink >= align_saves)
		printf("   free objects: %" PRIu64 "\n", (shrink + 512) / 1024);
	else if (order_saves >= align_saves)
		printf("   order %u: %" PRIu64 "\n", order,
		       (order_saves + 512) / 1024);
	else
		printf("   unaligned: %" PRIu64 "\n",
		       (align_saves + 512) / 1024);
}

/* A name from outside: printable ASCII, the rest as '?'. */
static void put_name(const char *name)
{
	int n = 0;

	for (; name[n] && n < NAME_COLUMNS; n++) {
		char c = name[n];

		if (n + 1 == NAME_COLUMNS && name[n + 1])
			c = '~';
		putchar(c > ' ' && c < 0x7f ? c : '?');
	}
	printf("%*s", NAME_COLUMNS - n, "");
}

static void put_row(const struct advise_cache *c)
{
	put_name(c->name);
	printf(" %6u %6u %8" PRIu64 " %8" PRIu64 " %3u ", c->object, c->size,
	       c->objects, c->peak, c->order);
	put_kib(c->slabs * slab_bytes(c), 8, ' ');
	put_kib(c->waste, 8, ' ');
	for (u32 k = 0; k < ORDERS_SHOWN; k++)
		put_kib(c->packed[k], 6, k == c->order ? '*' : ' ');
	put_kib(c->packed_slab, 6, ' ');
	put_kib(c->packed_slob, 6, 0);
	put_advice(c);
}

static void put_table(const struct advise *a)
{
	u64 slabs = 0;
	u64 waste = 0;

	printf("%-20s %6s %6s %8s %8s %3s %8s %8s  %s\n", "", "", "", "", "",
	       "", "now", "now", "KiB wasted if the peak stood packed");
	printf("%-20s %6s %6s %8s %8s %3s %8s %8s %6s %6s %6s %6s %6s %6s  "
	       "%s\n",
	       "cache", "object", "size", "in use", "peak", "ord", "KiB",
	       "wasted", "ord. 0", "1", "2", "3", "SLAB", "SLOB",
	       "saves most (KiB)");
	for (size_t i = 0; i < a->caches.nr; i++) {
		const struct advise_cache *c = &a->caches.at[i];

		slabs += c->slabs * slab_bytes(c);
		waste += c->waste;
		if (i < ROWS_SHOWN)
			put_row(c);
	}
	if (a->caches.nr > ROWS_SHOWN)
		printf("(%zu more that waste less)\n",
		       a->caches.nr - ROWS_SHOWN);
	printf("%-20s %6s %6s %8s %8s %3s ", "all caches", "", "", "", "", "");
	put_kib(slabs, 8, ' ');
	put_kib(waste, 8, '\n');
	if (!a->knows_objects)
		puts("slabinfo does not tell padding from object: it counts "
		     "as used");
}

int advise_print(const struct geometry *g, const char *path, struct err *e)
{
	struct advise a = {0};
	int rc = load(&a, g, path, e);

	if (!rc && !a.caches.nr)
		rc = err_set(e, -EINVAL,
			     "%s: has no slabs to look at (SLOB has none)",
			     path);
	for (size_t i = 0; i < a.caches.nr && !rc; i++)
		judge(g, &a.caches.at[i]);
	if (!rc) {
		qsort(a.caches.at, a.caches.nr, sizeof(*a.caches.at),
		      compare_waste);
		put_table(&a);
	}
	VEC_FREE(&a.caches);
	return rc;
}
