/*
 * dtb.c - one pass over the flattened device tree, trusting none of its bytes.
 *
 * A node's properties may come in any order, so what they say is collected in
 * the node's frame on a small stack, and judged when the node ends. Whatever is
 * read lies below `totalsize`, which is never more than the caller gave.
 *
 * Source: Devicetree Specification 0.4, chapter 5.
 */
#include "dtb.h"
#include "dtb_nodes.h"
#include "stdio.h"
#include "string.h"

#define DTB_MAGIC       0xd00dfeedu
#define DTB_VERSION     17 /* the newest that may be asked of a reader */
#define DTB_VERSION_MIN 16 /* the oldest with this layout of nodes */

#define MAX_DEPTH 16         /* nodes inside each other; what is deeper is passed over */
#define MAX_SIZE  (16 << 20) /* bytes; who says more is wrong, and would lead out of memory */

/* Offsets of the header's words. */
enum header {
    HEADER_MAGIC = 0,
    HEADER_TOTALSIZE = 4,
    HEADER_STRUCT = 8, /* dtb_size looks no further */
    HEADER_STRINGS = 12,
    HEADER_RESERVATIONS = 16,
    HEADER_VERSION = 20,
    HEADER_LAST_COMPATIBLE = 24,
    HEADER_STRINGS_SIZE = 32,
    HEADER_STRUCT_SIZE = 36, /* from version 17 on */
    HEADER_END = 40,
};

enum token { TOKEN_BEGIN_NODE = 1, TOKEN_END_NODE, TOKEN_PROP, TOKEN_NOP, TOKEN_END = 9 };

struct tree {
    const uint8_t *blob;
    uint32_t at, end;                 /* what is left of the structure block */
    uint32_t strings, strings_length; /* up to the last final 0 */
    unsigned depth;                   /* open nodes; only MAX_DEPTH of them have a frame */
    bool root_seen;
    struct node node[MAX_DEPTH];
    struct machine *m;
};

static char complaint[160];

