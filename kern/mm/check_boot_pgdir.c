/* check_boot_pgdir.c - the check of the kernel's own map, and of this hart: see check_pgdir.h. */
#include "check_pgdir.h"
#include "error.h"
#include "riscv.h"
#include "stdio.h"
#include "string.h"
#include "tlb.h"
#include "trap.h"

extern char image_start[], text_end[], rodata_end[], image_used_end[];

#define RW (PTE_R | PTE_W)
#define RX (PTE_R | PTE_X)

/* What one leaf may be, whoever made it; adds up how much the linear map holds. */
static void
check_leaf(uintptr_t la, size_t size, pte_t leaf, void *arg) {
    size_t *linear = arg;
    const uintptr_t constants = image_to_pa((uintptr_t)image_start);
    const uintptr_t constants_end = image_to_pa((uintptr_t)rodata_end);
    uintptr_t pa = PTE_ADDR(leaf);
    if (la >= KSTACK_AREA) {
        assert((leaf & (PTE_RWX | PTE_U)) == RW);
        return;
    }
    assert((leaf & (PTE_A | PTE_D | PTE_G | PTE_U)) == (PTE_A | PTE_D | PTE_G));
    assert((leaf & (PTE_W | PTE_X)) != (PTE_W | PTE_X));
    assert((leaf & PTE_W) == 0 || pa >= constants_end || pa + size <= constants);
    if (la >= (uintptr_t)image_start) {
        assert(pa == image_to_pa(la) && la < (uintptr_t)image_used_end);
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

/* Another page where the hart knows one: it forgets that, which is freed. */
static int
check_replacement(volatile char *at) {
    *at = 'x';
    struct Page *other = pgdir_alloc_page(boot_pgdir, (uintptr_t)at, RW);
    if (other == NULL) {
        return -E_NO_MEM;
    }
    volatile char *linear = (char *)page2kva(other) + (uintptr_t)at % PGSIZE;
    *linear = 'y';
    assert(*at == 'y');
    return 0;
}

/* One page at two addresses, and a third in the linear map: what is written at one is at all. */
static int
check_translation(void) {
    char *const low = (char *)0x100;
    char *const high = low + PGSIZE;
    struct Page *page = pgdir_alloc_page(boot_pgdir, (uintptr_t)low, RW);
    if (page == NULL) {
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
    int error = check_replacement(high);
    page_remove(boot_pgdir, (uintptr_t)high); /* and frees what is there */
    return error;
}

int
check_boot_pgdir(void) {
    size_t before = pages_in_use();
    size_t linear = 0;
    assert(read_csr(satp) == tlb_satp(PADDR(boot_pgdir)));
    assert(user_half_is_empty()); /* no identity map */
    pgdir_for_each(boot_pgdir, check_leaf, &linear);
    assert(linear == (size_t)LINEAR_GIGS << GIGAPAGE_SHIFT);
    check_image();
    int error = check_translation();
    assert(user_half_is_empty());
    assert(pages_in_use() == before);
    cprintf("check_boot_pgdir() %s\n", error == 0 ? "succeeded!" : "was cut short: no memory");
    return error;
}
