/*
 * ktr.h - the text format: one operation a line; private to trace/.
 *
 *	<time_ns> <cpu> <op> <args...>		# a comment
 *
 * ktr_args says, for reader and writer alike, what the arguments of each
 * operation are, one letter each.
 */
#ifndef TRACE_KTR_H
#define TRACE_KTR_H

#include "trace/input.h"
#include "trace/reader.h"
#include "trace/writer.h"

#define KTR_LINE_MAX 4096u /* bytes of one line, newline included */

enum ktr_arg {
	KTR_OID = 'o',	  /* slot */
	KTR_CACHE = 'c',  /* cache: a cid or mid */
	KTR_NAME = 'n',	  /* name: of a cache */
	KTR_LABEL = 'l',  /* name: of a snapshot */
	KTR_SIZE = 's',	  /* size: bytes, min_nr or ms */
	KTR_OFFSET = 'f', /* align: of an access in its object, bytes */
	KTR_ALIGN = 'a',  /* align, bytes */
	KTR_POOL = 'p',	  /* order and align: what is under a mempool */
	KTR_GFP = 'g',	  /* gfp */
	KTR_FLAGS = 'F',  /* gfp: slab flags */
	KTR_ORDER = 'r',  /* order */
	KTR_NODE = 'N',	  /* node */
	KTR_FILE = 'i',	  /* align: the number of a file */
	KTR_PAGE = 'q',	  /* gfp: a page of it */
	KTR_PAGES = 'k',  /* size: how many */
	KTR_PERCPU = 'P'  /* gfp and order: both may be left out */
};

extern const char *const ktr_args[NR_TRACE_OPS];

/** ktr_detect() - True when @start is text whose first line that is no
 * comment starts with a number. */
bool ktr_detect(const char *start, size_t len);

/** ktr_open() - Reads @in, which it owns from now on, even on error. */
struct trace_reader *ktr_open(struct input *in, struct err *e);

/** ktr_create() - Writes to @out; see trace_create(). */
struct trace_writer *ktr_create(struct outfile *out,
				const struct trace_info *info);

#endif
