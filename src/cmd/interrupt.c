#include "cmd/interrupt.h"

#include "base/compiler.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

static volatile sig_atomic_t came; /* the signal's number, 0: none yet */

/* timeout(1) and shells send a signal twice, to the process and to its group:
 * only somebody who insists kills at once. */
#define INSISTS 4

static volatile sig_atomic_t nr_came;

static void on_signal(int number)
{
	came = number;
	nr_came = nr_came + 1;
	if (nr_came < INSISTS)
		return;
	signal(number, SIG_DFL);
	raise(number);
}

void interrupt_catch(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction act = {.sa_handler = on_signal};

	sigemptyset(&act.sa_mask);
	for (u32 i = 0; i < ARRAY_SIZE(signals); i++) {
		struct sigaction old;

		/* What nohup and the like ignore stays ignored. */
		if (!sigaction(signals[i], NULL, &old) &&
		    old.sa_handler != SIG_IGN)
			sigaction(signals[i], &act, NULL);
	}
}

int interrupt_check(struct err *e)
{
	return came ? err_set(e, -EINTR, "interrupted") : 0;
}

void interrupt_die(void)
{
	int number = came;

	if (!number)
		return;
	fflush(stdout);
	signal(number, SIG_DFL);
	raise(number);
}
