/*
 * dtb_mutator.c - what libFuzzer does to a device tree between two inputs.
 *
 * Most changes are made to the structure block, token by token, and the header
 * is kept true: random bytes alone hardly get past it. Some are made to the
 * header itself, and some are libFuzzer's own, made to all bytes alike.
 */
#include "dtb_builder.h"

#define MAX_TOKENS 512
#define MAX_TREE   (1 << 16)

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

struct tree {
    uint8_t *data;
    size_t size, max_size;
    size_t at, end; /* the structure block, whole words */
    size_t ntokens;
    size_t token[MAX_TOKENS]; /* their offsets */
    uint64_t random;
};

static size_t
pick(struct tree *t, size_t n) {
    return (size_t)(host_random(&t->random) >> 16) % n;
}

/* Where the tokens are, as far as they can be told. */
static void
find_tokens(struct tree *t) {
    t->ntokens = 0;
    for (size_t at = t->at; at + 4 <= t->end && t->ntokens < MAX_TOKENS;) {
        size_t length = 4;
        switch (get32(t->data + at)) {
        case BEGIN_NODE:
            length += strnlen((char *)t->data + at + 4, t->end - at - 4) / 4 * 4 + 4;
            break;
        case PROP:
            length += at + 12 <= t->end ? 8 + (get32(t->data + at + 4) + (size_t)3) / 4 * 4 : 0;
            break;
        default:
            break;
        }
        t->token[t->ntokens++] = at;
        at += length;
    }
}

/* False: these bytes have no structure block to be found by their header. */
static bool
open_tree(struct tree *t) {
    if (t->size < TREE_HEADER || t->max_size > MAX_TREE) {
        return false;
    }
    t->at = get32(t->data + AT_STRUCT);
    size_t length = get32(t->data + AT_STRUCT_SIZE);
    if (t->at < TREE_HEADER || t->at % 4 != 0 || t->at >= t->size || length < 4 ||
        length > t->size - t->at) {
        return false;
    }
    t->end = t->at + length / 4 * 4;
    find_tokens(t);
    return true;
}

/*
 * Put `n` bytes in the place of `old` bytes at `at`, all whole words inside the
 * structure block; what lies behind moves, and the header follows.
 */
static void
replace(struct tree *t, size_t at, size_t old, const uint8_t *bytes, size_t n) {
    if (t->size - old + n > t->max_size) {
        return;
    }
    memmove(t->data + at + n, t->data + at + old, t->size - at - old);
    if (n > 0) {
        memcpy(t->data + at, bytes, n);
    }
    uint32_t grown = (uint32_t)(n - old); /* modulo 2^32, as all offsets */
    t->size = t->size - old + n;
    const size_t behind[] = {AT_STRINGS, AT_RESERVATIONS};
    for (size_t i = 0; i < 2; i++) {
        if (get32(t->data + behind[i]) >= t->end) {
            set32(t->data + behind[i], get32(t->data + behind[i]) + grown);
        }
    }
    set32(t->data + AT_STRUCT_SIZE, get32(t->data + AT_STRUCT_SIZE) + grown);
    set32(t->data + AT_TOTALSIZE, (uint32_t)t->size);
}

/* A number at which something changes its meaning. */
static uint32_t
odd_number(struct tree *t) {
    static const uint32_t odd[] = {
        0,          1,          2,          3,          4,          7,          8,
        9,          15,         16,         17,         64,         0x1000,     0x1001,
        0x2710,     0x100000,   0x80000000, 0x80001000, 0x7fffffff, 0x87e00000, 0x3f,
        0xc0000000, 0xfffff000, 0xffffe000, 0xfffffffc, 0xffffffff,
    };
    return pick(t, 4) == 0 ? (uint32_t)host_random(&t->random)
                           : odd[pick(t, sizeof(odd) / sizeof(odd[0]))];
}

/* The offset of a random name in the strings block. */
static uint32_t
some_name(struct tree *t) {
    size_t strings = get32(t->data + AT_STRINGS);
    size_t length = get32(t->data + AT_STRINGS_SIZE);
    if (strings >= t->size || length == 0 || length > t->size - strings) {
        return odd_number(t);
    }
    size_t at = pick(t, length);
    while (at > 0 && t->data[strings + at - 1] != '\0') {
        at--;
    }
    return (uint32_t)at;
}

/* The offset of a random token of this kind, 0: there is none. */
static size_t
some_token(struct tree *t, uint32_t kind) {
    size_t first = t->ntokens > 0 ? pick(t, t->ntokens) : 0;
    for (size_t i = 0; i < t->ntokens; i++) {
        size_t at = t->token[(first + i) % t->ntokens];
        if (get32(t->data + at) == kind) {
            return at;
        }
    }
    return 0;
}

