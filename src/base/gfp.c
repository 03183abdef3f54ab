/*
 * gfp.c - gfp_t to text and back, and from the numbers of other kernels.
 *
 * Each kernel numbered the bits anew: the tables below say where a version
 * kept which flag.  A table serves from its version up to the next one's.
 */
#include "base/gfp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct gfp_name {
	const char *name;
	gfp_t gfp;
};

/* In the order of the kernel's own table: the largest composites first. */
static const struct gfp_name print_names[] = {
	{"GFP_TRANSHUGE", GFP_TRANSHUGE},
	{"GFP_TRANSHUGE_LIGHT", GFP_TRANSHUGE_LIGHT},
	{"GFP_HIGHUSER_MOVABLE", GFP_HIGHUSER_MOVABLE},
	{"GFP_HIGHUSER", GFP_HIGHUSER},
	{"GFP_USER", GFP_USER},
	{"GFP_KERNEL_ACCOUNT", GFP_KERNEL_ACCOUNT},
	{"GFP_KERNEL", GFP_KERNEL},
	{"GFP_NOFS", GFP_NOFS},
	{"GFP_ATOMIC", GFP_ATOMIC},
	{"GFP_NOIO", GFP_NOIO},
	{"GFP_NOWAIT", GFP_NOWAIT},
	{"GFP_DMA", GFP_DMA},
	{"__GFP_HIGHMEM", GFP_HIGHMEM},
	{"GFP_DMA32", GFP_DMA32},
	{"__GFP_HIGH", GFP_HIGH},
	{"__GFP_ATOMIC", GFP_ATOMIC_BIT},
	{"__GFP_IO", GFP_IO},
	{"__GFP_FS", GFP_FS},
	{"__GFP_NOWARN", GFP_NOWARN},
	{"__GFP_RETRY_MAYFAIL", GFP_RETRY_MAYFAIL},
	{"__GFP_NOFAIL", GFP_NOFAIL},
	{"__GFP_NORETRY", GFP_NORETRY},
	{"__GFP_COMP", GFP_COMP},
	{"__GFP_ZERO", GFP_ZERO},
	{"__GFP_NOMEMALLOC", GFP_NOMEMALLOC},
	{"__GFP_MEMALLOC", GFP_MEMALLOC},
	{"__GFP_HARDWALL", GFP_HARDWALL},
	{"__GFP_THISNODE", GFP_THISNODE},
	{"__GFP_RECLAIMABLE", GFP_RECLAIMABLE},
	{"__GFP_MOVABLE", GFP_MOVABLE},
	{"__GFP_ACCOUNT", GFP_ACCOUNT},
	{"__GFP_WRITE", GFP_WRITE},
	{"__GFP_RECLAIM", GFP_RECLAIM},
	{"__GFP_DIRECT_RECLAIM", GFP_DIRECT_RECLAIM},
	{"__GFP_KSWAPD_RECLAIM", GFP_KSWAPD_RECLAIM},
	{"__GFP_ZEROTAGS", GFP_ZEROTAGS},
	{"__GFP_SKIP_ZERO", GFP_SKIP_ZERO},
	{"__GFP_SKIP_KASAN", GFP_SKIP_KASAN},
	{"__GFP_NOLOCKDEP", GFP_NOLOCKDEP},
	{"__GFP_COLD", GFP_COLD},
	{"__GFP_OTHER_NODE", GFP_OTHER_NODE},
	{"__GFP_NOTRACK", GFP_NOTRACK},
};

/* What other kernels called them; read, never printed. */
static const struct gfp_name old_names[] = {
	{"__GFP_DMA", GFP_DMA}, /* printed without underscores */
	{"__GFP_DMA32", GFP_DMA32},
	{"__GFP_WAIT", GFP_RECLAIM},
	{"__GFP_REPEAT", GFP_RETRY_MAYFAIL},
	{"__GFP_KMEMCG", GFP_ACCOUNT},
	{"__GFP_NOACCOUNT", 0},
	{"__GFP_NO_GROW", 0},
	{"__GFP_NO_OBJ_EXT", 0},
	{"__GFP_SKIP_KASAN_POISON", GFP_SKIP_KASAN},
	{"__GFP_SKIP_KASAN_UNPOISON", GFP_SKIP_KASAN},
	{"__GFP_NOTRACK_FALSE_POSITIVE", GFP_NOTRACK},
	{"GFP_IOFS", GFP_IO | GFP_FS},
	{"GFP_TEMPORARY", GFP_KERNEL | GFP_RECLAIMABLE},
	{"none", 0},
};

