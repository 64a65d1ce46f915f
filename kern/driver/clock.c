/* clock.c - see clock.h. */
#include "clock.h"
#include "riscv.h"
#include "sbi.h"

static struct {
    uint32_t hz;
    uint64_t start; /* the time register at clock_init */
    volatile uint64_t ticks;
    bool legacy; /* the firmware has no TIME extension */
    void (*listener)(void);
} clock;

/* Ticks are told from the time, so that none is lost while interrupts are off. */
static void
set_next_tick(void) {
    uint64_t interval = clock.hz / TICKS_PER_SECOND;
    clock.ticks = (read_time() - clock.start) / interval;
    uint64_t when = clock.start + (clock.ticks + 1) * interval;
    if (clock.legacy) {
        sbi_call(SBI_LEGACY_SET_TIMER, 0, when, 0, 0);
    } else {
        sbi_call(SBI_EXT_TIME, 0, when, 0, 0);
    }
}

void
clock_init(uint32_t hz) {
    clock.hz = hz;
    clock.start = read_time();
    clock.legacy = !sbi_has(SBI_EXT_TIME);
    set_next_tick();
    set_csr(sie, SIE_STIE);
}

void
clock_set_listener(void (*listener)(void)) {
    clock.listener = listener;
}

void
clock_tick(void) {
    set_next_tick();
    if (clock.listener != NULL) {
        clock.listener();
    }
}

volatile uint64_t *
clock_ticks_address(void) {
    return &clock.ticks;
}

uint64_t
clock_ticks(void) {
    return clock.ticks;
}

uint64_t
clock_milliseconds(void) {
    return (read_time() - clock.start) * 1000 / clock.hz;
}
