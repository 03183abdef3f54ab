/*
 * bug.h - our own mistakes.  The only file that aborts.
 *
 * BUG_ON	cheap, in every build with --enable-checks=1 or more
 * CHECK	O(1), debug builds (--enable-checks=2); states what must hold
 * CHECK_SLOW	may walk; --enable-checks=3
 *
 * A modelled machine that runs out of memory is no bug (it is a result), and
 * neither is bad input (see err.h).
 */
#ifndef BASE_BUG_H
#define BASE_BUG_H

#include "base/compiler.h"

/**
 * bug_context() - What every BUG message ends with, e.g. the command line
 * and record number that reproduce it.
 * @text: borrowed, must live as long as the process; NULL for none.
 */
void bug_context(const char *text);

_Noreturn COLD void bug(const char *file, int line, const char *func,
			const char *what);
_Noreturn COLD void bug_fmt(const char *file, int line, const char *func,
			    const char *fmt, ...) PRINTF_LIKE(4, 5);

#define BUG()	     bug(__FILE__, __LINE__, __func__, "unreachable")
#define BUG_FMT(...) bug_fmt(__FILE__, __LINE__, __func__, __VA_ARGS__)

#define BUG_ASSERT_(level, bad, text)                            \
	do {                                                     \
		if (MM_CHECKS >= (level) && unlikely(bad))       \
			bug(__FILE__, __LINE__, __func__, text); \
	} while (0)

#define BUG_ON(c)     BUG_ASSERT_(1, (c), #c)
#define CHECK(c)      BUG_ASSERT_(2, !(c), "not true: " #c)
#define CHECK_SLOW(c) BUG_ASSERT_(3, !(c), "not true: " #c)

#endif
