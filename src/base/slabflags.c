/*
 * slabflags.c - slab_flags_t to text and back.
 */
#include "base/slabflags.h"

#include <errno.h>
#include <string.h>

/* In the order in which they are printed. */
static const struct {
	const char *name;
	slab_flags_t flag;
} names[] = {
	{"HWCACHE_ALIGN", SLAB_HWCACHE_ALIGN},
	{"RECLAIM_ACCOUNT", SLAB_RECLAIM_ACCOUNT},
	{"CTOR", SLAB_CTOR},
	{"CACHE_DMA", SLAB_CACHE_DMA},
	{"CACHE_DMA32", SLAB_CACHE_DMA32},
	{"PANIC", SLAB_PANIC},
	{"TYPESAFE_BY_RCU", SLAB_TYPESAFE_BY_RCU},
	{"ACCOUNT", SLAB_ACCOUNT},
	{"MEM_SPREAD", SLAB_MEM_SPREAD},
	{"NO_MERGE", SLAB_NO_MERGE},
	/* Read only: the name up to 4.11. */
	{"DESTROY_BY_RCU", SLAB_TYPESAFE_BY_RCU},
};

static bool parse_word(const char *word, size_t len, slab_flags_t *flags)
{
	if (len > 5 && memcmp(word, "SLAB_", 5) == 0) {
		word += 5;
		len -= 5;
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strlen(names[i].name) == len &&
		    memcmp(names[i].name, word, len) == 0) {
			*flags |= names[i].flag;
			return true;
		}
	}
	return false;
}

int slab_flags_parse(const char *text, size_t len, slab_flags_t *flags,
		     struct err *e)
{
	slab_flags_t value = 0;
	size_t at = 0;

	if (len == 1 && text[0] == '-') {
		*flags = 0;
		return 0;
	}
	for (;;) {
		const char *comma = memchr(text + at, ',', len - at);
		size_t n = comma ? (size_t)(comma - (text + at)) : len - at;

		if (!parse_word(text + at, n, &value))
			return err_set(e, -EINVAL,
				       "'%.*s' is no cache flag; write '-' or "
				       "names as in HWCACHE_ALIGN,CTOR",
				       (int)MIN(n, (size_t)64), text + at);
		if (!comma)
			break;
		at += n + 1;
	}
	*flags = value;
	return 0;
}

const char *slab_flags_print(slab_flags_t flags, char *buf)
{
	char *to = buf;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t len = strlen(names[i].name);

		if (!(flags & names[i].flag))
			continue;
		flags &= ~names[i].flag;
		if (to != buf)
			*to++ = ',';
		memcpy(to, names[i].name, len);
		to += len;
	}
	if (to == buf)
		*to++ = '-';
	*to = '\0';
	return buf;
}
