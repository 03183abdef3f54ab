#include "base/utf8.h"

u32 utf8_length(const char *s)
{
	const u8 *p = (const u8 *)s;
	u32 n;
	u32 code;

	if (p[0] < 0x80)
		return p[0] ? 1 : 0;
	n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc2 ? 2 : 0;
	if (!n || p[0] > 0xf4)
		return 0;
	code = p[0] & (0xffu >> (n + 1));
	for (u32 i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3fu);
	}
	/* Overlong forms, surrogates, beyond Unicode. */
	if ((n == 3 && code < 0x800) || (n == 4 && code < 0x10000))
		return 0;
	if ((code >= 0xd800 && code < 0xe000) || code > 0x10ffff)
		return 0;
	return n;
}
