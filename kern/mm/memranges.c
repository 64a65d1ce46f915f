/*
 * memranges.c - sort, join and subtract physical address ranges.
 *
 * An end is at most 2^64 - 1, so the topmost page of the address space, whose
 * end would be 2^64, is never in a set, and rounding up stops below it.
 * Sets are small: quadratic steps on at most MACHINE_RANGES entries.
 */
#include "memranges.h"
#include "mmu.h"

#define LAST_PAGE (UINT64_MAX - PGSIZE + 1)

static uint64_t
page_down(uint64_t address) {
    return address / PGSIZE * PGSIZE;
}

static uint64_t
page_up(uint64_t address) {
    return address > LAST_PAGE ? LAST_PAGE : page_down(address + (PGSIZE - 1));
}

/* The ranges that are not empty, by rising base. */
static void
sort(const struct ranges *in, struct ranges *out) {
    out->n = 0;
    for (size_t i = 0; i < in->n; i++) {
        struct range r = in->r[i];
        if (r.base >= r.end) {
            continue;
        }
        size_t at = out->n++;
        for (; at > 0 && out->r[at - 1].base > r.base; at--) {
            out->r[at] = out->r[at - 1];
        }
        out->r[at] = r;
    }
}

/*
 * Join what overlaps or touches in a sorted set. Comes before rounding: a page
 * may be made of parts of several ranges.
 */
static void
join(struct ranges *set) {
    size_t n = 0;
    for (size_t i = 0; i < set->n; i++) {
        struct range r = set->r[i];
        if (n > 0 && r.base <= set->r[n - 1].end) {
            uint64_t end = set->r[n - 1].end;
            set->r[n - 1].end = r.end > end ? r.end : end;
        } else {
            set->r[n++] = r;
        }
    }
    set->n = n;
}

/* Append [base, end) unless it is empty; false: no room. */
static bool
append(struct ranges *set, uint64_t base, uint64_t end) {
    if (base >= end) {
        return true;
    }
    if (set->n == MACHINE_RANGES) {
        return false;
    }
    set->r[set->n++] = (struct range){base, end};
    return true;
}

/* Append what is left of [base, end) when the sorted `holes` are cut out; false: no room. */
static bool
append_without(struct ranges *set, uint64_t base, uint64_t end, const struct ranges *holes) {
    for (size_t i = 0; i < holes->n && base < end; i++) {
        uint64_t hole_base = page_down(holes->r[i].base);
        uint64_t hole_end = page_up(holes->r[i].end);
        if (!append(set, base, hole_base < end ? hole_base : end)) {
            return false;
        }
        base = hole_end > base ? hole_end : base;
    }
    return append(set, base, end);
}

bool
memranges_usable(const struct ranges *memory, const struct ranges *reserved, struct ranges *out) {
    struct ranges have, holes;
    sort(memory, &have);
    join(&have);
    sort(reserved, &holes);
    out->n = 0;
    for (size_t i = 0; i < have.n; i++) {
        if (!append_without(out, page_up(have.r[i].base), page_down(have.r[i].end), &holes)) {
            return false;
        }
    }
    return true;
}

bool
memranges_remove(struct ranges *set, uint64_t base, uint64_t end) {
    struct ranges old = *set;
    struct ranges hole = {.n = base < end, .r[0] = {base, end}};
    set->n = 0;
    for (size_t i = 0; i < old.n; i++) {
        if (!append_without(set, old.r[i].base, old.r[i].end, &hole)) {
            return false;
        }
    }
    return true;
}

bool
memranges_find(const struct ranges *set, uint64_t bytes, uint64_t *base) {
    for (size_t i = 0; i < set->n; i++) {
        if (set->r[i].end - set->r[i].base >= bytes) {
            *base = set->r[i].base;
            return true;
        }
    }
    return false;
}

uint64_t
memranges_bytes(const struct ranges *set) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < set->n; i++) {
        bytes += set->r[i].end - set->r[i].base;
    }
    return bytes;
}
