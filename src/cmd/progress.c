#include "cmd/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define SHOW_EVERY_NS 200000000ull

static u64 host_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * 1000000000ull + (u64)t.tv_nsec;
}

void progress_begin(struct progress *p, const char *what, bool quiet)
{
	*p = (struct progress){.what = what};
	p->is_on = !quiet && isatty(STDERR_FILENO);
	if (p->is_on)
		p->start_ns = p->shown_ns = host_ns();
}

/* Is it time for a new line?  If so it is begun, @seconds after the start. */
static bool begin_line(struct progress *p, double *seconds)
{
	u64 now;

	if (!p->is_on)
		return false;
	now = host_ns();
	if (now - p->shown_ns < SHOW_EVERY_NS)
		return false;
	p->shown_ns = now;
	p->is_shown = true;
	*seconds = (double)(now - p->start_ns) / 1e9;
	fprintf(stderr, "\r\033[K%s: ", p->what);
	return true;
}

void progress_show(struct progress *p, double share, u64 events, u64 time_ns)
{
	double seconds;

	if (!begin_line(p, &seconds))
		return;
	if (share > 0)
		fprintf(stderr, "%3.0f %%, ", share * 100);
	fprintf(stderr, "%llu events, %.1f million/s, at %.3f s",
		(unsigned long long)events, (double)events / seconds / 1e6,
		(double)time_ns / 1e9);
	if (share > 0)
		fprintf(stderr, ", %.0f s left", seconds * (1 - share) / share);
	fflush(stderr);
}

void progress_say(struct progress *p, const char *fmt, ...)
{
	double seconds;
	va_list args;

	if (!begin_line(p, &seconds))
		return;
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, ", %.0f s", seconds);
	fflush(stderr);
}

void progress_end(struct progress *p)
{
	if (p->is_shown)
		fputs("\r\033[K", stderr);
	p->is_shown = false;
}
