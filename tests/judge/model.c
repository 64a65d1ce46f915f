/*
 * model.c - the contract, executable: what each answer of a policy must be.
 *
 * free + granted + overhead = managed (P4); each page is free or in one grant (P2, P5).
 */
#include "model.h"
#include "bits.h"

/* P4: the counts after a call; `granted` is already up to date. */
static bool
balance(struct model *m, const struct answer *a) {
    uint64_t due = m->managed - m->granted - a->overhead;
    m->free = a->nr_free;
    m->overhead = a->overhead;
    return m->free == due ||
           broken(&m->why, "P4", "nr_free_pages() is %lu and should be %lu", m->free, due);
}

/* P7: a range may bring less than its length (then that is told), but not more. */
bool
model_memmap(struct model *m, uint32_t page, uint32_t n, const struct answer *a) {
    int64_t gain = (int64_t)(a->nr_free + a->overhead) - (int64_t)(m->free + m->overhead);
    if (gain < 0 || gain > n) {
        return broken(&m->why, "P7", "init_memmap was given %u pages, nr_free_pages() rose by %ld",
                      n, (long)gain);
    }
    for (uint32_t i = page; i < page + n; i++) {
        m->owner[i] = FREE;
    }
    m->managed += (uint64_t)gain;
    if (m->managed == 0 && n >= TAKES_SOME) {
        return broken(&m->why, "P7", "init_memmap was given %u pages and took none", n);
    }
    m->missing += n - (uint64_t)gain;
    m->first_overhead = m->live == 0 ? a->overhead : UNKNOWN;
    m->blocks_known = false;
    return balance(m, a);
}

/* P5, P3: consecutive pages, all of them free until now, each with ref 0. */
bool
model_granted(struct model *m, uint32_t id, uint64_t n, const struct answer *a) {
    uint64_t cost = a->has_grant ? a->grant : (m->free + m->overhead) - (a->nr_free + a->overhead);
    uint64_t size = a->has_grant ? cost : n;
    if (n == 0 || (a->has_grant && cost < n)) {
        return broken(&m->why, "P5", "a page was given, but grant(%lu) is %lu", n, a->grant);
    }
    if (a->page >= m->npages || size > m->npages - a->page) {
        return broken(&m->why, "P5", "the answer does not lie in pages[]");
    }
    if (cost < n || cost > m->managed) {
        return broken(&m->why, "P4", "nr_free_pages() went from %lu to %lu for %lu pages", m->free,
                      a->nr_free, n);
    }
    for (uint64_t i = a->page; i < a->page + size; i++) {
        if (m->owner[i] != FREE) {
            return broken(&m->why, "P5", "page %lu was given, which %s", i, model_whose(m, i));
        }
        if (!m->lazy && m->pages[i].ref != 0) {
            return broken(&m->why, "P3", "page %lu was given with a ref that is not 0", i);
        }
    }
    for (uint64_t i = a->page; i < a->page + size; i++) {
        m->owner[i] = OWNED + id;
    }
    m->grants[id] =
        (struct grant){(uint32_t)a->page, (uint32_t)n, (uint32_t)cost, (uint32_t)size, (uint32_t)n};
    m->live++;
    m->last_end = a->page + n;
    m->granted += cost;
    m->rounds = m->rounds || cost > size;
    m->blocks_known = false;
    return balance(m, a);
}

/* F2 of front_cache.h: as the policy counts once it has its pages back. */
void
model_drained(struct model *m, const struct answer *a) {
    if (a->nr_free + a->overhead == m->free + m->overhead) {
        m->free = a->nr_free;
        m->overhead = a->overhead;
    }
}

/* P5: when NULL is right, and that nothing has changed then. P6 when all is free. */
bool
model_refused(struct model *m, uint64_t n, const struct answer *a) {
    uint64_t need = a->has_grant ? a->grant : n;
    if (a->nr_free != m->free || a->overhead != m->overhead) {
        return broken(&m->why, "P5", "NULL, but nr_free_pages() went from %lu to %lu", m->free,
                      a->nr_free);
    }
    if (m->live == 0 && n > 0 && n <= m->largest) {
        return broken(&m->why, "P6",
                      "NULL, though all is free again, and at first %lu could be had", m->largest);
    }
    if (n == 1 && m->free > 0) {
        return broken(&m->why, "P5", "NULL, though %lu pages are free", m->free);
    }
    while (m->rounds && need > 0 && need <= m->managed && !is_power_of_two(need)) {
        need++;
    }
    if (need > 0 && m->blocks_known && m->largest_block >= need) {
        return broken(&m->why, "P5", "NULL, though there is a free block of %lu pages",
                      m->largest_block);
    }
    return true;
}

/* P4, P6: what was granted is free again, and with the last of it all overhead is gone. */
bool
model_freed(struct model *m, uint32_t id, uint32_t off, uint32_t n, const struct answer *a) {
    struct grant *g = &m->grants[id];
    bool whole = n == g->n;
    for (uint32_t i = off; i < (whole ? g->size : off + n); i++) {
        m->owner[g->page + i] = FREE;
    }
    m->granted -= whole ? g->cost : n;
    g->left -= n;
    m->live -= g->left == 0;
    m->blocks_known = false;
    uint64_t first = m->first_overhead == UNKNOWN ? a->overhead : m->first_overhead;
    m->first_overhead = m->live == 0 ? first : m->first_overhead;
    if (m->live == 0 && a->overhead != first) {
        return broken(&m->why, "P6", "all is free again, but overhead is %lu pages instead of %lu",
                      a->overhead, first);
    }
    return balance(m, a);
}

/* P2, H1: disjoint blocks of free pages, and all of the free pages. */
bool
model_blocks(struct model *m, const struct wire_block *blocks, size_t nblocks) {
    uint64_t sum = 0;
    m->audit++;
    m->largest_block = m->blocks_hash = 0;
    for (size_t k = 0; k < nblocks; k++) {
        struct wire_block b = blocks[k];
        if (b.n == 0 || b.page >= m->npages || b.n > m->npages - b.page) {
            return broken(&m->why, "P2", "the free block [%u, +%u) is not in pages[]", b.page, b.n);
        }
        for (uint32_t i = b.page; i < b.page + b.n; i++) {
            if (m->owner[i] != FREE || m->seen[i] == m->audit) {
                return broken(&m->why, "P2", "the free block [%u, +%u) holds page %u, which %s",
                              b.page, b.n, i, model_whose(m, i));
            }
            m->seen[i] = m->audit;
        }
        sum += b.n;
        m->largest_block = b.n > m->largest_block ? b.n : m->largest_block;
        m->blocks_hash += (b.page * 0x9e3779b97f4a7c15 + b.n) * 0xff51afd7ed558ccd;
    }
    if (sum != m->free) {
        return broken(&m->why, "H1", "the free blocks have %lu pages, nr_free_pages() is %lu", sum,
                      m->free);
    }
    m->blocks_known = true;
    return true;
}
