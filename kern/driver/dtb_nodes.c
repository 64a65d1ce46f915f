/*
 * dtb_nodes.c - what the nodes and properties of a device tree mean to us.
 *
 * Source: Devicetree Specification 0.4, chapters 2 and 3.
 */
#include "dtb_nodes.h"
#include "stdio.h"
#include "string.h"

#define SLOWEST_TIMER 10000 /* Hz; believed, less would make of every instruction a tick */

/* Text from the tree goes to a terminal: no control characters. */
static void
make_printable(char *s) {
    for (; *s != '\0'; s++) {
        if (*s < ' ' || *s > '~') {
            *s = *s == '\t' ? ' ' : '?';
        }
    }
}

/* Note what is passed over. */
void
dtb_odd(struct machine *m, const char *fmt, ...) {
    if (m->nwarnings < MACHINE_WARNINGS) {
        char *line = m->warnings[m->nwarnings];
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(line, sizeof(m->warnings[0]), fmt, ap);
        va_end(ap);
        make_printable(line);
    }
    m->nwarnings++;
}

/* `cells` words of 32 bits, 0..2 of them. */
uint64_t
dtb_cells(const uint8_t *p, uint32_t cells) {
    uint64_t value = 0;
    for (uint32_t i = 0; i < cells; i++) {
        value = value << 32 | dtb_read32(p + 4 * i);
    }
    return value;
}

/* A number of 4 or 8 bytes; false, and a warning, when it is neither. */
static bool
read_number(struct machine *m, const char *name, struct value v, uint64_t *number) {
    if (v.n != 4 && v.n != 8) {
        dtb_odd(m, "%s has %u bytes instead of 4 or 8: ignored", name, v.n);
        return false;
    }
    *number = dtb_cells(v.bytes, v.n / 4);
    return true;
}

/* The length of the first string in the value, which need not have an end. */
static uint32_t
first_length(struct value v) {
    return (uint32_t)strnlen((const char *)v.bytes, v.n);
}

static bool
first_is(struct value v, const char *s) {
    uint32_t n = first_length(v);
    return n == strlen(s) && memcmp(v.bytes, s, n) == 0;
}

/* Whether the list of strings has `s` in it. */
static bool
list_has(struct value v, const char *s) {
    while (v.n > 0) {
        if (first_is(v, s)) {
            return true;
        }
        uint32_t n = first_length(v);
        uint32_t step = n < v.n ? n + 1 : n;
        v.bytes += step;
        v.n -= step;
    }
    return false;
}

/* The first string, cut to fit; false when it was cut or has no end. */
static bool
copy_string(char *to, size_t size, struct value v) {
    uint32_t n = first_length(v);
    size_t kept = n < size ? n : size - 1;
    memcpy(to, v.bytes, kept);
    to[kept] = '\0';
    return kept == n && n < v.n;
}

/* Whether the node's name is `s` or `s`@something. */
static bool
name_is(const char *name, const char *s) {
    size_t n = strlen(s);
    return strncmp(name, s, n) == 0 && (name[n] == '\0' || name[n] == '@');
}

/* Nothing reserved may be lost: without room for it, all up to another one is reserved. */
static void
add_reserved(struct machine *m, const char *owner, struct range range) {
    if (range.base == range.end) {
        return; /* the last byte of all, which has no end */
    }
    if (m->reserved.n < MACHINE_RANGES) {
        m->reserved.r[m->reserved.n++] = range;
        return;
    }
    struct range *last = &m->reserved.r[MACHINE_RANGES - 1];
    last->base = range.base < last->base ? range.base : last->base;
    last->end = range.end > last->end ? range.end : last->end;
    dtb_odd(m, "%.30s: no room for the range at %#llx: reserved with all next to it", owner,
            (unsigned long long)range.base);
}

