/* check_pgdir.c - the check of what can be done with page tables: see check_pgdir.h. */
#include "check_pgdir.h"
#include "error.h"
#include "stdio.h"

#define RW (PTE_R | PTE_W)
#define RX (PTE_R | PTE_X)

/* A page, its neighbour in the same table, one in another table, one below another middle table. */
static const uintptr_t places[] = {0, PGSIZE, 1UL << MEGAPAGE_SHIFT, 1UL << GIGAPAGE_SHIFT};

static void
assert_maps(uintptr_t la, const struct Page *page, uint64_t perm) {
    pte_t *entry;
    assert(get_page(boot_pgdir, la, &entry) == page);
    assert(entry == get_pte(boot_pgdir, la, false));
    assert(*entry == pte_create(page2ppn(page), perm | PTE_A | PTE_D | PTE_V));
}

/* The caller holds a reference to both pages, and takes what is mapped away again. */
static int
insert_and_replace(struct Page *p1, struct Page *p2) {
    if (page_insert(boot_pgdir, p1, 0, RW) != 0) {
        return -E_NO_MEM;
    }
    assert_maps(0, p1, RW);
    assert(page_ref(p1) == 2);
    assert(get_pte(boot_pgdir, PGSIZE, false) == get_pte(boot_pgdir, 0, false) + 1);

    assert(page_insert(boot_pgdir, p2, PGSIZE, PTE_R | PTE_U) == 0);
    assert_maps(PGSIZE, p2, PTE_R | PTE_U);
    assert(page_insert(boot_pgdir, p1, PGSIZE, RW) == 0);
    assert_maps(PGSIZE, p1, RW);
    assert(page_ref(p1) == 3 && page_ref(p2) == 1);
    assert(page_insert(boot_pgdir, p1, PGSIZE, RX) == 0);
    assert_maps(PGSIZE, p1, RX);
    assert(page_ref(p1) == 3);

    for (size_t i = 2; i < ARRAY_SIZE(places); i++) {
        if (page_insert(boot_pgdir, p2, places[i], RX) != 0) {
            return -E_NO_MEM;
        }
        assert_maps(places[i], p2, RX);
    }
    assert(page_ref(p2) == 3);
    return 0;
}

static void
refuse(struct Page *page) {
    assert(page_insert(boot_pgdir, page, 0, 0) == -E_INVAL);
    assert(page_insert(boot_pgdir, page, 0, PTE_W) == -E_INVAL);
    assert(page_insert(boot_pgdir, page, 1UL << 38, RW) == -E_INVAL);
    assert(page_insert(boot_pgdir, page, LINEAR_BASE, RW) == -E_INVAL);
    assert(page_insert(boot_pgdir, page, IMAGE_BASE, RW) == -E_INVAL);
    assert(page_ref(page) == 1);
}

/* With two pages that the check holds itself. */
static int
check_with_pages(struct Page *p1, struct Page *p2) {
    set_page_ref(p1, 1);
    set_page_ref(p2, 1);
    refuse(p1);
    int error = insert_and_replace(p1, p2);
    for (size_t i = ARRAY_SIZE(places); i-- > 0;) {
        page_remove(boot_pgdir, places[i]);
        assert(get_page(boot_pgdir, places[i], NULL) == NULL);
    }
    assert(page_ref(p1) == 1 && page_ref(p2) == 1);
    set_page_ref(p1, 0);
    set_page_ref(p2, 0);
    return error;
}

/* A page that nobody else holds goes with its last entry, and its tables go too. */
static int
check_last_reference(void) {
    size_t before = pages_in_use();
    struct Page *page = pgdir_alloc_page(boot_pgdir, PGSIZE, RW);
    if (page == NULL) {
        return -E_NO_MEM;
    }
    assert_maps(PGSIZE, page, RW);
    page_remove(boot_pgdir, PGSIZE);
    assert(pages_in_use() == before);
    return 0;
}

int
check_pgdir(void) {
    size_t before = pages_in_use();
    assert((uintptr_t)boot_pgdir % PGSIZE == 0);
    assert(user_half_is_empty());
    struct Page *p1 = alloc_page();
    struct Page *p2 = p1 == NULL ? NULL : alloc_page();
    int error = -E_NO_MEM;
    if (p2 != NULL) {
        error = check_with_pages(p1, p2);
        free_page(p2);
    }
    if (p1 != NULL) {
        free_page(p1);
    }
    if (error == 0) {
        error = check_last_reference();
    }
    assert(user_half_is_empty());
    assert(pages_in_use() == before);
    cprintf("check_pgdir() %s\n", error == 0 ? "succeeded!" : "was cut short: no memory");
    return error;
}
