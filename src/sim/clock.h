/*
 * clock.h - simulated time: cycles of the machine's CPUs, and nanoseconds.
 *
 * The simulation counts cycles; traces and reports speak nanoseconds.  Both
 * conversions round down and are pure integer arithmetic, so that every host
 * gets the same result.
 */
#ifndef SIM_CLOCK_H
#define SIM_CLOCK_H

#include "base/types.h"

#define NS_PER_SEC ((u64)1000000000)
#define NS_PER_MS  ((u64)1000000)

static inline cycles_t ns_to_cycles(u64 ns, u64 cpu_hz)
{
	return ns / NS_PER_SEC * cpu_hz + ns % NS_PER_SEC * cpu_hz / NS_PER_SEC;
}

static inline u64 cycles_to_ns(cycles_t cycles, u64 cpu_hz)
{
	return cycles / cpu_hz * NS_PER_SEC +
	       cycles % cpu_hz * NS_PER_SEC / cpu_hz;
}

#endif