void
dtb_add_range(struct machine *m, struct ranges *set, const char *owner, uint64_t base,
              uint64_t size) {
    bool reserves = set == &m->reserved;
    bool overflows = base + size < base;
    if (size == 0) {
        dtb_odd(m, "%.40s: empty range at %#llx: ignored", owner, (unsigned long long)base);
        return;
    }
    if (overflows) {
        dtb_odd(m, "%.30s: %#llx + %#llx overflows: %s", owner, (unsigned long long)base,
                (unsigned long long)size, reserves ? "cut off" : "ignored");
    }
    if (reserves) {
        add_reserved(m, owner, (struct range){base, overflows ? UINT64_MAX : base + size});
    } else if (set->n == MACHINE_RANGES) {
        dtb_odd(m, "%.40s: no room for the range at %#llx: ignored", owner,
                (unsigned long long)base);
    } else if (!overflows) {
        set->r[set->n++] = (struct range){base, base + size};
    }
}

/* All ranges of a reg property whose cells the parent gives. */
static void
add_reg(struct machine *m, struct ranges *set, const struct node *node, const struct node *parent) {
    uint32_t address_cells = parent->address_cells;
    uint32_t size_cells = parent->size_cells;
    if (address_cells < 1 || address_cells > 2 || size_cells > 2) {
        dtb_odd(m, "%.40s: addresses of %u and sizes of %u cells: ignored", node->name,
                address_cells, size_cells);
        return;
    }
    struct value reg = node->reg;
    uint32_t step = 4 * (address_cells + size_cells);
    for (; reg.n >= step; reg.bytes += step, reg.n -= step) {
        uint64_t base = dtb_cells(reg.bytes, address_cells);
        uint64_t size = dtb_cells(reg.bytes + 4 * address_cells, size_cells);
        dtb_add_range(m, set, node->name, base, size);
    }
    if (reg.n > 0) {
        dtb_odd(m, "%.40s: reg ends with %u bytes too many: ignored", node->name, reg.n);
    }
}

static void
judge_top(struct machine *m, const struct node *node, const struct node *root) {
    bool is_memory = node->device_type.bytes != NULL ? first_is(node->device_type, "memory")
                                                     : name_is(node->name, "memory");
    if (!is_memory || node->status != OKAY) {
        return;
    }
    if (node->reg.bytes == NULL) {
        dtb_odd(m, "%.40s: memory without reg: ignored", node->name);
    } else {
        add_reg(m, &m->memory, node, root);
    }
}

static void
judge_test_device(struct machine *m, const struct node *node, const struct node *parent) {
    if (node->status != OKAY || m->test_device != 0) {
        return;
    }
    uint32_t cells = parent->address_cells;
    bool known = !parent->translated && cells >= 1 && cells <= 2 && node->reg.n >= 4 * cells;
    uint64_t address = known ? dtb_cells(node->reg.bytes, cells) : 0;
    if (!known || address % 4 != 0) {
        dtb_odd(m, "%.40s: test device without a usable address: ignored", node->name);
    } else {
        m->test_device = address;
    }
}

static void
judge_chosen(struct machine *m, const struct node *chosen) {
    bool has_start = chosen->initrd_start.bytes != NULL;
    bool has_end = chosen->initrd_end.bytes != NULL;
    struct range initrd = {0, 0};
    if (!has_start && !has_end) {
        return;
    }
    if (!has_start || !has_end) {
        dtb_odd(m, "initrd has only one of its two ends: ignored");
    } else if (read_number(m, "linux,initrd-start", chosen->initrd_start, &initrd.base) &&
               read_number(m, "linux,initrd-end", chosen->initrd_end, &initrd.end)) {
        if (initrd.base < initrd.end) {
            m->initrd = initrd;
        } else {
            dtb_odd(m, "initrd from %#llx to %#llx is empty: ignored",
                    (unsigned long long)initrd.base, (unsigned long long)initrd.end);
        }
    }
}

static void
add_hart(struct machine *m, const struct node *node, const struct node *cpus) {
    uint64_t id = m->nharts;
    uint32_t cells = cpus->address_cells;
    if (cells >= 1 && cells <= 2 && node->reg.n >= 4 * cells) {
        id = dtb_cells(node->reg.bytes, cells);
    } else {
        dtb_odd(m, "%.40s: a hart without an id: taken for %u", node->name, m->nharts);
    }
    if (m->nharts < MACHINE_HARTS) {
        m->hart[m->nharts] = id;
    }
    m->nharts++;
}

