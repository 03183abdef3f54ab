/*
 * import_text.c - recordings as text: the kernel's own trace file, what
 * trace-cmd report prints (with and without -R) and what perf script prints.
 *
 * All have the same bones, which is all that is relied on:
 *
 *	COMM-PID [CPU] FLAGS SECONDS: EVENT: KEY=VALUE ...
 *	COMM  PID [CPU]      SECONDS: kmem:EVENT: KEY=VALUE ...      (perf)
 *
 * A comm may hold spaces, dashes and brackets, so a line is taken apart from
 * the "[CPU]" that a time follows.
 */
#include "trace/importer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define TEXT_LINE_MAX 4096u
#define TEXT_SECONDS  1000000000ull /* of a time stamp, at most */
#define DETECT_LINES  512u	    /* perf script --header has a long one */

#define STACK_DIGITS 5u /* of an address, at least */

struct span {
	const char *at;
	size_t len;
};

struct text_line {
	struct span comm;
	struct span event;
	struct span args;
	u64 time_ns;
	u32 pid;
	u32 cpu;
	bool perf; /* the event has its system before it */
};

/* Small readers */

static bool span_is(struct span s, const char *word)
{
	return s.len == strlen(word) && !memcmp(s.at, word, s.len);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *find_text(const char *at, const char *end, const char *what)
{
	return memmem(at, (size_t)(end - at), what, strlen(what));
}

/* Digits at @at; NULL when there are none or they are more than @max. */
static const char *read_decimal(const char *at, const char *end, u64 max,
				u64 *value)
{
	const char *start = at;

	for (*value = 0; at < end && is_digit(*at); at++) {
		*value = *value * 10 + (u64)(*at - '0');
		if (*value > max)
			return NULL;
	}
	return at == start ? NULL : at;
}

/* "0xff", "12", "-1", bare hexadecimal when @base is 16, "(nil)" = 0. */
static u64 span_number(struct span s, u32 base)
{
	const char *at = s.at ? s.at : ""; /* a field that is not there */
	const char *end = at + s.len;
	bool minus = at < end && *at == '-';
	u64 v = 0;

	at += minus;
	if (end - at > 2 && at[0] == '0' && (at[1] | 32) == 'x') {
		at += 2;
		base = 16;
	}
	for (; at < end; at++) {
		u32 c = (u32)(unsigned char)*at;
		u32 digit = c - '0';

		if (digit > 9) {
			digit = (c | 32) - 'a';
			digit = digit < 6 ? digit + 10 : 99;
		}
		if (digit >= base)
			break;
		v = v * base + digit;
	}
	return minus ? 0 - v : v;
}

/* Lines */

/* "   123.456789: " or "123456789: " (clocks that count): nanoseconds. */
static const char *read_time(const char *at, const char *end, u64 *time_ns)
{
	u64 seconds;
	u64 digits = 9;

	at = read_decimal(at, end, UINT64_MAX / 20, &seconds);
	if (!at || at == end)
		return NULL;
	if (*at == '.') {
		if (seconds > TEXT_SECONDS)
			return NULL;
		seconds *= 1000000000ull;
		for (at++; at < end && is_digit(*at); at++)
			if (digits) {
				u64 unit = 1;
				u64 k;

				for (k = --digits; k; k--)
					unit *= 10;
				seconds += unit * (u64)(*at - '0');
			}
	}
	if (end - at < 2 || at[0] != ':' || at[1] != ' ')
		return NULL;
	*time_ns = seconds;
	return at + 2;
}

/* What follows "[CPU]": flags or none, then the time. */
static const char *read_cpu_time(const char *at, const char *end,
				 struct text_line *line)
{
	u64 cpu;
	u32 word;

	at = read_decimal(at, end, TRACE_CPUS_MAX - 1, &cpu);
	if (!at || at == end || *at != ']')
		return NULL;
	line->cpu = (u32)cpu;
	at++;
	for (word = 0; word < 2; word++) {
		const char *after;

		while (at < end && *at == ' ')
			at++;
		after = read_time(at, end, &line->time_ns);
		if (after)
			return after;
		while (at < end && *at != ' ')
			at++;
	}
	return NULL;
}

/* "comm-12", "comm  12", "comm-12 (tgid)", "comm 12/13": from the end. */
static bool read_task(const char *at, const char *end, struct text_line *line)
{
	const char *digits;
	u64 pid;

	while (end > at && end[-1] == ' ')
		end--;
	if (end > at && end[-1] == ')') {
		while (end > at && end[-1] != '(')
			end--;
		end -= end > at;
		while (end > at && end[-1] == ' ')
			end--;
	}
	digits = end;
	while (digits > at && is_digit(digits[-1]))
		digits--;
	if (!read_decimal(digits, end, IMPORT_PID_MAX, &pid))
		return false;
	line->pid = (u32)pid;
	end = digits;
	if (end > at && end[-1] == '/') {
		end--;
		while (end > at && is_digit(end[-1]))
			end--;
	}
	if (end > at && (end[-1] == '-' || end[-1] == ' '))
		end--;
	while (end > at && end[-1] == ' ')
		end--;
	while (at < end && *at == ' ')
		at++;
	line->comm = (struct span){at, (size_t)(end - at)};
	return true;
}

/* "kmalloc: ..." or "kmem:kmalloc: ..." */
static bool read_event(const char *at, const char *end, struct text_line *line)
{
	const char *colon;

	while (at < end && *at == ' ')
		at++;
	colon = memchr(at, ':', (size_t)(end - at));
	if (!colon)
		return false;
	line->perf = colon + 1 < end && colon[1] != ' ';
	if (line->perf) {
		at = colon + 1;
		colon = memchr(at, ':', (size_t)(end - at));
		if (!colon)
			return false;
	}
	line->event = (struct span){at, (size_t)(colon - at)};
	line->args = (struct span){colon + 1, (size_t)(end - colon - 1)};
	return line->event.len && !memchr(at, ' ', line->event.len);
}

static bool read_line(const char *at, const char *end, struct text_line *line)
{
	const char *from = at;
	const char *bracket;

	while ((bracket = find_text(from, end, "["))) {
		const char *rest = read_cpu_time(bracket + 1, end, line);

		if (rest && read_task(at, bracket, line))
			return read_event(rest, end, line);
		from = bracket + 1;
	}
	return false;
}

enum import_kind import_detect_text(const char *start, size_t len)
{
	const char *end = start + len;
	u32 k;

	if (len >= 9 && !memcmp(start, "# tracer:", 9))
		return IMPORT_FTRACE_TEXT;
	for (k = 0; k < DETECT_LINES && start < end; k++) {
		const char *nl = memchr(start, '\n', (size_t)(end - start));
		const char *stop = nl ? nl : end;
		struct text_line line;

		if (read_line(start, stop, &line))
			return line.perf ? IMPORT_PERF_TEXT
					 : IMPORT_FTRACE_TEXT;
		start = stop + 1;
	}
	return IMPORT_NONE;
}

/* Events */

enum text_key {
	K_CALL_SITE,
	K_PTR,
	K_REQ,
	K_ALLOC,
	K_GFP,
	K_NODE,
	K_ACCOUNTED,
	K_NAME,
	K_PFN,
	K_ORDER,
	K_MIGRATETYPE,
	K_REFILL,
	K_SIZE,
	K_ALIGN,
	K_BASE,
	K_OFF,
	NR_TEXT_KEYS
};

static const char *const text_keys[NR_TEXT_KEYS] = {
	"call_site", "ptr",   "bytes_req",   "bytes_alloc",
	"gfp_flags", "node",  "accounted",   "name",
	"pfn",	     "order", "migratetype", "percpu_refill",
	"size",	     "align", "base_addr",   "off"};

struct text_args {
	struct span at[NR_TEXT_KEYS]; /* .at NULL: not there */
};

static void read_args(struct span text, struct text_args *args)
{
	const char *at = text.at;
	const char *end = at + text.len;
	u32 k;

	memset(args, 0, sizeof(*args));
	while (at < end) {
		const char *stop;
		const char *eq;
		struct span key;

		while (at < end && *at == ' ')
			at++;
		stop = memchr(at, ' ', (size_t)(end - at));
		stop = stop ? stop : end;
		eq = memchr(at, '=', (size_t)(stop - at));
		key = (struct span){at, eq ? (size_t)(eq - at) : 0};
		for (k = 0; k < NR_TEXT_KEYS && eq; k++)
			if (span_is(key, text_keys[k])) {
				args->at[k] = (struct span){
					eq + 1, (size_t)(stop - eq - 1)};
				break;
			}
		at = stop;
	}
}

/* 16 digits of which the first 8 are zeroes: a hash of the address. */
static void look_for_hash(struct importer *im, struct span ptr, u64 value)
{
	if (ptr.len != 16 || memcmp(ptr.at, "00000000", 8) != 0 || value <= 16)
		return;
	im->hashed = true;
	im->counts->hashed_pointers++;
}

/* "fn+0x10/0x20" and "fn+0x10" are the same place. */
static u32 text_site(struct importer *im, struct span site)
{
	const char *slash;

	if (!site.at || !site.len)
		return 0;
	slash = memrchr(site.at, '/', site.len);
	if (slash)
		site.len = (size_t)(slash - site.at);
	return importer_site_text(im, site.at, site.len);
}

static gfp_t text_gfp(struct importer *im, struct span text)
{
	struct u64map_entry *known;
	gfp_t gfp;
	bool fresh;

	if (is_digit(text.at[0]))
		return importer_gfp_raw(im, span_number(text, 10));
	known = u64map_put(&im->gfp_of, u64_hash_text(text.at, text.len),
			   &fresh);
	if (fresh)
		known->a = gfp_parse(text.at, text.len, &gfp, NULL) ? GFP_KERNEL
								    : gfp;
	return known->a;
}

/* The kernel, as far as its events tell: see the table in docs/import.md. */
static void guess_version(struct importer *im, const struct raw_event *ev,
			  const struct text_args *args)
{
	if (im->version)
		return;
	if (ev->type == RAW_CACHE_ALLOC && args->at[K_NAME].at)
		im->version = KERNEL_VERSION_OF(6, 18);
	else if (ev->type <= RAW_CACHE_ALLOC_NODE)
		im->version =
			args->at[K_NODE].at && (ev->type == RAW_KMALLOC ||
						ev->type == RAW_CACHE_ALLOC)
				? KERNEL_VERSION_OF(6, 1)
				: KERNEL_VERSION_OF(5, 10);
}

static bool fill_slab(struct importer *im, const struct text_args *args,
		      struct raw_event *ev)
{
	struct span ptr = args->at[K_PTR];
	struct span accounted = args->at[K_ACCOUNTED];

	/* "(nil)" is NULL; "(____ptrval____)" is no address at all. */
	if (!ptr.len || (ptr.len > 1 && ptr.at[0] == '(' && ptr.at[1] == '_'))
		return false;
	ev->ptr = span_number(ptr, 16);
	look_for_hash(im, ptr, ev->ptr);
	ev->site = text_site(im, args->at[K_CALL_SITE]);
	ev->cache =
		importer_cache(im, args->at[K_NAME].at, args->at[K_NAME].len);
	if (ev->type >= RAW_KFREE)
		return true;
	if (!args->at[K_REQ].at || !args->at[K_ALLOC].at)
		return false;
	guess_version(im, ev, args);
	ev->bytes_req = span_number(args->at[K_REQ], 10);
	ev->bytes_alloc = span_number(args->at[K_ALLOC], 10);
	if (args->at[K_NODE].at)
		ev->node = (s32)span_number(args->at[K_NODE], 10);
	if (ev->node < -1 || ev->node >= (s32)TRACE_NODES_MAX)
		ev->node = -1;
	/* Empty with options/hash-ptr=0: that prints %s as nothing. */
	ev->gfp = args->at[K_GFP].len ? text_gfp(im, args->at[K_GFP])
				      : GFP_KERNEL;
	ev->accounted = (ev->gfp & GFP_ACCOUNT) || span_is(accounted, "true") ||
			span_is(accounted, "1");
	return true;
}

static bool fill_page(struct importer *im, const struct text_args *args,
		      struct raw_event *ev)
{
	static const gfp_t by_migratetype[] = {GFP_KERNEL, GFP_HIGHUSER_MOVABLE,
					       GFP_KERNEL | GFP_RECLAIMABLE};
	struct span order = args->at[K_ORDER];
	u64 mt = span_number(args->at[K_MIGRATETYPE], 10);
	u64 n = order.at ? span_number(order, 10) : 0;

	if (ev->type == RAW_EXTFRAG)
		return true;
	if (!args->at[K_PFN].at)
		return false;
	ev->ptr = span_number(args->at[K_PFN], 10);
	ev->order = n > IMPORT_ORDER_MAX ? 255 : (u8)n;
	if (ev->type == RAW_PAGE_ALLOC)
		ev->gfp = args->at[K_GFP].len ? text_gfp(im, args->at[K_GFP])
					      : by_migratetype[mt < 3 ? mt : 0];
	if (ev->type == RAW_PAGE_ZONE_LOCKED)
		ev->refill = args->at[K_REFILL].at
				     ? span_number(args->at[K_REFILL], 10) != 0
				     : !n;
	return true;
}

static bool fill_percpu(struct importer *im, const struct text_args *args,
			struct raw_event *ev)
{
	if (!args->at[K_BASE].at || !args->at[K_OFF].at)
		return false;
	ev->ptr = span_number(args->at[K_BASE], 16) +
		  span_number(args->at[K_OFF], 10);
	ev->site = text_site(im, args->at[K_CALL_SITE]);
	ev->bytes_req = span_number(args->at[K_SIZE], 10);
	ev->bytes_alloc = span_number(args->at[K_ALIGN], 10);
	return true;
}

static bool fill_event(struct importer *im, const struct text_line *line,
		       struct raw_event *ev)
{
	struct text_args args;
	u32 type;

	for (type = 0; type < NR_RAW_TYPES; type++)
		if (span_is(line->event, raw_type_names[type]))
			break;
	ev->type = (u8)type;
	if (type == RAW_OTHER || type == RAW_COMPACTION_BEGIN ||
	    type == RAW_COMPACTION_END)
		return true;
	read_args(line->args, &args);
	if (type <= RAW_CACHE_FREE)
		return fill_slab(im, &args, ev);
	if (type >= RAW_PERCPU_ALLOC)
		return fill_percpu(im, &args, ev);
	return fill_page(im, &args, ev);
}

/* Lines that are no events but tell something */

static bool count_lost(struct importer *im, const char *at, const char *end)
{
	const char *lost = find_text(at, end, "LOST");
	const char *bracket = memchr(at, '[', (size_t)(end - at));
	u64 n = 0;

	if (!lost && !find_text(at, end, "EVENTS DROPPED"))
		return false;
	if (lost && read_decimal(MIN(lost + 5, end), end, UINT32_MAX, &n))
		im->counts->events_lost += n;
	else if (bracket && read_decimal(bracket + 1, end, UINT32_MAX, &n))
		im->counts->events_lost += n;
	else
		im->counts->events_lost++;
	return true;
}

/* "# entries-in-buffer/entries-written: 100/120   #P:2" */
static void read_entries(struct importer *im, const char *at, const char *end)
{
	const char *n = find_text(at, end, "entries-written: ");
	const char *cpus = find_text(at, end, "#P:");
	u64 in_buffer;
	u64 written;
	u64 nr;

	if (!n)
		return;
	n = read_decimal(n + 17, end, UINT64_MAX / 20, &in_buffer);
	if (n && n < end && *n == '/' &&
	    read_decimal(n + 1, end, UINT64_MAX / 20, &written) &&
	    written > in_buffer)
		im->counts->events_lost += written - in_buffer;
	if (cpus && read_decimal(cpus + 3, end, TRACE_CPUS_MAX, &nr))
		im->info->nr_cpus = MAX(im->info->nr_cpus, (u32)nr);
}

/* "=> fn+0x1", "ffffffff81a0 fn+0x1 ([kernel])": of a stack trace. */
static bool is_stack(const char *at, const char *end)
{
	size_t digits = 0;

	if (end - at > 2 && at[0] == '=' && at[1] == '>')
		return true;
	while (at + digits < end &&
	       (is_digit(at[digits]) ||
		((at[digits] | 32) >= 'a' && (at[digits] | 32) <= 'f')))
		digits++;
	return digits >= STACK_DIGITS && at + digits < end && at[digits] == ' ';
}

static void other_line(struct importer *im, const char *at, const char *end)
{
	u64 nr;

	while (at < end && (*at == ' ' || *at == '\t' || *at == '\r'))
		at++;
	if (at == end)
		return;
	if (*at == '#') {
		read_entries(im, at, end);
		return;
	}
	if (end - at > 5 && !memcmp(at, "cpus=", 5)) {
		if (read_decimal(at + 5, end, TRACE_CPUS_MAX, &nr))
			im->info->nr_cpus = MAX(im->info->nr_cpus, (u32)nr);
		return;
	}
	if (!is_stack(at, end) && !count_lost(im, at, end))
		im->counts->lines_bad++;
}

static int import_line(struct importer *im, const char *at, const char *end)
{
	struct raw_event ev = {.node = -1, .cache = IMPORT_CACHE_NONE};
	struct text_line line;

	if (end > at && end[-1] == '\r')
		end--;
	if (end - at > TEXT_LINE_MAX) {
		im->counts->lines_bad++;
		return 0;
	}
	if ((end > at && *at == '#') || !read_line(at, end, &line)) {
		other_line(im, at, end);
		return 0;
	}
	ev.time_ns = MAX(line.time_ns, im->last_ns);
	ev.cpu = (u16)line.cpu;
	ev.pid = line.pid;
	ev.task = importer_task(im, line.pid, line.cpu, line.comm.at,
				line.comm.len);
	if (!fill_event(im, &line, &ev)) {
		im->counts->lines_bad++;
		return 0;
	}
	return importer_event(im, &ev);
}

int import_text(int fd, const char *path, enum import_kind kind,
		struct importer *im)
{
	u64 line_nr = 0;
	u64 first_bad = 0;
	struct stat st;
	const char *at;
	const char *end;
	char *map;
	int rc = 0;

	(void)kind; /* one reader for all: the lines tell */
	if (fstat(fd, &st))
		return err_sys(im->e, path, "looking at");
	if (!st.st_size)
		return err_set(im->e, -EINVAL, "%s: empty", path);
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return err_sys(im->e, path, "map");
	end = map + st.st_size;
	for (at = map; at < end && !rc;) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));

		line_nr++;
		rc = import_line(im, at, nl ? nl : end);
		if (im->counts->lines_bad && !first_bad)
			first_bad = line_nr;
		at = nl ? nl + 1 : end;
	}
	munmap(map, (size_t)st.st_size);
	if (!rc && !im->nr_seen)
		rc = err_set(im->e, -EINVAL,
			     "%s:%llu: no line of it is an event of ftrace, "
			     "trace-cmd report or perf script",
			     path,
			     (unsigned long long)(first_bad ? first_bad : 1));
	return rc;
}
