/*
 * policy.h - a first fit that is right as long as `wrong` is not set.
 *
 * BEFORE_ALLOC, BEFORE_FREE and BEFORE_MEMMAP(n) are what happens before those calls.
 */
#ifndef BEFORE_ALLOC
#define BEFORE_ALLOC (void)0
#endif
#ifndef BEFORE_FREE
#define BEFORE_FREE (void)0
#endif
#ifndef BEFORE_MEMMAP
#define BEFORE_MEMMAP(n) (void)0
#endif

static free_area_t area;
static bool wrong;

static void
init(void) {
    blocks_init(&area);
}

static void
init_memmap(struct Page *base, size_t n) {
    BEFORE_MEMMAP(n);
    blocks_add_memory(&area, base, n);
}

static struct Page *
alloc(size_t n) {
    BEFORE_ALLOC;
    list_for_each (le, &area.free_list) {
        if (!wrong && n > 0 && block_of(le)->property >= n) {
            return blocks_take(&area, block_of(le), n);
        }
    }
    return NULL;
}

static void
release(struct Page *base, size_t n) {
    BEFORE_FREE;
    blocks_put(&area, base, n);
}

static size_t
count(void) {
    return area.nr_free;
}

const struct pmm_manager default_pmm_manager = {
    .name = "first_fit",
    .init = init,
    .init_memmap = init_memmap,
    .alloc_pages = alloc,
    .free_pages = release,
    .nr_free_pages = count,
};
