/* best_fit_indexed with blocks of 5 pages and more in its tree. */
#define LONG                         5
#define best_fit_indexed_pmm_manager best_fit_long_manager
#include "best_fit_indexed_pmm.c"
