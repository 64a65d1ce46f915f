/* check_sweep.c - the sweep of checks.h. */
#include "check_pgdir.h"
#include "checks.h"
#include "fail.h"
#include "slab.h"
#include "stdio.h"

struct in_use {
    size_t pages, objects;
};

static void
count_objects(struct kmem_cache *cache, void *objects) {
    struct kmem_stat stat;
    kmem_cache_stat(cache, &stat);
    *(size_t *)objects += stat.live;
}

static struct in_use
count(void) {
    kmem_shrink();
    struct in_use now = {.pages = pages_in_use()};
    kmem_for_each_cache(count_objects, &now.objects);
    return now;
}

/* The check with its nth allocation refused; *struck: it has that many. */
static bool
run_refused(const struct check *check, struct fail *fail, size_t nth, bool *struck) {
    struct in_use before = count();
    fail_arm(fail, nth);
    int error = check->run();
    *struck = fail_struck(fail);
    fail_arm(fail, 0);
    struct in_use after = count();
    if (after.pages != before.pages || after.objects != before.objects) {
        cprintf("%s=%zu: %zu pages and %zu objects in use before %s, %zu and %zu after it\n",
                fail->name, nth, before.pages, before.objects, check->name, after.pages,
                after.objects);
        return false;
    }
    if (*struck != (error != 0)) {
        cprintf("%s=%zu: %s %s\n", fail->name, nth, check->name,
                *struck ? "succeeds without it" : "fails by itself");
        return false;
    }
    return true;
}

static bool
sweep(const struct check *check, struct fail *fail, size_t *refused) {
    bool struck = true;
    for (size_t nth = 1; struck; nth++) {
        if (!run_refused(check, fail, nth, &struck)) {
            return false;
        }
        *refused += struck;
    }
    return true;
}

bool
check_sweep(const struct check *check, size_t *refused) {
    return sweep(check, fail_page, refused) && sweep(check, fail_slab, refused);
}
