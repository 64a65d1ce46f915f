/*
 * dtb_nodes.h - between dtb.c, which knows the format of a device tree, and
 * dtb_nodes.c, which knows what its nodes mean. Nobody else includes it.
 */
#ifndef KERN_DRIVER_DTB_NODES_H
#define KERN_DRIVER_DTB_NODES_H

#include "machine.h"
#include "stdio.h"

/* What a node is by its path. */
enum kind { ROOT, CHOSEN, CPUS, CPU, RESERVED_MEMORY, RESERVATION, TOP, OTHER };

enum status { OKAY, DISABLED, FAILED };

/* The bytes of a property. */
struct value {
    const uint8_t *bytes;
    uint32_t n;
};

struct node {
    const char *name;
    enum kind kind;
    uint32_t address_cells, size_cells; /* for the reg of its children */
    bool translated;                    /* its children's addresses are not the CPU's */

    /* Collected from the properties, in whatever order they come. */
    enum status status;
    struct value reg, device_type;
    struct value initrd_start, initrd_end; /* of /chosen */
    bool is_test_device;
};

/* A big-endian word; the tree need not be aligned in memory. */
static inline uint32_t
dtb_read32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* A number of `cells` words, 0..2 of them. */
uint64_t dtb_cells(const uint8_t *p, uint32_t cells);

/* Note in `m` what is passed over. */
void dtb_odd(struct machine *m, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Add [base, base + size) to the set, or note why not. */
void dtb_add_range(struct machine *m, struct ranges *set, const char *owner, uint64_t base,
                   uint64_t size);

/* A node that begins inside `parent` (NULL: the root). Keeps `name`. */
void dtb_node_init(struct node *node, const struct node *parent, const char *name);

/* A property of the node. Keeps the bytes of `v`. */
void dtb_node_property(struct machine *m, struct node *node, const char *name, struct value v);

/* The node ends: put what is known of it into `m`. */
void dtb_node_judge(struct machine *m, const struct node *node, const struct node *parent);

#endif