/* A flag said by what it takes away. */
static const char *const no_kswapd_name = "__GFP_NO_KSWAPD";

static bool word_is(const char *word, size_t len, const char *name)
{
	return strlen(name) == len && memcmp(word, name, len) == 0;
}

/* A single bit may be written without its underscores. */
static bool word_names(const char *word, size_t len, const char *name)
{
	if (word_is(word, len, name))
		return true;
	return strncmp(name, "__", 2) == 0 && word_is(word, len, name + 2);
}

static bool find_name(const struct gfp_name *t, size_t n, const char *word,
		      size_t len, bool exact, gfp_t *gfp)
{
	for (size_t i = 0; i < n; i++) {
		if (exact ? word_is(word, len, t[i].name)
			  : word_names(word, len, t[i].name)) {
			*gfp |= t[i].gfp;
			return true;
		}
	}
	return false;
}

/* "0", or "0x" and at most eight hexadecimal digits. */
static bool parse_number(const char *word, size_t len, gfp_t *gfp)
{
	gfp_t value = 0;

	if (len == 1 && word[0] == '0')
		return true;
	if (len < 3 || len > 10 || word[0] != '0' || (word[1] | 32) != 'x')
		return false;
	for (size_t i = 2; i < len; i++) {
		unsigned int c = (unsigned char)word[i];

		if (c - '0' < 10)
			c -= '0';
		else if ((c | 32) - 'a' < 6)
			c = (c | 32) - 'a' + 10;
		else
			return false;
		value = value << 4 | c;
	}
	*gfp |= value;
	return true;
}

static bool parse_word(const char *word, size_t len, gfp_t *gfp)
{
	const size_t nr_print = ARRAY_SIZE(print_names);
	const size_t nr_old = ARRAY_SIZE(old_names);

	/* "GFP_ATOMIC" is the composite, so exact names go first. */
	return find_name(print_names, nr_print, word, len, true, gfp) ||
	       find_name(print_names, nr_print, word, len, false, gfp) ||
	       find_name(old_names, nr_old, word, len, false, gfp) ||
	       parse_number(word, len, gfp);
}

int gfp_parse(const char *text, size_t len, gfp_t *gfp, struct err *e)
{
	gfp_t value = 0;
	bool no_kswapd = false;
	size_t at = 0;

	for (;;) {
		const char *bar = memchr(text + at, '|', len - at);
		size_t n = bar ? (size_t)(bar - (text + at)) : len - at;

		if (word_names(text + at, n, no_kswapd_name))
			no_kswapd = true;
		else if (!parse_word(text + at, n, &value))
			return err_set(e, -EINVAL,
				       "'%.*s' is no gfp flag; write names as "
				       "in GFP_KERNEL|__GFP_ZERO",
				       (int)MIN(n, (size_t)64), text + at);
		if (!bar)
			break;
		at += n + 1;
	}
	if (no_kswapd)
		value &= ~GFP_KSWAPD_RECLAIM;
	*gfp = value;
	return 0;
}

static char *append(char *to, const char *start, const char *word)
{
	size_t len = strlen(word);

	if (to != start)
		*to++ = '|';
	memcpy(to, word, len + 1);
	return to + len;
}

const char *gfp_print(gfp_t gfp, char *buf)
{
	char *to = buf;
	char hex[16];

	if (gfp == 0)
		append(to, buf, "0");
	for (size_t i = 0; i < ARRAY_SIZE(print_names) && gfp; i++) {
		gfp_t mask = print_names[i].gfp;

		if ((gfp & mask) != mask)
			continue;
		to = append(to, buf, print_names[i].name);
		gfp &= ~mask;
	}
	if (gfp) {
		snprintf(hex, sizeof(hex), "0x%x", gfp);
		append(to, buf, hex);
	}
	return buf;
}

/* Numbers */

enum raw_rules {
	RAW_WAIT = 1, /* one __GFP_WAIT, kswapd woken without being asked */
	RAW_NO_ATOMIC = 2, /* atomic is __GFP_HIGH and no sleeping */
};

/* Pseudo flags of the tables: no bit of ours says them. */
#define RAW_IGNORED   0u
#define RAW_NO_KSWAPD 0x80000000u

