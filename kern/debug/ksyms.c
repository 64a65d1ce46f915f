/* ksyms.c - see ksyms.h. The table is made by tools/ksyms.awk from the linked kernel. */
#include "ksyms.h"
#include "assert.h"
#include "stdio.h"

struct ksym {
    uintptr_t address;
    const char *name;
};

extern const struct ksym ksyms[], ksyms_end[];
extern char image_start[], text_end[];

#define CALLS_SHOWN 24

const char *
ksyms_find(uintptr_t pc, size_t *offset) {
    if (pc < (uintptr_t)image_start || pc >= (uintptr_t)text_end) {
        return NULL;
    }
    /* The last entry at or below pc: [low] is, [high] is not. */
    size_t low = 0;
    size_t high = (size_t)(ksyms_end - ksyms);
    if (high == 0 || pc < ksyms[0].address) {
        return NULL;
    }
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (ksyms[middle].address <= pc) {
            low = middle;
        } else {
            high = middle;
        }
    }
    *offset = pc - ksyms[low].address;
    return ksyms[low].name;
}

/* A return address may be the first of the next function: the call stands before it. */
static const char *
name_of(uintptr_t pc, bool is_return) {
    static char text[80];
    size_t offset;
    const char *name = ksyms_find(pc - is_return, &offset);
    if (name == NULL) {
        snprintf(text, sizeof(text), "%#lx", (unsigned long)pc);
    } else {
        snprintf(text, sizeof(text), "%s+%#zx", name, offset + is_return);
    }
    return text;
}

const char *
caller_name(const void *pc) {
    return name_of((uintptr_t)pc, true);
}

static void
print_call(unsigned depth, uintptr_t pc) {
    cprintf("  #%u %#lx %s\n", depth, (unsigned long)pc, name_of(pc, depth > 0));
}

static bool
on_a_stack(uintptr_t fp) {
    static const struct {
        const char *base, *top;
    } stacks[] = {
        {boot_stack, boot_stack_top}, {trap_stack, trap_stack_top}, {spare_stack, spare_stack_top}};
    for (size_t i = 0; fp % 8 == 0 && i < ARRAY_SIZE(stacks); i++) {
        if (fp >= (uintptr_t)stacks[i].base + 16 && fp <= (uintptr_t)stacks[i].top) {
            return true;
        }
    }
    return false;
}

/*
 * Where no function is at epc, ra says who jumped there. A function that calls
 * others saves ra below its frame pointer, and its caller's frame pointer below
 * that; one that calls none may save the latter only.
 */
void
backtrace(const struct trapframe *from) {
    unsigned depth = 0;
    uintptr_t fp = from->s0;
    size_t offset;
    print_call(depth++, from->epc);
    if (ksyms_find(from->epc, &offset) == NULL && ksyms_find(from->ra - 1, &offset) != NULL) {
        print_call(depth++, from->ra);
    }
    if (on_a_stack(fp) && on_a_stack(((uintptr_t *)fp)[-1])) {
        print_call(depth++, from->ra);
        fp = ((uintptr_t *)fp)[-1];
    }
    while (depth < CALLS_SHOWN && on_a_stack(fp)) {
        uintptr_t ra = ((uintptr_t *)fp)[-1];
        if (ksyms_find(ra - 1, &offset) == NULL) {
            break;
        }
        print_call(depth++, ra);
        fp = ((uintptr_t *)fp)[-2];
    }
}
