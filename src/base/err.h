/*
 * err.h - how the mistakes of a user or of the host travel up to cmd/.
 *
 * A function that can meet bad input takes a struct err *, returns a negative
 * errno (or NULL) and fills it with the place, what is wrong and what to do.
 * Only cmd/ prints it.  An err is filled once: the first message is kept, as
 * it is the nearest to the cause.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/compiler.h"
#include "base/types.h"

#define ERR_TEXT_MAX 1024

struct err {
	int code;		 /* negative errno; 0 = no error yet */
	char text[ERR_TEXT_MAX]; /* "file:line:column: what; what to do" */
};

/**
 * err_set() - Fill @e unless it is filled, from a printf format.
 * @e: may be NULL (the caller does not care for the text).
 * @code: a negative errno: -EINVAL bad input, -EIO host I/O, -ENOMEM, ...
 * Return: @code, so that "return err_set(...)" reads well.
 */
COLD int err_set(struct err *e, int code, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/** err_sys() - As err_set(), with "path: strerror(errno)"; returns -errno. */
COLD int err_sys(struct err *e, const char *path, const char *doing);

#endif
