/*
 * utf8.h - what is a character of UTF-8 (RFC 3629).
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/types.h"

/**
 * utf8_length() - Length of the valid UTF-8 sequence at @s (NUL-terminated),
 * 0 when there is none.
 */
u32 utf8_length(const char *s);

#endif
