/* page_list_buddy with blocks of 1, 2 and 4 pages, three entries to a list page. */
#define PAGE_LIST_ENTRIES           3
#define PAGE_LIST_TOP               15
#define page_list_buddy_pmm_manager page_list_small_manager
#define page_list_buddy_usage       page_list_small_usage
#include "page_list_buddy_pmm.c"
