/*
 * targets.h - one function a reader of outside data; each takes any bytes
 * and must neither crash nor hand out what its contract forbids.
 *
 * `make fuzz` makes each a program of libFuzzer; the tests replay the corpus
 * through regress.c.
 */
#ifndef TESTS_FUZZ_TARGETS_H
#define TESTS_FUZZ_TARGETS_H

#include <stddef.h>
#include <stdint.h>

/* The targets; a corpus directory each. */
#define FUZZ_TARGETS(X) \
	X(ktr)          \
	X(kmt) X(text) X(dat) X(machine) X(workload) X(state) X(ops) X(caches)

#define FUZZ_DECLARE_(name) int fuzz_##name(const uint8_t *bytes, size_t len);
FUZZ_TARGETS(FUZZ_DECLARE_)

#endif
