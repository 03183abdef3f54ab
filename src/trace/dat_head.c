#include "trace/dat_head.h"

#include "base/gfp.h"
#include "base/types.h"
#include "trace/trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define DAT_SYSTEMS_MAX	 65536u /* event systems, events of one */
#define DAT_OPTIONS_MAX	 65536u
#define DAT_SECTIONS_MAX 64u
#define DAT_TEXT_MAX	 256u
#define DAT_PAGE_MAX	 (1u << 24)
/* In the word that counts the bytes used of a page of the ring buffer. */
#define PAGE_USED	   ((1u << 27) - 1)
#define PAGE_MISSED_STORED (1u << 30)

enum dat_option {
	OPTION_DONE = 0,
	OPTION_CPUSTAT = 2,
	OPTION_BUFFER = 3,
	OPTION_UNAME = 5,
	OPTION_HEADER_INFO = 16,
	OPTION_BUFFER_TEXT = 22,
};

/* What is read, and where; @bad names what was wrong, once. */
struct cursor {
	const u8 *data;
	u64 len;
	u64 pos;
	bool swap;
	u32 long_size; /* bytes, of the recorded machine */
	const char *bad;
};

static void fail(struct cursor *c, const char *what)
{
	if (!c->bad)
		c->bad = what;
}

static void skip(struct cursor *c, u64 n, const char *what)
{
	if (c->bad)
		return;
	if (n > c->len - c->pos)
		fail(c, what);
	else
		c->pos += n;
}

static u64 number(struct cursor *c, u32 size)
{
	u64 v = 0;
	u32 k;

	if (c->bad || size > c->len - c->pos) {
		fail(c, "the file ends");
		return 0;
	}
	for (k = 0; k < size; k++) {
		u32 byte = c->swap ? k : size - 1 - k; /* swap: big endian */

		v = v << 8 | c->data[c->pos + byte];
	}
	c->pos += size;
	return v;
}

/* A text that ends with a zero; NULL and bad when it does not. */
static const char *text(struct cursor *c)
{
	u64 left = c->bad ? 0 : MIN(c->len - c->pos, (u64)DAT_TEXT_MAX);
	const u8 *start = c->data + c->pos;
	const u8 *end = left ? memchr(start, 0, left) : NULL;

	if (!end) {
		fail(c, "a name has no end");
		return "";
	}
	c->pos += (u64)(end - start) + 1;
	return (const char *)start;
}

static void expect(struct cursor *c, const char *word)
{
	u64 at = c->pos;

	if (!c->bad && strcmp(text(c), word) != 0) {
		c->pos = at;
		fail(c, "a section's name is wrong");
	}
}

u32 kernel_version_of(const char *release)
{
	char *end;
	unsigned long major = strtoul(release, &end, 10);
	unsigned long minor;

	if (end == release || *end != '.' || major > 99)
		return 0;
	minor = strtoul(end + 1, NULL, 10);
	return minor > 999 ? 0 : KERNEL_VERSION_OF(major, minor);
}

/* "Linux host 6.1.0-13-amd64 x86_64" */
static void read_uname(const char *data, u64 size, struct dat_head *head)
{
	char line[DAT_TEXT_MAX];

	size = MIN(size, sizeof(line) - 1);
	memcpy(line, data, size);
	line[size] = 0;
	if (sscanf(line, "%*s %*s %63s", head->release) != 1)
		head->release[0] = 0;
	head->kernel_version = kernel_version_of(head->release);
	/* The ring buffer's pages may be larger than memory's (6.8). */
	if (strstr(line, " x86_64") || strstr(line, " i686"))
		head->page_shift = 12;
}

/* "overrun: 12\ncommit overrun: 0\n...dropped events: 3\n" */
static void read_cpustat(const char *data, u64 size, struct dat_head *head)
{
	char stat[4 * DAT_TEXT_MAX];
	const char *line;

	size = MIN(size, sizeof(stat) - 1);
	memcpy(stat, data, size);
	stat[size] = 0;
	for (line = stat; line; line = strchr(line, '\n')) {
		unsigned long long n = 0;

		line += *line == '\n';
		if (sscanf(line, "overrun: %llu", &n) == 1 ||
		    sscanf(line, "commit overrun: %llu", &n) == 1 ||
		    sscanf(line, "dropped events: %llu", &n) == 1)
			head->lost += n;
	}
}

