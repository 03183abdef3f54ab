/*
 * types.h - the integer types of the whole tree, and the few that carry a
 * meaning: a cycle count, a page frame number, a simulated physical address.
 *
 * Simulated memory has no contents: a paddr_t is never a host pointer.
 */
#ifndef BASE_TYPES_H
#define BASE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

typedef u64 cycles_t; /* CPU cycles, never a double */
typedef u32 pfn_t;    /* page frame number; 0 is never handed out */
typedef u64 paddr_t;  /* simulated physical address in bytes; 0 = NULL */

#define PFN_NONE ((pfn_t)0)

#endif
