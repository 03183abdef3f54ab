/*
 * cmd.h - a subcommand is a table of options and a function.
 *
 * Exit status: EXIT_OK done, EXIT_RUN the run failed, EXIT_USAGE the command
 * line or a configuration file is wrong.  Only cmd/ prints errors and exits.
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include "base/err.h"
#include "base/types.h"

enum exit_status {
	EXIT_OK = 0,
	EXIT_RUN = 1,
	EXIT_USAGE = 2
};

enum opt_kind {
	OPT_FLAG,   /* bool * = true */
	OPT_STRING, /* const char ** */
	OPT_U64,    /* u64 *, decimal, range-checked */
	OPT_LIST    /* struct opt_list *: may be given several times */
};

#define OPT_LIST_MAX 64
struct opt_list {
	const char *at[OPT_LIST_MAX]; /* borrowed from argv */
	u32 nr;
};

struct opt {
	char letter;	     /* 0: none */
	const char *word;    /* "quiet": --quiet */
	const char *metavar; /* NULL for flags */
	const char *help;
	enum opt_kind kind;
	void *into;
};

/**
 * opts_parse() - Fills what @opts says from @argv (argv[0] = subcommand);
 * options and operands may mix, "--" ends options, "-o DIR", "-oDIR",
 * "--out DIR" and "--out=DIR" are the same.
 * @operands: set to the operands, borrowed from argv, which is permuted.
 * Return: how many operands; -1 after printing what is wrong and the usage
 * (exit status 2); -2 after printing --help (exit status 0).
 */
int opts_parse(const struct opt *opts, u32 nr_opts, const char *usage, int argc,
	       char **argv, char ***operands);
/**
 * opts_parse_one() - The same for a subcommand with exactly one operand.
 * @needs: what it is, for the message: "run needs one SOURCE".
 * Return: 0 with @operand, or -1, -2 as opts_parse().
 */
int opts_parse_one(const struct opt *opts, u32 nr_opts, const char *usage,
		   const char *needs, int argc, char **argv,
		   const char **operand);

struct command {
	const char *name;
	const char *help;		    /* one line */
	int (*main)(int argc, char **argv); /* returns an exit status */
};

/** cmd_fail() - Prints "kmemsim: TEXT" to stderr; returns @status. */
int cmd_fail(const struct err *e, enum exit_status status);

int cmd_run(int argc, char **argv);
int cmd_plot(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_calibrate(int argc, char **argv);
int cmd_geometry(int argc, char **argv);
int cmd_cachesim(int argc, char **argv);
int cmd_validate(int argc, char **argv);

#endif
