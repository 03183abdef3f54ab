/*
 * names.h - which names a trace may hold, and a set that keeps each once;
 * private to trace/.
 */
#ifndef TRACE_NAMES_H
#define TRACE_NAMES_H

#include "trace/trace.h"

#define TRACE_NAMES_MAX (1u << 20) /* different names in one trace */

struct names {
	u32 *slots; /* [size] index + 1 into the strings; 0 = empty; owned */
	u32 size;   /* a power of two */
	u32 used;
};

/**
 * names_add() - The index of @text in @strings, appended if it is new.
 * @strings: all of them were added through @names.
 * Return: the index; TRACE_NAMES_MAX when there are too many.
 */
u32 names_add(struct names *names, struct trace_strings *strings,
	      const char *text, size_t len);
void names_free(struct names *names);

/** name_is_valid() - 1..TRACE_NAME_MAX printable bytes without blanks. */
bool name_is_valid(const char *text, size_t len);

/** label_is_valid() - A label names a directory: letters, digits and
 * ._+-=,:@ only, and it does not start with a dot. */
bool label_is_valid(const char *text, size_t len);

#endif
