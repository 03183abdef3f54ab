#include "trace/u64map.h"

#include "base/xmalloc.h"

#include <stdlib.h>
#include <string.h>

void u64map_init(struct u64map *m, u32 log2_size)
{
	m->mask = (1ull << log2_size) - 1;
	m->nr = 0;
	m->at = xcalloc((size_t)m->mask + 1, sizeof(*m->at));
}

void u64map_free(struct u64map *m)
{
	free(m->at);
	memset(m, 0, sizeof(*m));
}

void u64map_grow(struct u64map *m)
{
	struct u64map_entry *old = m->at;
	u64 places = m->mask + 1;
	u64 k;

	m->mask = places * 2 - 1;
	m->at = xcalloc((size_t)places * 2, sizeof(*m->at));
	for (k = 0; k < places; k++) {
		u64 i = u64_mix(old[k].key) & m->mask;

		if (!old[k].key)
			continue;
		while (m->at[i].key)
			i = (i + 1) & m->mask;
		m->at[i] = old[k];
	}
	free(old);
}

u64 u64_hash_text(const char *text, size_t len)
{
	u64 h = 0x9ae16a3b2f90404full ^ len;

	while (len >= 8) {
		u64 word;

		memcpy(&word, text, 8);
		h = u64_mix(h ^ word);
		text += 8;
		len -= 8;
	}
	if (len) {
		u64 word = 0;

		memcpy(&word, text, len);
		h = u64_mix(h ^ word);
	}
	return h ? h : 1;
}
