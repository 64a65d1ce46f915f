/* library_pmm.c - strings, output and assertions, as far as old files use them. */
#include "old_first_fit.h"
#include <assert.h>
#include <defs.h>

static void
check(void) {
    char text[64], *end;
    static_assert(sizeof(text) == 64);
    assert(snprintf(text, sizeof(text), "%-5d|%05x|%8.3s|%lld", -7, 0xbeef, "abcdef", 1LL << 40) == 34);
    assert(strcmp(text, "-7   |0beef|     abc|1099511627776") == 0 && strlen(text) == 34);
    assert(strncmp(text, "-7 x", 3) == 0 && strchr(text, '|') == text + 5 && strnlen(text, 4) == 4);
    assert(strtol("0x1fz", &end, 16) == 31 && *end == 'z' && strfind("abc", 'z')[0] == '\0');
    assert(ROUNDUP(4097, PGSIZE) == 8192 && ROUNDDOWN(4097, PGSIZE) == 4096);
    memmove(text + 1, text, 4);
    assert(memcmp(text, "--7 ", 4) == 0);
    cprintf("library: %d pages of %d bytes, %s, %p, %u %o %c %e\n", nr_free_pages(), PGSIZE, text,
            pages, 1u, 8, 'x', -1);
    if (nr_free_pages() == 0) {
        warn("library: nothing is free");
    }
}

const struct pmm_manager library_pmm_manager = {
    .name = "library",
    .init = fit_init,
    .init_memmap = fit_init_memmap,
    .alloc_pages = fit_alloc_pages,
    .free_pages = fit_free_pages,
    .nr_free_pages = fit_nr_free_pages,
    .check = check,
};
