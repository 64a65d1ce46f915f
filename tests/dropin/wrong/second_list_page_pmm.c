/*
 * second_list_page_pmm.c - buddy in list pages; a second list page of an order
 * panics.
 */
#define OWN_ADD
#include "list_pages.h"

static void
add(unsigned order, struct Page *p) {
    struct list_page *page = first[order];
    if (page == NULL || page->n == ENTRIES) {
        page = new_list_page(order);
        /* wrong: the page that was first so far is full, so this never holds */
        assert(page->next == NULL || page->next->n == ENTRIES - 1);
    }
    page->entry[page->n++] = p;
}
