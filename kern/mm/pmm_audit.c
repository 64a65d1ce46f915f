/*
 * pmm_audit.c - free memory, read through house rule H1, against the facade's map.
 *
 * No policy's private state is touched, so one audit serves them all.
 */
#include "stdio.h"
#include "zone.h"

/* House rule H1 as ucore has it: PG_property marks the head of each free block. */
static void
visit_marked_heads(pmm_visit_t visit, void *arg) {
    for (struct Page *p = pages; p < pages + (npage - nbase); p++) {
        if (PageProperty(p)) {
            visit(p, p->property, arg);
        }
    }
}

static void
visit_idle_runs(pmm_visit_t visit, void *arg) {
    size_t n;
    for (struct Page *p = pages; p < pages + (npage - nbase); p += n) {
        n = 1;
        if (zone_manages(p, 1) && zone_page_state(p) == PAGE_IDLE) {
            n = zone_idle_run(p, npage);
            while (!zone_manages(p, n)) {
                n--;
            }
            visit(p, n, arg);
        }
    }
}

/* What the audit has seen; `text` keeps the first thing found. */
static struct {
    char text[160];
    bool broken;
    size_t seen; /* pages in free blocks */
} audit;

#define AUDIT(holds, ...)                                                                          \
    do {                                                                                           \
        if (!audit.broken && !(holds)) {                                                           \
            audit.broken = true;                                                                   \
            snprintf(audit.text, sizeof(audit.text), __VA_ARGS__);                                 \
        }                                                                                          \
    } while (0)

static void
start_audit(void) {
    audit.broken = false;
    audit.seen = 0;
}

static void
audit_descriptors(const struct Page *base, size_t n) {
    for (const struct Page *p = base; p < base + n; p++) {
        AUDIT(!PageReserved(p), "P2: page %#zx is free and reserved", page2ppn(p));
        AUDIT(p->ref == 0, "P3: free page %#zx has ref %d", page2ppn(p), p->ref);
    }
}

/* `arg` is a map of the frames that were seen in a free block before. */
static void
audit_block(struct Page *head, size_t n, void *arg) {
    struct page_map *seen = arg;
    size_t first = (size_t)(head - pages); /* huge, where head is below pages[] */
    if (first >= seen->n || n == 0 || n > seen->n - first) {
        AUDIT(false, "P2: a free block of %zu pages at %p is not in pages[]", n, (void *)head);
        return;
    }
    size_t idle = zone_idle_run(head, n);
    AUDIT(zone_manages(head, n),
          "P2: pages %#zx..%#zx are free, but were never given to the policy", page2ppn(head),
          page2ppn(head) + n);
    AUDIT(idle >= n, "P2: page %#zx is free and granted", page2ppn(head) + idle);
    size_t alike;
    for (struct Page *p = head; p < head + n; p += alike) {
        if (zone_described(p, (size_t)(head + n - p), &alike)) {
            audit_descriptors(p, alike);
        }
    }
    size_t unseen = page_map_run(seen, first, n, PAGE_IDLE);
    AUDIT(unseen >= n, "P2: page %#zx is in two free blocks", page2ppn(head) + unseen);
    page_map_set(seen, first, n, PAGE_LIVE);
    audit.seen += n;
}

bool
pmm_shows_free(void) {
    if (pmm_manager->for_each_free != NULL) {
        return true;
    }
    if ((pmm_manager->caps & PMM_LAZY) != 0) { /* no descriptor says anything */
        return false;
    }
    start_audit();
    visit_marked_heads(audit_block, zone_blank_map());
    return !audit.broken && audit.seen == nr_free_pages();
}

void
pmm_for_each_free(pmm_visit_t visit, void *arg) {
    if (pmm_manager->for_each_free != NULL) {
        pmm_manager->for_each_free(visit, arg);
    } else if (pmm_shows_free()) {
        visit_marked_heads(visit, arg);
    } else {
        visit_idle_runs(visit, arg);
    }
}

const char *
pmm_audit(void) {
    struct zone_stat stat;
    zone_stat(&stat);
    poison_audit();
    start_audit();
    if (pmm_manager->for_each_free != NULL) {
        pmm_manager->for_each_free(audit_block, zone_blank_map());
        AUDIT(audit.seen == stat.free, "P4: free blocks hold %zu pages, nr_free_pages() says %zu",
              audit.seen, stat.free);
    }
    AUDIT(stat.free + stat.granted + stat.overhead == stat.managed,
          "P4: %zu free + %zu granted + %zu overhead is not the %zu managed", stat.free,
          stat.granted, stat.overhead, stat.managed);
    AUDIT(pmm_manager->grant != NULL || stat.granted != 0 || stat.overhead == 0,
          "P6: nothing is granted, but of %zu pages only %zu are free", stat.managed, stat.free);
    return audit.broken ? audit.text : NULL;
}

static void
summarise_block(struct Page *head, size_t n, void *arg) {
    (void)head;
    struct free_summary *s = arg;
    size_t k = 0;
    while (k < FREE_ORDERS - 1 && n >> (k + 1) != 0) {
        k++;
    }
    s->blocks++;
    s->pages += n;
    s->largest = n > s->largest ? n : s->largest;
    s->order_blocks[k]++;
    s->order_pages[k] += n;
}

void
pmm_free_summary(struct free_summary *summary) {
    *summary = (struct free_summary){0};
    pmm_for_each_free(summarise_block, summary);
}