/* ---- the changes ---------------------------------------------------------------------------- */

static void
change_word(struct tree *t) {
    set32(t->data + t->at + 4 * pick(t, (t->end - t->at) / 4), odd_number(t));
}

static void
change_property(struct tree *t) {
    size_t at = some_token(t, PROP);
    if (at == 0 || at + 12 > t->end) {
        return;
    }
    size_t left = t->end - at - 12;
    uint32_t length = get32(t->data + at + 4);
    size_t n = length < left ? length : left;
    switch (pick(t, 4)) {
    case 0:
        set32(t->data + at + 8, some_name(t));
        break;
    case 1:
        set32(t->data + at + 4, pick(t, 2) == 0 ? odd_number(t) : length + (uint32_t)pick(t, 9));
        break;
    case 2:
        if (n >= 4) {
            set32(t->data + at + 12 + 4 * pick(t, n / 4), odd_number(t));
        }
        break;
    default:
        if (n > 0) {
            LLVMFuzzerMutate(t->data + at + 12, n, n);
        }
        break;
    }
}

/* A property with a few numbers, where a token was. */
static void
insert_property(struct tree *t) {
    uint8_t bytes[12 + 4 * 12];
    size_t words = pick(t, 13);
    set32(bytes, PROP);
    set32(bytes + 4, (uint32_t)(4 * words));
    set32(bytes + 8, some_name(t));
    for (size_t i = 0; i < words; i++) {
        set32(bytes + 12 + 4 * i, odd_number(t));
    }
    if (t->ntokens > 0) {
        replace(t, t->token[pick(t, t->ntokens)], 0, bytes, 12 + 4 * words);
    }
}

static void
insert_node(struct tree *t) {
    static const char *const names[] = {"",      "memory@0",        "chosen", "cpus",
                                        "cpu@0", "reserved-memory", "soc",    "x"};
    uint8_t bytes[4 + 16 + 4] = {0};
    const char *name = names[pick(t, sizeof(names) / sizeof(names[0]))];
    size_t length = 4 + strlen(name) / 4 * 4 + 4;
    set32(bytes, BEGIN_NODE);
    strcpy((char *)bytes + 4, name);
    if (pick(t, 4) != 0) {
        set32(bytes + length, END_NODE);
        length += 4;
    }
    if (t->ntokens > 0) {
        replace(t, t->token[pick(t, t->ntokens)], 0, bytes, length);
    }
}

/* Some tokens in a row are removed, or stand elsewhere as well. */
static void
move_tokens(struct tree *t) {
    static uint8_t copy[MAX_TREE];
    if (t->ntokens < 2) {
        return;
    }
    size_t first = pick(t, t->ntokens - 1);
    size_t last = first + 1 + pick(t, t->ntokens - 1 - first);
    size_t from = t->token[first], n = t->token[last] - from;
    if (pick(t, 3) == 0) {
        replace(t, from, n, NULL, 0);
        return;
    }
    memcpy(copy, t->data + from, n);
    replace(t, t->token[pick(t, t->ntokens)], 0, copy, n);
}

static void
change_bytes(struct tree *t) {
    LLVMFuzzerMutate(t->data + t->at, t->end - t->at, t->end - t->at);
}

/* Words of the reservation block, which stands behind the header, or of the header. */
static void
change_head(struct tree *t) {
    size_t reservations = get32(t->data + AT_RESERVATIONS);
    if (pick(t, 4) != 0 && reservations >= TREE_HEADER && reservations + 32 <= t->size) {
        set32(t->data + reservations + 4 * pick(t, 8), odd_number(t));
    } else if (pick(t, 2) == 0) {
        set32(t->data + 4 * pick(t, TREE_HEADER / 4), odd_number(t));
    } else {
        size_t at = 4 * pick(t, TREE_HEADER / 4);
        set32(t->data + at, get32(t->data + at) + (uint32_t)pick(t, 65) - 32);
    }
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
    static void (*const changes[])(struct tree *) = {
        change_property, change_property, change_property, change_word,  insert_property,
        insert_node,     move_tokens,     move_tokens,     change_bytes, change_head,
    };
    static struct tree t;
    t = (struct tree){.data = data, .size = size, .max_size = max_size, .random = seed + 1ull};
    for (size_t n = 1 + pick(&t, 4); n > 0; n--) {
        if (pick(&t, 40) == 0 || !open_tree(&t)) {
            return LLVMFuzzerMutate(data, t.size, max_size);
        }
        changes[pick(&t, sizeof(changes) / sizeof(changes[0]))](&t);
    }
    return t.size;
}
