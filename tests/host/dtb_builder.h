/*
 * dtb_builder.h - makes flattened device trees, right ones and wrong ones.
 *
 * The strings stand before the structure, so that a tree can be cut short
 * inside its structure and still have its names.
 */
#ifndef TESTS_DTB_BUILDER_H
#define TESTS_DTB_BUILDER_H

#include "host_test.h"

#define TREE_STRUCTURE (1 << 20)
#define TREE_HEADER    40

/* Offsets of the header's words, to be overwritten by set32(). */
enum {
    AT_MAGIC = 0,
    AT_TOTALSIZE = 4,
    AT_STRUCT = 8,
    AT_STRINGS = 12,
    AT_RESERVATIONS = 16,
    AT_VERSION = 20,
    AT_COMPATIBLE = 24,
    AT_STRINGS_SIZE = 32,
    AT_STRUCT_SIZE = 36
};

enum { BEGIN_NODE = 1, END_NODE = 2, PROP = 3, NOP = 4, END = 9 };

struct builder {
    uint8_t structure[TREE_STRUCTURE];
    size_t nstructure;
    char strings[2048];
    size_t nstrings;
    uint8_t reservations[1024];
    size_t nreservations;
};

static inline void
set32(uint8_t *at, uint32_t value) {
    for (int i = 0; i < 4; i++) {
        at[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

static inline uint32_t
get32(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline void
put32(struct builder *b, uint32_t value) {
    assert_true(b->nstructure + 4 <= TREE_STRUCTURE);
    set32(b->structure + b->nstructure, value);
    b->nstructure += 4;
}

/* With zeros up to the next word. */
static inline void
put_bytes_padded(struct builder *b, const void *bytes, size_t n) {
    size_t padded = (n + 3) / 4 * 4;
    assert_true(b->nstructure + padded <= TREE_STRUCTURE);
    memset(b->structure + b->nstructure, 0, padded);
    if (n > 0) {
        memcpy(b->structure + b->nstructure, bytes, n);
    }
    b->nstructure += padded;
}

/* Where the name stands in the strings, each once. */
static inline uint32_t
string_offset(struct builder *b, const char *name) {
    for (size_t at = 0; at < b->nstrings; at += strlen(b->strings + at) + 1) {
        if (strcmp(b->strings + at, name) == 0) {
            return (uint32_t)at;
        }
    }
    size_t at = b->nstrings;
    assert_true(at + strlen(name) + 1 <= sizeof(b->strings));
    strcpy(b->strings + at, name);
    b->nstrings += strlen(name) + 1;
    return (uint32_t)at;
}

static inline void
tree_init(struct builder *b) {
    b->nstructure = b->nstrings = b->nreservations = 0;
}

static inline void
node(struct builder *b, const char *name) {
    put32(b, BEGIN_NODE);
    put_bytes_padded(b, name, strlen(name) + 1);
}

static inline void
end(struct builder *b) {
    put32(b, END_NODE);
}

static inline void
prop(struct builder *b, const char *name, const void *bytes, size_t n) {
    put32(b, PROP);
    put32(b, (uint32_t)n);
    put32(b, string_offset(b, name));
    put_bytes_padded(b, bytes, n);
}

static inline void
prop_text(struct builder *b, const char *name, const char *text) {
    prop(b, name, text, strlen(text) + 1);
}

/* A property of n words. */
static inline void
prop_words(struct builder *b, const char *name, size_t n, const uint32_t *words) {
    uint8_t bytes[1024];
    assert_true(4 * n <= sizeof(bytes));
    for (size_t i = 0; i < n; i++) {
        set32(bytes + 4 * i, words[i]);
    }
    prop(b, name, bytes, 4 * n);
}

#define WORDS(...)                                                                                 \
    sizeof((uint32_t[]){__VA_ARGS__}) / 4, (uint32_t[]) {                                          \
        __VA_ARGS__                                                                                \
    }

static inline void
reservation(struct builder *b, uint64_t base, uint64_t size) {
    uint64_t pair[] = {base, size};
    assert_true(b->nreservations + 16 <= sizeof(b->reservations));
    for (int i = 0; i < 2; i++) {
        set32(b->reservations + b->nreservations, (uint32_t)(pair[i] >> 32));
        set32(b->reservations + b->nreservations + 4, (uint32_t)pair[i]);
        b->nreservations += 8;
    }
}

/* The tree in a block of exactly its size, which the caller frees. */
static inline uint8_t *
tree_finish(struct builder *b, size_t *size) {
    put32(b, END);
    reservation(b, 0, 0);
    size_t strings = TREE_HEADER + b->nreservations;
    size_t structure = (strings + b->nstrings + 3) / 4 * 4;
    *size = structure + b->nstructure;
    uint8_t *blob = calloc(1, *size);
    assert_non_null(blob);
    const uint32_t header[TREE_HEADER / 4] = {
        0xd00dfeed,
        (uint32_t)*size,
        (uint32_t)structure,
        (uint32_t)strings,
        TREE_HEADER,
        17,
        16,
        0,
        (uint32_t)b->nstrings,
        (uint32_t)b->nstructure,
    };
    for (size_t i = 0; i < TREE_HEADER / 4; i++) {
        set32(blob + 4 * i, header[i]);
    }
    memcpy(blob + TREE_HEADER, b->reservations, b->nreservations);
    memcpy(blob + strings, b->strings, b->nstrings);
    memcpy(blob + structure, b->structure, b->nstructure);
    return blob;
}

/* The root with two cells each for addresses and sizes; left open. */
static inline void
root(struct builder *b) {
    tree_init(b);
    node(b, "");
    prop_words(b, "#address-cells", WORDS(2));
    prop_words(b, "#size-cells", WORDS(2));
}

/* 16 MiB at 2 GiB, so that there is some memory. */
static inline void
some_memory(struct builder *b) {
    node(b, "memory@80000000");
    prop_text(b, "device_type", "memory");
    prop_words(b, "reg", WORDS(0, 0x80000000, 0, 0x1000000));
    end(b);
}

#endif
