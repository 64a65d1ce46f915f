/* best_fit_indexed with blocks of 5 pages and more in its tree, and chunks of 8 frames. */
#define LONG                         5
#define CHUNK_LEVEL                  0
#define best_fit_indexed_pmm_manager best_fit_long_manager
#include "best_fit_indexed_pmm.c"
