#include "cmd/cmd.h"

int cmd_geometry(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return EXIT_RUN;
}
