/*
 * xmalloc.h - host memory.  Never simulated memory.
 *
 * When the host has no memory left there is nothing to report to: these print
 * one line and exit with status 1.  Sizes that come from input must have been
 * checked against a named limit before they get here.
 */
#ifndef BASE_XMALLOC_H
#define BASE_XMALLOC_H

#include "base/compiler.h"
#include "base/types.h"

void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
/** xreallocarray() - xrealloc() to @n x @size; dies on overflow too. */
void *xreallocarray(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
/** xasprintf() - A new string, owned by the caller. */
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);

/**
 * xmap_lazy() - @size bytes of zeroes that cost host memory only where they
 * are touched.
 * Return: the mapping, to be given back with xunmap(); NULL with errno set
 * when the host has no address space (the caller names the cure).
 */
void *xmap_lazy(size_t size);
void xunmap(void *p, size_t size);

#endif
