/* The small page_list_buddy with its index. */
#define PAGE_LIST_INDEXED
#define PAGE_LIST_ENTRIES           3
#define PAGE_LIST_TOP               15
#define page_list_buddy_pmm_manager page_list_small_indexed_manager
#define page_list_buddy_usage       page_list_small_indexed_usage
#include "page_list_buddy_pmm.c"
