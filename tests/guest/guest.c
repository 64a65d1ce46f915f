/*
 * guest.c - the kernel of a guest: holds one policy (hold.h) and does what the judge asks.
 *
 * entry.S, trapentry.S, trap.c and libs are the kernel's own, and so is the
 * policy's object; this stands in the place of init.c. It decides nothing, and
 * there is no firmware below it (reset.S).
 */
#include "guest.h"
#include "clock.h"
#include "hold.h"
#include "riscv.h"
#include "trap.h"

#define LOOKS 4000 /* at `asked`, before it sleeps */

/* QEMU's virt machine: the serial port, and the interrupt controller for hart 0's supervisor. */
#define SERIAL         0x10000000UL
#define SERIAL_DATA    0
#define SERIAL_ENABLE  1 /* bit 0: interrupt when there is a byte */
#define SERIAL_STATUS  5 /* bit 0: there is one */
#define SERIAL_IRQ     10
#define PLIC           0x0c000000UL
#define PLIC_PRIORITY  (4 * SERIAL_IRQ)
#define PLIC_ENABLE    0x2080
#define PLIC_THRESHOLD 0x201000
#define PLIC_CLAIM     0x201004
#define SIE_SEIE       (1UL << 9) /* interrupts from outside end wfi */

static uint32_t request; /* the number of the one that is being served */

static volatile uint8_t *
serial(uintptr_t reg) {
    return (volatile uint8_t *)(LINEAR_BASE + SERIAL + reg);
}

static volatile uint32_t *
plic(uintptr_t reg) {
    return (volatile uint32_t *)(LINEAR_BASE + PLIC + reg);
}

static void
channel_open(void) {
    *plic(PLIC_PRIORITY) = 1;
    *plic(PLIC_ENABLE) = 1u << SERIAL_IRQ;
    *plic(PLIC_THRESHOLD) = 0;
    *serial(SERIAL_ENABLE) = 1;
    set_csr(sie, SIE_SEIE);
}

/* Sleep until there are bytes, and take them. */
static void
channel_wait(void) {
    while ((*serial(SERIAL_STATUS) & 1) == 0) {
        wait_for_interrupt();
        *plic(PLIC_CLAIM) = *plic(PLIC_CLAIM);
    }
    while ((*serial(SERIAL_STATUS) & 1) != 0) {
        (void)*serial(SERIAL_DATA);
    }
}

static void
answer(void) {
    atomic_store(&held.wire->answered, request);
    if (atomic_exchange(&held.wire->judge_sleeps, 0) != 0) {
        *serial(SERIAL_DATA) = 0;
    }
}

static __noreturn void
halt(void) {
    for (;;) {
        wait_for_interrupt();
    }
}

/* The last answer of this guest. */
static __noreturn void
end(enum wire_status status) {
    held.wire->reply.status = status;
    answer();
    halt();
}

static __noreturn void
lost(const char *what) {
    snprintf(held.wire->text, sizeof(held.wire->text), "%s", what);
    end(WIRE_TRAP);
}

static __noreturn void
endless(void) {
    end(WIRE_ENDLESS);
}

__noreturn void
__panic(const char *file, int line, const char *fmt, ...) {
    static bool ending;
    struct wire *w = held.wire;
    const char *slash = file;
    va_list ap;
    if (ending) { /* and traps in here */
        halt();
    }
    ending = true;
    for (const char *p = file; *p != '\0'; p++) {
        slash = *p == '/' ? p + 1 : slash;
    }
    va_start(ap, fmt);
    vsnprintf(w->text, sizeof(w->text), fmt, ap);
    va_end(ap);
    if (trap_current() != NULL) {
        end(WIRE_TRAP);
    }
    size_t used = strlen(w->text);
    snprintf(w->text + used, sizeof(w->text) - used, " (%.80s:%d)", slash, line);
    end(WIRE_PANIC);
}

/* For trap.c: no clock runs here. */
void
clock_tick(void) {
}

/* Wait until the judge asks the next one. */
static void
next_request(void) {
    struct wire *w = held.wire;
    request++;
    for (;;) {
        for (unsigned i = 0; i < LOOKS; i++) {
            if (atomic_load(&w->asked) == request) {
                return;
            }
        }
        atomic_store(&w->child_sleeps, 1);
        if (atomic_load(&w->asked) != request) {
            channel_wait();
        }
    }
}

static void
find_memory(void) {
    held.wire = (struct wire *)(LINEAR_BASE + GUEST_WIRE);
    uint32_t capacity = held.wire->capacity;
    char *end_of_memory =
        (char *)(LINEAR_BASE + GUEST_MEMORY + guest_memory_bytes(capacity, sizeof(struct Page)));
    held.blocks = (struct wire_block *)(held.wire + 1);
    held.area_bytes = wire_pages_bytes(capacity, sizeof(struct Page), GUEST_PAGE);
    held.area = end_of_memory - held.area_bytes;
    held.metadata = (char *)(LINEAR_BASE + GUEST_META);
    held.metadata_bytes = GUEST_WIRE - GUEST_META;
}

/* Entered from entry.S with paging on and interrupts off. */
__noreturn void kern_init(void);

void
kern_init(void) {
    find_memory();
    channel_open();
    *serial(SERIAL_DATA) = 0; /* the first act */
    for (;;) {
        next_request();
        struct wire_request q = held.wire->request;
        struct wire_reply r = {.status = WIRE_OK, .page = WIRE_NO_PAGE};
        held.contents = (char *)(LINEAR_BASE + guest_contents(q.nbase, held.wire->capacity));
        serve(&q, &r);
        entering(IN_NONE);
        held.wire->reply = r;
        answer();
    }
}
