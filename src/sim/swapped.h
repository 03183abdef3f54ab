/*
 * swapped.h - slots of a trace whose pages are on the swap device.
 *
 * Invariant: a slot of kind SLOT_SWAPPED has in its size the first of the
 * swap slots (mm/swap.h) that are its own, 2^order of them.
 */
#ifndef SIM_SWAPPED_H
#define SIM_SWAPPED_H

#include "sim/sim_priv.h"

/** swapped_out() - The page @pfn of slot @owner went to @swap_slot. */
void swapped_out(struct sim *s, pfn_t pfn, u32 owner, u32 swap_slot);
/** swapped_free() - What @slot has on the swap device is not wanted. */
void swapped_free(struct sim *s, u32 slot);
/**
 * swapped_in() - What @slot has on the swap device is wanted.
 * Return: false: there was no memory for it.
 * Context: waits.
 */
bool swapped_in(struct sim *s, u32 slot);
/** swapped_not() - The page at @addr was used by its task. */
void swapped_not(struct sim *s, paddr_t addr);

#endif
