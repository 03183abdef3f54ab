/* A run made by hand, with names that try to do harm. */
#ifndef TESTS_REPORT_FAKE_H
#define TESTS_REPORT_FAKE_H

#include "report/view.h"

#define FAKE_EVIL_NAME "`rm -rf .`\"'\\\t\n\x01\xff\xc3\xa4$(x)#"

/** fake_view() - Two nodes, three zones, four caches, @samples of a series.
 * Counts are those of a real kernel's /proc files where a test compares. */
struct report_view *fake_view(u32 samples);
void fake_view_free(struct report_view *v);
/** fake_text() - What @write says of @v, owned by the caller. */
char *fake_text(void (*write)(FILE *to, const struct report_view *v),
		const struct report_view *v);
/** fake_file() - The same of the file @name of proc_files or tsv_files. */
char *fake_file(const char *name, const struct report_view *v);

#endif
