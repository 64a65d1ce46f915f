/* front_cache.c - see front_cache.h. The caller holds the zone's lock, as of any policy. */
#include "front_cache.h"
#include "intr.h"
#include "stdio.h"
#include "string.h"

#ifndef FRONT_CACHE_HARTS /* those above share: correct under the lock */
#define FRONT_CACHE_HARTS 8
#endif

/* page[0..n): last in, first out. */
struct stack {
    struct Page *page[FRONT_CACHE_PAGES];
    size_t n;
};

static struct {
    const struct pmm_manager *under;
    bool within;  /* a call of the policy is going on: what it asks for is for itself */
    bool watched; /* what grants cost is looked at, for F4 ... */
    size_t most;  /* ... by which a stack has no pages, else FRONT_CACHE_PAGES */
    size_t live;  /* pages asked for and not freed yet */
    struct stack hart[FRONT_CACHE_HARTS];
} front;

/* Apart from what decides anything: searches compare that byte by byte. */
static struct front_cache_stat counts;

static struct stack *
my_stack(void) {
    return &front.hart[hart_id() % FRONT_CACHE_HARTS];
}

static size_t
cached(void) {
    size_t n = 0;
    for (size_t h = 0; h < FRONT_CACHE_HARTS; h++) {
        n += front.hart[h].n;
    }
    return n;
}

/* The n pages that have been there for longest go back to the policy. O(cached) and n frees. */
static void
give_back(struct stack *s, size_t n) {
    const struct pmm_manager *m = front.under;
    front.within = true;
    for (size_t i = 0; i < n; i++) {
        m->free_pages(s->page[i], 1);
    }
    front.within = false;
    s->n -= n;
    memmove(s->page, s->page + n, s->n * sizeof(s->page[0]));
}

static void
drain(void) {
    for (size_t h = 0; h < FRONT_CACHE_HARTS; h++) {
        give_back(&front.hart[h], front.hart[h].n);
    }
}

static struct Page *
ask(size_t n) {
    front.within = true;
    struct Page *page = front.under->alloc_pages(n);
    front.within = false;
    return page;
}

/*
 * For F4: does one page cost more? And where parts can be freed, does any grant?
 * Its last page would take the rest along. Of grant(1), front_init_memmap knows.
 */
static __noinline struct Page *
ask_and_watch(size_t n) {
    const struct pmm_manager *m = front.under;
    size_t before = m->nr_free_pages();
    struct Page *page = ask(n);
    if (page != NULL && (n == 1 || (m->caps & PMM_SUBRANGE) != 0)) {
        size_t cost = m->grant == NULL ? before - m->nr_free_pages() : m->grant(n);
        if (cost != n) {
            front.most = 0;
            drain();
        }
    }
    return page;
}

static struct Page *
alloc_under(size_t n) {
    return front.watched ? ask_and_watch(n) : ask(n);
}

/* The policy has refused n pages. Could it grant them if it had those that are cached? */
static __noinline struct Page *
alloc_drained(size_t n) {
    const struct pmm_manager *m = front.under;
    size_t granted = m->grant == NULL ? n : m->grant(n);
    if (cached() == 0 || granted == 0 || granted > m->nr_free_pages() + cached()) {
        return NULL;
    }
    counts.drains++;
    drain();
    return alloc_under(n);
}

/* What the cache has no page for, and what the policy asks of itself. */
static __noinline struct Page *
alloc_past_cache(size_t n) {
    if (front.within) {
        return front.under->alloc_pages(n);
    }
    struct Page *page = alloc_under(n);
    if (page == NULL) {
        page = alloc_drained(n);
    }
    if (page != NULL) {
        front.live += n;
    }
    return page;
}

static struct Page *
front_alloc_pages(size_t n) {
    struct stack *s = my_stack();
    if (n != 1 || s->n == 0 || front.within) {
        return alloc_past_cache(n);
    }
    front.live++;
    counts.hits++;
    return s->page[--s->n];
}

/* What does not simply go onto the stack. */
static __noinline void
free_past_cache(struct stack *s, struct Page *base, size_t n) {
    if (front.within) {
        front.under->free_pages(base, n);
        return;
    }
    front.live -= n;
    if (n != 1 || front.most == 0 || front.live == 0) {
        front.within = true;
        front.under->free_pages(base, n);
        front.within = false;
        if (front.live == 0) {
            drain();
        }
        return;
    }
    give_back(s, FRONT_CACHE_PAGES - FRONT_CACHE_PAGES / 2);
    s->page[s->n++] = base;
}

static void
front_free_pages(struct Page *base, size_t n) {
    struct stack *s = my_stack();
    if (n != 1 || s->n >= front.most || front.live <= 1 || front.within) {
        free_past_cache(s, base, n);
        return;
    }
    front.live--;
    s->page[s->n++] = base;
}

static size_t
front_nr_free_pages(void) {
    return front.under->nr_free_pages() + (front.within ? 0 : cached());
}

static void
front_for_each_free(pmm_visit_t visit, void *arg) {
    front.under->for_each_free(visit, arg);
    for (size_t h = 0; h < FRONT_CACHE_HARTS; h++) {
        for (size_t i = 0; i < front.hart[h].n; i++) {
            visit(front.hart[h].page[i], 1, arg);
        }
    }
}

static void
start_over(const struct pmm_manager *under) {
    memset(&front, 0, sizeof(front));
    memset(&counts, 0, sizeof(counts));
    front.under = under;
    front.most = FRONT_CACHE_PAGES;
    front.watched = under->grant == NULL || (under->caps & PMM_SUBRANGE) != 0;
}

static void
front_init(void) {
    start_over(front.under);
    front.under->init();
}

static void
front_init_memmap(struct Page *base, size_t n) {
    front.within = true;
    front.under->init_memmap(base, n);
    if (front.under->grant != NULL && front.under->grant(1) > 1) {
        front.most = 0;
    }
    front.within = false;
}

/* The policy's checks look into its own counts, so no page may be missing there. */
static void
run_check(void (*check)(void)) {
    drain();
    front.within = true;
    check();
    front.within = false;
}

static void
front_check(void) {
    run_check(front.under->check);
}

static void
front_basic_check(void) {
    run_check(front.under->basic_check);
}

static void
front_dump_list(void) {
    front.under->dump_list();
    cprintf("  front cache: %zu pages more", cached());
    if (my_stack()->n > 0) {
        cprintf(", %#zx is next", page2ppn(my_stack()->page[my_stack()->n - 1]));
    }
    cprintf("\n");
}

void
front_cache_stat(struct front_cache_stat *stat) {
    *stat = counts;
    stat->pages = cached();
}

const struct pmm_manager *
front_cache_over(const struct pmm_manager *under) {
    static struct pmm_manager manager;
    start_over(under);
    manager = *under; /* name, grant, overhead, caps, metadata; and what it does without */
    manager.init = front_init;
    manager.init_memmap = front_init_memmap;
    manager.alloc_pages = front_alloc_pages;
    manager.free_pages = front_free_pages;
    manager.nr_free_pages = front_nr_free_pages;
    manager.check = under->check == NULL ? NULL : front_check;
    manager.basic_check = under->basic_check == NULL ? NULL : front_basic_check;
    manager.dump_list = under->dump_list == NULL ? NULL : front_dump_list;
    manager.for_each_free = under->for_each_free == NULL ? NULL : front_for_each_free;
    manager.under = under;
    return &manager;
}
