/*
 * grants.c - the map of all grants, and the guards that check each call against it.
 *
 * The quick way of one page is in facade.h; whatever it does not take comes here.
 */
#include "facade.h"
#include "string.h"

struct zone zone;

static bool
starts_grant(enum page_state state) {
    return state == PAGE_ALONE || state == PAGE_START;
}

/* The number of the range that frame i is in, or nranges. */
static size_t
range_of(size_t i) {
    size_t r = 0;
    while (r < zone.nranges && (i < zone.first[r] || i >= zone.end[r])) {
        r++;
    }
    return r;
}

bool
zone_manages(const struct Page *base, size_t n) {
    size_t i = index_of(base);
    size_t r = range_of(i);
    return r < zone.nranges && n <= zone.end[r] - i;
}

size_t
zone_idle_run(const struct Page *page, size_t n) {
    return page_map_run(&zone.map, index_of(page), n, PAGE_IDLE);
}

enum page_state
zone_page_state(const struct Page *page) {
    return page_map_get(&zone.map, index_of(page));
}

size_t
zone_grant_length(const struct Page *page) {
    return starts_grant(zone_page_state(page))
               ? 1 + page_map_run(&zone.map, index_of(page) + 1, npage, PAGE_LIVE)
               : 0;
}

bool
zone_described(const struct Page *page, size_t n, size_t *alike) {
    size_t i = index_of(page);
    bool open = page_map_is_open(&zone.map, i);
    *alike = n;
    if (!is_lazy()) {
        return true;
    }
    for (size_t at = ROUNDUP(i + 1, PAGE_CHUNK); at < i + n; at += PAGE_CHUNK) {
        if (page_map_is_open(&zone.map, at) != open) {
            *alike = at - i;
            break;
        }
    }
    return open;
}

/* The open chunks round frame i are its range's window, if they are more than that has. */
static void
widen_window(size_t i) {
    size_t r = range_of(i);
    struct window *window = &zone.open[r];
    size_t first = ROUNDDOWN(i, PAGE_CHUNK), end = first;
    while (first > zone.first[r] && page_map_is_open(&zone.map, first - 1)) {
        first -= PAGE_CHUNK;
    }
    while (end < zone.end[r] && page_map_is_open(&zone.map, end)) {
        end += PAGE_CHUNK;
    }
    first = first > zone.first[r] ? first : zone.first[r];
    end = end < zone.end[r] ? end : zone.end[r];
    size_t bytes = (end - first) * sizeof(struct Page);
    if (granted_for(1) == 1 && bytes > window->bytes) {
        *window = (struct window){pages + first, bytes, zone.map.states + first};
    }
}

/* Pages near frame i, if it came alone, may be the next. */
static void
look_at(size_t i, size_t n) {
    if (n != 1) {
        return;
    }
    struct window *window = &zone.open[range_of(i)];
    if (window->bytes == 0) { /* its chunk may have been opened for another range */
        widen_window(i);
    }
    zone.window = *window;
}

/*
 * See to it that frames [i, i + n), about to be granted, are in open chunks. Under
 * PMM_LAZY no descriptor of a chunk holds anything before it is opened.
 */
static void
open_chunks(size_t i, size_t n) {
    bool opened = false, lazy = is_lazy();
    for (size_t at = ROUNDDOWN(i, PAGE_CHUNK); at < i + n; at += PAGE_CHUNK) {
        if (page_map_is_open(&zone.map, at)) {
            continue;
        }
        size_t frames = zone.map.n - at < PAGE_CHUNK ? zone.map.n - at : PAGE_CHUNK;
        for (size_t k = 0; lazy && k < frames; k++) {
            pages[at + k] = (struct Page){0};
        }
        page_map_open(&zone.map, at);
        opened = true;
    }
    if (opened) {
        widen_window(i);
    }
}

