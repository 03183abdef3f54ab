/*
 * units.h - numbers with units, as people write them in YAML and on the
 * command line: 64MiB, 10ms, 2.2GHz.
 *
 * Invariant: what units_print_*() writes, units_parse_*() reads back as the
 * same number; printing chooses the largest unit that is exact.
 */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include "base/types.h"

#define UNITS_TEXT_MAX 40

/* Each returns false when @text is no such number or does not fit. */

/** A plain count, decimal or 0x hexadecimal: "64". */
bool units_parse_u64(const char *text, u64 *value);
/** "512", "64MiB", "1.5 GiB", "4K"; powers of 1024; bytes without a unit. */
bool units_parse_size(const char *text, u64 *bytes);
/** "10ms", "1.5s", "250us", "5min"; a bare number only if it is 0. */
bool units_parse_ns(const char *text, u64 *ns);
/** "2.2GHz", "100MHz", "250Hz"; a bare number is in Hz. */
bool units_parse_hz(const char *text, u64 *hz);
/** Any finite decimal number: "0.25", "1e6". */
bool units_parse_double(const char *text, double *value);
/** "true", "yes", "on", "false", "no", "off". */
bool units_parse_bool(const char *text, bool *value);

/* Each writes into @buf of UNITS_TEXT_MAX bytes and returns it. */

const char *units_print_size(u64 bytes, char *buf);
const char *units_print_ns(u64 ns, char *buf);
const char *units_print_hz(u64 hz, char *buf);

#endif
