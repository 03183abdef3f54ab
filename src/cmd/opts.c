#include "cmd/cmd.h"

#include "base/compiler.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct opt *find_letter(const struct opt *opts, u32 nr, char c)
{
	for (u32 i = 0; i < nr; i++)
		if (opts[i].letter == c)
			return &opts[i];
	return NULL;
}

static const struct opt *find_word(const struct opt *opts, u32 nr,
				   const char *w, size_t len)
{
	for (u32 i = 0; i < nr; i++)
		if (strlen(opts[i].word) == len &&
		    !strncmp(opts[i].word, w, len))
			return &opts[i];
	return NULL;
}

static void print_help(FILE *to, const struct opt *opts, u32 nr,
		       const char *usage)
{
	fprintf(to, "usage: kmemsim %s\n\n", usage);
	for (u32 i = 0; i < nr; i++) {
		char left[64];
		const struct opt *o = &opts[i];

		snprintf(left, sizeof(left), "%s%c%s--%s%s%s",
			 o->letter ? "-" : "  ", o->letter ? o->letter : ' ',
			 o->letter ? ", " : "  ", o->word,
			 o->metavar ? " " : "", o->metavar ? o->metavar : "");
		fprintf(to, "  %-28s %s\n", left, o->help);
	}
	fprintf(to, "  %-28s %s\n", "-h, --help", "this text");
}

static int set_u64(u64 *into, const char *value)
{
	char *end;

	errno = 0;
	*into = strtoull(value, &end, 10);
	return errno || *end || !*value || *value == '-' ? -1 : 0;
}

/* Stores one option; 0, or -1 after saying what is wrong with it. */
static int store(const struct opt *o, const char *value)
{
	struct opt_list *list;

	switch (o->kind) {
	case OPT_FLAG:
		*(bool *)o->into = true;
		return 0;
	case OPT_STRING:
		*(const char **)o->into = value;
		return 0;
	case OPT_U64:
		if (!set_u64(o->into, value))
			return 0;
		fprintf(stderr, "kmemsim: --%s: '%s' is not a number\n",
			o->word, value);
		return -1;
	case OPT_LIST:
		list = o->into;
		if (list->nr < OPT_LIST_MAX) {
			list->at[list->nr++] = value;
			return 0;
		}
		fprintf(stderr, "kmemsim: --%s: given more than %d times\n",
			o->word, OPT_LIST_MAX);
		return -1;
	}
	return -1;
}

struct cursor {
	int argc;
	char **argv;
	int at;
};

/* The option at the cursor and its value, or NULL after a message. */
static const struct opt *next_option(const struct opt *opts, u32 nr,
				     struct cursor *c, const char **value)
{
	const char *arg = c->argv[c->at];
	bool is_long = arg[1] == '-';
	size_t len = is_long ? strcspn(arg + 2, "=") : 1;
	const struct opt *o = is_long ? find_word(opts, nr, arg + 2, len)
				      : find_letter(opts, nr, arg[1]);
	const char *rest = is_long ? arg + 2 + len : arg + 2;

	if (!o) {
		fprintf(stderr, "kmemsim: unknown option '%s'\n", arg);
		return NULL;
	}
	*value = NULL;
	if (o->kind == OPT_FLAG) {
		if (!*rest)
			return o;
		fprintf(stderr, "kmemsim: --%s takes no value\n", o->word);
		return NULL;
	}
	if (*rest)
		*value = is_long ? rest + 1 : rest;
	else if (c->at + 1 < c->argc)
		*value = c->argv[++c->at];
	if (*value)
		return o;
	fprintf(stderr, "kmemsim: --%s needs %s\n", o->word, o->metavar);
	return NULL;
}

int opts_parse(const struct opt *opts, u32 nr_opts, const char *usage, int argc,
	       char **argv, char ***operands)
{
	struct cursor c = {argc, argv, 1};
	int nr_operands = 0;
	bool only_operands = false;

	*operands = argv + 1;
	for (; c.at < argc; c.at++) {
		char *arg = argv[c.at];
		const struct opt *o;
		const char *value;

		if (only_operands || arg[0] != '-' || !arg[1]) {
			(*operands)[nr_operands++] = arg;
			continue;
		}
		if (!strcmp(arg, "--")) {
			only_operands = true;
			continue;
		}
		if (!strcmp(arg, "-h") || !strcmp(arg, "--help")) {
			print_help(stdout, opts, nr_opts, usage);
			return -2;
		}
		o = next_option(opts, nr_opts, &c, &value);
		if (!o || store(o, value)) {
			fprintf(stderr, "usage: kmemsim %s\n", usage);
			return -1;
		}
	}
	return nr_operands;
}

int opts_parse_one(const struct opt *opts, u32 nr_opts, const char *usage,
		   const char *needs, int argc, char **argv,
		   const char **operand)
{
	char **operands;
	int nr = opts_parse(opts, nr_opts, usage, argc, argv, &operands);

	if (nr < 0)
		return nr;
	if (nr != 1) {
		fprintf(stderr, "kmemsim: %s, not %d\nusage: kmemsim %s\n",
			needs, nr, usage);
		return -1;
	}
	*operand = operands[0];
	return 0;
}

int cmd_fail(const struct err *e, enum exit_status status)
{
	char text[sizeof(e->text)];

	/* A damaged file is quoted, but does not get to move the cursor. */
	for (size_t i = 0; i < sizeof(text); i++) {
		unsigned char c = (unsigned char)e->text[i];

		text[i] = c && c != '\n' && (c < ' ' || c == 127) ? '?'
								  : e->text[i];
	}
	fprintf(stderr, "kmemsim: %s\n", text);
	return (int)status;
}