static const char *fail(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* The reason why the tree cannot be used. */
static const char *
fail(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(complaint, sizeof(complaint), fmt, ap);
    va_end(ap);
    return complaint;
}

/* The innermost open node; NULL when there is none, or it lies too deep to have a frame. */
static struct node *
innermost(struct tree *t) {
    return t->depth >= 1 && t->depth <= MAX_DEPTH ? &t->node[t->depth - 1] : NULL;
}

/* Step over `n` bytes, which are there, and what fills them up to a word. */
static void
step_over(struct tree *t, uint32_t n) {
    t->at += (n + 3) / 4 * 4;
}

static const char *
begin_node(struct tree *t) {
    const char *name = (const char *)t->blob + t->at;
    uint32_t length = (uint32_t)strnlen(name, t->end - t->at);
    if (length == t->end - t->at) {
        return fail("device tree: the node's name at offset %#x has no end", t->at);
    }
    if (t->depth == 0 && t->root_seen) {
        return fail("device tree: a second root at offset %#x", t->at);
    }
    step_over(t, length + 1);
    t->root_seen = true;
    struct node *parent = innermost(t);
    t->depth++;
    struct node *node = innermost(t);
    if (node == NULL) {
        if (t->depth == MAX_DEPTH + 1) {
            dtb_odd(t->m, "%.40s lies more than %u nodes deep: ignored", name, MAX_DEPTH);
        }
        return NULL;
    }
    dtb_node_init(node, parent, name);
    return NULL;
}

static const char *
end_node(struct tree *t) {
    if (t->depth == 0) {
        return fail("device tree: more node ends than nodes at offset %#x", t->at);
    }
    struct node *node = innermost(t);
    t->depth--;
    if (node != NULL) {
        dtb_node_judge(t->m, node, innermost(t));
    }
    return NULL;
}

static const char *
property(struct tree *t) {
    uint32_t start = t->at;
    if (t->end - t->at < 8) {
        return fail("device tree: the structure block ends in the property at offset %#x", start);
    }
    uint32_t length = dtb_read32(t->blob + t->at);
    uint32_t name = dtb_read32(t->blob + t->at + 4);
    t->at += 8;
    if (length > t->end - t->at) {
        return fail("device tree: the property at offset %#x has %u bytes, only %u are left", start,
                    length, t->end - t->at);
    }
    if (name >= t->strings_length) {
        return fail("device tree: the property at offset %#x has its name at %#x, outside the "
                    "strings or without end",
                    start, name);
    }
    if (t->depth == 0) {
        return fail("device tree: the property at offset %#x is in no node", start);
    }
    struct value v = {t->blob + t->at, length};
    step_over(t, length);
    struct node *node = innermost(t);
    if (node != NULL) {
        dtb_node_property(t->m, node, (const char *)t->blob + t->strings + name, v);
    }
    return NULL;
}

/* The structure block from its first token to FDT_END. */
static const char *
walk(struct tree *t) {
    const char *why = NULL;
    while (why == NULL) {
        if (t->end - t->at < 4) {
            return fail("device tree: the structure block ends without its end token");
        }
        uint32_t token = dtb_read32(t->blob + t->at);
        t->at += 4;
        switch (token) {
        case TOKEN_BEGIN_NODE:
            why = begin_node(t);
            break;
        case TOKEN_END_NODE:
            why = end_node(t);
            break;
        case TOKEN_PROP:
            why = property(t);
            break;
        case TOKEN_NOP:
            break;
        case TOKEN_END:
            return t->depth == 0 ? NULL : fail("device tree: ends inside %u open nodes", t->depth);
        default:
            return fail("device tree: unknown token %#x at offset %#x", token, t->at - 4);
        }
    }
    return why;
}

/* The reservation block, which ends with a pair of zeros. */
static const char *
read_reservations(const uint8_t *blob, uint32_t at, uint32_t totalsize, struct machine *m) {
    for (; totalsize - at >= 16; at += 16) {
        uint64_t base = dtb_cells(blob + at, 2);
        uint64_t size = dtb_cells(blob + at + 8, 2);
        if (base == 0 && size == 0) {
            return NULL;
        }
        dtb_add_range(m, &m->reserved, "reservation block", base, size);
    }
    return fail("device tree: the reservation block has no end");
}

/* A block of the tree: inside it, behind the header, aligned. */
static const char *
check_block(const char *what, uint32_t offset, uint32_t length, uint32_t alignment,
            uint32_t totalsize) {
    if (offset < HEADER_STRUCT_SIZE || offset > totalsize || length > totalsize - offset) {
        return fail("device tree: %s, %u bytes at offset %#x, is outside its %u bytes", what,
                    length, offset, totalsize);
    }
    if (offset % alignment != 0 || length % alignment != 0) {
        return fail("device tree: %s, %u bytes at offset %#x, is not aligned", what, length,
                    offset);
    }
    return NULL;
}

/* Find the blocks through the header, and read the reservation block. */
static const char *
open_tree(struct tree *t, uint32_t totalsize) {
    const uint8_t *blob = t->blob;
    uint32_t version = dtb_read32(blob + HEADER_VERSION);
    uint32_t compatible = dtb_read32(blob + HEADER_LAST_COMPATIBLE);
    if (version < DTB_VERSION_MIN || compatible > DTB_VERSION) {
        return fail("device tree: version %u, readable as %u, is not supported", version,
                    compatible);
    }
    t->at = dtb_read32(blob + HEADER_STRUCT);
    t->strings = dtb_read32(blob + HEADER_STRINGS);
    t->strings_length = dtb_read32(blob + HEADER_STRINGS_SIZE);
    uint32_t reservations = dtb_read32(blob + HEADER_RESERVATIONS);
    uint32_t length = dtb_read32(blob + HEADER_STRUCT_SIZE);
    if (version == DTB_VERSION_MIN) {
        length = t->at < totalsize ? (totalsize - t->at) / 4 * 4 : 0;
    }
    const char *why = check_block("the structure block", t->at, length, 4, totalsize);
    if (why == NULL) {
        why = check_block("the strings block", t->strings, t->strings_length, 1, totalsize);
    }
    if (why == NULL) {
        why = check_block("the reservation block", reservations, 0, 8, totalsize);
    }
    if (why != NULL) {
        return why;
    }
    t->end = t->at + length;
    while (t->strings_length > 0 && blob[t->strings + t->strings_length - 1] != '\0') {
        t->strings_length--;
    }
    return read_reservations(blob, reservations, totalsize, t->m);
}

size_t
dtb_size(const void *blob) {
    const uint8_t *bytes = blob;
    return dtb_read32(bytes + HEADER_MAGIC) == DTB_MAGIC ? dtb_read32(bytes + HEADER_TOTALSIZE)
                                                         : HEADER_STRUCT;
}

const char *
dtb_read(const void *blob, size_t size, uint64_t pa, struct machine *m) {
    struct tree t = {.blob = blob, .m = m};
    memset(m, 0, sizeof(*m));
    if (size < HEADER_STRUCT) {
        return fail("device tree: %llu bytes are too few for one", (unsigned long long)size);
    }
    uint32_t magic = dtb_read32(t.blob + HEADER_MAGIC);
    uint32_t totalsize = dtb_read32(t.blob + HEADER_TOTALSIZE);
    if (magic != DTB_MAGIC) {
        return fail("device tree: starts with %#x instead of its magic number", magic);
    }
    if (totalsize < HEADER_END || totalsize > size) {
        return fail("device tree: says it has %u bytes, %llu were given", totalsize,
                    (unsigned long long)size);
    }
    if (totalsize > MAX_SIZE) {
        return fail("device tree: says it has %u bytes, at most %u are read", totalsize, MAX_SIZE);
    }
    if (pa + totalsize < pa) {
        return fail("device tree: %u bytes at %#llx reach beyond the last address", totalsize,
                    (unsigned long long)pa);
    }
    m->dtb = (struct range){pa, pa + totalsize};
    const char *why = open_tree(&t, totalsize);
    if (why == NULL) {
        why = walk(&t);
    }
    if (why == NULL && m->memory.n == 0) {
        why = fail("device tree: no usable memory in it%s%s", m->nwarnings > 0 ? "; " : "",
                   m->warnings[0]);
    }
    return why;
}
