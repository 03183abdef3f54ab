/*
 * driver.c - what libFuzzer calls; FUZZ_TARGET is the function of targets.h.
 */
#include "targets.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	return FUZZ_TARGET(bytes, len);
}
