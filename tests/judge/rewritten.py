"""For tests of variants and of measures: policies of ours with a line or two changed."""
from pathlib import Path

MM = Path(__file__).resolve().parents[2] / "kern/mm"


def rewritten(name, *changes):
    """The text of kern/mm/NAME.c, in which each (old, new) is done."""
    text = (MM / f"{name}.c").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, (name, old)
        text = text.replace(old, new)
    return text


BEST_TIES = ("p->property < best->property", "p->property <= best->property")
BEST_END = ("return best == NULL ? NULL : blocks_take(&area, best, n);", """\
if (best == NULL || best->property == n) {
        return best == NULL ? NULL : blocks_take(&area, best, n);
    }
    best->property -= (unsigned int)n;
    area.nr_free -= (unsigned int)n;
    return best + best->property;""")
FIRST_TIES = ("""if (block_of(le)->property >= n) {
            return blocks_take(&area, block_of(le), n);
        }
    }
    return NULL;""", """if (block_of(le)->property >= n) {
            last = block_of(le);
        }
    }
    return last == NULL ? NULL : blocks_take(&area, last, n);""")
FIRST_TIES_BEGIN = ("    list_for_each (le,", "    struct Page *last = NULL;\n    list_for_each (le,")
BUDDY_END = ("list_block(head + (1U << k), k);", "list_block(head, k);\n        head += 1U << k;")
BUDDY_LARGEST = ("""    while (k < MAX_ORDER && list_empty(list)) {
        k++;
        list++;
    }
""", """    for (unsigned i = order; i < MAX_ORDER; i++) {
        k = list_empty(&buddy.free_list[i]) ? k : i;
    }
    list = &buddy.free_list[k];
    k = list_empty(list) ? MAX_ORDER : k;
""")
BUDDY_TOP_256 = ('#include "buddy_system_pmm.h"',
                 '#define MAX_ORDER 9\n#include "buddy_system_pmm.h"')

# Linear: each call looks at every frame. Wasteful: twice what a buddy gives, but for single pages.
START = "    unsigned order = order_for(n);\n"
SCANS = (START, START + """\
    for (size_t i = 0; i < npage - nbase; i++) {
        (void)*(volatile uint64_t *)&pages[i].flags;
    }
""")
DOUBLES = (("? log2_ceil(n) :", "? log2_ceil(n) + (n > 1 && n <= 512) :"),
           ("n > 1U << order || 2 * n <= 1U << order", "order_for(n) != order"))

# What no answer shows: marks that stay, and a search that has no end.
STALE_ABSORBED = ("        other->flags = 0;\n", "")
STALE_GRANTED = (("head->flags = (uint64_t)1 << PG_head;", "head->flags |= (uint64_t)1 << PG_head;"),
                 ("base->flags != (uint64_t)1 << PG_head ||", "!PageHead(base) ||"))
UNBOUNDED = ("while (k < MAX_ORDER && list_empty(list)) {", "while (list_empty(list)) {")
