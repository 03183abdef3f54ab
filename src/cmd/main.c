/*
 * main.c - dispatches to a subcommand, and holds the map of the house.
 */
#include "base/compiler.h"
#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>

static const struct command commands[] = {
	{"run", "replay a trace or workload on a machine", cmd_run},
	{"plot", "draw the charts of one or several runs", cmd_plot},
	{"info", "say what is in a trace", cmd_info},
	{"import", "turn a recording into a .kmt", cmd_import},
	{"geometry", "show how a cache would be laid out", cmd_geometry},
	{"validate", "set a replayed recording beside what the machine did",
	 cmd_validate},
};

static void print_usage(FILE *to)
{
	fputs("usage: kmemsim COMMAND ...\n\n", to);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].help);
	fputs("\n`kmemsim COMMAND --help` says more.\n", to);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--version")) {
		puts(PACKAGE_STRING);
		return EXIT_OK;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_usage(stdout);
		return EXIT_OK;
	}
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].main(argc - 1, argv + 1);
	fprintf(stderr, "kmemsim: unknown command '%s'\n", argv[1]);
	print_usage(stderr);
	return EXIT_USAGE;
}
