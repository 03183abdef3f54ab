/*
 * dat_head.h - the head of a trace.dat file, walked before libtracecmd sees
 * it: libtracecmd trusts sizes and counts that a damaged file gets wrong.
 * Private to trace/.
 */
#ifndef TRACE_DAT_HEAD_H
#define TRACE_DAT_HEAD_H

#include "base/err.h"
#include "base/types.h"

struct dat_head {
	u32 file_version;   /* 6 or 7 */
	u32 buffer_shift;   /* log2 of a page of the ring buffer */
	u32 page_shift;	    /* of the recorded machine's pages */
	u32 kernel_version; /* KERNEL_VERSION_OF, 0 unknown */
	bool pages_checked; /* false: data is compressed, or instances */
	u64 lost;	    /* events, as the recorder counted them */
	char release[64];   /* of the kernel, "" unknown */
};

/**
 * dat_head_read() - Checks that every section of the file at @fd lies within
 * it and that no count is absurd; also each page of the ring buffer, where
 * they lie plain in the file.
 * Return: 0 with @head filled, or -EINVAL with @e naming the byte.
 */
int dat_head_read(int fd, const char *path, struct dat_head *head,
		  struct err *e);

/** kernel_version_of() - "6.1.0-13-amd64" to KERNEL_VERSION_OF(6, 1). */
u32 kernel_version_of(const char *release);

#endif