/* One option's data.  Version 7 keeps the place of each section in one. */
static void check_option(struct cursor *c, u32 id, u64 size,
			 struct dat_head *head)
{
	const char *data = (const char *)c->data + c->pos;
	struct cursor in = *c;
	u64 cpus;

	if (id == OPTION_UNAME)
		read_uname(data, size, head);
	else if (id == OPTION_CPUSTAT)
		read_cpustat(data, size, head);
	if (id == OPTION_BUFFER)
		head->pages_checked = false;
	if (head->file_version < 7)
		return;
	in.len = c->pos + size;
	if ((id >= OPTION_HEADER_INFO && id <= OPTION_BUFFER_TEXT) ||
	    id == OPTION_BUFFER) {
		if (number(&in, 8) >= c->len)
			fail(&in, "a section begins beyond the end");
	}
	if (id == OPTION_BUFFER) {
		text(&in);
		text(&in);
		number(&in, 4);
		cpus = number(&in, 4);
		if (cpus > TRACE_CPUS_MAX)
			fail(&in, "too many CPUs");
		for (; cpus && !in.bad; cpus--) {
			u64 offset;

			number(&in, 4);
			offset = number(&in, 8);
			if (offset > c->len || number(&in, 8) > c->len - offset)
				fail(&in, "data of a CPU lies beyond the end");
		}
	}
	if (in.bad)
		fail(c, in.bad);
}

/* Return: false after OPTION_DONE. */
static bool walk_option(struct cursor *c, struct dat_head *head)
{
	u32 id = (u32)number(c, 2);
	u64 size;

	if (id == OPTION_DONE || c->bad)
		return false;
	size = number(c, 4);
	if (!c->bad && size > c->len - c->pos)
		fail(c, "an option is larger than the file");
	if (!c->bad)
		check_option(c, id, size, head);
	skip(c, size, "an option is larger than the file");
	return !c->bad;
}

static void skip_sized(struct cursor *c, u32 size_bytes, const char *what)
{
	skip(c, number(c, size_bytes), what);
}

static void walk_formats(struct cursor *c)
{
	static const char what[] = "an event format is larger than the file";
	u64 nr = number(c, 4);
	u64 events;

	if (nr > DAT_SYSTEMS_MAX)
		fail(c, "too many events");
	for (; nr && !c->bad; nr--)
		skip_sized(c, 8, what);
	nr = number(c, 4);
	if (nr > DAT_SYSTEMS_MAX)
		fail(c, "too many event systems");
	for (; nr && !c->bad; nr--) {
		text(c);
		events = number(c, 4);
		if (events > DAT_SYSTEMS_MAX)
			fail(c, "too many events");
		for (; events && !c->bad; events--)
			skip_sized(c, 8, what);
	}
}

/*
 * The pages of a CPU: a time stamp, a word with the bytes used (and flags:
 * events were missed before this page, and how many stands behind its data),
 * then the data.
 */
static void check_pages(struct cursor *c, u64 offset, u64 size,
			const struct dat_head *head)
{
	u64 page = 1ull << head->buffer_shift;
	u64 start = 8 + c->long_size;
	struct cursor in = *c;

	for (; size >= page; offset += page, size -= page) {
		u64 used;
		u64 word;

		in.pos = offset + 8;
		word = number(&in, c->long_size);
		used = word & PAGE_USED;
		if (word & PAGE_MISSED_STORED)
			used += 8;
		if (used <= page - start)
			continue;
		c->pos = offset + 8;
		fail(c, "a page of the ring buffer is fuller than it can be");
		return;
	}
}

