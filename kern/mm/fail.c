/* fail.c - see fail.h. */
#include "fail.h"

void
fail_arm(struct fail *fail, size_t nth) {
    struct intr intr = spin_lock(&fail->lock);
    fail->nth = fail->left = nth;
    if (fail->watch != NULL) {
        fail->watch(nth != 0);
    }
    spin_unlock(&fail->lock, intr);
}

bool
fail_struck(const struct fail *fail) {
    return fail->nth != 0 && fail->left == 0;
}

bool
fail_count(struct fail *fail) {
    struct intr intr = spin_lock(&fail->lock);
    bool strikes = fail->left != 0 && --fail->left == 0;
    if (strikes && fail->watch != NULL) {
        fail->watch(false);
    }
    spin_unlock(&fail->lock, intr);
    return strikes;
}
