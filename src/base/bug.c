#include "base/bug.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const char *context;

void bug_context(const char *text)
{
	context = text;
}

static _Noreturn void bug_end(void)
{
	if (context)
		fprintf(stderr, "BUG: to see it again: %s\n", context);
	abort();
}

void bug(const char *file, int line, const char *func, const char *what)
{
	fprintf(stderr, "BUG: %s:%d: %s: %s\n", file, line, func, what);
	bug_end();
}

void bug_fmt(const char *file, int line, const char *func, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "BUG: %s:%d: %s: ", file, line, func);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	bug_end();
}
