/*
 * mmu.h - pages and Sv39 page table entries.
 *
 * Source: The RISC-V Instruction Set Manual, volume II, "Sv39: Page-Based
 * 39-bit Virtual-Memory System".
 */
#ifndef KERN_MM_MMU_H
#define KERN_MM_MMU_H

#define PHYSICAL_BITS 56 /* of an address in Sv39 */

#define PGSHIFT 12
#define PGSIZE  (1 << PGSHIFT) /* bytes in a page */

#define MEGAPAGE_SHIFT 21 /* a leaf in the middle level maps 2 MiB */
#define GIGAPAGE_SHIFT 30 /* a leaf in the root maps 1 GiB */
#define PT_ENTRIES     512
#define PT_LEVELS      3 /* of tables: 0 is the root, the last one's leaves map PGSIZE */

/* What an entry maps is 2^PT_SHIFT bytes; where it stands in the table that leads to `va`. */
#define PT_SHIFT(level)     (GIGAPAGE_SHIFT - 9 * (level))
#define PT_INDEX(va, level) ((va) >> PT_SHIFT(level) & (PT_ENTRIES - 1))

#define PTE_V 0x001 /* valid */
#define PTE_R 0x002
#define PTE_W 0x004
#define PTE_X 0x008
#define PTE_U 0x010 /* user mode may use it */
#define PTE_G 0x020 /* in every address space */
#define PTE_A 0x040 /* accessed: set in leaves when mapping, some harts fault without it */
#define PTE_D 0x080 /* dirty: likewise */

#define PTE_RWX (PTE_R | PTE_W | PTE_X) /* none of them: the entry leads to a table */

#define PTE_PPN_SHIFT 10 /* the page number stands above the flags, 44 bits */
#define PTE_PPN_BITS  44

#define pte_create(ppn, flags) ((uint64_t)(ppn) << PTE_PPN_SHIFT | (flags))
#define PTE_ADDR(pte)          (((pte) >> PTE_PPN_SHIFT & (((uint64_t)1 << PTE_PPN_BITS) - 1)) << PGSHIFT)

#define SATP_MODE_SV39  8
#define SATP_MODE_SHIFT 60

#endif
