/*
 * compiler.h - what the compilers of this project (gcc, clang) offer beyond
 * C11, under readable names.  The only file that spells attributes out.
 */
#ifndef BASE_COMPILER_H
#define BASE_COMPILER_H

#define likely(x)	   __builtin_expect(!!(x), 1)
#define unlikely(x)	   __builtin_expect(!!(x), 0)
#define PRINTF_LIKE(f, a)  __attribute__((format(printf, f, a)))
#define NO_INLINE	   __attribute__((noinline))
#define ALWAYS_INLINE	   inline __attribute__((always_inline))
#define COLD		   __attribute__((cold, noinline))
#define PREFETCH(p)	   __builtin_prefetch(p)
#define ARRAY_SIZE(a)	   (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)	   ((a) < (b) ? (a) : (b))
#define MAX(a, b)	   ((a) > (b) ? (a) : (b))
#define CLAMP(x, lo, hi)   MIN(MAX(x, lo), hi)
#define ALIGN_UP(x, a)	   (((x) + (a)-1) / (a) * (a))
#define DIV_ROUND_UP(x, y) (((x) + (y)-1) / (y))
#define container_of(p, type, member) \
	((type *)(void *)((char *)(p)-offsetof(type, member)))

#endif
