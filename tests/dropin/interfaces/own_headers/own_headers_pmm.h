#ifndef OWN_HEADERS_PMM_H
#define OWN_HEADERS_PMM_H

#include <pmm.h>

#define OWN_LIMIT (1 << 20)

extern const struct pmm_manager own_headers_manager;

#endif
