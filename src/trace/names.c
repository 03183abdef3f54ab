#include "trace/names.h"

#include "base/xmalloc.h"

#include <stdlib.h>
#include <string.h>

static u32 hash_text(const char *text, size_t len)
{
	u32 h = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		h = (h ^ (u8)text[i]) * 16777619u;
	return h;
}

static void names_grow(struct names *names, const struct trace_strings *s)
{
	u32 size = names->size ? names->size * 2 : 64;

	free(names->slots);
	names->slots = xcalloc(size, sizeof(*names->slots));
	names->size = size;
	for (u32 i = 0; i < s->nr; i++) {
		u32 at = hash_text(s->at[i], strlen(s->at[i])) & (size - 1);

		while (names->slots[at])
			at = (at + 1) & (size - 1);
		names->slots[at] = i + 1;
	}
}

u32 names_add(struct names *names, struct trace_strings *strings,
	      const char *text, size_t len)
{
	u32 at;

	if (names->used * 2 >= names->size)
		names_grow(names, strings);
	at = hash_text(text, len) & (names->size - 1);
	while (names->slots[at]) {
		const char *have = strings->at[names->slots[at] - 1];

		if (strlen(have) == len && !memcmp(have, text, len))
			return names->slots[at] - 1;
		at = (at + 1) & (names->size - 1);
	}
	if (strings->nr >= TRACE_NAMES_MAX)
		return TRACE_NAMES_MAX;
	names->slots[at] = trace_strings_add(strings, text, len) + 1;
	names->used = strings->nr;
	return names->slots[at] - 1;
}

void names_free(struct names *names)
{
	free(names->slots);
	*names = (struct names){0};
}

bool name_is_valid(const char *text, size_t len)
{
	if (!len || len > TRACE_NAME_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((u8)text[i] <= ' ' || (u8)text[i] == 0x7f)
			return false;
	return text[0] != '#';
}

bool label_is_valid(const char *text, size_t len)
{
	static const char extra[] = "._+-=,:@";

	if (!len || len > TRACE_NAME_MAX || text[0] == '.')
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			    (c >= 'A' && c <= 'Z');

		if (!word && (!c || !strchr(extra, c)))
			return false;
	}
	return true;
}
