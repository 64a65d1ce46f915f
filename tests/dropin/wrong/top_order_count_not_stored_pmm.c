/*
 * top_order_count_not_stored_pmm.c - buddy in list pages; the blocks of the top
 * order are entered, but their number is not.
 */
#define OWN_FILL_TOP
#include "list_pages.h"

static void
fill_top(struct Page *base, size_t blocks) {
    size_t n = 0;
    struct list_page *page = NULL;
    for (size_t i = 0; i < blocks; i++) {
        if (n % ENTRIES == 0) {
            page = new_list_page(MAX_ORDER - 1);
        }
        page->entry[n++ % ENTRIES] = base + (i << (MAX_ORDER - 1));
    } /* wrong: page->n stays 0 */
}
