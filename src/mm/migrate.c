/*
 * migrate.c - the content of a page moves to another page.
 *
 * What it is
 *	What compaction does with the pages that it took off their LRU lists.
 *
 * How it works
 *	  old page ── flags, list, owner, mapping, index ──► new page
 *	  old page ── freed                       new page ── head of its list
 *
 *	The owner hears of it in between (MM_EV_PAGE_MIGRATED), a mapping gets
 *	the new page in the old one's place.
 *
 * Lock order
 *	None held across calls; freeing takes its own.
 *
 * Invariants
 *	A page on the way is PAGE_ALLOCATED, order 0, LRU_ISOLATED and not
 *	PG_ON_LRU (BUG_ON in move_page()).
 *	pgmigrate_success + pgmigrate_fail = pages that were tried
 *
 * What is charged
 *	COST_PAGE_MIGRATE a page moved.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1.  Huge pages, pages that a driver moves itself, migration
 *	between nodes.  A page that is read, written or held is not waited
 *	for, whatever the mode; so what fails once would fail ten times, and
 *	there is one attempt.
 */
#include "mm/migrate.h"

#include "mm/filemap.h"
#include "mm/page_internal.h"

#include <string.h>

void putback_movable_pages(struct mm *mm, struct page_list *from)
{
	while (from->head != PFN_NONE) {
		pfn_t pfn = from->head;

		page_list_del(mm, from, pfn);
		lru_putback(mm, pfn_to_page(mm, pfn));
	}
}

/* Nobody reads it, writes it or holds on to it, and swap does not know it. */
static bool may_move(const struct page *page)
{
	const u32 busy =
		LRU_WRITEBACK | LRU_LOCKED | LRU_PINNED | LRU_SWAPCACHE;

	return !(page->words[LRU_WORD_FLAGS] & busy);
}

static void move_page(struct mm *mm, struct page *old, struct page *new)
{
	pfn_t from = page_to_pfn(mm, old), to = page_to_pfn(mm, new);

	BUG_ON(old->state != PAGE_ALLOCATED || old->order);
	BUG_ON(old->flags & PG_ON_LRU);
	BUG_ON(!page_lru_flag(old, LRU_ISOLATED));
	BUG_ON(new->state != PAGE_ALLOCATED || new->order);
	if (old->words[LRU_WORD_MAPPING])
		replace_page_cache_page(mm, old, new);
	else
		memcpy(new->words, old->words, sizeof(new->words));
	lru_putback(mm, new);
	charge(mm->machine, COST_PAGE_MIGRATE, 1);
	note(mm->machine, MM_EV_PAGE_MIGRATED, from, to);
	clear_page_lru_flag(old, LRU_ISOLATED);
	free_pages(mm, old, 0);
}

struct migrate_result migrate_pages(struct mm *mm, struct page_list *from,
				    const struct migrate_target *target,
				    enum migrate_mode mode)
{
	struct migrate_result r = {0};

	(void)mode;
	while (from->head != PFN_NONE) {
		pfn_t old = from->head, new = target->get(mm, target->arg);

		if (new == PFN_NONE) {
			r.no_target = true;
			r.failed++;
			break;
		}
		page_list_del(mm, from, old);
		if (may_move(pfn_to_page(mm, old))) {
			move_page(mm, pfn_to_page(mm, old),
				  pfn_to_page(mm, new));
			r.moved++;
		} else {
			lru_putback(mm, pfn_to_page(mm, old));
			target->put(mm, target->arg, new);
			r.failed++;
		}
	}
	putback_movable_pages(mm, from);
	mm->vm_events[VM_EV_PGMIGRATE_SUCCESS] += r.moved;
	mm->vm_events[VM_EV_PGMIGRATE_FAIL] += r.failed;
	return r;
}