/* All that the node's own properties say is known now; `parent` is NULL for the root. */
void
dtb_node_judge(struct machine *m, const struct node *node, const struct node *parent) {
    switch (node->kind) {
    case TOP:
        judge_top(m, node, parent);
        break;
    case RESERVATION:
        if (node->status != DISABLED && node->reg.bytes != NULL) {
            add_reg(m, &m->reserved, node, parent);
        }
        break;
    case CPU:
        if (node->status == OKAY) {
            add_hart(m, node, parent);
        }
        break;
    case CHOSEN:
        judge_chosen(m, node);
        break;
    default:
        break;
    }
    if (node->is_test_device && parent != NULL) {
        judge_test_device(m, node, parent);
    }
}

static void
read_bootargs(struct machine *m, struct value v) {
    if (!copy_string(m->bootargs, sizeof(m->bootargs), v)) {
        dtb_odd(m, "bootargs of %u bytes: cut to %u, or without a final 0", v.n,
                (unsigned)strlen(m->bootargs));
    }
    make_printable(m->bootargs);
}

static void
read_timebase(struct machine *m, struct value v) {
    uint64_t hz;
    if (!read_number(m, "timebase-frequency", v, &hz) || m->timer_hz != 0) {
        return;
    }
    if (hz < SLOWEST_TIMER || hz > UINT32_MAX) {
        dtb_odd(m, "timebase-frequency of %llu Hz: ignored", (unsigned long long)hz);
    } else {
        m->timer_hz = (uint32_t)hz;
    }
}

static void
read_cell_count(struct machine *m, const struct node *node, struct value v, uint32_t *count) {
    if (v.n == 4) {
        *count = dtb_read32(v.bytes);
    } else {
        dtb_odd(m, "%.40s: cell count of %u bytes: ignored", node->name, v.n);
    }
}

static void
read_status(struct node *node, struct value v) {
    if (first_is(v, "okay") || first_is(v, "ok")) {
        node->status = OKAY;
    } else {
        node->status = first_is(v, "disabled") ? DISABLED : FAILED;
    }
}

/* `name` has an end inside the strings block. */
void
dtb_node_property(struct machine *m, struct node *node, const char *name, struct value v) {
    if (strcmp(name, "reg") == 0) {
        node->reg = v;
    } else if (strcmp(name, "status") == 0) {
        read_status(node, v);
    } else if (strcmp(name, "device_type") == 0) {
        node->device_type = v;
    } else if (strcmp(name, "compatible") == 0) {
        node->is_test_device = list_has(v, "sifive,test0") || list_has(v, "sifive,test1");
    } else if (strcmp(name, "#address-cells") == 0) {
        read_cell_count(m, node, v, &node->address_cells);
    } else if (strcmp(name, "#size-cells") == 0) {
        read_cell_count(m, node, v, &node->size_cells);
    } else if (strcmp(name, "ranges") == 0) {
        node->translated = node->translated || v.n > 0;
    } else if (node->kind == CHOSEN && strcmp(name, "bootargs") == 0) {
        read_bootargs(m, v);
    } else if (node->kind == CHOSEN && strcmp(name, "linux,initrd-start") == 0) {
        node->initrd_start = v;
    } else if (node->kind == CHOSEN && strcmp(name, "linux,initrd-end") == 0) {
        node->initrd_end = v;
    } else if ((node->kind == CPUS || node->kind == CPU) &&
               strcmp(name, "timebase-frequency") == 0) {
        read_timebase(m, v);
    } else if (node->kind == ROOT && strcmp(name, "model") == 0) {
        copy_string(m->model, sizeof(m->model), v);
        make_printable(m->model);
    }
}

static enum kind
kind_of(const struct node *parent, const char *name) {
    if (parent->kind == ROOT) {
        return name_is(name, "chosen")            ? CHOSEN
               : name_is(name, "cpus")            ? CPUS
               : name_is(name, "reserved-memory") ? RESERVED_MEMORY
                                                  : TOP;
    }
    if (parent->kind == CPUS) {
        return name_is(name, "cpu") ? CPU : OTHER;
    }
    return parent->kind == RESERVED_MEMORY ? RESERVATION : OTHER;
}

void
dtb_node_init(struct node *node, const struct node *parent, const char *name) {
    *node = (struct node){.name = name, .address_cells = 2, .size_cells = 1, .kind = ROOT};
    if (parent != NULL) {
        node->kind = kind_of(parent, name);
        node->translated = parent->translated;
    }
}
