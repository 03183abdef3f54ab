/*
 * Goal: no reader crashes on any file of the corpus, nor on any of it cut
 * short or with one byte changed.  Method: every file under
 * tests/fuzz/corpus/TARGET through its target, one TAP line each.
 */
#include "targets.h"

#include "base/compiler.h"
#include "base/xmalloc.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define VARIANTS  60	    /* of each file: cut or changed */
#define FILE_MAX_ (1 << 20) /* of the corpus */

struct target {
	const char *name;
	int (*run)(const uint8_t *bytes, size_t len);
};

#define TARGET_ROW_(name) {#name, fuzz_##name},
static const struct target targets[] = {FUZZ_TARGETS(TARGET_ROW_)};

static uint8_t *read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	uint8_t *bytes = xmalloc(FILE_MAX_);

	if (!f) {
		perror(path);
		exit(1);
	}
	*len = fread(bytes, 1, FILE_MAX_, f);
	fclose(f);
	return xrealloc(bytes, *len);
}

/* The file as it is, cut at some places, and with some bytes changed. */
static void run_file(const struct target *t, const char *path)
{
	size_t len;
	uint8_t *bytes = read_file(path, &len);
	uint64_t seed = len;

	t->run(bytes, len);
	for (int i = 0; i < VARIANTS && len; i++) {
		uint8_t *copy;
		size_t at;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		at = (size_t)(seed >> 33) % len;
		copy = xmalloc(len); /* so that a sanitizer sees its end */
		memcpy(copy, bytes, len);
		if (i % 2) {
			copy[at] ^= (uint8_t)(1u << (seed >> 30 & 7));
			t->run(copy, len);
		} else {
			copy = xrealloc(copy, at);
			t->run(copy, at);
		}
		free(copy);
	}
	free(bytes);
}

static int visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static int run_target(const struct target *t, const char *corpus, int nr)
{
	char *dir = xasprintf("%s/%s", corpus, t->name);
	struct dirent **files;
	int n = scandir(dir, &files, visible, alphasort);

	if (n < 0) {
		perror(dir);
		exit(1);
	}
	for (int i = 0; i < n; i++) {
		char *path = xasprintf("%s/%s", dir, files[i]->d_name);

		run_file(t, path);
		printf("ok %d - %s/%s\n", ++nr, t->name, files[i]->d_name);
		fflush(stdout);
		free(path);
		free(files[i]);
	}
	free(files);
	free(dir);
	return nr;
}

int main(void)
{
	const char *top = getenv("top_srcdir");
	char *corpus = xasprintf("%s/tests/fuzz/corpus", top ? top : ".");
	int nr = 0;

	for (size_t i = 0; i < ARRAY_SIZE(targets); i++)
		nr = run_target(&targets[i], corpus, nr);
	printf("1..%d\n", nr);
	free(corpus);
	return 0;
}