static void walk_version_6(struct cursor *c, struct dat_head *head)
{
	const char *section;
	u32 options = 0;
	u64 cpus;

	expect(c, "header_page");
	skip_sized(c, 8, "the page header is larger than the file");
	expect(c, "header_event");
	skip_sized(c, 8, "the event header is larger than the file");
	walk_formats(c);
	skip_sized(c, 4, "the symbols are larger than the file");
	skip_sized(c, 4, "the formats of printk are larger than the file");
	skip_sized(c, 8, "the command lines are larger than the file");
	cpus = number(c, 4);
	if (cpus > TRACE_CPUS_MAX || !cpus)
		fail(c, "the number of CPUs is impossible");
	section = text(c);
	if (!strcmp(section, "options  ")) {
		while (walk_option(c, head))
			if (++options > DAT_OPTIONS_MAX)
				fail(c, "too many options");
		section = text(c);
	}
	if (!c->bad && strcmp(section, "flyrecord") != 0)
		fail(c, "no raw data (is it a latency trace?)");
	for (; cpus && !c->bad; cpus--) {
		u64 offset = number(c, 8);
		u64 size = number(c, 8);

		if (offset > c->len || size > c->len - offset)
			fail(c, "data of a CPU lies beyond the end of the "
				"file (truncated?)");
		if (!c->bad)
			check_pages(c, offset, size, head);
	}
}

static void walk_version_7(struct cursor *c, struct dat_head *head)
{
	u32 options = 0;
	u32 sections;
	u64 next;
	u32 flags;

	text(c); /* compression and its version */
	text(c);
	next = number(c, 8);
	for (sections = 0; next && !c->bad; sections++) {
		if (sections > DAT_SECTIONS_MAX)
			fail(c, "too many sections of options");
		if (next >= c->len)
			fail(c, "the options lie beyond the end of the file "
				"(truncated?)");
		if (c->bad)
			return;
		c->pos = next;
		number(c, 2);
		flags = (u32)number(c, 2);
		number(c, 4);
		number(c, 8);
		if (flags & 1)
			return; /* compressed: libtracecmd's to read */
		while (walk_option(c, head))
			if (++options > DAT_OPTIONS_MAX)
				fail(c, "too many options");
		number(c, 4);
		next = number(c, 8);
	}
}

static void walk(struct cursor *c, struct dat_head *head)
{
	const char *version;
	u64 endian;
	u64 page_size;

	skip(c, 10, "the file ends"); /* the magic number */
	version = text(c);
	head->file_version = (u32)strtoul(version, NULL, 10);
	endian = number(c, 1);
	c->swap = endian == 1;
	c->long_size = (u32)number(c, 1);
	page_size = number(c, 4);
	if (endian > 1 || (c->long_size != 4 && c->long_size != 8))
		fail(c, "neither little nor big endian, or of strange words");
	if (page_size < 4096 || page_size > DAT_PAGE_MAX ||
	    (page_size & (page_size - 1)))
		fail(c, "the page size is impossible");
	for (head->buffer_shift = 12; page_size >> head->buffer_shift > 1;)
		head->buffer_shift++;
	head->page_shift = head->buffer_shift;
	head->pages_checked = head->file_version == 6;
	if (head->file_version == 6)
		walk_version_6(c, head);
	else if (head->file_version == 7)
		walk_version_7(c, head);
	else
		fail(c, "its version is neither 6 nor 7");
}

int dat_head_read(int fd, const char *path, struct dat_head *head,
		  struct err *e)
{
	struct cursor c = {0};
	struct stat st;
	void *map;

	memset(head, 0, sizeof(*head));
	if (fstat(fd, &st))
		return err_sys(e, path, "looking at");
	if (st.st_size < 32)
		return err_set(e, -EINVAL, "%s: too short for a trace.dat",
			       path);
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return err_sys(e, path, "map");
	c.data = map;
	c.len = (u64)st.st_size;
	walk(&c, head);
	munmap(map, (size_t)st.st_size);
	if (c.bad)
		return err_set(e, -EINVAL,
			       "%s: byte %llu: damaged trace.dat: %s", path,
			       (unsigned long long)c.pos, c.bad);
	return 0;
}
