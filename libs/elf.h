/*
 * elf.h - what the loader reads of an ELF file of 64 bits.
 *
 * Source: System V Application Binary Interface, chapters 4 and 5; RISC-V ELF psABI.
 */
#ifndef LIBS_ELF_H
#define LIBS_ELF_H

#include "defs.h"

struct elf_header {
    uint8_t ident[16]; /* 0x7f E L F, then ELF_CLASS_64, ELF_LITTLE */
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry; /* virtual address */
    uint64_t phoff; /* of the program headers in the file */
    uint64_t shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_program_header {
    uint32_t type, flags;
    uint64_t offset; /* in the file */
    uint64_t va, pa;
    uint64_t filesz; /* bytes in the file ... */
    uint64_t memsz;  /* ... and in memory; what is more is zeroes */
    uint64_t align;
};

#define ELF_CLASS_64 2
#define ELF_LITTLE   1
#define ELF_EXEC     2
#define ELF_RISCV    243
#define ELF_LOAD     1 /* type of a program header */

#define ELF_X 1 /* flags of a program header */
#define ELF_W 2
#define ELF_R 4

#endif