#define RAW_BITS_MAX 32

struct raw_table {
	u32 version; /* the first that numbers so */
	u32 rules;
	struct {
		u32 raw;
		gfp_t gfp;
	} bits[RAW_BITS_MAX]; /* ends at raw == 0 */
};

#define RAW_LOW_BITS                                             \
	{0x01, GFP_DMA}, {0x02, GFP_HIGHMEM}, {0x04, GFP_DMA32}, \
		{0x20, GFP_HIGH}, {0x40, GFP_IO},                \
	{                                                        \
		0x80, GFP_FS                                     \
	}
#define RAW_OLD_BITS                                                \
	RAW_LOW_BITS, {0x08, GFP_MOVABLE}, {0x100, GFP_COLD},       \
		{0x200, GFP_NOWARN}, {0x400, GFP_RETRY_MAYFAIL},    \
		{0x800, GFP_NOFAIL}, {0x1000, GFP_NORETRY},         \
		{0x4000, GFP_COMP}, {0x8000, GFP_ZERO},             \
		{0x10000, GFP_NOMEMALLOC}, {0x20000, GFP_HARDWALL}, \
	{                                                           \
		0x40000, GFP_THISNODE                               \
	}
/* 4.4 to 4.20: the upper bits moved about, these stayed. */
#define RAW_4_BITS                                                     \
	RAW_OLD_BITS, {0x10, GFP_RECLAIMABLE}, {0x2000, GFP_MEMALLOC}, \
	{                                                              \
		0x80000, GFP_ATOMIC_BIT                                \
	}
#define RAW_5_BITS                                                   \
	RAW_LOW_BITS, {0x08, GFP_MOVABLE}, {0x10, GFP_RECLAIMABLE},  \
		{0x100, GFP_ZERO}, {0x400, GFP_DIRECT_RECLAIM},      \
		{0x800, GFP_KSWAPD_RECLAIM}, {0x1000, GFP_WRITE},    \
		{0x2000, GFP_NOWARN}, {0x4000, GFP_RETRY_MAYFAIL},   \
		{0x8000, GFP_NOFAIL}, {0x10000, GFP_NORETRY},        \
		{0x20000, GFP_MEMALLOC}, {0x40000, GFP_COMP},        \
		{0x80000, GFP_NOMEMALLOC}, {0x100000, GFP_HARDWALL}, \
		{0x200000, GFP_THISNODE},                            \
	{                                                            \
		0x400000, GFP_ACCOUNT                                \
	}

