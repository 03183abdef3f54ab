/*
 * vec.h - a growing array of any type:  VEC(struct thing) things = {0};
 *
 * Invariant: nr <= cap.  Pointers into a vec die when it grows.
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include "base/xmalloc.h"

#include <stdlib.h>

#define VEC(type)           \
	struct {            \
		type *at;   \
		size_t nr;  \
		size_t cap; \
	}

/* Append one element; its value is assigned: *VEC_PUSH(&v) = x. */
#define VEC_PUSH(v)                                                   \
	(((v)->nr == (v)->cap                                         \
		  ? (void)((v)->cap = (v)->cap ? (v)->cap * 2 : 16,   \
			   (v)->at = xreallocarray((v)->at, (v)->cap, \
						   sizeof(*(v)->at))) \
		  : (void)0),                                         \
	 &(v)->at[(v)->nr++])

#define VEC_FREE(v)                     \
	do {                            \
		free((v)->at);          \
		(v)->at = NULL;         \
		(v)->nr = (v)->cap = 0; \
	} while (0)

#endif
