/*
 * state_scan.h - reads the text files of a recorded state: a whole file into
 * memory (plain, or compressed as FILE.zst), then word by word with a place
 * for every complaint.
 *
 * The files come from outside: every length has a limit, nothing is trusted.
 * After the first complaint the scan is dead: all calls return false.
 */
#ifndef SIM_STATE_SCAN_H
#define SIM_STATE_SCAN_H

#include "base/err.h"
#include "base/types.h"

#define STATE_FILE_MAX (64u << 20) /* bytes of one file, unpacked */
#define STATE_PATH_MAX 4096u

struct scan {
	char path[2 * STATE_PATH_MAX];
	char *text; /* owned, ends in '\0' */
	const char *end;
	const char *line; /* start of the current line */
	const char *at;	  /* in the current line */
	u32 line_nr;
	struct err *e;
};

/**
 * scan_open() - Reads DIR/NAME, or DIR/NAME.zst when there is no DIR/NAME.
 * Return: 0 with the scan before the first line; -ENOENT when there is
 * neither (no message is set); another negative errno with @e.
 */
int scan_open(struct scan *s, const char *dir, const char *name, struct err *e);
/** scan_open_text() - Reads @len bytes at @text, called @name in messages. */
int scan_open_text(struct scan *s, const char *name, const char *text,
		   size_t len, struct err *e);
void scan_close(struct scan *s);

/** scan_fail() - Complains about the current place; always false. */
COLD bool scan_fail(struct scan *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
bool scan_failed(const struct scan *s);

/** scan_next_line() - False at the end of the file. */
bool scan_next_line(struct scan *s);
/** scan_peek() - The current line goes on with @word (nothing is taken). */
bool scan_peek(const struct scan *s, const char *word);
/** scan_word() - Takes @word and the blanks behind it, if it is there. */
bool scan_word(struct scan *s, const char *word);
/** scan_want() - As scan_word(), but complains when it is not there. */
bool scan_want(struct scan *s, const char *word);
/** scan_eol() - True when nothing is left of the line. */
bool scan_eol(const struct scan *s);
/** scan_u64() - A decimal number up to @max. */
bool scan_u64(struct scan *s, u64 max, u64 *v);
bool scan_u32(struct scan *s, u32 max, u32 *v);
/** scan_s64() - A decimal number that may be negative, |v| up to @max. */
bool scan_s64(struct scan *s, s64 max, s64 *v);
/** scan_token() - Anything up to a blank or @stop, into @buf. */
bool scan_token(struct scan *s, char stop, char *buf, size_t len);
/** scan_blanks() - Skips spaces and tabs. */
void scan_blanks(struct scan *s);

#endif