static const struct raw_table raw_tables[] = {
	{KERNEL_VERSION_OF(2, 0),
	 RAW_WAIT | RAW_NO_ATOMIC,
	 /* 0x2000 was __GFP_NO_GROW; MOVABLE moved to 0x08 in 2.6.31. */
	 {RAW_OLD_BITS,
	  {0x10, GFP_RECLAIM},
	  {0x2000, RAW_IGNORED},
	  {0x80000, GFP_RECLAIMABLE},
	  {0x100000, GFP_MOVABLE},
	  {0x200000, GFP_NOTRACK},
	  {0x400000, RAW_NO_KSWAPD},
	  {0x800000, GFP_OTHER_NODE}}},
	{KERNEL_VERSION_OF(3, 0),
	 RAW_WAIT | RAW_NO_ATOMIC,
	 {RAW_OLD_BITS,
	  {0x10, GFP_RECLAIM},
	  {0x2000, GFP_MEMALLOC},
	  {0x80000, GFP_RECLAIMABLE},
	  {0x100000, RAW_IGNORED}, /* __GFP_KMEMCG, later __GFP_NOACCOUNT */
	  {0x200000, GFP_NOTRACK},
	  {0x400000, RAW_NO_KSWAPD},
	  {0x800000, GFP_OTHER_NODE},
	  {0x1000000, GFP_WRITE}}},
	{KERNEL_VERSION_OF(4, 4),
	 0,
	 {RAW_4_BITS,
	  {0x100000, RAW_IGNORED}, /* __GFP_NOACCOUNT: the opposite */
	  {0x200000, GFP_NOTRACK},
	  {0x400000, GFP_DIRECT_RECLAIM},
	  {0x800000, GFP_OTHER_NODE},
	  {0x1000000, GFP_WRITE},
	  {0x2000000, GFP_KSWAPD_RECLAIM}}},
	{KERNEL_VERSION_OF(4, 5),
	 0,
	 {RAW_4_BITS,
	  {0x100000, GFP_ACCOUNT},
	  {0x200000, GFP_NOTRACK},
	  {0x400000, GFP_DIRECT_RECLAIM},
	  {0x800000, GFP_OTHER_NODE},
	  {0x1000000, GFP_WRITE},
	  {0x2000000, GFP_KSWAPD_RECLAIM}}},
	{KERNEL_VERSION_OF(4, 10),
	 0,
	 {RAW_4_BITS,
	  {0x100000, GFP_ACCOUNT},
	  {0x200000, GFP_NOTRACK},
	  {0x400000, GFP_DIRECT_RECLAIM},
	  {0x800000, GFP_WRITE},
	  {0x1000000, GFP_KSWAPD_RECLAIM},
	  {0x2000000, GFP_NOLOCKDEP}}},
	{KERNEL_VERSION_OF(4, 18),
	 0,
	 {RAW_4_BITS,
	  {0x100000, GFP_ACCOUNT},
	  {0x200000, GFP_DIRECT_RECLAIM},
	  {0x400000, GFP_KSWAPD_RECLAIM},
	  {0x800000, GFP_WRITE},
	  {0x1000000, GFP_NOLOCKDEP}}},
	{KERNEL_VERSION_OF(5, 0),
	 0,
	 {RAW_5_BITS, {0x200, GFP_ATOMIC_BIT}, {0x800000, GFP_NOLOCKDEP}}},
	{KERNEL_VERSION_OF(5, 14),
	 0,
	 {RAW_5_BITS,
	  {0x200, GFP_ATOMIC_BIT},
	  {0x800000, GFP_ZEROTAGS},
	  {0x1000000, GFP_SKIP_KASAN},
	  {0x2000000, GFP_NOLOCKDEP}}},
	{KERNEL_VERSION_OF(5, 18),
	 0,
	 {RAW_5_BITS,
	  {0x200, GFP_ATOMIC_BIT},
	  {0x800000, GFP_ZEROTAGS},
	  {0x1000000, GFP_SKIP_ZERO},
	  {0x2000000, GFP_SKIP_KASAN},
	  {0x4000000, GFP_SKIP_KASAN},
	  {0x8000000, GFP_NOLOCKDEP}}},
	{KERNEL_VERSION_OF(6, 4), /* 0x200 has no meaning any more */
	 RAW_NO_ATOMIC,
	 {RAW_5_BITS,
	  {0x800000, GFP_ZEROTAGS},
	  {0x1000000, GFP_SKIP_ZERO},
	  {0x2000000, GFP_SKIP_KASAN},
	  {0x4000000, GFP_NOLOCKDEP}}},
	{KERNEL_VERSION_OF(6, 10), /* x86: the next is __GFP_NO_OBJ_EXT */
	 RAW_NO_ATOMIC,
	 {RAW_5_BITS,
	  {0x800000, GFP_ZEROTAGS},
	  {0x1000000, RAW_IGNORED},
	  {0x2000000, RAW_IGNORED}}},
};

static const struct raw_table *table_of(u32 version)
{
	const struct raw_table *t = &raw_tables[0];

	for (size_t i = 1; i < ARRAY_SIZE(raw_tables); i++) {
		if (raw_tables[i].version <= version)
			t = &raw_tables[i];
	}
	return t;
}

gfp_t gfp_from_raw(u64 raw, u32 version, u64 *unknown)
{
	const struct raw_table *t = table_of(version);
	gfp_t gfp = 0;

	for (size_t i = 0; i < RAW_BITS_MAX && t->bits[i].raw; i++) {
		if (raw & t->bits[i].raw) {
			gfp |= t->bits[i].gfp;
			raw &= ~(u64)t->bits[i].raw;
		}
	}
	if (unknown)
		*unknown = raw;
	if (t->rules & RAW_WAIT) {
		gfp |= GFP_KSWAPD_RECLAIM;
		if (gfp & RAW_NO_KSWAPD)
			gfp &= ~(GFP_KSWAPD_RECLAIM | RAW_NO_KSWAPD);
	}
	if ((t->rules & RAW_NO_ATOMIC) && (gfp & GFP_HIGH) &&
	    !(gfp & GFP_DIRECT_RECLAIM))
		gfp |= GFP_ATOMIC_BIT;
	return gfp;
}
