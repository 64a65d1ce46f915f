/* init_main.c - see init_main.h. */
#include "init_main.h"
#include "check_pgdir.h"
#include "error.h"
#include "file.h"
#include "kmalloc.h"
#include "stdio.h"
#include "string.h"

#define CACHES 40

/* What is in use, by owner. */
struct in_use {
    size_t pages;
    struct {
        const char *name;
        size_t objects;
    } cache[CACHES];
    size_t ncaches;
};

static void
count_cache(struct kmem_cache *cache, void *arg) {
    struct in_use *now = arg;
    struct kmem_stat stat;
    kmem_cache_stat(cache, &stat);
    if (now->ncaches < CACHES) {
        now->cache[now->ncaches].name = cache->name;
        now->cache[now->ncaches++].objects = stat.live;
    }
}

static void
count(struct in_use *now) {
    kmem_shrink();
    *now = (struct in_use){.pages = pages_in_use()};
    kmem_for_each_cache(count_cache, now);
}

/* Is everything as it was? Else whose is what there is too much, or too little. */
static bool
same(const struct in_use *before, const struct in_use *after) {
    bool equal = before->pages == after->pages && before->ncaches == after->ncaches;
    for (size_t i = 0; i < before->ncaches && i < after->ncaches; i++) {
        equal = equal && before->cache[i].objects == after->cache[i].objects;
    }
    if (equal) {
        return true;
    }
    cprintf("init check memory failed: %zu pages in use before, %zu after\n", before->pages,
            after->pages);
    for (size_t i = 0; i < before->ncaches && i < after->ncaches; i++) {
        if (before->cache[i].objects != after->cache[i].objects) {
            cprintf("  %s: %zu objects before, %zu after\n", before->cache[i].name,
                    before->cache[i].objects, after->cache[i].objects);
        }
    }
    return false;
}

/* Orphans are not kept until the program ends, whose status is what counts. */
static void
wait_for_all(int program, int *status) {
    int ended, its_status;
    while ((ended = do_wait(0, &its_status)) > 0) {
        *status = ended == program ? its_status : *status;
    }
}

static int
init_main(void *arg) {
    struct in_use before, after;
    proc_adopt_orphans();
    count(&before);
    int pid = spawn(arg), status = pid;
    if (pid < 0) {
        cprintf("init: no process for %s: %s\n", ((const struct program *)arg)->argv[0],
                error_text(pid));
    }
    wait_for_all(pid, &status);
    cprintf("all user-mode processes have quit.\n");
    fs_clear_tmp();
    count(&after);
    if (!same(&before, &after)) {
        return -E_LOST;
    }
    cprintf("init check memory pass.\n");
    return status;
}

int
run_program(const struct program *program) {
    bool took = proc_take_typing(true);
    int status, pid = kernel_thread("init", init_main, (void *)program);
    if (pid < 0) {
        cprintf("no process for init: %s\n", error_text(pid));
        status = pid;
    } else {
        do_wait(pid, &status);
    }
    proc_take_typing(took);
    return status;
}
