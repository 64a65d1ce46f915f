/* test_vmm.c - kern/mm/vmm.c, vma.c and pgfault.c, as vmm_steps.h watches them. */
#include "host_env.h"

#include "vmm_steps.h"

static void
any_sequence_of_calls_does_what_the_model_says(void **state) {
    (void)state;
    uint64_t random = 1;
    for (int run = 0; run < 8; run++) {
        start_spaces();
        for (int i = 0; i < 400; i++) {
            uint64_t r = host_random(&random);
            step((unsigned)(r & 0xff), (unsigned)(r >> 8 & 0xff), (unsigned)(r >> 16 & 0xffff),
                 r >> 40 & 3 ? NEVER : (unsigned)(r >> 44 & 7));
        }
        finish_spaces();
    }
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_sequence_of_calls_does_what_the_model_says),
    };
    return host_test_main("vmm", tests, ARRAY_SIZE(tests), argc, argv);
}
