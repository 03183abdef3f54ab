#include "cmd/self.h"

#include "base/xmalloc.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

void self_say_cost(u64 events)
{
	struct rusage u;
	double cpu;

	if (getrusage(RUSAGE_SELF, &u))
		return;
	cpu = (double)u.ru_utime.tv_sec + (double)u.ru_utime.tv_usec * 1e-6 +
	      (double)u.ru_stime.tv_sec + (double)u.ru_stime.tv_usec * 1e-6;
	fprintf(stderr,
		"kmemsim: %llu events in %.3f s of CPU time: %.2f million a "
		"second; %.1f MiB of memory\n",
		(unsigned long long)events, cpu,
		cpu > 0 ? (double)events / cpu * 1e-6 : 0.0,
		(double)u.ru_maxrss / 1024);
}

static size_t quote(char *to, const char *arg)
{
	char *start = to;

	if (*arg && !arg[strcspn(arg, " \t\n'\"\\$`&|;<>()*?[]{}~#!")])
		return (size_t)(stpcpy(to, arg) - to);
	*to++ = '\'';
	for (; *arg; arg++) {
		if (*arg == '\'')
			to = stpcpy(to, "'\\'");
		*to++ = *arg;
	}
	*to++ = '\'';
	*to = 0;
	return (size_t)(to - start);
}

char *self_command_line(int argc, char **argv)
{
	size_t len = sizeof("kmemsim"), at;
	char *line;

	for (int i = 0; i < argc; i++)
		len += 4 * strlen(argv[i]) + 3;
	line = xmalloc(len);
	at = (size_t)(stpcpy(line, "kmemsim") - line);
	for (int i = 0; i < argc; i++) {
		line[at++] = ' ';
		at += quote(line + at, argv[i]);
	}
	return line;
}
