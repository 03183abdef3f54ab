/*
 * truncate.h - pages of a file that nobody will want again: mm/truncate.c.
 */
#ifndef MM_TRUNCATE_H
#define MM_TRUNCATE_H

#include "mm/filemap.h"

/**
 * truncate_inode_pages() - All from page @index on goes, dirty or not,
 * shadows too.  Context: waits for pages that the device is at.
 */
void truncate_inode_pages(struct mm *mm, struct address_space *mapping,
			  u64 index);
/**
 * invalidate_mapping_pages() - Clean pages from @start to @end (both
 * included) that nobody is at go; others stay.
 * Return: pages dropped.
 */
u64 invalidate_mapping_pages(struct mm *mm, struct address_space *mapping,
			     u64 start, u64 end);

#endif