void
book_grant(struct Page *page, size_t n, const void *caller) {
    size_t i = index_of(page);
    size_t granted = granted_for(n);
    if (i >= zone.map.n || granted > zone.map.n - i) {
        panic("P2: policy %s granted %zu pages at %p, outside pages[], to %s", pmm_manager->name,
              granted, (void *)page, caller_name(caller));
    }
    if (n == 0 || granted < n) {
        panic("P5: policy %s granted %zu pages for a request of %zu, to %s", pmm_manager->name,
              granted, n, caller_name(caller));
    }
    size_t idle = page_map_run(&zone.map, i, granted, PAGE_IDLE);
    if (idle < granted) {
        panic("P2: policy %s granted page %#zx to %s, but it is granted already", pmm_manager->name,
              page2ppn(page) + idle, caller_name(caller));
    }
    if (!zone_manages(page, granted)) {
        panic("P2: policy %s granted %zu pages at %#zx to %s, but was never given them",
              pmm_manager->name, granted, page2ppn(page), caller_name(caller));
    }
    open_chunks(i, granted);
    for (size_t k = 0; k < n; k++) {
        if (page[k].ref != 0) {
            panic("P3: policy %s granted page %#zx with ref %d to %s", pmm_manager->name,
                  page2ppn(page) + k, page[k].ref, caller_name(caller));
        }
    }
    uint8_t *states = &zone.map.states[i];
    states[0] = granted == 1 ? PAGE_ALONE : PAGE_START;
    memset(&states[1], PAGE_LIVE, n - 1);
    memset(&states[n], PAGE_SLACK, granted - n);
    zone.slack += granted - n;
    zone.grants++;
    zone.extra += granted - 1;
    zone.top -= (int64_t)granted - 1;
    look_at(i, n);
}

void
guard_free(const struct Page *base, size_t n, const void *caller) {
    size_t i = index_of(base);
    if (i >= zone.map.n) {
        panic("P8: free of %p, no page at all, by %s", (const void *)base, caller_name(caller));
    }
    size_t ppn = page2ppn(base);
    enum page_state state = page_map_get(&zone.map, i);
    if (!zone_manages(base, 1)) {
        panic("P8: free of page %#zx, which is reserved, by %s", ppn, caller_name(caller));
    }
    if (state == PAGE_IDLE) {
        panic("P8: free of page %#zx, which is free already (double free?), by %s", ppn,
              caller_name(caller));
    }
    bool parts = (pmm_manager->caps & PMM_SUBRANGE) != 0;
    if (!starts_grant(state) && !(parts && state == PAGE_LIVE)) {
        panic("P8: free of page %#zx, in the middle of a grant, by %s", ppn, caller_name(caller));
    }
    size_t length = 1 + page_map_run(&zone.map, i + 1, npage, PAGE_LIVE);
    if (n == 0 || (n != length && !parts)) {
        panic("P8: free of %zu pages at page %#zx, where %zu were granted, by %s", n, ppn, length,
              caller_name(caller));
    }
    if (n > length) {
        panic("P8: free of %zu pages at page %#zx, which reach beyond the %zu left of their grant, "
              "by %s",
              n, ppn, length, caller_name(caller));
    }
    for (size_t k = 0; k < n; k++) {
        if (base[k].ref != 0) {
            panic("P3: free of page %#zx, which still has ref %d, by %s", ppn + k, base[k].ref,
                  caller_name(caller));
        }
    }
}

void
unbook(const struct Page *base, size_t n) {
    size_t i = index_of(base);
    size_t slack = page_map_run(&zone.map, i + n, npage, PAGE_SLACK);
    memset(&zone.map.states[i], PAGE_IDLE, n + slack);
    if (i + n < zone.map.n && page_map_get(&zone.map, i + n) == PAGE_LIVE) {
        zone.map.states[i + n] = PAGE_START;
    }
    enter_peak();
    zone.top += (int64_t)(n + slack);
    zone.extra -= n + slack - 1;
    zone.slack -= slack;
    look_at(i, n);
}
