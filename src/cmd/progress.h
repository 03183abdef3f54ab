/*
 * progress.h - one line on a terminal that says how far the work is.
 *
 * Nothing is ever written where stderr is no terminal.
 */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include "base/types.h"

struct progress {
	const char *what; /* borrowed: "import" */
	bool is_on;
	bool is_shown; /* there is a line to be wiped */
	u64 start_ns;  /* of the host's monotonic clock */
	u64 shown_ns;  /* when the line was last written */
};

void progress_begin(struct progress *p, const char *what, bool quiet);
/**
 * progress_show() - Says it, but not more than a few times a second.
 * @share: done, 0..1; 0 = not known.
 * @time_ns: time within the trace.
 */
void progress_show(struct progress *p, double share, u64 events, u64 time_ns);
/** progress_say() - The same for work that has no trace: any text. */
void progress_say(struct progress *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/** progress_end() - Wipes the line. */
void progress_end(struct progress *p);

#endif
