/* page_list_buddy in a build that watches free pages. */
#include "window.h"
/* The one policy that reaches the contents of pages. */
#include "page_list_buddy_pmm.c"
