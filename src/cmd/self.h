/*
 * self.h - what this process was asked to do, and what that cost the host.
 */
#ifndef CMD_SELF_H
#define CMD_SELF_H

#include "base/types.h"

/**
 * self_command_line() - The subcommand's @argv as a shell would take it.
 * Return: owned by the caller.
 */
char *self_command_line(int argc, char **argv);

/** self_say_cost() - CPU time, speed and memory of this process, on stderr:
 * nothing of it reaches a result. */
void self_say_cost(u64 events);

#endif
