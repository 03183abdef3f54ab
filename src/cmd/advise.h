/*
 * advise.h - `geometry --advise`: which caches waste most, and what another
 * order, alignment or allocator would give.
 */
#ifndef CMD_ADVISE_H
#define CMD_ADVISE_H

#include "cmd/geometry.h"

#include "base/err.h"

/**
 * advise_print() - The table, for a /proc/slabinfo, a run's directory or a
 * trace, which is replayed on the default machine.
 * Return: 0, or negative with @e and nothing printed.
 */
int advise_print(const struct geometry *g, const char *path, struct err *e);

#endif
