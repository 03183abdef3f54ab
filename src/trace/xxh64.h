/*
 * xxh64.h - the XXH64 checksum, written from its public description:
 * 8 bytes a step, several GB a second; guards the parts of a .kmt.
 */
#ifndef TRACE_XXH64_H
#define TRACE_XXH64_H

#include "base/types.h"

u64 xxh64(const void *bytes, size_t len, u64 seed);

#endif
