/* check_pgdir.c - see check_pgdir.h. */
#include "check_pgdir.h"
#include "error.h"
#include "kernel_map.h"
#include "riscv.h"
#include "stdio.h"
#include "string.h"
#include "tlb.h"
#include "trap.h"

extern char image_start[], text_end[], rodata_end[], image_used_end[];

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

static void
assert_user_half_is_empty(void) {
    for (size_t i = 0; i < PT_ENTRIES / 2; i++) {
        assert(boot_pgdir[i] == 0);
    }
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
    assert(page_insert(boot_pgdir, page, (uintptr_t)image_start, RW) == -E_INVAL);
    assert(page_ref(page) == 1);
}

static void
put(struct Page *page) {
    if (page != NULL && page_ref_dec(page) == 0) {
        free_page(page);
    }
}

/* With two pages that the check holds itself. */
static int
check_with_pages(struct Page *p1, struct Page *p2) {
    set_page_ref(p1, 1);
    set_page_ref(p2, 1);
    refuse(p1);
    int error = insert_and_replace(p1, p2);
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        page_remove(boot_pgdir, places[i]);
        assert(get_page(boot_pgdir, places[i], NULL) == NULL);
    }
    assert(page_ref(p1) == 1 && page_ref(p2) == 1);
    return error;
}

/* A page that nobody else holds goes with its last entry, and its tables go too. */
static int
check_last_reference(void) {
    size_t before = nr_free_pages();
    struct Page *page = pgdir_alloc_page(boot_pgdir, PGSIZE, RW);
    if (page == NULL) {
        return -E_NO_MEM;
    }
    assert_maps(PGSIZE, page, RW);
    page_remove(boot_pgdir, PGSIZE);
    assert(nr_free_pages() == before);
    return 0;
}

static int
verdict(const char *name, int error) {
    cprintf("%s() %s\n", name, error == 0 ? "succeeded!" : "was cut short: no memory");
    return error;
}

int
check_pgdir(void) {
    size_t before = nr_free_pages();
    assert((uintptr_t)boot_pgdir % PGSIZE == 0);
    assert_user_half_is_empty();
    struct Page *p1 = alloc_page();
    struct Page *p2 = alloc_page();
    int error = -E_NO_MEM;
    if (p1 != NULL && p2 != NULL) {
        error = check_with_pages(p1, p2);
        put(p1);
        put(p2);
    } else if (p1 != NULL) {
        free_page(p1);
    }
    if (error == 0) {
        error = check_last_reference();
    }
    assert_user_half_is_empty();
    assert(nr_free_pages() == before);
    return verdict("check_pgdir", error);
}

/* ---- the kernel's own map -------------------------------------------------------------------- */

/* What one leaf may be, whoever made it; adds up how much the linear map holds. */
static void
check_leaf(uintptr_t la, size_t size, pte_t leaf, void *arg) {
    size_t *linear = arg;
    const uintptr_t constants = image_to_pa((uintptr_t)image_start);
    const uintptr_t constants_end = image_to_pa((uintptr_t)rodata_end);
    uintptr_t pa = PTE_ADDR(leaf);
    assert((leaf & (PTE_A | PTE_D | PTE_G | PTE_U)) == (PTE_A | PTE_D | PTE_G));
    assert((leaf & (PTE_W | PTE_X)) != (PTE_W | PTE_X));
    assert((leaf & PTE_W) == 0 || pa >= constants_end || pa + size <= constants);
    if (la >= (uintptr_t)image_start) {
        assert(pa == image_to_pa(la));
    } else {
        assert(pa == la - LINEAR_BASE);
        assert((leaf & PTE_X) == 0);
        *linear += size;
    }
}

static void
assert_perm(const char *from, const char *to, uint64_t perm) {
    for (const char *at = from; at < to; at += PGSIZE) {
        pte_t leaf = pgdir_lookup(boot_pgdir, (uintptr_t)at, NULL);
        assert((leaf & PTE_RWX) == perm);
    }
}

static void
check_image(void) {
    assert_perm(image_start, text_end, RX);
    assert_perm(ROUNDUP((const char *)text_end, PGSIZE), rodata_end, PTE_R);
    assert_perm(rodata_end, boot_stack_guard, RW);
    assert_perm(boot_stack_guard, boot_stack, 0);
    assert_perm(boot_stack, boot_stack_top, RW);
    assert_perm(trap_stack_guard, trap_stack, 0);
    assert_perm(trap_stack, trap_stack_top, RW);
    assert_perm(spare_stack_guard, spare_stack, 0);
    assert_perm(spare_stack, image_used_end, RW);
}

/* One page at two addresses, and a third in the linear map: what is written at one is at all. */
static int
check_translation(void) {
    char *const low = (char *)0x100;
    char *const high = low + PGSIZE;
    struct Page *page = alloc_page();
    if (page == NULL || page_insert(boot_pgdir, page, (uintptr_t)low, RW) != 0) {
        if (page != NULL) {
            free_page(page);
        }
        return -E_NO_MEM;
    }
    assert(page_insert(boot_pgdir, page, (uintptr_t)high, RW) == 0);
    assert(page_ref(page) == 2);
    char *linear = (char *)page2kva(page) + 0x100;
    static const char words[] = "one page, three addresses";
    __asm__ volatile("" : : "r"(low), "r"(high) : "memory"); /* aliases, which C does not know of */
    memcpy(low, words, sizeof(words));
    __asm__ volatile("" ::: "memory");
    assert(strcmp(high, words) == 0 && strcmp(linear, words) == 0);
    *linear = '\0';
    __asm__ volatile("" ::: "memory");
    assert(strlen(high) == 0);
    page_remove(boot_pgdir, (uintptr_t)low);
    page_remove(boot_pgdir, (uintptr_t)high); /* and frees the page */
    return 0;
}

int
check_boot_pgdir(void) {
    size_t before = nr_free_pages();
    size_t linear = 0;
    assert(read_csr(satp) == tlb_satp(PADDR(boot_pgdir)));
    assert_user_half_is_empty(); /* no identity map */
    pgdir_for_each(boot_pgdir, check_leaf, &linear);
    assert(linear == (size_t)LINEAR_GIGS << GIGAPAGE_SHIFT);
    check_image();
    int error = check_translation();
    assert_user_half_is_empty();
    assert(nr_free_pages() == before);
    return verdict("check_boot_pgdir", error);
}
