/*
 * input.h - a file read from start to end, decompressed on the way when it
 * is compressed with zstd; private to trace/.
 *
 * Invariants: memory is constant (two buffers and zstd's window, which is
 * limited); what comes out is limited too (INPUT_BOMB_*), so that a few
 * kilobytes cannot keep a reader busy for hours.
 */
#ifndef TRACE_INPUT_H
#define TRACE_INPUT_H

#include "base/err.h"
#include "base/types.h"

#define INPUT_PEEK	 65536u /* bytes that input_peek() shows at most */
#define INPUT_WINDOW_LOG 27	/* zstd windows beyond 128 MiB are refused */

/* A compressed input may unfold to so many bytes, plus so many for each of
 * its own.  Traces as text compress 5 to 60 times. */
#define INPUT_BOMB_FREE	 (64ull << 20)
#define INPUT_BOMB_RATIO 2048ull

struct input; /* opaque */

/** input_open() - Opens @path, or @path.zst if only that is there; NULL with
 * @e. */
struct input *input_open(const char *path, struct err *e);
void input_close(struct input *in);
/** The path it was opened by; borrowed. */
const char *input_path(const struct input *in);

/**
 * input_peek() - The first bytes, up to INPUT_PEEK; only before input_read().
 * @start: set to them, borrowed until the first input_read().
 * Return: how many, or negative with @e.
 */
s64 input_peek(struct input *in, const char **start, struct err *e);

/**
 * input_read() - The next @len bytes, fewer only at the end.
 * Return: how many; negative with @e when nothing more can be had.  Bytes
 * before the damage are handed out first.
 */
s64 input_read(struct input *in, void *buf, size_t len, struct err *e);

/** Bytes handed out by input_read() so far. */
u64 input_offset(const struct input *in);
/** Share of the file consumed, 0..1; 0 where its size cannot be known. */
double input_progress(const struct input *in);

/**
 * input_fd() - The whole content as a file that can be seeked, at its start:
 * the file itself, or an unnamed temporary copy when it is compressed or a
 * pipe.
 * @max_bytes: a copy that would be larger is an error.
 * Return: a descriptor that the caller closes, or negative with @e.
 */
int input_fd(struct input *in, u64 max_bytes, struct err *e);

#endif
